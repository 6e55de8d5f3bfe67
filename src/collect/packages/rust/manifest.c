// Cargo.toml (doc.rust-lang.org/cargo/reference/manifest.html): what a package asks for, and where
// the members of a workspace are.
#include "collect/packages/document.h"
#include "collect/packages/rust/rust.h"

static const char *const used_tables[] = {"dependencies", "build-dependencies",
                                          "build_dependencies"};
static const char *const developed_tables[] = {"dev-dependencies", "dev_dependencies"};

// `x = {package = "y"}` is y.
static void add_table(pt_list *names, pt_value table) {
    for (size_t i = 0; pt_tag_of(table) == PT_OBJECT && i < pt_len(table); i++) {
        pt_value other = pt_getz(pt_val_at(table, i), "package");
        pt_list_add(names, pt_text(other).n ? other : pt_key_at(table, i));
    }
}

// Of the package, and of what it is on some platforms.
static void add_tables(pt_list *names, pt_value document, const char *const *tables, size_t n) {
    pt_value targets = pt_getz(document, "target");
    for (size_t i = 0; i < n; i++) {
        add_table(names, pt_getz(document, tables[i]));
        for (size_t k = 0; pt_tag_of(targets) == PT_OBJECT && k < pt_len(targets); k++)
            add_table(names, pt_getz(pt_val_at(targets, k), tables[i]));
    }
}

pt_code pt_cargo_manifest_read(pt_arena *a, pt_value document, pt_cargo_manifest *ret, pt_err *e) {
    pt_list used = {.a = a};
    pt_list developed = {.a = a};
    add_tables(&used, document, used_tables, PT_COUNT(used_tables));
    add_tables(&developed, document, developed_tables, PT_COUNT(developed_tables));
    ret->used = pt_set_of(a, used.items.v, used.items.n);
    ret->developed = pt_set_of(a, developed.items.v, developed.items.n);
    bool full =
        used.full || developed.full || !pt_defined(ret->used) || !pt_defined(ret->developed);
    return full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

// "crates/*": the folder of a member mostly has its name.
static pt_str path_of(pt_arena *a, pt_str pattern, pt_str name) {
    size_t cut = pt_str_rfind(pattern, '/');
    pt_str folder = pt_str_sub(pattern, 0, cut < pattern.n ? cut + 1 : 0);
    pt_str last = pt_str_sub(pattern, folder.n, pattern.n);
    bool open = pt_str_find(last, '*') < last.n || pt_str_find(last, '?') < last.n;
    return pt_arena_printf(a, "%.*s%.*s/Cargo.toml", PT_PRI(folder), PT_PRI(open ? name : last));
}

// Is the pattern worth a look? What names another folder is not.
static bool may_be(pt_str pattern, pt_str name) {
    return pt_str_has(pattern, name) || pt_str_find(pattern, '*') < pattern.n ||
           pt_str_find(pattern, '?') < pattern.n;
}

// One more look, if there may be one more.
static pt_code look(pt_cargo_members *m, pt_str path, pt_value *ret, pt_err *e) {
    if (!path.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (m->looks == PT_CARGO_LOOKS_MAX || m->bytes > PT_CARGO_BYTES_MAX) {
        m->cut = true;
        return PT_OK;
    }
    pt_str text = m->r->beside ? m->r->beside(m->r, path) : (pt_str){0};
    m->looks++;
    m->bytes += text.n;
    return text.n ? pt_document_other(m->r, text, path.p, ret, e) : PT_OK;
}

pt_code pt_cargo_member(pt_cargo_members *m, pt_str name, pt_value *ret, pt_err *e) {
    pt_value members = pt_getz(m->workspace, "members");
    pt_code code = PT_OK;
    *ret = pt_undefined();
    for (size_t i = 0; !code && !m->cut && i < pt_len(members); i++) {
        pt_str pattern = pt_text(pt_at(members, i));
        pt_value v = pt_undefined();
        m->cut = m->cut || ++m->steps > PT_CARGO_STEPS_MAX;
        if (may_be(pattern, name))
            code = look(m, path_of(m->r->a, pattern, name), &v, e);
        if (!code && pt_str_eq(pt_text(pt_getz(pt_getz(v, "package"), "name")), name)) {
            *ret = v;
            break;
        }
    }
    return code;
}
