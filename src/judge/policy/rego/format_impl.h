// What the sources of the formatter share.
//
// It goes the ways of OPA's format.go, so that what comes out is the same to the byte. A node is
// written where its place says it stands: on the line of what is before it, or on its own. Comments
// wait in `notes`, in order, until a node at or below their row is written. Where one turns up
// inside a node that has no place for it, the node is written anew as it stood in the source
// (PT_FMT_COMMENT).
#pragma once

#include "base/buf.h"
#include "judge/policy/rego/parse.h"

typedef enum pt_fmt_code {
    PT_FMT_OK,
    PT_FMT_COMMENT, // a comment has no place; what holds it was written as it stood
    PT_FMT_WRONG,   // w->why; what was written is worth nothing
} pt_fmt_code;

typedef struct pt_notes {
    const pt_comment *const *v;
    size_t n;
} pt_notes;

typedef struct pt_fmt {
    pt_buf *out;
    pt_arena *a;
    pt_notes notes;               // not yet written
    const pt_comment *before_end; // to be written at the end of this line
    const pt_expr *paren_expr;    // to be put into parentheses when it is written
    const pt_term *paren_term;
    unsigned level;
    bool inside;           // a line was begun
    bool delay;            // not yet at the end of this line
    bool comment_at_last;  // of what is written as it stood, a comment of its last line too
    bool v1;               // the language's version
    bool contains, ifs;    // are keywords
    bool ref_heads;        // some rule has a head such as p.q.r
    unsigned keywords;     // PT_KEYWORD sets: that need brackets in refs where they had them
    unsigned used;         // likewise: that the module uses and some version has to import
    uint8_t *wildcards;    // by symbol: 1 seen once, 2 more often
    const pt_loc *why_loc; // of PT_FMT_WRONG, or NULL
    const char *why;       // NULL: out of memory
} pt_fmt;

// -- format_writer.c ------------------------------------------------------------------------------

void pt_fmt_put(pt_fmt *w, const char *z);
void pt_fmt_put_str(pt_fmt *w, pt_str s);
void pt_fmt_start_line(pt_fmt *w);
void pt_fmt_end_line(pt_fmt *w);
void pt_fmt_blank_line(pt_fmt *w);
pt_fmt_code pt_fmt_down(pt_fmt *w); // one level less
pt_fmt_code pt_fmt_wrong(pt_fmt *w, const pt_loc *at, const char *why);

// Give the code back; the comments that are left are nobody's (OPA returns none with its errors).
pt_fmt_code pt_fmt_drop(pt_fmt *w, pt_fmt_code code);

pt_str pt_fmt_comment_text(const pt_comment *c); // without the blanks at its end
void pt_fmt_put_comment(pt_fmt *w, const pt_comment *c);
void pt_fmt_line_comment(pt_fmt *w, const pt_comment *c);
void pt_fmt_comments(pt_fmt *w, pt_notes v); // each on a line of its own
pt_notes pt_fmt_before(const pt_fmt *w, uint32_t row);
pt_fmt_code pt_fmt_insert(pt_fmt *w, int64_t row); // those above this row, and the one at it
pt_fmt_code pt_fmt_as_it_stood(pt_fmt *w, pt_loc loc);

uint32_t pt_fmt_end_row(const pt_loc *loc);
int64_t pt_fmt_closing(pt_loc loc, char open, char close); // the row; -1: it is not there
int64_t pt_fmt_closing_past(pt_loc loc, const char skip[2], const char pair[2]);
pt_loc pt_fmt_text_loc(const pt_term *t); // what OPA takes for the text of a term

// -- format_term.c, format_text.c -----------------------------------------------------------------

pt_fmt_code pt_fmt_term(pt_fmt *w, pt_term *t);
pt_fmt_code pt_fmt_term_parens(pt_fmt *w, pt_term *t, bool parens);
pt_fmt_code pt_fmt_ref(pt_fmt *w, pt_term *t); // a variable too
pt_fmt_code pt_fmt_ref_step(pt_fmt *w, pt_term *step);
pt_fmt_code pt_fmt_call_plain(pt_fmt *w, const pt_term *call);
pt_fmt_code pt_fmt_in(pt_fmt *w, const pt_term *call, bool parens);
pt_fmt_code pt_fmt_text(pt_fmt *w, const pt_term *t); // on one line, as OPA's String()
void pt_fmt_quoted(pt_fmt *w, pt_str s);

const char *pt_fmt_infix(const pt_term *call); // "+"; NULL: it has none
size_t pt_fmt_arity(const pt_term *call);      // of an infix operator: 2, or 3
bool pt_fmt_union(const pt_term *t);           // x | y
bool pt_fmt_brace_lead(const pt_term *t);      // is it written with a brace first
bool pt_fmt_expr_brace_lead(const pt_expr *e);

// -- format_list.c --------------------------------------------------------------------------------

// What stands in a row: terms, pairs of them, or literals.
typedef struct pt_item {
    pt_term *term, *value; // value: of an object's key
    pt_expr *expr;
} pt_item;

typedef struct pt_items {
    pt_item *v;
    size_t n;
    char pair[2];      // the brackets, to find the closing one
    bool union_parens; // x | y needs parentheses of its own
} pt_items;

// Arguments: between the parentheses of `last`, on as many lines as they stood.
pt_fmt_code pt_fmt_terms(pt_fmt *w, pt_term *const *v, size_t n, pt_loc last);
pt_fmt_code pt_fmt_collection(pt_fmt *w, pt_term *t);
pt_fmt_code pt_fmt_comprehension(pt_fmt *w, pt_term *t);
// `row`: of what stands before the body; `compr`: of the brackets around it.
pt_fmt_code pt_fmt_inner_body(pt_fmt *w, const pt_body *b, const char pair[2], uint32_t row,
                              pt_loc compr);

// -- format_expr.c, format_logic.c ----------------------------------------------------------------

pt_fmt_code pt_fmt_body(pt_fmt *w, const pt_body *b);
pt_fmt_code pt_fmt_expr(pt_fmt *w, pt_expr *e);
pt_fmt_code pt_fmt_logical(pt_fmt *w, const pt_expr *e);
bool pt_fmt_is_logical(const pt_expr *e);
bool pt_fmt_is_union(const pt_expr *e);
bool pt_fmt_is_set(const pt_expr *e);
pt_term *pt_fmt_first_operand(const pt_expr *e); // of an infix call; NULL: it is none
void pt_fmt_mark_union(pt_fmt *w, const pt_expr *e);

// -- format_rule.c, format_import.c ---------------------------------------------------------------

pt_fmt_code pt_fmt_rules(pt_fmt *w, pt_rule *const *v, size_t n);

typedef struct pt_fmt_import {
    const pt_import *import;
    uint32_t row, column;
    bool added;                // the formatter's
    const pt_comment *comment; // behind it
} pt_fmt_import;

typedef struct pt_fmt_imports {
    PT_VEC(pt_fmt_import) v;
} pt_fmt_imports;

// Those of the module, less what is redundant, with the keywords that it needs.
bool pt_fmt_plan_imports(pt_fmt *w, pt_symbols *symbols, const pt_module *m, pt_fmt_imports *ret);
pt_fmt_code pt_fmt_write_imports(pt_fmt *w, pt_fmt_import *v, size_t n);

// -- format_check.c -------------------------------------------------------------------------------

extern const pt_parse_opts pt_fmt_parse; // how modules are read, but for the version

// Is `text` the same as `m`, which w wrote, with the same comments? False with a diagnostic.
bool pt_fmt_check(pt_fmt *w, pt_symbols *symbols, const pt_module *m, pt_str text,
                  pt_diagnostics *d);
