#include "collect/packages/document.h"

#include "value/toml.h"
#include "value/yaml.h"

// What is not valid is told, and reading goes on without it.
static pt_code told(pt_read *r, pt_code code, const char *name, const pt_err *why, pt_err *e) {
    if (code == PT_E_FORMAT) {
        pt_str what = pt_arena_printf(r->a, "%s%s%s", name, *name ? ": " : "", why->what);
        pt_fault_add(r, why->line, what.n ? what.p : why->what);
        return PT_OK;
    }
    if (code && e)
        *e = *why;
    return code;
}

pt_code pt_document_toml(pt_read *r, pt_str text, pt_value *ret, pt_err *e) {
    pt_err why = {0};
    *ret = pt_undefined();
    return told(r, pt_toml_parse(r->a, text, ret, &why), "", &why, e);
}

pt_code pt_document_other(pt_read *r, pt_str text, const char *name, pt_value *ret, pt_err *e) {
    pt_err why = {0};
    *ret = pt_undefined();
    return told(r, pt_toml_parse(r->a, text, ret, &why), name, &why, e);
}

pt_code pt_document_beside(pt_read *r, const char *name, pt_value *ret, pt_err *e) {
    pt_str text = r->beside ? r->beside(r, pt_str_of(name)) : (pt_str){0};
    *ret = pt_undefined();
    return text.n ? pt_document_other(r, text, name, ret, e) : PT_OK;
}

pt_code pt_document_yaml(pt_read *r, pt_str text, pt_value *ret, pt_yaml_places **ret_places,
                         pt_err *e) {
    pt_err why = {0};
    pt_yaml_stream s = {.bytes = text, .dialect = PT_YAML_CORE};
    pt_yaml_doc doc = {0};
    pt_code code = pt_yaml_next(&s, r->a, &doc, &why);
    *ret = code ? pt_undefined() : doc.value;
    *ret_places = code || !pt_defined(doc.value) ? NULL : pt_yaml_places_new(&doc);
    pt_yaml_stream_done(&s);
    return told(r, code, "", &why, e);
}

// -- the lines of a JSON text ---------------------------------------------------------------------

pt_code pt_json_lines_of(pt_arena *a, pt_str text, pt_json_lines *ret, pt_err *e) {
    *ret = (pt_json_lines){.text = text};
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '\n')
            continue;
        uint32_t *end = PT_PUSH(a, &ret->ends);
        if (!end)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *end = (uint32_t)i;
    }
    return PT_OK;
}

static uint32_t line_of(const pt_json_lines *l, size_t offset) {
    size_t from = 0;
    size_t to = l->ends.n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (l->ends.v[middle] < offset)
            from = middle + 1;
        else
            to = middle;
    }
    return (uint32_t)from + 1;
}

static size_t skip_blanks(pt_str text, size_t at) {
    while (at < text.n &&
           (text.p[at] == ' ' || text.p[at] == '\n' || text.p[at] == '\r' || text.p[at] == '\t'))
        at++;
    return at;
}

// Behind the string whose opening quote is there.
static size_t skip_string(pt_str text, size_t at) {
    for (at++; at < text.n && text.p[at] != '"'; at++)
        at += text.p[at] == '\\';
    return at < text.n ? at + 1 : text.n;
}

// Behind the value that begins there; the text was read as JSON before.
static size_t skip_value(pt_str text, size_t at) {
    size_t depth = 0;
    while (at < text.n) {
        char c = text.p[at];
        if (c == '"') {
            at = skip_string(text, at);
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if (c == '}' || c == ']' || c == ',') {
            if (depth == 0)
                return at; // the end of a scalar
            depth -= c != ',';
            at++;
        } else {
            at++;
            continue;
        }
        if (depth == 0)
            return at;
    }
    return at;
}

bool pt_json_member(const pt_json_lines *l, pt_value key, pt_json_span *ret) {
    pt_str s = pt_text(key);
    size_t at = (uintptr_t)s.p - (uintptr_t)l->text.p;
    if (!s.p || at > l->text.n || l->text.n - at < s.n)
        return false;
    at = skip_blanks(l->text, at + s.n + 1); // behind the closing quote
    at = skip_blanks(l->text, at + 1);       // behind the colon
    *ret = (pt_json_span){at, skip_value(l->text, at)};
    return at < l->text.n;
}

bool pt_json_item(const pt_json_lines *l, pt_json_span *rest, pt_json_span *ret) {
    size_t from = skip_blanks(l->text, rest->from + 1); // behind the bracket or the comma
    if (from >= rest->to || l->text.p[from] == ']')
        return false;
    *ret = (pt_json_span){from, skip_value(l->text, from)};
    rest->from = skip_blanks(l->text, ret->to);
    return true;
}

void pt_json_put_lines(const pt_json_lines *l, pt_json_span s, pt_package *p) {
    p->line = line_of(l, s.from);
    p->line_end = line_of(l, s.to > s.from ? s.to - 1 : s.to);
}

void pt_json_put_member(const pt_json_lines *l, pt_value key, pt_package *p) {
    pt_json_span s;
    if (!pt_json_member(l, key, &s))
        return;
    s.from = (size_t)((uintptr_t)pt_text(key).p - (uintptr_t)l->text.p);
    pt_json_put_lines(l, s, p);
}
