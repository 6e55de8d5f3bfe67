// One operand of Go's fmt.Sprintf, formatted.
#pragma once

#include "base/buf.h"
#include "base/str.h"

typedef enum pt_gofmt_kind {
    PT_GOFMT_INT,
    PT_GOFMT_BIG,   // an integer beyond int64, as its decimal text
    PT_GOFMT_FLOAT, // finite
    PT_GOFMT_TEXT,
    PT_GOFMT_BOOL, // `i`
    PT_GOFMT_NIL,
} pt_gofmt_kind;

typedef struct pt_gofmt_arg {
    pt_gofmt_kind kind;
    int64_t i;
    double f;
    pt_str text;
    const char *type; // NULL: as the kind says
} pt_gofmt_arg;

typedef struct pt_gofmt {
    bool minus, plus, sharp, space, zero;
    bool plus_v, sharp_v; // %+v, %#v
    bool has_width, has_precision;
    int64_t width, precision; // at most PT_GOFMT_WIDTH_MAX
} pt_gofmt;

#define PT_GOFMT_WIDTH_MAX 1000000

// What a verb does not fit becomes "%!d(string=hi)".
void pt_gofmt_put(pt_buf *b, pt_gofmt f, uint32_t verb, const pt_gofmt_arg *arg);

// fmt.Sprintf
void pt_gofmt_print(pt_buf *b, pt_str format, const pt_gofmt_arg *args, size_t n);

// "int64", "*big.Int", "float64", "string", "bool", "<nil>"
const char *pt_gofmt_type(const pt_gofmt_arg *arg);
