#include "collect/runtime/audit_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/instant.h"
#include "value/json.h"

enum {
    READ_BYTES = 64 << 10,
    DEPTH_MAX = 512,
    VALUES_PER_BYTE = 8, // the memory that a document may need
    ARENA_BYTES_KEPT = 1 << 20,
};

const char *const pt_audit_refusals[PT_AUDIT_REFUSALS] = {
    [PT_AUDIT_NOT_JSON] = "not JSON, or broken off",
    [PT_AUDIT_NOT_EVENT] = "no audit event",
    [PT_AUDIT_NO_ID] = "without an auditID",
    [PT_AUDIT_NO_TIME] = "without a stageTimestamp",
    [PT_AUDIT_EVENT_LARGE] = "larger than an event may be",
    [PT_AUDIT_DOCUMENT_LARGE] = "larger than a document may be",
};

// Where a document's end is looked for.
typedef struct scan {
    size_t at; // of the byte that is looked at next, in the buffer
    unsigned depth;
    bool in_string, escaped, line_start, array;
} scan;

typedef enum scanned {
    SCAN_MORE,  // the bytes end before it does
    SCAN_WHOLE, // it ends at `at`
    SCAN_BROKEN // it was broken off before `at`, where the next one may begin
} scanned;

// What is passed over between two documents.
typedef enum skipped {
    SKIP_NOTHING,
    SKIP_LINE,       // the rest of a line on which no document begins
    SKIP_LARGE_LINE, // the rest of a line of a document that is too large,
    SKIP_LARGE       // then all lines of it: until one begins with a bracket
} skipped;

struct pt_audit_log {
    pt_recording_source from;
    pt_audit_limits limits;
    pt_buf bytes; // what was read
    size_t begin; // of the document in it; all before was dealt with
    scan scan;    // of that document; depth 0: it has not begun
    bool over;    // the source has ended
    skipped skip;
    pt_str array;   // items that are left of an array
    bool array_new; // none of them was taken
    pt_json_stream list;
    bool in_list; // of an EventList
    pt_arena arena;
    pt_event event;
    pt_audit_counts counts;
};

pt_code pt_audit_log_new(const pt_recording_source *from, const pt_audit_limits *limits,
                         pt_audit_log **ret, pt_err *e) {
    pt_audit_log *l = calloc(1, sizeof *l);
    if (!l)
        return pt_err_set(e, PT_E_NOMEM, "no memory for an audit log");
    l->from = *from;
    if (limits)
        l->limits = *limits;
    if (!l->limits.event_bytes)
        l->limits.event_bytes = PT_AUDIT_EVENT_BYTES;
    if (!l->limits.document_bytes)
        l->limits.document_bytes = PT_AUDIT_DOCUMENT_BYTES;
    l->bytes.max = l->limits.document_bytes + 2 * (size_t)READ_BYTES;
    pt_arena_init(&l->arena, l->limits.document_bytes * VALUES_PER_BYTE + ARENA_BYTES_KEPT);
    *ret = l;
    return PT_OK;
}

void pt_audit_log_free(pt_audit_log *l) {
    if (!l)
        return;
    pt_buf_done(&l->bytes);
    pt_arena_done(&l->arena);
    free(l);
}

pt_audit_counts pt_audit_log_counted(const pt_audit_log *l) {
    return l->counts;
}

static void refuse(pt_audit_log *l, pt_audit_refusal why) {
    l->counts.refused[why]++;
}

// -- documents ------------------------------------------------------------------------------------

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool opens(char c) {
    return c == '{' || c == '[';
}

// A byte within a string. False: it can be in none.
static bool step_in_string(scan *s, char c) {
    if (c == '\n')
        return false;
    if (s->escaped)
        s->escaped = false;
    else if (c == '\\')
        s->escaped = true;
    else if (c == '"')
        s->in_string = false;
    return true;
}

static scanned scan_bytes(scan *s, pt_str bytes) {
    while (s->at < bytes.n) {
        char c = bytes.p[s->at++];
        if (s->in_string) {
            if (!step_in_string(s, c))
                return SCAN_BROKEN;
            continue;
        }
        if (c == '{' && s->line_start && s->depth && !(s->array && s->depth == 1)) {
            s->at--;
            return SCAN_BROKEN;
        }
        s->line_start = c == '\n';
        s->in_string = c == '"';
        if (opens(c))
            s->depth++;
        else if ((c == '}' || c == ']') && --s->depth == 0)
            return SCAN_WHOLE;
    }
    return SCAN_MORE;
}

static void rest_from(pt_audit_log *l, size_t at) {
    l->begin = at;
    l->scan = (scan){.at = at};
}

// To the first bracket of the next document. What stands there else is refused, a line at a time.
// False: the bytes end before.
static bool to_document(pt_audit_log *l) {
    pt_str bytes = pt_buf_str(&l->bytes);
    size_t at = l->begin;
    while (at < bytes.n) {
        char c = bytes.p[at];
        if (l->skip == SKIP_LINE || l->skip == SKIP_LARGE_LINE) {
            size_t rest = pt_str_find(pt_str_sub(bytes, at, bytes.n), '\n');
            at += rest;
            if (at == bytes.n)
                break;
            at++;
            l->skip = l->skip == SKIP_LINE ? SKIP_NOTHING : SKIP_LARGE;
        } else if (opens(c)) {
            l->skip = SKIP_NOTHING;
            l->begin = at;
            l->scan = (scan){.at = at, .array = c == '['};
            return true;
        } else if (l->skip == SKIP_LARGE) {
            l->skip = SKIP_LARGE_LINE;
        } else if (is_blank(c)) {
            at++;
        } else {
            refuse(l, PT_AUDIT_NOT_JSON);
            l->skip = SKIP_LINE;
        }
    }
    rest_from(l, at);
    return false;
}

// More bytes behind those that are there, or l->over. *ret_none: there are none for a moment.
static pt_code read_more(pt_audit_log *l, bool *ret_none, pt_err *e) {
    if (l->begin) { // a document is moved to the front once at most: then it begins there
        memmove(l->bytes.p, l->bytes.p + l->begin, l->bytes.n - l->begin);
        l->bytes.n -= l->begin;
        l->scan.at -= l->begin;
        l->begin = 0;
    }
    char *room = pt_buf_room(&l->bytes, READ_BYTES);
    if (!room)
        return pt_err_set(e, PT_E_NOMEM, "no memory for a document of the audit log");
    long n = l->from.read(l->from.ctx, room, READ_BYTES);
    *ret_none = n < 0;
    if (n < 0 && errno != EAGAIN)
        return pt_err_sys(e, errno, "the audit log cannot be read: %s", pt_errno_text(errno));
    l->over = n == 0;
    if (n > 0)
        pt_buf_took(&l->bytes, (size_t)n);
    return PT_OK;
}

// The document that begins at l->begin, if it ends in what was read. What is none is passed over.
static bool whole_document(pt_audit_log *l, pt_str *ret) {
    while (l->scan.depth || to_document(l)) {
        scanned how = scan_bytes(&l->scan, pt_buf_str(&l->bytes));
        size_t n = l->scan.at - l->begin;
        if (how == SCAN_WHOLE && n <= l->limits.document_bytes) {
            *ret = (pt_str){l->bytes.p + l->begin, n};
            rest_from(l, l->scan.at);
            return true;
        }
        if (how == SCAN_MORE && n <= l->limits.document_bytes && !l->over)
            return false;
        bool large = how != SCAN_BROKEN && n > l->limits.document_bytes;
        refuse(l, large ? PT_AUDIT_DOCUMENT_LARGE : PT_AUDIT_NOT_JSON);
        if (large && how == SCAN_MORE)
            l->skip = SKIP_LARGE_LINE;
        rest_from(l, l->scan.at);
    }
    return false;
}

static pt_code next_document(pt_audit_log *l, pt_str *ret, bool *ret_none, pt_err *e) {
    *ret_none = false;
    while (!whole_document(l, ret)) {
        *ret_none = l->over;
        pt_code code = l->over ? PT_OK : read_more(l, ret_none, e);
        if (code || *ret_none)
            return code;
    }
    return PT_OK;
}

// -- events ---------------------------------------------------------------------------------------

// What was taken out of a list by others says no version.
static bool is_version(pt_value object) {
    pt_value v = pt_getz(object, "apiVersion");
    return !pt_defined(v) || pt_str_eqz(pt_text(v), "audit.k8s.io/v1") ||
           pt_str_eqz(pt_text(v), "audit.k8s.io/v1beta1");
}

// Within a list they mostly do not say either what they are.
static bool is_event(pt_value v) {
    pt_value kind = pt_getz(v, "kind");
    return pt_tag_of(v) == PT_OBJECT && (!pt_defined(kind) || pt_str_eqz(pt_text(kind), "Event")) &&
           is_version(v);
}

static bool is_truncated(pt_value v) {
    return pt_str_eqz(pt_text(pt_getz(pt_getz(v, "annotations"), "audit.k8s.io/truncated")),
                      "true");
}

// False: it was refused.
static bool give(pt_audit_log *l, pt_value v, size_t bytes) {
    pt_time_ns at = 0;
    pt_audit_refusal why = PT_AUDIT_REFUSALS;
    if (bytes > l->limits.event_bytes)
        why = PT_AUDIT_EVENT_LARGE;
    else if (!is_event(v))
        why = PT_AUDIT_NOT_EVENT;
    else if (!pt_text(pt_getz(v, "auditID")).n)
        why = PT_AUDIT_NO_ID;
    else if (!pt_time_parse(pt_text(pt_getz(v, "stageTimestamp")), &at) || at < 0)
        why = PT_AUDIT_NO_TIME;
    if (why < PT_AUDIT_REFUSALS) {
        refuse(l, why);
        return false;
    }
    l->counts.truncated += is_truncated(v);
    l->event = (pt_event){
        .source = PT_STR("k8s_audit"),
        .number = ++l->counts.events,
        .time_ns = (uint64_t)at,
        .type = PT_EVENT_PLUGIN,
        .login_uid = -1,
        .doc = v,
    };
    return true;
}

// Why a document that could not be read is none.
static pt_audit_refusal refusal_of(pt_code code) {
    return code == PT_E_NOMEM ? PT_AUDIT_DOCUMENT_LARGE : PT_AUDIT_NOT_JSON;
}

static pt_json_stream stream_of(pt_str bytes, bool split) {
    return (pt_json_stream){.bytes = bytes, .opts = {.depth_max = DEPTH_MAX}, .split_lists = split};
}

// The document without its items: whole, so that of one that is wrong at its end nothing was
// believed.
static pt_code outline(pt_audit_log *l, pt_str bytes, pt_json_event *ret) {
    pt_json_stream s = stream_of(bytes, true);
    pt_code code;
    do {
        pt_arena_rest(&l->arena, ARENA_BYTES_KEPT);
        code = pt_json_next(&s, &l->arena, ret, NULL);
    } while (!code && ret->kind == PT_JSON_ITEM);
    return code;
}

// An object: an event, or a list of them. True: there is an event.
static bool open_document(pt_audit_log *l, pt_str bytes) {
    pt_json_event ev;
    pt_code code = outline(l, bytes, &ev);
    pt_str kind = pt_text(code ? pt_undefined() : pt_getz(ev.value, "kind"));
    bool known = !code && is_version(ev.value);
    if (known && pt_str_eqz(kind, "EventList")) {
        l->list = stream_of(bytes, true);
        l->in_list = ev.kind == PT_JSON_LIST;
        return false;
    }
    if (known && pt_str_eqz(kind, "Event") && ev.kind == PT_JSON_LIST) {
        pt_json_stream s = stream_of(bytes, false); // an event may have "items", too
        code = pt_json_next(&s, &l->arena, &ev, NULL);
    }
    if (code)
        refuse(l, refusal_of(code));
    else if (!known || !pt_str_eqz(kind, "Event"))
        refuse(l, PT_AUDIT_NOT_EVENT);
    else
        return give(l, ev.value, bytes.n);
    return false;
}

static bool next_item(pt_audit_log *l) {
    pt_json_event ev = {0};
    pt_code code = pt_json_next(&l->list, &l->arena, &ev, NULL);
    l->in_list = !code && ev.kind == PT_JSON_ITEM;
    if (code)
        refuse(l, refusal_of(code)); // it was read before: no memory
    return l->in_list && give(l, ev.value, ev.bytes.n);
}

static pt_str without_blanks(pt_str s) {
    while (s.n && is_blank(*s.p))
        s = pt_str_sub(s, 1, s.n);
    return s;
}

// The next item of an array; of one that is wrong nothing more is taken.
static bool next_of_array(pt_audit_log *l) {
    pt_str rest = without_blanks(l->array);
    bool end = rest.n == 0 || *rest.p == ']';
    bool comma = !end && *rest.p == ',';
    l->array = (pt_str){0};
    if (end)
        return false;
    if (comma && !l->array_new)
        rest = without_blanks(pt_str_sub(rest, 1, rest.n));
    scan s = {0};
    if (comma == l->array_new || rest.n == 0 || *rest.p == ']') {
        refuse(l, PT_AUDIT_NOT_JSON);
        return false;
    }
    if (*rest.p != '{') {
        refuse(l, PT_AUDIT_NOT_EVENT);
        return false;
    }
    if (scan_bytes(&s, rest) != SCAN_WHOLE) {
        refuse(l, PT_AUDIT_NOT_JSON);
        return false;
    }
    l->array_new = false;
    l->array = pt_str_sub(rest, s.at, rest.n);
    return open_document(l, pt_str_sub(rest, 0, s.at));
}

pt_code pt_audit_log_next(pt_audit_log *l, const pt_event **ret, bool *ret_end, pt_err *e) {
    bool found = false;
    bool none = false;
    *ret = NULL;
    *ret_end = false;
    while (!found && !none) {
        pt_arena_rest(&l->arena, ARENA_BYTES_KEPT);
        if (l->in_list) {
            found = next_item(l);
            continue;
        }
        if (l->array.n) {
            found = next_of_array(l);
            continue;
        }
        pt_str bytes = {0};
        pt_code code = next_document(l, &bytes, &none, e);
        if (code)
            return code;
        if (none)
            *ret_end = l->over;
        else if (*bytes.p == '{')
            found = open_document(l, bytes);
        else {
            l->array = pt_str_sub(bytes, 1, bytes.n);
            l->array_new = true;
        }
    }
    if (found)
        *ret = &l->event;
    return PT_OK;
}
