// Images, as the stores of graph drivers keep them: image/DRIVER/repositories.json and
// image/DRIVER/imagedb/content/sha256/ID.
#include <string.h>

#include "collect/docker/state_impl.h"
#include "value/path.h"

enum {
    REPOSITORIES_BYTES_MAX = 16 << 20,
    IMAGE_BYTES_MAX = 4 << 20,
};

typedef struct image_store {
    pt_docker_state *s;
    pt_arena *a;
    pt_str dir;            // "/var/lib/docker/image/overlay2"
    pt_value repositories; // {"web": {"web:1": "sha256:…"}}
} image_store;

static pt_fact unreadable(const char *why) {
    return pt_fact_unknown(pt_str_of(why), PT_STR("name the image by its digest"));
}

// Known: *ret is set.
static pt_fact open_store(pt_docker_state *s, pt_arena *a, image_store *ret) {
    pt_fact root = pt_state_root(s, a);
    pt_fact daemon = pt_docker_state_daemon(s, a);
    if (root.state != PT_KNOWN || daemon.state != PT_KNOWN)
        return root.state != PT_KNOWN ? root : daemon;
    if (pt_true(pt_getz(daemon.value, "containerd_images")))
        return unreadable("containerd keeps the images, and its store is not read");
    pt_str dir = pt_arena_printf(a, "%.*s/image", PT_PRI(pt_text(root.value)));
    pt_fact drivers = dir.p ? pt_world_list(s->w, a, dir.p, s->root) : pt_state_full();
    if (drivers.state == PT_UNKNOWN)
        return drivers;
    if (pt_len(drivers.value) == 0)
        return unreadable("containerd keeps the images, and its store is not read");
    if (pt_len(drivers.value) > 1)
        return unreadable("there are images of several storage drivers");
    ret->dir =
        pt_arena_printf(a, "%.*s/%.*s", PT_PRI(dir), PT_PRI(pt_text(pt_at(drivers.value, 0))));
    pt_fact f = pt_state_json(s, a, pt_arena_printf(a, "%.*s/repositories.json", PT_PRI(ret->dir)),
                              REPOSITORIES_BYTES_MAX);
    ret->repositories = pt_getz(f.value, "Repositories");
    return f.state == PT_ABSENT ? unreadable("the list of images is not there") : f;
}

// Every name with a digest that leads to this image.
static pt_value digests_of(image_store *t, pt_str id) {
    pt_list l = {.a = t->a};
    for (size_t i = 0; i < pt_len(t->repositories); i++) {
        pt_value names = pt_val_at(t->repositories, i);
        for (size_t j = 0; j < pt_len(names); j++)
            if (pt_str_eq(pt_text(pt_val_at(names, j)), id) &&
                pt_str_find(pt_text(pt_key_at(names, j)), '@') < pt_text(pt_key_at(names, j)).n)
                pt_list_add(&l, pt_key_at(names, j));
    }
    return pt_list_end(&l);
}

static pt_fact read_image(image_store *t, pt_str hex) {
    pt_str path =
        pt_arena_printf(t->a, "%.*s/imagedb/content/sha256/%.*s", PT_PRI(t->dir), PT_PRI(hex));
    pt_fact f = pt_state_json(t->s, t->a, path, IMAGE_BYTES_MAX);
    if (f.state != PT_KNOWN)
        return f;
    pt_str id = pt_arena_printf(t->a, "sha256:%.*s", PT_PRI(hex));
    pt_value config = pt_getz(f.value, "config");
    pt_obj o = {.a = t->a};
    pt_obj_set(&o, "id", pt_string(id));
    pt_obj_set(&o, "digests", digests_of(t, id));
    pt_obj_set(&o, "config",
               pt_tag_of(config) == PT_OBJECT ? config : pt_object_of(t->a, NULL, 0, NULL));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) && id.p ? pt_fact_known(v, path) : pt_state_full();
}

// "docker.io/library/web" is "web": as the daemon writes names down.
static pt_str familiar(pt_str name) {
    static const pt_str prefixes[] = {PT_STR("docker.io/"), PT_STR("index.docker.io/")};
    for (size_t i = 0; i < PT_COUNT(prefixes); i++) {
        if (!pt_str_starts(name, prefixes[i]))
            continue;
        name = pt_str_sub(name, prefixes[i].n, name.n);
        return pt_str_starts(name, PT_STR("library/")) ? pt_str_sub(name, 8, name.n) : name;
    }
    return name;
}

// The id that the list has for a name, "sha256:…"; empty: none.
static pt_str find_name(image_store *t, pt_str reference) {
    size_t at = pt_str_find(reference, '@');
    pt_str name = pt_str_sub(reference, 0, at);
    size_t colon = pt_str_rfind(name, ':');
    bool tagged =
        colon < name.n && pt_str_find(pt_str_sub(name, colon, name.n), '/') == name.n - colon;
    pt_str repository = familiar(tagged ? pt_str_sub(name, 0, colon) : name);
    pt_str rest = at < reference.n ? pt_str_sub(reference, at, reference.n) // a digest beats a tag
                  : tagged         ? pt_str_sub(name, colon, name.n)
                                   : PT_STR(":latest");
    pt_str key = pt_arena_printf(t->a, "%.*s%.*s", PT_PRI(repository), PT_PRI(rest));
    return pt_text(pt_get(pt_get(t->repositories, repository), key));
}

static bool is_id(pt_str hex) {
    return hex.n == 64 && pt_state_is_hex(hex);
}

pt_fact pt_docker_state_image(void *state, pt_arena *a, pt_str reference) {
    const pt_str algorithm = PT_STR("sha256:");
    image_store t = {.s = state, .a = a};
    if (pt_arena_ended(a))
        return pt_state_full();
    pt_fact store = open_store(state, a, &t);
    if (store.state != PT_KNOWN)
        return store;
    bool digest = pt_str_starts(reference, algorithm);
    pt_str hex = digest ? pt_str_sub(reference, algorithm.n, reference.n) : reference;
    if (is_id(hex))
        return pt_state_whole(a, read_image(&t, hex));
    pt_str id = digest ? (pt_str){NULL, 0} : find_name(&t, reference);
    pt_str of_name = pt_str_sub(id, algorithm.n, id.n);
    if (pt_str_starts(id, algorithm) && is_id(of_name))
        return pt_state_whole(a, read_image(&t, of_name));
    pt_str dir = pt_arena_printf(a, "%.*s/imagedb/content/sha256", PT_PRI(t.dir));
    pt_fact ids = dir.p ? pt_world_list(t.s->w, a, dir.p, t.s->root) : pt_state_full();
    pt_fact found = ids.state == PT_KNOWN ? pt_state_by_prefix(ids.value, hex, dir) : ids;
    if (found.state == PT_KNOWN)
        found = read_image(&t, pt_text(found.value));
    return pt_state_whole(a, found);
}
