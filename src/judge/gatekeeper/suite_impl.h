// What the files of suites share.
#pragma once

#include "judge/gatekeeper/suite.h"

bool pt_gk_filter_test(const pt_gk_filter *f, pt_str test, pt_value cases);
bool pt_gk_filter_case(const pt_gk_filter *f, pt_str test, pt_str name);

// Do violations hold to all assertions of a case? *ret_why says which one they break; it is empty
// if they hold. None: there must be none. False: the arena is full.
PT_CHECK bool pt_gk_assert(pt_arena *a, pt_value assertions, const pt_gk_violations *got,
                           pt_str *ret_why);
