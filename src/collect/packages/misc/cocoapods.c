// Podfile.lock: PODS is a list of "Name (version)", or of one such key to the names that it needs.
// DEPENDENCIES lists what the project asks for.
#include <stdio.h>

#include "collect/packages/document.h"
#include "collect/packages/graph.h"
#include "collect/packages/misc/misc.h"
#include "value/yaml.h"

typedef struct pods {
    pt_read *r;
    const pt_yaml_places *places;
    pt_graph g;
    PT_VEC(pt_value) needs; // by node
} pods;

// "Name (= 1.2)": the name.
static pt_str name_of(pt_str s) {
    return pt_str_trim(pt_str_sub(s, 0, pt_str_find_str(s, PT_STR(" ("))));
}

static uint32_t line_of(const pods *p, size_t i) {
    char path[64];
    uint32_t line = 0;
    uint32_t column = 0;
    PT_IGNORE(snprintf(path, sizeof path, "PODS[%zu]", i) < 0); // it has the room
    if (p->places)
        pt_yaml_places_find(p->places, pt_str_of(path), &line, &column);
    return line;
}

static pt_code add(pods *p, pt_value item, uint32_t line, pt_err *e) {
    bool object = pt_tag_of(item) == PT_OBJECT && pt_len(item) == 1;
    pt_str text = pt_text(object ? pt_key_at(item, 0) : item);
    size_t open = pt_str_find_str(text, PT_STR(" ("));
    size_t close = pt_str_rfind(text, ')');
    pt_package one = {.name = name_of(text), .line = line};
    if (open < text.n && close < text.n)
        one.version = pt_str_trim(pt_str_sub(text, open + 2, close));
    if (!one.name.n || !one.version.n) {
        pt_fault_add(p->r, line, "not a pod and its version");
        return PT_OK;
    }
    pt_value *needs = PT_PUSH(p->r->a, &p->needs);
    if (!needs)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *needs = object ? pt_val_at(item, 0) : pt_undefined();
    return pt_graph_add(&p->g, &one, one.name, e);
}

static pt_code need_all(pods *p, pt_err *e) {
    pt_code code = PT_OK;
    for (uint32_t i = 0; i < p->g.nodes.n; i++)
        for (size_t k = 0; !code && k < pt_len(p->needs.v[i]); k++) {
            pt_str name = name_of(pt_text(pt_at(p->needs.v[i], k)));
            code = pt_graph_need(&p->g, i, pt_graph_find(&p->g, name, (pt_str){0}), e);
        }
    return code;
}

static void ask_all(pods *p, pt_value asked) {
    p->g.related = pt_len(asked) > 0;
    for (size_t i = 0; i < pt_len(asked); i++) {
        pt_str name = name_of(pt_text(pt_at(asked, i)));
        uint32_t node = pt_graph_find(&p->g, name, (pt_str){0});
        if (node != PT_GRAPH_NONE)
            pt_graph_ask(&p->g, node, false);
    }
}

static pt_code read_pods(pods *p, pt_value v, pt_err *e) {
    pt_value all = pt_getz(v, "PODS");
    pt_code code = PT_OK;
    if (pt_tag_of(all) != PT_ARRAY && pt_tag_of(all) != PT_NULL)
        pt_fault_add(p->r, 1, "no pods");
    for (size_t i = 0; !code && pt_tag_of(all) == PT_ARRAY && i < pt_len(all); i++)
        code = add(p, pt_at(all, i), line_of(p, i), e);
    code = code ? code : pt_graph_index(&p->g, e);
    code = code ? code : need_all(p, e);
    if (code)
        return code;
    ask_all(p, pt_getz(v, "DEPENDENCIES"));
    return pt_graph_put(&p->g, p->r, e);
}

pt_code pt_read_podfile_lock(pt_read *r, pt_str text, pt_err *e) {
    pt_value v;
    pt_yaml_places *places;
    pt_code code = pt_document_yaml(r, text, &v, &places, e);
    pods p = {.r = r, .places = places, .g = {.a = r->a}};
    if (!code && pt_defined(v))
        code = read_pods(&p, v, e);
    pt_yaml_places_free(places);
    return code;
}
