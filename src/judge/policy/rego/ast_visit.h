// Visiting a syntax tree: every literal and every term, those within others after them.
#pragma once

#include "judge/policy/rego/ast.h"

typedef struct pt_visit {
    void (*term)(void *to, pt_term *t); // NULL: terms are of no interest
    void (*expr)(void *to, pt_expr *e); // likewise
    void *to;
} pt_visit;

void pt_visit_term(const pt_visit *w, pt_term *t); // NULL is fine
void pt_visit_expr(const pt_visit *w, pt_expr *e);
void pt_visit_rule(const pt_visit *w, const pt_rule *r); // without what its `else` holds
