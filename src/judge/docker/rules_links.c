// Links: the daemon joins a link's alias to the name of the container that has it as a path is
// joined, so that "../other" is any name at all, also one that another's id begins with.
#include "judge/docker/judging.h"
#include "value/path.h"

enum {
    TENANT_LINKS_MAX = 32,
};

// As the daemon wants a container's name, and as short as one character.
static bool is_plain(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (i == 0 || (c != '_' && c != '.' && c != '-')))
            return false;
    }
    return s.n > 0;
}

// "NAME:ALIAS", or a name that is its own alias. How many they were.
static size_t judge_links(pt_docker_judging *j, pt_str field, pt_value links) {
    for (size_t i = 0; i < pt_len(links); i++) {
        pt_str link = pt_text(pt_at(links, i));
        size_t colon = pt_str_find(link, ':');
        size_t from = colon < link.n ? colon + 1 : 0;
        if (!is_plain(pt_str_sub(link, from, link.n)))
            pt_docker_offend(j, field, link);
    }
    return pt_len(links);
}

void pt_docker_rule_link_name(pt_docker_judging *j) {
    bool stored = j->known.state == PT_KNOWN;
    const char *path = stored ? "config.NetworkSettings.Networks" : // as the daemon keeps them
                           "NetworkingConfig.EndpointsConfig";
    pt_value endpoints = pt_path_get(stored ? j->known.value : j->r->body, path);
    pt_value connection = pt_path_get(j->r->body, "EndpointConfig.Links");
    size_t n = judge_links(j, PT_STR("HostConfig.Links"), pt_docker_hc(j, "Links"));
    for (size_t i = 0; i < pt_len(endpoints); i++)
        n += judge_links(j, PT_STR("EndpointsConfig.Links"),
                         pt_getz(pt_val_at(endpoints, i), "Links"));
    n += judge_links(j, PT_STR("EndpointConfig.Links"), connection);
    if (j->policy->asker && n > TENANT_LINKS_MAX)
        pt_docker_offendz(j, "Links",
                          pt_arena_printf(j->a, "%zu of them, at most %d", n, TENANT_LINKS_MAX));
}
