// For tests of readers: what one makes of a text, as lines.
#pragma once

#include <string.h>

#include "base/testing.h"
#include "collect/packages/read.h"
#include "value/json.h"

// What a reader makes of a text: "name version architecture source source_version", one line a
// package; "! fault".
static inline pt_str read_file_by(pt_reader *fn, const pt_read *as, pt_str text) {
    static const char *const keys[] = {"name", "version", "architecture", "source",
                                       "source_version"};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_read r = *as;
    pt_arena *a = r.a;
    r.packages.a = r.faults.a = a;
    pt_err e = {0};
    assert_int_equal(fn(&r, text, &e), PT_OK);
    for (size_t i = 0; i < r.packages.items.n; i++)
        for (size_t k = 0; k < PT_COUNT(keys); k++) {
            pt_buf_put(&b, pt_text(pt_getz(r.packages.items.v[i], keys[k])));
            pt_buf_putc(&b, k + 1 < PT_COUNT(keys) ? ' ' : '\n');
        }
    for (size_t i = 0; i < r.faults.items.n; i++) {
        pt_str fault = pt_text(r.faults.items.v[i]);
        pt_buf_printf(&b, "! %.*s\n", PT_PRI(fault));
    }
    if (pt_defined(r.os))
        assert_int_equal(pt_json_write(&b, r.os, NULL, NULL), PT_OK);
    return pt_arena_str(a, pt_buf_str(&b));
}

static inline pt_str read_by(pt_reader *fn, pt_arena *a, pt_str text) {
    return read_file_by(fn, &(pt_read){.a = a}, text);
}

#define assert_reads(fn, text, want)                      \
    do {                                                  \
        PT_AUTO(pt_arena_done) pt_arena a_ = {0};         \
        assert_str(read_by(fn, &a_, PT_STR(text)), want); \
    } while (0)

// Does it say that the package owns the file at `path`?
static inline bool says_owned(const pt_read *r, const char *package, const char *path) {
    for (size_t i = 0; i < r->owned.n; i++)
        if (r->owned.v[i].path == pt_path_hash(pt_str_of(path)))
            return pt_str_eqz(pt_text(r->owners.items.v[r->owned.v[i].owner]), package);
    return false;
}
