// Paratia's own rights: what a process gives up before it reads anything from outside, for good.
#pragma once

#include "base/err.h"

typedef struct pt_rights {
    bool read_all; // CAP_DAC_READ_SEARCH: without it root could not read other users' files
    bool inspect;  // CAP_SYS_PTRACE too, until pt_rights_shed: whose socket, which program. (The
                   // filter kills at ptrace and process_vm_*: only /proc is read with it)
    bool threads;  // more of them, of this process
    bool internet; // TCP to a remote engine; otherwise Unix sockets only
    bool serve;    // take connections on a socket that listens already
} pt_rights;

// Drop every capability but those that `keep` names, where they were there, from the bounding and
// ambient sets too; set
// no_new_privs; then a seccomp filter: an allow-list for reading files, talking to sockets and
// writing what is open or below folders of our own. System calls that no collector needs and
// exploits do (execve, ptrace, mount, bpf, setns, …) kill the process; all others are "not
// implemented". PT_E_UNSUPPORTED: the kernel refuses; nothing
// must be read then.
PT_CHECK pt_code pt_rights_drop(const pt_rights *keep, pt_err *e);

// Give up what `inspect` kept, once it was used; `read_all` stays. The same errors.
PT_CHECK pt_code pt_rights_shed(pt_err *e);
