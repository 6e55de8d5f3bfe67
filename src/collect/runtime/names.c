#include "collect/runtime/names.h"

#include <stdlib.h>

// name:password:uid:gid:comment:home:shell and name:password:gid:members
#define FIELDS_OF_USER  7
#define FIELDS_OF_GROUP 4

static bool read_line(pt_str line, size_t n_fields, pt_id_name *ret) {
    pt_str fields[FIELDS_OF_USER] = {0};
    size_t n = 0;
    int64_t id;
    while (n < n_fields && pt_str_split(&line, ':', &fields[n]))
        n++;
    // "+" and "-" lines of NIS name nobody.
    if (n < 3 || !fields[0].n || fields[0].p[0] == '+' || fields[0].p[0] == '-' ||
        fields[0].p[0] == '#')
        return false;
    if (!fields[2].n || fields[2].p[0] == '-' || !pt_str_int(fields[2], 10, &id) ||
        id >= UINT32_MAX)
        return false;
    *ret = (pt_id_name){.id = (uint32_t)id, .name = fields[0]};
    if (n_fields == FIELDS_OF_USER) {
        ret->home = fields[5];
        ret->shell = pt_str_trim(fields[6]);
    }
    return true;
}

// By id, and of one id by place: names lie in one text, so that their addresses are their order.
static int by_id(const void *a, const void *b) {
    const pt_id_name *x = a;
    const pt_id_name *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->name.p > y->name.p) - (x->name.p < y->name.p);
}

static bool read_all(pt_arena *a, pt_str text, size_t n_fields, pt_names *ret) {
    PT_VEC(pt_id_name) all = {0};
    pt_names names = {.cut = text.n > PT_NAMES_BYTES_MAX};
    pt_str rest = pt_arena_str(a, pt_str_sub(text, 0, PT_NAMES_BYTES_MAX));
    pt_str line;
    if (!rest.p)
        return false;
    while (pt_str_split(&rest, '\n', &line)) {
        pt_id_name one;
        if (!read_line(line, n_fields, &one))
            continue;
        if (all.n == PT_NAMES_MAX) {
            names.cut = true;
            break;
        }
        pt_id_name *to = PT_PUSH(a, &all);
        if (!to)
            return false;
        *to = one;
    }
    if (all.n)
        qsort(all.v, all.n, sizeof *all.v, by_id);
    for (size_t i = 0; i < all.n; i++)
        if (i == 0 || all.v[i].id != all.v[names.n - 1].id)
            all.v[names.n++] = all.v[i];
    names.v = all.v;
    *ret = names;
    return true;
}

bool pt_names_users(pt_arena *a, pt_str passwd, pt_names *ret) {
    return read_all(a, passwd, FIELDS_OF_USER, ret);
}

bool pt_names_groups(pt_arena *a, pt_str group, pt_names *ret) {
    return read_all(a, group, FIELDS_OF_GROUP, ret);
}
