// A program that reads hostile bytes for us: started once, before there are any, it forks for every
// job. We give a job a file and a few words; it gives bytes back over a pipe, within a size and a
// time. It may die; that is a result like any other.
#pragma once

#include "base/buf.h"
#include "base/err.h"

#define PT_JOB_WORDS      2
#define PT_JOB_WORD_BYTES 192

// Goes over the socket as it stands: both ends are of one build.
typedef struct pt_job {
    uint32_t kind;                               // a row of the program's table
    uint32_t seconds;                            // then it is killed
    uint64_t offset, size;                       // the part of the file that is meant
    uint64_t flags;                              // what the kind makes of them
    char words[PT_JOB_WORDS][PT_JOB_WORD_BYTES]; // what else it must know; NUL behind each
} pt_job;

// Put `s` into a job's word. False: too long, or it holds a NUL.
PT_CHECK bool pt_job_word(pt_job *j, size_t i, pt_str s);

// -- who asks -------------------------------------------------------------------------------------

typedef struct pt_worker {
    int socket;          // to it; -1: it is not there any more
    int result;          // of the job that runs; -1: none
    int64_t until_ms;    // when that job's time is over
    const char *program; // that has not said yet that its walls stand; NULL: it has
} pt_worker;

// Start `program`, an absolute path, without arguments, environment and descriptors of ours. It is
// a process that becomes the program with its first job: who has none pays nothing for it.
// `program` must live as long. PT_E_ABSENT: there is none.
PT_CHECK pt_code pt_worker_start(pt_worker *ret, const char *program, pt_err *e);
void pt_worker_done(pt_worker *w); // what runs is killed

// Give it a job and a file to read (which stays the caller's). One at a time. PT_E_IO: it is gone.
PT_CHECK pt_code pt_worker_send(pt_worker *w, const pt_job *job, int fd, pt_err *e);

// The whole result of that job, appended to `ret`; what it appended on an error is worth nothing.
// PT_E_TIMEOUT; PT_E_LIMIT: more than ret->max; PT_E_CORRUPT: it died, and of what.
// PT_E_UNSUPPORTED: it could not put up its walls, and has read nothing.
PT_CHECK pt_code pt_worker_receive(pt_worker *w, pt_buf *ret, pt_err *e);

// The same, given to `take` piece by piece as it comes: for results that no memory should hold. An
// error of `take` ends it, and what it took is worth nothing then, as on every other error.
typedef struct pt_worker_sink {
    pt_code (*take)(void *of, pt_str piece, pt_err *e);
    void *of;
} pt_worker_sink;
PT_CHECK pt_code pt_worker_pour(pt_worker *w, const pt_worker_sink *to, pt_err *e);

// -- who works ------------------------------------------------------------------------------------

// Do the job that `j` describes with the file `in`, write the result to `out`. False: it failed.
typedef bool pt_job_run(const pt_job *j, int in, int out);

typedef struct pt_job_row {
    pt_job_run *run;
    bool stays; // it is run by the server itself, and what it makes is there for all jobs after it:
                // only for files that are the asker's own
} pt_job_row;

// Take jobs from `socket` until nobody holds its other end: what main of the program calls, after
// it has touched everything that libraries load late. An unknown kind ends it.
// PT_E_UNSUPPORTED: no walls.
PT_CHECK pt_code pt_worker_serve(int socket, const pt_job_row *jobs, size_t n, pt_err *e);
