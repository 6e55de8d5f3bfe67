// The type check's messages.
#include "judge/policy/rego/check_types.h"

enum {
    TEXT_BYTES_MAX = 1 << 18, // of one message: it may quote the source
};

static pt_str taken(pt_infer *k, pt_buf *b) {
    pt_str s = pt_arena_str(k->t.arena, pt_buf_str(b));
    k->t.full = k->t.full || !s.p;
    pt_buf_done(b);
    return s;
}

void pt_infer_add(pt_infer *k, pt_type_errors *ret, pt_type_error e) {
    if (k->t.tired || k->last.tired)
        return;
    pt_type_error *slot = PT_PUSH(k->t.arena, ret);
    if (slot)
        *slot = e;
    else
        k->t.full = true;
}

static const char *both_sides(const pt_type *left, const pt_type *right) {
    static const char *const names[] = {
        [PT_TYPE_ARRAY] = "arrays",
        [PT_TYPE_OBJECT] = "objects",
        [PT_TYPE_SET] = "sets",
    };
    bool same = left && right && left->kind == right->kind;
    return same && left->kind >= PT_TYPE_ARRAY && left->kind <= PT_TYPE_SET ? names[left->kind]
                                                                            : NULL;
}

pt_type_error pt_infer_match_error(pt_infer *k, pt_loc loc, const pt_type *left,
                                   const pt_type *right) {
    PT_AUTO(pt_buf_done) pt_buf l = PT_BUF(TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf r = PT_BUF(TEXT_BYTES_MAX);
    pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_buf_putz(&l, "left  : ");
    pt_buf_putz(&r, "right : ");
    pt_type_write(&l, left);
    pt_type_write(&r, right);
    if (pt_type_too_wide(pt_buf_str(&l)) || pt_type_too_wide(pt_buf_str(&r))) {
        pt_buf_clear(&l);
        pt_buf_clear(&r);
        pt_buf_putz(&l, "left  : ");
        pt_buf_putz(&r, "right : ");
        pt_type_write_diff(&k->t, &l, &r, left, right);
    }
    pt_buf_printf(&b, "%.*s\n%.*s", PT_PRI(pt_buf_str(&l)), PT_PRI(pt_buf_str(&r)));
    const char *both = both_sides(left, right);
    if (both)
        pt_buf_printf(&b,
                      "\nhint  : both sides are %s but their types differ, so they can never be "
                      "equal (see https://www.openpolicyagent.org/docs/errors/rego-type-error/"
                      "match-error)",
                      both);
    return (pt_type_error){.loc = loc,
                           .message = PT_STR("match error"),
                           .details = taken(k, &b),
                           .nil = pt_type_nil(&k->t, left) || pt_type_nil(&k->t, right)};
}

// -- arguments ------------------------------------------------------------------------------------

typedef void arg_fn(pt_infer *k, pt_buf *b, const pt_infer_args *args, size_t i);

static size_t wanted(const pt_infer_args *args) {
    return args->want->n + (args->result && args->want->result) + (args->want->rest != NULL);
}

static const pt_type *want_at(const pt_infer_args *args, size_t i) {
    const pt_type *f = args->want;
    return i < f->n ? f->of[i] : i == f->n && args->result && f->result ? f->result : f->rest;
}

static pt_str name_at(const pt_infer_args *args, size_t i) {
    const pt_type *f = args->want;
    return f->names && (i < f->n || f->result) ? f->names[i] : (pt_str){NULL, 0};
}

static void write_name(pt_buf *b, pt_str name) {
    if (name.n)
        pt_buf_printf(b, "%.*s: ", PT_PRI(name));
}

static void have_full(pt_infer *k, pt_buf *b, const pt_infer_args *args, size_t i) {
    (void)k;
    pt_type_write(b, args->have[i]);
}

static void want_full(pt_infer *k, pt_buf *b, const pt_infer_args *args, size_t i) {
    (void)k;
    write_name(b, name_at(args, i));
    pt_type_write(b, want_at(args, i));
}

// A pair is taken apart only if it does not go together.
static bool differ(pt_infer *k, const pt_infer_args *args, size_t i) {
    return i < args->n && i < wanted(args) && want_at(args, i) != args->want->rest &&
           !pt_type_unifies(&k->t, args->have[i], want_at(args, i));
}

static void have_short(pt_infer *k, pt_buf *b, const pt_infer_args *args, size_t i) {
    PT_AUTO(pt_buf_done) pt_buf other = PT_BUF(TEXT_BYTES_MAX);
    if (differ(k, args, i))
        pt_type_write_diff(&k->t, b, &other, args->have[i], want_at(args, i));
    else
        pt_type_write_short(b, (pt_str){NULL, 0}, args->have[i]);
}

static void want_short(pt_infer *k, pt_buf *b, const pt_infer_args *args, size_t i) {
    PT_AUTO(pt_buf_done) pt_buf other = PT_BUF(TEXT_BYTES_MAX);
    if (differ(k, args, i)) {
        write_name(b, name_at(args, i));
        pt_type_write_diff(&k->t, &other, b, args->have[i], want_at(args, i));
    } else
        pt_type_write_short(b, name_at(args, i), want_at(args, i));
}

static void write_args(pt_infer *k, pt_buf *b, const pt_infer_args *args, size_t n, arg_fn *fn) {
    for (size_t i = 0; i < n; i++) {
        pt_buf_putz(b, i ? ", " : "");
        fn(k, b, args, i);
    }
}

static void write_have_want(pt_infer *k, const pt_infer_args *args, bool brief, pt_buf *have,
                            pt_buf *want) {
    pt_buf_clear(have);
    pt_buf_clear(want);
    pt_buf_putz(have, "have: (");
    write_args(k, have, args, args->n, brief ? have_short : have_full);
    pt_buf_putc(have, ')');
    pt_buf_putz(want, "want: (");
    write_args(k, want, args, wanted(args), brief ? want_short : want_full);
    pt_buf_putz(want, args->want->rest ? "...)" : ")");
}

pt_type_error pt_infer_args_error(pt_infer *k, pt_loc loc, const pt_term *op, const char *what,
                                  const pt_infer_args *args) {
    PT_AUTO(pt_buf_done) pt_buf have = PT_BUF(TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf want = PT_BUF(TEXT_BYTES_MAX);
    pt_buf message = PT_BUF(TEXT_BYTES_MAX);
    pt_buf details = PT_BUF(TEXT_BYTES_MAX);
    write_have_want(k, args, false, &have, &want);
    if (pt_type_too_wide(pt_buf_str(&have)) || pt_type_too_wide(pt_buf_str(&want)))
        write_have_want(k, args, true, &have, &want);
    if (op->kind == PT_TERM_REF && pt_infer_root(k, op))
        pt_infer_write_term(k, &message, op);
    else
        pt_buf_put(&message, pt_ref_text(k->t.arena, op));
    pt_buf_printf(&message, ": %s", what);
    pt_buf_printf(&details, "%.*s\n%.*s", PT_PRI(pt_buf_str(&have)), PT_PRI(pt_buf_str(&want)));
    pt_type_error e = {.loc = loc, .message = taken(k, &message), .details = taken(k, &details)};
    for (size_t i = 0; i < args->n; i++)
        e.nil = e.nil || pt_type_nil(&k->t, args->have[i]);
    return e;
}

pt_type_error pt_infer_no_function(pt_infer *k, pt_loc loc, const pt_term *op) {
    pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_buf_putz(&b, "undefined function ");
    pt_infer_write_term(k, &b, op);
    return (pt_type_error){.loc = loc, .message = taken(k, &b)};
}

// -- refs -----------------------------------------------------------------------------------------

static pt_str ref_text(pt_infer *k, const pt_term *ref, size_t n) {
    pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_infer_write_ref(k, &b, ref, n);
    return taken(k, &b);
}

static pt_str undefined_ref(pt_infer *k, pt_str ref) {
    return pt_arena_printf(k->t.arena, "undefined ref: %.*s", PT_PRI(ref));
}

// Where OPA says that the ref stands. The names of a module's rules, and each of its imports, share
// the terms that they stand for, and with them the place where one of them was met last.
typedef struct last_use {
    const pt_loc *shared;
    pt_loc place;
} last_use;

static void use(void *to, const pt_term *ref) {
    last_use *u = to;
    const pt_loc *head = &ref->items.v[0]->loc;
    if (head->at == u->shared->at && head->source == u->shared->source && ref->loc.at > u->place.at)
        u->place = ref->loc;
}

static pt_loc place_of(const pt_infer *k, const pt_term *ref) {
    last_use u = {&ref->items.v[0]->loc, ref->loc};
    if (u.shared->at == ref->loc.at || u.shared->source != ref->loc.source)
        return ref->loc;
    for (size_t i = 0; i < k->clauses.n; i++)
        if (k->clauses.v[i].rule->loc.source == ref->loc.source)
            pt_infer_refs_in(k, &k->clauses.v[i].rule->body, use, &u);
    return u.place;
}

static void write_one_of(pt_buf *b, const pt_infer_bad_ref *bad) {
    pt_buf_putz(b, "want (one of): [");
    for (size_t i = 0; i < bad->n_one_of; i++) {
        pt_buf_putz(b, i ? " " : "");
        pt_infer_write_value(b, bad->one_of[i]);
    }
    pt_buf_putc(b, ']');
}

void pt_infer_say_ref(pt_infer *k, const pt_infer_bad_ref *bad, pt_type_errors *ret) {
    pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_str ref = ref_text(k, bad->ref, bad->ref->items.n);
    size_t pad = ref_text(k, bad->ref, bad->at).n + 1;
    pt_buf_put(&b, ref);
    pt_buf_putc(&b, '\n');
    pt_buf_fill(&b, ' ', pad);
    pt_buf_putz(&b, "^\n");
    pt_buf_fill(&b, ' ', pad);
    pt_buf_putz(&b, bad->have ? "have (type): " : "have: ");
    if (bad->have)
        pt_type_write(&b, bad->have);
    else
        pt_infer_write_term(k, &b, bad->ref->items.v[bad->at]);
    pt_buf_putc(&b, '\n');
    pt_buf_fill(&b, ' ', pad);
    if (bad->n_one_of || !bad->want)
        write_one_of(&b, bad);
    else {
        pt_buf_putz(&b, "want (type): ");
        pt_type_write(&b, bad->want);
    }
    pt_infer_add(k, ret,
                 (pt_type_error){.loc = place_of(k, bad->ref),
                                 .message = undefined_ref(k, ref),
                                 .details = taken(k, &b)});
}

static bool no_source_says(pt_infer *k, const pt_term *step) {
    pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_infer_write_term(k, &b, step);
    return pt_str_starts(taken(k, &b), PT_STR("__local"));
}

void pt_infer_say_unsupported(pt_infer *k, const pt_term *ref, size_t at, const pt_type *have,
                              pt_type_errors *ret) {
    pt_buf b = PT_BUF(TEXT_BYTES_MAX);
    pt_str text = ref_text(k, ref, ref->items.n);
    pt_str message;
    pt_buf_put(&b, text);
    pt_buf_putc(&b, '\n');
    pt_buf_fill(&b, '^', ref_text(k, ref, at + 1).n);
    pt_buf_putz(&b, "\nhave: ");
    if (have)
        pt_type_write(&b, have);
    else
        pt_buf_putz(&b, "<nil>");
    bool generated = no_source_says(k, ref->items.v[ref->items.n - 1]);
    if (have && have->kind == PT_TYPE_FUNCTION)
        message = pt_arena_printf(k->t.arena, "function %.*s used as reference, not called",
                                  PT_PRI(ref_text(k, ref, ref->items.n - generated)));
    else
        message = undefined_ref(k, text);
    pt_infer_add(
        k, ret,
        (pt_type_error){.loc = place_of(k, ref), .message = message, .details = taken(k, &b)});
}
