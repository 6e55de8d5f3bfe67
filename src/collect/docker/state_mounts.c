// What containers mount of the host. A container's configuration is read when it changed.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/docker/state_impl.h"
#include "value/path.h"

enum {
    CONTAINER_BYTES_MAX = 4 << 20,
    MOUNTS_MAX = 50000, // of all containers
};

typedef struct pt_state_container {
    pt_str id;
    ino_t inode;
    off_t bytes;
    struct timespec changed;
    pt_value mounts;
} pt_state_container;

// What is known so far, and what was known before.
typedef struct pass {
    pt_docker_state *s;
    pt_arena *a; // of what is kept
    pt_str dir;
    int fd;
    PT_VEC(pt_state_container) found;
    size_t before; // up to here they are behind us
    size_t mounts;
    pt_fact why; // it did not work
} pass;

static bool fail(pass *p, pt_fact why) {
    p->why = why;
    return false;
}

static bool out_of_memory(pass *p) {
    return fail(p, pt_state_full());
}

// -- one container --------------------------------------------------------------------------------

// The device of a local volume; empty: it has none.
static bool device_of(pass *p, pt_arena *a, pt_str name, pt_str *ret) {
    pt_fact volume = pt_docker_state_volume(p->s, a, name);
    *ret = pt_text(pt_path_get(volume.value, "options.device"));
    return volume.state != PT_UNKNOWN || fail(p, volume);
}

static bool add_point(pass *p, pt_arena *a, pt_value point, pt_list *l) {
    pt_str name = pt_text(pt_getz(point, "Name"));
    pt_str source = pt_text(pt_getz(point, "Source"));
    pt_str device = {0};
    bool local = name.n && pt_str_eqz(pt_text(pt_getz(point, "Driver")), "local");
    if (local && !device_of(p, a, name, &device))
        return false;
    source = device.n ? device : source;
    if (!pt_str_starts(source, PT_STR("/")))
        return true;
    pt_fact walked = pt_docker_state_path(p->s, a, source);
    pt_str real =
        walked.state == PT_KNOWN ? pt_text(pt_getz(walked.value, "resolved")) : walked.source;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "source", pt_string(source));
    pt_obj_set(&o, "resolved", pt_string(real.n ? real : source));
    pt_obj_maybe(&o, "mounts", pt_getz(walked.value, "mounts"));
    pt_obj_set(&o, "writable", pt_bool(pt_true(pt_getz(point, "RW"))));
    pt_list_add(l, pt_obj_end(&o));
    return ++p->mounts <= MOUNTS_MAX ||
           fail(p, pt_fact_unknown(PT_STR("containers have too many mounts"), (pt_str){0}));
}

static bool read_mounts(pass *p, pt_str id, pt_value *ret) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str path = pt_arena_printf(&a, "%.*s/%.*s/config.v2.json", PT_PRI(p->dir), PT_PRI(id));
    pt_fact config = pt_state_json(p->s, &a, path, CONTAINER_BYTES_MAX);
    pt_value points = pt_getz(config.value, "MountPoints");
    pt_list l = {.a = &a};
    bool good = config.state != PT_UNKNOWN || fail(p, config);
    for (size_t i = 0; good && i < pt_len(points); i++)
        good = add_point(p, &a, pt_val_at(points, i), &l);
    *ret = pt_clone(p->a, pt_list_end(&l));
    if (good)
        return pt_defined(*ret) || out_of_memory(p);
    p->why.reason = pt_arena_str(p->a, p->why.reason);
    p->why.remedy = pt_arena_str(p->a, p->why.remedy);
    return false;
}

static bool same(const pt_state_container *c, const struct stat *st) {
    return c->inode == st->st_ino && c->bytes == st->st_size &&
           c->changed.tv_sec == st->st_ctim.tv_sec && c->changed.tv_nsec == st->st_ctim.tv_nsec;
}

// What was known of it; NULL: nothing, or it changed. Ids come in their order.
static const pt_state_container *kept(pass *p, pt_str id, const struct stat *st) {
    const pt_docker_state *s = p->s;
    while (p->before < s->containers_n && pt_str_cmp(s->containers[p->before].id, id) < 0)
        p->before++;
    if (p->before == s->containers_n)
        return NULL;
    const pt_state_container *c = &s->containers[p->before];
    return pt_str_eq(c->id, id) && same(c, st) ? c : NULL;
}

// 0, or errno; ENOENT: it is none, or is being made or removed.
static int look_at(const pass *p, pt_str id, struct stat *ret) {
    char name[PT_STATE_ID_CHARS + sizeof "/config.v2.json"];
    if (id.n != PT_STATE_ID_CHARS || !pt_state_is_hex(id))
        return ENOENT;
    snprintf(name, sizeof name, "%.*s/config.v2.json", PT_PRI(id));
    return fstatat(p->fd, name, ret, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

static bool add_container(pass *p, pt_str id) {
    struct stat st;
    int sys = look_at(p, id, &st);
    if (sys == ENOENT)
        return true;
    if (sys)
        return fail(p, pt_world_refused(p->a, "config.v2.json", "stat", sys));
    pt_state_container c = {.inode = st.st_ino, .bytes = st.st_size, .changed = st.st_ctim};
    const pt_state_container *before = kept(p, id, &st);
    if (!before && !read_mounts(p, id, &c.mounts))
        return false;
    if (before)
        c.mounts = pt_clone(p->a, before->mounts);
    p->mounts += before ? pt_len(c.mounts) : 0;
    c.id = pt_arena_str(p->a, id);
    pt_state_container *slot = PT_PUSH(p->a, &p->found);
    if (!slot || !c.id.p || !pt_defined(c.mounts))
        return out_of_memory(p);
    *slot = c;
    return true;
}

// -- all of them ----------------------------------------------------------------------------------

static bool nothing_changed(pass *p, pt_value ids) {
    size_t n = 0;
    for (size_t i = 0; i < pt_len(ids); i++) {
        struct stat st;
        int sys = look_at(p, pt_text(pt_at(ids, i)), &st);
        if (sys == ENOENT)
            continue;
        if (sys || !kept(p, pt_text(pt_at(ids, i)), &st))
            return false;
        n++;
    }
    return n == p->s->containers_n;
}

// Under the lock. On success what is kept is new.
static bool read_all(pt_docker_state *s, pt_arena *a, pt_str dir, pt_fact *ret_why) {
    pt_arena keep = {0};
    pass p = {.s = s, .a = &keep, .dir = dir};
    pt_fact ids = pt_world_list(s->w, a, dir.p, s->root);
    PT_AUTO(pt_fd_close) int fd = s->w->open(s->w, dir.p, O_RDONLY | O_DIRECTORY);
    p.fd = fd;
    bool good = ids.state != PT_UNKNOWN || fail(&p, ids);
    if (good && fd < 0 && ids.state == PT_KNOWN)
        good = fail(&p, pt_world_refused(&keep, dir.p, "open", -fd));
    if (good && nothing_changed(&p, ids.value))
        return true;
    p.before = 0;
    for (size_t i = 0; good && i < pt_len(ids.value); i++)
        good = add_container(&p, pt_text(pt_at(ids.value, i)));
    if (!good) {
        *ret_why = pt_fact_unknown(pt_arena_str(a, p.why.reason), pt_arena_str(a, p.why.remedy));
        pt_arena_done(&keep);
        return false;
    }
    pt_arena_done(&s->mounts_kept);
    s->mounts_kept = keep;
    s->containers = p.found.v;
    s->containers_n = p.found.n;
    return true;
}

static pt_fact all_mounts(const pt_docker_state *s, pt_arena *a, pt_str dir) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < s->containers_n; i++)
        for (size_t k = 0; k < pt_len(s->containers[i].mounts); k++)
            pt_list_add(&l, pt_clone(a, pt_at(s->containers[i].mounts, k)));
    pt_value v = pt_list_end(&l);
    return pt_defined(v) ? pt_fact_known(v, dir) : pt_state_full();
}

pt_fact pt_docker_state_mounts(void *state, pt_arena *a) {
    pt_docker_state *s = state;
    pt_fact folder = pt_state_containers(s, a);
    if (folder.state != PT_KNOWN)
        return folder;
    pt_str dir = pt_text(folder.value);
    pt_fact f;
    pthread_mutex_lock(&s->mounts_lock);
    if (read_all(s, a, dir, &f))
        f = all_mounts(s, a, dir);
    pthread_mutex_unlock(&s->mounts_lock);
    return f;
}
