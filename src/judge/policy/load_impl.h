// What the loader's files share. Only they include this.
#pragma once

#include "judge/policy/load.h"

typedef struct pt_load_document {
    pt_value value; // an object
    pt_str file;
} pt_load_document;

typedef PT_VEC(pt_load_document) pt_load_documents;

typedef struct pt_load_module {
    pt_str name; // modules are sorted by it; of equal names the last counts
    pt_module *module;
    size_t seq;
} pt_load_module;

typedef struct pt_load_root {
    pt_str key;    // "a/b/", "" for everything; '/' within a name is a NUL
    pt_str shown;  // as the manifest has it, without slashes at its ends
    pt_str bundle; // its name
} pt_load_root;

typedef PT_VEC(pt_load_root) pt_load_roots;

struct pt_load_state {
    pt_load_documents documents; // of pt_load_path
    pt_load_documents bundled;   // one of each bundle
    PT_VEC(pt_load_module) modules;
    pt_load_roots roots; // of all bundles
    size_t files;
    // places that were read already, hashed: {hash, prefix and path}
    pt_str *seen;
    size_t seen_n, seen_cap;
};

// One file of a bundle.
typedef struct pt_load_entry {
    pt_str path; // "/a/data.json" in a folder, "a/data.json" in an archive: as it is written there
    pt_str bytes;
} pt_load_entry;

typedef PT_VEC(pt_load_entry) pt_load_entries;

// -- load.c: reading ------------------------------------------------------------------------------

struct pt_load_state *pt_load_state_of(pt_load *l); // NULL: the arena is full

// Note a fault and give its code back.
PT_CHECK pt_code pt_load_fail(pt_load *l, pt_code code, const char *fmt, ...) PT_FORMAT(3, 4);
PT_CHECK pt_code pt_load_fail_sys(pt_load *l, int sys, const char *call, pt_str path);
PT_CHECK pt_code pt_load_full(pt_load *l); // the arena is full

bool pt_load_ignored(const pt_load *l, pt_str path); // by its last name

// The bytes of a file, in the arena.
PT_CHECK pt_code pt_load_read(pt_load *l, pt_str path, size_t bytes_max, pt_str *ret);

// Fill *e from the fault that came `first`; PT_OK if there is none and no new diagnostic.
PT_CHECK pt_code pt_load_said(const pt_load *l, size_t first, size_t first_diagnostic, pt_err *e);

PT_CHECK pt_code pt_load_json(pt_load *l, pt_str file, pt_str bytes, pt_value *ret);
PT_CHECK pt_code pt_load_yaml(pt_load *l, pt_str file, pt_str bytes, pt_value *ret);

// Parse a module of `version`. PT_E_FORMAT with diagnostics.
PT_CHECK pt_code pt_load_rego(pt_load *l, pt_str file, pt_str bytes, pt_rego_version version,
                              pt_module **ret);
PT_CHECK pt_code pt_load_add_module(pt_load *l, pt_str name, pt_module *m);

// -- load_path.c: names ---------------------------------------------------------------------------

// The shortest path that means the same, without looking ("a//./b/../c" is "a/c"). Empty with p ==
// NULL: the arena is full.
pt_str pt_load_clean(pt_arena *a, pt_str path);
pt_str pt_load_join(pt_arena *a, pt_str folder, pt_str name); // cleaned

// A path, or a URL file://…, as a path with a NUL behind it.
PT_CHECK pt_code pt_load_of_url(pt_load *l, pt_str path, pt_str *ret);

pt_str pt_load_base(pt_str path); // behind the last slash

// What is in a folder, as joined paths, sorted. `depth`: folders around it.
typedef PT_VEC(pt_str) pt_load_paths;
PT_CHECK pt_code pt_load_list(pt_load *l, pt_str folder, unsigned depth, pt_load_paths *ret);

// -- load_data.c: documents -----------------------------------------------------------------------

// {"a": {"b": v}} of keys a, b. Undefined: the arena is full.
pt_value pt_load_mount(pt_arena *a, const pt_str *keys, size_t n, pt_value v);

// Two documents that give one place different values.
typedef struct pt_load_clash {
    pt_str place;        // "data.a.b"
    pt_str first, later; // the files
} pt_load_clash;

// One object of many, in time that is linear in their size but for sorting. Undefined: the arena is
// full, or with `ret->place` they clash.
pt_value pt_load_merge(pt_arena *a, const pt_load_document *docs, size_t n, pt_load_clash *ret);

// `v` without what stands below a root's key. Undefined: the arena is full.
pt_value pt_load_without_root(pt_arena *a, pt_value v, pt_str key);

// -- load_roots.c ---------------------------------------------------------------------------------

// Put the keys of a path into the form of roots: "a/b/".
PT_CHECK bool pt_load_root_key(pt_buf *b, pt_str name);

// Read and check what a manifest says of roots (undefined: it owns everything) and sort them.
PT_CHECK pt_code pt_load_roots_of(pt_load *l, pt_str bundle, pt_value roots, pt_load_roots *ret);
bool pt_load_roots_hold(const pt_load_roots *r, pt_str key);  // is `key` within one of them?
bool pt_load_roots_below(const pt_load_roots *r, pt_str key); // is one of them below `key`?
// Do roots of two bundles overlap? PT_E_FORMAT then.
PT_CHECK pt_code pt_load_roots_apart(pt_load *l);

// -- load_bundle.c, load_tar.c --------------------------------------------------------------------

// A bundle's content, below no root: what `-d FILE.tar.gz` is.
PT_CHECK pt_code pt_load_archive(pt_load *l, pt_str path, const pt_str *prefix, size_t n_prefix);

// The regular files of a gzip'ed tar archive that `wanted` asks for. The first problem is said.
PT_CHECK pt_code pt_load_untar(pt_load *l, pt_str path, size_t (*bytes_max)(pt_str name),
                               pt_load_entries *ret);
