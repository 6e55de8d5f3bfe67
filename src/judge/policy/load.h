// Policies and data from files, as `opa eval -d` and `-b` take them.
//
// A pt_load collects what several files, folders and bundles hold; pt_load_end makes one document
// and one list of modules of it. Sentences are OPA's where it has one.
#pragma once

#include "base/err.h"
#include "judge/policy/rego/parse.h"
#include "judge/policy/rego/schemas.h"

enum {
    PT_LOAD_FILES_MAX = 100000,
    PT_LOAD_FILE_BYTES_MAX = 512 << 20, // of one data file; modules: PT_REGO_BYTES_MAX
    PT_LOAD_BUNDLE_BYTES_MAX = 1 << 30, // of one archive when it is unpacked
    PT_LOAD_SCHEMA_BYTES_MAX = 32 << 20,
    PT_LOAD_FOLDERS_MAX = 256, // within one another
};

// Something that could not be loaded and has no diagnostic.
typedef struct pt_load_fault {
    pt_code code;
    pt_str message;     // "stat x.json: no such file or directory"
    size_t diagnostics; // so many of `diagnostics` were there before it
} pt_load_fault;

// A key that bundles are signed with.
typedef struct pt_load_key {
    pt_str id;
    pt_str algorithm; // of RFC 7518: "RS256"
    pt_str bytes;     // PEM: a public key, a certificate, a private key. HS256 …: the secret
} pt_load_key;

// Which signatures are believed (openpolicyagent.org/docs/management-bundles, "Signing"). All is
// the caller's and outlives the load.
typedef struct pt_load_trust {
    const pt_load_key *keys;
    size_t n_keys;
    pt_str key_id; // the key that counts. Empty: the one that the signature names; one that names
                   // none is verified with the only key that there is
    pt_str scope;  // what the signature has to say; empty: it may not say any
    const char *const *exclude; // patterns of fnmatch(3), '*' within a folder: files that need not
    size_t n_exclude;           // be what was signed
    int64_t now_s; // since 1970: a token that says exp or nbf is good at that time only
} pt_load_trust;

// What signs a bundle.
typedef struct pt_load_signer {
    pt_load_key key; // a private key, or a secret; its id, if there is one, is told
    pt_str claims;   // a JSON object that the signature says besides; empty: none
} pt_load_signer;

typedef PT_VEC(pt_str) pt_load_names;

typedef struct pt_load {
    // set by the caller
    pt_arena *arena; // everything lives there
    pt_symbols *symbols;
    pt_parse_opts parse;
    pt_diagnostics *diagnostics; // of modules that cannot be parsed; loading goes on
    const char *const *ignore;   // patterns of fnmatch(3): files and folders of such names are
    size_t n_ignore;             // left out, unless the caller named them
    const pt_load_trust *trust;  // NULL: signatures are not looked at. Else bundles without a good
                                 // one are PT_E_FORMAT, archives of pt_load_path too
    // what came of it
    PT_VEC(pt_load_fault) faults;
    pt_module **modules; // after pt_load_end: in the order of their names, as the compiler wants
    size_t n_modules;
    pt_value data;            // after pt_load_end: an object
    pt_load_names unverified; // bundles with a signature that nobody looked at
    // private
    struct pt_load_state *state;
} pt_load;

// Load a file or a folder. In a folder every .rego, .json, .yaml and .yml file counts, hidden ones
// too, and the names of the folders below it are the keys under which its data stands. "a.b:PATH"
// mounts it at data.a.b; a leading "file://" is dropped; a .tar.gz is a bundle without roots.
// What is wrong is in `faults` and `diagnostics`; the others are loaded. The first fault is *e:
// PT_E_IO, PT_E_DENIED, PT_E_LIMIT, PT_E_FORMAT, PT_E_NOMEM. A module that cannot be parsed is
// PT_E_FORMAT.
PT_CHECK pt_code pt_load_path(pt_load *l, const char *path, pt_err *e);

// Load a bundle: a folder, or a .tar.gz. Only data.json, data.yaml, data.yml and *.rego count;
// .manifest says which roots it owns, and data or packages outside of them are PT_E_FORMAT. Data
// that pt_load_path put below its roots is dropped. The same errors.
PT_CHECK pt_code pt_load_bundle(pt_load *l, const char *path, pt_err *e);

// Load JSON schemas, in JSON or YAML: a file is that of the input; every file of a folder, whatever
// its name ends with, has the names of the folders around it and its own, without that end. Links
// to folders are not followed. The first fault is the last one, and *e.
PT_CHECK pt_code pt_load_schemas(pt_load *l, const char *path, pt_schemas *ret, pt_err *e);

// Put modules and documents together: two values for one place, and bundles that own the same
// place, are PT_E_FORMAT.
PT_CHECK pt_code pt_load_end(pt_load *l, pt_err *e);

// Apply a delta bundle, a folder or .tar.gz with a patch.json, to the data of the one bundle that
// was loaded, after pt_load_end: as OPA does when it activates one. The same errors.
PT_CHECK pt_code pt_load_delta(pt_load *l, const char *path, pt_err *e);

// .signatures.json for the bundles at `paths`, as `opa sign` makes it; *ret lives in the arena. The
// same errors. What pt_load_bundle would refuse is signed all the same.
PT_CHECK pt_code pt_load_sign(pt_load *l, const char *const *paths, size_t n,
                              const pt_load_signer *by, pt_str *ret, pt_err *e);

// All that was loaded, after pt_load_end, as one bundle (a .tar.gz), as `opa build` makes it: the
// documents as /data.json, formatted modules, the manifest, a signature if there is a signer. The
// same input gives the same bytes. `revision` NULL: that of the only bundle.
PT_CHECK pt_code pt_load_pack(pt_load *l, const char *revision, const pt_load_signer *by,
                              pt_buf *ret, pt_err *e);
