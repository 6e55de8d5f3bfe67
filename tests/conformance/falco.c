// Suite "falco", as the field's own repositories test themselves: conditions that the grammar takes
// or refuses (filters.json), rule files and what loading them says (load/, loader/), and the rule
// files that the field ships (rules/), which must load without a warning; and what must make one of
// their rules fire (events/).
#include "falco.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"
#include "judge/falco/filter.h"
#include "value/json.h"

// -- filters.json ---------------------------------------------------------------------------------

// Blanks of other kinds mean the same.
static pt_str with_blanks(pt_arena *a, pt_str text, char blank) {
    char *p = pt_arena_take(a, text.n);
    pt_assert(p);
    for (size_t i = 0; i < text.n; i++)
        p[i] = (char)(text.p[i] == ' ' ? blank : text.p[i]);
    return (pt_str){p, text.n};
}

static void check_filter(pt_tally *t, pt_arena *a, pt_value row) {
    static const char blanks[] = " \t\n";
    bool wanted = pt_true(pt_getz(row, "parses"));
    pt_str text = pt_text(pt_getz(row, "filter"));
    const char *name = pt_arena_printf(a, "filters.json: %.*s", PT_PRI(text)).p;
    for (size_t i = 0; i < sizeof blanks - 1; i++) {
        const pt_filter *f = NULL;
        pt_err e = {0};
        bool parses = pt_filter_parse(a, with_blanks(a, text, blanks[i]), &f, &e) == PT_OK;
        if (parses == wanted)
            continue;
        pt_case_failed(t, name, wanted ? "refused: %s (at %zu)" : "taken: %s", e.what,
                       (size_t)e.offset);
        return;
    }
    pt_case_passed(t);
}

static bool run_filters(const char *dir, pt_tally *t) {
    pt_arena a = {0};
    pt_value rows = pt_undefined();
    pt_err e = {0};
    pt_str json = pt_suite_file(&a, pt_arena_printf(&a, "%s/filters.json", dir).p);
    bool read = json.p != NULL;
    if (read && pt_json_parse(&a, json, NULL, &rows, &e))
        pt_case_failed(t, "filters.json", "%s", e.what);
    for (size_t i = 0; i < pt_len(rows); i++)
        check_filter(t, &a, pt_at(rows, i));
    pt_arena_done(&a);
    return read;
}

// -- folders --------------------------------------------------------------------------------------

static int is_case(const struct dirent *d) {
    return d->d_name[0] != '.';
}

// Call `fn` with each entry of dir/name; missing folders have no cases.
static void each_entry(const char *dir, const char *name, pt_falco_case_run *fn, pt_tally *t) {
    pt_arena a = {0};
    struct dirent **entries = NULL;
    const char *folder = pt_arena_printf(&a, "%s/%s", dir, name).p;
    int n = scandir(folder, &entries, is_case, alphasort);
    for (int i = 0; i < n; i++) {
        pt_arena one = {0};
        const char *path = pt_arena_printf(&one, "%s/%s", folder, entries[i]->d_name).p;
        const char *title = pt_arena_printf(&one, "%s/%s", name, entries[i]->d_name).p;
        fn(t, &one, title, path);
        pt_arena_done(&one);
        free(entries[i]);
    }
    free((void *)entries);
    pt_arena_done(&a);
}

static void run_plugin_folder(pt_tally *t, pt_arena *a, const char *title, const char *path) {
    (void)a;
    (void)title;
    // The folder's name is the last part of both.
    pt_str folder = pt_str_of(path);
    char *dir = strndup(path, pt_str_rfind(folder, '/'));
    pt_assert(dir);
    each_entry(dir, path + pt_str_rfind(folder, '/') + 1, pt_falco_run_rules, t);
    free(dir);
}

pt_suite_run pt_suite_falco; // SUITES in conformance.c declares it too
bool pt_suite_falco(const char *dir, pt_tally *t) {
    if (!run_filters(dir, t))
        return false;
    each_entry(dir, "load", pt_falco_run_load, t);
    each_entry(dir, "loader", pt_falco_run_loader, t);
    each_entry(dir, "events", pt_falco_run_events, t);
    each_entry(dir, "rules", pt_falco_run_rules, t);
    each_entry(dir, "rules/plugins", run_plugin_folder, t);
    return true;
}
