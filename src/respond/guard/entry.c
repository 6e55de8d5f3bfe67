#include "respond/guard/entry.h"

#include "crypto/crypto.h"
#include "value/json.h"

enum {
    WORDS_MAX = 64,
    ENTRY_BYTES_MAX = 256 << 10,
};

static pt_str hex_of(pt_arena *a, const void *bytes, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    pt_hex_put(&hex, (pt_str){bytes, n});
    return pt_arena_str(a, pt_buf_str(&hex));
}

pt_value pt_entry_digest(pt_arena *a, const pt_str *parts, size_t n, size_t bytes) {
    pt_hash256 h = pt_sha256(parts, n);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "sha256", pt_string(hex_of(a, h.b, sizeof h.b)));
    if (bytes)
        pt_obj_set(&o, "bytes", pt_int((int64_t)bytes));
    return pt_obj_end(&o);
}

void pt_entry_add(pt_entry_ids *to, pt_str word) {
    for (size_t i = 0; i < to->all.n; i++)
        if (pt_str_eq(pt_text(to->all.v[i]), word))
            return;
    pt_value *slot = to->all.n < WORDS_MAX ? PT_PUSH(to->a, &to->all) : NULL;
    if (slot)
        *slot = pt_string(word);
}

void pt_entry_add_constraints(pt_entry_ids *to, const pt_gk_verdict *v, bool deny) {
    for (size_t i = 0; i < v->violations.n; i++) {
        const pt_gk_violation *x = &v->violations.v[i];
        if ((x->action == PT_GK_DENY) == deny)
            pt_entry_add(to, pt_arena_printf(to->a, "%.*s/%.*s", PT_PRI(x->constraint->kind),
                                             PT_PRI(x->constraint->name)));
    }
}

pt_value pt_entry_end(pt_entry_ids *of) {
    pt_value set = pt_set_of(of->a, of->all.v, of->all.n);
    pt_list l = {.a = of->a};
    for (size_t i = 0; i < pt_len(set); i++)
        pt_list_add(&l, pt_at(set, i));
    return pt_list_end(&l);
}

void pt_entry_user_hide(pt_obj *o, const pt_entry_user *user) {
    const pt_str parts[] = {{(const char *)user->salt, sizeof user->salt}, user->name};
    if (user->name.n)
        pt_obj_set(o, "user", pt_entry_digest(o->a, parts, PT_COUNT(parts), 0));
}

void pt_entry_user_show(pt_obj *o, const pt_entry_user *user) {
    if (!user->name.n)
        return;
    pt_obj_set(o, "user", pt_string(user->name));
    pt_obj_set(o, "salt", pt_string(hex_of(o->a, user->salt, sizeof user->salt)));
}

pt_str pt_entry_json(pt_arena *a, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(ENTRY_BYTES_MAX);
    if (pt_json_write(&b, v, &(pt_json_opts){.canonical = true}, NULL))
        return (pt_str){0};
    return pt_arena_str(a, pt_buf_str(&b));
}
