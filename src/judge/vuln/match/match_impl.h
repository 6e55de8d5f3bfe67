// What the sources of match/ share; nobody else includes it.
#pragma once

#include "judge/vuln/cvss.h"
#include "judge/vuln/match/match.h"

enum {
    PT_MATCH_ECOSYSTEMS_MAX = 16, // of one release
    PT_MATCH_LOOKUPS_MAX = 24,    // of one package
};

// Of a literal key.
#define PT_GET(v, key)      pt_get((v), PT_STR(key))
#define PT_GET_TEXT(v, key) pt_text(PT_GET(v, key))

// The members of an object, put in the order of their keys, so that nothing is sorted; what is
// undefined is left out. A thousand findings are made of them: pt_obj grows, and sorts.
enum {
    PT_MEMBERS_MAX = 24,
};
typedef struct pt_members {
    size_t n;
    pt_value v[2 * PT_MEMBERS_MAX];
} pt_members;
static inline void pt_members_add(pt_members *m, pt_str key, pt_value v) {
    if (!pt_defined(v))
        return;
    pt_assert(m->n + 2 <= PT_COUNT(m->v));
    m->v[m->n++] = pt_string(key);
    m->v[m->n++] = v;
}
#define pt_members_put(m, key, v) pt_members_add((m), PT_STR(key), (v))
static inline pt_value pt_members_end(const pt_members *m, pt_arena *a) {
    return pt_object_of(a, m->v, m->n / 2, NULL);
}
static inline pt_value pt_match_maybe(pt_str s) {
    return s.n ? pt_string(s) : pt_undefined();
}

// -- system.c: whose packages they are ------------------------------------------------------------

// By which names a distribution's advisories call what they speak of.
typedef enum pt_match_names {
    PT_MATCH_SOURCES,       // source packages, compared with the source's version
    PT_MATCH_BINARIES,      // binary packages
    PT_MATCH_BOTH,          // either; what is said of the binary package outweighs
    PT_MATCH_BOTH_UNFIXED,  // binary packages where there is a fix, sources where there is none
    PT_MATCH_EITHER_BINARY, // either, compared with the one version that both have
} pt_match_names;

typedef struct pt_distro {
    pt_str ids;          // of os-release, blanks between
    pt_str type;         // of its packages
    pt_str ecosystems;   // '|' between; %V: the version, %M: before its first dot, %m: with the
                         // number behind it, %S: SUSE's "15 SP5", %L: Ubuntu's "22.04:LTS"
    pt_str earlier;      // likewise; for versions that hold `earlier_mark`, asked before the others
    pt_str earlier_mark; // %V there: what stands behind the mark, "2" of "el9_2"
    pt_str later;        // likewise; asked after the others: what they are silent about
    pt_match_names names;
    bool rolling;   // has no versions
    bool unfixed;   // its advisories tell flaws without a fix too
    pt_str vendors; // words in the vendor of its own packages, '|' between; empty: it has none
    pt_str domains; // of the addresses of those who look after its packages, '|' between
} pt_distro;

// The system of a scan.
typedef struct pt_system {
    const pt_distro *distro; // NULL: none that is known
    pt_str version;
    pt_str name;         // of its packages in "coverage": "Debian:12", else what it calls itself
    const char *unknown; // why nobody can say anything about its packages; NULL: somebody can
    const char *ended;   // the day on which its release ended; NULL: has not, or nobody knows
    bool advised;        // by sources of which the oldest has this date
    pt_time_ns advised_at;
    pt_str ecosystems[PT_MATCH_ECOSYSTEMS_MAX];
    size_t n;
    pt_str later[PT_MATCH_ECOSYSTEMS_MAX];
    size_t later_n;
} pt_system;
PT_CHECK pt_code pt_match_system(const pt_match_ask *ask, pt_arena *a, pt_system *ret, pt_err *e);

// Is `type` one that a system's package manager installs?
bool pt_match_is_os(pt_str type);

// Where statements about a package are looked for, and what they are compared with.
typedef struct pt_lookup {
    pt_str ecosystem, name, version;
    bool system; // of a distribution
    bool source;
    bool no_epoch; // `version` was told without its epoch
    bool unfixed;  // only what is said without a fix counts
    uint8_t rank;  // the lowest one with a word about a vulnerability decides
} pt_lookup;

typedef struct pt_lookups {
    pt_lookup of[PT_MATCH_LOOKUPS_MAX];
    size_t n;
    pt_str ecosystem;   // the row of "coverage" that the package counts in
    const char *reason; // why it cannot be judged; NULL: it can
    bool whole;         // … and so is all that counts in that row
    bool nobodys;       // … because nobody publishes advisories for its kind: no index could
    const char *vague;  // why its version cannot be compared, told if its name is spoken of at all
    const char *aside;  // why its flaws are told aside; NULL: they are not
} pt_lookups;

// Of a package that the system's package manager installed.
PT_CHECK pt_code pt_match_os_lookups(const pt_system *s, pt_arena *a, pt_value package,
                                     pt_lookups *ret, pt_err *e);

// Did the distribution bring the file of `package` with its own package `owner`? Whoever makes an
// image writes its database, so that a word of it alone hides nothing: the file lies where
// distributions install, the owner is of the kind that this system installs and names those who
// look after the distribution's packages, and its version has no mark of anybody else.
bool pt_match_brought(const pt_distro *d, pt_value owner, pt_value package);

// May versions with these two texts be compared: of one flavour (ksplice, FIPS), and both of a
// module or neither?
bool pt_match_comparable(pt_str version, pt_str fixed);

// Does a statement about `module` ("name:stream", may be empty) speak of the package?
bool pt_match_module(pt_value package, pt_str module);

// -- end.c ----------------------------------------------------------------------------------------

// The day ("2026-08-31") on which a release was no longer looked after, if that is before `now`.
const char *pt_match_ended(pt_str ecosystem, pt_time_ns now);

// -- language.c -----------------------------------------------------------------------------------

// Of a package of a language's package manager.
PT_CHECK pt_code pt_match_language_lookups(const pt_system *s, pt_arena *a, pt_value package,
                                           pt_lookups *ret, pt_err *e);

// -- said.c ---------------------------------------------------------------------------------------

// One statement about a package, and what it says of its version.
typedef struct pt_said {
    pt_advised s;
    const pt_lookup *lookup;
    pt_advised_range range;
    bool holds;
    pt_value advisory; // undefined: not fetched
    pt_value names[2]; // its aliases; what it is about
    pt_str one;        // of a bulletin about several vulnerabilities, the one that is meant
} pt_said;

typedef struct pt_saids {
    PT_VEC(pt_said) of;
} pt_saids;

// What is asked about a package, and what is heard.
typedef struct pt_heard {
    pt_value package;
    bool all; // what speaks of other versions, too
    pt_saids said;
    size_t unread; // statements that could not be compared with its version
    pt_str why;    // the first of them
} pt_heard;

// The advisories that were fetched, by their number.
typedef struct pt_fetched {
    struct {
        uint32_t key; // advisory + 1
        pt_value v;
    } *slots;
    size_t n, cap; // a power of two
} pt_fetched;

// What is worked on: one document.
typedef struct pt_matching {
    const pt_match_ask *ask;
    pt_arena *a;    // of the result
    pt_arena *work; // cleared after each package
    pt_system system;
    pt_fetched fetched;
    pt_value *os_packages; // of `scan`, by name; for owners
    size_t os_packages_n;
    const pt_purl *images;
    size_t images_n;
    struct pt_flaws *flaws;
    pt_list unmatched;
    pt_err bad; // of what is then told otherwise: kilobytes, which nobody clears for each statement
} pt_matching;

// What is said about h->package where `l` looks; where one place decides before another, of other
// versions too. What is heard points into `l`.
PT_CHECK pt_code pt_match_said(pt_matching *m, const pt_lookups *l, pt_heard *h, pt_err *e);

// Fetch the advisory of each. Bulletins about several vulnerabilities become one entry for each;
// what is no flaw is left out.
PT_CHECK pt_code pt_match_fetch(pt_matching *m, const pt_saids *in, pt_saids *ret, pt_err *e);

// The i-th of the ids by which a vulnerability is told apart: id, aliases, what the advisory is
// about. False past the end.
bool pt_match_id(const pt_said *s, size_t i, pt_str *ret);

// -- weight.c -------------------------------------------------------------------------------------

typedef enum pt_label { // in the order of their weight
    PT_LABEL_CRITICAL,
    PT_LABEL_HIGH,
    PT_LABEL_MEDIUM,
    PT_LABEL_LOW,
    PT_LABEL_NEGLIGIBLE,
    PT_LABEL_UNKNOWN,
    PT_LABELS,
} pt_label;
const char *pt_label_name(pt_label l);

typedef struct pt_weight {
    pt_label label;
    pt_str by;       // whose word that is; empty: nobody's
    pt_value scores; // an array
    pt_value epss, kev;
    double rank; // 0 to 100
} pt_weight;
// Undefined scores: memory is out.
pt_weight pt_match_weigh(pt_arena *a, const pt_said *said, size_t n);

// -- flaws.c --------------------------------------------------------------------------------------

typedef enum pt_put_aside {
    PT_ASIDE_NOT,
    PT_ASIDE_DISTRIBUTION,
    PT_ASIDE_OWNER,
    PT_ASIDE_VEX,
} pt_put_aside;

// One vulnerability in one package.
typedef struct pt_flaw {
    pt_value package;
    size_t at; // of it, in the list
    pt_str id;
    pt_value aliases; // the other ids, sorted
    pt_said *said;    // what says so
    size_t n;
    pt_str *fixed; // ascending
    size_t fixed_n;
    pt_advised_state state;
    pt_weight weight;
    const pt_vex_said *vex; // NULL: nobody says anything
    pt_put_aside aside;
    pt_str reason;
    pt_str by; // whose reason that is
    pt_value purl;
} pt_flaw;

typedef struct pt_flaws {
    PT_VEC(pt_flaw *) of;
} pt_flaws;

// Judge one package; its flaws are appended to m->flaws.
PT_CHECK pt_code pt_match_package(pt_matching *m, pt_value package, size_t at, const pt_lookups *l,
                                  pt_err *e);

// -- finding.c, fixes.c ---------------------------------------------------------------------------

// "34.7"
pt_value pt_match_tenths(pt_arena *a, double n);

// Undefined: memory is out.
pt_value pt_match_finding(pt_arena *a, const pt_flaw *f);
pt_value pt_match_fixes(pt_arena *a, const pt_flaws *flaws);
