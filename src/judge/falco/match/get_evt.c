// evt.*: what the event itself says.
#include <fcntl.h>

#include "base/instant.h"
#include "judge/falco/match/fields_impl.h"

// -- time -----------------------------------------------------------------------------------------
pt_falco_values pt_get_evt_time(const pt_falco_look *l, unsigned what) {
    char room[PT_RFC3339_BYTES];
    uint64_t t = l->ev->time_ns;
    unsigned ns = (unsigned)(t % (uint64_t)PT_SECOND_NS);
    pt_str iso = pt_time_rfc3339((pt_time_ns)t, room); // YYYY-MM-DDTHH:MM:SSZ
    pt_str date = pt_str_sub(iso, 0, 10);
    pt_str clock = pt_str_sub(iso, 11, 19);
    pt_arena *a = l->scratch;
    switch ((pt_evt_time)what) {
    case PT_EVT_TIME:
        return pt_get_text(l, pt_arena_printf(a, "%.*s.%09u", PT_PRI(clock), ns));
    case PT_EVT_TIME_S:
        return pt_get_text(l, pt_arena_str(a, clock));
    case PT_EVT_ISO8601:
        return pt_get_text(
            l, pt_arena_printf(a, "%.*sT%.*s.%09u+0000", PT_PRI(date), PT_PRI(clock), ns));
    case PT_EVT_DATETIME:
        return pt_get_text(l,
                           pt_arena_printf(a, "%.*s %.*s.%09u", PT_PRI(date), PT_PRI(clock), ns));
    default:
        return pt_get_text(l, pt_arena_printf(a, "%.*s %.*s", PT_PRI(date), PT_PRI(clock)));
    }
}

// Three forms of each: nanoseconds, whole seconds, what is left of them.
pt_falco_values pt_get_evt_moment(const pt_falco_look *l, unsigned what) {
    uint64_t t = l->ev->time_ns;
    unsigned form = (what - PT_EVT_RAW) % 3;
    if (what >= PT_EVT_DELTA)
        t = l->before_ns && l->before_ns < t ? t - l->before_ns : 0;
    else if (what >= PT_EVT_REL)
        t = l->context->from_ns < t ? t - l->context->from_ns : 0;
    if (form == 1)
        t /= (uint64_t)PT_SECOND_NS;
    else if (form == 2)
        t %= (uint64_t)PT_SECOND_NS;
    return pt_get_number(l, (int64_t)t);
}

// -- what it is -----------------------------------------------------------------------------------
pt_falco_values pt_get_evt_number(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_number(l, (int64_t)l->ev->number);
}

pt_falco_values pt_get_evt_cpu(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_number(l, l->ev->cpu);
}

// What the sensor tells itself carries a name of its own.
static pt_str type_name(const pt_event *ev) {
    return ev->type == PT_EVENT_ASYNC && ev->async_name.n ? ev->async_name
                                                          : pt_str_of(pt_event_name(ev->type));
}

pt_falco_values pt_get_evt_type(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_some(l, type_name(l->ev));
}

pt_falco_values pt_get_evt_type_is(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_number(l, pt_str_eq(type_name(l->ev), l->argument));
}

pt_falco_values pt_get_syscall(const pt_falco_look *l, unsigned what) {
    (void)what;
    return l->ev->type < PT_EVENT_SYSCALLS ? pt_get_some(l, pt_str_of(pt_event_name(l->ev->type)))
                                           : pt_get_none();
}

pt_falco_values pt_get_evt_dir(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_text(l, PT_STR("<")); // calls that returned; others count as such
}

pt_falco_values pt_get_evt_zero(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_number(l, 0);
}

pt_falco_values pt_get_evt_one(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_number(l, 1);
}

pt_falco_values pt_get_evt_source(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_some(l, l->ev->source);
}

pt_falco_values pt_get_evt_async(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_truth(l, l->ev->type == PT_EVENT_ASYNC || l->ev->type == PT_EVENT_CONTAINER);
}

pt_falco_values pt_get_evt_async_name(const pt_falco_look *l, unsigned what) {
    (void)what;
    if (l->ev->type == PT_EVENT_CONTAINER)
        return pt_get_text(l, PT_STR("container"));
    return l->ev->type == PT_EVENT_ASYNC ? pt_get_some(l, l->ev->async_name) : pt_get_none();
}

pt_falco_values pt_get_evt_hostname(const pt_falco_look *l, unsigned what) {
    (void)what;
    return pt_get_some(l, l->context->hostname);
}

// -- how it ended ---------------------------------------------------------------------------------
pt_falco_values pt_get_evt_result(const pt_falco_look *l, unsigned what) {
    (void)what;
    if (!l->ev->has_result)
        return pt_get_none();
    if (l->ev->result >= 0)
        return pt_get_text(l, PT_STR("SUCCESS"));
    const char *name = pt_event_errno_name(l->ev->result);
    return pt_get_text(l, name ? pt_str_of(name)
                               : pt_arena_printf(l->scratch, "%lld", (long long)l->ev->result));
}

pt_falco_values pt_get_evt_raw_result(const pt_falco_look *l, unsigned what) {
    (void)what;
    return l->ev->has_result ? pt_get_number(l, l->ev->result) : pt_get_none();
}

static bool failed(const pt_event *ev) {
    return ev->has_result && ev->result < 0;
}

pt_falco_values pt_get_evt_failed(const pt_falco_look *l, unsigned what) {
    (void)what;
    return l->ev->has_result ? pt_get_truth(l, failed(l->ev)) : pt_get_none();
}

pt_falco_values pt_get_evt_error(const pt_falco_look *l, unsigned what) {
    (void)what;
    return failed(l->ev) ? pt_get_number(l, 1) : pt_get_none();
}

// -- what it does ---------------------------------------------------------------------------------
// By the numbers of x86-64, as types are.
static unsigned io_of(pt_event_type t) {
    switch (t) {
    case 0:   // read
    case 17:  // pread64
    case 19:  // readv
    case 45:  // recvfrom
    case 47:  // recvmsg
    case 295: // preadv
    case 299: // recvmmsg
    case 327: // preadv2
        return PT_EVT_READS;
    case 1:   // write
    case 18:  // pwrite64
    case 20:  // writev
    case 40:  // sendfile
    case 44:  // sendto
    case 46:  // sendmsg
    case 296: // pwritev
    case 307: // sendmmsg
    case 328: // pwritev2
        return PT_EVT_WRITES;
    case 7:   // poll
    case 23:  // select
    case 35:  // nanosleep
    case 202: // futex
    case 230: // clock_nanosleep
    case 232: // epoll_wait
    case 270: // pselect6
    case 271: // ppoll
    case 281: // epoll_pwait
        return PT_EVT_WAITS;
    default:
        return 0;
    }
}

pt_falco_values pt_get_evt_io(const pt_falco_look *l, unsigned what) {
    return pt_get_truth(l, io_of(l->ev->type) & what);
}

pt_falco_values pt_get_evt_io_dir(const pt_falco_look *l, unsigned what) {
    (void)what;
    unsigned io = io_of(l->ev->type);
    if (io & PT_EVT_READS)
        return pt_get_text(l, PT_STR("r"));
    return io & PT_EVT_WRITES ? pt_get_text(l, PT_STR("w")) : pt_get_none();
}

enum {
    CREAT = 85,
    NO_ARG = PT_EVENT_ARGS_MAX,
};

// What opens files, by the numbers of x86-64, and the places of its arguments: asked of most events
// that there are, so not looked up by name. testdata/fields.txt has a case for each.
static const struct {
    pt_event_type type;
    uint8_t flags, mode;
} opens[] = {
    {257, 3, 4},        // openat
    {2, 2, 3},          // open
    {437, 3, 4},        // openat2
    {CREAT, NO_ARG, 2}, // creat
    {304, 2, NO_ARG},   // open_by_handle_at
};

static int64_t number_at(const pt_event *ev, size_t place) {
    return place < NO_ARG && ev->args[place].known ? ev->args[place].number : 0;
}

// False for what opens nothing. creat has no flags: only what it may execute is looked at.
pt_falco_values pt_get_evt_open(const pt_falco_look *l, unsigned what) {
    pt_event_type t = l->ev->type;
    size_t i = 0;
    while (i < PT_COUNT(opens) && opens[i].type != t)
        i++;
    if (i == PT_COUNT(opens))
        return pt_get_truth(l, false);
    int64_t flags = number_at(l->ev, opens[i].flags);
    int64_t access = t == CREAT ? O_ACCMODE : flags & O_ACCMODE; // 3: neither
    bool creates = t == CREAT || (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
    switch ((pt_evt_open)what) {
    case PT_EVT_OPEN_READ:
        return pt_get_truth(l, access == O_RDONLY || access == O_RDWR);
    case PT_EVT_OPEN_WRITE:
        return pt_get_truth(l, access == O_WRONLY || access == O_RDWR);
    default:
        return pt_get_truth(l, creates && number_at(l->ev, opens[i].mode) & 0111);
    }
}
