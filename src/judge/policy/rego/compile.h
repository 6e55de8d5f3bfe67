// The compiler: modules to a program, and queries against it.
//
// Stages and messages are OPA's; a stage that finds errors is the last one.
#pragma once

#include "judge/policy/program.h"
#include "judge/policy/rego/ast.h"
#include "judge/policy/rego/schemas.h"

typedef struct pt_compile_opts {
    bool strict;   // unused variables and imports, deprecated built-ins … are errors
    pt_value data; // base documents, to find conflicts with rules; may be undefined
    bool tell;     // the program tells what it does: opts->tell of pt_eval
    bool tests;    // rules called test_… are tests: of one name each is its own, and cases are told
    pt_fn_own own; // functions besides the built-in ones, which must outlive the compiler
    const pt_schemas
        *schemas; // NULL: there are none, and annotations that ask for them say nothing
} pt_compile_opts;

typedef struct pt_compiler pt_compiler;

// Compile `modules` (parsed with `symbols`; they are rewritten). NULL with the diagnostics in `d`.
// Everything lives in `a`, which `symbols` must live in too.
pt_compiler *pt_compile(pt_arena *a, pt_symbols *symbols, pt_module **modules, size_t n,
                        const pt_compile_opts *opts, pt_diagnostics *d);

const pt_program *pt_compiled(const pt_compiler *c);

// A literal of a query, and what it is worth in an answer.
typedef struct pt_query_expr {
    pt_str text; // as it was written
    uint32_t row, column;
    uint32_t value; // number in an answer; PT_OPERAND_NONE: it is just true
} pt_query_expr;

// An answer is n_vars values of the query's variables, then what its literals are worth.
typedef struct pt_query {
    const pt_proc *proc;
    const pt_str *vars;
    size_t n_vars;
    const pt_query_expr *exprs; // of a query that captures them
    size_t n_exprs;
} pt_query;

typedef struct pt_query_opts {
    const pt_module *of; // its package and imports are the query's; NULL: none
    bool capture;        // keep what each literal is worth; a lone `false` is then an answer too
} pt_query_opts;

// Compile a query, which is rewritten. `opts` may be NULL. NULL with the diagnostics in `d`.
const pt_query *pt_compile_query(pt_compiler *c, pt_body *body, const pt_query_opts *opts,
                                 pt_diagnostics *d);

// -- tests: rules that were compiled with opts->tests
// ----------------------------------------------

typedef struct pt_test_rule {
    pt_str package, name; // "data.a", "test_p"
    pt_term *ref;
    pt_location place;
    bool skipped;  // its name begins with todo_test_
    bool function; // it takes operands: nobody could run it
    bool cases;    // its document is an object of cases, by their names
} pt_test_rule;
typedef PT_VEC(pt_test_rule) pt_test_rules;

// All tests, in the order of modules and rules. False: the arena is full.
PT_CHECK bool pt_tests(pt_compiler *c, pt_test_rules *ret);

// The query for its document: one answer of one expression, or none. As pt_compile_query.
const pt_query *pt_compile_test(pt_compiler *c, const pt_test_rule *t, pt_diagnostics *d);
