// Files that are not what the system's packages put there, and files in the system's folders that
// no package put there.
#pragma once

#include "base/err.h"
#include "fact/file.h"
#include "value/value.h"

// The member "tampering" of the document (docs/scan-tampering.schema.json). Lives in `a`; texts
// borrow `files` and the document. PT_E_NOMEM.
PT_CHECK pt_code pt_tampering(const pt_files *files, pt_value doc, pt_arena *a, pt_value *ret,
                              pt_err *e);
