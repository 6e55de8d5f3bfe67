// OPA Gatekeeper's policies (3.24), unmodified: ConstraintTemplates and constraints, compiled once,
// and their verdict on one object. Pure: documents come in as values, nothing is read here.
//
// A set is made by one thread: pt_gk_add for every document, then pt_gk_end. From then on it is
// frozen, and any number of threads judge by it, each with a pt_gk_judge of its own.
#pragma once

#include "base/err.h"
#include "fact/subject.h"
#include "judge/policy/eval.h"
#include "value/yaml.h"

typedef struct pt_gk_set pt_gk_set;

// Where a verdict is asked for: scoped enforcement actions name such points.
typedef enum pt_gk_point {
    PT_GK_ADMISSION, // validation.gatekeeper.sh
    PT_GK_AUDIT,     // audit.gatekeeper.sh
    PT_GK_GATOR,     // gator.gatekeeper.sh
    PT_GK_POINTS,
} pt_gk_point;

typedef enum pt_gk_action { // each is stricter than those before it
    PT_GK_NOTHING,          // a scoped constraint is not evaluated at such a point
    PT_GK_DRYRUN,
    PT_GK_WARN,
    PT_GK_DENY,
} pt_gk_action;
const char *pt_gk_action_word(pt_gk_action a); // "deny", "warn", "dryrun"; "" for nothing

// Everything lives in `a`. NULL: it is full.
pt_gk_set *pt_gk_new(pt_arena *a);

// What became of a document.
typedef enum pt_gk_taken {
    PT_GK_OTHER, // none of ours: the caller may review it, or put it into the inventory
    PT_GK_TEMPLATE,
    PT_GK_CONSTRAINT,
    PT_GK_CONFIG,      // Config, SyncSet and status objects: nothing to judge by
    PT_GK_UNSUPPORTED, // ours, and not evaluated: a mutator, ExpansionTemplate, Provider
} pt_gk_taken;

// Take one document, copied. Constraints may come before their templates. What is wrong with it is
// a fault, which pt_gk_end tells. PT_E_NOMEM.
PT_CHECK pt_code pt_gk_add(pt_gk_set *g, pt_value doc, pt_place place, pt_gk_taken *ret, pt_err *e);

// The same for a document that nobody can leave out, because it is in force already: as an API
// server holds it. A constraint of these that cannot be evaluated stays in the set, and is an error
// (pt_gk_violation.error) of every object that it matches; of every object if nobody knows what it
// matches. Beside the same template or constraint of pt_gk_add that one holds; if they differ, the
// constraints of this one are such errors.
PT_CHECK pt_code pt_gk_add_bound(pt_gk_set *g, pt_value doc, pt_place place, pt_gk_taken *ret,
                                 pt_err *e);

// A template or constraint that is not evaluated, and why: "rego_parse_error: …", "no template of
// this kind", "engine K8sNativeValidation: CEL is not evaluated". A verdict of such a set is never
// a pass by itself: callers say what was not evaluated, or deny.
typedef struct pt_gk_fault {
    pt_str kind, name; // "ConstraintTemplate", "k8srequiredlabels"
    pt_str message;
    pt_place place;   // of the document
    pt_str path;      // what of it is wrong (value/path.h): "spec.targets[0].rego"; may be empty
    uint32_t row;     // of the text there, from 1; 0: not known
    bool unsupported; // nothing is wrong with it: it needs what is not there
    bool schema;      // a constraint breaks the schema of its kind
    bool bound;       // it was given by pt_gk_add_bound
} pt_gk_fault;

// Compile what was added. PT_OK also if there are faults; PT_E_NOMEM.
PT_CHECK pt_code pt_gk_end(pt_gk_set *g, pt_err *e);
const pt_gk_fault *pt_gk_faults(const pt_gk_set *g, size_t *ret_n);

// Where in its document a fault is; `prefix` is the object's path there ("items[3]"), mostly empty.
pt_place pt_gk_fault_place(const pt_gk_fault *f, const pt_yaml_doc *doc, pt_str prefix);

// What would become of a document if it were added to this set, which stays as it is (NULL: it is
// empty): a template is compiled alone, a constraint is checked against its template in the set.
// *ret_fault lives in `a` and in `doc`; its message.p is NULL if nothing is wrong. PT_E_NOMEM.
PT_CHECK pt_code pt_gk_try(const pt_gk_set *g, pt_arena *a, pt_value doc, pt_gk_taken *ret,
                           pt_gk_fault *ret_fault, pt_err *e);

// The CustomResourceDefinition of a template's constraints, as Gatekeeper makes it, in `a` and in
// the template; owned by it where it has a uid. PT_E_FORMAT: there is something wrong with it;
// PT_E_UNSUPPORTED: it is not evaluated; PT_E_NOMEM.
PT_CHECK pt_code pt_gk_crd(pt_arena *a, pt_value template, pt_value *ret, pt_err *e);

// A name and a glob as `match` takes them: `*` first, last or both.
bool pt_gk_glob(pt_str pattern, pt_str name);

typedef struct pt_gk_counts {
    size_t templates, constraints;               // that are evaluated
    size_t unsupported;                          // faults of that kind
    size_t broken_templates, broken_constraints; // of pt_gk_add_bound, that are not
    size_t bound;                                // constraints of it that are
} pt_gk_counts;
pt_gk_counts pt_gk_counts_of(const pt_gk_set *g);

// SHA-256 over what was compiled (templates' modules and constraints as they are applied, in an
// order of their own): the same set gives the same digest wherever it is judged by.
pt_str pt_gk_digest(const pt_gk_set *g); // "sha256:…"

// A constraint that is evaluated, or an error.
typedef struct pt_gk_constraint {
    pt_str kind, name;    // "K8sRequiredLabels", "must-have-owner"
    pt_value annotations; // of its template: "description", "metadata.gatekeeper.sh/title"
    pt_gk_action actions[PT_GK_POINTS]; // the strictest that is asked for at each point
    bool open_on_error; // annotation "paratia/on-error: allow": an error of it is no denial
    bool looks_up;      // its template asks for data.inventory
    pt_value match;     // its spec.match; undefined: everything
    pt_str broken;      // why it cannot be evaluated (pt_gk_add_bound); p NULL: it is
    bool bound;         // of pt_gk_add_bound
    pt_place place;
} pt_gk_constraint;

// All of them, by kind and name. Of two with one name, which happens to broken ones, both.
const pt_gk_constraint *pt_gk_constraints(const pt_gk_set *g, size_t *ret_n);

// Does its match.kinds take in objects of this kind? `kind` empty: of any in the group.
bool pt_gk_concerns(const pt_gk_constraint *c, pt_str group, pt_str kind);
// Each template that is evaluated, by kind, and the bytes of the arena that it and its constraints
// take.
void pt_gk_each_template(const pt_gk_set *g, void (*each)(void *ctx, pt_str kind, size_t bytes),
                         void *ctx);

// One request, in the words of an AdmissionRequest. Undefined parts are as Gatekeeper's audit and
// `gator` leave them.
typedef struct pt_gk_review {
    pt_value request;    // an AdmissionRequest; undefined: made of what follows
    pt_value object;     // the object to judge
    pt_value old_object; // may be undefined
    pt_value namespace;  // its Namespace object; undefined: not known, or cluster-scoped
    pt_str operation;    // "CREATE", …: as the API server would ask, what of that follows from the
                         // object (resource, requestKind, dryRun); empty: as in audits
    bool generated;      // it comes of an expansion
    pt_value inventory;  // data.inventory; undefined: there is none
    pt_value docker;     // input.docker: the request that the object was made of; undefined: none
    pt_gk_point point;
    const pt_gk_constraint *only; // of the set: judge by this one alone; NULL: by all
    int64_t deadline_ns;          // of CLOCK_MONOTONIC; 0: none
    int64_t now_ns;               // what time.now_ns() says
    uint64_t seed;                // of rand.intn() and uuid.rfc4122()
} pt_gk_review;

typedef struct pt_gk_violation {
    const pt_gk_constraint *constraint;
    pt_str message;
    pt_value details;
    pt_gk_action action; // of the constraint at the point
    bool error;          // it could not be judged: `unknown`, `late`, or an error of the policy
    bool unknown;        // … its match asks for what the review does not say, such as the Namespace
    bool late;           // … the deadline cut it off
} pt_gk_violation;
typedef PT_VEC(pt_gk_violation) pt_gk_violations;

// What was found of one object.
typedef struct pt_gk_verdict {
    pt_gk_violations violations;             // by kind and name of their constraints
    PT_VEC(const pt_gk_constraint *) judged; // those that matched and were evaluated
    // … and those of which a built-in function failed: what asked it was undefined, as upstream
    PT_VEC(const pt_gk_constraint *) faulty;
    size_t dropped; // elements of `violation` without `msg`: they say nothing, as upstream
    bool exempt;    // its namespace is one that Config leaves out: nothing was judged
} pt_gk_verdict;

// What one thread judges with.
typedef struct pt_gk_judge pt_gk_judge;
pt_gk_judge *pt_gk_judge_new(const pt_gk_set *g); // NULL: no memory
void pt_gk_judge_free(pt_gk_judge *j);            // NULL is fine

// Judge by every constraint that matches. What is found lives in `a`, or is borrowed from set and
// review. An error of one policy is a violation of it (`error`): nothing is lost; what the deadline
// cut off is such an error, too. PT_E_FORMAT: the review is no AdmissionRequest, or has no object;
// PT_E_NOMEM.
PT_CHECK pt_code pt_gk_judge_review(pt_gk_judge *j, pt_arena *a, const pt_gk_review *r,
                                    pt_gk_verdict *ret, pt_err *e);

// data.inventory of objects: {"cluster": {GV: {KIND: {NAME: …}}}, "namespace": {NS: {GV: …}}}.
// Undefined: the arena is full.
pt_value pt_gk_inventory(pt_arena *a, const pt_value *objects, size_t n);
