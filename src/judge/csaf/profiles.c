// What the profiles (section 4) ask for, by the document's category.
#include "judge/csaf/impl.h"

#define SECURITY "csaf_security_advisory"
#define VEX      "csaf_vex"
#define INCIDENT "csaf_security_incident_response"
#define INFORMED "csaf_informational_advisory"

// A name that looks like a profile's, and is none.
void pt_csaf_profile_name(pt_csaf *c) {
    static const char *const names[] = {"csafbase",
                                        "csafsecurityadvisory",
                                        "csafvex",
                                        "csafsecurityincidentresponse",
                                        "csafinformationaladvisory",
                                        "securityadvisory",
                                        "vex",
                                        "securityincidentresponse",
                                        "informationaladvisory"};
    pt_str s = pt_arena_lower(c->a, c->category);
    char *p = pt_arena_take(c->a, s.n);
    size_t n = 0;
    if (!p || pt_csaf_category(c, "csaf_base " SECURITY " " VEX " " INCIDENT " " INFORMED))
        return;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '-' && s.p[i] != '_' && s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\n')
            p[n++] = s.p[i];
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eqz((pt_str){p, n}, names[i]))
            pt_csaf_found(c, "almost the name of a profile", c->category);
}

static bool any_of(pt_value list, const char *categories) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_in_list(pt_csaf_text(pt_at(list, i), "category"), pt_str_of(categories), ' '))
            return true;
    return false;
}

void pt_csaf_notes(pt_csaf *c) {
    if (pt_csaf_category(c, INCIDENT " " INFORMED) &&
        !any_of(pt_csaf_list(c->document, "notes"), "description details general summary"))
        pt_csaf_found(c, "no note says what it is about", (pt_str){0});
}

void pt_csaf_references(pt_csaf *c) {
    if (pt_csaf_category(c, INCIDENT " " INFORMED) &&
        !any_of(pt_csaf_list(c->document, "references"), "external"))
        pt_csaf_found(c, "no external reference", (pt_str){0});
}

void pt_csaf_no_vulns(pt_csaf *c) {
    if (pt_csaf_category(c, INFORMED) && pt_defined(pt_getz(c->doc, "vulnerabilities")))
        pt_csaf_found(c, "this profile has no vulnerabilities", (pt_str){0});
}

void pt_csaf_product_tree(pt_csaf *c) {
    if (pt_csaf_category(c, SECURITY " " VEX) && !pt_defined(c->tree))
        pt_csaf_found(c, "no product tree", (pt_str){0});
}

void pt_csaf_some_vulns(pt_csaf *c) {
    if (pt_csaf_category(c, SECURITY " " VEX) && !pt_defined(c->vulns))
        pt_csaf_found(c, "no vulnerabilities", (pt_str){0});
}

// -- of each vulnerability ------------------------------------------------------------------------

static pt_str name_of(pt_value vuln) {
    pt_str cve = pt_csaf_text(vuln, "cve");
    return cve.n ? cve : pt_csaf_text(vuln, "title");
}

static void needs(pt_csaf *c, const char *profiles, const char *key) {
    for (size_t i = 0; pt_csaf_category(c, profiles) && i < pt_len(c->vulns); i++)
        if (!pt_defined(pt_getz(pt_at(c->vulns, i), key)))
            pt_csaf_found(c, key, name_of(pt_at(c->vulns, i)));
}

void pt_csaf_vuln_notes(pt_csaf *c) {
    needs(c, SECURITY " " VEX, "notes");
}

void pt_csaf_product_status(pt_csaf *c) {
    needs(c, SECURITY, "product_status");
}

void pt_csaf_vex_status(pt_csaf *c) {
    static const char *const states[] = {"fixed", "known_affected", "known_not_affected",
                                         "under_investigation"};
    for (size_t i = 0; pt_csaf_category(c, VEX) && i < pt_len(c->vulns); i++) {
        pt_csaf_ids ids = {0};
        pt_csaf_push_states(c, &ids, pt_at(c->vulns, i), states, PT_COUNT(states));
        if (!ids.n)
            pt_csaf_found(c, "no product has a state", name_of(pt_at(c->vulns, i)));
    }
}

void pt_csaf_vuln_id(pt_csaf *c) {
    for (size_t i = 0; pt_csaf_category(c, VEX) && i < pt_len(c->vulns); i++)
        if (!pt_csaf_text(pt_at(c->vulns, i), "cve").n &&
            !pt_len(pt_csaf_list(pt_at(c->vulns, i), "ids")))
            pt_csaf_found(c, "the vulnerability has no id", (pt_str){0});
}

// Every product of a state is named by an item of one of the lists. `category`: of the items of
// "threats" that count.
static void answered(pt_csaf *c, const char *state, const char *const lists[2], const char *what) {
    for (size_t i = 0; pt_csaf_category(c, VEX) && i < pt_len(c->vulns); i++) {
        pt_value vuln = pt_at(c->vulns, i);
        pt_csaf_ids want = {0};
        pt_csaf_ids have = {0};
        pt_csaf_push_states(c, &want, vuln, &state, 1);
        for (size_t k = 0; k < 2 && lists[k]; k++) {
            pt_value list = pt_csaf_list(vuln, lists[k]);
            bool threats = pt_str_eqz(pt_str_of(lists[k]), "threats");
            for (size_t m = 0; m < pt_len(list); m++)
                if (!threats || pt_str_eqz(pt_csaf_text(pt_at(list, m), "category"), "impact"))
                    pt_csaf_push_named(c, &have, pt_at(list, m));
        }
        pt_csaf_missing(c, &want, &have, what);
    }
}

void pt_csaf_impact(pt_csaf *c) {
    static const char *const lists[2] = {"flags", "threats"};
    answered(c, "known_not_affected", lists, "why it is not affected is not said");
}

void pt_csaf_action(pt_csaf *c) {
    static const char *const lists[2] = {"remediations", NULL};
    answered(c, "known_affected", lists, "what to do is not said");
}
