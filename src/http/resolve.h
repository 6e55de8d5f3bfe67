// Names of hosts to addresses, before rights are dropped: the resolver opens what a filter forbids.
#pragma once

#include "base/err.h"

#define PT_ADDRESS_BYTES 64

typedef struct pt_host {
    char address[PT_ADDRESS_BYTES]; // numeric, of the first answer
    bool loopback;
} pt_host;

// The host of an http or https URL. PT_E_USAGE: it is no such URL. PT_E_IO: no such host.
PT_CHECK pt_code pt_http_resolve(const char *url, pt_host *ret, pt_err *e);
