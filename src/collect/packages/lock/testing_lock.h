// For unit tests of readers: what one makes of a text, one line a package.
#pragma once

#include <fnmatch.h>
#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "collect/packages/read.h"

typedef struct pt_test_file {
    const char *name, *text;
} pt_test_file;

// `beside_of` is a list of files that ends with a zeroed one.
static pt_str pt_test_beside(const pt_read *r, pt_str name) {
    for (const pt_test_file *f = r->beside_of; f->name; f++)
        if (pt_str_eqz(name, f->name))
            return pt_str_of(f->text);
    return (pt_str){0};
}

static pt_value pt_test_listed(const pt_read *r, pt_str pattern) {
    pt_list l = {.a = r->a};
    const char *text = pt_arena_str(r->a, pattern).p;
    for (const pt_test_file *f = r->beside_of; f->name; f++)
        if (fnmatch(text, f->name, strstr(text, "**") ? 0 : FNM_PATHNAME) == 0)
            pt_list_add(&l, pt_stringz(f->name));
    return pt_list_end(&l);
}

static void pt_test_put_list(pt_buf *b, const char *before, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++)
        pt_buf_printf(b, "%s%.*s", i ? "," : before, PT_PRI(pt_text(pt_at(list, i))));
}

// "name version relationship dev (licences) #id :line-end > depends"; "! fault". Without files
// beside it if `files` is NULL.
static pt_str pt_test_read(pt_reader *fn, pt_arena *a, pt_str text, const pt_test_file *files) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_test_file none = {0};
    pt_read r = {.a = a,
                 .packages = {.a = a},
                 .faults = {.a = a},
                 .beside = files ? pt_test_beside : NULL,
                 .listed = files ? pt_test_listed : NULL,
                 .beside_of = files ? (void *)(uintptr_t)files : &none};
    pt_err e = {0};
    assert_int_equal(fn(&r, text, &e), PT_OK);
    for (size_t i = 0; i < r.packages.items.n; i++) {
        pt_value p = r.packages.items.v[i];
        pt_str name = pt_text(pt_getz(p, "name"));
        pt_str version = pt_text(pt_getz(p, "version"));
        pt_str id = pt_text(pt_getz(p, "id"));
        pt_str plain = pt_arena_printf(a, "%.*s@%.*s", PT_PRI(name), PT_PRI(version));
        pt_str relationship = pt_text(pt_getz(p, "relationship"));
        pt_value lines = pt_getz(p, "lines");
        int64_t line = 0;
        int64_t end = 0;
        pt_buf_printf(&b, "%.*s %.*s", PT_PRI(name), PT_PRI(version));
        if (relationship.n)
            pt_buf_printf(&b, " %.*s", PT_PRI(relationship));
        pt_buf_putz(&b, pt_true(pt_getz(p, "dev")) ? " dev" : "");
        pt_test_put_list(&b, " licences ", pt_getz(p, "licences"));
        if (id.n && !pt_str_eq(id, plain))
            pt_buf_printf(&b, " #%.*s", PT_PRI(id));
        if (pt_to_int(pt_at(lines, 0), &line) && pt_to_int(pt_at(lines, 1), &end))
            pt_buf_printf(&b, " :%d-%d", (int)line, (int)end);
        pt_test_put_list(&b, " > ", pt_getz(p, "depends"));
        pt_buf_putz(&b, "\n");
    }
    for (size_t i = 0; i < r.faults.items.n; i++)
        pt_buf_printf(&b, "! %.*s\n", PT_PRI(pt_text(r.faults.items.v[i])));
    return pt_arena_str(a, pt_buf_str(&b));
}

#define assert_reads_beside(fn, files, text, want)                    \
    do {                                                              \
        PT_AUTO(pt_arena_done) pt_arena a_ = {0};                     \
        assert_str(pt_test_read(fn, &a_, PT_STR(text), files), want); \
    } while (0)
#define assert_reads(fn, text, want) assert_reads_beside(fn, NULL, text, want)
