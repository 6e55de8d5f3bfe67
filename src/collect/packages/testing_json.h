// For the tests of readers: what one makes of a text, as JSON.
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "collect/packages/read.h"
#include "value/json.h"

typedef struct pt_testing_file {
    const char *name, *text;
} pt_testing_file;

// The files beside the reader's, in an array that ends with a NULL name; NULL: nothing can be had.
static inline pt_str pt_testing_beside(const pt_read *r, pt_str name) {
    for (const pt_testing_file *f = r->beside_of; f->name; f++)
        if (pt_str_eqz(name, f->name))
            return pt_str_of(f->text);
    return (pt_str){0};
}

static inline void pt_testing_assert_json(pt_value v, const char *want) {
    pt_buf b = PT_BUF(1 << 20);
    assert_int_equal(pt_json_write(&b, v, NULL, NULL), PT_OK);
    assert_str(pt_buf_str(&b), want);
    pt_buf_done(&b);
}

// The text behind its last byte is not ours: a copy without room for a NUL lets ASan see it.
static inline void pt_testing_assert_read(pt_reader *read, const pt_testing_file *files,
                                          const char *text, const char *packages,
                                          const char *faults) {
    pt_arena a = {0};
    pt_str s = pt_str_of(text);
    char *copy = malloc(s.n ? s.n : 1);
    memcpy(copy, text, s.n);
    pt_read r = {.a = &a,
                 .beside = files ? pt_testing_beside : NULL,
                 .beside_of = (void *)(uintptr_t)files, // the reader does not write to it
                 .packages = {.a = &a},
                 .faults = {.a = &a}};
    pt_err e = {0};
    assert_int_equal(read(&r, (pt_str){copy, s.n}, &e), PT_OK);
    pt_testing_assert_json(pt_list_end(&r.packages), packages);
    pt_testing_assert_json(pt_list_end(&r.faults), faults);
    free(copy);
    pt_arena_done(&a);
}
