// The text of a template to nodes: recursive descent over text and actions.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/family.h"
#include "judge/policy/fn/template.h"
#include "judge/policy/fn/template_impl.h"
#include "judge/policy/fn/utf8.h"

typedef enum ending { // what ends a list of nodes
    AT_EOF,
    AT_END,
    AT_ELSE,
} ending;

typedef struct parser {
    pt_call *c;
    pt_str text;
    size_t at;
    bool trims;               // the next text loses the blanks at its beginning
    unsigned depth, ranges;   // blocks and parentheses; ranges among them
    PT_VEC(pt_str) variables; // that may be used here
} parser;

// -- faults ---------------------------------------------------------------------------------------

static bool refuse(parser *p, const char *what, pt_str word, const char *behind) {
    unsigned line = 1;
    for (size_t i = 0; i < p->at && i < p->text.n; i++)
        line += p->text.p[i] == '\n';
    pt_call_fault(p->c, PT_FAULT_BUILTIN, "template: template:%u: %s%.*s%s", line, what,
                  PT_PRI(word), behind);
    return false;
}

static bool refuse_plainly(parser *p, const char *what) {
    return refuse(p, what, (pt_str){0}, "");
}

static void *make(parser *p, size_t size) {
    void *node = pt_arena_zero(p->c->arena, size, 1);
    if (!node)
        pt_call_full(p->c);
    return node;
}

static bool enter(parser *p) {
    if (++p->depth <= PT_TPL_DEPTH_MAX)
        return true;
    pt_call_fault(p->c, PT_FAULT_LIMIT, "a template with more than %u levels", PT_TPL_DEPTH_MAX);
    return false;
}

// -- characters -----------------------------------------------------------------------------------

static bool starts(const parser *p, const char *z) {
    return pt_str_starts(pt_str_sub(p->text, p->at, p->text.n), pt_str_of(z));
}

static char peek(const parser *p) {
    if (p->at >= p->text.n)
        return '\0';
    return p->text.p[p->at];
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_word(char c) {
    return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
           (unsigned char)c >= 0x80;
}

// "}}", or "-}}" behind a blank.
static bool at_close(const parser *p) {
    return starts(p, "}}") || (starts(p, "-}}") && p->at > 0 && is_blank(p->text.p[p->at - 1]));
}

static void blanks(parser *p) {
    while (is_blank(peek(p)))
        p->at++;
}

static pt_str word(parser *p) {
    size_t from = p->at;
    while (p->at < p->text.n && is_word(peek(p)))
        p->at++;
    return pt_str_sub(p->text, from, p->at);
}

static bool close_action(parser *p, const char *context) {
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(256);
    blanks(p);
    if (p->at >= p->text.n)
        return refuse_plainly(p, "unclosed action");
    if (!at_close(p)) {
        pt_str next = word(p);
        if (next.n == 0)
            next = pt_str_sub(p->text, p->at, p->at + 1);
        pt_buf_printf(&said, "unexpected \"%.*s\" in ", PT_PRI(next));
        pt_buf_putc(&said, '\0');
        return refuse(p, said.full ? "" : said.p, pt_str_of(context), "");
    }
    p->trims = peek(p) == '-';
    p->at += p->trims ? 3 : 2;
    return true;
}

// -- operands -------------------------------------------------------------------------------------

static bool fields(parser *p, pt_tpl_arg *arg) {
    while (peek(p) == '.') {
        size_t from = p->at++;
        pt_str name = word(p);
        if (name.n == 0)
            return refuse_plainly(p, "unexpected <.> in operand");
        pt_str *slot = PT_PUSH(p->c->arena, &arg->fields);
        if (!slot) {
            pt_call_full(p->c);
            return false;
        }
        *slot = name;
        // Go says that a chain is where its second field is; that of a variable, its first.
        if (arg->fields.n == (arg->kind == PT_TPL_FIELD ? 2u : 1u))
            arg->at = from;
    }
    return true;
}

static bool variable(parser *p, pt_tpl_arg *arg) {
    p->at++;
    arg->kind = PT_TPL_VARIABLE;
    pt_str name = word(p);
    arg->text = (pt_str){name.p ? name.p - 1 : p->text.p + p->at - 1, name.n + 1};
    for (size_t i = 0; i < p->variables.n; i++)
        if (pt_str_eq(p->variables.v[i], arg->text))
            return fields(p, arg);
    return refuse(p, "undefined variable \"", arg->text, "\"");
}

static bool quoted(parser *p, pt_tpl_arg *arg) {
    char mark = peek(p);
    size_t from = p->at++;
    while (p->at < p->text.n && peek(p) != mark && (mark == '`' || peek(p) != '\n'))
        p->at += peek(p) == '\\' && mark != '`' ? 2 : 1;
    if (p->at >= p->text.n || peek(p) != mark)
        return refuse_plainly(p, mark == '`'    ? "unterminated raw quoted string"
                                 : mark == '\'' ? "unterminated character constant"
                                                : "unterminated quoted string");
    pt_str inner = pt_str_sub(p->text, from + 1, p->at++);
    arg->kind = mark == '\'' ? PT_TPL_INT : PT_TPL_STRING;
    arg->text = inner;
    if (mark == '`')
        return true;
    if (!pt_tpl_unquote(p->c->arena, inner, &arg->text))
        return refuse_plainly(p, "invalid syntax");
    size_t at = 0;
    if (mark == '\'' && arg->text.n > 0)
        arg->i = pt_utf8_next(arg->text, &at, NULL);
    return mark != '\'' || at == arg->text.n ||
           refuse(p, "malformed character constant: '", inner, "'");
}

static bool number(parser *p, pt_tpl_arg *arg) {
    size_t from = p->at;
    p->at += peek(p) == '+' || peek(p) == '-';
    while (is_word(peek(p)) || peek(p) == '.' ||
           ((peek(p) == '+' || peek(p) == '-') && (p->text.p[p->at - 1] | 32) == 'e'))
        p->at++;
    pt_str s = pt_str_sub(p->text, from, p->at);
    pt_str plus = s.p[0] == '+' ? pt_str_sub(s, 1, s.n) : s;
    bool hex = pt_str_starts(plus, PT_STR("0x")) || pt_str_starts(plus, PT_STR("0X"));
    arg->kind = PT_TPL_INT;
    if (hex ? pt_str_int(pt_str_sub(plus, 2, plus.n), 16, &arg->i) : pt_str_int(plus, 10, &arg->i))
        return true;
    pt_str z = pt_arena_str(p->c->arena, s);
    char *end = NULL;
    arg->kind = PT_TPL_FLOAT;
    arg->f = z.p ? strtod(z.p, &end) : 0;
    return (z.p && end == z.p + z.n) || refuse(p, "bad number syntax: \"", s, "\"");
}

static bool name(parser *p, pt_tpl_arg *arg) {
    arg->text = word(p);
    arg->i = pt_str_eqz(arg->text, "true");
    arg->kind = arg->i || pt_str_eqz(arg->text, "false") ? PT_TPL_BOOL
                : pt_str_eqz(arg->text, "nil")           ? PT_TPL_NIL
                                                         : PT_TPL_FUNCTION;
    if (arg->kind != PT_TPL_FUNCTION || pt_tpl_find(arg->text))
        return true;
    if (pt_str_eqz(arg->text, "call"))
        return refuse_plainly(p, "function \"call\" is not supported: nothing here is a function");
    return refuse(p, "function \"", arg->text, "\" not defined");
}

static pt_tpl_pipe *pipeline(parser *p, const char *context);

// NOLINTNEXTLINE(misc-no-recursion): PT_TPL_DEPTH_MAX
static bool parenthesis(parser *p, pt_tpl_arg *arg) {
    p->at++;
    arg->kind = PT_TPL_PIPE;
    if (!enter(p))
        return false;
    arg->pipe = pipeline(p, "parenthesized pipeline");
    p->depth--;
    if (!arg->pipe)
        return false;
    if (peek(p) != ')')
        return refuse_plainly(p, "unclosed left paren");
    p->at++;
    return fields(p, arg);
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool operand_of(parser *p, pt_tpl_arg *arg) {
    char c = peek(p);
    parser behind = *p;
    behind.at++;
    char next = peek(&behind);
    bool digit_next = next >= '0' && next <= '9';
    if (c == '.' && !digit_next) {
        arg->kind = is_word(next) ? PT_TPL_FIELD : PT_TPL_DOT;
        p->at += arg->kind == PT_TPL_DOT;
        return arg->kind == PT_TPL_DOT || fields(p, arg);
    }
    if (c == '$')
        return variable(p, arg);
    if (c == '"' || c == '`' || c == '\'')
        return quoted(p, arg);
    if (c == '(')
        return parenthesis(p, arg);
    if ((c >= '0' && c <= '9') || ((c == '+' || c == '-' || c == '.') && digit_next))
        return number(p, arg);
    if (is_word(c))
        return name(p, arg);
    return refuse(p, "unexpected \"", (pt_str){&c, 1}, "\" in operand");
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static pt_tpl_arg *operand(parser *p) {
    pt_tpl_arg *arg = make(p, sizeof *arg);
    size_t from = p->at;
    if (!arg)
        return NULL;
    arg->at = from;
    if (!operand_of(p, arg))
        return NULL;
    arg->source = pt_str_sub(p->text, from, p->at);
    char c = peek(p);
    if (p->at < p->text.n && !is_blank(c) && c != '|' && c != ')' && !at_close(p)) {
        refuse(p, "unexpected \"", (pt_str){&c, 1}, "\" in operand");
        return NULL;
    }
    return arg;
}

// -- pipelines ------------------------------------------------------------------------------------

static bool ends_command(const parser *p) {
    return p->at >= p->text.n || peek(p) == '|' || peek(p) == ')' || at_close(p);
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static pt_tpl_command *command(parser *p, bool first, const char *context) {
    pt_tpl_command *cmd = make(p, sizeof *cmd);
    if (!cmd)
        return NULL;
    blanks(p);
    cmd->at = p->at;
    pt_tpl_arg **end = &cmd->args;
    while (!ends_command(p)) {
        *end = operand(p);
        if (!*end)
            return NULL;
        end = &(*end)->next;
        blanks(p);
    }
    if (p->at >= p->text.n)
        return refuse_plainly(p, "unclosed action"), NULL;
    if (!cmd->args)
        return refuse(p, "missing value for ", pt_str_of(context), ""), NULL;
    if (!first && cmd->args->kind >= PT_TPL_NIL && cmd->args->kind <= PT_TPL_STRING)
        return refuse_plainly(p, "non executable command in pipeline"), NULL;
    return cmd;
}

static bool push_variable(parser *p, pt_str variable_name) {
    pt_str *slot = PT_PUSH(p->c->arena, &p->variables);
    if (slot)
        *slot = variable_name;
    else
        pt_call_full(p->c);
    return slot;
}

// "$x :=", "$x =", "$i, $x :="; nothing of it is no error.
static bool declaration(parser *p, pt_tpl_pipe *pipe, bool two) {
    size_t from = p->at;
    pt_str names[2];
    size_t n = 0;
    while (n < 2 && peek(p) == '$') {
        size_t start = p->at++;
        word(p);
        names[n++] = pt_str_sub(p->text, start, p->at);
        blanks(p);
        if (peek(p) != ',' || !two)
            break;
        p->at++;
        blanks(p);
    }
    bool declares = n > 0 && starts(p, ":=");
    bool assigns = n > 0 && peek(p) == '=';
    if (!declares && !assigns) {
        p->at = from;
        return true;
    }
    p->at += declares ? 2 : 1;
    pipe->assigns = assigns;
    pipe->variables_n = n;
    for (size_t i = 0; i < n; i++) {
        pipe->variables[i] = names[i];
        if (declares && !push_variable(p, names[i]))
            return false;
    }
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static pt_tpl_pipe *pipeline(parser *p, const char *context) {
    pt_tpl_pipe *pipe = make(p, sizeof *pipe);
    blanks(p);
    if (!pipe || !declaration(p, pipe, strcmp(context, "range") == 0))
        return NULL;
    blanks(p);
    pipe->at = p->at;
    pt_tpl_command **end = &pipe->commands;
    for (;;) {
        *end = command(p, end == &pipe->commands, context);
        if (!*end)
            return NULL;
        end = &(*end)->next;
        if (peek(p) != '|')
            return pipe;
        p->at++;
    }
}

// -- nodes ----------------------------------------------------------------------------------------

static bool list(parser *p, pt_tpl_node **ret, ending *ret_end);

// What an "else" leads to: another if or with, or nodes up to "end".
// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool otherwise(parser *p, pt_tpl_node *node);

// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool block(parser *p, pt_tpl_node *node, const char *context) {
    ending end;
    size_t mark = p->variables.n;
    bool range = node->step == PT_TPL_RANGE;
    node->pipe = enter(p) ? pipeline(p, context) : NULL;
    if (!node->pipe || !close_action(p, context))
        return false;
    p->ranges += range;
    bool good = list(p, &node->body, &end);
    p->ranges -= range;
    if (good && end == AT_EOF)
        good = refuse_plainly(p, "unexpected EOF");
    if (good && end == AT_ELSE)
        good = otherwise(p, node);
    p->variables.n = mark;
    p->depth--;
    return good;
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool otherwise(parser *p, pt_tpl_node *node) {
    ending end;
    blanks(p);
    size_t from = p->at;
    pt_str next = word(p);
    bool chained = (node->step == PT_TPL_IF && pt_str_eqz(next, "if")) ||
                   (node->step == PT_TPL_WITH && pt_str_eqz(next, "with"));
    if (chained) {
        node->otherwise = make(p, sizeof *node);
        if (!node->otherwise)
            return false;
        node->otherwise->step = node->step;
        return block(p, node->otherwise, node->step == PT_TPL_IF ? "if" : "with");
    }
    p->at = from;
    if (!close_action(p, "else") || !list(p, &node->otherwise, &end))
        return false;
    return end == AT_END ||
           refuse_plainly(p, end == AT_EOF ? "unexpected EOF" : "expected end; found {{else}}");
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool action(parser *p, pt_tpl_node *node) {
    static const struct {
        const char *name;
        pt_tpl_step step;
    } blocks[] = {{"if", PT_TPL_IF}, {"range", PT_TPL_RANGE}, {"with", PT_TPL_WITH}};
    size_t from = p->at;
    pt_str keyword = word(p);
    for (size_t i = 0; i < PT_COUNT(blocks); i++) {
        if (pt_str_eqz(keyword, blocks[i].name)) {
            node->step = blocks[i].step;
            return block(p, node, blocks[i].name);
        }
    }
    bool stops = pt_str_eqz(keyword, "break");
    if (stops || pt_str_eqz(keyword, "continue")) {
        node->step = stops ? PT_TPL_BREAK : PT_TPL_CONTINUE;
        return p->ranges ? close_action(p, stops ? "{{break}}" : "{{continue}}")
                         : refuse(p, "{{", keyword, "}} outside {{range}}");
    }
    if (pt_str_eqz(keyword, "define") || pt_str_eqz(keyword, "template") ||
        pt_str_eqz(keyword, "block"))
        return refuse(p, "{{", keyword, "}} is not supported: a template stands alone here");
    p->at = from;
    node->step = PT_TPL_ACTION;
    node->pipe = pipeline(p, "command");
    return node->pipe && close_action(p, "command");
}

// A comment, of which nothing stays. *ret: it was one.
static bool comment(parser *p, bool *ret) {
    *ret = starts(p, "/*");
    if (!*ret)
        return true;
    pt_str rest = pt_str_sub(p->text, p->at, p->text.n);
    size_t end = pt_str_find_str(rest, PT_STR("*/"));
    if (end == rest.n)
        return refuse_plainly(p, "unclosed comment");
    p->at += end + 2;
    bool trims = is_blank(peek(p)) && p->at + 1 < p->text.n && p->text.p[p->at + 1] == '-';
    p->at += trims;
    return at_close(p) ? close_action(p, "comment")
                       : refuse_plainly(p, "comment ends before closing delimiter");
}

// The text up to the next action or the end; *ret is NULL when nothing is left of it.
static bool text(parser *p, pt_tpl_node **ret, bool *ret_action) {
    pt_str rest = pt_str_sub(p->text, p->at, p->text.n);
    size_t n = pt_str_find_str(rest, PT_STR("{{"));
    pt_str s = pt_str_sub(rest, 0, n);
    bool marker = n + 3 < rest.n && rest.p[n + 2] == '-' && is_blank(rest.p[n + 3]);
    while (p->trims && s.n > 0 && is_blank(s.p[0]))
        s = pt_str_sub(s, 1, s.n);
    while (marker && s.n > 0 && is_blank(s.p[s.n - 1]))
        s = pt_str_sub(s, 0, s.n - 1);
    p->trims = false;
    *ret_action = n < rest.n;
    p->at += n + (marker ? 4 : *ret_action ? 2 : 0);
    *ret = NULL;
    if (s.n == 0)
        return true;
    *ret = make(p, sizeof **ret);
    if (*ret) {
        (*ret)->step = PT_TPL_TEXT;
        (*ret)->text = s;
    }
    return *ret;
}

// Is the action at hand {{end}} or {{else}}?
static bool terminator(parser *p, ending *ret) {
    size_t from = p->at;
    pt_str keyword = word(p);
    bool ends = pt_str_eqz(keyword, "end");
    if (ends || pt_str_eqz(keyword, "else")) {
        *ret = ends ? AT_END : AT_ELSE;
        return true;
    }
    p->at = from;
    return false;
}

// NOLINTNEXTLINE(misc-no-recursion): likewise
static bool list(parser *p, pt_tpl_node **ret, ending *ret_end) {
    *ret_end = AT_EOF;
    for (pt_tpl_node **end = ret;;) {
        bool was_comment;
        bool has_action;
        if (!text(p, end, &has_action))
            return false;
        if (*end)
            end = &(*end)->next;
        if (!has_action)
            return true;
        if (!comment(p, &was_comment))
            return false;
        if (was_comment)
            continue;
        blanks(p);
        if (terminator(p, ret_end))
            return *ret_end == AT_ELSE || close_action(p, "end");
        *end = make(p, sizeof **end);
        if (!*end || !action(p, *end))
            return false;
        end = &(*end)->next;
    }
}

pt_tpl_node *pt_tpl_parse(pt_call *c, pt_str source) {
    parser p = {.c = c, .text = source};
    pt_tpl_node *first = NULL;
    ending end = AT_EOF;
    if (!push_variable(&p, PT_STR("$")) || !list(&p, &first, &end))
        return NULL;
    if (end != AT_EOF)
        refuse_plainly(&p, end == AT_END ? "unexpected {{end}}" : "unexpected {{else}}");
    return first;
}
