// One object, judged by every constraint that matches.
#include <stdlib.h>
#include <string.h>

#include "judge/gatekeeper/gatekeeper_impl.h"

// Whether an object matches.
typedef struct match_answer {
    bool known;
    pt_gk_matched matched;
    const char *why;
} match_answer;

struct pt_gk_judge {
    const pt_gk_set *set;
    pt_machine *machine;
    pt_fn_cache *cache;
    pt_arena kept; // documents that are the same for all objects
    struct pt_shared_value *shared;
    match_answer *matches; // of the object that is judged
};

pt_gk_judge *pt_gk_judge_new(const pt_gk_set *g) {
    pt_gk_judge *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    *j = (pt_gk_judge){.set = g,
                       .machine = pt_machine_new(),
                       .cache = pt_fn_cache_new(PT_GK_PATTERNS_MAX),
                       .shared = calloc(g->shared.all + 1, sizeof *j->shared),
                       .matches = calloc(g->n_matches + 1, sizeof *j->matches)};
    if (j->machine && j->cache && j->shared && j->matches)
        return j;
    pt_gk_judge_free(j);
    return NULL;
}

void pt_gk_judge_free(pt_gk_judge *j) {
    if (!j)
        return;
    pt_fn_cache_free(j->cache);
    pt_machine_free(j->machine);
    pt_arena_done(&j->kept);
    free(j->shared);
    free(j->matches);
    free(j);
}

typedef struct review {
    pt_gk_judge *j;
    pt_arena *a;
    pt_gk_subject subject;
    pt_value docker;
    pt_fn_world world;
    pt_eval_opts opts;
    bool late; // the deadline has passed
    pt_gk_verdict *verdict;
} review;

// NULL: the arena is full.
static pt_gk_violation *add(review *v, const pt_gk_rule *r, pt_str message, pt_value details) {
    pt_gk_violation *x = message.p ? PT_PUSH(v->a, &v->verdict->violations) : NULL;
    if (x)
        *x = (pt_gk_violation){.constraint = r->shown,
                               .message = message,
                               .details = details,
                               .action = r->does[v->subject.point]};
    return x;
}

static pt_gk_violation *add_error(review *v, const pt_gk_rule *r, pt_str message) {
    pt_gk_violation *x = add(v, r, message, pt_object_of(v->a, NULL, 0, NULL));
    if (x)
        x->error = true;
    return x;
}

static bool add_unknown(review *v, const pt_gk_rule *r, pt_str message) {
    pt_gk_violation *x = add_error(v, r, message);
    if (x)
        x->unknown = true;
    return x != NULL;
}

static bool add_late(review *v, const pt_gk_rule *r, pt_str message) {
    pt_gk_violation *x = add_error(v, r, message);
    if (x)
        x->late = true;
    v->late = true;
    return x != NULL;
}

// -- what `violation` holds -----------------------------------------------------------------------

// [details, msg] of an element; undefined: it has no msg.
static pt_value said(review *v, pt_value element) {
    pt_value msg = pt_getz(element, "msg");
    pt_value details = pt_getz(element, "details");
    pt_value pair[2] = {details, msg};
    if (!pt_defined(msg))
        return msg;
    if (!pt_defined(details))
        pair[0] = pt_object_of(v->a, NULL, 0, NULL);
    return pt_array_of(v->a, pair, PT_COUNT(pair));
}

static bool add_said(review *v, const pt_gk_rule *r, pt_value pair) {
    pt_value msg = pt_at(pair, 1);
    if (pt_tag_of(msg) == PT_STRING)
        return add(v, r, pt_text(msg), pt_at(pair, 0)) != NULL;
    pt_str why = pt_arena_printf(v->a, "`msg` of a violation must be a string, and is %s",
                                 pt_tag_name(pt_tag_of(msg)));
    return add_error(v, r, why) != NULL;
}

// Equal ones are one, in the order of values.
static bool add_all(review *v, const pt_gk_rule *r, const pt_answers *answers) {
    size_t n = 0;
    pt_value *pairs = PT_NEW(v->a, pt_value, answers->v.n);
    if (!pairs)
        return false;
    for (size_t i = 0; i < answers->v.n; i++) {
        pairs[n] = said(v, answers->v.v[i][0]);
        if (v->a->full)
            return false;
        if (pt_defined(pairs[n]))
            n++;
        else
            v->verdict->dropped++;
    }
    pt_value all = pt_set_of(v->a, pairs, n);
    for (size_t i = 0; i < pt_len(all); i++)
        if (!add_said(v, r, pt_at(all, i)))
            return false;
    return pt_defined(all);
}

// -- evaluation -----------------------------------------------------------------------------------

static bool add_failure(review *v, const pt_gk_rule *r, const pt_eval_error *x) {
    pt_str why = x->place.row ? pt_arena_printf(v->a, "%.*s:%u: %s: %.*s", PT_PRI(x->place.file),
                                                x->place.row, x->code, PT_PRI(x->message))
                              : pt_arena_printf(v->a, "%s: %.*s", x->code, PT_PRI(x->message));
    if (pt_str_eqz(pt_str_of(x->code), "eval_cancel_error"))
        return add_late(v, r, why);
    return add_error(v, r, why) != NULL;
}

// One that cannot be evaluated has judged nothing: that is no pass.
static bool add_broken(review *v, const pt_gk_rule *r) {
    return add_error(v, r, r->problem.message) != NULL;
}

static bool add_faulty(review *v, const pt_gk_rule *r) {
    const pt_gk_constraint **slot = PT_PUSH(v->a, &v->verdict->faulty);
    if (slot)
        *slot = r->shown;
    return slot != NULL;
}

static bool evaluate(review *v, const pt_gk_rule *r) {
    pt_value pairs[] = {pt_stringz("docker"),         v->docker, // by key: not to be sorted
                        pt_stringz(PT_GK_PARAMETERS), r->parameters,
                        pt_stringz("review"),         v->subject.review};
    size_t from = pt_defined(v->docker) ? 0 : 1;
    pt_answers answers = {0};
    pt_eval_error error = {0};
    if (v->late)
        return add_late(v, r, PT_STR("not judged: there was no time left"));
    const pt_gk_constraint **judged = PT_PUSH(v->a, &v->verdict->judged);
    if (!judged)
        return false;
    *judged = r->shown;
    v->opts.input = pt_object_of(v->a, pairs + 2 * from, PT_COUNT(pairs) / 2 - from, NULL);
    if (!pt_defined(v->opts.input))
        return false;
    v->opts.shared.slots = r->slots;
    if (!pt_eval(v->a, r->template->program, r->template->query, &v->opts, &answers, &error))
        return !v->a->full && add_failure(v, r, &error);
    return (answers.faults == 0 || add_faulty(v, r)) &&
           (answers.v.n == 0 || add_all(v, r, &answers));
}

static bool asked_for(const pt_gk_rule *r, const pt_gk_subject *s) {
    pt_value operations = r->template ? r->template->operations : pt_undefined();
    bool any = s->point != PT_GK_ADMISSION || pt_len(operations) == 0 || !s->operation.n;
    for (size_t i = 0; !any && i < pt_len(operations); i++) {
        pt_str op = pt_text(pt_at(operations, i));
        any = pt_str_eqz(op, "*") || pt_str_eq(op, s->operation);
    }
    return any && r->does[s->point] != PT_GK_NOTHING;
}

static pt_gk_matched matches(review *v, const pt_gk_rule *r, const char **ret_why) {
    match_answer *m = &v->j->matches[r->nth_match];
    if (!m->known) {
        m->matched = pt_gk_matches(&r->matches, &v->subject, &m->why);
        m->known = true;
    }
    *ret_why = m->why;
    return m->matched;
}

static bool judge(review *v, const pt_gk_rule *r) {
    const char *why = NULL;
    if (!asked_for(r, &v->subject))
        return true;
    switch (matches(v, r, &why)) {
    case PT_GK_NO_MATCH:
        return true;
    case PT_GK_MATCH_ERROR:
        return add_unknown(v, r, pt_str_of(why));
    case PT_GK_MATCH:
        break;
    }
    return r->template ? evaluate(v, r) : add_broken(v, r);
}

static pt_value data_of(pt_arena *a, pt_value inventory) {
    pt_obj o = {.a = a};
    pt_obj_maybe(&o, "inventory", inventory);
    return pt_obj_end(&o);
}

pt_code pt_gk_judge_review(pt_gk_judge *j, pt_arena *a, const pt_gk_review *r, pt_gk_verdict *ret,
                           pt_err *e) {
    review v = {.j = j, .a = a, .docker = r->docker, .verdict = ret};
    *ret = (pt_gk_verdict){0};
    pt_code code = pt_gk_subject_make(a, r, &v.subject, e);
    if (code)
        return code;
    ret->exempt = pt_gk_exempt(j->set, &v.subject);
    v.world = (pt_fn_world){.now_ns = r->now_ns, .seed = r->seed, .deadline_ns = r->deadline_ns};
    v.opts = (pt_eval_opts){.data = data_of(a, r->inventory),
                            .world = &v.world,
                            .machine = j->machine,
                            .cache = j->cache};
    v.opts.shared =
        (pt_shared){.values = j->shared, .n_round = j->set->shared.round, .kept = &j->kept};
    memset(j->matches, 0, j->set->n_matches * sizeof *j->matches);
    memset(j->shared, 0, j->set->shared.round * sizeof *j->shared);
    bool fits = pt_defined(v.opts.data);
    for (size_t i = 0; fits && !ret->exempt && i < j->set->rules.n; i++)
        if (!r->only || r->only == j->set->rules.v[i].shown)
            fits = judge(&v, &j->set->rules.v[i]);
    return fits ? PT_OK : pt_err_set(e, PT_E_NOMEM, "judging it needs more memory than the limit");
}
