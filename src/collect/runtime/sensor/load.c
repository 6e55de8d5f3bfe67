#include "collect/runtime/sensor/load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/runtime/sensor/calls.h"

// These use the types of those above.
#include "collect/runtime/bpf/probe.skel.h"
#include "collect/runtime/bpf/sensor.skel.h"

// The tables of the header and those of the programs are the same.
static_assert(sizeof(struct pt_sensor_cpu) == 128, "one processor's counters");
static_assert(sizeof(struct pt_sensor_reader) == sizeof(struct pt_sensor_cpu), "same element");
static_assert(PT_CALLS == PT_EVENT_SYSCALLS, "calls are numbered below");

#define RING_BYTES_DEFAULT ((uint64_t)8 << 20)
#define LINKS_MAX          (PT_CALLS + 8)

struct pt_loaded {
    struct sensor_bpf *bpf;
    struct bpf_link *links[LINKS_MAX];
    size_t n_links;
    struct bpf_link *iterator;
    int *rings;
    uint32_t n_rings;
};

static int quiet(enum libbpf_print_level level, const char *format, va_list args) {
    (void)level, (void)format,
        (void)args; // its lines are for developers; our errors say what failed
    return 0;
}

static pt_code refused(pt_err *e, const char *what, int sys) {
    if (sys == EPERM || sys == EACCES) {
        pt_code code = pt_err_set(e, PT_E_DENIED, "the kernel does not let the sensor %s", what);
        pt_err_remedy(e,
                      "the sensor needs CAP_BPF, CAP_PERFMON and CAP_SYS_RESOURCE (or "
                      "CAP_SYS_ADMIN), and a kernel that is not locked down for confidentiality");
        return code;
    }
    if (sys == ENOMEM)
        return pt_err_set(e, PT_E_NOMEM, "no memory to %s", what);
    pt_code code =
        pt_err_set(e, PT_E_UNSUPPORTED, "the kernel cannot %s: %s", what, pt_errno_text(sys));
    pt_err_remedy(e, "a kernel from 5.18 on, with BTF, is needed");
    return code;
}

// -- what the kernel has --------------------------------------------------------------------------

static bool loads(bool lsm) {
    struct probe_bpf *p = probe_bpf__open();
    if (!p)
        return false;
    bpf_program__set_autoload(p->progs.pt_probe_lsm, lsm);
    bpf_program__set_autoload(p->progs.pt_probe_fentry, !lsm);
    bool ok = probe_bpf__load(p) == 0;
    probe_bpf__destroy(p);
    return ok;
}

// The LSM runs only if the kernel's command line or configuration names it.
static bool lsm_runs(void) {
    char text[256] = {0};
    PT_AUTO(pt_fd_close) int fd = open("/sys/kernel/security/lsm", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
        return true; // not mounted: nobody can say
    return strstr(text, "bpf") != NULL;
}

static void look(bool there[PT_FEATURES]) {
    there[PT_FEATURE_BTF] = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
    there[PT_FEATURE_RING] = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) > 0;
    there[PT_FEATURE_FENTRY] = loads(false);
    there[PT_FEATURE_LSM] = loads(true) && lsm_runs();
}

// -- loading --------------------------------------------------------------------------------------

static bool any_call(const pt_sensor_ask *ask) {
    for (pt_event_type t = 0; t < PT_CALLS; t++)
        if (pt_event_set_has(&ask->types, t))
            return true;
    return false;
}

static void choose_programs(struct sensor_bpf *b, const pt_sensor_ask *ask, bool traced) {
    bool any = any_call(ask);
    bpf_program__set_autoload(b->progs.pt_return_all, any && !ask->per_call);
    bpf_program__set_autoload(b->progs.pt_return_one, any && ask->per_call);
    bpf_program__set_autoload(b->progs.pt_enter_one, any && traced);
    bpf_program__set_autoload(b->progs.pt_enter_all, any && !traced);
}

static pt_code settle(struct sensor_bpf *b, const pt_sensor_ask *ask,
                      const pt_sensor_answer *answer, pt_err *e) {
    struct pt_sensor_settings *s = (void *)&b->rodata->settings;
    static_assert(sizeof ask->types.bits == sizeof s->wanted, "one bit a type");
    memcpy(s->wanted, ask->types.bits, sizeof s->wanted);
    if (getrandom(&s->secret, sizeof s->secret, 0) != (ssize_t)sizeof s->secret)
        return pt_err_sys(e, errno, "no random numbers");
    s->ours[0] = ask->reader;
    s->ours[1] = (uint32_t)getpid();
    s->rings = answer->rings;
    s->cpus = answer->cpus;
    s->data_bytes = ask->data_bytes < PT_WIRE_TEXT_MAX ? ask->data_bytes : PT_WIRE_TEXT_MAX;
    s->environment = ask->environment;
    s->by_cgroup = ask->by_cgroup;
    const char *strange = pt_calls_fill((struct pt_call *)b->rodata->calls);
    pt_assert(!strange); // calls_test.c
    pt_calls_ia32((uint16_t *)b->rodata->ia32_calls, (uint16_t *)b->rodata->socket_calls);
    return PT_OK;
}

static bool size_maps(struct sensor_bpf *b, const pt_sensor_answer *a) {
    return bpf_map__set_max_entries(b->maps.rings, a->rings) == 0 &&
           bpf_map__set_max_entries(b->maps.counters, a->cpus + 1) == 0 &&
           bpf_map__set_max_entries(b->maps.areas, a->cpus * PT_SLOTS) == 0;
}

static pt_code make_rings(pt_loaded *l, const pt_sensor_answer *a, pt_err *e) {
    l->rings = calloc(a->rings, sizeof *l->rings);
    if (!l->rings)
        return pt_err_set(e, PT_E_NOMEM, "no memory for %u rings", a->rings);
    for (uint32_t i = 0; i < a->rings; i++) {
        int fd =
            bpf_map_create(BPF_MAP_TYPE_RINGBUF, "pt_ring", 0, 0, (uint32_t)a->ring_bytes, NULL);
        if (fd < 0)
            return refused(e, "make a ring buffer", -fd);
        l->rings[l->n_rings++] = fd;
        if (bpf_map_update_elem(bpf_map__fd(l->bpf->maps.rings), &i, &fd, BPF_ANY) != 0)
            return refused(e, "keep a ring buffer", errno);
    }
    return PT_OK;
}

static pt_code add_cgroups(const pt_loaded *l, const pt_sensor_ask *ask, pt_err *e) {
    uint8_t one = 1;
    for (uint32_t i = 0; i < ask->n_cgroups; i++)
        if (bpf_map_update_elem(bpf_map__fd(l->bpf->maps.cgroups), &ask->cgroups[i], &one,
                                BPF_ANY) != 0)
            return refused(e, "keep the id of a cgroup", errno);
    return PT_OK;
}

// -- attaching ------------------------------------------------------------------------------------

static pt_code keep(pt_loaded *l, struct bpf_link *link, const char *what, pt_err *e) {
    if (!link)
        return refused(e, what, errno);
    pt_assert(l->n_links < LINKS_MAX);
    l->links[l->n_links++] = link;
    return PT_OK;
}

static pt_code attach(pt_loaded *l, const struct bpf_program *p, pt_err *e) {
    if (!bpf_program__autoload(p))
        return PT_OK;
    return keep(l, bpf_program__attach(p), "attach to its tracepoints", e);
}

// The numbers of single tracepoints are files of tracefs: where that is not mounted it is, in a
// mount namespace of this process alone.
static bool can_trace(void) {
    static const char probe[] = "/sys/kernel/tracing/events/syscalls/sys_enter_openat/id";
    if (access("/sys/kernel/debug/tracing/events/syscalls", F_OK) == 0 || access(probe, R_OK) == 0)
        return true;
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tracefs", "/sys/kernel/tracing", "tracefs",
                 MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL) == 0 &&
           access(probe, R_OK) == 0;
}

// Tracepoints have the names of the kernel's functions.
static const char *traced_name(pt_event_type t, const char *name) {
    static const struct {
        pt_event_type type;
        const char *name;
    } other[] = {{SYS_stat, "newstat"},   {SYS_lstat, "newlstat"},      {SYS_fstat, "newfstat"},
                 {SYS_uname, "newuname"}, {SYS_sendfile, "sendfile64"}, {SYS_umount2, "umount"}};
    for (size_t i = 0; i < PT_COUNT(other); i++)
        if (other[i].type == t)
            return other[i].name;
    return name;
}

// `p` to the tracepoint of each wanted call whose flags have all of `flags`. A call that this
// kernel has no tracepoint for cannot be made here either.
static pt_code attach_each(pt_loaded *l, const struct bpf_program *p, const pt_sensor_ask *ask,
                           const char *side, unsigned flags, pt_err *e) {
    if (!bpf_program__autoload(p))
        return PT_OK;
    for (pt_event_type t = 0; t < PT_CALLS; t++) {
        const char *name = pt_event_name(t);
        if (!name || !pt_event_set_has(&ask->types, t) ||
            (l->bpf->rodata->calls[t].flags & flags) != flags)
            continue;
        char point[64];
        PT_IGNORE(snprintf(point, sizeof point, "sys_%s_%s", side, traced_name(t, name)) < 0);
        struct bpf_link *link = bpf_program__attach_tracepoint(p, "syscalls", point);
        if (!link && errno == ENOENT)
            continue;
        pt_code code = keep(l, link, "attach to a system call", e);
        if (code)
            return code;
    }
    return PT_OK;
}

static pt_code attach_all(pt_loaded *l, const pt_sensor_ask *ask, pt_err *e) {
    const struct sensor_bpf *b = l->bpf;
    pt_code code = attach(l, b->progs.pt_fork, e);
    if (!code)
        code = attach(l, b->progs.pt_exec, e);
    if (!code)
        code = attach(l, b->progs.pt_exit, e);
    if (!code)
        code = attach_each(l, b->progs.pt_enter_one, ask, "enter", PT_CALL_ENTRY, e);
    if (!code)
        code = attach(l, b->progs.pt_enter_all, e);
    if (!code)
        code = attach_each(l, b->progs.pt_return_one, ask, "exit", 0, e);
    if (!code)
        code = attach(l, b->progs.pt_return_all, e);
    return code;
}

static pt_code load(pt_loaded *l, const pt_sensor_ask *ask, pt_sensor_answer *answer, pt_err *e) {
    l->bpf = sensor_bpf__open();
    if (!l->bpf)
        return refused(e, "read its programs", errno);
    choose_programs(l->bpf, ask, answer->there[PT_FEATURE_ENTRY]);
    pt_code code = settle(l->bpf, ask, answer, e);
    if (code)
        return code;
    if (!size_maps(l->bpf, answer))
        return refused(e, "size its maps", errno);
    int rc = sensor_bpf__load(l->bpf);
    if (rc == -EACCES) // no right is missing: this is how the verifier says no
        return pt_err_set(e, PT_E_UNSUPPORTED,
                          "the kernel's verifier refuses the sensor's programs");
    if (rc != 0)
        return refused(e, "load its programs", -rc);
    code = make_rings(l, answer, e);
    if (!code)
        code = add_cgroups(l, ask, e);
    if (!code)
        code = attach_all(l, ask, e);
    if (code)
        return code;
    answer->there[PT_FEATURE_TRACEPOINTS] = true;
    l->iterator = bpf_program__attach_iter(l->bpf->progs.pt_snapshot, NULL);
    answer->there[PT_FEATURE_ITERATOR] = l->iterator != NULL;
    return PT_OK;
}

static void unload(pt_loaded *l) {
    for (size_t i = 0; i < l->n_links; i++)
        bpf_link__destroy(l->links[i]);
    for (uint32_t i = 0; i < l->n_rings; i++)
        close(l->rings[i]);
    if (l->bpf)
        sensor_bpf__destroy(l->bpf);
    free(l->rings);
    free(l);
}

pt_code pt_sensor_load(const pt_sensor_ask *ask, pt_loaded **ret, pt_sensor_answer *answer,
                       pt_err *e) {
    libbpf_set_print(quiet);
    look(answer->there);
    if (!answer->there[PT_FEATURE_BTF])
        return refused(e, "describe its own types (BTF, /sys/kernel/btf/vmlinux)", ENOENT);
    int cpus = libbpf_num_possible_cpus();
    if (cpus < 1)
        return refused(e, "say how many processors it has", -cpus);
    answer->cpus = (uint32_t)cpus;
    answer->rings = ask->one_ring ? 1 : answer->cpus;
    answer->ring_bytes = ask->ring_bytes ? ask->ring_bytes : RING_BYTES_DEFAULT;
    answer->there[PT_FEATURE_ENTRY] = can_trace();
    pt_loaded *l = calloc(1, sizeof *l);
    if (!l)
        return pt_err_set(e, PT_E_NOMEM, "no memory");
    pt_code code = load(l, ask, answer, e);
    if (code)
        unload(l);
    else
        *ret = l;
    return code;
}

int pt_loaded_counters(const pt_loaded *l) {
    return bpf_map__fd(l->bpf->maps.counters);
}

int pt_loaded_ring(const pt_loaded *l, uint32_t i) {
    return l->rings[i];
}

int pt_loaded_iterator(const pt_loaded *l) {
    if (!l->iterator) {
        errno = ENOSYS;
        return -1;
    }
    return bpf_iter_create(bpf_link__fd(l->iterator));
}
