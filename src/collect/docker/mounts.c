// Where the mounts of containers come from: volumes by what they mount, sources without detours.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/docker/engine.h"

typedef struct origin {
    pt_engine *g;
    pt_fact volumes; // GET /volumes
    pt_str data;     // the daemon's DockerRootDir
    pt_str top;      // what /proc calls the world's own "/"; empty: "/"
    struct stat socket;
    bool has_socket;
    pt_value sockets; // of this daemon and its containerd
} origin;

// Without "//", "/." and "/..", as path.Clean of Go has it.
static pt_str clean(pt_arena *a, pt_str path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(path.n + 2);
    pt_str part;
    while (pt_str_split(&path, '/', &part)) {
        if (!part.n || pt_str_eqz(part, "."))
            continue;
        if (pt_str_eqz(part, "..")) {
            b.n = pt_str_rfind(pt_buf_str(&b), '/');
            continue;
        }
        pt_buf_putc(&b, '/');
        pt_buf_put(&b, part);
    }
    return b.n ? pt_arena_str(a, pt_buf_str(&b)) : pt_arena_str(a, PT_STR("/"));
}

static bool below(pt_str path, pt_str folder) {
    return folder.n && pt_str_starts(path, folder) && path.n > folder.n && path.p[folder.n] == '/';
}

// What /proc calls an open file; empty: it does not say.
static pt_str name_of(pt_engine *g, int fd) {
    char self[64];
    char text[PATH_MAX];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(self, text, sizeof text);
    bool whole = n > 0 && (size_t)n < sizeof text && text[0] == '/';
    return whole ? pt_arena_str(g->a, (pt_str){text, (size_t)n}) : (pt_str){0};
}

// Where `path` ends when its symbolic links are followed. Empty, with the reason: not known.
static pt_str resolve(const origin *o, pt_str path, struct stat *ret, pt_str *ret_why) {
    pt_engine *g = o->g;
    PT_AUTO(pt_fd_close) int fd = g->w->open(g->w, path.p, O_PATH);
    if (fd < 0) {
        *ret_why = pt_world_refused(g->a, path.p, "open", -fd).reason;
        return (pt_str){0};
    }
    pt_str real = name_of(g, fd);
    if (fstat(fd, ret) != 0 || !real.n || (real.n > o->top.n && real.p[o->top.n] != '/')) {
        *ret_why = pt_arena_printf(g->a, "%s: /proc does not say where it is", path.p);
        return (pt_str){0};
    }
    if (pt_str_starts(real, o->top))
        real = pt_str_sub(real, o->top.n, real.n);
    return real.n ? real : PT_STR("/");
}

// -- volumes --------------------------------------------------------------------------------------

static bool has_flag(pt_str flags) {
    return pt_str_in_list(PT_STR("bind"), flags, ',') ||
           pt_str_in_list(PT_STR("rbind"), flags, ',');
}

// What a volume of driver "local" mounts of this host by its options: a path; or empty, and
// *ret_why says why that is not known, if it is not.
static pt_str device_of(pt_value options, pt_str *ret_why) {
    static const pt_str elsewhere = PT_STR("nfs|nfs4|cifs|smb3|tmpfs|ramfs");
    pt_str type = pt_text(pt_getz(options, "type"));
    pt_str device = pt_text(pt_getz(options, "device"));
    bool none = pt_tag_of(options) == PT_NULL ||
                (pt_tag_of(options) == PT_OBJECT && !pt_defined(pt_getz(options, "type")) &&
                 !pt_defined(pt_getz(options, "device")));
    if (none)
        return device;
    bool bind =
        has_flag(pt_text(pt_getz(options, "o"))) || pt_str_in_list(type, PT_STR("none|bind"), '|');
    if (bind && pt_str_starts(device, PT_STR("/")))
        return device;
    if (!bind && pt_str_in_list(type, elsewhere, '|'))
        return (pt_str){0};
    // A disk may be the host's own, an overlay has its folders elsewhere.
    *ret_why = PT_STR("only a human can say whose the disk or overlay is that its volume mounts");
    return (pt_str){0};
}

static pt_value volume_of(pt_value list, pt_str name) {
    for (size_t i = 0; name.n && i < pt_len(list); i++)
        if (pt_str_eq(pt_text(pt_getz(pt_at(list, i), "Name")), name))
            return pt_at(list, i);
    return pt_undefined();
}

// The options that came with the container, for a volume that is not listed.
static pt_value asked_options(pt_value inspect, pt_str destination) {
    pt_value asked = pt_getz(pt_getz(inspect, "HostConfig"), "Mounts");
    for (size_t i = 0; i < pt_len(asked); i++)
        if (pt_str_eq(pt_text(pt_getz(pt_at(asked, i), "Target")), destination))
            return pt_getz(pt_getz(pt_getz(pt_at(asked, i), "VolumeOptions"), "DriverConfig"),
                           "Options");
    return pt_undefined();
}

// As device_of, of the mount of a volume.
static pt_str behind(const origin *o, pt_value inspect, pt_value mount, pt_str *ret_why) {
    pt_str driver = pt_text(pt_getz(mount, "Driver"));
    if (driver.n && !pt_str_eqz(driver, "local"))
        return (pt_str){0}; // its source is where the plugin has it
    pt_str name = pt_text(pt_getz(mount, "Name"));
    pt_value volume = volume_of(pt_getz(o->volumes.value, "Volumes"), name);
    if (pt_tag_of(volume) == PT_OBJECT)
        return device_of(pt_getz(volume, "Options"), ret_why);
    *ret_why = o->volumes.state != PT_KNOWN ? o->volumes.reason
                                            : PT_STR("its volume is not among GET /volumes");
    pt_str ignored = {0};
    return device_of(asked_options(inspect, pt_text(pt_getz(mount, "Destination"))), &ignored);
}

// -- mounts ---------------------------------------------------------------------------------------

// A socket in the folder that is called as a runtime's: a rootless engine's, a proxy's.
static void put_held(const origin *o, pt_obj *ret, pt_str folder, pt_str *ret_why) {
    static const char *const names[] = {"docker.sock", "podman.sock", "podman/podman.sock",
                                        "containerd.sock", "crio.sock"};
    pt_engine *g = o->g;
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        pt_str path = pt_arena_printf(g->a, "%.*s/%s", PT_PRI(folder), names[i]);
        PT_AUTO(pt_fd_close) int fd = path.p ? g->w->open(g->w, path.p, O_PATH) : -ENOMEM;
        struct stat st;
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode)) {
            pt_obj_set(ret, "holds", pt_stringz(names[i]));
            return;
        }
        if (fd < 0 && fd != -ENOENT && fd != -ENOTDIR)
            *ret_why = pt_world_refused(g->a, path.p, "open", -fd).reason;
    }
}

// A mount of `source`, with where that leads.
static void put_source(const origin *o, pt_obj *ret, pt_str source, pt_str *why) {
    struct stat st = {0};
    pt_obj_set(ret, "source", pt_string(source));
    if (o->g->remote)
        return;
    pt_str real = resolve(o, source, &st, why);
    if (!real.n)
        return;
    bool same = o->has_socket && st.st_dev == o->socket.st_dev && st.st_ino == o->socket.st_ino;
    if (same) // by another name
        real = pt_text(pt_at(o->sockets, 0));
    if (!pt_str_eq(real, source))
        pt_obj_set(ret, "resolved", pt_string(real));
    if (S_ISSOCK(st.st_mode))
        pt_obj_set(ret, "socket", pt_bool(true));
    if (S_ISDIR(st.st_mode))
        put_held(o, ret, source, why);
}

static pt_value one_mount(const origin *o, pt_value inspect, pt_value mount) {
    pt_arena *a = o->g->a;
    pt_obj ret = {.a = a};
    pt_str why = {0};
    pt_str type = pt_text(pt_getz(mount, "Type"));
    pt_str source = pt_text(pt_getz(mount, "Source"));
    bool volume = pt_str_eqz(type, "volume");
    pt_str device = volume ? behind(o, inspect, mount, &why) : (pt_str){0};
    pt_obj_set(&ret, "destination", pt_string(clean(a, pt_text(pt_getz(mount, "Destination")))));
    pt_obj_maybe(&ret, "rw", pt_getz(mount, "RW"));
    pt_obj_maybe(&ret, "propagation", pt_getz(mount, "Propagation"));
    pt_obj_maybe(&ret, "type", pt_getz(mount, "Type"));
    source = clean(a, device.n ? device : source);
    bool of_path =
        pt_str_starts(device.n ? device : pt_text(pt_getz(mount, "Source")), PT_STR("/"));
    bool of_host = volume || pt_str_eqz(type, "bind");
    if (of_host && !of_path)
        why = PT_STR("a mount without an absolute source");
    else if (of_host && volume && !device.n && below(source, o->data))
        pt_obj_set(&ret, "source", pt_string(source)); // a volume where volumes are
    else if (of_host)
        put_source(o, &ret, source, &why);
    if (why.n)
        pt_obj_set(&ret, "why", pt_string(why));
    return pt_obj_end(&ret);
}

static bool mounted_at(pt_engine *g, pt_value mounts, pt_str destination) {
    pt_str wanted = clean(g->a, destination);
    for (size_t i = 0; i < pt_len(mounts); i++)
        if (pt_str_eq(clean(g->a, pt_text(pt_getz(pt_at(mounts, i), "Destination"))), wanted))
            return true;
    return false;
}

// "SOURCE:DESTINATION:OPTIONS" without the last one, or both others.
static pt_str destination_of(pt_str bind) {
    size_t colon = pt_str_find(bind, ':');
    if (colon == bind.n)
        return bind;
    pt_str rest = pt_str_sub(bind, colon + 1, bind.n);
    return pt_str_sub(rest, 0, pt_str_find(rest, ':'));
}

// What was asked for and is not among the mounts.
static void add_missing(const origin *o, pt_list *list, pt_value mounts, pt_str destination) {
    if (destination.n && mounted_at(o->g, mounts, destination))
        return;
    pt_obj ret = {.a = o->g->a};
    pt_obj_set(&ret, "destination", pt_string(destination));
    pt_obj_set(&ret, "why", pt_stringz("asked for, and not among the container's mounts"));
    pt_list_add(list, pt_obj_end(&ret));
}

static void add_all_missing(const origin *o, pt_list *list, pt_value inspect) {
    pt_value mounts = pt_getz(inspect, "Mounts");
    pt_value binds = pt_getz(pt_getz(inspect, "HostConfig"), "Binds");
    pt_value asked = pt_getz(pt_getz(inspect, "HostConfig"), "Mounts");
    for (size_t i = 0; i < pt_len(binds); i++)
        add_missing(o, list, mounts, destination_of(pt_text(pt_at(binds, i))));
    for (size_t i = 0; i < pt_len(asked); i++)
        if (!pt_str_eqz(pt_text(pt_getz(pt_at(asked, i), "Type")), "tmpfs"))
            add_missing(o, list, mounts, pt_text(pt_getz(pt_at(asked, i), "Target")));
}

// Engines answer in any order: by source, then destination.
static pt_value sorted(pt_arena *a, pt_value list) {
    pt_list keyed = {.a = a};
    pt_list ret = {.a = a};
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_value m = pt_at(list, i);
        const pt_value parts[] = {pt_string(pt_text(pt_getz(m, "source"))),
                                  pt_getz(m, "destination"), m};
        pt_list_add(&keyed, pt_array_of(a, parts, PT_COUNT(parts)));
    }
    pt_value all = pt_list_end(&keyed);
    pt_value set = pt_set_of(a, keyed.items.v, pt_len(all));
    for (size_t i = 0; i < pt_len(set); i++)
        pt_list_add(&ret, pt_at(pt_at(set, i), 2));
    return pt_defined(all) && pt_defined(set) ? pt_list_end(&ret) : pt_undefined();
}

static bool is_list(pt_value v) {
    return pt_tag_of(v) == PT_ARRAY || pt_tag_of(v) == PT_NULL;
}

static pt_fact mounts_of(const origin *o, pt_fact inspect) {
    if (inspect.state != PT_KNOWN)
        return inspect;
    pt_value mounts = pt_getz(inspect.value, "Mounts");
    if (!is_list(mounts) || !is_list(pt_getz(pt_getz(inspect.value, "HostConfig"), "Binds")))
        return pt_fact_unknown(PT_STR("the answer holds no list of mounts and binds"), (pt_str){0});
    pt_list list = {.a = o->g->a};
    for (size_t i = 0; i < pt_len(mounts); i++)
        pt_list_add(&list, one_mount(o, inspect.value, pt_at(mounts, i)));
    add_all_missing(o, &list, inspect.value);
    pt_value all = pt_list_end(&list);
    pt_obj ret = {.a = o->g->a};
    pt_obj_set(&ret, "mounts", pt_defined(all) ? sorted(o->g->a, all) : all);
    pt_obj_set(&ret, "sockets", o->sockets);
    pt_obj_set(&ret, "followed", pt_bool(!o->g->remote));
    if (o->data.n)
        pt_obj_set(&ret, "data", pt_string(o->data));
    pt_value v = pt_obj_end(&ret);
    return pt_defined(v) ? pt_fact_known(v, inspect.source)
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

// -- the daemon's own -----------------------------------------------------------------------------

static void add_socket(const origin *o, pt_list *list, pt_str path) {
    struct stat st;
    pt_str ignored = {0};
    if (!pt_str_starts(path, PT_STR("/")))
        return;
    path = clean(o->g->a, path);
    pt_list_add(list, pt_string(path));
    pt_str real = o->g->remote ? pt_str_of(NULL) : resolve(o, path, &st, &ignored);
    if (real.n && !pt_str_eq(real, path))
        pt_list_add(list, pt_string(real));
}

static pt_value sockets_of(const origin *o, const pt_subject *daemon) {
    pt_list list = {.a = o->g->a};
    pt_value info = pt_facts_get(&daemon->facts, PT_STR("info")).value;
    pt_value config = pt_facts_get(&daemon->facts, PT_STR("config")).value;
    pt_value hosts = pt_getz(config, "hosts");
    if (!o->g->remote)
        add_socket(o, &list, pt_str_of(o->g->where));
    add_socket(o, &list, pt_text(pt_getz(pt_getz(info, "Containerd"), "Address")));
    for (size_t i = 0; i < pt_len(hosts); i++) {
        pt_str host = pt_text(pt_at(hosts, i));
        bool local = pt_str_starts(host, PT_STR("unix://"));
        add_socket(o, &list, local ? pt_str_sub(host, 7, host.n) : host);
    }
    return pt_list_end(&list);
}

static void look_around(origin *o, const pt_subject *daemon) {
    pt_engine *g = o->g;
    pt_str ignored = {0};
    pt_value info = pt_facts_get(&daemon->facts, PT_STR("info")).value;
    pt_str data = pt_text(pt_getz(info, "DockerRootDir"));
    if (pt_str_starts(data, PT_STR("/")))
        o->data = clean(g->a, data);
    if (!g->remote) {
        PT_AUTO(pt_fd_close) int top = g->w->open(g->w, "/", O_PATH);
        pt_str name = top < 0 ? pt_str_of(NULL) : name_of(g, top);
        o->top = pt_str_eqz(name, "/") ? pt_str_of(NULL) : name;
        o->has_socket = g->where && resolve(o, pt_str_of(g->where), &o->socket, &ignored).n > 0;
    }
    o->sockets = sockets_of(o, daemon);
}

void pt_engine_mounts(pt_engine *g, const pt_subject *daemon, pt_fact volumes,
                      pt_subjects *containers) {
    origin o = {.g = g, .volumes = volumes};
    look_around(&o, daemon);
    for (size_t i = 0; i < containers->n; i++) {
        pt_subject *s = &containers->v[i];
        pt_engine_set(g, s, "mounts", mounts_of(&o, pt_facts_get(&s->facts, PT_STR("inspect"))));
    }
}

pt_fact pt_engine_socket(pt_engine *g, pt_fact info) {
    if (g->remote)
        return pt_fact_absent(PT_STR("over TCP"));
    pt_str where = clean(g->a, pt_str_of(g->where));
    if (pt_str_in_list(where, PT_STR("/run/docker.sock|/var/run/docker.sock"), '|'))
        return pt_fact_absent(PT_STR("PT-HOST-DOCKER-SOCK judges it"));
    pt_fact stat = pt_world_stat(g->w, g->a, g->where, NULL);
    if (stat.state != PT_KNOWN)
        return stat;
    pt_obj o = {.a = g->a};
    pt_obj_set(&o, "stat", stat.value);
    if (pt_tag_of(pt_getz(info.value, "SecurityOptions")) == PT_ARRAY)
        pt_obj_set(&o, "rootless", pt_bool(pt_engine_has_option(info.value, "rootless")));
    return pt_fact_known(pt_obj_end(&o), stat.source);
}
