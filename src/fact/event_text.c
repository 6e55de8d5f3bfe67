// What stands in an event as text, in the forms that rules compare: Falco's.
#include <fcntl.h>
#include <inttypes.h>

#include "base/buf.h"
#include "fact/event_impl.h"

#define DATA_BYTES_SHOWN 80

static const pt_param *param(const pt_event *ev, size_t i) {
    size_t n;
    const pt_param *p = pt_event_params(ev->type, &n);
    return i < n ? &p[i] : NULL;
}

// Bytes that are no text: what cannot be printed is a dot (the NUL between arguments, too).
static pt_str printable(pt_arena *a, pt_str bytes, size_t bytes_max) {
    pt_str s = pt_str_sub(bytes, 0, bytes_max);
    char *p = pt_arena_take(a, s.n + 1);
    if (!p)
        return (pt_str){0};
    for (size_t i = 0; i < s.n; i++) {
        p[i] = '.';
        if (s.p[i] >= ' ' && s.p[i] <= '~')
            p[i] = s.p[i];
    }
    p[s.n] = '\0';
    return (pt_str){p, s.n};
}

static pt_str dir_or_fd(pt_arena *a, const pt_event *ev, const pt_event_arg *g) {
    if (ev->file.known && g->number == ev->file.number && g->number >= 0) {
        pt_str name = pt_file_ref_name(a, &ev->file);
        char of[3] = {pt_file_type_char(ev->file.type), pt_file_protocol_char(&ev->file), '\0'};
        return of[0] ? pt_arena_printf(a, "<%s>%.*s", of, PT_PRI(name)) : (pt_str){0};
    }
    if (g->resolved.n)
        return pt_arena_printf(a, "<d>%.*s", PT_PRI(g->resolved));
    if (g->number == AT_FDCWD)
        return PT_STR("AT_FDCWD");
    return g->number < 0 ? pt_str_of(pt_event_errno_name(g->number)) : (pt_str){0};
}

// Ids that a process passes are those of its own pid namespace; only those of the first are names
// of entries in the table.
static pt_str process_name(const pt_event *ev, int64_t id) {
    const pt_process *p = ev->process;
    if (id <= 0 || id > UINT32_MAX)
        return (pt_str){0};
    if (p && id == p->pid)
        return p->comm;
    if (p && p->parent && id == p->ppid)
        return p->parent->comm;
    if (!ev->processes || (p && p->vpid != p->pid))
        return (pt_str){0};
    const pt_process *other = pt_process_find(ev->processes, (uint32_t)id);
    return other ? other->comm : (pt_str){0};
}

static pt_str id_name(const pt_event *ev, const pt_event_arg *g, bool user) {
    if ((uint32_t)g->number == UINT32_MAX)
        return PT_STR("<NONE>");
    if (!ev->container)
        return PT_STR("<NA>");
    uint32_t id = (uint32_t)g->number;
    pt_str name =
        user ? pt_container_user(ev->container, id) : pt_container_group(ev->container, id);
    return name.n ? name : PT_STR("<NA>");
}

// The second form of an argument, what it stands for; empty: it has none.
static pt_str resolved(pt_arena *a, const pt_event *ev, size_t i) {
    const pt_param *p = param(ev, i);
    const pt_event_arg *g = &ev->args[i];
    switch (p->kind) {
    case PT_PARAM_ERRNO:
        return g->number < 0 ? pt_str_of(pt_event_errno_name(g->number)) : (pt_str){0};
    case PT_PARAM_FD:
        return dir_or_fd(a, ev, g);
    case PT_PARAM_PATH:
        return g->resolved;
    case PT_PARAM_FLAGS:
    case PT_PARAM_ENUM:
    case PT_PARAM_MODE:
        return pt_flags_text(a, p, (uint64_t)pt_event_arg_number(ev, i));
    case PT_PARAM_UID:
        return id_name(ev, g, true);
    case PT_PARAM_GID:
        return id_name(ev, g, false);
    case PT_PARAM_PID:
        return process_name(ev, g->number);
    case PT_PARAM_SIGNAL:
        return pt_str_of(pt_signal_name(g->number));
    default:
        return (pt_str){0};
    }
}

int64_t pt_event_arg_number(const pt_event *ev, size_t i) {
    const pt_param *p = param(ev, i);
    if (!p || i >= PT_EVENT_ARGS_MAX)
        return 0;
    return (int64_t)pt_flags_number(p, (uint64_t)ev->args[i].number);
}

pt_str pt_event_arg_raw(pt_arena *a, const pt_event *ev, size_t i, bool *ret_known) {
    const pt_param *p = param(ev, i);
    *ret_known = p && i < PT_EVENT_ARGS_MAX && ev->args[i].known;
    if (!*ret_known)
        return (pt_str){0};
    const pt_event_arg *g = &ev->args[i];
    int64_t number = pt_event_arg_number(ev, i);
    switch (p->kind) {
    case PT_PARAM_PATH:
    case PT_PARAM_TEXT:
        return g->bytes;
    case PT_PARAM_LIST:
        return printable(a, g->bytes, g->bytes.n);
    case PT_PARAM_BYTES:
        return printable(a, g->bytes, DATA_BYTES_SHOWN);
    case PT_PARAM_ADDRESS:
        return pt_sockaddr_text(a, g->bytes);
    case PT_PARAM_TUPLE:
        return pt_file_ref_name(a, &ev->file);
    case PT_PARAM_HEX:
        return pt_arena_printf(a, "%" PRIX64, (uint64_t)number);
    case PT_PARAM_OCTAL:
    case PT_PARAM_MODE:
        return pt_arena_printf(a, "%#" PRIo64, (uint64_t)number);
    case PT_PARAM_UINT:
    case PT_PARAM_TIME:
    case PT_PARAM_FLAGS:
    case PT_PARAM_ENUM:
        return pt_arena_printf(a, "%" PRIu64, (uint64_t)number);
    case PT_PARAM_UID:
    case PT_PARAM_GID:
        return pt_arena_printf(a, "%" PRId32, (int32_t)(uint32_t)number);
    default:
        return pt_arena_printf(a, "%" PRId64, number);
    }
}

pt_str pt_event_arg_text(pt_arena *a, const pt_event *ev, size_t i, bool *ret_known) {
    pt_str raw = pt_event_arg_raw(a, ev, i, ret_known);
    if (!*ret_known)
        return raw;
    pt_str second = resolved(a, ev, i);
    return second.n ? second : raw;
}

pt_str pt_event_args_text(pt_arena *a, const pt_event *ev) {
    size_t n;
    const pt_param *p = pt_event_params(ev->type, &n);
    pt_buf b PT_AUTO(pt_buf_done) = PT_BUF((size_t)1 << 20);
    for (size_t i = 0; i < n; i++) {
        bool known;
        pt_str raw = pt_event_arg_raw(a, ev, i, &known);
        if (!known)
            continue;
        pt_buf_printf(&b, "%s%s=", b.n ? " " : "", p[i].name);
        pt_buf_put(&b, raw);
        pt_str second = resolved(a, ev, i);
        if (!second.n)
            continue;
        pt_buf_putc(&b, '(');
        pt_buf_put(&b, second);
        pt_buf_putc(&b, ')');
    }
    return pt_arena_str(a, pt_buf_str(&b));
}
