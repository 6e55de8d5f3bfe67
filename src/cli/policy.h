// What the files of `paratia policy` share.
#pragma once

#include "cli/verb.h"
#include "judge/policy/load.h"

pt_rego_version pt_policy_version(const pt_args *args);
bool pt_policy_builtin(pt_str name);

// A diagnostic as people read it: "a.rego:3:5: rego_parse_error: … (hint: …)", the source line and
// a caret below it. `source` may be NULL: the line that the diagnostic itself has is shown.
void pt_policy_put(pt_buf *b, const pt_diagnostic *x, const pt_source *source);

#define PT_POLICY_BYTES_MAX ((size_t)4 << 30)

// What a command line loads: operands from `first` on, --data and --bundle, without --ignore;
// --schema.
typedef struct pt_policy_files {
    pt_arena arena; // everything lives there; the caller frees it
    pt_symbols symbols;
    pt_diagnostics parsed;
    pt_load load;
    pt_schemas schemas;
    bool typed;                  // by `schemas`
    bool failed;                 // something could not be read
    PT_VEC(const char *) ignore; // private
} pt_policy_files;

// What is wrong with files is in f->load and f->parsed. `modules_only`: operands are modules, data
// beside them is none of theirs. False: the arena is full.
PT_CHECK bool pt_policy_load(pt_policy_files *f, const pt_args *args, size_t first,
                             bool modules_only);

// All that is wrong with them and with their compiling, as people read it.
void pt_policy_put_errors(pt_buf *b, const pt_policy_files *f, const pt_diagnostics *compiled);

int pt_policy_bench(const pt_args *args);
int pt_policy_check(const pt_args *args);
int pt_policy_fmt(const pt_args *args);
int pt_policy_test(const pt_args *args);
