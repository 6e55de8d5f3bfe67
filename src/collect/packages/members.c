#include "collect/packages/members.h"

#include "value/json.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t skip_blanks(pt_str t, size_t at) {
    while (at < t.n && is_blank(t.p[at]))
        at++;
    return at;
}

static size_t skip_string(pt_str t, size_t at) {
    for (at++; at < t.n && t.p[at] != '"'; at++)
        at += t.p[at] == '\\';
    return at < t.n ? at + 1 : t.n;
}

// Behind the value at `at`.
static size_t skip_value(pt_str t, size_t at) {
    size_t depth = 0;
    while (at < t.n) {
        char c = t.p[at];
        bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',' || c == ':'))
            break;
        at = c == '"' ? skip_string(t, at) : at + 1;
        depth += c == '{' || c == '[';
        depth -= closes;
        if (depth == 0 && (closes || c == '"'))
            break;
    }
    return at;
}

static uint32_t line_at(pt_members *m, size_t at) {
    for (; m->counted_at < at; m->counted_at++)
        m->line += m->text.p[m->counted_at] == '\n';
    return m->line;
}

// Behind the bracket at `at`; of anything else there are no members.
static void enter(pt_members *m, size_t at) {
    bool opens = at < m->text.n && (m->text.p[at] == '{' || m->text.p[at] == '[');
    m->at = opens ? at + 1 : m->text.n;
}

pt_members pt_members_at(pt_arena *a, pt_str text, const char *path) {
    pt_members m = {.a = a, .text = text, .line = 1};
    bool whole = false;
    size_t at = pt_json_locate(text, pt_str_of(path), &whole);
    enter(&m, whole ? at : text.n);
    return m;
}

pt_members pt_members_in(const pt_members *m, const pt_member *of) {
    pt_members in = {.a = m->a, .text = m->text, .counted_at = of->at, .line = of->line};
    enter(&in, of->at);
    return in;
}

// The value's text is one that was read before: it cannot be wrong.
static pt_value read_at(pt_members *m, size_t from, size_t to) {
    pt_value v = pt_undefined();
    PT_IGNORE(pt_json_parse(m->a, pt_str_sub(m->text, from, to), NULL, &v, NULL));
    return v;
}

bool pt_members_next(pt_members *m, pt_member *ret) {
    size_t at = skip_blanks(m->text, m->at);
    if (at < m->text.n && m->text.p[at] == ',')
        at = skip_blanks(m->text, at + 1);
    *ret = (pt_member){.key = pt_undefined()};
    if (at >= m->text.n || m->text.p[at] == '}' || m->text.p[at] == ']')
        return false;
    size_t end = skip_value(m->text, at);
    size_t colon = skip_blanks(m->text, end);
    if (m->text.p[at] == '"' && colon < m->text.n && m->text.p[colon] == ':') {
        ret->key = read_at(m, at, skip_string(m->text, at));
        at = skip_blanks(m->text, colon + 1);
        end = skip_value(m->text, at);
    }
    while (end > at && is_blank(m->text.p[end - 1]))
        end--; // behind a number
    ret->value = read_at(m, at, end);
    ret->at = at;
    ret->line = line_at(m, at);
    ret->line_end = line_at(m, end > at ? end - 1 : at);
    m->at = end;
    return pt_defined(ret->value);
}
