// How well an image is defended: its configuration, the steps that made it, the modes and owners of
// its files, users and settings, what an intruder finds in it, how its programs were built. Rows of
// the catalogue (PT-IMG-…), one finding each for the whole image, with the first files that show
// it. docs/hardening.md.
#pragma once

#include "judge/image/findings.h"

// "hardening" of docs/scan.schema.json: {"findings", "minimality"}, in `a`, of an image whose files
// were asked for, with what is looked for in them. PT_E_NOMEM.
PT_CHECK pt_code pt_hardening_judge(const pt_image_facts *f, pt_arena *a, pt_value *ret, pt_err *e);
