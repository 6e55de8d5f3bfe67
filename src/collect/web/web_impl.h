// Inside collect/web: names (names.c).
#pragma once

#include "collect/web/web.h"

// The host of a URL, asked of that process. PT_E_IO: no such host, or the process has ended.
PT_CHECK pt_code pt_names_ask(int socket, pt_str url, pt_host *ret, pt_err *e);

// A network that is no public one: RFC 1918, 3927, 4193, 6598; loopback.
bool pt_host_is_private(const pt_host *h);
