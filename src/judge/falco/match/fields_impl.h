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

typedef pt_falco_values pt_get_fn(const pt_falco_look *l, unsigned what);

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
pt_get_fn pt_get_evt_time, pt_get_evt_moment, pt_get_evt_number, pt_get_evt_cpu, pt_get_evt_type,
    pt_get_evt_type_is, pt_get_evt_dir, pt_get_evt_zero, pt_get_evt_one, pt_get_evt_source,
    pt_get_evt_async, pt_get_evt_async_name, pt_get_evt_hostname, pt_get_evt_result,
    pt_get_evt_raw_result, pt_get_evt_failed, pt_get_evt_error, pt_get_evt_io, pt_get_evt_io_dir,
    pt_get_evt_open, pt_get_syscall;

// -- get_args.c: evt.arg, evt.rawarg, fs.path -----------------------------------------------------
typedef enum pt_fs_path {
    PT_FS_NAME,
    PT_FS_SOURCE,
    PT_FS_TARGET,
    PT_FS_RAW = 4, // | : as it was asked
} pt_fs_path;
pt_get_fn pt_get_args, pt_get_arg, pt_get_arg_raw, pt_get_data, pt_get_data_size, pt_get_fs_path,
    pt_get_abspath;
// Is it the name of an argument of some event, or a place in them? Its kind is that of the first.
bool pt_arg_known(pt_str name, pt_param_kind *ret);
const pt_event_arg *pt_arg_of(const pt_event *ev, const char *name); // NULL: has none, or unknown

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
pt_get_fn pt_get_self, pt_get_parent, pt_get_ancestors, pt_get_session, pt_get_group, pt_get_vgroup,
    pt_get_ancestor_pids, pt_get_proc_number, pt_get_proc_truth, pt_get_caps, pt_get_user,
    pt_get_user_number;

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
pt_get_fn pt_get_fd_text, pt_get_fd_number, pt_get_fd_truth, pt_get_fd_address, pt_get_fd_port,
    pt_get_fd_host;

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
pt_get_fn pt_get_container_always, pt_get_container, pt_get_container_name, pt_get_container_truth,
    pt_get_container_number, pt_get_container_info, pt_get_mounts, pt_get_mount, pt_get_pod,
    pt_get_pod_sandbox, pt_get_label, pt_get_labels;

// -- rows -----------------------------------------------------------------------------------------
#define PT_TEXT(n, f, g, w, a)      {n, a, pt_get_##g, w, f, PT_FALCO_STRING, 0}
#define PT_NUMBER(n, b, f, g, w, a) {n, a, pt_get_##g, w, f, PT_FALCO_NUMBER, b}
#define PT_TRUTH(n, f, g, w, a)     {n, a, pt_get_##g, w, f, PT_FALCO_BOOL, 0}
#define PT_NEVER(n, t, f, a)        {n, a, NULL, 0, (f) | PT_FIELD_ABSENT, PT_FALCO_##t, 0}
// clang-format off
#define PT_FIELDS_OF_ANY_EVENT \
    PT_NUMBER("evt.num", 64, 0, evt_number, 0, "number of the event, from 1"), \
    PT_TEXT("evt.time", PT_FIELD_TIME, evt_time, PT_EVT_TIME, "time of day (UTC) with nanoseconds"), \
    PT_TEXT("evt.time.s", PT_FIELD_TIME, evt_time, PT_EVT_TIME_S, "time of day (UTC)"), \
    PT_TEXT("evt.time.iso8601", PT_FIELD_TIME, evt_time, PT_EVT_ISO8601, "date and time with nanoseconds and offset"), \
    PT_TEXT("evt.datetime", PT_FIELD_TIME, evt_time, PT_EVT_DATETIME, "date and time with nanoseconds"), \
    PT_TEXT("evt.datetime.s", PT_FIELD_TIME, evt_time, PT_EVT_DATETIME_S, "date and time"), \
    PT_NUMBER("evt.rawtime", 64, 0, evt_moment, PT_EVT_RAW, "nanoseconds since the epoch"), \
    PT_NUMBER("evt.rawtime.s", 64, 0, evt_moment, PT_EVT_RAW_S, "seconds since the epoch"), \
    PT_NUMBER("evt.rawtime.ns", 64, 0, evt_moment, PT_EVT_RAW_NS, "nanoseconds of the second"), \
    PT_NUMBER("evt.reltime", 64, 0, evt_moment, PT_EVT_REL, "nanoseconds since the first event"), \
    PT_NUMBER("evt.reltime.s", 64, 0, evt_moment, PT_EVT_REL_S, "seconds since the first event"), \
    PT_NUMBER("evt.reltime.ns", 64, 0, evt_moment, PT_EVT_REL_NS, "nanoseconds of that second"), \
    PT_TEXT("evt.source", 0, evt_source, 0, "source of the event: syscall"), \
    PT_TRUTH("evt.is_async", 0, evt_async, 0, "was it told by the sensor itself?"), \
    PT_TEXT("evt.asynctype", 0, evt_async_name, 0, "name of what the sensor tells itself"), \
    PT_TEXT("evt.hostname", 0, evt_hostname, 0, "name of the host")
// clang-format on
