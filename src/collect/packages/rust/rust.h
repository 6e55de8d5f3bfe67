// Of Rust: the lock file of Cargo. Rows: table.c.
#pragma once

#include "collect/packages/read.h"

pt_code pt_read_cargo_lock(pt_read *r, pt_str text, pt_err *e);

// -- within this folder ---------------------------------------------------------------------------

// Names of packages that one Cargo.toml asks for, by their own names: sets.
typedef struct pt_cargo_manifest {
    pt_value used;      // to run or to build
    pt_value developed; // for tests, examples and benchmarks
} pt_cargo_manifest;
PT_CHECK pt_code pt_cargo_manifest_read(pt_arena *a, pt_value document, pt_cargo_manifest *ret,
                                        pt_err *e);

// The manifests of a workspace's members, of which not more are looked for than this.
#define PT_CARGO_LOOKS_MAX 4096u
#define PT_CARGO_BYTES_MAX ((size_t)64 << 20)
#define PT_CARGO_STEPS_MAX 4000000u // patterns against names
typedef struct pt_cargo_members {
    pt_read *r;
    pt_value workspace; // of Cargo.toml
    size_t looks, bytes, steps;
    bool cut; // there would have been more
} pt_cargo_members;

// The manifest of a member, by its package's name; undefined: it is not found.
PT_CHECK pt_code pt_cargo_member(pt_cargo_members *m, pt_str name, pt_value *ret, pt_err *e);
