// uv.lock, version 1: [[package]], the project itself among them, with all that it asks for.
#include "collect/packages/python/python.h"

// Where a package of the project itself lies: ".", or a member's folder. Empty: it is another one.
static pt_str place_of(pt_value table) {
    pt_value source = pt_getz(table, "source");
    pt_str virtual = pt_text(pt_getz(source, "virtual"));
    return virtual.n ? virtual : pt_text(pt_getz(source, "editable"));
}

static bool is_own(const pt_graph_node *n) {
    return n->package.relationship.n > 0;
}

// [{name = "x", version = "1"}]; the version is there where it decides.
static pt_code need_list(pt_python_lock *l, uint32_t node, pt_value list, bool develop, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(list); i++) {
        pt_str key = pt_python_key(l->r->a, pt_text(pt_getz(pt_at(list, i), "name")));
        pt_str version = pt_text(pt_getz(pt_at(list, i), "version"));
        uint32_t needed = pt_graph_find(&l->g, key, version);
        code = pt_graph_need(&l->g, node, needed, e);
        if (needed != PT_GRAPH_NONE && is_own(&l->g.nodes.v[node]))
            pt_graph_ask(&l->g, needed, develop);
    }
    return code;
}

// Such lists by extra or group.
static pt_code need_groups(pt_python_lock *l, uint32_t node, pt_value groups, bool develop,
                           pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(groups) == PT_OBJECT && i < pt_len(groups); i++)
        code = need_list(l, node, pt_val_at(groups, i), develop, e);
    return code;
}

static pt_code need_all(pt_python_lock *l, uint32_t node, pt_value table, pt_err *e) {
    pt_code code = need_list(l, node, pt_getz(table, "dependencies"), false, e);
    code = code ? code : need_groups(l, node, pt_getz(table, "optional-dependencies"), false, e);
    return code ? code : need_groups(l, node, pt_getz(table, "dev-dependencies"), true, e);
}

// Which packages are the project's own. Several at "." are no project.
static pt_code find_own(pt_python_lock *l, pt_err *e) {
    pt_value listed = pt_getz(pt_getz(l->document, "manifest"), "members");
    size_t n = pt_tag_of(listed) == PT_ARRAY ? pt_len(listed) : 0;
    pt_value members = pt_set_of(l->r->a, n ? pt_vals(listed) : NULL, n);
    unsigned roots = 0;
    if (!pt_defined(members))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < pt_len(l->tables); i++) {
        pt_str place = place_of(pt_at(l->tables, i));
        if (l->node_of[i] == PT_GRAPH_NONE || !place.n)
            continue;
        pt_package *p = &l->g.nodes.v[l->node_of[i]].package;
        bool root = pt_str_eqz(place, ".");
        if (root || pt_set_has(members, pt_string(p->name)))
            p->relationship = root ? PT_STR("root") : PT_STR("workspace");
        l->g.related = l->g.related || p->relationship.n;
        roots += root;
        if (root && roots == 2)
            pt_fault_add(l->r, p->line, "a second root of the project");
    }
    if (!l->g.related && pt_len(l->tables))
        pt_fault_add(l->r, 1, "no package of the project itself");
    return PT_OK;
}

pt_code pt_read_uv_lock(pt_read *r, pt_str text, pt_err *e) {
    pt_python_lock l = {.r = r};
    bool valid;
    pt_code code = pt_python_lock_read(&l, text, "package", &valid, e);
    if (code || !valid)
        return code;
    pt_format_check(r, pt_getz(l.document, "version"), 1, 1);
    code = find_own(&l, e);
    for (size_t i = 0; !code && i < pt_len(l.tables); i++)
        if (l.node_of[i] != PT_GRAPH_NONE)
            code = need_all(&l, l.node_of[i], pt_at(l.tables, i), e);
    return code ? code : pt_graph_put(&l.g, r, e);
}
