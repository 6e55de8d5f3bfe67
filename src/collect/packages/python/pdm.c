// pdm.lock: [[package]] with requirements; and pylock.toml (PEP 751): [[packages]].
#include "collect/packages/python/python.h"

// "idna<4,>=2.5; marker"
static uint32_t required(const pt_python_lock *l, pt_value asked) {
    pt_python_requirement q;
    bool is = pt_python_require(pt_text(asked), &q);
    return is ? pt_python_meant(&l->g, l->r->a, q.name, q.version) : PT_GRAPH_NONE;
}

// {name = "spam", version = "1.0.0"}: as much of it as decides.
static uint32_t pointed_at(const pt_python_lock *l, pt_value asked) {
    pt_str key = pt_python_key(l->r->a, pt_text(pt_getz(asked, "name")));
    return pt_graph_find(&l->g, key, pt_text(pt_getz(asked, "version")));
}

typedef uint32_t meaning(const pt_python_lock *l, pt_value asked);

static pt_code need_all(pt_python_lock *l, meaning *of, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(l->tables); i++) {
        pt_value all = pt_getz(pt_at(l->tables, i), "dependencies");
        bool there = l->node_of[i] != PT_GRAPH_NONE;
        for (size_t k = 0; !code && there && k < pt_len(all); k++)
            code = pt_graph_need(&l->g, l->node_of[i], of(l, pt_at(all, k)), e);
    }
    return code;
}

pt_code pt_read_pdm_lock(pt_read *r, pt_str text, pt_err *e) {
    pt_python_lock l = {.r = r};
    pt_python_project project = {0};
    bool valid;
    pt_code code = pt_python_lock_read(&l, text, "package", &valid, e);
    if (code || !valid)
        return code;
    pt_format_check(r, pt_getz(pt_getz(l.document, "metadata"), "lock_version"), 2, 4);
    code = need_all(&l, required, e);
    code = code ? code : pt_python_project_read(r, &project, e);
    if (code)
        return code;
    pt_python_project_ask(&project, &l.g);
    return pt_graph_put(&l.g, r, e);
}

// The project itself is among its packages, as the folder of the file: it needs what is asked for.
static pt_code find_root(pt_python_lock *l, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(l->tables); i++) {
        pt_value directory = pt_getz(pt_at(l->tables, i), "directory");
        uint32_t root = l->node_of[i];
        if (root == PT_GRAPH_NONE || !pt_str_eqz(pt_text(pt_getz(directory, "path")), "."))
            continue;
        pt_package *p = &l->g.nodes.v[root].package;
        p->relationship = PT_STR("root");
        p->id = p->version.n ? p->id : p->name;
        for (uint32_t k = 0; !code && k < l->g.nodes.n; k++)
            if (l->g.nodes.v[k].direct && !l->g.nodes.v[k].twin)
                code = pt_graph_need(&l->g, root, k, e);
        break;
    }
    return code;
}

pt_code pt_read_pylock(pt_read *r, pt_str text, pt_err *e) {
    pt_python_lock l = {.r = r};
    pt_python_project project = {0};
    bool valid;
    pt_code code = pt_python_lock_read(&l, text, "packages", &valid, e);
    if (code || !valid)
        return code;
    pt_format_check(r, pt_getz(l.document, "lock-version"), 1, 1);
    code = need_all(&l, pointed_at, e);
    code = code ? code : pt_python_project_read(r, &project, e);
    if (code)
        return code;
    pt_python_project_ask(&project, &l.g);
    code = find_root(&l, e);
    return code ? code : pt_graph_put(&l.g, r, e);
}
