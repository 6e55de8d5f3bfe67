// What policies may use: the capabilities of OPA (openpolicyagent.org/docs/deployments,
// "Capabilities"), as a file says them.
#pragma once

#include "base/err.h"
#include "judge/policy/rego/compile.h"

enum {
    PT_CAPABILITIES_BYTES_MAX = 16 << 20,
};

typedef struct pt_capabilities {
    pt_value builtins;           // a set of names
    pt_value features, keywords; // sets of names
    pt_value hosts;              // a set of those that may be reached; undefined: any
} pt_capabilities;

// Read the JSON. *ret lives in `a` and in `text`. PT_E_FORMAT: it is no such file, or it has a
// keyword that nobody knows.
PT_CHECK pt_code pt_capabilities_read(pt_arena *a, pt_str text, pt_capabilities *ret, pt_err *e);

// What modules need, as `opa inspect` tells it: {"builtins", "features", "future_keywords"}. They
// are compiled. Undefined: what is wrong with them is in `d`, or the arena is full.
pt_value pt_capabilities_required(pt_arena *a, pt_symbols *symbols, pt_module **modules, size_t n,
                                  pt_diagnostics *d);

// -- what is not there, as OPA says it, in `d`; c may be NULL: all is there -----------------------

// May this version of the language be read at all? Else nothing is to be loaded.
bool pt_capabilities_version(const pt_capabilities *c, pt_rego_version v, pt_diagnostics *d);

// Keywords and syntax of parsed modules and of a query; before they are compiled.
void pt_capabilities_syntax(const pt_capabilities *c, pt_module *const *modules, size_t n,
                            pt_diagnostics *d);
void pt_capabilities_query_syntax(const pt_capabilities *c, const pt_body *query,
                                  pt_diagnostics *d);

// Calls of built-in functions that are not listed; when they were compiled, also without success:
// what other stages found behind that is dropped.
void pt_capabilities_calls(const pt_capabilities *c, pt_module *const *modules, size_t n,
                           pt_diagnostics *d);
void pt_capabilities_query_calls(const pt_capabilities *c, const pt_body *query, pt_diagnostics *d);
