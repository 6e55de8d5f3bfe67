// Where certificates that are made here are kept (guard_certs.c).
#pragma once

#include "protect/identity/certs.h"

// The folder `name` below the state folder, for its owner alone, and locked: one program at a time
// looks and changes. *ret_lock is the caller's, on errors too. PT_E_IO, PT_E_DENIED, PT_E_NOMEM.
PT_CHECK pt_code pt_certs_folder(pt_arena *a, pt_str state, const char *name, pt_str *ret,
                                 int *ret_lock, pt_err *e);

// Read what is there (what is not is empty), or write all: empty ones are removed.
PT_CHECK pt_code pt_certs_read(pt_arena *a, pt_str folder, pt_certs *of, pt_err *e);
PT_CHECK pt_code pt_certs_write(pt_arena *a, pt_str folder, pt_certs *of, pt_err *e);

// What --`option` says a certificate's life is, in seconds. PT_E_USAGE.
PT_CHECK pt_code pt_certs_life(const char *option, const char *word, int64_t *ret, pt_err *e);
