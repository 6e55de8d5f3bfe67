// Processes: what they are at exec and in a snapshot, fork, exit.
#pragma once

#define OVERLAY_MAGIC    0x794c7630
#define SB_RDONLY        1
#define S_IWUSR          0200
#define S_IWGRP          0020
#define S_IWOTH          0002
#define CAP_DAC_OVERRIDE 1

// pt_exe_flag of fact/process.h.
#define EXE_WRITABLE    1
#define EXE_UPPER_LAYER 2
#define EXE_MEMFD       4
#define EXE_LOWER_LAYER 8

#define CALL_CLONE  56
#define CALL_FORK   57
#define CALL_VFORK  58
#define CALL_EXECVE 59
#define CALL_CLONE3 435
#define PROCEXIT    PT_CALLS // PT_EVENT_PROCEXIT

#define CLONE_VM     0x100
#define CLONE_VFORK  0x4000
#define CLONE_THREAD 0x10000

static __always_inline uint64_t nanoseconds(int64_t seconds, uint64_t rest) {
    return (uint64_t)seconds * 1000000000ull + rest;
}

static __always_inline uint64_t changed_ns(struct inode *inode) {
    if (bpf_core_field_exists(inode->i_ctime_sec)) // bit 31: somebody asked for it (6.13)
        return nanoseconds(BPF_CORE_READ(inode, i_ctime_sec),
                           BPF_CORE_READ(inode, i_ctime_nsec) & 0x7fffffff);
    struct inode___6_6 *newer = (void *)inode;
    if (bpf_core_field_exists(newer->__i_ctime))
        return nanoseconds(BPF_CORE_READ(newer, __i_ctime.tv_sec),
                           (uint64_t)BPF_CORE_READ(newer, __i_ctime.tv_nsec));
    struct inode___old *old = (void *)inode;
    return nanoseconds(BPF_CORE_READ(old, i_ctime.tv_sec),
                       (uint64_t)BPF_CORE_READ(old, i_ctime.tv_nsec));
}

static __always_inline uint64_t modified_ns(struct inode *inode) {
    if (bpf_core_field_exists(inode->i_mtime_sec))
        return nanoseconds(BPF_CORE_READ(inode, i_mtime_sec), BPF_CORE_READ(inode, i_mtime_nsec));
    struct inode___6_7 *newer = (void *)inode;
    if (bpf_core_field_exists(newer->__i_mtime))
        return nanoseconds(BPF_CORE_READ(newer, __i_mtime.tv_sec),
                           (uint64_t)BPF_CORE_READ(newer, __i_mtime.tv_nsec));
    struct inode___old *old = (void *)inode;
    return nanoseconds(BPF_CORE_READ(old, i_mtime.tv_sec),
                       (uint64_t)BPF_CORE_READ(old, i_mtime.tv_nsec));
}

// By the rights of the mode alone (groups but the first are not asked: too rarely decide).
static __always_inline bool writable(struct inode *inode, struct task_struct *t) {
    struct cred *cred = (struct cred *)BPF_CORE_READ(t, cred);
    uint16_t mode = BPF_CORE_READ(inode, i_mode);
    if (BPF_CORE_READ(inode, i_sb, s_flags) & SB_RDONLY)
        return false;
    if (capabilities(&cred->cap_effective) >> CAP_DAC_OVERRIDE & 1)
        return true;
    if (BPF_CORE_READ(cred, fsuid.val) == BPF_CORE_READ(inode, i_uid.val))
        return mode & S_IWUSR;
    if (BPF_CORE_READ(cred, fsgid.val) == BPF_CORE_READ(inode, i_gid.val))
        return mode & S_IWGRP;
    return mode & S_IWOTH;
}

// overlayfs keeps the dentry of a file's upper copy right behind its inode (struct ovl_inode, which
// is a module's and so in no BTF that can be relied on).
static __always_inline uint32_t layer(struct inode *inode) {
    if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAY_MAGIC)
        return 0;
    struct dentry *upper = NULL;
    bpf_probe_read_kernel(&upper, sizeof upper,
                          (uint8_t *)inode + bpf_core_type_size(struct inode));
    if (upper && BPF_CORE_READ(upper, d_inode))
        return EXE_UPPER_LAYER;
    return EXE_LOWER_LAYER;
}

static __always_inline uint32_t terminal(struct task_struct *t) {
    struct tty_struct *tty = BPF_CORE_READ(t, signal, tty);
    if (!tty)
        return 0;
    uint32_t major = (uint32_t)BPF_CORE_READ(tty, driver, major);
    uint32_t minor =
        (uint32_t)(BPF_CORE_READ(tty, driver, minor_start) + BPF_CORE_READ(tty, index));
    return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

// A process id as the namespace at `level` numbers it; 0: it is not there.
static __always_inline uint32_t number_at(struct pid *pid, uint32_t level) {
    if (!pid || BPF_CORE_READ(pid, level) < level)
        return 0;
    struct upid *all = &pid->numbers[0];
    return (uint32_t)BPF_CORE_READ(&all[level & 63], nr);
}

static __always_inline void fill_ids(struct pt_wire_ids *x, struct task_struct *t) {
    struct pid *own = BPF_CORE_READ(t, group_leader, thread_pid);
    struct pid *session = BPF_CORE_READ(t, signal, pids[PIDTYPE_SID]);
    struct pid *group = BPF_CORE_READ(t, signal, pids[PIDTYPE_PGID]);
    uint32_t level = BPF_CORE_READ(own, level);
    x->sid = number_at(session, 0);
    x->pgid = number_at(group, 0);
    x->vsid = number_at(session, level);
    x->vpgid = number_at(group, level);
    struct upid *all = &own->numbers[0];
    x->pidns = BPF_CORE_READ(&all[level & 63], ns, ns.inum);
    x->tty = terminal(t);
}

// PT_WIRE_EXEC and the path of the program.
static __always_inline void put_exec(struct pt_area *a, struct task_struct *t) {
    struct pt_wire_exec x = {};
    struct file *exe = BPF_CORE_READ(t, mm, exe_file);
    struct pt_wire_ids ids = {};
    fill_ids(&ids, t);
    x.sid = ids.sid, x.vsid = ids.vsid, x.pgid = ids.pgid, x.vpgid = ids.vpgid;
    x.pidns = ids.pidns;
    x.tty = ids.tty;
    if (exe) {
        struct inode *inode = BPF_CORE_READ(exe, f_inode);
        x.exe_dev = device_of(inode);
        x.exe_ino = BPF_CORE_READ(inode, i_ino);
        x.exe_ctime_ns = changed_ns(inode);
        x.exe_mtime_ns = modified_ns(inode);
        x.exe_flags = layer(inode);
        if (writable(inode, t))
            x.exe_flags |= EXE_WRITABLE;
        if (is_memfd(exe))
            x.exe_flags |= EXE_MEMFD;
    }
    struct pt_wire_part *p = begin(a);
    if (!p)
        return;
    __builtin_memcpy(p + 1, &x, sizeof x);
    end(a, p, PT_WIRE_EXEC, 0, sizeof x);
    if (exe)
        put_file_path(a, PT_WIRE_EXE_PATH, exe);
}

// Ids alone, of a process that is not new.
static __always_inline void put_ids(struct pt_area *a, struct task_struct *t) {
    struct pt_wire_ids x = {};
    fill_ids(&x, t);
    struct pt_wire_part *p = begin(a);
    if (!p)
        return;
    __builtin_memcpy(p + 1, &x, sizeof x);
    end(a, p, PT_WIRE_IDS, 0, sizeof x);
}

static __always_inline struct kernfs_node *parent_of(struct kernfs_node *kn) {
    if (bpf_core_field_exists(kn->__parent))
        return BPF_CORE_READ(kn, __parent);
    return BPF_CORE_READ((struct kernfs_node___old *)kn, parent);
}

// Names are read below the path that grows towards them: six of 255 bytes are far from its start.
static __always_inline void walk_cgroup(struct pt_area *a, struct kernfs_node *kn) {
    a->path_at = PT_WIRE_TEXT_MAX;
    a->path_end = PT_WIRE_TEXT_MAX;
    for (int i = 0; i < 6; i++) {
        struct kernfs_node *up = kn ? parent_of(kn) : NULL;
        if (!up)
            return; // the root has no name
        struct qstr name = {.name = a->path};
        long n = bpf_probe_read_kernel_str(a->path, 256, BPF_CORE_READ(kn, name));
        if (n < 1)
            return;
        name.len = (uint32_t)n - 1;
        prepend(a, &name, true);
        kn = up;
    }
}

__noinline int pt_put_cgroup(struct pt_area *a, uint64_t task) {
    if (!a)
        return 0;
    struct task_struct *t = (struct task_struct *)task;
    walk_cgroup(a, BPF_CORE_READ(t, cgroups, dfl_cgrp, kn));
    if (a->path_at == PT_WIRE_TEXT_MAX &&
        bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id)) {
        struct cgroup_subsys_state *css = NULL, **all = NULL;
        struct css_set *set = BPF_CORE_READ(t, cgroups);
        all = (struct cgroup_subsys_state **)((uint8_t *)set +
                                              bpf_core_field_offset(struct css_set, subsys));
        bpf_probe_read_kernel(&css, sizeof css,
                              all + bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
        if (css)
            walk_cgroup(a, BPF_CORE_READ(css, cgroup, kn));
    }
    uint32_t at = a->path_at;
    if (at >= PT_WIRE_TEXT_MAX) {
        at = PT_WIRE_TEXT_MAX - 1;
        a->path[at] = '/';
    }
    barrier_var(at);
    at &= PT_WIRE_TEXT_MAX - 1;
    return pt_put_kernel(a, PT_WIRE_CGROUP_PATH, number(a, a->path + at), PT_WIRE_TEXT_MAX - at, 0);
}

SEC("tp_btf/sched_process_exec")
int pt_exec(uint64_t *ctx) {
    struct task_struct *t = (struct task_struct *)ctx[0];
    struct linux_binprm *bprm = (struct linux_binprm *)ctx[2];
    if (!told((uint32_t)t->tgid))
        return 0;
    struct pt_area *a = area(PT_SLOT_EXEC);
    if (!a)
        return 0;
    put_head(a, t, CALL_EXECVE, 0);
    put_exec(a, t);
    struct mm_struct *mm = t->mm;
    uint64_t start = BPF_CORE_READ(mm, arg_start);
    pt_put_user(a, PT_WIRE_ARGV, start, (int64_t)(BPF_CORE_READ(mm, arg_end) - start));
    start = BPF_CORE_READ(mm, env_start);
    if (settings.environment)
        pt_put_user(a, PT_WIRE_ENVIRONMENT, start, (int64_t)(BPF_CORE_READ(mm, env_end) - start));
    pt_put_cgroup(a, number(a, t));
    put_cwd(a, t);
    pt_put_kernel_text(a, PT_WIRE_ARG + calls[CALL_EXECVE].arg[0].index,
                       (uint64_t)BPF_CORE_READ(bprm, filename));
    bpf_task_storage_delete(&exec_entries, t);
    pt_send(a, 0);
    return 0;
}

// What made it, as the parent's registers still say.
static __always_inline uint32_t birth(struct task_struct *t, uint64_t *ret_flags) {
    if (t->flags & PF_KTHREAD)
        return CALL_CLONE;
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(t);
    uint64_t call = BPF_CORE_READ(regs, orig_ax);
    if (BPF_CORE_READ(t, thread_info.status) & TS_COMPAT) {
        *ret_flags = (uint32_t)BPF_CORE_READ(regs, bx);
        call = ia32_calls[call & (PT_CALLS - 1)];
    } else {
        *ret_flags = BPF_CORE_READ(regs, di);
    }
    if (call == CALL_CLONE3)
        bpf_probe_read_user(ret_flags, sizeof *ret_flags, (void *)*ret_flags);
    if (call == CALL_FORK)
        *ret_flags = 0;
    if (call == CALL_VFORK)
        *ret_flags = CLONE_VM | CLONE_VFORK;
    if (call != CALL_CLONE && call != CALL_FORK && call != CALL_VFORK && call != CALL_CLONE3)
        return CALL_CLONE; // the kernel itself, on behalf of a call
    return (uint32_t)call;
}

SEC("tp_btf/sched_process_fork")
int pt_fork(uint64_t *ctx) {
    struct task_struct *t = (struct task_struct *)ctx[0], *child = (struct task_struct *)ctx[1];
    uint64_t flags = 0;
    uint32_t type = birth(t, &flags);
    bool thread = t->tgid == child->tgid;
    if (thread && !wanted(type))
        return 0;
    if (!told((uint32_t)t->tgid))
        return 0;
    struct pt_area *a = area(PT_SLOT_FORK);
    if (!a)
        return 0;
    struct pid *pid = BPF_CORE_READ(child, thread_pid), *own = BPF_CORE_READ(t, thread_pid);
    uint32_t level = BPF_CORE_READ(pid, level);
    put_head(a, t, type, number_at(pid, BPF_CORE_READ(own, level)));
    struct pt_wire_child c = {};
    c.start_ns = child->group_leader->start_boottime;
    c.pid = (uint32_t)child->tgid;
    c.tid = (uint32_t)child->pid;
    c.vtid = number_at(pid, level);
    c.vpid = number_at(BPF_CORE_READ(child, group_leader, thread_pid), level);
    c.flags = thread ? flags | CLONE_THREAD : flags & ~(uint64_t)CLONE_THREAD;
    struct pt_wire_part *p = begin(a);
    if (!p)
        return 0;
    __builtin_memcpy(p + 1, &c, sizeof c);
    end(a, p, PT_WIRE_CHILD, 0, sizeof c);
    put_8(a, PT_WIRE_ARG + calls[CALL_CLONE].arg[0].index, c.flags);
    pt_send(a, 0);
    return 0;
}

// Of a thread group, when its last thread ends.
SEC("tp_btf/sched_process_exit")
int pt_exit(uint64_t *ctx) {
    struct task_struct *t = (struct task_struct *)ctx[0];
    if (t->signal->live.counter > 0 || !told((uint32_t)t->tgid))
        return 0;
    struct pt_area *a = area(PT_SLOT_EXIT);
    if (!a)
        return 0;
    put_head(a, t, PROCEXIT, t->exit_code);
    pt_send(a, 0);
    return 0;
}

// A process as it is now: one record for the reader of the iterator.
static __always_inline void copy_texts(struct pt_area *a, struct task_struct *t, uint32_t kind,
                                       uint64_t start, uint64_t stop) {
    struct pt_wire_part *p = begin(a);
    if (!p || stop < start)
        return;
    uint64_t n = stop - start;
    uint32_t flags = 0;
    if (n > PT_WIRE_TEXT_MAX) {
        n = PT_WIRE_TEXT_MAX;
        flags = PT_WIRE_TRUNCATED;
    }
    if (n && bpf_copy_from_user_task(p + 1, (uint32_t)n, (void *)start, t, 0)) {
        n = 0;
        flags = PT_WIRE_FAULT;
    }
    end(a, p, kind, flags, (uint32_t)n);
}

SEC("iter.s/task")
int pt_snapshot(struct bpf_iter__task *ctx) {
    struct task_struct *t = ctx->task;
    if (!t || t->pid != t->tgid || t->flags & PF_KTHREAD)
        return 0;
    struct pt_area *a = area(PT_SLOT_SNAPSHOT);
    if (!a)
        return 0;
    put_head(a, t, CALL_EXECVE, 0);
    a->flags = PT_WIRE_SNAPSHOT;
    struct mm_struct *mm = t->mm;
    if (mm) { // else it ends, and is only waited for
        put_exec(a, t);
        copy_texts(a, t, PT_WIRE_ARGV, BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end));
        if (settings.environment)
            copy_texts(a, t, PT_WIRE_ENVIRONMENT, BPF_CORE_READ(mm, env_start),
                       BPF_CORE_READ(mm, env_end));
        put_cwd(a, t);
    }
    pt_put_cgroup(a, number(a, t));
    struct pt_wire_head *h = (struct pt_wire_head *)a->bytes;
    h->length = a->used;
    h->parts = (uint16_t)a->parts;
    h->cpu = 0;
    h->sequence = 0; // of no processor's
    h->flags = (uint8_t)a->flags;
    uint32_t n = a->used;
    if (n > PT_AREA_BYTES)
        n = PT_AREA_BYTES;
    return bpf_seq_write(ctx->meta->seq, a->bytes, n) ? 1 : 0;
}
