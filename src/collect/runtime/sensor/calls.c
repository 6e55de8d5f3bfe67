// How each system call's arguments are read: one row a call that has any. Names are those of
// pt_event_params; which of them an argument is, is looked up by name.
#include "collect/runtime/sensor/calls.h"

#include <string.h>
#include <sys/syscall.h>

#include "fact/event.h"

typedef struct row_arg {
    const char *name; // NULL of the last, and "" of what is no numbered part (data, an address)
    uint8_t how, from, with;
} row_arg;
typedef struct row {
    uint16_t call;
    uint8_t file, flags;
    row_arg arg[PT_CALL_ARGS];
} row;

#define ON_NEW  PT_FILE_RESULT
#define NO_FILE PT_NO_FILE

#define INT(name, from)          {name, PT_HOW_INT, from}
#define UINT(name, from)         {name, PT_HOW_UINT, from}
#define LONG(name, from)         {name, PT_HOW_LONG, from}
#define TEXT(name, from)         {name, PT_HOW_TEXT, from}
#define PATH(name, from)         {name, PT_HOW_PATH, from}
#define PATH_AT(name, from, dir) {name, PT_HOW_PATH_AT, from, dir}
#define IN(name, from, at)       {name, PT_HOW_FIELD, from, at}
#define IN_4(name, from, at)     {name, PT_HOW_FIELD_4, from, at}
#define FD_IN(name, from, at)    {name, PT_HOW_SIGNED_4, from, at}
#define CAPS(name, from, at)     {name, PT_HOW_CAPS, from, at}
#define BYTES(name, from, size)  {name, PT_HOW_BYTES, from, size}
#define FOUND(name, from)        {name, PT_HOW_BYTES, from, PT_BYTES_RESULT}
#define ADDRESS(from, size)      {"", PT_HOW_ADDRESS, from, size}
#define ADDRESS_OUT(from, size)  {"", PT_HOW_ADDRESS_OUT, from, size}
#define DATA(from)               {"", PT_HOW_DATA, from}
#define VECTOR(from)             {"", PT_HOW_VECTOR, from}
#define MESSAGE(from)            {"", PT_HOW_MESSAGE, from}
#define MESSAGES(from)           {"", PT_HOW_MESSAGES, from}

// Rows that many calls share.
#define ON_FD(call, ...)              \
    {                                 \
        call, 0, 0, {                 \
            INT("fd", 0), __VA_ARGS__ \
        }                             \
    }
#define MAKES(call, ...)   \
    {                      \
        call, ON_NEW, 0, { \
            __VA_ARGS__    \
        }                  \
    }
#define PLAIN(call, ...)    \
    {                       \
        call, NO_FILE, 0, { \
            __VA_ARGS__     \
        }                   \
    }
#define OPENS(call, ...)                                \
    {                                                   \
        call, ON_NEW, PT_CALL_OPENED | PT_CALL_ENTRY, { \
            __VA_ARGS__                                 \
        }                                               \
    }
#define BIRTH(call, ...)              \
    {                                 \
        call, NO_FILE, PT_CALL_NEW, { \
            __VA_ARGS__               \
        }                             \
    }
#define EXECS(call, ...)                               \
    {                                                  \
        call, NO_FILE, PT_CALL_EXEC | PT_CALL_ENTRY, { \
            __VA_ARGS__                                \
        }                                              \
    }
#define NOTHING {0}

// The kernel may be newer than the C library that this is built with.
#define CALL_FCHMODAT2 452

// clang-format off
static const row rows[] = {
    OPENS(SYS_open, PATH("name", 0), UINT("flags", 1), UINT("mode", 2)),
    OPENS(SYS_openat, INT("dirfd", 0), PATH_AT("name", 1, 0), UINT("flags", 2), UINT("mode", 3)),
    OPENS(SYS_openat2, INT("dirfd", 0), PATH_AT("name", 1, 0), IN("flags", 2, 0), IN("mode", 2, 8), IN("resolve", 2, 16)),
    OPENS(SYS_creat, PATH("name", 0), UINT("mode", 1)),
    {SYS_open_by_handle_at, ON_NEW, PT_CALL_OPENED, {INT("mountfd", 0), UINT("flags", 2)}},

    EXECS(SYS_execve, PATH("filename", 0)),
    EXECS(SYS_execveat, PATH_AT("filename", 1, 0)),
    BIRTH(SYS_clone, LONG("flags", 0)),
    BIRTH(SYS_clone3, IN("flags", 0, 0)),
    BIRTH(SYS_fork, NOTHING),
    BIRTH(SYS_vfork, NOTHING),

    ON_FD(SYS_read, LONG("size", 2), DATA(1)),
    ON_FD(SYS_write, LONG("size", 2), DATA(1)),
    ON_FD(SYS_pread64, LONG("size", 2), LONG("pos", 3), DATA(1)),
    ON_FD(SYS_pwrite64, LONG("size", 2), LONG("pos", 3), DATA(1)),
    ON_FD(SYS_readv, VECTOR(1)),
    ON_FD(SYS_writev, VECTOR(1)),
    ON_FD(SYS_preadv, LONG("pos", 3), VECTOR(1)),
    ON_FD(SYS_pwritev, LONG("pos", 3), VECTOR(1)),
    ON_FD(SYS_close, NOTHING),
    ON_FD(SYS_fstat, NOTHING),
    ON_FD(SYS_lseek, LONG("offset", 1), UINT("whence", 2)),
    ON_FD(SYS_ioctl, UINT("request", 1), LONG("argument", 2)),
    ON_FD(SYS_fcntl, UINT("cmd", 1)),
    ON_FD(SYS_flock, UINT("operation", 1)),
    ON_FD(SYS_ftruncate, LONG("size", 1)),
    ON_FD(SYS_getdents, NOTHING),
    ON_FD(SYS_getdents64, NOTHING),
    ON_FD(SYS_fchmod, UINT("mode", 1)),
    ON_FD(SYS_fchown, UINT("uid", 1), UINT("gid", 2)),
    ON_FD(SYS_setns, UINT("nstype", 1)),
    ON_FD(SYS_finit_module, TEXT("uargs", 1), UINT("flags", 2)),
    ON_FD(SYS_io_uring_enter, UINT("to_submit", 1), UINT("min_complete", 2), UINT("flags", 3)),
    ON_FD(SYS_io_uring_register, UINT("opcode", 1), LONG("arg", 2), UINT("nr_args", 3)),
    {SYS_fchdir, 0, PT_CALL_CWD, {INT("fd", 0)}},
    {SYS_mmap, 4, 0, {LONG("addr", 0), LONG("length", 1), UINT("prot", 2), UINT("flags", 3), INT("fd", 4), LONG("offset", 5)}},
    PLAIN(SYS_mprotect, LONG("addr", 0), LONG("length", 1), UINT("prot", 2)),
    {SYS_sendfile, 0, 0, {INT("out_fd", 0), INT("in_fd", 1), LONG("size", 3)}},
    {SYS_splice, 0, 0, {INT("fd_in", 0), INT("fd_out", 2), LONG("size", 4), UINT("flags", 5)}},
    {SYS_copy_file_range, 2, 0, {INT("fdout", 2), IN("offout", 3, 0), INT("fdin", 0), IN("offin", 1, 0), LONG("len", 4)}},

    MAKES(SYS_socket, UINT("domain", 0), UINT("type", 1), UINT("proto", 2)),
    PLAIN(SYS_socketpair, UINT("domain", 0), UINT("type", 1), UINT("proto", 2), FD_IN("fd1", 3, 0), FD_IN("fd2", 3, 4)),
    {SYS_connect, 0, PT_CALL_ENTRY, {ADDRESS(1, 2), INT("fd", 0)}},
    ON_FD(SYS_bind, ADDRESS(1, 2)),
    ON_FD(SYS_listen, INT("backlog", 1)),
    {SYS_accept, ON_NEW, PT_CALL_ACCEPTED, {NOTHING}},
    {SYS_accept4, ON_NEW, PT_CALL_ACCEPTED, {UINT("flags", 3)}},
    ON_FD(SYS_shutdown, UINT("how", 1)),
    ON_FD(SYS_sendto, LONG("size", 2), DATA(1), ADDRESS(4, 5)),
    ON_FD(SYS_recvfrom, LONG("size", 2), DATA(1), ADDRESS_OUT(4, 5)),
    ON_FD(SYS_sendmsg, MESSAGE(1)),
    ON_FD(SYS_recvmsg, MESSAGE(1)),
    ON_FD(SYS_sendmmsg, MESSAGES(1)),
    ON_FD(SYS_recvmmsg, MESSAGES(1)),
    ON_FD(SYS_setsockopt, INT("level", 1), INT("optname", 2), BYTES("val", 3, 4), UINT("optlen", 4)),
    ON_FD(SYS_getsockopt, INT("level", 1), INT("optname", 2), IN_4("optlen", 4, 0)),

    MAKES(SYS_dup, INT("oldfd", 0)),
    MAKES(SYS_dup2, INT("oldfd", 0), INT("newfd", 1)),
    MAKES(SYS_dup3, INT("oldfd", 0), INT("newfd", 1), UINT("flags", 2)),
    PLAIN(SYS_pipe, FD_IN("fd1", 0, 0), FD_IN("fd2", 0, 4)),
    PLAIN(SYS_pipe2, FD_IN("fd1", 0, 0), FD_IN("fd2", 0, 4), UINT("flags", 1)),
    MAKES(SYS_eventfd, UINT("initval", 0)),
    MAKES(SYS_eventfd2, UINT("initval", 0), UINT("flags", 1)),
    MAKES(SYS_epoll_create, INT("size", 0)),
    MAKES(SYS_epoll_create1, UINT("flags", 0)),
    MAKES(SYS_inotify_init, NOTHING),
    MAKES(SYS_inotify_init1, UINT("flags", 0)),
    MAKES(SYS_signalfd, INT("fd", 0), IN("mask", 1, 0)),
    MAKES(SYS_signalfd4, INT("fd", 0), IN("mask", 1, 0), UINT("flags", 3)),
    MAKES(SYS_timerfd_create, UINT("clockid", 0), UINT("flags", 1)),
    MAKES(SYS_memfd_create, TEXT("name", 0), UINT("flags", 1)),
    MAKES(SYS_userfaultfd, UINT("flags", 0)),
    MAKES(SYS_bpf, UINT("cmd", 0)),
    MAKES(SYS_pidfd_open, INT("pid", 0), UINT("flags", 1)),
    MAKES(SYS_pidfd_getfd, INT("pid_fd", 0), INT("target_fd", 1), UINT("flags", 2)),
    MAKES(SYS_io_uring_setup, UINT("entries", 0), IN_4("flags", 1, 8)),

    PLAIN(SYS_stat, PATH("path", 0)),
    PLAIN(SYS_lstat, PATH("path", 0)),
    PLAIN(SYS_newfstatat, INT("dirfd", 0), PATH_AT("path", 1, 0), LONG("stat", 2), UINT("flags", 3)),
    PLAIN(SYS_access, PATH("name", 0), UINT("mode", 1)),
    PLAIN(SYS_faccessat, INT("dirfd", 0), PATH_AT("name", 1, 0), UINT("mode", 2)),
    PLAIN(SYS_faccessat2, INT("dirfd", 0), PATH_AT("name", 1, 0), UINT("mode", 2)),
    PLAIN(SYS_truncate, PATH("path", 0), LONG("size", 1)),
    PLAIN(SYS_getcwd, FOUND("path", 0)),
    {SYS_chdir, NO_FILE, PT_CALL_CWD, {TEXT("path", 0)}},
    {SYS_chroot, NO_FILE, PT_CALL_CWD, {PATH("path", 0)}},
    PLAIN(SYS_rename, PATH("oldpath", 0), PATH("newpath", 1)),
    PLAIN(SYS_renameat, INT("olddirfd", 0), PATH_AT("oldpath", 1, 0), INT("newdirfd", 2), PATH_AT("newpath", 3, 2)),
    PLAIN(SYS_renameat2, INT("olddirfd", 0), PATH_AT("oldpath", 1, 0), INT("newdirfd", 2), PATH_AT("newpath", 3, 2), UINT("flags", 4)),
    PLAIN(SYS_mkdir, PATH("path", 0), UINT("mode", 1)),
    PLAIN(SYS_mkdirat, INT("dirfd", 0), PATH_AT("path", 1, 0), UINT("mode", 2)),
    PLAIN(SYS_rmdir, PATH("path", 0)),
    PLAIN(SYS_link, PATH("oldpath", 0), PATH("newpath", 1)),
    PLAIN(SYS_linkat, INT("olddir", 0), PATH_AT("oldpath", 1, 0), INT("newdir", 2), PATH_AT("newpath", 3, 2), UINT("flags", 4)),
    PLAIN(SYS_unlink, PATH("path", 0)),
    PLAIN(SYS_unlinkat, INT("dirfd", 0), PATH_AT("name", 1, 0), UINT("flags", 2)),
    PLAIN(SYS_symlink, TEXT("target", 0), PATH("linkpath", 1)),
    PLAIN(SYS_symlinkat, TEXT("target", 0), INT("linkdirfd", 1), PATH_AT("linkpath", 2, 1)),
    PLAIN(SYS_readlink, PATH("path", 0), FOUND("target", 1)),
    PLAIN(SYS_readlinkat, INT("dirfd", 0), PATH_AT("path", 1, 0), FOUND("target", 2)),
    PLAIN(SYS_chmod, PATH("filename", 0), UINT("mode", 1)),
    PLAIN(SYS_fchmodat, INT("dirfd", 0), PATH_AT("filename", 1, 0), UINT("mode", 2)),
    PLAIN(CALL_FCHMODAT2, INT("dirfd", 0), PATH_AT("filename", 1, 0), UINT("mode", 2), UINT("flags", 3)),
    PLAIN(SYS_chown, PATH("path", 0), UINT("uid", 1), UINT("gid", 2)),
    PLAIN(SYS_lchown, PATH("path", 0), UINT("uid", 1), UINT("gid", 2)),
    PLAIN(SYS_fchownat, INT("dirfd", 0), PATH_AT("pathname", 1, 0), UINT("uid", 2), UINT("gid", 3), UINT("flags", 4)),
    PLAIN(SYS_mknod, PATH("path", 0), UINT("mode", 1), UINT("dev", 2)),
    PLAIN(SYS_mknodat, INT("dirfd", 0), PATH_AT("path", 1, 0), UINT("mode", 2), UINT("dev", 3)),

    PLAIN(SYS_mount, TEXT("dev", 0), PATH("dir", 1), TEXT("type", 2), LONG("flags", 3)),
    PLAIN(SYS_umount2, PATH("name", 0), UINT("flags", 1)),
    {SYS_pivot_root, NO_FILE, PT_CALL_CWD, {PATH("new_root", 0), PATH("put_old", 1)}},
    PLAIN(SYS_unshare, LONG("flags", 0)),
    PLAIN(SYS_ptrace, LONG("addr", 2), LONG("data", 3), UINT("request", 0), INT("pid", 1)),
    PLAIN(SYS_kill, INT("pid", 0), INT("sig", 1)),
    PLAIN(SYS_tkill, INT("tid", 0), INT("sig", 1)),
    PLAIN(SYS_tgkill, INT("pid", 0), INT("tid", 1), INT("sig", 2)),
    {SYS_pidfd_send_signal, 0, 0, {INT("pid_fd", 0), INT("sig", 1)}},
    PLAIN(SYS_process_vm_readv, INT("pid", 0)),
    PLAIN(SYS_process_vm_writev, INT("pid", 0)),
    PLAIN(SYS_setuid, INT("uid", 0)),
    PLAIN(SYS_setgid, INT("gid", 0)),
    PLAIN(SYS_setreuid, INT("ruid", 0), INT("euid", 1)),
    PLAIN(SYS_setregid, INT("rgid", 0), INT("egid", 1)),
    PLAIN(SYS_setresuid, INT("ruid", 0), INT("euid", 1), INT("suid", 2)),
    PLAIN(SYS_setresgid, INT("rgid", 0), INT("egid", 1), INT("sgid", 2)),
    {SYS_setpgid, NO_FILE, PT_CALL_IDS, {INT("pid", 0), INT("pgid", 1)}},
    {SYS_setsid, NO_FILE, PT_CALL_IDS, {NOTHING}},
    PLAIN(SYS_capset, CAPS("cap_effective", 1, 0), CAPS("cap_permitted", 1, 4), CAPS("cap_inheritable", 1, 8)),
    PLAIN(SYS_prctl, UINT("option", 0), {"arg2_str", PT_HOW_TEXT_IF, 1, 15 /* PR_SET_NAME */}, LONG("arg2_int", 1)),
    PLAIN(SYS_seccomp, UINT("op", 0), UINT("flags", 1)),
    PLAIN(SYS_init_module, LONG("length", 1), TEXT("uargs", 2)),
    PLAIN(SYS_delete_module, TEXT("name", 0), UINT("flags", 1)),
};
// clang-format on

const char *pt_calls_fill(struct pt_call calls[PT_CALLS]) {
    for (size_t i = 0; i < PT_CALLS; i++)
        calls[i] = (struct pt_call){.file = PT_NO_FILE};
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        const row *r = &rows[i];
        struct pt_call *c = &calls[r->call];
        c->file = r->file;
        c->flags = r->flags;
        for (size_t k = 0; k < PT_CALL_ARGS && r->arg[k].name; k++) {
            const row_arg *a = &r->arg[k];
            size_t index = *a->name ? pt_event_param_index(r->call, pt_str_of(a->name)) : 0;
            if (index >= PT_WIRE_FILE - PT_WIRE_ARG)
                return a->name;
            c->arg[c->n] = (struct pt_call_arg){(uint8_t)index, a->how, a->from, a->with};
            if (a->how == PT_HOW_PATH || a->how == PT_HOW_PATH_AT || a->how == PT_HOW_ADDRESS)
                c->entry = c->n;
            c->n++;
        }
    }
    return NULL;
}
