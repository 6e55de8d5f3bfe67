// The advisory index: what is known about packages, in one immutable file, mapped read-only and
// shared by all who look. docs/advisory-index.md describes its bytes. It is compiled on the user's
// machine (`paratia db build`), so that nobody needs a server of ours.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "base/instant.h"
#include "crypto/crypto.h"
#include "judge/vuln/version.h"
#include "value/value.h"

typedef struct pt_index pt_index;

// Map the index at `path` and check its header and the places of its sections. Under a millisecond:
// the bytes themselves are checked by pt_index_verify, and every offset in them where it is
// followed, so that a hostile file is PT_E_CORRUPT of whatever call meets it.
// PT_E_ABSENT; PT_E_FORMAT: not an index, or one of another version; PT_E_CORRUPT.
PT_CHECK pt_code pt_index_open(const char *path, pt_index **ret, pt_err *e);
void pt_index_close(pt_index *x); // NULL is fine
// The digest of all of it against what the header says. PT_E_CORRUPT.
PT_CHECK pt_code pt_index_verify(const pt_index *x, pt_err *e);

// {"format", "made" (RFC 3339, the newest of its sources), "digest", "bytes", "advisories",
//  "packages", "statements", "exploits", "sources": [{"name", "kind", "digest", "date",
//  "advisories", "problems"}]}
pt_value pt_index_about(const pt_index *x, pt_arena *a);

// The digest that names it: of its header, in which that of all its bytes is.
pt_hash256 pt_index_digest(const pt_index *x);

// All of the file, as it is mapped: to copy it.
pt_str pt_index_bytes(const pt_index *x);

// What a source says about a package's versions in a range. Kept apart all the way to the report:
// nobody may read "no fix" where it says "not affected".
typedef enum pt_advised_state {
    PT_ADVISED_AFFECTED,     // affected from `introduced` on; `fixed` if there is a fix
    PT_ADVISED_NOT_AFFECTED, // never was, by its distribution's word: outweighs others' words
    PT_ADVISED_WONT_FIX,     // affected, and will stay so
    PT_ADVISED_DEFERRED,     // affected, to be fixed some day
    PT_ADVISED_END_OF_LIFE,  // affected, and its release is no longer looked after
    PT_ADVISED_UNKNOWN,      // being looked at
} pt_advised_state;
const char *pt_advised_name(pt_advised_state s); // "affected", "not affected", "won't fix", …

// One statement: one source, one package of one ecosystem and release.
typedef struct pt_advised {
    uint32_t advisory; // for pt_index_advisory
    uint32_t source;   // of pt_index_about's "sources"
    pt_advised_state state;
    pt_version_scheme scheme;
    pt_str module;   // rpm's "name:stream", which must be equal; empty: any
    uint32_t ranges; // private
    uint32_t arches; // private
} pt_advised;

typedef struct pt_advised_list {
    PT_VEC(pt_advised) of;
} pt_advised_list;

// The statements about `name` in `ecosystem`, as OSV writes both ("Debian:12", "Alpine:v3.20",
// "Go", "npm"; of a distribution with the release). For Debian, Alpine, Ubuntu names are those of
// source packages, else what OSV says. An index without this ecosystem is not one that knows of no
// flaw: *ret_known says whether it has any statement about it. Appended to `ret`, memory in `a`.
// Of "Debian:12" what is said of "Debian" without a release, too. Withdrawn advisories say nothing.
PT_CHECK pt_code pt_index_find(const pt_index *x, pt_arena *a, pt_str ecosystem, pt_str name,
                               pt_advised_list *ret, bool *ret_known, pt_err *e);

// What withdrawn advisories said; as above.
PT_CHECK pt_code pt_index_find_withdrawn(const pt_index *x, pt_arena *a, pt_str ecosystem,
                                         pt_str name, pt_advised_list *ret, pt_err *e);

// The date of the oldest of the sources that speak of packages in `ecosystem`; 0: one of them has
// none. *ret_any: is there one? Reads all statements about it: some milliseconds for 400,000.
PT_CHECK pt_code pt_index_oldest(const pt_index *x, pt_str ecosystem, bool *ret_any,
                                 pt_time_ns *ret, pt_err *e);

// The i-th ecosystem, by name; empty past the end.
pt_str pt_index_ecosystem(const pt_index *x, size_t i);

// The range that holds a version; texts point into the index, empty: not said.
typedef struct pt_advised_range {
    pt_str introduced; // "0": from the first one on
    pt_str fixed;      // the first version behind the range
    pt_str last;       // the last one of it
    bool listed;       // the version itself is among those that are listed
} pt_advised_range;

// Does `s` speak of `version`? (OSV schema, "Evaluation": among `versions`, or within a range.)
// PT_E_FORMAT: it is no version by the scheme of `s`, or nothing but commits or versions of an
// unknown order is said, so that nobody can say. What is named itself is always known.
PT_CHECK pt_code pt_advised_holds(const pt_index *x, const pt_advised *s, pt_str version,
                                  bool *ret_holds, pt_advised_range *ret, pt_err *e);

// All that it says of versions, to show: {"versions": […], "ranges": [[{"introduced": "0"},
// {"fixed": "1.2"}, …], …]}, in `a`, sorted by their order.
PT_CHECK pt_code pt_advised_says(const pt_index *x, const pt_advised *s, pt_arena *a, pt_value *ret,
                                 pt_err *e);

// {"id", "aliases": […], "upstream": […], "related": […], "summary", "details"?, "published",
//  "modified", "withdrawn"?, "severity": [{"type", "score", "source"}], "label"? ("high": the word
//  of its source), "cwes"?, "references": [{"type", "url"}], "kev"?: {"added", "due",
//  "ransomware"}, "informational"? (RustSec's "unmaintained": no flaw; "unsound": one), "epss"?:
//  {"score", "percentile", "date"}, "source": {"name", "digest"}}, in `a`.
PT_CHECK pt_code pt_index_advisory(const pt_index *x, uint32_t advisory, pt_arena *a, pt_value *ret,
                                   pt_err *e);
