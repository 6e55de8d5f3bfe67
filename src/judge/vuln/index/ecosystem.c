#include "judge/vuln/index/ecosystem.h"

pt_str pt_ecosystem_base(pt_str ecosystem) {
    return pt_str_sub(ecosystem, 0, pt_str_find(ecosystem, ':'));
}

// -- versions -------------------------------------------------------------------------------------

// Ecosystems whose names are not those of a scheme. A name may go on ("SUSE Linux Enterprise …").
static const struct {
    const char *starts;
    pt_version_scheme scheme;
} orders[] = {
    {"Red Hat", PT_VERSION_RPM},        {"Rocky Linux", PT_VERSION_RPM},
    {"Oracle Linux", PT_VERSION_RPM},   {"Amazon Linux", PT_VERSION_RPM},
    {"Azure Linux", PT_VERSION_RPM},    {"Photon OS", PT_VERSION_RPM},
    {"SUSE", PT_VERSION_RPM},           {"openSUSE", PT_VERSION_RPM},
    {"Alpaquita", PT_VERSION_APK},      {"BellSoft Hardened Containers", PT_VERSION_APK},
    {"CleanStart", PT_VERSION_APK},     {"MinimOS", PT_VERSION_APK},
    {"Echo", PT_VERSION_DEB},           {"opam", PT_VERSION_DEB},
    {"ConanCenter", PT_VERSION_SEMVER}, {"GitHub Actions", PT_VERSION_SEMVER},
    {"Kubernetes", PT_VERSION_SEMVER},  {"kubernetes", PT_VERSION_SEMVER},
    {"VSCode", PT_VERSION_SEMVER},
};

static bool order_of(pt_str name, pt_version_scheme *ret) {
    for (size_t i = 0; i < PT_COUNT(orders); i++)
        if (pt_str_starts(name, pt_str_of(orders[i].starts))) {
            *ret = orders[i].scheme;
            return true;
        }
    return pt_version_scheme_of(name, ret);
}

// A vendor's rebuilds name themselves first: "Root:Alpine:3.18" has the order of Alpine.
bool pt_ecosystem_scheme(pt_str ecosystem, pt_version_scheme *ret) {
    pt_str base = pt_ecosystem_base(ecosystem);
    pt_str rest = pt_str_sub(ecosystem, base.n + 1, ecosystem.n);
    return order_of(base, ret) || (rest.n && order_of(pt_ecosystem_base(rest), ret));
}

// -- names ----------------------------------------------------------------------------------------

static bool is_mark(char c) {
    return c == '-' || c == '_' || c == '.';
}

// PEP 503: lower case, a run of "-", "_" and "." is one "-".
static pt_str name_pypi(pt_arena *a, pt_str name) {
    pt_str low = pt_arena_lower(a, name);
    char *to = low.p ? pt_arena_take(a, low.n) : NULL;
    size_t n = 0;
    for (size_t i = 0; to && i < low.n; i++) {
        if (is_mark(low.p[i]) && i && is_mark(low.p[i - 1]))
            continue;
        to[n++] = low.p[i];
        if (is_mark(low.p[i]))
            to[n - 1] = '-';
    }
    return (pt_str){to, n};
}

static pt_str without(pt_str s, pt_str prefix, pt_str suffix) {
    s = pt_str_starts(s, prefix) ? pt_str_sub(s, prefix.n, s.n) : s;
    return pt_str_ends(s, suffix) ? pt_str_sub(s, 0, s.n - suffix.n) : s;
}

// The address of a repository, with or without what git does not need.
static pt_str name_url(pt_arena *a, pt_str name) {
    pt_str s = without(pt_arena_lower(a, name), PT_STR("https://"), PT_STR("/"));
    return without(s, PT_STR(""), PT_STR(".git"));
}

static const struct {
    const char *ecosystem;
    pt_str (*name)(pt_arena *a, pt_str name);
} names[] = {
    {"PyPI", name_pypi},           {"NuGet", pt_arena_lower},
    {"Packagist", pt_arena_lower}, {"Pub", pt_arena_lower},
    {"Hex", pt_arena_lower},       {"Bitnami", pt_arena_lower},
    {"VSCode", pt_arena_lower},    {"GitHub Actions", pt_arena_lower},
    {"SwiftURL", name_url},        {"GIT", name_url},
};

pt_str pt_ecosystem_name(pt_arena *a, pt_str ecosystem, pt_str name) {
    pt_str base = pt_ecosystem_base(ecosystem);
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eqz(base, names[i].ecosystem))
            return names[i].name(a, name);
    return name;
}
