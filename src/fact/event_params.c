// The arguments of each decoded system call, as Falco's documentation of events names them. The
// order is that of evt.args and of PT_WIRE_ARG; what has been told is never moved.
#include "fact/event_impl.h"

#define ARG(name, kind)          {(name), PT_PARAM_##kind}
#define FLAGS(name, table)       {(name), PT_PARAM_FLAGS, (table)}
#define ENUM(name, table)        {(name), PT_PARAM_ENUM, (table)}
#define MODE(name)               {(name), PT_PARAM_MODE, pt_flags_mode}
#define PATH(name)               {(name), PT_PARAM_PATH}
#define PATH_AT(name, nth_dirfd) {(name), PT_PARAM_PATH, NULL, (nth_dirfd)}
#define RES                      ARG("res", ERRNO)
#define FD                       ARG("fd", FD)

// What a new process image and a new process are told by.
#define PROCESS                                                                              \
    ARG("exe", TEXT), ARG("args", LIST), ARG("tid", PID), ARG("pid", PID), ARG("ptid", PID), \
        ARG("cwd", TEXT), ARG("fdlimit", INT), ARG("pgft_maj", UINT), ARG("pgft_min", UINT), \
        ARG("vm_size", UINT), ARG("vm_rss", UINT), ARG("vm_swap", UINT), ARG("comm", TEXT),  \
        ARG("cgroups", LIST)
#define OPENED ARG("dev", HEX), ARG("ino", UINT)

typedef pt_param params[];

static const params p_res = {RES};
static const params p_open = {FD, PATH("name"), FLAGS("flags", pt_flags_open), ARG("mode", OCTAL),
                              OPENED};
static const params p_openat = {
    FD,    ARG("dirfd", FD), PATH_AT("name", 1), FLAGS("flags", pt_flags_open), ARG("mode", OCTAL),
    OPENED};
static const params p_openat2 = {FD,
                                 ARG("dirfd", FD),
                                 PATH_AT("name", 1),
                                 FLAGS("flags", pt_flags_open),
                                 ARG("mode", OCTAL),
                                 FLAGS("resolve", pt_flags_resolve),
                                 OPENED};
static const params p_creat = {FD, PATH("name"), ARG("mode", OCTAL), OPENED};
static const params p_by_handle = {FD, ARG("mountfd", FD), FLAGS("flags", pt_flags_open),
                                   PATH("path"), OPENED};
static const params p_execve = {RES,
                                PROCESS,
                                ARG("env", LIST),
                                ARG("tty", UINT),
                                ARG("pgid", PID),
                                ARG("loginuid", UID),
                                FLAGS("flags", pt_flags_exe),
                                ARG("cap_inheritable", HEX),
                                ARG("cap_permitted", HEX),
                                ARG("cap_effective", HEX),
                                ARG("exe_ino", UINT),
                                ARG("exe_ino_ctime", TIME),
                                ARG("exe_ino_mtime", TIME),
                                ARG("uid", UID),
                                ARG("trusted_exepath", PATH),
                                PATH("filename")};
static const params p_clone = {ARG("res", PID),
                               PROCESS,
                               FLAGS("flags", pt_flags_clone),
                               ARG("uid", UINT),
                               ARG("gid", UINT),
                               ARG("vtid", PID),
                               ARG("vpid", PID),
                               ARG("pidns_init_start_ts", UINT)};
static const params p_fd = {RES, FD};
static const params p_io = {RES, ARG("data", BYTES), FD, ARG("size", UINT)};
static const params p_io_at = {RES, ARG("data", BYTES), FD, ARG("size", UINT), ARG("pos", UINT)};
static const params p_send = {RES, ARG("data", BYTES), FD, ARG("size", UINT), ARG("tuple", TUPLE)};
static const params p_recvfrom = {RES, ARG("data", BYTES), ARG("tuple", TUPLE), FD,
                                  ARG("size", UINT)};
static const params p_recvmsg = {
    RES, ARG("size", UINT), ARG("data", BYTES), ARG("tuple", TUPLE), ARG("msgcontrol", BYTES), FD};
static const params p_socket = {FD, ENUM("domain", pt_enum_family), ARG("type", UINT),
                                ARG("proto", UINT)};
static const params p_socketpair = {RES,
                                    ARG("fd1", FD),
                                    ARG("fd2", FD),
                                    ARG("source", HEX),
                                    ARG("peer", HEX),
                                    ENUM("domain", pt_enum_family),
                                    ARG("type", UINT),
                                    ARG("proto", UINT)};
static const params p_bind = {RES, ARG("addr", ADDRESS), FD};
static const params p_connect = {RES, ARG("tuple", TUPLE), FD, ARG("addr", ADDRESS)};
static const params p_listen = {RES, FD, ARG("backlog", INT)};
static const params p_accept = {FD, ARG("tuple", TUPLE), ARG("queuepct", UINT),
                                ARG("queuelen", UINT), ARG("queuemax", UINT)};
static const params p_accept4 = {FD,
                                 ARG("tuple", TUPLE),
                                 ARG("queuepct", UINT),
                                 ARG("queuelen", UINT),
                                 ARG("queuemax", UINT),
                                 ARG("flags", HEX)};
static const params p_shutdown = {RES, FD, ENUM("how", pt_enum_shutdown)};
static const params p_sockopt = {
    RES, FD, ARG("level", INT), ARG("optname", INT), ARG("val", BYTES), ARG("optlen", UINT)};
static const params p_path = {RES, PATH("path")};
static const params p_text_path = {RES, ARG("path", TEXT)};
static const params p_stat_at = {RES, ARG("dirfd", FD), PATH_AT("path", 1), ARG("stat", HEX),
                                 FLAGS("flags", pt_flags_stat)};
static const params p_access = {RES, PATH("name"), FLAGS("mode", pt_flags_access)};
static const params p_access_at = {RES, ARG("dirfd", FD), PATH_AT("name", 1),
                                   FLAGS("mode", pt_flags_access)};
static const params p_mkdir = {RES, PATH("path"), ARG("mode", OCTAL)};
static const params p_mkdirat = {RES, ARG("dirfd", FD), PATH_AT("path", 1), ARG("mode", OCTAL)};
static const params p_mknod = {
    RES, PATH("path"), {"mode", PT_PARAM_MODE, pt_flags_mknod}, ARG("dev", HEX)};
static const params p_mknodat = {RES,
                                 ARG("dirfd", FD),
                                 PATH_AT("path", 1),
                                 {"mode", PT_PARAM_MODE, pt_flags_mknod},
                                 ARG("dev", HEX)};
static const params p_unlinkat = {RES, ARG("dirfd", FD), PATH_AT("name", 1),
                                  FLAGS("flags", pt_flags_unlinkat)};
static const params p_two_paths = {RES, PATH("oldpath"), PATH("newpath")};
static const params p_linkat = {RES,
                                ARG("olddir", FD),
                                PATH_AT("oldpath", 1),
                                ARG("newdir", FD),
                                PATH_AT("newpath", 2),
                                FLAGS("flags", pt_flags_linkat)};
static const params p_renameat = {RES, ARG("olddirfd", FD), PATH_AT("oldpath", 1),
                                  ARG("newdirfd", FD), PATH_AT("newpath", 2)};
static const params p_renameat2 = {RES,
                                   ARG("olddirfd", FD),
                                   PATH_AT("oldpath", 1),
                                   ARG("newdirfd", FD),
                                   PATH_AT("newpath", 2),
                                   FLAGS("flags", pt_flags_rename)};
static const params p_symlink = {RES, ARG("target", TEXT), PATH("linkpath")};
static const params p_symlinkat = {RES, ARG("target", TEXT), ARG("linkdirfd", FD),
                                   PATH_AT("linkpath", 1)};
static const params p_readlink = {RES, PATH("path"), ARG("target", TEXT)};
static const params p_readlinkat = {RES, ARG("dirfd", FD), PATH_AT("path", 1), ARG("target", TEXT)};
static const params p_truncate = {RES, PATH("path"), ARG("size", UINT)};
static const params p_ftruncate = {RES, FD, ARG("size", UINT)};
static const params p_chmod = {RES, PATH("filename"), MODE("mode")};
static const params p_fchmodat = {RES, ARG("dirfd", FD), PATH_AT("filename", 1), MODE("mode")};
static const params p_fchmodat2 = {RES, ARG("dirfd", FD), PATH_AT("filename", 1), MODE("mode"),
                                   FLAGS("flags", pt_flags_chownat)};
static const params p_fchmod = {RES, FD, MODE("mode")};
static const params p_chown = {RES, PATH("path"), ARG("uid", UINT), ARG("gid", UINT)};
static const params p_fchown = {RES, FD, ARG("uid", UINT), ARG("gid", UINT)};
static const params p_fchownat = {RES,
                                  ARG("dirfd", FD),
                                  PATH_AT("pathname", 1),
                                  ARG("uid", UINT),
                                  ARG("gid", UINT),
                                  FLAGS("flags", pt_flags_chownat)};
static const params p_dup = {ARG("res", FD), ARG("oldfd", FD)};
static const params p_dup2 = {ARG("res", FD), ARG("oldfd", FD), ARG("newfd", FD)};
static const params p_dup3 = {ARG("res", FD), ARG("oldfd", FD), ARG("newfd", FD),
                              FLAGS("flags", pt_flags_open)};
static const params p_fcntl = {ARG("res", FD), FD, ENUM("cmd", pt_enum_fcntl)};
static const params p_pipe = {RES, ARG("fd1", FD), ARG("fd2", FD), ARG("ino", UINT)};
static const params p_pipe2 = {RES, ARG("fd1", FD), ARG("fd2", FD), ARG("ino", UINT),
                               FLAGS("flags", pt_flags_open)};
static const params p_eventfd = {ARG("res", FD), ARG("initval", UINT),
                                 FLAGS("flags", pt_flags_open)};
static const params p_new_fd = {ARG("res", FD), FLAGS("flags", pt_flags_open)};
static const params p_signalfd = {ARG("res", FD), FD, ARG("mask", HEX),
                                  FLAGS("flags", pt_flags_open)};
static const params p_timerfd = {ARG("res", FD), ARG("clockid", UINT),
                                 FLAGS("flags", pt_flags_open)};
static const params p_epoll = {ARG("res", ERRNO), ARG("size", INT)};
static const params p_sendfile = {RES, ARG("offset", UINT), ARG("out_fd", FD), ARG("in_fd", FD),
                                  ARG("size", UINT)};
static const params p_splice = {RES, ARG("fd_in", FD), ARG("fd_out", FD), ARG("size", UINT),
                                FLAGS("flags", pt_flags_splice)};
static const params p_copy_range = {RES,
                                    ARG("fdout", FD),
                                    ARG("offout", UINT),
                                    ARG("fdin", FD),
                                    ARG("offin", UINT),
                                    ARG("len", UINT)};
static const params p_flock = {RES, FD, FLAGS("operation", pt_flags_flock)};
static const params p_ioctl = {RES, FD, ARG("request", HEX), ARG("argument", HEX)};
static const params p_seek = {RES, FD, ARG("offset", UINT), ENUM("whence", pt_enum_whence)};
static const params p_ptrace = {RES, ARG("addr", HEX), ARG("data", HEX),
                                ENUM("request", pt_enum_ptrace), ARG("pid", PID)};
static const params p_kill = {RES, ARG("pid", PID), ARG("sig", SIGNAL)};
static const params p_tkill = {RES, ARG("tid", PID), ARG("sig", SIGNAL)};
static const params p_tgkill = {RES, ARG("pid", PID), ARG("tid", PID), ARG("sig", SIGNAL)};
static const params p_pidfd_open = {FD, ARG("pid", PID), FLAGS("flags", pt_flags_pidfd)};
static const params p_pidfd_getfd = {FD, ARG("pid_fd", FD), ARG("target_fd", INT),
                                     ARG("flags", UINT)};
static const params p_pidfd_signal = {RES, ARG("pid_fd", FD), ARG("sig", SIGNAL)};
static const params p_vm = {RES, ARG("pid", PID), ARG("data", BYTES)};
static const params p_setns = {RES, FD, FLAGS("nstype", pt_flags_clone)};
static const params p_unshare = {RES, FLAGS("flags", pt_flags_clone)};
static const params p_mount = {RES, ARG("dev", TEXT), PATH("dir"), ARG("type", TEXT),
                               FLAGS("flags", pt_flags_mount)};
static const params p_umount = {RES, PATH("name"), FLAGS("flags", pt_flags_umount)};
static const params p_pivot = {RES, PATH("new_root"), PATH("put_old")};
static const params p_setuid = {RES, ARG("uid", UID)};
static const params p_setgid = {RES, ARG("gid", GID)};
static const params p_setreuid = {RES, ARG("ruid", UID), ARG("euid", UID)};
static const params p_setregid = {RES, ARG("rgid", GID), ARG("egid", GID)};
static const params p_setresuid = {RES, ARG("ruid", UID), ARG("euid", UID), ARG("suid", UID)};
static const params p_setresgid = {RES, ARG("rgid", GID), ARG("egid", GID), ARG("sgid", GID)};
static const params p_setpgid = {ARG("res", PID), ARG("pid", PID), ARG("pgid", PID)};
static const params p_setsid = {ARG("res", PID)};
static const params p_capset = {RES, ARG("cap_inheritable", HEX), ARG("cap_permitted", HEX),
                                ARG("cap_effective", HEX)};
static const params p_prctl = {RES, ENUM("option", pt_enum_prctl), ARG("arg2_str", TEXT),
                               ARG("arg2_int", INT)};
static const params p_seccomp = {RES, ARG("op", UINT), ARG("flags", HEX)};
static const params p_userfaultfd = {RES, FLAGS("flags", pt_flags_open)};
static const params p_memfd = {FD, ARG("name", TEXT), FLAGS("flags", pt_flags_memfd)};
static const params p_bpf = {FD, ENUM("cmd", pt_enum_bpf)};
static const params p_init_module = {RES, ARG("img", BYTES), ARG("length", UINT),
                                     ARG("uargs", TEXT)};
static const params p_finit_module = {RES, FD, ARG("uargs", TEXT), FLAGS("flags", pt_flags_module)};
static const params p_delete_module = {RES, ARG("name", TEXT), FLAGS("flags", pt_flags_open)};
static const params p_mmap = {ARG("res", HEX),
                              ARG("addr", HEX),
                              ARG("length", UINT),
                              FLAGS("prot", pt_flags_prot),
                              FLAGS("flags", pt_flags_map),
                              FD,
                              ARG("offset", UINT)};
static const params p_mprotect = {RES, ARG("addr", HEX), ARG("length", UINT),
                                  FLAGS("prot", pt_flags_prot)};
static const params p_uring = {RES, ARG("entries", UINT), FLAGS("flags", pt_flags_uring)};
static const params p_uring_enter = {RES, FD, ARG("to_submit", UINT), ARG("min_complete", UINT),
                                     ARG("flags", HEX)};
static const params p_uring_register = {RES, FD, ARG("opcode", UINT), ARG("arg", HEX),
                                        ARG("nr_args", UINT)};
static const params p_exit = {ARG("status", ERRNO), ARG("ret", ERRNO), ARG("sig", SIGNAL),
                              ARG("core", UINT), ARG("reaper_tid", PID)};
static const params p_container = {ARG("json", TEXT)};
static const params p_plugin = {ARG("plugin_id", UINT), ARG("event_data", BYTES)};
static const params p_async = {ARG("plugin_id", UINT), ARG("name", TEXT), ARG("data", BYTES)};
static const params p_signal = {ARG("spid", PID), ARG("dpid", PID), ARG("sig", SIGNAL)};

#define OF(type, list) [type] = {list, PT_COUNT(list)}
static const struct {
    const pt_param *v;
    size_t n;
} of_type[PT_EVENT_TYPES] = {
    OF(0, p_io),
    OF(1, p_io),
    OF(17, p_io_at),
    OF(18, p_io_at),
    OF(19, p_io),
    OF(20, p_io),
    OF(295, p_io_at),
    OF(296, p_io_at),
    OF(2, p_open),
    OF(3, p_fd),
    OF(4, p_path),
    OF(5, p_fd),
    OF(6, p_path),
    OF(8, p_seek),
    OF(9, p_mmap),
    OF(10, p_mprotect),
    OF(16, p_ioctl),
    OF(21, p_access),
    OF(269, p_access_at),
    OF(439, p_access_at),
    OF(22, p_pipe),
    OF(293, p_pipe2),
    OF(32, p_dup),
    OF(33, p_dup2),
    OF(292, p_dup3),
    OF(40, p_sendfile),
    OF(41, p_socket),
    OF(42, p_connect),
    OF(43, p_accept),
    OF(288, p_accept4),
    OF(44, p_send),
    OF(45, p_recvfrom),
    OF(46, p_send),
    OF(47, p_recvmsg),
    OF(307, p_send),
    OF(299, p_recvmsg),
    OF(48, p_shutdown),
    OF(49, p_bind),
    OF(50, p_listen),
    OF(53, p_socketpair),
    OF(54, p_sockopt),
    OF(55, p_sockopt),
    OF(56, p_clone),
    OF(57, p_clone),
    OF(58, p_clone),
    OF(435, p_clone),
    OF(59, p_execve),
    OF(322, p_execve),
    OF(62, p_kill),
    OF(200, p_tkill),
    OF(234, p_tgkill),
    OF(72, p_fcntl),
    OF(73, p_flock),
    OF(76, p_truncate),
    OF(77, p_ftruncate),
    OF(78, p_fd),
    OF(217, p_fd),
    OF(79, p_text_path),
    OF(80, p_text_path),
    OF(81, p_fd),
    OF(161, p_path),
    OF(82, p_two_paths),
    OF(264, p_renameat),
    OF(316, p_renameat2),
    OF(83, p_mkdir),
    OF(258, p_mkdirat),
    OF(84, p_path),
    OF(85, p_creat),
    OF(86, p_two_paths),
    OF(265, p_linkat),
    OF(87, p_path),
    OF(263, p_unlinkat),
    OF(88, p_symlink),
    OF(266, p_symlinkat),
    OF(89, p_readlink),
    OF(267, p_readlinkat),
    OF(90, p_chmod),
    OF(91, p_fchmod),
    OF(268, p_fchmodat),
    OF(452, p_fchmodat2),
    OF(92, p_chown),
    OF(93, p_fchown),
    OF(94, p_chown),
    OF(260, p_fchownat),
    OF(101, p_ptrace),
    OF(105, p_setuid),
    OF(106, p_setgid),
    OF(113, p_setreuid),
    OF(114, p_setregid),
    OF(117, p_setresuid),
    OF(119, p_setresgid),
    OF(109, p_setpgid),
    OF(112, p_setsid),
    OF(126, p_capset),
    OF(133, p_mknod),
    OF(259, p_mknodat),
    OF(155, p_pivot),
    OF(157, p_prctl),
    OF(165, p_mount),
    OF(166, p_umount),
    OF(175, p_init_module),
    OF(313, p_finit_module),
    OF(176, p_delete_module),
    OF(213, p_epoll),
    OF(291, p_new_fd),
    OF(253, p_new_fd),
    OF(294, p_new_fd),
    OF(257, p_openat),
    OF(437, p_openat2),
    OF(262, p_stat_at),
    OF(272, p_unshare),
    OF(275, p_splice),
    OF(282, p_signalfd),
    OF(289, p_signalfd),
    OF(283, p_timerfd),
    OF(284, p_eventfd),
    OF(290, p_eventfd),
    OF(304, p_by_handle),
    OF(308, p_setns),
    OF(310, p_vm),
    OF(311, p_vm),
    OF(317, p_seccomp),
    OF(319, p_memfd),
    OF(321, p_bpf),
    OF(323, p_userfaultfd),
    OF(326, p_copy_range),
    OF(424, p_pidfd_signal),
    OF(425, p_uring),
    OF(426, p_uring_enter),
    OF(427, p_uring_register),
    OF(434, p_pidfd_open),
    OF(438, p_pidfd_getfd),
    OF(7, p_res),
    OF(11, p_res),
    OF(23, p_res),
    OF(35, p_res),
    OF(232, p_res),
    OF(281, p_res),
    OF(PT_EVENT_PROCEXIT, p_exit),
    OF(PT_EVENT_CONTAINER, p_container),
    OF(PT_EVENT_PLUGIN, p_plugin),
    OF(PT_EVENT_ASYNC, p_async),
    OF(PT_EVENT_SIGNAL, p_signal),
};

const pt_param *pt_event_params(pt_event_type t, size_t *n) {
    *n = t < PT_EVENT_TYPES ? of_type[t].n : 0;
    return *n ? of_type[t].v : NULL;
}

size_t pt_event_param_index(pt_event_type t, pt_str name) {
    size_t n;
    const pt_param *p = pt_event_params(t, &n);
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(name, p[i].name))
            return i;
    return SIZE_MAX;
}

const pt_param *pt_event_param_named(pt_str name) {
    for (size_t t = 0; t < PT_EVENT_TYPES; t++) {
        size_t i = pt_event_param_index((pt_event_type)t, name);
        if (i != SIZE_MAX)
            return &of_type[t].v[i];
    }
    return NULL;
}
