#include "judge/image/made.h"

#define TEXT_BYTES_MAX ((size_t)1 << 16)

const char *pt_made_text(pt_arena *a, const char *form, ...) {
    PT_AUTO(pt_buf_done) pt_buf raw = PT_BUF(TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(8 * TEXT_BYTES_MAX);
    va_list ap;
    va_start(ap, form);
    pt_buf_vprintf(&raw, form, ap);
    va_end(ap);
    pt_buf_put_safe_text(&safe, pt_buf_str(&raw));
    pt_str copy = pt_arena_str(a, pt_buf_str(&safe));
    return copy.p ? copy.p : "";
}

pt_severity pt_made_severity(pt_str word) {
    pt_severity s = PT_MEDIUM;
    if (pt_str_eqz(word, "negligible"))
        return PT_INFO;
    return pt_severity_parse(word, &s) ? s : PT_MEDIUM;
}
