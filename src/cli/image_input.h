// What scan and sbom read: an image, by workers without rights, or a bill of materials.
#pragma once

#include "base/arena.h"
#include "cli/verb.h"
#include "fact/file.h"
#include "value/value.h"

// The document (docs/scan.schema.json) of the first operand, with --from, --image, --root and
// --platform: a folder in OCI layout, a tar of it or of docker save, "-" (one through a pipe), an
// image by name (cli/image_fetch), or a file in CycloneDX (JSON) or SPDX (JSON, tags). This process
// gives up its rights first, but for reading and for fetching. Lives in `a`. The errors of
// pt_fetch_run, pt_image_scan and pt_bill_read.
// Of an image, and of a root file system, also every file if `files` is not NULL: with what the
// options for looks ask for.
PT_CHECK pt_code pt_scan_target(const pt_args *args, pt_arena *a, pt_value *ret, pt_files *files,
                                pt_err *e);

struct pt_image_then; // collect/image/image.h

// One of two that are compared.
typedef struct pt_scan_read {
    const char *target;
    pt_files *files;                  // as above
    pt_value doc;                     // is set
    bool listed;                      // is set: a bill or a report, which has no files
    const struct pt_image_then *then; // as below
} pt_scan_read;

// The same of two (v points to both), with the same workers and under the same key of secrets: v[0]
// is the first operand; v[1] is what --against names, where --from and --image do not count and a
// report of an earlier scan (--json) is taken, too: what lists in it says, and nothing of files.
PT_CHECK pt_code pt_scan_targets(const pt_args *args, pt_arena *a, pt_scan_read *v, pt_err *e);

// … and then what `then` says, while the image is open. A bill is none.
PT_CHECK pt_code pt_scan_target_then(const pt_args *args, pt_arena *a, pt_value *ret,
                                     pt_files *files, const struct pt_image_then *then, pt_err *e);

// The exit code that a document's verdict means.
int pt_scan_exit(pt_value doc);
