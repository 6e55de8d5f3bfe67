// What the files of this module share.
#pragma once

#include "judge/conftest/conftest.h"
#include "judge/policy/rego/parse.h"

// Set `reached` of every module that one refers to of which it is set. False: no memory.
PT_CHECK bool pt_conftest_reach(pt_symbols *symbols, pt_module *const *modules, size_t n,
                                bool *reached);

// Where modules name a member of `input`, or a member of such a one.
typedef struct pt_conftest_member {
    pt_str name, inner; // inner empty: all of it
    pt_place place;
} pt_conftest_member;
typedef PT_VEC(pt_conftest_member) pt_conftest_members;
PT_CHECK bool pt_conftest_members_of(pt_symbols *symbols, pt_module *const *modules, size_t n,
                                     pt_conftest_members *ret);
