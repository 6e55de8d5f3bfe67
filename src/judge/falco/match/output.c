// What a rule says about an event: as text, and as an object of its fields.
#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "judge/falco/match/run_impl.h"

enum {
    OUTPUT_BYTES_MAX = 1 << 20,
};

// -- one value as text ----------------------------------------------------------------------------
static pt_str address_text(pt_arena *a, pt_str ip) {
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    if (ip.n > sizeof bytes)
        return (pt_str){0};
    memcpy(bytes, ip.p, ip.n);
    return inet_ntop(ip.n == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text)
               ? pt_arena_str(a, pt_str_of(text))
               : (pt_str){0};
}

// Bytes that are no printable ASCII as full stops.
static pt_str printable(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n);
    for (size_t i = 0; p && i < s.n; i++)
        p[i] = (char)(s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '.');
    return (pt_str){p, p ? s.n : 0};
}

static pt_str number_text(pt_arena *a, const pt_ref *ref, int64_t n) {
    return ref->bits < 0 ? pt_arena_printf(a, "%" PRId64, n)
                         : pt_arena_printf(a, "%" PRIu64, (uint64_t)n);
}

static pt_str value_text(pt_arena *a, const pt_ref *ref, pt_falco_value v) {
    switch (ref->type) {
    case PT_FALCO_NUMBER:
    case PT_FALCO_PORT:
        return number_text(a, ref, v.number);
    case PT_FALCO_BOOL:
        return v.number ? PT_STR("true") : PT_STR("false");
    case PT_FALCO_ADDRESS:
    case PT_FALCO_NET:
        return address_text(a, v.text);
    case PT_FALCO_BUFFER:
        return printable(a, v.text);
    case PT_FALCO_STRING:
        break;
    }
    return v.text;
}

// A list is shown as (a,b), ancestors as a->b.
static pt_str values_text(pt_arena *a, const pt_ref *ref, pt_falco_values v) {
    bool ancestors = ref->several && (ref->field->flags & PT_FIELD_ANY);
    pt_buf b = PT_BUF(OUTPUT_BYTES_MAX);
    if (!ref->list && !ancestors)
        return value_text(a, ref, v.v[0]);
    pt_buf_putz(&b, ref->list ? "(" : "");
    for (size_t i = 0; i < v.n; i++) {
        if (i)
            pt_buf_putz(&b, ref->list ? "," : "->");
        pt_buf_put(&b, value_text(a, ref, v.v[i]));
    }
    pt_buf_putz(&b, ref->list ? ")" : "");
    pt_str s = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return s;
}

// An address that has no name is absent here; in conditions it has an empty one.
static bool is_shown(const pt_ref *ref, pt_falco_values v) {
    bool host = ref->several && (ref->field->flags & PT_FIELD_EITHER);
    return v.n && (!host || v.v[0].text.n);
}

// -- text -----------------------------------------------------------------------------------------
static void put_wide(pt_buf *b, pt_str s, size_t width) {
    pt_buf_put(b, pt_str_sub(s, 0, width ? width : s.n));
    if (s.n < width)
        pt_buf_fill(b, ' ', width - s.n);
}

static pt_falco_values values_of(pt_falco_run *r, pt_arena *a, const pt_piece *piece) {
    pt_falco_look look = r->look;
    look.scratch = a;
    return pt_ref_values(&look, &piece->ref);
}

pt_str pt_falco_output(pt_falco_run *r, pt_arena *a, uint32_t rule, const pt_event *ev) {
    const pt_pieces *pieces = &r->p->rules[rule].output;
    pt_buf b = PT_BUF(OUTPUT_BYTES_MAX);
    r->look.ev = ev;
    for (size_t i = 0; i < pieces->n; i++) {
        const pt_piece *piece = &pieces->v[i];
        if (!piece->is_field) {
            pt_buf_put(&b, piece->text);
            continue;
        }
        pt_falco_values v = values_of(r, a, piece);
        put_wide(&b, is_shown(&piece->ref, v) ? values_text(a, &piece->ref, v) : PT_STR("<NA>"),
                 piece->width);
    }
    pt_str s = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return s;
}

// -- object ---------------------------------------------------------------------------------------
static pt_value number_value(pt_arena *a, const pt_ref *ref, int64_t n) {
    return n < 0 && ref->bits >= 0 ? pt_number(number_text(a, ref, n)) : pt_int(n);
}

static pt_value typed(pt_arena *a, const pt_ref *ref, pt_falco_value v, const pt_event *ev) {
    if (ref->field && (ref->field->flags & PT_FIELD_TIME))
        return pt_int((int64_t)ev->time_ns);
    switch (ref->type) {
    case PT_FALCO_NUMBER:
    case PT_FALCO_PORT:
        return number_value(a, ref, v.number);
    case PT_FALCO_BOOL:
        return pt_bool(v.number);
    default:
        return pt_string(value_text(a, ref, v));
    }
}

static pt_value value_of(pt_arena *a, const pt_ref *ref, pt_falco_values v, const pt_event *ev) {
    if (!is_shown(ref, v))
        return pt_null();
    if (ref->several)
        return pt_string(values_text(a, ref, v));
    if (!ref->list)
        return typed(a, ref, v.v[0], ev);
    pt_list list = {.a = a};
    for (size_t i = 0; i < v.n; i++)
        pt_list_add(&list, typed(a, ref, v.v[i], ev));
    return pt_list_end(&list);
}

pt_value pt_falco_output_fields(pt_falco_run *r, pt_arena *a, uint32_t rule, const pt_event *ev) {
    const pt_pieces *pieces = &r->p->rules[rule].output;
    PT_VEC(pt_value) pairs = {0};
    r->look.ev = ev;
    for (size_t i = 0; i <= pieces->n; i++) {
        const pt_piece *piece = i < pieces->n ? &pieces->v[i] : NULL;
        if (piece && (!piece->is_field || piece->ref.n_transforms))
            continue;
        pt_value *key = PT_PUSH(a, &pairs);
        pt_value *value = key ? PT_PUSH(a, &pairs) : NULL;
        if (!value)
            return pt_undefined();
        pairs.v[pairs.n - 2] = piece ? pt_string(piece->text) : pt_stringz("evt.time");
        *value = piece ? value_of(a, &piece->ref, values_of(r, a, piece), ev)
                       : pt_int((int64_t)ev->time_ns);
    }
    return pt_object_of(a, pairs.v, pairs.n / 2, NULL);
}
