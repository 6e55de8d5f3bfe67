// conan.lock: of Conan 1 a graph of nodes, of Conan 2 lists of references
// "name/version@user/channel#revision%time".
#include "collect/packages/document.h"
#include "collect/packages/graph.h"
#include "collect/packages/misc/misc.h"

// False: not a name and a version with one slash between them.
static bool put_reference(pt_str s, pt_package *p) {
    s = pt_str_sub(s, 0, pt_str_find(s, '#'));
    s = pt_str_sub(s, 0, pt_str_find(s, '%'));
    s = pt_str_sub(s, 0, pt_str_find(s, '@'));
    size_t slash = pt_str_find(s, '/');
    p->id = s;
    p->name = pt_str_sub(s, 0, slash);
    p->version = pt_str_sub(s, slash + 1, s.n);
    return p->name.n && p->version.n && pt_str_find(p->version, '/') == p->version.n;
}

// -- Conan 1 --------------------------------------------------------------------------------------

typedef struct conan {
    pt_read *r;
    pt_json_lines lines;
    pt_graph g;
    PT_VEC(pt_value) nodes; // by node of the graph
} conan;

static pt_code add_node(conan *c, pt_value key, pt_value node, pt_err *e) {
    pt_str reference = pt_text(pt_getz(node, "ref"));
    pt_package p = {.dev = pt_str_eqz(pt_text(pt_getz(node, "context")), "build")};
    pt_json_put_member(&c->lines, key, &p);
    if (!put_reference(reference, &p)) {
        if (reference.n) // the project itself has none
            pt_fault_add(c->r, p.line, "not a name and its version");
        return PT_OK;
    }
    pt_value *to = PT_PUSH(c->r->a, &c->nodes);
    if (!to)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *to = node;
    return pt_graph_add(&c->g, &p, pt_text(key), e);
}

static const char *const needs[] = {"requires", "build_requires"};

static pt_code need_all(conan *c, pt_err *e) {
    pt_code code = PT_OK;
    for (uint32_t i = 0; i < c->g.nodes.n; i++)
        for (size_t s = 0; s < PT_COUNT(needs); s++) {
            pt_value all = pt_getz(c->nodes.v[i], needs[s]);
            for (size_t k = 0; !code && k < pt_len(all); k++) {
                pt_str key = pt_text(pt_at(all, k));
                code = pt_graph_need(&c->g, i, pt_graph_find(&c->g, key, (pt_str){0}), e);
            }
        }
    return code;
}

static void ask_all(conan *c, pt_value root) {
    for (size_t s = 0; s < PT_COUNT(needs); s++) {
        pt_value all = pt_getz(root, needs[s]);
        for (size_t k = 0; k < pt_len(all); k++) {
            uint32_t node = pt_graph_find(&c->g, pt_text(pt_at(all, k)), (pt_str){0});
            if (node != PT_GRAPH_NONE)
                pt_graph_ask(&c->g, node, false);
        }
    }
    c->g.related = c->g.related || pt_defined(root);
}

static pt_code read_graph(conan *c, pt_value all, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(all) == PT_OBJECT && i < pt_len(all); i++)
        code = add_node(c, pt_key_at(all, i), pt_val_at(all, i), e);
    code = code ? code : pt_graph_index(&c->g, e);
    code = code ? code : need_all(c, e);
    if (code)
        return code;
    for (size_t i = 0; pt_tag_of(all) == PT_OBJECT && i < pt_len(all); i++)
        if (!pt_defined(pt_getz(pt_val_at(all, i), "ref")))
            ask_all(c, pt_val_at(all, i));
    return pt_graph_put(&c->g, c->r, e);
}

// -- Conan 2 --------------------------------------------------------------------------------------

static pt_code put_list(conan *c, pt_value key, pt_value all, bool dev, pt_err *e) {
    pt_json_span rest = {0};
    pt_json_span item;
    bool placed = pt_json_member(&c->lines, key, &rest);
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(all); i++) {
        pt_package p = {.dev = dev};
        if (placed && pt_json_item(&c->lines, &rest, &item))
            pt_json_put_lines(&c->lines, item, &p);
        if (put_reference(pt_text(pt_at(all, i)), &p))
            code = pt_package_add(c->r, &p, e);
        else
            pt_fault_add(c->r, p.line, "not a name and its version");
    }
    return code;
}

// What is needed to build is no part of what is built.
static pt_code read_lists(conan *c, pt_value v, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(v) == PT_OBJECT && i < pt_len(v); i++) {
        pt_str key = pt_text(pt_key_at(v, i));
        bool build = pt_str_eqz(key, "build_requires") || pt_str_eqz(key, "python_requires");
        if (build || pt_str_eqz(key, "requires"))
            code = put_list(c, pt_key_at(v, i), pt_val_at(v, i), build, e);
    }
    return code;
}

pt_code pt_read_conan_lock(pt_read *r, pt_str text, pt_err *e) {
    conan c = {.r = r, .g = {.a = r->a}};
    pt_value v;
    pt_code code = pt_read_json(r, &text, &v, e);
    code = code ? code : pt_json_lines_of(r->a, text, &c.lines, e);
    if (code || !pt_defined(v))
        return code;
    pt_format_check(r, pt_getz(v, "version"), 0, 0);
    pt_value graph = pt_getz(v, "graph_lock");
    if (pt_defined(graph))
        return read_graph(&c, pt_getz(graph, "nodes"), e);
    if (!pt_defined(pt_getz(v, "requires")))
        pt_fault_add(r, 1, "neither a graph nor a list of references");
    return read_lists(&c, v, e);
}
