// An image's configuration (OCI image-spec 1.1, config.md; Docker's members beside it), as far as
// judges need it: docs/scan.schema.json, image.settings and image.history. The value of a variable
// is given only of those in a table that hold no secret; of a step of the history none of the
// variables' and build arguments'.
#pragma once

#include "base/arena.h"
#include "value/value.h"

pt_value pt_image_settings(pt_arena *a, pt_value config);

// A step without the values that it gives to variables: "ENV NAME=…", "RUN |1 NAME=… /bin/sh -c …".
pt_str pt_image_step(pt_arena *a, pt_str step);
