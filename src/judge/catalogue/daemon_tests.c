#include "judge/catalogue/docker_tests.h"
#include "value/json.h"

static bool texts(pt_value v) {
    for (size_t i = 0; i < pt_len(v); i++)
        if (pt_tag_of(pt_at(v, i)) != PT_STRING)
            return false;
    return pt_tag_of(v) == PT_ARRAY;
}

// SecurityOptions: ["name=seccomp,profile=builtin", "name=userns", …].
// want: "userns|rootless": one of these names is there.
pt_verdict pt_test_security_option(pt_value v, pt_str want, pt_seen *seen) {
    if (!texts(v))
        return pt_answer_lacks(seen, "list of security options");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str option = pt_text(pt_at(v, i));
        pt_str name = pt_str_sub(option, 0, pt_str_find(option, ','));
        bool named = pt_str_starts(name, PT_STR("name="));
        if (named && pt_str_in_list(pt_str_sub(name, 5, name.n), want, '|')) {
            pt_buf_put(&seen->text, option);
            return PT_PASS;
        }
    }
    PT_IGNORE(pt_json_write(&seen->text, v, NULL, NULL)); // cut evidence is still evidence
    return PT_FAIL;
}

pt_verdict pt_test_seccomp_daemon(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!texts(v))
        return pt_answer_lacks(seen, "list of security options");
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str option = pt_text(pt_at(v, i));
        if (!pt_str_starts(option, PT_STR("name=seccomp")))
            continue;
        pt_buf_put(&seen->text, option);
        size_t at = pt_str_find_str(option, PT_STR("profile="));
        pt_str profile = pt_str_sub(option, at + 8, option.n);
        if (pt_str_eqz(profile, "unconfined"))
            return PT_FAIL;
        // A profile of one's own may allow anything: only a human can say.
        return pt_str_in_list(profile, PT_STR("builtin|default"), '|') ? PT_PASS : PT_NOT_EVALUATED;
    }
    pt_buf_putz(&seen->text, "seccomp is not among the security options");
    return PT_FAIL;
}

static bool is_loopback(pt_str cidr) {
    int64_t bits = 0;
    pt_str length = pt_str_sub(cidr, pt_str_find(cidr, '/') + 1, cidr.n);
    bool narrow = pt_str_int(length, 10, &bits) && bits >= 8;
    return (narrow && pt_str_starts(cidr, PT_STR("127."))) || pt_str_eqz(cidr, "::1/128");
}

pt_verdict pt_test_registries(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value cidrs = pt_getz(v, "InsecureRegistryCIDRs");
    pt_value indexes = pt_getz(v, "IndexConfigs");
    if (!texts(cidrs) || pt_tag_of(indexes) != PT_OBJECT)
        return pt_answer_lacks(seen, "registry configuration");
    for (size_t i = 0; i < pt_len(cidrs); i++)
        if (!is_loopback(pt_text(pt_at(cidrs, i)))) {
            pt_buf_put(&seen->text, pt_text(pt_at(cidrs, i)));
            return PT_FAIL;
        }
    for (size_t i = 0; i < pt_len(indexes); i++)
        if (!pt_true(pt_getz(pt_val_at(indexes, i), "Secure"))) {
            pt_buf_put(&seen->text, pt_text(pt_key_at(indexes, i)));
            return PT_FAIL;
        }
    pt_buf_putz(&seen->text, "only loopback addresses");
    return PT_PASS;
}

// Where it listens, and what it asks of who connects there. (Where systemd listens for fd:// is
// another fact of the same shape.)
pt_verdict pt_test_hosts_tls(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value hosts = pt_getz(v, "hosts");
    if (pt_tag_of(v) != PT_OBJECT || (pt_defined(hosts) && !texts(hosts)))
        return pt_answer_lacks(seen, "list of hosts");
    for (size_t i = 0; i < pt_len(hosts); i++) {
        pt_str host = pt_text(pt_at(hosts, i));
        bool local = pt_str_starts(host, PT_STR("unix://")) ||
                     pt_str_starts(host, PT_STR("fd://")) || (host.n && host.p[0] == '/');
        if (local)
            continue;
        // Without the option dockerd takes its default CA, and does not start if there is none.
        pt_value ca = pt_getz(v, "tlscacert");
        bool has_ca = !pt_defined(ca) || pt_text(ca).n > 0;
        bool verified = has_ca && pt_true(pt_getz(v, "tlsverify"));
        pt_buf_put(&seen->text, host);
        pt_buf_putz(&seen->text, verified ? ", client certificates are verified"
                                          : ", no client certificate asked");
        if (!verified)
            return PT_FAIL;
    }
    if (!seen->text.n)
        pt_buf_putz(&seen->text, "no TCP listener is configured");
    return PT_PASS;
}

// How we got in ourselves: without a certificate anyone does. With one, whether it was needed is
// for the configuration to say.
pt_verdict pt_test_reached(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_str address = pt_text(pt_getz(v, "address"));
    pt_value tls = pt_getz(v, "tls");
    pt_value certificate = pt_getz(v, "certificate");
    if (!address.n || pt_tag_of(tls) != PT_BOOL || pt_tag_of(certificate) != PT_BOOL)
        return pt_answer_lacks(seen, "way it was reached");
    pt_buf_put(&seen->text, address);
    if (!pt_true(tls)) {
        pt_buf_putz(&seen->text, " answered in clear, without a login");
        return PT_FAIL;
    }
    pt_buf_putz(&seen->text, pt_true(certificate) ? " answered over TLS"
                                                  : " answered without a client certificate");
    return pt_true(certificate) ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_none_starts(pt_value v, pt_str want, pt_seen *seen) {
    if (!texts(v))
        return pt_answer_lacks(seen, "list of options");
    for (size_t i = 0; i < pt_len(v); i++)
        if (pt_str_starts(pt_text(pt_at(v, i)), want)) {
            pt_buf_put(&seen->text, pt_text(pt_at(v, i)));
            return PT_FAIL;
        }
    pt_buf_printf(&seen->text, "no %.*s", PT_PRI(want));
    return PT_PASS;
}

// In daemon.json an object, from flags a list of NAME=VALUE.
pt_verdict pt_test_max_size(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value size = pt_getz(v, "max-size");
    if (pt_tag_of(v) != PT_OBJECT && !texts(v))
        return pt_answer_lacks(seen, "options of logs");
    for (size_t i = 0; pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++)
        if (pt_str_starts(pt_text(pt_at(v, i)), PT_STR("max-size=")))
            size = pt_string(pt_str_sub(pt_text(pt_at(v, i)), 9, pt_text(pt_at(v, i)).n));
    return pt_answer_max_size(size, seen);
}

pt_verdict pt_test_log_driver(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_STRING)
        return pt_answer_lacks(seen, "logging driver");
    pt_buf_put(&seen->text, pt_text(v));
    if (pt_str_in_list(pt_text(v), PT_STR("json-file|local|none|"), '|'))
        return PT_FAIL;
    // journald leaves the host only if the journal does, which this value does not tell.
    return pt_str_eqz(pt_text(v), "journald") ? PT_NOT_EVALUATED : PT_PASS;
}

pt_verdict pt_test_bridge_icc(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value options = pt_getz(v, "Options");
    if (pt_tag_of(options) != PT_OBJECT)
        return pt_answer_lacks(seen, "options of the bridge");
    pt_value option = pt_getz(options, "com.docker.network.bridge.enable_icc");
    pt_str icc = pt_text(option);
    bool on = true;
    if (pt_defined(option) && (pt_tag_of(option) != PT_STRING || !pt_answer_bool(icc, &on)))
        return pt_answer_lacks(seen, "true or false for enable_icc");
    pt_buf_printf(&seen->text, "enable_icc = %.*s", PT_PRI(icc.n ? icc : PT_STR("unset, so true")));
    return on ? PT_FAIL : PT_PASS;
}

// -- swarm ----------------------------------------------------------------------------------------

pt_verdict pt_test_managers(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    size_t n = 0;
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str role = pt_text(pt_getz(pt_getz(pt_at(v, i), "Spec"), "Role"));
        if (!pt_str_in_list(role, PT_STR("manager|worker"), '|'))
            return pt_answer_lacks(seen, "role of a node");
        n += pt_str_eqz(role, "manager");
    }
    if (!n) // a manager answers, so there is one
        return pt_answer_lacks(seen, "managers");
    pt_buf_printf(&seen->text, "%zu manager%s", n, n == 1 ? "" : "s");
    return n == 3 || n == 5 || n == 7 ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_hours_at_most(pt_value v, pt_str want, pt_seen *seen) {
    static const int64_t hour_ns = INT64_C(3600000000000);
    int64_t ns;
    int64_t hours = 0;
    pt_assert(pt_str_int(want, 10, &hours));
    if (!pt_to_int(v, &ns) || ns <= 0)
        return pt_answer_lacks(seen, "time in nanoseconds");
    pt_buf_printf(&seen->text, "%lld h", (long long)(ns / hour_ns));
    return ns <= hours * hour_ns ? PT_PASS : PT_FAIL;
}

// want "ingress": the routing mesh's own overlay network; "own": any other one.
pt_verdict pt_test_overlay(pt_value v, pt_str want, pt_seen *seen) {
    pt_str driver = pt_text(pt_getz(v, "Driver"));
    pt_value ingress = pt_getz(v, "Ingress");
    if (pt_tag_of(pt_getz(v, "Driver")) != PT_STRING || pt_tag_of(ingress) != PT_BOOL)
        return pt_answer_lacks(seen, "driver of the network");
    pt_buf_printf(&seen->text, "driver %.*s%s", PT_PRI(driver),
                  pt_true(ingress) ? ", ingress" : "");
    bool meant = pt_true(ingress) == pt_str_eqz(want, "ingress");
    return pt_str_eqz(driver, "overlay") && meant ? PT_PASS : PT_FAIL;
}

// The option counts by being there; newer engines take "encrypted=false" too.
pt_verdict pt_test_encrypted(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_OBJECT && pt_tag_of(v) != PT_NULL)
        return pt_answer_lacks(seen, "options of the network");
    pt_value option = pt_getz(v, "encrypted");
    if (pt_defined(option) && pt_tag_of(option) != PT_STRING)
        return pt_answer_lacks(seen, "option encrypted that is a text");
    bool said = false;
    bool parsed = pt_answer_bool(pt_text(option), &said);
    bool on = pt_defined(option) && (!parsed || said);
    pt_buf_putz(&seen->text, on ? "encrypted" : "no option encrypted");
    return on ? PT_PASS : PT_FAIL;
}
