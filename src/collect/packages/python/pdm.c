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

static pt_code need_all(pt_python_lock *l, size_t i, meaning *of, pt_err *e) {
    pt_value all = pt_getz(pt_at(l->tables, i), "dependencies");
    pt_code code = PT_OK;
    for (size_t k = 0; !code && k < pt_len(all); k++)
        code = pt_graph_need(&l->g, l->node_of[i], of(l, pt_at(all, k)), e);
    return code;
}

static pt_code need_required(pt_python_lock *l, size_t i, pt_err *e) {
    return need_all(l, i, required, e);
}

static pt_code need_pointed_at(pt_python_lock *l, size_t i, pt_err *e) {
    return need_all(l, i, pointed_at, e);
}

pt_code pt_read_pdm_lock(pt_read *r, pt_str text, pt_err *e) {
    static const pt_python_form form = {"package",     "metadata", "lock_version", 2, 4,
                                        need_required, NULL};
    return pt_python_lock_by(r, text, &form, e);
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
    static const pt_python_form form = {"packages",      NULL,     "lock-version", 1, 1,
                                        need_pointed_at, find_root};
    return pt_python_lock_by(r, text, &form, e);
}
