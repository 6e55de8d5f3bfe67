#include "fact/licence.h"

#include "base/buf.h"
#include "fact/licence_ids.h"

// Names in use that are not SPDX's.
static const char *const aliases[][2] = {
    {"Apache-2", "Apache-2.0"},
    {"Apache2", "Apache-2.0"},
    {"ASL-2.0", "Apache-2.0"},
    {"Boost-1.0", "BSL-1.0"},
    {"BSD-2", "BSD-2-Clause"},
    {"BSD-3", "BSD-3-Clause"},
    {"BSD-4", "BSD-4-Clause"},
    {"CC0", "CC0-1.0"},
    {"Expat", "MIT"},
    {"FreeType", "FTL"},
    {"MPL-1", "MPL-1.0"},
    {"MPL-2", "MPL-2.0"},
    {"PSF", "PSF-2.0"},
    {"PSF-2", "PSF-2.0"},
    {"Artistic-1", "Artistic-1.0"},
    {"Artistic-2", "Artistic-2.0"},
    {"Public-Domain-CC0", "CC0-1.0"},
};

typedef struct parser {
    pt_arena *a;
    pt_err *e;
    pt_str rest;
    pt_str word; // the next token; empty: the end
    unsigned depth;
    bool listed;
} parser;

static pt_code refuse(const parser *p, const char *what) {
    return pt_err_set(p->e, PT_E_FORMAT, "not a licence expression: %s", what);
}

static void next(parser *p) {
    pt_str s = pt_str_trim(p->rest);
    size_t n = 0;
    bool paren = s.n && (s.p[0] == '(' || s.p[0] == ')');
    while (!paren && n < s.n &&
           !(s.p[n] == ' ' || s.p[n] == '\t' || s.p[n] == '\n' || s.p[n] == '\r' || s.p[n] == '(' ||
             s.p[n] == ')'))
        n++;
    n += paren;
    p->word = pt_str_sub(s, 0, n);
    p->rest = pt_str_sub(s, n, s.n);
}

static bool at_operator(const parser *p, const char *upper, const char *lower) {
    return pt_str_eqz(p->word, upper) || pt_str_eqz(p->word, lower);
}

static char lower(char c) {
    if (c >= 'A' && c <= 'Z')
        return (char)(c + ('a' - 'A'));
    return c;
}

static int cmp_nocase(pt_str s, const char *z) {
    for (size_t i = 0; i < s.n; i++) {
        int d = (unsigned char)lower(s.p[i]) - (unsigned char)lower(z[i]);
        if (d != 0)
            return d; // at the end of z too
    }
    return z[s.n] ? -1 : 0;
}

// The id as the list has it; the lists are sorted without regard to case.
static pt_str found_in(const char *const *ids, size_t n, pt_str id) {
    size_t lo = 0;
    while (lo < n) {
        size_t mid = (lo + n) / 2;
        int d = cmp_nocase(id, ids[mid]);
        if (d == 0)
            return pt_str_of(ids[mid]);
        if (d < 0)
            n = mid;
        else
            lo = mid + 1;
    }
    return (pt_str){0};
}

static pt_str listed_licence(pt_str id) {
    return found_in(licence_ids, PT_COUNT(licence_ids), id);
}

// "GPL-2", "LGPL-2.1+", "AGPL-3.0": of these families it is said whether later versions are meant.
static pt_str gnu(pt_arena *a, pt_str id) {
    static const char *const families[] = {"GPL-", "LGPL-", "AGPL-", "GFDL-"};
    for (size_t i = 0; i < PT_COUNT(families); i++) {
        pt_str family = pt_str_of(families[i]);
        if (!pt_str_eq_nocase(pt_str_sub(id, 0, family.n), family))
            continue;
        pt_str version = pt_str_sub(id, family.n, id.n);
        bool later = pt_str_ends(version, PT_STR("+"));
        version.n -= later;
        bool whole = version.n == 1;
        return listed_licence(pt_arena_printf(a, "%s%.*s%s%s", families[i], PT_PRI(version),
                                              whole ? ".0" : "", later ? "-or-later" : "-only"));
    }
    return (pt_str){0};
}

static bool is_word(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = lower(s.p[i]);
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && c != '.' && c != '-')
            return false;
    }
    return s.n > 0;
}

static bool is_id(pt_str s) {
    size_t colon = pt_str_find(s, ':');
    pt_str inner = pt_str_sub(s, colon + 1, s.n);
    if (!pt_str_starts(s, PT_STR("DocumentRef-")))
        return is_word(s);
    return is_word(pt_str_sub(s, 0, colon)) && is_word(inner) &&
           pt_str_starts(inner, PT_STR("LicenseRef-"));
}

static pt_str known(pt_arena *a, pt_str id) {
    pt_str found = gnu(a, id);
    if (!found.n)
        found = listed_licence(id);
    for (size_t i = 0; !found.n && i < PT_COUNT(aliases); i++)
        if (pt_str_eq_nocase(id, pt_str_of(aliases[i][0])))
            found = pt_str_of(aliases[i][1]);
    return found;
}

// As SPDX writes it; empty: it is not in the list.
static pt_str canonical(pt_arena *a, pt_str id) {
    pt_str found = known(a, id);
    if (found.n || !pt_str_ends(id, PT_STR("+")))
        return found;
    found = known(a, pt_str_sub(id, 0, id.n - 1));
    return found.n ? pt_arena_printf(a, "%.*s+", PT_PRI(found)) : found;
}

static pt_code exception(parser *p, pt_obj *o) {
    next(p);
    if (!is_id(p->word))
        return refuse(p, "no exception behind WITH");
    pt_str found = found_in(exception_ids, PT_COUNT(exception_ids), p->word);
    p->listed = p->listed && found.n;
    pt_obj_set(o, "with", pt_string(found.n ? found : p->word));
    next(p);
    return PT_OK;
}

static pt_code licence(parser *p, pt_value *ret) {
    pt_str id = p->word;
    if (pt_str_eqz(id, "NONE") || pt_str_eqz(id, "NOASSERTION"))
        return refuse(p, "nothing is said");
    pt_str plain = id;
    plain.n -= pt_str_ends(id, PT_STR("+"));
    if (!is_id(plain))
        return refuse(p, id.n ? "a word that is no id" : "something is missing");
    if (at_operator(p, "AND", "and") || at_operator(p, "OR", "or") ||
        at_operator(p, "WITH", "with"))
        return refuse(p, "an operator without what it joins");
    pt_str found = canonical(p->a, id);
    bool reference =
        pt_str_starts(id, PT_STR("LicenseRef-")) || pt_str_starts(id, PT_STR("DocumentRef-"));
    bool listed = found.n || reference;
    p->listed = p->listed && listed;
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "id", pt_string(found.n ? found : id));
    pt_obj_set(&o, "listed", pt_bool(listed));
    next(p);
    pt_code code = at_operator(p, "WITH", "with") ? exception(p, &o) : PT_OK;
    if (code)
        return code;
    *ret = pt_obj_end(&o);
    return PT_OK;
}

// NOLINTBEGIN(misc-no-recursion): PT_LICENCE_DEPTH_MAX
static pt_code either(parser *p, pt_value *ret);

static pt_code one(parser *p, pt_value *ret) {
    if (!pt_str_eqz(p->word, "("))
        return licence(p, ret);
    if (++p->depth > PT_LICENCE_DEPTH_MAX)
        return pt_err_set(p->e, PT_E_LIMIT, "a licence expression with too many parentheses");
    next(p);
    pt_code code = either(p, ret);
    if (code)
        return code;
    if (!pt_str_eqz(p->word, ")"))
        return refuse(p, "a parenthesis is not closed");
    p->depth--;
    next(p);
    return PT_OK;
}

// Add a part; one of the same operator gives its own parts.
static void add(pt_list *l, pt_value part, const char *key) {
    pt_value inner = pt_getz(part, key);
    if (!pt_defined(inner))
        pt_list_add(l, part);
    for (size_t i = 0; i < pt_len(inner); i++)
        pt_list_add(l, pt_at(inner, i));
}

typedef struct join {
    const char *upper, *lower, *key;
    pt_code (*part)(parser *p, pt_value *ret);
} join;

static pt_code joined(parser *p, const join *j, pt_value *ret) {
    pt_list l = {.a = p->a};
    pt_value part = pt_undefined();
    pt_code code = j->part(p, &part);
    if (code || !at_operator(p, j->upper, j->lower)) {
        *ret = part;
        return code;
    }
    add(&l, part, j->key);
    while (!code && at_operator(p, j->upper, j->lower)) {
        next(p);
        code = j->part(p, &part);
        if (!code)
            add(&l, part, j->key);
    }
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, j->key, pt_list_end(&l));
    *ret = pt_obj_end(&o);
    return code;
}

static pt_code both(parser *p, pt_value *ret) {
    return joined(p, &(join){"AND", "and", "all", one}, ret);
}

static pt_code either(parser *p, pt_value *ret) {
    return joined(p, &(join){"OR", "or", "any", both}, ret);
}

static void put(pt_buf *b, pt_value tree, bool within_all) {
    pt_value any = pt_getz(tree, "any");
    pt_value parts = pt_defined(any) ? any : pt_getz(tree, "all");
    bool parens = within_all && pt_defined(any);
    pt_buf_putz(b, parens ? "(" : "");
    for (size_t i = 0; i < pt_len(parts); i++) {
        pt_buf_putz(b, i == 0 ? "" : pt_defined(any) ? " OR " : " AND ");
        put(b, pt_at(parts, i), !pt_defined(any));
    }
    pt_buf_putz(b, parens ? ")" : "");
    pt_str with = pt_text(pt_getz(tree, "with"));
    pt_buf_put(b, pt_text(pt_getz(tree, "id")));
    pt_buf_putz(b, with.n ? " WITH " : "");
    pt_buf_put(b, with);
}
// NOLINTEND(misc-no-recursion)

pt_str pt_licence_text(pt_arena *a, pt_value tree, bool within_and) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4 * PT_LICENCE_BYTES_MAX);
    put(&b, tree, within_and);
    pt_str none = {0};
    return b.full ? none : pt_arena_str(a, pt_buf_str(&b));
}

pt_code pt_licence_parse(pt_arena *a, pt_str s, pt_licence *ret, pt_err *e) {
    parser p = {.a = a, .e = e, .rest = s, .listed = true};
    pt_value tree = pt_undefined();
    if (s.n > PT_LICENCE_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a licence larger than %zu bytes", PT_LICENCE_BYTES_MAX);
    next(&p);
    pt_code code = either(&p, &tree);
    if (!code && p.word.n)
        code = refuse(&p, "words without an operator between them");
    if (code)
        return code;
    pt_str text = pt_licence_text(a, tree, false);
    if (!pt_defined(tree) || !text.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    bool id = pt_defined(pt_getz(tree, "id")) && !pt_defined(pt_getz(tree, "with"));
    *ret = (pt_licence){.text = text, .tree = tree, .single = id, .listed = p.listed};
    return PT_OK;
}
