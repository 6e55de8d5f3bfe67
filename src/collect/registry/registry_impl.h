// Inside collect/registry.
#pragma once

#include "collect/layout/layout.h"
#include "collect/registry/registry.h"
#include "collect/web/web.h"
#include "value/value.h"

// -- what the operator says and has (reference.c, credentials.c) ----------------------------------

// "[HOST/]REPOSITORY[:TAG][@DIGEST]" (distribution/reference): a first part with a dot or a colon,
// or "localhost", is a host, else it is of Docker Hub. All in `a`. PT_E_USAGE says what is off.
PT_CHECK pt_code pt_registry_ref_parse(pt_arena *a, pt_str text, pt_registry_ref *ret, pt_err *e);

bool pt_registry_is_host(pt_str s); // "host", "host:port", "[::1]:port"
bool pt_registry_is_repository(pt_str s);

// Who may sign for this host besides the system's list, as dockerd reads it, as r->ca. `certs` may
// be NULL.
PT_CHECK pt_code pt_registry_read_ca(pt_arena *a, const char *certs, pt_registry *r, pt_err *e);

// r->mirrors, by the operator's files. PT_E_FORMAT: a file; PT_E_DENIED: it blocks the registry.
PT_CHECK pt_code pt_registry_mirrors_find(pt_arena *a, const pt_registry_homes *homes,
                                          pt_registry *r, pt_err *e);

// What docker login or podman login left for this image: a helper of its host, the helper of all,
// or a file. A helper is a program of PATH that is run without a shell. All in `a`. Nothing there
// is PT_OK, and anonymous. PT_E_FORMAT, PT_E_DENIED: a file; PT_E_IO, PT_E_ABSENT: a helper.
PT_CHECK pt_code pt_registry_login_find(pt_arena *a, const pt_registry_homes *homes,
                                        const pt_registry_ref *ref, pt_registry_login *ret,
                                        pt_err *e);

// -- heads of answers (challenge.c) ---------------------------------------------------------------

typedef enum pt_challenge_kind {
    PT_CHALLENGE_NONE, // none that we can meet
    PT_CHALLENGE_BASIC,
    PT_CHALLENGE_BEARER,
} pt_challenge_kind;

typedef struct pt_challenge {
    pt_challenge_kind kind;
    pt_str realm, service, scope; // of Bearer
} pt_challenge;

// The best of all WWW-Authenticate lines of a head (RFC 9110, 11.6.1): Bearer with a realm, else
// Basic. In `a`.
pt_challenge pt_challenge_of(pt_arena *a, pt_str head);

// -- conversation (session.c) ---------------------------------------------------------------------

typedef struct pt_session {
    pt_arena *a;
    const pt_registry *r;
    pt_http_tls tls;
    pt_web web;           // the first of its servers is the registry
    pt_http_client *now;  // that was asked last
    pt_str authorization; // the header's line; empty: none yet
    bool push;            // it is to be written to
    const char *thing;    // that is asked for: "image"
} pt_session;

typedef struct pt_session_ask {
    const char *method;         // NULL: GET
    pt_str url;                 // "/v2/…" of the registry, or a URL that it named
    const char *const *headers; // "Accept: …"
    size_t n_headers;
    pt_str body;
    bool (*take)(void *context, pt_str piece); // of 200 and 206; NULL: gathered
    void *context;
} pt_session_ask;

// Connect: over TLS, or without where that is allowed. s->push and s->thing are set before.
PT_CHECK pt_code pt_session_open(pt_session *s, pt_arena *a, const pt_registry *r, pt_err *e);
void pt_session_done(pt_session *s);

// Ask the registry, logging in, following and repeating as needed. What is not 200 or 206 of a GET,
// 200, 201, 202 or 204 of another, is in the end an error. *ret as of pt_http_send.
PT_CHECK pt_code pt_session_send(pt_session *s, const pt_session_ask *g, pt_http_answer *ret,
                                 pt_err *e);

// -- login (token.c) ------------------------------------------------------------------------------

// What meets the challenge, as s->authorization.
PT_CHECK pt_code pt_session_login(pt_session *s, const pt_challenge *c, pt_err *e);

// The status as an error: what it means, what the registry says, what to do.
pt_code pt_session_refused(const pt_session *s, const pt_http_answer *answer, pt_err *e);

// -- what is fetched (fetch.c) --------------------------------------------------------------------

// An index or a manifest.
typedef struct pt_document {
    pt_str bytes, digest, type;
    pt_value v;
} pt_document;

// By a tag or a digest; where `digest` is given it is verified. PT_E_CORRUPT: it is another.
PT_CHECK pt_code pt_document_fetch(pt_session *s, pt_str reference, pt_str digest, pt_document *ret,
                                   pt_err *e);

// `size` bytes of a blob, to a file, from where it ends.
typedef struct pt_blob {
    pt_session *session;
    pt_layout *to;
    pt_str digest;
    uint64_t size;
    // private
    uint64_t came, start;
    bool fresh; // nothing came yet of this request
    pt_err why; // of what made us end it
} pt_blob;

// What is cut off is gone on with. PT_E_CORRUPT: larger or smaller than it should be. The digest is
// for who reads the file.
PT_CHECK pt_code pt_blob_fetch(pt_blob *b, pt_err *e);
