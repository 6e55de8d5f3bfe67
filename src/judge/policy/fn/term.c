// Values as Rego writes them.
#include "base/watch.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/utf8.h"

static void put_scalar(pt_buf *b, pt_value v) {
    char room[PT_NUMBER_ROOM];
    switch (pt_tag_of(v)) {
    case PT_BOOL:
        pt_buf_putz(b, pt_true(v) ? "true" : "false");
        break;
    case PT_NUMBER:
        pt_buf_put(b, pt_number_text(v, room));
        break;
    case PT_STRING:
        pt_utf8_quote(b, pt_text(v));
        break;
    default:
        pt_buf_putz(b, "null");
        break;
    }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, PT_VALUE_DEPTH_MAX
void pt_fn_put_term(pt_buf *b, pt_value v) {
    pt_tag tag = pt_tag_of(v);
    if (!(PT_KIND(tag) & PT_COMPOSITE)) {
        put_scalar(b, v);
        return;
    }
    if (tag == PT_SET && pt_len(v) == 0) {
        pt_buf_putz(b, "set()");
        return;
    }
    b->full |= pt_watch_spend(pt_len(v) + 1);
    pt_buf_putc(b, tag == PT_ARRAY ? '[' : '{');
    for (size_t i = 0; i < pt_len(v) && !b->full; i++) {
        pt_buf_putz(b, i ? ", " : "");
        if (tag == PT_OBJECT) {
            pt_fn_put_term(b, pt_key_at(v, i));
            pt_buf_putz(b, ": ");
            pt_fn_put_term(b, pt_val_at(v, i));
        } else {
            pt_fn_put_term(b, pt_at(v, i));
        }
    }
    pt_buf_putc(b, tag == PT_ARRAY ? ']' : '}');
}
