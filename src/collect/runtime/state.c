#include "collect/runtime/state.h"

#include <stdlib.h>
#include <string.h>

#include "collect/runtime/describe.h"
#include "collect/runtime/state_impl.h"

#define SCRATCH_MAX   ((size_t)4 << 20)
#define DRAIN_NS      UINT64_C(5000000000) // events of a process that ended may still come
#define CPUS_MAX      4096
#define ANCESTORS_MAX 60

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "no memory for what runs on this host");
}

pt_code pt_runtime_new(const pt_runtime_options *o, pt_runtime **ret, pt_err *e) {
    pt_runtime *rt = calloc(1, sizeof *rt);
    if (!rt)
        return no_memory(e);
    rt->o = *o;
    pt_arena_init(&rt->scratch, SCRATCH_MAX);
    rt->processes = pt_processes_new(o->processes_max);
    rt->sockets = pt_sockets_new();
    rt->opened = pt_opened_new();
    rt->containers = pt_met_new();
    rt->sequences = calloc(CPUS_MAX, sizeof *rt->sequences);
    if (!rt->processes || !rt->sockets || !rt->opened || !rt->containers || !rt->sequences ||
        !pt_args_sources(rt)) {
        pt_runtime_free(rt);
        return no_memory(e);
    }
    *ret = rt;
    return PT_OK;
}

void pt_runtime_free(pt_runtime *rt) {
    if (!rt)
        return;
    pt_processes_free(rt->processes);
    pt_recent_free(rt->sockets);
    pt_recent_free(rt->opened);
    pt_met_free(rt->containers);
    pt_arena_done(&rt->scratch);
    free(rt->sequences);
    free(rt->sources);
    free(rt);
}

// Were records of this processor lost just before? The sensor says so, and so do numbers that are
// missing.
static bool lost_before(pt_runtime *rt, const struct pt_wire_head *h) {
    bool lost = h->flags & PT_WIRE_LOST;
    if (h->cpu < CPUS_MAX && h->sequence) {
        uint64_t *last = &rt->sequences[h->cpu];
        lost = lost || (*last && h->sequence > *last + 1);
        *last = h->sequence;
    }
    if (lost && h->time_ns > rt->lost_ns)
        rt->lost_ns = h->time_ns;
    return lost;
}

// What was read before events were lost may have changed unseen. Marked where somebody looks: at
// the process of an event and at its ancestors.
static void mark_stale(const pt_runtime *rt, pt_process *p) {
    for (int i = 0; rt->lost_ns && p && i < ANCESTORS_MAX; i++, p = p->parent)
        if (p->image_ns < rt->lost_ns)
            p->stale = true;
}

static pt_event *begin(pt_runtime *rt, const pt_record *r) {
    const struct pt_wire_head *h = r->head;
    pt_event *ev = &rt->event;
    *ev = (pt_event){
        .source = PT_STR("syscall"),
        .number = ++rt->counts.events,
        .time_ns = rt->o.boot_epoch_ns + h->time_ns,
        .type = h->type,
        .cpu = h->cpu,
        .tid = h->tid,
        .vtid = h->vtid,
        .result = h->result,
        .has_result = h->type < PT_EVENT_SYSCALLS,
        .uid = h->uid,
        .gid = h->gid,
        .login_uid = h->login_uid == UINT32_MAX ? -1 : (int64_t)h->login_uid,
        .cap_effective = h->cap_effective,
        .cap_permitted = h->cap_permitted,
    };
    ev->processes = rt->processes;
    ev->container = pt_met_host(rt->containers);
    return ev;
}

static pt_code system_call(pt_runtime *rt, const pt_record *r, bool lost, const pt_event **ret,
                           pt_err *e) {
    pt_process *p = pt_state_process(rt, r);
    if (!p || !pt_state_change(rt, r, p))
        return no_memory(e);
    mark_stale(rt, p);
    if (r->head->flags & PT_WIRE_SNAPSHOT)
        return PT_OK;
    pt_event *ev = begin(rt, r);
    ev->lost_before = lost;
    ev->process = p;
    if (p->container)
        ev->container = p->container;
    pt_args_fill(rt, r, ev);
    *ret = ev;
    return PT_OK;
}

// Of what engines and the sensor itself tell. A container's event is about a process that stands
// for it, as in Falco's outputs: "container:3ad7b26ded6d".
static pt_code told(pt_runtime *rt, const pt_record *r, bool lost, const pt_event **ret,
                    pt_err *e) {
    pt_container *c = NULL;
    if (r->head->type == PT_EVENT_CONTAINER) {
        pt_container said;
        pt_code code = pt_container_described(&rt->scratch, r->container, &said, e);
        if (code)
            return code;
        rt->counts.containers += !pt_met_find(rt->containers, said.full_id);
        c = pt_met_add(rt->containers, said.full_id, said.runtime);
        if (!c || !pt_met_set(rt->containers, c, &said))
            return no_memory(e);
        if (r->head->flags & PT_WIRE_SNAPSHOT)
            return PT_OK; // more of what was told
    }
    pt_event *ev = begin(rt, r);
    ev->lost_before = lost;
    ev->async_name = r->name;
    if (c) {
        pt_str name = pt_arena_printf(&rt->scratch, "container:%.*s", PT_PRI(c->id));
        rt->nobody = (pt_process){.pid = UINT32_MAX,
                                  .vpid = UINT32_MAX - 1,
                                  .comm = name,
                                  .exe = name,
                                  .login_uid = -1,
                                  .container = c};
        ev->container = c;
        ev->process = &rt->nobody;
    }
    pt_args_fill(rt, r, ev);
    *ret = ev;
    return PT_OK;
}

pt_code pt_runtime_apply(pt_runtime *rt, const struct pt_wire_head *record, size_t n,
                         const pt_event **ret, pt_err *e) {
    pt_record r;
    pt_code code = pt_record_read(record, n, &r, e);
    if (code) {
        rt->counts.malformed++;
        return code;
    }
    pt_arena_clear(&rt->scratch);
    const struct pt_wire_head *h = r.head;
    pt_processes_sweep(rt->processes, h->time_ns > DRAIN_NS ? h->time_ns - DRAIN_NS : 0);
    pt_met_sweep(rt->containers, rt->processes, h->time_ns);
    bool lost = lost_before(rt, h);
    const pt_event *ev = NULL;
    bool of_process =
        h->type < PT_EVENT_SYSCALLS || h->type == PT_EVENT_PROCEXIT || h->type == PT_EVENT_SIGNAL;
    code = of_process ? system_call(rt, &r, lost, &ev, e) : told(rt, &r, lost, &ev, e);
    if (code == PT_E_FORMAT)
        rt->counts.malformed++;
    if (code == PT_OK)
        *ret = ev;
    return code;
}

pt_code pt_runtime_named(pt_runtime *rt, const pt_container *c, pt_err *e) {
    pt_container *to = pt_met_add(rt->containers, c->full_id, c->runtime);
    return to && pt_met_set(rt->containers, to, c) ? PT_OK : no_memory(e);
}

void pt_runtime_nameless(pt_runtime *rt, pt_str full_id, pt_str reason) {
    pt_container *c = pt_met_find(rt->containers, full_id);
    if (c)
        PT_IGNORE(!pt_met_fail(rt->containers, c, reason)); // without memory it has no reason
}

pt_code pt_runtime_names(pt_runtime *rt, pt_str full_id, pt_str passwd, pt_str group, pt_err *e) {
    pt_container *c =
        full_id.n ? pt_met_find(rt->containers, full_id) : pt_met_host(rt->containers);
    if (!c)
        return pt_err_set(e, PT_E_ABSENT, "no container %.*s", PT_PRI(full_id));
    return pt_met_set_names(rt->containers, c, passwd, group) ? PT_OK : no_memory(e);
}

pt_code pt_runtime_host_names(pt_runtime *rt, pt_str passwd, pt_str group, pt_err *e) {
    return pt_runtime_names(rt, (pt_str){0}, passwd, group, e);
}

const pt_container *pt_runtime_container(const pt_runtime *rt, pt_str id) {
    return pt_met_find(rt->containers, id);
}

pt_runtime_counts pt_runtime_counted(const pt_runtime *rt) {
    pt_runtime_counts n = rt->counts;
    n.evicted = pt_processes_counted(rt->processes).evicted;
    return n;
}
