// Facts that follow from the configuration of a daemon.
#include "collect/docker/engine.h"

bool pt_engine_has_option(pt_value info, const char *name) {
    pt_value options = pt_getz(info, "SecurityOptions");
    for (size_t i = 0; i < pt_len(options); i++) {
        pt_str option = pt_text(pt_at(options, i));
        pt_str word = pt_str_sub(option, 0, pt_str_find(option, ','));
        if (pt_str_starts(word, PT_STR("name=")) && pt_str_eqz(pt_str_sub(word, 5, word.n), name))
            return true;
    }
    return false;
}

static bool by_systemd(pt_value config) {
    pt_value hosts = pt_getz(config, "hosts");
    for (size_t i = 0; i < pt_len(hosts); i++)
        if (pt_str_starts(pt_text(pt_at(hosts, i)), PT_STR("fd://")))
            return true;
    return false;
}

// Where systemd listens, and what dockerd asks of who connects there: its TLS holds for sockets
// that it was given too.
static pt_fact activation(pt_engine *g, pt_fact config) {
    if (config.state != PT_KNOWN)
        return config;
    if (!by_systemd(config.value))
        return pt_fact_absent(PT_STR("no fd:// among the hosts of dockerd"));
    pt_fact unit = pt_docker_socket_unit(g->w, g->a);
    if (unit.state == PT_ABSENT)
        return pt_fact_unknown(
            PT_STR("fd:// is among dockerd's hosts, and there is no docker.socket"),
            PT_STR("systemctl list-sockets says where it listens"));
    if (unit.state != PT_KNOWN)
        return unit;
    pt_obj o = {.a = g->a};
    pt_obj_set(&o, "hosts", pt_getz(unit.value, "hosts"));
    pt_obj_maybe(&o, "tlsverify", pt_getz(config.value, "tlsverify"));
    pt_obj_maybe(&o, "tlscacert", pt_getz(config.value, "tlscacert"));
    return pt_fact_known(pt_obj_end(&o), unit.source);
}

static pt_fact no_new_privileges(pt_fact config, pt_fact info) {
    // Engines from 23.0 on say it themselves, but only when it is on.
    if (info.state == PT_KNOWN && pt_engine_has_option(info.value, "no-new-privileges"))
        return pt_fact_known(pt_bool(true), PT_STR("GET /info"));
    return pt_fact_at(config, "no-new-privileges");
}

static pt_fact tls_file(pt_engine *g, pt_fact config, pt_fact info, const char *option) {
    pt_fact named = pt_fact_at(config, option);
    if (named.state == PT_UNKNOWN)
        return named;
    bool tls = config.state == PT_KNOWN && (pt_true(pt_getz(config.value, "tls")) ||
                                            pt_true(pt_getz(config.value, "tlsverify")));
    if (named.state == PT_ABSENT && tls)
        return pt_fact_unknown(
            pt_arena_printf(g->a, "%s is unset: the file is where dockerd's environment says",
                            option),
            PT_STR("name the file in daemon.json"));
    if (named.state == PT_ABSENT)
        return named;
    if (info.state != PT_KNOWN)
        return info;
    if (pt_engine_has_option(info.value, "rootless"))
        return pt_fact_unknown(PT_STR("the files of a rootless daemon belong to its user"),
                               PT_STR("look at them by hand"));
    pt_str path = pt_arena_str(g->a, pt_text(named.value));
    if (!pt_str_starts(path, PT_STR("/")))
        return pt_fact_unknown(pt_arena_printf(g->a, "%s names no absolute path", option),
                               (pt_str){0});
    return pt_world_stat(g->w, g->a, path.p, NULL);
}

void pt_engine_follow(pt_engine *g, pt_subject *daemon, pt_fact config, pt_fact info) {
    static const char *const files[] = {"tlscacert", "tlscert", "tlskey"};
    pt_engine_set(g, daemon, "activation", activation(g, config));
    pt_engine_set(g, daemon, "no-new-privileges", no_new_privileges(config, info));
    for (size_t i = 0; i < PT_COUNT(files); i++)
        pt_engine_set(g, daemon, files[i], tls_file(g, config, info, files[i]));
}
