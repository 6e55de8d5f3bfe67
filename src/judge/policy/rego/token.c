// The lexer of Rego. It gives what OPA's scanner gives: a fault does not end a token, it is told
// with the token that was being read when the fault came into sight.
#include "judge/policy/rego/token.h"

#include <string.h>

static const char *const names[PT_TOK_COUNT] = {
    [PT_TOK_ILLEGAL] = "illegal",
    [PT_TOK_EOF] = "eof",
    [PT_TOK_BLANK] = "whitespace",
    [PT_TOK_COMMENT] = "comment",
    [PT_TOK_IDENT] = "identifier",
    [PT_TOK_PACKAGE] = "package",
    [PT_TOK_IMPORT] = "import",
    [PT_TOK_AS] = "as",
    [PT_TOK_DEFAULT] = "default",
    [PT_TOK_ELSE] = "else",
    [PT_TOK_NOT] = "not",
    [PT_TOK_SOME] = "some",
    [PT_TOK_WITH] = "with",
    [PT_TOK_NULL] = "null",
    [PT_TOK_TRUE] = "true",
    [PT_TOK_FALSE] = "false",
    [PT_TOK_IN] = "in",
    [PT_TOK_EVERY] = "every",
    [PT_TOK_CONTAINS] = "contains",
    [PT_TOK_IF] = "if",
    [PT_TOK_LOGICAL_AND] = "and",
    [PT_TOK_LOGICAL_OR] = "or",
    [PT_TOK_NUMBER] = "number",
    [PT_TOK_STRING] = "string",
    [PT_TOK_TEMPLATE_PART] = "template-string-part",
    [PT_TOK_TEMPLATE_END] = "template-string-end",
    [PT_TOK_RAW_TEMPLATE_PART] = "raw-template-string-part",
    [PT_TOK_RAW_TEMPLATE_END] = "raw-template-string-end",
    [PT_TOK_LBRACK] = "[",
    [PT_TOK_RBRACK] = "]",
    [PT_TOK_LBRACE] = "{",
    [PT_TOK_RBRACE] = "}",
    [PT_TOK_LPAREN] = "(",
    [PT_TOK_RPAREN] = ")",
    [PT_TOK_COMMA] = ",",
    [PT_TOK_COLON] = ":",
    [PT_TOK_DOT] = ".",
    [PT_TOK_SEMICOLON] = ";",
    [PT_TOK_ADD] = "plus",
    [PT_TOK_SUB] = "minus",
    [PT_TOK_MUL] = "mul",
    [PT_TOK_QUO] = "div",
    [PT_TOK_REM] = "rem",
    [PT_TOK_AND] = "and",
    [PT_TOK_OR] = "or",
    [PT_TOK_UNIFY] = "eq",
    [PT_TOK_EQUAL] = "equal",
    [PT_TOK_ASSIGN] = "assign",
    [PT_TOK_NEQ] = "neq",
    [PT_TOK_GT] = "gt",
    [PT_TOK_LT] = "lt",
    [PT_TOK_GTE] = "gte",
    [PT_TOK_LTE] = "lte",
};

const char *pt_token_name(pt_token t) {
    return names[t];
}

pt_token pt_keyword(pt_str name, unsigned keywords) {
    enum {
        LONGEST = 8
    };
    if (name.n == 0 || name.n > LONGEST)
        return PT_TOK_IDENT;
    for (int t = PT_TOK_PACKAGE; t <= PT_TOK_LOGICAL_OR; t++) {
        if ((keywords & PT_KEYWORD(t)) && names[t][0] == name.p[0] && pt_str_eqz(name, names[t]))
            return (pt_token)t;
    }
    return PT_TOK_IDENT;
}

// -- characters -----------------------------------------------------------------------------------

enum {
    BOM = 0xfeff,
    NBSP = 0xa0,
};

static void fault(pt_lexer *lx, const char *what) {
    if (lx->n_errors < PT_LEX_ERRORS_MAX)
        lx->errors[lx->n_errors++] = what;
}

// The code point of more than one byte at p; *ret_width is 0 if there is none.
static int32_t decode(const char *p, size_t n, uint32_t *ret_width) {
    static const uint8_t masks[] = {0, 0, 0x1f, 0x0f, 0x07};
    unsigned char lead = (unsigned char)p[0];
    uint32_t width = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    *ret_width = 0;
    if (width > n || !pt_str_utf8((pt_str){p, width}, NULL))
        return -1;
    uint32_t u = lead & masks[width];
    for (uint32_t i = 1; i < width; i++)
        u = u << 6 | ((unsigned char)p[i] & 0x3f);
    *ret_width = width;
    return (int32_t)u;
}

static void next_wide(pt_lexer *lx) {
    pt_cursor *c = lx->c;
    uint32_t width;
    c->curr = decode(lx->text.p + c->offset, lx->text.n - c->offset, &width);
    if (width == 0) {
        fault(lx, "illegal utf-8 character");
        c->curr = 0xfffd;
        width = 1;
    } else if (c->curr == BOM && c->offset > 0) {
        fault(lx, "illegal byte-order mark");
    }
    c->width = width;
}

static void next(pt_lexer *lx) {
    pt_cursor *c = lx->c;
    if (c->offset >= lx->text.n) {
        c->curr = -1;
        c->offset = (uint32_t)lx->text.n + 1;
        return;
    }
    c->curr = (unsigned char)lx->text.p[c->offset];
    c->width = 1;
    if (c->curr == 0)
        fault(lx, "illegal null character");
    else if (c->curr >= 0x80)
        next_wide(lx);
    c->offset += c->width;
    if (c->curr == '\n') {
        c->row++;
        c->column = 0;
    } else {
        c->column++;
    }
}

static uint32_t here(const pt_lexer *lx) {
    return lx->c->curr < 0 ? (uint32_t)lx->text.n : lx->c->offset - lx->c->width;
}

static bool letter(int32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(int32_t c) {
    return c >= '0' && c <= '9';
}

bool pt_is_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        if (!letter(s.p[i]) && !(i > 0 && digit(s.p[i])))
            return false;
    }
    return s.n > 0;
}

static bool blank(int32_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool take(pt_lexer *lx, int32_t c) {
    if (lx->c->curr != c)
        return false;
    next(lx);
    return true;
}

// -- words, numbers, strings ----------------------------------------------------------------------

static bool digits(pt_lexer *lx) {
    bool any = digit(lx->c->curr);
    while (digit(lx->c->curr))
        next(lx);
    return any;
}

static void number(pt_lexer *lx) {
    digits(lx);
    if (take(lx, '.') && !digits(lx))
        fault(lx, "expected fraction");
    if (take(lx, 'e') || take(lx, 'E')) {
        if (!take(lx, '+'))
            take(lx, '-');
        if (!digits(lx))
            fault(lx, "expected exponent");
    }
    if (letter(lx->c->curr)) { // 0a2b is one wrong number
        fault(lx, "illegal number format");
        while (letter(lx->c->curr) || digit(lx->c->curr))
            next(lx);
    }
}

// Behind a backslash.
static void escape(pt_lexer *lx, const char *known) {
    int32_t c = lx->c->curr;
    if (c == 'u') { // three of its digits; the last one is then read as any other character
        for (int i = 0; i < 3; i++)
            next(lx);
    }
    if (c > 0 && c < 0x80 && strchr(known, c))
        next(lx);
    else
        fault(lx, "illegal escape sequence");
}

#define ESCAPES "\\\"/bfnrtu"

// What stands up to `quote` (and, in a template, up to '{'); gives which of them ended it, or 0.
static int32_t quoted(pt_lexer *lx, int32_t quote, bool template) {
    for (;;) {
        int32_t c = lx->c->curr;
        if (c < 0 || (c == '\n' && quote == '"')) {
            if (quote == '`')
                next(lx);
            fault(lx, "non-terminated string");
            return 0;
        }
        next(lx);
        if (c == quote || (template && c == '{'))
            return c;
        if (c == '\\' && quote == '"')
            escape(lx, template ? ESCAPES "{" : ESCAPES);
        else if (c == '\\' && template && lx->c->curr == '{')
            next(lx);
    }
}

static void string(pt_lexer *lx, pt_lexeme *x, int32_t quote) {
    x->lit_at = here(lx);
    x->raw = quote == '`';
    x->lit_end = quoted(lx, quote, false) ? here(lx) - 1 : here(lx);
    x->tok = PT_TOK_STRING;
}

static void template(pt_lexer *lx, pt_lexeme *x, int32_t quote) {
    x->raw = quote == '`';
    x->lit_at = here(lx);
    int32_t end = quoted(lx, quote, true);
    x->lit_end = end ? here(lx) - 1 : here(lx);
    if (end == quote)
        x->tok = x->raw ? PT_TOK_RAW_TEMPLATE_END : PT_TOK_TEMPLATE_END;
    else
        x->tok = x->raw ? PT_TOK_RAW_TEMPLATE_PART : PT_TOK_TEMPLATE_PART;
}

// Behind '#'. Line ends of Windows are no part of it.
static void comment(pt_lexer *lx, pt_lexeme *x) {
    x->tok = PT_TOK_COMMENT;
    x->lit_at = here(lx);
    while (lx->c->curr != '\n' && lx->c->curr != -1)
        next(lx);
    x->lit_end = here(lx);
    while (x->lit_end > x->lit_at && lx->text.p[x->lit_end - 1] == '\r')
        x->lit_end--;
}

// -- tokens ---------------------------------------------------------------------------------------

// By first character; `longer` is the token when '=' follows.
static const struct {
    uint8_t tok, longer;
} signs[128] = {
    ['['] = {PT_TOK_LBRACK, 0},
    [']'] = {PT_TOK_RBRACK, 0},
    ['{'] = {PT_TOK_LBRACE, 0},
    ['}'] = {PT_TOK_RBRACE, 0},
    ['('] = {PT_TOK_LPAREN, 0},
    [')'] = {PT_TOK_RPAREN, 0},
    [','] = {PT_TOK_COMMA, 0},
    ['.'] = {PT_TOK_DOT, 0},
    [';'] = {PT_TOK_SEMICOLON, 0},
    ['+'] = {PT_TOK_ADD, 0},
    ['-'] = {PT_TOK_SUB, 0},
    ['*'] = {PT_TOK_MUL, 0},
    ['/'] = {PT_TOK_QUO, 0},
    ['%'] = {PT_TOK_REM, 0},
    ['&'] = {PT_TOK_AND, 0},
    ['|'] = {PT_TOK_OR, 0},
    [':'] = {PT_TOK_COLON, PT_TOK_ASSIGN},
    ['='] = {PT_TOK_UNIFY, PT_TOK_EQUAL},
    ['>'] = {PT_TOK_GT, PT_TOK_GTE},
    ['<'] = {PT_TOK_LT, PT_TOK_LTE},
    ['!'] = {PT_TOK_ILLEGAL, PT_TOK_NEQ},
};

static void sign(pt_lexer *lx, pt_lexeme *x) {
    int32_t c = lx->c->curr;
    next(lx);
    if (c == -1) {
        x->tok = PT_TOK_EOF;
    } else if (c == '#') {
        comment(lx, x);
    } else if (c == '"' || c == '`') {
        string(lx, x, c);
    } else if (c == '$' && (lx->c->curr == '"' || lx->c->curr == '`')) {
        int32_t quote = lx->c->curr;
        next(lx);
        template(lx, x, quote);
    } else if (c == '$') {
        fault(lx, "illegal $ character");
    } else if (c == NBSP) {
        fault(lx, "illegal non-breaking space character, use a regular space instead");
    } else if (c < 0x80) {
        x->tok = (pt_token)(signs[c].longer && take(lx, '=') ? signs[c].longer : signs[c].tok);
        if (c == '!' && x->tok == PT_TOK_ILLEGAL)
            fault(lx, "illegal ! character");
    }
}

// What is wrong behind them is told at the last one, which is then a token of its own.
static void blanks(pt_lexer *lx, pt_lexeme *x) {
    x->tok = PT_TOK_BLANK;
    for (bool first = true; blank(lx->c->curr); first = false) {
        pt_cursor last = *lx->c;
        next(lx);
        if (lx->n_errors > 0 && !first) {
            *lx->c = last;
            lx->n_errors = 0;
            break;
        }
        x->newline = x->newline || last.curr == '\n';
        if (lx->n_errors > 0)
            break;
    }
}

// OPA takes all bytes but the last one of a wider character behind a name or a number as a part of
// it. There must be none, and this decides what is told.
static uint32_t wide_end(const pt_lexer *lx) {
    return lx->c->curr < 0 ? here(lx) : lx->c->offset - 1;
}

static void word(pt_lexer *lx, pt_lexeme *x) {
    while (letter(lx->c->curr) || digit(lx->c->curr))
        next(lx);
    pt_str name = pt_str_sub(lx->text, x->at, wide_end(lx));
    x->tok = pt_keyword(name, lx->keywords);
}

pt_lexeme pt_lex(pt_lexer *lx, pt_lex_mode mode) {
    const pt_cursor *c = lx->c;
    pt_lexeme x = {.row = c->row, .column = c->column, .at = c->offset - c->width};
    if (mode != PT_LEX_PLAIN) {
        template(lx, &x, mode == PT_LEX_RAW_TEMPLATE ? '`' : '"');
    } else if (blank(c->curr)) {
        blanks(lx, &x);
    } else if (letter(c->curr)) {
        word(lx, &x);
    } else if (digit(c->curr)) {
        number(lx);
        x.tok = PT_TOK_NUMBER;
    } else {
        sign(lx, &x);
    }
    x.end = here(lx);
    if (!x.lit_end) {
        x.lit_at = x.at;
        x.lit_end = x.tok >= PT_TOK_IDENT && x.tok <= PT_TOK_NUMBER ? wide_end(lx) : x.end;
    }
    return x;
}

void pt_lex_start(pt_lexer *lx) {
    *lx->c = (pt_cursor){.row = 1, .curr = -1};
    next(lx);
    if (lx->c->curr == BOM)
        next(lx);
}
