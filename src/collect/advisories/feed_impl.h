// The readers of each feed, for the table in feed.c.
#pragma once

#include "collect/advisories/feed.h"

// `doc` is the whole file.
typedef pt_code pt_feed_reader(pt_feed *f, pt_value doc, pt_err *e);
pt_code pt_feed_debian(pt_feed *f, pt_value doc, pt_err *e);
pt_code pt_feed_secdb(pt_feed *f, pt_value doc, pt_err *e);
pt_code pt_feed_csaf(pt_feed *f, pt_value doc, pt_err *e);
pt_code pt_feed_kev(pt_feed *f, pt_value doc, pt_err *e);

bool pt_feed_is_epss(pt_str bytes);
pt_code pt_feed_epss(pt_feed *f, pt_str bytes, pt_err *e);

// Give a document, or tell that it cannot be taken; f->each is then free again. `place` (made in
// f->each) says where it is.
pt_code pt_feed_put(pt_feed *f, pt_str place, pt_value doc, pt_err *e);

// {"package": {"ecosystem", "name"}, "state"?, "ranges": [{"type": "ECOSYSTEM", "events": [from
// the first one on, "fixed"?]}]}, in f->each. Empty texts are left out.
pt_value pt_feed_affected(pt_feed *f, pt_str ecosystem, pt_str name, const char *state,
                          pt_str fixed);

// {"id", "details"?, "affected", "database_specific": {"severity"}?}, likewise.
typedef struct pt_feed_flaw {
    pt_str id, details, severity;
    pt_value affected; // an array
} pt_feed_flaw;
pt_value pt_feed_flaw_of(pt_feed *f, const pt_feed_flaw *flaw);
