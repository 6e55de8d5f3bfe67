// What the schemes of this folder share, and what each of them gives to the table in version.c.
#pragma once

#include "base/str.h"
#include "judge/vuln/version.h"

// How the members of the semver family differ.
typedef enum pt_semver_flag {
    PT_SEMVER_BUILD_COUNTS = 1, // build metadata decides last (pub, Julia)
    PT_SEMVER_FOLD = 2,         // texts compare without case (NuGet)
    PT_SEMVER_GO = 4,           // "go1.21rc2" is 1.21.0-rc.2
    PT_SEMVER_REVISION = 8,     // "1.2.3-4" is the 4th packaging of 1.2.3, not before it (Bitnami)
} pt_semver_flag;

typedef struct pt_version_rules pt_version_rules;
typedef bool pt_version_valid_fn(const pt_version_rules *r, pt_str v);
typedef int pt_version_order_fn(const pt_version_rules *r, pt_str a, pt_str b); // total

// One question to a range, and its answer.
typedef struct pt_range_case {
    const pt_version_rules *rules;
    pt_str version;
    bool in;
    bool opened; // a clause names a pre-release of the version's own core
    pt_str bad;  // the piece that cannot be read
} pt_range_case;

// The answer is c->in. False: `text` is no range; c->bad says what of it.
typedef bool pt_range_fn(pt_range_case *c, pt_str text);

struct pt_version_rules {
    pt_str names; // the first is its own; the others are aliases, between blanks
    pt_version_valid_fn *valid;
    pt_version_order_fn *order;
    pt_range_fn *in;
    unsigned flags; // pt_semver_flag
};

bool pt_deb_valid(const pt_version_rules *r, pt_str v);
bool pt_rpm_valid(const pt_version_rules *r, pt_str v);
bool pt_apk_valid(const pt_version_rules *r, pt_str v);
bool pt_alpm_valid(const pt_version_rules *r, pt_str v);
bool pt_semver_valid(const pt_version_rules *r, pt_str v);
bool pt_pep440_valid(const pt_version_rules *r, pt_str v);
bool pt_maven_valid(const pt_version_rules *r, pt_str v);
bool pt_rubygems_valid(const pt_version_rules *r, pt_str v);
bool pt_packagist_valid(const pt_version_rules *r, pt_str v);
bool pt_cran_valid(const pt_version_rules *r, pt_str v);
bool pt_hackage_valid(const pt_version_rules *r, pt_str v);
bool pt_conda_valid(const pt_version_rules *r, pt_str v);

int pt_deb_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_rpm_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_apk_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_alpm_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_semver_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_pep440_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_maven_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_rubygems_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_packagist_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_lists_order(const pt_version_rules *r, pt_str a, pt_str b);
int pt_conda_order(const pt_version_rules *r, pt_str a, pt_str b);

bool pt_range_comparisons(pt_range_case *c, pt_str range);
bool pt_range_npm(pt_range_case *c, pt_str range);
bool pt_range_crates(pt_range_case *c, pt_str range);
bool pt_range_pub(pt_range_case *c, pt_str range);
bool pt_range_hex(pt_range_case *c, pt_str range);
bool pt_range_nuget(pt_range_case *c, pt_str range);
bool pt_range_pep440(pt_range_case *c, pt_str range);
bool pt_range_maven(pt_range_case *c, pt_str range);
bool pt_range_rubygems(pt_range_case *c, pt_str range);
bool pt_range_packagist(pt_range_case *c, pt_str range);

// -- text -----------------------------------------------------------------------------------------

static inline bool pt_vtext_digit(char c) {
    return c >= '0' && c <= '9';
}

static inline bool pt_vtext_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool pt_vtext_alnum(char c) {
    return pt_vtext_digit(c) || pt_vtext_letter(c);
}

static inline bool pt_vtext_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline char pt_vtext_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

// The byte at i; NUL behind the end.
static inline char pt_vtext_at(pt_str s, size_t i) {
    return i < s.n ? s.p[i] : '\0';
}

// How many bytes of s, from i on, are of a kind.
typedef bool pt_vtext_kind(char c);
size_t pt_vtext_run(pt_str s, size_t i, pt_vtext_kind *kind);

// Take the first n bytes, or the digits, or the letters at the start of *s.
pt_str pt_vtext_take(pt_str *s, size_t n);
pt_str pt_vtext_take_digits(pt_str *s);
pt_str pt_vtext_take_letters(pt_str *s);
bool pt_vtext_take_prefix(pt_str *s, pt_str prefix, bool fold);

bool pt_vtext_is_number(pt_str s);           // digits, at least one
bool pt_vtext_is_zero(pt_str s);             // nothing but '0's; the empty text too
int pt_vtext_cmp_number(pt_str a, pt_str b); // of any length; an empty one is 0
int pt_vtext_cmp_fold(pt_str a, pt_str b);   // by bytes, ASCII letters in lower case

static inline int pt_vtext_cmp_bool(bool a, bool b) {
    return (a > b) - (a < b);
}

// -- ranges ---------------------------------------------------------------------------------------

typedef enum pt_range_op {
    PT_RANGE_NONE, // a version stands alone
    PT_RANGE_EQ,
    PT_RANGE_IDENTICAL, // "==="
    PT_RANGE_NE,
    PT_RANGE_LT,
    PT_RANGE_LE,
    PT_RANGE_GT,
    PT_RANGE_GE,
    PT_RANGE_TILDE,       // "~"
    PT_RANGE_COMPATIBLE,  // "~="
    PT_RANGE_PESSIMISTIC, // "~>"
    PT_RANGE_CARET,       // "^"
    PT_RANGE_UP_TO,       // the B of "A - B", of which the A is a PT_RANGE_GE
} pt_range_op;

// The alternatives between "||" (or '|'): in if one of them is; all of them are read.
bool pt_range_any(pt_range_case *c, pt_str range, pt_range_fn *alternative);

// Clauses between blanks or commas, each an operator and a text: in if all of them hold.
typedef bool pt_range_clause_fn(pt_range_case *c, pt_range_op op, pt_str text, bool *ret_holds);
bool pt_range_all(pt_range_case *c, pt_str clauses, pt_range_clause_fn *clause);

// Take the next clause. False: nothing is left. An operator alone and ",," have an empty text.
bool pt_range_take_clause(pt_str *rest, pt_range_op *ret_op, pt_str *ret_text);

// Does an order satisfy =, !=, <, <=, >, >=? PT_RANGE_NONE counts as =. The others: false.
bool pt_range_holds(pt_range_op op, int order);
bool pt_range_is_comparison(pt_range_op op);

// Maven's and NuGet's "[1,2)", "(,1]", "[1]", and lists of them.
bool pt_range_intervals(pt_range_case *c, pt_str range);

// This text cannot be read.
bool pt_range_bad(pt_range_case *c, pt_str text);

// -- semver's parts, for the ranges of its family -------------------------------------------------

// Slices of the version: "v1.2.3-rc.1+build" without its prefix.
typedef struct pt_semver {
    pt_str core, pre, build;
    bool has_pre, has_build;
} pt_semver;
pt_semver pt_semver_parts(const pt_version_rules *r, pt_str v);

// The core's first `n` numbers against the other's; what is missing is 0.
int pt_semver_cmp_core(pt_semver a, pt_semver b, size_t n);
int pt_semver_cmp(const pt_version_rules *r, pt_semver a, pt_semver b);
