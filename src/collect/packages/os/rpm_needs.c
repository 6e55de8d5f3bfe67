// Which packages of a database need which: what one requires ("libc.so.6()(64bit)") another one
// provides. What only a file's path names ("/bin/sh") and what rpm itself must be able to do are
// left out, and so are the versions that are asked for: the database was consistent when rpm wrote
// it.
#include <stdlib.h>

#include "collect/packages/os/rpm.h"

typedef struct provided {
    pt_str what;
    size_t by; // which of the packages
} provided;

typedef struct provides {
    PT_VEC(provided) all; // sorted
} provides;

static int by_what(const void *a, const void *b) {
    const provided *x = a;
    const provided *y = b;
    int order = pt_str_cmp(x->what, y->what);
    return order ? order : (x->by > y->by) - (x->by < y->by);
}

static bool collect(const pt_rpm *w, provides *ret) {
    for (size_t i = 0; i < w->found.n; i++) {
        pt_value texts = pt_getz(w->found.v[i].more, "provides");
        for (size_t k = 0; k < pt_len(texts); k++) {
            provided *p = PT_PUSH(w->r->a, &ret->all);
            if (!p)
                return false;
            *p = (provided){pt_text(pt_at(texts, k)), i};
        }
    }
    if (ret->all.n)
        qsort(ret->all.v, ret->all.n, sizeof *ret->all.v, by_what);
    return true;
}

// The first that provides it; NULL: none.
static const provided *provider_of(const provides *p, pt_str what) {
    size_t from = 0;
    size_t to = p->all.n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (pt_str_cmp(p->all.v[mid].what, what) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    bool found = from < p->all.n && pt_str_eq(p->all.v[from].what, what);
    return found ? &p->all.v[from] : NULL;
}

static pt_value needs_of(const pt_rpm *w, const provides *all, size_t i) {
    pt_arena *a = w->r->a;
    pt_list ids = {.a = a};
    pt_value texts = pt_getz(w->found.v[i].more, "requires");
    size_t last = i;
    for (size_t k = 0; k < pt_len(texts); k++) {
        const provided *p = provider_of(all, pt_text(pt_at(texts, k)));
        if (!p || p->by == i || p->by == last)
            continue;
        const pt_package *by = &w->found.v[p->by];
        last = p->by; // what one library provides is asked for together
        pt_list_add(&ids, pt_string(pt_arena_printf(a, "%.*s@%.*s", PT_PRI(by->name),
                                                    PT_PRI(by->version))));
    }
    pt_value sorted = ids.items.n ? pt_set_of(a, ids.items.v, ids.items.n) : pt_undefined();
    return pt_len(sorted) ? pt_array_of(a, pt_vals(sorted), pt_len(sorted)) : pt_undefined();
}

pt_code pt_rpm_end(pt_rpm *w, pt_err *e) {
    provides all = {.all = {0}};
    pt_code code = PT_OK;
    if (!collect(w, &all))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && i < w->found.n; i++) {
        w->found.v[i].depends = needs_of(w, &all, i);
        code = pt_package_add(w->r, &w->found.v[i], e);
    }
    return code;
}
