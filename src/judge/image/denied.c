#include "judge/image/denied.h"

#include "judge/finding.h"

static const pt_str types =
    PT_STR("alpm apk bitnami cargo cocoapods composer conan conda cran deb gem generic github "
           "golang hackage hex julia maven nix npm nuget opkg otp portage pub pypi rpm swift xbps");

// -- reading --------------------------------------------------------------------------------------

static pt_code refuse(pt_err *e, pt_str text, const char *what, const char *remedy) {
    pt_code code = pt_err_set(e, PT_E_USAGE, "--deny %.*s: %s", PT_PRI(text), what);
    pt_err_remedy(e, "%s", remedy);
    return code;
}

static bool is_type(pt_str word) {
    pt_str rest = types;
    pt_str one;
    while (pt_str_word(&rest, &one))
        if (pt_str_eq(one, word))
            return true;
    return false;
}

// Where the version begins; text.n: there is none. The "@" of npm's "@scope/" is of the name.
static size_t version_at(pt_str text) {
    size_t at = pt_str_rfind(text, '@');
    bool first = at == 0 || (at < text.n && text.p[at - 1] == '/');
    bool scope = first && pt_str_find(pt_str_sub(text, at, text.n), '/') < text.n - at;
    return scope ? text.n : at;
}

// Some types take any text for a version: an operator says that it is a range.
static bool is_range(pt_str text) {
    static const pt_str anywhere = PT_STR(" ,|");
    static const pt_str first = PT_STR("<>=!~^[(*");
    for (size_t i = 0; i < text.n; i++)
        if (pt_str_find(anywhere, text.p[i]) < anywhere.n)
            return true;
    return pt_str_find(first, text.p[0]) < first.n;
}

// Each clause of a range is looked at, whatever the version that it is asked of.
static pt_code read_range(pt_denial *d, pt_err *e) {
    static const pt_str probes[] = {PT_STR("1.0.0"), PT_STR("1.0.0-1"), PT_STR("v1.0.0")};
    pt_err why = {0};
    bool in;
    if (!d->type.n)
        return refuse(e, d->text, "a range needs a type: each packager orders versions its own way",
                      "npm/NAME@RANGE, deb/NAME@RANGE, …");
    if (!d->range.n)
        return refuse(e, d->text, "there is no version after the @", "npm/event-stream@3.3.6");
    if (!pt_version_scheme_of(d->type, &d->scheme))
        return refuse(e, d->text, "versions of this type have no order", "leave the version out");
    d->exact = !is_range(d->range) && pt_version_valid(d->scheme, d->range);
    for (size_t i = 0; i < PT_COUNT(probes) && !d->exact; i++)
        if (pt_version_valid(d->scheme, probes[i])) {
            if (pt_version_in(d->scheme, probes[i], d->range, &in, &why) == PT_OK)
                return PT_OK;
            return refuse(e, d->text, why.what, "\"maven/NAME@<2.17.1\", \"npm/NAME@>=1 <2\"");
        }
    return PT_OK;
}

pt_code pt_denial_parse(pt_str text, pt_denial *ret, pt_err *e) {
    pt_denial d = {.text = text};
    pt_str rest = text;
    if (text.n > PT_DENIAL_BYTES_MAX)
        return pt_err_set(e, PT_E_USAGE, "--deny: more than %d bytes", PT_DENIAL_BYTES_MAX);
    if (pt_str_starts(rest, PT_STR("pkg:")))
        rest = pt_str_sub(rest, 4, rest.n);
    size_t at = version_at(rest);
    d.range = pt_str_trim(pt_str_sub(rest, at + 1, rest.n));
    d.name = pt_str_sub(rest, 0, at);
    size_t slash = pt_str_find(d.name, '/');
    if (slash < d.name.n && d.name.p[0] != '@') {
        d.type = pt_str_sub(d.name, 0, slash);
        d.name = pt_str_sub(d.name, slash + 1, d.name.n);
        if (!is_type(d.type))
            return refuse(
                e, text, "there is no such type of packages",
                "deb, rpm, apk, npm, pypi, golang, cargo, maven, gem, composer, nuget, …");
    }
    d.begins = pt_str_ends(d.name, PT_STR("*"));
    d.name = pt_str_sub(d.name, 0, d.name.n - d.begins);
    if (!d.name.n && !(d.begins && d.type.n))
        return refuse(e, text, "there is no name", "telnetd, deb/telnetd, npm/event-*");
    static const char none[] = "<>=!,; "; // of no name anywhere: a range that lacks its "@"
    for (size_t i = 0; i + 1 < sizeof none; i++)
        if (pt_str_find(d.name, none[i]) < d.name.n)
            return refuse(e, text, "this is no name", "npm/lodash@<5; one --deny for each package");
    if (pt_str_find(d.name, '*') < d.name.n)
        return refuse(e, text, "* stands at the end of a name, or nowhere", "npm/event-*");
    pt_code code = at < rest.n ? read_range(&d, e) : PT_OK;
    if (!code)
        *ret = d;
    return code;
}

// -- names ----------------------------------------------------------------------------------------

// How names of a type are compared: two that its registry takes for one are one.
enum {
    ANY_CASE = 1,
    RUNS = 2,  // of "-", "_" and "." are one "-" (PEP 503)
    COLON = 4, // "group/artifact" is "group:artifact"
};

static const struct {
    const char *type;
    unsigned rules;
} spellings[] = {
    {"pypi", ANY_CASE | RUNS}, {"nuget", ANY_CASE},  {"composer", ANY_CASE},
    {"golang", ANY_CASE},      {"github", ANY_CASE}, {"maven", COLON},
};

static unsigned spelling_of(pt_str type) {
    for (size_t i = 0; i < PT_COUNT(spellings); i++)
        if (pt_str_eqz(type, spellings[i].type))
            return spellings[i].rules;
    return 0;
}

static bool is_run(char c) {
    return c == '-' || c == '_' || c == '.';
}

// -1: the end.
static int take(pt_str *s, unsigned rules) {
    if (!s->n)
        return -1;
    char c = s->p[0];
    size_t n = 1;
    if ((rules & RUNS) && is_run(c)) {
        c = '-';
        while (n < s->n && is_run(s->p[n]))
            n++;
    }
    if ((rules & ANY_CASE) && c >= 'A' && c <= 'Z')
        c = (char)(c + ('a' - 'A'));
    if ((rules & COLON) && c == '/')
        c = ':';
    *s = pt_str_sub(*s, n, s->n);
    return (unsigned char)c;
}

static bool is_named(const pt_denial *d, pt_str type, pt_str name) {
    unsigned rules = spelling_of(type);
    pt_str want = d->name;
    if (d->type.n && !pt_str_eq(d->type, type))
        return false;
    while (want.n)
        if (take(&want, rules) != take(&name, rules))
            return false;
    return d->begins || !name.n;
}

// -- judging --------------------------------------------------------------------------------------

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static pt_verdict judge(const pt_denial *d, pt_value package) {
    pt_str version = text_of(package, "version");
    int order = 0;
    bool in = false;
    if (!is_named(d, text_of(package, "type"), text_of(package, "name")))
        return PT_PASS;
    if (!d->range.n)
        return PT_FAIL;
    pt_code code = d->exact ? pt_version_compare(d->scheme, version, d->range, &order, NULL)
                            : pt_version_in(d->scheme, version, d->range, &in, NULL);
    if (code)
        return PT_NOT_EVALUATED;
    return (d->exact ? order == 0 : in) ? PT_FAIL : PT_PASS;
}

static pt_value package_of(pt_arena *a, pt_value package) {
    static const char *const keys[] = {"type", "name",  "version", "architecture",
                                       "file", "lines", "layer"};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        pt_obj_maybe(&o, keys[i], pt_getz(package, keys[i]));
    return pt_obj_end(&o);
}

static pt_value row_of(pt_arena *a, const pt_denial *d, pt_value package, pt_verdict v) {
    pt_str version = text_of(package, "version");
    pt_obj o = {.a = a};
    pt_str message =
        pt_arena_printf(a, "%.*s %.*s%s%.*s%s", PT_PRI(text_of(package, "type")),
                        PT_PRI(text_of(package, "name")), version.n ? " " : "", PT_PRI(version),
                        v == PT_FAIL ? ""
                        : version.n  ? ": this is no version that has an order"
                                     : ": its version is not known");
    pt_obj_set(&o, "rule", pt_string(d->text));
    pt_obj_set(&o, "verdict", pt_stringz(pt_verdict_word(v)));
    pt_obj_set(&o, "severity", pt_stringz(pt_severity_word(PT_CRITICAL)));
    pt_obj_set(&o, "message", pt_string(message));
    pt_obj_set(&o, "package", package_of(a, package));
    return pt_obj_end(&o);
}

pt_code pt_denied(const pt_denial *all, size_t n, pt_value doc, pt_arena *a, pt_value *ret,
                  pt_err *e) {
    pt_value packages = pt_getz(doc, "packages");
    pt_list rows = {.a = a};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < pt_len(packages); k++) {
            pt_value package = pt_at(packages, k);
            pt_verdict v = judge(&all[i], package);
            if (v != PT_PASS)
                pt_list_add(&rows, row_of(a, &all[i], package, v));
        }
    pt_value v = pt_list_end(&rows);
    if (!pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = v;
    return PT_OK;
}
