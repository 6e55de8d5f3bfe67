// What the kernel's programs write into the ring buffer, what `watch --record` keeps and --replay
// reads: the one format between the sensor and everybody. Little endian, all lengths in bytes;
// every record starts on a multiple of 8. Shared with the eBPF programs, so it includes nothing of
// ours.
//
//   record:  pt_wire_head | part | part | …
//   part:    pt_wire_part | its bytes, padded with zeros to a multiple of 8
//
// A reader skips parts that it does not know. What it cannot read whole (a length that leaves the
// record, a head of another version) is an error, counted, never guessed.
#pragma once

#ifndef __bpf__
#    include <assert.h>
#    include <stdint.h>
#endif

#define PT_WIRE_VERSION    1
#define PT_WIRE_RECORD_MAX 65536
#define PT_WIRE_TEXT_MAX   4096 // a path, argv together, the environment together
#define PT_WIRE_ALIGN      8

enum pt_wire_flag {
    PT_WIRE_IA32 = 1 << 0,      // a 32-bit call: type is already the 64-bit one's number
    PT_WIRE_TRUNCATED = 1 << 1, // some text was longer than its bound
    PT_WIRE_FAULT = 1 << 2,     // some memory could not be read
    PT_WIRE_PATH_DEEP = 1 << 3, // a walk gave up at its bound: the path's start is missing
    PT_WIRE_LOST = 1 << 4,      // this processor lost records just before
    PT_WIRE_SNAPSHOT = 1 << 5,  // no event: how a process is now (start, gaps)
    PT_WIRE_LATE = 1 << 6, // a text that is else copied at entry was read at the return: another
                           // thread could have changed it meanwhile
};

struct pt_wire_head {
    uint32_t length;   // of the record, with this head; a multiple of 8
    uint16_t type;     // pt_event_type: a system call's x86-64 number, or PT_EVENT_…
    uint8_t version;   // PT_WIRE_VERSION
    uint8_t flags;     // pt_wire_flag
    uint64_t time_ns;  // CLOCK_BOOTTIME
    uint64_t cgroup;   // id in the unified hierarchy
    uint64_t start_ns; // when the thread group began, since boot
    int64_t result;    // of the system call; the exit code of PROCEXIT
    uint32_t pid, tid; // thread group and thread, first pid namespace
    uint32_t vpid, vtid;
    uint32_t ppid;      // real parent's thread group
    uint32_t uid, gid;  // effective, after the call, in the first user namespace
    uint32_t login_uid; // UINT32_MAX: none
    uint64_t cap_effective, cap_permitted;
    uint64_t sequence; // of this processor, from 1, records that were lost included
    uint16_t cpu;
    uint16_t parts; // how many follow
    uint32_t reserved;
    char comm[16]; // of the thread that made the call
};

struct pt_wire_part {
    uint16_t kind;   // pt_wire_kind
    uint16_t flags;  // pt_wire_flag of this part
    uint32_t length; // of the bytes, without padding
};

enum pt_wire_kind {
    PT_WIRE_ARG = 0,   // + index: argument of pt_event_params as it was passed: 8 bytes, or a text
    PT_WIRE_FILE = 32, // pt_wire_file: what the descriptor of the event stands for
    PT_WIRE_FILE_PATH, // the kernel's path of it, from the root of the mount tree
    PT_WIRE_CWD,       // where a relative argument begins
    PT_WIRE_DIR,       // + 0, 1: path of the first, the second dirfd argument
    PT_WIRE_DIR_2,
    PT_WIRE_EXEC,        // pt_wire_exec
    PT_WIRE_ARGV,        // texts, each with a NUL behind it; the first is argv[0]
    PT_WIRE_ENVIRONMENT, // likewise
    PT_WIRE_EXE_PATH,    // kernel's path of the program
    PT_WIRE_CGROUP_PATH, // names joined by '/', the last six at most; v1's memory group if unified
                         // has none
    PT_WIRE_ADDRESS,     // struct sockaddr as passed
    PT_WIRE_CHILD,       // pt_wire_child: of clone and fork, told by the parent
    PT_WIRE_DATA,        // what was read or written, the start of it
    PT_WIRE_NAME,        // name of an ASYNC record; then its data
    PT_WIRE_CONTAINER,   // JSON: an engine's answer, so that a recording knows it, too
    PT_WIRE_OPEN_PATH,   // path that an open/exec/link argument was resolved to by the kernel
    PT_WIRE_IDS,         // pt_wire_ids: after setsid and setpgid
};

struct pt_wire_file {
    int64_t number;
    uint64_t dev, ino;
    uint32_t flags; // O_…
    uint16_t type;  // pt_file_type
    uint8_t protocol;
    uint8_t v6;
    uint16_t local_port, remote_port; // host order
    uint8_t bound;                    // local address and port are set
    uint8_t peered;                   // remote ones are
    uint8_t listening;                // the socket is one that accepts
    uint8_t accepted;                 // made by accept: this end is the server's
    uint8_t local_ip[16], remote_ip[16];
    uint64_t cookie; // of the socket: a name for its life
    uint64_t unix_local, unix_remote;
};

struct pt_wire_exec { // of execve, and of snapshots
    uint64_t exe_dev, exe_ino, exe_ctime_ns, exe_mtime_ns;
    uint32_t exe_flags; // pt_exe_flag
    uint32_t tty;
    uint32_t sid, vsid, pgid, vpgid;
    uint32_t pidns;
    uint32_t reserved;
};

struct pt_wire_child {
    uint64_t start_ns;
    uint32_t pid, tid, vpid, vtid;
    uint64_t flags; // CLONE_…
};

struct pt_wire_ids {
    uint32_t sid, vsid, pgid, vpgid;
    uint32_t pidns;
    uint32_t tty;
};

#ifndef __bpf__
static_assert(sizeof(struct pt_wire_ids) == 24, "ids are 24 bytes");
static_assert(sizeof(struct pt_wire_head) == 120, "the head is 120 bytes");
static_assert(sizeof(struct pt_wire_part) == 8, "a part's head is 8 bytes");
static_assert(sizeof(struct pt_wire_file) == 96, "a file is 96 bytes");
static_assert(sizeof(struct pt_wire_exec) == 64, "an exec is 64 bytes");
static_assert(sizeof(struct pt_wire_child) == 32, "a child is 32 bytes");
#endif
