#include "base/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/instant.h"

enum {
    FIRST_NS = 500000000,
    AGAIN_NS = 100000000,
    LINE_BYTES_MAX = 2048,
};

static size_t columns(void) {
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

void pt_progress_say(pt_progress *p, const char *fmt, ...) {
    int64_t now = pt_monotonic_ns();
    if (!p->begun_ns)
        p->begun_ns = now;
    if (now - p->begun_ns < FIRST_NS || now - p->said_ns < AGAIN_NS || !isatty(STDERR_FILENO))
        return;
    PT_AUTO(pt_buf_done) pt_buf raw = PT_BUF(LINE_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF((size_t)LINE_BYTES_MAX * 8);
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&raw, fmt, ap);
    va_end(ap);
    pt_buf_put_safe(&safe, pt_buf_str(&raw));
    pt_str line = pt_str_sub(pt_buf_str(&safe), 0, columns() - 1);
    fprintf(stderr, "\r\x1b[K%.*s", PT_PRI(line));
    p->said_ns = now;
    p->shown = true;
}

void pt_progress_clear(pt_progress *p) {
    if (p->shown)
        fputs("\r\x1b[K", stderr);
    p->shown = false;
}
