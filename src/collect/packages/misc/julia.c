// Manifest.toml of Julia (pkgdocs.julialang.org/v1/toml-files): arrays of tables by name, since
// format 2 below "deps". Packages are told apart by UUID; what is part of Julia itself has its
// version.
#include <stdlib.h>

#include "collect/packages/document.h"
#include "collect/packages/graph.h"
#include "collect/packages/misc/misc.h"

// From the header of one table to its last line; tables within it stand behind that.
typedef struct place {
    pt_str name;
    uint32_t line, line_end;
} place;

typedef struct julia {
    pt_read *r;
    pt_str version; // of Julia
    PT_VEC(place) places;
    pt_graph g;
    PT_VEC(pt_value) tables; // by node
} julia;

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- lines ----------------------------------------------------------------------------------------

static int by_name(const void *a, const void *b) {
    const place *x = a;
    const place *y = b;
    int c = pt_str_cmp(x->name, y->name);
    return c ? c : (x->line > y->line) - (x->line < y->line);
}

static pt_code find_places(julia *j, pt_str text, pt_err *e) {
    pt_str line;
    bool within = false;
    for (uint32_t n = 1; pt_line_next(&text, &line); n++) {
        line = pt_str_trim(line);
        if (pt_str_starts(line, PT_STR("["))) {
            within = pt_str_starts(line, PT_STR("[["));
            pt_str name = pt_str_sub(line, 2, pt_str_find(line, ']'));
            bool deps = pt_str_starts(name, PT_STR("deps."));
            place *to = within ? PT_PUSH(j->r->a, &j->places) : NULL;
            if (within && !to)
                return no_memory(e);
            if (to)
                *to = (place){pt_str_sub(name, deps ? 5 : 0, name.n), n, n};
        } else if (within && line.n)
            j->places.v[j->places.n - 1].line_end = n;
    }
    if (j->places.n > 1)
        qsort(j->places.v, j->places.n, sizeof *j->places.v, by_name);
    return PT_OK;
}

// The i-th table of that name.
static const place *place_of(const julia *j, pt_str name, size_t i) {
    size_t from = 0;
    size_t to = j->places.n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (pt_str_cmp(j->places.v[middle].name, name) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    from += i;
    return from < j->places.n && pt_str_eq(j->places.v[from].name, name) ? &j->places.v[from]
                                                                         : NULL;
}

// -- packages -------------------------------------------------------------------------------------

static pt_code add(julia *j, pt_str name, pt_value table, size_t i, pt_err *e) {
    const place *at = place_of(j, name, i);
    pt_package p = {.name = name,
                    .version = pt_text(pt_getz(table, "version")),
                    .id = pt_text(pt_getz(table, "uuid"))};
    if (!p.version.n)
        p.version = j->version;
    if (at) {
        p.line = at->line;
        p.line_end = at->line_end;
    }
    if (!p.name.n || !p.id.n) {
        pt_fault_add(j->r, p.line,
                     p.name.n ? "a package without a UUID" : "a package without a name");
        return PT_OK;
    }
    pt_value *to = PT_PUSH(j->r->a, &j->tables);
    if (!to)
        return no_memory(e);
    *to = table;
    return pt_graph_add(&j->g, &p, name, e);
}

static pt_code add_all(julia *j, pt_value by_name_of, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(by_name_of) == PT_OBJECT && i < pt_len(by_name_of); i++) {
        pt_value all = pt_val_at(by_name_of, i);
        for (size_t k = 0; !code && pt_tag_of(all) == PT_ARRAY && k < pt_len(all); k++)
            code = add(j, pt_text(pt_key_at(by_name_of, i)), pt_at(all, k), k, e);
    }
    return code ? code : pt_graph_index(&j->g, e);
}

// -- what they need -------------------------------------------------------------------------------

static uint32_t with_uuid(const julia *j, pt_str name, pt_str uuid) {
    size_t n;
    const uint32_t *all = pt_graph_all(&j->g, name, &n);
    for (size_t i = 0; i < n; i++)
        if (pt_str_eq(j->g.nodes.v[all[i]].package.id, uuid))
            return all[i];
    return PT_GRAPH_NONE;
}

// A name alone must be the name of one.
static uint32_t alone(julia *j, uint32_t node, pt_str name) {
    size_t n;
    const uint32_t *all = pt_graph_all(&j->g, name, &n);
    if (n > 1)
        pt_fault_add(j->r, j->g.nodes.v[node].package.line,
                     "needs a package by a name that several have");
    return n == 1 ? all[0] : PT_GRAPH_NONE;
}

// An array of names, or a table of names to UUIDs.
static pt_code need_all(julia *j, uint32_t node, pt_err *e) {
    pt_value all = pt_getz(j->tables.v[node], "deps");
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(all); i++) {
        uint32_t needed = pt_tag_of(all) == PT_OBJECT
                              ? with_uuid(j, pt_text(pt_key_at(all, i)), pt_text(pt_val_at(all, i)))
                              : alone(j, node, pt_text(pt_at(all, i)));
        code = pt_graph_need(&j->g, node, needed, e);
    }
    return code;
}

// -- what the project asks for, by Project.toml ---------------------------------------------------

static void ask_table(julia *j, pt_value table, bool develop) {
    for (size_t i = 0; pt_tag_of(table) == PT_OBJECT && i < pt_len(table); i++) {
        uint32_t node = with_uuid(j, pt_text(pt_key_at(table, i)), pt_text(pt_val_at(table, i)));
        if (node != PT_GRAPH_NONE)
            pt_graph_ask(&j->g, node, develop);
    }
}

static pt_code relate(julia *j, pt_err *e) {
    pt_value project;
    pt_code code = pt_document_beside(j->r, "Project.toml", &project, e);
    j->g.related = !code && pt_defined(project);
    ask_table(j, pt_getz(project, "deps"), false);
    ask_table(j, pt_getz(project, "extras"), true); // of its tests
    return code;
}

pt_code pt_read_julia_manifest(pt_read *r, pt_str text, pt_err *e) {
    julia j = {.r = r, .g = {.a = r->a}};
    pt_value v;
    pt_code code = pt_document_toml(r, text, &v, e);
    if (code || !pt_defined(v))
        return code;
    pt_format_check(r, pt_getz(v, "manifest_format"), 1, 2);
    bool second = pt_defined(pt_getz(v, "manifest_format"));
    j.version = pt_text(pt_getz(v, "julia_version"));
    code = find_places(&j, text, e);
    code = code ? code : add_all(&j, second ? pt_getz(v, "deps") : v, e);
    for (uint32_t i = 0; !code && i < j.g.nodes.n; i++)
        code = need_all(&j, i, e);
    code = code ? code : relate(&j, e);
    return code ? code : pt_graph_put(&j.g, r, e);
}
