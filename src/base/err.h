// THE error: a sentence about the thing, the place, and what the operator can do.
// No allocation: an error can say that memory is out. A zeroed pt_err is "no error".
// Every function that takes a pt_err *e also takes NULL.
#pragma once

#include <stdarg.h>

#include "base/base.h"
#include "base/str.h"

typedef struct pt_err {
    pt_code code;
    int sys;               // errno, or 0
    uint64_t offset;       // byte offset in the input, where the code knows one
    uint32_t line, column; // from 1; 0: unknown. Columns count code points
    char what[224];        // "not valid YAML: a tab where indentation is expected"
    char where[512];       // outermost first: "deploy/web.yaml", "/run/docker.sock, connect"
    char remedy[224];
} pt_err;

// Fill `e` and give its code back, so that `return pt_err_set(e, PT_E_FORMAT, "…")` reads well.
// Inline with its literal code: gcc then knows that a caller that tests it never reads its outputs.
void pt_err_fill(pt_err *e, pt_code code, int sys, const char *fmt, va_list ap) PT_FORMAT(4, 0);
PT_FORMAT(3, 4) static inline pt_code pt_err_set(pt_err *e, pt_code code, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    pt_err_fill(e, code, 0, fmt, ap);
    va_end(ap);
    return code;
}

// The same from errno `sys`: EACCES and EPERM are PT_E_DENIED, ENOMEM PT_E_NOMEM, EAGAIN and
// ETIMEDOUT PT_E_TIMEOUT, all else PT_E_IO. (ENOENT too: only a collector can prove absence.)
pt_code pt_err_sys(pt_err *e, int sys, const char *fmt, ...) PT_FORMAT(3, 4);

// Put a place before the places already said: the caller knows more than the callee.
void pt_err_at(pt_err *e, const char *fmt, ...) PT_FORMAT(2, 3);
void pt_err_remedy(pt_err *e, const char *fmt, ...) PT_FORMAT(2, 3);

// strerror without its locale and its static buffer.
const char *pt_errno_text(int sys);
