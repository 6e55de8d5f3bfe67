// One expression against a policy.
#pragma once

#include "base/map.h"
#include "judge/licence/policy.h"

typedef struct pt_licence_asked {
    const pt_licence_policy *policy;
    pt_arena *a;
    pt_map *parts; // of expressions, that were looked up before; its own
    pt_str package, type;
} pt_licence_asked;

typedef struct pt_licence_judged {
    pt_licence_ruling ruling;
    bool unknown;   // nothing is known of it, or of the part that decides
    pt_str licence; // the part that decides: "GPL-2.0-only WITH Linux-syscall-note"
    pt_str why;     // "AGPL-3.0-only is network-copyleft, which is for review (hoster.yaml:9)"
} pt_licence_judged;

// Is there a row of "packages" for it, whatever its licence is?
bool pt_licence_is_decided(const pt_licence_asked *q);
// `tree` as fact/licence.h has it; undefined: no licence is known.
pt_licence_judged pt_licence_rule_tree(const pt_licence_asked *q, pt_value tree);
