// The compiler: modules to a program, and queries against it.
//
// Stages and messages are OPA's; a stage that finds errors is the last one.
#pragma once

#include "judge/policy/program.h"
#include "judge/policy/rego/ast.h"

typedef struct pt_compile_opts {
    bool strict;   // unused variables and imports, deprecated built-ins … are errors
    pt_value data; // base documents, to find conflicts with rules; may be undefined
    pt_fn_own own; // functions besides the built-in ones, which must outlive the compiler
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
