// Public feeds of advisories: a table of addresses, and fetching what is new of one of them into a
// folder. Nothing here knows what a feed says.
#pragma once

#include "base/instant.h"
#include "collect/web/web.h"

#define PT_FEEDS_MAX         4096u // addresses of a table
#define PT_FEEDS_FILE_MAX    ((size_t)1 << 20)
#define PT_FEEDS_LATEST_MAX  ((size_t)4096) // of a text that names a file
#define PT_FEEDS_SECONDS_MAX 7200           // of one file
#define PT_FEEDS_TRIES_MAX   5u             // as long as its failure may pass
#define PT_FEEDS_WAIT_S_MAX  60u            // that we wait when told to
#define PT_FEEDS_MIB_MAX     (64 << 10)

// One file to fetch.
typedef struct pt_feeds_item {
    pt_str name; // "debian", "osv/npm"
    pt_str url;  // its address, or that of a text that names a file beside it:
    bool latest;
    pt_str file; // "debian/tracker.json", below the folder; safe as a path
    uint64_t bytes_max;
    bool gzip; // it may come packed
} pt_feeds_item;

typedef PT_VEC(pt_feeds_item) pt_feeds_list;

extern const pt_str pt_feeds_shipped; // the table of ours

// Read a table (TOML; feeds.toml says what stands in it). In `a`. PT_E_FORMAT: which row is off and
// what would be right; PT_E_LIMIT.
PT_CHECK pt_code pt_feeds_read(pt_arena *a, pt_str toml, pt_feeds_list *ret, pt_err *e);

// The same files of a mirror: URL/debian/tracker.json. PT_E_USAGE: it is no URL.
PT_CHECK pt_code pt_feeds_mirror(pt_arena *a, pt_str url, pt_feeds_list *l, pt_err *e);

// Is the item meant by one of these words: its name, or the first part of it ("osv")? Without case.
bool pt_feeds_named(const pt_feeds_item *i, const char *const *words, size_t n);

typedef enum pt_feeds_state {
    PT_FEEDS_SAME,    // as it is here
    PT_FEEDS_FETCHED, // new; of pt_feeds_ask.check: there is a new one
} pt_feeds_state;

// What came of it. Of one that failed `fetched` and `bytes` are those of the copy that is here.
typedef struct pt_feeds_got {
    pt_feeds_state state;
    uint64_t bytes;     // of the file; 0: not known
    pt_time_ns fetched; // when it last changed here; 0: it is not here
    bool resumed;       // some of it was here from a transfer that was cut
} pt_feeds_got;

typedef struct pt_feeds_ask {
    pt_web *web; // kept from one file to the next: many are of one server
    bool check;  // only say what is new
    bool older;  // take what is older than the copy that is here, too
    // Holds feeds/ (what is fetched), state/ and part/; made where it is not there.
    const char *folder;
    void *ctx;
    // Is what came a feed at all, and of when is the newest thing in it (0: it says no date)? What
    // is none does not take the place of the old copy.
    pt_code (*probe)(void *ctx, const char *path, pt_time_ns *ret_newest, pt_err *e);
    // As bytes come; total 0: not known.
    void (*came)(void *ctx, const pt_feeds_item *i, uint64_t bytes, uint64_t total);
} pt_feeds_ask;

// Fetch one file if it is not here as it is there (ETag, Last-Modified); what a cut transfer left
// is gone on with. Whole and probed it takes the place of the old one at once. Memory in `a`.
// PT_E_ABSENT (404), PT_E_DENIED (401, 403; a redirect that may not be followed), PT_E_LIMIT (too
// large), PT_E_TIMEOUT, PT_E_FORMAT (an answer that is none; what probe says), PT_E_CONFLICT (older
// than the copy that is here, by the newest date in it or, where that tells nothing, by the
// Last-Modified of one address), PT_E_IO. The old copy then stays; *ret is set in any case.
PT_CHECK pt_code pt_feeds_fetch(const pt_feeds_ask *ask, pt_arena *a, const pt_feeds_item *i,
                                pt_feeds_got *ret, pt_err *e);
