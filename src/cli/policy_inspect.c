// paratia policy inspect: what is in a bundle, as `opa inspect` shows it.
#include "cli/policy.h"
#include "cli/policy_notes.h"
#include "cli/table.h"
#include "value/json.h"

enum {
    OUT_BYTES_MAX = 1 << 30,
    FIELD_MAX = 50, // bytes of a cell
};

typedef struct page {
    pt_policy_work *w;
    pt_load_contents c;
    pt_value needs; // of the modules
    pt_buf *out;
} page;

// -- JSON -----------------------------------------------------------------------------------------

static pt_value json_of(page *p) {
    pt_arena *a = &p->w->arena;
    pt_obj o = {.a = a};
    if (pt_args_flag(p->w->args, "annotations") && p->c.notes.n)
        pt_obj_set(&o, "annotations", pt_policy_notes_json(a, &p->c));
    pt_obj_set(&o, "capabilities", p->needs);
    pt_obj_maybe(&o, "manifest", p->c.manifest);
    if (pt_len(p->c.namespaces))
        pt_obj_set(&o, "namespaces", p->c.namespaces);
    pt_obj_set(&o, "signatures_config",
               pt_defined(p->c.signatures) ? p->c.signatures : pt_object_of(a, NULL, 0, NULL));
    if (pt_len(p->c.wasm))
        pt_obj_set(&o, "wasm_modules", p->c.wasm);
    return pt_obj_end(&o);
}

static pt_code put_json(page *p, pt_err *e) {
    pt_value v = json_of(p);
    if (!pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_json_write(p->out, v, &(pt_json_opts){.html_safe = true, .pretty = true}, e);
    pt_buf_putc(p->out, '\n');
    return code;
}

// -- tables ---------------------------------------------------------------------------------------

// What is longer than a cell loses its end, a path its beginning; bytes that act on terminals are
// written out.
static pt_str cell_of(page *p, pt_str s, bool path) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(OUT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 10);
    pt_buf_put_safe(&safe, s);
    s = pt_buf_str(&safe);
    size_t from = 0;
    size_t to = s.n;
    if (s.n >= FIELD_MAX) {
        from = path ? s.n - FIELD_MAX + 3 : 0;
        to = path ? s.n : FIELD_MAX - 3;
    }
    while (from > 0 && from < s.n && ((unsigned char)s.p[from] & 0xc0) == 0x80)
        from++;
    while (to > 0 && to < s.n && ((unsigned char)s.p[to] & 0xc0) == 0x80)
        to--;
    pt_buf_putz(&b, from ? "..." : "");
    pt_buf_put(&b, pt_str_sub(s, from, to));
    pt_buf_putz(&b, to < s.n ? "..." : "");
    return pt_arena_str(&p->w->arena, pt_buf_str(&b));
}

static void add_row(page *p, pt_table *t, const char *name, pt_str value, bool path) {
    pt_table_add(t, pt_str_of(name));
    pt_table_add(t, cell_of(p, value, path));
}

static void put_table(page *p, const char *title, const pt_table *t) {
    if (t->cells.n <= t->columns)
        return;
    pt_buf_printf(p->out, "%s:\n", title);
    pt_table_put(p->out, t);
}

static pt_str compact(page *p, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    PT_IGNORE(pt_json_write(&b, v, &(pt_json_opts){.html_safe = true}, NULL)); // it is cut anyway
    return pt_arena_str(&p->w->arena, pt_buf_str(&b));
}

static void put_manifest(page *p) {
    pt_value m = p->c.manifest;
    pt_value version = pt_getz(m, "rego_version");
    pt_value revision = pt_getz(m, "revision");
    pt_value roots = pt_getz(m, "roots");
    pt_table t = {.a = &p->w->arena, .columns = 2};
    add_row(p, &t, "FIELD", PT_STR("VALUE"), false);
    if (pt_defined(version))
        add_row(p, &t, "Rego Version", compact(p, version), false);
    if (pt_text(revision).n)
        add_row(p, &t, "Revision", pt_text(revision), false);
    for (size_t i = 0; i < pt_len(roots); i++)
        if (pt_len(roots) > 1 || pt_text(pt_at(roots, i)).n)
            add_row(p, &t, i ? "" : "Roots", pt_text(pt_at(roots, i)), true);
    if (pt_len(pt_getz(m, "metadata")))
        add_row(p, &t, "Metadata", compact(p, pt_getz(m, "metadata")), false);
    put_table(p, "MANIFEST", &t);
}

static void put_namespaces(page *p) {
    pt_table t = {.a = &p->w->arena, .columns = 2};
    add_row(p, &t, "NAMESPACE", PT_STR("FILE"), false);
    for (size_t i = 0; i < pt_len(p->c.namespaces); i++) {
        pt_value files = pt_val_at(p->c.namespaces, i);
        for (size_t k = 0; k < pt_len(files); k++) {
            pt_str space = k ? pt_str_of("") : pt_text(pt_key_at(p->c.namespaces, i));
            PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(OUT_BYTES_MAX);
            pt_buf_put_safe(&safe, space);
            pt_table_add(&t, pt_arena_str(&p->w->arena, pt_buf_str(&safe)));
            pt_table_add(&t, cell_of(p, pt_text(pt_at(files, k)), true));
        }
    }
    put_table(p, "NAMESPACES", &t);
}

// What opa inspect does not show: whose signature it says to be.
static void put_signature(page *p) {
    static const char *const rows[][2] = {{"algorithm", "Algorithm"},
                                          {"kid", "Key ID"},
                                          {"keyid", "Key ID (claim)"},
                                          {"scope", "Scope"}};
    pt_value says = pt_load_signature_says(&p->w->load, p->c.signatures);
    pt_str plugin = pt_text(pt_getz(p->c.signatures, "plugin"));
    pt_table t = {.a = &p->w->arena, .columns = 2};
    if (!pt_defined(p->c.signatures))
        return;
    add_row(p, &t, "FIELD", PT_STR("VALUE"), false);
    if (plugin.n)
        add_row(p, &t, "Plugin", plugin, false);
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        if (pt_text(pt_getz(says, rows[i][0])).n)
            add_row(p, &t, rows[i][1], pt_text(pt_getz(says, rows[i][0])), false);
    if (pt_defined(says))
        add_row(p, &t, "Files", compact(p, pt_getz(says, "files")), false);
    else
        add_row(p, &t, "Token", PT_STR("cannot be read"), false);
    put_table(p, "SIGNATURE (not verified)", &t);
}

static void put_pretty(page *p) {
    if (pt_defined(p->c.manifest))
        put_manifest(p);
    put_signature(p);
    put_namespaces(p);
    if (pt_args_flag(p->w->args, "annotations"))
        pt_policy_notes_put(p->out, &p->c);
}

// -- the verb -------------------------------------------------------------------------------------

static pt_code check_words(const pt_args *args, bool *ret_json, pt_err *e) {
    const char *format = pt_args_get(args, "format");
    *ret_json = format && pt_str_eqz(pt_str_of(format), "json");
    if (format && !*ret_json && !pt_str_eqz(pt_str_of(format), "pretty"))
        return pt_err_set(e, PT_E_USAGE, "there is no format %s: pretty or json", format);
    if (args->operands_n == 2)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "policy inspect needs one PATH");
    pt_err_remedy(e, "paratia policy inspect bundle.tar.gz");
    return code;
}

static pt_code inspect(pt_policy_work *w, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(OUT_BYTES_MAX);
    page p = {.w = w, .out = &out};
    bool json;
    pt_code code = check_words(w->args, &json, e);
    if (code || pt_policy_begin(w, &(pt_rights){.read_all = true}, e))
        return e->code;
    if (pt_load_inspect(&w->load, w->args->operands[1], &p.c, NULL)) {
        pt_policy_say_all(w);
        return PT_OK;
    }
    // As opa inspect, which compiles modules: what is wrong with them is an error, of tables too.
    p.needs = pt_capabilities_required(&w->arena, &w->symbols, p.c.modules.v, p.c.modules.n,
                                       &w->compiled);
    if (w->compiled.v.n) {
        pt_policy_say_all(w);
        return PT_OK;
    }
    if (json)
        code = put_json(&p, e);
    else
        put_pretty(&p);
    if (!code && (out.full || w->arena.full))
        code = pt_err_set(e, PT_E_NOMEM, "the bundle needs more memory than the limit");
    return code ? code : pt_put_stdout(pt_buf_str(&out), e);
}

int pt_policy_inspect(const pt_args *args) {
    pt_err e = {0};
    pt_policy_work w = {.args = args};
    PT_IGNORE(inspect(&w, &e)); // e says
    return pt_policy_end(&w, &e);
}
