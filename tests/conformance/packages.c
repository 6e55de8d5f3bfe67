// Suite "packages": a folder of cases, each a folder with input/ and expected.json (see the README
// beside them). Run are the cases of readers that there are; the others are skipped, and counted by
// the reason. A case passes if the same packages are found, in any order, with their source
// packages; of os-release if the system and its version are.
#include "packages.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/packages/os/os.h"
#include "collect/packages/readers.h"
#include "value/json.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// "1:2.3-4" of {Epoch, Version, Release}, as dpkg writes it.
static pt_str version_of(pt_arena *a, pt_value p, const char *const keys[3]) {
    int64_t epoch = 0;
    pt_str version = text_of(p, keys[1]);
    pt_str release = text_of(p, keys[2]);
    bool has = pt_to_int(pt_getz(p, keys[0]), &epoch) && epoch > 0;
    pt_str head = {0};
    if (has)
        head = pt_arena_printf(a, "%lld:", (long long)epoch);
    return pt_arena_printf(a, "%.*s%.*s%s%.*s", PT_PRI(head), PT_PRI(version), release.n ? "-" : "",
                           PT_PRI(release));
}

static pt_str expected_line(pt_arena *a, pt_value p) {
    static const char *const own[] = {"Epoch", "Version", "Release"};
    static const char *const source[] = {"SrcEpoch", "SrcVersion", "SrcRelease"};
    return pt_arena_printf(a, "%.*s %.*s %.*s %.*s %.*s", PT_PRI(text_of(p, "Name")),
                           PT_PRI(version_of(a, p, own)), PT_PRI(text_of(p, "Arch")),
                           PT_PRI(text_of(p, "SrcName")), PT_PRI(version_of(a, p, source)));
}

// rpm's packages do not say the epoch of what they were built of, and the corpus takes their own.
static pt_str expected_rpm_line(pt_arena *a, pt_value p) {
    static const char *const own[] = {"Epoch", "Version", "Release"};
    static const char *const source[] = {"", "SrcVersion", "SrcRelease"};
    return pt_arena_printf(a, "%.*s %.*s %.*s %.*s %.*s", PT_PRI(text_of(p, "Name")),
                           PT_PRI(version_of(a, p, own)), PT_PRI(text_of(p, "Arch")),
                           PT_PRI(text_of(p, "SrcName")), PT_PRI(version_of(a, p, source)));
}

static pt_str found_line(pt_arena *a, pt_value p) {
    return pt_arena_printf(a, "%.*s %.*s %.*s %.*s %.*s", PT_PRI(text_of(p, "name")),
                           PT_PRI(text_of(p, "version")), PT_PRI(text_of(p, "architecture")),
                           PT_PRI(text_of(p, "source")), PT_PRI(text_of(p, "source_version")));
}

typedef pt_str line_of(pt_arena *a, pt_value p);

// Every line of the one list is in the other: the first that is not, or empty.
static pt_str missing(pt_arena *a, pt_value list, line_of *fn, pt_value in, line_of *fn_in) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str line = fn(a, pt_at(list, i));
        bool found = false;
        for (size_t k = 0; !found && k < pt_len(in); k++)
            found = pt_str_eq(line, fn_in(a, pt_at(in, k)));
        if (!found)
            return line;
    }
    return (pt_str){0};
}

// Keys are listed by others as if they were packages.
static bool is_key(pt_value want) {
    return pt_str_eqz(text_of(want, "Name"), "gpg-pubkey");
}

static pt_value without_keys(pt_arena *a, pt_value packages) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(packages); i++)
        if (!is_key(pt_at(packages, i)))
            pt_list_add(&l, pt_at(packages, i));
    return pt_list_end(&l);
}

// Packages of all files of a text archive that some reader knows.
static bool read_archive(pt_str text, pt_read *r) {
    bool any = false;
    pt_str path;
    pt_str file;
    while (pt_package_archive_next(&text, &path, &file)) {
        const pt_reader_row *row = pt_reader_of(path);
        r->path = path;
        if (row && row->read)
            any = row->read(r, file, NULL) == PT_OK || any;
    }
    return any;
}

// Of an installed database alone: by the path that it has in an image, by the function, or by how
// the formats of rpm's databases begin. NULL: it is none.
static pt_reader *database_reader(pt_value run, pt_str text) {
    static const struct {
        const char *part;
        pt_reader *read;
    } functions[] = {{"ApkInfo", pt_read_apk}, {"pkRpmqa", pt_read_rpm_manifest}};
    static const struct {
        size_t at;
        pt_str begin;
        pt_reader *read;
    } formats[] = {{0, PT_STR("SQLite format 3"), pt_read_rpm_sqlite},
                   {0, PT_STR("RpmP"), pt_read_rpm_ndb},
                   {12, PT_STR("\x61\x15\x06\0"), pt_read_rpm_bdb}};
    const pt_reader_row *row = pt_reader_of(text_of(pt_getz(run, "options"), "filePath"));
    if (row && row->read && strcmp(row->kind, "os") != 0)
        return row->read;
    for (size_t i = 0; i < PT_COUNT(functions); i++)
        if (pt_str_has(text_of(run, "function"), pt_str_of(functions[i].part)))
            return functions[i].read;
    for (size_t i = 0; i < PT_COUNT(formats); i++)
        if (pt_str_eq(pt_str_sub(text, formats[i].at, formats[i].at + formats[i].begin.n),
                      formats[i].begin))
            return formats[i].read;
    return NULL;
}

static bool is_rpm(pt_reader *read) {
    return read == pt_read_rpm_sqlite || read == pt_read_rpm_ndb || read == pt_read_rpm_bdb ||
           read == pt_read_rpm_manifest;
}

// The packages that are expected; undefined: something else is.
static pt_value wanted_packages(pt_value run) {
    pt_value expected = pt_getz(run, "expected");
    pt_value infos = pt_getz(expected, "PackageInfos");
    if (pt_defined(infos))
        return pt_getz(pt_at(infos, 0), "Packages");
    return pt_tag_of(expected) == PT_ARRAY ? expected : pt_getz(run, "packages");
}

static void run_packages(pt_tally *t, pt_arena *a, const char *name, pt_value run, pt_str text) {
    pt_read r = {.a = a, .packages = {.a = a}, .faults = {.a = a}};
    pt_reader *read = database_reader(run, text);
    pt_value want = without_keys(a, wanted_packages(run));
    line_of *expected = is_rpm(read) ? expected_rpm_line : expected_line;
    if (read ? read(&r, text, NULL) != PT_OK : !read_archive(text, &r)) {
        pt_case_failed(t, name, "no reader took any of its files");
        return;
    }
    pt_value got = pt_list_end(&r.packages);
    pt_str lost = missing(a, want, expected, got, found_line);
    pt_str extra = missing(a, got, found_line, want, expected);
    if (lost.n || extra.n)
        pt_case_failed(t, name, "%s: %.*s", lost.n ? "not found" : "found, not expected",
                       PT_PRI(lost.n ? lost : extra));
    else
        pt_case_passed(t);
}

// The corpus has names of its own for some systems.
static pt_str system_name(pt_str id) {
    static const char *const others[][2] = {{"ol", "oracle"},
                                            {"rhel", "redhat"},
                                            {"opensuse-leap", "opensuse-leap"},
                                            {"sle-micro", "slem"},
                                            {"sle-micro-rancher", "slem"},
                                            {"sl-micro", "slem"},
                                            {"opensuse-tumbleweed", "opensuse-tumbleweed"},
                                            {"amzn", "amazon"},
                                            {"mariner", "cbl-mariner"},
                                            {"almalinux", "alma"}};
    for (size_t i = 0; i < PT_COUNT(others); i++)
        if (pt_str_eqz(id, others[i][0]))
            return pt_str_of(others[i][1]);
    return id;
}

// Which reader a run's function of the corpus stands for.
static pt_reader *system_reader(pt_str function) {
    static const struct {
        const char *part;
        pt_reader *read;
    } readers[] = {{"osRelease", pt_read_os_release},
                   {"debianOS", pt_read_debian_version},
                   {"ubuntuESM", pt_read_ubuntu_pro},
                   {"ubuntuOS", pt_read_lsb_release},
                   {"contentManifest", pt_read_content_manifest},
                   {"dockerfile", pt_read_build_recipe},
                   {"epo", pt_read_apk_repositories},
                   {"lpine", pt_read_alpine_release},
                   {"OSAnalyzer", pt_read_release}};
    for (size_t i = 0; i < PT_COUNT(readers); i++)
        if (pt_str_has(function, pt_str_of(readers[i].part)))
            return readers[i].read;
    return NULL;
}

// Some versions have a name for people around them in the corpus: "2 (Karoo)", "AMI release 2018".
static pt_str number_in(pt_str version) {
    pt_str rest = version;
    pt_str word;
    while (pt_str_word(&rest, &word))
        if (word.p[0] >= '0' && word.p[0] <= '9')
            return word;
    return version;
}

// The corpus asks for one of them.
static pt_str last_repository(pt_value os) {
    pt_value all = pt_getz(os, "repositories");
    return pt_text(pt_at(all, pt_len(all) ? pt_len(all) - 1 : 0));
}

// The first fact of the system that is not as it should be, or NULL.
static const char *system_differs(pt_value expected, pt_value os) {
    pt_value want = pt_getz(expected, "OS");
    pt_value build = pt_getz(expected, "BuildInfo");
    pt_value sets = pt_getz(build, "ContentSets");
    pt_value repository = pt_getz(expected, "Repository");
    pt_str id = system_name(text_of(os, "id"));
    // CentOS Stream has CentOS' id.
    if (pt_str_eqz(id, "centos") && pt_str_has(text_of(os, "distribution"), PT_STR("Stream")))
        id = PT_STR("centos-stream");
    if (pt_str_eqz(text_of(want, "Family"), "ubuntu") && pt_true(pt_getz(want, "Extended")))
        return pt_true(pt_getz(os, "extended")) ? NULL : "extended support";
    if (!pt_str_eq(id, text_of(want, "Family")))
        return "system";
    if (!pt_str_eq(text_of(os, "version"), number_in(text_of(want, "Name"))))
        return "version";
    if (pt_defined(repository) && !pt_str_eq(last_repository(os), text_of(repository, "Release")))
        return "repository";
    if (pt_defined(sets) && !pt_eq(sets, pt_getz(os, "content_sets")))
        return "content sets";
    if (!pt_str_eq(text_of(build, "Nvr"), text_of(pt_getz(os, "build"), "nvr")))
        return "build";
    if (!pt_str_eq(text_of(build, "Arch"), text_of(pt_getz(os, "build"), "architecture")))
        return "architecture of the build";
    return NULL;
}

static void run_system(pt_tally *t, const char *dir, pt_value run, pt_str path, pt_str text) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .path = path, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_reader *read = system_reader(text_of(run, "function"));
    bool fails = pt_defined(pt_getz(run, "error"));
    if (!read || read(&r, text, NULL)) {
        pt_case_failed(t, dir, "not read");
        return;
    }
    const char *wrong = fails ? NULL : system_differs(pt_getz(run, "expected"), r.os);
    if (!wrong && fails != (r.faults.items.n > 0))
        wrong = fails ? "read without a fault, which it has" : "a fault, where it has none";
    if (wrong)
        pt_case_failed(t, dir, "%s", wrong);
    else
        pt_case_passed(t);
}

// -- rpm ------------------------------------------------------------------------------------------

static bool read_rpm(pt_read *r, const char *dir) {
    static const struct {
        const char *name;
        pt_reader *read;
    } databases[] = {{"rpmdb.sqlite", pt_read_rpm_sqlite},
                     {"Packages.db", pt_read_rpm_ndb},
                     {"Packages", pt_read_rpm_bdb}};
    for (size_t i = 0; i < PT_COUNT(databases); i++) {
        pt_str db =
            pt_package_disk(r->a, pt_arena_printf(r->a, "%s/input/%s", dir, databases[i].name));
        if (db.p)
            return databases[i].read(r, db, NULL) == PT_OK;
    }
    return false;
}

// Texts of lists that are the same but for their order; what is not expected may be anything.
static bool same_strings(pt_value want, pt_value got) {
    bool same = !pt_defined(want) || pt_len(want) == pt_len(got);
    for (size_t i = 0; same && i < pt_len(want); i++) {
        bool found = false;
        for (size_t k = 0; !found && k < pt_len(got); k++)
            found = pt_eq(pt_at(want, i), pt_at(got, k));
        same = found;
    }
    return same;
}

// The first thing that is not as it should be, or NULL.
static const char *rpm_differs(pt_arena *a, pt_value want, pt_value p) {
    static const char *const no_source[] = {"Epoch", "Version", "Release"};
    pt_value more = pt_getz(p, "more");
    pt_str licence = text_of(want, "License");
    pt_str source = text_of(p, "source");
    pt_str source_version = text_of(p, "source_version");
    if (source.n)
        source = pt_arena_printf(a, "%.*s-%.*s.src.rpm", PT_PRI(source), PT_PRI(source_version));
    if (!pt_str_eq(text_of(p, "name"), text_of(want, "Name")))
        return "name";
    if (!pt_str_eq(text_of(p, "version"), version_of(a, want, no_source)))
        return "version";
    if (!pt_str_eq(text_of(p, "architecture"), text_of(want, "Arch")))
        return "architecture";
    bool built = text_of(want, "SourceRpm").n && text_of(want, "SourceRpm").p[0] != '('; // "(none)"
    if (built && !pt_str_eq(source, text_of(want, "SourceRpm")))
        return "source";
    if (!pt_str_eq(text_of(more, "vendor"), text_of(want, "Vendor")))
        return "vendor";
    if (!pt_str_eq(text_of(more, "module"), text_of(want, "Modularitylabel")))
        return "module";
    if (licence.n && !pt_str_eq(licence, pt_text(pt_at(pt_getz(p, "licences"), 0))))
        return "licence";
    if (!same_strings(pt_getz(want, "Provides"), pt_getz(more, "provides")))
        return "provides";
    if (!same_strings(pt_getz(want, "Requires"), pt_getz(more, "requires")))
        return "requires";
    return NULL;
}

// rpmdb/NAME/expected-PACKAGE.json: one package of the database in NAME/input.
static void run_rpm(pt_tally *t, const char *dir, const char *name) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value doc = pt_undefined();
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    const char *wrong = "not found";
    pt_str text = pt_package_disk(&a, pt_arena_printf(&a, "%s/%s", dir, name));
    if (pt_json_parse(&a, text, NULL, &doc, NULL) || !read_rpm(&r, dir) || r.faults.items.n) {
        pt_case_failed(t, dir, "%s: it or its database cannot be read", name);
        return;
    }
    pt_value want = pt_getz(doc, "package");
    for (size_t i = 0; wrong && i < r.packages.items.n; i++) {
        pt_value p = r.packages.items.v[i];
        if (pt_str_eq(text_of(p, "name"), text_of(want, "Name")))
            wrong = rpm_differs(&a, want, p);
    }
    if (wrong)
        pt_case_failed(t, dir, "%s: %s", name, wrong);
    else
        pt_case_passed(t);
}

// rpmdb/NAME/expected.json: the whole list, in the database's order.
static void run_rpm_list(pt_tally *t, const char *dir, pt_value run) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_value list = pt_getz(run, "packages_in_order");
    const char *wrong = NULL;
    size_t at = 0;
    if (!read_rpm(&r, dir) || r.faults.items.n)
        wrong = "its database cannot be read";
    for (size_t i = 0; !wrong && i < pt_len(list); i++)
        if (!is_key(pt_at(list, i))) {
            pt_value p = at < r.packages.items.n ? r.packages.items.v[at] : pt_undefined();
            at++;
            wrong = rpm_differs(&a, pt_at(list, i), p);
        }
    if (!wrong && at != r.packages.items.n)
        wrong = "more than are expected";
    if (wrong)
        pt_case_failed(t, dir, "package %zu: %s", at, wrong);
    else
        pt_case_passed(t);
}

static void run_one(pt_tally *t, pt_arena *a, const char *dir, pt_value run, size_t *skipped) {
    pt_value inputs = pt_getz(run, "inputs");
    pt_str input = pt_text(pt_val_at(inputs, 0));
    pt_str text = pt_package_disk(a, pt_arena_printf(a, "%s/%.*s", dir, PT_PRI(input)));
    bool archive = pt_defined(pt_getz(inputs, "txtar"));
    bool database = !archive && database_reader(run, text);
    if ((archive || database) && pt_defined(wanted_packages(run)))
        run_packages(t, a, dir, run, text);
    else if (system_reader(text_of(run, "function")))
        run_system(t, dir, run, input, text);
    else
        ++*skipped; // licences, and files of which nothing is expected
}

static void run_case(pt_tally *t, const char *dir, const pt_package_group *g, size_t *skipped) {
    pt_arena a = {0};
    pt_value doc = pt_undefined();
    pt_str text = pt_package_disk(&a, pt_arena_printf(&a, "%s/expected.json", dir));
    if (pt_json_parse(&a, text, NULL, &doc, NULL))
        pt_case_failed(t, dir, "expected.json cannot be read");
    pt_value runs = pt_getz(doc, "runs");
    if (pt_defined(pt_getz(doc, "packages_in_order")))
        run_rpm_list(t, dir, doc);
    for (size_t i = 0; i < pt_len(runs); i++)
        if (g->skip)
            ++*skipped;
        else if (pt_defined(pt_getz(pt_at(runs, i), "packages_in_order")))
            run_rpm_list(t, dir, pt_at(runs, i));
        else if (!g->read)
            run_one(t, &a, dir, pt_at(runs, i), skipped);
        else if (!pt_package_run(t, g, dir, pt_at(runs, i)))
            ++*skipped;
    pt_arena_done(&a);
}

// Cases lie at any depth; recursion is bounded by the depth of the folder given.
// NOLINTNEXTLINE(misc-no-recursion)
static bool walk(pt_tally *t, const char *dir, const pt_package_group *g, size_t *skipped) {
    struct dirent **entries;
    pt_arena a = {0};
    int n = scandir(dir, &entries, NULL, alphasort);
    if (n < 0)
        return false;
    bool found = false;
    for (int i = 0; i < n; i++) {
        pt_str name = pt_str_of(entries[i]->d_name);
        found = found || pt_str_eqz(name, "expected.json");
        if (pt_str_starts(name, PT_STR("expected-")) && pt_str_ends(name, PT_STR(".json")))
            run_rpm(t, dir, name.p);
    }
    if (found)
        run_case(t, dir, g, skipped);
    for (int i = 0; i < n; i++) {
        if (!found && entries[i]->d_type == DT_DIR && entries[i]->d_name[0] != '.')
            walk(t, pt_arena_printf(&a, "%s/%s", dir, entries[i]->d_name).p, g, skipped);
        free(entries[i]);
    }
    free((void *)entries);
    pt_arena_done(&a);
    return true;
}

pt_suite_run pt_suite_packages; // SUITES in conformance.c declares it too
bool pt_suite_packages(const char *dir, pt_tally *t) {
    bool any = false;
    for (const pt_package_group *g = pt_package_groups; g->path; g++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        size_t skipped = 0;
        any = walk(t, pt_arena_printf(&a, "%s/%s", dir, g->path).p, g, &skipped) || any;
        if (skipped)
            printf("skipped %zu of %s: %s\n", skipped, g->path,
                   g->skip ? g->skip
                           : "licences, no packages expected, or of files that are not there");
    }
    return any;
}
