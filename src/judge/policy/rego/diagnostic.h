// What is wrong with a module: code, place, sentence, details, as OPA words them.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum {
    PT_DIAGNOSTICS_DEFAULT = 10, // then "error limit reached"
};

typedef enum pt_rego_code {
    PT_REGO_PARSE,     // rego_parse_error
    PT_REGO_COMPILE,   // rego_compile_error
    PT_REGO_TYPE,      // rego_type_error
    PT_REGO_UNSAFE,    // rego_unsafe_var_error
    PT_REGO_RECURSION, // rego_recursion_error
    PT_REGO_FORMAT,    // rego_format_error: the formatter's own
} pt_rego_code;

struct pt_loc;

typedef struct pt_diagnostic {
    pt_rego_code code;
    pt_str file; // empty: a query
    uint32_t row, column;
    pt_str message;
    pt_str line;    // the source line, without its end; empty where OPA shows none
    uint32_t caret; // the byte of `line` to point at
    pt_str details; // further lines, '\n' between them; may be empty
    pt_str hint;    // what to do about it; may be empty
} pt_diagnostic;

typedef struct pt_diagnostics {
    pt_arena *arena;
    PT_VEC(pt_diagnostic) v;
    size_t max;     // 0: no limit
    bool truncated; // there are as many as there may be, or more: "error limit reached"
    bool dropped;   // private: the one that was told last
    bool full;      // the arena is full: nothing that follows can be trusted
} pt_diagnostics;

const char *pt_rego_code_name(pt_rego_code c); // "rego_parse_error"

// Add one at `loc` (a pt_loc); NULL: no place. The message is copied.
void pt_diagnose(pt_diagnostics *d, pt_rego_code code, const struct pt_loc *loc, const char *fmt,
                 ...) PT_FORMAT(4, 5);

// The details and the hint of the diagnostic that was added last.
void pt_diagnose_details(pt_diagnostics *d, const char *fmt, ...) PT_FORMAT(2, 3);
void pt_diagnose_hint(pt_diagnostics *d, const char *fmt, ...) PT_FORMAT(2, 3);

// By their places, those of one place by what they say.
void pt_diagnostics_sort(pt_diagnostics *d);

// All of them as OPA prints them: "1 error occurred: FILE:ROW: CODE: MESSAGE\n…".
void pt_diagnostics_write(pt_buf *b, const pt_diagnostics *d);
