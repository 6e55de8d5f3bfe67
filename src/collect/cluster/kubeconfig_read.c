// The files of who we are: a kubeconfig, and what a pod is given.
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "collect/cluster/cluster_impl.h"
#include "crypto/crypto.h"

enum {
    CONFIG_BYTES_MAX = 4 << 20,
    PEM_BYTES_MAX = 1 << 20,
};

pt_code pt_cluster_file_read(const char *path, pt_buf *b, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    pt_code code = PT_OK;
    if (fd < 0 && errno == ENOENT)
        code = pt_err_set(e, PT_E_ABSENT, "there is no such file");
    else if (fd < 0 || fstat(fd, &st) != 0)
        code = pt_err_sys(e, errno, "%s", pt_errno_text(errno));
    else if (!S_ISREG(st.st_mode))
        code = pt_err_set(e, PT_E_FORMAT, "this is no regular file");
    else
        code = pt_fd_read_all(fd, b, e);
    if (code)
        pt_err_at(e, "%s", path);
    return code;
}

pt_code pt_kubeconfig_read(pt_arena *a, const char *file, const char *context, pt_kubeconfig *ret,
                           pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(CONFIG_BYTES_MAX);
    pt_code code = pt_cluster_file_read(file, &b, e);
    if (code)
        return code;
    const pt_kubeconfig_text t = {
        .text = pt_buf_str(&b), .file = file, .context = context, .read = pt_cluster_file_read};
    code = pt_kubeconfig_parse(a, &t, ret, e);
    if (b.p)
        pt_wipe(b.p, b.n);
    return code;
}

// -- in a pod -------------------------------------------------------------------------------------

pt_code pt_kubeconfig_in_cluster(pt_arena *a, const pt_kubeconfig_pod *pod, pt_kubeconfig *ret,
                                 pt_err *e) {
    static const char folder[] = "var/run/secrets/kubernetes.io/serviceaccount";
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PEM_BYTES_MAX);
    pt_str host = pt_str_of(pod->host);
    pt_str port = pt_str_of(pod->port);
    int64_t number = 0;
    if (!host.n || !port.n)
        return pt_err_set(e, PT_E_ABSENT, "this is no pod: KUBERNETES_SERVICE_HOST is not set");
    if (!pt_str_int(port, 10, &number) || number < 1 || number > 65535)
        return pt_err_set(e, PT_E_FORMAT, "KUBERNETES_SERVICE_PORT is no port");
    pt_str token = pt_arena_printf(a, "%s/%s/token", pod->root, folder);
    pt_str ca = pt_arena_printf(a, "%s/%s/ca.crt", pod->root, folder);
    if (!token.p || !ca.p)
        return pt_err_set(e, PT_E_NOMEM, "no memory");
    pt_code code = pt_cluster_file_read(token.p, &b, e); // is it there?
    if (b.p)
        pt_wipe(b.p, b.n);
    pt_buf_clear(&b);
    if (!code)
        code = pt_cluster_file_read(ca.p, &b, e);
    if (code)
        return code;
    bool six = pt_str_find(host, ':') < host.n;
    const pt_kubeconfig config = {
        .server = pt_arena_printf(a, six ? "https://[%.*s]:%.*s" : "https://%.*s:%.*s",
                                  PT_PRI(host), PT_PRI(port)),
        .ca = pt_arena_str(a, pt_buf_str(&b)),
        .token_file = token,
    };
    if (!config.server.p || !config.ca.p)
        return pt_err_set(e, PT_E_NOMEM, "no memory");
    *ret = config;
    return PT_OK;
}
