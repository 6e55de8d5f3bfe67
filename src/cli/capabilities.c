#include "cli/capabilities.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"

pt_code pt_cli_capabilities(const pt_args *args, pt_arena *a, pt_capabilities *room,
                            const pt_capabilities **ret, pt_err *e) {
    const char *path = pt_args_get(args, "capabilities");
    *ret = NULL;
    if (!path)
        return PT_OK;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_CAPABILITIES_BYTES_MAX);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "--capabilities: the file cannot be read")
                          : pt_fd_read_all(fd, &b, e);
    if (fd < 0)
        pt_err_remedy(e, "a file, not a version: opa capabilities --version v1.0.0 prints one");
    pt_str text = pt_arena_str(a, pt_buf_str(&b));
    if (!code && !text.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!code)
        code = pt_capabilities_read(a, text, room, e);
    if (code)
        pt_err_at(e, "%s", path);
    else
        *ret = room;
    return code;
}

void pt_cli_capabilities_narrow(const pt_capabilities *c, pt_cli_net *n) {
    size_t kept = 0;
    if (!c || !pt_defined(c->hosts))
        return;
    for (size_t i = 0; i < n->places.n; i++)
        if (pt_set_has(c->hosts, pt_string(n->places.v[i].host)))
            n->places.v[kept++] = n->places.v[i];
    n->allow.n = n->places.n = kept;
}
