// --explain, --profile and --coverage: what evaluation told of itself.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/eval.h"
#include "cli/table.h"
#include "cli/words.h"
#include "value/json.h"

// -- the command line -----------------------------------------------------------------------------

static pt_code read_sort(const pt_args *args, pt_eval_telling *ret, pt_err *e) {
    const char *list;
    for (size_t i = 0; (list = pt_args_nth(args, "profile-sort", i)) != NULL; i++) {
        pt_str rest = pt_str_of(list);
        pt_str one;
        while (pt_str_split(&rest, ',', &one)) {
            bool room = ret->n_keys < PT_COUNT(ret->keys);
            if (room && pt_profile_key_of(one, &ret->keys[ret->n_keys])) {
                ret->n_keys++;
                continue;
            }
            pt_code code = pt_err_set(
                e, PT_E_USAGE, "--profile-sort does not know %.*s, or that often", PT_PRI(one));
            pt_err_remedy(e, "total_time_ns, num_eval, num_redo, num_gen_expr, file, line");
            return code;
        }
    }
    for (size_t k = 0; ret->n_keys == 0 && k < PT_PROFILE_KEYS; k++)
        ret->keys[k] = (pt_profile_key)k;
    ret->n_keys = ret->n_keys ? ret->n_keys : PT_PROFILE_KEYS;
    return PT_OK;
}

pt_code pt_eval_telling_read(const pt_args *args, pt_eval_telling *ret, pt_err *e) {
    enum {
        LINES_MAX = 1000000,
    };
    const char *mode = pt_args_get(args, "explain");
    *ret = (pt_eval_telling){.explain = mode && strcmp(mode, "off") != 0, .lines_max = 10};
    ret->profile = pt_args_flag(args, "profile") || pt_args_get(args, "profile-limit") ||
                   pt_args_get(args, "profile-sort");
    ret->coverage = pt_args_flag(args, "coverage");
    if (ret->explain && !pt_explain_mode_of(pt_str_of(mode), &ret->mode)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--explain does not know %s", mode);
        pt_err_remedy(e, "--explain notes, fails, full or off");
        return code;
    }
    pt_code code = pt_args_number(args, "profile-limit", LINES_MAX, &ret->lines_max, e);
    return code ? code : read_sort(args, ret, e);
}

bool pt_eval_telling_any(const pt_eval_telling *t) {
    return t->explain || t->profile || t->coverage;
}

// -- hearing --------------------------------------------------------------------------------------

bool pt_eval_told_begin(const pt_eval_telling *t, pt_arena *a, const pt_program *p,
                        const pt_proc *query, pt_eval_told *ret) {
    ret->telling = t;
    ret->explain = (pt_explain){.arena = a, .mode = t->mode};
    return (!t->coverage || pt_coverage_begin(&ret->coverage, p)) &&
           (!t->profile || pt_profile_begin(a, p, query, &ret->profile));
}

void pt_eval_told_hear(void *told, const pt_eval_event *e) {
    pt_eval_told *t = told;
    if (t->telling->profile)
        pt_profile_hear(&t->profile, e);
    if (t->telling->coverage)
        pt_coverage_hear(&t->coverage, e);
    if (t->telling->explain)
        pt_explain_hear(&t->explain, e);
}

bool pt_eval_told_end(pt_arena *a, pt_eval_told *t) {
    double percent;
    const pt_eval_telling *how = t->telling;
    if (how->profile && !pt_profile_end(a, &t->profile, how->keys, how->n_keys, &t->lines))
        return false;
    if (t->lines.n > (size_t)how->lines_max)
        t->lines.n = (size_t)how->lines_max;
    if (how->coverage)
        t->report = pt_coverage_report(&t->coverage, &percent);
    return !how->coverage || pt_defined(t->report);
}

// -- JSON -----------------------------------------------------------------------------------------

static pt_value profile_value(pt_arena *a, const pt_profile_lines *lines) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < lines->n; i++) {
        const pt_profile_line *from = &lines->v[i];
        pt_obj o = {.a = a};
        pt_obj_set(&o, "total_time_ns", pt_int(from->ns));
        pt_obj_set(&o, "num_eval", pt_int((int64_t)from->evals));
        pt_obj_set(&o, "num_redo", pt_int((int64_t)from->redos));
        pt_obj_set(&o, "num_gen_expr", pt_int(from->literals));
        pt_obj_set(&o, "location", pt_location_value(a, &from->place));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

static void put_member(pt_buf *out, const char *name, pt_value v) {
    pt_buf_printf(out, "%s\n  \"%s\": ", out->n > 1 ? "," : "", name);
    if (!pt_defined(v))
        out->full = true;
    else
        pt_eval_put_value(out, v, 2);
}

void pt_eval_told_json(pt_buf *out, pt_arena *a, const pt_eval_told *t) {
    if (t->telling->explain)
        put_member(out, "explanation", pt_explain_value(a, &t->explain));
    if (t->telling->profile)
        put_member(out, "profile", profile_value(a, &t->lines));
    if (t->telling->coverage)
        put_member(out, "coverage", t->report);
}

// -- pretty ---------------------------------------------------------------------------------------

static pt_str time_text(pt_arena *a, int64_t ns) {
    return ns >= 1000000 ? pt_arena_printf(a, "%.3fms", (double)ns / 1e6)
           : ns >= 1000  ? pt_arena_printf(a, "%.3fus", (double)ns / 1e3)
                         : pt_arena_printf(a, "%lldns", (long long)ns);
}

static pt_str place_text(pt_arena *a, const pt_profile_line *l) {
    return l->place.file.n ? pt_arena_printf(a, "%.*s:%u", PT_PRI(l->place.file), l->place.row)
                           : l->text;
}

static void put_profile(pt_buf *out, pt_arena *a, const pt_profile_lines *lines) {
    static const char *const HEAD[] = {"Time", "Num Eval", "Num Redo", "Num Gen Expr", "Location"};
    pt_table t = {.a = a, .columns = PT_COUNT(HEAD)};
    for (size_t i = 0; i < PT_COUNT(HEAD); i++)
        pt_table_add(&t, pt_str_of(HEAD[i]));
    for (size_t i = 0; i < lines->n; i++) {
        const pt_profile_line *l = &lines->v[i];
        pt_table_add(&t, time_text(a, l->ns));
        pt_table_add(&t, pt_arena_printf(a, "%llu", (unsigned long long)l->evals));
        pt_table_add(&t, pt_arena_printf(a, "%llu", (unsigned long long)l->redos));
        pt_table_add(&t, pt_arena_printf(a, "%u", l->literals));
        pt_table_add(&t, place_text(a, l));
    }
    pt_table_put(out, &t);
}

static void put_coverage(pt_buf *out, pt_arena *a, pt_value report) {
    pt_value files = pt_getz(report, "files");
    pt_table t = {.a = a, .columns = 3};
    pt_table_add(&t, PT_STR("File"));
    pt_table_add(&t, PT_STR("Lines"));
    pt_table_add(&t, PT_STR("Coverage"));
    for (size_t i = 0; i < pt_len(files); i++) {
        pt_value f = pt_val_at(files, i);
        int64_t covered = 0;
        int64_t missed = 0;
        (void)pt_to_int(pt_getz(f, "covered_lines"), &covered);
        (void)pt_to_int(pt_getz(f, "not_covered_lines"), &missed);
        double all = (double)(covered + missed);
        pt_table_add(&t, pt_text(pt_key_at(files, i)));
        pt_table_add(&t, pt_arena_printf(a, "%" PRId64 " of %" PRId64, covered, covered + missed));
        pt_table_add(&t, pt_arena_printf(a, "%.1f%%", all > 0 ? 100 * (double)covered / all : 0));
    }
    pt_table_put(out, &t);
}

void pt_eval_told_pretty(pt_buf *out, pt_arena *a, const pt_eval_told *t) {
    if (t->telling->profile)
        put_profile(out, a, &t->lines);
    if (t->telling->coverage)
        put_coverage(out, a, t->report);
}
