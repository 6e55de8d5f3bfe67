// Go's text/template, as much of it as one template without others needs: text, fields, variables,
// pipelines, if, range, with, break, continue, comments, trimming, and all functions but call.
// define, template and block are refused, with a fault that says so.
#pragma once

#include "base/buf.h"
#include "judge/policy/builtin.h"

typedef struct pt_tpl_pipe pt_tpl_pipe;

typedef enum pt_tpl_kind {
    PT_TPL_DOT,
    PT_TPL_NIL,
    PT_TPL_BOOL,
    PT_TPL_INT,
    PT_TPL_FLOAT,
    PT_TPL_STRING,
    PT_TPL_FIELD,    // .a.b
    PT_TPL_VARIABLE, // $x.a
    PT_TPL_FUNCTION,
    PT_TPL_PIPE, // (…).a
} pt_tpl_kind;

typedef struct pt_tpl_arg {
    struct pt_tpl_arg *next;
    pt_tpl_kind kind;
    size_t at;   // where Go says it is
    pt_str text; // a variable's, function's or field's name; a string's value
    pt_str source;
    int64_t i;
    double f;
    pt_tpl_pipe *pipe;
    PT_VEC(pt_str) fields;
} pt_tpl_arg;

typedef struct pt_tpl_command {
    struct pt_tpl_command *next;
    pt_tpl_arg *args;
    size_t at;
} pt_tpl_command;

struct pt_tpl_pipe {
    pt_str variables[2];
    size_t variables_n;
    bool assigns; // "=" and not ":="
    pt_tpl_command *commands;
    size_t at;
};

typedef enum pt_tpl_step {
    PT_TPL_TEXT,
    PT_TPL_ACTION,
    PT_TPL_IF,
    PT_TPL_RANGE,
    PT_TPL_WITH,
    PT_TPL_BREAK,
    PT_TPL_CONTINUE,
} pt_tpl_step;

typedef struct pt_tpl_node {
    struct pt_tpl_node *next, *body, *otherwise;
    pt_tpl_step step;
    pt_str text;
    pt_tpl_pipe *pipe;
} pt_tpl_node;

#define PT_TPL_DEPTH_MAX 200u // blocks and parentheses within one another

// NULL for an empty template, too: look at c->fault. Lives in c->arena and borrows the text.
pt_tpl_node *pt_tpl_parse(pt_call *c, pt_str source);

// -- values and functions -------------------------------------------------------------------------

typedef enum pt_tpl_type {
    PT_TPL_NOTHING, // a field that is not there
    PT_TPL_DATA,    // numbers among it are texts to Go: json.Number
    PT_TPL_INTEGER,
    PT_TPL_REAL,
} pt_tpl_type;

typedef struct pt_tpl_value {
    pt_tpl_type type;
    pt_value v;
    int64_t i;
    double f;
} pt_tpl_value;

static inline pt_tpl_value pt_tpl_data(pt_value v) {
    return (pt_tpl_value){.type = pt_defined(v) ? PT_TPL_DATA : PT_TPL_NOTHING, .v = v};
}

static inline pt_tpl_value pt_tpl_integer(int64_t i) {
    return (pt_tpl_value){.type = PT_TPL_INTEGER, .i = i};
}

bool pt_tpl_truth(const pt_tpl_value *v);
void pt_tpl_put(pt_buf *b, const pt_tpl_value *v); // as fmt.Sprint does

typedef struct pt_tpl_function {
    const char *name;
    // False: `why` has the text of the error.
    bool (*body)(pt_call *c, const pt_tpl_value *args, size_t n, pt_tpl_value *ret, pt_buf *why);
    uint8_t least, most; // operands
} pt_tpl_function;

const pt_tpl_function *pt_tpl_find(pt_str name);
