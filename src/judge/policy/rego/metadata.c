// METADATA: comments of the first column in YAML, which belong to the statement below them.
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "judge/policy/rego/metadata_impl.h"

enum {
    BLOCK_BYTES_MAX = 1 << 20,
    TEXT_BYTES_MAX = 1 << 16,
};

// -- what is wrong --------------------------------------------------------------------------------

void pt_block_fail(pt_block *b, const char *fmt, ...) {
    if (b->failed)
        return;
    pt_buf text = PT_BUF(TEXT_BYTES_MAX);
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&text, fmt, ap);
    va_end(ap);
    pt_flaw_at(b->p, b->loc, "%.*s", PT_PRI(pt_buf_str(&text)));
    pt_buf_done(&text);
    b->failed = true;
}

// The first character behind a colon, quoted, unless it is one that YAML asks for there.
static void put_glued(pt_buf *b, pt_str part) {
    enum {
        WIDTH_MAX = 4
    };
    size_t n = 1;
    while (n < part.n && n < WIDTH_MAX && ((unsigned char)part.p[n] & 0xc0) == 0x80)
        n++;
    uint32_t u = part.n ? (unsigned char)part.p[0] : 0xfffd;
    for (size_t i = 1; i < n && part.n; i++)
        u = (i == 1 ? u & (0x7fu >> n) : u) << 6 | ((unsigned char)part.p[i] & 0x3f);
    pt_buf_putz(b, b->n ? " " : "");
    if (u < 0x80)
        pt_buf_printf(b, "'%c'", (char)u);
    else
        pt_buf_printf(b, u < 0x10000 ? "'\\u%04x'" : "'\\U%08x'", u);
}

// "a:b" is no pair in YAML, which its errors do not say.
static void put_hints(pt_buf *text, const pt_block *b) {
    for (size_t i = b->from; i < b->to; i++) {
        const pt_comment *c = &b->p->comments.v[i];
        pt_str rest = pt_str_sub(c->text, pt_str_find(c->text, ':') + 1, c->text.n);
        bool colon = pt_str_find(c->text, ':') < c->text.n;
        pt_buf glued = PT_BUF(TEXT_BYTES_MAX);
        while (colon && rest.n && rest.p[0] != ' ' && rest.p[0] != '\t') {
            put_glued(&glued, rest.p[0] == ':' ? (pt_str){NULL, 0} : rest);
            colon = pt_str_find(rest, ':') < rest.n;
            rest = pt_str_sub(rest, pt_str_find(rest, ':') + 1, rest.n);
        }
        if (glued.n)
            pt_buf_printf(
                text,
                "\n  Hint: on line %u, symbol(s) [%.*s] immediately following a key/value "
                "separator ':' is not a legal yaml space character",
                c->loc.row, PT_PRI(pt_buf_str(&glued)));
        pt_buf_done(&glued);
    }
}

void pt_block_fail_yaml(pt_block *b, uint32_t line, const char *fmt, ...) {
    pt_buf text = PT_BUF(TEXT_BYTES_MAX);
    va_list ap;
    va_start(ap, fmt);
    pt_buf_vprintf(&text, fmt, ap);
    va_end(ap);
    put_hints(&text, b);
    size_t at = b->from + line < b->to ? b->from + line : b->to - 1; // the line behind it, as OPA
    b->loc = b->p->comments.v[at].loc;
    pt_block_fail(b, "yaml: %.*s", PT_PRI(pt_buf_str(&text)));
    pt_buf_done(&text);
}

// -- blocks ---------------------------------------------------------------------------------------

// The comments behind "METADATA" as a value, read into *doc, which lives as long as the block.
// Undefined: what is wrong has been told.
static pt_value read_yaml(pt_block *b, pt_yaml_doc *doc) {
    pt_parser *p = b->p;
    pt_buf text = PT_BUF(BLOCK_BYTES_MAX);
    for (size_t i = b->from; i < b->to; i++) {
        pt_str line = p->comments.v[i].text;
        pt_buf_put(&text, pt_str_starts(line, PT_STR(" ")) ? pt_str_sub(line, 1, line.n) : line);
        pt_buf_putc(&text, '\n');
    }
    pt_value v = pt_undefined();
    pt_err e = {0};
    pt_yaml_stream s = {.bytes = pt_buf_str(&text), .dialect = PT_YAML_CORE};
    b->doc = doc;
    if (text.full)
        pt_block_fail(b, "METADATA block is larger than %d bytes", BLOCK_BYTES_MAX);
    else if (pt_str_trim(s.bytes).n == 0)
        pt_block_fail(b, "expected METADATA block, found whitespace");
    else if (pt_yaml_next(&s, p->arena, doc, &e))
        pt_block_fail_yaml(b, e.line, "line %u: %s", e.line, e.what);
    else if (doc->notes & PT_YAML_NOTE_DUPLICATE)
        pt_block_fail_yaml(b, doc->note_line,
                           "unmarshal errors:\n  line %u: mapping key already defined",
                           doc->note_line);
    else
        v = pt_block_fields(b, doc->value);
    pt_yaml_stream_done(&s);
    pt_buf_done(&text);
    return v;
}

static bool begins(const pt_comment *c) {
    return c->loc.column == 1 && pt_str_starts(pt_str_trim(c->text), PT_STR("METADATA"));
}

void pt_read_annotations(pt_parser *p) {
    for (size_t i = 0; i < p->comments.n;) {
        const pt_comment *first = &p->comments.v[i];
        size_t from = ++i;
        if (!begins(first))
            continue;
        while (i < p->comments.n && p->comments.v[i].loc.column == 1 &&
               p->comments.v[i].loc.row == p->comments.v[i - 1].loc.row + 1 &&
               !begins(&p->comments.v[i]))
            i++;
        pt_annotations *a = pt_made(p, PT_NEW(p->arena, pt_annotations, 1));
        pt_annotations **slot = a ? PT_PUSH(p->arena, &p->annotations) : NULL;
        if (!slot) {
            p->full = true;
            return;
        }
        *slot = a;
        a->loc = first->loc;
        pt_block b = {.p = p, .from = from, .to = i, .loc = first->loc, .of = a};
        pt_yaml_doc doc = {0};
        a->value = read_yaml(&b, &doc);
    }
}

// -- what they belong to --------------------------------------------------------------------------

static const char *const scopes[] = {
    [PT_SCOPE_RULE] = "rule",
    [PT_SCOPE_DOCUMENT] = "document",
    [PT_SCOPE_PACKAGE] = "package",
    [PT_SCOPE_SUBPACKAGES] = "subpackages",
};

// The first statement below `row`: a rule, or "package" or "import", or nothing.
static const char *statement_below(const pt_module *m, uint32_t row, pt_rule **ret) {
    size_t low = 0;
    size_t high = m->rules.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->rules.v[middle]->loc.row > row)
            high = middle;
        else
            low = middle + 1;
    }
    pt_rule *r = low < m->rules.n ? m->rules.v[low] : NULL;
    if (m->package_loc.row > row)
        return "package";
    for (size_t i = 0; i < m->imports.n; i++) {
        uint32_t at = m->imports.v[i].loc.row;
        if (at > row && (!r || at <= r->loc.row))
            return "import";
    }
    *ret = r;
    return r ? "rule" : NULL;
}

// May annotations of this scope stand before what stands below them?
static void check_scope(const pt_annotations *a, pt_str scope, const char *have,
                        pt_diagnostics *d) {
    bool known = a->scope < PT_COUNT(scopes);
    const char *want = a->scope <= PT_SCOPE_DOCUMENT ? "rule" : "package";
    if (!known)
        pt_diagnose(d, PT_REGO_PARSE, &a->loc,
                    "invalid annotation scope '%.*s'. Use one of 'rule', 'document', 'package', or "
                    "'subpackages'",
                    PT_PRI(scope));
    else if (!have)
        pt_diagnose(d, PT_REGO_PARSE, &a->loc, "annotation scope '%.*s' must be applied to %s",
                    PT_PRI(scope), want);
    else if (strcmp(have, want) != 0)
        pt_diagnose(d, PT_REGO_PARSE, &a->loc,
                    "annotation scope '%.*s' must be applied to %s (have %s)", PT_PRI(scope), want,
                    have);
    if (a->entrypoint && a->scope != PT_SCOPE_DOCUMENT && a->scope != PT_SCOPE_PACKAGE)
        pt_diagnose(d, PT_REGO_PARSE, &a->loc,
                    "annotation entrypoint applied to non-document or package scope '%.*s'",
                    PT_PRI(scope));
}

static void attach(const pt_parser *p, const pt_module *m, pt_annotations *a, pt_diagnostics *d) {
    pt_rule *r = NULL;
    const char *have = statement_below(m, a->loc.row, &r);
    pt_str scope = pt_text(pt_getz(a->value, "scope"));
    a->entrypoint = pt_true(pt_getz(a->value, "entrypoint"));
    if (!scope.n && have)
        scope = pt_str_of(r && a->entrypoint ? "document" : have);
    size_t i = 0;
    while (i < PT_COUNT(scopes) && !pt_str_eqz(scope, scopes[i]))
        i++;
    a->scope = (pt_scope)i;
    a->rule = r;
    check_scope(a, scope, have, d);
    if (r && (!r->annotations || r->annotations->scope != PT_SCOPE_RULE))
        r->annotations = a;
    a->value = pt_block_with_scope(p->arena, a->value, scope);
}

void pt_attach_annotations(const pt_parser *p, pt_module *m, pt_diagnostics *d) {
    for (size_t i = 0; i < m->annotations.n; i++)
        attach(p, m, m->annotations.v[i], d);
    d->full = d->full || p->arena->full;
}
