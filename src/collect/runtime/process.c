// What a record changes: the process that made the call, those it makes or ends, its container.
#include <errno.h>
#include <string.h>

#include "collect/runtime/state_impl.h"

enum {
    CLONE = 56,
    FORK = 57,
    VFORK = 58,
    EXECVE = 59,
    CHDIR = 80,
    FCHDIR = 81,
    SETPGID = 109,
    SETSID = 112,
    PRCTL = 157,
    CHROOT = 161,
    EXECVEAT = 322,
    CLONE3 = 435,
};
#define CLONE_NEWPID_BIT 0x20000000u
#define CLONE_PARENT_BIT 0x8000u
#define SET_CHILD_REAPER 36
#define ANCESTORS_MAX    60 // looked at for an heir
#define CHILDREN_MAX     64 // looked at for one of a number

// -- containers -----------------------------------------------------------------------------------
static void met(pt_runtime *rt, pt_container *c, uint32_t pid) {
    rt->counts.containers++;
    if (rt->o.wanted)
        rt->o.wanted(rt->o.ctx, c->full_id, c->runtime, pid);
}

pt_container *pt_state_container(pt_runtime *rt, const pt_record *r) {
    bool new = false;
    pt_container *c = NULL;
    if (r->cgroup_path.p)
        c = pt_met_meet(rt->containers, r->head->cgroup, r->cgroup_path, &new);
    else
        c = pt_met_of_cgroup(rt->containers, r->head->cgroup);
    if (c && new)
        met(rt, c, r->head->pid);
    return c;
}

// A container begins with the first process of its pid namespace. (One of the host's namespace has
// no such process: its start stays unknown.)
static void note_start(pt_runtime *rt, const pt_process *p, pt_container *c) {
    uint64_t start = rt->o.boot_epoch_ns + p->start_ns;
    if (c != pt_met_host(rt->containers) && p->vpid == 1 && p->pid != 1 &&
        (!c->start_ns || start < c->start_ns))
        c->start_ns = start;
}

// -- the process ----------------------------------------------------------------------------------
// What each record tells anew.
static void refresh(pt_runtime *rt, const pt_record *r, pt_process *p) {
    const struct pt_wire_head *h = r->head;
    p->uid = h->uid, p->gid = h->gid;
    p->login_uid = h->login_uid == UINT32_MAX ? -1 : (int64_t)h->login_uid;
    p->cap_effective = h->cap_effective, p->cap_permitted = h->cap_permitted;
    p->vpid = h->vpid;
    if (h->pid == h->tid && !pt_str_eq(p->comm, r->comm))
        PT_IGNORE(!pt_process_set(p, &p->comm, r->comm)); // without memory it has no name
    pt_process *parent = pt_process_get(rt->processes, h->ppid);
    if (p->ppid != h->ppid || (!p->parent && parent)) {
        p->ppid = h->ppid;
        pt_process_adopt(p, parent);
    }
    pt_container *c = pt_state_container(rt, r);
    // A container is entered and not left: who may write cgroup.procs could else call himself the
    // host, or another container by a folder with its id.
    if (c && p->container == pt_met_host(rt->containers))
        p->container = c;
    if (c && p->container == c)
        note_start(rt, p, c);
}

// A snapshot that is older than what events told says nothing new.
static bool is_old(const pt_record *r, const pt_process *p) {
    if (!(r->head->flags & PT_WIRE_SNAPSHOT))
        return false;
    return p->dead || (p->image_ns > r->head->time_ns && !p->stale);
}

pt_process *pt_state_process(pt_runtime *rt, const pt_record *r) {
    const struct pt_wire_head *h = r->head;
    pt_process *p = pt_process_get(rt->processes, h->pid);
    if (p && p->start_ns != h->start_ns)
        p = NULL; // another one had this id
    if (!p) {
        p = pt_process_add(rt->processes, h->pid, h->start_ns);
        if (!p)
            return NULL;
        p->clone_ns = rt->o.boot_epoch_ns + h->start_ns;
        p->container = pt_met_host(rt->containers);
        // Not seen at its birth: what it runs is not known before somebody says it.
        p->stale = true;
        if (!(h->flags & PT_WIRE_SNAPSHOT) && !r->exec)
            rt->counts.unknown_process++;
        pt_process *parent = pt_process_get(rt->processes, h->ppid);
        if (parent && parent->container)
            p->container = parent->container;
    }
    if (!p->dead && !is_old(r, p))
        refresh(rt, r, p);
    return p;
}

static bool set_cwd(pt_runtime *rt, pt_process *p, pt_str cwd) {
    // The same again, as most records say: no text is made of it.
    if (!cwd.n || (p->cwd.n == cwd.n + 1 && pt_str_starts(p->cwd, cwd)))
        return true;
    if (cwd.p[cwd.n - 1] != '/')
        cwd = pt_arena_printf(&rt->scratch, "%.*s/", PT_PRI(cwd));
    return pt_process_set(p, &p->cwd, cwd);
}

static bool set_argv(pt_process *p, pt_str argv) {
    size_t end = pt_str_find(argv, '\0');
    return pt_process_set(p, &p->exe, pt_str_sub(argv, 0, end)) &&
           pt_process_set(p, &p->args, pt_str_sub(argv, end + 1, argv.n));
}

// A new image, or a snapshot of what it runs. What could not be read is empty: the text of the
// image before would be wrong.
static bool set_image(const pt_record *r, pt_process *p) {
    const struct pt_wire_exec *x = r->exec;
    if (!x && r->head->flags & PT_WIRE_SNAPSHOT)
        return true; // it ends, and only waits to be waited for
    p->image_ns = r->head->time_ns;
    p->stale = false;
    if (x) {
        p->sid = x->sid, p->vsid = x->vsid, p->pgid = x->pgid, p->vpgid = x->vpgid;
        p->pidns = x->pidns, p->tty = x->tty, p->exe_flags = x->exe_flags;
        p->exe_dev = x->exe_dev, p->exe_ino = x->exe_ino;
        p->exe_ctime_ns = x->exe_ctime_ns, p->exe_mtime_ns = x->exe_mtime_ns;
    }
    return set_argv(p, r->argv) && pt_process_set(p, &p->exe_path, r->exe_path) &&
           pt_process_set(p, &p->environment, r->environment);
}

// -- others ---------------------------------------------------------------------------------------
static bool born(pt_runtime *rt, const pt_record *r, pt_process *maker) {
    const struct pt_wire_child *c = r->child;
    if (c->pid == r->head->pid)
        return true; // a thread
    pt_process *p = pt_process_get(rt->processes, c->pid);
    // Its own events can be told before its parent's: then only what it began with is missing.
    bool early = p && p->start_ns == c->start_ns;
    if (early && (p->image_ns || p->dead))
        return true;
    if (!early)
        p = pt_process_add(rt->processes, c->pid, c->start_ns);
    if (!p)
        return false;
    pt_process own = *p;
    pt_process_inherit(p, maker);
    p->image_ns = maker->image_ns ? maker->image_ns : c->start_ns;
    p->clone_ns = rt->o.boot_epoch_ns + c->start_ns;
    p->vpid = c->vpid;
    if (early) { // creds and container are known from later on
        p->uid = own.uid, p->gid = own.gid, p->login_uid = own.login_uid;
        p->cap_effective = own.cap_effective, p->cap_permitted = own.cap_permitted;
        if (maker->container == pt_met_host(rt->containers))
            p->container = own.container;
    }
    if (c->flags & CLONE_NEWPID_BIT)
        p->pidns = 0, p->vsid = 0, p->vpgid = 0; // its numbers there are told by its exec
    pt_process *parent = c->flags & CLONE_PARENT_BIT ? maker->parent : maker;
    if (!early) {
        p->ppid = parent ? parent->pid : r->head->ppid;
        pt_process_adopt(p, parent);
    }
    return true;
}

// Who gets the orphans: the nearest ancestor that asked for them, else the first process of the
// namespace. The kernel's answer comes with the orphans' next records.
static pt_process *heir_of(pt_runtime *rt, const pt_process *p) {
    pt_process *q = p->parent;
    for (int i = 0; q && i < ANCESTORS_MAX; i++, q = q->parent)
        if (!q->dead && (q->reaper || (q->vpid == 1 && q->pidns == p->pidns)))
            return q;
    return p->vpid == p->pid ? pt_process_get(rt->processes, 1) : NULL;
}

// A shell does it to the child that it has just made, which is the first: no more than some are
// looked at, so that a process of many children cannot make each of its calls dear.
static pt_process *child_of_number(pt_process *p, uint32_t vpid) {
    pt_process *c = pt_process_first_child(p);
    for (int i = 0; c && i < CHILDREN_MAX; i++, c = pt_process_next_child(c))
        if (!c->dead && c->vpid == vpid)
            return c;
    return NULL;
}

// Numbers of setpgid are those of the caller's namespace.
static void set_group(pt_runtime *rt, const pt_record *r, pt_process *p) {
    size_t at_pid = pt_event_param_index(SETPGID, PT_STR("pid"));
    size_t at_pgid = pt_event_param_index(SETPGID, PT_STR("pgid"));
    uint64_t pid;
    uint64_t pgid;
    if (r->args[at_pid].n != sizeof pid || r->args[at_pgid].n != sizeof pgid)
        return;
    memcpy(&pid, r->args[at_pid].p, sizeof pid);
    memcpy(&pgid, r->args[at_pgid].p, sizeof pgid);
    bool first = p->pid == p->vpid;
    pt_process *to = p;
    if (pid && pid != p->vpid)
        to = first ? pt_process_get(rt->processes, (uint32_t)pid)
                   : child_of_number(p, (uint32_t)pid);
    if (!to)
        return;
    to->vpgid = pgid ? (uint32_t)pgid : to->vpid;
    if (to->vpgid == to->vpid)
        to->pgid = to->pid;
    else
        to->pgid = first ? to->vpgid : to->vpgid == p->vpid ? p->pid : 0;
}

static void set_session(const pt_record *r, pt_process *p) {
    p->vsid = p->vpgid = (uint32_t)r->head->result;
    p->sid = p->pgid = p->pid;
    p->tty = 0;
}

// As the kernel has them, of the caller; what setpgid did to another process, set_group knows.
static void set_ids(const struct pt_wire_ids *ids, pt_process *p) {
    p->sid = ids->sid, p->vsid = ids->vsid, p->pgid = ids->pgid, p->vpgid = ids->vpgid;
    p->pidns = ids->pidns, p->tty = ids->tty;
}

static void set_reaper(const pt_record *r, pt_process *p) {
    uint64_t option = 0;
    uint64_t on = 0;
    size_t at = pt_event_param_index(PRCTL, PT_STR("option"));
    size_t at_on = pt_event_param_index(PRCTL, PT_STR("arg2_int"));
    if (r->args[at].n != sizeof option || r->args[at_on].n != sizeof on)
        return;
    memcpy(&option, r->args[at].p, sizeof option);
    memcpy(&on, r->args[at_on].p, sizeof on);
    if (option == SET_CHILD_REAPER)
        p->reaper = on != 0;
}

static bool changed_folder(pt_runtime *rt, const pt_record *r, pt_process *p) {
    if (r->head->type == FCHDIR)
        return set_cwd(rt, p, r->file_path);
    pt_str path = r->args[pt_event_param_index(CHDIR, PT_STR("path"))];
    if (!path.n)
        return true;
    return set_cwd(rt, p, pt_path_resolve(&rt->scratch, p->cwd, path));
}

static bool call_worked(pt_runtime *rt, const pt_record *r, pt_process *p) {
    switch (r->head->type) {
    case CHDIR:
    case FCHDIR:
        return r->cwd.p || changed_folder(rt, r, p);
    case SETPGID:
        set_group(rt, r, p);
        return true;
    case SETSID:
        set_session(r, p);
        return true;
    case PRCTL:
        set_reaper(r, p);
        return true;
    default:
        return true;
    }
}

bool pt_state_change(pt_runtime *rt, const pt_record *r, pt_process *p) {
    const struct pt_wire_head *h = r->head;
    bool snapshot = h->flags & PT_WIRE_SNAPSHOT;
    bool image = (h->type == EXECVE || h->type == EXECVEAT) && h->result == 0;
    if (is_old(r, p))
        return true;
    if (h->type == PT_EVENT_PROCEXIT) {
        p->end_ns = h->time_ns;
        pt_process_end(rt->processes, p, heir_of(rt, p));
        return true;
    }
    if (r->child && h->result >= 0 && !born(rt, r, p))
        return false;
    if ((image || snapshot) && !set_image(r, p))
        return false;
    if (!snapshot && h->result >= 0 && !call_worked(rt, r, p))
        return false;
    if (r->ids)
        set_ids(r->ids, p);
    return !r->cwd.p || set_cwd(rt, p, r->cwd);
}
