// What a container takes from others on its host, and how it is reached.
#include "judge/docker/judging.h"
#include "value/path.h"

// A resource as the request sets it: at the top of an update, else in HostConfig.
static pt_value resource(const pt_docker_judging *j, const char *name, const char **ret_at) {
    bool updates = j->r->endpoint->does & PT_DOCKER_UPDATES;
    *ret_at = updates ? "" : "HostConfig.";
    return updates ? pt_getz(j->r->body, name) : pt_docker_hc(j, name);
}

static void offend_resource(pt_docker_judging *j, const char *at, const char *name,
                            pt_value value) {
    char room[PT_NUMBER_ROOM];
    pt_str text = pt_true(value) ? PT_STR("true") : pt_text(value);
    if (pt_tag_of(value) == PT_NUMBER)
        text = pt_number_text(value, room);
    pt_docker_offend(j, pt_arena_printf(j->a, "%s%s", at, name), text);
}

void pt_docker_rule_memory(pt_docker_judging *j) {
    if (pt_docker_hc_int(j, "Memory") <= 0)
        pt_docker_offendz(j, "HostConfig.Memory", PT_STR("not set"));
}

void pt_docker_rule_pids(pt_docker_judging *j) {
    if (pt_docker_hc_int(j, "PidsLimit") <= 0)
        pt_docker_offendz(j, "HostConfig.PidsLimit", PT_STR("not set"));
}

void pt_docker_rule_oom(pt_docker_judging *j) {
    const char *at;
    pt_value spared = resource(j, "OomKillDisable", &at);
    if (pt_true(spared))
        offend_resource(j, at, "OomKillDisable", spared);
    pt_value score = resource(j, "OomScoreAdj", &at);
    int64_t n;
    if (pt_to_int(score, &n) && n < 0)
        offend_resource(j, at, "OomScoreAdj", score);
}

void pt_docker_rule_realtime(pt_docker_judging *j) {
    static const char *const names[] = {"CpuRealtimePeriod", "CpuRealtimeRuntime"};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        const char *at;
        pt_value v = resource(j, names[i], &at);
        int64_t n;
        if (pt_to_int(v, &n) && n != 0)
            offend_resource(j, at, names[i], v);
    }
}

void pt_docker_rule_ulimits(pt_docker_judging *j) {
    pt_value ulimits = pt_docker_hc(j, "Ulimits");
    for (size_t i = 0; i < pt_len(ulimits); i++)
        pt_docker_offendz(j, "HostConfig.Ulimits", pt_text(pt_getz(pt_at(ulimits, i), "Name")));
}

void pt_docker_rule_log_driver(pt_docker_judging *j) {
    pt_str type = pt_docker_hc_text(j, "LogConfig.Type");
    if (type.n && !pt_str_in_list(type, PT_STR("json-file,local,journald,none"), ','))
        pt_docker_offendz(j, "HostConfig.LogConfig", type);
}

void pt_docker_rule_restart(pt_docker_judging *j) {
    const char *at;
    pt_value policy = resource(j, "RestartPolicy", &at);
    pt_value name = pt_getz(policy, "Name");
    if (pt_str_in_list(pt_text(name), PT_STR("always,unless-stopped"), ','))
        offend_resource(j, at, "RestartPolicy", name);
}

void pt_docker_rule_links(pt_docker_judging *j) {
    pt_docker_offend_each(j, "Links");
}

// -- ports ----------------------------------------------------------------------------------------

static void each_binding(pt_docker_judging *j,
                         void (*judge)(pt_docker_judging *j, pt_str port, pt_value binding)) {
    pt_value ports = pt_docker_hc(j, "PortBindings");
    for (size_t i = 0; i < pt_len(ports); i++) {
        pt_value bindings = pt_val_at(ports, i);
        for (size_t k = 0; k < pt_len(bindings); k++)
            judge(j, pt_text(pt_key_at(ports, i)), pt_at(bindings, k));
    }
}

enum {
    PORT_FREE = 1024, // from here on no privilege is needed
};

static void judge_port(pt_docker_judging *j, pt_str port, pt_value binding) {
    pt_str host = pt_text(pt_getz(binding, "HostPort"));
    pt_str first = pt_str_sub(host, 0, pt_str_find(host, '-'));
    int64_t n;
    if (!host.n || !pt_str_int(first, 10, &n) || n < PORT_FREE)
        pt_docker_offendz(j, "HostConfig.PortBindings", host.n ? host : port);
}

static void judge_address(pt_docker_judging *j, pt_str port, pt_value binding) {
    pt_str address = pt_text(pt_getz(binding, "HostIp"));
    if (!address.n || pt_str_eqz(address, "0.0.0.0") || pt_str_eqz(address, "::"))
        pt_docker_offendz(j, "HostConfig.PortBindings", port);
}

void pt_docker_rule_ports(pt_docker_judging *j) {
    each_binding(j, judge_port);
    if (pt_true(pt_docker_hc(j, "PublishAllPorts")))
        pt_docker_offendz(j, "HostConfig.PublishAllPorts", PT_STR("true"));
}

void pt_docker_rule_addresses(pt_docker_judging *j) {
    each_binding(j, judge_address);
}

// -- update ---------------------------------------------------------------------------------------

// 0 leaves a limit as it is; below 0 there is none, and of PidsLimit neither at 0.
static bool lifts(pt_docker_judging *j, const char *name) {
    int64_t asked;
    if (!pt_to_int(pt_getz(j->r->body, name), &asked))
        return false;
    int64_t had = pt_docker_hc_int(j, name);
    bool unlimited = asked < 0 || (asked == 0 && pt_str_eqz(pt_str_of(name), "PidsLimit"));
    return unlimited ? had > 0 : had > 0 && asked > had;
}

// A shorter period makes the same quota a larger share; another set of processors may be a larger
// one.
static bool widens(pt_docker_judging *j, const char *name) {
    enum {
        PERIOD_US = 100000, // where none is set
    };
    pt_value asked = pt_getz(j->r->body, name);
    int64_t period;
    int64_t had = pt_docker_hc_int(j, "CpuPeriod");
    if (pt_to_int(asked, &period))
        return pt_docker_hc_int(j, "CpuQuota") > 0 && period > 0 &&
               period < (had > 0 ? had : PERIOD_US);
    pt_str set = pt_docker_hc_text(j, name);
    return set.n && pt_text(asked).n && !pt_str_eq(set, pt_text(asked));
}

void pt_docker_rule_update(pt_docker_judging *j) {
    static const char *const limits[] = {"Memory",    "MemorySwap",  "MemoryReservation",
                                         "NanoCpus",  "CpuQuota",    "CpuShares",
                                         "PidsLimit", "BlkioWeight", "KernelMemory"};
    static const char *const others[] = {"CpuPeriod", "CpusetCpus", "CpusetMems"};
    for (size_t i = 0; i < PT_COUNT(limits); i++)
        if (lifts(j, limits[i]))
            offend_resource(j, "", limits[i], pt_getz(j->r->body, limits[i]));
    for (size_t i = 0; i < PT_COUNT(others); i++)
        if (widens(j, others[i]))
            offend_resource(j, "", others[i], pt_getz(j->r->body, others[i]));
}
