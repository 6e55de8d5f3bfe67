// What policies judge: --input, --stdin-input.
#pragma once

#include "cli/verb.h"
#include "value/value.h"

// All of a file (NULL: of standard input), in the arena. PT_E_IO, PT_E_DENIED, PT_E_LIMIT.
PT_CHECK pt_code pt_input_text(pt_arena *a, const char *path, pt_str *ret, pt_err *e);

// The input that the options name, JSON or YAML; *ret stays if they name none. Also PT_E_FORMAT: it
// is neither, or empty, or a second document follows.
PT_CHECK pt_code pt_input_read(const pt_args *args, pt_arena *a, pt_value *ret, pt_err *e);
