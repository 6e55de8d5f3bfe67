// Between image.c, which opens an image, and write.c.
#pragma once

#include "collect/image/choose.h"
#include "collect/image/write.h"

typedef struct pt_image_inside {
    pt_source *source;
    pt_worker *worker;
    const pt_chosen *chosen; // without a configuration: it is no image
    const pt_files *files;
    pt_arena *a;
} pt_image_inside;

// Hand the files over, after what is to be done while it is open. PT_E_USAGE: it is no image.
PT_CHECK pt_code pt_image_end(const pt_image_ask *ask, const pt_image_inside *in, pt_value doc,
                              pt_err *e);
