// Servers that a URL leads to: their names are resolved by a process of its own, so that they can
// be asked after rights are given up, and a redirect leads neither away from TLS nor into a private
// network. What comes is bounded by who asks.
#pragma once

#include "base/arena.h"
#include "http/client.h"

#define PT_WEB_CONNECT_MS     20000u
#define PT_WEB_IDLE_MS        60000u
#define PT_WEB_REDIRECTS_MAX  5u
#define PT_WEB_URL_BYTES_MAX  8192u
#define PT_WEB_BODY_BYTES_MAX ((size_t)4 << 20) // of what is not taken piece by piece

enum {
    PT_WEB_ORIGINS_MAX = 8,
};

// A server that is talked to.
typedef struct pt_origin {
    pt_str url; // "https://host:5000"
    pt_host at;
    pt_http_client *http;
} pt_origin;

// One that was named by the operator, the first, and those that it leads to.
typedef struct pt_web {
    pt_arena *a;
    int names;              // of pt_names_start
    const pt_http_tls *tls; // of the first
    bool plain;             // the first may speak without TLS though it is not this machine
    pt_origin origins[PT_WEB_ORIGINS_MAX];
    size_t n;
} pt_web;

// The server of a URL, if we may go there: connected to when it is first asked.
// PT_E_FORMAT: no http or https URL; PT_E_DENIED: without TLS, or into a private network;
// PT_E_LIMIT: more than PT_WEB_ORIGINS_MAX; PT_E_IO: no such host.
PT_CHECK pt_code pt_web_origin(pt_web *w, pt_str url, pt_origin **ret, pt_err *e);
void pt_web_done(pt_web *w);

// The next URL that the operator named: on the connection that is there, if it is of that server;
// else it begins anew.
void pt_web_next(pt_web *w, pt_str url);

// Where a redirect leads: RFC 3986, 5.2, without dot segments, which no server sends. In `a`.
pt_str pt_url_joined(pt_arena *a, pt_str from, pt_str to);

// Is it a status that leads elsewhere?
bool pt_status_moved(int status);

// The value of the i-th line of this name in a head, without blanks around it; p is NULL: none.
pt_str pt_head_value(pt_str head, const char *name, size_t i);

// A process that resolves names and does nothing else; it ends when the socket is closed. Before
// pt_rights_drop.
PT_CHECK pt_code pt_names_start(int *ret_socket, pt_err *e);
