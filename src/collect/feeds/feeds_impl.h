// Inside collect/feeds: what is remembered of a file between two runs.
#pragma once

#include "collect/feeds/feeds.h"

// By what a server tells one state of a file from another (RFC 9110, 8.8), and where it was.
typedef struct pt_feeds_mark {
    pt_str url, etag, modified;
    pt_time_ns fetched;
    pt_time_ns newest; // date in it; 0: it has none, or nobody has looked
    uint64_t bytes;
} pt_feeds_mark;

// The paths of one item below the folder, in an arena.
typedef struct pt_feeds_paths {
    pt_str file;  // feeds/debian/tracker.json
    pt_str state; // state/debian-tracker.json: the mark of that file
    pt_str part;  // part/debian-tracker.json: what has come until now
    pt_str about; // part/debian-tracker.json.mark: what it is a part of
} pt_feeds_paths;

// Make the folders, and the paths. PT_E_IO, PT_E_DENIED.
PT_CHECK pt_code pt_feeds_paths_make(pt_arena *a, const char *folder, const pt_feeds_item *i,
                                     pt_feeds_paths *ret, pt_err *e);

// A mark that is not there, or that cannot be read, is a zeroed one: everything is fetched anew.
pt_feeds_mark pt_feeds_mark_read(pt_arena *a, pt_str path);
PT_CHECK pt_code pt_feeds_mark_write(pt_arena *a, pt_str path, const pt_feeds_mark *m, pt_err *e);

// The mark that an answer's head gives; without what no header can be made of.
pt_feeds_mark pt_feeds_mark_of(pt_arena *a, pt_str url, pt_str head);

// Which of two is older by when the server says that the file last changed (RFC 9110, 8.8.2), if
// both are of one address?
bool pt_feeds_mark_is_older(const pt_feeds_mark *m, const pt_feeds_mark *than);

// What a part is asked for with, so that no other state's rest comes behind it (If-Range: no weak
// ETag will do). Empty: it cannot be gone on with.
pt_str pt_feeds_mark_strong(const pt_feeds_mark *m);
