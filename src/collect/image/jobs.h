// What the worker can be asked: the table that both ends share. Every job answers with one JSON
// object; {"error": …} says what is wrong with what it was given. Behind it and a line feed stands
// what a job has to tell in other forms.
#pragma once

#include "base/buf.h"
#include "base/worker.h"
#include "value/value.h"

typedef enum pt_image_job {
    PT_JOB_MEMBERS,  // of a tar that holds an image: names and places
    PT_JOB_DOCUMENT, // an index, a manifest, a configuration: words[0] is its digest, or empty
    PT_JOB_LAYER,  // words[0] is the digest of its bytes, words[1] its diff_id; either may be empty
    PT_JOB_RULES,  // of secrets, for all jobs after it: a file of them, an empty one is those that
                   // are shipped; words[0] is what the key of fingerprints is made of
    PT_JOB_SYSTEM, // which system a layer is of, by the first names in it that tell
    PT_JOB_PLAN,   // of what to copy, for the next PT_JOB_COPY: a file of pt_copy_row after
                   // pt_copy_row (copy.h)
    PT_JOB_COPY,   // of a layer what the plan says; words as of PT_JOB_LAYER. It answers in pieces
                   // (copy.h)
    PT_JOB_COUNT,
} pt_image_job;

typedef enum pt_layer_flag {   // pt_job.flags of PT_JOB_LAYER
    PT_LAYER_LOWEST = 1,       // nothing lies below
    PT_LAYER_TREE = 2,         // no image, but a source tree
    PT_LAYER_PIPE = 4,         // it comes through a pipe: there is no digest of it
    PT_LAYER_FILES = 8,        // tell of every file (look.h); PT_LOOK_… stand above it
    PT_LAYER_LICENCES = 1024,  // read what files say of licences, too
    PT_LAYER_CLAIMS = 1 << 16, // tell what packages say of their files (packages/claims.h)
    PT_LAYER_MD5 = 1 << 17,    // tell a file's checksum (sums.h): one of these, or several
    PT_LAYER_SHA1 = 1 << 18,
    PT_LAYER_SHA256 = 1 << 19,
    PT_LAYER_LOCAL_SUMS = 1 << 20, // also where packages hardly put anything
    PT_LAYER_SUMS = PT_LAYER_MD5 | PT_LAYER_SHA1 | PT_LAYER_SHA256,
    PT_LAYER_HASHED = 1 << 30, // who asks hashes compressed bytes: words[0] is believed
} pt_layer_flag;

#define PT_DOCUMENT_WHOLE 1u // pt_job.flags of PT_JOB_DOCUMENT: all that it says, too, as "whole"

#define PT_RULES_TRIVY 1u // pt_job.flags of PT_JOB_RULES: the file is Trivy's, else gitleaks'

extern const pt_job_row pt_image_jobs[PT_JOB_COUNT];

typedef struct pt_answer {
    pt_obj o;
    pt_buf parts[5]; // behind it
} pt_answer;

// One file each. The result is what they set; PT_OK or not, `ret` holds what was found until then.
pt_code pt_job_members(const pt_job *j, int in, pt_answer *ret, pt_err *e);
pt_code pt_job_document(const pt_job *j, int in, pt_answer *ret, pt_err *e);
pt_code pt_job_layer(const pt_job *j, int in, pt_answer *ret, pt_err *e);
pt_code pt_job_rules(const pt_job *j, int in, pt_answer *ret, pt_err *e);
pt_code pt_job_system(const pt_job *j, int in, pt_answer *ret, pt_err *e);
pt_code pt_job_plan(const pt_job *j, int in, pt_answer *ret, pt_err *e);
bool pt_job_copy(const pt_job *j, int in, int out); // the answer is of its own form

// The bytes that the job is about, in `a`. PT_E_LIMIT: more than PT_DOCUMENT_BYTES_MAX.
PT_CHECK pt_code pt_job_load(const pt_job *j, int in, pt_arena *a, pt_str *ret, pt_err *e);
