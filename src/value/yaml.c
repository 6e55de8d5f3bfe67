// The stream of documents. In the Kubernetes dialect the text is split by lines before any YAML is
// read (apimachinery's YAMLReader), so each piece has a parser of its own; in the core dialect one
// parser gives all documents.
#include <stdlib.h>

#include "value/yaml_impl.h"

enum {
    JSON_SNIFF = 4096 // kubectl looks so far for the brace that makes a stream JSON
};

typedef struct pt_yaml_state {
    pt_arena scratch;
    pt_yaml_parser parser; // PT_YAML_CORE: between two documents
    pt_json_stream json;
    bool is_json;
    bool ended;
    size_t text_at;   // behind a byte-order mark
    size_t column_at; // of the JSON documents: offset, line and column of what was counted last
    uint32_t line, column;
    pt_err json_err; // why it is not JSON
    size_t json_to;  // behind the last document that was
} state;

static const char byte_order_mark[] = "\xef\xbb\xbf";

void pt_yaml_stream_done(pt_yaml_stream *s) {
    if (!s->state)
        return;
    pt_yaml_parser_close(&s->state->parser);
    pt_arena_done(&s->state->scratch);
    free(s->state);
    s->state = NULL;
}

static bool begins_json(pt_str bytes) {
    size_t n = bytes.n < JSON_SNIFF ? bytes.n : JSON_SNIFF;
    size_t at = 0;
    while (at < n && pt_json_blank(bytes.p[at]))
        at++;
    return at < n && bytes.p[at] == '{';
}

static pt_code begin(pt_yaml_stream *s, pt_err *e) {
    s->state = calloc(1, sizeof *s->state);
    if (!s->state)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (!s->bytes.p)
        s->bytes.p = "";
    if (pt_str_starts(s->bytes, pt_str_of(byte_order_mark)))
        s->at = sizeof byte_order_mark - 1;
    s->line = 1;
    state *st = s->state;
    st->line = st->column = 1;
    st->text_at = st->column_at = s->at;
    pt_str rest = pt_str_sub(s->bytes, s->at, s->bytes.n);
    st->is_json = s->dialect == PT_YAML_KUBERNETES && begins_json(rest);
    st->json.bytes = rest;
    st->json_to = s->at;
    return PT_OK;
}

static uint32_t lines_in(pt_str s) {
    uint32_t n = 0;
    for (size_t at = pt_str_find(s, '\n'); at < s.n; at = pt_str_find(s, '\n')) {
        s = pt_str_sub(s, at + 1, s.n);
        n++;
    }
    return n;
}

// Errors say where in the piece: say where in the input.
static void rebase(const pt_yaml_stream *s, pt_str piece, uint32_t line, pt_err *e) {
    if (!e)
        return;
    e->offset = e->offset < piece.n ? e->offset : piece.n; // a line end that we added
    e->offset += (uint64_t)(piece.p - s->bytes.p);
    e->line += e->line ? line - 1 : 0;
}

// -- a Kubernetes piece ---------------------------------------------------------------------------

// The first byte of anything but blanks, comments and the end marks of a document.
static size_t content_at(pt_str s) {
    for (size_t at = 0; at < s.n; at++) {
        bool line_begins = at == 0 || s.p[at - 1] == '\n';
        if (s.p[at] == '#')
            at += pt_str_find(pt_str_sub(s, at, s.n), '\n');
        else if (line_begins && pt_str_starts(pt_str_sub(s, at, s.n), PT_STR("...")))
            at += 2;
        else if (!pt_json_blank(s.p[at]))
            return at;
    }
    return s.n;
}

// A tab where a line begins, on the line of the error or the next: that is what is wrong.
static void blame_tab(pt_str bytes, size_t tab, pt_err *e) {
    pt_err found = {0};
    PT_IGNORE(
        pt_yaml_fault(bytes, tab, PT_E_FORMAT, "a tab where indentation is expected", &found));
    pt_err_remedy(&found, "indent with spaces");
    if (e && (found.line == e->line || found.line == e->line + 1))
        *e = found;
}

// May `at` stand in a comment? A '#' at the line's start or behind a blank: in a quoted text that
// is none, but whoever writes such a line break there is asked to write it differently all the
// same.
static bool maybe_comment(pt_str bytes, size_t at) {
    for (size_t i = at; i > 0 && bytes.p[i - 1] != '\n'; i--) {
        bool edge = i == 1 || pt_str_find(PT_STR("\n\t "), bytes.p[i - 2]) < 3;
        if (bytes.p[i - 1] == '#' && edge)
            return true;
    }
    return false;
}

static pt_code read_piece(pt_yaml_stream *s, pt_arena *a, pt_yaml_doc *doc, pt_err *e) {
    if (doc->bytes.n > PT_YAML_PIECE_BYTES_MAX)
        return pt_yaml_fault(doc->bytes, 0, PT_E_LIMIT, "one document of more than 64 MiB", e);
    pt_yaml_scan scan;
    pt_code code = pt_yaml_scan_piece(doc->bytes, s->dialect, &scan, e);
    // Go's reader ends a comment there and reads on: what looks like a comment is content to it.
    if (!code && s->dialect == PT_YAML_KUBERNETES && scan.odd_break &&
        maybe_comment(doc->bytes, scan.odd_at)) {
        code = pt_yaml_fault(doc->bytes, scan.odd_at, PT_E_FORMAT,
                             "a comment ends at a line break that only some readers see", e);
        pt_err_remedy(e, "replace U+0085, U+2028 or U+2029 by a line feed");
        return code;
    }
    size_t first = code ? 0 : content_at(doc->bytes);
    if (!code && first == doc->bytes.n && !scan.tab_indents) // nothing in it
        return PT_OK;
    if (!code && first < doc->bytes.n && doc->bytes.p[first] == '%') {
        code = pt_yaml_fault(doc->bytes, first, PT_E_FORMAT, "a % line above \"---\"", e);
        pt_err_remedy(e, "remove the %% line: Kubernetes' readers cut the text at \"---\" first");
    }
    pt_yaml_parser parser = {0};
    pt_str text = doc->bytes;
    if (!code && !pt_yaml_end_line(&text, &s->state->scratch))
        code = pt_err_set(e, PT_E_NOMEM, "the document needs more memory than it may take");
    if (!code)
        code = pt_yaml_parser_open(&parser, text, s->dialect, e);
    if (code)
        return code;
    pt_yaml_build b = {
        .parser = &parser,
        .dialect = s->dialect,
        .a = a,
        .scratch = &s->state->scratch,
        .check_tabs = scan.tab_indents,
    };
    code = pt_yaml_build_document(&b, e);
    pt_yaml_parser_close(&parser);
    pt_arena_clear(&s->state->scratch);
    if (code) {
        if (code == PT_E_FORMAT && scan.tab_indents)
            blame_tab(doc->bytes, scan.indent_at, e);
        return code;
    }
    size_t note_at = b.notes ? b.note_at : doc->bytes.n;
    if (scan.odd_break) {
        b.notes |= PT_YAML_NOTE_LINE_BREAK;
        note_at = scan.odd_at < note_at ? scan.odd_at : note_at;
    }
    doc->value = b.value;
    doc->notes = b.notes;
    doc->note_line = b.notes ? doc->line + lines_in(pt_str_sub(doc->bytes, 0, note_at)) : 0;
    return PT_OK;
}

// Behind "---": only blanks and a comment.
static bool is_separator(pt_str line) {
    pt_str rest = pt_str_trim(pt_str_sub(line, 3, line.n));
    return rest.n == 0 || rest.p[0] == '#';
}

// Where the line "---" begins that ends the piece at the beginning of s, or s.n. `from`: the line
// where s begins is not looked at.
static size_t piece_end(pt_str s, bool from) {
    if (!from && pt_str_starts(s, PT_STR("---")))
        return 0;
    size_t n = pt_str_find_str(s, PT_STR("\n---"));
    return n < s.n ? n + 1 : n;
}

// The next piece; *ret_bad: of a line "---" with something behind it, which begins it.
static pt_str next_piece(pt_yaml_stream *s, uint32_t *ret_line, bool *ret_bad) {
    pt_str rest = pt_str_sub(s->bytes, s->at, s->bytes.n);
    *ret_bad = false;
    if (pt_str_starts(rest, PT_STR("---"))) {
        size_t n = pt_str_find(rest, '\n');
        *ret_bad = !is_separator(pt_str_sub(rest, 0, n));
        s->line += !*ret_bad && n < rest.n;
        rest = *ret_bad ? rest : pt_str_sub(rest, n + 1, rest.n);
    }
    *ret_line = s->line;
    pt_str piece = pt_str_sub(rest, 0, piece_end(rest, *ret_bad));
    s->at = s->bytes.n - rest.n + piece.n;
    s->line += lines_in(piece);
    return piece;
}

static pt_code next_kubernetes(pt_yaml_stream *s, pt_arena *a, pt_yaml_doc *ret, pt_err *e) {
    while (s->at < s->bytes.n) {
        pt_yaml_doc doc = {.column = 1, .dialect = s->dialect};
        bool bad;
        doc.bytes = next_piece(s, &doc.line, &bad);
        pt_code code = PT_OK;
        if (bad) {
            code = pt_yaml_fault(doc.bytes, 3, PT_E_FORMAT, "text behind \"---\"", e);
            pt_err_remedy(e, "begin the document on the line below \"---\"");
        } else if (doc.bytes.n > 0) {
            code = read_piece(s, a, &doc, e);
        }
        if (code) {
            rebase(s, doc.bytes, doc.line, e);
            return code;
        }
        if (doc.value.tag > PT_NULL || doc.notes & PT_YAML_NOTE_HIDDEN) {
            *ret = doc;
            return PT_OK;
        }
    }
    *ret = (pt_yaml_doc){0};
    return PT_OK;
}

// -- a stream that begins as JSON -----------------------------------------------------------------

// Line and column of an offset that does not go backwards.
static void advance(const pt_yaml_stream *s, size_t to) {
    state *st = s->state;
    pt_str between = pt_str_sub(s->bytes, st->column_at, to);
    uint32_t line;
    uint32_t column;
    pt_line_of(between, between.n, &line, &column);
    st->column = line > 1 ? column : st->column + column - 1;
    st->line += line - 1;
    st->column_at = to;
}

static void json_duplicate(pt_yaml_doc *doc, pt_value dup) {
    if (!pt_defined(dup))
        return;
    doc->notes = PT_YAML_NOTE_DUPLICATE;
    // A key without escapes is a slice of the source.
    size_t at = (uintptr_t)dup.s - (uintptr_t)doc->bytes.p;
    doc->note_line = doc->line + lines_in(pt_str_sub(doc->bytes, 0, at < doc->bytes.n ? at : 0));
}

// *ret_more: it is not JSON after all.
static pt_code next_json(pt_yaml_stream *s, pt_arena *a, pt_yaml_doc *ret, bool *ret_more,
                         pt_err *e) {
    state *st = s->state;
    pt_json_event event;
    *ret_more = false;
    pt_code code = pt_json_next(&st->json, a, &event, &st->json_err);
    if (code == PT_E_FORMAT && st->json.docs < 2) { // kubectl: at most one, and the rest is YAML
        s->at = st->json_to;
        s->line = st->line;
        st->is_json = false;
        *ret_more = true;
        return PT_OK;
    }
    if (code) {
        s->at = s->bytes.n;
        if (e)
            *e = st->json_err;
        return code;
    }
    if (event.kind == PT_JSON_END) {
        s->at = s->bytes.n;
        *ret = (pt_yaml_doc){0};
        return PT_OK;
    }
    size_t at = (size_t)(event.bytes.p - s->bytes.p);
    advance(s, at);
    *ret = (pt_yaml_doc){
        .value = event.value,
        .bytes = event.bytes,
        .line = st->line,
        .column = st->column,
        .dialect = s->dialect,
        .json = true,
    };
    json_duplicate(ret, event.dup);
    st->json_to = at + event.bytes.n;
    advance(s, st->json_to);
    return PT_OK;
}

// Neither JSON nor YAML: a text with {" is meant as JSON, and its error says more.
static bool meant_as_json(pt_str bytes) {
    pt_str rest = pt_str_trim(bytes);
    rest = pt_str_trim(pt_str_sub(rest, rest.n > 0 && rest.p[0] == '{', rest.n));
    return rest.n == 0 || rest.p[0] == '"' || rest.p[0] == '}';
}

// -- a core stream --------------------------------------------------------------------------------

static pt_code open_core(pt_yaml_stream *s, pt_err *e) {
    pt_str rest = pt_str_sub(s->bytes, s->at, s->bytes.n);
    pt_yaml_scan scan;
    if (rest.n > PT_YAML_PIECE_BYTES_MAX)
        return pt_yaml_fault(rest, 0, PT_E_LIMIT, "more than 64 MiB", e);
    pt_code code = pt_yaml_scan_piece(rest, s->dialect, &scan, e);
    return code ? code : pt_yaml_parser_open(&s->state->parser, rest, s->dialect, e);
}

static pt_code next_core(pt_yaml_stream *s, pt_arena *a, pt_yaml_doc *ret, pt_err *e) {
    state *st = s->state;
    pt_str whole = pt_str_sub(s->bytes, st->text_at, s->bytes.n);
    pt_code code = st->parser.fyp ? PT_OK : open_core(s, e);
    size_t from = s->at - st->text_at;
    pt_yaml_build b = {
        .parser = &st->parser,
        .dialect = s->dialect,
        .a = a,
        .scratch = &st->scratch,
        .end = from,
    };
    if (!code)
        code = pt_yaml_build_document(&b, e);
    pt_arena_clear(&st->scratch);
    if (code) {
        rebase(s, whole, 1, e);
        st->ended = true;
        return code;
    }
    pt_yaml_doc doc = {.value = b.value, .dialect = s->dialect, .column = 1, .line = s->line};
    if (pt_defined(b.value)) {
        doc.bytes = pt_str_sub(whole, from, b.end);
        doc.notes = b.notes;
        doc.note_line = b.notes ? s->line + lines_in(pt_str_sub(whole, from, b.note_at)) : 0;
        s->line += lines_in(doc.bytes);
    }
    s->at = st->text_at + b.end;
    st->ended = !pt_defined(b.value);
    *ret = doc;
    return PT_OK;
}

pt_code pt_yaml_next(pt_yaml_stream *s, pt_arena *a, pt_yaml_doc *ret, pt_err *e) {
    pt_code code = s->state ? PT_OK : begin(s, e);
    if (code)
        return code;
    if (s->state->ended) {
        *ret = (pt_yaml_doc){0};
        return PT_OK;
    }
    if (s->dialect != PT_YAML_KUBERNETES)
        return next_core(s, a, ret, e);
    bool was_json = s->state->is_json;
    bool more = true;
    if (was_json)
        code = next_json(s, a, ret, &more, e);
    if (!more)
        return code;
    size_t from = s->at;
    code = next_kubernetes(s, a, ret, e);
    if (code == PT_E_FORMAT && was_json && e &&
        meant_as_json(pt_str_sub(s->bytes, from, s->bytes.n)))
        *e = s->state->json_err;
    return code;
}
