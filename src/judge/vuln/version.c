#include "judge/vuln/version.h"

#include "judge/vuln/vuln_impl.h"

#define BUILD_COUNTS PT_SEMVER_BUILD_COUNTS

// clang-format off
static const pt_version_rules SCHEMES[] = {
    [PT_VERSION_DEB] = {PT_STR("deb debian ubuntu dpkg opkg"), pt_deb_valid, pt_deb_order, pt_range_comparisons, 0},
    [PT_VERSION_RPM] = {PT_STR("rpm redhat rocky almalinux suse opensuse fedora amazon oracle photon azure mageia openeuler"), pt_rpm_valid, pt_rpm_order, pt_range_comparisons, 0},
    [PT_VERSION_APK] = {PT_STR("apk alpine wolfi chainguard"), pt_apk_valid, pt_apk_order, pt_range_comparisons, 0},
    [PT_VERSION_ALPM] = {PT_STR("alpm arch"), pt_alpm_valid, pt_alpm_order, pt_range_comparisons, 0},
    [PT_VERSION_SEMVER] = {PT_STR("semver generic"), pt_semver_valid, pt_semver_order, pt_range_comparisons, 0},
    [PT_VERSION_NPM] = {PT_STR("npm"), pt_semver_valid, pt_semver_order, pt_range_npm, 0},
    // house: allow traces: OSV's name of the ecosystem, not a host that is asked
    [PT_VERSION_CRATES] = {PT_STR("crates crates.io cargo"), pt_semver_valid, pt_semver_order, pt_range_crates, 0},
    [PT_VERSION_GO] = {PT_STR("go golang"), pt_semver_valid, pt_semver_order, pt_range_comparisons, PT_SEMVER_GO},
    [PT_VERSION_HEX] = {PT_STR("hex"), pt_semver_valid, pt_semver_order, pt_range_hex, 0},
    [PT_VERSION_PUB] = {PT_STR("pub"), pt_semver_valid, pt_semver_order, pt_range_pub, BUILD_COUNTS},
    [PT_VERSION_NUGET] = {PT_STR("nuget"), pt_semver_valid, pt_semver_order, pt_range_nuget, PT_SEMVER_FOLD},
    [PT_VERSION_SWIFT] = {PT_STR("swifturl swift"), pt_semver_valid, pt_semver_order, pt_range_comparisons, 0},
    [PT_VERSION_JULIA] = {PT_STR("julia"), pt_semver_valid, pt_semver_order, pt_range_comparisons, BUILD_COUNTS},
    [PT_VERSION_BITNAMI] = {PT_STR("bitnami"), pt_semver_valid, pt_semver_order, pt_range_comparisons, PT_SEMVER_REVISION},
    [PT_VERSION_PEP440] = {PT_STR("pep440 pypi"), pt_pep440_valid, pt_pep440_order, pt_range_pep440, 0},
    [PT_VERSION_MAVEN] = {PT_STR("maven"), pt_maven_valid, pt_maven_order, pt_range_maven, 0},
    [PT_VERSION_RUBYGEMS] = {PT_STR("rubygems gem"), pt_rubygems_valid, pt_rubygems_order, pt_range_rubygems, 0},
    [PT_VERSION_PACKAGIST] = {PT_STR("packagist composer"), pt_packagist_valid, pt_packagist_order, pt_range_packagist, 0},
    [PT_VERSION_CRAN] = {PT_STR("cran"), pt_cran_valid, pt_lists_order, pt_range_comparisons, 0},
    [PT_VERSION_HACKAGE] = {PT_STR("hackage ghc"), pt_hackage_valid, pt_lists_order, pt_range_comparisons, 0},
    [PT_VERSION_CONDA] = {PT_STR("conda"), pt_conda_valid, pt_conda_order, pt_range_comparisons, 0},
};
// clang-format on
static_assert(PT_COUNT(SCHEMES) == PT_VERSION_SCHEMES, "a row for each scheme");

static const pt_version_rules *rules_of(pt_version_scheme scheme) {
    pt_assert(scheme < PT_VERSION_SCHEMES);
    return &SCHEMES[scheme];
}

bool pt_version_scheme_of(pt_str name, pt_version_scheme *ret) {
    for (size_t i = 0; i < PT_COUNT(SCHEMES); i++) {
        pt_str names = SCHEMES[i].names;
        pt_str one;
        while (pt_str_word(&names, &one))
            if (pt_str_eq_nocase(one, name)) {
                *ret = (pt_version_scheme)i;
                return true;
            }
    }
    return false;
}

pt_str pt_version_scheme_name(pt_version_scheme scheme) {
    pt_str names = rules_of(scheme)->names;
    return pt_str_sub(names, 0, pt_str_find(names, ' '));
}

bool pt_version_valid(pt_version_scheme scheme, pt_str v) {
    const pt_version_rules *r = rules_of(scheme);
    return v.n <= PT_VERSION_BYTES_MAX && r->valid(r, v);
}

pt_str pt_version_without_epoch(pt_version_scheme scheme, pt_str v) {
    bool has_epochs =
        scheme == PT_VERSION_DEB || scheme == PT_VERSION_RPM || scheme == PT_VERSION_ALPM;
    size_t digits = pt_vtext_run(v, 0, pt_vtext_digit);
    bool has_one = has_epochs && digits && pt_vtext_at(v, digits) == ':';
    return has_one ? pt_str_sub(v, digits + 1, v.n) : v;
}

int pt_version_order(pt_version_scheme scheme, pt_str a, pt_str b) {
    const pt_version_rules *r = rules_of(scheme);
    int order = r->order(r, a, b);
    return (order > 0) - (order < 0);
}

static pt_code must_be_version(pt_version_scheme scheme, pt_str v, pt_err *e) {
    if (v.n > PT_VERSION_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a version of %zu bytes; at most %d are taken", v.n,
                          PT_VERSION_BYTES_MAX);
    if (!pt_version_valid(scheme, v))
        return pt_err_set(e, PT_E_FORMAT, "\"%.*s\" is no version of %.*s", PT_PRI(v),
                          PT_PRI(pt_version_scheme_name(scheme)));
    return PT_OK;
}

pt_code pt_version_compare(pt_version_scheme scheme, pt_str a, pt_str b, int *ret_order,
                           pt_err *e) {
    pt_code code = must_be_version(scheme, a, e);
    if (!code)
        code = must_be_version(scheme, b, e);
    if (!code)
        *ret_order = pt_version_order(scheme, a, b);
    return code;
}

pt_code pt_version_in(pt_version_scheme scheme, pt_str v, pt_str range, bool *ret_in, pt_err *e) {
    const pt_version_rules *r = rules_of(scheme);
    pt_range_case c = {.rules = r, .version = v};
    pt_code code = must_be_version(scheme, v, e);
    if (code)
        return code;
    if (range.n > PT_RANGE_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "a range of %zu bytes; at most %d are taken", range.n,
                          PT_RANGE_BYTES_MAX);
    if (!r->in(&c, range.p ? range : PT_STR("")))
        return pt_err_set(e, PT_E_FORMAT, "\"%.*s\" in \"%.*s\" is no range of %.*s", PT_PRI(c.bad),
                          PT_PRI(range), PT_PRI(pt_version_scheme_name(scheme)));
    *ret_in = c.in;
    return PT_OK;
}
