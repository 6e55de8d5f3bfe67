// The packages of a scan against the advisory index: what is wrong with which, by whose word, and
// what removes it. Pure: it reads the index and the document, opens nothing and asks no clock.
#pragma once

#include "base/instant.h"
#include "judge/vex/vex.h"
#include "judge/vuln/index/index.h"

typedef struct pt_match_ask {
    const pt_index *index;
    pt_value scan;     // docs/scan.schema.json: "os", "packages", "image"
    const pt_vex *vex; // what is said about them; NULL: nothing
    bool by_digest;    // what the image calls itself proves nothing (pt_vex_ask)
    pt_time_ns now;    // tells which releases have ended; 0: nobody asks
} pt_match_ask;

// *ret, in `a`, borrowing the index and the document; docs/scan-vulnerabilities.md describes it:
//   "vulnerabilities": what counts, the highest rank first; one finding for a package and a
//       vulnerability, whatever number of advisories speak of it:
//       {"id" (CVE before GHSA before the source's own), "aliases", "summary",
//        "package": {"type", "name", "version", "architecture", "source", "file", "layer", "purl"},
//        "state" (pt_advised_name), "fixed": [versions, ascending: the last removes it],
//        "severity": "critical" … "negligible", "unknown", "severity_by": whose word that is,
//        "scores": [{"source", "version", "vector", "score", "severity"}], "epss", "kev",
//        "rank": 0 to 100, "matched": [{"advisory", "source", "digest", "ecosystem", "name",
//        "as": "binary"|"source", "version" (that was compared), "introduced", "fixed", "last"}],
//        "vex": {"status", …}}
//   "suppressed": findings of the same shape with "suppressed_by": {"kind": "distribution",
//       "owner" or "vex", "reason", …}
//   "coverage": [{"ecosystem", "packages", "known", "why"}]: an ecosystem that is not known was
//       not judged, which is no pass
//   "unmatched": [{"package", "reason"}]: packages that nobody can judge, each told
//   "fixes": {"upgrades": [{"type", "names", "from", "to", "removes", "severities", "ids", …}],
//       "layers": [{"layer", "findings", "fixable"}]}
//   "counts": by severity; "states": by state
// What a package's versions say depends on its distribution's release, its source package, its
// module and who made it: docs/scan-vulnerabilities.md has the rules.
// PT_E_NOMEM; PT_E_CORRUPT: the index contradicts itself.
PT_CHECK pt_code pt_match(const pt_match_ask *ask, pt_arena *a, pt_value *ret, pt_err *e);
