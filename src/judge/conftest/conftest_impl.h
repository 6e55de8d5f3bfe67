// What the files of this module share.
#pragma once

#include "judge/conftest/conftest.h"
#include "judge/policy/rego/parse.h"

// Set `reached` of every module that one refers to of which it is set. False: no memory.
PT_CHECK bool pt_conftest_reach(pt_symbols *symbols, pt_module *const *modules, size_t n,
                                bool *reached);
