#include "collect/docker/state.h"

#include <string.h>

#include "collect/docker/engine.h"
#include "collect/docker/state_impl.h"
#include "value/json.h"
#include "value/path.h"

enum {
    OPTIONS_BYTES_MAX = 1 << 16,
    CONTAINER_BYTES_MAX = 4 << 20,
    DATABASE_BYTES_MAX = 64 << 20,
};

pt_fact pt_state_full(void) {
    return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

pt_fact pt_state_whole(const pt_arena *a, pt_fact f) {
    return a->full ? pt_state_full() : f;
}

pt_fact pt_state_json(pt_docker_state *s, pt_arena *a, pt_str path, size_t bytes_max) {
    if (!path.p)
        return pt_state_full();
    pt_fact f = pt_world_read(s->w, a, path.p, s->root, bytes_max);
    if (f.state != PT_KNOWN)
        return f;
    pt_value v;
    pt_err e = {0};
    if (pt_json_parse(a, pt_text(f.value), NULL, &v, &e))
        return pt_fact_unknown(pt_arena_printf(a, "%.*s: %s", PT_PRI(path), e.what), (pt_str){0});
    return pt_fact_known(v, f.source);
}

bool pt_state_is_hex(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return s.n > 0 && s.n <= PT_STATE_ID_CHARS;
}

// -- the daemon -----------------------------------------------------------------------------------

static pt_str unslashed(pt_str path) {
    return path.n > 1 && pt_str_ends(path, PT_STR("/")) ? pt_str_sub(path, 0, path.n - 1) : path;
}

// The configuration of the dockerd whose process is `pid`, if its data are ours.
static pt_fact config_of(pt_docker_state *s, pt_arena *a, int pid) {
    pt_engine g = {.w = s->w, .a = a, .peer_pid = pid};
    pt_str path = pt_arena_printf(a, "/proc/%d/cmdline", pid);
    pt_fact words =
        path.p ? pt_world_read(s->w, a, path.p, "/proc", CONTAINER_BYTES_MAX) : pt_state_full();
    if (words.state != PT_KNOWN || !pt_dockerd_is(pt_text(words.value)))
        return pt_fact_unknown(PT_STR("not a dockerd"), (pt_str){0});
    pt_list options = {.a = a};
    if (pt_true(pt_getz(pt_dockerd_flags(a, pt_text(words.value)), "rootless")))
        pt_list_add(&options, pt_stringz("name=rootless"));
    pt_obj info = {.a = a};
    pt_obj_set(&info, "SecurityOptions", pt_list_end(&options));
    pt_fact config = pt_engine_config(&g, pt_fact_known(pt_obj_end(&info), PT_STR("flags")));
    if (config.state != PT_KNOWN)
        return config;
    pt_str root = pt_text(pt_getz(config.value, "data-root"));
    if (pt_str_eq(unslashed(root.n ? root : PT_STR("/var/lib/docker")),
                  unslashed(pt_str_of(s->root))))
        return config;
    return pt_fact_unknown(pt_arena_printf(a, "dockerd keeps its data in %.*s", PT_PRI(root)),
                           pt_arena_printf(a, "--docker-root %.*s", PT_PRI(root)));
}

void pt_docker_state_asked_by(pt_docker_state *s, int pid) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    if (pid <= 0 || pid == atomic_load(&s->dockerd) || config_of(s, &a, pid).state != PT_KNOWN)
        return;
    pthread_mutex_lock(&s->lock);
    s->kept_until_ns = 0;
    atomic_store(&s->dockerd, pid);
    pthread_mutex_unlock(&s->lock);
}

static pt_fact find_config(pt_docker_state *s, pt_arena *a) {
    int pid = atomic_load(&s->dockerd);
    return pid ? config_of(s, a, pid)
               : pt_fact_unknown(PT_STR("no dockerd with this data root has asked yet"),
                                 PT_STR("--docker-root DIR names the one that it has"));
}

static pt_fact read_daemon(pt_docker_state *s, pt_arena *a) {
    pt_fact config = find_config(s, a);
    if (config.state != PT_KNOWN)
        return config;
    pt_str remap = pt_text(pt_getz(config.value, "userns-remap"));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "userns_remap", pt_bool(remap.n > 0));
    pt_obj_set(&o, "no_new_privileges",
               pt_bool(pt_true(pt_getz(config.value, "no-new-privileges"))));
    pt_obj_set(&o, "live_restore", pt_bool(pt_true(pt_getz(config.value, "live-restore"))));
    pt_obj_set(&o, "seccomp_profile", pt_string(pt_text(pt_getz(config.value, "seccomp-profile"))));
    pt_obj_set(&o, "default_runtime", pt_string(pt_text(pt_getz(config.value, "default-runtime"))));
    pt_obj_set(&o, "data_root", pt_stringz(s->root));
    pt_obj_set(&o, "containerd_images",
               pt_bool(pt_true(pt_path_get(config.value, "features.containerd-snapshotter"))));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, config.source) : pt_state_full();
}

int pt_docker_state_dockerd(pt_docker_state *s) {
    return atomic_load(&s->dockerd);
}

pt_fact pt_docker_state_listens(void *state, pt_arena *a) {
    pt_docker_state *s = state;
    pt_fact config = find_config(s, a);
    if (config.state != PT_KNOWN)
        return config;
    pt_value given = pt_getz(config.value, "hosts");
    pt_list hosts = {.a = a};
    for (size_t i = 0; i < pt_len(given); i++) {
        pt_list_add(&hosts, pt_at(given, i));
        if (!pt_str_starts(pt_text(pt_at(given, i)), PT_STR("fd://")))
            continue;
        pt_fact unit = pt_docker_socket_unit(s->w, a);
        if (unit.state != PT_KNOWN)
            return pt_fact_unknown(unit.state == PT_ABSENT ? PT_STR("there is no docker.socket")
                                                           : unit.reason,
                                   unit.remedy);
        pt_value more = pt_getz(unit.value, "hosts");
        for (size_t k = 0; k < pt_len(more); k++)
            pt_list_add(&hosts, pt_at(more, k));
    }
    pt_obj o = {.a = a};
    pt_obj_set(&o, "hosts", pt_list_end(&hosts));
    pt_obj_set(&o, "tlsverify", pt_bool(pt_true(pt_getz(config.value, "tlsverify"))));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, config.source) : pt_state_full();
}

// What was read a moment ago, by this thread or another: each answer here asks for it.
static pt_fact kept_daemon(pt_docker_state *s, pt_arena *a) {
    pt_fact f = {0};
    pthread_mutex_lock(&s->lock);
    if (pt_monotonic_ns() < s->kept_until_ns) {
        f = pt_fact_known(pt_clone(a, s->daemon.value), pt_arena_str(a, s->daemon.source));
        if (!pt_defined(f.value))
            f = pt_state_full();
    }
    pthread_mutex_unlock(&s->lock);
    return f;
}

static void keep_daemon(pt_docker_state *s, pt_fact f) {
    pthread_mutex_lock(&s->lock);
    pt_arena_clear(&s->kept);
    s->daemon = pt_fact_known(pt_clone(&s->kept, f.value), pt_arena_str(&s->kept, f.source));
    bool whole = pt_defined(s->daemon.value) && s->daemon.source.p;
    s->kept_until_ns = whole ? pt_monotonic_ns() + (int64_t)s->keep_ms * 1000000 : 0;
    pthread_mutex_unlock(&s->lock);
}

pt_fact pt_docker_state_daemon(void *state, pt_arena *a) {
    pt_docker_state *s = state;
    pt_fact f = kept_daemon(s, a);
    if (f.state != PT_KNOWN && !f.reason.n) {
        f = read_daemon(s, a);
        if (f.state == PT_KNOWN && s->keep_ms && !a->full)
            keep_daemon(s, f);
    }
    return pt_state_whole(a, f);
}

void pt_docker_state_done(pt_docker_state *s) {
    pt_arena_done(&s->kept);
    pt_arena_done(&s->mounts_kept);
}

// "100000.100000": where a daemon that remaps users keeps all that is theirs.
static bool is_remapped(pt_str name) {
    size_t dot = pt_str_find(name, '.');
    int64_t n;
    return pt_str_int(pt_str_sub(name, 0, dot), 10, &n) && n > 0 &&
           pt_str_int(pt_str_sub(name, dot + 1, name.n), 10, &n) && n > 0;
}

// Without knowing how the daemon runs, what is not there proves nothing.
pt_fact pt_state_root(pt_docker_state *s, pt_arena *a) {
    pt_fact daemon = pt_docker_state_daemon(s, a);
    if (daemon.state != PT_KNOWN)
        return daemon;
    if (!pt_true(pt_getz(daemon.value, "userns_remap")))
        return pt_fact_known(pt_stringz(s->root), daemon.source);
    pt_fact names = pt_world_list(s->w, a, s->root, s->root);
    pt_str found = {0};
    size_t n = 0;
    for (size_t i = 0; i < pt_len(names.value); i++)
        if (is_remapped(pt_text(pt_at(names.value, i)))) {
            found = pt_text(pt_at(names.value, i));
            n++;
        }
    if (n != 1)
        return pt_fact_unknown(PT_STR("which of the data roots for remapped users is in use"),
                               (pt_str){0});
    pt_str root = pt_arena_printf(a, "%s/%.*s", s->root, PT_PRI(found));
    return root.p ? pt_fact_known(pt_string(root), names.source) : pt_state_full();
}

// -- volumes --------------------------------------------------------------------------------------

static bool is_volume_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (i == 0 || (c != '_' && c != '.' && c != '-')))
            return false;
    }
    return s.n > 0 && s.n < 256;
}

// The driver that the daemon's database names for a volume, if it is not "local". A record that was
// replaced may still be in the file: what is found may be past, but nothing that is there is
// missed.
static pt_fact foreign_driver(pt_docker_state *s, pt_arena *a, pt_str root, pt_str name) {
    pt_str path = pt_arena_printf(a, "%.*s/volumes/metadata.db", PT_PRI(root));
    pt_str key = pt_arena_printf(a, "\"Name\":\"%.*s\",\"Driver\":\"", PT_PRI(name));
    pt_fact f = path.p && key.p ? pt_world_read(s->w, a, path.p, s->root, DATABASE_BYTES_MAX)
                                : pt_state_full();
    if (f.state != PT_KNOWN)
        return f;
    pt_str rest = pt_text(f.value);
    for (;;) {
        rest = pt_str_sub(rest, pt_str_find_str(rest, key), rest.n);
        if (!rest.n)
            return pt_fact_absent(f.source);
        rest = pt_str_sub(rest, key.n, rest.n);
        pt_str driver = pt_str_sub(rest, 0, pt_str_find(rest, '"'));
        if (!pt_str_eqz(driver, "local"))
            return pt_fact_known(pt_string(driver), f.source);
    }
}

static pt_fact foreign_volume(pt_arena *a, pt_fact driver) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "driver", driver.value);
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, driver.source) : pt_state_full();
}

static void set_option(pt_obj *o, const char *name, pt_value file, const char *key) {
    pt_value v = pt_path_get(file, key);
    if (pt_text(v).n)
        pt_obj_set(o, name, v);
}

static pt_fact local_volume(pt_docker_state *s, pt_arena *a, pt_str dir) {
    pt_str path = pt_arena_printf(a, "%.*s/opts.json", PT_PRI(dir));
    pt_fact file = pt_state_json(s, a, path, OPTIONS_BYTES_MAX);
    if (file.state == PT_UNKNOWN)
        return file;
    pt_obj options = {.a = a};
    if (file.state == PT_KNOWN) {
        set_option(&options, "type", file.value, "MountType");
        set_option(&options, "o", file.value, "MountOpts");
        set_option(&options, "device", file.value, "MountDevice");
        pt_obj_maybe(&options, "size", pt_path_get(file.value, "Quota.Size"));
    }
    pt_str data = pt_arena_printf(a, "%.*s/_data", PT_PRI(dir));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "driver", pt_stringz("local"));
    pt_obj_set(&o, "options", pt_obj_end(&options));
    pt_obj_set(&o, "mountpoint", pt_string(data));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) && data.p ? pt_fact_known(v, dir) : pt_state_full();
}

pt_fact pt_docker_state_volume(void *state, pt_arena *a, pt_str name) {
    pt_docker_state *s = state;
    if (pt_arena_ended(a))
        return pt_state_full();
    if (!is_volume_name(name))
        return pt_fact_unknown(PT_STR("not the name of a volume"), (pt_str){0});
    pt_fact root = pt_state_root(s, a);
    if (root.state != PT_KNOWN)
        return root;
    pt_fact driver = foreign_driver(s, a, pt_text(root.value), name);
    if (driver.state == PT_KNOWN)
        return foreign_volume(a, driver);
    if (driver.state == PT_UNKNOWN)
        return driver;
    pt_str dir = pt_arena_printf(a, "%.*s/volumes/%.*s", PT_PRI(pt_text(root.value)), PT_PRI(name));
    pt_fact there = dir.p ? pt_world_stat(s->w, a, dir.p, s->root) : pt_state_full();
    return pt_state_whole(a, there.state == PT_KNOWN ? local_volume(s, a, dir) : there);
}

// -- containers -----------------------------------------------------------------------------------

pt_fact pt_state_containers(pt_docker_state *s, pt_arena *a) {
    pt_fact root = pt_state_root(s, a);
    if (root.state != PT_KNOWN)
        return root;
    pt_str dir = pt_arena_printf(a, "%.*s/containers", PT_PRI(pt_text(root.value)));
    return dir.p ? pt_fact_known(pt_string(dir), root.source) : pt_state_full();
}

static pt_fact read_container(pt_docker_state *s, pt_arena *a, pt_str dir, pt_str id) {
    pt_str path = pt_arena_printf(a, "%.*s/%.*s", PT_PRI(dir), PT_PRI(id));
    pt_fact config = pt_state_json(s, a, pt_arena_printf(a, "%.*s/config.v2.json", PT_PRI(path)),
                                   CONTAINER_BYTES_MAX);
    if (config.state != PT_KNOWN)
        return config;
    pt_fact host = pt_state_json(s, a, pt_arena_printf(a, "%.*s/hostconfig.json", PT_PRI(path)),
                                 CONTAINER_BYTES_MAX);
    if (host.state != PT_KNOWN) // it has both or it is none
        return pt_fact_unknown(host.state == PT_ABSENT ? host.source : host.reason, host.remedy);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "id", pt_string(id));
    pt_obj_set(&o, "config", config.value);
    pt_obj_set(&o, "host", host.value);
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) && path.p ? pt_fact_known(v, path) : pt_state_full();
}

// The container of this name among `ids`: known, its id; or the reason why that cannot be told.
// What is read of those that have other names is forgotten: there may be many, and large ones.
static pt_fact by_name(pt_docker_state *s, pt_arena *a, pt_str dir, pt_value ids, pt_str name) {
    PT_AUTO(pt_arena_done) pt_arena one = {.stop = a->stop};
    pt_str text = pt_arena_printf(a, "\"Name\":\"/%.*s\"", PT_PRI(name));
    for (size_t i = 0; i < pt_len(ids); i++) {
        pt_arena_clear(&one);
        pt_str id = pt_text(pt_at(ids, i));
        pt_str path = pt_arena_printf(&one, "%.*s/%.*s/config.v2.json", PT_PRI(dir), PT_PRI(id));
        pt_fact f = path.p && text.p
                        ? pt_world_read(s->w, &one, path.p, s->root, CONTAINER_BYTES_MAX)
                        : pt_state_full();
        if (f.state == PT_UNKNOWN)
            return pt_fact_unknown(pt_arena_str(a, f.reason), pt_arena_str(a, f.remedy));
        pt_value v;
        if (f.state == PT_ABSENT || !pt_str_has(pt_text(f.value), text))
            continue; // one that is being made or removed has no name yet
        pt_code code = pt_json_parse(&one, pt_text(f.value), NULL, &v, NULL);
        pt_str full = code ? (pt_str){NULL, 0} : pt_text(pt_getz(v, "Name"));
        if (pt_str_eq(pt_str_sub(full, 1, full.n), name))
            return pt_fact_known(pt_string(id), dir);
        if (one.full)
            return pt_state_full();
    }
    return pt_fact_absent(dir);
}

pt_fact pt_state_by_prefix(pt_value names, pt_str prefix, pt_str where) {
    pt_fact found = pt_fact_absent(where);
    if (!pt_state_is_hex(prefix))
        return found;
    for (size_t i = 0; i < pt_len(names); i++) {
        pt_str name = pt_text(pt_at(names, i));
        if (!pt_str_starts(name, prefix) || !pt_state_is_hex(name))
            continue;
        if (found.state == PT_KNOWN)
            return pt_fact_unknown(PT_STR("several begin with this id"),
                                   PT_STR("write the whole id"));
        found = pt_fact_known(pt_string(name), where);
    }
    return found;
}

static pt_fact one_of(pt_docker_state *s, pt_arena *a, pt_str dir, pt_fact id) {
    return pt_state_whole(a,
                          id.state == PT_KNOWN ? read_container(s, a, dir, pt_text(id.value)) : id);
}

pt_fact pt_docker_state_container(void *state, pt_arena *a, pt_str name) {
    pt_docker_state *s = state;
    if (pt_arena_ended(a))
        return pt_state_full();
    pt_fact folder = pt_state_containers(s, a);
    if (folder.state != PT_KNOWN)
        return folder;
    pt_str dir = pt_text(folder.value);
    pt_fact ids = pt_world_list(s->w, a, dir.p, s->root);
    if (ids.state != PT_KNOWN)
        return ids;
    if (pt_str_starts(name, PT_STR("/"))) // a name it is, and no id
        return one_of(s, a, dir, by_name(s, a, dir, ids.value, pt_str_sub(name, 1, name.n)));
    pt_fact id = pt_state_by_prefix(ids.value, name, dir);
    if (name.n == PT_STATE_ID_CHARS && id.state == PT_KNOWN)
        return one_of(s, a, dir, id);
    pt_fact named = by_name(s, a, dir, ids.value, name);
    if (named.state == PT_ABSENT)
        return one_of(s, a, dir, id);
    bool two = id.state == PT_UNKNOWN || (id.state == PT_KNOWN && !pt_eq(id.value, named.value));
    if (named.state == PT_KNOWN && two)
        return pt_fact_unknown(PT_STR("the id of another container begins with this name"),
                               PT_STR("write the whole id"));
    return one_of(s, a, dir, named);
}
