// Queries, and what they share with schemas: values, types, directives.
#include <string.h>

#include "judge/policy/fn/graphql.h"

const char *const pt_gql_operations[3] = {"query", "mutation", "subscription"};

// -- tokens ---------------------------------------------------------------------------------------

// The next token, with the comments before it.
static void advance(pt_gql_parser *p) {
    pt_list comments = {.a = p->a};
    pt_gql_lex(p, &p->token);
    while (p->token.tag == GQL_COMMENT) {
        pt_obj o = {.a = p->a};
        pt_obj_set(&o, "Value", pt_string(p->token.text));
        pt_list_add(&comments, pt_obj_end(&o));
        pt_gql_lex(p, &p->token);
    }
    p->comment = pt_undefined();
    if (!comments.items.n)
        return;
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "List", pt_list_end(&comments));
    p->comment = pt_obj_end(&o);
}

void pt_gql_start(pt_gql_parser *p, pt_call *c, pt_str text) {
    *p = (pt_gql_parser){.c = c, .a = c->arena, .s = text, .line = 1};
    advance(p);
}

void pt_gql_refuse(pt_gql_parser *p, int64_t pos, pt_str what) {
    if (p->why.p)
        return;
    p->why = pt_arena_printf(p->a, "%.*s in GraphQL string at location %lld:%lld", PT_PRI(what),
                             (long long)(pos >> 32), (long long)(pos & UINT32_MAX));
    if (!p->why.p)
        pt_call_full(p->c);
}

static const char *tag_name(const pt_gql_token *t, char room[2]) {
    static const char *const names[] = {"<Invalid>", "<EOF>",       "Name",    "Int", "Float",
                                        "String",    "BlockString", "Comment", "..."};
    if (t->tag != GQL_MARK)
        return names[t->tag];
    room[0] = t->mark;
    room[1] = 0;
    return room;
}

void pt_gql_unexpected(pt_gql_parser *p) {
    char room[2];
    const pt_gql_token *t = &p->token;
    pt_str quoted = t->text.n ? pt_call_quoted(p->c, t->text) : (pt_str){0};
    pt_gql_refuse(p, t->pos,
                  pt_arena_printf(p->a, "Unexpected %s%s%.*s", tag_name(t, room),
                                  quoted.n ? " " : "", PT_PRI(quoted)));
}

pt_gql_token pt_gql_next(pt_gql_parser *p) {
    pt_gql_token t = p->token;
    if (p->why.p)
        return t;
    if (t.tag == GQL_INVALID)
        pt_gql_refuse(p, t.pos, p->lex_why);
    else
        advance(p);
    return t;
}

static bool is_mark(const pt_gql_parser *p, char mark) {
    return !p->why.p && p->token.tag == GQL_MARK && p->token.mark == mark;
}

bool pt_gql_skip(pt_gql_parser *p, char mark) {
    bool is = is_mark(p, mark);
    if (is)
        pt_gql_next(p);
    return is;
}

static void expected(pt_gql_parser *p, const char *what) {
    char room[2];
    pt_gql_refuse(p, p->token.pos,
                  pt_arena_printf(p->a, "Expected %s, found %s", what, tag_name(&p->token, room)));
}

void pt_gql_expect(pt_gql_parser *p, char mark) {
    const char what[] = {mark, 0};
    if (!pt_gql_skip(p, mark))
        expected(p, what);
}

bool pt_gql_word(const pt_gql_parser *p, const char *word) {
    return !p->why.p && p->token.tag == GQL_NAME && pt_str_eqz(p->token.text, word);
}

void pt_gql_expect_word(pt_gql_parser *p, const char *word) {
    char room[2];
    if (pt_gql_word(p, word)) {
        pt_gql_next(p);
        return;
    }
    pt_str quoted = p->token.text.n ? pt_call_quoted(p->c, p->token.text) : (pt_str){0};
    pt_gql_refuse(p, p->token.pos,
                  pt_arena_printf(p->a, "Expected \"%s\", found %s%s%.*s", word,
                                  tag_name(&p->token, room), quoted.n ? " " : "", PT_PRI(quoted)));
}

pt_value pt_gql_name(pt_gql_parser *p) {
    if (p->token.tag == GQL_NAME)
        return pt_string(pt_gql_next(p).text);
    expected(p, "Name");
    return pt_stringz("");
}

static pt_value or_nothing(pt_list *l) {
    return l->items.n || l->full ? pt_list_end(l) : pt_undefined();
}

pt_value pt_gql_some(pt_gql_parser *p, const char *marks, pt_gql_item *item,
                     pt_value *ret_comment) {
    char room[2];
    pt_list l = {.a = p->a};
    if (!pt_gql_skip(p, marks[0]))
        return pt_undefined();
    if (++p->depth > PT_GQL_DEPTH_MAX) {
        pt_call_fault(p->c, PT_FAULT_LIMIT, "the GraphQL document is too deep");
        pt_gql_refuse(p, p->token.pos, PT_STR("too deep"));
    }
    while (!p->why.p && !is_mark(p, marks[1]))
        pt_list_add(&l, item(p));
    p->depth--;
    if (!l.items.n)
        pt_gql_refuse(p, p->token.pos,
                      pt_arena_printf(p->a, "expected at least one definition, found %s",
                                      tag_name(&p->token, room)));
    if (ret_comment)
        *ret_comment = p->comment;
    pt_gql_next(p);
    return or_nothing(&l);
}

// -- values ---------------------------------------------------------------------------------------

static pt_value literal(pt_gql_parser *p, pt_str raw, pt_gql_kind kind, pt_value children) {
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "Raw", pt_string(raw.p ? raw : PT_STR("")));
    pt_obj_set(&o, "Kind", pt_int(kind));
    pt_obj_set(&o, "ExpectedTypeHasDefault", pt_bool(false));
    pt_obj_maybe(&o, "Children", children);
    return pt_obj_end(&o);
}

static pt_value with(pt_gql_parser *p, pt_value v, const char *key, pt_value extra) {
    if (!pt_defined(extra) || !pt_defined(v))
        return v;
    pt_obj o = {.a = p->a};
    for (size_t i = 0; i < pt_len(v); i++)
        pt_obj_set(&o, pt_key_at(v, i).s, pt_val_at(v, i));
    pt_obj_set(&o, key, extra);
    return pt_obj_end(&o);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_DEPTH_MAX, of pt_gql_value
static pt_value child(pt_gql_parser *p, bool named, bool constant) {
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    if (named)
        pt_obj_maybe(&o, "Comment", p->comment);
    pt_obj_set(&o, "Name", named ? pt_gql_name(p) : pt_stringz(""));
    if (named)
        pt_gql_expect(p, ':');
    pt_obj_set(&o, "Value", pt_gql_value(p, constant));
    return pt_obj_end(&o);
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_DEPTH_MAX, of pt_gql_value
static pt_value many(pt_gql_parser *p, char end, bool constant) {
    pt_list l = {.a = p->a};
    bool named = end == '}';
    int64_t pos = p->token.pos;
    pt_value comment = p->comment;
    pt_gql_next(p);
    while (!p->why.p && !is_mark(p, end))
        pt_list_add(&l, child(p, named, constant));
    pt_gql_next(p);
    pt_value v = literal(p, PT_STR(""), named ? PT_GQL_OBJECT : PT_GQL_LIST, or_nothing(&l));
    return with(p, with(p, v, "Position", pt_int(pos)), "Comment", comment);
}

static bool scalar_kind(const pt_gql_token *t, pt_gql_kind *ret) {
    static const pt_gql_kind kinds[] = {[GQL_INT] = PT_GQL_INT,
                                        [GQL_FLOAT] = PT_GQL_FLOAT,
                                        [GQL_STRING] = PT_GQL_STRING,
                                        [GQL_BLOCK] = PT_GQL_BLOCK};
    if (t->tag < GQL_NAME || t->tag > GQL_BLOCK)
        return false;
    *ret = t->tag != GQL_NAME                                            ? kinds[t->tag]
           : pt_str_eqz(t->text, "true") || pt_str_eqz(t->text, "false") ? PT_GQL_BOOLEAN
           : pt_str_eqz(t->text, "null")                                 ? PT_GQL_NULL
                                                                         : PT_GQL_ENUM;
    return true;
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_DEPTH_MAX
pt_value pt_gql_value(pt_gql_parser *p, bool constant) {
    pt_gql_kind kind;
    pt_value v = pt_undefined();
    pt_value pos = pt_gql_pos(p);
    if (++p->depth > PT_GQL_DEPTH_MAX) {
        pt_call_fault(p->c, PT_FAULT_LIMIT, "the GraphQL document is too deep");
        pt_gql_refuse(p, p->token.pos, PT_STR("too deep"));
    }
    if (is_mark(p, '[') || is_mark(p, '{')) {
        v = many(p, is_mark(p, '[') ? ']' : '}', constant);
    } else if (is_mark(p, '$') && !constant) {
        pt_gql_next(p);
        v = with(p, literal(p, pt_text(pt_gql_name(p)), PT_GQL_VARIABLE, pt_undefined()),
                 "Position", pos);
    } else if (!p->why.p && scalar_kind(&p->token, &kind)) {
        v = with(p, literal(p, pt_gql_next(p).text, kind, pt_undefined()), "Position", pos);
    } else {
        pt_gql_unexpected(p);
    }
    p->depth--;
    return pt_defined(v) ? v : pt_null();
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_DEPTH_MAX
pt_value pt_gql_type(pt_gql_parser *p) {
    pt_obj o = {.a = p->a};
    if (++p->depth > PT_GQL_DEPTH_MAX) {
        pt_call_fault(p->c, PT_FAULT_LIMIT, "the GraphQL document is too deep");
        pt_gql_refuse(p, p->token.pos, PT_STR("too deep"));
    }
    bool list = pt_gql_skip(p, '[');
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    if (list) {
        pt_obj_set(&o, "NamedType", pt_stringz(""));
        pt_obj_set(&o, "Elem", pt_gql_type(p));
        pt_gql_expect(p, ']');
    } else {
        pt_obj_set(&o, "NamedType", pt_gql_name(p));
    }
    p->depth--;
    pt_obj_set(&o, "NonNull", pt_bool(pt_gql_skip(p, '!')));
    return pt_obj_end(&o);
}

static pt_value argument(pt_gql_parser *p, bool constant) {
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    pt_obj_maybe(&o, "Comment", p->comment);
    pt_obj_set(&o, "Name", pt_gql_name(p));
    pt_gql_expect(p, ':');
    pt_obj_set(&o, "Value", pt_gql_value(p, constant));
    return pt_obj_end(&o);
}

static pt_value free_argument(pt_gql_parser *p) {
    return argument(p, false);
}

static pt_value constant_argument(pt_gql_parser *p) {
    return argument(p, true);
}

pt_value pt_gql_directives(pt_gql_parser *p, bool constant) {
    pt_list l = {.a = p->a};
    while (pt_gql_skip(p, '@')) {
        pt_obj o = {.a = p->a};
        pt_obj_set(&o, "Position", pt_gql_pos(p));
        pt_obj_set(&o, "Name", pt_gql_name(p));
        pt_obj_set(&o, "Location", pt_stringz(""));
        pt_obj_maybe(&o, "Arguments",
                     pt_gql_some(p, "()", constant ? constant_argument : free_argument, NULL));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return or_nothing(&l);
}

pt_value pt_gql_operation_type(pt_gql_parser *p) {
    for (size_t i = 0; i < PT_COUNT(pt_gql_operations); i++) {
        if (pt_gql_word(p, pt_gql_operations[i])) {
            pt_gql_next(p);
            return pt_stringz(pt_gql_operations[i]);
        }
    }
    pt_gql_unexpected(p);
    return pt_stringz("");
}

// -- queries --------------------------------------------------------------------------------------

static pt_value selection(pt_gql_parser *p);

static pt_value selections(pt_gql_parser *p) {
    if (is_mark(p, '{'))
        return pt_gql_some(p, "{}", selection, NULL);
    expected(p, "{");
    return pt_undefined();
}

static pt_value field(pt_gql_parser *p) {
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    pt_obj_maybe(&o, "Comment", p->comment);
    pt_value alias = pt_gql_name(p);
    pt_obj_set(&o, "Alias", alias);
    pt_obj_set(&o, "Name", pt_gql_skip(p, ':') ? pt_gql_name(p) : alias);
    pt_obj_maybe(&o, "Arguments", pt_gql_some(p, "()", free_argument, NULL));
    pt_obj_maybe(&o, "Directives", pt_gql_directives(p, false));
    pt_obj_maybe(&o, "SelectionSet", pt_gql_some(p, "{}", selection, NULL));
    return pt_obj_end(&o);
}

static pt_value fragment_name(pt_gql_parser *p) {
    if (!pt_gql_word(p, "on"))
        return pt_gql_name(p);
    pt_gql_unexpected(p);
    return pt_stringz("");
}

static pt_value spread(pt_gql_parser *p) {
    pt_obj o = {.a = p->a};
    pt_obj_maybe(&o, "Comment", p->comment);
    pt_gql_next(p); // "..."
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    if (!p->why.p && p->token.tag == GQL_NAME && !pt_gql_word(p, "on")) {
        pt_obj_set(&o, "Name", fragment_name(p));
        pt_obj_maybe(&o, "Directives", pt_gql_directives(p, false));
        return pt_obj_end(&o);
    }
    pt_value type = pt_stringz("");
    if (pt_gql_word(p, "on")) {
        pt_gql_next(p);
        type = pt_gql_name(p);
    }
    pt_obj_set(&o, "TypeCondition", type);
    pt_obj_maybe(&o, "Directives", pt_gql_directives(p, false));
    pt_obj_maybe(&o, "SelectionSet", selections(p));
    return pt_obj_end(&o);
}

static pt_value selection(pt_gql_parser *p) {
    return p->token.tag == GQL_SPREAD ? spread(p) : field(p);
}

static pt_value variable(pt_gql_parser *p) {
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    pt_obj_maybe(&o, "Comment", p->comment);
    pt_obj_set(&o, "Used", pt_bool(false));
    pt_gql_expect(p, '$');
    pt_obj_set(&o, "Variable", pt_gql_name(p));
    pt_gql_expect(p, ':');
    pt_obj_set(&o, "Type", pt_gql_type(p));
    if (pt_gql_skip(p, '='))
        pt_obj_set(&o, "DefaultValue", pt_gql_value(p, true));
    pt_obj_maybe(&o, "Directives", pt_gql_directives(p, false));
    return pt_obj_end(&o);
}

static pt_value operation(pt_gql_parser *p) {
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    if (!is_mark(p, '{')) // before a query without a name comments are lost, as in gqlparser
        pt_obj_maybe(&o, "Comment", p->comment);
    if (is_mark(p, '{')) {
        pt_obj_set(&o, "Operation", pt_stringz("query"));
        pt_obj_set(&o, "Name", pt_stringz(""));
    } else {
        pt_obj_set(&o, "Operation", pt_gql_operation_type(p));
        pt_obj_set(&o, "Name", p->token.tag == GQL_NAME ? pt_gql_name(p) : pt_stringz(""));
        pt_obj_maybe(&o, "VariableDefinitions", pt_gql_some(p, "()", variable, NULL));
        pt_obj_maybe(&o, "Directives", pt_gql_directives(p, false));
    }
    pt_obj_maybe(&o, "SelectionSet", selections(p));
    return pt_obj_end(&o);
}

static pt_value fragment(pt_gql_parser *p) {
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    pt_obj_maybe(&o, "Comment", p->comment);
    pt_gql_expect_word(p, "fragment");
    pt_obj_set(&o, "Name", fragment_name(p));
    pt_obj_maybe(&o, "VariableDefinition", pt_gql_some(p, "()", variable, NULL));
    pt_gql_expect_word(p, "on");
    pt_obj_set(&o, "TypeCondition", pt_gql_name(p));
    pt_obj_maybe(&o, "Directives", pt_gql_directives(p, false));
    pt_obj_maybe(&o, "SelectionSet", selections(p));
    return pt_obj_end(&o);
}

pt_value pt_gql_parse_query(pt_call *c, pt_str text, pt_str *ret_why) {
    pt_gql_parser p;
    pt_gql_start(&p, c, text);
    pt_list operations = {.a = p.a};
    pt_list fragments = {.a = p.a};
    while (!p.why.p && p.token.tag != GQL_EOF) {
        bool known = is_mark(&p, '{');
        for (size_t i = 0; i < PT_COUNT(pt_gql_operations); i++)
            known = known || pt_gql_word(&p, pt_gql_operations[i]);
        if (known)
            pt_list_add(&operations, operation(&p));
        else if (pt_gql_word(&p, "fragment"))
            pt_list_add(&fragments, fragment(&p));
        else
            pt_gql_unexpected(&p);
    }
    *ret_why = p.why;
    if (p.why.p)
        return pt_undefined();
    pt_obj o = {.a = p.a};
    pt_obj_maybe(&o, "Operations", or_nothing(&operations));
    pt_obj_maybe(&o, "Fragments", or_nothing(&fragments));
    return pt_call_made(c, pt_obj_end(&o));
}

static bool is_empty(pt_value v) {
    return pt_tag_of(v) == PT_NULL ||
           (pt_len(v) == 0 && (pt_tag_of(v) == PT_ARRAY || pt_tag_of(v) == PT_OBJECT));
}

// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
pt_value pt_gql_plain(pt_arena *a, pt_value v) {
    pt_list l = {.a = a};
    bool object = pt_tag_of(v) == PT_OBJECT;
    if (!object && pt_tag_of(v) != PT_ARRAY)
        return v;
    for (size_t i = 0; i < pt_len(v); i++) {
        pt_str key = object ? pt_text(pt_key_at(v, i)) : (pt_str){0};
        if (pt_str_eqz(key, "Position") || pt_str_eqz(key, "TypePositions"))
            continue;
        pt_value x = pt_gql_plain(a, object ? pt_val_at(v, i) : pt_at(v, i));
        if (is_empty(x))
            continue;
        if (object)
            pt_list_add(&l, pt_key_at(v, i));
        pt_list_add(&l, x);
    }
    if (l.full)
        return pt_undefined();
    return object ? pt_object_of(a, l.items.v, l.items.n / 2, NULL) : pt_list_end(&l);
}
