// The texts of an alert: Falco's line for people, Falco's JSON, syslog.
#include "record/sink/alert.h"

#include <string.h>
#include <time.h>

#include "base/instant.h"
#include "value/json.h"

#define SECOND UINT64_C(1000000000)

enum {
    SYSLOG_FACILITY = 1,        // user-level messages
    SYSLOG_NAME_BYTES_MAX = 32, // MSGID, RFC 5424 section 6.2.7
    SYSLOG_HOST_BYTES_MAX = 255,
    STAMP_BYTES = 40,
};

static const char *const names[PT_ALERT_PRIORITIES] = {
    "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug",
};

const char *pt_alert_priority_name(unsigned priority) {
    return priority < PT_ALERT_PRIORITIES ? names[priority] : "Debug";
}

// A byte that would end the line or move the cursor is written as JSON writes it.
static void put_line_text(pt_buf *b, pt_str s) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != 0x7f)
            pt_buf_putc(b, s.p[i]);
        else if (c == '\n')
            pt_buf_putz(b, "\\n");
        else if (c == '\t')
            pt_buf_putz(b, "\\t");
        else if (c == '\r')
            pt_buf_putz(b, "\\r");
        else {
            pt_buf_putz(b, "\\u00");
            pt_buf_putc(b, hex[c >> 4]);
            pt_buf_putc(b, hex[c & 15]);
        }
    }
}

void pt_alert_put_text(pt_buf *b, const pt_alert *al) {
    int64_t day = (int64_t)(al->time_ns / SECOND) + al->utc_offset_s;
    unsigned second = (unsigned)(((day % 86400) + 86400) % 86400);
    pt_buf_printf(b, "%02u:%02u:%02u.%09u: %s ", second / 3600, second / 60 % 60, second % 60,
                  (unsigned)(al->time_ns % SECOND), pt_alert_priority_name(al->priority));
    put_line_text(b, al->message);
}

// RFC 3339 with nanoseconds, as Falco's `time`.
static pt_str stamp(uint64_t ns, char out[STAMP_BYTES]) {
    char whole[PT_RFC3339_BYTES];
    pt_str s = pt_time_rfc3339((pt_time_ns)(ns / SECOND * SECOND), whole);
    pt_str head = pt_str_sub(s, 0, s.n - 1); // without Z
    memcpy(out, head.p, head.n);
    uint64_t rest = ns % SECOND;
    out[head.n] = '.';
    for (size_t i = 9; i > 0; i--, rest /= 10)
        out[head.n + i] = (char)('0' + rest % 10);
    out[head.n + 10] = 'Z';
    return (pt_str){out, head.n + 11};
}

static pt_value tags_of(pt_arena *a, const pt_alert *al) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < al->n_tags; i++)
        pt_list_add(&l, pt_string(al->tags[i]));
    return pt_list_end(&l);
}

pt_code pt_alert_put_falco(pt_buf *b, pt_arena *a, const pt_alert *al, pt_err *e) {
    char when[STAMP_BYTES];
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(b->max);
    pt_alert_put_text(&line, al);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "hostname", pt_string(al->host));
    pt_obj_set(&o, "output", pt_string(pt_buf_str(&line)));
    pt_obj_set(&o, "output_fields", al->fields);
    pt_obj_set(&o, "priority", pt_stringz(pt_alert_priority_name(al->priority)));
    pt_obj_set(&o, "rule", pt_string(al->rule));
    pt_obj_set(&o, "source", pt_string(al->source));
    pt_obj_set(&o, "tags", tags_of(a, al));
    pt_obj_set(&o, "time", pt_string(stamp(al->time_ns, when)));
    pt_value v = pt_obj_end(&o);
    if (!pt_defined(v) || line.full)
        return pt_err_set(e, PT_E_NOMEM, "an alert is too large to be written");
    return pt_json_write(b, v, NULL, e);
}

// -- syslog ---------------------------------------------------------------------------------------

// A name of the header: visible ASCII without blanks, cut; "-" for none.
static void put_name(pt_buf *b, pt_str s, size_t bytes_max) {
    if (s.n == 0)
        pt_buf_putc(b, '-');
    for (size_t i = 0; i < s.n && i < bytes_max; i++) {
        bool visible = s.p[i] > ' ' && s.p[i] < 0x7f;
        pt_buf_put(b, visible ? pt_str_sub(s, i, i + 1) : PT_STR("_"));
    }
}

// A parameter of structured data: ", \ and ] are escaped (section 6.3.3).
static void put_parameter(pt_buf *b, const char *name, pt_str value) {
    pt_buf_printf(b, " %s=\"", name);
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '"' || value.p[i] == '\\' || value.p[i] == ']')
            pt_buf_putc(b, '\\');
        put_line_text(b, pt_str_sub(value, i, i + 1));
    }
    pt_buf_putc(b, '"');
}

void pt_alert_put_syslog(pt_buf *b, const pt_alert *al) {
    char when[STAMP_BYTES];
    // Of time fractions syslog takes six digits (section 6.2.3).
    pt_str t = stamp(al->time_ns / 1000 * 1000, when);
    pt_buf_printf(b, "<%u>1 %.*sZ ", SYSLOG_FACILITY * 8 + al->priority, (int)(t.n - 4), t.p);
    put_name(b, al->host, SYSLOG_HOST_BYTES_MAX);
    pt_buf_putz(b, " paratia - ");
    put_name(b, al->rule, SYSLOG_NAME_BYTES_MAX);
    pt_buf_putz(b, " [paratia@32473");
    put_parameter(b, "rule", al->rule);
    put_parameter(b, "source", al->source);
    put_parameter(b, "priority", pt_str_of(pt_alert_priority_name(al->priority)));
    pt_buf_putz(b, "] ");
    put_line_text(b, al->message);
}
