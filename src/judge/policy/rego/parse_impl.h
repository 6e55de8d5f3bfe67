// What the sources of the parser share.
//
// It is a recursive descent over one token, with saved states where the grammar needs to look
// further: a brace after `if` is read as a literal first and as a body then, and so on. Terms that
// were read are remembered by their place, so that reading them again costs nothing and the whole
// is linear. It goes the ways of OPA's parser, so that what is wrong is told at the same place with
// the same words; where OPA goes on after an error, so does it.
#pragma once

#include "judge/policy/rego/parse.h"
#include "judge/policy/rego/token.h"

// An error of the state, the newest first.
typedef struct pt_flaw {
    struct pt_flaw *before;
    pt_loc loc;
    pt_str message;
    bool final; // what follows from it is not told
} pt_flaw;

typedef struct pt_hint {
    struct pt_hint *before;
    pt_str text;
} pt_hint;

typedef struct pt_state {
    pt_cursor c;
    pt_token tok; // the current token; the parser may take a keyword for a name
    bool newline; // a line end stands before it
    bool raw;     // a raw string
    uint32_t row, column, at, end;
    uint32_t lit_at, lit_end;
    uint32_t last_end; // where the token before it ended
    uint32_t comments; // how many came by
    pt_flaw *flaws;
    pt_hint *hints;
} pt_state;

typedef struct pt_memo pt_memo; // a term that was read

typedef struct pt_memos {
    pt_arena arena;
    pt_memo **slots;
    size_t n, cap;
} pt_memos;

typedef enum pt_stmt_kind {
    PT_STMT_PACKAGE,
    PT_STMT_IMPORT,
    PT_STMT_RULE,
    PT_STMT_BODY,
} pt_stmt_kind;

typedef struct pt_stmt {
    pt_stmt_kind kind;
    pt_loc loc;
    union {
        pt_term *package;
        pt_import import;
        pt_rule *rule;
        pt_body body;
    };
} pt_stmt;

typedef struct pt_parser {
    pt_symbols *symbols;
    pt_arena *arena;
    const pt_source *source;
    const pt_parse_opts *opts;
    pt_lexer lex;
    pt_state s;
    pt_memos memos;
    uint32_t depth;  // of calls
    uint32_t height; // of the highest term since the count was begun
    bool not_bodies; // `not { … }` is known
    bool full;       // the arena is
    uint32_t comments_end;
    PT_VEC(pt_comment) comments;
    PT_VEC(pt_stmt) stmts;
    PT_VEC(pt_annotations *) annotations;
} pt_parser;

// -- parse.c --------------------------------------------------------------------------------------

void pt_parser_init(pt_parser *p, pt_symbols *symbols, const pt_source *source,
                    const pt_parse_opts *opts);
void pt_parser_done(pt_parser *p);

// Hand what is wrong to `d`. True if nothing is.
bool pt_parser_report(pt_parser *p, pt_diagnostics *d);

void pt_scan(pt_parser *p);       // to the next token that is no blank
void pt_scan_blank(pt_parser *p); // to the next token
void pt_scan_template(pt_parser *p, bool raw);
pt_token pt_peek_blank(pt_parser *p); // the next token, blanks included

pt_loc pt_here(const pt_parser *p);                   // of the current token
pt_loc pt_span(pt_loc from, uint32_t end);            // the place of `from`, up to `end`
pt_loc pt_span_last(const pt_parser *p, pt_loc from); // up to the last token
pt_str pt_lit(const pt_parser *p);

void pt_flaw_at(pt_parser *p, pt_loc loc, const char *fmt, ...) PT_FORMAT(3, 4);
void pt_illegal(pt_parser *p, const char *fmt, ...) PT_FORMAT(2, 3); // "unexpected X token: …"
void pt_illegal_token(pt_parser *p);
void pt_hint_add(pt_parser *p, const char *fmt, ...) PT_FORMAT(2, 3);

bool pt_enter(pt_parser *p); // one deeper, or an error; then no pt_leave
void pt_leave(pt_parser *p);

// Heights of terms: what stands between is part of one term, or of an operator's chain.
uint32_t pt_height_begin(pt_parser *p);
void pt_height_end(pt_parser *p, uint32_t before);
bool pt_height_add(pt_parser *p, uint32_t n); // a node above what was counted

// NULL is passed on and marks the arena as full.
void *pt_made(pt_parser *p, void *node);
bool pt_add(pt_parser *p, pt_terms *items, pt_term *t);    // false: t is NULL, or the arena is full
bool pt_add_expr(pt_parser *p, pt_body *body, pt_expr *e); // likewise
pt_term *pt_term_string(pt_parser *p, pt_loc loc, pt_str s);

bool pt_keyword_name(pt_str name, pt_rego_version v); // is it a keyword of that version
bool pt_ref_keyword(const pt_parser *p);              // a keyword that may stand in a ref
bool pt_ahead_ref(pt_parser *p); // a keyword that opens a ref: it is then a name

// What reads otherwise under other keywords.
typedef struct pt_keywords_saved {
    unsigned keywords;
    pt_memos memos;
} pt_keywords_saved;
pt_keywords_saved pt_keywords_set(pt_parser *p, unsigned keywords);
void pt_keywords_restore(pt_parser *p, pt_keywords_saved *saved);
bool pt_keywords_future(const pt_parser *p, unsigned keyword); // yet to be imported

// The memo of the term at the current place. Forgetting: nothing before here is read again.
bool pt_memo_get(pt_parser *p, pt_term **ret);
void pt_memo_put(pt_parser *p, const pt_state *from, pt_term *t);
void pt_memo_forget(pt_parser *p);

// -- parse_term.c, parse_infix.c, parse_scalar.c --------------------------------------------------

pt_term *pt_read_term(pt_parser *p);
pt_term *pt_read_infix(pt_parser *p);         // `k, v in xs` included
pt_term *pt_read_infix_in_list(pt_parser *p); // not so
pt_term *pt_read_var(pt_parser *p);           // the current token, which stays
pt_term *pt_read_ref(pt_parser *p, pt_term *head);
pt_term *pt_read_number(pt_parser *p);
pt_term *pt_read_string(pt_parser *p);
pt_term *pt_read_template(pt_parser *p);

const char *pt_term_kind_name(const pt_term *t);               // "string", "ref", "call" …
bool pt_operator_is(const pt_term *call, const char *builtin); // "eq", "internal.member_2"
bool pt_operator_infix(const pt_term *call);                   // called with as many operands, too
bool pt_is_root(const pt_term *t);                             // input, data
bool pt_is_ground(const pt_term *t);

// -- parse_body.c, parse_logic.c ------------------------------------------------------------------

// Empty: something is wrong.
pt_body pt_read_body(pt_parser *p, pt_token end);
pt_body pt_read_query(pt_parser *p, bool one, pt_token end); // one: up to the first semicolon less
pt_expr *pt_read_literal(pt_parser *p);
pt_expr *pt_read_expr(pt_parser *p);
bool pt_read_with(pt_parser *p, pt_expr *e); // if `with` is here
pt_body pt_body_of(pt_parser *p, pt_expr *e);
bool pt_is_call(const pt_expr *e);

// An operand of `and`, `or` and `not`.
typedef struct pt_operand {
    pt_body body;  // empty: something is wrong
    bool explicit; // in braces
    pt_loc loc;
} pt_operand;

bool pt_at_logical(const pt_parser *p);
bool pt_logical_known(const pt_parser *p);
bool pt_at_not(pt_parser *p); // `not`, not the ref not.x
pt_expr *pt_read_braces_operand(pt_parser *p, bool *ret_taken);
// False: what stands in parentheses is a term.
bool pt_read_group(pt_parser *p, bool operand, const char *prefix, pt_operand *ret);
pt_expr *pt_read_logical_tail(pt_parser *p, pt_operand lhs); // `and …`, if there is one; `with …`
pt_expr *pt_read_not_body(pt_parser *p, pt_loc not_loc);
pt_expr *pt_not_of(pt_parser *p, pt_loc not_loc, const pt_operand *o);
void pt_flaw_braces(pt_parser *p, pt_loc loc, pt_str operand, const char *op);
void pt_flaw_with_operand(pt_parser *p, pt_loc loc);

// -- parse_rule.c, parse_statement.c, rule_expr.c, metadata.c -------------------------------------

// Statements up to the end, or to the first one that is wrong. Queries have no rules.
void pt_read_statements(pt_parser *p, bool rules);
bool pt_read_rules(pt_parser *p); // adds them to the statements
pt_body pt_body_true(pt_parser *p, pt_loc loc);

// Give everything in it that place, as OPA does where it copies.
void pt_body_place(const pt_body *b, pt_loc loc);
void pt_term_place(pt_term *t, pt_loc loc); // NULL is fine

// `every := 1`: tell of a keyword here that is used as the name of a rule.
bool pt_flaw_rule_name(pt_parser *p, bool is_default);

// The rule that a statement without a body is: p, p[x], p := 1, f(x) = y. NULL: *ret_why says why
// it is none.
pt_rule *pt_rule_of_body(pt_parser *p, const pt_body *body, pt_str *ret_why);

void pt_read_annotations(pt_parser *p); // of the comments
void pt_attach_annotations(const pt_parser *p, pt_module *m, pt_diagnostics *d);

// Parse one term ("{1, 2}", "input.x"). NULL with the diagnostics in `d`.
pt_term *pt_parse_term(pt_symbols *symbols, const pt_source *source, const pt_parse_opts *opts,
                       pt_diagnostics *d);
