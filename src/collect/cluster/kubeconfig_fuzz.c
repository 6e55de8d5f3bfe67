// Whatever the bytes are: a kubeconfig is a server over TLS with whole credentials, or an error
// with a place that says nothing of what is secret.
#include "collect/cluster/cluster_impl.h"

static pt_code read_named(const char *path, pt_buf *b, pt_err *e) {
    (void)path, (void)e;
    pt_buf_putz(b, "-----BEGIN X-----\n");
    return PT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const contexts[] = {NULL, "one"};
    for (size_t i = 0; i < PT_COUNT(contexts); i++) {
        pt_arena a = {.bytes_max = (size_t)64 << 20};
        pt_kubeconfig c = {0};
        pt_err e = {0};
        const pt_kubeconfig_text t = {.text = {(const char *)data, size},
                                      .file = "/etc/k/config",
                                      .context = contexts[i],
                                      .read = read_named};
        pt_code code = pt_kubeconfig_parse(&a, &t, &c, &e);
        if (code) {
            pt_assert(e.code == code && e.what[0] && e.line <= size + 1 && !c.server.n);
        } else {
            pt_assert(pt_str_starts(c.server, PT_STR("https://")));
            pt_assert((c.cert.n > 0) == (c.key.n > 0) && !(c.token.n && c.token_file.n));
        }
        pt_arena_done(&a);
    }
    return 0;
}
