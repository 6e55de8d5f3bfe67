// What the pod mounts, publishes and takes.
#include "judge/docker/pod.h"
#include "judge/docker/security.h"

enum {
    RANDOM_PORT = 32768, // stands for a port that the daemon picks: the first that it would
    NANO_PER_MILLI = 1000000,
    CPU_PERIOD_US = 100000, // where none is set
};

static int64_t hc_int(const pt_docker_podding *p, const char *path) {
    int64_t n = 0;
    PT_IGNORE(!pt_to_int(pt_docker_pod_hc(p, path), &n)); // not set: 0
    return n;
}

static pt_value one(pt_arena *a, const char *key, pt_value v) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, key, v);
    return pt_obj_end(&o);
}

static pt_value empty_dir(pt_arena *a, bool memory) {
    return memory ? one(a, "medium", pt_stringz("Memory")) : pt_object_of(a, NULL, 0, NULL);
}

// -- volumes --------------------------------------------------------------------------------------

// "addr=10.0.0.1" of the option "o", and ":/export" of "device".
static pt_value nfs(pt_arena *a, pt_value options) {
    pt_str flags = pt_text(pt_getz(options, "o"));
    pt_str device = pt_text(pt_getz(options, "device"));
    pt_str word;
    pt_str server = {0};
    pt_str prefix = PT_STR("addr=");
    while (pt_str_split(&flags, ',', &word))
        if (pt_str_starts(word, prefix))
            server = pt_str_sub(word, prefix.n, word.n);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "server", pt_string(server));
    pt_obj_set(&o, "path", pt_string(pt_str_sub(device, pt_str_find(device, ':') + 1, device.n)));
    return pt_obj_end(&o);
}

static void put_volume(pt_docker_podding *p, pt_obj *o, const pt_docker_mount *m) {
    pt_arena *a = p->a;
    bool local = pt_docker_driver_is_local(m->driver);
    pt_docker_local how = pt_docker_local_of(m->driver_options);
    if (!local)
        pt_docker_pod_unknown(p, m->field,
                              pt_fact_unknown(PT_STR("a foreign driver mounts it"), (pt_str){0}));
    if (m->path.n)
        pt_obj_set(o, "hostPath", one(a, "path", pt_string(m->path)));
    else if (local && how == PT_DOCKER_LOCAL_OTHER)
        pt_obj_set(o, "hostPath",
                   one(a, "path", pt_string(pt_text(pt_getz(m->driver_options, "device")))));
    else if (local && how == PT_DOCKER_LOCAL_NFS)
        pt_obj_set(o, "nfs", nfs(a, m->driver_options));
    else if (local && (!m->source.n || how == PT_DOCKER_LOCAL_TMPFS))
        pt_obj_set(o, "emptyDir", empty_dir(a, how == PT_DOCKER_LOCAL_TMPFS));
    else
        pt_obj_set(o, "persistentVolumeClaim", one(a, "claimName", pt_string(m->source)));
}

static pt_value volume_name(pt_arena *a, size_t i) {
    return pt_string(pt_arena_printf(a, "mount-%zu", i));
}

static pt_value volume(pt_docker_podding *p, size_t i) {
    const pt_docker_mount *m = &p->mounts->v[i];
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "name", volume_name(p->a, i));
    switch (m->kind) {
    case PT_DOCKER_MOUNT_BIND:
        pt_obj_set(&o, "hostPath", one(p->a, "path", pt_string(m->path)));
        break;
    case PT_DOCKER_MOUNT_VOLUME:
        put_volume(p, &o, m);
        break;
    case PT_DOCKER_MOUNT_TMPFS:
        pt_obj_set(&o, "emptyDir", empty_dir(p->a, true));
        break;
    case PT_DOCKER_MOUNT_IMAGE:
        pt_obj_set(&o, "image", one(p->a, "reference", pt_string(m->source)));
        break;
    case PT_DOCKER_MOUNT_OTHER:
    case PT_DOCKER_MOUNT_FROM:
    case PT_DOCKER_MOUNT_UNCLEAR: // a type that no standard knows
        pt_obj_set(&o, "docker", one(p->a, "type", pt_string(m->type)));
        break;
    }
    return pt_obj_end(&o);
}

pt_value pt_docker_pod_volumes(pt_docker_podding *p) {
    pt_list l = {.a = p->a};
    for (size_t i = 0; i < p->mounts->n; i++)
        pt_list_add(&l, volume(p, i));
    int64_t shm = hc_int(p, "ShmSize");
    if (shm > 0) {
        pt_obj o = {.a = p->a};
        pt_obj dir = {.a = p->a};
        pt_obj_set(&dir, "medium", pt_stringz("Memory"));
        pt_obj_set(&dir, "sizeLimit", pt_string(pt_arena_printf(p->a, "%lld", (long long)shm)));
        pt_obj_set(&o, "name", pt_stringz("shm"));
        pt_obj_set(&o, "emptyDir", pt_obj_end(&dir));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

static const char *propagation(pt_str word) {
    if (pt_str_eqz(word, "rshared") || pt_str_eqz(word, "shared"))
        return "Bidirectional";
    return pt_str_eqz(word, "rslave") || pt_str_eqz(word, "slave") ? "HostToContainer" : NULL;
}

pt_value pt_docker_pod_volume_mounts(pt_docker_podding *p) {
    pt_list l = {.a = p->a};
    for (size_t i = 0; i < p->mounts->n; i++) {
        const pt_docker_mount *m = &p->mounts->v[i];
        const char *spread = propagation(m->propagation);
        pt_obj o = {.a = p->a};
        pt_obj_set(&o, "name", volume_name(p->a, i));
        pt_obj_set(&o, "mountPath", pt_string(m->target));
        pt_obj_set(&o, "readOnly", pt_bool(m->read_only));
        if (spread)
            pt_obj_set(&o, "mountPropagation", pt_stringz(spread));
        pt_list_add(&l, pt_obj_end(&o));
    }
    if (hc_int(p, "ShmSize") > 0) {
        pt_obj o = {.a = p->a};
        pt_obj_set(&o, "name", pt_stringz("shm"));
        pt_obj_set(&o, "mountPath", pt_stringz("/dev/shm"));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

// -- ports ----------------------------------------------------------------------------------------

// "80/tcp", "8000-8010/udp": the first of a range. 0: not a number.
static int64_t port_of(pt_str text) {
    int64_t n = 0;
    text = pt_str_sub(text, 0, pt_str_find(text, '/'));
    PT_IGNORE(!pt_str_int(pt_str_sub(text, 0, pt_str_find(text, '-')), 10, &n));
    return n;
}

static pt_value port(pt_docker_podding *p, pt_str key, int64_t host, pt_str address) {
    pt_str protocol = pt_str_sub(key, pt_str_find(key, '/') + 1, key.n);
    pt_obj o = {.a = p->a};
    pt_obj_set(&o, "containerPort", pt_int(port_of(key)));
    pt_obj_set(&o, "protocol",
               pt_string(protocol.n ? pt_docker_upper(p->a, protocol) : PT_STR("TCP")));
    if (host)
        pt_obj_set(&o, "hostPort", pt_int(host));
    if (address.n)
        pt_obj_set(&o, "hostIP", pt_string(address));
    return pt_obj_end(&o);
}

static void add_bindings(pt_docker_podding *p, pt_list *l) {
    pt_value ports = pt_docker_pod_hc(p, "PortBindings");
    for (size_t i = 0; i < pt_len(ports); i++) {
        pt_value bindings = pt_val_at(ports, i);
        for (size_t k = 0; k < pt_len(bindings); k++) {
            int64_t host = port_of(pt_text(pt_getz(pt_at(bindings, k), "HostPort")));
            pt_list_add(l, port(p, pt_text(pt_key_at(ports, i)), host > 0 ? host : RANDOM_PORT,
                                pt_text(pt_getz(pt_at(bindings, k), "HostIp"))));
        }
    }
}

pt_value pt_docker_pod_ports(pt_docker_podding *p) {
    pt_list l = {.a = p->a};
    add_bindings(p, &l);
    bool all = pt_true(pt_docker_pod_hc(p, "PublishAllPorts"));
    pt_value exposed = pt_getz(p->c->config, "ExposedPorts");
    for (size_t i = 0; i < pt_len(exposed); i++) {
        pt_value key = pt_key_at(exposed, i);
        if (!pt_defined(pt_get_value(pt_docker_pod_hc(p, "PortBindings"), key)))
            pt_list_add(&l, port(p, pt_text(key), all ? RANDOM_PORT : 0, (pt_str){0}));
    }
    if (all)
        pt_docker_pod_unknown(p, PT_STR("HostConfig.PublishAllPorts"),
                              pt_fact_unknown(PT_STR("the daemon picks the ports"), (pt_str){0}));
    return pt_list_end(&l);
}

// -- resources ------------------------------------------------------------------------------------

static pt_value count(pt_arena *a, int64_t n, const char *unit) {
    return n > 0 ? pt_string(pt_arena_printf(a, "%lld%s", (long long)n, unit)) : pt_undefined();
}

static int64_t milli_cpus(const pt_docker_podding *p) {
    int64_t nano = hc_int(p, "NanoCpus");
    int64_t quota = hc_int(p, "CpuQuota");
    int64_t period = hc_int(p, "CpuPeriod");
    if (nano > 0)
        return nano / NANO_PER_MILLI;
    if (quota <= 0 || quota > INT64_MAX / 1000)
        return 0;
    return quota * 1000 / (period > 0 ? period : CPU_PERIOD_US);
}

// Devices by a driver, as an extended resource: "nvidia.com/gpu".
static void put_devices(const pt_docker_podding *p, pt_obj *limits) {
    pt_value requests = pt_docker_pod_hc(p, "DeviceRequests");
    for (size_t i = 0; i < pt_len(requests); i++) {
        pt_str driver = pt_text(pt_getz(pt_at(requests, i), "Driver"));
        int64_t n = 1;
        PT_IGNORE(!pt_to_int(pt_getz(pt_at(requests, i), "Count"), &n)); // one at least
        pt_str name = driver.n ? driver : PT_STR("device");
        pt_str key = pt_arena_printf(p->a, "docker.com/%.*s", PT_PRI(name));
        if (key.p)
            pt_obj_set(limits, key.p, count(p->a, n > 0 ? n : 1, ""));
    }
}

pt_value pt_docker_pod_resources(pt_docker_podding *p) {
    pt_obj limits = {.a = p->a};
    pt_obj_maybe(&limits, "memory", count(p->a, hc_int(p, "Memory"), ""));
    pt_obj_maybe(&limits, "cpu", count(p->a, milli_cpus(p), "m"));
    pt_obj_maybe(&limits, "ephemeral-storage", pt_docker_pod_hc(p, "StorageOpt.size"));
    put_devices(p, &limits);
    pt_obj requests = {.a = p->a};
    pt_obj_maybe(&requests, "memory", count(p->a, hc_int(p, "MemoryReservation"), ""));
    pt_obj o = {.a = p->a};
    pt_obj_maybe(&o, "limits", pt_docker_some(pt_obj_end(&limits)));
    pt_obj_maybe(&o, "requests", pt_docker_some(pt_obj_end(&requests)));
    return pt_docker_some(pt_obj_end(&o));
}
