// The vocabulary of every room: result codes, attributes, assertions.
// Needs nothing else of the house.
#pragma once

#include <assert.h> // static_assert only; assert() is banned
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What went wrong, by what the caller can do about it. Absence and refusal are different results:
// PT_E_ABSENT says that something was proved not to be there, PT_E_DENIED that we may not look.
typedef enum pt_code {
    PT_OK,
    PT_E_NOMEM,       // past an arena's or a buffer's limit
    PT_E_LIMIT,       // the input is larger, deeper or longer than we take
    PT_E_FORMAT,      // the input is not what it should be
    PT_E_ABSENT,      // proved not to exist
    PT_E_DENIED,      // no right to look
    PT_E_IO,          // the world failed; err.sys holds errno
    PT_E_TIMEOUT,     // no answer in time
    PT_E_UNSUPPORTED, // known, but not here or not in this version
    PT_E_USAGE,       // the operator's words are off
    PT_E_CORRUPT,     // kept data contradicts itself or its signature
    PT_E_CONFLICT,    // what it builds on is out of date: look anew
} pt_code;

#define PT_CHECK              __attribute__((warn_unused_result))
#define PT_FORMAT(fmt, first) __attribute__((format(printf, fmt, first)))
#define PT_COUNT(a)           (sizeof(a) / sizeof((a)[0]))

// Run `fn(&var)` when `var` leaves its scope.
#define PT_AUTO(fn) __attribute__((cleanup(fn)))

// A PT_CHECK result that is dropped on purpose; say why beside it.
#define PT_IGNORE(expr) \
    do {                \
        if (expr) {     \
        }               \
    } while (0)

// Our own faults. Kept on in release: a wrong verdict is worse than no verdict.
#define pt_assert(cond) ((cond) ? (void)0 : pt_assert_failed(#cond, __FILE__, __LINE__))
__attribute__((noreturn)) void pt_assert_failed(const char *cond, const char *file, int line);
