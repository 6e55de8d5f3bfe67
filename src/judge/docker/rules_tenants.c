// What of a shared daemon is whose. A tenant's request is denied unless this file knows that it is
// about nothing but the tenant's own.
//
// Containers are known by their label, which is demanded when they are made, stored with them, and
// never changes. Volumes and networks are known by their names, "TENANT.NAME": the daemon stores
// names where it uses them, and looks them up again at every start. A name that another tenant
// could get by then would lead to what is his.
#include "judge/docker/judging.h"
#include "value/json.h"
#include "value/path.h"

enum {
    FILTERS_DEPTH_MAX = 4,
    ID_CHARS = 64,
    SHORT_ID_CHARS = 12,
};

#define LABEL PT_DOCKER_TENANT_LABEL

// What a tenant may ask for, and what of it must be the tenant's.
typedef enum part {
    ANYBODYS = 1 << 0,
    CONTAINER = 1 << 1, // that the path names
    EXEC = 1 << 2,
    VOLUME = 1 << 3,
    NETWORK = 1 << 4,
    JOINS = 1 << 5, // network of the path, container of the body
    LABELS = 1 << 6,
    NAME_ASKED = 1 << 7, // by the query
    NAME_SAID = 1 << 8,  // by the body
    RUNS = 1 << 9,       // a container from the body
    LISTS = 1 << 10,
    IMAGE = 1 << 11,
    PULL = 1 << 12, // by the rules of images
} part;

// Everything else is not for tenants: what makes, moves or tells images of others, builds, the
// swarm, plugins, system/df, checkpoints' folders, and what the daemon would dial for the caller.
static const struct {
    const char *endpoint;
    unsigned parts;
} for_tenants[] = {
    {"ping", ANYBODYS},
    {"version", ANYBODYS},
    {"info", ANYBODYS},
    {"auth", ANYBODYS},
    {"containers", LISTS},
    {"containers/create", LABELS | NAME_ASKED | RUNS},
    {"containers/prune", LISTS},
    {"containers/archive", CONTAINER},
    {"containers/archive-put", CONTAINER},
    {"containers/archive-stat", CONTAINER},
    {"containers/attach", CONTAINER},
    {"containers/attach-ws", CONTAINER},
    {"containers/changes", CONTAINER},
    {"containers/delete", CONTAINER},
    {"containers/exec", CONTAINER},
    {"containers/export", CONTAINER},
    {"containers/inspect", CONTAINER},
    {"containers/kill", CONTAINER},
    {"containers/logs", CONTAINER},
    {"containers/pause", CONTAINER},
    {"containers/rename", CONTAINER | NAME_ASKED},
    {"containers/resize", CONTAINER},
    {"containers/restart", CONTAINER | RUNS},
    {"containers/start", CONTAINER | RUNS},
    {"containers/stats", CONTAINER},
    {"containers/stop", CONTAINER},
    {"containers/top", CONTAINER},
    {"containers/unpause", CONTAINER},
    {"containers/update", CONTAINER},
    {"containers/wait", CONTAINER},
    {"exec/inspect", EXEC},
    {"exec/resize", EXEC},
    {"exec/start", EXEC},
    {"events", LISTS},
    {"images/create", PULL},
    {"images/history", IMAGE},
    {"images/inspect", IMAGE},
    {"volumes", LISTS},
    {"volumes/create", LABELS | NAME_SAID},
    {"volumes/delete", VOLUME},
    {"volumes/inspect", VOLUME},
    {"volumes/prune", LISTS},
    {"networks", LISTS},
    {"networks/connect", JOINS},
    {"networks/create", LABELS | NAME_SAID},
    {"networks/delete", NETWORK},
    {"networks/disconnect", JOINS},
    {"networks/inspect", NETWORK},
    {"networks/prune", LISTS},
};

// Which parts of the request must be the tenant's; 0: it is no tenant's, or who asks is none.
static unsigned parts_of(const pt_docker_judging *j) {
    const char *name = pt_docker_endpoint_name(j->r->endpoint);
    if (!j->policy->asker || !j->policy->asker->tenant.n)
        return 0;
    for (size_t i = 0; i < PT_COUNT(for_tenants); i++)
        if (pt_str_eqz(pt_str_of(name), for_tenants[i].endpoint))
            return for_tenants[i].parts;
    return 0;
}

// Empty: of none.
static pt_str tenant_of(const pt_docker_judging *j) {
    static const pt_docker_asker nobody = {0};
    return (j->policy->asker ? j->policy->asker : &nobody)->tenant;
}

static bool asks_for(const pt_docker_judging *j, unsigned parts) {
    return parts_of(j) & parts;
}

static bool does(const pt_docker_judging *j, uint32_t effects) {
    return j->r->endpoint && (j->r->endpoint->does & effects);
}

static pt_str id_of(const pt_docker_judging *j) {
    return pt_text(pt_getz(j->r->args, "id"));
}

// -- who ------------------------------------------------------------------------------------------

void pt_docker_rule_tenant(pt_docker_judging *j) {
    if (j->policy->asker && !j->policy->asker->tenant.n)
        pt_docker_offendz(j, "certificate", j->policy->asker->why);
}

// An import gives an image any name.
void pt_docker_rule_tenant_endpoint(pt_docker_judging *j) {
    bool imports = asks_for(j, PULL) && pt_docker_query(j, "fromSrc").n;
    if (j->policy->asker && j->policy->asker->tenant.n && (!parts_of(j) || imports))
        pt_docker_rule_refuse(j);
}

// -- what is whose --------------------------------------------------------------------------------

// "shop.web": of no other tenant, as there is no dot in a tenant's name; and no beginning of an id.
static bool is_named(const pt_docker_judging *j, pt_str name) {
    pt_str tenant = tenant_of(j);
    pt_str rest = pt_str_sub(name, tenant.n + 1, name.n);
    for (size_t i = 0; i < rest.n; i++) {
        char c = rest.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && c != '_' && c != '.' && c != '-')
            return false;
    }
    return tenant.n && rest.n && pt_str_starts(name, tenant) && name.p[tenant.n] == '.';
}

static bool is_labelled(const pt_docker_judging *j, pt_value labels) {
    pt_str tenant = tenant_of(j);
    return tenant.n && pt_str_eq(pt_text(pt_getz(labels, LABEL)), tenant);
}

static bool is_whole_id(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
            return false;
    return s.n == ID_CHARS;
}

// Another's and none at all are told in the same words.
static void judge_container(pt_docker_judging *j, pt_str field, pt_str name) {
    pt_fact known = pt_docker_ask_container(j, name);
    if (known.state != PT_KNOWN ||
        !is_labelled(j, pt_path_get(known.value, "config.Config.Labels")))
        pt_docker_offend(j, field, name);
}

// One that the daemon will look for again, by the word that stands here.
static void judge_kept(pt_docker_judging *j, pt_str field, pt_str name) {
    judge_container(j, field, name);
    if (!is_whole_id(name) && !is_named(j, name))
        pt_docker_offend(j, field,
                         pt_arena_printf(j->a, "%.*s, which may be another by then: its whole id",
                                         PT_PRI(name)));
}

static void judge_named(pt_docker_judging *j, const char *field, pt_value list,
                        void (*judge)(pt_docker_judging *j, pt_str field, pt_str name)) {
    pt_docker_named names = pt_docker_named_in(list);
    if (names.more)
        pt_docker_offend_unknown(j, pt_str_of(field), pt_docker_too_many_named());
    for (size_t i = 0; i < names.n && !names.more; i++)
        judge(j, pt_str_of(field), names.v[i].name);
}

// Containers whose namespaces, volumes or addresses it shares.
static void judge_shared(pt_docker_judging *j) {
    static const char *const modes[] = {"NetworkMode", "PidMode", "IpcMode",     "UTSMode",
                                        "UsernsMode",  "Cgroup",  "CgroupnsMode"};
    pt_str prefix = PT_STR("container:");
    bool made = does(j, PT_DOCKER_MAKES);
    for (size_t i = 0; i < PT_COUNT(modes); i++) {
        pt_str mode = pt_docker_hc_text(j, modes[i]);
        if (pt_str_starts(mode, prefix))
            judge_kept(j, pt_arena_printf(j->a, "HostConfig.%s", modes[i]),
                       pt_str_sub(mode, prefix.n, mode.n));
    }
    if (made) {
        judge_named(j, "HostConfig.VolumesFrom", pt_docker_hc(j, "VolumesFrom"), judge_container);
        judge_named(j, "HostConfig.Links", pt_docker_hc(j, "Links"), judge_kept);
    }
}

// Volumes by name. (One that is in use stays what it is, so that those of a stored container do.)
static void judge_volumes(pt_docker_judging *j) {
    const pt_docker_mounts *mounts = pt_docker_judged_mounts(j);
    for (size_t i = 0; i < mounts->n; i++) {
        const pt_docker_mount *m = &mounts->v[i];
        bool of_another = pt_str_starts(m->field, PT_STR("HostConfig.VolumesFrom"));
        bool named = m->kind == PT_DOCKER_MOUNT_VOLUME && m->source.n;
        bool unclear = m->kind == PT_DOCKER_MOUNT_OTHER || m->kind == PT_DOCKER_MOUNT_UNCLEAR;
        if (!of_another && (unclear || (named && !is_named(j, m->source))))
            pt_docker_offend(j, m->field, m->source);
    }
}

void pt_docker_rule_tenant_own(pt_docker_judging *j) {
    if (asks_for(j, CONTAINER))
        judge_container(j, PT_STR("container"), id_of(j));
    if (asks_for(j, JOINS))
        judge_container(j, PT_STR("Container"), pt_text(pt_getz(j->r->body, "Container")));
    if (asks_for(j, EXEC) && !(j->policy->asker && j->policy->asker->exec))
        pt_docker_offendz(j, "exec", id_of(j));
    if (asks_for(j, VOLUME) && !is_named(j, id_of(j)))
        pt_docker_offendz(j, "volume", id_of(j));
    if (asks_for(j, IMAGE))
        pt_docker_judge_image(j, PT_STR("image"), id_of(j));
    if (!asks_for(j, RUNS) || j->verdict.offences.n) // of another's container nothing is told
        return;
    judge_shared(j);
    if (does(j, PT_DOCKER_MAKES))
        judge_volumes(j);
}

// -- what is made ---------------------------------------------------------------------------------

// A container gets the labels of its image, too. Whoever makes images could give a tenant what its
// operator runs.
static void judge_image_label(pt_docker_judging *j) {
    pt_str reference = pt_text(pt_getz(j->c.config, "Image"));
    if (!reference.n || pt_defined(pt_getz(pt_getz(j->c.config, "Labels"), LABEL)))
        return;
    pt_fact image = pt_docker_ask_image(j, reference);
    pt_value label = pt_path_get(image.value, "config.Labels");
    if (image.state == PT_UNKNOWN)
        pt_docker_offend_unknown(j, PT_STR("label " LABEL " of the image"), image);
    else if (pt_defined(pt_getz(label, LABEL)))
        pt_docker_offendz(j, "label " LABEL " of the image", pt_text(pt_getz(label, LABEL)));
}

// A volume that a mount makes gets its labels from there. Those of Binds and of Volumes get none.
static void judge_mount_labels(pt_docker_judging *j) {
    pt_value mounts = pt_docker_hc(j, "Mounts");
    for (size_t i = 0; i < pt_len(mounts); i++) {
        pt_value mount = pt_at(mounts, i);
        bool makes =
            !pt_str_in_list(pt_text(pt_getz(mount, "Type")), PT_STR("bind,image,tmpfs"), ',');
        if (makes && !is_labelled(j, pt_path_get(mount, "VolumeOptions.Labels")))
            pt_docker_offend(
                j, pt_arena_printf(j->a, "HostConfig.Mounts[%zu].VolumeOptions.Labels", i),
                pt_arena_printf(j->a,
                                LABEL "=%.*s is needed: --mount …,volume-label=" LABEL "=%.*s",
                                PT_PRI(tenant_of(j)), PT_PRI(tenant_of(j))));
    }
}

void pt_docker_rule_tenant_label(pt_docker_judging *j) {
    const uint32_t runs = PT_DOCKER_MAKES | PT_DOCKER_SERVES;
    if (!j->policy->asker && does(j, runs))
        judge_image_label(j);
    if (asks_for(j, LABELS) && !is_labelled(j, pt_getz(j->r->body, "Labels")))
        pt_docker_offendz(j, "Labels",
                          pt_arena_printf(j->a, LABEL "=%.*s is needed", PT_PRI(tenant_of(j))));
    bool makes = asks_for(j, RUNS) && does(j, PT_DOCKER_MAKES);
    if (makes && !j->verdict.offences.n)
        judge_mount_labels(j);
}

void pt_docker_rule_tenant_name(pt_docker_judging *j) {
    bool asked = asks_for(j, NAME_ASKED);
    pt_str name = asked ? pt_docker_query(j, "name") : pt_text(pt_getz(j->r->body, "Name"));
    if ((asked || asks_for(j, NAME_SAID)) && !is_named(j, name))
        pt_docker_offendz(j, asked ? "query name" : "Name", name.n ? name : PT_STR("none"));
}

// -- networks -------------------------------------------------------------------------------------

static bool is_shared_network(const pt_docker_judging *j, pt_str name) {
    const pt_docker_asker *asker = j->policy->asker;
    for (size_t i = 0; asker && i < asker->n_networks; i++)
        if (pt_str_eq(asker->networks[i], name))
            return true;
    return false;
}

// An empty name, and "default", is the bridge that all share.
static void judge_network(pt_docker_judging *j, pt_str field, pt_str name) {
    bool fallback = !name.n || pt_str_eqz(name, "default");
    pt_str network = fallback ? PT_STR("bridge") : name;
    if (!pt_str_eqz(network, "none") && !is_named(j, network) && !is_shared_network(j, network))
        pt_docker_offend(j, field, network);
}

// In a network of others nobody takes a name or an address of theirs.
static void judge_settings(pt_docker_judging *j, pt_str field, pt_str network, pt_value settings) {
    static const char *const claims[] = {"Aliases", "DNSNames", "Links", "IPAMConfig",
                                         "MacAddress"};
    pt_str id = pt_text(pt_getz(settings, "NetworkID"));
    if (id.n && !pt_str_eq(id, network)) // what it leads to, the daemon alone knows
        pt_docker_offend(j, field, id);
    for (size_t i = 0; i < PT_COUNT(claims) && !is_named(j, network); i++) {
        pt_value v = pt_getz(settings, claims[i]);
        if (pt_len(v) || pt_text(v).n)
            pt_docker_offend(j, field,
                             pt_arena_printf(j->a, "%s in %.*s", claims[i], PT_PRI(network)));
    }
}

// Docker's own host name, the beginning of the container's id, is a name there, too.
static bool is_own_hostname(pt_str hostname, pt_str id) {
    return hostname.n == SHORT_ID_CHARS && is_whole_id(id) && pt_str_starts(id, hostname);
}

// The embedded DNS of a network resolves the host names of who is in it.
static void judge_hostname(pt_docker_judging *j, pt_str network, pt_value config, pt_str id) {
    static const char *const claims[] = {"Hostname", "Domainname"};
    if (pt_str_eqz(network, "none") || is_named(j, network))
        return;
    for (size_t i = 0; i < PT_COUNT(claims); i++) {
        pt_str name = pt_text(pt_getz(config, claims[i]));
        if (name.n && !(i == 0 && is_own_hostname(name, id)))
            pt_docker_offendz(j, claims[i],
                              pt_arena_printf(j->a, "%.*s in %.*s: make it without --%s",
                                              PT_PRI(name), PT_PRI(network),
                                              i ? "domainname" : "hostname"));
    }
}

// Addresses are the daemon's to give: a network of chosen ones takes routes that others need.
static void judge_addresses(pt_docker_judging *j) {
    static const char *const parts[] = {"IPAM.Config", "IPAM.Options", "ConfigFrom.Network"};
    for (size_t i = 0; i < PT_COUNT(parts); i++) {
        pt_value v = pt_path_get(j->r->body, parts[i]);
        if (pt_len(v) || pt_text(v).n)
            pt_docker_offendz(j, parts[i], PT_STR("the daemon chooses addresses: leave it out"));
    }
    pt_str driver = pt_text(pt_path_get(j->r->body, "IPAM.Driver"));
    if (driver.n && !pt_str_eqz(driver, "default"))
        pt_docker_offendz(j, "IPAM.Driver", driver);
    pt_value options = pt_getz(j->r->body, "Options");
    for (size_t i = 0; i < pt_len(options); i++)
        if (!pt_docker_is_network_option(pt_text(pt_key_at(options, i))))
            pt_docker_offendz(j, "Options", pt_text(pt_key_at(options, i)));
}

static void judge_networks(pt_docker_judging *j) {
    bool made = does(j, PT_DOCKER_MAKES);
    pt_str mode = pt_docker_hc_text(j, "NetworkMode");
    pt_value asked = pt_path_get(j->c.config, "NetworkingConfig.EndpointsConfig");
    pt_value stored = pt_path_get(j->known.value, "config.NetworkSettings.Networks");
    pt_value networks = made ? asked : stored;
    pt_str id = pt_text(pt_path_get(j->known.value, "config.ID"));
    if (!pt_str_starts(mode, PT_STR("container:"))) {
        judge_network(j, PT_STR("HostConfig.NetworkMode"), mode);
        judge_hostname(j, mode, j->c.config, id);
    }
    if (made && !is_named(j, mode) && pt_text(pt_getz(j->c.config, "MacAddress")).n)
        pt_docker_offendz(j, "MacAddress", pt_text(pt_getz(j->c.config, "MacAddress")));
    for (size_t i = 0; i < pt_len(networks); i++) {
        pt_str name = pt_text(pt_key_at(networks, i));
        judge_network(j, PT_STR("network"), name);
        if (!pt_str_eq(name, mode))
            judge_hostname(j, name, j->c.config, id);
        if (made)
            judge_settings(j, PT_STR("network"), name, pt_val_at(networks, i));
    }
}

// A container that is there, and gets into one more network. Whose it is, TENANT-OWN says.
static void judge_joining(pt_docker_judging *j) {
    pt_fact known = pt_docker_ask_container(j, pt_text(pt_getz(j->r->body, "Container")));
    if (known.state == PT_KNOWN && !j->verdict.offences.n)
        judge_hostname(j, id_of(j), pt_path_get(known.value, "config.Config"),
                       pt_text(pt_path_get(known.value, "config.ID")));
}

void pt_docker_rule_tenant_network(pt_docker_judging *j) {
    if (asks_for(j, NETWORK) && !is_named(j, id_of(j)))
        pt_docker_offendz(j, "network", id_of(j));
    if (asks_for(j, JOINS)) {
        judge_network(j, PT_STR("network"), id_of(j));
        judge_settings(j, PT_STR("network"), id_of(j), pt_getz(j->r->body, "EndpointConfig"));
    }
    if (asks_for(j, JOINS) && does(j, PT_DOCKER_CONNECTS))
        judge_joining(j);
    if (does(j, PT_DOCKER_NETWORKS) && asks_for(j, NAME_SAID))
        judge_addresses(j);
    if (asks_for(j, RUNS) && !j->verdict.offences.n)
        judge_networks(j);
}

// -- lists ----------------------------------------------------------------------------------------

// {"label": ["paratia.tenant=shop"]}, or as clients have it now, {"label": {"…": true}}: all labels
// of it must be there.
static bool narrows(const pt_docker_judging *j, pt_value filters) {
    pt_value labels = pt_getz(filters, "label");
    pt_str want = pt_arena_printf(j->a, LABEL "=%.*s", PT_PRI(tenant_of(j)));
    if (pt_tag_of(labels) == PT_OBJECT)
        return pt_true(pt_get(labels, want));
    for (size_t i = 0; i < pt_len(labels); i++)
        if (pt_tag_of(labels) == PT_ARRAY && pt_str_eq(pt_text(pt_at(labels, i)), want))
            return true;
    return false;
}

void pt_docker_rule_tenant_list(pt_docker_judging *j) {
    static const pt_json_opts opts = {.depth_max = FILTERS_DEPTH_MAX, .dup_refuse = true};
    static const char *const others[] = {"before", "since"}; // tell whether there is such a one
    pt_str text = pt_docker_query(j, "filters");
    pt_value filters = pt_undefined();
    if (!asks_for(j, LISTS))
        return;
    if (text.n && pt_json_parse(j->a, text, &opts, &filters, NULL))
        filters = pt_undefined(); // it narrows nothing then
    if (!narrows(j, filters))
        pt_docker_offendz(
            j, "query filters",
            pt_arena_printf(j->a, "label=" LABEL "=%.*s is needed", PT_PRI(tenant_of(j))));
    bool of_containers = pt_str_eqz(j->r->path, "/containers/json");
    for (size_t i = 0; i < PT_COUNT(others) && of_containers; i++)
        if (pt_defined(pt_getz(filters, others[i])) || pt_docker_query(j, others[i]).n)
            pt_docker_offendz(j, "query filters", pt_str_of(others[i]));
}
