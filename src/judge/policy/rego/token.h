// Tokens of Rego, and the lexer that gives them one by one. The parser of a template string asks
// for its next piece itself.
#pragma once

#include "base/str.h"

typedef enum pt_token {
    PT_TOK_ILLEGAL,
    PT_TOK_EOF,
    PT_TOK_BLANK, // a run of blanks and line ends
    PT_TOK_COMMENT,
    PT_TOK_IDENT,

    PT_TOK_PACKAGE, // keywords
    PT_TOK_IMPORT,
    PT_TOK_AS,
    PT_TOK_DEFAULT,
    PT_TOK_ELSE,
    PT_TOK_NOT,
    PT_TOK_SOME,
    PT_TOK_WITH,
    PT_TOK_NULL,
    PT_TOK_TRUE,
    PT_TOK_FALSE,
    PT_TOK_IN,
    PT_TOK_EVERY,
    PT_TOK_CONTAINS,
    PT_TOK_IF,
    PT_TOK_LOGICAL_AND,
    PT_TOK_LOGICAL_OR,

    PT_TOK_NUMBER,
    PT_TOK_STRING,
    PT_TOK_TEMPLATE_PART, // ends at a '{'
    PT_TOK_TEMPLATE_END,
    PT_TOK_RAW_TEMPLATE_PART,
    PT_TOK_RAW_TEMPLATE_END,

    PT_TOK_LBRACK,
    PT_TOK_RBRACK,
    PT_TOK_LBRACE,
    PT_TOK_RBRACE,
    PT_TOK_LPAREN,
    PT_TOK_RPAREN,
    PT_TOK_COMMA,
    PT_TOK_COLON,
    PT_TOK_DOT,
    PT_TOK_SEMICOLON,

    PT_TOK_ADD,
    PT_TOK_SUB,
    PT_TOK_MUL,
    PT_TOK_QUO,
    PT_TOK_REM,
    PT_TOK_AND,
    PT_TOK_OR,
    PT_TOK_UNIFY,
    PT_TOK_EQUAL,
    PT_TOK_ASSIGN,
    PT_TOK_NEQ,
    PT_TOK_GT,
    PT_TOK_LT,
    PT_TOK_GTE,
    PT_TOK_LTE,
    PT_TOK_COUNT,
} pt_token;

const char *pt_token_name(pt_token t); // as messages call it; of an operator, as its built-in

// Sets of keywords, as bits.
#define PT_KEYWORD(tok) (1u << ((tok) - PT_TOK_PACKAGE))
enum {
    PT_KEYWORDS_BASE = PT_KEYWORD(PT_TOK_IN) - 1,
    PT_KEYWORDS_V0_FUTURE = PT_KEYWORD(PT_TOK_IN) | PT_KEYWORD(PT_TOK_EVERY) |
                            PT_KEYWORD(PT_TOK_CONTAINS) | PT_KEYWORD(PT_TOK_IF),
    PT_KEYWORDS_V1_FUTURE =
        PT_KEYWORD(PT_TOK_NOT) | PT_KEYWORD(PT_TOK_LOGICAL_AND) | PT_KEYWORD(PT_TOK_LOGICAL_OR),
    PT_KEYWORDS_FUTURE = PT_KEYWORDS_V0_FUTURE | PT_KEYWORDS_V1_FUTURE,
};

// The keyword of that name among `keywords`, else PT_TOK_IDENT.
pt_token pt_keyword(pt_str name, unsigned keywords);

bool pt_is_name(pt_str s); // could it be an identifier

// Where the lexer stands: `curr` has been read, it begins at offset - width. Columns count code
// points; a line end stands in column 0 of the next row.
typedef struct pt_cursor {
    uint32_t offset, width;
    uint32_t row, column;
    int32_t curr; // -1: the end
} pt_cursor;

typedef enum pt_lex_mode {
    PT_LEX_PLAIN,
    PT_LEX_TEMPLATE, // behind the '}' of a template string
    PT_LEX_RAW_TEMPLATE,
} pt_lex_mode;

typedef struct pt_lexeme {
    pt_token tok;
    uint32_t row, column;
    uint32_t at, end;         // bytes
    uint32_t lit_at, lit_end; // a name, a number, what stands between the quotes
    bool newline;             // of a blank: it ends a line
    bool raw;                 // of a string
} pt_lexeme;

enum {
    PT_LEX_ERRORS_MAX = 8, // told of one token
};

typedef struct pt_lexer {
    pt_str text;
    unsigned keywords;
    pt_cursor *c;                          // the owner saves and restores it
    const char *errors[PT_LEX_ERRORS_MAX]; // of the last token
    size_t n_errors;
} pt_lexer;

void pt_lex_start(pt_lexer *lx); // sets *lx->c to the first character
pt_lexeme pt_lex(pt_lexer *lx, pt_lex_mode mode);
