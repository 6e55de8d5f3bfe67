// Health and metrics of a guard, without TLS (guard_probe.c).
#pragma once

#include "http/server.h"

// Answer /healthz and /readyz. False: it is something else.
bool pt_guard_probe(const pt_http_call *c, pt_http_reply *r, bool ready);

// Is it /metrics? Then the type of the answer is set; else it is 404.
bool pt_guard_probe_metrics(const pt_http_call *c, pt_http_reply *r);

void pt_guard_probe_text(pt_http_reply *r, int status, const char *words);
