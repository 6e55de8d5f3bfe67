// Why a document is not evaluated, and where.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "judge/gatekeeper/gatekeeper_impl.h"
#include "value/path.h"

enum {
    STEPS_MAX = 2 * PT_GK_SCHEMA_DEPTH_MAX + 16,
};

static pt_str path_of(pt_arena *a, const pt_gk_step *at) {
    const pt_gk_step *steps[STEPS_MAX];
    size_t n = 0;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    for (; at && n < STEPS_MAX; at = at->up)
        steps[n++] = at;
    while (n-- > 0) {
        if (steps[n]->key.p)
            pt_path_key(&b, steps[n]->key);
        else
            pt_path_index(&b, steps[n]->index);
    }
    return pt_arena_str(a, pt_buf_str(&b));
}

bool pt_gk_refuse(pt_arena *a, pt_gk_problem *p, const pt_gk_step *at, const char *fmt, ...) {
    char text[512];
    if (p->message.p)
        return false;
    va_list ap;
    va_start(ap, fmt);
    PT_IGNORE(vsnprintf(text, sizeof text, fmt, ap) < 0); // what fits is said
    va_end(ap);
    p->path = path_of(a, at);
    p->message = p->path.n ? pt_arena_printf(a, "%.*s: %s", PT_PRI(p->path), text)
                           : pt_arena_str(a, pt_str_of(text));
    if (!p->message.p)
        p->message = PT_STR("not enough memory");
    return false;
}

bool pt_gk_is(pt_arena *a, pt_gk_problem *p, const pt_gk_step *at, pt_value v, pt_tag type) {
    if (!pt_defined(v) || pt_tag_of(v) == type)
        return true;
    if (!p->message.p)
        p->schema = true;
    return pt_gk_refuse(a, p, at, "must be of type %s, and is %s", pt_tag_name(type),
                        pt_tag_name(pt_tag_of(v)));
}

static bool is_one_of(pt_str name, const char *const *names) {
    for (; *names; names++)
        if (pt_str_eqz(name, *names))
            return true;
    return false;
}

bool pt_gk_known(pt_arena *a, pt_gk_problem *p, const pt_gk_step *at, pt_value v,
                 const char *const *known) {
    for (size_t i = 0; pt_tag_of(v) == PT_OBJECT && i < pt_len(v); i++) {
        pt_gk_step field = {.up = at, .key = pt_text(pt_key_at(v, i))};
        if (!is_one_of(field.key, known))
            return pt_gk_refuse(a, p, &field, "unknown field");
    }
    return true;
}

// The text of the document's line with this number.
static pt_str line_text(const pt_yaml_doc *doc, uint32_t line) {
    pt_str rest = doc->bytes;
    pt_str text = {0};
    for (uint32_t n = doc->line; n <= line; n++)
        if (!pt_str_split(&rest, '\n', &text))
            return (pt_str){0};
    return text;
}

pt_place pt_gk_fault_place(const pt_gk_fault *f, const pt_yaml_doc *doc, pt_str prefix) {
    pt_place at = {f->place.file, doc->line, doc->column ? doc->column : 1};
    const char *point = prefix.n && f->path.n && f->path.p[0] != '[' ? "." : "";
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_printf(&b, "%.*s%s%.*s", PT_PRI(prefix), point, PT_PRI(f->path));
    if (b.n)
        pt_yaml_locate(doc, pt_buf_str(&b), &at.line, &at.column);
    pt_str text =
        pt_str_trim(line_text(doc, at.line)); // "rego: |": a block begins on the next line
    if (!f->row || !text.n || !strchr("|>+-0123456789", text.p[text.n - 1]))
        return at;
    at.line += f->row;
    text = line_text(doc, at.line);
    at.column = 1;
    while (at.column < text.n && text.p[at.column - 1] == ' ')
        at.column++;
    return at;
}
