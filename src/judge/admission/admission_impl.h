// What the files of this module share.
#pragma once

#include "judge/admission/admission.h"

// A request that is being judged. Memory that was refused shows in the arena (`full`), and is asked
// for once, at the end.
typedef struct pt_admission_case {
    pt_arena *a;
    const pt_admission_policy *p;
    const pt_admission_world *w;
    const pt_admission_request *r;
    pt_admission_verdict *v;
    pt_value namespace; // the Namespace that the request is in; undefined: none, or not known
    PT_VEC(pt_str) denials;
    pt_admission_end end; // of the worst of them
    int code;             // … and its code
} pt_admission_case;

// Texts with p NULL are what the arena refused.
void pt_admission_deny(pt_admission_case *c, pt_admission_end end, int code, pt_str line);
void pt_admission_warn(pt_admission_case *c, pt_str text);
void pt_admission_note(pt_admission_case *c, const char *key, pt_str value); // an audit annotation

bool pt_admission_lists(const pt_str *list, size_t n, pt_str word);
bool pt_admission_in_groups(const pt_admission_request *r, const pt_str *groups, size_t n);
bool pt_admission_is_namespace(const pt_admission_request *r);
bool pt_admission_writes(const pt_admission_request *r); // CREATE or UPDATE

PT_CHECK pt_code pt_admission_by_policies(pt_admission_case *c, pt_err *e);
PT_CHECK pt_code pt_admission_by_podsec(pt_admission_case *c, pt_err *e);
void pt_admission_by_scans(pt_admission_case *c);

// Where a controller has its pods' template; NULL: it is none.
const char *pt_admission_template_of(const pt_admission_request *r);

// May the request set what it sets of the glass of a Namespace? False: it was denied.
bool pt_admission_glass_allowed(pt_admission_case *c);
// Is the glass broken for it? Then verdict.glass_* say so; else a glass that does not hold is
// explained in a denial.
bool pt_admission_glass_broken(pt_admission_case *c);

// "privileged", "baseline", "restricted".
extern const pt_str pt_admission_levels[];
bool pt_admission_level(pt_str word, pt_podsec_level *ret);
