#include "collect/packages/java/pom.h"

// What tells two dependencies apart, and finds what is managed of one.
typedef struct key {
    pt_str group, artifact, type, classifier;
} key;

static pt_str value_of(pt_poms *all, const pt_pom *p, const pt_xml *x, const char *name) {
    return pt_pom_value(all, p, pt_xml_text(x, name));
}

static key key_of(pt_poms *all, const pt_pom *p, const pt_xml *x) {
    key k = {value_of(all, p, x, "groupId"), value_of(all, p, x, "artifactId"),
             value_of(all, p, x, "type"), value_of(all, p, x, "classifier")};
    if (!k.type.n)
        k.type = PT_STR("jar");
    return k;
}

static const pt_xml *first_managed(const pt_pom *p) {
    return pt_xml_child(
        pt_xml_child(pt_xml_child(p->project, "dependencyManagement"), "dependencies"),
        "dependency");
}

static bool is_import(pt_poms *all, const pt_pom *p, const pt_xml *x) {
    return pt_str_eqz(value_of(all, p, x, "scope"), "import");
}

// The rarest part first; false when all looking has to end.
static bool fits(pt_poms *all, const pt_pom *p, const pt_xml *x, const key *k) {
    if (all->steps++ >= PT_POM_STEPS_MAX) {
        all->tired = true;
        return false;
    }
    if (!pt_str_eq(value_of(all, p, x, "artifactId"), k->artifact))
        return false;
    key other = key_of(all, p, x);
    return pt_str_eq(other.group, k->group) && pt_str_eq(other.type, k->type) &&
           pt_str_eq(other.classifier, k->classifier) && !is_import(all, p, x);
}

// A managed dependency, and whose properties it uses.
typedef struct managed {
    const pt_xml *x; // NULL: none
    const pt_pom *of;
} managed;

static pt_pom *imported(pt_poms *all, const pt_pom *p, const pt_xml *x) {
    pt_gav gav = {value_of(all, p, x, "groupId"), value_of(all, p, x, "artifactId"),
                  value_of(all, p, x, "version")};
    return pt_pom_find(all, &gav, 0);
}

// That of p, else of its parents, with p's properties; else of what they import, each with its own.
// NOLINTNEXTLINE(misc-no-recursion): no deeper than PT_POM_DEPTH_MAX
static managed find_managed(pt_poms *all, const pt_pom *p, const key *k, unsigned depth) {
    for (const pt_pom *at = p; at; at = at->parent)
        for (const pt_xml *x = first_managed(at); x && !all->tired; x = pt_xml_again(x))
            if (fits(all, p, x, k))
                return (managed){x, p};
    for (const pt_pom *at = p; at && depth < PT_POM_DEPTH_MAX; at = at->parent)
        for (const pt_xml *x = first_managed(at); x && !all->tired; x = pt_xml_again(x)) {
            pt_pom *bom = is_import(all, p, x) ? imported(all, p, x) : NULL;
            managed m = {0};
            if (!bom || bom->asked == all->lookups)
                continue; // it did not know
            bom->asked = all->lookups;
            m = find_managed(all, bom, k, depth + 1);
            if (m.x)
                return m;
        }
    return (managed){0};
}

static const pt_exclusions *add_exclusions(pt_poms *all, const pt_exclusions *to, const pt_pom *p,
                                           const pt_xml *x) {
    const pt_xml *list = pt_xml_child(x, "exclusions");
    pt_exclusions *more = list ? PT_NEW(all->r->a, pt_exclusions, 1) : NULL;
    if (!more)
        return to;
    *more = (pt_exclusions){.list = list, .of = p, .next = to};
    return more;
}

static bool is_name(pt_str pattern, pt_str name) {
    return pt_str_eqz(pattern, "*") || pt_str_eq(pattern, name);
}

bool pt_pom_excluded(pt_poms *all, const pt_exclusions *x, const pt_gav *gav) {
    for (; x; x = x->next) {
        const pt_xml *one = pt_xml_child(x->list, "exclusion");
        for (; one && all->steps++ < PT_POM_STEPS_MAX; one = pt_xml_again(one))
            if (is_name(value_of(all, x->of, one, "artifactId"), gav->artifact) &&
                is_name(value_of(all, x->of, one, "groupId"), gav->group))
                return true;
    }
    return false;
}

static pt_needs read_needs(pt_poms *all, const pt_pom *p, const pt_pom *at, const pt_xml *x) {
    key k = key_of(all, p, x);
    all->lookups++;
    managed m = find_managed(all, p, &k, 0);
    pt_needs d = {.gav = {k.group, k.artifact, value_of(all, p, x, "version")},
                  .scope = value_of(all, p, x, "scope"),
                  .optional = pt_str_eqz(value_of(all, p, x, "optional"), "true")};
    d.exclusions = add_exclusions(all, NULL, p, x);
    if (m.x) {
        d.exclusions = add_exclusions(all, d.exclusions, m.of, m.x);
        d.gav.version = d.gav.version.n ? d.gav.version : value_of(all, m.of, m.x, "version");
        d.scope = d.scope.n ? d.scope : value_of(all, m.of, m.x, "scope");
    }
    if (at == p) {
        d.line = x->line;
        d.line_end = x->line_end;
    }
    return d;
}

void pt_pom_manage(pt_poms *all, const pt_pom *p, pt_needs *d) {
    key k = {d->gav.group, d->gav.artifact, PT_STR("jar"), {0}};
    all->lookups++;
    managed m = find_managed(all, p, &k, 0);
    if (!m.x)
        return;
    pt_str version = value_of(all, m.of, m.x, "version");
    pt_str scope = value_of(all, m.of, m.x, "scope");
    d->gav.version = version.n ? version : d->gav.version;
    d->scope = scope.n ? scope : d->scope;
    d->exclusions = add_exclusions(all, d->exclusions, m.of, m.x);
}

pt_code pt_pom_needs(pt_poms *all, pt_pom *p, pt_err *e) {
    pt_arena *a = all->r->a;
    pt_ids seen = {.a = a};
    PT_VEC(pt_needs) list = {0};
    if (p->needs)
        return PT_OK;
    for (const pt_pom *at = p; at; at = at->parent) {
        const pt_xml *x = pt_xml_child(pt_xml_child(at->project, "dependencies"), "dependency");
        for (; x; x = pt_xml_again(x)) {
            key k = key_of(all, p, x);
            size_t known = seen.list.n;
            pt_str id = pt_arena_printf(a, "%.*s:%.*s:%.*s:%.*s", PT_PRI(k.group),
                                        PT_PRI(k.artifact), PT_PRI(k.type), PT_PRI(k.classifier));
            uint32_t n = pt_ids_add(&seen, id);
            if (n < known)
                continue; // the child's
            pt_needs *to = n == PT_IDS_NONE ? NULL : PT_PUSH(a, &list);
            if (!to)
                return pt_err_set(e, PT_E_NOMEM, "out of memory");
            *to = read_needs(all, p, at, x);
        }
    }
    p->needs = list.v;
    p->needs_n = list.n;
    return PT_OK;
}
