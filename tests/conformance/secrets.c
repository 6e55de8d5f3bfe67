// Suite "secrets": gitleaks.toml must load; so must the files of config/ and config/valid, while
// those of config/invalid must be refused, by a message that says why. A file that extends one
// which is not in the suite is skipped. trivy*/CASE: the file of `inputs` under its rules, compared
// by rule, lines and masked match.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/secret/secret.h"
#include "conformance.h"
#include "packages.h"
#include "value/json.h"

typedef struct base {
    const char *dir; // of the suite
    bool missing;    // a file that was extended is not there
} base;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// Upstream's paths begin elsewhere: what counts is from "config/" on.
static pt_code open_base(void *of, pt_str path, pt_arena *a, pt_str *ret, pt_err *e) {
    base *b = of;
    size_t at = pt_str_find_str(path, PT_STR("config/"));
    *ret = pt_package_disk(
        a, pt_arena_printf(a, "%s/%.*s", b->dir, PT_PRI(pt_str_sub(path, at, path.n))));
    b->missing = ret->p == NULL;
    return ret->p ? PT_OK : pt_err_set(e, PT_E_ABSENT, "extend: there is no %.*s", PT_PRI(path));
}

static void run_config(pt_tally *t, const char *dir, const char *name, bool valid) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_secret_rules *r = NULL;
    pt_err e = {0};
    base b = {.dir = dir};
    const pt_secret_ask ask = {.text = pt_package_disk(&a, pt_arena_printf(&a, "%s/%s", dir, name)),
                               .open = open_base,
                               .open_of = &b};
    pt_code code = pt_secret_rules_read(&ask, &r, &e);
    pt_secret_rules_free(r);
    if (valid && b.missing)
        printf("skipped %s: %s\n", name, e.what);
    else if (valid == (code == PT_OK) && (valid || e.what[0]))
        pt_case_passed(t);
    else
        pt_case_failed(t, name, "%s", code ? e.what : "it loads");
}

static void run_configs(pt_tally *t, const char *dir, const char *folder, bool valid) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    struct dirent **entries;
    int n = scandir(pt_arena_printf(&a, "%s/%s", dir, folder).p, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (pt_str_ends(pt_str_of(entries[i]->d_name), PT_STR(".toml")))
            run_config(t, dir, pt_arena_printf(&a, "%s/%s", folder, entries[i]->d_name).p, valid);
        free(entries[i]);
    }
    if (n >= 0)
        free((void *)entries);
}

// -- texts ----------------------------------------------------------------------------------------

static bool same(pt_value want, pt_value got) {
    return pt_str_eq(text_of(want, "RuleID"), text_of(got, "rule")) &&
           pt_eq(pt_getz(want, "StartLine"), pt_getz(got, "line")) &&
           pt_eq(pt_getz(want, "EndLine"), pt_getz(got, "line_end")) &&
           pt_str_eq(text_of(want, "Match"), text_of(got, "match"));
}

static pt_value expected_of(pt_value run) {
    pt_value e = pt_getz(run, "expected");
    pt_value secrets = pt_getz(e, "Secrets");
    return pt_len(secrets) ? pt_getz(pt_at(secrets, 0), "Findings") : pt_getz(e, "Findings");
}

static void compare(pt_tally *t, const char *dir, pt_value want, pt_value got) {
    for (size_t i = 0; i < pt_len(want); i++) {
        bool found = false;
        for (size_t k = 0; !found && k < pt_len(got); k++)
            found = same(pt_at(want, i), pt_at(got, k));
        if (!found) {
            pt_case_failed(t, dir, "%.*s is not found as it should be",
                           PT_PRI(text_of(pt_at(want, i), "RuleID")));
            return;
        }
    }
    if (pt_len(want) == pt_len(got))
        pt_case_passed(t);
    else
        pt_case_failed(t, dir, "%zu found, %zu expected: %.*s", pt_len(got), pt_len(want),
                       PT_PRI(text_of(pt_at(got, 0), "rule")));
}

static void run_text(pt_tally *t, const char *dir, pt_value run) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value inputs = pt_getz(run, "inputs");
    pt_str config = text_of(inputs, "configPath");
    pt_str file = text_of(inputs, "inputFilePath");
    pt_secret_rules *r = NULL;
    pt_value got = pt_undefined();
    pt_err e = {0};
    if (!file.n)
        file = text_of(inputs, "filePath");
    pt_secret_ask ask = {.trivy = true};
    if (config.n)
        ask.text = pt_package_disk(&a, pt_arena_printf(&a, "%s/%.*s", dir, PT_PRI(config)));
    pt_str text = pt_package_disk(&a, pt_arena_printf(&a, "%s/%.*s", dir, PT_PRI(file)));
    pt_code code = pt_secret_rules_read(&ask, &r, &e);
    if (!code)
        code = pt_secret_scan(r, pt_str_sub(file, 6, file.n), text, &a, &got, &e);
    if (code)
        pt_case_failed(t, dir, "%s", e.what);
    else
        compare(t, dir, expected_of(run), got);
    pt_secret_rules_free(r);
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of the folder given
static void run_texts(pt_tally *t, const char *dir) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    struct dirent **entries;
    pt_value doc = pt_undefined();
    pt_str json = pt_package_disk(&a, pt_arena_printf(&a, "%s/expected.json", dir));
    if (json.p && !pt_json_parse(&a, json, NULL, &doc, NULL)) {
        pt_value runs = pt_getz(doc, "runs");
        for (size_t i = 0; i < pt_len(runs); i++)
            run_text(t, dir, pt_at(runs, i));
        return;
    }
    int n = scandir(dir, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_type == DT_DIR && entries[i]->d_name[0] != '.')
            run_texts(t, pt_arena_printf(&a, "%s/%s", dir, entries[i]->d_name).p);
        free(entries[i]);
    }
    if (n >= 0)
        free((void *)entries);
}

pt_suite_run pt_suite_secrets; // SUITES in conformance.c declares it too
bool pt_suite_secrets(const char *dir, pt_tally *t) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    struct stat st;
    if (stat(dir, &st) != 0)
        return false;
    if (stat(pt_arena_printf(&a, "%s/gitleaks.toml", dir).p, &st) == 0)
        run_config(t, dir, "gitleaks.toml", true);
    run_configs(t, dir, "config", true);
    run_configs(t, dir, "config/valid", true);
    run_configs(t, dir, "config/invalid", false);
    run_texts(t, pt_arena_printf(&a, "%s/trivy", dir).p);
    run_texts(t, pt_arena_printf(&a, "%s/trivy-analyzer", dir).p);
    return true;
}
