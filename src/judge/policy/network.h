// The network of policies (http.send, net.lookup_ip_addr): a capability that whoever evaluates
// gives, or does not. The engine opens no socket. It reads requests and answers, follows redirects
// and keeps answers; `fetch` sends one request to one server.
#pragma once

#include "base/err.h"
#include "judge/policy/builtin.h"

// -- URLs -----------------------------------------------------------------------------------------

// http:// or https://, taken apart once: who connects puts it together from these parts, and no
// second reader can find another host in it.
typedef struct pt_net_url {
    bool tls;
    bool literal;     // the host is an address
    pt_str host;      // a name in lower case without a dot at its end; or an address as RFC 5952
                      // writes it, without brackets; ::ffff:1.2.3.4 is 1.2.3.4
    uint16_t port;    // the scheme's, if none is written
    pt_str authority; // "[::1]:8080": of the header Host; the port only if it is not the scheme's
    pt_str target;    // path and query; begins with '/'
    pt_str user;      // "name:password", decoded; p is NULL: none
    pt_str shown;     // as messages have it: without the password
} pt_net_url;

typedef enum pt_net_fit {
    PT_NET_FITS,
    PT_NET_BROKEN,      // no URL
    PT_NET_UNSUPPORTED, // another scheme, or no host
} pt_net_fit;

// Numbers that are no canonical IPv4 address (0x7f.1, 2130706433, 0177.0.0.1), zones, escapes and
// letters beyond ASCII in a host do not fit. *ret_why is Go's text, or ours, in `a`; of what is not
// supported, ret->shown is set. Texts of *ret live in `a` or in `text`.
pt_net_fit pt_net_url_read(pt_arena *a, pt_str text, pt_net_url *ret, pt_str *ret_why);

// The absolute URL that `location` means in an answer from `from` (RFC 3986, 5.2); p is NULL: the
// arena is full.
pt_str pt_net_url_join(pt_arena *a, const pt_net_url *from, pt_str location);

// -- who may be reached ---------------------------------------------------------------------------

// HOST or HOST:PORT of --allow-net.
typedef struct pt_net_place {
    bool literal;
    pt_str host;   // as in pt_net_url
    uint16_t port; // 0: any
} pt_net_place;

typedef struct pt_net_allow {
    const pt_net_place *v;
    size_t n;
} pt_net_allow;

// PT_E_USAGE: no host (a URL, a pattern with *, a number that is no address, …).
PT_CHECK pt_code pt_net_place_read(pt_arena *a, pt_str text, pt_net_place *ret, pt_err *e);

bool pt_net_allows(const pt_net_allow *l, const pt_net_url *u);
bool pt_net_allows_name(const pt_net_allow *l, pt_str name); // at any port

// May that address be connected to for `u`, which is allowed? Public addresses may. Addresses of
// this machine, of private networks, of a cloud's metadata … only if they are named themselves, and
// loopback for "localhost".
bool pt_net_allows_address(const pt_net_allow *l, const pt_net_url *u, pt_str address);

// -- requests -------------------------------------------------------------------------------------

// What http.send's tls_… fields say; files and variables are for `fetch` to read.
typedef struct pt_net_tls {
    bool insecure;      // verify nothing
    bool system;        // the system's authorities besides those that are given
    pt_str server_name; // empty: the URL's host
    pt_str ca, ca_file, ca_env;
    pt_str cert, cert_file, cert_env;
    pt_str key, key_file, key_env;
} pt_net_tls;

// One request to one server.
typedef struct pt_net_request {
    pt_str method; // a token of HTTP
    const pt_net_url *url;
    pt_value headers; // name: text; good to be written as they are
    pt_str host;      // the header Host, likewise
    pt_str body;
    const pt_net_tls *tls;
    int64_t deadline_ns; // of CLOCK_MONOTONIC; 0: none
    size_t body_bytes_max;
} pt_net_request;

typedef struct pt_net_answer {
    int status;
    pt_str status_text; // "200 OK"
    pt_value headers;   // lower-case name: array of texts
    pt_str body;
    pt_str why; // of all ends but PT_NET_ANSWERED
} pt_net_answer;

typedef enum pt_net_end {
    PT_NET_ANSWERED, // whatever the status is
    PT_NET_FAILED,   // no answer: refused connections, no such host, TLS that does not verify
    PT_NET_LATE,     // the deadline is over
    PT_NET_CUT,      // it is over while the body comes
    PT_NET_WRONG,    // the request cannot be made: no such file, no certificate in it
    PT_NET_REFUSED,  // that may not be reached
    PT_NET_TOO_LARGE,
} pt_net_end;

typedef struct pt_net {
    const pt_net_allow *allow; // NULL: `fetch` and `lookup` decide
    // Texts and values of *ret live in the call's arena. A fault of the call (memory, its end by
    // pt_call_stop, which is to be asked while it waits) counts more than what is given back.
    pt_net_end (*fetch)(void *context, pt_call *c, const pt_net_request *r, pt_net_answer *ret);
    // The addresses of a name, as texts added to `ret`; or why not.
    pt_net_end (*lookup)(void *context, pt_call *c, pt_str name, pt_list *ret, pt_str *ret_why);
    void *context;
} pt_net;

// -- answers --------------------------------------------------------------------------------------

// The head of an answer as it came, from "HTTP/1.1 200 OK" on: status and headers of *ret, in `a`.
// `unpacked`: a body that was compressed is not any more, so what the head says of its length and
// coding is left out. False: it is no head, or the arena is full (a->full).
bool pt_net_head_read(pt_arena *a, pt_str head, bool unpacked, pt_net_answer *ret);
