// json.filter and json.remove. The paths become arrays of keys and are sorted: those below one
// value stand in a row, and one that ends at it stands first.
#include "judge/policy/fn/json_paths.h"

#include <stdio.h>
#include <stdlib.h>

#include "judge/policy/fn/family.h"

// "~1" is a slash and "~0" a tilde, replaced one after the other.
static pt_value unescape(pt_call *c, pt_str s) {
    if (pt_str_find(s, '~') == s.n)
        return pt_string(s);
    char *p = pt_arena_take(c->arena, s.n);
    size_t n = 0;
    for (size_t i = 0; p && i < s.n; i++) {
        bool escape = s.p[i] == '~' && i + 1 < s.n && (s.p[i + 1] == '0' || s.p[i + 1] == '1');
        const char *to = !escape ? s.p + i : s.p[i + 1] == '0' ? "~" : "/";
        p[n++] = *to;
        i += escape;
    }
    return p ? pt_string((pt_str){p, n}) : pt_call_full(c);
}

pt_value pt_fn_json_path(pt_call *c, pt_value v) {
    if (pt_tag_of(v) == PT_ARRAY)
        return v;
    if (pt_tag_of(v) != PT_STRING)
        return pt_call_fault(c, PT_FAULT_TYPE,
                             "operand 2 must be one of {set, array} containing string paths or "
                             "array of path segments but got %s",
                             pt_tag_name(pt_tag_of(v)));
    pt_list l = {.a = c->arena};
    pt_str rest = pt_text(v);
    bool more = rest.n > 0;
    while (rest.n > 0 && rest.p[0] == '/')
        rest = pt_str_sub(rest, 1, rest.n);
    while (more) {
        size_t end = pt_str_find(rest, '/');
        more = end < rest.n;
        pt_list_add(&l, unescape(c, pt_str_sub(rest, 0, end)));
        rest = pt_str_sub(rest, end + 1, rest.n);
    }
    return pt_call_made(c, pt_list_end(&l));
}

// -- paths below a value --------------------------------------------------------------------------

typedef struct paths {
    const pt_value *v; // sorted; all have more than `depth` keys, or the first one ends here
    size_t n;
    size_t depth; // keys that all have in common
} paths;

static int by_order(const void *a, const void *b) {
    return pt_cmp(*(const pt_value *)a, *(const pt_value *)b);
}

static bool paths_of(pt_call *c, pt_value operand, paths *ret) {
    if (!(PT_KIND(pt_tag_of(operand)) & PT_COLLECTION)) {
        pt_call_one_of(c, 2, "set, array", operand);
        return false;
    }
    pt_value *v = PT_NEW(c->arena, pt_value, pt_len(operand));
    size_t n = 0;
    for (size_t i = 0; v && i < pt_len(operand); i++) {
        pt_value path = pt_fn_json_path(c, pt_at(operand, i));
        if (!pt_defined(path))
            return false;
        if (pt_len(path) > 0)
            v[n++] = path;
    }
    if (!v) {
        pt_call_full(c);
        return false;
    }
    qsort(v, n, sizeof *v, by_order);
    *ret = (paths){v, n, 0};
    return true;
}

static bool ends(const paths *p) {
    return pt_len(p->v[0]) == p->depth;
}

// The paths that go on with the same key as the first of *rest; taken off it.
static paths next_group(paths *rest, pt_value *ret_key) {
    *ret_key = pt_at(rest->v[0], rest->depth);
    size_t n = 1;
    while (n < rest->n && pt_eq(pt_at(rest->v[n], rest->depth), *ret_key))
        n++;
    paths group = {rest->v, n, rest->depth + 1};
    rest->v += n;
    rest->n -= n;
    return group;
}

// An array's index as text has no other form than that of a decimal.
static bool index_of(pt_value key, size_t n, size_t *ret) {
    int64_t i;
    pt_str s = pt_text(key);
    if (s.n == 0 || (s.p[0] == '0' && s.n > 1) || s.p[0] == '-' || !pt_str_int(s, 10, &i) ||
        (uint64_t)i >= n)
        return false;
    *ret = (size_t)i;
    return true;
}

// For every item or entry of `v` the paths that go through it; n is 0 for those without.
static paths *groups_of(pt_call *c, pt_value v, paths rest) {
    paths *groups = PT_NEW(c->arena, paths, pt_len(v));
    if (!groups)
        pt_call_full(c);
    size_t at = 0;
    pt_tag tag = pt_tag_of(v);
    while (groups && rest.n > 0) {
        pt_value key;
        paths group = next_group(&rest, &key);
        if (tag == PT_ARRAY) {
            size_t i;
            if (index_of(key, pt_len(v), &i))
                groups[i] = group;
            continue;
        }
        int order = -1; // both are sorted
        while (at < pt_len(v) &&
               (order = pt_cmp(tag == PT_SET ? pt_at(v, at) : pt_key_at(v, at), key)) < 0)
            at++;
        if (at < pt_len(v) && order == 0)
            groups[at] = group;
    }
    return groups;
}

// -- the two functions ----------------------------------------------------------------------------

typedef struct pruning {
    pt_call *c;
    bool keeps; // filter: what the paths lead to stays; remove: it goes
} pruning;

static pt_value prune(pruning *p, pt_value v, paths below);

// Undefined without a fault: it goes.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static pt_value prune_child(pruning *p, pt_value v, paths below) {
    if (below.n == 0)
        return p->keeps ? pt_undefined() : v;
    if (ends(&below))
        return p->keeps ? v : pt_undefined();
    return prune(p, v, below);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static pt_value prune(pruning *p, pt_value v, paths below) {
    pt_tag tag = pt_tag_of(v);
    if (tag < PT_ARRAY) // nothing to go into
        return v;
    pt_list l = {.a = p->c->arena};
    const paths *groups = groups_of(p->c, v, below);
    for (size_t i = 0; groups && i < pt_len(v); i++) {
        pt_value child =
            prune_child(p, tag == PT_OBJECT ? pt_val_at(v, i) : pt_at(v, i), groups[i]);
        if (!pt_defined(child))
            continue;
        if (tag == PT_OBJECT)
            pt_list_add(&l, pt_key_at(v, i));
        pt_list_add(&l, child);
    }
    if (pt_call_stop(p->c))
        return pt_undefined();
    if (l.full)
        return pt_call_full(p->c);
    const pt_value *items = l.items.v;
    size_t n = l.items.n;
    pt_arena *a = p->c->arena;
    return pt_call_made(p->c, tag == PT_OBJECT  ? pt_object_of(a, items, n / 2, NULL)
                              : tag == PT_ARRAY ? pt_array_of(a, items, n)
                                                : pt_set_of(a, items, n));
}

static pt_value prune_all(pt_call *c, const pt_value *args, bool keeps) {
    paths all;
    pruning p = {c, keeps};
    if (!paths_of(c, args[1], &all))
        return pt_undefined();
    return prune(&p, args[0], all);
}

pt_value pt_fn_json_filter(pt_call *c, const pt_value *args) {
    return prune_all(c, args, true);
}

pt_value pt_fn_json_remove(pt_call *c, const pt_value *args) {
    return prune_all(c, args, false);
}
