// What policies look up beside the object that they judge.
#pragma once

#include "respond/guard/k8s/webhook.h"

typedef struct pt_guard_need {
    pt_str group, version, kind;
} pt_guard_need;
typedef PT_VEC(pt_guard_need) pt_guard_needs;

// Each kind once, in `a`, borrowed from the policies. PT_E_FORMAT: an annotation that is no list;
// PT_E_NOMEM.
PT_CHECK pt_code pt_guard_needs_of(pt_arena *a, const pt_webhook_settings *settings,
                                   pt_guard_needs *ret, pt_err *e);
