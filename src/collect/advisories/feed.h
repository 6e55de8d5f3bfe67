// Feeds of advisories: the bytes of a file to documents of OSV, one by one, whatever the feed is.
// Which one it is is found in its content. Pure: bytes in, values out.
//   OSV (JSON or YAML, one advisory or a list), the Debian security tracker's JSON, Alpine's secdb
//   and its likes (Wolfi, Chainguard), CSAF 2.0 of Red Hat and SUSE, CISA's KEV, EPSS' scores (CSV;
//   gzip too).
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "value/value.h"

#define PT_FEED_BYTES_MAX ((size_t)1 << 30) // of one file, unpacked
// A file of gzip is unpacked to no more than so many times its bytes (texts of feeds come to 5 to
// 30 times), and to this at least: 2 MiB do not take 1 GiB of memory before they are refused.
#define PT_FEED_RATIO_MAX   64u
#define PT_FEED_SMALL_BYTES ((size_t)16 << 20)

typedef enum pt_feed_kind {
    PT_FEED_NONE,
    PT_FEED_OSV,
    PT_FEED_DEBIAN,
    PT_FEED_SECDB,
    PT_FEED_CSAF,
    PT_FEED_KEV,
    PT_FEED_EPSS,
    PT_FEED_KINDS,
} pt_feed_kind;
const char *pt_feed_kind_name(pt_feed_kind kind); // "osv", "debian", …

// How a file is read, and what it was.
typedef struct pt_feed {
    pt_arena *a; // of the file
    void *ctx;
    // A document: OSV's schema, with a "state" in entries of "affected" where a distribution says
    // one; or {"id", "kev"} or {"id", "epss"}. It dies with the call. PT_E_FORMAT: it cannot be
    // taken, which is told as a problem; any other error ends the reading.
    pt_code (*document)(void *ctx, pt_value doc, pt_err *e);
    // A part that cannot be read; the others are. `place` says where in the file; "": all of it.
    void (*problem)(void *ctx, const char *place, const pt_err *e);
    // What pt_feed_read found:
    pt_feed_kind kind; // before the first document
    pt_time_ns date;   // the feed's own; 0: it has none
    pt_arena each;     // private: of one document
} pt_feed;

// PT_E_FORMAT: it begins as one of these and is broken, with e->line where that is known.
// PT_E_LIMIT: it is packed, and unpacks to more than the bounds above.
// PT_OK and f->kind PT_FEED_NONE: it is none of these, and nothing was given.
PT_CHECK pt_code pt_feed_read(pt_feed *f, pt_str bytes, pt_err *e);
