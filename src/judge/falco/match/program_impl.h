// A compiled program; nobody but match/ includes it.
//
// Conditions become a graph of conjunctions: a reference is a node's number and one bit that
// negates it, so that a disjunction is the negated conjunction of its negated parts. What two rules
// have in common is one node, whose value is kept while an event lasts.
#pragma once

#include "judge/falco/match/match_impl.h"
#include "judge/falco/rules.h"

typedef uint32_t pt_node_ref; // 2 * node + negated
#define PT_NODE_TRUE  ((pt_node_ref)0)
#define PT_NODE_FALSE ((pt_node_ref)1)

typedef struct pt_node {
    uint32_t from, n; // of `kids`; of a leaf n is 0 and `from` its number
    bool is_leaf;
} pt_node;

typedef enum pt_check_kind {
    PT_CHECK_EXISTS,
    PT_CHECK_WORD,  // the word's number in its slot's dictionary against bits
    PT_CHECK_VALUE, // the test of one value
    PT_CHECK_SAME,  // one number that must be another
    PT_CHECK_PAIR,  // with the value of another field
} pt_check_kind;
typedef enum pt_check_mode {
    PT_MODE_SINGLE,
    PT_MODE_SOME,  // of several values one is enough
    PT_MODE_EVERY, // … or all must, and there must be one
} pt_check_mode;
typedef struct pt_check {
    pt_check_kind kind;
    pt_check_mode mode;
    uint32_t slot, right_slot;
    const uint64_t *bits; // of WORD: by the word's number, 0 for what is none of them
    pt_test test;
    pt_falco_type type;
    pt_leaf leaf;
} pt_check;

// What an event is asked of a comparison, in as little memory as it takes.
typedef struct pt_hot {
    union {
        const uint64_t *bits;  // of WORD
        int64_t number;        // of SAME
        const pt_check *check; // of all others
    };
    uint32_t slot;
    pt_check_kind kind;
} pt_hot;

// A field with its transformers: extracted at most once an event.
typedef struct pt_slot {
    pt_ref ref;
    const pt_words *words; // of its comparisons with words; NULL: there are none
} pt_slot;

typedef struct pt_entry {
    uint32_t rule;
    pt_node_ref ref;
} pt_entry;

// What an event is asked, in this order: if `ref` is false go on at `next`, else, of a rule, it
// matches. What several rules ask first is asked once, in front of them.
#define PT_STEP_GUARD UINT32_MAX
typedef struct pt_step_of {
    pt_node_ref ref;
    uint32_t next; // number of a step
    uint32_t rule; // or PT_STEP_GUARD
} pt_step_of;
typedef struct pt_steps {
    const pt_step_of *v;
    size_t n;
    const uint32_t *rules; // those that are in it, in order of definition
    size_t n_rules;
} pt_steps;

typedef struct pt_falco_own { // of a rule
    pt_falco_rule_info info;
    pt_pieces output;
} pt_falco_own;

struct pt_falco_program {
    pt_arena a;
    const pt_falco_source *source;
    pt_str source_name;
    bool match_all;
    const pt_node *nodes;
    size_t n_nodes;
    const pt_node_ref *kids;
    const pt_check *checks;
    const pt_hot *hot; // of each of them
    size_t n_checks;
    const pt_slot *slots;
    size_t n_slots;
    pt_steps of_type[PT_EVENT_TYPES];
    pt_event_set types;
    const pt_falco_own *rules;
    size_t n_rules;
    const pt_str *hosts;
    size_t n_hosts;
    pt_regexes regexes;
};

// -- graph.c: nodes that are one where they say the same ------------------------------------------
typedef struct pt_odds {
    float cost, chance; // of being true
} pt_odds;
typedef struct pt_graph {
    pt_arena *a;
    pt_arena temp;         // of one call
    PT_VEC(pt_node) nodes; // 0: true
    PT_VEC(pt_node_ref) kids;
    pt_map known;
    PT_VEC(pt_odds) odds; // of nodes, once it is ordered
    bool full;            // no memory
} pt_graph;
void pt_graph_init(pt_graph *g, pt_arena *a);
void pt_graph_done(pt_graph *g);                        // what it made stays in `a`
pt_node_ref pt_graph_leaf(pt_graph *g, uint32_t check); // asked once for each
// The conjunction of `n` parts, which it may reorder.
pt_node_ref pt_graph_and(pt_graph *g, pt_node_ref *parts, size_t n);
// What is cheap and rarely true comes first. Costs and chances are those of checks.
bool pt_graph_order(pt_graph *g, const pt_odds *of_checks);
pt_odds pt_graph_odds(const pt_graph *g, pt_node_ref r); // once it is ordered

// -- steps.c: the rules of a type, what they have in common in front ------------------------------
PT_CHECK pt_code pt_steps_make(pt_graph *g, const pt_entry *entries, size_t n, pt_steps *ret,
                               pt_err *e);

// -- checks.c: comparisons and the slots they look at ---------------------------------------------
typedef struct pt_checks {
    pt_resolver *r;
    PT_VEC(pt_check) checks;
    PT_VEC(pt_slot) slots;
    pt_map known_checks, known_slots;
} pt_checks;
// The number of the comparison.
PT_CHECK pt_code pt_checks_add(pt_checks *c, const pt_filter *f, uint32_t *ret);
// Dictionaries, once all are added.
PT_CHECK pt_code pt_checks_end(pt_checks *c);
pt_odds *pt_checks_odds(const pt_checks *c); // NULL: no memory
