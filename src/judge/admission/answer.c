// The AdmissionReview that answers (admission.k8s.io/v1).
#include "judge/admission/admission.h"
#include "value/json.h"

enum { // of apiserver/pkg/endpoints/filters/warning.go, in characters
    ALL_MAX = 4096,
    EACH_MAX = 256,
    ROOM_FOR_COUNT = 64,
};

// -- warnings -------------------------------------------------------------------------------------

// The API server drops a warning with a character of Unicode's class Cc: C0, DEL, C1.
static size_t control_at(pt_str s, size_t i) {
    unsigned char ch = (unsigned char)s.p[i];
    if (ch < ' ' || ch == 0x7f)
        return 1;
    bool c1 = ch == 0xc2 && i + 1 < s.n && ((unsigned char)s.p[i + 1] & 0xe0) == 0x80;
    return c1 ? 2 : 0;
}

static bool has_control(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (control_at(s, i))
            return true;
    return false;
}

static void put_line(pt_buf *b, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(s.n + 1);
    if (!has_control(s)) {
        pt_json_put_string(b, s, NULL);
        return;
    }
    for (size_t i = 0; i < s.n;) {
        size_t n = control_at(s, i);
        pt_buf_putc(&line, (char)(n ? ' ' : s.p[i]));
        i += n ? n : 1;
    }
    b->full = b->full || line.full;
    pt_json_put_string(b, pt_buf_str(&line), NULL);
}

static bool begins(char ch) {
    return ((unsigned char)ch & 0xc0) != 0x80;
}

static size_t characters(pt_str s) {
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += begins(s.p[i]);
    return n;
}

// The bytes of the first `max` characters.
static size_t bytes_of(pt_str s, size_t max) {
    size_t n = 0;
    size_t i = 0;
    for (; i < s.n; i++)
        if (begins(s.p[i]) && n++ == max)
            break;
    return i;
}

static void put_cut(pt_buf *b, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(EACH_MAX * 4 + 8);
    pt_buf_put(&text, pt_str_sub(s, 0, bytes_of(s, EACH_MAX - 1)));
    pt_buf_putz(&text, "…");
    b->full = b->full || text.full;
    put_line(b, pt_buf_str(&text));
}

static void put_warnings(pt_buf *b, const pt_str *list, size_t n) {
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += characters(list[i]);
    bool cuts = total > ALL_MAX;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        size_t length = characters(list[i]);
        bool cut = cuts && length > EACH_MAX;
        used += cut ? EACH_MAX : length;
        pt_buf_putz(b, i ? "," : "");
        if (cuts && used > ALL_MAX - ROOM_FOR_COUNT) {
            pt_buf_printf(b, "\"… and %zu more warnings\"", n - i);
            return;
        }
        if (cut)
            put_cut(b, list[i]);
        else
            put_line(b, list[i]);
    }
}

// -- the whole ------------------------------------------------------------------------------------

static const char *reason_of(int code) {
    static const struct {
        int code;
        const char *reason;
    } REASONS[] = {
        {400, "BadRequest"},
        {403, "Forbidden"},
        {422, "Invalid"},
    };
    for (size_t i = 0; i < PT_COUNT(REASONS); i++)
        if (REASONS[i].code == code)
            return REASONS[i].reason;
    return "InternalError";
}

void pt_admission_answer(pt_buf *b, pt_str uid, const pt_admission_verdict *v) {
    pt_buf_putz(b, "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
                   "\"response\":{\"uid\":");
    pt_json_put_string(b, uid, NULL);
    pt_buf_printf(b, ",\"allowed\":%s", v->allowed ? "true" : "false");
    if (!v->allowed) {
        pt_buf_printf(b, ",\"status\":{\"code\":%d,\"reason\":\"%s\",\"message\":", v->code,
                      reason_of(v->code));
        pt_json_put_string(b, v->message, NULL);
        pt_buf_putc(b, '}');
    }
    if (v->warnings.n) {
        pt_buf_putz(b, ",\"warnings\":[");
        put_warnings(b, v->warnings.v, v->warnings.n);
        pt_buf_putc(b, ']');
    }
    for (size_t i = 0; i + 1 < v->annotations.n; i += 2) {
        pt_buf_putz(b, i ? "," : ",\"auditAnnotations\":{");
        pt_json_put_string(b, v->annotations.v[i], NULL);
        pt_buf_putc(b, ':');
        pt_json_put_string(b, v->annotations.v[i + 1], NULL);
    }
    pt_buf_putz(b, v->annotations.n ? "}}}" : "}}");
}
