// Which programs run, by the names that the kernel keeps of them (at most 15 bytes).
#include "collect/host/provider.h"

enum {
    COMM_BYTES_MAX = 15
};

// Is the name one of "chronyd,systemd-timesyncd", as far as the kernel keeps it?
static bool wanted(pt_str comm, pt_str list) {
    pt_str name;
    while (pt_str_split(&list, ',', &name))
        if (pt_str_eq(pt_str_sub(name, 0, COMM_BYTES_MAX), comm))
            return true;
    return false;
}

// The name of one process; absent if it has ended.
static pt_fact comm_of(const pt_host_ask *q, pt_str pid) {
    pt_str dir = pt_arena_printf(q->a, "/proc/%.*s", PT_PRI(pid));
    pt_fact f = pt_host_text(q, pt_arena_printf(q->a, "%.*s/comm", PT_PRI(dir)).p, NULL);
    if (f.state != PT_UNKNOWN)
        return f;
    // A process that ends while its file is open gives an error of reading.
    pt_fact there = pt_world_stat(q->w, q->a, dir.p, NULL);
    return there.state == PT_ABSENT ? there : f;
}

// running/chronyd,ntpd: those of them that run, each once. On a disk /proc is empty, and process 1,
// which every running system has, is the witness.
pt_fact pt_host_running(const pt_host_ask *q) {
    pt_fact first = pt_host_text(q, "/proc/1/comm", "/proc/1/comm");
    pt_fact pids = pt_world_list(q->w, q->a, "/proc", "/proc");
    if (first.state != PT_KNOWN || pids.state != PT_KNOWN)
        return first.state != PT_KNOWN ? first : pids;
    PT_VEC(pt_value) found = {0};
    for (size_t i = 0; i < pt_len(pids.value); i++) {
        pt_str pid = pt_text(pt_at(pids.value, i));
        int64_t number;
        if (!pt_str_int(pid, 10, &number))
            continue;
        pt_fact comm = comm_of(q, pid);
        if (comm.state == PT_UNKNOWN)
            return comm;
        pt_str name = pt_str_trim(pt_text(comm.value));
        if (!wanted(name, q->arg))
            continue;
        pt_value *slot = PT_PUSH(q->a, &found);
        if (!slot)
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        *slot = pt_string(name);
    }
    // A daemon that forks helpers of its own name is still one: a set, as a list.
    pt_value set = pt_set_of(q->a, found.v, found.n);
    pt_list l = {.a = q->a};
    for (size_t i = 0; i < pt_len(set); i++)
        pt_list_add(&l, pt_at(set, i));
    return pt_fact_known(pt_list_end(&l), PT_STR("/proc/*/comm"));
}
