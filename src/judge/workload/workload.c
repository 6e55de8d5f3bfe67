#include "judge/workload/workload.h"

#include <string.h>

#include "judge/engine/engine.h"
#include "judge/workload/controls.h"
#include "judge/workload/parts.h"
#include "judge/workload/tests.h"
#include "value/yaml.h"

typedef struct judging {
    pt_judging j;
    const pt_workload *w;
    // What each control said of this pod; asked once, then known.
    enum {
        UNKNOWN,
        ALLOWED,
        FORBIDDEN
    } said[PT_WORKLOAD_CONTROLS_MAX];
} judging;

// -- Pod Security ---------------------------------------------------------------------------------

// Does the control with this id forbid the pod? With `tell` its detail and place are then in
// j.seen.
static bool ask(judging *k, const char *id, bool tell) {
    size_t n;
    const pt_podsec_control *controls = pt_podsec_controls(&n);
    size_t i = 0;
    while (i < n && strcmp(controls[i].id, id) != 0)
        i++;
    pt_assert(i < n && n <= PT_WORKLOAD_CONTROLS_MAX);
    if (k->said[i] == ALLOWED || (k->said[i] == FORBIDDEN && !tell))
        return k->said[i] == FORBIDDEN;
    pt_judging_clear(&k->j, k->w->pod_path);
    bool forbids =
        pt_podsec_forbids(&controls[i], k->w->pod, k->w->podsec_minor, &k->j.seen) != NULL;
    k->said[i] = forbids ? FORBIDDEN : ALLOWED;
    return forbids;
}

// The part of a violation that this row is about. A wrong type somewhere is no part's: then the
// row for the rest speaks in the words of the control.
static pt_verdict judge_part(judging *k, const pt_workload_control *row) {
    pt_judging_clear(&k->j, k->w->pod_path);
    if (row->part(k->w->pod, pt_str_of(row->want), &k->j.seen) == PT_FAIL)
        return PT_FAIL;
    if (!row->rest)
        return PT_PASS;
    for (size_t i = 0; i < pt_workload_controls_n; i++) {
        const pt_workload_control *other = &pt_workload_controls[i];
        if (!other->part || strcmp(other->control, row->control) != 0)
            continue;
        pt_judging_clear(&k->j, k->w->pod_path);
        if (other->part(k->w->pod, pt_str_of(other->want), &k->j.seen) == PT_FAIL)
            return PT_PASS;
    }
    return ask(k, row->control, true) ? PT_FAIL : PT_PASS;
}

static pt_verdict judge_control(judging *k, const pt_workload_control *row) {
    if (!pt_defined(k->w->pod))
        return PT_NOT_APPLICABLE;
    if (row->unless && ask(k, row->unless, false))
        return PT_PASS;
    bool tell = !row->part;
    bool forbids = ask(k, row->control, tell) || (row->also && ask(k, row->also, tell));
    if (!forbids)
        return PT_PASS;
    return row->part ? judge_part(k, row) : PT_FAIL;
}

// -- the document ---------------------------------------------------------------------------------

static const char *note_text(unsigned note) {
    switch (note) {
    case PT_YAML_NOTE_DUPLICATE:
        return "a key stands twice in one mapping; the last one counts";
    case PT_YAML_NOTE_HIDDEN:
        return "content behind the end of the document is never read";
    case PT_YAML_NOTE_MERGE:
        return "<< replaces a key that is written out";
    case PT_YAML_NOTE_COLLIDE:
        return "two keys become one when Kubernetes reads them";
    default:
        return "a character that only some readers take for a line break";
    }
}

// The row's note, or 0: no row about a note.
static unsigned note_of(const pt_check *c) {
    static const struct {
        const char *id;
        unsigned note;
    } rows[] = {
        {"PT-MAN-HIDDEN", PT_YAML_NOTE_HIDDEN},        {"PT-MAN-DUPLICATE", PT_YAML_NOTE_DUPLICATE},
        {"PT-MAN-MERGE", PT_YAML_NOTE_MERGE},          {"PT-MAN-COLLIDE", PT_YAML_NOTE_COLLIDE},
        {"PT-MAN-LINEBREAK", PT_YAML_NOTE_LINE_BREAK},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        if (strcmp(c->id, rows[i].id) == 0)
            return rows[i].note;
    return 0;
}

static pt_code judge_note(judging *k, const pt_check *c, unsigned note, pt_err *e) {
    pt_judging_clear(&k->j, (pt_str){0});
    bool noted = k->w->notes & note;
    if (noted)
        pt_buf_putz(&k->j.seen.text, note_text(note));
    size_t at = k->j.ret->all.n;
    pt_code code = pt_judging_add(&k->j, c, noted ? PT_FAIL : PT_PASS, e);
    if (!code && noted && k->w->note_line) {
        k->j.ret->all.v[at].place.line = k->w->note_line;
        k->j.ret->all.v[at].place.column = 1;
    }
    return code;
}

// -- all ------------------------------------------------------------------------------------------

static bool about_pod(const pt_check *c) {
    return c->conds[0].fact ? strcmp(c->conds[0].fact, "pod") == 0
                            : pt_workload_control_of(c->id) != NULL;
}

static bool about_account(const pt_check *c) {
    return c->conds[0].test == pt_test_token_mounted || c->conds[0].test == pt_test_default_account;
}

// What a run adds to a pod whose containers another object writes out: it may fail, but not pass.
static pt_code judge_addition(judging *k, const pt_check *c, pt_err *e) {
    const pt_workload_control *row = pt_workload_control_of(c->id);
    pt_verdict v;
    if (row)
        v = judge_control(k, row);
    else {
        pt_assert(!c->conds[1].fact && !c->when.fact); // no row about pods has more
        pt_judging_clear(&k->j, k->w->pod_path);
        v = c->conds[0].test(k->w->pod, pt_str_of(c->conds[0].want), &k->j.seen);
    }
    if (v == PT_PASS) {
        v = PT_NOT_APPLICABLE;
        pt_judging_clear(&k->j, (pt_str){0});
        pt_buf_putz(&k->j.seen.text, "its containers are those of another object");
    }
    return pt_judging_add(&k->j, c, v, e);
}

static pt_code judge_row(judging *k, const pt_check *c, pt_err *e) {
    if (pt_role_waits(c, k->w->doc))
        return PT_OK;
    const pt_workload *w = k->w;
    if (w->part != PT_WORKLOAD_WHOLE && about_pod(c) != (w->part == PT_WORKLOAD_POD))
        return PT_OK;
    if (w->account_elsewhere && about_account(c)) {
        pt_judging_clear(&k->j, (pt_str){0});
        pt_buf_putz(&k->j.seen.text, "whoever runs it chooses the account");
        return pt_judging_add(&k->j, c, PT_NOT_APPLICABLE, e);
    }
    if (w->containers_elsewhere && about_pod(c))
        return judge_addition(k, c, e);
    if (c->conds[0].fact)
        return pt_judging_row(&k->j, c, e);
    const pt_workload_control *row = pt_workload_control_of(c->id);
    if (row)
        return pt_judging_add(&k->j, c, judge_control(k, row), e);
    unsigned note = note_of(c);
    // What is left are rows about documents that could not be read: pt_judge_problem.
    return note ? judge_note(k, c, note, e) : PT_OK;
}

pt_code pt_judge_workload(pt_arena *a, const pt_check *const *checks, size_t n,
                          const pt_workload *w, pt_findings *ret, pt_err *e) {
    pt_named_fact facts[] = {
        {PT_STR("doc"), pt_fact_known(w->doc, (pt_str){0})},
        {PT_STR("pod"), pt_fact_absent((pt_str){0})},
    };
    if (pt_defined(w->pod)) {
        facts[1].fact = pt_fact_known(w->pod, (pt_str){0});
        facts[1].fact.path = w->pod_path;
    }
    pt_subject s = {
        .kind = PT_KIND_OBJECT,
        .name = w->name,
        .place = w->place,
        .facts = {{.v = facts, .n = PT_COUNT(facts), .cap = PT_COUNT(facts)}},
    };
    judging k = {.j = pt_judging_begin(a, &s, ret), .w = w};
    pt_code code = PT_OK;
    for (size_t i = 0; i < n && !code; i++)
        if (checks[i]->kind == PT_KIND_OBJECT)
            code = judge_row(&k, checks[i], e);
    pt_judging_done(&k.j);
    return code;
}

pt_code pt_judge_problem(pt_arena *a, const pt_check *const *checks, size_t n,
                         const pt_workload_problem *p, pt_findings *ret, pt_err *e) {
    for (size_t i = 0; i < n; i++) {
        if (strcmp(checks[i]->id, p->check) != 0)
            continue;
        pt_finding f = {
            .check = checks[i],
            .verdict = PT_NOT_EVALUATED,
            .kind = PT_KIND_OBJECT,
            .subject = pt_arena_str(a, p->place.file),
            .place = {pt_arena_str(a, p->place.file), p->place.line, p->place.column},
            .evidence = pt_arena_str(a, p->evidence),
            .remedy = pt_arena_str(a, p->remedy),
        };
        if (!pt_findings_add(ret, a, &f))
            return pt_err_set(e, PT_E_NOMEM, "too many findings for the memory allowed");
    }
    return PT_OK;
}
