// What the worker can be asked: the table that both ends share. Every job answers with one JSON
// object; {"error": …} says what is wrong with what it was given.
#pragma once

#include "base/worker.h"
#include "value/value.h"

typedef enum pt_image_job {
    PT_JOB_MEMBERS,  // of a tar that holds an image: names and places
    PT_JOB_DOCUMENT, // an index, a manifest, a configuration: words[0] is its digest, or empty
    PT_JOB_LAYER, // words[0] is the digest of its bytes, words[1] its diff_id; either may be empty
    PT_JOB_COUNT,
} pt_image_job;

extern pt_job_run *const pt_image_jobs[PT_JOB_COUNT];

// One file each. The result is what they set; PT_OK or not, `o` holds what was found until then.
pt_code pt_job_members(const pt_job *j, int in, pt_obj *o, pt_err *e);
pt_code pt_job_document(const pt_job *j, int in, pt_obj *o, pt_err *e);
pt_code pt_job_layer(const pt_job *j, int in, pt_obj *o, pt_err *e);
