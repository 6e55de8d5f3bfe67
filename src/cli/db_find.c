// paratia db find: what the index says of a package.
#include <stdio.h>

#include "base/rights.h"
#include "cli/db.h"
#include "cli/db_verbs.h"
#include "value/json.h"

enum {
    OUT_BYTES_MAX = 256 << 20,
};

typedef struct search {
    const pt_index *x;
    pt_arena *a;
    pt_str package, ecosystem, version; // the last two may be empty: any
    bool known;                         // something is said about the ecosystem
    pt_list found;
} search;

// "Debian" is any release of it.
static bool is_asked(const search *s, pt_str ecosystem) {
    bool release = pt_str_starts(ecosystem, s->ecosystem) && ecosystem.n > s->ecosystem.n &&
                   ecosystem.p[s->ecosystem.n] == ':';
    return !s->ecosystem.n || release || pt_str_eq(ecosystem, s->ecosystem);
}

static pt_value range_value(pt_arena *a, const pt_advised_range *r) {
    pt_obj o = {.a = a};
    if (r->introduced.n)
        pt_obj_set(&o, "introduced", pt_string(r->introduced));
    if (r->fixed.n)
        pt_obj_set(&o, "fixed", pt_string(r->fixed));
    if (r->last.n)
        pt_obj_set(&o, "last_affected", pt_string(r->last));
    pt_obj_set(&o, "listed", pt_bool(r->listed));
    return pt_obj_end(&o);
}

// Does it speak of the version? Undefined: no. Where nobody can say, it is told with the reason.
static pt_code put_version(search *s, const pt_advised *one, pt_obj *o, bool *ret_holds,
                           pt_err *e) {
    pt_advised_range range;
    pt_err why = {0};
    pt_code code = pt_advised_holds(s->x, one, s->version, ret_holds, &range, &why);
    if (code && code != PT_E_FORMAT) {
        *e = why;
        return code;
    }
    if (code) {
        *ret_holds = true;
        pt_obj_set(o, "unknown", pt_string(pt_arena_str(s->a, pt_str_of(why.what))));
    } else if (*ret_holds)
        pt_obj_set(o, "range", range_value(s->a, &range));
    return PT_OK;
}

static pt_code add_one(search *s, pt_str ecosystem, const pt_advised *one, bool withdrawn,
                       pt_err *e) {
    pt_obj o = {.a = s->a};
    pt_value advisory = pt_undefined();
    pt_value says = pt_undefined();
    bool holds = true;
    pt_code code = pt_index_advisory(s->x, one->advisory, s->a, &advisory, e);
    if (!code)
        code = pt_advised_says(s->x, one, s->a, &says, e);
    if (!code && s->version.n)
        code = put_version(s, one, &o, &holds, e);
    if (code || !holds)
        return code;
    pt_obj_set(&o, "ecosystem", pt_string(ecosystem));
    pt_obj_set(&o, "state", pt_stringz(withdrawn ? "withdrawn" : pt_advised_name(one->state)));
    if (one->module.n)
        pt_obj_set(&o, "module", pt_string(one->module));
    pt_obj_set(&o, "versions", pt_getz(says, "versions"));
    pt_obj_set(&o, "ranges", pt_getz(says, "ranges"));
    pt_obj_set(&o, "advisory", advisory);
    pt_list_add(&s->found, pt_obj_end(&o));
    return PT_OK;
}

static pt_code add_all(search *s, pt_str ecosystem, pt_err *e) {
    for (unsigned withdrawn = 0; withdrawn < 2; withdrawn++) {
        pt_advised_list l = {0};
        bool known = false;
        pt_code code = withdrawn ? pt_index_find_withdrawn(s->x, s->a, ecosystem, s->package, &l, e)
                                 : pt_index_find(s->x, s->a, ecosystem, s->package, &l, &known, e);
        s->known = s->known || known;
        for (size_t i = 0; !code && i < l.of.n; i++)
            code = add_one(s, ecosystem, &l.of.v[i], withdrawn, e);
        if (code)
            return code;
    }
    return PT_OK;
}

static pt_code find_all(search *s, pt_err *e) {
    pt_code code = PT_OK;
    bool asked_itself = false;
    pt_str one = pt_index_ecosystem(s->x, 0);
    for (size_t i = 0; !code && one.n; one = pt_index_ecosystem(s->x, ++i)) {
        asked_itself = asked_itself || pt_str_eq(one, s->ecosystem);
        if (is_asked(s, one))
            code = add_all(s, one, e);
    }
    if (!code && s->ecosystem.n && !asked_itself) // of a release what is said of all of them
        code = add_all(s, s->ecosystem, e);
    if (code || s->known || !s->ecosystem.n)
        return code;
    code = pt_err_set(e, PT_E_ABSENT, "the index has nothing about %.*s, so it cannot say",
                      PT_PRI(s->ecosystem));
    pt_err_remedy(e, "paratia db info lists what it is made of");
    return code;
}

// -- showing --------------------------------------------------------------------------------------

// "fixed 1.2" of where it is held, or the last end of all ranges.
static void put_end(pt_buf *b, pt_value one) {
    pt_value range = pt_getz(one, "range");
    pt_value ranges = pt_getz(one, "ranges");
    pt_value last = pt_at(ranges, pt_len(ranges) - 1);
    pt_value event = pt_at(last, pt_len(last) - 1);
    pt_value from = pt_defined(range) ? range : event;
    static const char *const keys[] = {"fixed", "last_affected"};
    for (size_t i = 0; i < PT_COUNT(keys); i++) {
        pt_str text = pt_text(pt_getz(from, keys[i]));
        if (!text.n)
            continue;
        pt_buf_printf(b, "  %s ", i == 0 ? "fixed" : "last");
        pt_buf_put_safe(b, text);
        return;
    }
    bool affected = pt_str_eqz(pt_text(pt_getz(one, "state")), "affected");
    pt_buf_putz(b, affected && pt_len(ranges) ? "  no fix" : "");
}

static void put_one(pt_buf *b, pt_value one) {
    pt_value advisory = pt_getz(one, "advisory");
    pt_value values[] = {pt_getz(advisory, "id"), pt_getz(one, "ecosystem"), pt_getz(one, "state")};
    for (size_t i = 0; i < PT_COUNT(values); i++) {
        pt_buf_putz(b, i ? "  " : "");
        pt_buf_put_safe(b, pt_text(values[i]));
    }
    put_end(b, one);
    if (pt_text(pt_getz(advisory, "label")).n) {
        pt_buf_putz(b, "  ");
        pt_buf_put_safe(b, pt_text(pt_getz(advisory, "label")));
    }
    if (pt_defined(pt_getz(advisory, "kev")))
        pt_buf_putz(b, "  known to be exploited");
    if (pt_defined(pt_getz(one, "unknown"))) {
        pt_buf_putz(b, "  not evaluated: ");
        pt_buf_put_safe(b, pt_text(pt_getz(one, "unknown")));
    }
    pt_buf_putz(b, "\n");
}

static void put_found(pt_buf *b, const search *s) {
    for (size_t i = 0; i < s->found.items.n; i++)
        put_one(b, s->found.items.v[i]);
    pt_buf_printf(b, "%zu statements\n", s->found.items.n);
}

static pt_code put_json(pt_buf *b, search *s, pt_err *e) {
    pt_obj o = {.a = s->a};
    pt_obj_set(&o, "package", pt_string(s->package));
    if (s->ecosystem.n)
        pt_obj_set(&o, "ecosystem", pt_string(s->ecosystem));
    if (s->version.n)
        pt_obj_set(&o, "version", pt_string(s->version));
    pt_obj_set(&o, "statements", pt_list_end(&s->found));
    pt_value doc = pt_obj_end(&o);
    if (!pt_defined(doc))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_json_write(b, doc, &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}

static pt_code run(const pt_args *args, pt_arena *a, pt_index **x, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    if (args->operands_n != 2) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "db find needs the name of one package");
        pt_err_remedy(e, "paratia db find openssl --ecosystem Debian:12");
        return code;
    }
    pt_code code = pt_rights_drop(&(pt_rights){.read_all = true}, e);
    if (!code)
        code = pt_db_open(args, a, x, e);
    search s = {.x = *x,
                .a = a,
                .package = pt_str_of(args->operands[1]),
                .ecosystem = pt_str_of(pt_args_get(args, "ecosystem")),
                .version = pt_str_of(pt_args_get(args, "version")),
                .found = {.a = a}};
    if (!code)
        code = find_all(&s, e);
    if (code)
        return code;
    if (pt_args_flag(args, "json")) {
        code = put_json(&b, &s, e);
        return code ? code : pt_put_json(pt_buf_str(&b), e);
    }
    put_found(&b, &s);
    return pt_put_stdout(pt_buf_str(&b), e);
}

int pt_db_find(const pt_args *args) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_index *x = NULL;
    pt_err e = {0};
    pt_code code = run(args, &a, &x, &e);
    pt_index_close(x);
    if (code)
        pt_say_error(&e);
    return pt_db_exit(code);
}
