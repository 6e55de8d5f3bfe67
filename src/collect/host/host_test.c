// The collectors against a world that denies them one call after the other: a fact that was known
// stays what it was or becomes unknown, never absent and never another value.
#include "collect/host/host.h"
#include "collect/host/provider.h"
#include "collect/host/testing_host.h"
#include "value/json.h"

static const char *const names[] = {
    "sysctl/kernel.kptr_restrict",
    "sysctl/kernel.io_uring_disabled",
    "cmdline",
    "cpu-vulnerabilities",
    "lsm",
    "swaps",
    "mount//tmp",
    "mount//home",
    "group/docker",
    "group/lxd",
    "uid0",
    "empty-passwords",
    "sshd/permitrootlogin",
    "sshd/passwordauthentication",
    "sshd/x11forwarding",
    "file//etc/shadow",
    "file//etc/docker",
    "file//etc/docker/daemon.json",
    "os",
    "cpu-smt-flaws",
    "parameter/init_on_alloc",
    "parameter/vsyscall",
    "parameter/mitigations",
    "parameter/slab_nomerge",
    "parameter/debugfs",
    "modules-open/hfs,usb-storage,udf,jffs2",
    "module-signatures",
    "lockdown",
    "apparmor/complain",
    "selinux",
    "weak-hashes",
    "system-shells",
    "faillock",
    "sudo-open",
    "sshd-grace",
    "sshd-idle",
    "sshd-allowed",
    "files//etc/docker/certs.d/*/*",
    "files//etc/nowhere/*",
    "conf//etc/login.defs#PASS_MAX_DAYS",
    "conf//etc/login.defs#UMASK",
    "conf//etc/login.defs#OTHER",
    "programs/gcc,make",
    "running/chronyd,systemd-timesyncd,ntpd",
    "journal",
    "updates",
    "repositories/unsigned",
    "repositories/plain",
    "setuid",
    "open-folders",
    "password-length",
    "password-history",
    "audit-unwatched//etc/passwd,/etc/shadow,/etc/gshadow",
    "audit-calls/mount,bpf",
    "audit-lock",
    "docker-unwatched",
    "sshd-program",
    "sshd/maxauthtries",
    "sshd-match/maxauthtries",
    "kubelet",
    "kubelet/readOnlyPort",
    "kubelet/tlsCertFile",
    "component/kube-apiserver",
    "component/etcd",
    "component/kube-scheduler",
    "kube-decides/authorization",
    "kube-decides/anonymous",
    "kube-decides/encryption",
    "etcd-ca",
    "pending-updates",
    "kube-files/manifests",
    "kube-files/etcd-data",
    "kube-files/kubelet-config",
    "kube-files/kubelet-unit",
    "kube-files/kubelet-kubeconfig",
    "kube-files/kubelet-ca",
};

static pt_subject collect(pt_world *w, pt_arena *a) {
    pt_str all[PT_COUNT(names)];
    for (size_t i = 0; i < PT_COUNT(names); i++)
        all[i] = pt_str_of(names[i]);
    pt_subject s;
    pt_host_collect(w, a, all, PT_COUNT(names), &s);
    return s;
}

// A world that fails its n-th call.
typedef struct denying_world {
    pt_world world;
    pt_world *inner;
    long calls, deny_at;
    int sys;
} denying_world;

static int denying_open(pt_world *w, const char *path, int flags) {
    denying_world *d = (denying_world *)w;
    return ++d->calls == d->deny_at ? -d->sys : d->inner->open(d->inner, path, flags);
}

static void test_host_every_denied_call_makes_unknown_never_absent(void **state) {
    fixture *f = *state;
    static const int errors[] = {EACCES, EIO, EMFILE, ELOOP};
    pt_arena first = {0};
    pt_subject whole = collect(&f->real.world, &first);
    for (size_t k = 0; k < PT_COUNT(errors); k++) {
        bool untouched = false;
        for (long n = 1; !untouched; n++) {
            denying_world d = {.world = {.open = denying_open, .now = f->real.world.now},
                               .inner = &f->real.world,
                               .deny_at = n,
                               .sys = errors[k]};
            pt_arena a = {0};
            pt_subject s = collect(&d.world, &a);
            for (size_t i = 0; i < PT_COUNT(names); i++) {
                pt_fact was = pt_facts_get(&whole.facts, pt_str_of(names[i]));
                pt_fact is = pt_facts_get(&s.facts, pt_str_of(names[i]));
                bool same =
                    is.state == was.state && (is.state != PT_KNOWN || pt_eq(is.value, was.value));
                if (!same && is.state != PT_UNKNOWN)
                    print_error("call %ld denied: %s changed\n", n, names[i]);
                assert_true(same || is.state == PT_UNKNOWN);
                if (is.state == PT_UNKNOWN && was.state != PT_UNKNOWN)
                    assert_true(is.reason.n > 0);
            }
            untouched = d.calls < n;
            pt_arena_done(&a);
        }
    }
    pt_arena_done(&first);
}

static void test_host_facts_are_what_the_files_say(void **state) {
    fixture *f = *state;
    pt_arena a = {0};
    pt_subject s = collect(&f->real.world, &a);
    assert_str(s.name, "fixture");
    assert_str(s.detail, "Debian 12, Linux 6.1");
    pt_fact kptr = pt_facts_get(&s.facts, PT_STR("sysctl/kernel.kptr_restrict"));
    assert_true(pt_eq(kptr.value, pt_int(0)));
    pt_fact missing = pt_facts_get(&s.facts, PT_STR("sysctl/kernel.io_uring_disabled"));
    assert_int_equal(missing.state, PT_ABSENT);
    pt_fact cmdline = pt_facts_get(&s.facts, PT_STR("cmdline"));
    assert_str(pt_text(pt_getz(cmdline.value, "mitigations")), "off");
    assert_true(pt_true(pt_getz(cmdline.value, "quiet")));
    assert_str(pt_text(pt_getz(cmdline.value, "comment")), "a b");
    pt_fact swaps = pt_facts_get(&s.facts, PT_STR("swaps"));
    assert_int_equal(pt_len(swaps.value), 1);
    pt_fact group = pt_facts_get(&s.facts, PT_STR("group/docker"));
    assert_int_equal(pt_len(group.value), 2); // alice by name, bob by his primary group
    pt_fact flaws = pt_facts_get(&s.facts, PT_STR("cpu-vulnerabilities"));
    assert_int_equal(pt_len(flaws.value), 1);
    pt_fact ssh = pt_facts_get(&s.facts, PT_STR("sshd/passwordauthentication"));
    assert_str(ssh.source, "/etc/ssh/sshd_config.d/50-cloud.conf:1");
    assert_int_equal(pt_facts_get(&s.facts, PT_STR("file//etc/docker/daemon.json")).state,
                     PT_ABSENT);
    assert_int_equal(pt_facts_get(&s.facts, PT_STR("group/lxd")).state, PT_ABSENT);
    pt_arena_done(&a);
}

// A fact of the fixture, as JSON.
static void assert_fact(const pt_subject *s, pt_arena *a, const char *name, const char *json) {
    pt_fact f = pt_facts_get(&s->facts, pt_str_of(name));
    pt_value want;
    assert_int_equal(pt_json_parse(a, pt_str_of(json), NULL, &want, NULL), PT_OK);
    if (f.state != PT_KNOWN || !pt_eq(f.value, want))
        print_error("%s: %.*s, not %s\n", name, PT_PRI(f.reason), json);
    assert_int_equal(f.state, PT_KNOWN);
    assert_true(pt_eq(f.value, want));
}

static void test_host_settings_follow_their_manuals(void **state) {
    static const char *const known[][2] = {
        {"parameter/init_on_alloc", "1"},
        {"parameter/debugfs", "\"off\""},
        {"parameter/mitigations", "\"off\""},
        {"modules-open/hfs,usb-storage,udf,jffs2", "[\"hfs\", \"udf\"]"},
        {"module-signatures", "\"enforced\""},
        {"lockdown", "\"integrity\""},
        {"apparmor/complain", "[\"sshd\"]"},
        {"selinux", "1"},
        {"weak-hashes", "[]"},
        {"system-shells", "[\"bob\"]"},
        {"faillock", "{\"deny\": 4}"},
        {"sudo-open", "[\"/etc/sudoers.d/ci:2\"]"},
        {"sshd-grace", "120"},
        {"sshd-idle", "0"},
        {"conf//etc/login.defs#PASS_MAX_DAYS", "99999"},
        {"conf//etc/login.defs#UMASK", "\"022\""},
        {"programs/gcc,make", "[\"/usr/bin/gcc\"]"},
        {"running/chronyd,systemd-timesyncd,ntpd", "[\"chronyd\", \"systemd-timesyn\"]"},
        {"journal", "\"persistent\""},
        {"updates", "\"on\""},
        {"repositories/unsigned",
         "[\"/etc/apt/sources.list:2\", \"/etc/apt/sources.list.d/a.sources:2\"]"},
        {"password-length", "12"},
        {"password-history", "5"},
        {"audit-unwatched//etc/passwd,/etc/shadow,/etc/gshadow", "[\"/etc/shadow\"]"},
        {"audit-calls/mount,bpf", "[\"b64 bpf\"]"},
        {"audit-lock", "\"locked\""},
        {"sshd-program", "\"/usr/sbin/sshd\""},
        {"sshd/maxauthtries", "\"9\""},
        {"repositories/plain", "[\"/etc/apt/sources.list:3\"]"},
        {"kubelet",
         "{\"authentication.anonymous.enabled\": true, \"authorization.mode\": \"Webhook\","
         " \"authentication.x509.clientCAFile\": \"/etc/ca\", \"readOnlyPort\": 0,"
         " \"streamingConnectionIdleTimeout\": \"4h\", \"protectKernelDefaults\": false,"
         " \"makeIPTablesUtilChains\": true, \"eventRecordQPS\": 50, \"podPidsLimit\": 9,"
         " \"serverTLSBootstrap\": false, \"rotateCertificates\": false, \"seccompDefault\": true,"
         " \"featureGates.RotateKubeletServerCertificate\": true,"
         " \"staticPodPath\": \"/etc/kubernetes/static\"}"},
        {"component/kube-apiserver",
         "{\"authorization-mode\": [\"Node\", \"RBAC\"], \"client-ca-file\": \"/pki/ca.crt\","
         " \"encryption-provider-config\": \"/pki/enc\"}"},
        {"component/etcd", "{\"data-dir\": \"/d\", \"trusted-ca-file\": \"/x\"}"},
        {"kube-decides/authorization", "[\"Node\", \"RBAC\"]"},
        {"kube-decides/anonymous", "{\"enabled\": true}"},
        {"kube-decides/encryption", "\"identity\""},
        {"etcd-ca", "{\"etcd\": \"/x\", \"client\": \"/pki/ca.crt\"}"},
    };
    static const char *const absent[] = {
        "files//etc/nowhere/*",
        "conf//etc/login.defs#OTHER",
        "parameter/vsyscall",
        "parameter/slab_nomerge",
        "sshd-allowed",
        "kubelet/tlsCertFile",
        "component/kube-scheduler",
    };
    static const struct {
        const char *name;
        size_t n;
    } files_of[] = {
        {"kube-files/manifests", 2},      {"kube-files/etcd-data", 1},
        {"kube-files/kubelet-config", 3}, {"kube-files/kubelet-unit", 2},
        {"kube-files/kubelet-ca", 1},     {"kube-files/kubelet-kubeconfig", 1},
    };
    fixture *f = *state;
    pt_arena a = {0};
    pt_subject s = collect(&f->real.world, &a);
    for (size_t i = 0; i < PT_COUNT(known); i++)
        assert_fact(&s, &a, known[i][0], known[i][1]);
    for (size_t i = 0; i < PT_COUNT(absent); i++)
        assert_int_equal(pt_facts_get(&s.facts, pt_str_of(absent[i])).state, PT_ABSENT);
    for (size_t i = 0; i < PT_COUNT(files_of); i++)
        assert_int_equal(pt_len(pt_facts_get(&s.facts, pt_str_of(files_of[i].name)).value),
                         files_of[i].n);
    pt_fact updates = pt_facts_get(&s.facts, PT_STR("pending-updates"));
    assert_int_equal(pt_len(pt_getz(updates.value, "pending")), 1);
    assert_str(pt_text(pt_at(pt_getz(updates.value, "pending"), 0)), "a 1.0~rc1 -> 1.0");
    pt_fact port = pt_facts_get(&s.facts, PT_STR("kubelet/readOnlyPort"));
    assert_str(port.source, "/usr/lib/systemd/system/kubelet.service");
    pt_fact certs = pt_facts_get(&s.facts, PT_STR("files//etc/docker/certs.d/*/*"));
    assert_int_equal(pt_len(certs.value), 1);
    assert_str(pt_text(pt_getz(pt_at(certs.value, 0), "path")), "/etc/docker/certs.d/a/ca.crt");
    pt_arena_done(&a);
}

static void test_host_walk_finds_what_is_bad(void **state) {
    fixture *f = *state;
    pt_arena a = {0};
    pt_subject s = collect(&f->real.world, &a);
    pt_fact setuid = pt_facts_get(&s.facts, PT_STR("setuid"));
    assert_int_equal(pt_len(setuid.value), 1);
    assert_true(pt_str_starts(pt_text(pt_at(setuid.value, 0)), PT_STR("/opt/tool (mode 4755")));
    pt_fact folders = pt_facts_get(&s.facts, PT_STR("open-folders"));
    assert_int_equal(pt_len(folders.value), 1);
    assert_true(pt_str_starts(pt_text(pt_at(folders.value, 0)), PT_STR("/srv/shared (mode 0777")));
    pt_arena_done(&a);
}

// A walk that stops says what it saw, and what it found is still bad.
static void test_host_walk_that_stops_keeps_what_it_found(void **state) {
    fixture *f = *state;
    pt_arena a = {0};
    bool partly = false;
    for (size_t max = 1; max < 400; max++) {
        pt_host_memo memo = {.walk_max = max};
        pt_host_ask q = {.w = &f->real.world, .a = &a, .memo = &memo};
        pt_fact setuid = pt_host_setuid(&q);
        pt_fact folders = pt_host_open_folders(&q);
        assert_int_not_equal(setuid.state, PT_ABSENT);
        if (setuid.state == PT_KNOWN)
            assert_int_equal(pt_len(setuid.value), 1);
        else
            assert_true(pt_str_has(setuid.reason, PT_STR("what was looked at is fine: ")));
        partly |= setuid.state == PT_KNOWN && folders.state == PT_UNKNOWN &&
                  pt_str_has(folders.reason, PT_STR("files and folders in /usr, /etc, /var, "));
        if (max == 399)
            assert_int_equal(folders.state, PT_KNOWN);
    }
    assert_true(partly);
    pt_arena_done(&a);
}

static void test_host_unknown_name_is_an_unknown_fact(void **state) {
    fixture *f = *state;
    pt_arena a = {0};
    pt_subject s;
    const pt_str name = PT_STR("weather");
    pt_host_collect(&f->real.world, &a, &name, 1, &s);
    pt_fact fact = pt_facts_get(&s.facts, name);
    assert_int_equal(fact.state, PT_UNKNOWN);
    assert_true(pt_str_has(fact.reason, PT_STR("no collector")));
    assert_false(pt_host_knows(name));
    assert_true(pt_host_knows(PT_STR("sysctl/a.b")));
    assert_false(pt_host_knows(PT_STR("sysctl/")));
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_host_every_denied_call_makes_unknown_never_absent,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_host_facts_are_what_the_files_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_host_settings_follow_their_manuals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_host_walk_finds_what_is_bad, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_host_walk_that_stops_keeps_what_it_found, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_host_unknown_name_is_an_unknown_fact, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("collect_host", tests, NULL, NULL);
}
