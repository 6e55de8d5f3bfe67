// Building a record: its head, its parts, sending it. Functions that are not static are verified
// once, on their own, and not again at each place that calls them.
#pragma once

static __always_inline struct pt_area *area(uint32_t slot) {
    uint32_t key = bpf_get_smp_processor_id() * PT_SLOTS + slot;
    struct pt_area *a = bpf_map_lookup_elem(&areas, &key);
    if (!a)
        return NULL;
    a->used = sizeof(struct pt_wire_head);
    a->parts = 0;
    a->flags = 0;
    a->large = 0;
    a->dirs = 0;
    a->relative = 0;
    return a;
}

// A pointer as a number: what is verified on its own takes pointers to nothing but areas.
static __always_inline uint64_t number(struct pt_area *a, const void *p) {
    *(volatile uint64_t *)&a->scalar = (uint64_t)p;
    return *(volatile uint64_t *)&a->scalar;
}

// Where the next part begins; NULL: it cannot begin any more.
static __always_inline struct pt_wire_part *begin(struct pt_area *a) {
    uint32_t at = a->used;
    if (at > PT_AREA_LAST) {
        a->large = 1;
        return NULL;
    }
    barrier_var(at); // or clang knows the range and leaves the mask out, and the verifier does not
    at &= PT_AREA_BYTES - 1;
    return (struct pt_wire_part *)(a->bytes + at);
}

// The part has n <= PT_WIRE_TEXT_MAX bytes: zeros up to its end, and the next one.
static __always_inline void end(struct pt_area *a, struct pt_wire_part *p, uint32_t kind,
                                uint32_t flags, uint32_t n) {
    p->kind = (uint16_t)kind;
    p->flags = (uint16_t)flags;
    p->length = n;
    uint32_t last = n;
    barrier_var(last);
    last &= 2 * PT_WIRE_TEXT_MAX - 1;
    if (last > PT_WIRE_TEXT_MAX)
        return;
    *(uint64_t *)((uint8_t *)(p + 1) + last) = 0;
    a->used += sizeof *p + (n + 7) / 8 * 8;
    a->parts++;
    a->flags |= flags;
}

static __always_inline void put_8(struct pt_area *a, uint32_t kind, uint64_t value) {
    struct pt_wire_part *p = begin(a);
    if (!p)
        return;
    *(uint64_t *)(p + 1) = value;
    end(a, p, kind, 0, 8);
}

// Texts of the process's memory. `known` >= 0 bytes of memory that is a list of texts or data, < 0:
// one text up to its NUL.
__noinline int pt_put_user(struct pt_area *a, uint32_t kind, uint64_t at, int64_t known) {
    if (!a)
        return 0;
    struct pt_wire_part *p = begin(a);
    if (!p)
        return 0;
    uint32_t flags = 0, n = 0;
    if (known < 0) {
        long got = bpf_probe_read_user_str(p + 1, PT_WIRE_TEXT_MAX, (void *)at);
        if (got < 0)
            flags = PT_WIRE_FAULT;
        else if (got > 0)
            n = (uint32_t)got - 1;
        if (got == PT_WIRE_TEXT_MAX)
            flags = PT_WIRE_TRUNCATED;
    } else {
        n = known > PT_WIRE_TEXT_MAX ? PT_WIRE_TEXT_MAX : (uint32_t)known;
        if (known > PT_WIRE_TEXT_MAX)
            flags = PT_WIRE_TRUNCATED;
        if (n && bpf_probe_read_user(p + 1, n, (void *)at)) {
            flags = PT_WIRE_FAULT;
            n = 0;
        }
    }
    end(a, p, kind, flags, n);
    return flags & PT_WIRE_FAULT ? -1 : (int)n;
}

// Bytes of the kernel's memory; `cut`: there were more.
__noinline int pt_put_kernel(struct pt_area *a, uint32_t kind, uint64_t at, uint32_t n,
                             uint32_t flags) {
    if (!a)
        return 0;
    struct pt_wire_part *p = begin(a);
    if (!p)
        return 0;
    if (n > PT_WIRE_TEXT_MAX) {
        n = PT_WIRE_TEXT_MAX;
        flags |= PT_WIRE_TRUNCATED;
    }
    if (n && bpf_probe_read_kernel(p + 1, n, (void *)at)) {
        flags |= PT_WIRE_FAULT;
        n = 0;
    }
    end(a, p, kind, flags, n);
    return 0;
}

// A text of the kernel's memory, up to its NUL.
__noinline int pt_put_kernel_text(struct pt_area *a, uint32_t kind, uint64_t at) {
    if (!a)
        return 0;
    struct pt_wire_part *p = begin(a);
    if (!p)
        return 0;
    long n = bpf_probe_read_kernel_str(p + 1, PT_WIRE_TEXT_MAX, (void *)at);
    uint32_t flags = n < 0 ? PT_WIRE_FAULT : n == PT_WIRE_TEXT_MAX ? PT_WIRE_TRUNCATED : 0;
    end(a, p, kind, flags, n > 0 ? (uint32_t)n - 1 : 0);
    return 0;
}

// What is inside them changed (kernel.h), their place and size did not.
static __always_inline uint64_t capabilities(const kernel_cap_t *at) {
    uint64_t caps = 0;
    bpf_probe_read_kernel(&caps, sizeof caps, at);
    return caps;
}

// The head of a record about `t`.
static __always_inline void put_head(struct pt_area *a, struct task_struct *t, uint32_t type,
                                     int64_t result) {
    struct pt_wire_head *h = (struct pt_wire_head *)a->bytes;
    struct task_struct *leader = t->group_leader;
    const struct cred *cred = t->cred;
    struct pid *pid = t->thread_pid;
    h->type = (uint16_t)type;
    h->version = PT_WIRE_VERSION;
    h->time_ns = bpf_ktime_get_boot_ns();
    h->cgroup = BPF_CORE_READ(t, cgroups, dfl_cgrp, kn, id);
    h->start_ns = leader->start_boottime;
    h->result = result;
    h->pid = (uint32_t)t->tgid;
    h->tid = (uint32_t)t->pid;
    h->vpid = h->pid;
    h->vtid = h->tid;
    uint32_t level = BPF_CORE_READ(pid, level);
    if (level > 0 && level < 33) { // MAX_PID_NS_LEVEL
        struct upid *own = &pid->numbers[0];
        h->vtid = BPF_CORE_READ(&own[level], nr);
        struct pid *group = BPF_CORE_READ(leader, thread_pid);
        own = &group->numbers[0];
        h->vpid = BPF_CORE_READ(&own[level], nr);
    }
    h->ppid = (uint32_t)t->real_parent->tgid;
    h->uid = cred->euid.val;
    h->gid = cred->egid.val;
    h->login_uid = bpf_core_field_exists(t->loginuid) ? t->loginuid.val : (uint32_t)-1;
    h->cap_effective = capabilities(&cred->cap_effective);
    h->cap_permitted = capabilities(&cred->cap_permitted);
    h->reserved = 0;
    bpf_probe_read_kernel(h->comm, sizeof h->comm, t->comm);
}

// Close the record: *ret_length of the area's bytes. False: it is lost, and counted.
static __always_inline bool close_record(struct pt_area *a, uint32_t *ret_length) {
    struct pt_sensor_cpu *c = counter();
    if (!c)
        return false;
    struct pt_wire_head *h = (struct pt_wire_head *)a->bytes;
    if (a->large) {
        lose(PT_LOST_LARGE);
        return false;
    }
    uint32_t n = a->used;
    h->length = n;
    h->parts = (uint16_t)a->parts;
    h->cpu = (uint16_t)bpf_get_smp_processor_id();
    h->sequence = __sync_fetch_and_add(&c->sequence, 1) + 1;
    h->flags = (uint8_t)(a->flags | (c->gap ? PT_WIRE_LOST : 0));
    *ret_length = n;
    return true;
}

__noinline int pt_send(struct pt_area *a, uint32_t urgent) {
    if (!a)
        return 0;
    uint32_t n = 0, cpu = bpf_get_smp_processor_id(), first = 0;
    if (!close_record(a, &n))
        return 0;
    struct pt_sensor_cpu *c = counter();
    uint32_t which = settings.rings == 1 ? 0 : cpu, reader = settings.cpus;
    void *ring = bpf_map_lookup_elem(&rings, &which);
    struct pt_sensor_reader *r = bpf_map_lookup_elem(&counters, &reader);
    if (!ring || !r || !c)
        return 0;
    (void)first;
    if (n > PT_AREA_BYTES)
        n = PT_AREA_BYTES;
    uint64_t wake = BPF_RB_NO_WAKEUP;
    if (r->asleep || urgent) {
        wake = BPF_RB_FORCE_WAKEUP;
        r->asleep = 0;
    }
    if (bpf_ringbuf_output(ring, a->bytes, n, wake)) {
        count(&c->lost[PT_LOST_SPACE]);
        c->gap = 1;
        return 0;
    }
    c->gap = 0;
    count(&c->sent);
    __sync_fetch_and_add(&c->bytes, n);
    return 0;
}
