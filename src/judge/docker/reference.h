// Names of images, as docker reads them.
#pragma once

#include "base/arena.h"

typedef struct pt_docker_reference {
    pt_str name; // with registry: "docker.io/library/nginx"
    bool pinned; // by digest, or by id: what it names cannot change
    bool id;     // it is an image's id and names no registry
} pt_docker_reference;

// Of "nginx", "r.example.org/a:1", "a@sha256:…", "sha256:…". name.p == NULL: the arena is full.
pt_docker_reference pt_docker_reference_of(pt_arena *a, pt_str text);
bool pt_docker_is_digest(pt_str text); // "sha256:…"
// "docker.io/library/web:1" of "web:1", and of a name alone ":latest"; empty: it names no tag.
pt_str pt_docker_reference_tagged(pt_arena *a, pt_str text);

// Does `name` come from one of these: "registry.example.org/", "docker.io/library/nginx"?
bool pt_docker_reference_from(pt_str name, const pt_str *registries, size_t n);
