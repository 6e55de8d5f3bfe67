// Suite "packages": a folder of cases, each a folder with input/ and expected.json (see the README
// beside them). Run are the cases of readers that there are; the others are skipped, and counted by
// the reason. A case passes if the same packages are found, in any order, with their source
// packages; of os-release if the system and its version are.
#include "packages.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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

static void run_packages(pt_tally *t, pt_arena *a, const char *name, pt_value run, pt_str text) {
    pt_read r = {.a = a, .packages = {.a = a}, .faults = {.a = a}};
    pt_value infos = pt_getz(pt_getz(run, "expected"), "PackageInfos");
    pt_value want = pt_getz(pt_at(infos, 0), "Packages");
    if (!read_archive(text, &r)) {
        pt_case_failed(t, name, "no reader took any of its files");
        return;
    }
    pt_value got = pt_list_end(&r.packages);
    pt_str lost = missing(a, want, expected_line, got, found_line);
    pt_str extra = missing(a, got, found_line, want, expected_line);
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
                                            {"almalinux", "alma"}};
    for (size_t i = 0; i < PT_COUNT(others); i++)
        if (pt_str_eqz(id, others[i][0]))
            return pt_str_of(others[i][1]);
    return id;
}

static void run_system(pt_tally *t, pt_arena *a, const char *name, pt_value run, pt_str text) {
    pt_read r = {.a = a, .packages = {.a = a}, .faults = {.a = a}};
    pt_value want = pt_getz(pt_getz(run, "expected"), "OS");
    if (pt_read_os_release(&r, text, NULL)) {
        pt_case_failed(t, name, "not read");
        return;
    }
    pt_str id = system_name(text_of(r.os, "id"));
    // CentOS Stream has CentOS' id.
    if (pt_str_eqz(id, "centos") && pt_str_has(text_of(r.os, "distribution"), PT_STR("Stream")))
        id = PT_STR("centos-stream");
    pt_str version = text_of(r.os, "version");
    if (pt_str_eq(id, text_of(want, "Family")) && pt_str_eq(version, text_of(want, "Name")))
        pt_case_passed(t);
    else
        pt_case_failed(t, name, "%.*s %.*s", PT_PRI(id), PT_PRI(version));
}

// rpmdb/NAME/expected-PACKAGE.json: one package of the database in NAME/input.
static void run_rpm(pt_tally *t, const char *dir, const char *name, size_t *skipped) {
    static const char *const no_source[] = {"Epoch", "Version", "Release"};
    pt_arena a = {0};
    pt_value doc = pt_undefined();
    pt_read r = {.a = &a, .packages = {.a = &a}, .faults = {.a = &a}};
    pt_str text = pt_package_disk(&a, pt_arena_printf(&a, "%s/%s", dir, name));
    pt_str db = pt_package_disk(&a, pt_arena_printf(&a, "%s/input/rpmdb.sqlite", dir));
    if (pt_json_parse(&a, text, NULL, &doc, NULL))
        pt_case_failed(t, dir, "%s cannot be read", name);
    else if (!db.p)
        ++*skipped;
    else {
        pt_value want = pt_getz(doc, "package");
        pt_code code = pt_read_rpm_sqlite(&r, db, NULL);
        bool found = false;
        for (size_t i = 0; !code && i < r.packages.items.n; i++) {
            pt_value p = r.packages.items.v[i];
            pt_str source = pt_arena_printf(&a, "%.*s-%.*s.src.rpm", PT_PRI(text_of(p, "source")),
                                            PT_PRI(text_of(p, "source_version")));
            found |= pt_str_eq(text_of(p, "name"), text_of(want, "Name")) &&
                     pt_str_eq(text_of(p, "version"), version_of(&a, want, no_source)) &&
                     pt_str_eq(text_of(p, "architecture"), text_of(want, "Arch")) &&
                     pt_str_eq(source, text_of(want, "SourceRpm"));
        }
        if (found && r.faults.items.n == 0)
            pt_case_passed(t);
        else
            pt_case_failed(t, dir, "%s is not found as it should be", name);
    }
    pt_arena_done(&a);
}

static void run_one(pt_tally *t, pt_arena *a, const char *dir, pt_value run, size_t *skipped) {
    pt_value inputs = pt_getz(run, "inputs");
    pt_value expected = pt_getz(run, "expected");
    pt_str input = pt_text(pt_val_at(inputs, 0));
    pt_str text = pt_package_disk(a, pt_arena_printf(a, "%s/%.*s", dir, PT_PRI(input)));
    bool archive = pt_defined(pt_getz(inputs, "txtar"));
    if (archive && pt_defined(pt_getz(expected, "PackageInfos")))
        run_packages(t, a, dir, run, text);
    else if (pt_defined(pt_getz(expected, "OS")))
        run_system(t, a, dir, run, text);
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
    for (size_t i = 0; i < pt_len(runs); i++)
        if (g->skip)
            ++*skipped;
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
            run_rpm(t, dir, name.p, skipped);
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
                   g->skip ? g->skip : "licences, no packages expected, databases before SQLite");
    }
    return any;
}
