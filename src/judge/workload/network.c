// Tests of objects that open the network: Service, Ingress, NetworkPolicy.
#include "judge/workload/object.h"
#include "judge/workload/tests.h"
#include "value/path.h"

static pt_value spec_of(pt_value doc) {
    return pt_getz(doc, "spec");
}

// Every cloud has an annotation of its own that keeps a load balancer inside: "…-internal: true",
// "…load-balancer-type: Internal".
static bool stays_inside(pt_value service) {
    pt_value notes = pt_path_get(service, "metadata.annotations");
    for (size_t i = 0; i < pt_len(notes); i++) {
        pt_str key = pt_text(pt_key_at(notes, i));
        pt_str value = pt_text(pt_val_at(notes, i));
        bool balancer = pt_str_has(key, PT_STR("load-balancer"));
        bool internal = pt_str_ends(key, PT_STR("internal")) && !pt_str_eqz(value, "false");
        if (balancer && (internal || pt_str_eq_nocase(value, PT_STR("internal"))))
            return true;
    }
    return false;
}

// Half of all addresses or more: "0.0.0.0/0", "128.0.0.0/1", "::/0".
static bool broad(pt_str cidr) {
    return pt_str_ends(cidr, PT_STR("/0")) || pt_str_ends(cidr, PT_STR("/1"));
}

static bool any_broad(pt_value cidrs) {
    for (size_t i = 0; i < pt_len(cidrs); i++)
        if (broad(pt_text(pt_at(cidrs, i))))
            return true;
    return false;
}

// How a service is open to everybody outside the cluster; NULL: it is not.
static const char *way_in(pt_value service) {
    pt_str type = pt_text(pt_getz(spec_of(service), "type"));
    if (pt_str_eqz(type, "NodePort"))
        return "type = NodePort";
    if (!pt_str_eqz(type, "LoadBalancer") || stays_inside(service))
        return NULL;
    pt_value ranges = pt_getz(spec_of(service), "loadBalancerSourceRanges");
    if (pt_len(ranges) == 0)
        return "type = LoadBalancer without loadBalancerSourceRanges";
    return any_broad(ranges) ? "type = LoadBalancer, every address in loadBalancerSourceRanges"
                             : NULL;
}

pt_verdict pt_test_service_outside(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_object_is(v, "Service", ""))
        return PT_NOT_APPLICABLE;
    const char *way = way_in(v);
    if (way)
        pt_seen_part(seen, "spec.type", way);
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_service_external_ip(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_object_is(v, "Service", ""))
        return PT_NOT_APPLICABLE;
    pt_value ips = pt_getz(spec_of(v), "externalIPs");
    for (size_t i = 0; i < pt_len(ips); i++) {
        pt_seen_item(seen, "spec.externalIPs", i, "");
        pt_buf_putz(&seen->text, seen->text.n ? ", " : "externalIPs: ");
        pt_buf_put(&seen->text, pt_text(pt_at(ips, i)));
    }
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_service_external_name(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_object_is(v, "Service", ""))
        return PT_NOT_APPLICABLE;
    if (!pt_str_eqz(pt_text(pt_getz(spec_of(v), "type")), "ExternalName"))
        return PT_PASS;
    pt_seen_part(seen, "spec.externalName", "externalName = ");
    pt_buf_put(&seen->text, pt_text(pt_getz(spec_of(v), "externalName")));
    return PT_FAIL;
}

// -- Ingress --------------------------------------------------------------------------------------

static bool is_ingress(pt_value doc) {
    return pt_object_is(doc, "Ingress", "networking.k8s.io") ||
           pt_object_is(doc, "Ingress", "extensions");
}

// Looking each host up in each list is quadratic: beyond so many rules only the list's absence is
// judged.
enum {
    RULES_MAX = 200
};

static bool covers(pt_str pattern, pt_str host) {
    if (!pt_str_starts(pattern, PT_STR("*.")))
        return pt_str_eq(pattern, host);
    size_t dot = pt_str_find(host, '.');
    return pt_str_eq(pt_str_sub(pattern, 1, pattern.n), pt_str_sub(host, dot, host.n));
}

// An entry without hosts is for every host.
static bool has_tls(pt_value tls, pt_str host) {
    for (size_t i = 0; i < pt_len(tls); i++) {
        pt_value hosts = pt_getz(pt_at(tls, i), "hosts");
        if (pt_len(hosts) == 0)
            return true;
        for (size_t k = 0; k < pt_len(hosts); k++)
            if (covers(pt_text(pt_at(hosts, k)), host))
                return true;
    }
    return false;
}

pt_verdict pt_test_ingress_tls(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!is_ingress(v))
        return PT_NOT_APPLICABLE;
    pt_value tls = pt_getz(spec_of(v), "tls");
    if (pt_len(tls) == 0) {
        pt_seen_part(seen, "spec.tls", "no tls");
        return PT_FAIL;
    }
    pt_value rules = pt_getz(spec_of(v), "rules");
    for (size_t i = 0; i < pt_len(rules) && pt_len(rules) <= RULES_MAX; i++) {
        pt_str host = pt_text(pt_getz(pt_at(rules, i), "host"));
        if (!host.n || has_tls(tls, host))
            continue;
        pt_seen_item(seen, "spec.rules", i, "host");
        pt_buf_putz(&seen->text, seen->text.n ? ", " : "no tls for ");
        pt_buf_put(&seen->text, host);
    }
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_ingress_snippet(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!is_ingress(v))
        return PT_NOT_APPLICABLE;
    pt_value notes = pt_path_get(v, "metadata.annotations");
    for (size_t i = 0; i < pt_len(notes); i++) {
        pt_str key = pt_text(pt_key_at(notes, i));
        if (!pt_str_starts(key, PT_STR("nginx.ingress.kubernetes.io/")) ||
            !pt_str_ends(key, PT_STR("-snippet")))
            continue;
        if (!seen->text.n) {
            pt_path_key(&seen->path, PT_STR("metadata"));
            pt_path_key(&seen->path, PT_STR("annotations"));
            pt_path_key(&seen->path, key);
        }
        pt_buf_putz(&seen->text, seen->text.n ? ", " : "");
        pt_buf_put(&seen->text, key);
    }
    return pt_seen_verdict(seen);
}

// -- panels ---------------------------------------------------------------------------------------

// Interfaces that rule a cluster or its data and, as they are installed, ask nobody who he is, or
// were left open often enough.
static bool is_panel(pt_str name) {
    static const pt_str panels[] = {
        PT_STR("kubernetes-dashboard"),
        PT_STR("argo-server"),
        PT_STR("argo-workflows-server"),
        PT_STR("weave-scope-app"),
        PT_STR("centraldashboard"),
        PT_STR("ml-pipeline-ui"),
        PT_STR("nifi"),
        PT_STR("prometheus"),
        PT_STR("prometheus-server"),
        PT_STR("prometheus-k8s"),
        PT_STR("prometheus-operated"),
        PT_STR("alertmanager"),
        PT_STR("hubble-ui"),
        PT_STR("longhorn-frontend"),
        PT_STR("longhorn-ui"),
        PT_STR("jaeger-query"),
        PT_STR("cost-analyzer"),
        PT_STR("mongo-express"),
        PT_STR("redis-commander"),
        PT_STR("kafka-ui"),
        PT_STR("spark-master"),
        PT_STR("dask-scheduler"),
        PT_STR("mlflow"),
        PT_STR("tensorboard"),
    };
    for (size_t i = 0; i < PT_COUNT(panels); i++) {
        size_t before = name.n - panels[i].n; // of a release: "prod-argo-server"
        if (pt_str_ends(name, panels[i]) && (before == 0 || name.p[before - 1] == '-'))
            return true;
    }
    return false;
}

// The panel that a service leads to, by its own name or what it selects; empty: none.
static pt_str panel_behind(pt_value service) {
    pt_str name = pt_text(pt_path_get(service, "metadata.name"));
    pt_value labels = pt_getz(spec_of(service), "selector");
    for (size_t i = 0; i < pt_len(labels) && !is_panel(name); i++)
        name = pt_text(pt_val_at(labels, i));
    return is_panel(name) ? name : (pt_str){0};
}

static bool narrow(pt_str cidrs) {
    bool any = false;
    pt_str one;
    while (pt_str_split(&cidrs, ',', &one)) {
        one = pt_str_trim(one);
        if (broad(one))
            return false;
        any |= one.n > 0;
    }
    return any;
}

static bool is_set(pt_str value) {
    return value.n && !pt_str_in_list(value, PT_STR("none|off|false"), '|');
}

static bool names_login(pt_str value) {
    return pt_str_has(value, PT_STR("auth"));
}

static bool is_required(pt_str value) {
    return pt_str_eqz(value, "on");
}

// What the controllers (nginx, HAProxy, Traefik, Kong, AWS) call a login, or the networks that may
// enter, behind the slash of an annotation; and the values that count as one.
static const struct {
    const char *keys;
    bool (*counts)(pt_str value);
} guards[] = {
    {"auth-url|auth-type|auth-secret|auth-tls-secret", is_set},
    {"router.middlewares|plugins", names_login},
    {"whitelist-source-range|allowlist-source-range|inbound-cidrs|whitelist|allow-list", narrow},
};

static pt_str behind_slash(pt_str key) {
    size_t slash = pt_str_rfind(key, '/');
    return slash < key.n ? pt_str_sub(key, slash + 1, key.n) : key;
}

static bool asks_who(pt_value ingress) {
    pt_value notes = pt_path_get(ingress, "metadata.annotations");
    bool asks = false;
    for (size_t i = 0; i < pt_len(notes); i++) {
        pt_str key = behind_slash(pt_text(pt_key_at(notes, i)));
        pt_str value = pt_text(pt_val_at(notes, i));
        if (pt_str_eqz(key, "auth-tls-verify-client") && !is_required(value))
            return false; // strangers without a certificate enter too
        for (size_t k = 0; k < PT_COUNT(guards); k++)
            asks |= pt_str_in_list(key, pt_str_of(guards[k].keys), '|') && guards[k].counts(value);
    }
    return asks;
}

static pt_str backend_name(pt_value backend) {
    pt_str name = pt_text(pt_path_get(backend, "service.name"));
    return name.n ? name : pt_text(pt_getz(backend, "serviceName")); // before networking.k8s.io/v1
}

static void put_panel(pt_seen *seen, pt_str name) {
    pt_buf_putz(&seen->text, seen->text.n ? ", " : "leads to ");
    pt_buf_put(&seen->text, name);
}

static void ingress_panels(pt_value ingress, pt_seen *seen) {
    static const char *const defaults[] = {"spec.defaultBackend", "spec.backend"};
    for (size_t i = 0; i < PT_COUNT(defaults); i++) {
        pt_str name = backend_name(pt_path_get(ingress, defaults[i]));
        if (!is_panel(name))
            continue;
        pt_seen_item(seen, defaults[i], 0, NULL);
        put_panel(seen, name);
    }
    pt_value rules = pt_getz(spec_of(ingress), "rules");
    for (size_t i = 0; i < pt_len(rules); i++) {
        pt_value paths = pt_path_get(pt_at(rules, i), "http.paths");
        for (size_t k = 0; k < pt_len(paths); k++) {
            pt_str name = backend_name(pt_getz(pt_at(paths, k), "backend"));
            if (!is_panel(name))
                continue;
            if (!seen->text.n) {
                pt_seen_item(seen, "spec.rules", i, "http.paths");
                pt_path_index(&seen->path, k);
                pt_path_key(&seen->path, PT_STR("backend"));
            }
            put_panel(seen, name);
        }
    }
}

pt_verdict pt_test_panel_outside(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    bool service = pt_object_is(v, "Service", "");
    if (!service && !is_ingress(v))
        return PT_NOT_APPLICABLE;
    const char *way = service ? way_in(v) : NULL;
    pt_str panel = way ? panel_behind(v) : (pt_str){0};
    if (panel.n) {
        pt_seen_part(seen, "spec.type", way);
        pt_buf_putz(&seen->text, ", leads to ");
        pt_buf_put(&seen->text, panel);
    }
    if (!service && !asks_who(v))
        ingress_panels(v, seen);
    return pt_seen_verdict(seen);
}

// -- NetworkPolicy --------------------------------------------------------------------------------

// A rule without peers allows everybody: any port, or those that it names.
static void put_open_rules(pt_value policy, const char *field, const char *peers, pt_seen *seen) {
    pt_value rules = pt_path_get(policy, field);
    for (size_t i = 0; i < pt_len(rules); i++) {
        pt_value list = pt_getz(pt_at(rules, i), peers);
        bool open = pt_len(list) == 0 && pt_len(pt_getz(pt_at(rules, i), "ports")) == 0;
        for (size_t k = 0; k < pt_len(list) && !open; k++)
            open = broad(pt_text(pt_path_get(pt_at(list, k), "ipBlock.cidr")));
        if (!open)
            continue;
        pt_seen_item(seen, field, i, "");
        pt_buf_printf(&seen->text, "%srule %zu %s %s", seen->text.n ? "; " : "", i + 1, peers,
                      pt_len(list) ? "every address" : "anywhere, on every port");
    }
}

pt_verdict pt_test_policy_open(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_object_is(v, "NetworkPolicy", "networking.k8s.io"))
        return PT_NOT_APPLICABLE;
    put_open_rules(v, "spec.ingress", "from", seen);
    put_open_rules(v, "spec.egress", "to", seen);
    return pt_seen_verdict(seen);
}
