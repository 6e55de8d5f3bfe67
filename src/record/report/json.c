// The JSON report: schema docs/report.schema.json. Written through values, so that keys are sorted
// and the same run gives the same bytes.
#include "value/json.h"

#include "record/report/report.h"
#include "record/waiver/waiver.h"

static pt_value text(pt_str s) {
    return s.n ? pt_string(s) : pt_undefined();
}

static pt_value place_value(const pt_finding *f, pt_arena *a) {
    if (!f->place.file.n)
        return pt_undefined();
    pt_obj o = {.a = a};
    pt_obj_set(&o, "file", pt_string(f->place.file));
    if (f->place.line) {
        pt_obj_set(&o, "line", pt_int(f->place.line));
        pt_obj_set(&o, "column", pt_int(f->place.column));
    }
    return pt_obj_end(&o);
}

static pt_value day(pt_time_ns t, pt_arena *a) {
    char room[PT_RFC3339_BYTES];
    return pt_string(pt_arena_str(a, pt_time_rfc3339(t, room)));
}

static pt_value waiver_value(const pt_finding *f, pt_arena *a) {
    if (!f->waiver)
        return pt_undefined();
    pt_obj o = {.a = a};
    pt_obj_set(&o, "state", pt_stringz(f->waived ? "accepted" : "expired"));
    pt_obj_set(&o, "reason", pt_string(f->waiver->reason));
    pt_obj_set(&o, "owner", pt_string(f->waiver->owner));
    pt_obj_set(&o, "expires", day(f->waiver->expires, a));
    return pt_obj_end(&o);
}

static pt_value finding_value(const pt_run *r, const pt_finding *f, pt_arena *a) {
    const pt_check *c = f->check;
    bool fails = f->verdict == PT_FAIL;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "check", pt_stringz(c->id));
    pt_obj_set(&o, "fingerprint", pt_stringz(f->fingerprint));
    pt_obj_set(&o, "verdict", pt_stringz(pt_verdict_word(f->verdict)));
    pt_obj_set(&o, "severity", pt_stringz(pt_severity_word(c->severity)));
    pt_obj_set(&o, "title", pt_stringz(fails ? c->title : c->good));
    pt_obj_set(&o, "kind", pt_stringz(pt_kind_name_of(f->kind)->word));
    pt_obj_set(&o, "subject", pt_string(f->subject));
    pt_obj_maybe(&o, "detail", text(f->detail));
    pt_obj_maybe(&o, "place", place_value(f, a));
    pt_obj_maybe(&o, "path", text(f->path));
    pt_obj_maybe(&o, "evidence", text(f->evidence));
    pt_obj_maybe(&o, "source", text(f->source));
    pt_obj_maybe(&o, "to_look", text(f->remedy));
    if (fails)
        pt_obj_set(&o, "remedy", pt_stringz(c->remedy));
    if (r->compared)
        pt_obj_set(&o, "new", pt_bool(f->is_new));
    if (f->first_seen)
        pt_obj_set(&o, "first_seen", day(f->first_seen, a));
    if (f->known)
        pt_obj_set(&o, "known", pt_bool(true));
    pt_obj_maybe(&o, "waiver", waiver_value(f, a));
    return pt_obj_end(&o);
}

static pt_value gone_value(const pt_run *r, pt_arena *a) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < r->gone.n; i++) {
        const pt_kept_finding *f = &r->gone.v[i];
        pt_obj o = {.a = a};
        pt_obj_set(&o, "check", pt_string(f->check));
        pt_obj_set(&o, "fingerprint", pt_string(f->fingerprint));
        pt_obj_set(&o, "severity", pt_string(f->severity));
        pt_obj_set(&o, "title", pt_string(pt_kept_title(f)));
        pt_obj_set(&o, "subject", pt_string(f->subject));
        pt_obj_set(&o, "first_seen", day(f->first_seen, a));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return r->compared ? pt_list_end(&l) : pt_undefined();
}

static pt_value history_value(const pt_run *r, pt_arena *a) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < r->history.n; i++) {
        const pt_past *p = &r->history.v[i];
        pt_obj o = {.a = a};
        pt_obj_set(&o, "started", day(p->started, a));
        pt_obj_set(&o, "score", p->score < 0 ? pt_null() : pt_int(p->score));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return r->history.n ? pt_list_end(&l) : pt_undefined();
}

static pt_value counts_value(const pt_run *r, pt_arena *a) {
    pt_obj o = {.a = a};
    for (unsigned v = 0; v < PT_VERDICT_COUNT; v++)
        pt_obj_set(&o, pt_verdict_word((pt_verdict)v),
                   pt_int((int64_t)pt_findings_count(&r->findings, (pt_verdict)v)));
    return pt_obj_end(&o);
}

static pt_value receipt_value(const pt_run *r, pt_arena *a) {
    const pt_receipt *c = &r->receipt;
    pt_obj o = {.a = a};
    if (!c->recorded) {
        pt_obj_maybe(&o, "why_none", text(c->why));
        return c->why.n ? pt_obj_end(&o) : pt_undefined();
    }
    pt_obj_set(&o, "entry", pt_int((int64_t)c->index));
    pt_obj_set(&o, "log", pt_string(c->origin));
    pt_obj_set(&o, "checkpoint", pt_string(c->checkpoint));
    if (c->witness_size) {
        pt_obj w = {.a = a};
        pt_obj_set(&w, "by", pt_string(c->witness));
        pt_obj_set(&w, "time", day(c->witness_time, a));
        pt_obj_set(&w, "size", pt_int((int64_t)c->witness_size));
        pt_obj_set(&o, "witness", pt_obj_end(&w));
    }
    return pt_obj_end(&o);
}

// The document around its findings, of which there may be a million: they are not in it.
static pt_value frame(const pt_run *r, pt_arena *a) {
    char room[PT_RFC3339_BYTES];
    pt_list facts = {.a = a};
    for (size_t i = 0; i < r->facts.n; i++)
        pt_list_add(&facts, pt_string(r->facts.v[i]));
    pt_list findings = {.a = a};
    int score = pt_run_score(r, PT_KIND_COUNT);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "verb", pt_stringz(r->verb));
    pt_obj_set(&o, "subject", pt_string(r->subject));
    pt_obj_set(&o, "about", pt_list_end(&facts));
    pt_obj_set(&o, "started", pt_string(pt_arena_str(a, pt_time_rfc3339(r->started, room))));
    pt_obj_set(&o, "milliseconds", pt_int(r->took_ns / 1000000));
    pt_obj_set(&o, "score", score < 0 ? pt_null() : pt_int(score));
    pt_obj_set(&o, "counts", counts_value(r, a));
    pt_obj_set(&o, "files", pt_int((int64_t)r->files));
    pt_obj_set(&o, "objects", pt_int((int64_t)r->objects));
    pt_obj_set(&o, "fail_on", pt_stringz(r->no_gate ? "none" : pt_severity_word(r->fail_on)));
    pt_obj_set(&o, "exit", pt_int(r->exit_code));
    pt_obj_set(&o, "findings", pt_list_end(&findings));
    pt_obj_maybe(&o, "gone", gone_value(r, a));
    pt_obj_maybe(&o, "history", history_value(r, a));
    pt_obj_maybe(&o, "receipt", receipt_value(r, a));
    pt_obj_maybe(&o, "scan", r->scan);
    return pt_obj_end(&o);
}

// One finding a line, so that memory does not grow with their number, and diff and grep see each.
static pt_code put_findings(pt_buf *b, const pt_run *r, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_code code = PT_OK;
    for (size_t i = 0; i < r->findings.all.n && !code && !b->full; i++) {
        pt_value v = finding_value(r, &r->findings.all.v[i], &a);
        pt_buf_putz(b, i ? ",\n    " : "\n    ");
        code = pt_defined(v) ? pt_json_write(b, v, NULL, e)
                             : pt_err_set(e, PT_E_NOMEM, "out of memory");
        pt_arena_clear(&a);
    }
    if (r->findings.all.n)
        pt_buf_putz(b, "\n  ");
    return code;
}

pt_code pt_report_json(pt_buf *b, const pt_run *r, pt_err *e) {
    // No string holds it, for quotes are escaped; in a scan there may be more, which come later.
    static const pt_str hole = PT_STR("\"findings\": []");
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf around = PT_BUF(b->max);
    pt_value v = frame(r, &a);
    pt_code code = pt_defined(v) ? pt_json_write(&around, v, &(pt_json_opts){.pretty = true}, e)
                                 : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (code)
        return code;
    pt_str text = pt_buf_str(&around);
    size_t at = pt_str_find_str(text, hole) + hole.n - 1;
    pt_assert(at < text.n);
    pt_buf_put(b, pt_str_sub(text, 0, at));
    code = put_findings(b, r, e);
    pt_buf_put(b, pt_str_sub(text, at, text.n));
    pt_buf_putc(b, '\n');
    if (!code && b->full)
        code = pt_err_set(e, PT_E_NOMEM, "the report is too large for the memory allowed");
    return code;
}
