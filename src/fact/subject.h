// What a finding is about, and where that stands.
#pragma once

#include "fact/fact.h"

typedef enum pt_kind {
    PT_KIND_HOST,
    PT_KIND_DOCKER,    // the daemon
    PT_KIND_CONTAINER, // running or stopped
    PT_KIND_IMAGE,
    PT_KIND_NETWORK,
    PT_KIND_OBJECT, // of a Kubernetes manifest
    PT_KIND_COUNT,
} pt_kind;

typedef struct pt_kind_name {
    const char *word;   // in JSON: "container"
    const char *area;   // heading of its group: "Containers"
    const char *option; // of --only: "containers"
} pt_kind_name;
const pt_kind_name *pt_kind_name_of(pt_kind k);

// A place in a file. line 0: no line is known.
typedef struct pt_place {
    pt_str file;
    uint32_t line, column;
} pt_place;

typedef struct pt_subject {
    pt_kind kind;
    pt_str name;    // "hel-07", "edge-proxy", "Deployment shop/web"
    pt_str detail;  // "Docker daemon 28.5.2", an image's id; may be empty
    pt_place place; // of an object: its file and first line; else empty
    pt_facts facts;
    pt_str exempt; // why no check of its kind applies: "Podman has no daemon"; empty: they do
} pt_subject;

typedef PT_VEC(pt_subject) pt_subjects;
