// What the tests share.
#pragma once

#include "judge/csaf/csaf.h"

#define PT_CSAF_DEPTH_MAX 200u // of branches

typedef struct pt_csaf_product { // what defines a product's id
    pt_value product;            // {"product_id", "name", …}
    pt_value path;               // the branches that lead to it, outermost first; else undefined
} pt_csaf_product;

// Of a vulnerability, what is said of products, of them and of their groups' members.
typedef PT_VEC(pt_str) pt_csaf_ids;

typedef struct pt_csaf {
    pt_arena *a;
    pt_value doc, document, tracking, tree, vulns;
    pt_str category; // of the document
    PT_VEC(pt_csaf_product) products;
    pt_list branches; // all of them
    pt_list found;
    const char *test, *title; // of what is running
    bool full;
} pt_csaf;

pt_str pt_csaf_text(pt_value v, const char *key);   // empty: it has none
pt_value pt_csaf_list(pt_value v, const char *key); // undefined: it has none
void pt_csaf_found(pt_csaf *c, const char *what, pt_str which);

void pt_csaf_push(pt_csaf *c, pt_csaf_ids *ids, pt_str id);
void pt_csaf_push_all(pt_csaf *c, pt_csaf_ids *ids, pt_value list);
// product_ids, and the members of group_ids.
void pt_csaf_push_named(pt_csaf *c, pt_csaf_ids *ids, pt_value item);
// The products of a vulnerability that have one of these states.
void pt_csaf_push_states(pt_csaf *c, pt_csaf_ids *ids, pt_value vuln, const char *const *states,
                         size_t n);
// {id, …}, sorted.
pt_value pt_csaf_set(pt_csaf *c, const pt_csaf_ids *ids);
// Find each id that is in `want` and not in `have`; and each that is in `ids` more than once.
void pt_csaf_missing(pt_csaf *c, const pt_csaf_ids *want, const pt_csaf_ids *have,
                     const char *what);
void pt_csaf_twice(pt_csaf *c, const pt_csaf_ids *ids, const char *what);
// Is the document's category one of these, which blanks separate?
bool pt_csaf_category(const pt_csaf *c, const char *names);

typedef void pt_csaf_rule(pt_csaf *c);
// The number of a test, its function and its title.
// clang-format off
#define PT_CSAF_RULES(X) \
    X("6.1.1", undefined_product, "Missing Definition of Product ID") \
    X("6.1.2", product_twice, "Multiple Definition of Product ID") \
    X("6.1.3", product_of_itself, "Circular Definition of Product ID") \
    X("6.1.4", undefined_group, "Missing Definition of Product Group ID") \
    X("6.1.5", group_twice, "Multiple Definition of Product Group ID") \
    X("6.1.6", contradicting_states, "Contradicting Product Status") \
    X("6.1.7", scores_twice, "Multiple Scores with same Version per Product") \
    X("6.1.9", score_computed, "Invalid CVSS computation") \
    X("6.1.10", score_consistent, "Inconsistent CVSS") \
    X("6.1.11", cwe, "CWE") \
    X("6.1.12", language, "Language") \
    X("6.1.13", purl, "PURL") \
    X("6.1.14", sorted_history, "Sorted Revision History") \
    X("6.1.15", translator, "Translator") \
    X("6.1.16", latest_version, "Latest Document Version") \
    X("6.1.17", draft, "Document Status Draft") \
    X("6.1.18", released_history, "Released Revision History") \
    X("6.1.19", history_pre_release, "Revision History Entries for Pre-release Versions") \
    X("6.1.20", version_pre_release, "Non-draft Document Version") \
    X("6.1.21", history_gap, "Missing Item in Revision History") \
    X("6.1.22", history_twice, "Multiple Definition in Revision History") \
    X("6.1.23", cve_twice, "Multiple Use of Same CVE") \
    X("6.1.24", involvement_twice, "Multiple Definition in Involvements") \
    X("6.1.25", same_hash_twice, "Multiple Use of Same Hash Algorithm") \
    X("6.1.26", profile_name, "Prohibited Document Category Name") \
    X("6.1.27.1", notes, "Document Notes") \
    X("6.1.27.2", references, "Document References") \
    X("6.1.27.3", no_vulns, "Vulnerabilities") \
    X("6.1.27.4", product_tree, "Product Tree") \
    X("6.1.27.5", vuln_notes, "Vulnerability Notes") \
    X("6.1.27.6", product_status, "Product Status") \
    X("6.1.27.7", vex_status, "VEX Product Status") \
    X("6.1.27.8", vuln_id, "Vulnerability ID") \
    X("6.1.27.9", impact, "Impact Statement") \
    X("6.1.27.10", action, "Action Statement") \
    X("6.1.27.11", some_vulns, "Vulnerabilities") \
    X("6.1.28", translation, "Translation") \
    X("6.1.29", remedy_of_none, "Remediation without Product Reference") \
    X("6.1.30", mixed_versions, "Mixed Integer and Semantic Versioning") \
    X("6.1.31", range_in_version, "Version Range in Product Version") \
    X("6.1.32", flag_of_none, "Flag without Product Reference") \
    X("6.1.33", flags_twice, "Multiple Flags with VEX Justification Codes per Product") \
    X("6.2.1", unused_product, "Unused Definition of Product ID") \
    X("6.2.2", missing_remedy, "Missing Remediation") \
    X("6.2.3", missing_score, "Missing Score") \
    X("6.2.4", history_build, "Build Metadata in Revision History") \
    X("6.2.5", initial_date, "Older Initial Release Date than Revision History") \
    X("6.2.6", current_date, "Older Current Release Date than Revision History") \
    X("6.2.7", involvement_date, "Missing Date in Involvements") \
    X("6.2.8", only_md5, "Use of MD5 as the only Hash Algorithm") \
    X("6.2.9", only_sha1, "Use of SHA-1 as the only Hash Algorithm") \
    X("6.2.10", tlp, "Missing TLP label") \
    X("6.2.11", canonical, "Missing Canonical URL") \
    X("6.2.12", no_language, "Missing Document Language") \
    X("6.2.14", private_language, "Use of Private Language") \
    X("6.2.15", default_language, "Use of Default Language") \
    X("6.2.16", no_helper, "Missing Product Identification Helper") \
    X("6.2.17", cve_in_ids, "CVE in field IDs") \
    X("6.2.18", range_without_vers, "Product Version Range without vers") \
    X("6.2.19", fixed_score, "CVSS for Fixed Products") \
    X("6.3.1", only_v2, "Use of CVSS v2 as the only Scoring System") \
    X("6.3.2", v30, "Use of CVSS v3.0") \
    X("6.3.3", missing_cve, "Missing CVE") \
    X("6.3.4", missing_cwe, "Missing CWE") \
    X("6.3.5", short_hash, "Use of Short Hash") \
    X("6.3.6", dead_url, "Use of non-self referencing URLs Failing to Resolve") \
    X("6.3.7", dead_self, "Use of self referencing URLs Failing to Resolve") \
    X("6.3.9", branch_categories, "Branch Categories") \
    X("6.3.10", range_used, "Usage of Product Version Range") \
    X("6.3.11", v_as_version, "Usage of V as Version Indicator")
// clang-format on

#define PT_CSAF_DECLARE(id, name, title) pt_csaf_rule pt_csaf_##name;
PT_CSAF_RULES(PT_CSAF_DECLARE)
