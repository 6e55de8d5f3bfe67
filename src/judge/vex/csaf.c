// CSAF 2.0, and 2.1 where it says the same: /product_tree (section 3.2.2) names the products,
// /vulnerabilities[]/product_status (3.2.3.9) says what they are, flags (3.2.3.5) and threats
// (3.2.3.14) why.
#include "judge/vex/vex_impl.h"

enum {
    MARKS_MAX = 8000000, // of reasons to products, in a document
    RELATIONS_DEEP = 8,
};

typedef struct csaf {
    pt_vex_reading *r;
    pt_vex_products products;
    size_t vulnerability; // from 1
    size_t marks;
} csaf;

static pt_str purl_of(pt_value product) {
    pt_value helper = pt_getz(product, "product_identification_helper");
    pt_str purl = pt_vex_text(helper, "purl");
    return purl.n ? purl : pt_text(pt_at(pt_getz(helper, "purls"), 0)); // 2.1
}

static pt_code add_product(csaf *c, pt_value product, pt_err *e) {
    pt_str id = pt_vex_text(product, "product_id");
    return id.n ? pt_vex_product_add(c->r, &c->products, id, purl_of(product), e) : PT_OK;
}

// Branches have branches: a list of what is still to be looked at, instead of recursion.
static pt_code read_branches(csaf *c, pt_value tree, pt_err *e) {
    PT_VEC(pt_value) left = {0};
    pt_value *first = PT_PUSH(c->r->a, &left);
    if (first)
        *first = pt_getz(tree, "branches");
    while (left.n) {
        pt_value branches = left.v[--left.n];
        for (size_t i = 0; i < pt_len(branches); i++) {
            pt_value branch = pt_at(branches, i);
            pt_code code = add_product(c, pt_getz(branch, "product"), e);
            pt_value *to = code ? NULL : PT_PUSH(c->r->a, &left);
            if (code)
                return code;
            if (to)
                *to = pt_getz(branch, "branches");
        }
    }
    return c->r->a->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

static pt_code read_products(csaf *c, pt_err *e) {
    pt_value tree = pt_getz(c->r->doc, "product_tree");
    pt_value names = pt_getz(tree, "full_product_names");
    pt_value relations = pt_getz(tree, "relationships");
    pt_code code = read_branches(c, tree, e);
    for (size_t i = 0; !code && i < pt_len(names); i++)
        code = add_product(c, pt_at(names, i), e);
    for (size_t i = 0; !code && i < pt_len(relations); i++) {
        pt_value relation = pt_at(relations, i);
        size_t before = c->products.of.n;
        code = add_product(c, pt_getz(relation, "full_product_name"), e);
        if (code || before == c->products.of.n)
            continue;
        pt_vex_product *p = &c->products.of.v[before];
        p->reference = pt_vex_text(relation, "product_reference");
        p->relates_to = pt_vex_text(relation, "relates_to_product_reference");
    }
    pt_vex_products_sort(&c->products);
    return code;
}

// -- reasons --------------------------------------------------------------------------------------

typedef enum why {
    JUSTIFICATION,
    IMPACT,
} why;

static pt_code mark_all(csaf *c, pt_value ids, why which, pt_str text, pt_err *e) {
    for (size_t i = 0; i < pt_len(ids); i++) {
        if (++c->marks > MARKS_MAX)
            return pt_err_set(e, PT_E_LIMIT, "more than %d reasons of products", MARKS_MAX);
        pt_vex_product *p = pt_vex_product_of(&c->products, pt_text(pt_at(ids, i)));
        if (!p)
            continue;
        if (p->told != c->vulnerability) {
            p->justification = p->impact = (pt_str){0};
            p->told = c->vulnerability;
        }
        *(which == IMPACT ? &p->impact : &p->justification) = text;
    }
    return PT_OK;
}

// The products of a flag or threat: its own, and those of its groups.
static pt_code mark(csaf *c, pt_value reason, why which, pt_str text, pt_err *e) {
    pt_value groups = pt_getz(pt_getz(c->r->doc, "product_tree"), "product_groups");
    pt_value mine = pt_getz(reason, "group_ids");
    pt_code code = mark_all(c, pt_getz(reason, "product_ids"), which, text, e);
    for (size_t i = 0; !code && i < pt_len(groups) && pt_len(mine); i++)
        for (size_t k = 0; !code && k < pt_len(mine); k++) {
            if (++c->marks > MARKS_MAX)
                return pt_err_set(e, PT_E_LIMIT, "more than %d reasons of products", MARKS_MAX);
            if (pt_eq(pt_at(mine, k), pt_getz(pt_at(groups, i), "group_id")))
                code = mark_all(c, pt_getz(pt_at(groups, i), "product_ids"), which, text, e);
        }
    return code;
}

static pt_code read_reasons(csaf *c, pt_value vulnerability, pt_str *ret_impact, pt_err *e) {
    pt_value flags = pt_getz(vulnerability, "flags");
    pt_value threats = pt_getz(vulnerability, "threats");
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(flags); i++)
        code = mark(c, pt_at(flags, i), JUSTIFICATION, pt_vex_text(pt_at(flags, i), "label"), e);
    for (size_t i = 0; !code && i < pt_len(threats); i++) {
        pt_value threat = pt_at(threats, i);
        pt_str details = pt_vex_text(threat, "details");
        if (!pt_str_eqz(pt_vex_text(threat, "category"), "impact"))
            continue;
        if (!pt_defined(pt_getz(threat, "product_ids")) &&
            !pt_defined(pt_getz(threat, "group_ids"))) // of all
            *ret_impact = details;
        else
            code = mark(c, threat, IMPACT, details, e);
    }
    return code;
}

// -- statements -----------------------------------------------------------------------------------

// "openssl as part of the image": the part is what is referred to, the product what it relates to.
// A chain of them ends at a product with a name of its own.
static const pt_purl *purl_behind(const csaf *c, pt_str id) {
    const pt_vex_product *p = pt_vex_product_of(&c->products, id);
    for (size_t i = 0; p && !p->purl && p->reference.n && i < RELATIONS_DEEP; i++)
        p = pt_vex_product_of(&c->products, p->reference);
    return p ? p->purl : NULL;
}

static void identify(const csaf *c, const pt_vex_product *p, pt_vex_statement *s) {
    s->product = p->purl;
    s->part = NULL;
    if (p->purl || !p->reference.n)
        return;
    s->part = purl_behind(c, p->reference);
    s->product = s->part ? purl_behind(c, p->relates_to) : NULL;
}

static const struct {
    const char *key;
    pt_vex_status status;
} statuses[] = {
    {"first_affected", PT_VEX_AFFECTED},
    {"known_affected", PT_VEX_AFFECTED},
    {"last_affected", PT_VEX_AFFECTED},
    {"first_fixed", PT_VEX_FIXED},
    {"fixed", PT_VEX_FIXED},
    {"known_not_affected", PT_VEX_NOT_AFFECTED},
    {"under_investigation", PT_VEX_UNDER_INVESTIGATION},
};

static pt_code read_status(csaf *c, pt_value vulnerability, pt_value ids, size_t which,
                           pt_str impact, pt_err *e) {
    pt_value products = pt_getz(pt_getz(vulnerability, "product_status"), statuses[which].key);
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(products); i++) {
        const pt_vex_product *p = pt_vex_product_of(&c->products, pt_text(pt_at(products, i)));
        pt_vex_statement s = {.status = statuses[which].status,
                              .time = c->r->document->time,
                              .time_text = c->r->document->time_text,
                              .impact = impact};
        if (p && p->told == c->vulnerability) {
            s.justification = p->justification;
            s.impact = p->impact.n ? p->impact : impact;
        }
        if (p)
            identify(c, p, &s);
        code = pt_vex_add(c->r, &s, pt_vex_text(vulnerability, "cve"), ids, e);
    }
    return code;
}

static pt_code read_vulnerability(csaf *c, pt_value v, pt_err *e) {
    pt_value named = pt_getz(v, "ids");
    pt_list ids = {.a = c->r->a};
    pt_str impact = {0};
    c->vulnerability++;
    pt_code code = read_reasons(c, v, &impact, e);
    for (size_t i = 0; i < pt_len(named); i++)
        if (pt_vex_text(pt_at(named, i), "text").n)
            pt_list_add(&ids, pt_getz(pt_at(named, i), "text"));
    pt_value list = pt_list_end(&ids);
    if (!code && !pt_defined(list))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; !code && i < PT_COUNT(statuses); i++)
        code = read_status(c, v, list, i, impact, e);
    return code;
}

pt_code pt_vex_read_csaf(pt_vex_reading *r, pt_err *e) {
    csaf c = {.r = r};
    pt_value document = pt_getz(r->doc, "document");
    pt_value tracking = pt_getz(document, "tracking");
    pt_value vulnerabilities = pt_getz(r->doc, "vulnerabilities");
    r->document->id = pt_vex_text(tracking, "id");
    r->document->author = pt_vex_text(pt_getz(document, "publisher"), "name");
    r->document->time_text = pt_vex_text(tracking, "current_release_date");
    pt_code code = pt_vex_time(r->document->time_text, &r->document->time, e);
    if (!code)
        code = read_products(&c, e);
    for (size_t i = 0; !code && i < pt_len(vulnerabilities); i++) {
        code = read_vulnerability(&c, pt_at(vulnerabilities, i), e);
        if (code)
            pt_err_at(e, "vulnerabilities[%zu]", i);
    }
    return code;
}
