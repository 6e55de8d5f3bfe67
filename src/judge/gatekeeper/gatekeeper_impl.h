// What the files of this module share.
#pragma once

#include "judge/gatekeeper/gatekeeper.h"
#include "judge/policy/rego/compile.h"
#include "judge/policy/share.h"

#define PT_GK_PARAMETERS "parameters" // of input: what differs from constraint to constraint

enum {
    PT_GK_SCHEMA_DEPTH_MAX = 200, // of a template's schema, and of what is validated by it
    PT_GK_NAME_BYTES_MAX = 63,
    PT_GK_PATTERNS_MAX = 1000, // compiled regular expressions that one judge keeps
};

// Why a document is not evaluated; message.p NULL: nothing is wrong.
typedef struct pt_gk_problem {
    pt_str message, path;
    uint32_t row;
    bool unsupported, schema;
} pt_gk_problem;

// Where in a document: a list of steps, the last one first. NULL: the document.
typedef struct pt_gk_step {
    const struct pt_gk_step *up;
    pt_str key; // p NULL: `index`
    size_t index;
} pt_gk_step;

// The first problem stays. False, so that it can be returned.
PT_FORMAT(4, 5)
bool pt_gk_refuse(pt_arena *a, pt_gk_problem *p, const pt_gk_step *at, const char *fmt, ...);

// False, with the problem, unless v is of the type ("object", "array", "string"); undefined is.
bool pt_gk_is(pt_arena *a, pt_gk_problem *p, const pt_gk_step *at, pt_value v, pt_tag type);

// A field of v that is none of those in `known` (names, NULL at the end) is a problem.
bool pt_gk_known(pt_arena *a, pt_gk_problem *p, const pt_gk_step *at, pt_value v,
                 const char *const *known);

// -- templates ------------------------------------------------------------------------------------

typedef struct pt_gk_template {
    pt_value doc;
    pt_place place;
    pt_str name, kind;
    pt_value schema;     // of the parameters; undefined: there may be none
    bool legacy;         // … which leaves every field free that it does not name
    pt_value operations; // that are judged on admission; undefined: all
    pt_rego_version version;
    pt_str rego_path, libs_path; // in the document
    pt_str rego;
    pt_value libs;
    bool looks_up; // it asks for data.inventory
    bool bound;
    bool disputed;             // another one of this kind is bound, and holds not
    const pt_program *program; // NULL: it cannot be evaluated
    const pt_proc *query;      // what its `violation` holds
    pt_gk_problem problem;
    size_t bytes; // of the arena: for its document, its program, its constraints
} pt_gk_template;

void pt_gk_template_read(pt_arena *a, pt_gk_template *t);    // of its doc
void pt_gk_template_compile(pt_arena *a, pt_gk_template *t); // unless there is a problem

// A module as the framework wants it: the package renamed, references to `data` checked and those
// to libs moved. False, with the problem. *looks_up becomes true where it asks for data.inventory.
bool pt_gk_rewrite(pt_symbols *symbols, pt_module *m, bool lib, bool *looks_up, pt_gk_problem *p);

// -- schemas: OpenAPI v3 as CustomResourceDefinitions use it --------------------------------------

typedef struct pt_gk_schema {
    pt_arena *a;
    pt_value schema;
    bool legacy;
} pt_gk_schema;

// Is it structural? (A legacy schema need not be.)
bool pt_gk_schema_sound(const pt_gk_schema *s, const pt_gk_step *at, pt_gk_problem *p);
pt_value pt_gk_schema_default(const pt_gk_schema *s, pt_value v); // undefined: the arena is full
// Does v hold to it? Then: has it fields that the schema does not know?
bool pt_gk_schema_holds(const pt_gk_schema *s, pt_value v, const pt_gk_step *at, pt_gk_problem *p);
bool pt_gk_schema_knows(const pt_gk_schema *s, pt_value v, const pt_gk_step *at, pt_gk_problem *p);

// -- match ----------------------------------------------------------------------------------------

// spec.match, taken apart once. What is not asked is undefined or empty.
typedef struct pt_gk_match {
    bool any; // there is one
    pt_value kinds, namespaces, excluded, processes;
    pt_value labels, namespace_labels; // selectors
    pt_str scope, name, source;
} pt_gk_match;
pt_gk_match pt_gk_match_read(pt_value match); // borrows

bool pt_gk_match_sound(pt_arena *a, pt_value match, const pt_gk_step *at, pt_gk_problem *p);

// An object, as match sees it.
typedef struct pt_gk_object {
    pt_value doc;
    pt_str group, kind, name, generate_name, namespace;
    pt_value labels;
    bool is_namespace;
} pt_gk_object;

typedef struct pt_gk_subject {
    pt_gk_object objects[2]; // the object, the old one
    size_t n;
    pt_value namespace; // undefined: not known
    bool generated;
    pt_str operation;
    pt_gk_point point;
    pt_value review; // input.review
} pt_gk_subject;

typedef enum pt_gk_matched {
    PT_GK_NO_MATCH,
    PT_GK_MATCH,
    PT_GK_MATCH_ERROR, // *ret_why says
} pt_gk_matched;
pt_gk_matched pt_gk_matches(const pt_gk_match *m, const pt_gk_subject *s, const char **ret_why);

// PT_E_FORMAT: it is no review.
PT_CHECK pt_code pt_gk_subject_make(pt_arena *a, const pt_gk_review *r, pt_gk_subject *ret,
                                    pt_err *e);

// -- constraints ----------------------------------------------------------------------------------

typedef struct pt_gk_rule {
    pt_value doc;
    pt_place place;
    pt_str kind, name;
    size_t bytes; // of the arena
    const pt_gk_template *template;
    pt_value match, parameters;
    pt_gk_match matches;
    size_t nth_match; // of those that differ
    pt_gk_action does[PT_GK_POINTS];
    bool open_on_error;
    bool bound;
    pt_gk_problem problem; // if it is bound it may stay in the set with one
    const pt_gk_constraint *shown;
    const uint32_t *slots; // of documents that other rules have too: pt_sharer.ret_slots
} pt_gk_rule;

// Check its doc, against its template too, and fill what comes of it.
void pt_gk_rule_read(pt_arena *a, pt_gk_rule *r);

// Of one that has a problem, what it would match and ask for: at least what it says.
void pt_gk_rule_read_broken(pt_arena *a, pt_gk_rule *r);

// -- the set --------------------------------------------------------------------------------------

struct pt_gk_set {
    pt_arena *a;
    PT_VEC(pt_gk_template) templates; // after pt_gk_end: those that are evaluated, by kind
    PT_VEC(pt_gk_rule) rules;         // likewise, by kind and name
    PT_VEC(pt_gk_fault) faults;
    PT_VEC(pt_value) exemptions; // items of spec.match of Config
    size_t broken_templates;     // that are bound
    pt_gk_constraint *shown;     // of each rule
    size_t n_matches;            // that differ
    pt_share_counts shared;      // documents that rules have in common, or keep
    pt_str digest;
};

PT_CHECK bool pt_gk_config_read(pt_gk_set *g, pt_value doc, pt_gk_problem *p); // false: no memory
bool pt_gk_exempt(const pt_gk_set *g, const pt_gk_subject *s);
pt_str pt_gk_digest_of(pt_arena *a, const pt_gk_set *g); // p NULL: no memory
