// proc.*, thread.*, user.*, group.*: who did it.
#include <string.h>

#include "judge/falco/match/fields_impl.h"

enum {
    ANCESTORS_MAX = 60, // a parent of a parent of …
};

// -- texts of one process -------------------------------------------------------------------------
// Texts each with a NUL behind them, joined by blanks, behind `first` if that is not NULL.
static pt_str joined(pt_arena *a, const pt_str *first, pt_str list) {
    size_t n = list.n && list.p[list.n - 1] == 0 ? list.n - 1 : list.n;
    size_t start = first ? first->n + (list.n ? 1 : 0) : 0;
    char *p = pt_arena_take(a, start + n);
    if (!p)
        return (pt_str){0};
    if (first && first->n)
        memcpy(p, first->p, first->n);
    if (first && list.n)
        p[first->n] = ' ';
    for (size_t i = 0; i < n; i++)
        p[start + i] = (char)(list.p[i] ? list.p[i] : ' ');
    return (pt_str){p, start + n};
}

static pt_str text_of(pt_arena *a, const pt_process *p, unsigned what) {
    pt_str member;
    switch (what) {
    case PT_PROC_ARGS:
        return joined(a, NULL, p->args);
    case PT_PROC_CMDLINE:
        return joined(a, &p->comm, p->args);
    case PT_PROC_EXELINE:
        return joined(a, &p->exe, p->args);
    case PT_PROC_ENV:
        return joined(a, NULL, p->environment);
    default:
        memcpy(&member, (const char *)p + what, sizeof member);
        return member;
    }
}

// The value of NAME in "NAME=value\0…".
static bool variable(pt_str environment, pt_str name, pt_str *ret) {
    pt_str one;
    while (pt_str_split(&environment, 0, &one)) {
        if (one.n > name.n && one.p[name.n] == '=' && pt_str_starts(one, name)) {
            *ret = pt_str_sub(one, name.n + 1, one.n);
            return true;
        }
    }
    return false;
}

static pt_falco_values get_of(const pt_falco_look *l, const pt_process *p, unsigned what) {
    pt_str value;
    if (!p)
        return pt_get_none();
    if (what == PT_PROC_ENV && l->argument.n && l->index < 0)
        return variable(p->environment, l->argument, &value) ? pt_get_text(l, value)
                                                             : pt_get_none();
    return pt_get_text(l, text_of(l->scratch, p, what));
}

// -- which process --------------------------------------------------------------------------------
pt_falco_values pt_get_self(const pt_falco_look *l, unsigned what) {
    return get_of(l, l->ev->process, what);
}

static const pt_process *parent_of(const pt_event *ev) {
    return ev->process ? ev->process->parent : NULL;
}

pt_falco_values pt_get_parent(const pt_falco_look *l, unsigned what) {
    return get_of(l, parent_of(l->ev), what);
}

// 0: itself, 1: its parent …
static const pt_process *ancestor(const pt_process *p, int64_t n) {
    while (p && n-- > 0)
        p = p->parent;
    return p;
}

// The first ancestor that has the variable.
static pt_falco_values inherited(const pt_falco_look *l) {
    const pt_process *p = parent_of(l->ev);
    pt_str value;
    for (size_t i = 0; p && i < ANCESTORS_MAX; i++, p = p->parent)
        if (variable(p->environment, l->argument, &value))
            return pt_get_text(l, value);
    return pt_get_none();
}

// All of them, itself excluded, the nearest first.
pt_falco_values pt_get_ancestors(const pt_falco_look *l, unsigned what) {
    if (l->index >= 0)
        return get_of(l, l->index <= ANCESTORS_MAX ? ancestor(l->ev->process, l->index) : NULL,
                      what);
    if (l->argument.n)
        return inherited(l);
    size_t n = 0;
    for (const pt_process *p = parent_of(l->ev); p && n < ANCESTORS_MAX; p = p->parent)
        n++;
    pt_falco_value *v = pt_arena_take(l->scratch, n * sizeof *v);
    if (!v)
        return pt_get_none();
    const pt_process *p = parent_of(l->ev);
    for (size_t i = 0; i < n; i++, p = p->parent)
        v[i].text = text_of(l->scratch, p, what);
    return (pt_falco_values){v, n};
}

pt_falco_values pt_get_ancestor_pids(const pt_falco_look *l, unsigned what) {
    (void)what;
    if (l->index >= 0) {
        const pt_process *one =
            l->index <= ANCESTORS_MAX ? ancestor(l->ev->process, l->index) : NULL;
        return one ? pt_get_number(l, one->pid) : pt_get_none();
    }
    size_t n = 0;
    pt_falco_value *v = pt_arena_take(l->scratch, ANCESTORS_MAX * sizeof *v);
    for (const pt_process *p = parent_of(l->ev); v && p && n < ANCESTORS_MAX; p = p->parent)
        v[n++].number = p->pid;
    return (pt_falco_values){v, n};
}

// -- leaders --------------------------------------------------------------------------------------
// Ids of a session are known in the first pid namespace only. In another one the leader is the
// oldest of the ancestors in a row that have the same id, the process itself excluded: often there
// is none.
static const pt_process *leader(const pt_event *ev, const pt_process *p, size_t member) {
    uint32_t id;
    memcpy(&id, (const char *)p + member, sizeof id);
    if (ev->processes && p->pid == p->vpid) {
        const pt_process *found = pt_process_find(ev->processes, id);
        if (found)
            return found;
    }
    const pt_process *oldest = NULL;
    const pt_process *q = p->parent;
    for (size_t i = 0; q && i < ANCESTORS_MAX; i++, q = q->parent) {
        uint32_t other;
        memcpy(&other, (const char *)q + member, sizeof other);
        if (other != id)
            break;
        oldest = q;
    }
    return oldest;
}

pt_falco_values pt_get_session(const pt_falco_look *l, unsigned what) {
    const pt_process *p = l->ev->process;
    return p ? get_of(l, leader(l->ev, p, offsetof(pt_process, sid)), what) : pt_get_none();
}

pt_falco_values pt_get_group(const pt_falco_look *l, unsigned what) {
    const pt_process *p = l->ev->process;
    return p ? get_of(l, leader(l->ev, p, offsetof(pt_process, pgid)), what) : pt_get_none();
}

pt_falco_values pt_get_vgroup(const pt_falco_look *l, unsigned what) {
    const pt_process *p = l->ev->process;
    if (!p)
        return pt_get_none();
    if (p->vpgid == p->vpid)
        return get_of(l, p, what);
    return get_of(l, leader(l->ev, p, offsetof(pt_process, vpgid)), what);
}

// -- numbers --------------------------------------------------------------------------------------
static int64_t count_args(pt_str args, bool bytes) {
    pt_str one;
    int64_t n = 0;
    args.n -= args.n && args.p[args.n - 1] == 0;
    while (pt_str_split(&args, 0, &one))
        n += bytes ? (int64_t)one.n : 1;
    return n;
}

// The oldest of it and its ancestors whose name is a shell's.
static int64_t login_shell(const pt_process *p) {
    int64_t pid = -1;
    for (size_t i = 0; p && i < ANCESTORS_MAX; i++, p = p->parent)
        if (pt_str_ends(p->comm, PT_STR("sh")))
            pid = p->pid;
    return pid;
}

static pt_falco_values if_known(const pt_falco_look *l, uint64_t n) {
    return n ? pt_get_number(l, (int64_t)n) : pt_get_none();
}

// a - b, if both are known and in this order.
static pt_falco_values since(const pt_falco_look *l, uint64_t a, uint64_t b) {
    return a && b && a >= b ? pt_get_number(l, (int64_t)(a - b)) : pt_get_none();
}

static pt_falco_values times(const pt_falco_look *l, const pt_process *p, unsigned what) {
    uint64_t pidns = p->container ? p->container->start_ns : 0;
    switch (what) {
    case PT_PROC_DURATION:
        return since(l, l->ev->time_ns, p->clone_ns);
    case PT_PROC_STARTED:
        return if_known(l, p->clone_ns);
    case PT_PROC_CTIME:
        return if_known(l, p->exe_ctime_ns);
    case PT_PROC_MTIME:
        return if_known(l, p->exe_mtime_ns);
    case PT_PROC_CTIME_TO_START:
        return since(l, p->clone_ns, p->exe_ctime_ns);
    case PT_PROC_PIDNS_TO_CTIME:
        return since(l, p->exe_ctime_ns, pidns);
    default:
        return if_known(l, pidns);
    }
}

pt_falco_values pt_get_proc_number(const pt_falco_look *l, unsigned what) {
    const pt_process *p = what & PT_PROC_OF_PARENT ? parent_of(l->ev) : l->ev->process;
    int64_t shell;
    if (!p)
        return pt_get_none();
    switch (what & ~(unsigned)PT_PROC_OF_PARENT) {
    case PT_PROC_PID:
        return pt_get_number(l, p->pid);
    case PT_PROC_VPID:
        return pt_get_number(l, p->vpid);
    case PT_PROC_PPID:
        return pt_get_number(l, p->ppid);
    case PT_PROC_SID:
        return pt_get_number(l, p->sid);
    case PT_PROC_PGID:
        return pt_get_number(l, p->pgid);
    case PT_PROC_VPGID:
        return pt_get_number(l, p->vpgid);
    case PT_PROC_TTY:
        return pt_get_number(l, p->tty);
    case PT_PROC_ARGS_COUNT:
        return pt_get_number(l, count_args(p->args, false));
    case PT_PROC_ARGS_BYTES:
        return pt_get_number(l, count_args(p->args, true));
    case PT_PROC_INO:
        return if_known(l, p->exe_ino);
    case PT_PROC_LOGIN_SHELL:
        shell = login_shell(p);
        return shell >= 0 ? pt_get_number(l, shell) : pt_get_none();
    default:
        return times(l, p, what & ~(unsigned)PT_PROC_OF_PARENT);
    }
}

pt_falco_values pt_get_proc_truth(const pt_falco_look *l, unsigned what) {
    const pt_process *p = l->ev->process;
    if (!p)
        return pt_get_none();
    switch (what) {
    case PT_PROC_SID_LEADER:
        return pt_get_truth(l, p->vsid == p->vpid);
    case PT_PROC_PGID_LEADER:
        return pt_get_truth(l, p->pgid == p->pid);
    case PT_PROC_VPGID_LEADER:
        return pt_get_truth(l, p->vpgid == p->vpid);
    case PT_PROC_MAIN_THREAD:
        return pt_get_truth(l, l->ev->tid == p->pid);
    default:
        return pt_get_truth(l, p->exe_flags & what);
    }
}

// -- rights and users: as they are after the call -------------------------------------------------
pt_falco_values pt_get_caps(const pt_falco_look *l, unsigned what) {
    uint64_t caps = what ? l->ev->cap_permitted : l->ev->cap_effective;
    return l->ev->process ? pt_get_text(l, pt_event_caps_text(l->scratch, caps)) : pt_get_none();
}

static const pt_id_name *user_row(const pt_container *c, uint32_t uid) {
    for (size_t i = 0; c && i < c->n_users; i++)
        if (c->users[i].id == uid)
            return &c->users[i];
    return NULL;
}

// What has no name is called <NA>, as a text that rules compare.
pt_falco_values pt_get_user(const pt_falco_look *l, unsigned what) {
    const pt_event *ev = l->ev;
    const pt_id_name *row;
    pt_str text = {0};
    if (!ev->container)
        return pt_get_none();
    switch ((pt_user_text)what) {
    case PT_USER_NAME:
        text = pt_container_user(ev->container, ev->uid);
        break;
    case PT_USER_LOGIN_NAME:
        if (ev->login_uid >= 0)
            text = pt_container_user(ev->container, (uint32_t)ev->login_uid);
        break;
    case PT_USER_GROUP:
        text = pt_container_group(ev->container, ev->gid);
        break;
    default:
        row = user_row(ev->container, ev->uid);
        if (row)
            text = what == PT_USER_HOME ? row->home : row->shell;
    }
    return pt_get_text(l, text.n ? text : PT_STR("<NA>"));
}

pt_falco_values pt_get_user_number(const pt_falco_look *l, unsigned what) {
    const pt_event *ev = l->ev;
    switch ((pt_user_number)what) {
    case PT_USER_UID:
        return pt_get_number(l, ev->uid);
    case PT_USER_GID:
        return pt_get_number(l, ev->gid);
    case PT_USER_LOGIN:
        return pt_get_number(l, ev->login_uid);
    case PT_USER_TID:
        return pt_get_number(l, ev->tid);
    default:
        return pt_get_number(l, ev->vtid);
    }
}
