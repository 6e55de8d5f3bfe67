// poetry.lock, versions 1 and 2: [[package]] with [package.dependencies], a table of names to what
// is asked of the version.
#include "collect/packages/python/python.h"

// "main", "dev" and others: `groups` since 2.1, one `category` in 1.
static bool only_developed(pt_value table) {
    pt_value groups = pt_getz(table, "groups");
    bool developed = pt_len(groups) > 0;
    for (size_t i = 0; i < pt_len(groups); i++)
        developed = developed && !pt_str_eqz(pt_text(pt_at(groups, i)), "main");
    return developed || pt_str_eqz(pt_text(pt_getz(table, "category")), "dev");
}

static pt_code need(pt_python_lock *l, uint32_t node, pt_str name, pt_value asked, pt_err *e) {
    pt_value version = pt_tag_of(asked) == PT_OBJECT ? pt_getz(asked, "version") : asked;
    uint32_t needed = pt_python_meant(&l->g, l->r->a, name, pt_text(version));
    return pt_graph_need(&l->g, node, needed, e);
}

// What is asked differs by platform where it is an array.
static pt_code need_all(pt_python_lock *l, size_t i, pt_err *e) {
    uint32_t node = l->node_of[i];
    pt_value all = pt_getz(pt_at(l->tables, i), "dependencies");
    pt_code code = PT_OK;
    l->g.nodes.v[node].package.dev = only_developed(pt_at(l->tables, i));
    for (size_t d = 0; !code && pt_tag_of(all) == PT_OBJECT && d < pt_len(all); d++) {
        pt_str name = pt_text(pt_key_at(all, d));
        pt_value asked = pt_val_at(all, d);
        if (pt_tag_of(asked) != PT_ARRAY)
            code = need(l, node, name, asked, e);
        for (size_t k = 0; !code && pt_tag_of(asked) == PT_ARRAY && k < pt_len(asked); k++)
            code = need(l, node, name, pt_at(asked, k), e);
    }
    return code;
}

pt_code pt_read_poetry_lock(pt_read *r, pt_str text, pt_err *e) {
    static const pt_python_form form = {"package", "metadata", "lock-version", 1, 2,
                                        need_all,  NULL};
    return pt_python_lock_by(r, text, &form, e);
}
