#include "judge/docker/engine.h"

#include "base/buf.h"
#include "value/path.h"

enum {
    API_MAJOR = 1,
    API_MINOR_MAX = 56, // the last one whose endpoints and fields are known
    TEXT_BYTES_MAX = 200,
    SHOWN_BYTES_MAX = 800,
    // The first engine that answers other protocols than HTTP/1.1 without asking a plugin.
    OTHERS_MAJOR = 29,
    OTHERS_MINOR = 2,
};

typedef struct reading {
    pt_arena *a;
    const pt_docker_engine_facts *f;
    pt_docker_engine *to;
    const char *id, *costs; // of the row that is being asked
    bool full;
} reading;

static pt_str shown(reading *r, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SHOWN_BYTES_MAX);
    pt_buf_put_safe(&b, pt_str_sub(text, 0, TEXT_BYTES_MAX));
    pt_str s = pt_arena_str(r->a, pt_buf_str(&b));
    r->full |= !s.p;
    return s;
}

static void remark(reading *r, pt_str what) {
    pt_docker_remark *slot = PT_PUSH(r->a, &r->to->remarks);
    if (slot)
        *slot = (pt_docker_remark){.id = r->id, .what = shown(r, what), .costs = r->costs};
    r->full |= !slot;
}

static pt_value info(const reading *r, const char *path) {
    return pt_path_get(r->f->info.value, path);
}

static bool has_text(pt_value list, pt_str word) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_eq(pt_text(pt_at(list, i)), word))
            return true;
    return false;
}

// "name=seccomp,profile=default" of SecurityOptions; empty: there is none.
static pt_str security(const reading *r, const char *name) {
    pt_value list = info(r, "SecurityOptions");
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str option = pt_text(pt_at(list, i));
        pt_str rest = option;
        pt_str part;
        while (pt_str_split(&rest, ',', &part))
            if (pt_str_starts(part, PT_STR("name=")) &&
                pt_str_eqz(pt_str_sub(part, 5, part.n), name))
                return option;
    }
    return (pt_str){0};
}

// "29.2.1": both numbers; 0 where there are none.
static void numbers_of(pt_str text, int64_t *ret_major, int64_t *ret_minor) {
    pt_str major;
    pt_str minor;
    *ret_major = *ret_minor = 0;
    if (!pt_str_split(&text, '.', &major) || !pt_str_int(major, 10, ret_major))
        return;
    pt_str_split(&text, '.', &minor);
    PT_IGNORE(!pt_str_int(minor, 10, ret_minor));
}

// -- what is looked at ----------------------------------------------------------------------------

static void not_asked(reading *r) {
    if (!has_text(info(r, "Plugins.Authorization"), r->f->plugin))
        remark(r, pt_arena_printf(r->a, "%.*s is not among the plugins that it asks",
                                  PT_PRI(r->f->plugin)));
}

static void other_root(reading *r) {
    pt_str root = pt_text(info(r, "DockerRootDir"));
    bool below = pt_str_starts(root, r->f->data_root) && root.n > r->f->data_root.n &&
                 root.p[r->f->data_root.n] == '/'; // of remapped users
    if (root.n && !below && !pt_str_eq(root, r->f->data_root))
        remark(r, pt_arena_printf(r->a, "its data root is %.*s (--docker-root)", PT_PRI(root)));
}

static void containerd_images(reading *r) {
    pt_value status = info(r, "DriverStatus");
    for (size_t i = 0; i < pt_len(status); i++)
        if (pt_str_starts(pt_text(pt_at(pt_at(status, i), 1)), PT_STR("io.containerd.snapshotter")))
            remark(r, PT_STR("containerd keeps its images, and that store is not read"));
}

static void no_userns(reading *r) {
    if (!security(r, "userns").n && !security(r, "rootless").n)
        remark(r, PT_STR("users are not remapped (userns-remap)"));
}

static void no_seccomp(reading *r) {
    pt_str option = security(r, "seccomp");
    if (!option.n)
        remark(r, PT_STR("it has no seccomp"));
    else if (pt_str_has(option, PT_STR("profile=unconfined")))
        remark(r, PT_STR("its own seccomp profile is unconfined"));
}

static void no_mac(reading *r) {
    if (!security(r, "apparmor").n && !security(r, "selinux").n)
        remark(r, PT_STR("it has neither AppArmor nor SELinux"));
}

static void no_live_restore(reading *r) {
    if (!pt_true(info(r, "LiveRestoreEnabled")))
        remark(r, PT_STR("live-restore is off"));
}

static void in_swarm(reading *r) {
    if (pt_str_eqz(pt_text(info(r, "Swarm.LocalNodeState")), "active"))
        remark(r, PT_STR("it is a node of a swarm"));
}

static void newer_api(reading *r) {
    int64_t major;
    int64_t minor;
    pt_str api = pt_text(pt_getz(r->f->version.value, "ApiVersion"));
    numbers_of(api, &major, &minor);
    if (major > API_MAJOR || (major == API_MAJOR && minor > API_MINOR_MAX))
        remark(r, pt_arena_printf(r->a, "API %.*s is newer than %d.%d, the last one known here",
                                  PT_PRI(api), API_MAJOR, API_MINOR_MAX));
}

static void other_protocols(reading *r) {
    int64_t major;
    int64_t minor;
    pt_str version = pt_text(pt_getz(r->f->version.value, "Version"));
    numbers_of(version, &major, &minor);
    bool takes = major > OTHERS_MAJOR || (major == OTHERS_MAJOR && minor >= OTHERS_MINOR);
    if (r->f->shared && takes)
        remark(r, PT_STR("it answers other protocols than HTTP/1.1, of which no plugin is asked"));
}

static void open_tcp(reading *r) {
    pt_value hosts = pt_getz(r->f->listens.value, "hosts");
    bool verifies = pt_true(pt_getz(r->f->listens.value, "tlsverify"));
    if (r->f->listens.state == PT_UNKNOWN)
        remark(r, pt_arena_printf(r->a, "where it listens is not known: %.*s",
                                  PT_PRI(r->f->listens.reason)));
    for (size_t i = 0; i < pt_len(hosts) && !verifies; i++)
        if (pt_str_starts(pt_text(pt_at(hosts, i)), PT_STR("tcp://")))
            remark(r, pt_arena_printf(r->a, "%.*s takes clients without certificates",
                                      PT_PRI(pt_text(pt_at(hosts, i)))));
}

// What one that cannot be looked at says nothing of.
typedef enum needs {
    OF_INFO,
    OF_VERSION,
    OF_NOTHING,
} needs;

static const struct {
    const char *id;
    needs needs;
    void (*look)(reading *r);
    const char *costs;
} rows[] = {
    {"not-asked", OF_INFO, not_asked, "nothing is judged"},
    {"other-data-root", OF_INFO, other_root,
     "stored containers, volumes and images cannot be looked at, and what needs them is denied"},
    {"open-tcp", OF_NOTHING, open_tcp,
     "who reaches such an address cannot be told from the Unix socket, and is root here"},
    {"other-protocols", OF_VERSION, other_protocols,
     "tenants are not kept apart over those: see Limits in guard-docker.md"},
    {"newer-api", OF_VERSION, newer_api,
     "what is new there is denied, where it is an endpoint, or not seen, where it is a field"},
    {"containerd-images", OF_INFO, containerd_images,
     "rules and policies that look at an image deny: registries, users, labels"},
    {"no-userns-remap", OF_INFO, no_userns,
     "root in a container that breaks out is root of the host"},
    {"no-seccomp", OF_INFO, no_seccomp, "containers may call what the kernel has"},
    {"no-mac", OF_INFO, no_mac, "one wall less around each container"},
    {"no-live-restore", OF_INFO, no_live_restore, "containers end when dockerd is restarted"},
    {"swarm", OF_INFO, in_swarm, "tasks that a manager sends are not asked about"},
};

static void note_unknown(reading *r, const char *what, pt_fact f) {
    if (f.state == PT_KNOWN)
        return;
    r->id = "unknown";
    r->costs = "what is missing is not known";
    remark(r, pt_arena_printf(r->a, "%s: %.*s", what, PT_PRI(f.reason)));
}

bool pt_docker_engine_read(pt_arena *a, const pt_docker_engine_facts *f, pt_docker_engine *ret) {
    *ret = (pt_docker_engine){0};
    reading r = {.a = a, .f = f, .to = ret};
    bool can[] = {[OF_INFO] = f->info.state == PT_KNOWN,
                  [OF_VERSION] = f->version.state == PT_KNOWN,
                  [OF_NOTHING] = true};
    note_unknown(&r, "version", f->version);
    note_unknown(&r, "info", f->info);
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        r.id = rows[i].id;
        r.costs = rows[i].costs;
        if (can[rows[i].needs])
            rows[i].look(&r);
    }
    pt_str driver = pt_text(info(&r, "Driver"));
    ret->summary =
        pt_arena_printf(a, "Docker %.*s, API %.*s, %.*s%s",
                        PT_PRI(shown(&r, pt_text(pt_getz(f->version.value, "Version")))),
                        PT_PRI(shown(&r, pt_text(pt_getz(f->version.value, "ApiVersion")))),
                        PT_PRI(shown(&r, driver.n ? driver : PT_STR("storage not known"))),
                        security(&r, "rootless").n ? ", rootless" : "");
    return !r.full && !a->full && ret->summary.p;
}
