// The Debian security tracker's JSON: {source: {flaw: {"description", "releases": {codename:
// {"status", "fixed_version", "urgency", "nodsa", "nodsa_reason"}}}}}. Versions are those of source
// packages; "0" is "never was affected".
#include "collect/advisories/feed_impl.h"

// deb-based releases go by numbers in OSV.
static const struct {
    const char *codename, *ecosystem;
} releases[] = {
    {"wheezy", "Debian:7"},  {"jessie", "Debian:8"},    {"stretch", "Debian:9"},
    {"buster", "Debian:10"}, {"bullseye", "Debian:11"}, {"bookworm", "Debian:12"},
    {"trixie", "Debian:13"}, {"forky", "Debian:14"},    {"duke", "Debian:15"},
};

static pt_str ecosystem_of(pt_arena *a, pt_str codename) {
    for (size_t i = 0; i < PT_COUNT(releases); i++)
        if (pt_str_eqz(codename, releases[i].codename))
            return pt_str_of(releases[i].ecosystem);
    return pt_arena_printf(a, "Debian:%.*s", PT_PRI(codename)); // "sid"
}

static const char *open_state(pt_value release) {
    pt_str reason = pt_text(pt_getz(release, "nodsa_reason"));
    if (pt_str_eqz(pt_text(pt_getz(release, "urgency")), "end-of-life"))
        return "end of life";
    return pt_str_eqz(reason, "ignored")     ? "won't fix"
           : pt_str_eqz(reason, "postponed") ? "deferred"
                                             : NULL;
}

// NULL: affected up to `*fixed`, or without an end.
static const char *state_of(pt_value release, pt_str *fixed) {
    pt_str status = pt_text(pt_getz(release, "status"));
    *fixed = pt_text(pt_getz(release, "fixed_version"));
    bool never = pt_str_eqz(*fixed, "0");
    if (never)
        *fixed = (pt_str){0};
    if (pt_str_eqz(status, "resolved") && (never || fixed->n))
        return never ? "not affected" : NULL;
    *fixed = (pt_str){0};
    return pt_str_eqz(status, "open") ? open_state(release) : "unknown";
}

typedef struct flaw {
    pt_feed *f;
    pt_str source, id;
    pt_value of;
} flaw;

static pt_str place_of(const flaw *v) {
    return pt_arena_printf(&v->f->each, "%.*s, %.*s", PT_PRI(v->source), PT_PRI(v->id));
}

// The releases in which it is as urgent as in `urgency`; each urgency is an advisory of its own.
static pt_code give(const flaw *v, pt_str urgency, pt_err *e) {
    pt_value in = pt_getz(v->of, "releases");
    pt_arena *a = &v->f->each;
    pt_list l = {.a = a};
    for (size_t i = 0; i < pt_len(in); i++) {
        pt_value release = pt_val_at(in, i);
        pt_str fixed;
        if (!pt_str_eq(pt_text(pt_getz(release, "urgency")), urgency))
            continue;
        const char *state = state_of(release, &fixed);
        pt_str ecosystem = ecosystem_of(a, pt_text(pt_key_at(in, i)));
        pt_list_add(&l, pt_feed_affected(v->f, ecosystem, v->source, state, fixed));
    }
    const pt_feed_flaw out = {.id = v->id,
                              .details = pt_text(pt_getz(v->of, "description")),
                              .severity = urgency,
                              .affected = pt_list_end(&l)};
    return pt_feed_put(v->f, place_of(v), pt_feed_flaw_of(v->f, &out), e);
}

static bool came_before(pt_value in, size_t at, pt_str urgency) {
    for (size_t i = 0; i < at; i++)
        if (pt_str_eq(pt_text(pt_getz(pt_val_at(in, i), "urgency")), urgency))
            return true;
    return false;
}

static pt_code read_flaw(const flaw *v, pt_err *e) {
    pt_value in = pt_getz(v->of, "releases");
    pt_code code = PT_OK;
    if (pt_tag_of(in) != PT_OBJECT)
        return pt_feed_put(v->f, place_of(v), pt_null(), e); // nobody takes that
    for (size_t i = 0; !code && i < pt_len(in); i++) {
        pt_str urgency = pt_text(pt_getz(pt_val_at(in, i), "urgency"));
        if (!came_before(in, i, urgency))
            code = give(v, urgency, e);
    }
    return code;
}

pt_code pt_feed_debian(pt_feed *f, pt_value doc, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < pt_len(doc); i++) {
        pt_value flaws = pt_val_at(doc, i);
        for (size_t k = 0; !code && pt_tag_of(flaws) == PT_OBJECT && k < pt_len(flaws); k++) {
            const flaw v = {.f = f,
                            .source = pt_text(pt_key_at(doc, i)),
                            .id = pt_text(pt_key_at(flaws, k)),
                            .of = pt_val_at(flaws, k)};
            code = read_flaw(&v, e);
        }
    }
    return code;
}
