// Which licences may be in an image: a small YAML file.
//
//   allowed: [permissive, weak-copyleft, GPL-2.0-only WITH Linux-syscall-note]
//   review: [strong-copyleft]
//   denied: [network-copyleft, "CC-BY-NC-*"]
//   packages:
//     - package: linux-libc-dev   # a name, in which * stands for anything
//       type: deb                 # optional
//       licence: GPL-2.0-only     # optional: this part of its licence alone
//       verdict: allowed
//       why: headers, by Linux' syscall note
//
// A licence is an id of SPDX (in which * stands for anything) or a category. An id that is written
// out counts before one with *, that before a category; of the same kind denied before review
// before allowed. What stands nowhere is for review. An id without an exception allows it with any,
// and denies it with none by which it binds less than its id says.
#pragma once

#include "base/err.h"
#include "judge/licence/category.h"
#include "value/value.h"

#define PT_LICENCE_POLICY_BYTES_MAX ((size_t)1 << 20)
#define PT_LICENCE_RULES_MAX        10000u

typedef enum pt_licence_ruling { // the best one first
    PT_LICENCE_ALLOWED,
    PT_LICENCE_REVIEW, // a person decides
    PT_LICENCE_DENIED,
    PT_LICENCE_RULING_COUNT,
} pt_licence_ruling;

typedef struct pt_licence_rule {
    pt_licence_ruling ruling;
    pt_str id, with; // empty id: of a category, or (of a package) whatever its licence is
    bool is_category;
    pt_licence_category category;
    pt_str package, type; // of a package: patterns; empty type: any
    pt_str why;
    uint32_t line;
} pt_licence_rule;

typedef struct pt_licence_policy {
    pt_str name; // of the file, for what is told
    PT_VEC(pt_licence_rule) rules;
    PT_VEC(pt_licence_rule) packages; // the first that fits counts
} pt_licence_policy;

// Read one; memory in `a`, `text` and `name` are borrowed. PT_E_FORMAT with e->line and e->column:
// it is none, or says something that nobody would find in a licence.
PT_CHECK pt_code pt_licence_policy_read(pt_arena *a, pt_str text, pt_str name,
                                        pt_licence_policy *ret, pt_err *e);

// The one that is shipped is judge/licence/shipped.h.
