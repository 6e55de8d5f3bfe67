#include "fact/purl.h"

#include <string.h>

enum {
    LOWER_SPACE = 1,
    LOWER_NAME = 2,
    LOWER_VERSION = 4,
    UPPER_SPACE = 8,
    DASHES = 16,    // "_" in a name is "-"
    ANY_CASE = 32,  // names answer in any case
    WITH_SPACE = 64 // a namespace is required
};
#define LOWER (LOWER_SPACE | LOWER_NAME)

#define PURL_BYTES_MAX ((size_t)64 << 10)

// Types whose names are not simply what they are. The registry wants those of Go in lower case;
// but github.com/BurntSushi/toml is another directory than github.com/burntsushi/toml, so they are
// kept, and answer in any case.
static const struct {
    const char *type;
    unsigned rules;
} types[] = {
    {"alpm", LOWER},
    {"apk", LOWER},
    {"bitbucket", LOWER},
    {"bitnami", LOWER_NAME},
    {"composer", LOWER},
    {"cpan", UPPER_SPACE},
    {"deb", LOWER},
    {"github", LOWER},
    {"golang", ANY_CASE},
    {"hex", LOWER},
    {"huggingface", LOWER_VERSION},
    {"luarocks", LOWER},
    {"oci", LOWER_NAME},
    {"otp", LOWER_NAME},
    {"pub", LOWER_NAME},
    {"pypi", LOWER_NAME | DASHES},
    {"qpkg", LOWER_SPACE},
    {"rpm", LOWER_SPACE},
    {"swift", WITH_SPACE},
    {"vscode-extension", LOWER | WITH_SPACE},
};

static unsigned rules_of(pt_str type) {
    for (size_t i = 0; i < PT_COUNT(types); i++)
        if (pt_str_eqz(type, types[i].type))
            return types[i].rules;
    return 0;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

static pt_str strip(pt_str s, char c) {
    while (s.n && s.p[0] == c)
        s = pt_str_sub(s, 1, s.n);
    while (s.n && s.p[s.n - 1] == c)
        s.n--;
    return s;
}

// -- taking apart ---------------------------------------------------------------------------------

typedef struct reader {
    pt_arena *a;
    pt_err *e;
} reader;

static pt_code refuse(const reader *r, const char *what) {
    return pt_err_set(r->e, PT_E_FORMAT, "no package URL: %s", what);
}

static int hex_of(char c) {
    int64_t n = 0;
    return pt_str_int((pt_str){&c, 1}, 16, &n) ? (int)n : -1;
}

// %XX resolved. It must be text.
static pt_code decode(const reader *r, pt_str s, pt_str *ret) {
    char *p = pt_arena_take(r->a, s.n);
    size_t n = 0;
    if (!p)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < s.n; i++) {
        p[n++] = s.p[i];
        if (s.p[i] != '%')
            continue;
        int high = i + 2 < s.n ? hex_of(s.p[i + 1]) : -1;
        int low = high >= 0 ? hex_of(s.p[i + 2]) : -1;
        if (low < 0)
            return refuse(r, "a % without two hexadecimal digits");
        p[n - 1] = (char)(unsigned char)(high << 4 | low);
        i += 2;
    }
    *ret = (pt_str){p, n};
    return pt_str_utf8(*ret, NULL) && !memchr(p, '\0', n) ? PT_OK : refuse(r, "not UTF-8 text");
}

// Segments between slashes, without the empty ones, and of a subpath without "." and "..".
static pt_code decode_path(const reader *r, pt_str s, bool subpath, pt_str *ret) {
    char *p = pt_arena_take(r->a, s.n);
    size_t n = 0;
    pt_str one;
    if (!p)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    while (pt_str_split(&s, '/', &one)) {
        pt_str plain = {0};
        pt_code code = decode(r, one, &plain);
        if (code)
            return code;
        if (pt_str_find(plain, '/') < plain.n)
            return refuse(r, "a slash within a segment");
        if (!plain.n || (subpath && (pt_str_eqz(plain, ".") || pt_str_eqz(plain, ".."))))
            continue;
        if (n)
            p[n++] = '/';
        memcpy(p + n, plain.p, plain.n);
        n += plain.n;
    }
    *ret = (pt_str){p, n};
    return PT_OK;
}

static bool key_ok(pt_str key) {
    bool ok = key.n && is_letter(key.p[0]);
    for (size_t i = 0; ok && i < key.n; i++)
        ok = is_word(key.p[i]) || key.p[i] == '_';
    return ok;
}

static pt_code qualifiers(const reader *r, pt_str s, pt_value *ret) {
    PT_VEC(pt_value) pairs = {0};
    pt_value twice = pt_undefined();
    pt_str one;
    while (pt_str_split(&s, '&', &one)) {
        size_t eq = pt_str_find(one, '=');
        pt_str key = pt_arena_lower(r->a, pt_str_sub(one, 0, eq));
        pt_str value = {0};
        if (one.n && !key_ok(key))
            return refuse(r, "a qualifier's key is none");
        pt_code code = decode(r, pt_str_sub(one, eq + 1, one.n), &value);
        if (code)
            return code;
        if (!value.n)
            continue;
        pt_value *k = PT_PUSH(r->a, &pairs);
        if (k)
            *k = pt_string(key);
        pt_value *v = PT_PUSH(r->a, &pairs);
        if (!k || !v)
            return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
        *v = pt_string(value);
    }
    if (!pairs.n)
        return PT_OK;
    *ret = pt_object_of(r->a, pairs.v, pairs.n / 2, &twice);
    if (pt_defined(twice))
        return refuse(r, "a qualifier twice");
    return pt_defined(*ret) ? PT_OK : pt_err_set(r->e, PT_E_NOMEM, "out of memory");
}

static pt_str cased(pt_arena *a, pt_str s, bool lower, bool upper, bool dashes) {
    if (!s.n || (!lower && !upper && !dashes))
        return s;
    char *p = pt_arena_take(a, s.n);
    for (size_t i = 0; p && i < s.n; i++) {
        char c = s.p[i];
        if (lower && c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        if (upper && c >= 'a' && c <= 'z')
            c = (char)(c - ('a' - 'A'));
        if (dashes && c == '_')
            c = '-';
        p[i] = c;
    }
    return p ? (pt_str){p, s.n} : (pt_str){0};
}

// What the type says of its parts. False: the arena is full.
static bool canonical(pt_arena *a, pt_purl *p) {
    unsigned rules = rules_of(p->type);
    size_t had = p->space.n + p->name.n + p->version.n;
    p->space = cased(a, p->space, rules & LOWER_SPACE, rules & UPPER_SPACE, false);
    p->name = cased(a, p->name, rules & LOWER_NAME, false, rules & DASHES);
    p->version = cased(a, p->version, rules & LOWER_VERSION, false, false);
    return p->space.n + p->name.n + p->version.n == had;
}

// Where the version begins; s.n: there is none. npm's "@scope/" is met without its encoding.
static size_t version_at(pt_str s) {
    size_t at = pt_str_rfind(s, '@');
    bool first = at == 0 || (at < s.n && s.p[at - 1] == '/');
    bool scope = first && pt_str_find(pt_str_sub(s, at, s.n), '/') < s.n - at;
    return scope ? s.n : at;
}

// TYPE/NAMESPACE/NAME@VERSION
static pt_code main_part(const reader *r, pt_str s, pt_purl *p) {
    size_t slash = pt_str_find(s, '/');
    pt_str type = pt_str_sub(s, 0, slash);
    s = strip(pt_str_sub(s, slash, s.n), '/');
    bool ok = type.n && is_letter(type.p[0]);
    for (size_t i = 0; ok && i < type.n; i++)
        ok = is_word(type.p[i]) || type.p[i] == '+';
    if (!ok)
        return refuse(r, "no type");
    size_t at = version_at(s);
    pt_str whole = strip(pt_str_sub(s, 0, at), '/');
    size_t last = pt_str_rfind(whole, '/');
    pt_str name = last < whole.n ? pt_str_sub(whole, last + 1, whole.n) : whole;
    pt_str space = last < whole.n ? pt_str_sub(whole, 0, last) : (pt_str){0};
    p->type = pt_arena_lower(r->a, type);
    pt_code code = decode(r, pt_str_sub(s, at + 1, s.n), &p->version);
    if (!code)
        code = decode(r, name, &p->name);
    if (!code)
        code = decode_path(r, space, false, &p->space);
    return code;
}

pt_code pt_purl_parse(pt_arena *a, pt_str s, pt_purl *ret, pt_err *e) {
    const reader r = {a, e};
    pt_purl p = {.qualifiers = pt_undefined()};
    if (s.n > PURL_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a package URL larger than %zu bytes", PURL_BYTES_MAX);
    size_t colon = pt_str_find(s, ':');
    if (colon == s.n || !pt_str_eq_nocase(pt_str_sub(s, 0, colon), PT_STR("pkg")))
        return refuse(&r, "it does not begin with \"pkg:\"");
    pt_str rest = pt_str_sub(s, colon + 1, s.n);
    size_t hash = pt_str_rfind(rest, '#');
    pt_str subpath = pt_str_sub(rest, hash + 1, rest.n);
    rest = pt_str_sub(rest, 0, hash);
    size_t mark = pt_str_rfind(rest, '?');
    pt_code code = decode_path(&r, subpath, true, &p.subpath);
    if (!code)
        code = qualifiers(&r, pt_str_sub(rest, mark + 1, rest.n), &p.qualifiers);
    if (!code)
        code = main_part(&r, strip(pt_str_sub(rest, 0, mark), '/'), &p);
    if (code)
        return code;
    if (!p.name.n)
        return refuse(&r, "no name");
    if ((rules_of(p.type) & WITH_SPACE) && !p.space.n)
        return refuse(&r, "this type needs a namespace");
    if (!canonical(a, &p))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = p;
    return PT_OK;
}

// -- writing --------------------------------------------------------------------------------------

static void put_encoded(pt_buf *b, pt_str s, bool path) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (is_word(c) || c == '_' || c == '~' || c == ':' || (path && c == '/'))
            pt_buf_putc(b, c);
        else
            pt_buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
    }
}

pt_str pt_purl_text(pt_arena *a, const pt_purl *p) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4 * PURL_BYTES_MAX);
    pt_purl c = *p;
    if (!canonical(a, &c))
        return (pt_str){0};
    pt_buf_putz(&b, "pkg:");
    pt_buf_put(&b, c.type);
    pt_buf_putc(&b, '/');
    put_encoded(&b, c.space, true);
    pt_buf_putz(&b, c.space.n ? "/" : "");
    put_encoded(&b, c.name, false);
    pt_buf_putz(&b, c.version.n ? "@" : "");
    put_encoded(&b, c.version, false);
    for (size_t i = 0; i < pt_len(c.qualifiers); i++) {
        pt_buf_putc(&b, i ? '&' : '?');
        pt_buf_put(&b, pt_text(pt_key_at(c.qualifiers, i)));
        pt_buf_putc(&b, '=');
        put_encoded(&b, pt_text(pt_val_at(c.qualifiers, i)), false);
    }
    pt_buf_putz(&b, c.subpath.n ? "#" : "");
    put_encoded(&b, c.subpath, true);
    return !b.full ? pt_arena_str(a, pt_buf_str(&b)) : (pt_str){0};
}

bool pt_purl_answers(const pt_purl *p, const pt_purl *pattern) {
    bool any_case = rules_of(p->type) & ANY_CASE;
    bool (*same)(pt_str, pt_str) = any_case ? pt_str_eq_nocase : pt_str_eq;
    if (!pt_str_eq(p->type, pattern->type) || !same(p->space, pattern->space) ||
        !same(p->name, pattern->name))
        return false;
    if ((pattern->version.n && !pt_str_eq(p->version, pattern->version)) ||
        (pattern->subpath.n && !pt_str_eq(p->subpath, pattern->subpath)))
        return false;
    for (size_t i = 0; i < pt_len(pattern->qualifiers); i++) {
        pt_value mine = pt_get(p->qualifiers, pt_text(pt_key_at(pattern->qualifiers, i)));
        if (!pt_defined(mine) || !pt_eq(mine, pt_val_at(pattern->qualifiers, i)))
            return false;
    }
    return true;
}

// -- of a package ---------------------------------------------------------------------------------

static pt_str field(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// Names that URLs have for a system, where they are not its os-release's ID.
static pt_str vendor_of(pt_str id) {
    static const char *const names[][2] = {
        {"rhel", "redhat"}, {"opensuse-leap", "opensuse"}, {"opensuse-tumbleweed", "opensuse"}};
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eqz(id, names[i][0]))
            return pt_str_of(names[i][1]);
    return id;
}

static void put_text(pt_obj *o, const char *key, pt_str s) {
    pt_obj_maybe(o, key, s.n ? pt_string(s) : pt_undefined());
}

// What a system's package was built of, if that has another name or version.
static pt_str upstream(pt_arena *a, pt_value package) {
    pt_str source = field(package, "source");
    pt_str version = field(package, "source_version");
    bool same = pt_str_eq(version, field(package, "version"));
    if (!source.n || (pt_str_eq(source, field(package, "name")) && (same || !version.n)))
        return (pt_str){0};
    if (pt_str_eqz(field(package, "type"), "rpm") && version.n)
        return pt_arena_printf(a, "%.*s-%.*s.src.rpm", PT_PRI(source), PT_PRI(version));
    if (same || !version.n)
        return source;
    return pt_arena_printf(a, "%.*s@%.*s", PT_PRI(source), PT_PRI(version));
}

// Packages of a system: its name is their namespace.
static void of_system(pt_arena *a, pt_purl *p, pt_value package, pt_value os) {
    pt_obj o = {.a = a};
    pt_str id = field(os, "id");
    pt_str release = field(os, "version");
    p->space = vendor_of(id);
    put_text(&o, "arch", field(package, "architecture"));
    if (id.n)
        put_text(&o, "distro",
                 release.n ? pt_arena_printf(a, "%.*s-%.*s", PT_PRI(id), PT_PRI(release)) : id);
    put_text(&o, "upstream", upstream(a, package));
    if (pt_str_eqz(p->type, "rpm")) {
        size_t colon = pt_str_find(p->version, ':');
        if (colon < p->version.n) {
            put_text(&o, "epoch", pt_str_sub(p->version, 0, colon));
            p->version = pt_str_sub(p->version, colon + 1, p->version.n);
        }
        put_text(&o, "rpmmod", field(pt_getz(package, "more"), "module"));
    }
    p->qualifiers = pt_obj_end(&o);
}

// How the other types write their namespace into a name: what stands before the last of these.
static void of_language(pt_purl *p) {
    static const struct {
        const char *type, *separators;
    } split[] = {{"maven", ":/"}, {"npm", "/"},       {"golang", "/"},     {"composer", "/"},
                 {"swift", "/"},  {"github", "/"},    {"hex", "/"},        {"conda", "/"},
                 {"alpm", "/"},   {"bitbucket", "/"}, {"huggingface", "/"}};
    pt_str whole = p->name;
    for (size_t i = 0; i < PT_COUNT(split); i++)
        for (const char *c = split[i].separators; *c && pt_str_eqz(p->type, split[i].type); c++) {
            size_t at = pt_str_rfind(p->name, *c);
            if (at == 0 || at + 1 >= p->name.n || p->space.n)
                continue;
            p->space = pt_str_sub(whole, 0, at);
            p->name = pt_str_sub(whole, at + 1, whole.n);
        }
    if (pt_str_eqz(p->type, "cocoapods")) {
        size_t at = pt_str_find(whole, '/');
        p->name = pt_str_sub(whole, 0, at);
        p->subpath = pt_str_sub(whole, at + 1, whole.n);
    }
}

pt_str pt_purl_of_package(pt_arena *a, pt_value package, pt_value os) {
    pt_purl p = {.type = field(package, "type"),
                 .name = field(package, "name"),
                 .version = field(package, "version"),
                 .qualifiers = pt_undefined()};
    static const char *const systems[] = {"deb", "apk", "rpm", "alpm", "opkg"};
    bool system = false;
    for (size_t i = 0; i < PT_COUNT(systems); i++)
        system = system || pt_str_eqz(p.type, systems[i]);
    if (system)
        of_system(a, &p, package, os);
    else
        of_language(&p);
    return p.type.n && p.name.n ? pt_purl_text(a, &p) : (pt_str){0};
}
