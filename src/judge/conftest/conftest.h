// Policies in Rego with Conftest's conventions: rules called deny, violation and warn, or deny_NAME
// …, hold what is wrong with a document, which is `input`. A string is a message; of an object its
// `msg` is. `exception` holds lists of names: deny_NAME is not asked for such a document.
//
// A set is made by one thread and then frozen, as in judge/gatekeeper. Pure: nothing is read here.
#pragma once

#include "base/err.h"
#include "fact/subject.h"
#include "judge/policy/eval.h"

typedef struct pt_conftest pt_conftest;

// Everything lives in `a`. `namespaces` are packages ("main"), "*" is all of them. NULL: no memory.
pt_conftest *pt_conftest_new(pt_arena *a, const char *const *namespaces, size_t n);

// One module, copied: v1, or v0 where it is none of v1. PT_E_NOMEM.
PT_CHECK pt_code pt_conftest_add(pt_conftest *c, pt_str file, pt_str text, pt_err *e);

// What `input` is (a JSON schema, as far as OPA's type check understands one): a ref to what it
// does not have is then a fault. Lives as long as `a`. Before pt_conftest_end.
void pt_conftest_schema(pt_conftest *c, pt_value schema);

// Why nothing of all these modules is evaluated: they are one program.
typedef struct pt_conftest_fault {
    pt_str message; // "rego_parse_error: …"
    pt_str details; // OPA's further lines: what it has, what it wants; may be empty
    pt_place place;
} pt_conftest_fault;

// Compile what was added: modules of the namespaces, and those that they refer to. PT_OK also if
// there are faults; PT_E_NOMEM.
PT_CHECK pt_code pt_conftest_end(pt_conftest *c, pt_err *e);
const pt_conftest_fault *pt_conftest_faults(const pt_conftest *c, size_t *ret_n);

typedef struct pt_conftest_rule {
    pt_str package, name;      // "main", "deny_latest"
    pt_str title, description; // of its METADATA; may be empty
    pt_place place;            // of the first of its rules
    bool warns;
} pt_conftest_rule;
const pt_conftest_rule *pt_conftest_rules(const pt_conftest *c, size_t *ret_n);

// Does a module of the program ask for input.NAME, or input.NAME.NAME ("image.settings")? *ret:
// where the first one does.
bool pt_conftest_asks(const pt_conftest *c, pt_str path, pt_place *ret);

typedef enum pt_conftest_outcome {
    PT_CONFTEST_GOOD,
    PT_CONFTEST_BAD,    // `messages` say why
    PT_CONFTEST_EXCEPT, // `exception` names it
    PT_CONFTEST_ERROR,  // `messages` has one: it could not be judged
} pt_conftest_outcome;

typedef struct pt_conftest_message {
    pt_str text;
    pt_value of; // what the rule holds: the string, or the object with `msg`; undefined: an error
} pt_conftest_message;

typedef struct pt_conftest_verdict {
    const pt_conftest_rule *rule;
    pt_conftest_outcome outcome;
    PT_VEC(pt_conftest_message) messages;
    bool late; // an error: the deadline of `opts` cut it off
} pt_conftest_verdict;

// Judge `opts->input` by one rule of the set; `opts` has machine, cache and world too, which may be
// used again. What is found lives in `a`. PT_E_NOMEM: nothing is known of this rule; others may
// fit.
PT_CHECK pt_code pt_conftest_judge(const pt_conftest *c, pt_arena *a, const pt_conftest_rule *r,
                                   const pt_eval_opts *opts, pt_conftest_verdict *ret, pt_err *e);
