// The network of policies on a command line: --allow-net.
#pragma once

#include "cli/verb.h"
#include "http/resolve.h"
#include "judge/policy/network.h"

// A name that is allowed, and what it was resolved to.
typedef struct pt_cli_host {
    pt_str name;
    pt_host found;
    pt_err why; // its code is 0 if it was found
} pt_cli_host;

// Not to be moved or changed once it is open: threads share it.
typedef struct pt_cli_net {
    pt_arena arena;
    PT_VEC(pt_net_place) places;
    PT_VEC(pt_cli_host) hosts;
    pt_net_allow allow;
    pt_net net;
} pt_cli_net;

// Read --allow-net and resolve its names, which is not possible once rights are given up.
// *ret_net is what to give to policies; NULL: no --allow-net. PT_E_USAGE.
PT_CHECK pt_code pt_cli_net_open(pt_cli_net *n, const pt_args *args, const pt_net **ret_net,
                                 pt_err *e);
void pt_cli_net_close(pt_cli_net *n);
