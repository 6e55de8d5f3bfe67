// What the operator has accepted: waivers of paratia.yaml, a baseline, the last run.
#pragma once

#include "cli/journey.h"

// Read --config (else paratia.yaml here, else /etc/paratia/paratia.yaml, where one is) and
// --baseline, before anything is judged: a waiver that is not understood is a usage error.
PT_CHECK pt_code pt_accept_read(pt_journey *j, pt_err *e);

// Mark the finished findings; expired waivers and such that accept nothing are said on stderr.
PT_CHECK pt_code pt_accept_apply(pt_journey *j, pt_err *e);

// --against last: what the last run had seen already is known.
void pt_accept_against(pt_journey *j);
