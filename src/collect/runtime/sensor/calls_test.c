#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/testing.h"
#include "collect/runtime/sensor/calls.h"
#include "fact/event.h"

static int setup(void **state) {
    *state = calloc(PT_CALLS, sizeof(struct pt_call));
    return *state ? 0 : -1;
}

static int teardown(void **state) {
    free(*state);
    return 0;
}

static void test_calls_every_argument_has_its_place(void **state) {
    struct pt_call *calls = *state;
    const char *strange = pt_calls_fill(calls);
    if (strange)
        fail_msg("no event has an argument \"%s\"", strange);
}

// An argument that rules may ask for and that nobody else can give must be read.
static bool is_of_reader(const char *name) {
    static const char *const others[] = {
        "res", "dev", "ino", "tuple", "data", "addr", "queuepct", "queuelen", "queuemax",
        // only the kernel's, or of what could not be read at the return
        "source", "peer", "msgcontrol", "offset", "path", "img", "size", "val", "offout", "offin"};
    for (size_t i = 0; i < PT_COUNT(others); i++)
        if (strcmp(name, others[i]) == 0)
            return true;
    return false;
}

static void test_calls_every_param_is_read(void **state) {
    struct pt_call *calls = *state;
    assert_null(pt_calls_fill(calls));
    for (pt_event_type t = 0; t < PT_CALLS; t++) {
        if (t == SYS_execve || t == SYS_execveat || calls[t].flags & PT_CALL_NEW)
            continue; // told by other parts
        if (t == SYS_inotify_init || t == SYS_signalfd || t == SYS_eventfd)
            continue; // share the row of a later call, which has flags
        size_t n;
        const pt_param *p = pt_event_params(t, &n);
        for (size_t i = 0; i < n; i++) {
            bool found = is_of_reader(p[i].name) ||
                         (calls[t].file == PT_FILE_RESULT && strcmp(p[i].name, "fd") == 0);
            for (size_t k = 0; k < calls[t].n; k++)
                found = found || calls[t].arg[k].index == i;
            if (!found)
                fail_msg("%s: %s is not read", pt_event_name(t), p[i].name);
        }
    }
}

// Paths of an open are copied before the kernel reads them, whichever argument they are.
static void test_calls_entry_is_the_path(void **state) {
    struct pt_call *calls = *state;
    assert_null(pt_calls_fill(calls));
    static const struct {
        int call, from, how;
    } want[] = {
        {SYS_open, 0, PT_HOW_PATH},        {SYS_openat, 1, PT_HOW_PATH_AT},
        {SYS_openat2, 1, PT_HOW_PATH_AT},  {SYS_creat, 0, PT_HOW_PATH},
        {SYS_connect, 1, PT_HOW_ADDRESS},  {SYS_execve, 0, PT_HOW_PATH},
        {SYS_execveat, 1, PT_HOW_PATH_AT},
    };
    for (size_t i = 0; i < PT_COUNT(want); i++) {
        const struct pt_call *c = &calls[want[i].call];
        assert_true(c->flags & PT_CALL_ENTRY);
        assert_int_equal(c->arg[c->entry].from, want[i].from);
        assert_int_equal(c->arg[c->entry].how, want[i].how);
    }
}

static void test_calls_ia32_known_numbers(void **state) {
    (void)state;
    uint16_t calls[PT_CALLS], sockets[32];
    pt_calls_ia32(calls, sockets);
    static const struct {
        uint16_t ia32;
        long call;
    } want[] = {{5, SYS_open},     {11, SYS_execve},  {295, SYS_openat},  {26, SYS_ptrace},
                {52, SYS_umount2}, {213, SYS_setuid}, {362, SYS_connect}, {437, SYS_openat2},
                {357, SYS_bpf},    {120, SYS_clone},  {192, SYS_mmap},    {310, SYS_unshare}};
    for (size_t i = 0; i < PT_COUNT(want); i++)
        assert_int_equal(calls[want[i].ia32], want[i].call);
    assert_int_equal(calls[7], PT_NO_CALL); // waitpid: 64-bit programs have wait4 alone
    assert_int_equal(calls[102], PT_NO_CALL);
    assert_int_equal(sockets[3], SYS_connect);
    assert_int_equal(sockets[0], PT_NO_CALL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_calls_every_argument_has_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calls_every_param_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calls_entry_is_the_path, setup, teardown),
        cmocka_unit_test(test_calls_ia32_known_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
