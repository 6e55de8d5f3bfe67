// What the extractors share; nobody else includes it.
#pragma once

#include "judge/falco/match/program.h"

// -- one value ------------------------------------------------------------------------------------
static inline pt_falco_values pt_get_one(const pt_falco_look *l, pt_falco_value value) {
    pt_falco_value *v = pt_arena_take(l->scratch, sizeof *v);
    if (!v)
        return (pt_falco_values){0};
    *v = value;
    return (pt_falco_values){v, 1};
}
static inline pt_falco_values pt_get_none(void) {
    return (pt_falco_values){0};
}
static inline pt_falco_values pt_get_text(const pt_falco_look *l, pt_str s) {
    return pt_get_one(l, (pt_falco_value){.text = s});
}
static inline pt_falco_values pt_get_number(const pt_falco_look *l, int64_t n) {
    return pt_get_one(l, (pt_falco_value){.number = n});
}
static inline pt_falco_values pt_get_truth(const pt_falco_look *l, bool b) {
    return pt_get_one(l, (pt_falco_value){.number = b});
}
// Empty is absent.
static inline pt_falco_values pt_get_some(const pt_falco_look *l, pt_str s) {
    return s.n ? pt_get_text(l, s) : pt_get_none();
}

// -- get_evt.c: evt.* -----------------------------------------------------------------------------
typedef enum pt_evt_time {
    PT_EVT_TIME,
    PT_EVT_TIME_S,
    PT_EVT_ISO8601,
    PT_EVT_DATETIME,
    PT_EVT_DATETIME_S,
    PT_EVT_RAW,
    PT_EVT_RAW_S,
    PT_EVT_RAW_NS,
    PT_EVT_REL,
    PT_EVT_REL_S,
    PT_EVT_REL_NS,
    PT_EVT_DELTA,
    PT_EVT_DELTA_S,
    PT_EVT_DELTA_NS,
} pt_evt_time;
typedef enum pt_evt_io {
    PT_EVT_READS = 1,
    PT_EVT_WRITES = 2,
    PT_EVT_WAITS = 4,
} pt_evt_io;
typedef enum pt_evt_open {
    PT_EVT_OPEN_READ,
    PT_EVT_OPEN_WRITE,
    PT_EVT_OPEN_EXEC,
} pt_evt_open;
pt_falco_values pt_get_evt_time(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_moment(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_number(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_cpu(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_type(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_type_is(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_dir(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_zero(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_one(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_source(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_async(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_async_name(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_hostname(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_result(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_raw_result(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_failed(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_error(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_io(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_io_dir(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_evt_open(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_syscall(const pt_falco_look *l, unsigned what);

// -- get_args.c: evt.arg, evt.rawarg, fs.path -----------------------------------------------------
typedef enum pt_fs_path {
    PT_FS_NAME,
    PT_FS_SOURCE,
    PT_FS_TARGET,
    PT_FS_RAW = 4, // | : as it was asked
} pt_fs_path;
pt_falco_values pt_get_args(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_arg(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_arg_raw(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_data(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_data_size(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_fs_path(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_abspath(const pt_falco_look *l, unsigned what);
// Is it the name of an argument of some event, or a place in them? Its kind is that of the first.
bool pt_arg_known(pt_str name, pt_param_kind *ret);

// -- get_proc.c: proc.*, thread.*, user.*, group.* ------------------------------------------------
// `what` of a process's text: the member's
// offset, or one of these beyond all offsets.
typedef enum pt_proc_text {
    PT_PROC_ARGS = 0x4000,
    PT_PROC_CMDLINE,
    PT_PROC_EXELINE,
    PT_PROC_ENV,
} pt_proc_text;
typedef enum pt_proc_number {
    PT_PROC_PID,
    PT_PROC_VPID,
    PT_PROC_PPID,
    PT_PROC_SID,
    PT_PROC_PGID,
    PT_PROC_VPGID,
    PT_PROC_TTY,
    PT_PROC_ARGS_COUNT,
    PT_PROC_ARGS_BYTES,
    PT_PROC_DURATION,
    PT_PROC_STARTED,
    PT_PROC_INO,
    PT_PROC_CTIME,
    PT_PROC_MTIME,
    PT_PROC_CTIME_TO_START,
    PT_PROC_PIDNS_TO_CTIME,
    PT_PROC_PIDNS_START,
    PT_PROC_LOGIN_SHELL,
    PT_PROC_OF_PARENT = 0x100, // | : of the parent
} pt_proc_number;
typedef enum pt_proc_truth {
    PT_PROC_FLAG = 0, // + pt_exe_flag
    PT_PROC_SID_LEADER = 0x100,
    PT_PROC_PGID_LEADER,
    PT_PROC_VPGID_LEADER,
    PT_PROC_MAIN_THREAD,
} pt_proc_truth;
typedef enum pt_user_text {
    PT_USER_NAME,
    PT_USER_HOME,
    PT_USER_SHELL,
    PT_USER_LOGIN_NAME,
    PT_USER_GROUP,
} pt_user_text;
typedef enum pt_user_number {
    PT_USER_UID,
    PT_USER_GID,
    PT_USER_LOGIN,
    PT_USER_TID,
    PT_USER_VTID,
} pt_user_number;
pt_falco_values pt_get_self(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_parent(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_ancestors(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_session(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_group(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_vgroup(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_ancestor_pids(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_proc_number(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_proc_truth(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_caps(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_user(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_user_number(const pt_falco_look *l, unsigned what);

// -- get_fd.c: fd.* -------------------------------------------------------------------------------
typedef enum pt_fd_end {
    PT_FD_CLIENT,
    PT_FD_SERVER,
    PT_FD_LOCAL,
    PT_FD_REMOTE,
    PT_FD_EITHER_END, // both, whatever the roles
} pt_fd_end;
typedef enum pt_fd_text {
    PT_FD_TYPE,
    PT_FD_TYPECHAR,
    PT_FD_NAME,
    PT_FD_NAME_RAW,
    PT_FD_DIRECTORY,
    PT_FD_FILENAME,
    PT_FD_L4PROTO,
    PT_FD_FAMILY,
    PT_FD_UID,
    PT_FD_CONTAINER_NAME,
    PT_FD_CONTAINER_DIRECTORY,
} pt_fd_text;
typedef enum pt_fd_number {
    PT_FD_NUM,
    PT_FD_DEV,
    PT_FD_MAJOR,
    PT_FD_MINOR,
    PT_FD_INO,
} pt_fd_number;
typedef enum pt_fd_truth {
    PT_FD_CONNECTED,
    PT_FD_NAME_CHANGED,
    PT_FD_IS_SERVER,
} pt_fd_truth;
pt_falco_values pt_get_fd_text(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_fd_number(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_fd_truth(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_fd_address(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_fd_port(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_fd_host(const pt_falco_look *l, unsigned what);

// -- get_container.c: container.*, k8s.* ----------------------------------------------------------
typedef enum pt_mount_part {
    PT_MOUNT_ALL,
    PT_MOUNT_SOURCE,
    PT_MOUNT_DEST,
    PT_MOUNT_MODE,
    PT_MOUNT_RDWR,
    PT_MOUNT_PROPAGATION,
} pt_mount_part;
typedef enum pt_container_number {
    PT_CONTAINER_START,
    PT_CONTAINER_DURATION,
} pt_container_number;
// `what` of texts and truths is the member's offset.
pt_falco_values pt_get_container_always(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_container(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_container_name(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_container_truth(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_container_number(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_container_info(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_mounts(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_mount(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_pod(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_pod_sandbox(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_label(const pt_falco_look *l, unsigned what);
pt_falco_values pt_get_labels(const pt_falco_look *l, unsigned what);
