// Images and the last scan of each: what admission asks before a container may run, and what a scan
// need not do again. One SQLite file, for its owner alone; several processes may use it at once.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "value/value.h"

enum {
    PT_IMAGES_MAX = 20000,                    // the scans that are the oldest go first
    PT_IMAGES_RECORD_BYTES_MAX = 256 << 10,   // of one record
    PT_IMAGES_ALIASES_MAX = 256,              // of one image; names, too
    PT_IMAGES_DOCUMENT_BYTES_MAX = 256 << 20, // of a document that is kept; a larger one is not
    PT_IMAGES_PACKED_BYTES_MAX = 512 << 20,   // of all that are kept, compressed
};

typedef struct pt_images pt_images;

// Open `path`, or make it (0600); bring an older schema forward. PT_E_DENIED: others may write the
// file, or a folder that leads to it. PT_E_UNSUPPORTED: it is of a newer Paratia. PT_E_CORRUPT: it
// is no database of ours, or a damaged one.
PT_CHECK pt_code pt_images_open(pt_images **ret, const char *path, pt_err *e);
// The same for who only asks: nothing is made or changed. PT_E_ABSENT: there is none.
PT_CHECK pt_code pt_images_open_read(pt_images **ret, const char *path, pt_err *e);
void pt_images_free(pt_images *i); // NULL is fine

typedef struct pt_image_put {
    pt_str id;                     // digest of its configuration: Docker's image id
    const pt_str *aliases, *names; // digests that lead to it; references, "shop/web:1"
    size_t n_aliases, n_names;
    pt_time_ns time; // of the scan
    pt_value record; // an object; see pt_images_find
    // What the scan read, as JSON, and how it was looked for: kept to be judged anew. Empty: what
    // is kept stays, if it was looked for in this way.
    pt_str document, looked;
} pt_image_put;

// Keep the last scan of an image, in one transaction: what was kept of it before is replaced. An
// alias and a name are of those who had them last.
PT_CHECK pt_code pt_images_put(pt_images *i, const pt_image_put *p, pt_err *e);

// The records of the images that `digest` (an id, or an alias) leads to, in `a`; an array with at
// least one. Each is what was put, with "id" and "time" (nanoseconds). PT_E_ABSENT: nobody scanned
// such an image.
PT_CHECK pt_code pt_images_find(pt_images *i, pt_arena *a, pt_str digest, pt_value *ret, pt_err *e);

// The record of the image that was the last to be scanned under this name. PT_E_ABSENT.
PT_CHECK pt_code pt_images_named(pt_images *i, pt_arena *a, pt_str name, pt_value *ret, pt_err *e);

// What a scan read of this image when it looked in the same way. PT_E_ABSENT: nothing is kept.
PT_CHECK pt_code pt_images_document(pt_images *i, pt_arena *a, pt_str id, pt_str looked,
                                    pt_str *ret, pt_err *e);
