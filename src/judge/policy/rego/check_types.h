// What the type check's files share; nobody else includes it.
//
// The stage follows OPA's (v1, v1/ast/check.go and env.go): bodies are in their safe order, and
// each variable gets its type where it is first met. check_types.c goes through the rules in the
// order of their dependencies; the files behind it take bodies, refs, calls and `with` apart.
#pragma once

#include "judge/policy/rego/impl.h"
#include "judge/policy/rego/types_tree.h"

typedef struct pt_type_error {
    pt_loc loc;
    pt_str message, details;
    bool nil; // it may come of a type that is not known
} pt_type_error;
typedef PT_VEC(pt_type_error) pt_type_errors;

typedef struct pt_infer_layer { // documents that `with` replaces; below all the rules
    pt_type_node *root;         // its children are "input" and "data"
    const struct pt_infer_layer *below;
} pt_infer_layer;

typedef struct pt_infer_var {
    const pt_type *type; // NULL: not met yet
    uint32_t depth;      // of the scope that gave it
} pt_infer_var;

typedef struct pt_infer_undo {
    uint32_t id;
    pt_infer_var was;
} pt_infer_undo;

typedef struct pt_infer_memo pt_infer_memo; // of a comprehension

typedef struct pt_infer_clause { // of a rule
    const pt_rule *rule;
    const pt_rule_node *node; // where it stands
    size_t ground;            // steps of its ref that are constants; an `else` has its rule's
    bool seen;
} pt_infer_clause;

typedef struct pt_infer_deps { // of a node of the tree of rules
    PT_VEC(uint32_t) clauses;  // of its rules, by place
    PT_VEC(uint32_t) users;    // nodes whose rules ask for it
    PT_VEC(uint32_t) wide;     // … for everything from here on
    bool below_seen;           // … and everything is in order already
    uint32_t mark, wide_mark;  // of the last search for dependents
} pt_infer_deps;

typedef struct pt_infer_fn {
    const pt_fn *fn;
    const pt_type *type;
    struct pt_infer_fn *next;
} pt_infer_fn;

typedef struct pt_infer_relaxed { // the rules that depend on what a `with` replaces
    pt_str target;
    bool function;
    pt_type_node *root;
    struct pt_infer_relaxed *next;
} pt_infer_relaxed;

enum {
    PT_INFER_BUCKETS = 64,
    PT_INFER_RELAXED_MAX = 500000, // documents in all of them; further ones are made anew each time
};

struct pt_infer {
    pt_compiler *c;
    pt_types t;    // of the rule at hand, in c->scratch
    pt_types last; // what outlives it
    pt_infer_layer rules;
    const pt_infer_layer *layers; // the innermost `with` first
    pt_infer_var *vars;           // by pt_sym.id
    size_t n_vars;
    PT_VEC(pt_infer_undo) undo;
    uint32_t depth;             // of scopes
    uint64_t version, versions; // of all that is known; a number stands for one state
    pt_infer_memo *memos[PT_INFER_BUCKETS];
    pt_infer_fn *fns[PT_INFER_BUCKETS];
    pt_infer_relaxed *relaxed[PT_INFER_BUCKETS];
    size_t n_relaxed;
    pt_infer_deps *deps;             // by pt_rule_node.id
    PT_VEC(pt_infer_clause) clauses; // by place
    PT_VEC(const pt_infer_clause *) order;
    uint32_t mark;
    pt_sym *eq;
    uint32_t next_var;   // id of the next variable that stands for a term
    const pt_body *body; // as it was before its terms were hoisted, for messages
    bool query;
    struct pt_infer_schema *schemas; // what those of the compiler are
};
typedef struct pt_infer pt_infer;

int pt_infer_place_cmp(const pt_loc *a, const pt_loc *b); // files, rows, columns

pt_infer *pt_infer_of(pt_compiler *c); // the compiler's, made when it is first asked for

// -- check_types_env.c: what is known -------------------------------------------------------------

typedef struct pt_infer_scope {
    uint64_t version;
    size_t undo;
} pt_infer_scope;
pt_infer_scope pt_infer_enter(pt_infer *k);
void pt_infer_leave(pt_infer *k, pt_infer_scope s);
void pt_infer_changed(pt_infer *k); // other than by pt_infer_set

const pt_type *pt_infer_var_type(const pt_infer *k, const pt_sym *s);
void pt_infer_set(pt_infer *k, const pt_sym *s, const pt_type *type);

bool pt_infer_root(const pt_infer *k, const pt_term *ref); // a ref below input or data
pt_value pt_infer_root_key(const pt_infer *k, const pt_term *ref);
bool pt_infer_constant(const pt_term *t);
pt_value pt_infer_value(pt_infer *k, const pt_term *t); // of a constant

const pt_type *pt_infer_term(pt_infer *k, const pt_term *t);
const pt_type *pt_infer_operator(pt_infer *k, const pt_term *op);
const pt_type *pt_infer_builtin(pt_infer *k, const pt_fn *fn);

// -- check_types_body.c ---------------------------------------------------------------------------

void pt_infer_body(pt_infer *k, const pt_body *b, pt_type_errors *ret);
// The type of a comprehension; NULL if its body is wrong.
const pt_type *pt_infer_closure(pt_infer *k, const pt_term *t, pt_type_errors *ret);

// -- check_types_hoist.c --------------------------------------------------------------------------

// The body as OPA's checker sees it: refs and comprehensions that stand within terms are literals
// of their own, and `==` unifies.
pt_body pt_infer_hoist(pt_infer *k, const pt_body *b);
const pt_term *pt_infer_subject(const pt_sym *s); // what a variable of pt_infer_hoist stands for

// -- check_types_ref.c ----------------------------------------------------------------------------

void pt_infer_refs(pt_infer *k, const pt_expr *e, pt_type_errors *ret);

// -- check_types_unify.c --------------------------------------------------------------------------

bool pt_infer_unify(pt_infer *k, const pt_term *a, const pt_term *b);
// The variables of `t` get the types that they must have for `t` to be of `type`.
bool pt_infer_fit(pt_infer *k, const pt_term *t, const pt_type *type);

// -- check_types_call.c ---------------------------------------------------------------------------

bool pt_infer_call(pt_infer *k, const pt_expr *e, pt_type_error *ret); // true: it is wrong

// -- check_types_schema.c -------------------------------------------------------------------------

// The documents that the rule's annotations describe have these types until its scope is left.
void pt_infer_annotated(pt_infer *k, const pt_rule *r, size_t ground, pt_type_errors *ret);

// -- check_types_with.c ---------------------------------------------------------------------------

typedef void pt_infer_ref_fn(void *to, const pt_term *ref);
void pt_infer_refs_in(const pt_infer *k, const pt_body *b, pt_infer_ref_fn *fn, void *to);
void pt_infer_order(pt_infer *k); // the rules, what they ask for first
void pt_infer_with(pt_infer *k, const pt_expr *e);
void pt_infer_push(pt_infer *k, pt_type_node *root); // a layer; NULL: the arena is full

// -- check_types_say.c ----------------------------------------------------------------------------

pt_type_error pt_infer_match_error(pt_infer *k, pt_loc loc, const pt_type *left,
                                   const pt_type *right);

typedef struct pt_infer_args {
    const pt_type **have;
    size_t n;
    const pt_type *want; // a function
    bool result;         // its result is one of the wanted
} pt_infer_args;
pt_type_error pt_infer_args_error(pt_infer *k, pt_loc loc, const pt_term *op, const char *what,
                                  const pt_infer_args *args);

// One of the function's clauses is wrong.
pt_type_error pt_infer_no_function(pt_infer *k, pt_loc loc, const pt_term *op);

// A ref whose step `at` cannot be.
typedef struct pt_infer_bad_ref {
    const pt_term *ref;
    size_t at;
    const pt_type *have; // of the step; NULL: the step itself is shown
    const pt_type *want; // what it must be; NULL: there is nothing to choose from
    const pt_value *one_of;
    size_t n_one_of;
} pt_infer_bad_ref;
void pt_infer_say_ref(pt_infer *k, const pt_infer_bad_ref *bad, pt_type_errors *ret);
// The document before the step behind `at` has no steps, or is a function.
void pt_infer_say_unsupported(pt_infer *k, const pt_term *ref, size_t at, const pt_type *have,
                              pt_type_errors *ret);
void pt_infer_add(pt_infer *k, pt_type_errors *ret, pt_type_error e);

// -- check_types_text.c ---------------------------------------------------------------------------

void pt_infer_write_term(pt_infer *k, pt_buf *b, const pt_term *t);
// The first n items.
void pt_infer_write_call(pt_infer *k, pt_buf *b, const pt_term *t, size_t n);
void pt_infer_write_ref(pt_infer *k, pt_buf *b, const pt_term *ref, size_t n);
void pt_infer_write_value(pt_buf *b, pt_value v); // as Rego
