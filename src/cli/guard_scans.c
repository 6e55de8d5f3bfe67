#include "cli/guard_scans.h"

#include <stdio.h>

#include "base/instant.h"
#include "cli/db.h"
#include "cli/scan_record.h"

enum {
    SKEW_S = 300, // a clock that was set back a little
};

// -- settings -------------------------------------------------------------------------------------

pt_code pt_guard_take_scanned(pt_guard_reading *r, pt_str word) {
    if (pt_duration_parse(word, &r->scanned.age_s_max))
        return PT_OK;
    pt_code code = pt_err_set(r->e, PT_E_USAGE, "--scanned does not know %.*s", PT_PRI(word));
    pt_err_remedy(r->e, "how old a scan may be: 7d; units are s, m, h and d, at most 366d");
    return code;
}

pt_code pt_guard_take_scanned_fail_on(pt_guard_reading *r, pt_str word) {
    r->scanned.fail_on = word;
    if (pt_scanned_severity(word))
        return PT_OK;
    pt_code code =
        pt_err_set(r->e, PT_E_USAGE, "--scanned-fail-on does not know %.*s", PT_PRI(word));
    pt_err_remedy(r->e, "critical, high, medium, low, or negligible");
    return code;
}

pt_code pt_guard_take_scanned_unfixed(pt_guard_reading *r, pt_str word) {
    (void)word;
    r->scanned.ignore_unfixed = true;
    return PT_OK;
}

pt_code pt_guard_take_scanned_warn(pt_guard_reading *r, pt_str word) {
    (void)word;
    r->scanned.warns = true;
    return PT_OK;
}

// "registry.example.org/base/=signed by the team that makes it". What has no reason is none.
pt_code pt_guard_take_scanned_except(pt_guard_reading *r, pt_str word) {
    size_t at = pt_str_find(word, '=');
    pt_str from = pt_str_trim(pt_str_sub(word, 0, at));
    pt_str reason = pt_str_trim(pt_str_sub(word, at + 1, word.n));
    if (!from.n || !reason.n || pt_str_find(from, '/') == from.n) {
        bool digest = from.n && reason.n && pt_str_starts(from, PT_STR("sha256:"));
        if (!digest) {
            pt_code code = pt_err_set(r->e, PT_E_USAGE, "not an exception: \"%.*s\"", PT_PRI(word));
            pt_err_remedy(r->e, "FROM=REASON; FROM begins a name and has a registry in it, or is "
                                "an image's sha256:…");
            return code;
        }
    }
    pt_code code = pt_guard_push(r, &r->except, from);
    return code ? code : pt_guard_push(r, &r->except_reasons, reason);
}

pt_code pt_guard_scanned_of(const pt_guard_reading *r, pt_scanned_policy *ret) {
    const pt_scanned_policy *p = &r->scanned;
    bool more = p->fail_on.n || p->ignore_unfixed || p->warns || p->by_name || r->except.n;
    *ret = *p;
    ret->except = r->except.v;
    ret->reasons = r->except_reasons.v;
    ret->n_except = r->except.n;
    if (p->age_s_max || !more)
        return PT_OK;
    pt_code code = pt_err_set(r->e, PT_E_USAGE, "what is asked of scans needs --scanned");
    pt_err_remedy(r->e, "--scanned 7d: how old a scan may be");
    return code;
}

// -- the record -----------------------------------------------------------------------------------

static pt_code open_record(const pt_guard_scans *s, pt_images **ret, pt_err *e) {
    return s->path ? pt_images_open_read(ret, s->path, e)
                   : pt_err_set(e, PT_E_ABSENT, "nothing was scanned yet");
}

pt_code pt_guard_scans_open(pt_guard_scans *s, const pt_args *args, pt_arena *a, bool asked,
                            pt_err *e) {
    pt_images *i = NULL;
    pt_err why = {0};
    pt_str path;
    pt_code code = pt_scan_record_path(args, a, false, &path, e);
    if (code)
        return code;
    s->path = path.n ? path.p : NULL;
    if (asked && open_record(s, &i, &why))
        fprintf(stderr, "warning: %s: no image will be let in; %s\n", why.what,
                why.remedy[0] ? why.remedy : "paratia scan --all makes the record");
    pt_images_free(i);
    return PT_OK;
}

static pt_fact not_known(pt_arena *a, const pt_err *e) {
    return pt_fact_unknown(pt_arena_str(a, pt_str_of(e->what)), (pt_str){0});
}

static int64_t age_of(pt_time_ns now, pt_time_ns then) {
    int64_t s = (now - then) / PT_SECOND_NS;
    return s < 0 && s > -SKEW_S ? 0 : s;
}

// A record with its ages. The newest source of an index may be dated a little ahead.
static pt_value aged(pt_arena *a, pt_value record, pt_time_ns now) {
    pt_time_ns made = 0;
    int64_t time = 0;
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(record); i++)
        pt_obj_put(&o, pt_arena_str(a, pt_text(pt_key_at(record, i))), pt_val_at(record, i));
    if (pt_to_int(pt_getz(record, "time"), &time))
        pt_obj_set(&o, "age_s", pt_int(age_of(now, time)));
    if (pt_time_parse(pt_text(pt_getz(record, "index_made")), &made)) {
        int64_t s = age_of(now, made);
        if (s >= -PT_DB_AHEAD_S) // else nobody knows
            pt_obj_set(&o, "index_age_s", pt_int(s < 0 ? 0 : s));
    }
    return pt_obj_end(&o);
}

static pt_fact fact_of(pt_arena *a, pt_code code, pt_value records, const pt_err *e) {
    pt_time_ns now = pt_now();
    pt_list l = {.a = a};
    if (code == PT_E_ABSENT)
        return pt_fact_absent((pt_str){0});
    if (code)
        return not_known(a, e);
    for (size_t i = 0; i < pt_len(records); i++)
        pt_list_add(&l, aged(a, pt_at(records, i), now));
    return pt_fact_known(pt_list_end(&l), (pt_str){0});
}

pt_fact pt_guard_scan_of(void *scans, pt_arena *a, pt_str digest) {
    pt_images *i = NULL;
    pt_err e = {0};
    pt_value records = pt_undefined();
    if (open_record(scans, &i, &e)) // that there is none is no proof that nobody scanned it
        return not_known(a, &e);
    pt_code code = pt_images_find(i, a, digest, &records, &e);
    pt_images_free(i);
    return fact_of(a, code, records, &e);
}

pt_fact pt_guard_scan_named(void *scans, pt_arena *a, pt_str name) {
    pt_images *i = NULL;
    pt_err e = {0};
    pt_value record = pt_undefined();
    if (open_record(scans, &i, &e))
        return not_known(a, &e);
    pt_code code = pt_images_named(i, a, name, &record, &e);
    pt_images_free(i);
    return fact_of(a, code, code ? record : pt_array_of(a, &record, 1), &e);
}
