// paratia db info, verify: what an index is made of.
#include <stdio.h>

#include "base/instant.h"
#include "base/rights.h"
#include "cli/db.h"
#include "cli/db_verbs.h"
#include "value/json.h"

enum {
    DAY_S = 86400,
    HOUR_S = 3600,
    OUT_BYTES_MAX = 64 << 20,
};

static int64_t number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

static void put_text(pt_buf *b, pt_value v, const char *key) {
    pt_buf_put_safe(b, pt_text(pt_getz(v, key)));
}

static void put_number(pt_buf *b, int64_t n, const char *one, const char *many) {
    pt_buf_printf(b, "%lld %s", (long long)n, n == 1 ? one : many);
}

static void put_counts(pt_buf *b, pt_value about) {
    put_number(b, number_of(about, "advisories"), "advisory, ", "advisories, ");
    put_number(b, number_of(about, "statements"), "statement about ", "statements about ");
    put_number(b, number_of(about, "packages"), "package", "packages");
    if (number_of(about, "exploits")) {
        pt_buf_putz(b, ", the use of ");
        put_number(b, number_of(about, "exploits"), "flaw", "flaws");
    }
}

pt_code pt_db_say(const pt_index *x, pt_str path, int64_t ns, size_t problems, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    pt_value about = pt_index_about(x, &a);
    double seconds = (double)ns / (double)PT_SECOND_NS;
    pt_buf_printf(&b, "%.*s: ", PT_PRI(path));
    put_counts(&b, about);
    pt_buf_putz(&b, ", ");
    put_number(&b, (int64_t)problems, "problem", "problems");
    pt_buf_printf(&b, ", %.1f s\n", seconds);
    return pt_put_stdout(pt_buf_str(&b), e);
}

int pt_db_exit(pt_code code) {
    return code == PT_E_CORRUPT ? PT_EXIT_FINDINGS
           : code == PT_E_USAGE ? PT_EXIT_USAGE
           : code               ? PT_EXIT_FAILED
                                : PT_EXIT_OK;
}

// -- info -----------------------------------------------------------------------------------------

static void put_age(pt_buf *b, int64_t age_s) {
    if (age_s < 0)
        pt_buf_putz(b, "which has not come: its age is not known");
    else if (age_s >= DAY_S + DAY_S)
        put_number(b, age_s / DAY_S, "day ago", "days ago");
    else
        put_number(b, age_s / HOUR_S, "hour ago", "hours ago");
}

// Of the newest that it says; -1: it says no date.
static int64_t source_age_s(pt_value source) {
    pt_time_ns date = 0;
    return pt_time_parse(pt_text(pt_getz(source, "date")), &date) ? pt_db_date_age_s(date) : -1;
}

static void put_source(pt_buf *b, pt_value source) {
    int64_t age_s = source_age_s(source);
    pt_buf_putz(b, "  ");
    put_text(b, source, "name");
    pt_buf_putz(b, "  ");
    put_text(b, source, "kind");
    pt_buf_putz(b, "  ");
    put_number(b, number_of(source, "advisories"), "advisory", "advisories");
    if (number_of(source, "problems")) {
        pt_buf_putz(b, "  ");
        put_number(b, number_of(source, "problems"), "problem", "problems");
    }
    pt_buf_putz(b, "  ");
    put_text(b, source, "date");
    if (age_s >= 0) {
        pt_buf_putz(b, ", ");
        put_age(b, age_s);
    }
    pt_buf_putc(b, '\n');
}

static void put_info(pt_buf *b, pt_value about, int64_t age_s) {
    pt_value sources = pt_getz(about, "sources");
    pt_buf_putz(b, "Made     ");
    put_text(b, about, "made");
    pt_buf_putz(b, ", ");
    put_age(b, age_s);
    pt_buf_putz(b, "\nDigest   ");
    put_text(b, about, "digest");
    pt_buf_putz(b, "\nHolds    ");
    put_counts(b, about);
    pt_buf_putz(b, "\nSources\n");
    for (size_t i = 0; i < pt_len(sources); i++)
        put_source(b, pt_at(sources, i));
}

// The sources, each with its age.
static pt_value aged(pt_arena *a, pt_value sources) {
    pt_value *all = PT_NEW(a, pt_value, pt_len(sources) + 1);
    for (size_t i = 0; all && i < pt_len(sources); i++) {
        pt_value source = pt_at(sources, i);
        int64_t age_s = source_age_s(source);
        pt_obj o = {.a = a};
        for (size_t k = 0; k < pt_len(source); k++)
            pt_obj_put(&o, pt_arena_str(a, pt_text(pt_key_at(source, k))), pt_val_at(source, k));
        if (age_s >= 0)
            pt_obj_set(&o, "age_s", pt_int(age_s));
        all[i] = pt_obj_end(&o);
    }
    return all ? pt_array_of(a, all, pt_len(sources)) : pt_undefined();
}

static pt_code put_info_json(pt_buf *b, pt_arena *a, pt_value about, int64_t age_s, pt_err *e) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(about); i++)
        if (!pt_str_eqz(pt_text(pt_key_at(about, i)), "sources"))
            pt_obj_put(&o, pt_arena_str(a, pt_text(pt_key_at(about, i))), pt_val_at(about, i));
    pt_obj_set(&o, "sources", aged(a, pt_getz(about, "sources")));
    if (age_s >= 0)
        pt_obj_set(&o, "age_s", pt_int(age_s));
    pt_code code = pt_json_write(b, pt_obj_end(&o), &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}

static pt_code info(const pt_args *args, pt_arena *a, const pt_index *x, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    pt_value about = pt_index_about(x, a);
    pt_code code = PT_OK;
    if (!pt_defined(about))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (pt_args_flag(args, "json")) {
        code = put_info_json(&b, a, about, pt_db_age_s(x), e);
        return code ? code : pt_put_json(pt_buf_str(&b), e);
    }
    put_info(&b, about, pt_db_age_s(x));
    return pt_put_stdout(pt_buf_str(&b), e);
}

static pt_code verify(const pt_args *args, pt_arena *a, const pt_index *x, pt_err *e) {
    (void)args;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    pt_code code = pt_index_verify(x, e);
    if (code)
        return code;
    pt_buf_putz(&b, "verified: its bytes are those that were written\n  ");
    put_text(&b, pt_index_about(x, a), "digest");
    pt_buf_putc(&b, '\n');
    return pt_put_stdout(pt_buf_str(&b), e);
}

// -- the table's ----------------------------------------------------------------------------------

typedef pt_code show_fn(const pt_args *args, pt_arena *a, const pt_index *x, pt_err *e);

static int with_index(const pt_args *args, show_fn *show) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_index *x = NULL;
    pt_err e = {0};
    pt_code code = pt_rights_drop(&(pt_rights){.read_all = true}, &e);
    if (!code)
        code = pt_db_open(args, &a, &x, &e);
    if (!code)
        code = show(args, &a, x, &e);
    pt_index_close(x);
    if (code)
        pt_say_error(&e);
    return pt_db_exit(code);
}

int pt_db_info(const pt_args *args) {
    return with_index(args, info);
}

int pt_db_verify(const pt_args *args) {
    return with_index(args, verify);
}
