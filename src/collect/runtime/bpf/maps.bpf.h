// Maps and settings.
#pragma once

const volatile struct pt_sensor_settings settings = {};
const volatile struct pt_call calls[PT_CALLS] = {};
const volatile uint16_t ia32_calls[PT_CALLS] = {}; // number here -> number there; 0xffff: none

// One ring a processor, or one for all. Their size is set before loading.
struct ring {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
};
// house: allow banned-call: a map, which is how programs of the kernel hold anything
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1);
    __type(key, uint32_t);
    __array(values, struct ring);
} rings SEC(".maps");

// house: allow banned-call: a map, which is how programs of the kernel hold anything
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __type(key, uint32_t);
    __type(value, struct pt_sensor_cpu);
} counters SEC(".maps");

// house: allow banned-call: a map, which is how programs of the kernel hold anything
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, uint32_t);
    __type(value, struct pt_area);
} areas SEC(".maps");

// house: allow banned-call: a map, which is how programs of the kernel hold anything
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, uint64_t);
    __type(value, uint8_t);
} cgroups SEC(".maps");

// Of threads that make such calls only; freed with the thread.
// house: allow banned-call: a map, which is how programs of the kernel hold anything
struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct pt_entry);
} entries SEC(".maps");
// house: allow banned-call: a map, which is how programs of the kernel hold anything
struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct pt_exec_entry);
} exec_entries SEC(".maps");

static __always_inline struct pt_sensor_cpu *counter(void) {
    uint32_t cpu = bpf_get_smp_processor_id();
    return bpf_map_lookup_elem(&counters, &cpu);
}

static __always_inline void count(uint64_t *what) {
    __sync_fetch_and_add(what, 1);
}

static __always_inline void lose(int cause) {
    struct pt_sensor_cpu *c = counter();
    if (!c)
        return;
    count(&c->lost[cause]);
    count(&c->sequence);
    c->gap = 1;
}

static __always_inline bool wanted(uint32_t type) {
    if (type >= PT_CALLS + 64)
        return false;
    return settings.wanted[type / 64] >> (type % 64) & 1;
}

// Whether the current task is one that is told of.
static __always_inline bool told(uint32_t tgid) {
    if (tgid == settings.ours[0] || tgid == settings.ours[1])
        return false;
    if (!settings.by_cgroup)
        return true;
    uint64_t id = bpf_get_current_cgroup_id();
    if (bpf_map_lookup_elem(&cgroups, &id))
        return true;
    struct pt_sensor_cpu *c = counter();
    if (c)
        count(&c->filtered);
    return false;
}
