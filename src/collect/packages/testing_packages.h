// For tests of readers: what one makes of a text, a line a package.
#pragma once

#include <string.h>

#include "base/buf.h"
#include "base/testing.h"
#include "collect/packages/read.h"

typedef struct beside_file { // for readers that look beside theirs; the last one has no name
    const char *name, *text;
} beside_file;

static inline pt_str find_beside(const pt_read *r, pt_str name) {
    for (const beside_file *f = r->beside_of; f && f->name; f++)
        if (pt_str_eqz(name, f->name))
            return pt_str_of(f->text);
    return (pt_str){0};
}

static inline void put_texts(pt_buf *b, const char *before, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_buf_putz(b, i ? ", " : before);
        pt_buf_put(b, pt_text(pt_at(list, i)));
    }
}

// "NAME VERSION relationship dev first-last ~ licences = recognised (its file) @path guessed ->
// ids", what there is of it.
static inline void put_package(pt_buf *b, pt_value p) {
    static const char *const keys[] = {"name", "version", "relationship"};
    pt_value lines = pt_getz(p, "lines");
    pt_value more = pt_getz(p, "more");
    pt_value recognised = pt_getz(p, "recognised");
    int64_t first = 0;
    int64_t last = 0;
    for (size_t i = 0; i < PT_COUNT(keys); i++) {
        pt_str text = pt_text(pt_getz(p, keys[i]));
        pt_buf_putz(b, i && text.n ? " " : "");
        pt_buf_put(b, text);
    }
    if (pt_true(pt_getz(p, "dev")))
        pt_buf_putz(b, " dev");
    if (pt_to_int(pt_at(lines, 0), &first) && pt_to_int(pt_at(lines, 1), &last))
        pt_buf_printf(b, " %d-%d", (int)first, (int)last);
    put_texts(b, " ~ ", pt_getz(p, "licences"));
    if (pt_defined(recognised))
        pt_buf_printf(b, " = %.*s (%.*s)", PT_PRI(pt_text(pt_getz(recognised, "expression"))),
                      PT_PRI(pt_text(pt_getz(recognised, "file"))));
    pt_buf_putz(b, pt_defined(pt_getz(more, "path")) ? " @" : "");
    pt_buf_put(b, pt_text(pt_getz(more, "path")));
    pt_buf_putz(b, pt_true(pt_getz(more, "guessed")) ? " guessed" : "");
    put_texts(b, " -> ", pt_getz(p, "depends"));
    pt_buf_putc(b, '\n');
}

// Then "! fault", a line each. Lives in r->a.
static inline pt_str packages_of(pt_reader *fn, pt_read *r, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_err e = {0};
    r->packages.a = r->faults.a = r->a;
    r->beside = find_beside;
    assert_int_equal(fn(r, text, &e), PT_OK);
    for (size_t i = 0; i < r->packages.items.n; i++)
        put_package(&b, r->packages.items.v[i]);
    for (size_t i = 0; i < r->faults.items.n; i++) {
        pt_buf_putz(&b, "! ");
        pt_buf_put(&b, pt_text(r->faults.items.v[i]));
        pt_buf_putc(&b, '\n');
    }
    return pt_arena_str(r->a, pt_buf_str(&b));
}

#define assert_packages(fn, file, files, text, want)                            \
    do {                                                                        \
        PT_AUTO(pt_arena_done) pt_arena a_ = {0};                               \
        pt_read r_ = {.a = &a_, .path = pt_str_of(file), .beside_of = (files)}; \
        assert_str(packages_of(fn, &r_, PT_STR(text)), want);                   \
    } while (0)
