// Versions of Go programs, and of Go.
#pragma once

#include "base/arena.h"

// "v1.21.3" of "go1.21.3", "go1.21.3 X:boringcrypto", "go1.21.3-X:a", "go1.21.3 (Red Hat …)";
// empty: of a development version. In `a`.
pt_str pt_go_toolchain_version(pt_arena *a, pt_str version);

// What `-X package.version=…` in the value of a program's -ldflags says its version is; of several
// the one of package main, then of the module at `path`, then of any. Empty: none, or different
// ones. In `a`, with "v" before it.
pt_str pt_go_flags_version(pt_arena *a, pt_str flags, pt_str path);

// "v0.0.0-20240102030405-0123456789ab" of "2024-01-02T03:04:05Z" and a commit; empty: not of both.
pt_str pt_go_pseudo_version(pt_arena *a, pt_str time, pt_str commit);
