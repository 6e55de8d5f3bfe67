#include "cli/post.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/rights.h"
#include "http/resolve.h"

enum {
    CA_BYTES_MAX = 4 << 20,
    TIMEOUT_MS = 20000,
};

// What the process says before the body of the answer.
typedef struct head {
    pt_err e; // its code 0: there is an answer
    int status;
} head;

pt_str pt_url_shown(pt_arena *a, pt_str url) {
    size_t slashes = pt_str_find_str(url, PT_STR("://")) + 3;
    pt_str rest = pt_str_sub(url, slashes, url.n);
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?' && rest.p[end] != '#')
        end++;
    pt_str authority = pt_str_sub(rest, 0, end);
    size_t user = pt_str_rfind(authority, '@');
    pt_str host = user == authority.n ? authority : pt_str_sub(authority, user + 1, authority.n);
    return pt_arena_printf(a, "%.*s%.*s", PT_PRI(pt_str_sub(url, 0, slashes)), PT_PRI(host));
}

static pt_code read_ca(const char *path, pt_buf *b, pt_err *e) {
    if (!path)
        return PT_OK;
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    pt_code code =
        fd < 0 ? pt_err_sys(e, errno, "the certificates cannot be read: %s", pt_errno_text(errno))
               : pt_fd_read_all(fd, b, e);
    if (code)
        pt_err_at(e, "%s", path);
    return code;
}

static pt_code ask(const pt_post *p, const pt_host *host, pt_str ca, pt_http_answer *ret,
                   pt_err *e) {
    pt_http_tls tls = {.ca = ca};
    pt_http_opts opts = {.unix_socket = -1,
                         .to = host,
                         .tls = strncmp(p->url, "https:", 6) == 0 ? &tls : NULL,
                         .timeout_ms = TIMEOUT_MS,
                         .body_bytes_max = p->answer_bytes_max};
    pt_http_client *c = NULL;
    pt_code code = pt_http_client_new(&c, &opts, e);
    if (!code)
        code = pt_http_ask(c, p->url, &p->body, ret, e);
    pt_http_client_free(c);
    return code;
}

// Names first, then rights go, then the network.
static pt_code ask_without_rights(const pt_post *p, pt_http_answer *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf pem = PT_BUF(CA_BYTES_MAX);
    pt_host host;
    pt_code code = pt_http_resolve(p->url, &host, e);
    if (!code && strncmp(p->url, "http:", 5) == 0 && !host.loopback && !p->clear) {
        code = pt_err_set(e, PT_E_USAGE, "nothing of this host goes over a network in clear");
        pt_err_remedy(e, "use https://; http:// is for this machine only");
    }
    if (!code)
        code = read_ca(p->ca, &pem, e);
    if (!code)
        code = pt_rights_drop(&(pt_rights){.internet = true}, e);
    return code ? code : ask(p, &host, pt_buf_str(&pem), ret, e);
}

static _Noreturn void become_asker(const pt_post *p, int to) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    head h = {0};
    pt_http_answer answer = {0};
    h.e.code = ask_without_rights(p, &answer, &h.e);
    h.status = answer.status;
    // What cannot be written, the other side misses.
    PT_IGNORE(pt_fd_write_all(to, (pt_str){(const char *)&h, sizeof h}, NULL) ||
              pt_fd_write_all(to, pt_buf_str(&answer.body), NULL));
    _exit(0);
}

static pt_code take_answer(const pt_buf *b, int *ret_status, pt_buf *ret_body, pt_err *e) {
    head h;
    if (b->n < sizeof h)
        return pt_err_set(e, PT_E_IO, "the process that was to ask did not end well");
    memcpy(&h, b->p, sizeof h);
    if (h.e.code) {
        if (e)
            *e = h.e;
        return h.e.code;
    }
    *ret_status = h.status;
    pt_buf_put(ret_body, pt_str_sub(pt_buf_str(b), sizeof h, b->n));
    return ret_body->full ? pt_err_set(e, PT_E_LIMIT, "the answer is too large") : PT_OK;
}

pt_code pt_post_apart(const pt_post *p, int *ret_status, pt_buf *ret_body, pt_err *e) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pt_err_sys(e, errno, "no pipe: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close) int from = ends[0];
    pid_t pid = fork();
    if (pid == 0)
        become_asker(p, ends[1]);
    int sys = errno;
    pt_fd_close(&ends[1]);
    if (pid < 0)
        return pt_err_sys(e, sys, "no process: %s", pt_errno_text(sys));
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(sizeof(head) + p->answer_bytes_max);
    pt_code code = pt_fd_read_all(from, &b, e);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return code ? code : take_answer(&b, ret_status, ret_body, e);
}
