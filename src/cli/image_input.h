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

// The exit code that a document's verdict means.
int pt_scan_exit(pt_value doc);
