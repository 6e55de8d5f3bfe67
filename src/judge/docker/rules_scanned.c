// Whether the last scan of an image lets it run. By the image's id, which names its content: what a
// tag leads to may be another image before the daemon looks. So a container is judged when it is
// made and once more when it is started, by the id that it then has for good.
#include "judge/docker/judging.h"
#include "judge/docker/reference.h"

enum {
    IMAGES_MAX = 32, // of one container: each is looked up, and a body has room for thousands
};

// False: there were too many before it, which is said once.
static bool may_ask(pt_docker_judging *j, pt_str field) {
    if (++j->scans_asked == IMAGES_MAX + 1)
        pt_docker_offend_unknown(
            j, field, pt_fact_unknown(PT_STR("more than 32 images of one container"), (pt_str){0}));
    return j->scans_asked <= IMAGES_MAX;
}

static pt_fact scan_of(pt_docker_judging *j, pt_str digest) {
    const pt_docker_host *h = j->h;
    return h && h->scan ? h->scan(h->scans, j->a, digest) : pt_docker_not_asked();
}

static void judge_digest(pt_docker_judging *j, pt_str field, pt_str shown, pt_str digest) {
    int64_t receipt;
    pt_fact scan = scan_of(j, digest);
    pt_str why = pt_scanned_why(j->a, &j->policy->scanned, scan, &receipt);
    pt_obj o = {.a = j->a};
    pt_obj_set(&o, "image", pt_string(digest));
    if (receipt >= 0)
        pt_obj_set(&o, "receipt", pt_int(receipt));
    pt_list_add(&j->scans, pt_obj_end(&o));
    if (!why.n)
        return;
    pt_str name = pt_str_eq(shown, digest) ? pt_str_sub(digest, 0, 19) : shown;
    pt_str text = pt_arena_printf(j->a, "%.*s: %.*s", PT_PRI(name), PT_PRI(why));
    if (scan.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, field, pt_fact_unknown(text, (pt_str){0}));
    else
        pt_docker_offend(j, field, text);
}

// By its id, or by where it was pulled from: a tag says nothing, for anybody can give it.
static bool is_excepted(const pt_docker_judging *j, pt_value image) {
    const pt_scanned_policy *p = &j->policy->scanned;
    pt_value digests = pt_getz(image, "digests");
    bool found = pt_scanned_excepted(p, pt_text(pt_getz(image, "id"))).n > 0;
    for (size_t i = 0; !found && i < pt_len(digests); i++) {
        pt_docker_reference r = pt_docker_reference_of(j->a, pt_text(pt_at(digests, i)));
        found = pt_scanned_excepted(p, r.name).n > 0;
    }
    return found;
}

// One that is not there cannot be run: the client is told so, pulls it, and asks again.
static void judge_local(pt_docker_judging *j, pt_str field, pt_str text) {
    if (!may_ask(j, field))
        return;
    pt_fact image = pt_docker_ask_image(j, text);
    pt_str id = pt_text(pt_getz(image.value, "id"));
    bool made = j->r->endpoint->does & PT_DOCKER_MAKES;
    if (image.state == PT_ABSENT && made)
        return;
    if (image.state == PT_ABSENT)
        image = pt_fact_unknown(PT_STR("its image is not there"), (pt_str){0});
    if (image.state == PT_UNKNOWN || !id.n)
        pt_docker_offend_unknown(j, field, image);
    else if (!is_excepted(j, image.value))
        judge_digest(j, field, text, id);
}

// The nodes of a swarm fetch it themselves: what a tag leads to there nobody here knows.
static void judge_served(pt_docker_judging *j, pt_str field, pt_str text) {
    if (!may_ask(j, field))
        return;
    pt_docker_reference r = pt_docker_reference_of(j->a, text);
    size_t at = pt_str_find(text, '@');
    if (pt_scanned_excepted(&j->policy->scanned, r.name).n)
        return;
    if (at < text.n && r.pinned)
        judge_digest(j, field, text, pt_str_sub(text, at + 1, text.n));
    else
        pt_docker_offend(
            j, field,
            pt_arena_printf(j->a, "%.*s: each node fetches it, so name its digest", PT_PRI(text)));
}

// The image that a stored container was made of: its own configuration has the name that was asked
// for, which may be another's by now.
static void judge_stored(pt_docker_judging *j) {
    pt_str id = pt_text(pt_getz(pt_getz(j->known.value, "config"), "Image"));
    if (id.n)
        judge_local(j, PT_STR("Image"), id);
    else
        pt_docker_offend_unknown(
            j, PT_STR("Image"),
            pt_fact_unknown(PT_STR("its stored configuration names no image"), (pt_str){0}));
    const pt_docker_mounts *mounts = pt_docker_judged_mounts(j);
    for (size_t i = 0; i < mounts->n; i++)
        if (mounts->v[i].kind == PT_DOCKER_MOUNT_IMAGE)
            judge_local(j, mounts->v[i].field, mounts->v[i].source);
}

void pt_docker_rule_scanned(pt_docker_judging *j) {
    uint32_t does = j->does;
    if (!j->policy->scanned.age_s_max)
        return;
    if (does & PT_DOCKER_STARTS)
        judge_stored(j);
    else
        pt_docker_each_image(j, does & PT_DOCKER_SERVES ? judge_served : judge_local);
}
