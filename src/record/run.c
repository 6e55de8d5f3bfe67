#include "record/run.h"

#include "base/buf.h"
#include "judge/catalogue/catalogue.h"

bool pt_finding_open(const pt_finding *f) {
    return f->verdict == PT_FAIL && !f->waived && !f->known;
}

const char *pt_finding_mark(const pt_run *r, const pt_finding *f) {
    if (f->verdict != PT_FAIL)
        return "";
    if (f->waived || f->known)
        return f->waived ? "waived" : "known";
    if (f->waiver_expired)
        return "exp";
    return f->is_new && (r->compared || r->beside) ? "new" : "";
}

pt_str pt_kept_title(const pt_kept_finding *f) {
    const pt_check *c = pt_catalogue_find(f->check);
    if (!c)
        return f->check;
    return pt_str_of(pt_str_eqz(f->verdict, "fail") ? c->title : c->good);
}

// The next item of a list, trimmed.
static bool next_item(pt_str *rest, pt_str *ret) {
    if (!rest->n)
        return false;
    size_t end = 0;
    while (end < rest->n && rest->p[end] != ',' && rest->p[end] != ';')
        end++;
    *ret = pt_str_trim(pt_str_sub(*rest, 0, end));
    *rest = pt_str_sub(*rest, end + 1, rest->n);
    return true;
}

static bool has_item(pt_str list, pt_str item) {
    pt_str one;
    while (next_item(&list, &one))
        if (pt_str_eq(one, item))
            return true;
    return false;
}

bool pt_evidence_grew(pt_str before, pt_str now) {
    pt_str item;
    if (pt_str_eq(before, now))
        return false;
    while (next_item(&now, &item))
        if (!has_item(before, item))
            return true;
    return false;
}

size_t pt_run_open(const pt_run *r, pt_severity at_least) {
    size_t n = 0;
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        n += pt_finding_open(f) && f->check->severity <= at_least;
    }
    return n;
}

static size_t open_exactly(const pt_run *r, pt_severity s) {
    return pt_run_open(r, s) - (s == PT_CRITICAL ? 0 : pt_run_open(r, (pt_severity)(s - 1)));
}

static const int weights[PT_SEVERITY_COUNT] = {
    [PT_CRITICAL] = 10, [PT_HIGH] = 5, [PT_MEDIUM] = 2, [PT_LOW] = 1, [PT_INFO] = 0};

// Dropped passes exist only for manifests: what the tally has beyond the kept ones.
static int64_t dropped_pass_weight(const pt_run *r) {
    int64_t sum = 0;
    for (unsigned s = 0; s < PT_SEVERITY_COUNT; s++)
        sum += weights[s] * (int64_t)r->findings.tally[PT_PASS][s];
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        sum -= f->verdict == PT_PASS ? weights[f->check->severity] : 0;
    }
    return sum;
}

int pt_run_score(const pt_run *r, pt_kind kind) {
    int64_t pass = kind == PT_KIND_OBJECT || kind == PT_KIND_COUNT ? dropped_pass_weight(r) : 0;
    int64_t all = pass;
    bool critical = false;
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        bool counts = f->verdict == PT_PASS || (f->verdict == PT_FAIL && !f->waived);
        if (!counts || (kind != PT_KIND_COUNT && f->kind != kind))
            continue;
        int w = weights[f->check->severity];
        all += w;
        pass += f->verdict == PT_PASS ? w : 0;
        critical |= f->verdict == PT_FAIL && f->check->severity == PT_CRITICAL;
    }
    if (all == 0)
        return -1;
    int score = (int)(pass * 100 / all);
    return critical && score > 49 ? 49 : score;
}

static const char *plural(size_t n, const char *one, const char *many) {
    return n == 1 ? one : many;
}

pt_str pt_run_headline(const pt_run *r, pt_arena *a) {
    size_t critical = open_exactly(r, PT_CRITICAL);
    size_t high = open_exactly(r, PT_HIGH);
    size_t rest = pt_run_open(r, PT_LOW) - critical - high;
    if (pt_defined(r->scan) && (critical || high))
        return pt_arena_printf(a, "%zu %s %s in what was scanned", critical ? critical : high,
                               critical ? "critical" : "high",
                               plural(critical ? critical : high, "finding", "findings"));
    if (critical)
        return pt_arena_printf(a, "%zu %s someone take over this %s", critical,
                               plural(critical, "finding lets", "findings let"),
                               pt_str_eqz(PT_STR("check"), r->verb) ? "cluster" : "host");
    if (high)
        return pt_arena_printf(a, "%zu %s one flaw away from a takeover", high,
                               plural(high, "finding is", "findings are"));
    if (rest)
        return pt_arena_printf(a, "Nothing urgent: %zu %s to plan", rest,
                               plural(rest, "finding", "findings"));
    if (pt_findings_count(&r->findings, PT_NOT_EVALUATED))
        return PT_STR("Nothing found in what could be looked at");
    return PT_STR("Nothing found");
}

// 0.6 s, 4 ms, 2 min 5 s
static void put_duration(pt_buf *b, int64_t ns) {
    int64_t ms = ns / 1000000;
    if (ms < 100)
        pt_buf_printf(b, "%lld ms", (long long)ms);
    else if (ms < 60000)
        pt_buf_printf(b, "%lld.%lld s", (long long)(ms / 1000), (long long)(ms % 1000 / 100));
    else
        pt_buf_printf(b, "%lld min %lld s", (long long)(ms / 60000), (long long)(ms / 1000 % 60));
}

static size_t count_new(const pt_run *r) {
    size_t n = 0;
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        n += f->is_new && pt_finding_open(f);
    }
    return n;
}

pt_str pt_run_summary(const pt_run *r, pt_arena *a) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1000);
    pt_buf_printf(&b, "%zu fail", pt_run_open(r, PT_INFO));
    const char *sep = " (";
    for (unsigned s = PT_CRITICAL; s <= PT_HIGH; s++) {
        size_t n = open_exactly(r, (pt_severity)s);
        if (!n)
            continue;
        pt_buf_printf(&b, "%s%zu %s", sep, n, pt_severity_word((pt_severity)s));
        sep = ", ";
    }
    if (sep[0] == ',')
        pt_buf_putc(&b, ')');
    if (r->compared)
        pt_buf_printf(&b, ", %zu new", count_new(r));
    if (r->gone.n)
        pt_buf_printf(&b, ", %zu gone", r->gone.n);
    if (r->known)
        pt_buf_printf(&b, ", %zu known", r->known);
    if (r->waived)
        pt_buf_printf(&b, ", %zu waived", r->waived);
    pt_buf_printf(&b, ", %zu not evaluated, %zu pass",
                  pt_findings_count(&r->findings, PT_NOT_EVALUATED),
                  pt_findings_count(&r->findings, PT_PASS));
    if (r->files)
        pt_buf_printf(&b, ", %zu %s, %zu %s", r->files, plural(r->files, "file", "files"),
                      r->objects, plural(r->objects, "object", "objects"));
    if (r->without)
        pt_buf_printf(&b, " (%zu %s no Kubernetes object)", r->without,
                      plural(r->without, "file holds", "files hold"));
    pt_buf_putz(&b, ", ");
    put_duration(&b, r->took_ns);
    return pt_arena_str(a, pt_buf_str(&b));
}

// Is x to be done before y?
static bool before(const pt_todo *x, const pt_todo *y) {
    const pt_finding *a = x->finding;
    const pt_finding *b = y->finding;
    if (a->check->severity != b->check->severity)
        return a->check->severity < b->check->severity;
    if (a->is_new != b->is_new)
        return a->is_new;
    return x->closes > y->closes;
}

// The imperative of a check holds at most one "%s", for the subject.
static pt_str act_of(const pt_finding *f, pt_arena *a) {
    pt_str text = pt_str_of(f->check->act);
    size_t at = pt_str_find_str(text, PT_STR("%s"));
    if (at == text.n)
        return text;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1000);
    pt_buf_put(&b, pt_str_sub(text, 0, at));
    pt_buf_put_safe(&b, f->subject);
    pt_buf_put(&b, pt_str_sub(text, at + 2, text.n));
    return pt_arena_str(a, pt_buf_str(&b));
}

// The step that the findings [*at, …) of one check come to, which stand together; *at moves behind
// them. Its finding is the first that is open, a new one before all; NULL if none is.
static pt_todo step_of(const pt_run *r, size_t *at) {
    const pt_check *check = r->findings.all.v[*at].check;
    pt_todo t = {0};
    for (; *at < r->findings.all.n; ++*at) {
        const pt_finding *f = &r->findings.all.v[*at];
        if (f->check != check || f->verdict != PT_FAIL)
            break;
        if (!pt_finding_open(f))
            continue;
        t.closes++;
        if (!t.finding || (f->is_new && !t.finding->is_new))
            t.finding = f;
    }
    return t;
}

// One step a check: the next finding of it needs the same hand.
size_t pt_run_todo(const pt_run *r, pt_arena *a, pt_todo ret[3]) {
    size_t n = 0;
    size_t i = 0;
    while (i < r->findings.all.n && r->findings.all.v[i].verdict == PT_FAIL) { // fails come first
        pt_todo t = step_of(r, &i);
        if (!t.finding || t.finding->check->severity > PT_HIGH)
            continue;
        size_t at = n < 3 ? n++ : 3;
        while (at > 0 && before(&t, &ret[at - 1])) {
            if (at < 3)
                ret[at] = ret[at - 1];
            at--;
        }
        if (at < 3)
            ret[at] = t;
    }
    for (i = 0; i < n; i++)
        ret[i].act = act_of(ret[i].finding, a);
    return n;
}

pt_str pt_run_exit_reason(const pt_run *r, pt_arena *a) {
    if (r->receipt.broken)
        return PT_STR("the ledger is damaged: keep it as it is, it is evidence");
    if (r->exit_code == 3)
        return r->cut.n ? r->cut : PT_STR("nothing could be judged");
    size_t n = r->no_gate ? 0 : pt_run_open(r, r->fail_on);
    size_t unlooked = pt_findings_count(&r->findings, PT_NOT_EVALUATED);
    if (!n && r->strict)
        return pt_arena_printf(a, "%zu not evaluated (--strict)", unlooked);
    return pt_arena_printf(a, "%zu %s at or above %s (--fail-on %s)", n,
                           plural(n, "finding", "findings"), pt_severity_word(r->fail_on),
                           pt_severity_word(r->fail_on));
}
