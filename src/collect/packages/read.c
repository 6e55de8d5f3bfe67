#include "collect/packages/read.h"

#include <string.h>

#include "collect/packages/read_impl.h"
#include "value/json.h"

static pt_value maybe(pt_str s) {
    return s.n ? pt_string(s) : pt_undefined();
}

static pt_value filled(pt_value v) {
    return pt_len(v) ? v : pt_undefined();
}

static pt_value lines_of(pt_arena *a, const pt_package *p) {
    const pt_value lines[] = {pt_int(p->line), pt_int(p->line_end ? p->line_end : p->line)};
    return p->line ? pt_array_of(a, lines, 2) : pt_undefined();
}

pt_code pt_package_add(pt_read *r, const pt_package *p, pt_err *e) {
    pt_obj o = {.a = r->a};
    const struct {
        const char *key;
        pt_str text;
    } texts[] = {{"type", p->type},       {"name", p->name},
                 {"version", p->version}, {"architecture", p->architecture},
                 {"source", p->source},   {"source_version", p->source_version},
                 {"id", p->id},           {"relationship", p->relationship},
                 {"digest", p->digest}};
    pt_assert(p->name.n > 0);
    if (r->packages.items.n == PT_PACKAGES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u packages", PT_PACKAGES_MAX);
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        pt_obj_maybe(&o, texts[i].key, maybe(texts[i].text));
    if (p->dev)
        pt_obj_set(&o, "dev", pt_bool(true));
    pt_obj_maybe(&o, "licences", filled(p->licences));
    pt_obj_maybe(&o, "recognised", filled(p->recognised));
    pt_obj_maybe(&o, "depends", filled(p->depends));
    pt_obj_maybe(&o, "lines", lines_of(r->a, p));
    pt_obj_maybe(&o, "more", filled(p->more));
    pt_list_add(&r->packages, pt_obj_end(&o));
    return r->packages.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

void pt_fault_add(pt_read *r, uint32_t line, const char *what) {
    if (r->faults.items.n == PT_FAULTS_MAX) // the last one stands for all that follow
        pt_list_add(&r->faults, pt_stringz("and more of the kind"));
    if (r->faults.items.n < PT_FAULTS_MAX)
        pt_list_add(&r->faults, pt_string(pt_arena_printf(r->a, "%s %u: %s",
                                                          r->unit ? r->unit : "line", line, what)));
}

pt_code pt_read_json(pt_read *r, pt_str *text, pt_value *ret, pt_err *e) {
    pt_err why = {0};
    *ret = pt_undefined();
    if (pt_str_starts(*text, PT_STR("\xef\xbb\xbf")))
        *text = pt_str_sub(*text, 3, text->n);
    pt_code code = pt_json_parse(r->a, *text, NULL, ret, &why);
    if (code == PT_E_FORMAT || code == PT_E_LIMIT) {
        *ret = pt_undefined();
        pt_fault_add(r, why.line, why.what);
        return PT_OK;
    }
    return code ? pt_err_set(e, code, "%s", why.what) : PT_OK;
}

void pt_format_check(pt_read *r, pt_value version, int64_t first, int64_t last) {
    char room[PT_NUMBER_ROOM];
    int64_t major = 0;
    pt_str said =
        pt_tag_of(version) == PT_NUMBER ? pt_number_text(version, room) : pt_text(version);
    bool known = pt_str_int(pt_str_sub(said, 0, pt_str_find(said, '.')), 10, &major) &&
                 major >= first && major <= last;
    if (pt_defined(version) && !known)
        pt_fault_add(r, 1, "a version of the file's format that is not known");
}

// -- owners ---------------------------------------------------------------------------------------

enum {
    PATH_BYTES_MAX = 4096, // longer ones the kernel does not take
};

static uint64_t mixed(uint64_t h, const char *p, size_t n) {
    uint64_t part = 0;
    memcpy(&part, p, n);
    h = (h ^ part) * UINT64_C(0xff51afd7ed558ccd);
    return h ^ h >> 32;
}

// Eight bytes a step; the last step takes some of the step before once more.
uint64_t pt_path_hash(pt_str path) {
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ path.n;
    size_t at = 0;
    for (; at + 8 <= path.n; at += 8)
        h = mixed(h, path.p + at, 8);
    if (at && at < path.n)
        h = mixed(h, path.p + path.n - 8, 8);
    else if (at < path.n)
        h = mixed(h, path.p, path.n);
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return (h ^ h >> 29) & ~UINT64_C(3);
}

pt_str pt_path_plain(pt_str path) {
    while (pt_str_starts(path, PT_STR("./")) || pt_str_starts(path, PT_STR("/")))
        path = pt_str_sub(path, pt_str_find(path, '/') + 1, path.n);
    while (pt_str_ends(path, PT_STR("/")))
        path = pt_str_sub(path, 0, path.n - 1);
    return path;
}

static bool same_owner(const pt_list *owners, pt_str package) {
    size_t n = owners->items.n;
    return n && pt_str_eq(pt_text(owners->items.v[n - 1]), package);
}

pt_code pt_owner_add(pt_read *r, pt_str package, uint32_t *ret, pt_err *e) {
    r->owners.a = r->a;
    if (!same_owner(&r->owners, package))
        pt_list_add(&r->owners, pt_string(pt_arena_str(r->a, package)));
    if (r->owners.full || r->a->full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = (uint32_t)(r->owners.items.n - 1);
    return PT_OK;
}

pt_code pt_owns(pt_read *r, pt_str package, pt_str folder, pt_str name, pt_err *e) {
    char room[PATH_BYTES_MAX] __attribute__((uninitialized)); // zeroing it would cost the most
    pt_str path = pt_path_plain(name);
    uint32_t owner = 0;
    folder = pt_path_plain(folder);
    if (folder.n + path.n + 1 > sizeof room || !path.n || pt_str_eqz(path, "."))
        return PT_OK;
    if (r->owned.n == PT_OWNED_MAX) {
        if (!r->owned_cut)
            pt_fault_add(r, 0, "of more files than can be kept it says whose they are");
        r->owned_cut = true;
        return PT_OK;
    }
    if (folder.n) {
        memcpy(room, folder.p, folder.n);
        room[folder.n] = '/';
        memcpy(room + folder.n + 1, path.p, path.n);
        path = (pt_str){room, folder.n + 1 + path.n};
    }
    pt_code code = pt_owner_add(r, package, &owner, e);
    pt_owned *o = code ? NULL : PT_PUSH(r->a, &r->owned);
    if (!o)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *o = (pt_owned){.path = pt_path_hash(path), .owner = owner};
    return PT_OK;
}

pt_code pt_owns_content(pt_read *r, pt_str package, pt_str path, uint32_t sum, pt_err *e) {
    size_t before = r->owned.n;
    pt_code code = pt_owns(r, package, (pt_str){0}, path, e);
    if (r->owned.n > before)
        r->owned.v[before].sum = sum;
    return code;
}

uint32_t pt_md5_front(pt_str hex) {
    const pt_str digits = PT_STR("0123456789abcdef");
    uint32_t sum = 0;
    if (hex.n != 32)
        return 0;
    for (size_t i = 0; i < hex.n; i++) {
        size_t digit = pt_str_find(digits, hex.p[i]);
        if (digit == digits.n)
            return 0;
        sum = i < 8 ? sum << 4 | (uint32_t)digit : sum;
    }
    return sum ? sum : 1;
}

bool pt_line_next(pt_str *rest, pt_str *ret) {
    if (!rest->n || !pt_str_split(rest, '\n', ret))
        return false;
    if (ret->n && ret->p[ret->n - 1] == '\r')
        *ret = pt_str_sub(*ret, 0, ret->n - 1);
    return true;
}

char pt_quote_behind(char quote, char c) {
    if (quote && c == quote)
        return '\0';
    if (!quote && (c == '"' || c == '\''))
        return c;
    return quote;
}
