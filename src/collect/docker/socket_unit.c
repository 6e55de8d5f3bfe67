// docker.socket: where systemd listens for a dockerd with "-H fd://" (systemd.unit(5),
// systemd.socket(5)).
#include "collect/docker/engine.h"

// The first folder that has a file of a name wins.
static const char *const folders[] = {
    "/etc/systemd/system",     "/run/systemd/system", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system", "/lib/systemd/system",
};

#define UNIT "docker.socket"

typedef struct reader {
    pt_world *w;
    pt_arena *a;
    pt_list hosts;
    pt_fact why; // the last file that could not be read; its state is then PT_UNKNOWN with a reason
} reader;

static pt_fact read_file(reader *r, pt_str path) {
    return path.p ? pt_world_read(r->w, r->a, path.p, "/", PT_WORLD_FILE_BYTES_MAX)
                  : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

// As dockerd would write it: "2375" is every address, a path or an abstract name is local.
static pt_str as_host(reader *r, pt_str listen) {
    int64_t port;
    if (pt_str_starts(listen, PT_STR("/")) || pt_str_starts(listen, PT_STR("@")) ||
        pt_str_starts(listen, PT_STR("%"))) // %t/docker.sock: specifiers stand for paths
        return pt_arena_printf(r->a, "unix://%.*s", PT_PRI(listen));
    if (pt_str_int(listen, 10, &port))
        return pt_arena_printf(r->a, "tcp://[::]:%.*s", PT_PRI(listen));
    if (pt_str_starts(listen, PT_STR("vsock:")))
        return pt_arena_str(r->a, listen); // no path of this host, and no TCP: shown as it is
    return pt_arena_printf(r->a, "tcp://%.*s", PT_PRI(listen));
}

// The next line with its continuations ("\" at the end) as one. False at the end.
static bool next_line(reader *r, pt_str *text, pt_str *ret) {
    pt_str line;
    if (!pt_str_split(text, '\n', &line))
        return false;
    line = pt_str_trim(line);
    pt_str more;
    while (pt_str_ends(line, PT_STR("\\")) && pt_str_split(text, '\n', &more))
        line = pt_arena_printf(r->a, "%.*s %.*s", PT_PRI(pt_str_sub(line, 0, line.n - 1)),
                               PT_PRI(pt_str_trim(more)));
    *ret = line;
    return true;
}

static void take_file(reader *r, pt_str text) {
    bool in_socket = false;
    pt_str line;
    while (next_line(r, &text, &line)) {
        if (pt_str_starts(line, PT_STR("[")))
            in_socket = pt_str_eqz(line, "[Socket]");
        size_t eq = pt_str_find(line, '=');
        if (!in_socket || eq == line.n ||
            !pt_str_eqz(pt_str_trim(pt_str_sub(line, 0, eq)), "ListenStream"))
            continue;
        pt_str value = pt_str_trim(pt_str_sub(line, eq + 1, line.n));
        if (value.n)
            pt_list_add(&r->hosts, pt_string(as_host(r, value)));
        else
            r->hosts = (pt_list){.a = r->a}; // an empty one takes all before it back
    }
}

static bool is_conf(pt_str name) {
    return pt_str_ends(name, PT_STR(".conf"));
}

// The names of all drop-ins, sorted: they apply in that order, wherever they are.
static pt_value drop_ins(reader *r) {
    pt_list names = {.a = r->a};
    for (size_t i = 0; i < PT_COUNT(folders); i++) {
        pt_str dir = pt_arena_printf(r->a, "%s/" UNIT ".d", folders[i]);
        pt_fact f = dir.p ? pt_world_list(r->w, r->a, dir.p, "/") : (pt_fact){0};
        if (f.state == PT_UNKNOWN)
            r->why = f;
        for (size_t k = 0; f.state == PT_KNOWN && k < pt_len(f.value); k++)
            if (is_conf(pt_text(pt_at(f.value, k))))
                pt_list_add(&names, pt_at(f.value, k));
    }
    return pt_set_of(r->a, names.items.v, names.items.n);
}

// A file by its name below the first folder that has it: read into the list. False: nowhere.
static bool take_first(reader *r, pt_str name) {
    for (size_t i = 0; i < PT_COUNT(folders); i++) {
        pt_fact f = read_file(r, pt_arena_printf(r->a, "%s/%.*s", folders[i], PT_PRI(name)));
        if (f.state == PT_ABSENT)
            continue;
        if (f.state == PT_UNKNOWN)
            r->why = f;
        else
            take_file(r, pt_text(f.value));
        return true;
    }
    return false;
}

pt_fact pt_docker_socket_unit(pt_world *w, pt_arena *a) {
    reader r = {.w = w, .a = a, .hosts = {.a = a}};
    if (!take_first(&r, PT_STR(UNIT)))
        return pt_fact_absent(PT_STR("no " UNIT " in systemd's folders"));
    pt_value names = drop_ins(&r);
    for (size_t i = 0; i < pt_len(names); i++)
        take_first(&r, pt_arena_printf(a, UNIT ".d/%.*s", PT_PRI(pt_text(pt_at(names, i)))));
    if (r.why.reason.n)
        return r.why;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "hosts", pt_list_end(&r.hosts));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, PT_STR(UNIT))
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}
