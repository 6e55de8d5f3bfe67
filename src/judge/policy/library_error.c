#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "judge/policy/library.h"

// As much as fits, with a NUL; no code point is cut in two.
static void put(char *to, size_t room, pt_str s) {
    size_t n = s.n < room ? s.n : room - 1;
    while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    if (n)
        memcpy(to, s.p, n);
    to[n] = '\0';
}

static bool fill(paratia_error *e, const char *code, pt_str message) {
    if (!e)
        return false;
    *e = (paratia_error){0};
    put(e->code, sizeof e->code, pt_str_of(code));
    put(e->message, sizeof e->message, message);
    return false;
}

static bool place(paratia_error *e, pt_str file, uint32_t row, uint32_t column) {
    if (!e)
        return false;
    put(e->file, sizeof e->file, file);
    e->row = row;
    e->column = column;
    return false;
}

bool pt_library_fail(paratia_error *e, const char *code, const char *fmt, ...) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&b, fmt, ap);
    va_end(ap);
    return fill(e, code, pt_buf_str(&b));
}

bool pt_library_diagnosed(paratia_error *e, const pt_diagnostics *d) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    if (d->full || !d->v.n)
        return pt_library_full(e);
    const pt_diagnostic *x = &d->v.v[0];
    pt_diagnostics shown = *d;
    if (shown.v.n >= PT_DIAGNOSTICS_DEFAULT && x->code != PT_REGO_PARSE) { // as OPA ends there
        shown.v.n = PT_DIAGNOSTICS_DEFAULT;
        shown.truncated = true;
    }
    pt_diagnostics_write(&b, &shown);
    fill(e, pt_rego_code_name(x->code), pt_buf_str(&b));
    return place(e, x->file, x->row, x->column);
}

bool pt_library_halted(paratia_error *e, const pt_eval_error *why) {
    bool limit = strcmp(why->code, "eval_limit_error") == 0;
    bool late = strcmp(why->code, "eval_cancel_error") == 0; // nothing else cancels it
    const char *code = limit || late ? "limit_error" : why->code;
    pt_str text = late ? PT_STR("the evaluation takes longer than its limit") : why->message;
    pt_str file = why->place.file;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    if (file.n)
        pt_buf_printf(&b, "%.*s:%u: ", PT_PRI(file), why->place.row);
    else if (why->place.row)
        pt_buf_printf(&b, "%u:%u: ", why->place.row, why->place.column);
    pt_buf_printf(&b, "%s: %.*s", code, PT_PRI(text));
    fill(e, code, pt_buf_str(&b));
    return place(e, file, why->place.row, why->place.column);
}

bool pt_library_no_json(paratia_error *e, const char *what, const pt_err *why) {
    if (why->code == PT_E_NOMEM)
        return pt_library_full(e);
    pt_library_fail(e, "json_error", "%s:%u:%u: json_error: %s", what, why->line, why->column,
                    why->what);
    return place(e, (pt_str){0}, why->line, why->column);
}

bool pt_library_full(paratia_error *e) {
    return pt_library_fail(e, "limit_error", "limit_error: more memory is needed than the limit");
}
