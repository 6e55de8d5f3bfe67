// Images: what is in them. Reading is done by workers (paratia-worker); what they answer is put
// together here.
#pragma once

#include "base/worker.h"
#include "crypto/crypto.h"
#include "fact/file.h"
#include "value/value.h"

// Rules by which secrets are found: a file that can be read anywhere in it.
typedef struct pt_image_rules {
    int fd;
    const char *name; // for errors
    uint64_t size;    // 0: the rules that are shipped
    bool trivy;       // it is Trivy's, else gitleaks'
    pt_hash256 digest;
    pt_str key; // hexadecimal: what fingerprints are made under
} pt_image_rules;

// What is looked for in files (look.h has a row or more of each).
#define PT_LOOK_HARDENING ((uint64_t)64)  // how programs were built, what settings say
#define PT_LOOK_NEEDS     ((uint64_t)128) // which other files a program or a script needs
struct pt_known;

struct pt_image_open;

// What else to do with an image while it is open (write.h).
typedef struct pt_image_then {
    pt_code (*run)(void *of, const struct pt_image_open *o, pt_err *e);
    void *of;
    uint64_t looks; // PT_LOOK_… that it needs
} pt_image_then;

typedef struct pt_image_ask {
    const char *target; // a folder; a tar of an OCI layout or of docker save; "-". NULL: only what
                        // is known of `id` counts
    const char *spool;  // folder for what comes through a pipe
    const char *name;   // which of several images: a name or a digest; NULL: the only one
    bool root;          // a folder is a root file system, whatever is in it
    const pt_image_rules *secrets; // NULL: they are not looked for
    const char *platform;   // "linux/arm64/v8"; NULL: this machine's, where there are several
    uint64_t looks;         // PT_LOOK_… together
    bool licences;          // read what files say of them; packages have "recognised"
    bool sums;              // checksums of files, and what their packages say that they are
    bool digests;           // SHA-256 of every regular file, with `files`
    pt_files *files;        // is filled with every file; NULL: nobody asks (and `looks` is 0)
    struct pt_known *known; // from earlier scans (known.h), with these rules; NULL: nothing
    pt_str id;              // an engine's, under which it is known with `id_of`; empty: nothing is
    pt_str id_of;           // the name by which the engine was asked
    const pt_image_then *then; // with `files`: done at the end, of what is an image; NULL: nothing
    pt_value container;        // whose root the image is, and what to tell of it; undefined: none's
    pt_value mirror;           // of a registry, that gave the image; undefined: none did
} pt_image_ask;

// Scan it. *ret is the document that docs/scan.schema.json describes: image, os, layers, packages,
// and problems: whatever makes that list one that cannot be relied on. Lives in `a`.
// A folder that holds no OCI layout is read as a root file system if it has an os-release, else as
// a source tree.
// With files: image.settings and image.history, too.
// With rules: secrets, too, of every layer, also in files that a later one deletes, and of the
// configuration; PT_E_FORMAT: the rules are none.
// An error is what leaves nothing to tell: there is no image, it cannot be opened,
// PT_E_USAGE: there are several, or none of that name. PT_E_ABSENT, without a target: not all of it
// is known.
PT_CHECK pt_code pt_image_scan(pt_worker *workers, size_t n, const pt_image_ask *ask, pt_arena *a,
                               pt_value *ret, pt_err *e);

// Of the job of a layer, for pt_known_take.
uint64_t pt_image_flags(const pt_image_ask *ask, bool lowest);

// Copy what comes through a pipe to a file that has no name and vanishes with us, in the folder
// `spool`. PT_E_LIMIT: more than PT_SPOOL_BYTES_MAX.
PT_CHECK pt_code pt_image_spool(int from, const char *spool, uint64_t *ret_size, int *ret,
                                pt_err *e);
