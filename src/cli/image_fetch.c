#include "cli/image_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/find_engine.h"
#include "collect/image/limits.h"
#include "collect/world.h"

// -- where it is ----------------------------------------------------------------------------------

static const struct {
    const char *word;
    pt_fetch_from from;
    pt_docker_which which;
} places[] = {
    {"file", PT_FROM_FILE, PT_DOCKER_ANY},       {"docker", PT_FROM_ENGINE, PT_DOCKER_ONLY},
    {"podman", PT_FROM_ENGINE, PT_PODMAN_ONLY},  {"registry", PT_FROM_REGISTRY, PT_DOCKER_ANY},
    {"containerd", PT_FROM_FILE, PT_DOCKER_ANY},
};

static const char content_store[] = "/var/lib/containerd/io.containerd.content.v1.content";

static pt_code by_word(const char *word, pt_fetch *f, pt_err *e) {
    for (size_t i = 0; i < PT_COUNT(places); i++)
        if (strcmp(places[i].word, word) == 0) {
            f->from = places[i].from;
            f->which = places[i].which;
            return PT_OK;
        }
    pt_code code = pt_err_set(e, PT_E_USAGE, "--from does not know %s", word);
    pt_err_remedy(e, "file, docker, podman, containerd or registry");
    return code;
}

// "registry:HOST/REPOSITORY" without its first word; registry:2 is an image's name.
static const char *behind_prefix(const char *target) {
    static const pt_str prefix = PT_STR("registry:");
    pt_str word = pt_str_of(target);
    bool named = pt_str_starts(word, prefix) && pt_str_find(word, '/') < word.n;
    return named ? target + prefix.n : target;
}

// "container:NAME" without its first word; an image of that name: docker.io/library/container:TAG.
static void look_for_container(pt_fetch *f) {
    static const pt_str prefix = PT_STR("container:");
    f->container = f->from == PT_FROM_ENGINE && pt_str_starts(pt_str_of(f->name), prefix);
    if (f->container)
        f->name += prefix.n;
}

static void by_look(const char *target, pt_fetch *f) {
    pt_str word = pt_str_of(target);
    if (pt_str_starts(word, PT_STR("container:"))) {
        f->from = PT_FROM_ENGINE;
        return;
    }
    f->name = behind_prefix(target);
    if (f->name != target) {
        f->from = PT_FROM_REGISTRY;
        return;
    }
    bool there = strcmp(target, "-") == 0 || access(target, F_OK) == 0 || errno != ENOENT;
    if (there || !pt_docker_image_name(word))
        return;
    f->from = PT_FROM_ENGINE;
    f->guessed = true;
}

// Docker's settings name no Podman.
static pt_code plan_engine(const pt_args *args, pt_arena *a, pt_fetch *f, pt_err *e) {
    look_for_container(f);
    if (f->container && (pt_args_get(args, "image") || f->platform))
        return pt_err_set(e, PT_E_USAGE,
                          "--image and --platform are for images; this is a container");
    if (f->which != PT_PODMAN_ONLY)
        return pt_find_engine(a, NULL, NULL, &f->engine, e);
    f->engine.runtime = getenv("XDG_RUNTIME_DIR");
    return PT_OK;
}

static pt_code open_registry(const pt_args *args, pt_arena *a, const char *name, bool mirrors,
                             pt_registry *ret, pt_err *e) {
    const pt_registry_homes homes = {
        .docker = getenv("DOCKER_CONFIG"),
        .containers = getenv("REGISTRY_AUTH_FILE"),
        .home = getenv("HOME"),
        .runtime = getenv("XDG_RUNTIME_DIR"),
        .path = getenv("PATH"),
        .environment = (const char *const *)environ,
        .certs = "/etc/docker/certs.d",
        .mirrors = mirrors,
        .containerd = "/etc/containerd/certs.d",
        .registries = getenv("CONTAINERS_REGISTRIES_CONF"),
        .daemon = "/etc/docker/daemon.json",
    };
    return pt_registry_open(a, pt_str_of(behind_prefix(name)), &homes,
                            pt_args_flag(args, "insecure-registry"), ret, e);
}

pt_code pt_fetch_registry(const pt_args *args, pt_arena *a, const char *name, pt_registry *ret,
                          pt_err *e) {
    return open_registry(args, a, name, false, ret, e);
}

// Its daemon is not asked: the blobs stand in files, by their digests. Names are in its database.
static pt_code plan_store(const pt_args *args, pt_fetch *f, pt_err *e) {
    size_t at = pt_str_find(pt_str_of(f->name), '@');
    if (pt_args_get(args, "image") || pt_args_flag(args, "root"))
        return pt_err_set(e, PT_E_USAGE, "--image and --root are not of --from containerd");
    if (access(content_store, F_OK) != 0 && errno != EACCES) {
        pt_code code = pt_err_set(e, PT_E_ABSENT, "there is no content store of containerd");
        pt_err_at(e, "%s", content_store);
        pt_err_remedy(e, "of another folder: paratia scan FOLDER --image DIGEST");
        return code;
    }
    f->store = content_store;
    f->name += f->name[at] ? at + 1 : 0;
    return PT_OK;
}

static pt_code plan_registry(const pt_args *args, pt_arena *a, pt_fetch *f, pt_err *e) {
    if (pt_args_get(args, "image") && !pt_fetch_other(args))
        return pt_err_set(e, PT_E_USAGE, "--image is for archives; a registry's is named");
    return open_registry(args, a, f->name, true, &f->registry, e);
}

const char *pt_fetch_other(const pt_args *args) {
    const char *word = pt_args_get(args, "against");
    return word && strcmp(word, "last") != 0 ? word : NULL;
}

pt_code pt_fetch_plan(const pt_args *args, const char *target, pt_arena *a, pt_fetch *ret,
                      pt_err *e) {
    bool only = !pt_fetch_other(args); // else there is another target that it may be of
    const char *word = target == args->operands[0] ? pt_args_get(args, "from") : NULL;
    *ret = (pt_fetch){.name = target,
                      .platform = pt_args_get(args, "platform"),
                      .about = pt_undefined(),
                      .mirror = pt_undefined()};
    pt_code code = PT_OK;
    if (word)
        code = by_word(word, ret, e);
    else
        by_look(ret->name, ret);
    if (!code && word && strcmp(word, "containerd") == 0)
        code = plan_store(args, ret, e);
    if (!code && ret->from == PT_FROM_ENGINE)
        code = plan_engine(args, a, ret, e);
    if (!code && ret->from == PT_FROM_REGISTRY)
        code = plan_registry(args, a, ret, e);
    else if (!code && only && pt_args_flag(args, "insecure-registry"))
        code = pt_err_set(e, PT_E_USAGE, "--insecure-registry is of --from registry");
    return code;
}

static pt_fetch place_of(const pt_args *args) {
    const char *word = pt_args_get(args, "from");
    pt_fetch f = {.name = args->operands[0]};
    if (!word)
        by_look(f.name, &f);
    else if (by_word(word, &f, NULL))
        f.from = PT_FROM_FILE;
    look_for_container(&f);
    return f;
}

pt_fetch_from pt_fetch_place(const pt_args *args) {
    return place_of(args).from;
}

const char *pt_fetch_name(const pt_args *args) {
    pt_fetch f = place_of(args);
    return f.from == PT_FROM_FILE || f.container ? NULL : f.name;
}

pt_code pt_fetch_list(const pt_args *args, pt_arena *a, pt_value *ret, pt_err *e) {
    const char *word = pt_args_get(args, "from");
    pt_fetch f = {.name = ""};
    pt_real_world w;
    pt_code code = by_word(word ? word : "docker", &f, e);
    if (!code && f.from != PT_FROM_ENGINE) {
        code = pt_err_set(e, PT_E_USAGE, "--all is of an engine, and not of --from %s", word);
        pt_err_remedy(e, "--from docker or podman");
    }
    if (!code)
        code = plan_engine(args, a, &f, e);
    if (!code)
        code = pt_real_world_open(&w, "/", e);
    if (code)
        return code;
    const pt_docker_save_ask ask = {.target = &f.engine, .which = f.which, .to = -1};
    code = pt_docker_list(&w.world, a, &ask, ret, e);
    pt_real_world_done(&w);
    return code;
}

void pt_fetch_done(pt_fetch *f) {
    pt_registry_done(&f->registry);
}

bool pt_fetch_by_tcp(const pt_fetch *f) {
    return f->engine.url || f->from == PT_FROM_REGISTRY;
}

// -- fetching -------------------------------------------------------------------------------------

static pt_code from_engine(pt_fetch *f, pt_arena *a, int to, pt_err *e) {
    const pt_docker_save_ask ask = {.target = &f->engine,
                                    .which = f->which,
                                    .image = f->name,
                                    .to = to,
                                    .bytes_max = PT_SPOOL_BYTES_MAX};
    pt_str where = {0};
    pt_real_world w;
    pt_code code = pt_real_world_open(&w, "/", e);
    if (code)
        return code;
    code = f->container ? pt_docker_export(&w.world, a, &ask, &where, &f->about, e)
                        : pt_docker_save(&w.world, a, &ask, &where, e);
    pt_real_world_done(&w);
    if (code != PT_E_ABSENT || !f->guessed)
        return code;
    *e = (pt_err){0};
    code = where.n
               ? pt_err_set(e, code, "there is no such file or folder, nor such an image in %.*s",
                            PT_PRI(where))
               : pt_err_set(e, code, "there is no such file or folder, and no engine to ask");
    pt_err_remedy(e, where.n ? "docker images lists those of the engine"
                             : "of an image: start the engine, or name it: DOCKER_HOST");
    return code;
}

pt_str pt_fetch_id(const pt_fetch *f, pt_arena *a) {
    const pt_docker_save_ask ask = {.target = &f->engine, .which = f->which, .image = f->name};
    pt_str where = {0};
    pt_str id = {0};
    pt_real_world w;
    if (f->from != PT_FROM_ENGINE || f->container || pt_real_world_open(&w, "/", NULL))
        return id;
    PT_IGNORE(pt_docker_id(&w.world, a, &ask, &where, &id, NULL)); // fetching it says why
    pt_real_world_done(&w);
    return id;
}

// Who was passed over is told at once, who gave it with the image.
static void take_pulled(pt_fetch *f, pt_arena *a, const pt_registry_pulled *p, pt_code code) {
    const pt_registry *from = p->from;
    pt_obj o = {.a = a};
    for (size_t i = 0; i < p->passed_over.n; i++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(2048);
        pt_buf_put_safe(&b, p->passed_over.v[i]);
        fprintf(stderr, "note: mirror %.*s\n", PT_PRI(pt_buf_str(&b)));
    }
    if (code || !from || !from->said_by.n)
        return;
    pt_obj_set(&o, "host", pt_string(from->ref.host));
    pt_obj_set(&o, "of", pt_string(f->registry.ref.host));
    pt_obj_set(&o, "file", pt_string(from->said_by));
    if (!from->ref.digest.n)
        pt_obj_set(&o, "tag", pt_string(from->ref.tag));
    f->mirror = pt_obj_end(&o);
}

typedef struct known_of {
    const pt_image_ask *ask;
    pt_arena *a;
} known_of;

static bool is_known(void *of, pt_str digest, bool lowest) {
    const known_of *k = of;
    return !k->ask->sums && // which ones are made is known only with the lowest layer's bytes
           pt_known_take(k->ask->known, digest, pt_image_flags(k->ask, lowest), k->a);
}

pt_code pt_fetch_run(pt_fetch *f, pt_arena *a, const pt_image_ask *scan, int *ret, pt_err *e) {
    const char *spool = scan->spool;
    PT_AUTO(pt_fd_close) int to = open(spool, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (to < 0)
        return pt_err_sys(e, errno, "cannot keep the image in %s: %s", spool, pt_errno_text(errno));
    known_of known = {scan, a};
    const pt_registry_ask ask = {.platform = f->platform,
                                 .to = to,
                                 .bytes_max = PT_SPOOL_BYTES_MAX,
                                 .known = is_known,
                                 .of = &known};
    pt_registry_pulled pulled = {0};
    pt_code code = f->from == PT_FROM_REGISTRY ? pt_registry_pull(&f->registry, a, &ask, &pulled, e)
                                               : from_engine(f, a, to, e);
    f->chosen = pulled.chosen;
    take_pulled(f, a, &pulled, code);
    if (!code)
        *ret = pt_fd_take(&to);
    return code;
}
