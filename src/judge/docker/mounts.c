#include "judge/docker/mounts.h"

#include "value/path.h"

enum {
    MOUNTS_MAX = 2000, // then no more are taken from others
};

typedef struct gathering {
    pt_arena *a;
    const pt_docker_host *h;
    pt_docker_mounts *to;
    bool full;
} gathering;

pt_docker_container pt_docker_container_of(pt_value known, pt_str name) {
    pt_value stored = pt_getz(known, "config");
    pt_str called = pt_text(pt_getz(stored, "Name"));
    return (pt_docker_container){
        .config = pt_getz(stored, "Config"),
        .host = pt_getz(known, "host"),
        .points = pt_getz(stored, "MountPoints"),
        .name = name,
        .called = pt_str_sub(called, pt_str_starts(called, PT_STR("/")) ? 1 : 0, called.n),
    };
}

bool pt_docker_within(pt_str path, pt_str folder) {
    if (pt_str_eqz(folder, "/"))
        return pt_str_starts(path, folder);
    return folder.n && pt_str_starts(path, folder) &&
           (path.n == folder.n || path.p[folder.n] == '/');
}

// Without "//", "/." and "/..", as path.Clean of Go has it.
static pt_str clean(pt_arena *a, pt_str path) {
    char *to = pt_arena_take(a, path.n + 2);
    size_t n = 0;
    pt_str step;
    if (!to)
        return (pt_str){0};
    while (pt_str_split(&path, '/', &step)) {
        if (!step.n || pt_str_eqz(step, "."))
            continue;
        if (pt_str_eqz(step, "..")) {
            size_t slash = pt_str_rfind((pt_str){to, n}, '/');
            n = slash < n ? slash : 0;
            continue;
        }
        to[n++] = '/';
        for (size_t i = 0; i < step.n; i++)
            to[n++] = step.p[i];
    }
    if (n == 0)
        to[n++] = '/';
    return (pt_str){to, n};
}

// -- volumes --------------------------------------------------------------------------------------

bool pt_docker_driver_is_local(pt_str driver) {
    return driver.n == 0 || pt_str_eqz(driver, "local");
}

pt_docker_local pt_docker_local_of(pt_value driver_options) {
    pt_str type = pt_text(pt_getz(driver_options, "type"));
    pt_str device = pt_text(pt_getz(driver_options, "device"));
    pt_str flags = pt_text(pt_getz(driver_options, "o"));
    if (!type.n && !device.n && !flags.n)
        return PT_DOCKER_LOCAL_PLAIN;
    if (pt_str_in_list(PT_STR("bind"), flags, ',') || pt_str_in_list(PT_STR("rbind"), flags, ','))
        return PT_DOCKER_LOCAL_BIND;
    if (pt_str_eqz(type, "tmpfs"))
        return PT_DOCKER_LOCAL_TMPFS;
    if (pt_str_eqz(type, "nfs") || pt_str_eqz(type, "nfs4"))
        return PT_DOCKER_LOCAL_NFS;
    return PT_DOCKER_LOCAL_OTHER;
}

pt_fact pt_docker_not_asked(void) {
    return pt_fact_unknown(PT_STR("this host is not looked at"), (pt_str){0});
}

pt_fact pt_docker_find_container(pt_arena *a, const pt_docker_host *h, pt_str name) {
    pt_str plain = pt_str_sub(name, pt_str_starts(name, PT_STR("/")) ? 1 : 0, name.n);
    if (pt_str_find(plain, '/') < plain.n)
        return pt_fact_unknown(PT_STR("the name of a link: use the container's own"), (pt_str){0});
    return h && h->container ? h->container(h->context, a, name) : pt_docker_not_asked();
}

pt_fact pt_docker_need_container(pt_arena *a, const pt_docker_host *h, pt_str name) {
    pt_fact f = pt_docker_find_container(a, h, name);
    return f.state == PT_ABSENT
               ? pt_fact_unknown(PT_STR("no container is called like that"), (pt_str){0})
               : f;
}

static bool is_named_in(const pt_docker_named *names, pt_str name) {
    for (size_t i = 0; i < names->n; i++)
        if (pt_str_eq(names->v[i].name, name))
            return true;
    return false;
}

pt_docker_named pt_docker_named_in(pt_value list) {
    pt_docker_named names = {0};
    for (size_t i = 0; i < pt_len(list) && !names.more; i++) {
        pt_str text = pt_text(pt_at(list, i));
        pt_str name = pt_str_sub(text, 0, pt_str_find(text, ':'));
        if (is_named_in(&names, name))
            continue;
        names.more = names.n == PT_DOCKER_NAMED_MAX;
        if (names.more)
            break;
        names.v[names.n].name = name;
        names.v[names.n++].at = i;
    }
    return names;
}

pt_fact pt_docker_too_many_named(void) {
    static_assert(PT_DOCKER_NAMED_MAX == 32, "the text says so");
    return pt_fact_unknown(PT_STR("more than 32 containers are named"), (pt_str){0});
}

static void walk(const gathering *g, pt_docker_mount *m, pt_str path) {
    m->path = clean(g->a, path);
    m->walked =
        g->h && g->h->path ? g->h->path(g->h->context, g->a, m->path) : pt_docker_not_asked();
}

static void add(gathering *g, pt_docker_mount m) {
    if (m.kind == PT_DOCKER_MOUNT_BIND)
        walk(g, &m, m.source);
    bool local = m.kind == PT_DOCKER_MOUNT_VOLUME && pt_docker_driver_is_local(m.driver);
    if (local && pt_docker_local_of(m.driver_options) == PT_DOCKER_LOCAL_BIND)
        walk(g, &m, pt_text(pt_getz(m.driver_options, "device")));
    pt_docker_mount *slot = PT_PUSH(g->a, g->to);
    if (slot)
        *slot = m;
    g->full |= !slot || !m.field.p;
}

// A volume by name: the one that exists keeps its own options; else the request's make it.
static void add_volume(gathering *g, pt_docker_mount m) {
    m.kind = PT_DOCKER_MOUNT_VOLUME;
    m.why = pt_fact_known(pt_null(), (pt_str){0});
    if (pt_len(m.driver_options) || !m.source.n)
        add(g, m);
    if (!m.source.n)
        return;
    bool asks = g->h && g->h->volume;
    pt_fact v = asks ? g->h->volume(g->h->context, g->a, m.source) : pt_docker_not_asked();
    bool known = v.state == PT_KNOWN;
    if (v.state == PT_UNKNOWN)
        m.why = v;
    m.driver = known ? pt_text(pt_getz(v.value, "driver")) : m.driver;
    pt_value options = known ? pt_getz(v.value, "options") : pt_undefined();
    if (known || !pt_len(m.driver_options)) {
        m.driver_options = options;
        add(g, m);
    }
}

// -- Binds, Mounts, Tmpfs, Volumes ----------------------------------------------------------------

static pt_str field_at(const gathering *g, const char *list, size_t i) {
    return pt_arena_printf(g->a, "HostConfig.%s[%zu]", list, i);
}

static pt_str propagation_of(pt_str mode) {
    pt_str word;
    pt_str found = {0};
    while (pt_str_split(&mode, ',', &word))
        if (pt_str_ends(word, PT_STR("shared")) || pt_str_ends(word, PT_STR("slave")) ||
            pt_str_ends(word, PT_STR("private")))
            found = word;
    return found;
}

// SOURCE:TARGET[:MODE], or a target alone. An absolute source is a folder of the host.
static void add_bind(gathering *g, pt_str text, pt_str field, pt_str driver) {
    pt_str parts[4] = {0};
    size_t n = 0;
    while (n < PT_COUNT(parts) && pt_str_split(&text, ':', &parts[n]))
        n++;
    pt_docker_mount m = {.field = field, .target = n == 1 ? parts[0] : parts[1]};
    m.source = n > 1 ? parts[0] : (pt_str){0};
    m.propagation = propagation_of(parts[2]);
    m.read_only = pt_str_in_list(PT_STR("ro"), parts[2], ',');
    m.driver = driver;
    if (n == 0 || n == PT_COUNT(parts) || !parts[0].n) {
        m.kind = PT_DOCKER_MOUNT_UNCLEAR;
        m.source = parts[0];
        add(g, m);
    } else if (pt_str_starts(m.source, PT_STR("/"))) {
        m.kind = PT_DOCKER_MOUNT_BIND;
        add(g, m);
    } else {
        add_volume(g, m);
    }
}

// [["noexec"], ["size", "1m"]] as "noexec,size".
static pt_str tmpfs_options(pt_arena *a, pt_value options) {
    pt_str s = {0};
    for (size_t i = 0; i < pt_len(options); i++)
        s = pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(s), i ? "," : "",
                            PT_PRI(pt_text(pt_at(pt_at(options, i), 0))));
    return s;
}

static void add_mount(gathering *g, pt_value mount, pt_str field) {
    pt_str type = pt_text(pt_getz(mount, "Type"));
    pt_value volume = pt_path_get(mount, "VolumeOptions.DriverConfig");
    pt_docker_mount m = {
        .field = field,
        .source = pt_text(pt_getz(mount, "Source")),
        .target = pt_text(pt_getz(mount, "Target")),
        .read_only = pt_true(pt_getz(mount, "ReadOnly")),
        .propagation = pt_text(pt_path_get(mount, "BindOptions.Propagation")),
        .type = type,
        .options = tmpfs_options(g->a, pt_path_get(mount, "TmpfsOptions.Options")),
        .driver = pt_text(pt_getz(volume, "Name")),
        .driver_options = pt_getz(volume, "Options"),
    };
    if (pt_str_eqz(type, "volume")) {
        add_volume(g, m);
        return;
    }
    m.kind = pt_str_eqz(type, "bind")    ? PT_DOCKER_MOUNT_BIND
             : pt_str_eqz(type, "tmpfs") ? PT_DOCKER_MOUNT_TMPFS
             : pt_str_eqz(type, "image") ? PT_DOCKER_MOUNT_IMAGE
                                         : PT_DOCKER_MOUNT_OTHER;
    add(g, m);
}

static void add_mounts(gathering *g, const pt_docker_container *c) {
    pt_value mounts = pt_getz(c->host, "Mounts");
    for (size_t i = 0; i < pt_len(mounts); i++) {
        pt_str type = pt_text(pt_getz(pt_at(mounts, i), "Type"));
        bool told = pt_str_eqz(type, "bind") || pt_str_eqz(type, "volume");
        if (told && pt_defined(c->points)) // then the mount points say more
            continue;
        add_mount(g, pt_at(mounts, i), field_at(g, "Mounts", i));
    }
}

static void add_binds(gathering *g, const pt_docker_container *c) {
    pt_value binds = pt_getz(c->host, "Binds");
    pt_str driver = pt_text(pt_getz(c->host, "VolumeDriver"));
    for (size_t i = 0; i < pt_len(binds); i++)
        add_bind(g, pt_text(pt_at(binds, i)), field_at(g, "Binds", i), driver);
    pt_value volumes = pt_getz(c->config, "Volumes");
    for (size_t i = 0; i < pt_len(volumes); i++)
        add_volume(g, (pt_docker_mount){.field = PT_STR("Volumes"),
                                        .target = pt_text(pt_key_at(volumes, i)),
                                        .driver = driver});
}

static void add_tmpfs(gathering *g, const pt_docker_container *c) {
    pt_value tmpfs = pt_getz(c->host, "Tmpfs");
    for (size_t i = 0; i < pt_len(tmpfs); i++)
        add(g, (pt_docker_mount){.kind = PT_DOCKER_MOUNT_TMPFS,
                                 .field = PT_STR("HostConfig.Tmpfs"),
                                 .target = pt_text(pt_key_at(tmpfs, i)),
                                 .options = pt_text(pt_val_at(tmpfs, i))});
}

// -- what other containers have -------------------------------------------------------------------

// The mount points of a container that was made before: {TARGET: {Source, Name, Driver, …}}.
static void add_points(gathering *g, pt_value points, pt_str field) {
    for (size_t i = 0; i < pt_len(points); i++) {
        pt_value p = pt_val_at(points, i);
        pt_str name = pt_text(pt_getz(p, "Name"));
        pt_docker_mount m = {
            .kind = PT_DOCKER_MOUNT_BIND,
            .field = pt_arena_printf(g->a, "%.*s %.*s", PT_PRI(field),
                                     PT_PRI(pt_text(pt_key_at(points, i)))),
            .source = name.n ? name : pt_text(pt_getz(p, "Source")),
            .target = pt_text(pt_key_at(points, i)),
            .read_only = !pt_true(pt_getz(p, "RW")),
            .propagation = pt_text(pt_getz(p, "Propagation")),
            .type = pt_text(pt_getz(p, "Type")),
            .driver = pt_text(pt_getz(p, "Driver")),
        };
        bool volume = pt_str_eqz(m.type, "volume") || (!m.type.n && (name.n || m.driver.n));
        if (volume)
            add_volume(g, m);
        else if (pt_str_eqz(m.type, "bind") || !m.type.n)
            add(g, m);
    }
}

static void add_unknown_from(gathering *g, pt_str field, pt_str name, pt_fact why) {
    add(g, (pt_docker_mount){
               .kind = PT_DOCKER_MOUNT_FROM, .field = field, .source = name, .why = why});
}

static void add_from(gathering *g, pt_str name, pt_str field) {
    pt_fact known = pt_docker_need_container(g->a, g->h, name);
    if (g->to->n > MOUNTS_MAX)
        known = pt_fact_unknown(PT_STR("there are too many mounts before"), (pt_str){0});
    if (known.state == PT_UNKNOWN)
        add_unknown_from(g, field, name, known);
    if (known.state != PT_KNOWN)
        return;
    pt_docker_container other = pt_docker_container_of(known.value, name);
    pt_str of = pt_arena_printf(g->a, "%.*s (%.*s)", PT_PRI(field), PT_PRI(name));
    add_points(g, other.points, of);
    if (!pt_defined(other.points)) {
        known = pt_fact_unknown(PT_STR("its mount points are not known"), (pt_str){0});
        add_unknown_from(g, field, name, known);
    }
}

static void add_all_from(gathering *g, pt_value list) {
    pt_docker_named names = pt_docker_named_in(list);
    if (names.more)
        add_unknown_from(g, PT_STR("HostConfig.VolumesFrom"), (pt_str){0},
                         pt_docker_too_many_named());
    for (size_t i = 0; i < names.n && !names.more; i++)
        add_from(g, names.v[i].name, field_at(g, "VolumesFrom", names.v[i].at));
}

bool pt_docker_mounts_read(pt_arena *a, const pt_docker_host *h, const pt_docker_container *c,
                           pt_docker_mounts *ret) {
    pt_docker_mounts mounts = {0};
    gathering g = {.a = a, .h = h, .to = &mounts};
    bool stored = pt_defined(c->points);
    if (stored)
        add_points(&g, c->points, PT_STR("MountPoints"));
    else
        add_binds(&g, c);
    add_mounts(&g, c);
    add_tmpfs(&g, c);
    if (!stored)
        add_all_from(&g, pt_getz(c->host, "VolumesFrom"));
    *ret = mounts;
    return !g.full && !a->full;
}

bool pt_docker_mounts_of_volume(pt_arena *a, const pt_docker_host *h, pt_value volume,
                                pt_docker_mounts *ret) {
    gathering g = {.a = a, .h = h, .to = ret};
    add(&g, (pt_docker_mount){
                .kind = PT_DOCKER_MOUNT_VOLUME,
                .field = PT_STR("DriverOpts"),
                .source = pt_text(pt_getz(volume, "Name")),
                .driver = pt_text(pt_getz(volume, "Driver")),
                .driver_options = pt_getz(volume, "DriverOpts"),
                .why = pt_fact_known(pt_null(), (pt_str){0}),
            });
    return !g.full && !a->full;
}
