// What is done with a container that was made before.
#include "judge/docker/judging.h"
#include "judge/docker/security.h"
#include "value/path.h"

void pt_docker_rule_container(pt_docker_judging *j) {
    if (j->known.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, pt_text(pt_getz(j->r->args, "id")), j->known);
    bool made = j->r->endpoint->does & PT_DOCKER_MAKES;
    pt_docker_named links = pt_docker_named_in(made ? pt_docker_hc(j, "Links") : pt_undefined());
    if (links.more)
        pt_docker_offend_unknown(j, PT_STR("HostConfig.Links"), pt_docker_too_many_named());
    for (size_t i = 0; i < links.n && !links.more; i++) {
        pt_fact known = pt_docker_ask_container(j, links.v[i].name);
        pt_str field = pt_arena_printf(j->a, "HostConfig.Links[%zu]", links.v[i].at);
        if (known.state != PT_KNOWN)
            pt_docker_offend_unknown(j, field, known);
    }
}

// Who attaches gets what is written from then on, unless he asks for what was before.
void pt_docker_rule_reads(pt_docker_judging *j) {
    bool attaches = j->r->endpoint->does & PT_DOCKER_ENTERS;
    pt_str logs = pt_docker_query(j, "logs");
    if (!attaches)
        pt_docker_rule_refuse(j);
    else if (logs.n && !pt_str_in_list(logs, PT_STR("0,no,false,none"), ','))
        pt_docker_offendz(j, "query logs", logs);
}

// -- exec -----------------------------------------------------------------------------------------

void pt_docker_rule_exec_privileged(pt_docker_judging *j) {
    if (pt_true(pt_getz(j->r->body, "Privileged")))
        pt_docker_offendz(j, "Privileged", PT_STR("true"));
}

// A name may be root's: that is for the container's own /etc/passwd to say.
static bool may_be_root(pt_str user) {
    int64_t uid = 0;
    pt_str name = pt_str_sub(user, 0, pt_str_find(user, ':'));
    return user.n && (!pt_docker_user_number(name, &uid) || uid == 0);
}

void pt_docker_rule_exec_user(pt_docker_judging *j) {
    pt_str user = pt_text(pt_getz(j->r->body, "User"));
    pt_str usual = pt_text(pt_getz(j->c.config, "User"));
    int64_t uid = 0;
    pt_str name = pt_str_sub(usual, 0, pt_str_find(usual, ':'));
    bool root =
        !name.n || pt_str_eqz(name, "root") || (pt_docker_user_number(name, &uid) && uid == 0);
    if (may_be_root(user) && !root && !pt_str_eq(user, usual))
        pt_docker_offendz(j, "User", user);
}

void pt_docker_rule_exec_env(pt_docker_judging *j) {
    pt_value env = pt_getz(j->r->body, "Env");
    for (size_t i = 0; i < pt_len(env); i++) {
        pt_str text = pt_text(pt_at(env, i));
        if (pt_str_starts(text, PT_STR("LD_")))
            pt_docker_offendz(j, "Env", pt_str_sub(text, 0, pt_str_find(text, '=')));
    }
}

// -- checkpoints ----------------------------------------------------------------------------------

void pt_docker_rule_checkpoint(pt_docker_judging *j) {
    pt_str name = pt_docker_query(j, "checkpoint");
    bool starts = j->r->endpoint->does & PT_DOCKER_STARTS;
    if (!starts)
        pt_docker_rule_refuse(j);
    else if (name.n)
        pt_docker_offendz(j, "query checkpoint", name);
}

void pt_docker_rule_checkpoint_folder(pt_docker_judging *j) {
    static const char *const names[] = {"checkpoint-dir", "dir"};
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_docker_query(j, names[i]).n)
            pt_docker_offend(j, pt_arena_printf(j->a, "query %s", names[i]),
                             pt_docker_query(j, names[i]));
    pt_str folder = pt_text(pt_getz(j->r->body, "CheckpointDir"));
    if (folder.n)
        pt_docker_offendz(j, "CheckpointDir", folder);
}

// -- protected containers -------------------------------------------------------------------------

static bool is_named(const pt_docker_policy *p, pt_str name) {
    if (pt_str_starts(name, PT_STR("/")))
        name = pt_str_sub(name, 1, name.n);
    for (size_t i = 0; name.n && i < p->n_protected; i++)
        if (pt_str_eq(name, p->protected_names[i]))
            return true;
    return false;
}

// Whatever it is called: by name, by id, by the beginning of one.
static void judge_protected(pt_docker_judging *j, const char *field, pt_str name) {
    if (!name.n)
        return;
    if (is_named(j->policy, name)) {
        pt_docker_offendz(j, field, name);
        return;
    }
    pt_fact known = pt_docker_find_container(j->a, j->h, name);
    pt_value config = pt_getz(known.value, "config");
    if (known.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, pt_str_of(field), known);
    else if (is_named(j->policy, pt_text(pt_getz(config, "Name"))) ||
             is_named(j->policy, pt_text(pt_getz(config, "ID"))))
        pt_docker_offendz(j, field, name);
}

static void judge_joined(pt_docker_judging *j) {
    static const char *const modes[] = {"NetworkMode", "PidMode", "IpcMode"};
    pt_str prefix = PT_STR("container:");
    for (size_t i = 0; i < PT_COUNT(modes); i++) {
        pt_str mode = pt_docker_hc_text(j, modes[i]);
        if (pt_str_starts(mode, prefix))
            judge_protected(j, modes[i], pt_str_sub(mode, prefix.n, mode.n));
    }
    pt_value from = pt_docker_hc(j, "VolumesFrom");
    for (size_t i = 0; i < pt_len(from); i++) {
        pt_str spec = pt_text(pt_at(from, i));
        judge_protected(j, "VolumesFrom", pt_str_sub(spec, 0, pt_str_find(spec, ':')));
    }
}

static bool has_volume(pt_value points, pt_str name) {
    for (size_t i = 0; i < pt_len(points); i++)
        if (pt_str_eq(pt_text(pt_getz(pt_val_at(points, i), "Name")), name))
            return true;
    return false;
}

// The volumes that protected containers have, by name.
static void judge_volumes(pt_docker_judging *j) {
    const pt_docker_mounts *mounts = pt_docker_judged_mounts(j);
    for (size_t i = 0; i < j->policy->n_protected; i++) {
        pt_fact known = pt_docker_find_container(j->a, j->h, j->policy->protected_names[i]);
        pt_value points = pt_path_get(known.value, "config.MountPoints");
        for (size_t k = 0; k < mounts->n; k++) {
            const pt_docker_mount *m = &mounts->v[k];
            if (m->kind != PT_DOCKER_MOUNT_VOLUME || !m->source.n)
                continue;
            if (known.state == PT_UNKNOWN)
                pt_docker_offend_unknown(j, m->field, known);
            else if (has_volume(points, m->source))
                pt_docker_offend(j, m->field, m->source);
        }
    }
}

void pt_docker_rule_protected(pt_docker_judging *j) {
    if (!j->policy->n_protected)
        return;
    if (j->r->endpoint->does & PT_DOCKER_MAKES)
        judge_joined(j);
    if (j->r->endpoint->does & (PT_DOCKER_MAKES | PT_DOCKER_SERVES))
        judge_volumes(j);
    if (pt_str_starts(j->r->path, PT_STR("/containers/")))
        judge_protected(j, "container", pt_text(pt_getz(j->r->args, "id")));
    judge_protected(j, "query container", pt_docker_query(j, "container"));
    judge_protected(j, "Container", pt_text(pt_getz(j->r->body, "Container")));
}

void pt_docker_rule_protected_prune(pt_docker_judging *j) {
    if (j->policy->n_protected)
        pt_docker_rule_refuse(j);
}
