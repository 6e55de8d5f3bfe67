// The kernel's structures as far as the sensor reads them, written by hand: a build does not depend
// on the kernel of the machine that builds. Field offsets are corrected when the program is loaded
// (CO-RE); a name with three underscores is another kernel's shape of the same structure.
#pragma once

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long long int64_t;
typedef _Bool bool;
#define true  1
#define false 0
// what libbpf's headers expect
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int16_t __s16;
typedef int32_t __s32;
typedef int64_t __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef __u16 __sum16;

#define NULL ((void *)0)

// Numbers of the kernel's interfaces to programs (uapi/linux/bpf.h).
enum {
    BPF_MAP_TYPE_HASH = 1,
    BPF_MAP_TYPE_ARRAY = 2,
    BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
    BPF_MAP_TYPE_RINGBUF = 27,
    BPF_MAP_TYPE_TASK_STORAGE = 29,
};
enum {
    BPF_F_NO_PREALLOC = 1,
    BPF_F_MMAPABLE = 1 << 10,
    BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
    BPF_RB_NO_WAKEUP = 1,
    BPF_RB_FORCE_WAKEUP = 2,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
    unsigned long bp, bx, r10, r9, r8, ax, cx, dx, si, di, orig_ax;
};

struct thread_info {
    uint32_t status;
};

typedef struct {
    int counter;
} atomic_t;

typedef struct {
    uint32_t val;
} kuid_t;
typedef struct {
    uint32_t val;
} kgid_t;

struct qstr {
    uint32_t len;
    const unsigned char *name;
};

struct inode;
struct dentry;
struct super_block {
    uint32_t s_dev;
    unsigned long s_flags;
    unsigned long s_magic;
};

struct timespec64 {
    int64_t tv_sec;
    long tv_nsec;
};
struct inode {
    uint16_t i_mode;
    kuid_t i_uid;
    kgid_t i_gid;
    unsigned int i_flags;
    struct super_block *i_sb;
    unsigned long i_ino;
    int64_t i_mtime_sec, i_ctime_sec; // 6.11 and later
    uint32_t i_mtime_nsec, i_ctime_nsec;
};
struct inode___6_7 { // 6.7 to 6.10
    struct timespec64 __i_mtime, __i_ctime;
};
struct inode___6_6 {
    struct timespec64 i_mtime, __i_ctime;
};
struct inode___old {
    struct timespec64 i_mtime, i_ctime;
};

struct dentry {
    struct dentry *d_parent;
    struct qstr d_name;
    struct inode *d_inode;
    struct super_block *d_sb;
};
struct vfsmount {
    struct dentry *mnt_root;
    int mnt_flags;
};
struct mount {
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
};
struct path {
    struct vfsmount *mnt;
    struct dentry *dentry;
};
struct file {
    void *private_data;
    struct inode *f_inode;
    unsigned int f_flags;
    struct path f_path;
};
struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};
struct files_struct {
    struct fdtable *fdt;
};
struct fs_struct {
    struct path root, pwd;
};

struct mm_struct {
    unsigned long arg_start, arg_end, env_start, env_end;
    struct file *exe_file;
};

struct tty_driver {
    int major;
    int minor_start;
};
struct tty_struct {
    int index;
    struct tty_driver *driver;
};

struct ns_common {
    unsigned int inum;
};
struct pid_namespace {
    struct ns_common ns;
};
struct upid {
    int nr;
    struct pid_namespace *ns;
};
struct pid {
    unsigned int level;
    struct upid numbers[1];
};
enum {
    PIDTYPE_PID,
    PIDTYPE_TGID,
    PIDTYPE_PGID,
    PIDTYPE_SID,
    PIDTYPE_MAX,
};
struct signal_struct {
    atomic_t live;
    int group_exit_code;
    struct pid *pids[PIDTYPE_MAX];
    struct tty_struct *tty;
};

// 8 bytes on every kernel: two words of 32 bits until 6.2, one of 64 since.
typedef struct {
    uint64_t val;
} kernel_cap_t;
struct cred {
    kuid_t euid;
    kgid_t egid;
    kuid_t fsuid;
    kgid_t fsgid;
    kernel_cap_t cap_permitted, cap_effective;
};

struct kernfs_node {
    const char *name;
    struct kernfs_node *__parent; // 6.15 and later
    uint64_t id;
};
struct kernfs_node___old {
    struct kernfs_node *parent;
};
struct cgroup {
    struct kernfs_node *kn;
};
struct cgroup_subsys_state {
    struct cgroup *cgroup;
};
struct css_set {
    struct cgroup_subsys_state *subsys[16];
    struct cgroup *dfl_cgrp;
};
enum cgroup_subsys_id {
    memory_cgrp_id = 4,
};

struct task_struct {
    struct thread_info thread_info;
    unsigned int flags;
    int exit_code;
    int pid, tgid;
    struct task_struct *real_parent;
    struct task_struct *group_leader;
    struct pid *thread_pid;
    uint64_t start_boottime;
    const struct cred *cred;
    char comm[16];
    struct fs_struct *fs;
    struct files_struct *files;
    struct signal_struct *signal;
    struct mm_struct *mm;
    kuid_t loginuid;
    struct css_set *cgroups;
};

struct linux_binprm {
    const char *filename;
};

struct in6_addr {
    union {
        uint8_t u6_addr8[16];
    } in6_u;
};
struct sock_common {
    uint32_t skc_daddr, skc_rcv_saddr;
    uint16_t skc_dport, skc_num;
    unsigned short skc_family;
    volatile unsigned char skc_state;
    struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};
struct sock {
    struct sock_common __sk_common;
    uint16_t sk_protocol;
};
struct socket {
    struct sock *sk;
};
struct sockaddr_un {
    char sun_path[108];
};
struct unix_address {
    int len;
    struct sockaddr_un name[0];
};
struct unix_sock {
    struct unix_address *addr;
    struct sock *peer;
};

struct bpf_iter_meta {
    struct seq_file *seq;
};
struct bpf_iter__task {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

#pragma clang attribute pop

#define PF_KTHREAD 0x00200000
#define TS_COMPAT  0x0002
