#include "judge/catalogue/docker_tests.h"
#include "value/json.h"

static pt_verdict wrong(pt_seen *seen, const char *wanted) {
    pt_buf_printf(&seen->text, "the answer holds no %s", wanted);
    return PT_NOT_EVALUATED;
}

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
        return wrong(seen, "list of security options");
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
        return wrong(seen, "list of security options");
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
    return pt_str_starts(cidr, PT_STR("127.")) || pt_str_eqz(cidr, "::1/128");
}

pt_verdict pt_test_registries(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value cidrs = pt_getz(v, "InsecureRegistryCIDRs");
    pt_value indexes = pt_getz(v, "IndexConfigs");
    if (!texts(cidrs) || pt_tag_of(indexes) != PT_OBJECT)
        return wrong(seen, "registry configuration");
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

// The whole configuration: where it listens, and what it asks of who connects there.
pt_verdict pt_test_hosts_tls(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_value hosts = pt_getz(v, "hosts");
    if (pt_defined(hosts) && !texts(hosts))
        return wrong(seen, "list of hosts");
    bool by_systemd = false; // its socket unit says where, and that is not in this value
    for (size_t i = 0; i < pt_len(hosts); i++) {
        pt_str host = pt_text(pt_at(hosts, i));
        by_systemd |= pt_str_starts(host, PT_STR("fd://"));
        bool local = pt_str_starts(host, PT_STR("unix://")) ||
                     pt_str_starts(host, PT_STR("fd://")) || (host.n && host.p[0] == '/');
        if (local)
            continue;
        bool verified = pt_true(pt_getz(v, "tlsverify")) && pt_text(pt_getz(v, "tlscacert")).n;
        pt_buf_put(&seen->text, host);
        pt_buf_putz(&seen->text, verified ? ", client certificates are verified"
                                          : ", no client certificate asked");
        if (!verified)
            return PT_FAIL;
    }
    if (by_systemd) {
        pt_buf_clear(&seen->text);
        pt_buf_putz(&seen->text,
                    "fd://: docker.socket says where it listens (systemctl cat docker.socket)");
        return PT_NOT_EVALUATED;
    }
    if (!seen->text.n)
        pt_buf_putz(&seen->text, "no TCP listener is configured");
    return PT_PASS;
}

pt_verdict pt_test_log_driver(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_STRING)
        return wrong(seen, "logging driver");
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
        return wrong(seen, "options of the bridge");
    pt_str icc = pt_text(pt_getz(options, "com.docker.network.bridge.enable_icc"));
    pt_buf_printf(&seen->text, "enable_icc = %.*s", PT_PRI(icc.n ? icc : PT_STR("unset, so true")));
    return pt_str_eqz(icc, "false") ? PT_PASS : PT_FAIL;
}
