// A notice: what somebody who does not watch must hear of a run. Words only; who carries them is
// the verb's business.
#pragma once

#include "record/store/store.h"

#define PT_NOTICE_LIST_MAX \
    50u // of each list: checks in the text, findings in the JSON; the rest is
        // counted

typedef struct pt_notice {
    pt_str host;               // who speaks
    const pt_changes *changes; // since the last word; NULL: there is no run to speak of
    int64_t lost;              // earlier runs that the ledger has and the store does not
    pt_str trouble;            // what kept the audit from being done; empty: it was done
    pt_str trouble_before;     // of the last word
    pt_str checkpoint;         // the ledger's signed note; empty: none
} pt_notice;

// Is there anything to say? The first word always is; then changes, trouble that came or went, and
// a store that was emptied or replaced.
bool pt_notice_due(const pt_notice *n);

// One line: "hel-07: 2 new, 1 gone, 18 fail (3 critical)".
pt_str pt_notice_title(const pt_notice *n, pt_arena *a);

// Plain text for people, lines of 78 columns where names allow it; what came from outside is made
// safe to show.
void pt_notice_text(pt_buf *b, const pt_notice *n);

// For programs: docs/notice.schema.json. "text" holds the same words, where chat programs look.
PT_CHECK pt_code pt_notice_json(pt_buf *b, const pt_notice *n, pt_err *e);
