#include "judge/engine/engine.h"

// What one condition came to. Texts are borrowed from the fact or stand in j->seen.
typedef struct outcome {
    pt_verdict verdict;
    pt_str said; // the evidence, unless the test wrote it
    pt_str source;
    pt_str remedy;
} outcome;

// Evidence shows values from outside; a line of it is bounded.
enum {
    EVIDENCE_BYTES_MAX = 600
};

pt_judging pt_judging_begin(pt_arena *a, const pt_subject *s, pt_findings *ret) {
    return (pt_judging){
        .a = a,
        .subject = s,
        .ret = ret,
        .seen = {.text = PT_BUF(EVIDENCE_BYTES_MAX), .path = PT_BUF(EVIDENCE_BYTES_MAX)},
        .safe = PT_BUF((size_t)EVIDENCE_BYTES_MAX * 8),
    };
}

void pt_judging_done(pt_judging *j) {
    pt_buf_done(&j->seen.text);
    pt_buf_done(&j->seen.path);
    pt_buf_done(&j->safe);
}

void pt_judging_clear(pt_judging *j, pt_str path) {
    pt_buf_clear(&j->seen.text);
    pt_buf_clear(&j->seen.path);
    pt_buf_put(&j->seen.path, path);
}

static pt_str kept_text(pt_judging *j, pt_str s) {
    return s.n ? pt_arena_str(j->a, s) : (pt_str){0};
}

// Reasons and sources hold names from outside too.
static pt_str shown(pt_judging *j, pt_str s, bool cut) {
    pt_buf_clear(&j->safe);
    pt_buf_put_safe(&j->safe, pt_str_sub(s, 0, EVIDENCE_BYTES_MAX));
    if (cut || s.n > EVIDENCE_BYTES_MAX)
        pt_buf_putz(&j->safe, "...");
    return kept_text(j, pt_buf_str(&j->safe));
}

static void copy_common(pt_judging *j) {
    const pt_subject *s = j->subject;
    j->common = (pt_finding){
        .kind = s->kind,
        .subject = pt_arena_str(j->a, s->name),
        .detail = pt_arena_str(j->a, s->detail),
        .place = {pt_arena_str(j->a, s->place.file), s->place.line, s->place.column},
    };
    j->copied = true;
}

static pt_code add(pt_judging *j, const pt_check *c, const outcome *o, pt_err *e) {
    bool kept = pt_findings_keeps(j->ret, j->subject->kind, o->verdict);
    if (kept && !j->copied)
        copy_common(j);
    pt_finding f = j->common;
    f.kind = j->subject->kind;
    f.check = c;
    f.verdict = o->verdict;
    if (kept) {
        f.evidence = o->said.n ? shown(j, o->said, false)
                               : shown(j, pt_buf_str(&j->seen.text), j->seen.text.full);
        f.path = kept_text(j, pt_buf_str(&j->seen.path));
        f.source = shown(j, o->source, false);
        f.remedy = kept_text(j, o->remedy);
    }
    if (!pt_findings_add(j->ret, j->a, &f))
        return pt_err_set(e, PT_E_NOMEM, "too many findings for the memory allowed");
    return PT_OK;
}

pt_code pt_judging_add(pt_judging *j, const pt_check *c, pt_verdict v, pt_err *e) {
    outcome o = {.verdict = v};
    return add(j, c, &o, e);
}

// What a row's value is called: the last step of its path, else the argument of its fact.
static pt_str name_of(const pt_cond *c) {
    pt_str whole = pt_str_of(c->path ? c->path : c->fact);
    size_t cut = c->path ? pt_str_rfind(whole, '.') : pt_str_find(whole, '/');
    return c->path && cut == whole.n ? whole : pt_str_sub(whole, cut + 1, whole.n);
}

// Fact to verdict. This is the only place that sees "unknown".
static outcome judge_cond(pt_judging *j, const pt_cond *c) {
    pt_fact f = pt_fact_at(pt_facts_get(&j->subject->facts, pt_str_of(c->fact)), c->path);
    pt_judging_clear(j, f.path);
    j->seen.name = name_of(c);
    if (f.state == PT_UNKNOWN)
        return (outcome){.verdict = PT_NOT_EVALUATED, .said = f.reason, .remedy = f.remedy};
    if (f.state == PT_ABSENT)
        return (outcome){
            .verdict = c->absent, .said = pt_str_of(c->absent_shown), .source = f.source};
    return (outcome){.verdict = c->test(f.value, pt_str_of(c->want), &j->seen), .source = f.source};
}

// All conditions must hold; the worst decides (fail, not evaluated, pass, not applicable), the
// first of its kind speaks. Tests write into the same buffers: if a later one decides otherwise
// than the last, the one that speaks is asked once more.
static outcome judge_all(pt_judging *j, const pt_check *c) {
    size_t n = 0;
    size_t speaks = 0;
    outcome all = {.verdict = PT_NOT_APPLICABLE};
    for (; n < PT_CONDS_MAX && c->conds[n].fact; n++) {
        outcome one = judge_cond(j, &c->conds[n]);
        if (n == 0 || one.verdict < all.verdict) {
            all = one;
            speaks = n;
        }
    }
    bool kept = pt_findings_keeps(j->ret, j->subject->kind, all.verdict);
    return kept && n > 0 && speaks + 1 < n ? judge_cond(j, &c->conds[speaks]) : all;
}

static outcome judge(pt_judging *j, const pt_check *c) {
    if (j->subject->exempt.n)
        return (outcome){.verdict = PT_NOT_APPLICABLE, .said = j->subject->exempt};
    if (!c->when.fact)
        return judge_all(j, c);
    outcome when = judge_cond(j, &c->when);
    if (when.verdict == PT_PASS)
        return judge_all(j, c);
    if (when.verdict != PT_NOT_EVALUATED)
        when.verdict = PT_NOT_APPLICABLE;
    return when;
}

pt_code pt_judging_row(pt_judging *j, const pt_check *c, pt_err *e) {
    outcome o = judge(j, c);
    return add(j, c, &o, e);
}

pt_code pt_judge_subject(pt_arena *a, const pt_check *const *checks, size_t n, const pt_subject *s,
                         pt_findings *ret, pt_err *e) {
    PT_AUTO(pt_judging_done) pt_judging j = pt_judging_begin(a, s, ret);
    for (size_t i = 0; i < n; i++) {
        if (checks[i]->kind != s->kind || !checks[i]->conds[0].fact)
            continue;
        pt_code code = pt_judging_row(&j, checks[i], e);
        if (code)
            return code;
    }
    return PT_OK;
}

static bool plan_add(pt_arena *a, pt_plan *plan, const char *fact) {
    pt_str name = pt_str_of(fact);
    for (size_t i = 0; i < plan->facts.n; i++)
        if (pt_str_eq(plan->facts.v[i], name))
            return true;
    pt_str *slot = PT_PUSH(a, &plan->facts);
    if (slot)
        *slot = name;
    return slot != NULL;
}

pt_code pt_plan_of(pt_arena *a, const pt_check *const *checks, size_t n, pt_kind kind, pt_plan *ret,
                   pt_err *e) {
    for (size_t i = 0; i < n; i++) {
        const pt_check *c = checks[i];
        if (c->kind != kind)
            continue;
        bool ok = !c->when.fact || plan_add(a, ret, c->when.fact);
        for (size_t k = 0; ok && k < PT_CONDS_MAX && c->conds[k].fact; k++)
            ok = plan_add(a, ret, c->conds[k].fact);
        if (!ok)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    return PT_OK;
}
