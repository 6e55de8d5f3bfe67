// Folders of the host, one below the other, in containers. Who writes the upper one can put a link
// in the place of the lower one, which the daemon follows as root when it starts what binds that:
// also after a restart of its own, of which nobody is asked.
#include "judge/docker/judging.h"

typedef struct folder {
    pt_str path, real; // as it was named, and where it leads
    pt_value mounts;   // on the way
    bool writable;
} folder;

// Who has all of the host needs no detour.
static bool is_below(const folder *upper, pt_str path) {
    const pt_str uppers[] = {upper->path, upper->real};
    for (size_t i = 0; i < PT_COUNT(uppers); i++)
        if (!pt_str_eqz(uppers[i], "/") && !pt_str_eq(uppers[i], path) &&
            pt_docker_within(path, uppers[i]))
            return true;
    return false;
}

// What is mounted below a folder is not read-only with it.
static bool writes(const folder *upper, const folder *lower) {
    bool mounted = false;
    for (size_t i = 0; i < pt_len(lower->mounts); i++)
        mounted |= is_below(upper, pt_text(pt_at(lower->mounts, i)));
    return upper->writable || mounted;
}

static bool above(const folder *upper, const folder *lower) {
    return (is_below(upper, lower->path) || is_below(upper, lower->real)) && writes(upper, lower);
}

static folder of_mount(const pt_docker_mount *m) {
    return (folder){m->path, pt_text(pt_getz(m->walked.value, "resolved")),
                    pt_getz(m->walked.value, "mounts"), !m->read_only};
}

static folder of_stored(pt_value v) {
    return (folder){pt_text(pt_getz(v, "source")), pt_text(pt_getz(v, "resolved")),
                    pt_getz(v, "mounts"), pt_true(pt_getz(v, "writable"))};
}

// What others have is not told.
static bool offends(pt_docker_judging *j, const pt_docker_mount *m, const folder *other) {
    folder mine = of_mount(m);
    bool below = above(other, &mine);
    if (below)
        pt_docker_offend(j, m->field,
                         pt_arena_printf(j->a, "%.*s: a container writes %.*s", PT_PRI(m->path),
                                         PT_PRI(other->path)));
    else if (above(&mine, other))
        pt_docker_offend(
            j, m->field,
            pt_arena_printf(j->a, "%.*s: a container has a folder below it", PT_PRI(m->path)));
    else
        return false;
    return true;
}

static void judge_nested(pt_docker_judging *j, const pt_docker_mounts *mounts, size_t at,
                         pt_value stored) {
    const pt_docker_mount *m = &mounts->v[at];
    for (size_t i = 0; i < at; i++) {
        folder own = of_mount(&mounts->v[i]);
        if (own.path.n && offends(j, m, &own))
            return;
    }
    for (size_t i = 0; i < pt_len(stored); i++) {
        folder other = of_stored(pt_at(stored, i));
        if (offends(j, m, &other))
            return;
    }
}

void pt_docker_rule_bind_nested(pt_docker_judging *j) {
    const pt_docker_mounts *mounts = pt_docker_judged_mounts(j);
    pt_fact stored = {0};
    for (size_t i = 0; i < mounts->n; i++) {
        if (!mounts->v[i].path.n)
            continue;
        if (stored.state == PT_UNKNOWN)
            stored = pt_docker_ask_mounts(j);
        if (stored.state != PT_KNOWN) {
            pt_docker_offend_unknown(j, mounts->v[i].field, stored);
            return;
        }
        judge_nested(j, mounts, i, stored.value);
    }
}
