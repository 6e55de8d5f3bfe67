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
    const char *test; // that is running
    bool full;
} pt_csaf;

pt_str pt_csaf_text(pt_value v, const char *key);   // empty: it has none
pt_value pt_csaf_list(pt_value v, const char *key); // undefined: it has none
void pt_csaf_found(pt_csaf *c, const char *what, pt_str which);

bool pt_csaf_has(const pt_csaf_ids *ids, pt_str id);
void pt_csaf_push(pt_csaf *c, pt_csaf_ids *ids, pt_str id);
void pt_csaf_push_all(pt_csaf *c, pt_csaf_ids *ids, pt_value list);
// product_ids, and the members of group_ids.
void pt_csaf_push_named(pt_csaf *c, pt_csaf_ids *ids, pt_value item);
// The products of a vulnerability that have one of these states.
void pt_csaf_push_states(pt_csaf *c, pt_csaf_ids *ids, pt_value vuln, const char *const *states,
                         size_t n);
// Is the document's category one of these, which blanks separate?
bool pt_csaf_category(const pt_csaf *c, const char *names);

typedef void pt_csaf_rule(pt_csaf *c);
// The tests of each file, by the number of the test.
pt_csaf_rule pt_csaf_undefined_product, pt_csaf_product_twice, pt_csaf_product_of_itself,
    pt_csaf_undefined_group, pt_csaf_group_twice, pt_csaf_contradicting_states,
    pt_csaf_unused_product, pt_csaf_no_helper, pt_csaf_range_in_version, pt_csaf_range_without_vers,
    pt_csaf_purl, pt_csaf_branch_categories, pt_csaf_range_used, pt_csaf_v_as_version,
    pt_csaf_same_hash_twice, pt_csaf_only_md5, pt_csaf_only_sha1, pt_csaf_short_hash;
pt_csaf_rule pt_csaf_sorted_history, pt_csaf_latest_version, pt_csaf_draft,
    pt_csaf_released_history, pt_csaf_history_pre_release, pt_csaf_version_pre_release,
    pt_csaf_history_gap, pt_csaf_history_twice, pt_csaf_mixed_versions, pt_csaf_history_build,
    pt_csaf_initial_date, pt_csaf_current_date;
pt_csaf_rule pt_csaf_language, pt_csaf_translator, pt_csaf_translation, pt_csaf_no_language,
    pt_csaf_private_language, pt_csaf_default_language;
pt_csaf_rule pt_csaf_profile_name, pt_csaf_notes, pt_csaf_references, pt_csaf_no_vulns,
    pt_csaf_product_tree, pt_csaf_vuln_notes, pt_csaf_product_status, pt_csaf_vex_status,
    pt_csaf_vuln_id, pt_csaf_impact, pt_csaf_action, pt_csaf_some_vulns;
pt_csaf_rule pt_csaf_scores_twice, pt_csaf_score_computed, pt_csaf_score_consistent,
    pt_csaf_missing_score, pt_csaf_fixed_score, pt_csaf_only_v2, pt_csaf_v30;
pt_csaf_rule pt_csaf_cve_twice, pt_csaf_involvement_twice, pt_csaf_remedy_of_none,
    pt_csaf_flag_of_none, pt_csaf_flags_twice, pt_csaf_missing_remedy, pt_csaf_involvement_date,
    pt_csaf_cwe, pt_csaf_dead_url, pt_csaf_dead_self, pt_csaf_cve_in_ids, pt_csaf_missing_cve,
    pt_csaf_missing_cwe, pt_csaf_tlp, pt_csaf_canonical;
