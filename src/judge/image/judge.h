// What is judged of an image besides the flaws of its packages: one file and one row each.
#pragma once

#include "fact/file.h"
#include "judge/finding.h"

typedef struct pt_image_facts {
    pt_value doc;          // docs/scan.schema.json
    const pt_files *files; // NULL: nobody asked for them
    pt_str name;           // the subject of findings: as the image, the folder was asked for
} pt_image_facts;

// Add findings. What could not be looked at is one, too: not evaluated.
typedef pt_code pt_image_judge(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e);
