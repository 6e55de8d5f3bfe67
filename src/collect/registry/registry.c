// What comes before rights are given up.
#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "collect/registry/limits.h"
#include "collect/registry/registry_impl.h"

pt_code pt_registry_read_ca(pt_arena *a, const char *certs, pt_registry *r, pt_err *e) {
    if (!certs)
        return PT_OK;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_AUTH_FILE_MAX);
    pt_str path = pt_arena_printf(a, "%s/%.*s/ca.crt", certs, PT_PRI(r->ref.host));
    PT_AUTO(pt_fd_close)
    int fd = path.p ? open(path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return PT_OK;
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno))
                          : pt_fd_read_all(fd, &b, e);
    if (code)
        pt_err_at(e, "%s", path.p ? path.p : certs);
    else
        r->ca = pt_arena_str(a, pt_buf_str(&b));
    return code;
}

pt_code pt_registry_open(pt_arena *a, pt_str text, const pt_registry_homes *homes, bool insecure,
                         pt_registry *ret, pt_err *e) {
    pt_registry r = {.insecure = insecure, .names = -1, .path = PT_STR("/v2")};
    pt_code code = pt_registry_ref_parse(a, text, &r.ref, e);
    if (!code)
        code = pt_registry_login_find(a, homes, &r.ref, &r.login, e);
    if (!code)
        code = pt_registry_read_ca(a, homes->certs, &r, e);
    if (!code)
        code = pt_names_start(&r.names, e);
    if (!code && homes->mirrors)
        code = pt_registry_mirrors_find(a, homes, &r, e);
    if (code && r.names >= 0)
        pt_fd_close(&r.names);
    if (!code)
        *ret = r;
    return code;
}

void pt_registry_done(pt_registry *r) {
    if (r->ref.host.n) // of a zeroed one it is standard input
        pt_fd_close(&r->names);
}
