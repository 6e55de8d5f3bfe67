// The words of `paratia db`.
#pragma once

#include "cli/verb.h"
#include "judge/vuln/index/index.h"

int pt_db_build(const pt_args *args);
int pt_db_info(const pt_args *args);
int pt_db_verify(const pt_args *args);
int pt_db_find(const pt_args *args);

// The last line of a build, on standard output.
PT_CHECK pt_code pt_db_say(const pt_index *x, pt_str path, int64_t ns, size_t problems, pt_err *e);
