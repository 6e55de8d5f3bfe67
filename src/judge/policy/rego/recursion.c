// Which rules are recursive: a depth-first search over the rules that a rule's literals may ask
// for.
//
// Rules of one place that give one document are followed as one. Those with variables in their
// heads are followed one by one: a reference asks only for those whose heads may be what it says,
// because nothing else is evaluated for it (emit_part.c).
#include "judge/policy/rego/check_types.h"
#include "judge/policy/rego/impl.h"
#include "judge/policy/rego/token.h"

// NOLINTBEGIN(misc-no-recursion): paths have 1,000 steps, rules go RULES_DEEP_MAX deep, terms nest
// up to PT_REGO_NESTING_MAX

enum {
    WHITE,
    GREY, // on the path that is being followed
    BLACK,
    RULES_DEEP_MAX = 4000, // what the search's stack holds
    TEXT_MAX = 4096,
};

// Rules that are followed as one: all of a place, or one with variables in its head.
typedef struct stop {
    pt_rule_node *node;
    pt_rule *rule;     // NULL: all
    const pt_rule *at; // whose body is being followed
} stop;

typedef struct follower {
    pt_compiler *c;
    PT_VEC(stop) path;
    bool found;
} follower;

static void follow_body(follower *f, const pt_body *b);

// -- messages -------------------------------------------------------------------------------------

static void write_step(pt_buf *b, pt_value key) {
    if (key.tag == PT_STRING && pt_is_name(pt_text(key))) {
        pt_buf_putc(b, '.');
        pt_buf_put(b, pt_text(key));
        return;
    }
    pt_buf_putc(b, '[');
    pt_infer_write_value(b, key);
    pt_buf_putc(b, ']');
}

static void write_node(pt_buf *b, const pt_rule_node *n) {
    if (!n->parent) {
        pt_buf_putz(b, "data");
        return;
    }
    write_node(b, n->parent);
    write_step(b, n->key);
}

static void write_stop(pt_buf *b, const stop *s) {
    write_node(b, s->node);
    for (size_t i = s->rule ? s->rule->ground : 0; s->rule && i < s->rule->ref->items.n; i++) {
        const pt_term *t = s->rule->ref->items.v[i];
        if (t->kind == PT_TERM_CONST) {
            write_step(b, t->value);
            continue;
        }
        pt_buf_putc(b, '[');
        pt_buf_put(b, t->sym->from ? t->sym->from->name : t->sym->name);
        pt_buf_putc(b, ']');
    }
}

// The cycle is path[first …]; each stop on it is told with the way from it back to it.
static void say_recursive(follower *f, size_t first) {
    size_t n = f->path.n - first;
    for (size_t k = 0; k < n; k++) {
        pt_buf b = PT_BUF(TEXT_MAX);
        const stop *from = &f->path.v[first + k];
        pt_buf_putz(&b, "rule ");
        write_stop(&b, from);
        pt_buf_putz(&b, " is recursive: ");
        write_stop(&b, from);
        for (size_t i = 1; i <= n; i++) {
            pt_buf_putz(&b, " -> ");
            write_stop(&b, &f->path.v[first + (k + i) % n]);
        }
        pt_diagnose(f->c->d, PT_REGO_RECURSION, &from->at->loc, "%.*s", PT_PRI(pt_buf_str(&b)));
        pt_buf_done(&b);
    }
    f->found = true;
}

// -- following ------------------------------------------------------------------------------------

static uint8_t *colour_of(const stop *s) {
    return s->rule ? &s->rule->colour : &s->node->colour;
}

static void follow_rule(follower *f, const pt_rule *r) {
    for (; r; r = r->orelse) {
        f->path.v[f->path.n - 1].at = r;
        follow_body(f, &r->body);
    }
}

static bool too_deep(follower *f, const stop *s) {
    if (f->path.n < RULES_DEEP_MAX)
        return false;
    pt_diagnose(f->c->d, PT_REGO_COMPILE, &s->node->rules.v[0]->loc,
                "rules refer to one another more than %d deep", RULES_DEEP_MAX);
    f->found = true;
    return true;
}

static void follow_stop(follower *f, stop s) {
    uint8_t *colour = colour_of(&s);
    if (f->found || *colour == BLACK || f->c->full)
        return;
    if (*colour == GREY) {
        size_t at = f->path.n;
        while (at > 0 && colour_of(&f->path.v[at - 1]) != colour)
            at--;
        say_recursive(f, at ? at - 1 : 0);
        return;
    }
    if (too_deep(f, &s))
        return;
    *colour = GREY;
    stop *slot = PT_PUSH(f->c->arena, &f->path);
    if (!slot) {
        f->c->full = true;
        return;
    }
    *slot = s;
    for (size_t i = 0; !s.rule && i < s.node->rules.n; i++)
        follow_rule(f, s.node->rules.v[i]);
    follow_rule(f, s.rule);
    f->path.n--;
    *colour = BLACK;
}

// May the head of a rule be what the ref says, whose step i is the first below the rule's node?
static bool meets(const pt_compiler *c, const pt_rule *r, const pt_term *ref, size_t i) {
    for (size_t k = r->ground; k < r->ref->items.n && i < ref->items.n; k++, i++) {
        const pt_term *a = r->ref->items.v[k];
        const pt_term *b = ref->items.v[i];
        if (a->kind != PT_TERM_CONST || !pt_term_ground(c, b))
            continue;
        if (b->kind != PT_TERM_CONST || !pt_eq(a->value, b->value))
            return false;
    }
    return true;
}

static void follow_rules(follower *f, pt_rule_node *n, const pt_term *ref, size_t i) {
    if (!n->open) {
        if (n->rules.n > 0)
            follow_stop(f, (stop){.node = n});
        return;
    }
    for (size_t k = 0; k < n->rules.n; k++)
        if (meets(f->c, n->rules.v[k], ref, i))
            follow_stop(f, (stop){.node = n, .rule = n->rules.v[k]});
}

// What steps i … of the ref may lead to from `n` on: one that is not constant, to every child; all
// that is below where it ends.
static void follow_ref(follower *f, pt_rule_node *n, const pt_term *ref, size_t i) {
    follow_rules(f, n, ref, i);
    bool ends = i == ref->items.n;
    const pt_term *step = ends ? NULL : ref->items.v[i];
    if (step && step->kind == PT_TERM_CONST) {
        pt_rule_node *kid = pt_tree_kid(n, step->value);
        if (kid)
            follow_ref(f, kid, ref, i + 1);
        return;
    }
    for (size_t k = 0; k < n->kids.n && !f->found; k++)
        follow_ref(f, n->kids.v[k], ref, ends ? i : i + 1);
}

static void follow_term(follower *f, const pt_term *t) {
    if (t->kind == PT_TERM_CONST || t->kind == PT_TERM_VAR)
        return;
    if (pt_term_closure(t)) {
        follow_body(f, &t->compr.body);
        return;
    }
    if (t->kind == PT_TERM_REF && t->items.v[0]->kind == PT_TERM_VAR &&
        t->items.v[0]->sym == f->c->data)
        follow_ref(f, f->c->root, t, 1);
    for (size_t i = 0; i < t->items.n; i++)
        follow_term(f, t->items.v[i]);
}

static void follow_expr(follower *f, const pt_expr *e) {
    for (size_t i = 0; i < e->with.n; i++) {
        follow_term(f, e->with.v[i].target);
        follow_term(f, e->with.v[i].value);
    }
    switch (e->kind) {
    case PT_EXPR_TERM:
        follow_term(f, e->term);
        return;
    case PT_EXPR_EVERY:
        follow_body(f, &e->every.body);
        return;
    case PT_EXPR_NOT:
        follow_body(f, &e->body);
        return;
    case PT_EXPR_AND:
    case PT_EXPR_OR:
        for (size_t i = 0; i < e->sides.n; i++)
            follow_body(f, &e->sides.v[i]);
        return;
    case PT_EXPR_SOME:
        return;
    }
}

static void follow_body(follower *f, const pt_body *b) {
    for (size_t i = 0; i < b->n; i++)
        follow_expr(f, b->v[i]);
}

void pt_tree_recursion(pt_compiler *c) {
    follower f = {.c = c};
    for (size_t i = 0; i < c->nodes.n && !f.found; i++) {
        pt_rule_node *n = c->nodes.v[i];
        if (n->rules.n > 0 && !n->open)
            follow_stop(&f, (stop){.node = n});
        for (size_t k = 0; n->open && k < n->rules.n; k++)
            follow_stop(&f, (stop){.node = n, .rule = n->rules.v[k]});
    }
}

// NOLINTEND(misc-no-recursion)
