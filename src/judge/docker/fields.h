// The structs of the Engine API's request bodies, as data. Private to docker/.
#pragma once

#include "base/str.h"

typedef enum pt_docker_kind {
    PT_DOCKER_ANY, // taken as it is
    PT_DOCKER_FLAG,
    PT_DOCKER_NUMBER,
    PT_DOCKER_FRACTION,
    PT_DOCKER_TEXT,
    PT_DOCKER_WORDS, // one text, or a list of them
    PT_DOCKER_LIST,
    PT_DOCKER_MAP, // its keys are data and stay as they are
    PT_DOCKER_STRUCT,
} pt_docker_kind;

typedef struct pt_docker_type pt_docker_type;
typedef struct pt_docker_field {
    pt_str name;
    const pt_docker_type *type;
} pt_docker_field;
struct pt_docker_type {
    pt_docker_kind kind;
    const pt_docker_type *of; // of a list's or map's items
    bool many;                // of which there may be as many as a body holds
    const pt_docker_field *fields;
    size_t n;
};

typedef enum pt_docker_body_type {
    PT_DOCKER_TYPE_CREATE,
    PT_DOCKER_TYPE_UPDATE,
    PT_DOCKER_TYPE_COMMIT,
    PT_DOCKER_TYPE_EXEC,
    PT_DOCKER_TYPE_EXEC_START,
    PT_DOCKER_TYPE_NETWORK,
    PT_DOCKER_TYPE_CONNECT,
    PT_DOCKER_TYPE_DISCONNECT,
    PT_DOCKER_TYPE_VOLUME,
    PT_DOCKER_TYPE_VOLUME_UPDATE,
    PT_DOCKER_TYPE_SWARM_INIT,
    PT_DOCKER_TYPE_SWARM_JOIN,
    PT_DOCKER_TYPE_SWARM_UPDATE,
    PT_DOCKER_TYPE_SWARM_UNLOCK,
    PT_DOCKER_TYPE_SERVICE,
    PT_DOCKER_TYPE_NODE,
    PT_DOCKER_TYPE_SECRET,
    PT_DOCKER_TYPE_CONFIG,
    PT_DOCKER_TYPE_PRIVILEGES,
    PT_DOCKER_TYPE_PLUGIN_SET,
    PT_DOCKER_TYPE_CHECKPOINT,
    PT_DOCKER_TYPE_HOST_CONFIG, // stands inside a create body
    PT_DOCKER_TYPE_COUNT,
} pt_docker_body_type;
extern const pt_docker_type *const pt_docker_types[PT_DOCKER_TYPE_COUNT];
