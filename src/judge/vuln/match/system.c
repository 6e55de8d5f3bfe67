// Systems by their os-release(5): which advisories speak of their packages, and by which names.
#include "judge/vuln/match/match_impl.h"

#define RED_HAT(release)                                                                         \
    "Red Hat:enterprise_linux:" release "|Red Hat:enterprise_linux:" release                     \
    "::baseos|Red Hat:enterprise_linux:" release "::appstream|Red Hat:enterprise_linux:" release \
    "::crb"
#define RED_HAT_EUS "Red Hat:rhel_eus:%M.%V::baseos|Red Hat:rhel_eus:%M.%V::appstream"
#define SUSE_MODULES                                                                               \
    "SUSE:Linux Enterprise Server %S|SUSE:Linux Enterprise Module for Basesystem %S|"              \
    "SUSE:Linux Enterprise Module for Server Applications %S|"                                     \
    "SUSE:Linux Enterprise Module for Development Tools %S|"                                       \
    "SUSE:Linux Enterprise Module for Containers %S|SUSE:Linux Enterprise Module for Python 3 %S|" \
    "SUSE:Linux Enterprise Module for Web and Scripting %S"

// clang-format off
static const pt_distro DISTROS[] = {
    {.ids = PT_STR("debian"), .type = PT_STR("deb"), .ecosystems = PT_STR("Debian:%M"), .names = PT_MATCH_SOURCES, .unfixed = true, .vendors = PT_STR("debian"), .domains = PT_STR("debian.org")},
    // Fixes that only Pro has, where the base release is silent; before it, where one is installed.
    {.ids = PT_STR("ubuntu"), .type = PT_STR("deb"), .ecosystems = PT_STR("Ubuntu:%L"), .earlier = PT_STR("Ubuntu:Pro:%L"), .earlier_mark = PT_STR("esm"), .later = PT_STR("Ubuntu:Pro:%L"), .names = PT_MATCH_SOURCES, .unfixed = true, .vendors = PT_STR("ubuntu|canonical"), .domains = PT_STR("ubuntu.com|canonical.com|debian.org")},
    {.ids = PT_STR("alpine"), .type = PT_STR("apk"), .ecosystems = PT_STR("Alpine:v%m"), .names = PT_MATCH_SOURCES},
    {.ids = PT_STR("wolfi"), .type = PT_STR("apk"), .ecosystems = PT_STR("Wolfi"), .names = PT_MATCH_EITHER_BINARY, .rolling = true},
    {.ids = PT_STR("chainguard"), .type = PT_STR("apk"), .ecosystems = PT_STR("Chainguard"), .names = PT_MATCH_EITHER_BINARY, .rolling = true},
    {.ids = PT_STR("minimos"), .type = PT_STR("apk"), .ecosystems = PT_STR("MinimOS"), .names = PT_MATCH_EITHER_BINARY, .rolling = true},
    {.ids = PT_STR("alpaquita"), .type = PT_STR("apk"), .ecosystems = PT_STR("Alpaquita:%V"), .names = PT_MATCH_SOURCES},
    {.ids = PT_STR("rhel"), .type = PT_STR("rpm"), .ecosystems = PT_STR(RED_HAT("%M") "|Red Hat:enterprise_linux:%m"), .earlier = PT_STR(RED_HAT_EUS), .earlier_mark = PT_STR(".el%M_"), .names = PT_MATCH_BOTH_UNFIXED, .unfixed = true, .vendors = PT_STR("red hat")},
    {.ids = PT_STR("centos"), .type = PT_STR("rpm"), .ecosystems = PT_STR(RED_HAT("%M")), .names = PT_MATCH_BOTH_UNFIXED, .unfixed = true, .vendors = PT_STR("centos")},
    {.ids = PT_STR("almalinux"), .type = PT_STR("rpm"), .ecosystems = PT_STR("AlmaLinux:%M"), .names = PT_MATCH_BINARIES, .vendors = PT_STR("almalinux")},
    {.ids = PT_STR("rocky"), .type = PT_STR("rpm"), .ecosystems = PT_STR("Rocky Linux:%M"), .names = PT_MATCH_BOTH, .vendors = PT_STR("rocky")},
    {.ids = PT_STR("ol"), .type = PT_STR("rpm"), .ecosystems = PT_STR("Oracle Linux:%M"), .names = PT_MATCH_BINARIES, .vendors = PT_STR("oracle")},
    {.ids = PT_STR("amzn"), .type = PT_STR("rpm"), .ecosystems = PT_STR("Amazon Linux:%M"), .names = PT_MATCH_BINARIES, .vendors = PT_STR("amazon")},
    {.ids = PT_STR("sles sled sles_sap"), .type = PT_STR("rpm"), .ecosystems = PT_STR(SUSE_MODULES), .names = PT_MATCH_BOTH, .vendors = PT_STR("suse")},
    {.ids = PT_STR("sle-micro sl-micro suse-microos"), .type = PT_STR("rpm"), .ecosystems = PT_STR("SUSE:Linux Enterprise Micro %V|SUSE:Linux Micro %V"), .names = PT_MATCH_BOTH, .vendors = PT_STR("suse")},
    {.ids = PT_STR("opensuse-leap"), .type = PT_STR("rpm"), .ecosystems = PT_STR("openSUSE:Leap %V"), .names = PT_MATCH_BOTH, .vendors = PT_STR("suse")},
    {.ids = PT_STR("opensuse-tumbleweed"), .type = PT_STR("rpm"), .ecosystems = PT_STR("openSUSE:Tumbleweed"), .names = PT_MATCH_BOTH, .rolling = true, .vendors = PT_STR("suse")},
    {.ids = PT_STR("fedora"), .type = PT_STR("rpm"), .ecosystems = PT_STR("Fedora:%V"), .names = PT_MATCH_BOTH, .vendors = PT_STR("fedora")},
    {.ids = PT_STR("photon"), .type = PT_STR("rpm"), .ecosystems = PT_STR("Photon OS:%m"), .names = PT_MATCH_BOTH, .vendors = PT_STR("vmware|photon|broadcom")},
    {.ids = PT_STR("azurelinux mariner"), .type = PT_STR("rpm"), .ecosystems = PT_STR("Azure Linux:%M"), .names = PT_MATCH_BOTH, .unfixed = true, .vendors = PT_STR("microsoft")},
    {.ids = PT_STR("mageia"), .type = PT_STR("rpm"), .ecosystems = PT_STR("Mageia:%M"), .names = PT_MATCH_BOTH, .vendors = PT_STR("mageia")},
    {.ids = PT_STR("openeuler"), .type = PT_STR("rpm"), .ecosystems = PT_STR("openEuler:%V|openEuler:%V-LTS"), .names = PT_MATCH_BOTH, .vendors = PT_STR("openeuler")},
    {.ids = PT_STR("arch"), .type = PT_STR("alpm"), .ecosystems = PT_STR("Arch Linux"), .names = PT_MATCH_BOTH, .rolling = true, .unfixed = true},
};
// clang-format on

bool pt_match_is_os(pt_str type) {
    return pt_str_in_list(type, PT_STR("deb apk rpm alpm opkg"), ' ');
}

static pt_str before(pt_str version, unsigned dots) {
    for (size_t i = 0; i < version.n; i++)
        if (version.p[i] == '.' && dots-- == 0)
            return pt_str_sub(version, 0, i);
    return version;
}

static bool long_term(pt_str version) {
    int64_t year = 0;
    return pt_str_ends(version, PT_STR(".04")) && pt_str_int(before(version, 0), 10, &year) &&
           year % 2 == 0;
}

static void put_pattern(pt_buf *b, char c, pt_str release, pt_str version) {
    pt_str service = pt_str_sub(version, pt_str_find(version, '.') + 1, version.n);
    switch (c) {
    case 'M':
        pt_buf_put(b, before(release, 0));
        break;
    case 'm':
        pt_buf_put(b, before(release, 1));
        break;
    case 'L':
        pt_buf_put(b, version);
        pt_buf_putz(b, long_term(version) ? ":LTS" : "");
        break;
    case 'S':
        pt_buf_put(b, before(version, 0));
        if (service.n && !pt_str_eqz(service, "0"))
            pt_buf_printf(b, " SP%.*s", PT_PRI(service));
        break;
    default:
        pt_buf_put(b, version);
    }
}

// `version` is what %V, %L, %S stand for, `release` what %M and %m do.
static pt_str expand(pt_arena *a, pt_str pattern, pt_str release, pt_str version) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    for (size_t i = 0; i < pattern.n; i++)
        if (pattern.p[i] == '%' && i + 1 < pattern.n)
            put_pattern(&b, pattern.p[++i], release, version);
        else
            pt_buf_putc(&b, pattern.p[i]);
    if (b.full)
        return (pt_str){0};
    return pt_arena_str(a, pt_buf_str(&b));
}

static bool expand_all(pt_arena *a, const pt_system *s, pt_str patterns, pt_str *ret, size_t *n) {
    pt_str one;
    while (pt_str_split(&patterns, '|', &one)) {
        pt_assert(*n < PT_MATCH_ECOSYSTEMS_MAX);
        ret[*n] = expand(a, one, s->version, s->version);
        if (!ret[*n].p)
            return false;
        (*n)++;
    }
    return true;
}

static const pt_distro *distro_of(pt_str id) {
    for (size_t i = 0; i < PT_COUNT(DISTROS); i++)
        if (id.n && pt_str_in_list(id, DISTROS[i].ids, ' '))
            return &DISTROS[i];
    return NULL;
}

// Enough of a version to tell a release: it begins with a digit, and Alpine's has two numbers.
static bool tells_release(pt_str version) {
    return version.n && version.n <= 32 && version.p[0] >= '0' && version.p[0] <= '9';
}

static const char *why_unknown(const pt_system *s, pt_value os) {
    if (!pt_defined(os))
        return "no file says which system it is";
    if (!s->distro)
        return "a system that no advisories are known for";
    if (!s->distro->rolling && !tells_release(s->version))
        return "its os-release does not say which release it is";
    // Ahead of the releases that Red Hat's advisories speak of.
    if (pt_str_has(PT_GET_TEXT(os, "distribution"), PT_STR("Stream")))
        return "nobody publishes advisories for CentOS Stream";
    return NULL;
}

// Does the index know any of its ecosystems?
static pt_code probe(const pt_match_ask *ask, pt_arena *a, pt_system *s, pt_err *e) {
    bool known = false;
    pt_advised_list none = {0};
    for (size_t i = 0; i < s->n && !known; i++) {
        pt_code code = pt_index_find(ask->index, a, s->ecosystems[i], PT_STR(""), &none, &known, e);
        if (code)
            return code;
    }
    if (!known)
        s->unknown = "the index has no advisories for it";
    return PT_OK;
}

pt_code pt_match_system(const pt_match_ask *ask, pt_arena *a, pt_system *ret, pt_err *e) {
    pt_value os = PT_GET(ask->scan, "os");
    pt_system s = {.distro = distro_of(PT_GET_TEXT(os, "id")),
                   .version = PT_GET_TEXT(os, "version")};
    s.unknown = why_unknown(&s, os);
    s.name = PT_GET_TEXT(os, "name");
    if (!s.name.n)
        s.name = PT_GET_TEXT(os, "id");
    if (!s.name.n)
        s.name = PT_STR("system unknown");
    if (!s.unknown) {
        if (!expand_all(a, &s, s.distro->ecosystems, s.ecosystems, &s.n) ||
            !expand_all(a, &s, s.distro->later, s.later, &s.later_n))
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        s.name = s.ecosystems[0];
        s.ended = pt_match_ended(s.name, ask->now);
        pt_code code = probe(ask, a, &s, e);
        if (code)
            return code;
    }
    *ret = s;
    return PT_OK;
}

// -- packages -------------------------------------------------------------------------------------

static bool has_nocase(pt_str s, pt_str word) {
    for (size_t i = 0; i + word.n <= s.n; i++)
        if (pt_str_eq_nocase(pt_str_sub(s, i, i + word.n), word))
            return true;
    return false;
}

// Is the package one that its distribution made, by its vendor?
static bool official(const pt_distro *d, pt_value package) {
    pt_str vendor = PT_GET_TEXT(PT_GET(package, "more"), "vendor");
    pt_str words = d->vendors;
    pt_str word;
    if (!vendor.n || !words.n)
        return true;
    while (pt_str_split(&words, '|', &word))
        if (has_nocase(vendor, word))
            return true;
    return false;
}

// Is an address ("doko@debian.org") of one of these domains, or below one?
static bool of_domain(pt_str address, pt_str domains) {
    size_t at = pt_str_rfind(address, '@');
    pt_str host = pt_str_sub(address, at + 1, address.n);
    pt_str domain;
    while (pt_str_split(&domains, '|', &domain)) {
        size_t before = host.n - domain.n; // of no use where it is longer
        if (host.n >= domain.n && pt_str_eq_nocase(pt_str_sub(host, before, host.n), domain) &&
            (!before || host.p[before - 1] == '.'))
            return true;
    }
    return false;
}

// As far as its database tells: maintainer, vendor, or the source that an apk was built of.
static bool looked_after(const pt_distro *d, pt_value owner) {
    pt_value more = PT_GET(owner, "more");
    if (pt_str_eqz(d->type, "apk") && !PT_GET_TEXT(owner, "source").n)
        return false;
    if (!d->domains.n)
        return official(d, owner);
    return of_domain(PT_GET_TEXT(more, "maintainer"), d->domains) ||
           of_domain(PT_GET_TEXT(more, "original_maintainer"), d->domains);
}

// hier(7): what is local, an application's or a service's data is nobody's package.
static bool where_systems_install(pt_str file) {
    static const char *const folders[] = {"usr",   "bin",    "sbin", "etc",
                                          "lib32", "libx32", "lib",  "lib64"};
    pt_str top = pt_str_sub(file, 0, pt_str_find(file, '/'));
    bool is = false;
    for (size_t i = 0; i < PT_COUNT(folders) && top.n < file.n; i++)
        is = is || pt_str_eqz(top, folders[i]);
    return is && !pt_str_starts(file, PT_STR("usr/local/"));
}

// Is the file's content what the owner put there, as far as the database tells? dpkg's lists of
// files have no sums, so that the name alone is no word of it: the sums beside them must say it,
// too.
static bool put_there(pt_value owner) {
    pt_str content = PT_GET_TEXT(owner, "content");
    return content.n ? !pt_str_eqz(content, "other")
                     : !pt_str_eqz(PT_GET_TEXT(owner, "type"), "deb");
}

bool pt_match_brought(const pt_distro *d, pt_value owner, pt_value package) {
    static const char *const marks[] = {"nodesource", "ppa", "sury", "pgdg", "dotdeb", "dmo"};
    pt_str version = PT_GET_TEXT(owner, "version");
    for (size_t i = 0; i < PT_COUNT(marks); i++)
        if (has_nocase(version, pt_str_of(marks[i])))
            return false;
    return pt_str_eq(PT_GET_TEXT(owner, "type"), d->type) &&
           where_systems_install(PT_GET_TEXT(package, "file")) && looked_after(d, owner) &&
           put_there(PT_GET(package, "owner"));
}

static int flavour(pt_str version) {
    return pt_str_has(version, PT_STR(".ksplice")) ? 1
           : pt_str_has(version, PT_STR("_fips"))  ? 2
                                                   : 0;
}

static bool modular(pt_str version) {
    return pt_str_has(version, PT_STR(".module+")) || pt_str_has(version, PT_STR(".module_"));
}

bool pt_match_comparable(pt_str version, pt_str fixed) {
    return !fixed.n || (flavour(version) == flavour(fixed) && modular(version) == modular(fixed));
}

bool pt_match_module(pt_value package, pt_str module) {
    pt_str label = PT_GET_TEXT(PT_GET(package, "more"), "module");
    pt_str name;
    pt_str stream;
    if (!module.n)
        return true;
    // A bill of materials and Oracle's default streams have lost the label, and the version tells.
    if (!label.n)
        return modular(PT_GET_TEXT(package, "version"));
    pt_str rest = label; // name:stream:version:context:architecture
    if (!pt_str_split(&rest, ':', &name) || !pt_str_split(&rest, ':', &stream))
        return false;
    return pt_str_eq(pt_str_sub(label, 0, name.n + 1 + stream.n), module);
}

// Of the packages of a kernel's source, those without the kernel: headers, tools, libraries.
static bool kernel_aside(pt_str name, pt_str source) {
    static const char *const parts[] = {"headers",     "devel", "tools",    "-libs",   "doc",
                                        "macros",      "syms",  "perf",     "bpftool", "-dev",
                                        "stablelists", "abi-",  "cpupower", "source"};
    pt_str base = source.n ? source : name;
    bool debian = pt_str_eqz(base, "linux") || pt_str_starts(base, PT_STR("linux-signed")) ||
                  pt_str_starts(base, PT_STR("linux-meta"));
    bool kernel = debian || pt_str_eqz(base, "kernel") || pt_str_starts(base, PT_STR("kernel-")) ||
                  (pt_str_starts(base, PT_STR("linux-")) && pt_str_has(name, PT_STR("linux-")));
    if (!kernel)
        return false;
    if (debian)
        return !pt_str_starts(name, PT_STR("linux-image"));
    for (size_t i = 0; i < PT_COUNT(parts); i++)
        if (pt_str_has(name, pt_str_of(parts[i])))
            return true;
    return !pt_str_starts(name, PT_STR("kernel")) && !pt_str_starts(name, PT_STR("linux"));
}

static bool add(pt_lookups *r, pt_lookup l) {
    if (r->n == PT_MATCH_LOOKUPS_MAX || !l.ecosystem.p)
        return false;
    r->of[r->n++] = l;
    return true;
}

// Signed kernels are built again from what "linux" built, with versions of their own.
static bool signed_kernel(pt_str source) {
    return pt_str_starts(source, PT_STR("linux-signed"));
}

// By the names of its ecosystem's advisories: the package's own, its source's, or both. Source rpms
// are named without their epoch.
static bool add_names(pt_lookups *r, const pt_system *s, pt_value package, pt_str ecosystem,
                      uint8_t rank) {
    pt_match_names names = s->distro->names;
    pt_str name = PT_GET_TEXT(package, "name");
    pt_str version = PT_GET_TEXT(package, "version");
    pt_str source = PT_GET_TEXT(package, "source");
    pt_str source_version = PT_GET_TEXT(package, "source_version");
    bool rpm = pt_str_eqz(s->distro->type, "rpm");
    if (signed_kernel(source)) {
        source = PT_STR("linux");
        source_version = (pt_str){0};
    }
    bool same = !source.n || pt_str_eq(source, name);
    pt_lookup own = {
        .ecosystem = ecosystem, .name = name, .version = version, .system = true, .rank = rank};
    pt_lookup from = {.ecosystem = ecosystem,
                      .name = same ? name : source,
                      .version = source_version.n && !(rpm && same) ? source_version : version,
                      .system = true,
                      .source = true,
                      .no_epoch = rpm && !same,
                      .unfixed = names == PT_MATCH_BOTH_UNFIXED,
                      .rank = (uint8_t)(rank + (names != PT_MATCH_SOURCES))};
    if (names == PT_MATCH_SOURCES)
        return add(r, from);
    return add(r, own) && (names == PT_MATCH_BINARIES || same || add(r, from));
}

// The ecosystems that are asked first because of the package's own version: "…el9_2" is of the
// stream of 9.2, "+esm1" of Ubuntu Pro.
static bool add_earlier(pt_lookups *r, const pt_system *s, pt_arena *a, pt_value package) {
    const pt_distro *d = s->distro;
    pt_str version = PT_GET_TEXT(package, "version");
    pt_str mark = expand(a, d->earlier_mark, s->version, s->version);
    pt_str patterns = d->earlier;
    pt_str one;
    if (!mark.n || !pt_str_has(version, mark))
        return true;
    pt_str behind = pt_str_sub(version, pt_str_find_str(version, mark) + mark.n, version.n);
    size_t digits = 0;
    while (digits < behind.n && behind.p[digits] >= '0' && behind.p[digits] <= '9')
        digits++;
    pt_str minor = pt_str_sub(behind, 0, digits);
    bool stream = pt_str_ends(mark, PT_STR("_"));
    if (stream && !digits)
        return true;
    while (pt_str_split(&patterns, '|', &one))
        if (!add_names(r, s, package, expand(a, one, s->version, stream ? minor : s->version), 0))
            return false;
    return true;
}

enum {
    RANK_OWN = 2,   // binary; 3: source
    RANK_LATER = 4, // what the others are silent about
};

pt_code pt_match_os_lookups(const pt_system *s, pt_arena *a, pt_value package, pt_lookups *ret,
                            pt_err *e) {
    pt_str type = PT_GET_TEXT(package, "type");
    pt_lookups r = {.ecosystem = s->name, .reason = s->unknown, .whole = s->unknown != NULL};
    if (!r.reason && !pt_str_eq(type, s->distro->type))
        r = (pt_lookups){.ecosystem = type,
                         .reason = "not of the kind that this system installs",
                         .whole = true};
    if (!r.reason && !official(s->distro, package))
        r.reason = "another vendor made it: the distribution's advisories do not speak of it";
    if (!r.reason && !PT_GET_TEXT(package, "version").n)
        r.reason = "it has no version";
    bool fits = r.reason || add_earlier(&r, s, a, package);
    for (size_t i = 0; !r.reason && i < s->n && fits; i++)
        fits = add_names(&r, s, package, s->ecosystems[i], RANK_OWN);
    for (size_t i = 0; !r.reason && i < s->later_n && fits; i++)
        fits = add_names(&r, s, package, s->later[i], RANK_LATER);
    if (!fits)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (kernel_aside(PT_GET_TEXT(package, "name"), PT_GET_TEXT(package, "source")))
        r.aside = "its source is the kernel's, and it holds no kernel";
    *ret = r;
    return PT_OK;
}
