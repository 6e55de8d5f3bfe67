// System calls: a table says what to read of each (sensor_event.h); they are told when they return,
// failed ones too. What another thread of the process could change meanwhile is copied at entry,
// before the kernel itself reads it, as far as its page is there.
#pragma once

#define AT_FDCWD       (-100)
#define SOCKETCALL     102 // of 32 bits: all calls of sockets, its first argument says which
#define ADDRESS_MAX    128
#define NO_CALL        0xffff
#define PT_CALL_FIELDS 256 // `with` of a field is less

const volatile uint16_t socket_calls[32] = {}; // socketcall's number -> a system call's

struct enter {
    uint64_t common;
    int64_t call;
};

// -- entry ----------------------------------------------------------------------------------------

static __always_inline void copy_text(struct pt_entry *e, uint32_t type, uint64_t at) {
    long n = bpf_probe_read_user_str(e->text, sizeof e->text, (void *)at);
    e->length = (int32_t)n - 1;
    e->type = type;
}

static __always_inline void copy_address(struct pt_entry *e, uint32_t type, uint64_t at,
                                         uint64_t n) {
    if (n > ADDRESS_MAX)
        n = ADDRESS_MAX;
    e->length = bpf_probe_read_user(e->text, (uint32_t)n, (void *)at) ? -1 : (int32_t)n;
    e->type = type;
}

struct argv_walk {
    struct pt_exec_entry *e;
    uint64_t at;
};
static long copy_argument(uint32_t i, struct argv_walk *w) {
    struct pt_exec_entry *e = w->e;
    uint64_t text = 0;
    if (bpf_probe_read_user(&text, sizeof text, (void *)(w->at + i * sizeof text)) || !text)
        return 1;
    uint32_t length = e->length;
    if (length >= PT_WIRE_TEXT_MAX) {
        e->cut = 1;
        return 1;
    }
    barrier_var(length);
    length &= PT_WIRE_TEXT_MAX - 1;
    long n = bpf_probe_read_user_str(e->argv + length, PT_WIRE_TEXT_MAX, (void *)text);
    if (n < 0)
        return 1;
    e->length = length + (uint32_t)n;
    return 0;
}

static __always_inline void copy_exec(struct task_struct *t, uint32_t type, uint64_t path,
                                      uint64_t argv) {
    struct pt_exec_entry *e =
        bpf_task_storage_get(&exec_entries, t, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!e)
        return;
    copy_text(&e->path, type, path);
    e->length = 0;
    e->cut = 0;
    struct argv_walk w = {e, argv};
    bpf_loop(PT_EXEC_ARGS_MAX, copy_argument, &w, 0);
}

static __always_inline int enter_call(int64_t call, const uint64_t *args) {
    if (call < 0 || call >= PT_CALLS || !wanted((uint32_t)call))
        return 0;
    uint32_t type = (uint32_t)call & (PT_CALLS - 1);
    struct task_struct *t = bpf_get_current_task_btf();
    if (!(calls[type].flags & PT_CALL_ENTRY) || !told((uint32_t)t->tgid))
        return 0;
    uint32_t row = calls[type].entry & (PT_CALL_ARGS - 1);
    uint32_t from = calls[type].arg[row].from, with = calls[type].arg[row].with;
    // The numbers of arguments are known to the table alone: chosen by comparing, since an index
    // that varies is none that the verifier lets into the context.
    uint64_t at = from == 0 ? args[0] : args[1];
    if (calls[type].flags & PT_CALL_EXEC) {
        copy_exec(t, type, at, from == 0 ? args[1] : args[2]);
        return 0;
    }
    struct pt_entry *e = bpf_task_storage_get(&entries, t, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!e)
        return 0;
    if (calls[type].arg[row].how == PT_HOW_ADDRESS)
        copy_address(e, type, at, with == 2 ? args[2] : 0);
    else
        copy_text(e, type, at);
    return 0;
}

// Attached to the entry of each call that has a copy. (32-bit calls do not come here: theirs are
// read at the return.)
// (Arguments are in the context, too, but a program that reads three is not attached to a call that
// has two.)
SEC("tracepoint")
int pt_enter_one(struct enter *ctx) {
    struct task_struct *t = bpf_get_current_task_btf();
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(t);
    uint64_t args[3] = {regs->di, regs->si, regs->dx};
    return enter_call(ctx->call, args);
}

// For where tracefs, which numbers those, cannot be had: costs something at every call.
SEC("tp_btf/sys_enter")
int pt_enter_all(uint64_t *ctx) {
    struct pt_regs *regs = (struct pt_regs *)ctx[0];
    struct task_struct *t = bpf_get_current_task_btf();
    if (t->thread_info.status & TS_COMPAT)
        return 0;
    uint64_t args[3] = {regs->di, regs->si, regs->dx};
    return enter_call((int64_t)ctx[1], args);
}

// -- return
// -----------------------------------------------------------------------------------------

static __always_inline uint64_t argument(struct pt_area *a, uint32_t i) {
    barrier_var(i);
    return a->args[i & 7];
}

// What was copied at entry of this very call.
static __always_inline struct pt_entry *entry_of(struct pt_area *a) {
    struct task_struct *t = bpf_get_current_task_btf();
    struct pt_entry *e;
    if (a->compat)
        return NULL;
    if (calls[a->type & (PT_CALLS - 1)].flags & PT_CALL_EXEC)
        e = bpf_task_storage_get(&exec_entries, t, 0, 0);
    else
        e = bpf_task_storage_get(&entries, t, 0, 0);
    if (!e || e->type != a->type || e->length < 0)
        return NULL;
    return e;
}

// The text of a path into `a`, then whether it is relative.
static __always_inline bool put_name(struct pt_area *a, uint32_t kind, uint64_t at, bool copied) {
    uint32_t before = a->used;
    struct pt_entry *e = copied ? entry_of(a) : NULL;
    if (e)
        pt_put_kernel(a, kind, number(a, e->text), (uint32_t)e->length,
                      e->length == PT_WIRE_TEXT_MAX - 1 ? PT_WIRE_TRUNCATED : 0);
    else
        pt_put_user(a, kind, at, -1);
    if (copied && !e)
        a->flags |= PT_WIRE_LATE;
    barrier_var(before);
    before &= PT_AREA_BYTES - 1;
    return a->bytes[before + sizeof(struct pt_wire_part)] != '/';
}

static __always_inline void put_address(struct pt_area *a, uint64_t at, uint64_t n, bool copied) {
    struct pt_entry *e = copied ? entry_of(a) : NULL;
    if (n > ADDRESS_MAX)
        n = ADDRESS_MAX;
    if (e)
        pt_put_kernel(a, PT_WIRE_ADDRESS, number(a, e->text), (uint32_t)e->length, 0);
    else if (at && n)
        pt_put_user(a, PT_WIRE_ADDRESS, at, (int64_t)n);
}

static __always_inline void put_data(struct pt_area *a, uint64_t at, int64_t n) {
    if (n > settings.data_bytes)
        n = settings.data_bytes;
    if (n > 0)
        pt_put_user(a, PT_WIRE_DATA, at, n);
}

// struct msghdr: name, its length, pieces, their number. The address of a datagram, then data.
static __always_inline void put_message(struct pt_area *a, uint64_t at, bool many) {
    uint64_t name = 0, piece = 0, vec[2] = {};
    uint32_t length = 0;
    if (a->compat) {
        uint32_t head[3] = {}, half[2] = {};
        if (bpf_probe_read_user(head, sizeof head, (void *)at))
            return;
        name = head[0], length = head[1], piece = head[2];
        if (!bpf_probe_read_user(half, sizeof half, (void *)piece))
            vec[0] = half[0], vec[1] = half[1];
    } else {
        uint64_t head[3] = {};
        if (bpf_probe_read_user(head, sizeof head, (void *)at))
            return;
        name = head[0], length = (uint32_t)head[1], piece = head[2];
        bpf_probe_read_user(vec, sizeof vec, (void *)piece);
    }
    put_address(a, name, length, false);
    if (a->result > 0) // of many messages: how many
        put_data(a, vec[0], many || (int64_t)vec[1] < a->result ? (int64_t)vec[1] : a->result);
}

static __always_inline void put_vector(struct pt_area *a, uint64_t at) {
    uint64_t piece[2] = {};
    uint32_t half[2] = {};
    if (a->compat) {
        bpf_probe_read_user(half, sizeof half, (void *)at);
        piece[0] = half[0], piece[1] = half[1];
    } else {
        bpf_probe_read_user(piece, sizeof piece, (void *)at);
    }
    if (a->result > 0)
        put_data(a, piece[0], (int64_t)piece[1] < a->result ? (int64_t)piece[1] : a->result);
}

static __always_inline void put_caps(struct pt_area *a, uint32_t kind, uint64_t at) {
    uint32_t low = 0, high = 0;
    if (!at || bpf_probe_read_user(&low, sizeof low, (void *)at) ||
        bpf_probe_read_user(&high, sizeof high, (void *)(at + 12)))
        return;
    put_8(a, kind, low | (uint64_t)high << 32);
}

static __always_inline void put_field(struct pt_area *a, uint32_t kind, uint64_t at, uint32_t how) {
    uint64_t eight = 0;
    uint32_t four = 0;
    if (at < PT_CALL_FIELDS) // a NULL that the call allows
        return;
    long bad = how == PT_HOW_FIELD ? bpf_probe_read_user(&eight, sizeof eight, (void *)at)
                                   : bpf_probe_read_user(&four, sizeof four, (void *)at);
    if (bad) {
        a->flags |= PT_WIRE_FAULT;
        return;
    }
    if (how == PT_HOW_FIELD_4)
        eight = four;
    else if (how == PT_HOW_SIGNED_4)
        eight = (uint64_t)(int64_t)(int32_t)four;
    put_8(a, kind, eight);
}

// The row `i` of the call's arguments.
__noinline int pt_put_argument(struct pt_area *a, uint32_t i) {
    if (!a || i >= PT_CALL_ARGS)
        return 0;
    uint32_t type = a->type & (PT_CALLS - 1);
    uint32_t how = calls[type].arg[i].how, with = calls[type].arg[i].with;
    uint32_t kind = PT_WIRE_ARG + calls[type].arg[i].index;
    uint64_t value = argument(a, calls[type].arg[i].from);
    bool copied = (calls[type].flags & PT_CALL_ENTRY) && calls[type].entry == i;
    struct task_struct *t = bpf_get_current_task_btf();
    uint32_t length = 0;
    switch (how) {
    case PT_HOW_RESULT:
        put_8(a, kind, (uint64_t)a->result);
        break;
    case PT_HOW_LONG:
        put_8(a, kind, value);
        break;
    case PT_HOW_INT:
        put_8(a, kind, (uint64_t)(int64_t)(int32_t)value);
        break;
    case PT_HOW_UINT:
        put_8(a, kind, (uint32_t)value);
        break;
    case PT_HOW_TEXT:
        if (value) // mount takes NULL
            put_name(a, kind, value, copied);
        break;
    case PT_HOW_TEXT_IF:
        if ((uint32_t)argument(a, 0) == with)
            pt_put_user(a, kind, value, -1);
        break;
    case PT_HOW_PATH:
        if (put_name(a, kind, value, copied))
            put_cwd(a, t);
        break;
    case PT_HOW_PATH_AT: {
        int32_t dir = (int32_t)argument(a, with);
        uint32_t nth = a->dirs++;
        if (!put_name(a, kind, value, copied))
            break;
        if (dir == AT_FDCWD)
            put_cwd(a, t);
        else
            put_dir(a, t, dir, nth & 1);
        break;
    }
    case PT_HOW_ADDRESS:
        put_address(a, value, (uint32_t)argument(a, with), copied);
        break;
    case PT_HOW_ADDRESS_OUT:
        if (value && !bpf_probe_read_user(&length, sizeof length, (void *)argument(a, with)))
            put_address(a, value, length, false);
        break;
    case PT_HOW_DATA:
        put_data(a, value, a->result);
        break;
    case PT_HOW_DATA_OF:
        put_data(a, value, (int64_t)argument(a, with));
        break;
    case PT_HOW_VECTOR:
        put_vector(a, value);
        break;
    case PT_HOW_MESSAGE:
    case PT_HOW_MESSAGES:
        put_message(a, value, how == PT_HOW_MESSAGES);
        break;
    case PT_HOW_BYTES: {
        int64_t n = with == PT_BYTES_RESULT ? a->result : (int64_t)(uint32_t)argument(a, with);
        if (n > 0)
            pt_put_user(a, kind, value, n);
        break;
    }
    case PT_HOW_CAPS:
        put_caps(a, kind, value + with);
        break;
    case PT_HOW_FIELD:
    case PT_HOW_FIELD_4:
    case PT_HOW_SIGNED_4:
        put_field(a, kind, value + with, how);
        break;
    }
    return 0;
}

// argv of an exec that failed.
static __always_inline void put_failed_exec(struct pt_area *a, struct task_struct *t) {
    struct pt_exec_entry *e = bpf_task_storage_get(&exec_entries, t, 0, 0);
    if (e && !a->compat && e->path.type == a->type)
        pt_put_kernel(a, PT_WIRE_ARGV, number(a, e->argv), e->length,
                      e->cut ? PT_WIRE_TRUNCATED : 0);
    bpf_task_storage_delete(&exec_entries, t);
}

static __always_inline void put_file_of_call(struct pt_area *a, uint32_t type) {
    uint32_t which = calls[type].file, flags = calls[type].flags;
    if (which == PT_FILE_RESULT)
        pt_put_file(a, a->result, flags & PT_CALL_OPENED ? PT_WIRE_OPEN_PATH : PT_WIRE_FILE_PATH,
                    flags & PT_CALL_ACCEPTED);
    else if (which != PT_NO_FILE)
        pt_put_file(a, (int32_t)argument(a, which), PT_WIRE_FILE_PATH, 0);
}

// The six arguments of a 32-bit call. *type: which call it is, NO_CALL for none that is known.
static __always_inline void compat_arguments(struct pt_area *a, struct pt_regs *regs) {
    a->args[0] = (uint32_t)regs->bx;
    a->args[1] = (uint32_t)regs->cx;
    a->args[2] = (uint32_t)regs->dx;
    a->args[3] = (uint32_t)regs->si;
    a->args[4] = (uint32_t)regs->di;
    a->args[5] = (uint32_t)regs->bp;
    if (regs->orig_ax != SOCKETCALL)
        return;
    uint32_t all[6] = {};
    bpf_probe_read_user(all, sizeof all, (void *)(uint64_t)(uint32_t)regs->cx);
    for (int i = 0; i < 6; i++)
        a->args[i] = all[i];
}

static __always_inline void arguments(struct pt_area *a, struct pt_regs *regs) {
    a->args[0] = regs->di;
    a->args[1] = regs->si;
    a->args[2] = regs->dx;
    a->args[3] = regs->r10;
    a->args[4] = regs->r8;
    a->args[5] = regs->r9;
}

// The call's number as 64-bit calls have it.
static __always_inline uint64_t call_of(struct pt_regs *regs, bool compat) {
    uint64_t call = regs->orig_ax;
    if (!compat)
        return call;
    if (call == SOCKETCALL)
        return socket_calls[regs->bx & 31];
    return call < PT_CALLS ? ia32_calls[call & (PT_CALLS - 1)] : NO_CALL;
}

static __always_inline int return_of(struct pt_regs *regs, int64_t result) {
    struct task_struct *t = bpf_get_current_task_btf();
    bool compat = t->thread_info.status & TS_COMPAT;
    uint64_t call = call_of(regs, compat);
    if (call >= PT_CALLS || !wanted((uint32_t)call))
        return 0;
    uint32_t type = (uint32_t)call & (PT_CALLS - 1), flags = calls[type].flags;
    if ((flags & PT_CALL_EXEC && result == 0) || (flags & PT_CALL_NEW && result > 0))
        return 0;
    if (!told((uint32_t)t->tgid))
        return 0;
    struct pt_area *a = area(PT_SLOT_CALL);
    if (!a)
        return 0;
    a->type = type;
    a->result = result;
    a->compat = compat;
    if (compat)
        compat_arguments(a, regs);
    else
        arguments(a, regs);
    put_head(a, t, type, result);
    if (compat)
        a->flags |= PT_WIRE_IA32;
    for (uint32_t i = 0; i < PT_CALL_ARGS; i++) {
        if (i >= calls[type].n)
            break;
        pt_put_argument(a, i);
    }
    put_file_of_call(a, type);
    if (flags & PT_CALL_EXEC)
        put_failed_exec(a, t);
    if (flags & PT_CALL_CWD)
        put_cwd(a, t);
    if (flags & PT_CALL_IDS)
        put_ids(a, t);
    pt_send(a, 0);
    return 0;
}

SEC("tp_btf/sys_exit")
int pt_return_all(uint64_t *ctx) {
    return return_of((struct pt_regs *)ctx[0], (int64_t)ctx[1]);
}

// Attached to the return of single calls. 32-bit ones do not come here.
struct leave {
    uint64_t common;
    int64_t call, result;
};
SEC("tracepoint")
int pt_return_one(struct leave *ctx) {
    struct task_struct *t = bpf_get_current_task_btf();
    return return_of((struct pt_regs *)bpf_task_pt_regs(t), ctx->result);
}
