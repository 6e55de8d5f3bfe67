// Where images come from, and where they go.
#include "judge/docker/judging.h"
#include "judge/docker/reference.h"

// The image that a pull names: parameter tag counts before what stands in fromImage.
static pt_str pulled(pt_docker_judging *j) {
    pt_str name = pt_docker_query(j, "fromImage");
    pt_str tag = pt_docker_query(j, "tag");
    if (!tag.n || !name.n)
        return name;
    name = pt_str_sub(name, 0, pt_str_find(name, '@'));
    return pt_arena_printf(j->a, "%.*s%s%.*s", PT_PRI(name), pt_docker_is_digest(tag) ? "@" : ":",
                           PT_PRI(tag));
}

void pt_docker_each_image(pt_docker_judging *j, pt_docker_image_fn *judge) {
    if (j->r->endpoint->does & PT_DOCKER_PULLS) {
        pt_str image = pulled(j);
        if (image.n)
            judge(j, PT_STR("query fromImage"), image);
        return;
    }
    pt_str image = pt_text(pt_getz(j->c.config, "Image"));
    if (image.n)
        judge(j, PT_STR("Image"), image);
    const pt_docker_mounts *mounts = pt_docker_judged_mounts(j);
    for (size_t i = 0; i < mounts->n; i++)
        if (mounts->v[i].kind == PT_DOCKER_MOUNT_IMAGE)
            judge(j, mounts->v[i].field, mounts->v[i].source);
}

static void judge_tag(pt_docker_judging *j, pt_str field, pt_str text) {
    if (!pt_docker_reference_of(j->a, text).pinned)
        pt_docker_offend(j, field, text);
}

void pt_docker_rule_tag(pt_docker_judging *j) {
    if (!j->policy->tags)
        pt_docker_each_image(j, judge_tag);
}

static bool is_allowed(const pt_docker_judging *j, pt_str name) {
    return pt_docker_reference_from(name, j->policy->registries, j->policy->n_registries);
}

// An id names no registry: the digests by which the image was pulled do.
static void judge_id(pt_docker_judging *j, pt_str field, pt_str text) {
    pt_fact image = pt_docker_ask_image(j, text);
    pt_value digests = pt_getz(image.value, "digests");
    bool found = image.state == PT_ABSENT;
    for (size_t i = 0; i < pt_len(digests); i++)
        found |= is_allowed(j, pt_docker_reference_of(j->a, pt_text(pt_at(digests, i))).name);
    if (image.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, field, image);
    else if (!found)
        pt_docker_offend(j, field, text);
}

// A whole id, or how one begins, "c0a93b": the daemon takes what names no image here for the
// beginning of an id.
static bool may_be_id(pt_str text) {
    pt_str kind = pt_str_sub(text, 0, pt_str_find(text, ':'));
    bool digest = kind.n < text.n && pt_str_in_list(kind, PT_STR("sha256,sha384,sha512"), ',');
    bool hex = text.n > 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        hex = hex && ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    }
    return hex || digest;
}

static void judge_registry(pt_docker_judging *j, pt_str field, pt_str text) {
    pt_docker_reference r = pt_docker_reference_of(j->a, text);
    size_t at = pt_str_find(text, '@');
    bool cut = at == 0 || (at < text.n && !r.pinned);
    bool tenants = j->policy->asker != NULL;
    if (r.id && !tenants)
        judge_id(j, field, text);
    else if (may_be_id(text))
        pt_docker_offend(j, field,
                         pt_arena_printf(j->a, "%.*s, which may be an id: REGISTRY/NAME@sha256:…",
                                         PT_PRI(text)));
    else if (!text.n || (tenants && cut) || !is_allowed(j, r.name))
        pt_docker_offend(j, field, text.n ? text : PT_STR("none"));
}

void pt_docker_judge_image(pt_docker_judging *j, pt_str field, pt_str text) {
    if (j->policy->n_registries)
        judge_registry(j, field, text);
}

void pt_docker_rule_registry(pt_docker_judging *j) {
    bool made = j->r->endpoint->does & PT_DOCKER_MAKES;
    pt_str image = pt_text(pt_getz(j->c.config, "Image"));
    pt_docker_each_image(j, pt_docker_judge_image);
    if (j->policy->asker && made && !image.n) // it has a root all the same
        pt_docker_judge_image(j, PT_STR("Image"), image);
}

void pt_docker_rule_import(pt_docker_judging *j) {
    pt_str source = pt_docker_query(j, "fromSrc");
    if (source.n)
        pt_docker_offendz(j, "query fromSrc", source);
}

// A name of an allowed registry for what did not come from there. Also where images are run by
// digest only: the name stays, and tags may be allowed one day.
static void judge_name(pt_docker_judging *j, const char *field, pt_str name) {
    if (name.n && is_allowed(j, pt_docker_reference_of(j->a, name).name))
        pt_docker_offendz(j, field, name);
}

void pt_docker_rule_retag(pt_docker_judging *j) {
    if (!j->policy->n_registries)
        return;
    judge_name(j, "query repo", pt_docker_query(j, "repo"));
    for (size_t i = 0; i + 1 < pt_len(j->r->query_all); i += 2)
        if (pt_str_eqz(pt_text(pt_at(j->r->query_all, i)), "t"))
            judge_name(j, "query t", pt_text(pt_at(j->r->query_all, i + 1)));
}

void pt_docker_rule_push(pt_docker_judging *j) {
    pt_str name = pt_text(pt_getz(j->r->args, "id"));
    if (j->policy->n_registries && !is_allowed(j, pt_docker_reference_of(j->a, name).name))
        pt_docker_offendz(j, "image", name);
}

// -- builds ---------------------------------------------------------------------------------------

// All values of a parameter that may come several times.
static void offend_query(pt_docker_judging *j, const char *name) {
    for (size_t i = 0; i + 1 < pt_len(j->r->query_all); i += 2) {
        pt_str value = pt_text(pt_at(j->r->query_all, i + 1));
        if (value.n && pt_str_eqz(pt_text(pt_at(j->r->query_all, i)), name))
            pt_docker_offend(j, pt_arena_printf(j->a, "query %s", name), value);
    }
}

void pt_docker_rule_build_remote(pt_docker_judging *j) {
    offend_query(j, "remote");
}

void pt_docker_rule_build_network(pt_docker_judging *j) {
    pt_str mode = pt_docker_query(j, "networkmode");
    if (pt_str_eqz(mode, "host") || pt_str_starts(mode, PT_STR("container:")))
        pt_docker_offendz(j, "query networkmode", mode);
}

void pt_docker_rule_build_cgroup(pt_docker_judging *j) {
    offend_query(j, "cgroupparent");
}

void pt_docker_rule_build_security(pt_docker_judging *j) {
    offend_query(j, "securityopt");
}

void pt_docker_rule_build_output(pt_docker_judging *j) {
    pt_str outputs = pt_docker_query(j, "outputs");
    if (outputs.n && !pt_str_eqz(outputs, "[]") && !pt_str_eqz(outputs, "null"))
        pt_docker_offendz(j, "query outputs", outputs);
}

void pt_docker_rule_build_session(pt_docker_judging *j) {
    offend_query(j, "session");
    pt_str version = pt_docker_query(j, "version");
    if (version.n && !pt_str_eqz(version, "1"))
        pt_docker_offendz(j, "query version", version);
}
