// What giving up rights (rights.c) and the sandbox of hostile bytes (sandbox.c) share.
#pragma once

#include "base/rights.h"

// "cannot give up rights", with the call and why: PT_E_UNSUPPORTED.
PT_CHECK pt_code pt_rights_refused(pt_err *e, const char *what, int sys);

// Empty the bounding set, where we have the right to (CAP_SETPCAP): without it there is nothing to
// bound. The set matters at execve, which is deadly: nothing need be in it.
PT_CHECK pt_code pt_rights_bound(pt_err *e);

// Drop every capability that `keep` does not name, from the bounding and ambient sets too.
PT_CHECK pt_code pt_rights_capabilities(const pt_rights *keep, pt_err *e);
