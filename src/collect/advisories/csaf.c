// CSAF 2.0 of distributions (csaf_vex and csaf_security_advisory, as Red Hat and SUSE publish
// them): products and what is part of what in "product_tree", then for each vulnerability which
// products are fixed, affected, not affected. A product is a package in a stream: Red Hat's goes by
// its CPE
// ("Red Hat:enterprise_linux:9::baseos"), SUSE's by its name, as in OSV.
#include <stdlib.h>

#include "collect/advisories/feed_impl.h"

enum {
    PARTS_MAX = 4, // of one another: a package of a module of a stream
};

typedef struct product {
    pt_str id, cpe, purl;
} product;

typedef struct part { // "id" is "component" in "whole"
    pt_str id, component, whole;
} part;

typedef struct remedy {
    pt_str id;
    const char *state;
} remedy;

typedef struct csaf {
    pt_feed *f;
    pt_value doc;
    PT_VEC(product) products;
    PT_VEC(part) parts;
    PT_VEC(remedy) remedies; // of one vulnerability
    pt_list affected;        // likewise
} csaf;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// -- products -------------------------------------------------------------------------------------

// All of them begin with their id, by which they are sorted and found.
static int by_id(const void *a, const void *b) {
    return pt_str_cmp(*(const pt_str *)a, *(const pt_str *)b);
}

static const product *product_of(const csaf *c, pt_str id) {
    return c->products.n ? bsearch(&id, c->products.v, c->products.n, sizeof *c->products.v, by_id)
                         : NULL;
}

static const part *part_of(const csaf *c, pt_str id) {
    return c->parts.n ? bsearch(&id, c->parts.v, c->parts.n, sizeof *c->parts.v, by_id) : NULL;
}

static bool add_product(csaf *c, pt_value v) {
    pt_value helper = pt_getz(v, "product_identification_helper");
    product *to = pt_defined(v) ? PT_PUSH(c->f->a, &c->products) : NULL;
    if (to)
        *to = (product){text_of(v, "product_id"), text_of(helper, "cpe"), text_of(helper, "purl")};
    return to || !pt_defined(v);
}

// Branches within branches, without recursion.
static bool read_branches(csaf *c, pt_value tree) {
    PT_VEC(pt_value) open = {0};
    pt_value *first = PT_PUSH(c->f->a, &open);
    if (!first)
        return false;
    *first = tree;
    while (open.n) {
        pt_value v = open.v[--open.n];
        pt_value branches = pt_getz(v, "branches");
        if (!add_product(c, pt_getz(v, "product")))
            return false;
        for (size_t i = 0; i < pt_len(branches); i++) {
            pt_value *to = PT_PUSH(c->f->a, &open);
            if (!to)
                return false;
            *to = pt_at(branches, i);
        }
    }
    return true;
}

static bool read_parts(csaf *c, pt_value relationships) {
    for (size_t i = 0; i < pt_len(relationships); i++) {
        pt_value v = pt_at(relationships, i);
        part *to = PT_PUSH(c->f->a, &c->parts);
        if (!to)
            return false;
        *to = (part){text_of(pt_getz(v, "full_product_name"), "product_id"),
                     text_of(v, "product_reference"), text_of(v, "relates_to_product_reference")};
    }
    return true;
}

static bool read_tree(csaf *c) {
    pt_value tree = pt_getz(c->doc, "product_tree");
    pt_value names = pt_getz(tree, "full_product_names");
    bool ok = read_branches(c, tree) && read_parts(c, pt_getz(tree, "relationships"));
    for (size_t i = 0; ok && i < pt_len(names); i++)
        ok = add_product(c, pt_at(names, i));
    if (c->products.n)
        qsort(c->products.v, c->products.n, sizeof *c->products.v, by_id);
    if (c->parts.n)
        qsort(c->parts.v, c->parts.n, sizeof *c->parts.v, by_id);
    return ok;
}

// -- a package in a stream ------------------------------------------------------------------------

static pt_str after(pt_str s, const char *prefix) {
    pt_str p = pt_str_of(prefix);
    return pt_str_starts(s, p) ? pt_str_sub(s, p.n, s.n) : (pt_str){0};
}

// Empty: no stream that anybody asks for.
static pt_str ecosystem_of(pt_arena *a, pt_str id, const product *of) {
    pt_str cpe = of ? of->cpe : (pt_str){0};
    pt_str hat = after(cpe, "cpe:/o:redhat:");
    hat = hat.n ? hat : after(cpe, "cpe:/a:redhat:");
    pt_str suse = after(id, "SUSE ");
    pt_str open = after(id, "openSUSE ");
    if (hat.n)
        return pt_arena_printf(a, "Red Hat:%.*s", PT_PRI(hat));
    if (suse.n)
        return pt_arena_printf(a, "SUSE:%.*s", PT_PRI(suse));
    return open.n ? pt_arena_printf(a, "openSUSE:%.*s", PT_PRI(open)) : (pt_str){0};
}

typedef struct package {
    pt_str ecosystem, name, version, module, arch;
} package;

static int hex_of(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// "%3A" is ':'.
static pt_str decoded(pt_arena *a, pt_str s) {
    char *to = pt_str_find(s, '%') < s.n ? pt_arena_take(a, s.n) : NULL;
    size_t n = 0;
    if (!to)
        return s;
    for (size_t i = 0; i < s.n; i++) {
        bool escape =
            s.p[i] == '%' && s.n - i > 2 && hex_of(s.p[i + 1]) >= 0 && hex_of(s.p[i + 2]) >= 0;
        to[n++] = s.p[i];
        if (escape) {
            to[n - 1] = (char)(hex_of(s.p[i + 1]) * 16 + hex_of(s.p[i + 2]));
            i += 2;
        }
    }
    return (pt_str){to, n};
}

static pt_str qualifier(pt_arena *a, pt_str qualifiers, const char *name) {
    pt_str one;
    while (pt_str_split(&qualifiers, '&', &one)) {
        size_t eq = pt_str_find(one, '=');
        if (pt_str_eqz(pt_str_sub(one, 0, eq), name))
            return decoded(a, pt_str_sub(one, eq + 1, one.n));
    }
    return (pt_str){0};
}

// "nodejs:18" of "nodejs:18:8090020230718:rhel8".
static pt_str stream_of(pt_str module) {
    size_t first = pt_str_find(module, ':');
    size_t second = first + 1 + pt_str_find(pt_str_sub(module, first + 1, module.n), ':');
    return pt_str_sub(module, 0, second);
}

// pkg:rpm/redhat/openssl@3.0.7-27.el9?arch=x86_64&epoch=1&rpmmod=…
static void read_purl(pt_arena *a, pt_str purl, package *p) {
    size_t question = pt_str_find(purl, '?');
    pt_str path = pt_str_sub(purl, 0, question);
    pt_str qualifiers = pt_str_sub(purl, question + 1, purl.n);
    size_t at = pt_str_find(path, '@');
    pt_str whole = pt_str_sub(path, 0, at);
    size_t slash = pt_str_rfind(whole, '/');
    pt_str epoch = qualifier(a, qualifiers, "epoch");
    p->name = decoded(a, pt_str_sub(whole, slash + 1, whole.n));
    p->version = decoded(a, pt_str_sub(path, at + 1, path.n));
    if (epoch.n && p->version.n)
        p->version = pt_arena_printf(a, "%.*s:%.*s", PT_PRI(epoch), PT_PRI(p->version));
    p->module = stream_of(qualifier(a, qualifiers, "rpmmod"));
    p->arch = qualifier(a, qualifiers, "arch");
}

// SUSE names packages "openssl-3.0.8-150400.4.1.x86_64", and where nothing is fixed "openssl".
static void read_nevra(pt_str id, package *p) {
    size_t release = pt_str_rfind(id, '-');
    size_t version = pt_str_rfind(pt_str_sub(id, 0, release), '-');
    size_t dot = pt_str_rfind(id, '.');
    p->name = id;
    if (release == id.n || version >= release || dot <= release || dot == id.n)
        return;
    p->name = pt_str_sub(id, 0, version);
    p->version = pt_str_sub(id, version + 1, dot);
    p->arch = pt_str_sub(id, dot + 1, id.n);
}

// False: no package, or in nothing that is a distribution's stream.
static bool package_of(const csaf *c, pt_str id, package *ret) {
    const part *r = part_of(c, id);
    if (!r)
        return false;
    pt_arena *a = &c->f->each;
    const product *component = product_of(c, r->component);
    pt_str whole = r->whole;
    for (unsigned n = 0; n < PARTS_MAX && (r = part_of(c, whole)); n++)
        whole = r->whole;
    *ret = (package){.ecosystem = ecosystem_of(a, whole, product_of(c, whole))};
    r = part_of(c, id);
    if (component && pt_str_starts(component->purl, PT_STR("pkg:rpm/")))
        read_purl(a, component->purl, ret);
    else if (!pt_str_starts(ret->ecosystem, PT_STR("Red Hat")))
        read_nevra(r->component, ret);
    return ret->ecosystem.n && ret->name.n;
}

// -- statements -----------------------------------------------------------------------------------

static const char *state_of_remedy(pt_value v) {
    pt_str category = text_of(v, "category");
    pt_str details = text_of(v, "details");
    if (pt_str_eqz(category, "no_fix_planned"))
        return pt_str_has(details, PT_STR("Out of support")) ? "end of life" : "won't fix";
    bool deferred = pt_str_has(details, PT_STR("eferred"));
    return pt_str_eqz(category, "none_available") && deferred ? "deferred" : NULL;
}

static bool read_remedies(csaf *c, pt_value vulnerability) {
    pt_value all = pt_getz(vulnerability, "remediations");
    c->remedies.n = 0;
    for (size_t i = 0; i < pt_len(all); i++) {
        const char *state = state_of_remedy(pt_at(all, i));
        pt_value ids = pt_getz(pt_at(all, i), "product_ids");
        for (size_t k = 0; state && k < pt_len(ids); k++) {
            remedy *to = PT_PUSH(c->f->a, &c->remedies);
            if (!to)
                return false;
            *to = (remedy){pt_text(pt_at(ids, k)), state};
        }
    }
    if (c->remedies.n)
        qsort(c->remedies.v, c->remedies.n, sizeof *c->remedies.v, by_id);
    return true;
}

static const char *state_of(const csaf *c, const char *state, pt_str id) {
    const remedy *r = state || !c->remedies.n ? NULL
                                              : bsearch(&id, c->remedies.v, c->remedies.n,
                                                        sizeof *c->remedies.v, by_id);
    return r ? r->state : state;
}

// What is fixed is said of each architecture, and of sources, whose names are other packages'.
static void add_affected(csaf *c, pt_str id, bool fixed, const char *state) {
    package p;
    if (!package_of(c, id, &p) || (fixed && (!p.version.n || pt_str_eqz(p.arch, "src"))))
        return;
    pt_value entry = pt_feed_affected(c->f, p.ecosystem, p.name, state_of(c, state, id),
                                      fixed ? p.version : PT_STR(""));
    if (p.module.n) {
        pt_arena *a = &c->f->each;
        pt_obj of = {.a = a};
        pt_obj o = {.a = a};
        pt_str purl =
            pt_arena_printf(a, "pkg:rpm/%.*s?rpmmod=%.*s", PT_PRI(p.name), PT_PRI(p.module));
        pt_obj_set(&of, "ecosystem", pt_string(p.ecosystem));
        pt_obj_set(&of, "name", pt_string(p.name));
        pt_obj_set(&of, "purl", pt_string(purl));
        pt_obj_set(&o, "package", pt_obj_end(&of));
        pt_obj_set(&o, "ranges", pt_getz(entry, "ranges"));
        pt_obj_maybe(&o, "state", pt_getz(entry, "state"));
        entry = pt_obj_end(&o);
    }
    pt_list_add(&c->affected, entry);
}

static void add_statements(csaf *c, pt_value vulnerability) {
    static const struct {
        const char *status;
        bool fixed;
        const char *state;
    } rows[] = {
        {"fixed", true, NULL},
        {"known_affected", false, NULL},
        {"known_not_affected", false, "not affected"},
        {"under_investigation", false, "unknown"},
    };
    pt_value status = pt_getz(vulnerability, "product_status");
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_value ids = pt_getz(status, rows[i].status);
        for (size_t k = 0; k < pt_len(ids); k++)
            add_affected(c, pt_text(pt_at(ids, k)), rows[i].fixed, rows[i].state);
    }
}

// -- advisories -----------------------------------------------------------------------------------

static pt_value severities(csaf *c, pt_value vulnerability) {
    static const struct {
        const char *key, *type;
    } kinds[] = {{"cvss_v4", "CVSS_V4"}, {"cvss_v3", "CVSS_V3"}, {"cvss_v2", "CVSS_V2"}};
    pt_value scores = pt_getz(vulnerability, "scores");
    pt_list l = {.a = &c->f->each};
    for (size_t i = 0; i < pt_len(scores); i++)
        for (size_t k = 0; k < PT_COUNT(kinds); k++) {
            pt_value vector = pt_getz(pt_getz(pt_at(scores, i), kinds[k].key), "vectorString");
            pt_obj o = {.a = &c->f->each};
            if (!pt_text(vector).n)
                continue;
            pt_obj_set(&o, "type", pt_stringz(kinds[k].type));
            pt_obj_set(&o, "score", vector);
            pt_list_add(&l, pt_obj_end(&o));
        }
    return pt_list_end(&l);
}

static pt_value own_fields(csaf *c, pt_value vulnerability) {
    pt_value cwe = pt_getz(pt_getz(vulnerability, "cwe"), "id");
    pt_value label = pt_getz(pt_getz(pt_getz(c->doc, "document"), "aggregate_severity"), "text");
    pt_obj o = {.a = &c->f->each};
    pt_obj_maybe(&o, "severity", label);
    if (pt_defined(cwe))
        pt_obj_set(&o, "cwe_ids", pt_array_of(&c->f->each, &cwe, 1));
    return pt_obj_end(&o);
}

static pt_value advisory_of(csaf *c, pt_value vulnerability) {
    pt_value document = pt_getz(c->doc, "document");
    pt_value tracking = pt_getz(document, "tracking");
    pt_value id = pt_getz(vulnerability, "cve");
    pt_value title = pt_getz(vulnerability, "title");
    pt_value name = pt_getz(tracking, "id");
    pt_obj o = {.a = &c->f->each};
    pt_obj_maybe(&o, "id", pt_defined(id) ? id : name);
    pt_obj_maybe(&o, "summary", pt_defined(title) ? title : pt_getz(document, "title"));
    pt_obj_maybe(&o, "published", pt_getz(tracking, "initial_release_date"));
    pt_obj_maybe(&o, "modified", pt_getz(tracking, "current_release_date"));
    if (pt_defined(id) && pt_defined(name) && !pt_eq(id, name))
        pt_obj_set(&o, "related", pt_array_of(&c->f->each, &name, 1));
    pt_obj_set(&o, "severity", severities(c, vulnerability));
    pt_obj_set(&o, "database_specific", own_fields(c, vulnerability));
    pt_obj_set(&o, "affected", pt_list_end(&c->affected));
    return pt_obj_end(&o);
}

// Other makers write CSAF of what is no package: that is no feed of ours.
static bool any_package(csaf *c) {
    bool any = false;
    for (size_t i = 0; i < c->parts.n && !any; i++) {
        package p;
        any = package_of(c, c->parts.v[i].id, &p);
        pt_arena_clear(&c->f->each);
    }
    return any;
}

pt_code pt_feed_csaf(pt_feed *f, pt_value doc, pt_err *e) {
    csaf c = {.f = f, .doc = doc};
    pt_value all = pt_getz(doc, "vulnerabilities");
    pt_code code = read_tree(&c) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code && !any_package(&c)) {
        f->kind = PT_FEED_NONE;
        return PT_OK;
    }
    for (size_t i = 0; !code && i < pt_len(all); i++) {
        c.affected = (pt_list){.a = &f->each};
        if (!read_remedies(&c, pt_at(all, i)))
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        add_statements(&c, pt_at(all, i));
        pt_str place = pt_arena_printf(&f->each, "vulnerabilities[%zu]", i);
        code = pt_feed_put(f, place, advisory_of(&c, pt_at(all, i)), e);
    }
    return code;
}
