// The arguments of an event: those the record brought, and those that the state knows.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "collect/runtime/state_impl.h"

// Where an argument that no record brings is taken from.
typedef enum source {
    NOWHERE,
    RESULT,
    DEV,
    INO,
    EXE,
    ARGS,
    ENVIRONMENT,
    CWD,
    COMM,
    TID,
    PID,
    PPID,
    VTID,
    VPID,
    PGID,
    TTY,
    LOGIN_UID,
    EXE_FLAGS,
    CAP_EFFECTIVE,
    CAP_PERMITTED,
    EXE_INO,
    EXE_CTIME,
    EXE_MTIME,
    UID,
    GID,
    CGROUPS,
    EXE_PATH,
    TUPLE,
    ADDRESS,
    DATA,
    JSON,
    NAME,
    SIZE_READ,
    OPEN_PATH,
    EXIT_CODE,
    EXIT_SIGNAL,
    EXIT_CORE,
} source;

static const struct {
    const char *name;
    source from;
    bool process; // of execve, clone and their like only
} by_name[] = {
    {"res", RESULT, false},
    {"dev", DEV, false},
    {"ino", INO, false},
    {"tuple", TUPLE, false},
    {"addr", ADDRESS, false},
    {"data", DATA, false},
    {"json", JSON, false},
    {"name", NAME, false},
    {"size", SIZE_READ, false},
    {"exe", EXE, true},
    {"args", ARGS, true},
    {"env", ENVIRONMENT, true},
    {"cwd", CWD, true},
    {"comm", COMM, true},
    {"tid", TID, true},
    {"pid", PID, true},
    {"ptid", PPID, true},
    {"vtid", VTID, true},
    {"vpid", VPID, true},
    {"pgid", PGID, true},
    {"tty", TTY, true},
    {"loginuid", LOGIN_UID, true},
    {"flags", EXE_FLAGS, true},
    {"cap_effective", CAP_EFFECTIVE, true},
    {"cap_permitted", CAP_PERMITTED, true},
    {"exe_ino", EXE_INO, true},
    {"exe_ino_ctime", EXE_CTIME, true},
    {"exe_ino_mtime", EXE_MTIME, true},
    {"uid", UID, true},
    {"gid", GID, true},
    {"cgroups", CGROUPS, true},
    {"trusted_exepath", EXE_PATH, true},
};

static const struct {
    const char *name;
    source from;
} of_exit[] = {{"status", RESULT}, {"ret", EXIT_CODE}, {"sig", EXIT_SIGNAL}, {"core", EXIT_CORE}};

static source source_of(pt_event_type t, const pt_param *p, size_t i) {
    bool exec = t == 59 || t == 322;
    bool process = exec || t == 56 || t == 57 || t == 58 || t == 435;
    pt_str name = pt_str_of(p->name);
    if (i == 0 && p->kind == PT_PARAM_FD)
        return RESULT;
    for (size_t k = 0; t == PT_EVENT_PROCEXIT && k < PT_COUNT(of_exit); k++)
        if (pt_str_eqz(name, of_exit[k].name))
            return of_exit[k].from;
    if (t == 304 && p->kind == PT_PARAM_PATH)
        return OPEN_PATH; // open_by_handle_at is given none
    if (pt_str_eqz(name, "flags") && !exec)
        return NOWHERE; // of clone: passed
    if (pt_str_eqz(name, "name") && t != PT_EVENT_ASYNC)
        return NOWHERE; // a path
    if (pt_str_eqz(name, "size") && t != 47 && t != 299)
        return NOWHERE; // what was asked for, which is not what came
    if (pt_str_eqz(name, "addr") && p->kind != PT_PARAM_ADDRESS)
        return NOWHERE;
    for (size_t k = 0; k < PT_COUNT(by_name); k++)
        if (pt_str_eqz(name, by_name[k].name) && (process || !by_name[k].process))
            return by_name[k].from;
    return NOWHERE;
}

bool pt_args_sources(pt_runtime *rt) {
    rt->sources = calloc(PT_EVENT_TYPES, sizeof *rt->sources);
    if (!rt->sources)
        return false;
    for (size_t t = 0; t < PT_EVENT_TYPES; t++) {
        size_t n;
        const pt_param *p = pt_event_params((pt_event_type)t, &n);
        for (size_t i = 0; i < n; i++)
            rt->sources[t][i] = (uint8_t)source_of((pt_event_type)t, &p[i], i);
    }
    return true;
}

static bool is_text(pt_param_kind k) {
    return k == PT_PARAM_PATH || k == PT_PARAM_TEXT || k == PT_PARAM_LIST || k == PT_PARAM_BYTES ||
           k == PT_PARAM_ADDRESS || k == PT_PARAM_TUPLE;
}

// What the record brought. (A number of another size than 8 is none.)
static bool brought(const pt_param *p, pt_str part, pt_event_arg *g) {
    if (!part.p)
        return false;
    if (is_text(p->kind)) {
        g->bytes = part;
        return g->known = true;
    }
    if (part.n != sizeof g->number)
        return false;
    memcpy(&g->number, part.p, sizeof g->number);
    return g->known = true;
}

static void number(pt_event_arg *g, bool known, uint64_t n) {
    g->known = known;
    g->number = known ? (int64_t)n : 0;
}

static void text(pt_event_arg *g, pt_str s) {
    g->known = s.p != NULL;
    g->bytes = s;
}

// What the process says of itself.
static void from_process(source from, const pt_process *p, pt_event_arg *g) {
    if (!p)
        return;
    switch (from) {
    case EXE:
        text(g, p->exe);
        break;
    case ARGS:
        text(g, p->args);
        break;
    case ENVIRONMENT:
        text(g, p->environment);
        break;
    case CWD:
        text(g, p->cwd);
        break;
    case COMM:
        text(g, p->comm);
        break;
    case EXE_PATH:
        text(g, p->exe_path);
        break;
    case PPID:
        number(g, true, p->ppid);
        break;
    case VPID:
        number(g, true, p->vpid);
        break;
    case PGID:
        number(g, true, p->pgid);
        break;
    case TTY:
        number(g, true, p->tty);
        break;
    case LOGIN_UID:
        number(g, true, (uint64_t)p->login_uid);
        break;
    case EXE_FLAGS:
        number(g, !p->stale, p->exe_flags);
        break;
    case EXE_INO:
        number(g, p->exe_ino != 0, p->exe_ino);
        break;
    case EXE_CTIME:
        number(g, p->exe_ino != 0, p->exe_ctime_ns);
        break;
    case EXE_MTIME:
        number(g, p->exe_ino != 0, p->exe_mtime_ns);
        break;
    default:
        break;
    }
}

// What parts of the record say that are no numbered arguments.
static void from_parts(const pt_record *r, source from, pt_event_arg *g) {
    const struct pt_wire_file *f = r->file;
    switch (from) {
    case DEV:
        number(g, f != NULL, f ? f->dev : 0);
        break;
    case INO:
        number(g, f != NULL, f ? f->ino : 0);
        break;
    case CGROUPS:
        text(g, r->cgroup_path);
        break;
    case ADDRESS:
        text(g, r->address);
        break;
    case DATA:
        text(g, r->data);
        break;
    case JSON:
        text(g, r->container);
        break;
    case NAME:
        text(g, r->name);
        break;
    case OPEN_PATH:
        text(g, r->open_path);
        break;
    default:
        break;
    }
}

static void known(const pt_record *r, source from, const pt_event *ev, pt_event_arg *g) {
    const struct pt_wire_head *h = r->head;
    switch (from) {
    case NOWHERE:
    case TUPLE: // once the file is known
        break;
    case RESULT:
        number(g, true, (uint64_t)h->result);
        break;
    case TID:
        number(g, true, h->tid);
        break;
    case PID:
        number(g, true, h->pid);
        break;
    case VTID:
        number(g, true, h->vtid);
        break;
    case UID:
        number(g, true, h->uid);
        break;
    case GID:
        number(g, true, h->gid);
        break;
    case CAP_EFFECTIVE:
        number(g, true, h->cap_effective);
        break;
    case CAP_PERMITTED:
        number(g, true, h->cap_permitted);
        break;
    case SIZE_READ:
        number(g, h->result >= 0, (uint64_t)h->result);
        break;
    // As wait(2) has it: the code in the second byte, the signal in the first.
    case EXIT_CODE:
        number(g, true, (uint64_t)h->result >> 8 & 0xff);
        break;
    case EXIT_SIGNAL:
        number(g, true, (uint64_t)h->result & 0x7f);
        break;
    case EXIT_CORE:
        number(g, true, (uint64_t)h->result >> 7 & 1);
        break;
    default:
        from_parts(r, from, g);
        from_process(from, ev->process, g);
    }
}

// A relative path is what it is below the folder where the call begins.
static void resolve(pt_runtime *rt, const pt_record *r, const pt_param *p, size_t i, pt_event *ev) {
    pt_event_arg *g = &ev->args[i];
    if (!g->bytes.n || g->bytes.p[0] == '/')
        return;
    pt_str cwd = r->cwd.p ? r->cwd : ev->process ? ev->process->cwd : (pt_str){0};
    // Without an argument that is a dirfd the folder that a record brings is meant (execveat, told
    // as execve).
    pt_str base = !p[i].dir && r->dir[0].p ? r->dir[0] : cwd;
    pt_event_arg *dirfd = p[i].dir && i > 0 ? &ev->args[i - 1] : NULL;
    if (dirfd && !(dirfd->known && (int32_t)dirfd->number == AT_FDCWD)) {
        base = r->dir[p[i].dir - 1];
        dirfd->resolved = base;
    }
    g->resolved = pt_path_resolve(&rt->scratch, base, g->bytes);
}

void pt_args_fill(pt_runtime *rt, const pt_record *r, pt_event *ev) {
    size_t n;
    const pt_param *p = pt_event_params(ev->type, &n);
    for (size_t i = 0; i < n; i++) {
        pt_event_arg *g = &ev->args[i];
        if (!brought(&p[i], r->args[i], g))
            known(r, (source)rt->sources[ev->type][i], ev, g);
        if (p[i].kind == PT_PARAM_PATH)
            resolve(rt, r, p, i, ev);
    }
    pt_file_fill(rt, r, ev);
    for (size_t i = 0; i < n; i++)
        if (p[i].kind == PT_PARAM_TUPLE)
            ev->args[i].known = ev->file.known && (ev->file.local.known || ev->file.remote.known ||
                                                   ev->file.unix_path.n || ev->file.unix_local);
}
