// Judging one Kubernetes object: the Pod Security controls, the workload rows, and what is odd
// about the document itself.
#pragma once

#include "judge/finding.h"
#include "judge/podsec/podsec.h"

// An object that makes several pods is judged in parts: once as a document, once for each pod.
typedef enum pt_workload_part {
    PT_WORKLOAD_WHOLE,
    PT_WORKLOAD_DOC, // the rows about the document
    PT_WORKLOAD_POD, // the rows about a pod
} pt_workload_part;

// What collect says of one object. Everything is borrowed.
typedef struct pt_workload {
    pt_value doc;    // {kind, apiVersion, metadata, spec, …}
    pt_value pod;    // the object that holds metadata and spec of its pod; undefined: makes none
    pt_str pod_path; // of `pod` inside doc: "spec.template"
    pt_workload_part part;
    bool account_elsewhere;    // the pod's account is not this object's to choose
    bool containers_elsewhere; // the pod holds none of its containers: nothing here is a pass
    pt_str name;               // "Deployment shop/web", safe to show
    pt_place place;            // its file and first line
    unsigned notes;            // what its YAML hid: pt_yaml_note, or'ed
    uint32_t note_line;
    unsigned podsec_minor; // the version of the Pod Security Standards to judge by
} pt_workload;

// Judge by the selected checks of kind PT_KIND_OBJECT; findings carry the path inside `doc`, so
// that the caller can locate their line. The rows about rules leave out roles that take theirs from
// others (roles.h).
PT_CHECK pt_code pt_judge_workload(pt_arena *a, const pt_check *const *checks, size_t n,
                                   const pt_workload *w, pt_findings *ret, pt_err *e);

// A file or document that could not be judged, as a finding of the check with this id
// ("PT-MAN-BROKEN", "PT-MAN-TEMPLATE", …); nothing if that check is not selected.
typedef struct pt_workload_problem {
    const char *check;
    pt_place place;
    pt_str evidence, remedy;
} pt_workload_problem;
PT_CHECK pt_code pt_judge_problem(pt_arena *a, const pt_check *const *checks, size_t n,
                                  const pt_workload_problem *p, pt_findings *ret, pt_err *e);
