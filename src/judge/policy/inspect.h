// What is in a bundle: `opa inspect`. Nothing of it is evaluated, and signatures are not verified.
#pragma once

#include "judge/policy/load.h"

// A METADATA block.
typedef struct pt_load_note {
    pt_value says;   // as rego.metadata.rule() gives it
    pt_value path;   // of the package or rule: keys below `data`
    pt_str package;  // "a.b"
    pt_str rule;     // "p"; p NULL: it is of the package
    pt_loc place;    // of the package or rule
    pt_loc metadata; // of the block
} pt_load_note;

typedef struct pt_load_contents {
    pt_value manifest;          // with revision and roots; undefined: a module has none
    pt_value signatures;        // .signatures.json as it is; undefined: there is none
    pt_value wasm;              // [{"entrypoints", "path", "url"}]
    pt_value namespaces;        // {"data.a": ["a/p.rego", "a/data.json"]}
    PT_VEC(pt_load_note) notes; // by path, then by place
    PT_VEC(pt_module *) modules;
} pt_load_contents;

// Look into a bundle, a folder or .tar.gz, or a .rego file. Data is not read. The errors are those
// of pt_load_bundle. All lives in the load's arena.
PT_CHECK pt_code pt_load_inspect(pt_load *l, const char *path, pt_load_contents *ret, pt_err *e);

// What the token of .signatures.json says of itself, unverified: {"algorithm", "kid", "keyid",
// "scope", "files": how many}. Undefined: it cannot be read.
pt_value pt_load_signature_says(pt_load *l, pt_value signatures);
