// What poetry.lock, uv.lock, pdm.lock and pylock.toml share: TOML with an array of packages.
#include "collect/packages/document.h"
#include "collect/packages/python/python.h"
#include "value/toml.h"

static void put_lines(pt_value lines, pt_package *p) {
    int64_t from = 0;
    int64_t to = 0;
    if (pt_to_int(pt_at(lines, 0), &from) && pt_to_int(pt_at(lines, 1), &to)) {
        p->line = (uint32_t)from;
        p->line_end = (uint32_t)to;
    }
}

static pt_code add(pt_python_lock *l, size_t i, pt_value lines, pt_err *e) {
    pt_value table = pt_at(l->tables, i);
    pt_package p = {.name = pt_text(pt_getz(table, "name")),
                    .version = pt_text(pt_getz(table, "version"))};
    put_lines(lines, &p);
    l->node_of[i] = PT_GRAPH_NONE;
    if (!p.name.n) {
        pt_fault_add(l->r, p.line, "a package without a name");
        return PT_OK;
    }
    pt_str key = pt_python_key(l->r->a, p.name);
    if (!key.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    l->node_of[i] = (uint32_t)l->g.nodes.n;
    return pt_graph_add(&l->g, &p, key, e);
}

// A package that stands there once for each platform is one.
static void join_twins(pt_python_lock *l) {
    for (size_t i = 0; i < pt_len(l->tables); i++) {
        if (l->node_of[i] == PT_GRAPH_NONE)
            continue;
        pt_graph_node *n = &l->g.nodes.v[l->node_of[i]];
        uint32_t first = pt_graph_find(&l->g, n->key, n->package.version);
        n->twin = first != l->node_of[i] &&
                  pt_str_eq(n->package.version, l->g.nodes.v[first].package.version);
        l->node_of[i] = n->twin ? first : l->node_of[i];
    }
}

pt_code pt_python_lock_read(pt_python_lock *l, pt_str text, const char *array, bool *ret_valid,
                            pt_err *e) {
    pt_arena *a = l->r->a;
    pt_value lines = pt_undefined();
    pt_code code = pt_document_toml(l->r, text, &l->document, e);
    *ret_valid = !code && pt_defined(l->document);
    if (!*ret_valid)
        return code;
    code = pt_toml_lines(a, text, pt_str_of(array), &lines, e);
    if (code)
        return code;
    l->g.a = a;
    l->tables = pt_getz(l->document, array);
    size_t n = pt_len(l->tables);
    if (n > PT_PACKAGES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u packages", PT_PACKAGES_MAX);
    l->node_of = PT_NEW(a, uint32_t, n);
    if (!l->node_of)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && i < n; i++)
        code = add(l, i, pt_len(lines) == n ? pt_at(lines, i) : pt_undefined(), e);
    code = code ? code : pt_graph_index(&l->g, e);
    if (!code)
        join_twins(l);
    return code;
}

pt_code pt_python_lock_by(pt_read *r, pt_str text, const pt_python_form *f, pt_err *e) {
    pt_python_lock l = {.r = r};
    pt_python_project project = {0};
    bool valid;
    pt_code code = pt_python_lock_read(&l, text, f->array, &valid, e);
    if (code || !valid)
        return code;
    pt_value head = f->table ? pt_getz(l.document, f->table) : l.document;
    pt_format_check(r, pt_getz(head, f->version), f->first, f->last);
    for (size_t i = 0; !code && i < pt_len(l.tables); i++)
        code = l.node_of[i] != PT_GRAPH_NONE ? f->need(&l, i, e) : PT_OK;
    code = code ? code : pt_python_project_read(r, &project, e);
    if (code)
        return code;
    pt_python_project_ask(&project, &l.g);
    code = f->own ? f->own(&l, e) : PT_OK;
    return code ? code : pt_graph_put(&l.g, r, e);
}
