#include "record/notify/notify.h"

#include "value/json.h"

enum {
    TEXT_BYTES_MAX = 256 << 10
};

bool pt_notice_due(const pt_notice *n) {
    if (n->trouble.n || n->trouble_before.n)
        return !pt_str_eq(n->trouble, n->trouble_before);
    const pt_changes *c = n->changes;
    return n->lost || (c && (!c->since || c->fresh.n || c->gone.n || c->blind.n));
}

static void put_severities(pt_buf *b, const size_t of[PT_SEVERITY_COUNT]) {
    const char *before = " (";
    for (unsigned s = PT_CRITICAL; s <= PT_HIGH; s++) {
        if (!of[s])
            continue;
        pt_buf_printf(b, "%s%zu %s", before, of[s], pt_severity_word((pt_severity)s));
        before = ", ";
    }
    if (before[0] == ',')
        pt_buf_putc(b, ')');
}

static void count(const pt_kept_findings *v, size_t ret[PT_SEVERITY_COUNT]) {
    for (size_t i = 0; i < v->n; i++) {
        pt_severity s;
        if (pt_severity_parse(v->v[i].severity, &s))
            ret[s]++;
    }
}

static void put_title(pt_buf *b, const pt_notice *n) {
    const pt_changes *c = n->changes;
    pt_buf_put_safe(b, n->host);
    pt_buf_putz(b, ": ");
    if (n->trouble.n) {
        pt_buf_putz(b, "the audit could not be done");
        return;
    }
    if (n->trouble_before.n)
        pt_buf_putz(b, "audited again, ");
    if (!c)
        return;
    size_t fresh[PT_SEVERITY_COUNT] = {0};
    size_t open = 0;
    count(&c->fresh, fresh);
    for (size_t i = 0; i < PT_SEVERITY_COUNT; i++)
        open += c->open[i];
    if (c->since) {
        pt_buf_printf(b, "%zu new", c->fresh.n);
        put_severities(b, fresh);
        pt_buf_printf(b, ", %zu gone, ", c->gone.n);
    }
    if (c->since && c->blind.n)
        pt_buf_printf(b, "%zu not evaluated any more, ", c->blind.n);
    pt_buf_printf(b, "%zu fail", open);
    put_severities(b, c->open);
}

pt_str pt_notice_title(const pt_notice *n, pt_arena *a) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(2000);
    put_title(&b, n);
    return pt_arena_str(a, pt_buf_str(&b));
}

// -- for people -----------------------------------------------------------------------------------

enum {
    SUBJECTS_SHOWN = 3,
    REASONS_SHOWN = 3,
};

static const char under[] = "            ";

static bool said_before(const pt_kept_finding *v, size_t from, size_t i) {
    for (size_t k = from; k < i; k++)
        if (pt_str_eq(v[k].evidence, v[i].evidence) && pt_str_eq(v[k].remedy, v[i].remedy))
            return true;
    return false;
}

// Why the findings from `at` to `end`, of one check, were not evaluated: each reason once.
static void put_reasons(pt_buf *b, const pt_kept_finding *v, size_t at, size_t end) {
    size_t shown = 0;
    for (size_t i = at; i < end; i++) {
        if (said_before(v, at, i) || ++shown > REASONS_SHOWN)
            continue;
        pt_buf_putz(b, under);
        if (v[i].evidence.n)
            pt_buf_put_safe(b, v[i].evidence);
        else
            pt_buf_putz(b, "what was read is nothing that the check knows");
        if (v[i].remedy.n) {
            pt_buf_putz(b, ": ");
            pt_buf_put_safe(b, v[i].remedy);
        }
        pt_buf_putc(b, '\n');
    }
    if (shown > REASONS_SHOWN)
        pt_buf_printf(b, "%sand %zu more %s\n", under, shown - REASONS_SHOWN,
                      shown - REASONS_SHOWN == 1 ? "reason" : "reasons");
}

// Waivers that expired, each once; whose they are says whom to ask.
static void put_waivers(pt_buf *b, const pt_kept_finding *v, size_t at, size_t end) {
    for (size_t i = at; i < end; i++) {
        bool told = !v[i].waiver_owner.n;
        for (size_t k = at; k < i && !told; k++)
            told = pt_str_eq(v[k].waiver_reason, v[i].waiver_reason) &&
                   pt_str_eq(v[k].waiver_owner, v[i].waiver_owner);
        if (told)
            continue;
        pt_buf_printf(b, "%sits waiver has expired: ", under);
        pt_buf_put_safe(b, v[i].waiver_reason);
        pt_buf_putz(b, " (");
        pt_buf_put_safe(b, v[i].waiver_owner);
        pt_buf_putz(b, ")\n");
    }
}

typedef enum said { // of a list's findings
    NAMES,
    EVIDENCE, // of a single one
    REASONS,  // of all
} said;

// The findings of one check, which stand together from `at`: their subjects on one line, and what
// is to be said of them. Gives where the next check begins.
static size_t put_check(pt_buf *b, const pt_kept_findings *v, size_t at, said what) {
    const pt_kept_finding *f = &v->v[at];
    size_t end = at;
    while (end < v->n && pt_str_eq(v->v[end].check, f->check))
        end++;
    pt_buf_printf(b, "  %-8.*s  ", PT_PRI(f->severity));
    pt_buf_put(b, pt_kept_title(f));
    for (size_t i = at; i < end && i < at + SUBJECTS_SHOWN; i++) {
        pt_buf_putz(b, i == at ? "  " : ", ");
        pt_buf_put_safe(b, v->v[i].subject);
    }
    if (end - at > SUBJECTS_SHOWN)
        pt_buf_printf(b, " and %zu more", end - at - SUBJECTS_SHOWN);
    pt_buf_putc(b, '\n');
    if (what == EVIDENCE && f->evidence.n && end - at == 1) {
        pt_buf_putz(b, under);
        pt_buf_put_safe(b, f->evidence);
        pt_buf_putc(b, '\n');
    }
    if (what == REASONS)
        put_reasons(b, v->v, at, end);
    put_waivers(b, v->v, at, end);
    pt_buf_printf(b, "%s%.*s", under, PT_PRI(f->check));
    if (end - at == 1)
        pt_buf_printf(b, "  %.*s", PT_PRI(f->fingerprint));
    pt_buf_putc(b, '\n');
    return end;
}

static void put_list(pt_buf *b, const char *heading, const pt_kept_findings *v, said what) {
    if (!v->n)
        return;
    pt_buf_printf(b, "\n%s\n", heading);
    size_t at = 0;
    for (size_t shown = 0; at < v->n && shown < PT_NOTICE_LIST_MAX; shown++)
        at = put_check(b, v, at, what);
    if (at < v->n)
        pt_buf_printf(b, "  and %zu more\n", v->n - at);
}

static void put_changes(pt_buf *b, const pt_changes *c) {
    char room[PT_RFC3339_BYTES];
    pt_buf_printf(b, "\n%s of ", pt_str_eqz(c->verb, "audit") ? "Audit" : "Check");
    pt_buf_put_safe(b, c->subject);
    pt_buf_printf(b, ", %.*s\n", PT_PRI(pt_time_rfc3339(c->started, room)));
    if (c->since)
        pt_buf_printf(b, "compared with %.*s\n", PT_PRI(pt_time_rfc3339(c->since, room)));
    put_list(b, c->since ? "New" : "Open", &c->fresh, EVIDENCE);
    put_list(b, "Gone", &c->gone, NAMES);
    put_list(b,
             c->since ? "Not evaluated any more, which is not a pass"
                      : "Not evaluated, which is not a pass",
             &c->blind, REASONS);
    pt_buf_putc(b, '\n');
    if (c->score >= 0)
        pt_buf_printf(b, "Score    %d of 100, %zu not evaluated\n", c->score, c->unlooked);
    if (c->entry >= 0)
        pt_buf_printf(b, "Receipt  %lld\n", (long long)c->entry);
    pt_buf_putz(b, "More     paratia explain ID or FINGERPRINT, on the host\n");
}

void pt_notice_text(pt_buf *b, const pt_notice *n) {
    put_title(b, n);
    pt_buf_putc(b, '\n');
    if (n->trouble.n) {
        pt_buf_putc(b, '\n');
        pt_buf_put_safe(b, n->trouble);
        pt_buf_putz(b, "\nNothing is known of this host until it can be done.\n");
    }
    if (n->lost)
        pt_buf_printf(b,
                      "\nThe ledger has %lld earlier %s that the store of runs does not know: it "
                      "was\nemptied or replaced, and what is new or gone is reckoned without "
                      "them.\n",
                      (long long)n->lost, n->lost == 1 ? "run" : "runs");
    if (n->changes)
        put_changes(b, n->changes);
    if (n->checkpoint.n)
        pt_buf_printf(
            b,
            "\nThe signed checkpoint of the host's ledger. Kept here, it proves later that "
            "nothing\nbefore it was changed: paratia ledger verify --checkpoint\n\n%.*s",
            PT_PRI(n->checkpoint));
}

// -- for programs ---------------------------------------------------------------------------------

static pt_value when(pt_time_ns t, pt_arena *a) {
    char room[PT_RFC3339_BYTES];
    return pt_string(pt_arena_str(a, pt_time_rfc3339(t, room)));
}

static pt_value finding_value(const pt_kept_finding *f, pt_arena *a) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "check", pt_string(f->check));
    pt_obj_set(&o, "severity", pt_string(f->severity));
    pt_obj_set(&o, "title", pt_string(pt_kept_title(f)));
    pt_obj_set(&o, "kind", pt_string(f->kind));
    pt_obj_set(&o, "subject", pt_string(f->subject));
    if (f->evidence.n)
        pt_obj_set(&o, "evidence", pt_string(f->evidence));
    if (f->remedy.n)
        pt_obj_set(&o, "remedy", pt_string(f->remedy));
    if (f->waiver_owner.n) {
        pt_obj w = {.a = a};
        pt_obj_set(&w, "reason", pt_string(f->waiver_reason));
        pt_obj_set(&w, "owner", pt_string(f->waiver_owner));
        pt_obj_set(&o, "waiver_expired", pt_obj_end(&w));
    }
    pt_obj_set(&o, "fingerprint", pt_string(f->fingerprint));
    if (f->first_seen)
        pt_obj_set(&o, "first_seen", when(f->first_seen, a));
    return pt_obj_end(&o);
}

static pt_value list_value(const pt_kept_findings *v, pt_arena *a) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < v->n && i < PT_NOTICE_LIST_MAX; i++)
        pt_list_add(&l, finding_value(&v->v[i], a));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "count", pt_int((int64_t)v->n));
    pt_obj_set(&o, "findings", pt_list_end(&l));
    return pt_obj_end(&o);
}

static void set_changes(pt_obj *o, const pt_changes *c, pt_arena *a) {
    pt_obj open = {.a = a};
    for (unsigned s = 0; s < PT_SEVERITY_COUNT; s++)
        pt_obj_set(&open, pt_severity_word((pt_severity)s), pt_int((int64_t)c->open[s]));
    pt_obj_set(o, "verb", pt_string(c->verb));
    pt_obj_set(o, "subject", pt_string(c->subject));
    pt_obj_set(o, "started", when(c->started, a));
    if (c->since)
        pt_obj_set(o, "since", when(c->since, a));
    pt_obj_set(o, "exit", pt_int(c->exit_code));
    pt_obj_set(o, "score", c->score < 0 ? pt_null() : pt_int(c->score));
    pt_obj_set(o, "open", pt_obj_end(&open));
    pt_obj_set(o, "not_evaluated", pt_int((int64_t)c->unlooked));
    pt_obj_set(o, "new", list_value(&c->fresh, a));
    pt_obj_set(o, "gone", list_value(&c->gone, a));
    pt_obj_set(o, "blind", list_value(&c->blind, a));
    if (c->entry >= 0)
        pt_obj_set(o, "receipt", pt_int(c->entry));
}

pt_code pt_notice_json(pt_buf *b, const pt_notice *n, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(TEXT_BYTES_MAX);
    pt_notice_text(&text, n);
    pt_obj o = {.a = &a};
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "host", pt_string(n->host));
    pt_obj_set(&o, "title", pt_string(pt_notice_title(n, &a)));
    pt_obj_set(&o, "text", pt_string(pt_buf_str(&text)));
    if (n->trouble.n)
        pt_obj_set(&o, "trouble", pt_string(n->trouble));
    if (n->lost)
        pt_obj_set(&o, "lost_runs", pt_int(n->lost));
    if (n->changes)
        set_changes(&o, n->changes, &a);
    if (n->checkpoint.n)
        pt_obj_set(&o, "checkpoint", pt_string(n->checkpoint));
    pt_value v = pt_obj_end(&o);
    if (!pt_defined(v) || text.full)
        return pt_err_set(e, PT_E_NOMEM, "the notice is too large for the memory allowed");
    return pt_json_write(b, v, NULL, e);
}
