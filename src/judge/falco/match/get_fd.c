// fd.*: what the descriptor of the event stands for.
#include <netinet/in.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "judge/falco/match/fields_impl.h"

static bool is_ip(const pt_file_ref *f) {
    return f->type == PT_FILE_IPV4 || f->type == PT_FILE_IPV6;
}

// -- texts ----------------------------------------------------------------------------------------
// Of a call that made no descriptor the event says what it would have been, of open(2) not.
static char char_of(const pt_event *ev) {
    if (ev->file.type != PT_FILE_UNKNOWN)
        return pt_file_type_char(ev->file.type);
    switch (ev->type) { // by the numbers of x86-64
    case 85:            // creat
    case 257:           // openat
    case 437:           // openat2
        return 'f';
    case 41:  // socket
    case 43:  // accept
    case 288: // accept4
        return '4';
    default:
        return 'o';
    }
}

static const char letters[] = "f4d6upeslitnbrmPo?"; // of types, and of what has none

static bool has_path(const pt_file_ref *f) {
    return f->type == PT_FILE_REGULAR || f->type == PT_FILE_DIRECTORY || f->type == PT_FILE_UNKNOWN;
}

// Up to the last slash; "/" for what lies there.
static pt_str directory_of(pt_str path) {
    size_t slash = pt_str_rfind(path, '/');
    if (slash == path.n)
        return PT_STR("/");
    return pt_str_sub(path, 0, slash ? slash : 1);
}

static pt_str without_double_slashes(pt_arena *a, pt_str s) {
    const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
    while (slash && slash + 1 < s.p + s.n && slash[1] != '/')
        slash = memchr(slash + 1, '/', (size_t)(s.p + s.n - slash - 1));
    if (!slash || slash + 1 == s.p + s.n)
        return s;
    char *p = pt_arena_take(a, s.n);
    size_t n = 0;
    for (size_t i = 0; p && i < s.n; i++)
        if (s.p[i] != '/' || !n || p[n - 1] != '/')
            p[n++] = s.p[i];
    return (pt_str){p, n};
}

static pt_str protocol_of(const pt_file_ref *f) {
    if (!is_ip(f))
        return (pt_str){0};
    switch (f->protocol) {
    case IPPROTO_TCP:
        return PT_STR("tcp");
    case IPPROTO_UDP:
        return PT_STR("udp");
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        return PT_STR("icmp");
    case IPPROTO_RAW:
        return PT_STR("raw");
    default:
        return (pt_str){0};
    }
}

static pt_falco_values behind_id(const pt_falco_look *l, pt_str text) {
    pt_str id = l->ev->container ? l->ev->container->id : PT_STR("");
    if (pt_str_eqz(id, "host"))
        id = PT_STR("");
    return pt_get_text(l, pt_arena_printf(l->scratch, "%.*s:%.*s", PT_PRI(id), PT_PRI(text)));
}

static pt_falco_values of_path(const pt_falco_look *l, unsigned what) {
    const pt_file_ref *f = &l->ev->file;
    if (!has_path(f) || !f->name.n)
        return pt_get_none();
    switch ((pt_fd_text)what) {
    case PT_FD_NAME_RAW:
        return pt_get_some(l, without_double_slashes(l->scratch, f->asked));
    case PT_FD_DIRECTORY:
        return pt_get_text(l, directory_of(f->name));
    case PT_FD_CONTAINER_DIRECTORY:
        return behind_id(l, directory_of(f->name));
    default: // PT_FD_FILENAME
        if (f->type != PT_FILE_REGULAR)
            return pt_get_none();
        size_t slash = pt_str_rfind(f->name, '/');
        return pt_get_text(l, slash == f->name.n ? f->name
                                                 : pt_str_sub(f->name, slash + 1, f->name.n));
    }
}

static pt_str type_of(const pt_file_ref *f) {
    const char *name = pt_file_type_name(f->type);
    return name ? pt_str_of(name) : (pt_str){0};
}

pt_falco_values pt_get_fd_text(const pt_falco_look *l, unsigned what) {
    const pt_file_ref *f = &l->ev->file;
    const char *c;
    if (!f->known)
        return pt_get_none();
    switch ((pt_fd_text)what) {
    case PT_FD_TYPE:
        return pt_get_some(l, type_of(f));
    case PT_FD_TYPECHAR:
        c = strchr(letters, char_of(l->ev));
        return pt_get_some(l, (pt_str){c, c && *c ? 1 : 0});
    case PT_FD_NAME:
        return pt_get_text(l, pt_file_ref_name(l->scratch, f));
    case PT_FD_L4PROTO:
        return pt_get_some(l, protocol_of(f));
    case PT_FD_FAMILY:
        if (is_ip(f))
            return pt_get_text(l, PT_STR("ip"));
        return f->type == PT_FILE_UNIX ? pt_get_text(l, PT_STR("unix")) : pt_get_none();
    case PT_FD_UID:
        return pt_get_text(l,
                           pt_arena_printf(l->scratch, "%u%lld", l->ev->tid, (long long)f->number));
    case PT_FD_CONTAINER_NAME:
        return behind_id(l, pt_file_ref_name(l->scratch, f));
    default:
        return of_path(l, what);
    }
}

// -- numbers --------------------------------------------------------------------------------------
pt_falco_values pt_get_fd_number(const pt_falco_look *l, unsigned what) {
    const pt_file_ref *f = &l->ev->file;
    if (!f->known)
        return pt_get_none();
    if (what == PT_FD_NUM)
        return pt_get_number(l, f->number);
    if (f->number < 0 || !f->ino)
        return pt_get_none();
    switch ((pt_fd_number)what) {
    case PT_FD_DEV:
        return pt_get_number(l, (int64_t)f->dev);
    case PT_FD_MAJOR:
        return pt_get_number(l, major(f->dev));
    case PT_FD_MINOR:
        return pt_get_number(l, minor(f->dev));
    default:
        return pt_get_number(l, (int64_t)f->ino);
    }
}

pt_falco_values pt_get_fd_truth(const pt_falco_look *l, unsigned what) {
    const pt_file_ref *f = &l->ev->file;
    if (!f->known || f->type == PT_FILE_UNKNOWN)
        return pt_get_none();
    switch ((pt_fd_truth)what) {
    case PT_FD_CONNECTED:
        return pt_get_truth(l, f->connected);
    case PT_FD_NAME_CHANGED:
        return pt_get_truth(l, f->name_changed);
    default:
        return f->role == PT_SOCKET_UNKNOWN ? pt_get_none()
                                            : pt_get_truth(l, f->role == PT_SOCKET_SERVER);
    }
}

// -- ends -----------------------------------------------------------------------------------------
// The end that is asked for; NULL while it, or who is who, is unknown.
static const pt_endpoint *end_of(const pt_file_ref *f, unsigned which) {
    if (!f->known || !is_ip(f) || f->role == PT_SOCKET_UNKNOWN)
        return NULL;
    bool local = which == PT_FD_LOCAL ||
                 which == (f->role == PT_SOCKET_CLIENT ? PT_FD_CLIENT : PT_FD_SERVER);
    const pt_endpoint *e = local ? &f->local : &f->remote;
    return e->known ? e : NULL;
}

static pt_str bytes_of(const pt_endpoint *e) {
    return (pt_str){(const char *)e->ip, e->v6 ? 16 : 4};
}

// The ends that are known, 2 at most.
static size_t ends(const pt_file_ref *f, unsigned which, const pt_endpoint *ret[2]) {
    size_t n = 0;
    if (which != PT_FD_EITHER_END) {
        ret[0] = end_of(f, which);
        return ret[0] ? 1 : 0;
    }
    if (!f->known || !is_ip(f))
        return 0;
    if (f->local.known)
        ret[n++] = &f->local;
    if (f->remote.known)
        ret[n++] = &f->remote;
    return n;
}

pt_falco_values pt_get_fd_address(const pt_falco_look *l, unsigned what) {
    const pt_endpoint *e[2];
    size_t n = ends(&l->ev->file, what, e);
    pt_falco_value *v = n ? pt_arena_take(l->scratch, n * sizeof *v) : NULL;
    for (size_t i = 0; v && i < n; i++)
        v[i].text = bytes_of(e[i]);
    return (pt_falco_values){v, v ? n : 0};
}

pt_falco_values pt_get_fd_port(const pt_falco_look *l, unsigned what) {
    const pt_endpoint *e[2];
    size_t n = ends(&l->ev->file, what, e);
    pt_falco_value *v = n ? pt_arena_take(l->scratch, n * sizeof *v) : NULL;
    for (size_t i = 0; v && i < n; i++)
        v[i].number = e[i]->port;
    return (pt_falco_values){v, v ? n : 0};
}

// All names that a resolver gave this address; one empty one if there is none, so that != is true.
pt_falco_values pt_get_fd_host(const pt_falco_look *l, unsigned what) {
    const pt_endpoint *e = end_of(&l->ev->file, what);
    const pt_falco_context *c = l->context;
    size_t n = 0;
    if (!e)
        return pt_get_none();
    for (size_t i = 0; i < c->n_hosts; i++)
        n += pt_str_eq(bytes_of(&c->hosts[i].address), bytes_of(e));
    if (!n)
        return pt_get_text(l, (pt_str){0});
    pt_falco_value *v = pt_arena_take(l->scratch, n * sizeof *v);
    size_t k = 0;
    for (size_t i = 0; v && i < c->n_hosts; i++)
        if (pt_str_eq(bytes_of(&c->hosts[i].address), bytes_of(e)))
            v[k++].text = c->hosts[i].name;
    return (pt_falco_values){v, k};
}
