// What a Docker daemon is, and what of that the guard of requests cannot make up for. Pure.
#pragma once

#include "base/arena.h"
#include "fact/subject.h"

typedef struct pt_docker_engine_facts {
    pt_fact version;  // GET /version
    pt_fact info;     // GET /info
    pt_fact listens;  // {"hosts": ["tcp://…", …], "tlsverify": bool}
    pt_str plugin;    // by which name the guard is asked
    pt_str data_root; // where the guard looks
    bool shared;      // by tenants
} pt_docker_engine_facts;

// Something that is missing, or could not be looked at, and what that costs. Safe to show.
typedef struct pt_docker_remark {
    const char *id; // "no-userns-remap"
    pt_str what;
    const char *costs;
} pt_docker_remark;

typedef struct pt_docker_engine {
    pt_str summary; // "Docker 20.10.24, API 1.41, overlay2"
    PT_VEC(pt_docker_remark) remarks;
} pt_docker_engine;

// Everything lives in `a`. False: it is full.
PT_CHECK bool pt_docker_engine_read(pt_arena *a, const pt_docker_engine_facts *f,
                                    pt_docker_engine *ret);
