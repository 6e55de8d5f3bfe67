// Rego's objects take any key; in JSON, and where OPA goes by way of it, the key is its JSON as
// text.
#include "base/watch.h"
#include "judge/policy/fn/family.h"
#include "value/json.h"

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
static bool fits(pt_value v) {
    pt_tag tag = pt_tag_of(v);
    if (pt_watch_spend(pt_len(v)))
        return false;
    for (size_t i = 0; i < pt_len(v); i++) {
        if (tag == PT_OBJECT && pt_tag_of(pt_key_at(v, i)) != PT_STRING)
            return false;
        if (!fits(tag == PT_OBJECT ? pt_val_at(v, i) : pt_at(v, i)))
            return false;
    }
    return true;
}

static pt_value key_of(pt_call *c, pt_value key) {
    static const pt_json_opts opts = {.html_safe = true};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    if (pt_tag_of(key) == PT_STRING)
        return key;
    return pt_json_write(&b, key, &opts, NULL) == PT_OK ? pt_call_text(c, &b) : pt_call_full(c);
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static pt_value convert(pt_call *c, pt_value v) {
    pt_tag tag = pt_tag_of(v);
    pt_list l = {.a = c->arena};
    if (!(PT_KIND(tag) & PT_COMPOSITE))
        return v;
    if (pt_watch_spend(pt_len(v) + 1))
        return pt_call_full(c);
    for (size_t i = 0; i < pt_len(v); i++) {
        if (tag == PT_OBJECT)
            pt_list_add(&l, key_of(c, pt_key_at(v, i)));
        pt_list_add(&l, convert(c, tag == PT_OBJECT ? pt_val_at(v, i) : pt_at(v, i)));
    }
    if (l.full)
        return pt_call_full(c);
    return pt_call_made(c, tag == PT_OBJECT ? pt_object_of(c->arena, l.items.v, l.items.n / 2, NULL)
                                            : pt_array_of(c->arena, l.items.v, l.items.n));
}

pt_value pt_fn_jsonable(pt_call *c, pt_value v) {
    return fits(v) ? v : convert(c, v);
}
