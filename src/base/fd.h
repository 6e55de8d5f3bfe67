// Descriptors: closing by scope, reading and writing whole.
#pragma once

#include "base/buf.h"
#include "base/err.h"

void pt_fd_close(int *fd); // for PT_AUTO; -1 is no descriptor
int pt_fd_take(int *fd);   // hand over: *fd becomes -1

// Append all that `fd` gives to `b`. PT_E_LIMIT: more than b->max; PT_E_IO, … with e->sys.
PT_CHECK pt_code pt_fd_read_all(int fd, pt_buf *b, pt_err *e);

// Write all of `s`, whatever the call takes at a time.
PT_CHECK pt_code pt_fd_write_all(int fd, pt_str s, pt_err *e);

// Replace `path` by `content`: a temporary file beside it, fsync, rename, fsync of the folder.
// Mode `mode`. The old content stays on any error.
PT_CHECK pt_code pt_file_replace(const char *path, pt_str content, unsigned mode, pt_err *e);
