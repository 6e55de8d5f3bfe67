// Type systems: schemas, types, directives, and their extensions.
#include "judge/policy/fn/graphql.h"

// What stands before a definition.
typedef struct before {
    pt_value text, comment; // of the description
    bool any;
} before;

static before description(pt_gql_parser *p) {
    before d = {.text = pt_stringz("")};
    if (p->why.p || (p->token.tag != GQL_STRING && p->token.tag != GQL_BLOCK))
        return d;
    d.comment = p->comment;
    pt_str text = pt_gql_next(p).text;
    d.text = pt_string(text.p ? text : PT_STR(""));
    d.any = text.n > 0;
    return d;
}

// A described item of a list: "text" name …
static pt_obj described(pt_gql_parser *p) {
    pt_obj o = {.a = p->a};
    before d = description(p);
    pt_obj_set(&o, "Description", d.text);
    if (d.any)
        pt_obj_maybe(&o, "BeforeDescriptionComment", d.comment);
    pt_obj_maybe(&o, "AfterDescriptionComment", p->comment);
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    pt_obj_set(&o, "Name", pt_gql_name(p));
    return o;
}

static pt_value input_value(pt_gql_parser *p) {
    pt_obj o = described(p);
    pt_gql_expect(p, ':');
    pt_obj_set(&o, "Type", pt_gql_type(p));
    if (pt_gql_skip(p, '='))
        pt_obj_set(&o, "DefaultValue", pt_gql_value(p, true));
    pt_obj_maybe(&o, "Directives", pt_gql_directives(p, true));
    return pt_obj_end(&o);
}

static pt_value field(pt_gql_parser *p) {
    pt_obj o = described(p);
    pt_obj_maybe(&o, "Arguments", pt_gql_some(p, "()", input_value, NULL));
    pt_gql_expect(p, ':');
    pt_obj_set(&o, "Type", pt_gql_type(p));
    pt_obj_maybe(&o, "Directives", pt_gql_directives(p, true));
    return pt_obj_end(&o);
}

static pt_value enum_value(pt_gql_parser *p) {
    pt_obj o = described(p);
    pt_obj_maybe(&o, "Directives", pt_gql_directives(p, true));
    return pt_obj_end(&o);
}

static pt_value root(pt_gql_parser *p) {
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    pt_obj_maybe(&o, "Comment", p->comment);
    pt_obj_set(&o, "Operation", pt_gql_operation_type(p));
    pt_gql_expect(p, ':');
    pt_obj_set(&o, "Type", pt_gql_name(p));
    return pt_obj_end(&o);
}

// Names between `mark`s: "A & B". `mark` may come first. *ret_places: where they stand.
static pt_value names(pt_gql_parser *p, char mark, pt_value *ret_places) {
    pt_list l = {.a = p->a};
    pt_list places = {.a = p->a};
    pt_gql_skip(p, mark);
    do {
        pt_list_add(&places, pt_gql_pos(p));
        pt_list_add(&l, pt_gql_name(p));
    } while (pt_gql_skip(p, mark) && !p->why.p);
    *ret_places = pt_list_end(&places);
    return pt_list_end(&l);
}

static const struct definition {
    const char *word, *kind;
    const char *list; // the key of what is in braces; NULL: no braces
    pt_gql_item *item;
    bool interfaces;
} definitions[] = {
    {"scalar", "SCALAR", NULL, NULL, false},
    {"type", "OBJECT", "Fields", field, true},
    {"interface", "INTERFACE", "Fields", field, true},
    {"union", "UNION", NULL, NULL, false},
    {"enum", "ENUM", "EnumValues", enum_value, false},
    {"input", "INPUT_OBJECT", "Fields", input_value, false},
};

static const struct definition *definition_at(const pt_gql_parser *p) {
    for (size_t i = 0; i < PT_COUNT(definitions); i++)
        if (pt_gql_word(p, definitions[i].word))
            return &definitions[i];
    return NULL;
}

// `extends`: something must follow the name.
static pt_value definition(pt_gql_parser *p, const struct definition *d, const before *b,
                           bool extends) {
    pt_obj o = {.a = p->a};
    pt_value end = pt_undefined();
    pt_value list = pt_undefined();
    pt_value more = pt_undefined();
    pt_value places;
    pt_obj_maybe(&o, "AfterDescriptionComment", extends ? b->comment : p->comment);
    pt_gql_next(p);
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    pt_obj_maybe(&o, "BeforeDescriptionComment", extends ? pt_undefined() : b->comment);
    pt_obj_set(&o, "Description", b->text);
    pt_obj_set(&o, "Kind", pt_stringz(d->kind));
    pt_obj_set(&o, "BuiltIn", pt_bool(false));
    pt_obj_set(&o, "Name", pt_gql_name(p));
    if (d->interfaces && (!extends || d == &definitions[1]) && pt_gql_word(p, "implements")) {
        pt_gql_next(p);
        more = names(p, '&', &places);
        pt_obj_set(&o, "Interfaces", more);
    }
    pt_value directives = pt_gql_directives(p, true);
    pt_obj_maybe(&o, "Directives", directives);
    if (d->list) {
        list = pt_gql_some(p, "{}", d->item, &end);
        pt_obj_maybe(&o, d->list, list);
    } else if (d == &definitions[3] && pt_gql_skip(p, '=')) {
        list = names(p, '|', &places);
        pt_obj_set(&o, "Types", list);
        pt_obj_set(&o, "TypePositions", places);
    }
    pt_obj_maybe(&o, "EndOfDefinitionComment", end);
    if (extends && !pt_defined(list) && !pt_defined(more) && !pt_defined(directives))
        pt_gql_unexpected(p);
    return pt_obj_end(&o);
}

static pt_value schema(pt_gql_parser *p, const before *b, bool extends) {
    pt_obj o = {.a = p->a};
    pt_value end = pt_undefined();
    pt_obj_maybe(&o, "AfterDescriptionComment", extends ? b->comment : p->comment);
    pt_gql_next(p);
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    pt_obj_maybe(&o, "BeforeDescriptionComment", extends ? pt_undefined() : b->comment);
    pt_obj_set(&o, "Description", b->text);
    pt_value directives = pt_gql_directives(p, true);
    pt_value roots = pt_gql_some(p, "{}", root, &end);
    pt_obj_maybe(&o, "Directives", directives);
    pt_obj_maybe(&o, "OperationTypes", roots);
    pt_obj_maybe(&o, "EndOfDefinitionComment", end);
    if (extends && !pt_defined(directives) && !pt_defined(roots))
        pt_gql_unexpected(p);
    return pt_obj_end(&o);
}

static pt_value location(pt_gql_parser *p) {
    static const pt_str known =
        PT_STR("QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD "
               "INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT FIELD_DEFINITION "
               "ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT "
               "INPUT_FIELD_DEFINITION");
    if (p->token.tag == GQL_NAME && !pt_str_in_list(p->token.text, known, ' '))
        pt_gql_unexpected(p);
    return pt_gql_name(p);
}

static pt_value directive(pt_gql_parser *p, const before *b) {
    pt_obj o = {.a = p->a};
    pt_list l = {.a = p->a};
    pt_obj_maybe(&o, "AfterDescriptionComment", p->comment);
    pt_gql_next(p);
    pt_gql_expect(p, '@');
    pt_obj_set(&o, "Position", pt_gql_pos(p));
    pt_obj_maybe(&o, "BeforeDescriptionComment", b->comment);
    pt_obj_set(&o, "Description", b->text);
    pt_obj_set(&o, "Name", pt_gql_name(p));
    pt_obj_maybe(&o, "Arguments", pt_gql_some(p, "()", input_value, NULL));
    bool repeatable = pt_gql_word(p, "repeatable");
    if (repeatable)
        pt_gql_next(p);
    pt_obj_set(&o, "IsRepeatable", pt_bool(repeatable));
    pt_gql_expect_word(p, "on");
    pt_gql_skip(p, '|');
    do
        pt_list_add(&l, location(p));
    while (pt_gql_skip(p, '|') && !p->why.p);
    pt_obj_set(&o, "Locations", pt_list_end(&l));
    return pt_obj_end(&o);
}

typedef struct document {
    pt_list definitions, extensions, schemas, schema_extensions, directives;
} document;

static void extension(pt_gql_parser *p, document *d) {
    before b = {.text = pt_stringz(""), .comment = p->comment};
    pt_gql_next(p);
    const struct definition *def = definition_at(p);
    if (pt_gql_word(p, "schema"))
        pt_list_add(&d->schema_extensions, schema(p, &b, true));
    else if (def)
        pt_list_add(&d->extensions, definition(p, def, &b, true));
    else
        pt_gql_unexpected(p);
}

static void top(pt_gql_parser *p, document *d) {
    int64_t pos = p->token.pos;
    before b = description(p);
    const struct definition *def = definition_at(p);
    if (def)
        pt_list_add(&d->definitions, definition(p, def, &b, false));
    else if (pt_gql_word(p, "schema"))
        pt_list_add(&d->schemas, schema(p, &b, false));
    else if (pt_gql_word(p, "directive"))
        pt_list_add(&d->directives, directive(p, &b));
    else if (pt_gql_word(p, "extend") && b.any)
        pt_gql_refuse(p, pos,
                      pt_arena_printf(p->a, "Unexpected String %.*s",
                                      PT_PRI(pt_call_quoted(p->c, pt_text(b.text)))));
    else if (pt_gql_word(p, "extend"))
        extension(p, d);
    else
        pt_gql_unexpected(p);
}

pt_value pt_gql_parse_schema(pt_call *c, pt_str text, pt_str *ret_why) {
    pt_gql_parser p;
    pt_gql_start(&p, c, text);
    document d = {{.a = p.a}, {.a = p.a}, {.a = p.a}, {.a = p.a}, {.a = p.a}};
    while (!p.why.p && p.token.tag != GQL_EOF)
        top(&p, &d);
    *ret_why = p.why;
    if (p.why.p)
        return pt_undefined();
    const struct {
        const char *key;
        pt_list *l;
    } lists[] = {{"Definitions", &d.definitions},
                 {"Extensions", &d.extensions},
                 {"Schema", &d.schemas},
                 {"SchemaExtension", &d.schema_extensions},
                 {"Directives", &d.directives}};
    pt_obj o = {.a = p.a};
    pt_obj_maybe(&o, "Comment", p.comment);
    for (size_t i = 0; i < PT_COUNT(lists); i++)
        if (lists[i].l->items.n)
            pt_obj_set(&o, lists[i].key, pt_list_end(lists[i].l));
    return pt_call_made(c, pt_obj_end(&o));
}
