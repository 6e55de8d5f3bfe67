// Run another program without a shell: an absolute path, a vector of words, an environment of our
// own making (PATH and LC_ALL=C, or what is given), no descriptor of ours, a session of its own,
// and an end in time.
#pragma once

#include "base/buf.h"
#include "base/err.h"

typedef struct pt_subprocess {
    const char *const *argv;        // argv[0] is the absolute path; NULL ends it
    const char *const *environment; // "NAME=value", NULL ends it; NULL: PATH and LC_ALL alone
    pt_str input;                   // given to its standard input
    size_t output_bytes_max;        // of its standard output
    uint32_t timeout_ms;            // then it and what it started are killed; 0: 10 s
} pt_subprocess;

typedef struct pt_subprocess_end {
    int exit;       // its exit code; -1: a signal ended it
    int signal;     // 0: none
    char said[256]; // the beginning of its standard error, made safe to show
} pt_subprocess_end;

// Run to the end. PT_OK whatever its exit code is; its output is appended to *ret_output.
// PT_E_ABSENT: there is no such program. PT_E_TIMEOUT, PT_E_LIMIT (more output): it was killed.
PT_CHECK pt_code pt_subprocess_run(const pt_subprocess *p, pt_buf *ret_output,
                                   pt_subprocess_end *ret_end, pt_err *e);
