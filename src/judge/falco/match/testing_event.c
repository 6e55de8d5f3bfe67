#include "judge/falco/match/testing_event.h"

#include <arpa/inet.h>
#include <string.h>

#include "value/json.h"

typedef enum kind {
    TEXT,
    WORDS, // a|b: each with a NUL behind it
    U16,
    U32,
    U64,
    I64,
    TRUTH,
    BYTE,
} kind;

typedef struct key {
    const char *name;
    size_t offset;
    kind kind;
} key;

#define EV(n, m, k)   {n, offsetof(pt_event, m), k}
#define PROC(n, m, k) {n, offsetof(pt_process, m), k}
#define CONT(n, m, k) {n, offsetof(pt_container, m), k}

static const key event_keys[] = {
    EV("number", number, U64),
    EV("time", time_ns, U64),
    EV("cpu", cpu, U16),
    EV("tid", tid, U32),
    EV("vtid", vtid, U32),
    EV("result", result, I64),
    EV("uid", uid, U32),
    EV("gid", gid, U32),
    EV("loginuid", login_uid, I64),
    EV("caps", cap_effective, U64),
    EV("permitted", cap_permitted, U64),
    EV("async", async_name, TEXT),
    EV("fd.num", file.number, I64),
    EV("fd.name", file.name, TEXT),
    EV("fd.asked", file.asked, TEXT),
    EV("fd.dev", file.dev, U64),
    EV("fd.ino", file.ino, U64),
    EV("fd.protocol", file.protocol, BYTE),
    EV("fd.connected", file.connected, TRUTH),
    EV("fd.changed", file.name_changed, TRUTH),
};
static const key process_keys[] = {
    PROC("pid", pid, U32),
    PROC("vpid", vpid, U32),
    PROC("sid", sid, U32),
    PROC("vsid", vsid, U32),
    PROC("pgid", pgid, U32),
    PROC("vpgid", vpgid, U32),
    PROC("ppid", ppid, U32),
    PROC("clone", clone_ns, U64),
    PROC("comm", comm, TEXT),
    PROC("exe", exe, TEXT),
    PROC("path", exe_path, TEXT),
    PROC("args", args, WORDS),
    PROC("env", environment, WORDS),
    PROC("cwd", cwd, TEXT),
    PROC("tty", tty, U32),
    PROC("exe_flags", exe_flags, U32),
    PROC("ino", exe_ino, U64),
    PROC("ctime", exe_ctime_ns, U64),
    PROC("mtime", exe_mtime_ns, U64),
};
static const key container_keys[] = {
    CONT("id", id, TEXT),
    CONT("full_id", full_id, TEXT),
    CONT("runtime", runtime, TEXT),
    CONT("name", name, TEXT),
    CONT("image", image, TEXT),
    CONT("image_id", image_id, TEXT),
    CONT("repository", repository, TEXT),
    CONT("tag", tag, TEXT),
    CONT("digest", digest, TEXT),
    CONT("privileged", privileged, TRUTH),
    CONT("host_pid", host_pid, TRUTH),
    CONT("host_network", host_network, TRUTH),
    CONT("host_ipc", host_ipc, TRUTH),
    CONT("ip", ip, TEXT),
    CONT("pod", pod_name, TEXT),
    CONT("namespace", pod_namespace, TEXT),
    CONT("pod_uid", pod_uid, TEXT),
    CONT("sandbox", pod_sandbox, TEXT),
    CONT("start", start_ns, U64),
};

// -- words ----------------------------------------------------------------------------------------
// Takes KEY=VALUE from *rest. False at the end.
static bool next_word(pt_arena *a, pt_str *rest, pt_str *ret_key, pt_str *ret_value) {
    *rest = pt_str_trim(*rest);
    if (!rest->n)
        return false;
    char *value = pt_arena_take(a, rest->n);
    size_t n = 0;
    size_t i = 0;
    while (i < rest->n && rest->p[i] != '=' && rest->p[i] != ' ')
        i++;
    *ret_key = pt_str_sub(*rest, 0, i);
    bool quoted = false;
    bool has_value = i < rest->n && rest->p[i] == '=';
    for (i += has_value; has_value && i < rest->n && (quoted || rest->p[i] != ' '); i++) {
        char c = rest->p[i];
        if (c == '"')
            quoted = !quoted;
        else if (c == '\\' && i + 1 < rest->n) {
            i++;
            value[n++] = (char)(rest->p[i] == '0' ? 0 : rest->p[i] == 'n' ? '\n' : rest->p[i]);
        } else
            value[n++] = c;
    }
    *ret_value = (pt_str){value, n};
    *rest = pt_str_sub(*rest, i, rest->n);
    return true;
}

static pt_str with_nul(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] == '|' ? 0 : s.p[i]);
    p[s.n] = 0;
    return (pt_str){p, s.n ? s.n + 1 : 0};
}

static bool number(pt_str s, int64_t *ret) {
    bool hex = pt_str_starts(s, PT_STR("0x"));
    bool octal = s.n > 1 && s.p[0] == '0' && !hex;
    return pt_str_int(hex ? pt_str_sub(s, 2, s.n) : s, hex ? 16 : octal ? 8 : 10, ret);
}

static bool set(pt_arena *a, const key *keys, size_t n, void *to, pt_str name, pt_str value) {
    for (size_t i = 0; i < n; i++) {
        if (!pt_str_eqz(name, keys[i].name))
            continue;
        void *at = (char *)to + keys[i].offset;
        int64_t x = 0;
        if (keys[i].kind > WORDS && !number(value, &x))
            return false;
        switch (keys[i].kind) {
        case TEXT:
            *(pt_str *)at = value;
            break;
        case WORDS:
            *(pt_str *)at = with_nul(a, value);
            break;
        case U16:
            *(uint16_t *)at = (uint16_t)x;
            break;
        case U32:
            *(uint32_t *)at = (uint32_t)x;
            break;
        case U64:
        case I64:
            *(int64_t *)at = x;
            break;
        case TRUTH:
            *(bool *)at = x;
            break;
        case BYTE:
            *(uint8_t *)at = (uint8_t)x;
            break;
        }
        return true;
    }
    return false;
}

// -- what is no plain member ----------------------------------------------------------------------
static bool endpoint(pt_arena *a, pt_str s, pt_endpoint *ret) {
    size_t colon = pt_str_rfind(s, ':');
    pt_str ip = pt_arena_str(a, pt_str_sub(s, 0, colon));
    int64_t port = 0;
    ret->known = true;
    if (colon == s.n || !number(pt_str_sub(s, colon + 1, s.n), &port))
        return false;
    ret->port = (uint16_t)port;
    if (inet_pton(AF_INET, ip.p, ret->ip) == 1)
        return true;
    ret->v6 = true;
    return inet_pton(AF_INET6, ip.p, ret->ip) == 1;
}

static bool file_key(pt_arena *a, pt_testing_event *t, pt_str name, pt_str value) {
    pt_file_ref *f = &t->ev.file;
    if (pt_str_eqz(name, "fd.local"))
        return endpoint(a, value, &f->local);
    if (pt_str_eqz(name, "fd.remote"))
        return endpoint(a, value, &f->remote);
    if (pt_str_eqz(name, "fd.role")) {
        f->role = pt_str_eqz(value, "client") ? PT_SOCKET_CLIENT : PT_SOCKET_SERVER;
        return true;
    }
    if (!pt_str_eqz(name, "fd.type"))
        return false;
    for (pt_file_type k = PT_FILE_UNKNOWN + 1; k < PT_FILE_TYPES; k++)
        if (pt_file_type_name(k) && pt_str_eqz(value, pt_file_type_name(k))) {
            f->type = k;
            return true;
        }
    return false;
}

static bool argument(pt_testing_event *t, pt_str name, pt_str value, bool resolved) {
    size_t at = pt_event_param_index(t->ev.type, name);
    if (at == SIZE_MAX)
        return false;
    pt_event_arg *arg = &t->ev.args[at];
    arg->known = true;
    if (resolved)
        arg->resolved = value;
    else if (!number(value, &arg->number))
        arg->bytes = value;
    return true;
}

static pt_id_name id_name(pt_str value) {
    pt_id_name row = {0};
    pt_str id = {0};
    int64_t n = 0;
    pt_str_split(&value, ':', &id);
    pt_str_split(&value, ':', &row.name);
    pt_str_split(&value, ':', &row.home);
    pt_str_split(&value, ':', &row.shell);
    number(id, &n);
    row.id = (uint32_t)n;
    return row;
}

static bool container_list(pt_testing_event *t, pt_str name, pt_str value) {
    pt_container *c = &t->container;
    if (pt_str_eqz(name, "user")) {
        t->users[c->n_users++] = id_name(value);
    } else if (pt_str_eqz(name, "group")) {
        t->groups[c->n_groups++] = id_name(value);
    } else if (pt_str_eqz(name, "label")) {
        pt_label *l = &t->labels[c->n_labels++];
        pt_str_split(&value, ':', &l->name);
        l->value = value;
    } else if (pt_str_eqz(name, "mount")) {
        pt_mount *m = &t->mounts[c->n_mounts++];
        pt_str writable = {0};
        pt_str_split(&value, ':', &m->source);
        pt_str_split(&value, ':', &m->destination);
        pt_str_split(&value, ':', &m->mode);
        pt_str_split(&value, ':', &writable);
        m->writable = pt_str_eqz(writable, "true");
        m->propagation = value;
    } else if (pt_str_eqz(name, "metadata")) {
        c->metadata = pt_str_eqz(value, "yes") ? PT_KNOWN_YES : PT_KNOWN_PENDING;
    } else {
        return false;
    }
    return true;
}

static bool host(pt_arena *a, pt_testing_event *t, pt_str name, pt_str value) {
    pt_falco_host *h = &t->hosts[t->context.n_hosts++];
    h->name = name;
    return endpoint(a, pt_arena_printf(a, "%.*s:0", PT_PRI(value)), &h->address);
}

static bool process_key(pt_arena *a, pt_testing_event *t, pt_str name, pt_str value) {
    size_t up = 0;
    while (name.n > up && name.p[up] == 'p')
        up++;
    bool prefixed = up && up < name.n && name.p[up] == '.' && up < PT_TESTING_ANCESTORS;
    pt_process *p = &t->process[prefixed ? up : 0];
    if (!set(a, process_keys, PT_COUNT(process_keys), p,
             prefixed ? pt_str_sub(name, up + 1, name.n) : name, value))
        return false;
    t->ev.process = &t->process[0];
    for (size_t i = 0; prefixed && i < up; i++)
        t->process[i].parent = &t->process[i + 1];
    return true;
}

static bool one_key(pt_arena *a, pt_testing_event *t, pt_str name, pt_str value) {
    static const pt_str prefixes[] = {{"c.", 2}, {"arg.", 4}, {"resolved.", 9}, {"host.", 5}};
    size_t i = 0;
    while (i < PT_COUNT(prefixes) && !pt_str_starts(name, prefixes[i]))
        i++;
    pt_str rest = i < PT_COUNT(prefixes) ? pt_str_sub(name, prefixes[i].n, name.n) : name;
    switch (i) {
    case 0:
        t->ev.container = &t->container;
        return container_list(t, rest, value) ||
               set(a, container_keys, PT_COUNT(container_keys), &t->container, rest, value);
    case 1:
    case 2:
        return argument(t, rest, value, i == 2);
    case 3:
        return host(a, t, rest, value);
    default:
        break;
    }
    if (pt_str_eqz(name, "doc"))
        return !pt_json_parse(a, value, NULL, &t->ev.doc, NULL);
    if (pt_str_eqz(name, "hostname")) {
        t->context.hostname = value;
        return true;
    }
    if (pt_str_starts(name, PT_STR("fd.")))
        t->ev.file.known = true;
    t->ev.has_result = t->ev.has_result || pt_str_eqz(name, "result");
    return set(a, event_keys, PT_COUNT(event_keys), &t->ev, name, value) ||
           file_key(a, t, name, value) || process_key(a, t, name, value);
}

// Leaders of sessions are found by their id.
static void fill_table(pt_testing_event *t) {
    t->table = pt_processes_new(PT_TESTING_ANCESTORS + 1);
    for (size_t i = 0; t->table && i < PT_TESTING_ANCESTORS; i++) {
        const pt_process *from = &t->process[i];
        pt_process *p = from->pid ? pt_process_add(t->table, from->pid, 1000 - i) : NULL;
        if (p && pt_process_set(p, &p->comm, from->comm) && pt_process_set(p, &p->exe, from->exe))
            PT_IGNORE(pt_process_set(p, &p->exe_path, from->exe_path));
    }
    t->ev.processes = t->table;
}

bool pt_testing_event_read(pt_arena *a, pt_str line, pt_testing_event *t, pt_str *ret_bad) {
    pt_str name;
    pt_str value;
    *t = (pt_testing_event){0};
    t->ev.doc = pt_undefined();
    t->container = (pt_container){.metadata = PT_KNOWN_YES,
                                  .id = PT_STR("host"),
                                  .mounts = t->mounts,
                                  .labels = t->labels,
                                  .users = t->users,
                                  .groups = t->groups};
    t->ev.container = &t->container;
    t->context.hosts = t->hosts;
    next_word(a, &line, ret_bad, &value);
    t->ev.type = pt_event_named(*ret_bad);
    t->ev.source = t->ev.type == PT_EVENT_PLUGIN ? PT_STR("k8s_audit") : PT_STR("syscall");
    t->ev.number = 1;
    t->ev.login_uid = -1;
    if (t->ev.type == PT_EVENT_UNKNOWN)
        return false;
    while (next_word(a, &line, &name, &value)) {
        *ret_bad = name;
        if (!one_key(a, t, name, value))
            return false;
    }
    fill_table(t);
    return true;
}

void pt_testing_event_done(pt_testing_event *t) {
    pt_processes_free(t->table);
    t->table = NULL;
}
