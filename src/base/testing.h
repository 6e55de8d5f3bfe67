// What every unit test includes first: cmocka and what it lacks.
// Tests only; nothing of this is linked into a program.
#pragma once

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#include "base/str.h"

// assert_str(slice, "text")
#define assert_str(s, z)                                                                         \
    do {                                                                                         \
        pt_str assert_s_ = (s);                                                                  \
        size_t assert_n_ = strlen(z);                                                            \
        if (assert_s_.n != assert_n_ || (assert_n_ && memcmp(assert_s_.p, z, assert_n_) != 0)) { \
            print_error("\"%.*s\" is not \"%s\"\n", PT_PRI(assert_s_), z);                       \
            fail();                                                                              \
        }                                                                                        \
    } while (0)

// Skip the running test and say why (cmocka's skip() takes no reason).
#define skip_because(...)                     \
    do {                                      \
        print_message("# SKIP " __VA_ARGS__); \
        print_message("\n");                  \
        skip();                               \
    } while (0)
