// A project of Maven, and its modules: what they need, as far as the poms of that are there.
#include "collect/packages/java/pom.h"

#include "collect/packages/aside.h"

typedef struct out { // a package, of one or several modules
    pt_package p;
    pt_list needs;
} out;

typedef struct project {
    pt_poms all;
    pt_ids ids;
    PT_VEC(out) list;
    bool dev;              // an integration test of a plugin
    size_t missing;        // poms
    uint32_t missing_line; // the first one that the file itself names
} project;

static pt_str id_of(project *w, const pt_gav *g) {
    return pt_arena_printf(w->all.r->a, "%.*s:%.*s%s%.*s", PT_PRI(g->group), PT_PRI(g->artifact),
                           g->version.n ? ":" : "", PT_PRI(g->version));
}

// How near it is to the project: the nearest counts.
static unsigned distance(pt_str relationship) {
    static const char *const order[] = {"root", "workspace", "direct", "indirect"};
    unsigned i = 0;
    while (i < PT_COUNT(order) && !pt_str_eqz(relationship, order[i]))
        i++;
    return i;
}

// The place of a package with this id; NULL: out of memory.
static out *place(project *w, pt_str id, const pt_package *p) {
    size_t known = w->ids.list.n;
    uint32_t n = pt_ids_add(&w->ids, id);
    if (n < known) {
        out *o = w->list.v + n;
        if (distance(p->relationship) < distance(o->p.relationship))
            o->p.relationship = p->relationship;
        return o;
    }
    out *o = n == w->list.n ? PT_PUSH(w->all.r->a, &w->list) : NULL;
    if (o) {
        *o = (out){.p = *p, .needs = {.a = w->all.r->a}};
        o->p.id = id;
    }
    return o;
}

static void tell_version(project *w, const pt_artifact *at) {
    pt_str what = pt_arena_printf(w->all.r->a, "%.*s:%.*s: its version is not known",
                                  PT_PRI(at->d.gav.group), PT_PRI(at->d.gav.artifact));
    if (what.p)
        pt_fault_add(w->all.r, at->d.line ? at->d.line : 1, what.p);
}

static pt_code put_artifact(project *w, const pt_tree *t, size_t i, pt_str relationship,
                            pt_err *e) {
    const pt_artifact *at = t->list.v + i;
    pt_arena *a = w->all.r->a;
    pt_package p = {.version = at->d.gav.version, .dev = w->dev, .relationship = relationship};
    p.name = pt_arena_printf(a, "%.*s:%.*s", PT_PRI(at->d.gav.group), PT_PRI(at->d.gav.artifact));
    p.line = at->d.line;
    p.line_end = at->d.line_end;
    if (at->pom)
        p.licences = pt_pom_licences(&w->all, at->pom);
    out *o = p.name.n ? place(w, id_of(w, &at->d.gav), &p) : NULL;
    if (!o)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t k = 0; k < at->needs.n; k++) {
        uint32_t n = pt_ids_find(&t->names, at->needs.v[k]);
        if (n != PT_IDS_NONE)
            pt_list_add(&o->needs, pt_string(id_of(w, &t->list.v[n].d.gav)));
    }
    if (!p.version.n)
        tell_version(w, at);
    else if (!at->pom) {
        w->missing++;
        w->missing_line = w->missing_line ? w->missing_line : p.line;
    }
    return PT_OK;
}

// All that `p` needs, and itself as `relationship`. *ret_id: its own.
static pt_code put_project(project *w, pt_pom *p, const char *relationship, pt_str *ret_id,
                           pt_err *e) {
    pt_tree t = {0};
    pt_code code = pt_pom_tree(&w->all, p, &t, e);
    bool root = pt_str_eqz(pt_str_of(relationship), "root");
    for (size_t i = 0; !code && i < t.list.n; i++) {
        pt_artifact *at = t.list.v + i;
        if (!root)
            at->d.line = at->d.line_end = 0; // of another file
        code = put_artifact(w, &t, i,
                            i == 0       ? pt_str_of(relationship)
                            : at->direct ? PT_STR("direct")
                                         : PT_STR("indirect"),
                            e);
    }
    *ret_id = id_of(w, &p->gav);
    return code;
}

// -- modules --------------------------------------------------------------------------------------

enum {
    MODULES_MAX = 2000,
    MODULES_DEPTH_MAX = 16 // of modules in modules
};

typedef struct module {
    pt_pom *pom;
    size_t of; // the number of the one that names it
    unsigned depth;
} module;

typedef PT_VEC(module) modules;

static void tell_no_pom(project *w, const pt_xml *x, uint32_t line) {
    pt_str what = pt_arena_printf(w->all.r->a, "the module %.*s has no pom", PT_PRI(x->text));
    if (what.p)
        pt_fault_add(w->all.r, line, what.p);
}

static void find_modules(project *w, modules *list, size_t of) {
    pt_arena *a = w->all.r->a;
    const pt_pom *p = list->v[of].pom;
    const pt_xml *x = pt_xml_child(pt_xml_child(p->project, "modules"), "module");
    unsigned depth = list->v[of].depth + 1;
    for (; x && list->n < MODULES_MAX && depth <= MODULES_DEPTH_MAX; x = pt_xml_again(x)) {
        const char *file = pt_str_ends(x->text, PT_STR(".xml")) ? "" : "/pom.xml";
        pt_str path = pt_arena_printf(a, "%.*s%.*s%s", PT_PRI(p->folder), PT_PRI(x->text), file);
        pt_pom *found = pt_pom_file(&w->all, path, 0);
        module *to = found && !found->listed ? PT_PUSH(a, list) : NULL;
        if (!found)
            tell_no_pom(w, x, of == 0 ? x->line : 1);
        if (!to)
            continue;
        *to = (module){.pom = found, .of = of, .depth = depth};
        found->listed = true;
        pt_pom_keep(&w->all, found, (pt_str){0});
    }
    if (x)
        pt_fault_add(w->all.r, of == 0 ? x->line : 1, "more modules than are read");
}

static pt_code put_all(project *w, pt_pom *root, pt_err *e) {
    pt_arena *a = w->all.r->a;
    modules list = {0};
    module *first = PT_PUSH(a, &list);
    pt_code code = first ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (first)
        *first = (module){.pom = root};
    for (size_t i = 0; i < list.n; i++)
        find_modules(w, &list, i);
    for (size_t i = 0; !code && i < list.n; i++) {
        pt_str id = {0};
        code = put_project(w, list.v[i].pom, i == 0 ? "root" : "workspace", &id, e);
        uint32_t of = pt_ids_find(&w->ids, id_of(w, &list.v[list.v[i].of].pom->gav));
        if (!code && i > 0 && of < w->list.n)
            pt_list_add(&w->list.v[of].needs, pt_string(id));
    }
    return code;
}

static void tell_missing(project *w) {
    pt_str what = pt_arena_printf(w->all.r->a,
                                  "what %zu of the packages need is not known: their "
                                  "poms are not there",
                                  w->missing);
    if (w->missing && what.p)
        pt_fault_add(w->all.r, w->missing_line ? w->missing_line : 1, what.p);
    if (w->all.tired || w->all.steps >= PT_POM_STEPS_MAX)
        pt_fault_add(w->all.r, 1, "more poms than are read for one");
}

static pt_code read_file(pt_read *r, pt_str text, pt_err *e) {
    pt_err bad = {0};
    size_t slash = pt_str_rfind(r->path, '/');
    project w = {.all = {.r = r, .names = {.a = r->a}}, .ids = {.a = r->a}};
    w.dev = pt_str_starts(r->path, PT_STR("src/it/")) || pt_str_has(r->path, PT_STR("/src/it/"));
    pt_pom *root = pt_pom_new(&w.all, text, (pt_str){0}, 0, &bad);
    if (r->a->full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!root || !root->gav.group.n || !root->gav.artifact.n) {
        pt_fault_add(r, bad.line ? bad.line : 1, root ? "a project without a name" : bad.what);
        return PT_OK;
    }
    root->listed = true;
    pt_pom_keep(&w.all, root,
                slash < r->path.n ? pt_str_sub(r->path, slash + 1, r->path.n) : r->path);
    pt_code code = put_all(&w, root, e);
    for (size_t i = 0; !code && i < w.list.n; i++) {
        w.list.v[i].p.depends = pt_ids_sorted(&w.list.v[i].needs);
        code = pt_package_add(r, &w.list.v[i].p, e);
    }
    if (!code)
        tell_missing(&w);
    return code;
}

pt_code pt_read_pom(pt_read *r, pt_str text, pt_err *e) {
    return pt_read_aside(r, text, read_file, PT_POM_ROOM, e);
}
