// Cargo.lock, versions 1 to 4 (cargo: src/cargo/core/resolver/encode.rs): [[package]] with
// dependencies "name", "name version" or "name version (source)", as much as is needed to tell
// packages apart. Packages without a source are the project's own. Version 1 has checksums in
// [metadata], and in its first years a [root].
#include "collect/packages/document.h"
#include "collect/packages/graph.h"
#include "collect/packages/rust/rust.h"
#include "value/toml.h"

typedef struct cargo {
    pt_read *r;
    pt_value document, tables, lines;
    pt_graph g;
    PT_VEC(pt_value) table_of; // by node
} cargo;

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_str source_of(const cargo *c, uint32_t node) {
    return pt_text(pt_getz(c->table_of.v[node], "source"));
}

// -- packages -------------------------------------------------------------------------------------

static pt_str digest_of(const cargo *c, pt_value table, const pt_package *p) {
    pt_str sum = pt_text(pt_getz(table, "checksum"));
    pt_value metadata = pt_getz(c->document, "metadata");
    if (!sum.n && pt_len(metadata)) {
        pt_str source = pt_text(pt_getz(table, "source"));
        pt_str key = pt_arena_printf(c->r->a, "checksum %.*s %.*s (%.*s)", PT_PRI(p->name),
                                     PT_PRI(p->version), PT_PRI(source));
        sum = pt_text(pt_get(metadata, key));
    }
    return sum.n == 64 ? pt_arena_printf(c->r->a, "sha256:%.*s", PT_PRI(sum)) : (pt_str){0};
}

static pt_code add(cargo *c, pt_value table, pt_value lines, pt_err *e) {
    int64_t from = 0;
    int64_t to = 0;
    pt_package p = {.name = pt_text(pt_getz(table, "name")),
                    .version = pt_text(pt_getz(table, "version"))};
    if (pt_to_int(pt_at(lines, 0), &from) && pt_to_int(pt_at(lines, 1), &to)) {
        p.line = (uint32_t)from;
        p.line_end = (uint32_t)to;
    }
    if (!p.name.n || !p.version.n) {
        pt_fault_add(c->r, p.line,
                     p.name.n ? "a package without a version" : "a package without a name");
        return PT_OK;
    }
    p.digest = digest_of(c, table, &p);
    pt_value *to_table = PT_PUSH(c->r->a, &c->table_of);
    if (!to_table)
        return no_memory(e);
    *to_table = table;
    return pt_graph_add(&c->g, &p, p.name, e);
}

static pt_code add_all(cargo *c, pt_err *e) {
    pt_code code = PT_OK;
    bool lines = pt_len(c->lines) == pt_len(c->tables);
    pt_value root = pt_getz(c->document, "root");
    if (pt_defined(root))
        code = add(c, root, pt_undefined(), e);
    for (size_t i = 0; !code && i < pt_len(c->tables); i++)
        code = add(c, pt_at(c->tables, i), lines ? pt_at(c->lines, i) : pt_undefined(), e);
    return code ? code : pt_graph_index(&c->g, e);
}

// -- what they need -------------------------------------------------------------------------------

static uint32_t meant(const cargo *c, pt_str text) {
    pt_str name = {0};
    pt_str version = {0};
    if (!pt_str_word(&text, &name))
        return PT_GRAPH_NONE;
    pt_str rest = pt_str_trim(text);
    if (rest.n && rest.p[0] != '(')
        (void)pt_str_word(&rest, &version);
    rest = pt_str_trim(rest);
    pt_str source = pt_str_sub(rest, 1, rest.n ? rest.n - 1 : 0);
    size_t n;
    const uint32_t *all = pt_graph_all(&c->g, name, &n);
    for (size_t i = 0; source.n && i < n; i++)
        if (pt_str_eq(source_of(c, all[i]), source) &&
            pt_str_eq(c->g.nodes.v[all[i]].package.version, version))
            return all[i];
    return pt_graph_find(&c->g, name, version);
}

static pt_code need_all(cargo *c, pt_err *e) {
    pt_code code = PT_OK;
    for (uint32_t i = 0; i < c->g.nodes.n; i++) {
        pt_value all = pt_getz(c->table_of.v[i], "dependencies");
        for (size_t k = 0; !code && k < pt_len(all); k++)
            code = pt_graph_need(&c->g, i, meant(c, pt_text(pt_at(all, k))), e);
    }
    return code;
}

// -- what the project asks for, by Cargo.toml -----------------------------------------------------

static bool only_developed(const pt_cargo_manifest *m, pt_str name) {
    pt_value v = pt_string(name);
    return pt_set_has(m->developed, v) && !pt_set_has(m->used, v);
}

// What is asked for in development may stand there without an edge to it.
static void ask_developed(cargo *c, const pt_cargo_manifest *m) {
    for (size_t i = 0; i < pt_len(m->developed); i++) {
        pt_str name = pt_text(pt_at(m->developed, i));
        uint32_t node = pt_graph_find(&c->g, name, (pt_str){0});
        if (node != PT_GRAPH_NONE && !c->g.nodes.v[node].direct && only_developed(m, name))
            pt_graph_ask(&c->g, node, true);
    }
}

static pt_code ask(cargo *c, uint32_t node, pt_value manifest, pt_err *e) {
    pt_cargo_manifest m;
    pt_code code = pt_cargo_manifest_read(c->r->a, manifest, &m, e);
    const pt_graph_node *n = &c->g.nodes.v[node];
    for (size_t i = 0; !code && i < n->needs.n; i++) {
        const pt_package *p = &c->g.nodes.v[n->needs.v[i]].package;
        pt_graph_ask(&c->g, n->needs.v[i], only_developed(&m, p->name));
    }
    if (!code)
        ask_developed(c, &m);
    return code;
}

static pt_code relate(cargo *c, pt_err *e) {
    pt_value manifest;
    pt_code code = pt_document_beside(c->r, "Cargo.toml", &manifest, e);
    pt_value workspace = pt_getz(manifest, "workspace");
    pt_cargo_members members = {.r = c->r, .workspace = workspace};
    pt_str root = pt_text(pt_getz(pt_getz(manifest, "package"), "name"));
    c->g.related = root.n || pt_defined(workspace);
    for (uint32_t i = 0; !code && c->g.related && i < c->g.nodes.n; i++) {
        pt_package *p = &c->g.nodes.v[i].package;
        bool is_root = pt_str_eq(p->name, root);
        pt_value own = manifest;
        if (source_of(c, i).n || (!is_root && !pt_defined(workspace)))
            continue;
        p->relationship = is_root ? PT_STR("root") : PT_STR("workspace");
        if (!is_root)
            code = pt_cargo_member(&members, p->name, &own, e);
        code = code ? code : ask(c, i, own, e);
    }
    if (members.cut)
        pt_fault_add(c->r, 0, "more manifests of the workspace than are read");
    return code;
}

pt_code pt_read_cargo_lock(pt_read *r, pt_str text, pt_err *e) {
    cargo c = {.r = r, .g = {.a = r->a}};
    pt_code code = pt_document_toml(r, text, &c.document, e);
    if (code || !pt_defined(c.document))
        return code;
    pt_format_check(r, pt_getz(c.document, "version"), 1, 4);
    c.tables = pt_getz(c.document, "package");
    code = pt_toml_lines(r->a, text, PT_STR("package"), &c.lines, e);
    code = code ? code : add_all(&c, e);
    code = code ? code : need_all(&c, e);
    code = code ? code : relate(&c, e);
    return code ? code : pt_graph_put(&c.g, r, e);
}
