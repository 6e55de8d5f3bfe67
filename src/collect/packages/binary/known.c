// Software that was put into an image without a package manager, told by a text that stands beside
// its version. Only what the name of the file fits is searched for, so that a program that merely
// knows of another ("curl/8.0" in a test's data) is not taken for it.
#include "collect/packages/binary/binary.h"
#include "collect/packages/binary/elf.h"

enum {
    NAMES_MAX = 4,
    VERSION_BYTES_MAX = 48,
};

typedef struct known {
    const char *name;
    const char
        *files[NAMES_MAX]; // how the file's name begins: behind it nothing, a digit, '.', '-'
    pt_str before, after;  // of the version
    const char *also;      // stands elsewhere in it
    const char *never;     // does not
    const char *begins;    // how the version does; "": as the file's name has it
    bool plain;            // digits and dots only
} known;

#define NUL PT_STR("\0")

static const known programs[] = {
    {"openssl", {"openssl", "libcrypto.so"}, PT_STR("\0OpenSSL "), PT_STR(" "), NULL, "BoringSSL"},
    {"aws-lc", {"libcrypto.so", "bssl"}, PT_STR("AWS-LC "), NUL},
    {"nginx", {"nginx"}, PT_STR("nginx version: nginx/"), {0}},
    {"openresty", {"nginx", "openresty"}, PT_STR("nginx version: openresty/"), {0}},
    {"redis", {"redis-server", "redis"}, {0}, PT_STR("buildkitsandbox-"), NULL, "valkey", NULL, 1},
    {"redis", {"redis-server", "redis"}, PT_STR("Redis version "), {0}, NULL, "valkey"},
    {"valkey", {"valkey-server"}, {0}, PT_STR("buildkitsandbox-"), NULL, NULL, NULL, 1},
    {"busybox", {"busybox"}, PT_STR("BusyBox v"), {0}},
    {"node", {"node", "nodejs"}, PT_STR("node.js/v"), {0}},
    {"python", {"python", "libpython"}, {0}, NUL, NULL, NULL, ""},
    {"php", {"php", "libphp", "php-fpm", "php-cgi"}, PT_STR("X-Powered-By: PHP/"), {0}},
    {"perl", {"perl", "libperl.so"}, PT_STR("/lib/perl5/"), {0}, NULL, NULL, "5", 1},
    {"ruby", {"ruby", "libruby"}, PT_STR("ruby "), PT_STR("p"), NULL, NULL, NULL, 1},
    {"postgresql", {"postgres", "psql"}, PT_STR("PostgreSQL "), PT_STR(" on ")},
    {"postgresql", {"postgres", "psql"}, PT_STR("PostgreSQL "), PT_STR(" (")},
    {"mysql", {"mysqld"}, PT_STR("/mysql-"), PT_STR("/"), NULL, "MariaDB"},
    {"mariadb", {"mariadbd", "mysqld", "mariadb"}, {0}, PT_STR("-MariaDB"), NULL, NULL, NULL, 1},
    {"httpd", {"httpd", "apache2"}, PT_STR("Apache/"), {0}},
    {"haproxy", {"haproxy"}, PT_STR("version "), PT_STR(", released")},
    {"haproxy", {"haproxy"}, PT_STR("HAProxy version "), {0}},
    {"consul", {"consul"}, PT_STR("CONSUL_VERSION: "), {0}},
    {"traefik", {"traefik"}, PT_STR("\0v"), NUL, "\xff Go buildinf:"},
    {"bash", {"bash"}, PT_STR("@(#)Bash version "), PT_STR("("), NULL, NULL, NULL, 1},
    {"curl", {"curl"}, PT_STR("curl/"), {0}},
    {"curl", {"libcurl.so"}, PT_STR("libcurl/"), {0}},
    {"git", {"git"}, PT_STR("git/"), NUL},
    {"erlang", {"beam.smp", "erlexec"}, PT_STR("/otp_src_"), PT_STR("/")},
    {"julia", {"julia", "libjulia"}, NUL, PT_STR("\0julia version")},
    {"rust", {"libstd"}, PT_STR("rustc version "), PT_STR(" (")},
    {"zstd", {"zstd"}, PT_STR("\0v"), NUL, "Zstandard"},
    {"xz", {"xz"}, PT_STR("xz (XZ Utils) "), {0}},
    {"sqlite", {"sqlite3", "libsqlite3.so"}, NUL, NUL, "SQLite format 3", NULL, "3", 1},
    {"memcached", {"memcached"}, PT_STR("memcached "), {0}},
    {"lighttpd", {"lighttpd"}, PT_STR("lighttpd/"), {0}},
    {"deno", {"deno"}, PT_STR("Deno/"), {0}},
    {"bun", {"bun"}, PT_STR("bun v"), {0}},
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

// -- names ----------------------------------------------------------------------------------------

static pt_str file_name(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return cut < path.n ? pt_str_sub(path, cut + 1, path.n) : path;
}

static bool name_fits(const known *k, pt_str name, pt_str *ret_behind) {
    for (size_t i = 0; i < NAMES_MAX && k->files[i]; i++) {
        pt_str begin = pt_str_of(k->files[i]);
        pt_str behind = pt_str_sub(name, begin.n, name.n);
        if (pt_str_starts(name, begin) &&
            (!behind.n || is_digit(behind.p[0]) || behind.p[0] == '.' || behind.p[0] == '-')) {
            *ret_behind = behind;
            return true;
        }
    }
    return false;
}

bool pt_known_program_name(pt_str path) {
    pt_str behind;
    for (size_t i = 0; i < PT_COUNT(programs); i++)
        if (name_fits(&programs[i], file_name(path), &behind))
            return true;
    return false;
}

bool pt_known_program_is_searched(pt_str path) {
    pt_str behind;
    for (size_t i = 0; i < PT_COUNT(programs); i++)
        if ((programs[i].also || programs[i].never) &&
            name_fits(&programs[i], file_name(path), &behind))
            return true;
    return false;
}

static size_t digits_at(pt_str s, size_t at) {
    size_t n = at;
    while (n < s.n && is_digit(s.p[n]))
        n++;
    return n - at;
}

// "3.11" of "3.11.so.1.0"; empty: there are not two numbers.
static pt_str number_of(pt_str behind) {
    size_t dot = digits_at(behind, 0);
    size_t more = dot < behind.n && behind.p[dot] == '.' ? digits_at(behind, dot + 1) : 0;
    return pt_str_sub(behind, 0, more ? dot + 1 + more : 0);
}

// -- versions -------------------------------------------------------------------------------------

// How long the version is that `s` begins with: numbers with dots between, at least two, and unless
// it is plain letters and digits behind ("1.1.1w", "4.0rc1").
static size_t version_bytes(pt_str s, bool plain) {
    size_t n = 0;
    unsigned dots = 0;
    s = pt_str_sub(s, 0, VERSION_BYTES_MAX);
    while (n < s.n && (is_digit(s.p[n]) || (s.p[n] == '.' && n && is_digit(s.p[n - 1])))) {
        dots += s.p[n] == '.';
        n++;
    }
    if (n && s.p[n - 1] == '.') {
        n--;
        dots--;
    }
    if (!dots || !n)
        return 0;
    while (!plain && n < s.n && (is_lower(s.p[n]) || is_digit(s.p[n])))
        n++;
    return n;
}

// Where the digits and dots begin that end at `end`.
static size_t version_start(pt_str s, size_t end) {
    size_t at = end;
    while (at && end - at < VERSION_BYTES_MAX && (is_digit(s.p[at - 1]) || s.p[at - 1] == '.'))
        at--;
    while (at < end && s.p[at] == '.')
        at++;
    return at;
}

typedef struct search {
    const known *k;
    pt_str begins;  // of the version; empty: anything
    pt_str version; // found
    bool several;
} search;

// "3.11.2" begins with "3.11", "3.110" does not.
static bool begins_with(pt_str version, pt_str numbers) {
    bool more = version.n > numbers.n && version.p[numbers.n] == '.';
    return !numbers.n || (pt_str_starts(version, numbers) && more);
}

// Is a version at `at`, with what must stand behind it?
static void try_at(search *f, pt_str s, size_t at) {
    pt_str rest = pt_str_sub(s, at, s.n);
    pt_str version = pt_str_sub(rest, 0, version_bytes(rest, f->k->plain));
    if (!version.n || !pt_str_starts(pt_str_sub(rest, version.n, rest.n), f->k->after) ||
        !begins_with(version, f->begins))
        return;
    f->several |= f->version.n && !pt_str_eq(f->version, version);
    if (!f->version.n)
        f->version = version;
}

static void search_in(search *f, pt_str s) {
    pt_str anchor = f->k->before.n ? f->k->before : f->k->after;
    for (size_t at = 0; at < s.n;) {
        at += pt_str_find_str(pt_str_sub(s, at, s.n), anchor);
        if (at < s.n)
            try_at(f, s, f->k->before.n ? at + anchor.n : version_start(s, at));
        at++;
    }
}

// A version that stands alone may be another's: then it must be the only one.
static bool is_bare(const known *k) {
    return k->before.n <= 1 && k->after.n == 1;
}

static pt_str version_in(const known *k, pt_str whole, pt_str constants, pt_str behind) {
    search f = {.k = k};
    if (k->begins)
        f.begins = *k->begins ? pt_str_of(k->begins) : number_of(behind);
    if (k->begins && !f.begins.n)
        return f.begins;
    if ((k->also && !pt_str_has(whole, pt_str_of(k->also))) ||
        (k->never && pt_str_has(whole, pt_str_of(k->never))))
        return (pt_str){0};
    search_in(&f, constants);
    if (is_bare(k) && f.several)
        f.version.n = 0;
    return f.version;
}

pt_code pt_read_known_program(pt_read *r, pt_str text, pt_err *e) {
    pt_elf f;
    pt_str name = file_name(r->path);
    pt_str behind = {0};
    pt_str constants = {0};
    for (size_t i = 0; i < PT_COUNT(programs); i++) {
        const known *k = &programs[i];
        if (!name_fits(k, name, &behind))
            continue;
        if (!constants.n && pt_elf_open(&f, text))
            constants = pt_elf_section_named(&f, ".rodata");
        pt_package p = {.type = PT_STR("generic"),
                        .name = pt_str_of(k->name),
                        .version = version_in(k, text, constants, behind)};
        if (p.version.n)
            return pt_package_add(r, &p, e);
    }
    return PT_OK;
}
