// What the readers of rpm's three kinds of database share.
#pragma once

#include "collect/packages/read.h"

// A walk over the headers of one database.
typedef struct pt_rpm {
    pt_read *r;
    uint32_t row;  // of the header that was last put, from 1
    size_t budget; // bytes of headers that may still come: what sound databases hold lies apart, so
                   // that they never have more than the file itself
    PT_VEC(pt_package) found;
} pt_rpm;

// Keep a package's header (rpm's lib/header.c, docs/manual/format_header.md) as a package; one that
// is none is a fault. `blob` may die after the call.
PT_CHECK pt_code pt_rpm_put(pt_rpm *w, pt_str blob, pt_err *e);

// List the packages in the database's order, with what each needs of the others.
PT_CHECK pt_code pt_rpm_end(pt_rpm *w, pt_err *e);

// The source package, of "util-linux-2.32.1-42.el8.src.rpm". In `a`.
void pt_rpm_source(pt_arena *a, pt_str file, pt_package *p);

// Take `n` bytes of the budget. False: the database says more than it can hold.
bool pt_rpm_spend(pt_rpm *w, size_t n);
