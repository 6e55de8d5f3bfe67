// What the files of `paratia policy` share.
#pragma once

#include "base/rights.h"
#include "cli/capabilities.h"
#include "cli/trust.h"
#include "judge/policy/load.h"
#include "judge/policy/rego/compile.h"

pt_rego_version pt_policy_version(const pt_args *args);
bool pt_policy_builtin(pt_str name);

// A diagnostic as people read it: "a.rego:3:5: rego_parse_error: … (hint: …)", the source line and
// a caret below it. `source` may be NULL: the line that the diagnostic itself has is shown.
void pt_policy_put(pt_buf *b, const pt_diagnostic *x, const pt_source *source);

#define PT_POLICY_BYTES_MAX ((size_t)4 << 30)

// What loads and compiles: {.args = args}, then pt_policy_begin, at last pt_policy_end.
typedef struct pt_policy_work {
    const pt_args *args;
    pt_arena arena; // everything lives there
    pt_symbols symbols;
    pt_diagnostics parsed, compiled;
    pt_load load;
    pt_schemas schemas;
    bool typed; // by `schemas`
    pt_list_option ignore;
    pt_bundle_trust room;
    pt_capabilities capabilities_room;
    const pt_capabilities *capabilities; // NULL: all that there is
} pt_policy_work;

// Give up rights (NULL: they are given up already), and set up the load as the options say.
PT_CHECK pt_code pt_policy_begin(pt_policy_work *w, const pt_rights *rights, pt_err *e);

// Load operands from `first` on, --data, --bundle and --schema. `modules_only`: operands are
// modules, data beside them is none of theirs. What is wrong is kept in the load. False: the arena
// is full.
PT_CHECK bool pt_policy_load(pt_policy_work *w, size_t first, bool modules_only);

pt_compile_opts pt_policy_compile_opts(const pt_policy_work *w); // strict, data, schemas
// As the capabilities allow. NULL: something is wrong, or the arena is full.
pt_compiler *pt_policy_compiler(pt_policy_work *w, const pt_compile_opts *opts);
PT_CHECK bool pt_policy_compile(pt_policy_work *w); // false: the arena is full
bool pt_policy_wrong(const pt_policy_work *w);      // something is: files, modules, their meaning
void pt_policy_say_all(const pt_policy_work *w);    // it all, as people read it, on stderr
// The same as one JSON document, {"errors": […]}, on standard output.
PT_CHECK pt_code pt_policy_put_json(pt_policy_work *w, pt_err *e);
int pt_policy_end(pt_policy_work *w, const pt_err *e); // the exit code; says *e

int pt_policy_bench(const pt_args *args);
int pt_policy_build(const pt_args *args);
int pt_policy_inspect(const pt_args *args);
int pt_policy_sign(const pt_args *args);
int pt_policy_check(const pt_args *args);
int pt_policy_fmt(const pt_args *args);
int pt_policy_test(const pt_args *args);
int pt_policy_verify(const pt_args *args);
