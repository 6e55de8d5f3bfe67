// The table of feeds.
#include <stdio.h>

#include "collect/feeds/feeds.h"
#include "value/toml.h"
#include "value/value.h"

enum {
    MIB_MAX_DEFAULT = 2048,
    NAME_BYTES_MAX = 100,
};

// -- words ----------------------------------------------------------------------------------------

static bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           pt_str_find(PT_STR("._-"), c) < 3;
}

// One part of a path, which no shell and no parent folder is in.
static bool is_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!is_plain(s.p[i]))
            return false;
    return s.n && s.n <= NAME_BYTES_MAX && s.p[0] != '.' && s.p[0] != '-';
}

// "Rocky Linux" as a name: what is not plain becomes '-'.
static pt_str name_of(pt_arena *a, pt_str word) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(NAME_BYTES_MAX);
    for (size_t i = 0; i < word.n; i++)
        pt_buf_put(&b, is_plain(word.p[i]) ? pt_str_sub(word, i, i + 1) : PT_STR("-"));
    return !b.full ? pt_arena_str(a, pt_buf_str(&b)) : (pt_str){0};
}

// "Rocky%20Linux": a word within a URL's path (RFC 3986, 3.3); '/' stays.
static pt_str escaped(pt_arena *a, pt_str word) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)3 * NAME_BYTES_MAX);
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        if (is_plain(c) || c == '~' || c == '/')
            pt_buf_putc(&b, c);
        else
            pt_buf_printf(&b, "%%%02X", (unsigned char)c);
    }
    return !b.full ? pt_arena_str(a, pt_buf_str(&b)) : (pt_str){0};
}

// `text` with `word` in the place of "{}".
static pt_str filled(pt_arena *a, pt_str text, pt_str word) {
    size_t at = pt_str_find_str(text, PT_STR("{}"));
    if (at == text.n)
        return text;
    return pt_arena_printf(a, "%.*s%.*s%.*s", PT_PRI(pt_str_sub(text, 0, at)), PT_PRI(word),
                           PT_PRI(pt_str_sub(text, at + 2, text.n)));
}

static pt_str last_part(pt_str url) {
    pt_str path = pt_str_sub(url, 0, pt_str_find(url, '?'));
    size_t slash = pt_str_rfind(path, '/');
    return slash < path.n ? pt_str_sub(path, slash + 1, path.n) : (pt_str){0};
}

// -- rows -----------------------------------------------------------------------------------------

static pt_code off(pt_err *e, const char *key, const char *what, const char *remedy) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "%s", what);
    pt_err_at(e, "%s", key);
    pt_err_remedy(e, "%s", remedy);
    return code;
}

// A row's fields, checked.
typedef struct row {
    pt_str name, url, file;
    pt_value each;
    int64_t mib_max;
    bool latest, gzip;
} row;

static pt_code check_keys(pt_value v, pt_err *e) {
    static const char *const known[] = {"name", "url", "latest", "each", "file", "mib_max", "gzip"};
    for (size_t i = 0; i < pt_len(v); i++) {
        bool found = false;
        for (size_t k = 0; k < PT_COUNT(known) && !found; k++)
            found = pt_str_eqz(pt_text(pt_key_at(v, i)), known[k]);
        if (!found)
            return pt_err_set(e, PT_E_FORMAT, "no feed has \"%.*s\"",
                              PT_PRI(pt_str_sub(pt_text(pt_key_at(v, i)), 0, 40)));
    }
    return PT_OK;
}

static bool is_text(pt_value v) {
    return !pt_defined(v) || pt_tag_of(v) == PT_STRING;
}

static bool is_url(pt_str s) {
    return pt_str_starts(s, PT_STR("https://")) || pt_str_starts(s, PT_STR("http://"));
}

static pt_code check_each(const row *r, pt_err *e) {
    if (!pt_defined(r->each))
        return PT_OK;
    if (pt_tag_of(r->each) != PT_ARRAY || !pt_len(r->each) || pt_len(r->each) > PT_FEEDS_MAX)
        return off(e, "each", "it is no list of words", "each = [\"npm\", \"Go\"]");
    for (size_t i = 0; i < pt_len(r->each); i++)
        if (!pt_text(pt_at(r->each, i)).n)
            return off(e, "each", "a word is empty, or no text", "each = [\"npm\", \"Go\"]");
    if (!pt_str_has(r->url, PT_STR("{}")) || !pt_str_has(r->file, PT_STR("{}")))
        return off(e, "each", "url and file do not both hold \"{}\", where each word goes",
                   "url = \"https://host/{}.zip\", file = \"{}.zip\"");
    return PT_OK;
}

static pt_code read_row(pt_value v, row *ret, pt_err *e) {
    static const char *const texts[] = {"name", "url", "latest", "file"};
    row r = {.name = pt_text(pt_getz(v, "name")),
             .url = pt_text(pt_getz(v, "url")),
             .file = pt_text(pt_getz(v, "file")),
             .each = pt_getz(v, "each"),
             .mib_max = MIB_MAX_DEFAULT,
             .latest = pt_defined(pt_getz(v, "latest")),
             .gzip = pt_tag_of(pt_getz(v, "gzip")) == PT_BOOL && pt_getz(v, "gzip").i};
    pt_value mib = pt_getz(v, "mib_max");
    pt_code code = check_keys(v, e);
    if (code)
        return code;
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        if (!is_text(pt_getz(v, texts[i])))
            return off(e, texts[i], "it is no text", "write it in quotes");
    if (!is_name(r.name))
        return off(e, "name", "it is missing, or no name of a folder", "name = \"debian\"");
    if (r.latest == pt_defined(pt_getz(v, "url")))
        return off(e, "url", "there is none, or \"latest\" beside it", "say one of the two");
    if (r.latest)
        r.url = pt_text(pt_getz(v, "latest"));
    if (!is_url(r.url))
        return off(e, r.latest ? "latest" : "url", "it is no http or https URL",
                   "url = \"https://host/path\"");
    if (pt_defined(mib) &&
        (!pt_to_int(mib, &r.mib_max) || r.mib_max < 1 || r.mib_max > PT_FEEDS_MIB_MAX))
        return off(e, "mib_max", "it is no number of MiB between 1 and 65536", "mib_max = 256");
    if (!r.file.n && !r.latest)
        r.file = last_part(r.url);
    if (!r.file.n)
        return off(e, "file", "there is none, and the address ends with none", "file = \"a.json\"");
    code = check_each(&r, e);
    if (!code)
        *ret = r;
    return code;
}

// -- items ----------------------------------------------------------------------------------------

static bool has_file(const pt_feeds_list *l, pt_str file) {
    for (size_t i = 0; i < l->n; i++)
        if (pt_str_eq(l->v[i].file, file))
            return true;
    return false;
}

// `word` is empty for a feed of one file.
static pt_code add_item(pt_arena *a, const row *r, pt_str word, pt_feeds_list *l, pt_err *e) {
    pt_str part = name_of(a, word);
    pt_str file = filled(a, r->file, part);
    if (!is_name(file))
        return off(e, "file", "it is no name of a file", "file = \"tracker.json\"");
    pt_feeds_item item = {
        .name = word.n ? pt_arena_printf(a, "%.*s/%.*s", PT_PRI(r->name), PT_PRI(part)) : r->name,
        .url = pt_arena_str(a, filled(a, r->url, escaped(a, word))),
        .latest = r->latest,
        .file = pt_arena_printf(a, "%.*s/%.*s", PT_PRI(r->name), PT_PRI(file)),
        .bytes_max = (uint64_t)r->mib_max << 20,
        .gzip = r->gzip};
    if (has_file(l, item.file))
        return off(e, "file", "another feed is kept by the same name",
                   "give each a name of its own");
    if (l->n == PT_FEEDS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u addresses", PT_FEEDS_MAX);
    pt_feeds_item *to = PT_PUSH(a, l);
    if (!to || !item.url.p || !item.file.p || !item.name.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *to = item;
    return PT_OK;
}

static pt_code add_row(pt_arena *a, pt_value v, pt_feeds_list *l, pt_err *e) {
    row r = {0};
    pt_code code = read_row(v, &r, e);
    if (!code && !pt_defined(r.each))
        return add_item(a, &r, (pt_str){0}, l, e);
    for (size_t i = 0; !code && i < pt_len(r.each); i++)
        code = add_item(a, &r, pt_text(pt_at(r.each, i)), l, e);
    return code;
}

pt_code pt_feeds_read(pt_arena *a, pt_str toml, pt_feeds_list *ret, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_feeds_list l = {0};
    pt_code code = pt_toml_parse(a, pt_arena_str(a, toml), &doc, e);
    pt_value rows = code ? doc : pt_getz(doc, "feed");
    if (!code && (pt_tag_of(rows) != PT_ARRAY || pt_len(doc) != 1)) {
        code = pt_err_set(e, PT_E_FORMAT, "it holds no [[feed]], or something else beside");
        pt_err_remedy(e, "[[feed]], then name = and url =");
    }
    for (size_t i = 0; !code && i < pt_len(rows); i++) {
        code = add_row(a, pt_at(rows, i), &l, e);
        if (code)
            pt_err_at(e, "feed %zu \"%.*s\"", i + 1,
                      PT_PRI(pt_str_sub(pt_text(pt_getz(pt_at(rows, i), "name")), 0, 40)));
    }
    if (!code)
        *ret = l;
    return code;
}

pt_code pt_feeds_mirror(pt_arena *a, pt_str url, pt_feeds_list *l, pt_err *e) {
    while (pt_str_ends(url, PT_STR("/")))
        url = pt_str_sub(url, 0, url.n - 1);
    if (!is_url(url)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--mirror is no http or https URL");
        pt_err_remedy(e, "--mirror https://host/feeds, where debian/tracker.json lies");
        return code;
    }
    for (size_t i = 0; i < l->n; i++) {
        l->v[i].url = pt_arena_printf(a, "%.*s/%.*s", PT_PRI(url), PT_PRI(l->v[i].file));
        l->v[i].latest = false;
        if (!l->v[i].url.p)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    return PT_OK;
}

bool pt_feeds_named(const pt_feeds_item *i, const char *const *words, size_t n) {
    pt_str first = pt_str_sub(i->name, 0, pt_str_find(i->name, '/'));
    for (size_t k = 0; k < n; k++)
        if (pt_str_eq_nocase(i->name, pt_str_of(words[k])) ||
            pt_str_eq_nocase(first, pt_str_of(words[k])))
            return true;
    return false;
}
