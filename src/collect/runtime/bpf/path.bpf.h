// Paths as the kernel knows them: from a file's dentry up, through mounts, to the root of the mount
// tree. (bpf_d_path is refused to tracepoints.)
#pragma once

#define PATH_STEPS (PT_WIRE_TEXT_MAX / 2) // "/a" is the shortest part of a path

struct walk {
    struct dentry *dentry;
    struct mount *mount;
    struct pt_area *area;
    bool done;
};

static __always_inline void prepend(struct pt_area *a, const struct qstr *name, bool slash) {
    uint32_t n = name->len, at = a->path_at;
    if (n > 255)
        n = 255;
    if (at < n + 1 || at > PT_WIRE_TEXT_MAX) {
        a->flags |= PT_WIRE_TRUNCATED;
        a->path_end = 0;
        return;
    }
    at -= n;
    barrier_var(at);
    at &= PT_WIRE_TEXT_MAX - 1;
    bpf_probe_read_kernel(a->path + at, n & 255, name->name);
    if (slash) {
        at--;
        at &= PT_WIRE_TEXT_MAX - 1;
        a->path[at] = '/';
    }
    a->path_at = at;
}

// A rename can happen while this walks: a path is then of before, of after, or of both, like any
// path that is read while it is renamed.
static long step(uint32_t i, struct walk *w) {
    (void)i;
    struct mount *m = w->mount;
    struct dentry *d = w->dentry, *parent = BPF_CORE_READ(d, d_parent);
    struct dentry *root = BPF_CORE_READ(m, mnt.mnt_root);
    if (d != root && d != parent) {
        struct qstr name = {};
        name.len = BPF_CORE_READ(d, d_name.len);
        name.name = BPF_CORE_READ(d, d_name.name);
        prepend(w->area, &name, true);
        w->dentry = parent;
        return w->area->path_end == 0;
    }
    if (d != root) { // of no tree: a memfd, or a file whose folder is gone
        struct qstr name = {};
        name.len = BPF_CORE_READ(d, d_name.len);
        name.name = BPF_CORE_READ(d, d_name.name);
        if (name.len > 1)
            prepend(w->area, &name, false);
        w->done = true;
        return 1;
    }
    struct mount *up = BPF_CORE_READ(m, mnt_parent);
    if (up == m) {
        w->done = true;
        return 1;
    }
    w->dentry = BPF_CORE_READ(m, mnt_mountpoint);
    w->mount = up;
    return 0;
}

__noinline int pt_put_path(struct pt_area *a, uint32_t kind, uint64_t vfsmount, uint64_t dentry) {
    if (!a)
        return 0;
    a->path_at = PT_WIRE_TEXT_MAX;
    a->path_end = PT_WIRE_TEXT_MAX;
    if (!vfsmount || !dentry) {
        a->flags |= PT_WIRE_FAULT;
        return 0;
    }
    struct walk w = {};
    w.dentry = (struct dentry *)dentry;
    w.mount = (struct mount *)(vfsmount - bpf_core_field_offset(struct mount, mnt));
    w.area = a;
    bpf_loop(PATH_STEPS, step, &w, 0);
    uint32_t at = a->path_at;
    if (at >= PT_WIRE_TEXT_MAX) { // the root itself
        at = PT_WIRE_TEXT_MAX - 1;
        a->path[at] = '/';
    }
    barrier_var(at);
    at &= PT_WIRE_TEXT_MAX - 1;
    return pt_put_kernel(a, kind, number(a, a->path + at), PT_WIRE_TEXT_MAX - at,
                         w.done ? 0 : PT_WIRE_PATH_DEEP);
}

static __always_inline int put_file_path(struct pt_area *a, uint32_t kind, struct file *f) {
    return pt_put_path(a, kind, (uint64_t)BPF_CORE_READ(f, f_path.mnt),
                       (uint64_t)BPF_CORE_READ(f, f_path.dentry));
}

static __always_inline void put_cwd(struct pt_area *a, struct task_struct *t) {
    if (a->relative)
        return;
    a->relative = 1;
    struct fs_struct *fs = BPF_CORE_READ(t, fs);
    if (fs)
        pt_put_path(a, PT_WIRE_CWD, (uint64_t)BPF_CORE_READ(fs, pwd.mnt),
                    (uint64_t)BPF_CORE_READ(fs, pwd.dentry));
}
