// The certificates that a server of ours shows, renewed before they end, so that whoever trusts the
// bundle trusts every certificate that comes, before it comes. Pure: who calls keeps the texts.
//
// An authority signs server certificates. When two thirds of its life are over the next one is made
// and put into the bundle; it signs nothing until `grace_s` later, when the bundle has reached
// everybody; the one before it stays in the bundle until it ends.
#pragma once

#include "base/arena.h"
#include "base/err.h"

typedef enum pt_cert_file {
    PT_CERT_AUTHORITY,
    PT_CERT_AUTHORITY_KEY,
    PT_CERT_NEXT, // authority
    PT_CERT_NEXT_KEY,
    PT_CERT_PREVIOUS, // authority, without its key
    PT_CERT_SERVER,
    PT_CERT_SERVER_KEY,
    PT_CERT_FILES,
} pt_cert_file;
extern const char *const pt_cert_names[PT_CERT_FILES]; // "ca.crt", …, "tls.crt", "tls.key"

// PEM texts; empty: there is none.
typedef struct pt_certs {
    pt_str files[PT_CERT_FILES];
} pt_certs;

typedef struct pt_certs_opts {
    pt_str common_name;  // of authorities: "paratia guard"
    const pt_str *names; // of the server: DNS names and addresses
    size_t n_names;
    int64_t authority_s, server_s; // how long each lives
    int64_t grace_s;
    void (*note)(const char *text); // told what is done, and why; NULL: nobody
} pt_certs_opts;

// What was done.
typedef struct pt_certs_done {
    bool changed;
    int64_t next_ns; // when to ask again at the latest
} pt_certs_done;

// What is to be done now, in `a`: `of` is changed, and *ret says so. Certificates that cannot be
// read, or do not belong together, are made anew. PT_E_FORMAT: a name is none; PT_E_IO, PT_E_NOMEM.
PT_CHECK pt_code pt_certs_step(pt_arena *a, const pt_certs_opts *o, int64_t now_ns, pt_certs *of,
                               pt_certs_done *ret, pt_err *e);

// All authorities that may have signed what is shown: the caBundle of a webhook. Empty: the arena
// is full.
pt_str pt_certs_bundle(pt_arena *a, const pt_certs *of);
