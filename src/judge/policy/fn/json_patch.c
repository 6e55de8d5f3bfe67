// json.patch (RFC 6902), as OPA has it: the slash at the beginning may be missing, paths may be
// arrays, and the items of a set are named by themselves.
#include "judge/policy/fn/edit_tree_impl.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/json_paths.h"

typedef struct patch {
    pt_call *c;
    pt_edit *e;
    pt_value op, path;
} patch;

static bool refuse(patch *p, const char *attribute) {
    pt_call_fault(p->c, PT_FAULT_BUILTIN, "missing required attribute '%s'", attribute);
    return false;
}

static bool value_of(patch *p, pt_value *ret) {
    *ret = pt_getz(p->op, "value");
    return pt_defined(*ret) || refuse(p, "value");
}

static bool op_add(patch *p) {
    pt_value v;
    return value_of(p, &v) && pt_edit_insert(p->e, p->path, v);
}

static bool op_remove(patch *p) {
    return pt_edit_delete(p->e, p->path);
}

static bool op_replace(patch *p) {
    return op_remove(p) && op_add(p);
}

static bool from_of(patch *p, pt_value *ret_from, pt_value *ret_chunk) {
    *ret_from = pt_getz(p->op, "from");
    if (!pt_defined(*ret_from))
        return refuse(p, "from");
    *ret_from = pt_fn_json_path(p->c, *ret_from);
    *ret_chunk = pt_defined(*ret_from) ? pt_edit_render(p->e, *ret_from) : pt_undefined();
    return pt_defined(*ret_chunk);
}

static bool op_copy(patch *p) {
    pt_value from;
    pt_value chunk;
    return from_of(p, &from, &chunk) && pt_edit_insert(p->e, p->path, chunk);
}

static bool op_move(patch *p) {
    pt_value from;
    pt_value chunk;
    return from_of(p, &from, &chunk) && pt_edit_delete(p->e, from) &&
           pt_edit_insert(p->e, p->path, chunk);
}

static bool op_test(patch *p) {
    pt_value want;
    pt_value found = pt_edit_render(p->e, p->path);
    if (p->c->fault || !value_of(p, &want))
        return false;
    if (pt_defined(found) && pt_eq(want, found))
        return true;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)1 << 26);
    pt_buf_putz(&b, "value from EditTree != patch value.\n\nExpected: ");
    pt_fn_put_term(&b, want);
    pt_buf_putz(&b, "\n\nFound: ");
    pt_fn_put_term(&b, found);
    pt_call_fault(p->c, PT_FAULT_BUILTIN, "%.*s", PT_PRI(pt_buf_str(&b)));
    return false;
}

static const struct {
    const char *name;
    bool (*apply)(patch *p);
} ops[] = {
    {"add", op_add},   {"remove", op_remove}, {"replace", op_replace},
    {"move", op_move}, {"copy", op_copy},     {"test", op_test},
};

static bool apply(patch *p) {
    pt_value path = pt_getz(p->op, "path");
    pt_value op = pt_getz(p->op, "op");
    if (pt_tag_of(p->op) != PT_OBJECT) {
        pt_call_fault(p->c, PT_FAULT_BUILTIN,
                      "must be an array of JSON-Patch objects, but at least one element is not an "
                      "object");
        return false;
    }
    if (!pt_defined(path) || !pt_defined(op))
        return refuse(p, pt_defined(path) ? "op" : "path");
    if (pt_tag_of(op) != PT_STRING) {
        pt_call_fault(p->c, PT_FAULT_BUILTIN, "attribute 'op' must be a string but found: %s",
                      pt_tag_name(pt_tag_of(op)));
        return false;
    }
    p->path = pt_fn_json_path(p->c, path);
    for (size_t i = 0; pt_defined(p->path) && i < PT_COUNT(ops); i++)
        if (pt_str_eqz(pt_text(op), ops[i].name))
            return ops[i].apply(p);
    pt_call_fault(p->c, PT_FAULT_BUILTIN, "unrecognized op: '%.*s'", PT_PRI(pt_text(op)));
    return false;
}

pt_value pt_fn_json_patch(pt_call *c, const pt_value *args) {
    patch p = {.c = c, .e = pt_edit_new(c, args[0])};
    for (size_t i = 0; p.e && i < pt_len(args[1]); i++) {
        p.op = pt_at(args[1], i);
        if (!apply(&p) || (i % 1000 == 999 && pt_call_stop(c)))
            return pt_undefined();
    }
    return p.e ? pt_edit_end(p.e) : pt_undefined();
}
