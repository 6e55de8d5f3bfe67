// What systemd is told (sd_notify(3), without its library): that the guard answers, again and again
// as long as it does.
#include "cli/guard_notify.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"

enum {
    ASK_TIMEOUT_MS = 1000,
    FIRST_MS = 50,       // between two questions until the first answer
    BEATS_PER_LIMIT = 5, // one may be late, and one question may go unanswered
};

pt_code pt_guard_notify_open(pt_guard_notify *n, int listener, pt_err *e) {
    const char *path = getenv("NOTIFY_SOCKET");
    const char *limit = getenv("WATCHDOG_USEC");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    *n = (pt_guard_notify){.fd = -1, .address_n = sizeof n->address};
    if (!path || !*path)
        return PT_OK;
    size_t length = strlen(path);
    if (length >= sizeof to.sun_path)
        return pt_err_set(e, PT_E_USAGE, "NOTIFY_SOCKET is too long");
    memcpy(to.sun_path, path, length);
    if (path[0] == '@') // a name that is in no folder
        to.sun_path[0] = '\0';
    socklen_t bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    int64_t us;
    if (pt_str_int(pt_str_of(limit), 10, &us) && us > 0)
        n->limit_ms = us / 1000;
    PT_AUTO(pt_fd_close) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, bytes) != 0 ||
        getsockname(listener, (struct sockaddr *)&n->address, &n->address_n) != 0)
        return pt_err_sys(e, errno, "cannot tell systemd: %s", pt_errno_text(errno));
    n->fd = pt_fd_take(&fd);
    return PT_OK;
}

static void tell(const pt_guard_notify *n, const char *word) {
    PT_IGNORE(send(n->fd, word, strlen(word), MSG_NOSIGNAL) < 0); // it will miss it
}

// Does the server answer who asks as the daemon does?
static bool answers(const pt_guard_notify *n) {
    static const char question[] = "POST /Plugin.Activate HTTP/1.1\r\nHost: guard\r\n"
                                   "Content-Length: 0\r\nConnection: close\r\n\r\n";
    static const char good[] = "HTTP/1.1 200";
    const struct timeval limit = {.tv_sec = ASK_TIMEOUT_MS / 1000};
    char answer[sizeof good - 1];
    PT_AUTO(pt_fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        connect(fd, (const struct sockaddr *)&n->address, n->address_n) != 0)
        return false;
    ssize_t sent = send(fd, question, sizeof question - 1, MSG_NOSIGNAL);
    ssize_t got = sent > 0 ? recv(fd, answer, sizeof answer, MSG_WAITALL) : -1;
    return got == (ssize_t)sizeof answer && memcmp(answer, good, sizeof answer) == 0;
}

// False: it is over.
static bool wait_ms(const pt_guard_notify *n, int64_t ms) {
    struct pollfd over = {.fd = n->end, .events = POLLIN};
    return poll(&over, 1, (int)ms) == 0;
}

void *pt_guard_notify_run(void *notify) {
    const pt_guard_notify *n = notify;
    bool on = true;
    while (on && !answers(n))
        on = wait_ms(n, FIRST_MS);
    if (on)
        tell(n, "READY=1");
    uint64_t before = n->answered(n->context);
    while (on && n->limit_ms) {
        // Where many ask, the question waits with theirs: an answer to anybody is one.
        bool alive = answers(n);
        uint64_t now = n->answered(n->context);
        if (alive || now != before)
            tell(n, "WATCHDOG=1");
        before = now;
        on = wait_ms(n, n->limit_ms / BEATS_PER_LIMIT);
    }
    return NULL;
}

void pt_guard_notify_done(pt_guard_notify *n) {
    if (n->fd >= 0)
        tell(n, "STOPPING=1");
    pt_fd_close(&n->fd);
}
