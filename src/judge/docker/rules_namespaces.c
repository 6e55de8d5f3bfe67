// Namespaces and control groups that a container shares.
#include "judge/docker/judging.h"

enum {
    JOINS_MAX = 8, // containers that share one after the other
};

static pt_str joined(pt_str mode) {
    pt_str prefix = PT_STR("container:");
    return pt_str_starts(mode, prefix) ? pt_str_sub(mode, prefix.n, mode.n) : (pt_str){0};
}

// Follow "container:X" to what X has.
static void judge_join(pt_docker_judging *j, const char *name, pt_str field, pt_str mode) {
    pt_str first = joined(mode);
    pt_str other = first;
    for (size_t i = 0; other.n; i++) {
        pt_fact known = pt_docker_ask_container(j, other);
        if (i == JOINS_MAX)
            known = pt_fact_unknown(PT_STR("too many containers share it"), (pt_str){0});
        if (known.state != PT_KNOWN) {
            pt_docker_offend_unknown(j, field, known);
            return;
        }
        pt_value host = pt_getz(known.value, "host");
        mode = pt_text(pt_getz(host, name));
        bool privileged =
            pt_str_eqz(field, "HostConfig.PidMode") && pt_true(pt_getz(host, "Privileged"));
        if (pt_str_eqz(mode, "host") || privileged) {
            pt_docker_offend(j, field,
                             pt_arena_printf(j->a, "container:%.*s, which %s", PT_PRI(first),
                                             privileged ? "is privileged" : "has the host's"));
            return;
        }
        other = joined(mode);
    }
}

// Where the daemon remaps no users, the host's namespace is every container's.
static bool changes_nothing(pt_docker_judging *j) {
    pt_fact daemon = pt_docker_ask_daemon(j);
    return pt_str_eqz(pt_str_of(j->rule->of), "UsernsMode") && daemon.state == PT_KNOWN &&
           pt_eq(pt_getz(daemon.value, "userns_remap"), pt_bool(false));
}

void pt_docker_rule_namespace(pt_docker_judging *j) {
    const char *name = j->rule->of;
    pt_str mode = pt_docker_hc_text(j, name);
    pt_str field = pt_arena_printf(j->a, "HostConfig.%s", name);
    if (pt_str_eqz(mode, "host") && !changes_nothing(j))
        pt_docker_offend(j, field, mode);
    else
        judge_join(j, name, field, mode);
    pt_value endpoints = pt_getz(pt_getz(j->c.config, "NetworkingConfig"), "EndpointsConfig");
    if (pt_str_eqz(field, "HostConfig.NetworkMode") && pt_defined(pt_getz(endpoints, "host")))
        pt_docker_offendz(j, "NetworkingConfig.EndpointsConfig", PT_STR("host"));
}

void pt_docker_rule_join(pt_docker_judging *j) {
    static const char *const names[] = {"NetworkMode", "PidMode", "IpcMode", "Cgroup"};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        pt_str mode = pt_docker_hc_text(j, names[i]);
        if (joined(mode).n)
            pt_docker_offend(j, pt_arena_printf(j->a, "HostConfig.%s", names[i]), mode);
    }
}

void pt_docker_rule_cgroup_parent(pt_docker_judging *j) {
    pt_str parent = pt_docker_hc_text(j, "CgroupParent");
    if (parent.n)
        pt_docker_offendz(j, "HostConfig.CgroupParent", parent);
}

void pt_docker_rule_group_add(pt_docker_judging *j) {
    pt_docker_offend_each(j, "GroupAdd");
}
