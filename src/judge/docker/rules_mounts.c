// Folders of the host in containers: by bind, by mount, by the options of a volume, by another
// container's volumes.
#include "judge/docker/judging.h"

// These are meant for data. All else belongs to the host until its administrator says otherwise: a
// list of what is dangerous would never be whole. Of a tenant they are as little as the others.
static const char *const roots[] = {"/srv", "/data"};

static bool is_below_roots(const pt_docker_judging *j, pt_str path) {
    for (size_t i = 0; i < PT_COUNT(roots) && !j->policy->asker; i++)
        if (pt_docker_within(path, pt_str_of(roots[i])))
            return true;
    return false;
}

static bool is_for_data(const pt_docker_judging *j, pt_str path, pt_str data_root) {
    // NOLINTNEXTLINE(readability-suspicious-call-argument): above it as well as below
    if (data_root.n && (pt_docker_within(path, data_root) || pt_docker_within(data_root, path)))
        return false;
    return is_below_roots(j, path);
}

// A folder that the policy names, without its end; and whether it names those right below it.
static pt_str named_folder(const pt_docker_judging *j, size_t i, bool *ret_below) {
    pt_str folder = j->policy->bind_prefixes[i];
    *ret_below = pt_str_ends(folder, PT_STR("/*"));
    if (*ret_below)
        folder.n--;
    while (folder.n > 1 && folder.p[folder.n - 1] == '/')
        folder.n--;
    return folder;
}

// The folder of the policy that `path` is, or is below; empty: none.
static pt_str allowed_folder(const pt_docker_judging *j, pt_str path) {
    bool below;
    for (size_t i = 0; i < j->policy->n_bind_prefixes; i++) {
        pt_str folder = named_folder(j, i, &below);
        if (pt_docker_within(path, folder))
            return folder;
    }
    return (pt_str){0};
}

static pt_str resolved(const pt_docker_mount *m) {
    return pt_text(pt_getz(m->walked.value, "resolved"));
}

// The administrator allowed it, and it does not lead elsewhere.
static bool is_allowed(const pt_docker_judging *j, const pt_docker_mount *m) {
    pt_str real = resolved(m);
    return allowed_folder(j, m->path).n && (!real.n || allowed_folder(j, real).n);
}

// -- which folder of them -------------------------------------------------------------------------
// Whoever has a folder may exchange what is below it for a link, and keeps that hand on it when his
// container is gone. So only those are bound above which nobody ever has anything.

static bool is_right_below(pt_str path, pt_str folder) {
    size_t slash = pt_str_rfind(path, '/');
    return slash < path.n && pt_str_eq(pt_str_sub(path, 0, slash), folder);
}

static bool is_one_to_bind(const pt_docker_judging *j, pt_str path) {
    bool good = false;
    bool below;
    for (size_t i = 0; i < PT_COUNT(roots); i++) {
        if (pt_docker_within(pt_str_of(roots[i]), path))
            return false;
        good = good || (!j->policy->asker && is_right_below(path, pt_str_of(roots[i])));
    }
    for (size_t i = 0; i < j->policy->n_bind_prefixes; i++) {
        pt_str folder = named_folder(j, i, &below);
        bool same = pt_str_eq(path, folder);
        // NOLINTNEXTLINE(readability-suspicious-call-argument): others have what is below this one
        if (pt_docker_within(folder, path) && (below || !same))
            return false;
        good = good || (below ? is_right_below(path, folder) : same);
    }
    return good;
}

static void judge_bind_depth(pt_docker_judging *j, const pt_docker_mount *m) {
    pt_str real = resolved(m);
    if (!is_below_roots(j, m->path) && !allowed_folder(j, m->path).n)
        return; // none that is to be bound at all
    if (!is_one_to_bind(j, m->path) ||
        (real.n && !pt_str_eq(real, m->path) && !is_allowed(j, m) && !is_one_to_bind(j, real)))
        pt_docker_offend(j, m->field, m->path);
}

// -- binds ----------------------------------------------------------------------------------------

static void judge_bind_path(pt_docker_judging *j, const pt_docker_mount *m) {
    pt_fact daemon = pt_docker_ask_daemon(j);
    pt_str data_root = pt_text(pt_getz(daemon.value, "data_root"));
    pt_str real = resolved(m);
    if (is_allowed(j, m) && m->walked.state != PT_UNKNOWN)
        return;
    if (!is_for_data(j, m->path, data_root))
        pt_docker_offend(j, m->field, m->path);
    else if (real.n && !is_for_data(j, real, data_root))
        pt_docker_offend(
            j, m->field,
            pt_arena_printf(j->a, "%.*s, which is %.*s", PT_PRI(m->path), PT_PRI(real)));
    else if (m->walked.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, m->field, m->walked);
    else if (daemon.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, m->field, daemon);
}

static void judge_bind_link(pt_docker_judging *j, const pt_docker_mount *m) {
    pt_value links = pt_getz(m->walked.value, "links");
    if (pt_len(links) && !is_allowed(j, m))
        pt_docker_offend(j, m->field, pt_text(pt_at(links, 0)));
    else if (m->walked.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, m->field, m->walked);
}

// Who can write a folder can put something else in the place of what is in it. What the policy
// allows may itself stand in such a folder.
static void judge_bind_open(pt_docker_judging *j, const pt_docker_mount *m) {
    pt_value open = pt_getz(m->walked.value, "open");
    pt_str real = resolved(m);
    pt_str allowed = is_allowed(j, m) ? allowed_folder(j, m->path) : (pt_str){0};
    for (size_t i = 0; i < pt_len(open); i++) {
        pt_str folder = pt_text(pt_at(open, i));
        bool above = !pt_str_eq(folder, m->path) && !pt_str_eq(folder, real);
        bool before = allowed.n && pt_docker_within(allowed, folder) && !pt_str_eq(allowed, folder);
        if (!above || before)
            continue;
        pt_docker_offend(
            j, m->field,
            pt_arena_printf(j->a, "%.*s is below %.*s", PT_PRI(m->path), PT_PRI(folder)));
        return;
    }
}

static void judge_bind_missing(pt_docker_judging *j, const pt_docker_mount *m) {
    if (m->walked.state == PT_ABSENT)
        pt_docker_offend(j, m->field, m->path);
}

static const char *const sockets[] = {
    "docker.sock", "docker.socket",    "containerd.sock",   "crio.sock",
    "podman.sock", "cri-dockerd.sock", "system_bus_socket", "buildkitd.sock",
};

static void judge_socket(pt_docker_judging *j, const pt_docker_mount *m) {
    pt_str type = pt_text(pt_getz(m->walked.value, "type"));
    bool special = type.n && !pt_str_eqz(type, "directory") && !pt_str_eqz(type, "file");
    pt_str name = pt_str_sub(m->path, pt_str_rfind(m->path, '/') + 1, m->path.n);
    for (size_t i = 0; i < PT_COUNT(sockets); i++)
        special |= pt_str_eqz(name, sockets[i]);
    if (special)
        pt_docker_offend(j, m->field, m->path);
}

static void each_bind(pt_docker_judging *j,
                      void (*judge)(pt_docker_judging *j, const pt_docker_mount *m)) {
    const pt_docker_mounts *mounts = pt_docker_judged_mounts(j);
    for (size_t i = 0; i < mounts->n; i++)
        if (mounts->v[i].path.n)
            judge(j, &mounts->v[i]);
}

void pt_docker_rule_bind_path(pt_docker_judging *j) {
    each_bind(j, judge_bind_path);
}

void pt_docker_rule_bind_depth(pt_docker_judging *j) {
    each_bind(j, judge_bind_depth);
}

void pt_docker_rule_bind_link(pt_docker_judging *j) {
    each_bind(j, judge_bind_link);
}

void pt_docker_rule_bind_open(pt_docker_judging *j) {
    each_bind(j, judge_bind_open);
}

void pt_docker_rule_bind_missing(pt_docker_judging *j) {
    each_bind(j, judge_bind_missing);
}

void pt_docker_rule_socket(pt_docker_judging *j) {
    each_bind(j, judge_socket);
}

// -- mounts ---------------------------------------------------------------------------------------

static void each_mount(pt_docker_judging *j,
                       void (*judge)(pt_docker_judging *j, const pt_docker_mount *m)) {
    const pt_docker_mounts *mounts = pt_docker_judged_mounts(j);
    for (size_t i = 0; i < mounts->n; i++)
        judge(j, &mounts->v[i]);
}

static void judge_propagation(pt_docker_judging *j, const pt_docker_mount *m) {
    if (pt_str_eqz(m->propagation, "shared") || pt_str_eqz(m->propagation, "rshared"))
        pt_docker_offend(j, m->field, m->propagation);
}

static void judge_mount_type(pt_docker_judging *j, const pt_docker_mount *m) {
    if (m->kind == PT_DOCKER_MOUNT_OTHER)
        pt_docker_offend(j, m->field, m->type);
    if (m->kind == PT_DOCKER_MOUNT_UNCLEAR)
        pt_docker_offend(j, m->field, PT_STR("neither SOURCE:TARGET nor SOURCE:TARGET:MODE"));
}

// Neither a mount that spreads, nor one that changes another, nor devices.
static bool are_harmless(pt_str flags) {
    pt_str harmless = PT_STR("async,bind,defaults,exec,gid,mode,noatime,nodev,nodiratime,noexec,"
                             "nosuid,nr_blocks,nr_inodes,private,rbind,relatime,ro,rprivate,rslave,"
                             "rw,size,slave,strictatime,sync,uid");
    pt_str word;
    while (pt_str_split(&flags, ',', &word))
        if (word.n && !pt_str_in_list(pt_str_sub(word, 0, pt_str_find(word, '=')), harmless, ','))
            return false;
    return true;
}

// Options that mount(2) would get. What a volume binds is judged as a bind; a path that is not
// absolute would be one of wherever the daemon stands.
static void judge_volume_options(pt_docker_judging *j, const pt_docker_mount *m) {
    if (m->kind != PT_DOCKER_MOUNT_VOLUME)
        return;
    if (m->why.state == PT_UNKNOWN) {
        pt_docker_offend_unknown(j, m->field, m->why);
        return;
    }
    pt_docker_local local = pt_docker_local_of(m->driver_options);
    pt_str flags = pt_text(pt_getz(m->driver_options, "o"));
    pt_str device = pt_text(pt_getz(m->driver_options, "device"));
    bool absolute = pt_str_starts(device, PT_STR("/"));
    bool harmless = local == PT_DOCKER_LOCAL_PLAIN ||
                    (local == PT_DOCKER_LOCAL_BIND && absolute && are_harmless(flags)) ||
                    (local == PT_DOCKER_LOCAL_TMPFS && are_harmless(flags));
    if (!pt_docker_driver_is_local(m->driver) || harmless)
        return;
    pt_docker_offend(j, m->field,
                     pt_arena_printf(j->a, "type %.*s, device %.*s, o %.*s",
                                     PT_PRI(pt_text(pt_getz(m->driver_options, "type"))),
                                     PT_PRI(device), PT_PRI(flags)));
}

static void judge_volume_driver(pt_docker_judging *j, const pt_docker_mount *m) {
    if (m->kind == PT_DOCKER_MOUNT_VOLUME && !pt_docker_driver_is_local(m->driver))
        pt_docker_offend(j, m->field, m->driver);
}

static void judge_from(pt_docker_judging *j, const pt_docker_mount *m) {
    if (m->kind == PT_DOCKER_MOUNT_FROM)
        pt_docker_offend_unknown(j, m->field, m->why);
}

static void judge_tmpfs(pt_docker_judging *j, const pt_docker_mount *m) {
    if (m->kind == PT_DOCKER_MOUNT_TMPFS && (pt_str_in_list(PT_STR("suid"), m->options, ',') ||
                                             pt_str_in_list(PT_STR("dev"), m->options, ',')))
        pt_docker_offend(j, m->field, m->options);
}

void pt_docker_rule_propagation(pt_docker_judging *j) {
    each_mount(j, judge_propagation);
}

void pt_docker_rule_mount_type(pt_docker_judging *j) {
    each_mount(j, judge_mount_type);
}

void pt_docker_rule_volume_options(pt_docker_judging *j) {
    each_mount(j, judge_volume_options);
}

// HostConfig.VolumeDriver makes the volumes that the image asks for, too.
void pt_docker_rule_volume_driver(pt_docker_judging *j) {
    each_mount(j, judge_volume_driver);
    pt_str driver = pt_docker_hc_text(j, "VolumeDriver");
    if (!pt_docker_driver_is_local(driver))
        pt_docker_offendz(j, "HostConfig.VolumeDriver", driver);
    if (pt_defined(pt_getz(j->r->body, "ClusterVolumeSpec")))
        pt_docker_offendz(j, "ClusterVolumeSpec", PT_STR("a cluster volume"));
}

void pt_docker_rule_volumes_from(pt_docker_judging *j) {
    each_mount(j, judge_from);
}

void pt_docker_rule_tmpfs(pt_docker_judging *j) {
    each_mount(j, judge_tmpfs);
}
