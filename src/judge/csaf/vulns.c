// What is said of each vulnerability, and of the document as a whole.
#include "judge/csaf/impl.h"

static pt_str name_of(pt_value vuln) {
    pt_str cve = pt_csaf_text(vuln, "cve");
    return cve.n ? cve : pt_csaf_text(vuln, "title");
}

void pt_csaf_cve_twice(pt_csaf *c) {
    pt_csaf_ids met = {0};
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_str cve = pt_csaf_text(pt_at(c->vulns, i), "cve");
        if (cve.n)
            pt_csaf_push(c, &met, cve);
    }
    pt_csaf_twice(c, &met, "two vulnerabilities of one CVE");
}

void pt_csaf_involvement_twice(pt_csaf *c) {
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), "involvements");
        pt_csaf_ids met = {0};
        for (size_t k = 0; k < pt_len(list); k++) {
            pt_str party = pt_csaf_text(pt_at(list, k), "party");
            pt_str date = pt_csaf_text(pt_at(list, k), "date");
            pt_str both = pt_arena_printf(c->a, "%.*s, %.*s", PT_PRI(party), PT_PRI(date));
            pt_csaf_push(c, &met, both);
        }
        pt_csaf_twice(c, &met, "one party twice at one date");
    }
}

void pt_csaf_involvement_date(pt_csaf *c) {
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), "involvements");
        for (size_t k = 0; k < pt_len(list); k++)
            if (!pt_csaf_text(pt_at(list, k), "date").n)
                pt_csaf_found(c, "no date", pt_csaf_text(pt_at(list, k), "party"));
    }
}

// Items of a list of each vulnerability that are of no product.
static void of_none(pt_csaf *c, const char *key, const char *naming) {
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), key);
        for (size_t k = 0; k < pt_len(list); k++)
            if (!pt_defined(pt_getz(pt_at(list, k), "product_ids")) &&
                !pt_defined(pt_getz(pt_at(list, k), "group_ids")))
                pt_csaf_found(c, "of no product", pt_csaf_text(pt_at(list, k), naming));
    }
}

void pt_csaf_remedy_of_none(pt_csaf *c) {
    of_none(c, "remediations", "category");
}

void pt_csaf_flag_of_none(pt_csaf *c) {
    of_none(c, "flags", "label");
}

// Why a product is not affected is said once.
void pt_csaf_flags_twice(pt_csaf *c) {
    static const char justifications[] =
        "component_not_present inline_mitigations_already_exist "
        "vulnerable_code_cannot_be_controlled_by_adversary "
        "vulnerable_code_not_in_execute_path vulnerable_code_not_present";
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), "flags");
        pt_csaf_ids met = {0};
        for (size_t k = 0; k < pt_len(list); k++) {
            pt_csaf_ids ids = {0};
            pt_str label = pt_csaf_text(pt_at(list, k), "label");
            if (!pt_str_in_list(label, pt_str_of(justifications), ' '))
                continue;
            pt_csaf_push_named(c, &ids, pt_at(list, k));
            pt_value set = pt_csaf_set(c, &ids);
            for (size_t m = 0; m < pt_len(set); m++)
                pt_csaf_push(c, &met, pt_text(pt_at(set, m)));
        }
        pt_csaf_twice(c, &met, "two justifications of one product");
    }
}

void pt_csaf_missing_remedy(pt_csaf *c) {
    static const char *const states[] = {"first_affected", "known_affected", "last_affected",
                                         "under_investigation"};
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_csaf_ids want = {0};
        pt_csaf_ids have = {0};
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), "remediations");
        pt_csaf_push_states(c, &want, pt_at(c->vulns, i), states, PT_COUNT(states));
        for (size_t k = 0; k < pt_len(list); k++)
            pt_csaf_push_named(c, &have, pt_at(list, k));
        pt_csaf_missing(c, &want, &have, "a product without a remediation");
    }
}

// CVE-YYYY-NNNN…
static bool is_cve(pt_str s) {
    if (s.n < 13 || !pt_str_starts(s, PT_STR("CVE-")) || s.p[8] != '-')
        return false;
    for (size_t i = 4; i < s.n; i++)
        if (i != 8 && (s.p[i] < '0' || s.p[i] > '9'))
            return false;
    return true;
}

void pt_csaf_cve_in_ids(pt_csaf *c) {
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value list = pt_csaf_list(pt_at(c->vulns, i), "ids");
        for (size_t k = 0; k < pt_len(list); k++)
            if (is_cve(pt_csaf_text(pt_at(list, k), "text")))
                pt_csaf_found(c, "a CVE among the other ids", pt_csaf_text(pt_at(list, k), "text"));
    }
}

static void without(pt_csaf *c, const char *key) {
    for (size_t i = 0; i < pt_len(c->vulns); i++)
        if (!pt_defined(pt_getz(pt_at(c->vulns, i), key)))
            pt_csaf_found(c, "it has none", name_of(pt_at(c->vulns, i)));
}

void pt_csaf_missing_cve(pt_csaf *c) {
    without(c, "cve");
}

void pt_csaf_missing_cwe(pt_csaf *c) {
    without(c, "cwe");
}

// -- the document ---------------------------------------------------------------------------------

void pt_csaf_tlp(pt_csaf *c) {
    if (!pt_csaf_text(pt_getz(pt_getz(c->document, "distribution"), "tlp"), "label").n)
        pt_csaf_found(c, "who may have it is not said", (pt_str){0});
}

// The name of its file (section 5.1): the id in lower case, every run of what is not [+-a-z0-9_] an
// underscore.
static pt_str file_name(pt_csaf *c) {
    pt_str id = pt_arena_lower(c->a, pt_csaf_text(c->tracking, "id"));
    char *p = pt_arena_take(c->a, id.n);
    size_t n = 0;
    for (size_t i = 0; p && i < id.n; i++) {
        char ch = id.p[i];
        bool plain = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '+' || ch == '-';
        if (plain)
            p[n++] = ch;
        else if (!n || p[n - 1] != '_')
            p[n++] = '_';
    }
    return pt_arena_printf(c->a, "/%.*s.json", PT_PRI(((pt_str){p, n})));
}

void pt_csaf_canonical(pt_csaf *c) {
    pt_value list = pt_csaf_list(c->document, "references");
    pt_str name = file_name(c);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str url = pt_csaf_text(pt_at(list, i), "url");
        if (pt_str_eqz(pt_csaf_text(pt_at(list, i), "category"), "self") &&
            pt_str_starts(url, PT_STR("https://")) && pt_str_ends(url, name))
            return;
    }
    pt_csaf_found(c, "no reference to itself ends in", name);
}
