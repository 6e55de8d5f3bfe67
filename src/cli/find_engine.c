#include "cli/find_engine.h"

#include <stdlib.h>
#include <unistd.h>

#include "collect/world.h"

// A path of the environment, from the root on.
static const char *absolute(pt_arena *a, const char *path) {
    char cwd[4096];
    if (!path || !*path || *path == '/' || !getcwd(cwd, sizeof cwd))
        return path;
    return pt_arena_printf(a, "%s/%s", cwd, path).p;
}

pt_code pt_find_engine(pt_arena *a, const char *address, const char *context, pt_docker_target *ret,
                       pt_err *e) {
    const pt_docker_ask ask = {
        .address = address,
        .context = context,
        .host = getenv("DOCKER_HOST"),
        .of_env = getenv("DOCKER_CONTEXT"),
        .tls_verify = getenv("DOCKER_TLS_VERIFY"),
        .cert_path = absolute(a, getenv("DOCKER_CERT_PATH")),
        .config = absolute(a, getenv("DOCKER_CONFIG")),
        .home = getenv("HOME"),
        .runtime = getenv("XDG_RUNTIME_DIR"),
    };
    pt_real_world w;
    pt_code code = pt_real_world_open(&w, "/", e);
    if (code)
        return code;
    code = pt_docker_find(&w.world, a, &ask, ret, e);
    pt_real_world_done(&w);
    return code;
}
