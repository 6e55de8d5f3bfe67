#include <string.h>

#include "collect/runtime/state_impl.h"

// Where no one knows a relative path begins: what Falco's outputs say then.
#define UNKNOWN "<UNKNOWN>"

typedef struct out {
    char *p;
    size_t n;
    size_t floor; // ".." goes no higher
} out;

static void up(out *o) {
    while (o->n > o->floor && o->p[o->n - 1] != '/')
        o->n--;
    if (o->n > o->floor)
        o->n--; // the slash, too
}

static void add(out *o, pt_str path) {
    pt_str name;
    while (pt_str_split(&path, '/', &name)) {
        if (!name.n || pt_str_eqz(name, "."))
            continue;
        if (pt_str_eqz(name, "..")) {
            up(o);
            continue;
        }
        o->p[o->n++] = '/';
        memcpy(o->p + o->n, name.p, name.n);
        o->n += name.n;
    }
}

pt_str pt_path_resolve(pt_arena *a, pt_str base, pt_str path) {
    bool absolute = path.n && path.p[0] == '/';
    bool unknown = !absolute && !base.n;
    out o = {.p = pt_arena_take(a, base.n + path.n + sizeof UNKNOWN + 2)};
    if (!o.p)
        return (pt_str){0};
    if (unknown) {
        memcpy(o.p, UNKNOWN, sizeof UNKNOWN - 1);
        o.n = o.floor = sizeof UNKNOWN - 1;
    }
    if (!absolute)
        add(&o, base);
    add(&o, path);
    if (!o.n)
        o.p[o.n++] = '/';
    return (pt_str){o.p, o.n};
}
