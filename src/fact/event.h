// What happened on a host, as collect/runtime tells it and judge/falco judges it: a system call
// that has returned (failed ones too), a process that ended, or an entry of another source (a
// document). An event borrows everything: it is valid until the next one is asked for. No code here
// looks at anything.
#pragma once

#include "fact/process.h"
#include "value/value.h"

// A system call's number as on x86-64, whatever the machine is; what is no system call follows.
typedef uint16_t pt_event_type;
enum {
    PT_EVENT_SYSCALLS = 512, // numbers below are system calls
    PT_EVENT_PROCEXIT = PT_EVENT_SYSCALLS,
    PT_EVENT_CONTAINER, // a container was named: args are its description
    PT_EVENT_PLUGIN,    // an entry of another source: `doc`
    PT_EVENT_ASYNC,     // told by the sensor itself: `async_name` (drops, tampering)
    PT_EVENT_SIGNAL,    // a signal was delivered
    PT_EVENT_TYPES,
    PT_EVENT_UNKNOWN = UINT16_MAX,
};

// A set of types: what a condition can be true for, what a sensor must send.
typedef struct pt_event_set {
    uint64_t bits[(PT_EVENT_TYPES + 63) / 64];
} pt_event_set;
static inline bool pt_event_set_has(const pt_event_set *s, pt_event_type t) {
    return t < PT_EVENT_TYPES && (s->bits[t / 64] >> (t % 64) & 1);
}
static inline void pt_event_set_add(pt_event_set *s, pt_event_type t) {
    s->bits[t / 64] |= UINT64_C(1) << (t % 64);
}

// "openat" for 257; NULL for a number that no system call has. And back: all names that rules may
// use in evt.type, "procexit" and "container" too; PT_EVENT_UNKNOWN for another.
const char *pt_event_name(pt_event_type t);
pt_event_type pt_event_named(pt_str name);

// -- arguments ------------------------------------------------------------------------------------
// How an argument is read and shown. Numbers are in `number`, texts in `bytes`.
typedef enum pt_param_kind {
    PT_PARAM_NONE,
    PT_PARAM_INT,   // signed decimal
    PT_PARAM_UINT,  // unsigned decimal
    PT_PARAM_HEX,   // 1F: upper case, no prefix
    PT_PARAM_ERRNO, // a result: 0, or the negative number and its name
    PT_PARAM_FD,    // a descriptor: <f>/path, <4t>tuple; AT_FDCWD; -1 as the errno's name
    PT_PARAM_PATH,  // bytes: as asked; resolved: joined and normalised
    PT_PARAM_FLAGS, // number; `names` in table order, bits are consumed, joined by |
    PT_PARAM_ENUM,  // number; the equal row of `names`
    PT_PARAM_MODE,  // mode bits: names as flags (S_ISUID|S_IRUSR…), raw in octal
    PT_PARAM_UID,   // a user: its name in the process's container
    PT_PARAM_GID,
    PT_PARAM_PID,     // a process: number(comm)
    PT_PARAM_TEXT,    // bytes as text
    PT_PARAM_LIST,    // bytes: texts each with a NUL behind it (argv, environment)
    PT_PARAM_BYTES,   // data, 80 bytes of it unless asked for more
    PT_PARAM_ADDRESS, // a socket address: 10.0.0.1:80, /run/x.sock
    PT_PARAM_TUPLE,   // 10.0.0.2:41000->10.0.0.1:80
    PT_PARAM_TIME,    // nanoseconds
    PT_PARAM_OCTAL,   // 0644
    PT_PARAM_SIGNAL,  // a number and its name: SIGKILL
} pt_param_kind;

typedef struct pt_flag_name {
    uint64_t bits;    // as rules and outputs number it
    const char *name; // NULL: the end of the table
    // As the kernel numbers it: a passed value has it if (value & mask) == passed. mask 0: as
    // `bits`.
    uint64_t passed, mask;
} pt_flag_name;

typedef struct pt_param {
    const char *name; // as rules name it: evt.arg.NAME
    pt_param_kind kind;
    const pt_flag_name *names; // FLAGS, ENUM, MODE
    uint8_t dir; // of PATH: where a relative one begins: 0 the working directory, 1 the first dirfd
                 // argument (PT_WIRE_DIR), 2 the second
} pt_param;

// An execve has the most.
#define PT_EVENT_ARGS_MAX 32
// The parameters of a type, *n of them; none for a system call that is told by its name alone.
// Whoever makes events gives those that are not the system call's own arguments from what else it
// knows: `res` and an `fd` that is made from the result, `dev` and `ino` of what was opened, all of
// execve's and clone's but `filename` and `flags` of clone.
const pt_param *pt_event_params(pt_event_type t, size_t *n);
// Which of them has that name; SIZE_MAX: none.
size_t pt_event_param_index(pt_event_type t, pt_str name);
// One of any type that has that name, NULL: no event has such an argument.
const pt_param *pt_event_param_named(pt_str name);

typedef struct pt_event_arg {
    bool known; // false: it could not be read, or this call has none
    // As it was passed: O_RDONLY is 0, PTRACE_ATTACH 16. pt_event_arg_number is as rules number it.
    int64_t number;
    pt_str bytes;
    pt_str resolved; // of a relative PATH: joined and normalised; of FD: its path, if that is
                     // known; empty if unknown
} pt_event_arg;

// -- what a descriptor stands for
// -------------------------------------------------------------------
typedef enum pt_file_type {
    PT_FILE_UNKNOWN,
    PT_FILE_REGULAR, // devices and FIFOs that were opened by path, too
    PT_FILE_DIRECTORY,
    PT_FILE_IPV4,
    PT_FILE_IPV6,
    PT_FILE_UNIX,
    PT_FILE_PIPE,
    PT_FILE_EVENT,
    PT_FILE_SIGNALFD,
    PT_FILE_EVENTPOLL,
    PT_FILE_INOTIFY,
    PT_FILE_TIMER,
    PT_FILE_NETLINK,
    PT_FILE_BPF,
    PT_FILE_USERFAULT,
    PT_FILE_IO_URING,
    PT_FILE_MEMFD,
    PT_FILE_PIDFD,
    PT_FILE_PACKET,
    PT_FILE_TYPES,
} pt_file_type;

typedef struct pt_endpoint {
    bool known;
    bool v6;        // 16 bytes of ip, else the first 4; a mapped IPv4 address is an IPv4 address
    uint8_t ip[16]; // network order
    uint16_t port;  // host order
} pt_endpoint;

// An address of a socket; one of IPv6 that is an IPv4 address becomes that.
void pt_endpoint_set(pt_endpoint *end, const uint8_t ip[16], bool v6, uint16_t port);
// That of a struct sockaddr. False: it is of another family, or cut.
bool pt_endpoint_read(pt_str sockaddr, pt_endpoint *ret);
// The path of a sockaddr_un, inside it; an abstract name starts with NUL. Empty: it has none.
pt_str pt_sockaddr_unix_path(pt_str sockaddr);

typedef enum pt_socket_role {
    PT_SOCKET_UNKNOWN,
    PT_SOCKET_CLIENT,
    PT_SOCKET_SERVER
} pt_socket_role;

typedef struct pt_file_ref {
    bool known;     // false: events that have no descriptor
    int64_t number; // -1: the call that makes it failed
    pt_file_type type;
    pt_str name;  // a path as rules see it: asked, joined, normalised; other kinds: their own name
    pt_str asked; // a path as asked, verbatim
    pt_str kernel_path; // where the kernel ended: every link followed. Empty: not known
    uint64_t dev, ino;  // dev as stat(2) tells it
    uint32_t flags;     // O_…
    // of sockets
    pt_endpoint local, remote;
    pt_socket_role role; // whether this end is the client's; decides which address is fd.cip
    uint8_t protocol;    // IPPROTO_…
    bool connected, name_changed;
    pt_str unix_path;
    uint64_t unix_local, unix_remote; // the kernel's addresses, for the name's text
} pt_file_ref;

// -- the event
// --------------------------------------------------------------------------------------
typedef struct pt_event {
    pt_str source; // "syscall", "k8s_audit"; which fields it can be asked
    uint64_t number;
    uint64_t time_ns; // since the epoch
    pt_event_type type;
    uint16_t cpu;
    uint32_t tid, vtid;
    int64_t result; // of a system call
    bool has_result;
    // As they are *after* the call (a setuid that worked shows the new user).
    uint32_t uid, gid;
    int64_t login_uid; // -1: none
    uint64_t cap_effective, cap_permitted;
    const pt_process *process; // NULL: unknown (a gap, an event of before)
    const pt_processes *processes;
    const pt_container *container; // never NULL for system calls: what is outside has id "host"
    pt_file_ref file;
    pt_event_arg args[PT_EVENT_ARGS_MAX]; // in the order of pt_event_params
    pt_str async_name;
    pt_value doc;     // other sources
    bool lost_before; // events of this processor were lost just before: state may be stale
} pt_event;

// The argument as text: resolved if there is such a form, else raw. It lives in `a` or is borrowed.
// Empty for an argument that is not known: *ret_known says it.
pt_str pt_event_arg_text(pt_arena *a, const pt_event *ev, size_t i, bool *ret_known);
// The number of a number's kind as rules compare it (evt.rawarg): flags and requests are numbered
// anew there, O_RDONLY is 1.
int64_t pt_event_arg_number(const pt_event *ev, size_t i);
// "fd=3(<f>/etc/shadow) name=/etc/shadow flags=1(O_RDONLY)": all known arguments of the event.
pt_str pt_event_args_text(pt_arena *a, const pt_event *ev);
// "10.0.0.2:41000->10.0.0.1:80", "/etc/shadow", "127.0.0.1:53": fd.name.
pt_str pt_file_ref_name(pt_arena *a, const pt_file_ref *f);
const char *pt_file_type_name(pt_file_type t); // "file", "ipv4"; NULL: unknown
char pt_file_type_char(pt_file_type t);        // 'f', '4'; 0: unknown
// "EACCES" for -13 or 13; NULL for a number that is none.
const char *pt_event_errno_name(int64_t result);
// "CAP_CHOWN CAP_SYS_ADMIN": the names of the bits, joined by blanks.
pt_str pt_event_caps_text(pt_arena *a, uint64_t caps);
