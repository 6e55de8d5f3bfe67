// Swarm: what a manager tells.
#include "collect/docker/engine.h"
#include "value/path.h"

static const struct {
    const char *name, *path;
} facts[] = {
    {"swarm", "/swarm"},
    {"nodes", "/nodes"},
};

// Why they are not asked for: Swarm is proved off, this node may not tell, or it is not known.
static pt_fact why_not(pt_fact info, bool *ret_ask) {
    *ret_ask = false;
    if (info.state != PT_KNOWN)
        return info;
    pt_str state = pt_text(pt_path_get(info.value, "Swarm.LocalNodeState"));
    if (!state.n)
        return pt_fact_unknown(PT_STR("GET /info does not say whether Swarm is active"),
                               (pt_str){0});
    if (pt_str_eqz(state, "inactive"))
        return pt_fact_absent(PT_STR("Swarm is inactive"));
    *ret_ask = pt_true(pt_path_get(info.value, "Swarm.ControlAvailable"));
    return pt_fact_unknown(PT_STR("this node is a worker: only a manager tells"),
                           PT_STR("run paratia audit on a manager of the swarm"));
}

void pt_engine_swarm(pt_engine *g, pt_subject *daemon, pt_fact info) {
    bool ask;
    pt_fact why = why_not(info, &ask);
    for (size_t i = 0; i < PT_COUNT(facts); i++)
        pt_engine_set(g, daemon, facts[i].name, ask ? pt_engine_get(g, facts[i].path) : why);
}
