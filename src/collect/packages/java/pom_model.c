#include "collect/packages/java/pom.h"

// -- texts ----------------------------------------------------------------------------------------

static bool has_property(pt_str s) {
    return pt_str_has(s, PT_STR("${"));
}

// What the model itself knows comes before properties of the same name.
static pt_str of_model(const pt_pom *p, pt_str name) {
    static const char *const heads[] = {"project.", "pom.", ""};
    const pt_xml *parent = pt_xml_child(p->project, "parent");
    const struct {
        const char *name;
        pt_str text;
    } known[] = {{"groupId", p->gav.group},
                 {"artifactId", p->gav.artifact},
                 {"version", p->gav.version},
                 {"parent.groupId", pt_xml_text(parent, "groupId")},
                 {"parent.artifactId", pt_xml_text(parent, "artifactId")},
                 {"parent.version", pt_xml_text(parent, "version")},
                 {"packaging", pt_xml_text(p->project, "packaging")}};
    for (size_t h = 0; h < PT_COUNT(heads); h++) {
        pt_str head = pt_str_of(heads[h]);
        for (size_t i = 0; pt_str_starts(name, head) && i < PT_COUNT(known); i++)
            if (pt_str_eqz(pt_str_sub(name, head.n, name.n), known[i].name))
                return known[i].text;
    }
    return (pt_str){0};
}

static pt_value property(const pt_pom *p, pt_str name) {
    pt_str known = of_model(p, name);
    pt_value v = known.n ? pt_string(known) : pt_undefined();
    for (; p && !pt_defined(v); p = p->parent)
        v = pt_get(p->own, name);
    return v;
}

// NOLINTNEXTLINE(misc-no-recursion): no deeper than PT_POM_DEPTH_MAX
static void put_value(pt_poms *all, const pt_pom *p, pt_str text, pt_buf *b, unsigned depth) {
    while (text.n) {
        size_t at = pt_str_find_str(text, PT_STR("${"));
        pt_str rest = pt_str_sub(text, at + 2, text.n);
        size_t close = pt_str_find(rest, '}');
        pt_buf_put(b, pt_str_sub(text, 0, at));
        if (at == text.n)
            return;
        pt_value v = close < rest.n ? property(p, pt_str_sub(rest, 0, close)) : pt_undefined();
        bool goes_on = depth < PT_POM_DEPTH_MAX && all->steps++ < PT_POM_STEPS_MAX && !b->full;
        if (pt_defined(v) && goes_on)
            put_value(all, p, pt_text(v), b, depth + 1);
        else
            pt_buf_put(b, pt_str_sub(text, at, at + 2 + close + 1));
        if (!goes_on)
            return;
        text = pt_str_sub(rest, close + 1, rest.n);
    }
}

pt_str pt_pom_value(pt_poms *all, const pt_pom *p, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_POM_VALUE_MAX);
    if (!has_property(text))
        return text;
    put_value(all, p, text, &b, 0);
    return b.full ? text : pt_str_trim(pt_arena_str(all->r->a, pt_buf_str(&b)));
}

static pt_str value_of(pt_poms *all, const pt_pom *p, const pt_xml *x, const char *name) {
    return pt_pom_value(all, p, pt_xml_text(x, name));
}

pt_value pt_pom_licences(pt_poms *all, const pt_pom *p) {
    pt_list names = {.a = all->r->a};
    for (; p && !names.items.n; p = p->parent) {
        const pt_xml *l = pt_xml_child(pt_xml_child(p->project, "licenses"), "license");
        for (; l; l = pt_xml_again(l))
            if (pt_xml_text(l, "name").n)
                pt_list_add(&names, pt_string(value_of(all, p, l, "name")));
    }
    return names.items.n ? pt_list_end(&names) : pt_undefined();
}

// -- loading --------------------------------------------------------------------------------------

static pt_value properties_of(pt_poms *all, const pt_xml *project) {
    pt_list pairs = {.a = all->r->a};
    const pt_xml *properties = pt_xml_child(project, "properties");
    for (const pt_xml *x = properties ? properties->child : NULL; x; x = x->next) {
        pt_list_add(&pairs, pt_string(x->name));
        pt_list_add(&pairs, pt_string(x->text));
    }
    return pt_object_of(all->r->a, pairs.items.v, pairs.items.n / 2, NULL);
}

static pt_str folder_of(pt_str path) {
    size_t slash = pt_str_rfind(path, '/');
    return pt_str_sub(path, 0, slash < path.n ? slash + 1 : 0);
}

static bool is_parent(const pt_pom *p, const pt_gav *gav) {
    return pt_str_eq(p->gav.artifact, gav->artifact) && pt_str_eq(p->gav.group, gav->group) &&
           (has_property(gav->version) || pt_str_eq(p->gav.version, gav->version));
}

// By its path, and by its name in the repository.
// NOLINTNEXTLINE(misc-no-recursion)
static pt_pom *find_parent(pt_poms *all, const pt_pom *p, unsigned depth) {
    const pt_xml *parent = pt_xml_child(p->project, "parent");
    const pt_xml *relative = pt_xml_child(parent, "relativePath");
    pt_gav gav = {pt_xml_text(parent, "groupId"), pt_xml_text(parent, "artifactId"),
                  pt_xml_text(parent, "version")};
    pt_str path = relative ? relative->text : PT_STR("../pom.xml");
    pt_pom *found = NULL;
    if (!parent || depth >= PT_POM_DEPTH_MAX)
        return NULL;
    if (path.n) {
        const char *file = pt_str_ends(path, PT_STR(".xml")) ? ""
                           : pt_str_ends(path, PT_STR("/"))  ? "pom.xml"
                                                             : "/pom.xml";
        path = pt_arena_printf(all->r->a, "%.*s%.*s%s", PT_PRI(p->folder), PT_PRI(path), file);
        found = pt_pom_file(all, path, depth + 1);
    }
    if (found && is_parent(found, &gav))
        return found;
    return pt_pom_find(all, &gav, depth + 1);
}

static pt_str own_or_parents(const pt_xml *project, const char *name) {
    pt_str own = pt_xml_text(project, name);
    return own.n ? own : pt_xml_text(pt_xml_child(project, "parent"), name);
}

// NOLINTNEXTLINE(misc-no-recursion)
pt_pom *pt_pom_new(pt_poms *all, pt_str text, pt_str folder, unsigned depth, pt_err *ret_bad) {
    pt_arena *a = all->r->a;
    pt_xml *project = NULL;
    if (text.n > PT_POM_BYTES_MAX || all->bytes + text.n > PT_POMS_BYTES_MAX) {
        all->tired = true;
        PT_IGNORE(pt_err_set(ret_bad, PT_E_LIMIT, "more bytes than are read of poms"));
        return NULL;
    }
    all->bytes += text.n;
    if (pt_xml_parse(a, text, &project, ret_bad))
        return NULL;
    pt_pom *p = PT_NEW(a, pt_pom, 1);
    if (!p || !pt_str_eqz(project->name, "project")) {
        PT_IGNORE(pt_err_set(ret_bad, p ? PT_E_FORMAT : PT_E_NOMEM, "not a project of Maven"));
        return NULL;
    }
    p->project = project;
    p->folder = folder;
    p->own = properties_of(all, project);
    p->gav.artifact = pt_xml_text(project, "artifactId");
    p->gav.group = own_or_parents(project, "groupId");
    p->gav.version = own_or_parents(project, "version");
    p->parent = find_parent(all, p, depth);
    p->gav.artifact = pt_pom_value(all, p, p->gav.artifact);
    p->gav.group = pt_pom_value(all, p, p->gav.group);
    p->gav.version = pt_pom_value(all, p, p->gav.version);
    return p;
}

// NOLINTNEXTLINE(misc-no-recursion)
static pt_pom *named(pt_poms *all, pt_str name, pt_str path, unsigned depth) {
    pt_read *r = all->r;
    size_t known = all->names.list.n;
    uint32_t n = pt_ids_add(&all->names, name);
    if (n < known)
        return n < all->list.n ? all->list.v[n] : NULL;
    pt_pom **to = n == all->list.n ? PT_PUSH(r->a, &all->list) : NULL;
    if (!to)
        return NULL;
    *to = NULL; // while it is being read it is not its own parent
    pt_str text = r->beside ? r->beside(r, path) : (pt_str){0};
    pt_pom *p = text.p ? pt_pom_new(all, text, folder_of(path), depth, NULL) : NULL;
    all->list.v[n] = p;
    return p;
}

// Without ".", and without ".." but at its beginning: each file has one name. Empty: it is too
// long.
static pt_str plain_path(pt_poms *all, pt_str path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_POM_VALUE_MAX);
    pt_str part;
    while (pt_str_split(&path, '/', &part)) {
        pt_str so_far = pt_buf_str(&b);
        size_t cut = pt_str_rfind(so_far, '/');
        pt_str last = cut < so_far.n ? pt_str_sub(so_far, cut + 1, so_far.n) : so_far;
        if (!part.n || pt_str_eqz(part, "."))
            continue;
        if (pt_str_eqz(part, "..") && last.n && !pt_str_eqz(last, "..")) {
            b.n = cut < so_far.n ? cut : 0;
            continue;
        }
        pt_buf_putz(&b, so_far.n ? "/" : "");
        pt_buf_put(&b, part);
    }
    if (b.full)
        return (pt_str){0};
    return pt_arena_str(all->r->a, pt_buf_str(&b));
}

// NOLINTNEXTLINE(misc-no-recursion)
pt_pom *pt_pom_file(pt_poms *all, pt_str path, unsigned depth) {
    path = plain_path(all, path);
    return path.n ? named(all, path, path, depth) : NULL;
}

static pt_str name_of(pt_poms *all, const pt_gav *g) {
    return pt_arena_printf(all->r->a, "%.*s:%.*s:%.*s", PT_PRI(g->group), PT_PRI(g->artifact),
                           PT_PRI(g->version));
}

// NOLINTNEXTLINE(misc-no-recursion)
pt_pom *pt_pom_find(pt_poms *all, const pt_gav *g, unsigned depth) {
    PT_AUTO(pt_buf_done) pt_buf path = PT_BUF(PT_POM_VALUE_MAX);
    if (!g->group.n || !g->artifact.n || !g->version.n || depth >= PT_POM_DEPTH_MAX)
        return NULL;
    pt_buf_putz(&path, "~/.m2/repository/");
    for (size_t i = 0; i < g->group.n; i++)
        pt_buf_put(&path, g->group.p[i] == '.' ? PT_STR("/") : pt_str_sub(g->group, i, i + 1));
    pt_buf_printf(&path, "/%.*s/%.*s/%.*s-%.*s.pom", PT_PRI(g->artifact), PT_PRI(g->version),
                  PT_PRI(g->artifact), PT_PRI(g->version));
    pt_str copy = pt_arena_str(all->r->a, pt_buf_str(&path));
    // A name that climbs is none: it comes of the file.
    if (path.full || pt_str_has(copy, PT_STR("..")) || pt_str_has(copy, PT_STR("${")))
        return NULL;
    return named(all, name_of(all, g), copy, depth);
}

static void keep_as(pt_poms *all, pt_pom *p, pt_str name) {
    size_t known = all->names.list.n;
    uint32_t n = pt_ids_add(&all->names, name);
    pt_pom **to = n == known && n == all->list.n ? PT_PUSH(all->r->a, &all->list) : NULL;
    if (to)
        *to = p;
}

void pt_pom_keep(pt_poms *all, pt_pom *p, pt_str path) {
    keep_as(all, p, name_of(all, &p->gav));
    if (path.n)
        keep_as(all, p, path);
}
