// Names of hosts for a process that has given up its rights: another one resolves them. It hears
// names and answers addresses; nothing of what a server sends comes to it.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/web/web_impl.h"

typedef struct reply {
    pt_code code;
    pt_host host;
    char what[224];
} reply;

static bool be_alone(int socket) {
    PT_AUTO(pt_fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && null >= 0 && dup2(socket, 0) == 0 &&
           dup2(null, 1) == 1 && dup2(null, 2) == 2 && close_range(3, ~0u, 0) == 0;
}

// Until nobody asks any more.
static _Noreturn void serve(int socket) {
    char url[PT_WEB_URL_BYTES_MAX];
    bool alone = be_alone(socket);
    for (ssize_t n; alone && (n = recv(0, url, sizeof url - 1, 0)) > 0;) {
        pt_err e = {0};
        reply r = {0};
        url[n] = '\0';
        r.code = pt_http_resolve(url, &r.host, &e);
        memcpy(r.what, e.what, sizeof r.what);
        if (send(0, &r, sizeof r, MSG_NOSIGNAL) != sizeof r)
            break;
    }
    _exit(0);
}

pt_code pt_names_start(int *ret_socket, pt_err *e) {
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return pt_err_sys(e, errno, "cannot make a socket: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close) int ours = ends[0];
    PT_AUTO(pt_fd_close) int its = ends[1];
    pid_t pid = its > 2 ? fork() : -1;
    if (pid == 0)
        serve(its);
    if (pid < 0)
        return pt_err_sys(e, errno, "cannot start what resolves names");
    *ret_socket = pt_fd_take(&ours);
    return PT_OK;
}

pt_code pt_names_ask(int socket, pt_str url, pt_host *ret, pt_err *e) {
    reply r;
    if (url.n >= PT_WEB_URL_BYTES_MAX || !url.n || pt_str_find(url, '\0') < url.n)
        return pt_err_set(e, PT_E_FORMAT, "a URL that is too long");
    bool asked = send(socket, url.p, url.n, MSG_NOSIGNAL) == (ssize_t)url.n;
    if (!asked || recv(socket, &r, sizeof r, 0) != sizeof r)
        return pt_err_set(e, PT_E_IO, "what resolves names has ended");
    if (r.code)
        return pt_err_set(e, r.code, "%.*s", (int)strnlen(r.what, sizeof r.what), r.what);
    *ret = r.host;
    return PT_OK;
}

static bool is_in(const unsigned char *address, const unsigned char *net, unsigned bits) {
    unsigned whole = bits / 8;
    unsigned mask = 0xffu << (8 - bits % 8) & 0xffu;
    return memcmp(address, net, whole) == 0 &&
           (bits % 8 == 0 || (address[whole] & mask) == net[whole]);
}

static bool is_private(const char *text) {
    static const struct {
        int family;
        unsigned bits;
        unsigned char net[4];
    } nets[] = {
        {AF_INET, 8, {0}},            // "this" network
        {AF_INET, 8, {10}},           // RFC 1918
        {AF_INET, 12, {172, 16}},     //
        {AF_INET, 16, {192, 168}},    //
        {AF_INET, 8, {127}},          // loopback
        {AF_INET, 16, {169, 254}},    // RFC 3927: metadata of clouds, too
        {AF_INET, 10, {100, 64}},     // RFC 6598
        {AF_INET6, 7, {0xfc}},        // RFC 4193
        {AF_INET6, 10, {0xfe, 0x80}}, // link-local
    };
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const unsigned char none[15];
    unsigned char b[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    const unsigned char *at = b;
    char plain[PT_ADDRESS_BYTES] = {0};
    size_t n = strcspn(text, "%"); // a link-local one names its interface
    if (n >= sizeof plain)
        return true;
    memcpy(plain, text, n);
    if (inet_pton(family, plain, b) != 1)
        return true;
    if (family == AF_INET6 && memcmp(b, mapped, sizeof mapped) == 0) {
        family = AF_INET;
        at = b + sizeof mapped;
    }
    if (family == AF_INET6 && memcmp(b, none, sizeof none) == 0)
        return true; // :: and ::1
    for (size_t i = 0; i < PT_COUNT(nets); i++)
        if (nets[i].family == family && is_in(at, nets[i].net, nets[i].bits))
            return true;
    return false;
}

bool pt_host_is_private(const pt_host *h) {
    for (size_t i = 0; i < h->n; i++)
        if (is_private(h->address[i]))
            return true;
    return false;
}
