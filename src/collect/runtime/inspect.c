#include "collect/runtime/inspect.h"

#include "base/instant.h"
#include "value/path.h"

#define ID_SHOWN 12

static pt_str text(pt_value v, const char *path) {
    return pt_text(pt_path_get(v, path));
}

// "registry:5000/team/app:1.2@sha256:…" in three.
typedef struct parts {
    pt_str repository, tag, digest;
} parts;

static parts split(pt_str name) {
    parts p = {0};
    size_t at = pt_str_find(name, '@');
    p.digest = pt_str_sub(name, at + 1, name.n);
    name = pt_str_sub(name, 0, at);
    size_t slash = pt_str_rfind(name, '/');
    size_t colon = pt_str_rfind(name, ':');
    if (colon < name.n && (slash == name.n || colon > slash)) {
        p.tag = pt_str_sub(name, colon + 1, name.n);
        name = pt_str_sub(name, 0, colon);
    }
    p.repository = name;
    return p;
}

static pt_str first_named(pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_str s = pt_text(pt_at(list, i));
        if (s.n && !pt_str_starts(s, PT_STR("<none>")))
            return s;
    }
    return (pt_str){0};
}

// The repository is that of the first digest, else of the first tag, else of the name that was
// asked for (unless that is an id).
static void image(pt_value inspect, pt_value of_image, pt_container *c) {
    c->image = text(inspect, "Config.Image");
    pt_str id = text(inspect, "Image");
    if (pt_str_starts(id, PT_STR("sha256:")))
        id = pt_str_sub(id, 7, id.n);
    c->image_id = pt_str_sub(id, 0, ID_SHOWN);
    bool by_id = pt_str_starts(c->image, PT_STR("sha256:")) || pt_str_starts(id, c->image);
    parts asked = split(by_id ? PT_STR("") : c->image);
    parts digest = split(first_named(pt_getz(of_image, "RepoDigests")));
    parts tag = split(first_named(pt_getz(of_image, "RepoTags")));
    c->repository = digest.repository.n ? digest.repository
                    : tag.repository.n  ? tag.repository
                                        : asked.repository;
    c->tag = asked.tag.n ? asked.tag : tag.tag;
    c->digest = digest.digest.n ? digest.digest : asked.digest;
}

static bool mounts(pt_arena *a, pt_value list, pt_container *c) {
    size_t n = pt_tag_of(list) == PT_ARRAY ? pt_len(list) : 0;
    pt_mount *all = PT_NEW(a, pt_mount, n);
    for (size_t i = 0; all && i < n; i++) {
        pt_value m = pt_at(list, i);
        all[i] = (pt_mount){.source = pt_text(pt_getz(m, "Source")),
                            .destination = pt_text(pt_getz(m, "Destination")),
                            .mode = pt_text(pt_getz(m, "Mode")),
                            .propagation = pt_text(pt_getz(m, "Propagation")),
                            .writable = pt_true(pt_getz(m, "RW"))};
    }
    c->mounts = all;
    c->n_mounts = n;
    return all != NULL;
}

static bool labels(pt_arena *a, pt_value map, pt_container *c) {
    size_t n = pt_tag_of(map) == PT_OBJECT ? pt_len(map) : 0;
    pt_label *all = PT_NEW(a, pt_label, n);
    for (size_t i = 0; all && i < n; i++) {
        pt_label one = {pt_text(pt_key_at(map, i)), pt_text(pt_val_at(map, i))};
        if (one.value.n <= PT_LABEL_BYTES_MAX)
            all[c->n_labels++] = one;
    }
    c->labels = all;
    return all != NULL;
}

static pt_str address(pt_value inspect) {
    pt_str ip = text(inspect, "NetworkSettings.IPAddress");
    pt_value networks = pt_path_get(inspect, "NetworkSettings.Networks");
    for (size_t i = 0; !ip.n && pt_tag_of(networks) == PT_OBJECT && i < pt_len(networks); i++)
        ip = pt_text(pt_getz(pt_val_at(networks, i), "IPAddress"));
    return ip;
}

bool pt_container_inspected(pt_arena *a, pt_str runtime, pt_value inspect, pt_value of_image,
                            pt_container *ret) {
    pt_container c = {.metadata = PT_KNOWN_YES, .runtime = runtime};
    c.full_id = pt_text(pt_getz(inspect, "Id"));
    if (c.full_id.n < ID_SHOWN)
        return false;
    c.id = pt_str_sub(c.full_id, 0, ID_SHOWN);
    c.name = pt_text(pt_getz(inspect, "Name"));
    if (pt_str_starts(c.name, PT_STR("/")))
        c.name = pt_str_sub(c.name, 1, c.name.n);
    image(inspect, of_image, &c);
    c.privileged = pt_true(pt_path_get(inspect, "HostConfig.Privileged"));
    c.host_pid = pt_str_eqz(text(inspect, "HostConfig.PidMode"), "host");
    c.host_network = pt_str_eqz(text(inspect, "HostConfig.NetworkMode"), "host");
    c.host_ipc = pt_str_eqz(text(inspect, "HostConfig.IpcMode"), "host");
    c.ip = address(inspect);
    pt_time_ns created;
    if (pt_time_parse(text(inspect, "Created"), &created) && created > 0)
        c.created_ns = (uint64_t)created;
    pt_value of = pt_path_get(inspect, "Config.Labels");
    c.pod_name = pt_text(pt_getz(of, "io.kubernetes.pod.name"));
    c.pod_namespace = pt_text(pt_getz(of, "io.kubernetes.pod.namespace"));
    c.pod_uid = pt_text(pt_getz(of, "io.kubernetes.pod.uid"));
    c.pod_sandbox = pt_str_sub(pt_text(pt_getz(of, "io.kubernetes.sandbox.id")), 0, ID_SHOWN);
    if (!mounts(a, pt_getz(inspect, "Mounts"), &c) || !labels(a, of, &c))
        return false;
    *ret = c;
    return true;
}
