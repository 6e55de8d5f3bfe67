// What a descriptor stands for.
#pragma once

#define AF_UNIX    1
#define AF_INET    2
#define AF_INET6   10
#define AF_NETLINK 16
#define AF_PACKET  17
#define TCP_LISTEN 10

#define S_IFMT   00170000
#define S_IFSOCK 0140000
#define S_IFREG  0100000
#define S_IFDIR  0040000
#define S_IFIFO  0010000

#define PIPEFS_MAGIC     0x50495045
#define ANON_INODE_MAGIC 0x09041934
#define PIDFS_MAGIC      0x50494446

// pt_file_type of fact/event.h.
enum {
    FILE_UNKNOWN,
    FILE_REGULAR,
    FILE_DIRECTORY,
    FILE_IPV4,
    FILE_IPV6,
    FILE_UNIX,
    FILE_PIPE,
    FILE_EVENT,
    FILE_SIGNALFD,
    FILE_EVENTPOLL,
    FILE_INOTIFY,
    FILE_TIMER,
    FILE_NETLINK,
    FILE_BPF,
    FILE_USERFAULT,
    FILE_IO_URING,
    FILE_MEMFD,
    FILE_PIDFD,
    FILE_PACKET,
};

// The first eight bytes of an anonymous inode's name, as a number of little endian.
#define NAME_8(a, b, c, d, e, f, g, h)                                                \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | \
     (uint64_t)(e) << 32 | (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

static __always_inline uint16_t anonymous_type(struct file *f) {
    uint64_t name = 0;
    bpf_probe_read_kernel(&name, sizeof name, BPF_CORE_READ(f, f_path.dentry, d_name.name));
    switch (name) {
    case NAME_8('[', 'e', 'v', 'e', 'n', 't', 'f', 'd'):
        return FILE_EVENT;
    case NAME_8('[', 'e', 'v', 'e', 'n', 't', 'p', 'o'):
        return FILE_EVENTPOLL;
    case NAME_8('[', 's', 'i', 'g', 'n', 'a', 'l', 'f'):
        return FILE_SIGNALFD;
    case NAME_8('[', 't', 'i', 'm', 'e', 'r', 'f', 'd'):
        return FILE_TIMER;
    case NAME_8('i', 'n', 'o', 't', 'i', 'f', 'y', 0):
        return FILE_INOTIFY;
    case NAME_8('[', 'i', 'o', '_', 'u', 'r', 'i', 'n'):
        return FILE_IO_URING;
    case NAME_8('[', 'u', 's', 'e', 'r', 'f', 'a', 'u'):
        return FILE_USERFAULT;
    case NAME_8('[', 'p', 'i', 'd', 'f', 'd', ']', 0):
        return FILE_PIDFD;
    }
    uint32_t start = (uint32_t)name; // "bpf-map", "bpf-prog", "bpf_link", "btf"
    if ((start & 0xffffff) == ('b' | 'p' << 8 | 'f' << 16) ||
        (start & 0xffffff) == ('b' | 't' << 8 | 'f' << 16))
        return FILE_BPF;
    return FILE_UNKNOWN;
}

static __always_inline bool is_memfd(struct file *f) {
    struct dentry *d = BPF_CORE_READ(f, f_path.dentry);
    if (BPF_CORE_READ(d, d_parent) != d)
        return false;
    uint64_t name = 0;
    bpf_probe_read_kernel(&name, sizeof name, BPF_CORE_READ(d, d_name.name));
    return (name & 0xffffffffffff) == NAME_8('m', 'e', 'm', 'f', 'd', ':', 0, 0);
}

static __always_inline void fill_inet(struct pt_wire_file *w, struct sock *sk, bool v6) {
    uint16_t port = BPF_CORE_READ(sk, __sk_common.skc_dport);
    w->remote_port = (uint16_t)(port >> 8 | port << 8);
    w->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
    w->bound = w->local_port != 0;
    w->peered = w->remote_port != 0;
    w->v6 = v6;
    if (v6) {
        BPF_CORE_READ_INTO(&w->local_ip, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
        BPF_CORE_READ_INTO(&w->remote_ip, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
        w->type = FILE_IPV6;
    } else {
        BPF_CORE_READ_INTO((uint32_t *)w->local_ip, sk, __sk_common.skc_rcv_saddr);
        BPF_CORE_READ_INTO((uint32_t *)w->remote_ip, sk, __sk_common.skc_daddr);
        w->type = FILE_IPV4;
    }
}

// Ends of a Unix socket have no name but their addresses, which are nobody's business: mixed.
static __always_inline struct unix_sock *fill_unix(struct pt_wire_file *w, struct sock *sk) {
    struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
    w->type = FILE_UNIX;
    w->unix_local = (uint64_t)sk ^ settings.secret;
    w->unix_remote = peer ? (uint64_t)peer ^ settings.secret : 0;
    w->peered = peer != NULL;
    if (BPF_CORE_READ((struct unix_sock *)sk, addr))
        return (struct unix_sock *)sk;
    return (struct unix_sock *)peer;
}

// A socket's numbers into w. *ret: the Unix socket that has the name.
static __always_inline void fill_socket(struct pt_wire_file *w, struct file *f,
                                        struct unix_sock **ret) {
    struct socket *socket = BPF_CORE_READ(f, private_data);
    struct sock *sk = BPF_CORE_READ(socket, sk);
    if (!sk)
        return;
    w->protocol = (uint8_t)BPF_CORE_READ(sk, sk_protocol);
    w->listening = BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_LISTEN;
    // sockfs gives its numbers in turn; with the address it is a name that does not come again.
    w->cookie = (w->ino << 32) ^ (((uint64_t)sk ^ settings.secret) >> 6);
    uint16_t family = BPF_CORE_READ(sk, __sk_common.skc_family);
    if (family == AF_INET || family == AF_INET6)
        fill_inet(w, sk, family == AF_INET6);
    else if (family == AF_UNIX)
        *ret = fill_unix(w, sk);
    else if (family == AF_NETLINK)
        w->type = FILE_NETLINK;
    else if (family == AF_PACKET)
        w->type = FILE_PACKET;
}

static __always_inline struct file *file_of(struct task_struct *t, uint32_t fd) {
    struct fdtable *table = BPF_CORE_READ(t, files, fdt);
    if (!table || fd >= BPF_CORE_READ(table, max_fds))
        return NULL;
    struct file **all = BPF_CORE_READ(table, fd), *f = NULL;
    bpf_probe_read_kernel(&f, sizeof f, all + fd);
    return f;
}

static __always_inline uint16_t type_of(struct file *f, struct inode *inode) {
    uint16_t mode = BPF_CORE_READ(inode, i_mode) & S_IFMT;
    uint64_t magic = BPF_CORE_READ(inode, i_sb, s_magic);
    if (mode == S_IFDIR)
        return FILE_DIRECTORY;
    if (magic == ANON_INODE_MAGIC)
        return anonymous_type(f);
    if (magic == PIPEFS_MAGIC)
        return FILE_PIPE;
    if (magic == PIDFS_MAGIC)
        return FILE_PIDFD;
    return is_memfd(f) ? FILE_MEMFD : FILE_REGULAR;
}

static __always_inline uint64_t device_of(struct inode *inode) {
    uint32_t dev = BPF_CORE_READ(inode, i_sb, s_dev); // 12 bits of major, 20 of minor
    uint64_t major = dev >> 20, minor = dev & 0xfffff;
    return (minor & 0xff) | major << 8 | (minor & ~0xffull) << 12; // as stat(2) tells it
}

static __always_inline void put_unix_name(struct pt_area *a, struct unix_sock *u) {
    struct unix_address *addr = BPF_CORE_READ(u, addr);
    if (!addr)
        return;
    int n = BPF_CORE_READ(addr, len) - 2; // sun_path begins behind the family
    char first = 0;
    bpf_probe_read_kernel(&first, sizeof first, addr->name[0].sun_path);
    if (n > 0 && first) // of the file system: ends with a NUL
        pt_put_kernel_text(a, PT_WIRE_FILE_PATH, number(a, addr->name[0].sun_path));
    else if (n > 0 && n <= 108) // abstract
        pt_put_kernel(a, PT_WIRE_FILE_PATH, number(a, addr->name[0].sun_path), (uint32_t)n, 0);
}

// PT_WIRE_FILE of a descriptor, and the path if it is one's. `path_kind`: the part that the path
// is.
__noinline int pt_put_file(struct pt_area *a, int64_t fd, uint32_t path_kind, uint32_t accepted) {
    if (!a || fd < 0)
        return 0;
    struct task_struct *t = bpf_get_current_task_btf();
    struct file *f = file_of(t, (uint32_t)fd);
    if (!f)
        return 0;
    struct inode *inode = BPF_CORE_READ(f, f_inode);
    struct pt_wire_file w = {};
    struct unix_sock *named = NULL;
    w.number = fd;
    w.dev = device_of(inode);
    w.ino = BPF_CORE_READ(inode, i_ino);
    w.flags = BPF_CORE_READ(f, f_flags);
    w.accepted = accepted != 0;
    if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFSOCK)
        fill_socket(&w, f, &named);
    else
        w.type = type_of(f, inode);
    struct pt_wire_part *p = begin(a);
    if (!p)
        return 0;
    __builtin_memcpy(p + 1, &w, sizeof w);
    end(a, p, PT_WIRE_FILE, 0, sizeof w);
    if (named)
        put_unix_name(a, named);
    if (w.type == FILE_REGULAR || w.type == FILE_DIRECTORY || w.type == FILE_MEMFD)
        put_file_path(a, path_kind, f);
    return 0;
}

// The path of a descriptor that is a directory (or anything with a path).
static __always_inline void put_dir(struct pt_area *a, struct task_struct *t, int32_t fd,
                                    uint32_t nth) {
    struct file *f = fd < 0 ? NULL : file_of(t, (uint32_t)fd);
    if (f)
        put_file_path(a, PT_WIRE_DIR + nth, f);
}
