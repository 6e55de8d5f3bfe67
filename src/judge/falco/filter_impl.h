// The reader of conditions in parts: filter.c knows how conditions are joined and compared,
// filter_term.c what stands on the sides of an operator, filter_lex.c the words.
#pragma once

#include "judge/falco/filter.h"

typedef struct pt_filter_parser {
    pt_arena *a;
    pt_str in;
    size_t at;
    unsigned depth; // parentheses and transformers that are open
    pt_str last;    // the word read last, for "unexpected token after …"
    pt_err *e;
} pt_filter_parser;

// PT_E_FORMAT at p->at.
PT_FORMAT(2, 3) pt_code pt_filter_fail(pt_filter_parser *p, const char *fmt, ...);
pt_code pt_filter_deeper(pt_filter_parser *p); // PT_E_LIMIT; else leave by p->depth--

// -- words ----------------------------------------------------------------------------------------
bool pt_filter_blank(pt_filter_parser *p); // skip them; was there one?
// Take the word if it stands here; all but the first two make it `last`.
bool pt_filter_is(const pt_filter_parser *p, const char *word); // only look
bool pt_filter_take(pt_filter_parser *p, const char *word);
bool pt_filter_word_then_blank(pt_filter_parser *p, const char *word); // takes the blanks, too
bool pt_filter_identifier(pt_filter_parser *p, pt_str *ret);           // a macro, a list
bool pt_filter_field_name(pt_filter_parser *p, pt_str *ret);           // with a dot in it
bool pt_filter_number(pt_filter_parser *p, pt_str *ret);
bool pt_filter_bare_argument(pt_filter_parser *p, pt_str *ret); // within [ ]
bool pt_filter_bare(pt_filter_parser *p, pt_str *ret);
bool pt_filter_bare_byte(char c);
bool pt_filter_argument_byte(char c);

// *ret_is: whether a quoted text stands here. PT_E_FORMAT: an escape that there is not.
PT_CHECK pt_code pt_filter_quoted(pt_filter_parser *p, pt_str *ret, bool *ret_is);

// -- the sides ------------------------------------------------------------------------------------
typedef enum pt_filter_side {
    PT_SIDE_NUMBER,
    PT_SIDE_TEXT,
    PT_SIDE_LIST,
} pt_filter_side;

// *ret_is false: what stands here is neither a field nor a transformer.
PT_CHECK pt_code pt_filter_left(pt_filter_parser *p, pt_filter_term *ret, bool *ret_is);
PT_CHECK pt_code pt_filter_right(pt_filter_parser *p, pt_filter_side side, pt_filter *f);
