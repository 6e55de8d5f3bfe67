// Where an image's bytes are: a folder in OCI layout, or a tar of it or of docker save.
#pragma once

#include "base/worker.h"
#include "value/value.h"

// Whom to ask about what stands there.
typedef struct pt_asker {
    pt_worker *worker;
    struct pt_known *known;                // NULL: nothing is
    pt_code (*ready)(void *of, pt_err *e); // called before a worker is asked
    void *of;
} pt_asker;

typedef struct pt_source {
    pt_arena *a;
    int fd; // of the folder or of the tar; -1: none
    bool folder;
    uint64_t size;    // of the tar
    pt_value members; // of the tar: {name: {"offset", "size"} | {"link", "hard"}}
} pt_source;

// A part of a file: a member, a blob.
typedef struct pt_part {
    int fd; // to be closed unless it is the source's own
    uint64_t offset, size;
} pt_part;

// Open `target` ("-": standard input; what is no file is first copied to one without a name, in
// `spool`). PT_E_ABSENT, PT_E_DENIED, PT_E_USAGE (neither folder nor file).
PT_CHECK pt_code pt_source_open(pt_source *s, pt_arena *a, const char *target, const char *spool,
                                pt_err *e);
// Of a tar: what is in it, as the worker says. *ret_twice (may be undefined): a name that is there
// twice.
PT_CHECK pt_code pt_source_members(pt_source *s, const pt_asker *by, pt_value *ret_twice,
                                   pt_err *e);
void pt_source_done(pt_source *s);

// PT_E_ABSENT: there is no such member. PT_E_FORMAT: it is no regular file, or its link leads to
// none.
PT_CHECK pt_code pt_source_find(const pt_source *s, pt_str name, pt_part *ret, pt_err *e);
// The digest of the only blob that begins with these hexadecimal digits. PT_E_USAGE: there are
// several; PT_E_ABSENT: there is none, or it is no folder with blobs.
PT_CHECK pt_code pt_source_blob(const pt_source *s, pt_str digits, pt_str *ret, pt_err *e);
void pt_part_done(const pt_source *s, pt_part *p);

// Ask the worker and take its answer apart. PT_E_CORRUPT, PT_E_TIMEOUT, … of the worker; what a job
// says is wrong is its code and text. *ret_rest (may be NULL): what stands behind the object.
typedef struct pt_question {
    uint32_t kind;
    uint64_t flags;
    pt_str words[2];
} pt_question;
PT_CHECK pt_code pt_job_send(pt_worker *w, const pt_question *q, const pt_part *p, pt_err *e);
PT_CHECK pt_code pt_job_receive(pt_worker *w, pt_arena *a, size_t bytes_max, pt_value *ret,
                                pt_str *ret_rest, pt_err *e);
// The same in two steps: the answer, in `a`; what is in it (parts of the answer's bytes).
PT_CHECK pt_code pt_job_hear(pt_worker *w, pt_arena *a, size_t bytes_max, pt_str *ret, pt_err *e);
PT_CHECK pt_code pt_job_understand(pt_str answer, pt_arena *a, pt_value *ret, pt_str *ret_rest,
                                   pt_err *e);

// Ask about a document or for a list of members, unless the answer is known.
PT_CHECK pt_code pt_ask_file(const pt_asker *by, const pt_question *q, const pt_part *p,
                             pt_arena *a, pt_value *ret, pt_err *e);
