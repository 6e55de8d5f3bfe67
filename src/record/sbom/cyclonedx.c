// CycloneDX 1.6 (ECMA-424). Properties of our own begin with "paratia:".
#include "record/sbom/impl.h"

static void property(pt_list *l, const char *name, pt_str value) {
    if (!value.n)
        return;
    pt_obj o = {.a = l->a};
    pt_obj_set(&o, "name", pt_stringz(name));
    pt_obj_set(&o, "value", pt_string(value));
    pt_list_add(l, pt_obj_end(&o));
}

static void number(pt_list *l, const char *name, int64_t n) {
    if (n)
        property(l, name, pt_arena_printf(l->a, "%lld", (long long)n));
}

static void put_list(pt_obj *o, const char *key, pt_list *l) {
    pt_value v = pt_list_end(l);
    pt_obj_maybe(o, key, pt_len(v) ? v : pt_undefined());
}

// -- components -----------------------------------------------------------------------------------

typedef struct said {
    pt_str licence;
    bool alone;
    bool concluded; // nobody declares it: it was recognised
} said;

// {"license": {"id"}} for what the schema's list has, {"expression"}, else {"license": {"name"}}.
static pt_value licence(pt_arena *a, const said *of) {
    pt_str s = of->licence;
    pt_value by = of->concluded ? pt_stringz("concluded") : pt_undefined();
    pt_licence l = {0};
    pt_obj o = {.a = a};
    pt_obj inner = {.a = a};
    bool read = s.n && pt_licence_parse(a, s, &l, NULL) == PT_OK;
    bool id = read && l.single && l.listed && !pt_str_ends(l.text, PT_STR("+")) &&
              pt_str_find(l.text, ':') == l.text.n && !pt_str_starts(l.text, PT_STR("LicenseRef-"));
    if (read && !id && (l.listed || of->concluded) && of->alone) {
        pt_obj_set(&o, "expression", pt_string(l.text));
        pt_obj_maybe(&o, "acknowledgement", by);
        return pt_obj_end(&o);
    }
    pt_obj_set(&inner, id ? "id" : "name", pt_string(id ? l.text : s));
    pt_obj_maybe(&inner, "acknowledgement", by);
    pt_obj_set(&o, "license", pt_obj_end(&inner));
    return pt_obj_end(&o);
}

static void put_licences(pt_obj *o, pt_value package) {
    pt_value list = pt_getz(package, "licences");
    pt_str recognised = pt_sbom_text(pt_getz(package, "recognised"), "expression");
    pt_list l = {.a = o->a};
    for (size_t i = 0; i < pt_len(list); i++) {
        const said one = {.licence = pt_text(pt_at(list, i)), .alone = pt_len(list) == 1};
        if (one.licence.n)
            pt_list_add(&l, licence(o->a, &one));
    }
    if (!l.items.n && recognised.n)
        pt_list_add(&l, licence(o->a, &(said){recognised, true, true}));
    put_list(o, "licenses", &l);
}

static void put_hash(pt_obj *o, pt_str digest) {
    pt_sbom_hash h;
    pt_list l = {.a = o->a};
    pt_obj one = {.a = o->a};
    if (!pt_sbom_hash_of(digest, &h))
        return;
    pt_obj_set(&one, "alg", pt_stringz(h.cyclonedx));
    pt_obj_set(&one, "content", pt_string(h.hex));
    pt_list_add(&l, pt_obj_end(&one));
    put_list(o, "hashes", &l);
}

// What its files say, whatever it declares.
static void put_recognised(pt_obj *evidence, pt_value package) {
    pt_str recognised = pt_sbom_text(pt_getz(package, "recognised"), "expression");
    pt_list l = {.a = evidence->a};
    if (recognised.n)
        pt_list_add(&l, licence(evidence->a, &(said){recognised, true, true}));
    put_list(evidence, "licenses", &l);
}

static void put_evidence(pt_obj *o, pt_value package) {
    pt_str file = pt_sbom_text(package, "file");
    pt_value line = pt_at(pt_getz(package, "lines"), 0);
    pt_list l = {.a = o->a};
    pt_obj one = {.a = o->a};
    pt_obj evidence = {.a = o->a};
    if (!file.n)
        return;
    pt_obj_set(&one, "location", pt_string(file));
    pt_obj_maybe(&one, "line", line);
    pt_list_add(&l, pt_obj_end(&one));
    put_list(&evidence, "occurrences", &l);
    put_recognised(&evidence, package);
    pt_obj_set(o, "evidence", pt_obj_end(&evidence));
}

static pt_str diff_id_of(const pt_sbom *s, int64_t layer) {
    pt_value layers = pt_getz(s->doc, "layers");
    for (size_t i = 0; i < pt_len(layers); i++)
        if (pt_sbom_whole(pt_at(layers, i), "layer") == layer)
            return pt_sbom_text(pt_at(layers, i), "diff_id");
    return (pt_str){0};
}

static void tell(void *to, pt_str name, pt_str value) {
    property(to, name.p, value);
}

static pt_value properties(const pt_sbom *s, const pt_sbom_item *i, bool guessed) {
    static const char *const keys[][2] = {{"architecture", "paratia:architecture"},
                                          {"source", "paratia:source"},
                                          {"source_version", "paratia:source_version"},
                                          {"id", "paratia:id"},
                                          {"relationship", "paratia:relationship"}};
    pt_list l = {.a = s->a};
    property(&l, "paratia:cpe", guessed ? PT_STR("guessed") : (pt_str){0});
    property(&l, "paratia:type", pt_sbom_text(i->package, "type"));
    for (size_t k = 0; k < PT_COUNT(keys); k++)
        property(&l, keys[k][1], pt_sbom_text(i->package, keys[k][0]));
    pt_sbom_package_facts(s->a, i->package, tell, &l);
    int64_t layer = pt_sbom_whole(i->package, "layer");
    number(&l, "paratia:layer", layer);
    property(&l, "paratia:layer:diff_id", diff_id_of(s, layer));
    return pt_list_end(&l);
}

static pt_value component(const pt_sbom *s, const pt_sbom_item *i) {
    pt_obj o = {.a = s->a};
    pt_str cpe = pt_sbom_cpe(s->a, i->package);
    pt_obj_set(&o, "type", pt_stringz("library"));
    pt_obj_set(&o, "bom-ref", pt_string(i->ref));
    pt_obj_set(&o, "name", pt_string(pt_sbom_text(i->package, "name")));
    pt_sbom_put(&o, "version", pt_sbom_text(i->package, "version"));
    pt_sbom_put(&o, "purl", i->purl);
    pt_sbom_put(&o, "cpe", cpe);
    pt_obj_maybe(&o, "scope",
                 pt_true(pt_getz(i->package, "dev")) ? pt_stringz("excluded") : pt_undefined());
    put_licences(&o, i->package);
    put_hash(&o, pt_sbom_text(i->package, "digest"));
    put_evidence(&o, i->package);
    pt_obj_set(&o, "properties", properties(s, i, cpe.n > 0));
    return pt_obj_end(&o);
}

static pt_value system_component(const pt_sbom *s) {
    pt_obj o = {.a = s->a};
    pt_list l = {.a = s->a};
    pt_str id = pt_sbom_text(s->os, "id");
    pt_obj_set(&o, "type", pt_stringz("operating-system"));
    pt_obj_set(&o, "bom-ref", pt_string(s->os_ref));
    pt_obj_set(&o, "name", pt_string(id.n ? id : PT_STR("unknown")));
    pt_sbom_put(&o, "version", pt_sbom_text(s->os, "version"));
    pt_sbom_put(&o, "description", pt_sbom_text(s->os, "name"));
    pt_sbom_system_facts(s->a, s->os, tell, &l);
    number(&l, "paratia:layer", pt_sbom_whole(s->os, "layer"));
    put_evidence(&o, s->os);
    put_list(&o, "properties", &l);
    return pt_obj_end(&o);
}

static pt_value components(const pt_sbom *s) {
    pt_list l = {.a = s->a};
    if (pt_defined(s->os))
        pt_list_add(&l, system_component(s));
    for (size_t i = 0; i < s->n; i++)
        pt_list_add(&l, component(s, &s->items[i]));
    return pt_list_end(&l);
}

// -- metadata -------------------------------------------------------------------------------------

static pt_value tool(pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "type", pt_stringz("application"));
    pt_obj_set(&o, "name", pt_stringz("paratia"));
    pt_obj_set(&o, "version", pt_stringz(PT_VERSION));
    return pt_obj_end(&o);
}

static pt_value subject(const pt_sbom *s) {
    static const char *const keys[][2] = {{"manifest", "paratia:image:manifest"},
                                          {"config", "paratia:image:config"},
                                          {"os", "paratia:image:os"},
                                          {"architecture", "paratia:image:architecture"},
                                          {"variant", "paratia:image:variant"},
                                          {"created", "paratia:image:created"}};
    pt_obj o = {.a = s->a};
    pt_list l = {.a = s->a};
    pt_value names = pt_getz(s->image, "names");
    pt_value layers = pt_getz(s->doc, "layers");
    static const char *const types[] = {[PT_SBOM_IMAGE] = "container",
                                        [PT_SBOM_SYSTEM] = "platform",
                                        [PT_SBOM_SOURCES] = "application"};
    pt_obj_set(&o, "type", pt_stringz(types[pt_sbom_subject_of(s)]));
    pt_obj_set(&o, "bom-ref", pt_string(s->ref));
    pt_obj_set(&o, "name", pt_string(s->name));
    pt_sbom_put(&o, "version", pt_sbom_text(s->image, "manifest"));
    pt_sbom_put(&o, "purl", s->purl);
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        property(&l, keys[i][1], pt_sbom_text(s->image, keys[i][0]));
    for (size_t i = 1; i < pt_len(names); i++)
        property(&l, "paratia:image:name", pt_text(pt_at(names, i)));
    for (size_t i = 0; i < pt_len(layers); i++) {
        pt_str diff_id = pt_sbom_text(pt_at(layers, i), "diff_id");
        property(&l, "paratia:layer:diff_id", diff_id.n ? diff_id : PT_STR("not read"));
    }
    put_list(&o, "properties", &l);
    return pt_obj_end(&o);
}

static pt_value metadata(const pt_sbom *s) {
    pt_obj o = {.a = s->a};
    pt_obj tools = {.a = s->a};
    pt_list l = {.a = s->a};
    pt_list_add(&l, tool(s->a));
    pt_obj_set(&tools, "components", pt_list_end(&l));
    pt_obj_set(&o, "timestamp", pt_string(s->time));
    pt_obj_set(&o, "tools", pt_obj_end(&tools));
    pt_obj_set(&o, "component", subject(s));
    return pt_obj_end(&o);
}

// -- what needs what ------------------------------------------------------------------------------

static void edge(pt_list *l, pt_str ref, pt_list *on) {
    pt_obj o = {.a = l->a};
    pt_obj_set(&o, "ref", pt_string(ref));
    put_list(&o, "dependsOn", on);
    pt_list_add(l, pt_obj_end(&o));
}

// What hangs at the system, or at the image: what no other package needs.
static void edge_to_top(const pt_sbom *s, pt_list *l, pt_str ref, bool of_system) {
    bool has_os = pt_defined(s->os);
    pt_list on = {.a = s->a};
    if (has_os && !of_system)
        pt_list_add(&on, pt_string(s->os_ref));
    for (size_t i = 0; i < s->n; i++)
        if (!s->items[i].needed && (has_os && s->items[i].of_system) == of_system)
            pt_list_add(&on, pt_string(s->items[i].ref));
    edge(l, ref, &on);
}

static pt_value dependencies(const pt_sbom *s) {
    pt_list l = {.a = s->a};
    edge_to_top(s, &l, s->ref, false);
    if (pt_defined(s->os))
        edge_to_top(s, &l, s->os_ref, true);
    for (size_t i = 0; i < s->n; i++) {
        pt_value needs = s->items[i].needs;
        pt_list on = {.a = s->a};
        for (size_t k = 0; k < pt_len(needs); k++) {
            int64_t at = 0;
            if (pt_to_int(pt_at(needs, k), &at))
                pt_list_add(&on, pt_string(s->items[at].ref));
        }
        if (pt_defined(needs))
            edge(&l, s->items[i].ref, &on);
    }
    return pt_list_end(&l);
}

// -- what is missing ------------------------------------------------------------------------------

static pt_value subjects(const pt_sbom *s) {
    const pt_value ref = pt_string(s->ref);
    return pt_array_of(s->a, &ref, 1);
}

// What was read is all there is of what it reads; whether there is more, nobody knows.
static pt_value compositions(const pt_sbom *s) {
    pt_obj o = {.a = s->a};
    pt_list l = {.a = s->a};
    pt_obj_set(&o, "aggregate", pt_stringz(pt_len(s->problems) ? "incomplete" : "unknown"));
    pt_obj_set(&o, "assemblies", subjects(s));
    pt_list_add(&l, pt_obj_end(&o));
    return pt_list_end(&l);
}

static pt_value annotations(const pt_sbom *s) {
    pt_list l = {.a = s->a};
    for (size_t i = 0; i < pt_len(s->problems); i++) {
        pt_obj o = {.a = s->a};
        pt_obj who = {.a = s->a};
        pt_obj_set(&who, "component", tool(s->a));
        pt_obj_set(&o, "subjects", subjects(s));
        pt_obj_set(&o, "annotator", pt_obj_end(&who));
        pt_obj_set(&o, "timestamp", pt_string(s->time));
        pt_obj_set(&o, "text", pt_at(s->problems, i));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

pt_value pt_sbom_cyclonedx(const pt_sbom *s) {
    pt_obj o = {.a = s->a};
    pt_str serial = pt_arena_printf(s->a, "urn:uuid:%.*s", PT_PRI(s->uuid));
    pt_obj_set(&o, "$schema", pt_stringz("http://cyclonedx.org/schema/bom-1.6.schema.json"));
    pt_obj_set(&o, "bomFormat", pt_stringz("CycloneDX"));
    pt_obj_set(&o, "specVersion", pt_stringz("1.6"));
    pt_obj_set(&o, "serialNumber", pt_string(serial));
    pt_obj_set(&o, "version", pt_int(1));
    pt_obj_set(&o, "metadata", metadata(s));
    pt_obj_set(&o, "components", components(s));
    pt_obj_set(&o, "dependencies", dependencies(s));
    pt_obj_set(&o, "compositions", compositions(s));
    if (pt_len(s->problems))
        pt_obj_set(&o, "annotations", annotations(s));
    return pt_obj_end(&o);
}
