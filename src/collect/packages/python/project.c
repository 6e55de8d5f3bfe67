// pyproject.toml: [project] (PEP 621), [dependency-groups] (PEP 735), Poetry's and PDM's own
// tables.
#include "collect/packages/document.h"
#include "collect/packages/python/python.h"
#include "value/path.h"

static pt_code ask(pt_python_project *p, pt_arena *a, pt_str name, bool develop, pt_err *e) {
    pt_str key = pt_python_key(a, name);
    pt_python_ask *to = PT_PUSH(a, &p->asks);
    if (!to || !key.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *to = (pt_python_ask){key, develop};
    return PT_OK;
}

// An array of requirements; what else is in it names other groups.
static pt_code ask_list(pt_python_project *p, pt_arena *a, pt_value list, bool develop, pt_err *e) {
    pt_code code = PT_OK;
    pt_python_requirement q;
    for (size_t i = 0; !code && i < pt_len(list); i++)
        if (pt_python_require(pt_text(pt_at(list, i)), &q))
            code = ask(p, a, q.name, develop, e);
    return code;
}

// Such arrays by group.
static pt_code ask_groups(pt_python_project *p, pt_arena *a, pt_value groups, bool develop,
                          pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(groups) == PT_OBJECT && i < pt_len(groups); i++)
        code = ask_list(p, a, pt_val_at(groups, i), develop, e);
    return code;
}

// Poetry's tables have the names as keys.
static pt_code ask_keys(pt_python_project *p, pt_arena *a, pt_value table, bool develop,
                        pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(table) == PT_OBJECT && i < pt_len(table); i++)
        code = ask(p, a, pt_text(pt_key_at(table, i)), develop, e);
    return code;
}

static pt_code ask_poetry(pt_python_project *p, pt_arena *a, pt_value poetry, pt_err *e) {
    pt_value groups = pt_getz(poetry, "group");
    pt_code code = ask_keys(p, a, pt_getz(poetry, "dependencies"), false, e);
    code = code ? code : ask_keys(p, a, pt_getz(poetry, "dev-dependencies"), true, e);
    for (size_t i = 0; !code && pt_tag_of(groups) == PT_OBJECT && i < pt_len(groups); i++) {
        bool develop = !pt_str_eqz(pt_text(pt_key_at(groups, i)), "main");
        code = ask_keys(p, a, pt_getz(pt_val_at(groups, i), "dependencies"), develop, e);
    }
    return code;
}

pt_code pt_python_project_read(pt_read *r, pt_python_project *ret, pt_err *e) {
    pt_python_project p = {0};
    pt_value v;
    pt_code code = pt_document_beside(r, "pyproject.toml", &v, e);
    pt_value project = pt_getz(v, "project");
    pt_value poetry = pt_path_get(v, "tool.poetry");
    pt_value groups = pt_getz(v, "dependency-groups");
    pt_value pdm = pt_path_get(v, "tool.pdm.dev-dependencies");
    p.known = pt_defined(project) || pt_defined(poetry);
    code = code ? code : ask_list(&p, r->a, pt_getz(project, "dependencies"), false, e);
    code = code ? code : ask_groups(&p, r->a, pt_getz(project, "optional-dependencies"), false, e);
    code = code ? code : ask_poetry(&p, r->a, poetry, e);
    code = code ? code : ask_groups(&p, r->a, groups, true, e);
    code = code ? code : ask_groups(&p, r->a, pdm, true, e);
    if (!code)
        *ret = p;
    return code;
}

void pt_python_project_ask(const pt_python_project *p, pt_graph *g) {
    g->related = p->known;
    for (size_t i = 0; i < p->asks.n; i++) {
        size_t n;
        const uint32_t *all = pt_graph_all(g, p->asks.v[i].key, &n);
        for (size_t k = 0; k < n; k++)
            pt_graph_ask(g, all[k], p->asks.v[i].develop);
    }
}
