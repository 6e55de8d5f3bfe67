#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

// Print into a field of a fixed size. A cut text ends in "..." so that nobody takes it for whole.
PT_FORMAT(3, 0)
static void put(char *field, size_t size, const char *fmt, va_list ap) {
    int n = vsnprintf(field, size, fmt, ap);
    if (n >= 0 && (size_t)n >= size)
        memcpy(field + size - 4, "...", 4);
}

void pt_err_fill(pt_err *e, pt_code code, int sys, const char *fmt, va_list ap) {
    if (!e)
        return;
    e->code = code;
    e->sys = sys;
    e->offset = 0;
    e->line = e->column = 0;
    e->where[0] = e->remedy[0] = '\0';
    put(e->what, sizeof e->what, fmt, ap);
}

static pt_code code_of_errno(int sys) {
    static const struct {
        int sys;
        pt_code code;
    } codes[] = {{EACCES, PT_E_DENIED},  {EPERM, PT_E_DENIED},      {ENOMEM, PT_E_NOMEM},
                 {EAGAIN, PT_E_TIMEOUT}, {ETIMEDOUT, PT_E_TIMEOUT}, {EFBIG, PT_E_LIMIT}};
    for (size_t i = 0; i < PT_COUNT(codes); i++)
        if (codes[i].sys == sys)
            return codes[i].code;
    return PT_E_IO;
}

pt_code pt_err_sys(pt_err *e, int sys, const char *fmt, ...) {
    pt_code code = code_of_errno(sys);
    va_list ap;
    va_start(ap, fmt);
    pt_err_fill(e, code, sys, fmt, ap);
    va_end(ap);
    return code;
}

void pt_err_at(pt_err *e, const char *fmt, ...) {
    if (!e)
        return;
    char inner[sizeof e->where];
    memcpy(inner, e->where, sizeof inner);
    va_list ap;
    va_start(ap, fmt);
    put(e->where, sizeof e->where, fmt, ap);
    va_end(ap);
    size_t n = strlen(e->where);
    if (inner[0] && n + 2 < sizeof e->where)
        snprintf(e->where + n, sizeof e->where - n, ", %.*s", (int)(sizeof e->where - n - 3),
                 inner);
}

void pt_err_remedy(pt_err *e, const char *fmt, ...) {
    if (!e)
        return;
    va_list ap;
    va_start(ap, fmt);
    put(e->remedy, sizeof e->remedy, fmt, ap);
    va_end(ap);
}

const char *pt_errno_text(int sys) {
    const char *text = strerrordesc_np(sys);
    return text ? text : "unknown error";
}
