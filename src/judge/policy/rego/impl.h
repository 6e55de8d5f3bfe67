// What the compiler's stages share; nobody else includes it.
//
// The stages, in order: resolve.c (names of rules and imports
// become references), locals.c (declared variables become fresh ones), flatten.c (nested calls
// become literals of their own), tree.c (rules by path; conflicts, recursion), safety.c (literals
// in an order in which every variable is bound before it is read), check_types*.c (types), emit*.c
// (instructions).
#pragma once

#include "judge/policy/program.h"
#include "judge/policy/rego/ast.h"
#include "judge/policy/rego/compile.h"

enum {
    PT_RULE_ARGS_MAX = 256,
};

typedef struct pt_rule_node pt_rule_node;

struct pt_rule_node { // of the tree while it is being built
    pt_value key;
    pt_rule_node *parent;
    PT_VEC(pt_rule_node *) kids;
    PT_VEC(pt_rule *) rules; // that stand here: their ground prefix ends here
    bool package;            // a package's path ends here
    PT_VEC(pt_sym *) names;  // of the package's rules, in all its modules
    bool open;               // some head goes on below with variables, or is a partial set
    bool function;
    bool judged, remembered, says; // remember.c's, of functions: their answers are; they print
    uint32_t id;                   // in the program, once numbered
    uint32_t keys;  // emit_part.c's: at how many steps below keys are looked up; 0: not known yet
    uint8_t colour; // for the search for recursion
};

struct pt_compiler {
    pt_arena *arena;
    pt_symbols *symbols;
    pt_diagnostics *d;
    pt_compile_opts opts;
    pt_module **modules;
    size_t n_modules;
    pt_rule_node *root;           // data
    PT_VEC(pt_rule_node *) nodes; // by id
    PT_VEC(const pt_fn *) fns;    // built-ins that are called, as CALL numbers them
    pt_sym *input, *data;
    pt_program *program;
    size_t soft;            // diagnostics of strict mode: the stages go on
    bool strict;            // the rule at hand is of a v1 module, where more is refused
    const pt_rule *rule;    // the one at hand, for rego.metadata; NULL: a query
    pt_arena scratch;       // of one rule
    uint32_t epoch;         // counts modules while names are resolved, then rules
    bool full;              // the arena is full: nothing that follows can be trusted
    struct pt_infer *types; // check_types.c's: what is known of rules; NULL until it is asked for
    struct pt_noted *noted; // annotations.c's
};

// A comprehension in a loop whose body can be answered for all turns at once: each answer then says
// which turn it belongs to.
typedef struct pt_grouping {
    pt_body body;        // as ordered without what is around it; `==` unifies in it
    PT_VEC(pt_sym *) by; // variables of the loop that it mentions
} pt_grouping;

// -- terms.c --------------------------------------------------------------------------------------

// Which variables a walk sees. Heads of refs to input and data are never seen.
typedef enum pt_see {
    PT_SEE_ALL = 0,
    PT_SKIP_REF_HEAD = 1 << 0,
    PT_SKIP_CLOSURES = 1 << 1, // comprehensions, bodies of every, not, and, or
    PT_SKIP_OBJECT_KEYS = 1 << 2,
    PT_SKIP_SETS = 1 << 3,
} pt_see;

typedef void pt_var_fn(void *to, pt_sym *var);
void pt_walk_term(const pt_compiler *c, const pt_term *t, unsigned skip, pt_var_fn *fn, void *to);
void pt_walk_expr(const pt_compiler *c, const pt_expr *e, unsigned skip, pt_var_fn *fn, void *to);
void pt_walk_body(const pt_compiler *c, const pt_body *b, unsigned skip, pt_var_fn *fn, void *to);

bool pt_root_ref(const pt_compiler *c, const pt_term *t); // the ref `input` or `data`, alone
bool pt_term_scalar(const pt_term *t);
bool pt_term_ground(const pt_compiler *c, const pt_term *t); // constants all the way down
bool pt_term_needs_eval(const pt_term *t); // holds a ref, a comprehension or a call
bool pt_term_closure(const pt_term *t);

// Is it the call of `name`? With that many operands, if n > 0.
bool pt_term_calls(const pt_term *t, const char *name);
bool pt_expr_calls(const pt_expr *e, const char *name); // not negated as well

// "data.a.p", "startswith": a var or ref of strings as text, or empty if it is anything else.
pt_str pt_ref_text(pt_arena *a, const pt_term *t);

pt_term *pt_new_local(pt_compiler *c, pt_loc loc, pt_sym *from);               // a fresh variable
pt_expr *pt_new_eq(pt_compiler *c, pt_term *left, pt_term *right, pt_loc loc); // left = right, made

void pt_body_add(pt_compiler *c, pt_body *b, pt_expr *e);
// The same, but the constant true of a rule without a body gives way.
void pt_body_grow(pt_compiler *c, pt_body *b, pt_expr *e);

// The constant that a call of rego.metadata.rule or .chain in c->rule gives; NULL: it is another
// call.
pt_term *pt_metadata_term(pt_compiler *c, pt_term *t);
// The path of the package, and of `ground` steps of the rule if there is one; without `data`.
pt_value pt_annotated_path(pt_compiler *c, const pt_module *m, const pt_rule *r, size_t ground);

// -- annotations.c --------------------------------------------------------------------------------

typedef PT_VEC(const pt_annotations *) pt_annotated;
// Those with schemas that hold for a rule, the widest scope first, in the compiler's scratch arena.
// `ground`: as many steps of its ref are constants; an `else` has its rule's.
pt_annotated pt_schema_annotations(pt_compiler *c, const pt_rule *r, size_t ground);

// -- the stages: each gives its diagnostics to c->d -----------------------------------------------

void pt_resolve_module(pt_compiler *c, pt_module *m); // names of rules and imports: data.pkg.name
void pt_resolve_query(pt_compiler *c, pt_body *body, const pt_module *of);
void pt_locals_rule(pt_compiler *c, pt_rule *r); // declared variables become fresh ones
void pt_locals_query(pt_compiler *c, pt_body *body);
void pt_tests_rename(pt_compiler *c);            // tests of one name: each gets its own
void pt_tests_cases(pt_compiler *c, pt_rule *r); // a test of many cases says their names
void pt_flatten_rule(pt_compiler *c, pt_rule *r);
void pt_flatten_body(pt_compiler *c, pt_body *body);
void pt_annotations_index(pt_compiler *c); // of one place each scope but `rule` has one
void pt_tree_packages(pt_compiler *c);     // packages, and what their rules are called
void pt_tree_build(pt_compiler *c);
void pt_tree_recursion(pt_compiler *c);
void pt_check_rule(pt_compiler *c, pt_rule *r);
void pt_check_body(pt_compiler *c, const pt_body *body);
void pt_safety_rule(pt_compiler *c, pt_rule *r);
void pt_safety_query(pt_compiler *c, pt_body *body);
void pt_types_input(pt_compiler *c); // what the schema says of the input
void pt_types_rules(pt_compiler *c);
void pt_types_query(pt_compiler *c, const pt_body *query);
// Say that the call of a built-in has no value; its last operand is the compiler's.
void pt_types_void(pt_compiler *c, const pt_term *call);
// Say that the call of a built-in has too few operands, or too many.
void pt_types_arity(pt_compiler *c, const pt_term *call, const pt_fn *fn);
void pt_find_remembered(pt_compiler *c); // functions whose answers are
void pt_emit_program(pt_compiler *c);

// What the literals of a query are worth: a variable for each, or NULL where it is just true.
typedef struct pt_captured {
    pt_sym *var;
    pt_loc loc;
} pt_captured;
typedef PT_VEC(pt_captured) pt_captures;
void pt_capture_query(pt_compiler *c, pt_body *body, pt_captures *ret);

const pt_query *pt_emit_query(pt_compiler *c, pt_body *body, const pt_captures *captures);

// The deepest node on the path of a ref below data; *ret_n: how many steps lead to it.
pt_rule_node *pt_tree_find(const pt_compiler *c, const pt_term *ref, size_t *ret_n);
pt_rule_node *pt_tree_kid(const pt_rule_node *n, pt_value key); // or NULL

// How many operands the function takes that a call's operator names, -1 if there is none.
// *ret_fn or *ret_node (both may be NULL) is which one.
int pt_arity(const pt_compiler *c, const pt_term *operator_, const pt_fn **ret_fn,
             pt_rule_node **ret_node);
// The same for what is called: a rule without arguments can be, too.
int pt_call_arity(const pt_compiler *c, const pt_term *operator_, const pt_fn **ret_fn,
                  pt_rule_node **ret_node);
