// Whether the last scans of a pod's images let it in. A digest names the image that runs; what a
// tag leads to on a node nobody here knows, and so it is denied, unless who set it up says that the
// image that was last scanned under that name is as good.
#include "judge/admission/admission_impl.h"
#include "judge/docker/reference.h"
#include "value/path.h"

enum {
    IMAGES_MAX = 64,        // of one pod: each is looked up, and a review has room for thousands
    IMAGE_BYTES_MAX = 1024, // of a reference
    SHOWN_BYTES_MAX = 200,
};

typedef struct looking {
    pt_admission_case *c;
    bool only_tells; // of a controller's template: its pods are judged when they come
    size_t n;
    pt_list scans;
} looking;

static pt_str shown(pt_arena *a, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)SHOWN_BYTES_MAX * 8);
    pt_buf_put_safe(&b, pt_str_sub(s, 0, SHOWN_BYTES_MAX));
    return pt_arena_str(a, pt_buf_str(&b));
}

static void tell(looking *l, pt_str place, pt_str image, pt_str why) {
    pt_admission_case *c = l->c;
    pt_str line = pt_arena_printf(c->a, "[scanned] %.*s: image %.*s: %.*s (paratia scan NAME)",
                                  PT_PRI(place), PT_PRI(shown(c->a, image)), PT_PRI(why));
    if (c->p->scanned.warns || l->only_tells)
        pt_admission_warn(c, line);
    else {
        c->v->off_scans = true;
        pt_admission_deny(c, PT_ADMISSION_DENIED, 403, line);
    }
}

static pt_fact ask(pt_admission_case *c, pt_str key, bool digest) {
    pt_fact (*of)(void *, pt_arena *, pt_str) = digest ? c->w->scan : c->w->scan_named;
    return of ? of(c->w->scans, c->a, key)
              : pt_fact_unknown(PT_STR("nobody can be asked"), (pt_str){0});
}

// What is asked for: the digest, else the name where that is good enough; empty: `*ret_why`.
static pt_str key_of(looking *l, pt_str image, bool *ret_digest, pt_str *ret_why) {
    pt_admission_case *c = l->c;
    size_t at = pt_str_find(image, '@');
    pt_str digest = pt_str_sub(image, at + 1, image.n);
    *ret_digest = at < image.n && pt_docker_is_digest(digest);
    if (*ret_digest)
        return digest;
    if (!c->p->scanned.by_name)
        *ret_why = PT_STR("a tag may lead to any image: name its digest");
    pt_str name = c->p->scanned.by_name ? pt_docker_reference_tagged(c->a, image) : (pt_str){0};
    if (!name.n && c->p->scanned.by_name)
        *ret_why = PT_STR("it names no image that could be looked up");
    return name;
}

static void judge_image(looking *l, pt_str place, pt_str image) {
    pt_admission_case *c = l->c;
    bool digest;
    int64_t receipt;
    pt_str why = {0};
    if (++l->n > IMAGES_MAX || image.n > IMAGE_BYTES_MAX) {
        if (l->n <= IMAGES_MAX + 1)
            tell(l, place, image, PT_STR("too many images, or too long a name, to look them up"));
        return;
    }
    if (pt_docker_reference_from(pt_docker_reference_of(c->a, image).name, c->p->scanned.except,
                                 c->p->scanned.n_except))
        return;
    pt_str key = key_of(l, image, &digest, &why);
    if (key.n) {
        pt_obj o = {.a = c->a};
        why = pt_scanned_why(c->a, &c->p->scanned, ask(c, key, digest), &receipt);
        pt_obj_set(&o, "image", pt_string(key));
        if (receipt >= 0)
            pt_obj_set(&o, "receipt", pt_int(receipt));
        pt_list_add(&l->scans, pt_obj_end(&o));
    }
    if (why.n)
        tell(l, place, image, why);
}

// An update changes what runs only by a container, or an image of one, that was not there.
static bool was_there(pt_value before, pt_value container) {
    for (size_t i = 0; i < pt_len(before); i++) {
        pt_value one = pt_at(before, i);
        if (pt_str_eq(pt_text(pt_getz(one, "name")), pt_text(pt_getz(container, "name"))) &&
            pt_str_eq(pt_text(pt_getz(one, "image")), pt_text(pt_getz(container, "image"))))
            return true;
    }
    return false;
}

static void judge_pod(looking *l, pt_value spec, pt_value before) {
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    for (size_t k = 0; k < PT_COUNT(lists); k++) {
        pt_value list = pt_getz(spec, lists[k]);
        pt_value old = pt_getz(before, lists[k]);
        bool few = pt_len(list) <= IMAGES_MAX; // else each is told, and none is compared
        for (size_t i = 0; i < pt_len(list) && !l->c->a->full; i++) {
            pt_value one = pt_at(list, i);
            pt_str name = shown(l->c->a, pt_text(pt_getz(one, "name")));
            pt_str place = pt_arena_printf(l->c->a, "%s %.*s", lists[k], PT_PRI(name));
            if (!few || !was_there(old, one))
                judge_image(l, place, pt_text(pt_getz(one, "image")));
        }
    }
    // Volumes cannot change, but for what Kubernetes itself lets in.
    pt_value volumes = pt_getz(spec, "volumes");
    for (size_t i = 0; i < pt_len(volumes) && !pt_defined(before); i++) {
        pt_value image = pt_getz(pt_at(volumes, i), "image");
        if (pt_tag_of(image) == PT_OBJECT)
            judge_image(l, PT_STR("volumes"), pt_text(pt_getz(image, "reference")));
    }
}

void pt_admission_by_scans(pt_admission_case *c) {
    const pt_admission_request *r = c->r;
    const char *template = pt_admission_template_of(r);
    looking l = {.c = c, .scans = {.a = c->a}, .only_tells = template != NULL};
    bool pod = !r->group.n && pt_str_eqz(r->resource, "pods") &&
               (!r->subresource.n || pt_str_eqz(r->subresource, "ephemeralcontainers"));
    if (!c->p->scanned.age_s_max || !pt_admission_writes(r) || !(pod || template))
        return;
    if (template && r->subresource.n)
        return;
    pt_value object = template ? pt_path_get(r->object, template) : r->object;
    pt_value before = template ? pt_path_get(r->old_object, template) : r->old_object;
    judge_pod(&l, pt_getz(object, "spec"), pt_getz(before, "spec"));
    if (l.scans.items.n)
        c->v->scans = pt_list_end(&l.scans);
}
