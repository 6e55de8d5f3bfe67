// paratia checks: the catalogue as a list.
#include <unistd.h>

#include "base/fd.h"
#include "cli/journey.h"
#include "cli/verbs.h"
#include "judge/catalogue/catalogue.h"
#include "judge/catalogue/coverage.h"
#include "value/json.h"

const pt_option pt_checks_options[] = {
    {"only", "ID,…", "these checks or areas (host, docker, …)", "all", "What"},
    {"count", NULL, "only how many there are of each area", NULL, NULL},
    {"json", NULL, "one JSON document", NULL, "Report"},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

static void list(pt_buf *b, pt_str only) {
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++)
        if (pt_check_selected(c, only))
            pt_buf_printf(b, "%-20s  %-8s  %s\n", c->id, pt_severity_word(c->severity), c->title);
}

static void count(pt_buf *b, pt_str only) {
    size_t of_kind[PT_KIND_COUNT] = {0};
    size_t sum = 0;
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++) {
        bool counts = pt_check_selected(c, only);
        of_kind[c->kind] += counts;
        sum += counts;
    }
    for (unsigned k = 0; k < PT_KIND_COUNT; k++)
        if (of_kind[k])
            pt_buf_printf(b, "%-12s %4zu\n", pt_kind_name_of((pt_kind)k)->option, of_kind[k]);
    pt_buf_printf(b, "%-12s %4zu\n", "all", sum);
}

// How many controls of each section a check decides, and how many not.
static void coverage(pt_buf *b) {
    size_t sums[PT_CONTROL_SECTIONS + 1][PT_COVERAGE_COUNT] = {0}; // the last row: of all sections
    const pt_control *c;
    for (size_t i = 0; (c = pt_control_at(i)) != NULL; i++) {
        sums[c->id[0] - '1'][c->coverage]++;
        sums[PT_CONTROL_SECTIONS][c->coverage]++;
    }
    pt_buf_printf(b, "\n%-15s  decided  manual  not covered\n", "CIS Docker 1.6");
    for (unsigned s = 0; s <= PT_CONTROL_SECTIONS; s++) {
        if (s < PT_CONTROL_SECTIONS)
            pt_buf_printf(b, "%u %-13s", s + 1, pt_control_section(s + 1));
        else
            pt_buf_printf(b, "%-15s", "controls");
        pt_buf_printf(b, "  %7zu  %6zu  %11zu\n", sums[s][PT_DECIDED], sums[s][PT_MANUAL],
                      sums[s][PT_NOT_COVERED]);
    }
}

static pt_value as_value(const pt_check *c, pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "id", pt_stringz(c->id));
    pt_obj_set(&o, "severity", pt_stringz(pt_severity_word(c->severity)));
    pt_obj_set(&o, "area", pt_stringz(pt_kind_name_of(c->kind)->option));
    pt_obj_set(&o, "fails", pt_stringz(c->title));
    pt_obj_set(&o, "passes", pt_stringz(c->good));
    pt_obj_set(&o, "why", pt_stringz(c->why));
    pt_obj_set(&o, "remedy", pt_stringz(c->remedy));
    pt_obj_set(&o, "interrupts", pt_stringz(c->interrupts));
    pt_obj_set(&o, "supports", pt_stringz(c->standards));
    return pt_obj_end(&o);
}

static pt_code json(pt_buf *b, pt_str only, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_list l = {.a = &a};
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++)
        if (pt_check_selected(c, only))
            pt_list_add(&l, as_value(c, &a));
    pt_code code = pt_json_write(b, pt_list_end(&l), &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}

int pt_cmd_checks(const pt_args *args) {
    pt_str only = pt_str_of(pt_args_get(args, "only"));
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(16 << 20);
    pt_err e = {0};
    pt_code code = pt_only_words(only, NULL, &e);
    if (code) {
        pt_say_error(&e);
        return PT_EXIT_USAGE;
    }
    if (pt_args_flag(args, "json"))
        code = json(&b, only, &e);
    else if (pt_args_flag(args, "count")) {
        count(&b, only);
        if (!only.n)
            coverage(&b);
    } else
        list(&b, only);
    if (!code)
        code = pt_put_stdout(pt_buf_str(&b), &e);
    if (code)
        pt_say_error(&e);
    return code ? PT_EXIT_FAILED : PT_EXIT_OK;
}
