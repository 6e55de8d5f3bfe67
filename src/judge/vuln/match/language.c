// Packages of languages: which ecosystem of OSV they belong to, and what they are called there.
#include "judge/vuln/match/match_impl.h"

// By the type of a package URL. Without an ecosystem: nobody publishes advisories for its kind, so
// that no index could have any. What has no row is not known.
// clang-format off
static const struct {
    const char *type, *ecosystem;
} LANGUAGES[] = {
    {"npm", "npm"},
    {"pypi", "PyPI"},
    {"golang", "Go"},
    {"cargo", "crates.io"}, // house: allow traces: OSV's name, not a host that is asked
    {"maven", "Maven"},
    {"gem", "RubyGems"},
    {"composer", "Packagist"},
    {"nuget", "NuGet"},
    {"hex", "Hex"},
    {"pub", "Pub"},
    {"swift", "SwiftURL"},
    {"conan", "ConanCenter"},
    {"julia", "Julia"},
    {"cran", "CRAN"},
    {"hackage", "Hackage"},
    {"bitnami", "Bitnami"},
    {"conda", NULL},
    {"cocoapods", NULL},
    {"generic", NULL},
};
// clang-format on

// "group/artifact" as OSV writes it, "group:artifact".
static pt_str coordinate(pt_arena *a, pt_str name) {
    size_t cut = pt_str_find(name, '/');
    if (cut == name.n || pt_str_find(name, ':') < name.n)
        return name;
    return pt_arena_printf(a, "%.*s:%.*s", (int)cut, name.p,
                           PT_PRI(pt_str_sub(name, cut + 1, name.n)));
}

// Was a package ("1.21.13-1.el9") built for the release of a system?
static bool of_release(const pt_system *s, pt_str package) {
    pt_str el = pt_str_sub(package, pt_str_find_str(package, PT_STR(".el")) + 3, package.n);
    pt_str major = pt_str_sub(s->version, 0, pt_str_find(s->version, '.'));
    bool longer = el.n > major.n && el.p[major.n] >= '0' && el.p[major.n] <= '9';
    return major.n && pt_str_starts(el, major) && !longer;
}

// A distributor's Go compiler, "go1.21.13 (Red Hat 1.21.13-1.el9)": what it compiled into a program
// has the fixes of that package, so that the distribution's advisories about it are asked, which
// is sound only if they are of the same release.
static bool distributor_go(pt_lookups *r, const pt_system *s, pt_str toolchain) {
    const pt_str mark = PT_STR("(Red Hat ");
    size_t at = pt_str_find_str(toolchain, mark);
    if (at == toolchain.n)
        return false;
    pt_str package = pt_str_sub(toolchain, at + mark.n, toolchain.n);
    package = pt_str_sub(package, 0, pt_str_find(package, ')'));
    bool red_hat = s->distro && pt_str_eqz(s->distro->vendors, "red hat") && !s->unknown;
    if (!red_hat || !of_release(s, package)) {
        r->reason = "a distributor's Go compiler made it, whose fixes its version does not tell";
        return true;
    }
    r->ecosystem = s->name;
    for (size_t i = 0; i < s->n; i++)
        r->of[r->n++] = (pt_lookup){.ecosystem = s->ecosystems[i],
                                    .name = PT_STR("golang"),
                                    .version = package,
                                    .system = true,
                                    .rank = 2};
    return true;
}

// "go1.22.1 X:boringcrypto", "1.22.1-X:nocoverageredesign": experiments are no part of a version.
static pt_str without_experiments(pt_str version) {
    size_t at = pt_str_find_str(version, PT_STR("X:"));
    if (at && at < version.n && (version.p[at - 1] == ' ' || version.p[at - 1] == '-'))
        return pt_str_sub(version, 0, at - 1);
    return version;
}

static void fill(pt_lookups *r, const pt_system *s, pt_str ecosystem, pt_str name,
                 pt_value package) {
    pt_str version = PT_GET_TEXT(package, "version");
    pt_str toolchain = PT_GET_TEXT(PT_GET(package, "more"), "toolchain"); // where it is longer
    bool go = pt_str_eqz(ecosystem, "Go");
    bool go_itself = go && (pt_str_eqz(name, "stdlib") || pt_str_eqz(name, "toolchain"));
    r->ecosystem = ecosystem;
    if (!version.n)
        r->vague =
            PT_GET_TEXT(PT_GET(package, "more"), "asked").n
                ? "it is asked for without one version: pin it (==), or scan what is installed"
                : "it has no version";
    else if (go && pt_str_eqz(version, "(devel)"))
        r->vague = "it was built from a working copy, whose version nobody recorded";
    if (!r->vague && go_itself && distributor_go(r, s, toolchain.n ? toolchain : version))
        return;
    r->of[r->n++] = (pt_lookup){.ecosystem = ecosystem,
                                .name = name,
                                .version = go_itself ? without_experiments(version) : version,
                                .rank = 2};
}

static const char *ecosystem_of(pt_str type, bool *ret_known) {
    for (size_t i = 0; i < PT_COUNT(LANGUAGES); i++) {
        *ret_known = pt_str_eqz(type, LANGUAGES[i].type);
        if (*ret_known)
            return LANGUAGES[i].ecosystem;
    }
    return NULL;
}

pt_code pt_match_language_lookups(const pt_system *s, pt_arena *a, pt_value package,
                                  pt_lookups *ret, pt_err *e) {
    pt_str type = PT_GET_TEXT(package, "type");
    pt_lookups r = {.ecosystem = type, .whole = true};
    const char *ecosystem = ecosystem_of(type, &r.nobodys);
    if (!ecosystem) {
        r.reason = r.nobodys ? "no advisories are known for packages of its kind"
                             : "a kind of packages that is not known";
        *ret = r;
        return PT_OK;
    }
    r.whole = r.nobodys = false;
    pt_str own = PT_GET_TEXT(package, "name");
    pt_str name = pt_str_eqz(type, "maven") ? coordinate(a, own) : own;
    if (own.n && !name.n)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    fill(&r, s, pt_str_of(ecosystem), name, package);
    *ret = r;
    return PT_OK;
}
