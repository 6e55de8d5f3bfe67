// The parser of Rego: source text to pt_module. Grammar, positions and messages are OPA's (v1.x).
#pragma once

#include "judge/policy/builtin.h"
#include "judge/policy/rego/ast.h"

enum {
    PT_REGO_BYTES_MAX = 64 << 20, // of one module
    PT_REGO_NESTING_MAX = 1000,   // of terms and bodies; deeper is an error with its place
};

typedef struct pt_parse_opts {
    pt_rego_version version;
    bool experimental;            // nothing: `not`, `and` and `or` may be imported since OPA 1.22
    bool (*builtin)(pt_str name); // is there a built-in function of that name? No rule is then made
                                  // of a statement that calls it. NULL: operators only
    bool plain_comments;          // METADATA are comments like all others
    const pt_fn_own *own;         // functions besides the built-in ones; may be NULL
} pt_parse_opts;

// Parse one module. Stops at the first statement that is wrong, as OPA does; NULL then, with the
// diagnostics in `d`. The module borrows `source`.
pt_module *pt_parse_module(pt_symbols *symbols, const pt_source *source, const pt_parse_opts *opts,
                           pt_diagnostics *d);

// Parse a query: literals, separated by ';' or newlines. All future keywords of `opts->version` are
// known. False with the diagnostics in `d`.
bool pt_parse_query(pt_symbols *symbols, const pt_source *source, const pt_parse_opts *opts,
                    pt_body *ret, pt_diagnostics *d);
