// conda: conda-meta/NAME-VERSION-BUILD.json of what is installed, and environment.yml.
#include <stdio.h>

#include "collect/packages/document.h"
#include "collect/packages/python/python.h"
#include "value/yaml.h"

pt_code pt_read_conda_meta(pt_read *r, pt_str text, pt_err *e) {
    pt_value v;
    pt_code code = pt_read_json(r, &text, &v, e);
    if (code || !pt_defined(v))
        return code;
    pt_package p = {.name = pt_text(pt_getz(v, "name")), .version = pt_text(pt_getz(v, "version"))};
    pt_str sha256 = pt_text(pt_getz(v, "sha256"));
    pt_value licence = pt_getz(v, "license");
    if (!p.name.n || !p.version.n) {
        pt_fault_add(r, 1, p.name.n ? "a package without a version" : "a package without a name");
        return PT_OK;
    }
    if (sha256.n)
        p.digest = pt_arena_printf(r->a, "sha256:%.*s", PT_PRI(sha256));
    if (pt_text(licence).n)
        p.licences = pt_array_of(r->a, &licence, 1);
    return pt_package_add(r, &p, e);
}

// -- environment.yml ------------------------------------------------------------------------------

// What "[version='1.2', build=x]" behind a name says of the version; empty: nothing.
static pt_str version_within(pt_str brackets) {
    const pt_str key = PT_STR("version=");
    size_t at = pt_str_find_str(brackets, key);
    pt_str value = pt_str_trim(pt_str_sub(brackets, at + key.n, brackets.n));
    bool quoted = value.n && (value.p[0] == '\'' || value.p[0] == '"');
    if (quoted)
        return pt_str_sub(value, 1, 1 + pt_str_find(pt_str_sub(value, 1, value.n), value.p[0]));
    size_t end = pt_str_find(value, ',');
    size_t close = pt_str_find(value, ']');
    return pt_str_trim(pt_str_sub(value, 0, end < close ? end : close));
}

// "channel::name=1.2=build", "name 1.2", "name>=1", "name[version=1.2]"; only one version is a
// version (docs.conda.io, "Package match specifications").
static void put_spec(pt_str spec, pt_package *p) {
    size_t channel = pt_str_find_str(spec, PT_STR("::"));
    if (channel < spec.n)
        spec = pt_str_sub(spec, channel + 2, spec.n);
    size_t n = 0;
    while (n < spec.n && pt_str_find(PT_STR("=<>!~ [("), spec.p[n]) == 8)
        n++;
    p->name = pt_str_trim(pt_str_sub(spec, 0, n));
    pt_str rest = pt_str_trim(pt_str_sub(spec, n, spec.n));
    size_t brackets = pt_str_find(rest, '[');
    if (brackets < rest.n) {
        pt_str within = version_within(pt_str_sub(rest, brackets, rest.n));
        rest = within.n ? within : pt_str_trim(pt_str_sub(rest, 0, brackets));
    }
    while (rest.n && rest.p[0] == '=')
        rest = pt_str_sub(rest, 1, rest.n);
    rest = pt_str_trim(pt_str_sub(rest, 0, pt_str_find(rest, '=')));
    pt_str word = rest;
    if (pt_str_word(&word, &rest) && rest.p[0] >= '0' && rest.p[0] <= '9' &&
        pt_str_find(rest, '*') == rest.n && pt_str_find(rest, ',') == rest.n &&
        pt_str_find(rest, '|') == rest.n)
        p->version = rest;
}

typedef struct environment {
    pt_read *r;
    const pt_yaml_places *places;
} environment;

static uint32_t line_of(const environment *v, const char *path) {
    uint32_t line = 0;
    uint32_t column = 0;
    if (v->places)
        pt_yaml_places_find(v->places, pt_str_of(path), &line, &column);
    return line;
}

static pt_code put_pip(const environment *v, pt_str line, uint32_t n, pt_err *e) {
    pt_python_requirement q;
    if (!pt_python_require(line, &q))
        return PT_OK; // an option
    if (q.name.p[0] == '-') {
        bool more = pt_str_starts(line, PT_STR("-r")) || pt_str_starts(line, PT_STR("-e"));
        if (more)
            pt_fault_add(v->r, n, "packages of pip that stand elsewhere");
        return PT_OK;
    }
    pt_package p = {.type = PT_STR("pypi"), .name = q.name, .line = n};
    if (pt_str_starts(q.version, PT_STR("==")))
        p.version = pt_str_trim(pt_str_sub(q.version, 2, q.version.n));
    return pt_package_add(v->r, &p, e);
}

static pt_code put_item(const environment *v, pt_value item, size_t i, pt_err *e) {
    char path[64];
    pt_value pip = pt_getz(item, "pip");
    pt_code code = PT_OK;
    PT_IGNORE(snprintf(path, sizeof path, "dependencies[%zu]", i) < 0); // it has the room
    pt_package p = {.line = line_of(v, path)};
    put_spec(pt_text(item), &p);
    if (p.name.n)
        return pt_package_add(v->r, &p, e);
    if (pt_tag_of(pip) != PT_ARRAY)
        pt_fault_add(v->r, p.line, "neither a package nor pip's packages");
    for (size_t k = 0; !code && k < pt_len(pip); k++) {
        PT_IGNORE(snprintf(path, sizeof path, "dependencies[%zu].pip[%zu]", i, k) < 0);
        code = put_pip(v, pt_text(pt_at(pip, k)), line_of(v, path), e);
    }
    return code;
}

pt_code pt_read_conda_environment(pt_read *r, pt_str text, pt_err *e) {
    pt_value v;
    pt_yaml_places *places;
    pt_code code = pt_document_yaml(r, text, &v, &places, e);
    environment env = {r, places};
    pt_value all = pt_getz(v, "dependencies");
    if (!code && pt_defined(v) && pt_tag_of(all) != PT_ARRAY)
        pt_fault_add(r, 1, "no list of packages");
    for (size_t i = 0; !code && pt_tag_of(all) == PT_ARRAY && i < pt_len(all); i++)
        code = put_item(&env, pt_at(all, i), i, e);
    pt_yaml_places_free(places);
    return code;
}
