// "format" of JSON Schema, and values as Go's encoding/json writes them.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/re2.h"
#include "base/watch.h"
#include "judge/policy/fn/ip.h"
#include "judge/policy/fn/regex.h"
#include "judge/policy/fn/schema.h"
#include "judge/policy/fn/time.h"
#include "value/json.h"

// -- plain JSON -----------------------------------------------------------------------------------

int pt_schema_exponent(pt_str e) {
    int64_t n = 0;
    size_t at = pt_str_find(e, 'e') + 1;
    at += at < e.n && e.p[at] == '+';
    PT_IGNORE(!pt_str_int(pt_str_sub(e, at, e.n), 10, &n)); // printf wrote it
    return (int)n;
}

// A float64 as encoding/json writes it: shortest digits, an exponent below 1e-6 and from 1e21 on.
static void put_float(pt_buf *b, pt_arena *a, double d) {
    double size = fabs(d);
    for (int digits = 1; digits <= 17; digits++) {
        pt_str e = pt_arena_printf(a, "%.*e", digits - 1, d);
        if (!e.p || strtod(e.p, NULL) != d)
            continue;
        size_t at = pt_str_find(e, 'e');
        int exponent = pt_schema_exponent(e);
        int behind = digits - 1 - exponent;
        if (d == 0 || (size >= 1e-6 && size < 1e21))
            pt_buf_printf(b, "%.*f", behind > 0 ? behind : 0, d);
        else
            pt_buf_printf(b, "%.*se%c%d", (int)at, e.p, exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
}

static void put_plain(pt_buf *b, pt_arena *a, pt_value v);

// NOLINTNEXTLINE(misc-no-recursion): PT_VALUE_DEPTH_MAX
static void put_object(pt_buf *b, pt_arena *a, pt_value v) {
    const pt_json_opts go = {.html_safe = true};
    pt_buf_putc(b, '{');
    for (size_t i = 0; i < pt_len(v); i++) {
        if (i)
            pt_buf_putc(b, ',');
        pt_json_put_string(b, pt_text(pt_key_at(v, i)), &go);
        pt_buf_putc(b, ':');
        put_plain(b, a, pt_val_at(v, i));
    }
    pt_buf_putc(b, '}');
}

// NOLINTNEXTLINE(misc-no-recursion): PT_VALUE_DEPTH_MAX
static void put_plain(pt_buf *b, pt_arena *a, pt_value v) {
    const pt_json_opts go = {.html_safe = true};
    char room[PT_NUMBER_ROOM];
    b->full |= pt_watch_spend(pt_len(v));
    if (b->full)
        return;
    switch (pt_tag_of(v)) {
    case PT_NUMBER: {
        pt_str z = pt_arena_str(a, pt_number_text(v, room));
        put_float(b, a, z.p ? strtod(z.p, NULL) : 0);
        break;
    }
    case PT_OBJECT:
        put_object(b, a, v);
        break;
    case PT_ARRAY:
    case PT_SET:
        pt_buf_putc(b, '[');
        for (size_t i = 0; i < pt_len(v); i++) {
            if (i)
                pt_buf_putc(b, ',');
            put_plain(b, a, pt_at(v, i));
        }
        pt_buf_putc(b, ']');
        break;
    case PT_STRING:
        pt_json_put_string(b, pt_text(v), &go);
        break;
    case PT_UNDEFINED:
    case PT_NULL:
        pt_buf_putz(b, "null");
        break;
    case PT_BOOL:
        pt_buf_putz(b, pt_true(v) ? "true" : "false");
        break;
    }
}

pt_str pt_schema_plain(pt_arena *a, pt_value v) {
    pt_buf b = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    put_plain(&b, a, v);
    pt_str r = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return r;
}

// -- formats --------------------------------------------------------------------------------------

static bool matches(pt_call *c, const char *pattern, pt_str s) {
    PT_AUTO(pt_kept_done) pt_kept k = pt_regex_get(c, pt_str_of(pattern));
    pt_re2_span span;
    return k.thing && pt_re2_match(k.thing, s, 0, &span, 0) > 0;
}

// Does one of the layouts, a comma between two, read it?
static bool reads(pt_call *c, const char *layouts, pt_str s) {
    pt_str list = pt_str_of(layouts);
    pt_str layout;
    while (pt_str_split(&list, ',', &layout)) {
        int64_t seconds;
        int ns;
        pt_call scratch = *c; // what it says is not for the caller
        if (pt_layout_read(&scratch, layout, s, &seconds, &ns))
            return true;
    }
    return false;
}

static bool date_time(pt_call *c, pt_str s) {
    return reads(c, "15:04:05,15:04:05Z07:00,2006-01-02,2006-01-02T15:04:05Z07:00", s);
}

static bool date(pt_call *c, pt_str s) {
    return reads(c, "2006-01-02", s);
}

static bool time_of_day(pt_call *c, pt_str s) {
    return reads(c, "15:04:05Z07:00,15:04:05", s);
}

static bool ipv4(pt_call *c, pt_str s) {
    pt_ip ip;
    PT_IGNORE(c == NULL); // as all of them are called
    return pt_ip_read(s, &ip) && pt_str_find(s, '.') < s.n;
}

static bool ipv6(pt_call *c, pt_str s) {
    pt_ip ip;
    PT_IGNORE(c == NULL);
    return pt_ip_read(s, &ip) && pt_str_find(s, ':') < s.n;
}

static bool hostname(pt_call *c, pt_str s) {
    return s.n < 256 &&
           matches(c,
                   "^([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9])(\\.([a-zA-Z0-9]|"
                   "[a-zA-Z0-9][a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9]))*$",
                   s);
}

// An address of RFC 5322, perhaps with a name before it in angle brackets.
static bool email(pt_call *c, pt_str s) {
    return matches(
        c,
        "^[ \\t]*(?:(?:(?:[^\\x00-\\x20()<>\\[\\]:;@\\\\,\"]+|\"(?:[^\"\\\\]|\\\\.)*\")[ \\t]*)*"
        "<)?(?:[^\\x00-\\x20()<>\\[\\]:;@\\\\,.\"]+(?:\\.[^\\x00-\\x20()<>\\[\\]:;@\\\\,.\"]+)*|"
        "\"(?:[^\"\\\\]|\\\\.)*\")@(?:[^\\x00-\\x20()<>\\[\\]:;@\\\\,.\"]+"
        "(?:\\.[^\\x00-\\x20()<>\\[\\]:;@\\\\,.\"]+)*|\\[[0-9a-fA-F.:]+\\])>?[ \\t]*$",
        s);
}

// What Go's url.Parse takes: no control bytes, whole escapes, no blank in a host, a numeric port.
static bool url_ok(pt_call *c, pt_str s) {
    if (pt_str_find(s, '\\') < s.n)
        return false;
    return matches(c,
                   "^(?:[a-zA-Z][a-zA-Z0-9+.\\-]*:)?(?://[^/?#\\x00-\\x20\"<>^`{|}\\x7f]*)?"
                   "(?:[^?#%\\x00-\\x1f\\x7f]|%[0-9a-fA-F]{2})*(?:\\?[^#\\x00-\\x1f\\x7f]*)?"
                   "(?:#(?:[^%\\x00-\\x1f\\x7f]|%[0-9a-fA-F]{2})*)?$",
                   s) &&
           !matches(c, "^(?:[a-zA-Z][a-zA-Z0-9+.\\-]*:)?//[^/?#]*[\\x00-\\x20\"<>^`{|}]", s) &&
           !matches(c, "^:|^[^/?#]*[^a-zA-Z0-9+.\\-/?#:][^/?#]*:|^[0-9+.\\-][^/?#:]*:", s) &&
           !matches(c,
                    "^(?:[a-zA-Z][a-zA-Z0-9+.\\-]*:)?//[^/?#]*:[0-9]*[^0-9/?#\\]@:][^/?#@\\]]*(?:[/"
                    "?#]|$)",
                    s);
}

static bool uri(pt_call *c, pt_str s) {
    return matches(c, "^[a-zA-Z][a-zA-Z0-9+.\\-]*:", s) && url_ok(c, s);
}

static bool uri_template(pt_call *c, pt_str s) {
    return url_ok(c, s) && matches(c, "^([^{]*({[^}]*})?)*$", s);
}

static bool uuid(pt_call *c, pt_str s) {
    return matches(c, "^(?i)[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$", s);
}

static bool regex(pt_call *c, pt_str s) {
    pt_call scratch = *c;
    PT_AUTO(pt_kept_done) pt_kept k = pt_regex_get(&scratch, s);
    return k.thing != NULL;
}

static bool pointer(pt_call *c, pt_str s) {
    return matches(c, "^(?:/(?:[^~/]|~0|~1)*)*$", s);
}

static bool relative_pointer(pt_call *c, pt_str s) {
    return matches(c, "^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)$", s);
}

bool pt_schema_format_ok(pt_call *c, pt_str format, pt_str text) {
    static const struct {
        const char *name;
        bool (*ok)(pt_call *c, pt_str s);
    } formats[] = {
        {"date", date},
        {"time", time_of_day},
        {"date-time", date_time},
        {"hostname", hostname},
        {"email", email},
        {"idn-email", email},
        {"ipv4", ipv4},
        {"ipv6", ipv6},
        {"uri", uri},
        {"uri-reference", url_ok},
        {"iri", uri},
        {"iri-reference", url_ok},
        {"uri-template", uri_template},
        {"uuid", uuid},
        {"regex", regex},
        {"json-pointer", pointer},
        {"relative-json-pointer", relative_pointer},
    };
    for (size_t i = 0; i < PT_COUNT(formats); i++)
        if (pt_str_eqz(format, formats[i].name))
            return formats[i].ok(c, text);
    return true; // what nobody knows holds
}
