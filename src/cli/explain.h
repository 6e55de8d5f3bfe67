// What explain.c and explain_scan.c share.
#pragma once

#include "cli/verb.h"
#include "record/run.h"
#include "value/value.h"

enum {
    PT_EXPLAIN_BYTES_MAX = 1 << 24, // of an answer
};

// "Label       words", which hang under the column behind the label. Nothing for an empty text.
void pt_explain_part(pt_buf *b, const char *label, pt_str text);

// The same of lines that are pasted: they stay as they are. Texts of checks alone.
void pt_explain_snippet(pt_buf *b, const char *label, pt_str text);

// What the document of a scan that --scan names says of `id`: a vulnerability's id or one of its
// aliases, in every package that has it, a check, or a finding's fingerprint. PT_E_ABSENT: it says
// nothing.
PT_CHECK pt_code pt_explain_file(pt_buf *b, const char *path, pt_str id, pt_err *e);

// The same of a finding, by the document that the receipt of a kept scan binds; *ret_n is 0 if that
// is no scan's. PT_E_ABSENT: the document is not there. PT_E_CORRUPT: it is not the one that was
// bound.
PT_CHECK pt_code pt_explain_kept(pt_buf *b, pt_str state, const pt_kept_finding *f, size_t *ret_n,
                                 pt_err *e);
