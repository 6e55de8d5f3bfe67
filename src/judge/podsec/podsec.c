#include "judge/podsec/podsec.h"

#include <string.h>

#include "judge/podsec/controls.h"
#include "judge/podsec/reading.h"

// A message names at most 32 containers and 32 values; names of real objects have 63 bytes.
enum {
    DETAIL_BYTES_MAX = 16384,
    PATH_BYTES_MAX = 4096,
};

const pt_podsec_control *pt_podsec_controls(size_t *ret_n) {
    *ret_n = pt_podsec_table_n;
    return pt_podsec_table;
}

bool pt_podsec_version(pt_str text, unsigned *ret_minor) {
    if (pt_str_eqz(text, "latest")) {
        *ret_minor = PT_PODSEC_LATEST;
        return true;
    }
    pt_str number = pt_str_sub(text, 3, text.n);
    int64_t minor;
    bool digit = number.n && number.p[0] >= '0' && number.p[0] <= '9';
    if (!pt_str_starts(text, PT_STR("v1.")) || !digit || (number.p[0] == '0' && number.n > 1) ||
        !pt_str_int(number, 10, &minor) || minor > INT32_MAX)
        return false;
    *ret_minor = (unsigned)minor;
    return true;
}

// What is read before any control: without a spec there is nothing that a control could allow.
static void begin(pt_reading *r, pt_value pod, unsigned minor, pt_seen *seen) {
    *r = (pt_reading){
        .metadata = pt_getz(pod, "metadata"),
        .spec = pt_getz(pod, "spec"),
        .minor = minor < PT_PODSEC_LATEST ? minor : PT_PODSEC_LATEST,
        .seen = seen,
    };
    if (pt_tag_of(r->spec) != PT_OBJECT) {
        r->wrong.set = true;
        r->wrong_is = pt_tag_of(r->spec);
        r->wrong_wanted = PT_OBJECT;
    }
}

const char *pt_podsec_forbids(const pt_podsec_control *c, pt_value pod, unsigned minor,
                              pt_seen *seen) {
    pt_reading r;
    begin(&r, pod, minor, seen);
    if (r.minor < c->since)
        return NULL;
    bool forbidden = c->forbids(&r);
    if (!forbidden && !r.wrong.set)
        return NULL;
    bool wrong = pt_reading_finish(&r);
    return r.reason && !wrong ? r.reason : c->reason;
}

// Does a restricted control that counts at this version replace it?
static bool overridden(const pt_podsec_control *c, unsigned minor) {
    for (size_t i = 0; i < pt_podsec_table_n; i++) {
        const pt_podsec_control *other = &pt_podsec_table[i];
        if (other->overrides && minor >= other->since && strcmp(other->overrides, c->id) == 0)
            return true;
    }
    return false;
}

static bool add(pt_arena *a, const pt_podsec_control *c, const char *reason, const pt_seen *seen,
                pt_podsec_result *ret) {
    pt_podsec_violation v = {.control = c,
                             .reason = reason,
                             .detail = pt_arena_str(a, pt_buf_str(&seen->text)),
                             .path = pt_arena_str(a, pt_buf_str(&seen->path))};
    pt_podsec_violation *slot = v.detail.p && v.path.p ? PT_PUSH(a, &ret->violations) : NULL;
    if (slot)
        *slot = v;
    return slot != NULL;
}

static void seen_done(pt_seen *s) {
    pt_buf_done(&s->text);
    pt_buf_done(&s->path);
}

pt_code pt_podsec_judge(pt_arena *a, pt_value pod, pt_podsec_level level, unsigned minor,
                        pt_podsec_result *ret, pt_err *e) {
    if (minor > PT_PODSEC_LATEST)
        minor = PT_PODSEC_LATEST;
    PT_AUTO(seen_done)
    pt_seen seen = {.text = PT_BUF(DETAIL_BYTES_MAX), .path = PT_BUF(PATH_BYTES_MAX)};
    pt_podsec_result result = {0};
    for (size_t i = 0; i < pt_podsec_table_n; i++) {
        const pt_podsec_control *c = &pt_podsec_table[i];
        if (c->level > level || (level == PT_PODSEC_RESTRICTED && overridden(c, minor)))
            continue;
        pt_buf_clear(&seen.text);
        pt_buf_clear(&seen.path);
        const char *reason = pt_podsec_forbids(c, pod, minor, &seen);
        if (reason && !add(a, c, reason, &seen, &result))
            return pt_err_set(e, PT_E_NOMEM, "too many violations for the memory allowed");
    }
    *ret = result;
    return PT_OK;
}

pt_str pt_podsec_message(pt_arena *a, const pt_podsec_result *r, pt_podsec_level level,
                         pt_str version) {
    static const char *const levels[] = {
        [PT_PODSEC_PRIVILEGED] = "privileged",
        [PT_PODSEC_BASELINE] = "baseline",
        [PT_PODSEC_RESTRICTED] = "restricted",
    };
    PT_AUTO(pt_buf_done)
    pt_buf b = PT_BUF((pt_podsec_table_n + 1) * (DETAIL_BYTES_MAX + 64));
    pt_buf_printf(&b, "violates PodSecurity \"%s:", levels[level]);
    pt_buf_put_safe(&b, version);
    pt_buf_putz(&b, "\": ");
    for (size_t i = 0; i < r->violations.n; i++) {
        const pt_podsec_violation *v = &r->violations.v[i];
        pt_buf_putz(&b, i ? ", " : "");
        pt_buf_putz(&b, v->reason);
        pt_buf_putz(&b, " (");
        pt_buf_put(&b, v->detail);
        pt_buf_putc(&b, ')');
    }
    return pt_arena_str(a, pt_buf_str(&b));
}
