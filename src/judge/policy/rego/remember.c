// Which functions' answers are remembered: those that loop, call what is dear, or call several
// others, so that the calls below would multiply. A look-up costs more than most helpers do.
#include "judge/policy/rego/ast_visit.h"
#include "judge/policy/rego/impl.h"

// NOLINTBEGIN(misc-no-recursion): functions call one another RULES_DEEP_MAX deep, recursion.c

enum {
    CALLS_MIN = 2, // of other functions
};

typedef struct judge {
    pt_compiler *c;
    const pt_rule *rule;
    bool dear, says;
    size_t calls; // in one rule
} judge;

// Built-ins that cost more than a look-up whatever they are given, by their family.
static const char *const DEAR[] = {
    "base64.", "base64url.", "crypto.",   "glob.", "graph.",  "graphql.", "hex.",
    "http.",   "io.",        "json.",     "net.",  "regex.",  "rego.",    "semver.",
    "time.",   "units.",     "urlquery.", "yaml.", "sprintf", "sort",     "walk"};

static bool dear(const pt_fn *fn) {
    for (size_t i = 0; i < PT_COUNT(DEAR); i++)
        if (pt_str_starts(pt_str_of(fn->name), pt_str_of(DEAR[i])))
            return true;
    return false;
}

static bool is_arg(const pt_rule *r, const pt_sym *s) {
    for (size_t i = 0; i < r->args.n; i++)
        if (r->args.v[i]->kind == PT_TERM_VAR && r->args.v[i]->sym == s)
            return true;
    return false;
}

static void judge_function(pt_compiler *c, pt_rule_node *n);

static void judge_call(judge *j, const pt_term *call) {
    const pt_fn *fn = NULL;
    pt_rule_node *node = NULL;
    if (pt_call_arity(j->c, call->items.v[0], &fn, &node) < 0)
        return;
    if (fn) {
        j->dear |= dear(fn);
        j->says |= pt_str_eqz(pt_str_of(fn->name), "internal.print");
        return;
    }
    if (!node || !node->function)
        return;
    judge_function(j->c, node);
    j->calls++;
    j->dear |= node->remembered;
    j->says |= node->says;
}

static void judge_term(void *to, pt_term *t) {
    judge *j = to;
    if (t->kind == PT_TERM_CALL)
        judge_call(j, t);
    j->dear |= pt_term_closure(t);
    for (size_t i = 1; t->kind == PT_TERM_REF && i < t->items.n; i++)
        j->dear |= t->items.v[i]->kind == PT_TERM_VAR && !is_arg(j->rule, t->items.v[i]->sym);
}

static void judge_expr(void *to, pt_expr *e) {
    judge *j = to;
    j->dear |= e->kind == PT_EXPR_EVERY || e->with.n > 0;
}

static void judge_function(pt_compiler *c, pt_rule_node *n) {
    if (n->judged)
        return;
    n->judged = true;
    judge j = {.c = c};
    size_t args = 0; // the same in all rules
    pt_visit visit = {.term = judge_term, .expr = judge_expr, .to = &j};
    for (size_t i = 0; i < n->rules.n; i++)
        for (const pt_rule *r = n->rules.v[i]; r; r = r->orelse) {
            j.rule = r;
            j.calls = 0;
            args = r->args.n;
            pt_visit_rule(&visit, r);
            j.dear |= j.calls >= CALLS_MIN;
        }
    n->says = j.says || c->opts.tell;
    n->remembered = j.dear || n->says;
    n->remembered &= args > 0 && args <= PT_KEYS_MAX;
}

void pt_find_remembered(pt_compiler *c) {
    for (size_t i = 0; i < c->nodes.n; i++)
        if (c->nodes.v[i]->function)
            judge_function(c, c->nodes.v[i]);
}

// NOLINTEND(misc-no-recursion)
