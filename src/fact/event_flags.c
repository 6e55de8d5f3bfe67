// Names of flags, modes and requests. The order of a table is the order in which its bits are taken
// from a value and told, which rules that compare such a text rely on: it is Falco's, and so are
// the numbers where they are not the kernel's (those of O_RDONLY, CLONE_FILES, PTRACE_TRACEME…).
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "fact/event_impl.h"

#define AS(n, name, kernel)   {(n), (name), (kernel), (kernel)}   // has all these bits
#define IS(n, name, kernel)   {(n), (name), (kernel), UINT32_MAX} // is that value
#define ACCESS(n, name, mode) {(n), (name), (mode), O_ACCMODE}
#define END                   {0}

const pt_flag_name pt_flags_open[] = {
    AS(1 << 11, "O_LARGEFILE", 0100000), // the C library calls it 0 where it is always on
    AS(1 << 10, "O_DIRECTORY", O_DIRECTORY),
    AS(1 << 9, "O_DIRECT", O_DIRECT),
    AS(1 << 8, "O_TRUNC", O_TRUNC),
    AS(1 << 7, "O_SYNC", O_SYNC),
    AS(1 << 6, "O_NONBLOCK", O_NONBLOCK),
    AS(1 << 5, "O_EXCL", O_EXCL),
    AS(1 << 4, "O_DSYNC", O_DSYNC),
    AS(1 << 3, "O_APPEND", O_APPEND),
    AS(1 << 2, "O_CREAT", O_CREAT),
    ACCESS(3, "O_RDWR", O_RDWR),
    ACCESS(2, "O_WRONLY", O_WRONLY),
    ACCESS(1, "O_RDONLY", O_RDONLY),
    AS(1 << 12, "O_CLOEXEC", O_CLOEXEC),
    AS(1 << 13, "O_TMPFILE", O_TMPFILE),
    END,
};

const pt_flag_name pt_flags_clone[] = {
    AS(1 << 0, "CLONE_FILES", 0x400),
    AS(1 << 1, "CLONE_FS", 0x200),
    AS(1 << 2, "CLONE_IO", 0x80000000),
    AS(1 << 3, "CLONE_NEWIPC", 0x08000000),
    AS(1 << 4, "CLONE_NEWNET", 0x40000000),
    AS(1 << 5, "CLONE_NEWNS", 0x20000),
    AS(1 << 6, "CLONE_NEWPID", 0x20000000),
    AS(1 << 7, "CLONE_NEWUTS", 0x04000000),
    AS(1 << 8, "CLONE_PARENT", 0x8000),
    AS(1 << 9, "CLONE_PARENT_SETTID", 0x100000),
    AS(1 << 10, "CLONE_PTRACE", 0x2000),
    AS(1 << 11, "CLONE_SIGHAND", 0x800),
    AS(1 << 12, "CLONE_SYSVSEM", 0x40000),
    AS(1 << 13, "CLONE_THREAD", 0x10000),
    AS(1 << 14, "CLONE_UNTRACED", 0x800000),
    AS(1 << 15, "CLONE_VM", 0x100),
    AS(1 << 20, "CLONE_NEWUSER", 0x10000000),
    AS(1 << 23, "CLONE_CHILD_CLEARTID", 0x200000),
    AS(1 << 24, "CLONE_CHILD_SETTID", 0x1000000),
    AS(1 << 25, "CLONE_SETTLS", 0x80000),
    AS(1 << 27, "CLONE_VFORK", 0x4000),
    AS(1 << 28, "CLONE_NEWCGROUP", 0x02000000),
    END,
};

#define MODES                                                                                   \
    {S_IXOTH, "S_IXOTH"}, {S_IWOTH, "S_IWOTH"}, {S_IROTH, "S_IROTH"}, {S_IXGRP, "S_IXGRP"},     \
        {S_IWGRP, "S_IWGRP"}, {S_IRGRP, "S_IRGRP"}, {S_IXUSR, "S_IXUSR"}, {S_IWUSR, "S_IWUSR"}, \
        {S_IRUSR, "S_IRUSR"}, {S_ISVTX, "S_ISVTX"}, {S_ISGID, "S_ISGID"}, {S_ISUID, "S_ISUID"}
const pt_flag_name pt_flags_mode[] = {MODES, END};
// The kinds of files are no bits of their own (a socket has a regular file's): a value has one.
#define KIND(name, kind) {(kind), (name), (kind), S_IFMT}
const pt_flag_name pt_flags_mknod[] = {
    MODES,
    KIND("S_IFREG", S_IFREG),
    KIND("S_IFCHR", S_IFCHR),
    KIND("S_IFBLK", S_IFBLK),
    KIND("S_IFIFO", S_IFIFO),
    KIND("S_IFSOCK", S_IFSOCK),
    END,
};

const pt_flag_name pt_flags_exe[] = {
    {PT_EXE_WRITABLE, "EXE_WRITABLE"},
    {PT_EXE_UPPER_LAYER, "EXE_UPPER_LAYER"},
    {PT_EXE_MEMFD, "EXE_FROM_MEMFD"},
    {PT_EXE_LOWER_LAYER, "EXE_LOWER_LAYER"},
    END,
};

const pt_flag_name pt_flags_mount[] = {
    {1 << 0, "RDONLY"},
    {1 << 1, "NOSUID"},
    {1 << 2, "NODEV"},
    {1 << 3, "NOEXEC"},
    {1 << 4, "SYNCHRONOUS"},
    {1 << 5, "REMOUNT"},
    {1 << 6, "MANDLOCK"},
    {1 << 7, "DIRSYNC"},
    {1 << 10, "NOATIME"},
    {1 << 11, "NODIRATIME"},
    {1 << 12, "BIND"},
    {1 << 13, "MOVE"},
    {1 << 14, "REC"},
    {1 << 15, "SILENT"},
    {1 << 16, "POSIXACL"},
    {1 << 17, "UNBINDABLE"},
    {1 << 18, "PRIVATE"},
    {1 << 19, "SLAVE"},
    {1 << 20, "SHARED"},
    {1 << 21, "RELATIME"},
    {1 << 22, "KERNMOUNT"},
    {1 << 23, "I_VERSION"},
    {1 << 24, "STRICTATIME"},
    {1 << 25, "LAZYTIME"},
    {1 << 28, "NOSEC"},
    {1 << 29, "BORN"},
    {1 << 30, "ACTIVE"},
    {1U << 31, "NOUSER"},
    END,
};

const pt_flag_name pt_flags_umount[] = {
    {MNT_FORCE, "FORCE"},
    {MNT_DETACH, "DETACH"},
    {MNT_EXPIRE, "EXPIRE"},
    {UMOUNT_NOFOLLOW, "NOFOLLOW"},
    END,
};

const pt_flag_name pt_flags_unlinkat[] = {{AT_REMOVEDIR, "AT_REMOVEDIR"}, END};
const pt_flag_name pt_flags_linkat[] = {
    {AT_SYMLINK_FOLLOW, "AT_SYMLINK_FOLLOW"},
    {AT_EMPTY_PATH, "AT_EMPTY_PATH"},
    END,
};
const pt_flag_name pt_flags_chownat[] = {
    {AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"},
    {AT_EMPTY_PATH, "AT_EMPTY_PATH"},
    END,
};
const pt_flag_name pt_flags_stat[] = {
    {AT_EMPTY_PATH, "AT_EMPTY_PATH"},
    {AT_NO_AUTOMOUNT, "AT_NO_AUTOMOUNT"},
    {AT_SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW"},
    END,
};
const pt_flag_name pt_flags_rename[] = {
    {1, "RENAME_NOREPLACE"},
    {2, "RENAME_EXCHANGE"},
    {4, "RENAME_WHITEOUT"},
    END,
};
const pt_flag_name pt_flags_resolve[] = {
    AS(1 << 0, "RESOLVE_BENEATH", 0x08),
    AS(1 << 1, "RESOLVE_IN_ROOT", 0x10),
    AS(1 << 2, "RESOLVE_NO_MAGICLINKS", 0x02),
    AS(1 << 3, "RESOLVE_NO_SYMLINKS", 0x04),
    AS(1 << 4, "RESOLVE_NO_XDEV", 0x01),
    AS(1 << 5, "RESOLVE_CACHED", 0x20),
    END,
};
const pt_flag_name pt_flags_memfd[] = {
    {1, "MFD_CLOEXEC"},
    {2, "MFD_ALLOW_SEALING"},
    {4, "MFD_HUGETLB"},
    END,
};
const pt_flag_name pt_flags_pidfd[] = {AS(1, "PIDFD_NONBLOCK", O_NONBLOCK), END};
const pt_flag_name pt_flags_module[] = {
    {1, "MODULE_INIT_IGNORE_MODVERSIONS"},
    {2, "MODULE_INIT_IGNORE_VERMAGIC"},
    {4, "MODULE_INIT_COMPRESSED_FILE"},
    END,
};
const pt_flag_name pt_flags_prot[] = {
    {PROT_READ, "PROT_READ"},
    {PROT_WRITE, "PROT_WRITE"},
    {PROT_EXEC, "PROT_EXEC"},
    AS(1 << 3, "PROT_SEM", 0x8),
    AS(1 << 4, "PROT_GROWSDOWN", PROT_GROWSDOWN),
    AS(1 << 5, "PROT_GROWSUP", PROT_GROWSUP),
    {0, "PROT_NONE"},
    END,
};
const pt_flag_name pt_flags_map[] = {
    AS(1 << 0, "MAP_SHARED", MAP_SHARED),
    AS(1 << 1, "MAP_PRIVATE", MAP_PRIVATE),
    AS(1 << 2, "MAP_FIXED", MAP_FIXED),
    AS(1 << 3, "MAP_ANONYMOUS", MAP_ANONYMOUS),
    AS(1 << 4, "MAP_32BIT", 0x40),
    AS(1 << 6, "MAP_NORESERVE", MAP_NORESERVE),
    AS(1 << 7, "MAP_POPULATE", MAP_POPULATE),
    AS(1 << 8, "MAP_NONBLOCK", MAP_NONBLOCK),
    AS(1 << 9, "MAP_GROWSDOWN", MAP_GROWSDOWN),
    AS(1 << 10, "MAP_DENYWRITE", MAP_DENYWRITE),
    AS(1 << 11, "MAP_EXECUTABLE", MAP_EXECUTABLE),
    AS(1 << 14, "MAP_LOCKED", MAP_LOCKED),
    END,
};
const pt_flag_name pt_flags_access[] = {
    {0, "F_OK"}, {4, "R_OK"}, {2, "W_OK"}, {1, "X_OK"}, END,
};
const pt_flag_name pt_flags_splice[] = {
    {1, "SPLICE_F_MOVE"}, {2, "SPLICE_F_NONBLOCK"}, {4, "SPLICE_F_MORE"}, {8, "SPLICE_F_GIFT"}, END,
};
const pt_flag_name pt_flags_flock[] = {
    AS(1 << 0, "LOCK_SH", 1), AS(1 << 1, "LOCK_EX", 2), AS(1 << 2, "LOCK_NB", 4),
    AS(1 << 3, "LOCK_UN", 8), {0, "LOCK_NONE"},         END,
};
const pt_flag_name pt_flags_uring[] = {
    AS(1 << 0, "IORING_SETUP_IOPOLL", 1 << 0),     AS(1 << 1, "IORING_SETUP_SQPOLL", 1 << 1),
    AS(1 << 3, "IORING_SETUP_SQ_AFF", 1 << 2),     AS(1 << 4, "IORING_SETUP_CQSIZE", 1 << 3),
    AS(1 << 5, "IORING_SETUP_CLAMP", 1 << 4),      AS(1 << 6, "IORING_SETUP_ATTACH_RW", 1 << 5),
    AS(1 << 7, "IORING_SETUP_R_DISABLED", 1 << 6), END,
};

// Of names with one number the first is told: AF_LOCAL and AF_ROUTE.
const pt_flag_name pt_enum_family[] = {
    {44, "AF_XDP"},
    {40, "AF_VSOCK"},
    {39, "AF_NFC"},
    {38, "AF_ALG"},
    {37, "AF_CAIF"},
    {36, "AF_IEEE802154"},
    {35, "AF_PHONET"},
    {34, "AF_ISDN"},
    {33, "AF_RXRPC"},
    {32, "AF_IUCV"},
    {31, "AF_BLUETOOTH"},
    {30, "AF_TIPC"},
    {29, "AF_CAN"},
    {26, "AF_LLC"},
    {25, "AF_WANPIPE"},
    {24, "AF_PPPOX"},
    {23, "AF_IRDA"},
    {22, "AF_SNA"},
    {21, "AF_RDS"},
    {20, "AF_ATMSVC"},
    {19, "AF_ECONET"},
    {18, "AF_ASH"},
    {17, "AF_PACKET"},
    {16, "AF_ROUTE"},
    {15, "AF_KEY"},
    {14, "AF_SECURITY"},
    {13, "AF_NETBEUI"},
    {12, "AF_DECnet"},
    {11, "AF_ROSE"},
    {10, "AF_INET6"},
    {9, "AF_X25"},
    {8, "AF_ATMPVC"},
    {7, "AF_BRIDGE"},
    {6, "AF_NETROM"},
    {5, "AF_APPLETALK"},
    {4, "AF_IPX"},
    {3, "AF_AX25"},
    {2, "AF_INET"},
    {1, "AF_LOCAL"},
    {0, "AF_UNSPEC"},
    END,
};

const pt_flag_name pt_enum_ptrace[] = {
    IS(1, "PTRACE_TRACEME", 0),
    IS(2, "PTRACE_PEEKTEXT", 1),
    IS(3, "PTRACE_PEEKDATA", 2),
    IS(4, "PTRACE_PEEKUSR", 3),
    IS(5, "PTRACE_POKETEXT", 4),
    IS(6, "PTRACE_POKEDATA", 5),
    IS(7, "PTRACE_POKEUSR", 6),
    IS(8, "PTRACE_CONT", 7),
    IS(9, "PTRACE_KILL", 8),
    IS(10, "PTRACE_SINGLESTEP", 9),
    IS(11, "PTRACE_ATTACH", 16),
    IS(12, "PTRACE_DETACH", 17),
    IS(13, "PTRACE_SYSCALL", 24),
    IS(14, "PTRACE_SETOPTIONS", 0x4200),
    IS(15, "PTRACE_GETEVENTMSG", 0x4201),
    IS(16, "PTRACE_GETSIGINFO", 0x4202),
    IS(17, "PTRACE_SETSIGINFO", 0x4203),
    IS(18, "PTRACE_GETREGSET", 0x4204),
    IS(19, "PTRACE_SETREGSET", 0x4205),
    IS(20, "PTRACE_SEIZE", 0x4206),
    IS(21, "PTRACE_INTERRUPT", 0x4207),
    IS(22, "PTRACE_LISTEN", 0x4208),
    IS(23, "PTRACE_PEEKSIGINFO", 0x4209),
    IS(24, "PTRACE_GETSIGMASK", 0x420a),
    IS(25, "PTRACE_SETSIGMASK", 0x420b),
    IS(26, "PTRACE_GETREGS", 12),
    IS(27, "PTRACE_SETREGS", 13),
    IS(28, "PTRACE_GETFPREGS", 14),
    IS(29, "PTRACE_SETFPREGS", 15),
    IS(30, "PTRACE_GETFPXREGS", 18),
    IS(31, "PTRACE_SETFPXREGS", 19),
    IS(32, "PTRACE_OLDSETOPTIONS", 21),
    IS(33, "PTRACE_GET_THREAD_AREA", 25),
    IS(34, "PTRACE_SET_THREAD_AREA", 26),
    IS(35, "PTRACE_ARCH_PRCTL", 30),
    IS(36, "PTRACE_SYSEMU", 31),
    IS(37, "PTRACE_SYSEMU_SINGLESTEP", 32),
    IS(38, "PTRACE_SINGLEBLOCK", 33),
    {0, "PTRACE_UNKNOWN", UINT64_MAX, UINT64_MAX}, // whatever else is passed
    END,
};

const pt_flag_name pt_enum_bpf[] = {
    {0, "BPF_MAP_CREATE"},
    {1, "BPF_MAP_LOOKUP_ELEM"},
    {2, "BPF_MAP_UPDATE_ELEM"},
    {3, "BPF_MAP_DELETE_ELEM"},
    {4, "BPF_MAP_GET_NEXT_KEY"},
    {5, "BPF_PROG_LOAD"},
    {6, "BPF_OBJ_PIN"},
    {7, "BPF_OBJ_GET"},
    {8, "BPF_PROG_ATTACH"},
    {9, "BPF_PROG_DETACH"},
    {10, "BPF_PROG_TEST_RUN"},
    {11, "BPF_PROG_GET_NEXT_ID"},
    {12, "BPF_MAP_GET_NEXT_ID"},
    {13, "BPF_PROG_GET_FD_BY_ID"},
    {14, "BPF_MAP_GET_FD_BY_ID"},
    {15, "BPF_OBJ_GET_INFO_BY_FD"},
    {16, "BPF_PROG_QUERY"},
    {17, "BPF_RAW_TRACEPOINT_OPEN"},
    {18, "BPF_BTF_LOAD"},
    {19, "BPF_BTF_GET_FD_BY_ID"},
    {20, "BPF_TASK_FD_QUERY"},
    {21, "BPF_MAP_LOOKUP_AND_DELETE_ELEM"},
    {22, "BPF_MAP_FREEZE"},
    {23, "BPF_BTF_GET_NEXT_ID"},
    {24, "BPF_MAP_LOOKUP_BATCH"},
    {25, "BPF_MAP_LOOKUP_AND_DELETE_BATCH"},
    {26, "BPF_MAP_UPDATE_BATCH"},
    {27, "BPF_MAP_DELETE_BATCH"},
    {28, "BPF_LINK_CREATE"},
    {29, "BPF_LINK_UPDATE"},
    {30, "BPF_LINK_GET_FD_BY_ID"},
    {31, "BPF_LINK_GET_NEXT_ID"},
    {32, "BPF_ENABLE_STATS"},
    {33, "BPF_ITER_CREATE"},
    {34, "BPF_LINK_DETACH"},
    {35, "BPF_PROG_BIND_MAP"},
    {36, "BPF_TOKEN_CREATE"},
    {37, "BPF_PROG_STREAM_READ_BY_FD"},
    END,
};

const pt_flag_name pt_enum_prctl[] = {
    {1, "PR_SET_PDEATHSIG"},
    {2, "PR_GET_PDEATHSIG"},
    {3, "PR_GET_DUMPABLE"},
    {4, "PR_SET_DUMPABLE"},
    {7, "PR_GET_KEEPCAPS"},
    {8, "PR_SET_KEEPCAPS"},
    {15, "PR_SET_NAME"},
    {16, "PR_GET_NAME"},
    {21, "PR_GET_SECCOMP"},
    {22, "PR_SET_SECCOMP"},
    {23, "PR_CAPBSET_READ"},
    {24, "PR_CAPBSET_DROP"},
    {27, "PR_GET_SECUREBITS"},
    {28, "PR_SET_SECUREBITS"},
    {33, "PR_MCE_KILL"},
    {35, "PR_SET_MM"},
    {36, "PR_SET_CHILD_SUBREAPER"},
    {37, "PR_GET_CHILD_SUBREAPER"},
    {38, "PR_SET_NO_NEW_PRIVS"},
    {39, "PR_GET_NO_NEW_PRIVS"},
    {40, "PR_GET_TID_ADDRESS"},
    {41, "PR_SET_THP_DISABLE"},
    {42, "PR_GET_THP_DISABLE"},
    {47, "PR_CAP_AMBIENT"},
    END,
};

const pt_flag_name pt_enum_shutdown[] = {
    {SHUT_RDWR, "SHUT_RDWR"}, {SHUT_WR, "SHUT_WR"}, {SHUT_RD, "SHUT_RD"}, END};
const pt_flag_name pt_enum_whence[] = {{2, "SEEK_END"}, {1, "SEEK_CUR"}, {0, "SEEK_SET"}, END};
const pt_flag_name pt_enum_fcntl[] = {
    {0, "F_DUPFD"},
    {1, "F_GETFD"},
    {2, "F_SETFD"},
    {3, "F_GETFL"},
    {4, "F_SETFL"},
    {5, "F_GETLK"},
    {6, "F_SETLK"},
    {7, "F_SETLKW"},
    {8, "F_SETOWN"},
    {9, "F_GETOWN"},
    {10, "F_SETSIG"},
    {11, "F_GETSIG"},
    {15, "F_SETOWN_EX"},
    {16, "F_GETOWN_EX"},
    {36, "F_OFD_GETLK"},
    {37, "F_OFD_SETLK"},
    {38, "F_OFD_SETLKW"},
    {1024, "F_SETLEASE"},
    {1025, "F_GETLEASE"},
    {1026, "F_NOTIFY"},
    {1029, "F_CANCELLK"},
    {1030, "F_DUPFD_CLOEXEC"},
    {1031, "F_SETPIPE_SZ"},
    {1032, "F_GETPIPE_SZ"},
    END,
};

static bool has(const pt_flag_name *f, uint64_t passed) {
    if (f->mask)
        return (passed & f->mask) == f->passed;
    return f->bits && (passed & f->bits) == f->bits;
}

// A request that no row numbers anew is as it was passed; its table may end with a row for those.
static uint64_t request(const pt_flag_name *f, uint64_t passed) {
    for (; f->name; f++)
        if (f->mask && (f->mask == UINT64_MAX || (passed & f->mask) == f->passed))
            return f->bits;
    return passed;
}

static bool numbers_anew(const pt_flag_name *f) {
    for (; f->name; f++)
        if (f->mask)
            return true;
    return false;
}

uint64_t pt_flags_number(const pt_param *p, uint64_t passed) {
    if (!p->names || p->kind == PT_PARAM_MODE)
        return passed;
    if (p->kind == PT_PARAM_ENUM)
        return request(p->names, passed);
    if (!numbers_anew(p->names))
        return passed;
    uint64_t number = 0;
    for (const pt_flag_name *f = p->names; f->name; f++)
        if (has(f, passed))
            number |= f->bits;
    return number;
}

static pt_str one(const pt_flag_name *f, uint64_t number) {
    for (; f->name; f++)
        if (f->bits == number)
            return pt_str_of(f->name);
    return (pt_str){0};
}

pt_str pt_flags_text(pt_arena *a, const pt_param *p, uint64_t number) {
    if (!p->names)
        return (pt_str){0};
    pt_str whole = one(p->names, number); // a row for 0 tells only 0
    if (whole.n || p->kind == PT_PARAM_ENUM)
        return whole;
    pt_str text = {0};
    for (const pt_flag_name *f = p->names; f->name; f++) {
        bool kind = p->kind == PT_PARAM_MODE && f->mask;
        if (kind ? !has(f, number) : !f->bits || (number & f->bits) != f->bits)
            continue;
        if (!kind)
            number &= ~f->bits;
        text = text.n ? pt_arena_printf(a, "%.*s|%s", PT_PRI(text), f->name) : pt_str_of(f->name);
    }
    return text;
}
