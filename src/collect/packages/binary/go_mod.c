// go.mod (Go Modules Reference, "go.mod files"): lines "verb words", or "verb (", a line of words
// each, ")"; "//" begins a comment. go.sum: "module version[/go.mod] hash".
#include <stdlib.h>

#include "collect/packages/binary/binary.h"
#include "collect/packages/binary/go_version.h"

enum {
    WORDS_MAX = 5, // "replace old v1 => new v2" without its verb
};

typedef struct module {
    pt_str path, version;
    uint32_t line;
    bool indirect;
} module;

typedef struct replacement {
    pt_str old, old_version; // without one: of every version
    pt_str path, version;    // without one: `path` is a folder
    uint32_t line;
} replacement;

typedef struct mod {
    pt_read *r;
    pt_str module, go, toolchain;
    PT_VEC(module) required;
    PT_VEC(replacement) replaced; // sorted by path, then line
    bool full;
} mod;

// -- lines ----------------------------------------------------------------------------------------

// The next word of a line, without its quotes.
static bool next_word(pt_str *rest, pt_str *ret) {
    *rest = pt_str_trim(*rest);
    if (!rest->n || pt_str_starts(*rest, PT_STR("//")))
        return false;
    char quote = rest->p[0];
    if (quote == '"' || quote == '`') {
        pt_str inside = pt_str_sub(*rest, 1, rest->n);
        size_t end = pt_str_find(inside, quote);
        *ret = pt_str_sub(inside, 0, end);
        *rest = pt_str_sub(inside, end + 1, inside.n);
        return true;
    }
    size_t n = 0;
    while (n < rest->n && pt_str_trim(pt_str_sub(*rest, n, n + 1)).n &&
           !pt_str_starts(pt_str_sub(*rest, n, rest->n), PT_STR("//")))
        n++;
    *ret = pt_str_sub(*rest, 0, n);
    *rest = pt_str_sub(*rest, n, rest->n);
    return true;
}

// "// indirect", or "// indirect; and why".
static bool says_indirect(pt_str comment) {
    pt_str word = {0};
    if (!pt_str_word(&comment, &word) || !pt_str_eqz(word, "//") || !pt_str_word(&comment, &word))
        return false;
    return pt_str_eqz(word, "indirect") || pt_str_eqz(word, "indirect;");
}

static void take_replacement(mod *m, const pt_str *w, size_t n, uint32_t line) {
    size_t arrow = n > 1 && pt_str_eqz(w[1], "=>") ? 1 : 2;
    if (n < arrow + 2 || !pt_str_eqz(w[arrow], "=>") || !w[arrow + 1].n) {
        pt_fault_add(m->r, line, "a replacement without what replaces");
        return;
    }
    replacement *p = PT_PUSH(m->r->a, &m->replaced);
    m->full |= !p;
    if (p)
        *p = (replacement){w[0], arrow == 2 ? w[1] : (pt_str){0}, w[arrow + 1],
                           n > arrow + 2 ? w[arrow + 2] : (pt_str){0}, line};
}

static void take_words(mod *m, pt_str verb, const pt_str *w, size_t n, bool indirect,
                       uint32_t line) {
    const struct {
        const char *verb;
        pt_str *to;
    } texts[] = {{"module", &m->module}, {"go", &m->go}, {"toolchain", &m->toolchain}};
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        if (pt_str_eqz(verb, texts[i].verb) && n)
            *texts[i].to = w[0];
    if (pt_str_eqz(verb, "replace"))
        take_replacement(m, w, n, line);
    if (!pt_str_eqz(verb, "require"))
        return;
    if (n < 2 || !w[0].n || !w[1].n) {
        pt_fault_add(m->r, line, "a requirement without a name and version");
        return;
    }
    module *p = PT_PUSH(m->r->a, &m->required);
    m->full |= !p;
    if (p)
        *p = (module){w[0], w[1], line, indirect};
}

static void read_lines(mod *m, pt_str text) {
    pt_str block = {0}; // the verb whose block is open
    pt_str line;
    for (uint32_t n = 1; pt_line_next(&text, &line); n++) {
        pt_str w[WORDS_MAX + 1] = {0}; // the verb, its words
        size_t count = 0;
        while (count < PT_COUNT(w) && next_word(&line, &w[count]))
            count++;
        bool indirect = says_indirect(line);
        if (!count)
            continue;
        if (block.n && pt_str_eqz(w[0], ")"))
            block = (pt_str){0};
        else if (block.n)
            take_words(m, block, w, count, indirect, n);
        else if (count == 2 && pt_str_eqz(w[1], "("))
            block = w[0];
        else
            take_words(m, w[0], w + 1, count - 1, indirect, n);
    }
    if (block.n)
        pt_fault_add(m->r, 1, "a block without its end");
}

// -- what replaces --------------------------------------------------------------------------------

static int by_old_path(const void *a, const void *b) {
    const replacement *x = a;
    const replacement *y = b;
    int order = pt_str_cmp(x->old, y->old);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

// The replacement of a module: the last one of its version, else of all; NULL: none.
static const replacement *replacement_of(const mod *m, const module *of) {
    size_t from = 0;
    size_t to = m->replaced.n;
    const replacement *found = NULL;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (pt_str_cmp(m->replaced.v[mid].old, of->path) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    for (; from < m->replaced.n && pt_str_eq(m->replaced.v[from].old, of->path); from++) {
        const replacement *p = &m->replaced.v[from];
        bool fits = !p->old_version.n || pt_str_eq(p->old_version, of->version);
        if (fits && !(found && found->old_version.n && !p->old_version.n))
            found = p;
    }
    return found;
}

// -- packages -------------------------------------------------------------------------------------

// The numbers of "1.17", "1.22.5": major * 1000 + minor; without one it is Go 1.16.
static int64_t language_of(pt_str go) {
    pt_str major = {0};
    int64_t a = 0;
    int64_t b = 0;
    if (!go.n || !pt_str_split(&go, '.', &major) || !pt_str_int(major, 10, &a))
        return 1016;
    size_t n = 0;
    while (n < go.n && go.p[n] >= '0' && go.p[n] <= '9')
        n++;
    if (a < 0 || a > 1000 || n > 4 || !pt_str_int(pt_str_sub(go, 0, n), 10, &b))
        return 1016;
    return a * 1000 + (b < 1000 ? b : 999);
}

// Of Go's own library what is meant at least: the toolchain's, or from Go 1.21 on that of the go
// line. "1.21" is its first release, "1.21.0".
static pt_str library_version(const mod *m) {
    if (m->toolchain.n)
        return pt_go_toolchain_version(m->r->a, m->toolchain);
    if (language_of(m->go) < 1021)
        return (pt_str){0};
    bool first = pt_str_rfind(m->go, '.') == pt_str_find(m->go, '.') &&
                 pt_str_find(m->go, 'r') == m->go.n; // nor "1.22rc1"
    return pt_arena_printf(m->r->a, "v%.*s%s", PT_PRI(m->go), first ? ".0" : "");
}

typedef struct out {
    mod *m;
    pt_list direct; // ids
    PT_VEC(pt_str) names;
} out;

static pt_value id_of(pt_arena *a, pt_str name, pt_str version) {
    return pt_string(pt_arena_printf(a, "%.*s@%.*s", PT_PRI(name), PT_PRI(version)));
}

static pt_code put_module(out *o, const module *m, pt_err *e) {
    pt_read *r = o->m->r;
    pt_package p = {.name = m->path,
                    .version = m->version,
                    .relationship = m->indirect ? PT_STR("indirect") : PT_STR("direct"),
                    .line = m->line,
                    .more = pt_undefined()};
    const replacement *by = replacement_of(o->m, m);
    if (by && !by->version.n)
        return PT_OK; // a folder of this tree, or beside it: no version of any module
    if (by) {
        pt_obj more = {.a = r->a};
        p.name = by->path;
        p.version = by->version;
        pt_obj_set(&more, "replaces", id_of(r->a, m->path, m->version));
        p.more = pt_obj_end(&more);
    }
    if (!m->indirect)
        pt_list_add(&o->direct, id_of(r->a, p.name, p.version));
    pt_str *name = PT_PUSH(r->a, &o->names);
    if (!name)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *name = p.name;
    return pt_package_add(r, &p, e);
}

static int by_text(const void *a, const void *b) {
    return pt_str_cmp(*(const pt_str *)a, *(const pt_str *)b);
}

static pt_code put_root(out *o, pt_err *e) {
    pt_read *r = o->m->r;
    pt_package p = {.name = o->m->module,
                    .id = o->m->module,
                    .relationship = PT_STR("root"),
                    .depends = pt_undefined()};
    pt_value sorted = pt_set_of(r->a, o->direct.items.v, o->direct.items.n);
    if (pt_len(sorted))
        p.depends = pt_array_of(r->a, pt_vals(sorted), pt_len(sorted));
    return p.name.n ? pt_package_add(r, &p, e) : PT_OK;
}

// -- go.sum ---------------------------------------------------------------------------------------

static int by_path(const void *a, const void *b) {
    const module *x = a;
    const module *y = b;
    int order = pt_str_cmp(x->path, y->path);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

// Each module with its last version, those apart whose names `but` has (sorted).
static pt_code put_sums(pt_read *r, pt_str text, const pt_str *but, size_t but_n, pt_err *e) {
    PT_VEC(module) all = {0};
    pt_code code = PT_OK;
    pt_str line;
    for (uint32_t n = 1; pt_line_next(&text, &line); n++) {
        module m = {.line = n};
        if (!pt_str_word(&line, &m.path))
            continue;
        if (!pt_str_word(&line, &m.version)) {
            pt_fault_add(r, n, "a module without a version");
            continue;
        }
        if (pt_str_ends(m.version, PT_STR("/go.mod")))
            m.version = pt_str_sub(m.version, 0, m.version.n - 7);
        module *p = PT_PUSH(r->a, &all);
        if (!p)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *p = m;
    }
    if (all.n)
        qsort(all.v, all.n, sizeof *all.v, by_path);
    for (size_t i = 0; !code && i < all.n; i++) {
        const module *m = &all.v[i];
        bool last = i + 1 == all.n || !pt_str_eq(m->path, all.v[i + 1].path);
        pt_package p = {.name = m->path, .version = m->version, .line = m->line};
        if (but)
            p.relationship = PT_STR("indirect");
        if (last && !(but_n && bsearch(&m->path, but, but_n, sizeof *but, by_text)))
            code = pt_package_add(r, &p, e);
    }
    return code;
}

pt_code pt_read_go_sum(pt_read *r, pt_str text, pt_err *e) {
    if (r->beside && r->beside(r, PT_STR("go.mod")).n)
        return PT_OK; // go.mod says what is needed, and its reader looks here
    return put_sums(r, text, NULL, 0, e);
}

// -- the whole ------------------------------------------------------------------------------------

static pt_code put_library(out *o, pt_err *e) {
    module library = {.path = PT_STR("stdlib"), .version = library_version(o->m)};
    return library.version.n ? put_module(o, &library, e) : PT_OK;
}

pt_code pt_read_go_mod(pt_read *r, pt_str text, pt_err *e) {
    mod m = {.r = r};
    out o = {.m = &m, .direct = {.a = r->a}};
    pt_code code = PT_OK;
    read_lines(&m, text);
    if (m.full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (m.replaced.n)
        qsort(m.replaced.v, m.replaced.n, sizeof *m.replaced.v, by_old_path);
    bool pruned = language_of(m.go) >= 1017; // it lists what it needs indirectly, too
    for (size_t i = 0; !code && i < m.required.n; i++)
        if (pruned || !m.required.v[i].indirect)
            code = put_module(&o, &m.required.v[i], e);
    if (!code)
        code = put_library(&o, e);
    if (!code)
        code = put_root(&o, e);
    if (code || pruned || !r->beside)
        return code;
    if (o.names.n)
        qsort(o.names.v, o.names.n, sizeof *o.names.v, by_text);
    pt_str none = {0};
    return put_sums(r, r->beside(r, PT_STR("go.sum")), o.names.n ? o.names.v : &none, o.names.n, e);
}
