// Package URLs (purl-spec: PURL-SPECIFICATION.rst, PURL-TYPES.rst; ECMA-427).
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "value/value.h"

typedef struct pt_purl {
    pt_str type, space, name, version, subpath; // decoded; empty: absent. `space` is the namespace
    pt_value qualifiers;                        // an object of strings, or undefined
} pt_purl;

// Take one apart, decoded and in canonical form by the rules of its type. Memory in `a`.
// PT_E_FORMAT, with what of it is wrong.
PT_CHECK pt_code pt_purl_parse(pt_arena *a, pt_str s, pt_purl *ret, pt_err *e);

// The canonical text, in `a`. Empty: memory is out.
pt_str pt_purl_text(pt_arena *a, const pt_purl *p);

// Of a package of a scan (docs/scan.schema.json) that was found in a system `os` (undefined: none).
pt_str pt_purl_of_package(pt_arena *a, pt_value package, pt_value os);

// Does the package of `p` answer to `pattern`: type, namespace and name equal; version, subpath and
// every qualifier too, where the pattern has them? (VEX statements, deny lists, waivers.)
bool pt_purl_answers(const pt_purl *p, const pt_purl *pattern);
