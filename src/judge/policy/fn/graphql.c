// graphql.*
#include "judge/policy/fn/graphql.h"

#include "base/watch.h"

// A query or a schema from an operand: a text, or an object that stands for what was parsed.
typedef pt_value parser(pt_call *c, pt_str text, pt_str *ret_why);

// Are there at most `left` composites within one another? Not if there is no time left to know.
// NOLINTNEXTLINE(misc-no-recursion): PT_GQL_NESTING_MAX
static bool within(pt_value v, unsigned left) {
    bool object = pt_tag_of(v) == PT_OBJECT;
    if (!object && pt_tag_of(v) != PT_ARRAY && pt_tag_of(v) != PT_SET)
        return true;
    if (pt_watch_spend(pt_len(v)))
        return false;
    for (size_t i = 0; left && i < pt_len(v); i++)
        if (!within(object ? pt_val_at(v, i) : pt_at(v, i), left - 1))
            return false;
    return left > 0;
}

static pt_value document(pt_call *c, pt_value v, parser *parse, pt_str *ret_why) {
    *ret_why = (pt_str){0};
    if (pt_tag_of(v) == PT_STRING)
        return parse(c, pt_text(v), ret_why);
    if (!within(v, PT_GQL_NESTING_MAX))
        return pt_call_fault(c, PT_FAULT_LIMIT, "the GraphQL document is too deep");
    return v;
}

static bool refuse(pt_call *c, pt_str why) {
    if (why.p)
        pt_call_fault(c, PT_FAULT_BUILTIN, "%.*s", PT_PRI(why));
    return false;
}

static bool is_document(pt_value v) {
    return pt_tag_of(v) == PT_STRING || pt_tag_of(v) == PT_OBJECT;
}

static bool wrong_type(pt_call *c, unsigned pos, pt_value got) {
    pt_call_fault(c, PT_FAULT_TYPE, "operand %u must be one of {string, object} but got %s", pos,
                  pt_tag_name(pt_tag_of(got)));
    return false;
}

// The schema that a document makes; through the cache. NULL after a fault.
static pt_kept schema_of(pt_call *c, pt_value operand, pt_value doc) {
    static const char kind;
    pt_buf key = PT_BUF(PT_FN_TEXT_BYTES_MAX);
    pt_fn_put_term(&key, operand);
    pt_kept k = {.thing = pt_fn_cache_get(c->cache, &kind, pt_buf_str(&key))};
    if (!k.thing) {
        pt_str why;
        pt_gql_schema *s = pt_gql_schema_make(c, doc, &why);
        if (!s)
            refuse(c, why);
        k = pt_kept_put(c, &kind, pt_buf_str(&key), s, pt_gql_schema_free);
    }
    pt_buf_done(&key);
    return k;
}

// Parse and validate both; false after a fault.
static bool verified(pt_call *c, const pt_value *args, pt_value ret[2]) {
    static parser *const parsers[] = {pt_gql_parse_query, pt_gql_parse_schema};
    pt_str why;
    for (unsigned i = 0; i < 2; i++) {
        if (!is_document(args[i]))
            return wrong_type(c, i, args[i]); // counted from 0, as OPA does here
        ret[i] = document(c, args[i], parsers[i], &why);
        if (!pt_defined(ret[i]))
            return refuse(c, why);
    }
    PT_AUTO(pt_kept_done) pt_kept k = schema_of(c, args[1], ret[1]);
    if (!k.thing)
        return false;
    if (!pt_gql_validate(c, k.thing, ret[0], &why))
        return refuse(c, why);
    for (size_t i = 0; i < 2; i++)
        ret[i] = pt_gql_plain(c->arena, ret[i]);
    return true;
}

// A fault that only says that a document is not valid is none.
static bool invalid(pt_call *c) {
    if (c->fault == PT_FAULT_BUILTIN || c->fault == PT_FAULT_TYPE)
        c->fault = PT_FAULT_NONE;
    return c->fault == PT_FAULT_NONE;
}

static pt_value graphql_parse(pt_call *c, const pt_value *args) {
    pt_value v[2];
    return verified(c, args, v) ? pt_call_made(c, pt_array_of(c->arena, v, 2)) : pt_undefined();
}

static pt_value graphql_parse_and_verify(pt_call *c, const pt_value *args) {
    pt_value v[2];
    pt_value none = pt_object_of(c->arena, NULL, 0, NULL);
    bool ok = verified(c, args, v);
    if (!ok && !invalid(c))
        return pt_undefined();
    const pt_value yes[] = {pt_bool(true), v[0], v[1]};
    const pt_value no[] = {pt_bool(false), none, none};
    return pt_call_made(c, pt_array_of(c->arena, ok ? yes : no, 3));
}

static pt_value graphql_is_valid(pt_call *c, const pt_value *args) {
    pt_value v[2];
    bool ok = verified(c, args, v);
    return ok || invalid(c) ? pt_bool(ok) : pt_undefined();
}

static pt_value parsed(pt_call *c, pt_value v, parser *parse) {
    pt_str why;
    pt_value doc = document(c, v, parse, &why);
    if (pt_defined(doc))
        return pt_call_made(c, pt_gql_plain(c->arena, doc));
    refuse(c, why);
    return doc;
}

static pt_value graphql_parse_query(pt_call *c, const pt_value *args) {
    return parsed(c, args[0], pt_gql_parse_query);
}

static pt_value graphql_parse_schema(pt_call *c, const pt_value *args) {
    return parsed(c, args[0], pt_gql_parse_schema);
}

static pt_value graphql_schema_is_valid(pt_call *c, const pt_value *args) {
    pt_str why;
    if (!is_document(args[0]))
        return pt_bool(false);
    pt_value doc = document(c, args[0], pt_gql_parse_schema, &why);
    if (!pt_defined(doc))
        return c->fault ? doc : pt_bool(false);
    PT_AUTO(pt_kept_done) pt_kept k = schema_of(c, args[0], doc);
    return k.thing || invalid(c) ? pt_bool(k.thing != NULL) : pt_undefined();
}

#define DOC    "any<string, object[any: any]>"
#define OBJECT "object[any: any]"
static const pt_fn fns[] = {
    {"graphql.is_valid",
     "(query: " DOC ", schema: " DOC ") => output: boolean",
     graphql_is_valid,
     2,
     0,
     {0, 0}},
    {"graphql.parse",
     "(query: " DOC ", schema: " DOC ") => output: array<" OBJECT ", " OBJECT ">",
     graphql_parse,
     2,
     0,
     {0, 0}},
    {"graphql.parse_and_verify",
     "(query: " DOC ", schema: " DOC ") => output: array<boolean, " OBJECT ", " OBJECT ">",
     graphql_parse_and_verify,
     2,
     0,
     {0, 0}},
    {"graphql.parse_query", "(query: string) => output: " OBJECT, graphql_parse_query, 1, 0, {STR}},
    {"graphql.parse_schema",
     "(schema: string) => output: " OBJECT,
     graphql_parse_schema,
     1,
     0,
     {STR}},
    {"graphql.schema_is_valid",
     "(schema: " DOC ") => output: boolean",
     graphql_schema_is_valid,
     1,
     0,
     {0}},
};
const pt_fn_family pt_fn_graphql = PT_FN_FAMILY(fns);
