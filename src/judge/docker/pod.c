#include "judge/docker/pod.h"

void pt_docker_pod_unknown(pt_docker_podding *p, pt_str what, pt_fact why) {
    pt_str reason = why.reason.n ? why.reason : PT_STR("not known");
    if (!p->unknown.n)
        p->unknown = pt_arena_printf(p->a, "%.*s: %.*s", PT_PRI(what), PT_PRI(reason));
}

static pt_str hc_text(const pt_docker_podding *p, const char *path) {
    return pt_text(pt_docker_pod_hc(p, path));
}

static pt_value text_or_none(pt_str s) {
    return s.n ? pt_string(s) : pt_undefined();
}

static pt_value yes(bool b) {
    return b ? pt_bool(true) : pt_undefined();
}

// -- metadata -------------------------------------------------------------------------------------

static bool is_word(pt_str s, size_t max) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool inside = i > 0 && i + 1 < s.n;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && !(inside && (c == '-' || c == '_' || c == '.')))
            return false;
    }
    return s.n <= max;
}

// As Kubernetes has it: "app", "example.org/app".
static bool is_label(pt_str key, pt_str value) {
    enum {
        NAME_MAX_BYTES = 63,
        PREFIX_MAX_BYTES = 253,
    };
    size_t slash = pt_str_find(key, '/');
    pt_str name = slash < key.n ? pt_str_sub(key, slash + 1, key.n) : key;
    pt_str prefix = slash < key.n ? pt_str_sub(key, 0, slash) : PT_STR("x");
    return name.n && is_word(name, NAME_MAX_BYTES) && prefix.n &&
           is_word(prefix, PREFIX_MAX_BYTES) && is_word(value, NAME_MAX_BYTES);
}

// Labels that are valid (else those that are not), and behind these the annotations.
static pt_value labels(const pt_docker_podding *p, bool valid, pt_value annotations) {
    pt_value all = pt_getz(p->c->config, "Labels");
    pt_list pairs = {.a = p->a};
    for (size_t i = 0; i < pt_len(all); i++) {
        if (is_label(pt_text(pt_key_at(all, i)), pt_text(pt_val_at(all, i))) != valid)
            continue;
        pt_list_add(&pairs, pt_key_at(all, i));
        pt_list_add(&pairs, pt_val_at(all, i));
    }
    for (size_t i = 0; i < pt_len(annotations); i++) {
        pt_list_add(&pairs, pt_key_at(annotations, i));
        pt_list_add(&pairs, pt_val_at(annotations, i));
    }
    if (!pairs.items.n || pairs.full)
        return pt_undefined();
    return pt_object_of(p->a, pairs.items.v, pairs.items.n / 2, NULL);
}

static pt_value metadata(const pt_docker_podding *p) {
    pt_obj o = {.a = p->a};
    pt_str name = p->c->called.n ? p->c->called : PT_STR("container");
    pt_obj_set(&o, "name", pt_string(name));
    pt_obj_maybe(&o, "namespace", text_or_none(p->c->tenant));
    pt_obj_maybe(&o, "labels", labels(p, true, pt_undefined()));
    pt_obj_maybe(&o, "annotations", labels(p, false, pt_docker_pod_hc(p, "Annotations")));
    return pt_obj_end(&o);
}

// -- the container --------------------------------------------------------------------------------

static pt_value named(pt_arena *a, pt_str name, pt_value value) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", pt_string(name));
    pt_obj_maybe(&o, "value", value);
    return pt_obj_end(&o);
}

static pt_value environment(const pt_docker_podding *p) {
    pt_value env = pt_getz(p->c->config, "Env");
    pt_list l = {.a = p->a};
    for (size_t i = 0; i < pt_len(env); i++) {
        pt_str text = pt_text(pt_at(env, i));
        size_t equals = pt_str_find(text, '=');
        pt_list_add(&l, named(p->a, pt_str_sub(text, 0, equals),
                              pt_string(pt_str_sub(text, equals + 1, text.n))));
    }
    return pt_docker_some(pt_list_end(&l));
}

// Healthcheck: ["CMD", …], ["CMD-SHELL", TEXT].
static pt_value liveness(const pt_docker_podding *p) {
    pt_value test = pt_path_get(p->c->config, "Healthcheck.Test");
    pt_str how = pt_text(pt_at(test, 0));
    bool shell = pt_str_eqz(how, "CMD-SHELL");
    if (!shell && !pt_str_eqz(how, "CMD"))
        return pt_undefined();
    pt_list command = {.a = p->a};
    if (shell)
        pt_list_add(&command, pt_stringz("/bin/sh"));
    if (shell)
        pt_list_add(&command, pt_stringz("-c"));
    for (size_t i = 1; i < pt_len(test); i++)
        pt_list_add(&command, pt_at(test, i));
    pt_obj exec = {.a = p->a};
    pt_obj_set(&exec, "command", pt_list_end(&command));
    pt_obj probe = {.a = p->a};
    pt_obj_set(&probe, "exec", pt_obj_end(&exec));
    return pt_obj_end(&probe);
}

static pt_value container(pt_docker_podding *p) {
    pt_value config = p->c->config;
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "name", pt_stringz("container"));
    pt_obj_set(&o, "image", pt_string(pt_text(pt_getz(config, "Image"))));
    pt_obj_maybe(&o, "command", pt_docker_some(pt_getz(config, "Entrypoint")));
    pt_obj_maybe(&o, "args", pt_docker_some(pt_getz(config, "Cmd")));
    pt_obj_maybe(&o, "env", environment(p));
    pt_obj_maybe(&o, "workingDir", text_or_none(pt_text(pt_getz(config, "WorkingDir"))));
    pt_obj_maybe(&o, "tty", yes(pt_true(pt_getz(config, "Tty"))));
    pt_obj_maybe(&o, "stdin", yes(pt_true(pt_getz(config, "OpenStdin"))));
    pt_obj_maybe(&o, "ports", pt_docker_some(pt_docker_pod_ports(p)));
    pt_obj_maybe(&o, "resources", pt_docker_pod_resources(p));
    pt_obj_maybe(&o, "volumeMounts", pt_docker_some(pt_docker_pod_volume_mounts(p)));
    pt_obj_maybe(&o, "livenessProbe", liveness(p));
    pt_obj_set(&o, "securityContext", pt_docker_pod_container_security(p));
    return pt_obj_end(&o);
}

// -- the spec -------------------------------------------------------------------------------------

// "name:address" or "name=address".
static pt_value host_aliases(const pt_docker_podding *p) {
    pt_value hosts = pt_docker_pod_hc(p, "ExtraHosts");
    pt_list l = {.a = p->a};
    for (size_t i = 0; i < pt_len(hosts); i++) {
        pt_str text = pt_text(pt_at(hosts, i));
        size_t at = pt_str_find(text, '=');
        at = at < text.n ? at : pt_str_find(text, ':');
        pt_value name = pt_string(pt_str_sub(text, 0, at));
        pt_obj o = {.a = p->a};
        pt_obj_set(&o, "ip", pt_string(pt_str_sub(text, at + 1, text.n)));
        pt_obj_set(&o, "hostnames", pt_array_of(p->a, &name, 1));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_docker_some(pt_list_end(&l));
}

static pt_value dns_config(const pt_docker_podding *p) {
    pt_value options = pt_docker_pod_hc(p, "DnsOptions");
    pt_list l = {.a = p->a};
    for (size_t i = 0; i < pt_len(options); i++) {
        pt_str text = pt_text(pt_at(options, i));
        size_t colon = pt_str_find(text, ':');
        pt_value value = text_or_none(pt_str_sub(text, colon + 1, text.n));
        pt_list_add(&l, named(p->a, pt_str_sub(text, 0, colon), value));
    }
    pt_obj o = {.a = p->a};
    pt_obj_maybe(&o, "nameservers", pt_docker_some(pt_docker_pod_hc(p, "Dns")));
    pt_obj_maybe(&o, "searches", pt_docker_some(pt_docker_pod_hc(p, "DnsSearch")));
    pt_obj_maybe(&o, "options", pt_docker_some(pt_list_end(&l)));
    return pt_docker_some(pt_obj_end(&o));
}

static const char *restart_policy(pt_str name) {
    if (pt_str_eqz(name, "always") || pt_str_eqz(name, "unless-stopped"))
        return "Always";
    return pt_str_eqz(name, "on-failure") ? "OnFailure" : "Never";
}

static bool is_host(const pt_docker_podding *p, const char *mode) {
    return pt_str_eqz(hc_text(p, mode), "host");
}

// Where users are remapped, root of the container is not the host's.
static bool host_users(const pt_docker_podding *p) {
    return is_host(p, "UsernsMode") || !pt_true(pt_getz(p->daemon.value, "userns_remap"));
}

static pt_value spec(pt_docker_podding *p) {
    pt_value config = p->c->config;
    pt_value one = container(p);
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "containers", pt_defined(one) ? pt_array_of(p->a, &one, 1) : pt_undefined());
    pt_obj_set(&o, "automountServiceAccountToken", pt_bool(false)); // there is none to mount
    pt_obj_maybe(&o, "volumes", pt_docker_some(pt_docker_pod_volumes(p)));
    pt_obj_maybe(&o, "securityContext", pt_docker_some(pt_docker_pod_security(p)));
    pt_obj_maybe(&o, "hostNetwork", yes(is_host(p, "NetworkMode")));
    pt_obj_maybe(&o, "hostPID", yes(is_host(p, "PidMode")));
    pt_obj_maybe(&o, "hostIPC", yes(is_host(p, "IpcMode")));
    pt_obj_set(&o, "hostUsers", pt_bool(host_users(p)));
    bool shares = pt_str_starts(hc_text(p, "PidMode"), PT_STR("container:"));
    pt_obj_maybe(&o, "shareProcessNamespace", yes(shares));
    pt_obj_maybe(&o, "runtimeClassName", text_or_none(hc_text(p, "Runtime")));
    pt_obj_set(&o, "restartPolicy", pt_stringz(restart_policy(hc_text(p, "RestartPolicy.Name"))));
    pt_obj_maybe(&o, "terminationGracePeriodSeconds", pt_getz(config, "StopTimeout"));
    pt_obj_maybe(&o, "hostname", text_or_none(pt_text(pt_getz(config, "Hostname"))));
    pt_obj_maybe(&o, "subdomain", text_or_none(pt_text(pt_getz(config, "Domainname"))));
    pt_obj_maybe(&o, "hostAliases", host_aliases(p));
    pt_obj_maybe(&o, "dnsConfig", dns_config(p));
    return pt_obj_end(&o);
}

// What no mount of the pod can show.
static void note_unknown(pt_docker_podding *p) {
    for (size_t i = 0; i < p->mounts->n; i++) {
        const pt_docker_mount *m = &p->mounts->v[i];
        if (m->kind == PT_DOCKER_MOUNT_FROM ||
            (m->kind == PT_DOCKER_MOUNT_VOLUME && m->why.state == PT_UNKNOWN))
            pt_docker_pod_unknown(p, m->field, m->why);
    }
    if (p->daemon.state == PT_UNKNOWN)
        pt_docker_pod_unknown(p, PT_STR("the daemon"), p->daemon);
}

pt_value pt_docker_pod_of(pt_arena *a, const pt_docker_host *h, const pt_docker_container *c,
                          const pt_docker_mounts *mounts, pt_str *ret_unknown) {
    pt_docker_podding p = {.a = a, .h = h, .c = c, .mounts = mounts};
    pt_str image = pt_text(pt_getz(c->config, "Image"));
    p.daemon = h && h->daemon ? h->daemon(h->context, a) : pt_docker_not_asked();
    p.image = pt_fact_absent((pt_str){0});
    if (image.n)
        p.image = h && h->image ? h->image(h->context, a, image) : pt_docker_not_asked();
    note_unknown(&p);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "apiVersion", pt_stringz("v1"));
    pt_obj_set(&o, "kind", pt_stringz("Pod"));
    pt_obj_set(&o, "metadata", metadata(&p));
    pt_obj_set(&o, "spec", spec(&p));
    *ret_unknown = p.unknown;
    return pt_obj_end(&o);
}
