// What only a running machine tells, against a world that plays one: a folder with its /proc, and a
// clock.
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/testing.h"
#include "collect/host/host.h"
#include "collect/world.h"
#include "value/json.h"

typedef struct playing_world {
    pt_real_world real;
    char root[64];
    struct timex timex;
    int state; // what adjtimex gives
} playing_world;

static int played_clock(pt_world *w, struct timex *ret) {
    const playing_world *p = (const playing_world *)w;
    *ret = p->timex;
    return p->state;
}

static void make(const playing_world *p, const char *path, const char *content, bool is_link) {
    char full[512];
    snprintf(full, sizeof full, "%s/%s", p->root, path);
    for (char *slash = full + strlen(p->root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        assert_true(mkdir(full, 0755) == 0 || errno == EEXIST);
        *slash = '/';
    }
    if (is_link) {
        assert_int_equal(symlink(content, full), 0);
        return;
    }
    FILE *f = fopen(full, "we");
    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

#define HEADING "  sl  local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt uid\n"
#define SOCKET(local, state, inode)                                                             \
    "   0: " local " 00000000:0000 " state " 00000000:00000000 00:00000000 00000000 0 0 " inode \
    " 1 0 100\n"

static const struct {
    const char *path, *content;
    bool is_link;
} files[] = {
    // 0.0.0.0:2375, 127.0.0.1:2379, 0.0.0.0:10255; 0.0.0.0:22 and a connection to 2375
    {"proc/net/tcp",
     HEADING SOCKET("00000000:0947", "0A", "71") SOCKET("0100007F:094B", "0A", "72")
         SOCKET("00000000:280F", "0A", "73") SOCKET("00000000:0016", "0A", "74")
             SOCKET("0100007F:0947", "01", "75"),
     false},
    {"proc/net/udp", HEADING SOCKET("00000000:12B5", "07", "0"), false},
    {"proc/1/comm", "systemd\n", false},
    {"proc/1/fd/3", "socket:[71]", true},
    {"proc/8/comm", "dockerd\n", false},
    {"proc/8/fd/0", "/dev/null", true},
    {"proc/8/fd/9", "socket:[71]", true},
    {"proc/8/fd/10", "socket:[71]", true},
    {"proc/9/comm", "evil: 1.2.3.4:80 \n", false},
    {"proc/9/fd/5", "socket:[72]", true},
};

static int set_up(void **state) {
    playing_world *p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->root, sizeof p->root, "/tmp/pt-live-XXXXXX");
    assert_non_null(mkdtemp(p->root));
    for (size_t i = 0; i < PT_COUNT(files); i++)
        make(p, files[i].path, files[i].content, files[i].is_link);
    assert_int_equal(pt_real_world_open(&p->real, p->root, NULL), PT_OK);
    p->real.world.live = true;
    p->real.world.clock = played_clock;
    *state = p;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int tear_down(void **state) {
    playing_world *p = *state;
    pt_real_world_done(&p->real);
    nftw(p->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(p);
    return 0;
}

static pt_fact ask(playing_world *p, pt_arena *a, const char *name) {
    pt_str one = pt_str_of(name);
    pt_subject s;
    pt_host_collect(&p->real.world, a, &one, 1, &s);
    return pt_facts_get(&s.facts, one);
}

static void assert_json(pt_arena *a, pt_fact f, const char *json) {
    pt_value want;
    assert_int_equal(pt_json_parse(a, pt_str_of(json), NULL, &want, NULL), PT_OK);
    if (f.state != PT_KNOWN || !pt_eq(f.value, want))
        print_error("%.*s is not %s\n", PT_PRI(f.reason), json);
    assert_int_equal(f.state, PT_KNOWN);
    assert_true(pt_eq(f.value, want));
}

static void test_live_listeners_have_their_owners(void **state) {
    static const char *const cases[][2] = {
        {"listeners/2375,4243", "[\"0.0.0.0:2375 systemd+dockerd\"]"},
        {"listeners/2379", "[\"127.0.0.1:2379 evil: 1.2.3.4:80\"]"},
        {"listeners/10255", "[\"0.0.0.0:10255 (owner unknown)\"]"},
        {"listeners/4789/udp", "[\"0.0.0.0:4789/udp (the kernel)\"]"},
        {"listeners/4789,237", "[]"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        assert_json(&a, ask(*state, &a, cases[i][0]), cases[i][1]);
        pt_arena_done(&a);
    }
}

static void test_live_listeners_without_their_table_are_unknown(void **state) {
    playing_world *p = *state;
    pt_arena a = {0};
    char path[128];
    snprintf(path, sizeof path, "%s/proc/net/udp", p->root);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ask(p, &a, "listeners/4789/udp").state, PT_UNKNOWN);
    assert_int_equal(ask(p, &a, "listeners/2375").state, PT_KNOWN);
    pt_arena_done(&a);
}

static void test_live_clock_is_what_the_kernel_says(void **state) {
    static const struct {
        int state, status;
        long error_us;
        const char *json; // NULL: unknown
    } cases[] = {
        {TIME_OK, STA_PLL, 12000, "{\"synchronised\": true, \"error_us\": 12000}"},
        {TIME_INS, STA_PLL | STA_INS, 1, "{\"synchronised\": true, \"error_us\": 1}"},
        {TIME_ERROR, STA_UNSYNC, 16000000, "{\"synchronised\": false, \"error_us\": 16000000}"},
        {TIME_OK, STA_UNSYNC, 5, "{\"synchronised\": false, \"error_us\": 5}"},
        {TIME_ERROR, 0, 5, "{\"synchronised\": false, \"error_us\": 5}"},
        {-EPERM, 0, 0, NULL},
    };
    playing_world *p = *state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        p->state = cases[i].state;
        p->timex = (struct timex){.status = cases[i].status, .maxerror = cases[i].error_us};
        pt_fact f = ask(p, &a, "clock");
        if (cases[i].json)
            assert_json(&a, f, cases[i].json);
        else
            assert_int_equal(f.state, PT_UNKNOWN);
        pt_arena_done(&a);
    }
}

// "kubelet --v=2" with NULs for blanks, and the numbers of the process.
static void start(const playing_world *p, const char *pid, const char *command,
                  const char *numbers) {
    char path[64];
    char full[512];
    char line[256];
    snprintf(path, sizeof path, "proc/%s/cmdline", pid);
    make(p, path, command, false);
    snprintf(full, sizeof full, "%s/%s", p->root, path);
    FILE *f = fopen(full, "we");
    assert_non_null(f);
    for (const char *c = command; *c; c++)
        assert_true(fputc(*c == ' ' ? '\0' : *c, f) != EOF);
    assert_int_equal(fclose(f), 0);
    snprintf(path, sizeof path, "proc/%s/status", pid);
    snprintf(line, sizeof line, "Name:\tx\nNSpid:\t%s\n", numbers);
    make(p, path, line, false);
}

static void test_live_kubelet_is_what_its_process_was_told(void **state) {
    playing_world *p = *state;
    pt_arena a = {0};
    make(p, "etc/os-release", "ID=debian\n", false);
    make(p, "var/lib/kubelet/config.yaml", "readOnlyPort: 7\nseccompDefault: true\n", false);
    assert_json(&a, ask(p, &a, "kubelet/readOnlyPort"), "7"); // configured, not running
    start(p, "30", "/usr/bin/kubelet --config /var/lib/kubelet/config.yaml --read-only-port=0",
          "30");
    assert_json(&a, ask(p, &a, "kubelet/readOnlyPort"), "0");
    assert_json(&a, ask(p, &a, "kubelet/seccompDefault"), "true");
    start(p, "30", "/usr/bin/kubelet --v=2", "30"); // the file lies there, and does not count
    assert_json(&a, ask(p, &a, "kubelet/readOnlyPort"), "10255");
    make(p, "usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n",
         false);
    assert_int_equal(pt_len(ask(p, &a, "kube-files/kubelet-unit").value), 1);
    start(p, "29", "kubelet --read-only-port=1", "29 1"); // whatever a container calls so
    assert_json(&a, ask(p, &a, "kubelet/readOnlyPort"), "10255");
    start(p, "29", "sleep 1", "29 1");
    start(p, "30", "/usr/bin/kubelet --config /var/lib/kubelet/config.yaml", "30 1");
    assert_int_equal(ask(p, &a, "kubelet/readOnlyPort").state, PT_UNKNOWN); // of a container
    pt_arena_done(&a);
}

static void test_live_components_are_what_their_processes_were_told(void **state) {
    playing_world *p = *state;
    pt_arena a = {0};
    make(p, "etc/os-release", "ID=debian\n", false);
    make(p, "etc/kubernetes/manifests/s.yaml",
         "spec: {containers: [{name: kube-scheduler, command: [kube-scheduler, --profiling]}]}\n",
         false);
    assert_json(&a, ask(p, &a, "component/kube-scheduler"), "{\"profiling\": true}");
    start(p, "31", "kube-scheduler --profiling=false", "31 1"); // what runs counts
    assert_json(&a, ask(p, &a, "component/kube-scheduler"), "{\"profiling\": false}");
    start(p, "32", "kube-scheduler --profiling=true", "32 1");
    pt_fact f = ask(p, &a, "component/kube-scheduler");
    assert_int_equal(f.state, PT_UNKNOWN);
    assert_true(pt_str_has(f.reason, PT_STR("different flags")));
    assert_int_equal(ask(p, &a, "component/kube-apiserver").state, PT_ABSENT);
    start(p, "33", "etcd --client-cert-auth", "33 1"); // its environment is not there
    assert_int_equal(ask(p, &a, "component/etcd").state, PT_KNOWN);
    pt_arena_done(&a);
}

static void test_live_kernel_is_compared_with_its_own_flavour(void **state) {
    static const char *const cases[][3] = {
        // running, one more in /boot, the newest
        {"6.1.0-25-amd64", "vmlinuz-6.1.0-26-amd64", "6.1.0-26-amd64"},
        {"6.1.0-25-amd64", "vmlinuz-6.1.0-3-amd64", "6.1.0-26-amd64"},
        {"6.1.0-25-amd64", "vmlinuz-6.5.0-1-cloud-amd64", "6.1.0-26-amd64"},
        {"6.1.0-25-amd64", "vmlinuz-9.9.9-1-amd64.old", "6.1.0-26-amd64"},
        {"5.14.0-427.9.1.el9_4.x86_64", "vmlinuz-5.14.0-427.13.1.el9_4.x86_64",
         "5.14.0-427.13.1.el9_4.x86_64"},
        {"5.14.0-427.9.1.el9_4.x86_64", "vmlinuz-0-rescue-5f", "5.14.0-427.13.1.el9_4.x86_64"},
        {"6.8.0-1015-aws", "vmlinuz-6.8.0-45-generic", NULL},
        {"6.8.0-1015-aws", "vmlinuz-6.8.0-1016-aws", "6.8.0-1016-aws"},
    };
    playing_world *p = *state;
    make(p, "etc/os-release", "ID=debian\n", false);
    make(p, "boot/config-x", "", false);
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        make(p, pt_arena_printf(&a, "boot/%s", cases[i][1]).p, "", false);
        make(p, "proc/sys/kernel/osrelease", cases[i][0], false);
        pt_fact f = ask(p, &a, "kernel-newest");
        if (cases[i][2])
            assert_json(&a, f,
                        pt_arena_printf(&a, "{\"running\": \"%s\", \"newest\": \"%s\"}",
                                        cases[i][0], cases[i][2])
                            .p);
        else
            assert_int_equal(f.state, PT_ABSENT);
        pt_arena_done(&a);
    }
}

static void test_live_facts_of_a_disk_are_unknown(void **state) {
    static const char *const names[] = {"clock", "listeners/2375", "kernel-newest"};
    playing_world *p = *state;
    p->real.world.live = false;
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        pt_arena a = {0};
        pt_fact f = ask(p, &a, names[i]);
        assert_int_equal(f.state, PT_UNKNOWN);
        assert_true(pt_str_has(f.reason, PT_STR("running machine")));
        pt_arena_done(&a);
    }
    p->real.world.live = true;
    p->real.world.clock = NULL;
    pt_arena a = {0};
    assert_int_equal(ask(p, &a, "clock").state, PT_UNKNOWN);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_live_listeners_have_their_owners, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_live_listeners_without_their_table_are_unknown, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_live_clock_is_what_the_kernel_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_live_kubelet_is_what_its_process_was_told, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_live_components_are_what_their_processes_were_told,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_live_kernel_is_compared_with_its_own_flavour, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_live_facts_of_a_disk_are_unknown, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("collect_host_live", tests, NULL, NULL);
}
