// Terms of a condition against the fields of a source: what they name, what comes out of them.
#include <string.h>

#include "judge/falco/match/match_impl.h"

const char *const pt_transform_names[PT_TRANSFORMS] = {
    "tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt",
};

const char *pt_type_name(pt_falco_type t) {
    static const char *const names[] = {"CHARBUF", "UINT64", "BOOL", "BYTEBUF",
                                        "IPADDR",  "IPNET",  "PORT"};
    static_assert(PT_COUNT(names) == PT_FALCO_PORT + 1, "a name each");
    return names[t];
}

static pt_code resolve_field(pt_resolver *r, const pt_filter_term *term, pt_ref *ret) {
    const pt_falco_source *s = r->source;
    pt_err *e = r->e;
    const char *why = NULL;
    pt_str dotted = {0};
    const pt_falco_field *f = pt_falco_field_named(s, term->text, &dotted);
    if (!f) {
        r->unknown = true;
        return pt_err_set(e, PT_E_FORMAT, "filter_check called with nonexistent field %.*s",
                          PT_PRI(term->text));
    }
    pt_str argument = term->has_argument ? term->argument : dotted;
    bool given = term->has_argument || dotted.n;
    if (!given && (f->flags & PT_FIELD_ARGUMENT_NEEDED))
        return pt_err_set(e, PT_E_FORMAT, "field '%s' requires an argument", f->name);
    if (given && (!(f->flags & PT_FIELD_ARGUMENT) || (term->has_argument && dotted.n)))
        return pt_err_set(e, PT_E_FORMAT, "field '%.*s' takes no argument", PT_PRI(term->text));
    if (given && s->argument_ok && !s->argument_ok(f, argument, &why)) {
        r->unknown = true;
        return pt_err_set(e, PT_E_FORMAT, "%s '%.*s' of field '%s'", why, PT_PRI(argument),
                          f->name);
    }
    *ret = (pt_ref){
        .field = f,
        .text = term->text,
        .argument = argument,
        .index = -1,
        .type = s->type_of ? s->type_of(f, argument) : f->type,
        .bits = f->bits,
        .list = f->flags & PT_FIELD_LIST,
        .several = (f->flags & PT_FIELD_EITHER) || ((f->flags & PT_FIELD_ANY) && !given),
    };
    int64_t index;
    if (pt_str_int(argument, 10, &index) && index >= 0)
        ret->index = index;
    struct pt_re2 *regex = NULL;
    pt_code code = PT_OK;
    if ((f->flags & PT_FIELD_ARGUMENT_REGEX) && ret->index < 0)
        code = pt_regex_make(r, argument, false, &regex);
    ret->regex = regex;
    return code;
}

// What a transformer takes and gives.
static bool step_type(pt_transform *t, pt_ref *r) {
    bool text = r->type == PT_FALCO_STRING;
    bool bytes = text || r->type == PT_FALCO_BUFFER;
    t->of = r->type;
    t->of_list = r->list;
    t->to_list = r->list;
    switch (t->kind) {
    case PT_TO_LOWER:
    case PT_TO_UPPER:
    case PT_TO_BASENAME:
        return text;
    case PT_TO_BASE64:
        return bytes;
    case PT_TO_LEN:
        if (!r->list && !bytes)
            return false;
        r->type = PT_FALCO_NUMBER;
        r->bits = 64;
        t->to_list = false;
        break;
    case PT_TO_JOIN:
    case PT_TO_CONCAT:
        r->type = PT_FALCO_STRING;
        t->to_list = false;
        break;
    case PT_TO_GETOPT:
        if (!text)
            return false;
        t->to_list = !t->argument.n;
        break;
    case PT_TRANSFORMS:
        return false;
    }
    r->list = t->to_list;
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
static pt_code resolve_transform(pt_resolver *r, const pt_filter_transform *f, pt_transform *ret) {
    for (ret->kind = 0; ret->kind < PT_TRANSFORMS; ret->kind++)
        if (pt_str_eqz(f->name, pt_transform_names[ret->kind]))
            break;
    if (ret->kind == PT_TRANSFORMS)
        return pt_err_set(r->e, PT_E_FORMAT, "transformer '%.*s' is not supported",
                          PT_PRI(f->name));
    pt_ref *operands = PT_NEW(r->a, pt_ref, f->n_operands);
    if (!operands)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    ret->argument = f->argument;
    ret->operands = operands;
    ret->n_operands = f->n_operands;
    for (size_t i = 0; i < f->n_operands; i++) {
        pt_code code = pt_ref_resolve(r, &f->operands[i], &operands[i]);
        if (code)
            return code;
    }
    return PT_OK;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
pt_code pt_ref_resolve(pt_resolver *r, const pt_filter_term *term, pt_ref *ret) {
    pt_code code = PT_OK;
    *ret = (pt_ref){.text = term->text, .index = -1, .type = PT_FALCO_STRING};
    if (term->is_field)
        code = resolve_field(r, term, ret);
    pt_transform *steps = code ? NULL : PT_NEW(r->a, pt_transform, term->n_transforms);
    if (!code && !steps)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && i < term->n_transforms; i++) {
        pt_falco_type of = ret->type;
        code = resolve_transform(r, &term->transforms[i], &steps[i]);
        if (!code && !step_type(&steps[i], ret))
            code = pt_err_set(r->e, PT_E_FORMAT,
                              "field type '%s' is not supported by '%s' transformer",
                              pt_type_name(of), pt_transform_names[steps[i].kind]);
    }
    ret->transforms = steps;
    ret->n_transforms = term->n_transforms;
    if (code && r->e && !r->e->offset)
        r->e->offset = term->at;
    return code;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_FILTER_DEPTH_MAX
pt_falco_values pt_ref_values(const pt_falco_look *look, const pt_ref *r) {
    pt_falco_look own = *look;
    pt_falco_values v = {0};
    if (!r->field) {
        pt_falco_value *text = pt_arena_take(look->scratch, sizeof *text);
        if (text)
            text->text = r->text;
        v = (pt_falco_values){text, text ? 1 : 0};
    } else if (r->field->get) {
        own.field = r->field;
        own.argument = r->argument;
        own.index = r->index;
        own.type = r->n_transforms ? r->transforms[0].of : r->type;
        own.regex = r->regex;
        v = r->field->get(&own, r->field->what);
    }
    for (size_t i = 0; i < r->n_transforms; i++)
        v = pt_transform_apply(&r->transforms[i], look, v);
    return v;
}
