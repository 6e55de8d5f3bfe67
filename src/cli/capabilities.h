// --capabilities: what policies may use.
#pragma once

#include "cli/net.h"
#include "cli/verb.h"
#include "judge/policy/capabilities.h"

// Read the option's file into *room, which lives in `a`; *ret is it, or NULL without the option.
PT_CHECK pt_code pt_cli_capabilities(const pt_args *args, pt_arena *a, pt_capabilities *room,
                                     const pt_capabilities **ret, pt_err *e);

// Of the places of --allow-net keep those that the capabilities, which may be NULL, allow too.
void pt_cli_capabilities_narrow(const pt_capabilities *c, pt_cli_net *n);
