// Images of a registry (OCI distribution-spec 1.1, Docker's token authentication), fetched into one
// file: a tar of an OCI layout. What comes is checked as far as it is used here (the manifest, by
// its digest, and all sizes); the rest is for who reads the image.
#pragma once

#include "base/arena.h"
#include "http/client.h"
#include "value/value.h"

typedef struct pt_registry_ref {
    pt_str host;       // "registry.example:5000"; "docker.io" is Docker Hub
    pt_str repository; // "library/nginx"
    pt_str tag;        // "latest", unless a digest is given
    pt_str digest;     // "sha256:…"; empty: by the tag
    pt_str shown;      // in full
} pt_registry_ref;

// Where credentials are kept. NULL: not there.
typedef struct pt_registry_homes {
    const char *docker;             // DOCKER_CONFIG, a folder; else ~/.docker
    const char *containers;         // REGISTRY_AUTH_FILE, a file; else those that podman looks for
    const char *home;               // HOME
    const char *runtime;            // XDG_RUNTIME_DIR
    const char *path;               // PATH, for docker-credential-*
    const char *const *environment; // of those programs
    const char *certs;              // a folder: HOST/ca.crt may sign for HOST, as for dockerd
    bool mirrors;                   // look for them, too:
    const char *containerd;         // a folder: HOST/hosts.toml, as for containerd
    const char *registries;         // CONTAINERS_REGISTRIES_CONF, a file; else where podman looks
    const char *daemon;             // Docker's daemon.json
} pt_registry_homes;

typedef struct pt_registry_login {
    pt_str user, secret; // both empty: anonymous
    bool token;          // the secret is an identity token (OAuth2 refresh token)
    pt_str where;        // that it comes from
} pt_registry_login;

// What is to be fetched, once all is known that rights are needed for.
typedef struct pt_registry {
    pt_registry_ref ref;
    pt_registry_login login;
    pt_str ca;                   // PEM; empty: the system's alone
    bool insecure;               // it may speak without TLS, though it is not this machine
    int names;                   // socket of the process that resolves names; -1: none
    pt_str path;                 // of its URLs, before the repository: "/v2"
    pt_str query;                // "?ns=docker.io": of mirrors of containerd; empty: none
    pt_str said_by;              // the file that makes it a mirror; empty: it is none
    struct pt_registry *mirrors; // they are asked first, in this order
    size_t n_mirrors;
    bool instead; // it is not asked itself
} pt_registry;

// Find the login, the mirrors, and start a process that resolves names, since a registry leads to
// other hosts: both before pt_rights_drop. All in `a`.
PT_CHECK pt_code pt_registry_open(pt_arena *a, pt_str text, const pt_registry_homes *homes,
                                  bool insecure, pt_registry *ret, pt_err *e);
void pt_registry_done(pt_registry *r); // of a zeroed one, too

typedef struct pt_registry_ask {
    const char *platform; // "linux/arm64/v8"; NULL: this machine's
    int to;               // a file that can be cut, written from its beginning on
    uint64_t bytes_max;
    // Is that layer (the lowest one?) known, so that its bytes need not come? NULL: none is.
    bool (*known)(void *of, pt_str digest, bool lowest);
    void *of;
} pt_registry_ask;

typedef struct pt_registry_pulled {
    bool chosen; // there were several platforms, and ask->platform (or this machine's) chose
    const pt_registry *from;    // who gave it: a mirror, or the registry
    PT_VEC(pt_str) passed_over; // "HOST: why" of each mirror that did not, in `a`
} pt_registry_pulled;

// Fetch it: all of it from the first that gives it, the mirrors before the registry. None of them
// is sent what another one's login is. What a mirror says a tag means is believed. *ret is set
// also if none gives it, for ret->passed_over. PT_E_DENIED,
// PT_E_ABSENT, PT_E_USAGE (no such platform, or several: e->remedy lists them), PT_E_LIMIT,
// PT_E_CORRUPT (not what the digest says), PT_E_UNSUPPORTED, PT_E_TIMEOUT, PT_E_IO.
PT_CHECK pt_code pt_registry_pull(const pt_registry *r, pt_arena *a, const pt_registry_ask *ask,
                                  pt_registry_pulled *ret, pt_err *e);

// -- what is no image (OCI image-spec 1.1, "Guidelines for Artifact Usage")
// ------------------------

// A manifest of one layer, with an empty configuration.
typedef struct pt_artifact {
    pt_str type;    // artifactType
    pt_str media;   // mediaType of its layer
    pt_str bytes;   // the layer
    pt_value notes; // annotations: an object of texts
    pt_str digest;  // of the manifest, "sha256:…": found
} pt_artifact;

// Put it into the registry by its tag. A blob that is there is not sent again; one of more than
// chunk_bytes goes in pieces of so many (0: never). t->digest is set: what the registry says that
// it got is compared with it. PT_E_USAGE: the reference has a digest; the errors of
// pt_registry_pull.
PT_CHECK pt_code pt_registry_push(const pt_registry *r, pt_arena *a, pt_artifact *t,
                                  uint64_t chunk_bytes, pt_err *e);

// Fetch the layer of an artifact of this type into the file `to`, from its beginning, and set
// t->notes and t->digest. PT_E_FORMAT: it is another thing; PT_E_CORRUPT: the layer is not the one
// of its digest; the errors of pt_registry_pull.
PT_CHECK pt_code pt_registry_pull_artifact(const pt_registry *r, pt_arena *a, pt_artifact *t,
                                           int to, uint64_t bytes_max, pt_err *e);
