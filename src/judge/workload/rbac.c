// Tests of roles and bindings.
#include "judge/workload/object.h"
#include "judge/workload/tests.h"
#include "value/path.h"

#define RBAC "rbac.authorization.k8s.io"

static bool is_role(pt_value doc) {
    return pt_object_is(doc, "ClusterRole", RBAC) || pt_object_is(doc, "Role", RBAC);
}

static bool is_binding(pt_value doc) {
    return pt_object_is(doc, "ClusterRoleBinding", RBAC) || pt_object_is(doc, "RoleBinding", RBAC);
}

// -- rules ----------------------------------------------------------------------------------------

static bool holds(pt_value list, const char *word) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_eqz(pt_text(pt_at(list, i)), word))
            return true;
    return false;
}

static void put_words(pt_seen *seen, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_buf_putz(&seen->text, i ? ", " : "");
        pt_buf_put(&seen->text, pt_text(pt_at(list, i)));
    }
}

// "rule 2: ", "ClusterRole view, rule 2: "
static void put_origin(pt_seen *seen, pt_value rule, size_t i) {
    pt_str origin = pt_text(pt_getz(rule, PT_RULE_ORIGIN));
    pt_buf_putz(&seen->text, seen->text.n ? "; " : "");
    if (origin.n)
        pt_buf_printf(&seen->text, "%.*s: ", PT_PRI(origin));
    else
        pt_buf_printf(&seen->text, "rule %zu: ", i + 1);
}

// "*" and "/*" are every URL of the API server. Reading them is what monitoring does.
static bool all_urls_but_read(pt_value rule) {
    static const char *const wide[] = {"*", "post", "put", "patch", "delete"};
    pt_value urls = pt_getz(rule, "nonResourceURLs");
    bool any = false;
    for (size_t i = 0; i < PT_COUNT(wide); i++)
        any = any || holds(pt_getz(rule, "verbs"), wide[i]);
    return any && (holds(urls, "*") || holds(urls, "/*"));
}

pt_verdict pt_test_rule_wildcard(pt_value v, pt_str want, pt_seen *seen) {
    static const char *const fields[] = {"verbs", "resources", "apiGroups"};
    (void)want;
    if (!is_role(v))
        return PT_NOT_APPLICABLE;
    bool cluster = pt_object_is(v, "ClusterRole", RBAC); // a Role has no say about URLs
    pt_value rules = pt_getz(v, "rules");
    for (size_t i = 0; i < pt_len(rules); i++) {
        pt_value rule = pt_at(rules, i);
        for (size_t f = 0; f < PT_COUNT(fields); f++) {
            // Without resources it is about URLs of the API server.
            if (pt_len(pt_getz(rule, "resources")) == 0 || !holds(pt_getz(rule, fields[f]), "*"))
                continue;
            pt_seen_item(seen, "rules", i, fields[f]);
            put_origin(seen, rule, i);
            pt_buf_printf(&seen->text, "%s = *", fields[f]);
        }
        if (!cluster || !all_urls_but_read(rule))
            continue;
        pt_seen_item(seen, "rules", i, "nonResourceURLs");
        put_origin(seen, rule, i);
        put_words(seen, pt_getz(rule, "verbs"));
        pt_buf_putz(&seen->text, " on every URL of the API server");
    }
    return pt_seen_verdict(seen);
}

// "*/exec" is exec of every resource.
static bool any_subresource(pt_str word, pt_str wanted) {
    pt_str one;
    while (pt_str_split(&wanted, '|', &one))
        if (pt_str_ends(one, pt_str_sub(word, 1, word.n)))
            return true;
    return false;
}

// Is one of `list` among the words of `wanted`? Those are few and our own.
static bool meets(pt_value list, pt_str wanted, bool star_counts) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str word = pt_text(pt_at(list, i));
        bool star = pt_str_eqz(word, "*");
        if (!star && pt_str_starts(word, PT_STR("*/")) && any_subresource(word, wanted))
            return true;
        if (star ? star_counts : pt_str_in_list(word.n ? word : PT_STR("core"), wanted, '|'))
            return true;
    }
    return false;
}

// A rule for all resources is what pt_test_rule_wildcard finds: here only named ones count, unless
// the verb itself is what is dangerous and is named.
static bool allows(pt_value rule, pt_str groups, pt_str resources, pt_str verbs) {
    bool any_resource = pt_str_eqz(resources, "*");
    pt_value verb_list = pt_getz(rule, "verbs");
    bool group = pt_str_eqz(groups, "*") || meets(pt_getz(rule, "apiGroups"), groups, true);
    bool resource = any_resource ? pt_len(pt_getz(rule, "resources")) > 0
                                 : meets(pt_getz(rule, "resources"), resources, false);
    bool any_verb = pt_str_eqz(verbs, "*") && pt_len(verb_list) > 0;
    return group && resource && (any_verb || meets(verb_list, verbs, !any_resource));
}

static bool allows_one(pt_value rule, pt_str triples) {
    pt_str triple;
    while (pt_str_split(&triples, ';', &triple)) {
        pt_str groups = {0};
        pt_str resources = {0};
        pt_str verbs = {0};
        pt_assert(pt_str_word(&triple, &groups) && pt_str_word(&triple, &resources) &&
                  pt_str_word(&triple, &verbs));
        if (allows(rule, groups, resources, verbs))
            return true;
    }
    return false;
}

// "rule 2: get, list on secrets"
static void put_rule(pt_seen *seen, pt_value rule, size_t i) {
    pt_seen_item(seen, "rules", i, "");
    put_origin(seen, rule, i);
    put_words(seen, pt_getz(rule, "verbs"));
    pt_buf_putz(&seen->text, " on ");
    put_words(seen, pt_getz(rule, "resources"));
}

pt_verdict pt_test_rule_allows(pt_value v, pt_str want, pt_seen *seen) {
    if (!is_role(v))
        return PT_NOT_APPLICABLE;
    pt_value rules = pt_getz(v, "rules");
    for (size_t i = 0; i < pt_len(rules); i++)
        if (allows_one(pt_at(rules, i), want))
            put_rule(seen, pt_at(rules, i), i);
    return pt_seen_verdict(seen);
}

// The ConfigMaps that decide who is who, and where names lead.
pt_verdict pt_test_rule_dns(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!is_role(v))
        return PT_NOT_APPLICABLE;
    pt_value rules = pt_getz(v, "rules");
    for (size_t i = 0; i < pt_len(rules); i++) {
        pt_value names = pt_getz(pt_at(rules, i), "resourceNames");
        if ((holds(names, "coredns") || holds(names, "aws-auth")) &&
            allows(pt_at(rules, i), PT_STR("core"), PT_STR("configmaps"),
                   PT_STR("update|patch|delete")))
            put_rule(seen, pt_at(rules, i), i);
    }
    return pt_seen_verdict(seen);
}

// -- bindings -------------------------------------------------------------------------------------

static pt_str role_name(pt_value binding) {
    return pt_text(pt_path_get(binding, "roleRef.name"));
}

pt_verdict pt_test_binding_admin(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!is_binding(v))
        return PT_NOT_APPLICABLE;
    if (!pt_str_eqz(role_name(v), "cluster-admin"))
        return PT_PASS;
    pt_seen_part(seen, "roleRef.name", "cluster-admin to ");
    pt_value subjects = pt_getz(v, "subjects");
    for (size_t i = 0; i < pt_len(subjects); i++) {
        pt_buf_putz(&seen->text, i ? ", " : "");
        pt_buf_put(&seen->text, pt_text(pt_getz(pt_at(subjects, i), "kind")));
        pt_buf_putc(&seen->text, ' ');
        pt_buf_put(&seen->text, pt_text(pt_getz(pt_at(subjects, i), "name")));
    }
    if (pt_len(subjects) == 0)
        pt_buf_putz(&seen->text, "nobody yet");
    return PT_FAIL;
}

pt_verdict pt_test_binding_everyone(pt_value v, pt_str want, pt_seen *seen) {
    static const pt_str everyone = PT_STR("system:anonymous|system:unauthenticated|"
                                          "system:authenticated|system:masters|"
                                          "system:serviceaccounts");
    // What Kubernetes itself gives to all: versions and health.
    static const pt_str harmless = PT_STR("system:discovery|system:basic-user|"
                                          "system:public-info-viewer|"
                                          "system:service-account-issuer-discovery");
    (void)want;
    if (!is_binding(v))
        return PT_NOT_APPLICABLE;
    if (pt_str_in_list(role_name(v), harmless, '|'))
        return PT_PASS;
    pt_value subjects = pt_getz(v, "subjects");
    for (size_t i = 0; i < pt_len(subjects); i++) {
        pt_str name = pt_text(pt_getz(pt_at(subjects, i), "name"));
        if (!pt_str_in_list(name, everyone, '|'))
            continue;
        pt_seen_item(seen, "subjects", i, "name");
        pt_buf_putz(&seen->text, seen->text.n ? ", " : "");
        pt_buf_put(&seen->text, name);
    }
    return pt_seen_verdict(seen);
}
