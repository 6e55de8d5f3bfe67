// Networks, plugins and the swarm.
#include "judge/docker/judging.h"
#include "value/path.h"

// -- networks -------------------------------------------------------------------------------------

void pt_docker_rule_network_driver(pt_docker_judging *j) {
    pt_str driver = pt_text(pt_getz(j->r->body, "Driver"));
    if (driver.n && !pt_str_in_list(driver, PT_STR("default,bridge,overlay"), ','))
        pt_docker_offendz(j, "Driver", driver);
}

bool pt_docker_is_network_option(pt_str name) {
    pt_str safe = PT_STR("com.docker.network.bridge.enable_icc,"
                         "com.docker.network.bridge.enable_ip_masquerade,"
                         "com.docker.network.driver.mtu,com.docker.network.container_iface_prefix,"
                         "com.docker.network.enable_ipv4,com.docker.network.enable_ipv6,encrypted");
    return pt_str_in_list(name, safe, ',');
}

void pt_docker_rule_network_options(pt_docker_judging *j) {
    pt_value options = pt_getz(j->r->body, "Options");
    for (size_t i = 0; i < pt_len(options); i++)
        if (!pt_docker_is_network_option(pt_text(pt_key_at(options, i))))
            pt_docker_offendz(j, "Options", pt_text(pt_key_at(options, i)));
}

void pt_docker_rule_network_from(pt_docker_judging *j) {
    pt_str from = pt_text(pt_path_get(j->r->body, "ConfigFrom.Network"));
    if (from.n)
        pt_docker_offendz(j, "ConfigFrom", from);
}

void pt_docker_rule_network_ipam(pt_docker_judging *j) {
    pt_str driver = pt_text(pt_path_get(j->r->body, "IPAM.Driver"));
    if (driver.n && !pt_str_eqz(driver, "default"))
        pt_docker_offendz(j, "IPAM.Driver", driver);
}

void pt_docker_rule_network_ingress(pt_docker_judging *j) {
    if (pt_true(pt_getz(j->r->body, "Ingress")))
        pt_docker_offendz(j, "Ingress", PT_STR("true"));
}

static void judge_options(pt_docker_judging *j, const char *field, pt_value options) {
    for (size_t i = 0; i < pt_len(options); i++)
        pt_docker_offendz(j, field, pt_text(pt_key_at(options, i)));
}

void pt_docker_rule_endpoint_options(pt_docker_judging *j) {
    pt_value endpoints = pt_path_get(j->r->body, "NetworkingConfig.EndpointsConfig");
    for (size_t i = 0; i < pt_len(endpoints); i++)
        judge_options(j, "NetworkingConfig.EndpointsConfig",
                      pt_getz(pt_val_at(endpoints, i), "DriverOpts"));
    judge_options(j, "EndpointConfig.DriverOpts",
                  pt_path_get(j->r->body, "EndpointConfig.DriverOpts"));
    pt_value networks = pt_path_get(j->r->body, "TaskTemplate.Networks");
    for (size_t i = 0; i < pt_len(networks); i++)
        judge_options(j, "Networks.DriverOpts", pt_getz(pt_at(networks, i), "DriverOpts"));
}

// -- plugins --------------------------------------------------------------------------------------

void pt_docker_rule_plugin_privileges(pt_docker_judging *j) {
    for (size_t i = 0; i < pt_len(j->r->body); i++)
        pt_docker_offendz(j, "privilege", pt_text(pt_getz(pt_at(j->r->body, i), "Name")));
}

// -- services, secrets, configurations ------------------------------------------------------------

void pt_docker_rule_service_plugin(pt_docker_judging *j) {
    pt_str runtime = pt_text(pt_path_get(j->r->body, "TaskTemplate.Runtime"));
    if (runtime.n && !pt_str_eqz(runtime, "container"))
        pt_docker_offendz(j, "TaskTemplate.Runtime", runtime);
    pt_value plugin = pt_path_get(j->r->body, "TaskTemplate.PluginSpec");
    if (pt_defined(plugin))
        pt_docker_offendz(j, "TaskTemplate.PluginSpec", pt_text(pt_getz(plugin, "name")));
}

// The swarm takes its own ids, the engine's, and the beginning of either; which may be that of the
// host's network. The names of networks that are always there come before.
static bool may_be_id(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z')))
            return false;
    return !pt_str_in_list(s, PT_STR("bridge,host,ingress,none"), ',');
}

void pt_docker_rule_service_network(pt_docker_judging *j) {
    static const char *const lists[] = {"TaskTemplate.Networks", "Networks"};
    for (size_t k = 0; k < PT_COUNT(lists); k++) {
        pt_value networks = pt_path_get(j->r->body, lists[k]);
        for (size_t i = 0; i < pt_len(networks); i++) {
            pt_str target = pt_text(pt_getz(pt_at(networks, i), "Target"));
            if (may_be_id(target))
                pt_docker_offendz(j, lists[k], target);
        }
    }
}

void pt_docker_rule_service_credentials(pt_docker_judging *j) {
    const char *path = "TaskTemplate.ContainerSpec.Privileges.CredentialSpec";
    if (pt_defined(pt_path_get(j->r->body, path)))
        pt_docker_offendz(j, "Privileges.CredentialSpec", PT_STR("set"));
}

void pt_docker_rule_templating(pt_docker_judging *j) {
    static const char *const names[] = {"Templating", "Driver"};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        pt_value v = pt_getz(j->r->body, names[i]);
        if (pt_defined(v))
            pt_docker_offendz(j, names[i], pt_text(pt_getz(v, "Name")));
    }
}
