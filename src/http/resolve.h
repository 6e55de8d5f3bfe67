// Names of hosts to addresses, before rights are dropped: the resolver opens what a filter forbids.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    PT_HOST_ADDRESSES_MAX = 8, // further answers of a resolver are left out
    PT_ADDRESS_BYTES = 64,
};

// Where a URL leads. Holds no pointers.
typedef struct pt_host {
    char address[PT_HOST_ADDRESSES_MAX][PT_ADDRESS_BYTES]; // numeric, in the resolver's order
    size_t n;                                              // at least 1
    uint16_t port;
    bool loopback; // every one of them is this machine
} pt_host;

// The host of an http or https URL. PT_E_USAGE: it is no such URL. PT_E_IO: no such host.
PT_CHECK pt_code pt_http_resolve(const char *url, pt_host *ret, pt_err *e);

// A name, without a URL around it; ret->port is 0. PT_E_IO: no such host.
PT_CHECK pt_code pt_http_resolve_name(const char *name, pt_host *ret, pt_err *e);
