#include "judge/csaf/csaf.h"

#include "judge/csaf/impl.h"

#define M PT_CSAF_MANDATORY
#define O PT_CSAF_OPTIONAL
#define I PT_CSAF_INFORMATIVE

static const struct {
    pt_csaf_test test;
    pt_csaf_rule *run;
} rules[] = {
    {{"6.1.1", M, "Missing Definition of Product ID"}, pt_csaf_undefined_product},
    {{"6.1.2", M, "Multiple Definition of Product ID"}, pt_csaf_product_twice},
    {{"6.1.3", M, "Circular Definition of Product ID"}, pt_csaf_product_of_itself},
    {{"6.1.4", M, "Missing Definition of Product Group ID"}, pt_csaf_undefined_group},
    {{"6.1.5", M, "Multiple Definition of Product Group ID"}, pt_csaf_group_twice},
    {{"6.1.6", M, "Contradicting Product Status"}, pt_csaf_contradicting_states},
    {{"6.1.7", M, "Multiple Scores with same Version per Product"}, pt_csaf_scores_twice},
    {{"6.1.9", M, "Invalid CVSS computation"}, pt_csaf_score_computed},
    {{"6.1.10", M, "Inconsistent CVSS"}, pt_csaf_score_consistent},
    {{"6.1.11", M, "CWE"}, pt_csaf_cwe},
    {{"6.1.12", M, "Language"}, pt_csaf_language},
    {{"6.1.13", M, "PURL"}, pt_csaf_purl},
    {{"6.1.14", M, "Sorted Revision History"}, pt_csaf_sorted_history},
    {{"6.1.15", M, "Translator"}, pt_csaf_translator},
    {{"6.1.16", M, "Latest Document Version"}, pt_csaf_latest_version},
    {{"6.1.17", M, "Document Status Draft"}, pt_csaf_draft},
    {{"6.1.18", M, "Released Revision History"}, pt_csaf_released_history},
    {{"6.1.19", M, "Revision History Entries for Pre-release Versions"},
     pt_csaf_history_pre_release},
    {{"6.1.20", M, "Non-draft Document Version"}, pt_csaf_version_pre_release},
    {{"6.1.21", M, "Missing Item in Revision History"}, pt_csaf_history_gap},
    {{"6.1.22", M, "Multiple Definition in Revision History"}, pt_csaf_history_twice},
    {{"6.1.23", M, "Multiple Use of Same CVE"}, pt_csaf_cve_twice},
    {{"6.1.24", M, "Multiple Definition in Involvements"}, pt_csaf_involvement_twice},
    {{"6.1.25", M, "Multiple Use of Same Hash Algorithm"}, pt_csaf_same_hash_twice},
    {{"6.1.26", M, "Prohibited Document Category Name"}, pt_csaf_profile_name},
    {{"6.1.27.1", M, "Document Notes"}, pt_csaf_notes},
    {{"6.1.27.2", M, "Document References"}, pt_csaf_references},
    {{"6.1.27.3", M, "Vulnerabilities"}, pt_csaf_no_vulns},
    {{"6.1.27.4", M, "Product Tree"}, pt_csaf_product_tree},
    {{"6.1.27.5", M, "Vulnerability Notes"}, pt_csaf_vuln_notes},
    {{"6.1.27.6", M, "Product Status"}, pt_csaf_product_status},
    {{"6.1.27.7", M, "VEX Product Status"}, pt_csaf_vex_status},
    {{"6.1.27.8", M, "Vulnerability ID"}, pt_csaf_vuln_id},
    {{"6.1.27.9", M, "Impact Statement"}, pt_csaf_impact},
    {{"6.1.27.10", M, "Action Statement"}, pt_csaf_action},
    {{"6.1.27.11", M, "Vulnerabilities"}, pt_csaf_some_vulns},
    {{"6.1.28", M, "Translation"}, pt_csaf_translation},
    {{"6.1.29", M, "Remediation without Product Reference"}, pt_csaf_remedy_of_none},
    {{"6.1.30", M, "Mixed Integer and Semantic Versioning"}, pt_csaf_mixed_versions},
    {{"6.1.31", M, "Version Range in Product Version"}, pt_csaf_range_in_version},
    {{"6.1.32", M, "Flag without Product Reference"}, pt_csaf_flag_of_none},
    {{"6.1.33", M, "Multiple Flags with VEX Justification Codes per Product"}, pt_csaf_flags_twice},
    {{"6.2.1", O, "Unused Definition of Product ID"}, pt_csaf_unused_product},
    {{"6.2.2", O, "Missing Remediation"}, pt_csaf_missing_remedy},
    {{"6.2.3", O, "Missing Score"}, pt_csaf_missing_score},
    {{"6.2.4", O, "Build Metadata in Revision History"}, pt_csaf_history_build},
    {{"6.2.5", O, "Older Initial Release Date than Revision History"}, pt_csaf_initial_date},
    {{"6.2.6", O, "Older Current Release Date than Revision History"}, pt_csaf_current_date},
    {{"6.2.7", O, "Missing Date in Involvements"}, pt_csaf_involvement_date},
    {{"6.2.8", O, "Use of MD5 as the only Hash Algorithm"}, pt_csaf_only_md5},
    {{"6.2.9", O, "Use of SHA-1 as the only Hash Algorithm"}, pt_csaf_only_sha1},
    {{"6.2.10", O, "Missing TLP label"}, pt_csaf_tlp},
    {{"6.2.11", O, "Missing Canonical URL"}, pt_csaf_canonical},
    {{"6.2.12", O, "Missing Document Language"}, pt_csaf_no_language},
    {{"6.2.14", O, "Use of Private Language"}, pt_csaf_private_language},
    {{"6.2.15", O, "Use of Default Language"}, pt_csaf_default_language},
    {{"6.2.16", O, "Missing Product Identification Helper"}, pt_csaf_no_helper},
    {{"6.2.17", O, "CVE in field IDs"}, pt_csaf_cve_in_ids},
    {{"6.2.18", O, "Product Version Range without vers"}, pt_csaf_range_without_vers},
    {{"6.2.19", O, "CVSS for Fixed Products"}, pt_csaf_fixed_score},
    {{"6.3.1", I, "Use of CVSS v2 as the only Scoring System"}, pt_csaf_only_v2},
    {{"6.3.2", I, "Use of CVSS v3.0"}, pt_csaf_v30},
    {{"6.3.3", I, "Missing CVE"}, pt_csaf_missing_cve},
    {{"6.3.4", I, "Missing CWE"}, pt_csaf_missing_cwe},
    {{"6.3.5", I, "Use of Short Hash"}, pt_csaf_short_hash},
    {{"6.3.6", I, "Use of non-self referencing URLs Failing to Resolve"}, pt_csaf_dead_url},
    {{"6.3.7", I, "Use of self referencing URLs Failing to Resolve"}, pt_csaf_dead_self},
    {{"6.3.9", I, "Branch Categories"}, pt_csaf_branch_categories},
    {{"6.3.10", I, "Usage of Product Version Range"}, pt_csaf_range_used},
    {{"6.3.11", I, "Usage of V as Version Indicator"}, pt_csaf_v_as_version},
};

const pt_csaf_test *pt_csaf_test_at(size_t i) {
    return i < PT_COUNT(rules) ? &rules[i].test : NULL;
}

// -- shared ---------------------------------------------------------------------------------------

pt_str pt_csaf_text(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

pt_value pt_csaf_list(pt_value v, const char *key) {
    pt_value list = pt_getz(v, key);
    return pt_tag_of(list) == PT_ARRAY ? list : pt_undefined();
}

void pt_csaf_found(pt_csaf *c, const char *what, pt_str which) {
    pt_obj o = {.a = c->a};
    pt_obj_set(&o, "test", pt_stringz(c->test));
    pt_obj_set(&o, "what",
               pt_string(which.n ? pt_arena_printf(c->a, "%s: %.*s", what, PT_PRI(which))
                                 : pt_str_of(what)));
    pt_list_add(&c->found, pt_obj_end(&o));
}

bool pt_csaf_has(const pt_csaf_ids *ids, pt_str id) {
    for (size_t i = 0; i < ids->n; i++)
        if (pt_str_eq(ids->v[i], id))
            return true;
    return false;
}

void pt_csaf_push(pt_csaf *c, pt_csaf_ids *ids, pt_str id) {
    pt_str *slot = PT_PUSH(c->a, ids);
    c->full = c->full || !slot;
    if (slot)
        *slot = id;
}

void pt_csaf_push_all(pt_csaf *c, pt_csaf_ids *ids, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++)
        pt_csaf_push(c, ids, pt_text(pt_at(list, i)));
}

void pt_csaf_push_named(pt_csaf *c, pt_csaf_ids *ids, pt_value item) {
    pt_value groups = pt_csaf_list(c->tree, "product_groups");
    pt_value named = pt_csaf_list(item, "group_ids");
    pt_csaf_push_all(c, ids, pt_csaf_list(item, "product_ids"));
    for (size_t i = 0; i < pt_len(named); i++)
        for (size_t k = 0; k < pt_len(groups); k++)
            if (pt_str_eq(pt_text(pt_at(named, i)), pt_csaf_text(pt_at(groups, k), "group_id")))
                pt_csaf_push_all(c, ids, pt_csaf_list(pt_at(groups, k), "product_ids"));
}

void pt_csaf_push_states(pt_csaf *c, pt_csaf_ids *ids, pt_value vuln, const char *const *states,
                         size_t n) {
    pt_value status = pt_getz(vuln, "product_status");
    for (size_t i = 0; i < n; i++)
        pt_csaf_push_all(c, ids, pt_csaf_list(status, states[i]));
}

bool pt_csaf_category(const pt_csaf *c, const char *names) {
    return c->category.n && pt_str_in_list(c->category, pt_str_of(names), ' ');
}

// -- products -------------------------------------------------------------------------------------

static void put_product(pt_csaf *c, pt_value product, pt_value path) {
    pt_csaf_product *p = pt_defined(product) ? PT_PUSH(c->a, &c->products) : NULL;
    c->full = c->full || (pt_defined(product) && !p);
    if (p)
        *p = (pt_csaf_product){product, path};
}

static void put_branches(pt_csaf *c, pt_value list) {
    struct {
        pt_value list;
        size_t at;
    } stack[PT_CSAF_DEPTH_MAX] = {{list, 0}};
    pt_value path[PT_CSAF_DEPTH_MAX];
    size_t depth = 1;
    while (depth) {
        pt_value branch = pt_at(stack[depth - 1].list, stack[depth - 1].at++);
        if (!pt_defined(branch)) {
            depth--;
            continue;
        }
        path[depth - 1] = branch;
        pt_list_add(&c->branches, branch);
        put_product(c, pt_getz(branch, "product"), pt_array_of(c->a, path, depth));
        pt_value inner = pt_csaf_list(branch, "branches");
        if (pt_len(inner) && depth < PT_CSAF_DEPTH_MAX) {
            stack[depth].list = inner;
            stack[depth++].at = 0;
        }
    }
}

static void put_products(pt_csaf *c) {
    pt_value names = pt_csaf_list(c->tree, "full_product_names");
    pt_value relations = pt_csaf_list(c->tree, "relationships");
    put_branches(c, pt_csaf_list(c->tree, "branches"));
    for (size_t i = 0; i < pt_len(names); i++)
        put_product(c, pt_at(names, i), pt_undefined());
    for (size_t i = 0; i < pt_len(relations); i++)
        put_product(c, pt_getz(pt_at(relations, i), "full_product_name"), pt_undefined());
}

pt_code pt_csaf_check(pt_arena *a, pt_value doc, pt_value *ret, pt_err *e) {
    pt_csaf c = {.a = a,
                 .doc = doc,
                 .document = pt_getz(doc, "document"),
                 .tree = pt_getz(doc, "product_tree"),
                 .vulns = pt_csaf_list(doc, "vulnerabilities"),
                 .branches = {.a = a},
                 .found = {.a = a}};
    c.tracking = pt_getz(c.document, "tracking");
    c.category = pt_csaf_text(c.document, "category");
    put_products(&c);
    for (size_t i = 0; i < PT_COUNT(rules) && !c.full; i++) {
        c.test = rules[i].test.id;
        rules[i].run(&c);
    }
    pt_value found = pt_list_end(&c.found);
    if (c.full || a->full || !pt_defined(found))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = found;
    return PT_OK;
}
