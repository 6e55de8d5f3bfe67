// A TCP socket to serve on: "127.0.0.1:8443", "[::1]:8443", ":8443" (every address).
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/guard.h"

enum {
    BACKLOG = 1024,
    ADDRESS_BYTES_MAX = 64,
};

static pt_code not_an_address(const char *option, const char *word, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_USAGE, "--%s %s: not an address and a port", option, word);
    pt_err_remedy(e, "127.0.0.1:8443, [::1]:8443, or :8443 for every address");
    return code;
}

static int bind_to(const struct addrinfo *at) {
    int on = 1;
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
                    bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)) {
        int sys = errno;
        close(fd);
        errno = sys;
        fd = -1;
    }
    return fd;
}

// Every address: those of IPv6 and with them those of IPv4; a host without IPv6 has only these.
// False: it is no address.
static bool bind_any(const char *host, const char *port, int *ret, int *ret_sys) {
    static const int families[] = {AF_INET6, AF_INET};
    for (size_t i = 0; i < PT_COUNT(families); i++) {
        struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
                                 .ai_family = host ? AF_UNSPEC : families[i],
                                 .ai_socktype = SOCK_STREAM};
        struct addrinfo *found = NULL;
        if (getaddrinfo(host, port, &hints, &found) != 0)
            return false;
        *ret = bind_to(found);
        *ret_sys = errno;
        freeaddrinfo(found);
        if (*ret >= 0 || host || *ret_sys == EADDRINUSE)
            return true;
    }
    return true;
}

bool pt_guard_is_loopback(pt_str word) {
    return pt_str_starts(word, PT_STR("127.")) || pt_str_starts(word, PT_STR("[::1]:"));
}

pt_code pt_guard_listen_tcp(const char *option, const char *word, int *ret, pt_err *e) {
    char host[ADDRESS_BYTES_MAX] = "";
    pt_str text = pt_str_of(word);
    size_t colon = pt_str_rfind(text, ':');
    pt_str name = pt_str_sub(text, 0, colon);
    bool brackets = name.n >= 2 && name.p[0] == '[' && name.p[name.n - 1] == ']';
    if (brackets)
        name = pt_str_sub(name, 1, name.n - 1);
    if (colon == text.n || name.n >= sizeof host || (!brackets && pt_str_find(name, ':') < name.n))
        return not_an_address(option, word, e);
    if (name.n)
        memcpy(host, name.p, name.n);
    int sys = 0;
    if (!bind_any(name.n ? host : NULL, word + colon + 1, ret, &sys))
        return not_an_address(option, word, e);
    if (*ret >= 0)
        return PT_OK;
    pt_code code = pt_err_sys(e, sys, "cannot listen on %s: %s", word, pt_errno_text(sys));
    pt_err_remedy(e, "another one: --%s ADDR:PORT", option);
    return code;
}
