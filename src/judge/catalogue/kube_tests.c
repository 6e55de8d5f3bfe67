#include "judge/catalogue/kube_tests.h"

#include "judge/engine/engine.h"

static pt_verdict no_object(pt_value v, pt_seen *seen) {
    pt_buf_printf(&seen->text, "a %s where settings are expected", pt_tag_name(pt_tag_of(v)));
    return PT_NOT_EVALUATED;
}

static pt_verdict say(pt_seen *seen, const char *what, pt_verdict v) {
    pt_buf_putz(&seen->text, what);
    return v;
}

pt_verdict pt_test_is_there(pt_value v, pt_str want, pt_seen *seen) {
    (void)v, (void)want;
    return say(seen, "it is there", PT_PASS);
}

pt_verdict pt_test_kubelet_cert(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_OBJECT)
        return no_object(v, seen);
    bool files = pt_text(pt_getz(v, "tlsCertFile")).n && pt_text(pt_getz(v, "tlsPrivateKeyFile")).n;
    if (files)
        return say(seen, "tlsCertFile and tlsPrivateKeyFile are set", PT_PASS);
    if (pt_true(pt_getz(v, "serverTLSBootstrap")))
        return say(seen, "serverTLSBootstrap = true", PT_PASS);
    return say(seen, "no certificate is set, and serverTLSBootstrap is not true", PT_FAIL);
}

pt_verdict pt_test_go_ciphers(pt_value v, pt_str want, pt_seen *seen) {
    static const char *const weak[] = {"_RC4_", "3DES", "_CBC_SHA256", "TLS_RSA_", "_NULL_"};
    (void)want;
    if (pt_tag_of(v) != PT_ARRAY)
        return say(seen, "there is no list of cipher suites", PT_NOT_EVALUATED);
    for (size_t i = 0; i < pt_len(v); i++)
        for (size_t k = 0; k < PT_COUNT(weak); k++)
            if (pt_str_has(pt_text(pt_at(v, i)), pt_str_of(weak[k]))) {
                pt_buf_put(&seen->text, pt_text(pt_at(v, i)));
                return PT_FAIL;
            }
    return say(seen, "no weak one is named", PT_PASS);
}

// {"enabled": true, "conditions": [{"path": "/livez"}, …]}
pt_verdict pt_test_api_anonymous(pt_value v, pt_str want, pt_seen *seen) {
    static const char healthy[] = "/livez|/readyz|/healthz";
    pt_value on = pt_getz(v, "enabled");
    pt_value conditions = pt_getz(v, "conditions");
    (void)want;
    if (pt_tag_of(on) != PT_BOOL)
        return say(seen, "nothing says whether anonymous requests are allowed", PT_NOT_EVALUATED);
    if (!pt_true(on))
        return say(seen, "anonymous requests are refused", PT_PASS);
    for (size_t i = 0; i < pt_len(conditions); i++) {
        pt_str path = pt_text(pt_getz(pt_at(conditions, i), "path"));
        if (pt_str_in_list(path, pt_str_of(healthy), '|'))
            continue;
        pt_buf_printf(&seen->text, "anonymous requests for %.*s", PT_PRI(path));
        return PT_FAIL;
    }
    return pt_len(conditions) ? say(seen, "anonymous health checks only", PT_PASS)
                              : say(seen, "anonymous requests are allowed", PT_FAIL);
}

pt_verdict pt_test_api_audit(pt_value v, pt_str want, pt_seen *seen) {
    static const char *const targets[] = {"audit-log-path", "audit-webhook-config-file"};
    (void)want;
    if (pt_tag_of(v) != PT_OBJECT)
        return no_object(v, seen);
    for (size_t i = 0; i < PT_COUNT(targets); i++)
        if (pt_defined(pt_getz(v, targets[i]))) {
            pt_buf_printf(&seen->text, "%s = %.*s", targets[i],
                          PT_PRI(pt_text(pt_getz(v, targets[i]))));
            return PT_PASS;
        }
    return say(seen, "neither audit-log-path nor audit-webhook-config-file is set", PT_FAIL);
}

// As etcd has it: a CA that clients must be signed by asks for certificates, too.
pt_verdict pt_test_etcd_clients(pt_value v, pt_str want, pt_seen *seen) {
    bool peers = pt_str_eqz(want, "peers");
    const char *flag = peers ? "peer-client-cert-auth" : "client-cert-auth";
    const char *ca = peers ? "peer-trusted-ca-file" : "trusted-ca-file";
    if (pt_tag_of(v) != PT_OBJECT)
        return no_object(v, seen);
    bool asks = pt_true(pt_getz(v, flag));
    pt_buf_printf(&seen->text, "%s is %s, %s is %s", flag, asks ? "true" : "not true", ca,
                  pt_text(pt_getz(v, ca)).n ? "set" : "unset");
    return asks || pt_text(pt_getz(v, ca)).n ? PT_PASS : PT_FAIL;
}

pt_verdict pt_test_own_ca(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_str etcd = pt_text(pt_getz(v, "etcd"));
    pt_str client = pt_text(pt_getz(v, "client"));
    if (!etcd.n || !client.n)
        return say(seen, "there are no two names of files", PT_NOT_EVALUATED);
    pt_buf_printf(&seen->text, "etcd trusts %.*s, the API server %.*s", PT_PRI(etcd),
                  PT_PRI(client));
    return pt_str_eq(etcd, client) ? PT_FAIL : PT_PASS;
}
