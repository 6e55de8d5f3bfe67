// Syntax trees as values, as OPA writes them: `opa parse --format json`.
#pragma once

#include "judge/policy/builtin.h"

// rego.parse_module, for pt_fn_world: the tree of a module, which is read as v1.
pt_value pt_ast_parse_module(pt_call *c, pt_str file, pt_str text);
