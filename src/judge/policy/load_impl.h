// What the loader's files share. Only they include this.
#pragma once

#include "judge/policy/load.h"

enum {
    PT_LOAD_SIGNATURES_BYTES_MAX = 64 << 20,
};

typedef struct pt_load_document {
    pt_value value; // an object
    pt_str file;
} pt_load_document;

typedef PT_VEC(pt_load_document) pt_load_documents;

typedef struct pt_load_module {
    pt_str name; // modules are sorted by it; of equal names the last counts
    pt_str path; // as a bundle that is built of it has it
    pt_module *module;
    size_t seq;
} pt_load_module;

typedef struct pt_load_root {
    pt_str key;    // "a/b/", "" for everything; '/' within a name is a NUL
    pt_str shown;  // as the manifest has it, without slashes at its ends
    pt_str bundle; // its name
} pt_load_root;

typedef PT_VEC(pt_load_root) pt_load_roots;

typedef struct pt_load_manifest {
    pt_str bundle;
    pt_value value; // undefined: it has none
} pt_load_manifest;

struct pt_load_state {
    pt_load_documents documents; // of pt_load_path
    pt_load_documents bundled;   // one of each bundle
    PT_VEC(pt_load_module) modules;
    pt_load_roots roots;                // of all bundles
    PT_VEC(pt_load_manifest) manifests; // likewise
    pt_load_manifest delta;             // what was applied last; bundle.p NULL: nothing
    size_t files;
    size_t verified; // bundles
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

typedef enum pt_load_kind {
    PT_LOAD_OTHER,
    PT_LOAD_MODULE,
    PT_LOAD_JSON,
    PT_LOAD_YAML,
    PT_LOAD_MANIFEST,
    PT_LOAD_PATCH,
    PT_LOAD_SIGNATURES,
    PT_LOAD_REFUSED, // what would have to be heeded
} pt_load_kind;

// Those of a bundle.
typedef struct pt_load_files {
    pt_str folder; // it is put before their names; empty for an archive
    pt_load_entries v;
} pt_load_files;

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

// A document. Of YAML, what is JSON is read as JSON: its numbers keep their text.
PT_CHECK pt_code pt_load_parse(pt_arena *a, pt_str bytes, bool yaml, pt_value *ret, pt_err *e);
PT_CHECK pt_code pt_load_json(pt_load *l, pt_str file, pt_str bytes, pt_value *ret);
PT_CHECK pt_code pt_load_yaml(pt_load *l, pt_str file, pt_str bytes, pt_value *ret);

// Parse a module of `version`. PT_E_FORMAT with diagnostics.
PT_CHECK pt_code pt_load_rego(pt_load *l, pt_str file, pt_str bytes, pt_rego_version version,
                              pt_module **ret);
PT_CHECK pt_code pt_load_add_module(pt_load *l, pt_str name, pt_str path, pt_module *m);

// -- load_path.c: names ---------------------------------------------------------------------------

// The shortest path that means the same, without looking ("a//./b/../c" is "a/c"). Empty with p ==
// NULL: the arena is full.
pt_str pt_load_clean(pt_arena *a, pt_str path);
pt_str pt_load_join(pt_arena *a, pt_str folder, pt_str name); // cleaned

// A path, or a URL file://…, as a path with a NUL behind it.
PT_CHECK pt_code pt_load_of_url(pt_load *l, pt_str path, pt_str *ret);

pt_str pt_load_trim(pt_str s);    // without slashes at its ends
pt_str pt_load_base(pt_str path); // behind the last slash

// Put %41 as A. False: a broken escape, or the buffer is full.
PT_CHECK bool pt_load_unescape(pt_buf *b, pt_str s);

// What is in a folder, as joined paths, sorted. `depth`: folders around it.
typedef PT_VEC(pt_str) pt_load_paths;
PT_CHECK pt_code pt_load_list(pt_load *l, pt_str folder, unsigned depth, pt_load_paths *ret);

// -- load_data.c: documents -----------------------------------------------------------------------

// {"a": {"b": v}} of keys a, b. Undefined: the arena is full.
pt_value pt_load_mount(pt_arena *a, const pt_str *keys, size_t n, pt_value v);

// Put "data.a["b-c"]" of keys "a", "b-c".
void pt_load_put_place(pt_buf *b, const pt_value *keys, size_t n);

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

// -- load_files.c ---------------------------------------------------------------------------------

pt_load_kind pt_load_kind_of(pt_str path); // by its last name

// The files of a folder or an archive: all that are no links or devices, or those of a kind.
PT_CHECK pt_code pt_load_files_of(pt_load *l, pt_str name, bool whole, pt_load_files *ret);

// -- load_digest.c --------------------------------------------------------------------------------

// A file's name as a signature has it.
pt_str pt_load_signed_name(pt_load *l, const pt_load_files *of, pt_str path); // p NULL: no memory

// Put the digest of a file: of documents and manifests, that of what they say. PT_E_UNSUPPORTED:
// there is no such algorithm. PT_E_FORMAT: a document is broken, which was said.
PT_CHECK pt_code pt_load_digest(pt_load *l, pt_str algorithm, pt_str name, pt_str bytes,
                                pt_buf *ret);

// -- load_manifest.c ------------------------------------------------------------------------------

// Does a reader in Go take `key` for the field?
bool pt_load_is_field(pt_str key, pt_str name);

// The fields of a manifest that mean something, of the right kinds; those that are null are left
// out. PT_E_FORMAT with the reason.
PT_CHECK pt_code pt_load_manifest_of(pt_load *l, pt_value v, pt_value *ret, pt_str *ret_why);

// The same with what it means where it says nothing: revision and roots.
pt_value pt_load_manifest_whole(pt_arena *a, pt_value manifest);

// The language of a file of the bundle.
pt_rego_version pt_load_version_of(pt_load *l, pt_value manifest, pt_str path);

// -- load_patch.c ---------------------------------------------------------------------------------

// The list of a patch.json; null or undefined: it has none. `label` stands before what is wrong.
PT_CHECK pt_code pt_load_patches_of(pt_load *l, pt_str label, pt_str bytes, pt_value *ret);

// -- load_sign.c ----------------------------------------------------------------------------------

// .signatures.json for the files of n bundles.
PT_CHECK pt_code pt_load_signature(pt_load *l, const pt_load_files *of, size_t n,
                                   const pt_load_signer *by, pt_str *ret);

// -- load_tar_write.c -----------------------------------------------------------------------------

// Files as a gzip'ed tar archive, without times and owners. False: the buffer is full, or a name
// too long.
PT_CHECK bool pt_load_tar(const pt_load_entries *files, pt_buf *ret);

// -- load_verify.c --------------------------------------------------------------------------------

// Are these files what l->trust wants to be signed? PT_E_FORMAT with the reason; what is read
// from it, the arena.
PT_CHECK pt_code pt_load_verify(pt_load *l, const pt_load_files *files, pt_str *ret_why);

// -- load_bundle.c, load_tar.c --------------------------------------------------------------------

// A bundle's content, below no root: what `-d FILE.tar.gz` is.
PT_CHECK pt_code pt_load_archive(pt_load *l, pt_str path, const pt_str *prefix, size_t n_prefix);

// The regular files of a gzip'ed tar archive that `wanted` asks for. The first problem is said.
PT_CHECK pt_code pt_load_untar(pt_load *l, pt_str path, size_t (*bytes_max)(pt_str name),
                               pt_load_entries *ret);
