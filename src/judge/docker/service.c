// The container that a service's task becomes, in the words of the Engine API, so that one rule
// judges both.
#include "judge/docker/mounts.h"
#include "value/path.h"

// What is called otherwise, but means the same.
static const struct {
    const char *field, *path;
} same[] = {
    {"CapAdd", "CapabilityAdd"},
    {"CapDrop", "CapabilityDrop"},
    {"Dns", "DNSConfig.Nameservers"},
    {"GroupAdd", "Groups"},
    {"Init", "Init"},
    {"Mounts", "Mounts"},
    {"Sysctls", "Sysctls"},
    {"Ulimits", "Ulimits"},
    {"OomScoreAdj", "OomScoreAdj"},
    {"ExtraHosts", "Hosts"},
    {"ReadonlyRootfs", "ReadOnly"},
};
static const char *const same_config[][2] = {
    {"Image", "Image"},
    {"Entrypoint", "Command"},
    {"Cmd", "Args"},
    {"Env", "Env"},
    {"User", "User"},
    {"WorkingDir", "Dir"},
    {"Tty", "TTY"},
    {"Labels", "Labels"},
    {"OpenStdin", "OpenStdin"},
    {"Hostname", "Hostname"},
    {"StopSignal", "StopSignal"},
    {"Healthcheck", "Healthcheck"},
};

static void add_option(pt_arena *a, pt_list *l, const char *name, pt_str value) {
    if (value.n)
        pt_list_add(l, pt_string(pt_arena_printf(a, "%s%.*s", name, PT_PRI(value))));
}

static pt_value security_options(pt_arena *a, pt_value privileges) {
    pt_list l = {.a = a};
    pt_str seccomp = pt_text(pt_path_get(privileges, "Seccomp.Mode"));
    pt_value selinux = pt_getz(privileges, "SELinuxContext");
    if (pt_str_eqz(seccomp, "custom"))
        add_option(a, &l, "seccomp=", PT_STR("custom"));
    else if (!pt_str_eqz(seccomp, "default"))
        add_option(a, &l, "seccomp=", seccomp);
    if (pt_str_eqz(pt_text(pt_path_get(privileges, "AppArmor.Mode")), "disabled"))
        pt_list_add(&l, pt_stringz("apparmor=unconfined"));
    if (pt_true(pt_getz(selinux, "Disable")))
        pt_list_add(&l, pt_stringz("label=disable"));
    add_option(a, &l, "label=user:", pt_text(pt_getz(selinux, "User")));
    add_option(a, &l, "label=role:", pt_text(pt_getz(selinux, "Role")));
    add_option(a, &l, "label=type:", pt_text(pt_getz(selinux, "Type")));
    add_option(a, &l, "label=level:", pt_text(pt_getz(selinux, "Level")));
    if (pt_true(pt_getz(privileges, "NoNewPrivileges")))
        pt_list_add(&l, pt_stringz("no-new-privileges"));
    return pt_list_end(&l);
}

// Ports that a node publishes of itself.
static pt_value port_bindings(pt_arena *a, pt_value service) {
    pt_value ports = pt_path_get(service, "EndpointSpec.Ports");
    pt_list pairs = {.a = a};
    for (size_t i = 0; i < pt_len(ports); i++) {
        pt_value port = pt_at(ports, i);
        int64_t target = 0;
        int64_t published = 0;
        pt_str protocol = pt_text(pt_getz(port, "Protocol"));
        PT_IGNORE(!pt_to_int(pt_getz(port, "TargetPort"), &target)); // 0 then
        PT_IGNORE(!pt_to_int(pt_getz(port, "PublishedPort"), &published));
        if (!pt_str_eqz(pt_text(pt_getz(port, "PublishMode")), "host"))
            continue;
        pt_obj binding = {.a = a};
        pt_obj_set(&binding, "HostPort",
                   pt_string(pt_arena_printf(a, "%lld", (long long)published)));
        pt_value one = pt_obj_end(&binding);
        pt_list_add(&pairs,
                    pt_string(pt_arena_printf(a, "%lld/%.*s", (long long)target,
                                              PT_PRI(protocol.n ? protocol : PT_STR("tcp")))));
        pt_list_add(&pairs, pt_array_of(a, &one, 1));
    }
    return pairs.full ? pt_undefined() : pt_object_of(a, pairs.items.v, pairs.items.n / 2, NULL);
}

static bool uses_host_network(pt_value networks) {
    for (size_t i = 0; i < pt_len(networks); i++)
        if (pt_str_eqz(pt_text(pt_getz(pt_at(networks, i), "Target")), "host"))
            return true;
    return false;
}

static pt_value log_config(pt_arena *a, pt_value driver) {
    pt_obj o = {.a = a};
    pt_obj_maybe(&o, "Type", pt_getz(driver, "Name"));
    pt_obj_maybe(&o, "Config", pt_getz(driver, "Options"));
    return pt_obj_end(&o);
}

pt_docker_container pt_docker_container_of_service(pt_arena *a, pt_value service) {
    pt_value task = pt_getz(service, "TaskTemplate");
    pt_value spec = pt_getz(task, "ContainerSpec");
    pt_obj config = {.a = a};
    pt_obj host = {.a = a};
    for (size_t i = 0; i < PT_COUNT(same_config); i++)
        pt_obj_maybe(&config, same_config[i][0], pt_path_get(spec, same_config[i][1]));
    for (size_t i = 0; i < PT_COUNT(same); i++)
        pt_obj_maybe(&host, same[i].field, pt_path_get(spec, same[i].path));
    pt_obj_set(&host, "SecurityOpt", security_options(a, pt_getz(spec, "Privileges")));
    pt_obj_set(&host, "PortBindings", port_bindings(a, service));
    pt_obj_maybe(&host, "Memory", pt_path_get(task, "Resources.Limits.MemoryBytes"));
    pt_obj_maybe(&host, "NanoCpus", pt_path_get(task, "Resources.Limits.NanoCPUs"));
    pt_obj_maybe(&host, "PidsLimit", pt_path_get(task, "Resources.Limits.Pids"));
    pt_obj_maybe(&host, "MemoryReservation",
                 pt_path_get(task, "Resources.Reservations.MemoryBytes"));
    if (uses_host_network(pt_getz(task, "Networks")) ||
        uses_host_network(pt_getz(service, "Networks")))
        pt_obj_set(&host, "NetworkMode", pt_stringz("host"));
    if (pt_defined(pt_getz(task, "LogDriver")))
        pt_obj_set(&host, "LogConfig", log_config(a, pt_getz(task, "LogDriver")));
    return (pt_docker_container){
        .config = pt_obj_end(&config),
        .host = pt_obj_end(&host),
        .called = pt_text(pt_getz(service, "Name")),
    };
}
