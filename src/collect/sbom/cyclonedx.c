// CycloneDX 1.2 to 1.7, JSON, with the properties of Syft, of Trivy and of our own bills.
#include "collect/sbom/impl.h"

// A named value of a component; empty: it has none of this name.
static pt_str property(pt_value component, const char *name) {
    pt_value list = pt_bill_list(component, "properties");
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_eqz(pt_bill_text(pt_at(list, i), "name"), name))
            return pt_bill_text(pt_at(list, i), "value");
    return (pt_str){0};
}

static pt_str first_property(pt_value component, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pt_str s = property(component, names[i]);
        if (s.n)
            return s;
    }
    return (pt_str){0};
}

static bool typed(pt_value component, const char *type) {
    return pt_str_eqz(pt_bill_text(component, "type"), type);
}

// -- what a component says ------------------------------------------------------------------------

static void put_licences(pt_bill_item *i, pt_value component) {
    pt_value list = pt_bill_list(component, "licenses");
    for (size_t k = 0; k < pt_len(list); k++) {
        pt_value choice = pt_at(list, k);
        pt_value licence = pt_getz(choice, "license");
        pt_str said = pt_bill_text(choice, "expression");
        said = said.n ? said : pt_bill_text(licence, "id");
        said = said.n ? said : pt_bill_text(licence, "name");
        if (said.n)
            pt_list_add(&i->licences, pt_string(said));
    }
}

// Trivy tells the parts of a source's version one by one.
static void put_source(pt_bill *b, pt_bill_item *i, pt_value c) {
    static const char *const sources[] = {"paratia:source", "aquasecurity:trivy:SrcName",
                                          "syft:metadata:source", "syft:metadata:originPackage"};
    static const char *const versions[] = {"paratia:source_version", "syft:metadata:sourceVersion"};
    pt_str source = first_property(c, sources, PT_COUNT(sources));
    pt_str version = first_property(c, versions, PT_COUNT(versions));
    pt_str trivy = property(c, "aquasecurity:trivy:SrcVersion");
    pt_str release = property(c, "aquasecurity:trivy:SrcRelease");
    pt_str epoch = property(c, "aquasecurity:trivy:SrcEpoch");
    if (!version.n && trivy.n)
        version = pt_arena_printf(b->a, "%.*s%s%.*s%s%.*s", PT_PRI(epoch), epoch.n ? ":" : "",
                                  PT_PRI(trivy), release.n ? "-" : "", PT_PRI(release));
    if (source.n) {
        i->source = source;
        i->source_version = version.n ? version : i->version;
    }
}

static void put_place(pt_bill *b, pt_bill_item *i, pt_value c) {
    static const char *const paths[] = {"aquasecurity:trivy:FilePath", "syft:location:0:path"};
    pt_value seen = pt_at(pt_bill_list(pt_getz(c, "evidence"), "occurrences"), 0);
    pt_str file = pt_bill_text(seen, "location");
    int64_t line = 0;
    i->file = pt_bill_path(file.n ? file : first_property(c, paths, PT_COUNT(paths)));
    PT_IGNORE(pt_str_int(property(c, "paratia:layer"), 10, &i->layer)); // 0: it is not told
    if (pt_to_int(pt_getz(seen, "line"), &line) && line > 0) {
        const pt_value lines[] = {pt_int(line), pt_int(line)};
        i->lines = pt_array_of(b->a, lines, 2);
    }
}

static void put_more(pt_bill *b, pt_bill_item *i, pt_value c) {
    static const pt_str prefix = PT_STR("paratia:more:");
    pt_value list = pt_bill_list(c, "properties");
    pt_obj o = {.a = b->a};
    for (size_t k = 0; k < pt_len(list); k++) {
        pt_str name = pt_bill_text(pt_at(list, k), "name");
        pt_str key = pt_arena_str(b->a, pt_str_sub(name, prefix.n, name.n));
        if (pt_str_starts(name, prefix) && key.n)
            pt_bill_put(&o, key.p, pt_bill_text(pt_at(list, k), "value"));
    }
    pt_str module = property(c, "aquasecurity:trivy:Modularitylabel");
    pt_bill_put(&o, "module", module);
    if (o.pairs.n)
        i->more = pt_obj_end(&o);
}

static void put_package(pt_bill *b, pt_value c) {
    pt_bill_item *i = pt_bill_add(b);
    if (!i)
        return;
    pt_str purl = pt_bill_text(c, "purl");
    if (!pt_bill_purl(b, i, purl)) {
        b->items.n--;
        pt_bill_unmapped(b, pt_bill_text(c, "name"));
        return;
    }
    pt_value hashes = pt_bill_list(c, "hashes");
    for (size_t k = 0; k < pt_len(hashes); k++)
        pt_bill_digest(b, i, pt_bill_text(pt_at(hashes, k), "alg"),
                       pt_bill_text(pt_at(hashes, k), "content"));
    i->ref = pt_bill_text(c, "bom-ref");
    i->relationship = property(c, "paratia:relationship");
    i->owner = property(c, "paratia:owner");
    i->owner_content = property(c, "paratia:owner:content");
    i->dev = pt_str_eqz(pt_bill_text(c, "scope"), "excluded");
    put_licences(i, c);
    put_source(b, i, c);
    put_place(b, i, c);
    put_more(b, i, c);
}

static void put_system(pt_bill *b, pt_value c) {
    static const char *const ids[] = {"syft:distro:id"};
    static const char *const versions[] = {"syft:distro:versionID"};
    static const struct {
        const char *key, *ours, *syft;
    } more[] = {{"id_like", "paratia:os:id_like", "syft:distro:idLike:0"},
                {"distribution", "paratia:os:distribution", "syft:distro:name"},
                {"codename", "paratia:os:codename", "syft:distro:versionCodename"}};
    pt_str id = first_property(c, ids, PT_COUNT(ids));
    pt_str version = first_property(c, versions, PT_COUNT(versions));
    pt_str file =
        pt_bill_text(pt_at(pt_bill_list(pt_getz(c, "evidence"), "occurrences"), 0), "location");
    b->os = (pt_obj){.a = b->a}; // what a package URL said of it is forgotten
    pt_bill_put(&b->os, "id", id.n ? id : pt_bill_text(c, "name"));
    pt_bill_put(&b->os, "version", version.n ? version : pt_bill_text(c, "version"));
    for (size_t i = 0; i < PT_COUNT(more); i++) {
        const char *const names[] = {more[i].ours, more[i].syft};
        pt_bill_put(&b->os, more[i].key, first_property(c, names, 2));
    }
    pt_str pretty = property(c, "syft:distro:prettyName");
    pt_bill_put(&b->os, "name", pretty.n ? pretty : pt_bill_text(c, "description"));
    pt_bill_put(&b->os, "file", pt_bill_path(file));
}

// What is listed beside packages and is none.
static bool no_package(pt_value c) {
    static const char *const types[] = {"file",
                                        "data",
                                        "device",
                                        "device-driver",
                                        "firmware",
                                        "platform",
                                        "machine-learning-model",
                                        "cryptographic-asset"};
    for (size_t i = 0; i < PT_COUNT(types); i++)
        if (typed(c, types[i]) && !pt_bill_text(c, "purl").n)
            return true;
    return false;
}

static void put_component(pt_bill *b, pt_value c) {
    if (typed(c, "operating-system"))
        put_system(b, c);
    else if (typed(c, "application") && property(c, "aquasecurity:trivy:Type").n &&
             !pt_bill_text(c, "purl").n)
        pt_bill_holder_add(b, pt_bill_text(c, "bom-ref"), pt_bill_path(pt_bill_text(c, "name")));
    else if (!no_package(c))
        put_package(b, c);
}

// Components may hold components, as deep as JSON may be.
static void put_components(pt_bill *b, pt_value list) {
    struct {
        pt_value list;
        size_t at;
    } stack[PT_BILL_DEPTH_MAX] = {{list, 0}};
    size_t depth = 1;
    while (depth && !b->full) {
        pt_value c = pt_at(stack[depth - 1].list, stack[depth - 1].at++);
        if (!pt_defined(c)) {
            depth--;
            continue;
        }
        put_component(b, c);
        pt_value inner = pt_bill_list(c, "components");
        if (pt_len(inner) && depth < PT_BILL_DEPTH_MAX) {
            stack[depth].list = inner;
            stack[depth++].at = 0;
        }
    }
}

// -- the image ------------------------------------------------------------------------------------

static bool is_digest(pt_str s) {
    return s.n == 71 && pt_str_starts(s, PT_STR("sha256:"));
}

static void put_image(pt_bill *b, pt_value c) {
    static const char *const manifests[] = {"paratia:image:manifest"};
    static const char *const configs[] = {"paratia:image:config", "aquasecurity:trivy:ImageID"};
    static const char *const ours[][2] = {{"os", "paratia:image:os"},
                                          {"architecture", "paratia:image:architecture"},
                                          {"variant", "paratia:image:variant"},
                                          {"created", "paratia:image:created"}};
    pt_str manifest = first_property(c, manifests, PT_COUNT(manifests));
    pt_str digest = property(c, "aquasecurity:trivy:RepoDigest");
    pt_str version = pt_bill_text(c, "version");
    digest = pt_str_sub(digest, pt_str_rfind(digest, '@') + 1, digest.n);
    pt_str named = pt_bill_image_purl(b, pt_bill_text(c, "purl"));
    manifest = manifest.n ? manifest : is_digest(version) ? version : digest;
    manifest = manifest.n ? manifest : named;
    if (pt_bill_text(c, "name").n)
        pt_list_add(&b->names, pt_getz(c, "name"));
    pt_bill_put(&b->image, "manifest", is_digest(manifest) ? manifest : (pt_str){0});
    pt_str config = first_property(c, configs, PT_COUNT(configs));
    pt_bill_put(&b->image, "config", is_digest(config) ? config : (pt_str){0});
    for (size_t i = 0; i < PT_COUNT(ours); i++)
        pt_bill_put(&b->image, ours[i][0], property(c, ours[i][1]));
}

// Of an image, or of a package that the others were made for.
static void put_subject(pt_bill *b, pt_value c) {
    size_t before = b->items.n;
    b->is_image = typed(c, "container");
    b->name = pt_bill_text(c, "name");
    if (b->is_image)
        put_image(b, c);
    else if (typed(c, "operating-system"))
        put_system(b, c);
    else if (pt_bill_text(c, "purl").n)
        put_package(b, c);
    if (b->items.n > before)
        b->items.v[before].relationship = PT_STR("root");
}

static void put_created(pt_bill *b, pt_value metadata) {
    bool told = property(pt_getz(metadata, "component"), "paratia:image:created").n > 0;
    pt_bill_put(&b->image, "created", !told ? pt_bill_text(metadata, "timestamp") : (pt_str){0});
}

// -- what it says of itself -----------------------------------------------------------------------

static void put_edges(pt_bill *b, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value on = pt_bill_list(pt_at(list, i), "dependsOn");
        for (size_t k = 0; k < pt_len(on); k++)
            pt_bill_edge_add(b, pt_bill_text(pt_at(list, i), "ref"), pt_text(pt_at(on, k)), false);
    }
}

// Our own annotations say why; others' bills say only that they are incomplete.
static void put_gaps(pt_bill *b) {
    pt_value notes = pt_bill_list(b->doc, "annotations");
    pt_value parts = pt_bill_list(b->doc, "compositions");
    size_t before = b->problems.items.n;
    for (size_t i = 0; i < pt_len(notes); i++) {
        pt_value who = pt_getz(pt_getz(pt_at(notes, i), "annotator"), "component");
        if (pt_str_eqz(pt_bill_text(who, "name"), "paratia"))
            pt_bill_told(b, pt_bill_text(pt_at(notes, i), "text"));
    }
    for (size_t i = 0; i < pt_len(parts) && b->problems.items.n == before; i++)
        if (pt_str_starts(pt_bill_text(pt_at(parts, i), "aggregate"), PT_STR("incomplete")))
            pt_bill_problem(b, PT_STR("the bill says that it is incomplete"));
}

void pt_bill_cyclonedx(pt_bill *b) {
    pt_value metadata = pt_getz(b->doc, "metadata");
    pt_value subject = pt_getz(metadata, "component");
    put_subject(b, subject);
    put_created(b, metadata);
    put_components(b, pt_bill_list(subject, "components"));
    put_components(b, pt_bill_list(b->doc, "components"));
    put_edges(b, pt_bill_list(b->doc, "dependencies"));
    put_gaps(b);
}
