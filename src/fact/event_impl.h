// What the sources of event.h share.
#pragma once

#include "fact/event.h"

// Tables of names, in the order in which bits are taken (event_flags.c).
extern const pt_flag_name pt_flags_open[], pt_flags_clone[], pt_flags_mode[], pt_flags_mknod[],
    pt_flags_exe[], pt_flags_mount[], pt_flags_umount[], pt_flags_unlinkat[], pt_flags_linkat[],
    pt_flags_chownat[], pt_flags_stat[], pt_flags_rename[], pt_flags_resolve[], pt_flags_memfd[],
    pt_flags_pidfd[], pt_flags_module[], pt_flags_prot[], pt_flags_map[], pt_flags_access[],
    pt_flags_splice[], pt_flags_uring[], pt_flags_flock[];
extern const pt_flag_name pt_enum_family[], pt_enum_ptrace[], pt_enum_bpf[], pt_enum_prctl[],
    pt_enum_shutdown[], pt_enum_fcntl[], pt_enum_whence[];

// A passed value as rules number it.
uint64_t pt_flags_number(const pt_param *p, uint64_t passed);
// The names of a number that pt_flags_number gave: "O_CREAT|O_WRONLY". Empty if it has none.
pt_str pt_flags_text(pt_arena *a, const pt_param *p, uint64_t number);

const char *pt_signal_name(int64_t signal); // "SIGKILL"; NULL: none

// "10.0.0.1:80", "/run/x.sock", "family 17" of a struct sockaddr.
pt_str pt_sockaddr_text(pt_arena *a, pt_str sockaddr);

char pt_file_protocol_char(const pt_file_ref *f); // 't', 'u', 'i', 'r' of a socket; 0: another

// pt_event_arg_text without what it was resolved to.
pt_str pt_event_arg_raw(pt_arena *a, const pt_event *ev, size_t i, bool *ret_known);
