// The order of version strings and what lies in a range of them, by the rules of each packager.
// Pure: no allocation, no recursion, time linear in the two versions; of a range, at most in its
// clauses times the version, both bounded. docs/vuln.md says which
// specification each scheme follows and where it was decided otherwise.
#pragma once

#include "base/err.h"
#include "base/str.h"

#define PT_VERSION_BYTES_MAX 1024  // of one version
#define PT_RANGE_BYTES_MAX   16384 // of one range

// SCHEMES in version.c has a row for each, in this order.
typedef enum pt_version_scheme {
    PT_VERSION_DEB,
    PT_VERSION_RPM,
    PT_VERSION_APK,
    PT_VERSION_ALPM,
    PT_VERSION_SEMVER,
    PT_VERSION_NPM,
    PT_VERSION_CRATES,
    PT_VERSION_GO,
    PT_VERSION_HEX,
    PT_VERSION_PUB,
    PT_VERSION_NUGET,
    PT_VERSION_SWIFT,
    PT_VERSION_JULIA,
    PT_VERSION_BITNAMI,
    PT_VERSION_PEP440,
    PT_VERSION_MAVEN,
    PT_VERSION_RUBYGEMS,
    PT_VERSION_PACKAGIST,
    PT_VERSION_CRAN,
    PT_VERSION_HACKAGE,
    PT_VERSION_CONDA,
    PT_VERSION_SCHEMES,
} pt_version_scheme;

// By a name that a packager, a purl type or an OSV ecosystem (without its ":release") goes by;
// case aside. False: none of ours.
bool pt_version_scheme_of(pt_str name, pt_version_scheme *ret);
pt_str pt_version_scheme_name(pt_version_scheme scheme);

// Is `v` a version by the rules of its scheme, and no longer than the bound?
bool pt_version_valid(pt_version_scheme scheme, pt_str v);

// Of dpkg, rpm and pacman: what stands behind the epoch. rpm's name of a source package leaves the
// epoch out, so that it is compared with versions without theirs. Others have none: `v`.
pt_str pt_version_without_epoch(pt_version_scheme scheme, pt_str v);

// *ret_order: <0, 0, >0. PT_E_FORMAT: one of the two is no version of the scheme, so that neither
// comes first. PT_E_LIMIT: longer than the bound. What decides about a flaw asks here.
PT_CHECK pt_code pt_version_compare(pt_version_scheme scheme, pt_str a, pt_str b, int *ret_order,
                                    pt_err *e);

// The same order, continued over all byte strings (reflexive, antisymmetric, transitive), of any
// length: for sorting and showing lists in which some are no versions.
int pt_version_order(pt_version_scheme scheme, pt_str a, pt_str b);

// Does version `v` lie in `range`, in the syntax that the scheme's packager reads? Schemes without
// one of their own take comparisons: ">= 1, < 2 || = 3", where blank or comma is "and".
// PT_E_FORMAT: no version, or no range, and what of it; PT_E_LIMIT: longer than the bound.
PT_CHECK pt_code pt_version_in(pt_version_scheme scheme, pt_str v, pt_str range, bool *ret_in,
                               pt_err *e);
