// Records from a few words, for tests and for the conformance runner. Header only; nothing of this
// is linked into a program that is shipped.
//
//   pt_wire_test w;
//   pt_wire_begin(&w, 257, 100);                  openat of process 100
//   pt_wire_arg_text(&w, "name", PT_STR("x"));
//   pt_wire_arg(&w, "flags", O_RDONLY);
//   pt_runtime_apply(rt, pt_wire_end(&w), w.n, &ev, &e);
#pragma once

#include <string.h>

#include "collect/runtime/wire.h"
#include "fact/event.h"

typedef struct pt_wire_test {
    _Alignas(8) char bytes[PT_WIRE_RECORD_MAX];
    size_t n;
    struct pt_wire_head *head; // in `bytes`: set what differs from the defaults
} pt_wire_test;

// A record of a call of `pid` that returned 0. Defaults: its only thread, in the first pid
// namespace, begun at `pid` nanoseconds, child of 1, root, no login; time: 1 s.
static inline void pt_wire_begin(pt_wire_test *w, pt_event_type type, uint32_t pid) {
    w->n = sizeof *w->head;
    w->head = (struct pt_wire_head *)(void *)w->bytes;
    *w->head = (struct pt_wire_head){
        .type = type,
        .version = PT_WIRE_VERSION,
        .time_ns = UINT64_C(1000000000),
        .start_ns = pid,
        .pid = pid,
        .tid = pid,
        .vpid = pid,
        .vtid = pid,
        .ppid = pid == 1 ? 0 : 1,
        .login_uid = UINT32_MAX,
        .comm = "test",
    };
}

static inline void pt_wire_part_of(pt_wire_test *w, unsigned kind, const void *bytes, size_t n) {
    struct pt_wire_part part = {.kind = (uint16_t)kind, .length = (uint32_t)n};
    size_t padded = (n + PT_WIRE_ALIGN - 1) / PT_WIRE_ALIGN * PT_WIRE_ALIGN;
    pt_assert(sizeof part + padded <= sizeof w->bytes - w->n);
    memcpy(w->bytes + w->n, &part, sizeof part);
    memset(w->bytes + w->n + sizeof part, 0, padded);
    if (n)
        memcpy(w->bytes + w->n + sizeof part, bytes, n);
    w->n += sizeof part + padded;
    w->head->parts++;
}

static inline void pt_wire_text(pt_wire_test *w, unsigned kind, pt_str text) {
    pt_wire_part_of(w, kind, text.p, text.n);
}

// An argument of the call by its name, a number or a text.
static inline unsigned pt_wire_arg_kind(const pt_wire_test *w, const char *name) {
    size_t i = pt_event_param_index(w->head->type, pt_str_of(name));
    pt_assert(i != SIZE_MAX);
    return PT_WIRE_ARG + (unsigned)i;
}

static inline void pt_wire_arg(pt_wire_test *w, const char *name, int64_t number) {
    pt_wire_part_of(w, pt_wire_arg_kind(w, name), &number, sizeof number);
}

static inline void pt_wire_arg_text(pt_wire_test *w, const char *name, pt_str text) {
    pt_wire_text(w, pt_wire_arg_kind(w, name), text);
}

static inline void pt_wire_comm(pt_wire_test *w, const char *comm) {
    memset(w->head->comm, 0, sizeof w->head->comm);
    memcpy(w->head->comm, comm, strnlen(comm, sizeof w->head->comm - 1));
}

// A successful exec: argv as texts with a NUL behind each ("ls\0-l\0"), the program's path. Its
// session and group are its own; *x (may be NULL) says otherwise.
static inline void pt_wire_exec_of(pt_wire_test *w, pt_str argv, pt_str path,
                                   const struct pt_wire_exec *x) {
    struct pt_wire_exec own = {.sid = w->head->pid,
                               .vsid = w->head->vpid,
                               .pgid = w->head->pid,
                               .vpgid = w->head->vpid,
                               .pidns = 1};
    pt_wire_part_of(w, PT_WIRE_EXEC, x ? x : &own, sizeof own);
    pt_wire_text(w, PT_WIRE_ARGV, argv);
    pt_wire_text(w, PT_WIRE_EXE_PATH, path);
}

// A process that the call made; the result is its number.
static inline void pt_wire_child_of(pt_wire_test *w, uint32_t pid, uint64_t flags) {
    struct pt_wire_child c = {
        .start_ns = pid, .pid = pid, .tid = pid, .vpid = pid, .vtid = pid, .flags = flags};
    pt_wire_part_of(w, PT_WIRE_CHILD, &c, sizeof c);
    w->head->result = pid;
}

// A TCP or UDP socket over IPv4; port 0: that end is not known.
static inline struct pt_wire_file pt_wire_inet(int64_t number, uint8_t protocol, uint64_t cookie) {
    return (struct pt_wire_file){
        .number = number, .type = PT_FILE_IPV4, .protocol = protocol, .cookie = cookie};
}

static inline void pt_wire_local(struct pt_wire_file *f, const uint8_t ip[4], uint16_t port) {
    memcpy(f->local_ip, ip, 4);
    f->local_port = port;
    f->bound = 1;
}

static inline void pt_wire_remote(struct pt_wire_file *f, const uint8_t ip[4], uint16_t port) {
    memcpy(f->remote_ip, ip, 4);
    f->remote_port = port;
    f->peered = 1;
}

static inline const struct pt_wire_head *pt_wire_end(pt_wire_test *w) {
    w->head->length = (uint32_t)w->n;
    return w->head;
}
