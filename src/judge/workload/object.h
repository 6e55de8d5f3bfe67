// How the tests of this module walk a Kubernetes object and say what they saw. Private to
// workload/. Values of a wrong type are skipped here: the Pod Security controls and the API server
// refuse them.
#pragma once

#include "judge/finding.h"

// Is doc of this kind and API group? "" is the core group; the version does not matter.
bool pt_object_is(pt_value doc, const char *kind, const char *group);

// The containers of a pod: pt_visit v = pt_visit_begin(pod, lists); while (pt_visit_next(&v)) …
enum {
    PT_VISIT_MAIN = 1,
    PT_VISIT_INIT = 2,
    PT_VISIT_EPHEMERAL = 4,
    PT_VISIT_ALL = 7,
};
typedef struct pt_visit {
    pt_value c;       // the container, an object
    const char *list; // "containers"
    size_t index;
    // private
    pt_value spec;
    unsigned lists;
    size_t lists_read, next;
    size_t blamed; // containers named so far
} pt_visit;
pt_visit pt_visit_begin(pt_value pod, unsigned lists);
bool pt_visit_next(pt_visit *v);

// -- what was seen --------------------------------------------------------------------------------
// Paths are dotted plain keys, given behind seen->path's prefix; only the first offence sets one.

// `container "a"`, then `containers "a", "b"`; the path of the first is its `field`.
void pt_visit_blame(pt_visit *v, pt_seen *seen, const char *field);
// `container "a": ` at the beginning of a new part of the evidence, "; " before it; the caller goes
// on. The path is LIST[i].FIELD[k].SUB; sub NULL: no item.
void pt_visit_part(pt_visit *v, pt_seen *seen, const char *field, size_t k, const char *sub);
// A part of the evidence about the object or the pod itself; "; " before it unless it is the first.
void pt_seen_part(pt_seen *seen, const char *field, const char *text);
// The path FIELD[k].SUB, unless one was set before; call it before the part is written.
void pt_seen_item(pt_seen *seen, const char *field, size_t k, const char *sub);
// The end of a test: what was written is the reason to fail.
pt_verdict pt_seen_verdict(const pt_seen *seen);
