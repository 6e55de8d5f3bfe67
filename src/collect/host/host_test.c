// The collectors against a world that denies them one call after the other: a fact that was known
// stays what it was or becomes unknown, never absent and never another value.
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/testing.h"
#include "collect/host/host.h"
#include "collect/host/provider.h"
#include "collect/world.h"
#include "value/json.h"

// A small Debian that has something for every provider.
static const struct {
    const char *path, *content;
} files[] = {
    {"etc/os-release", "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\n"},
    {"etc/hostname", "fixture\n"},
    {"etc/passwd", "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nbob:x:7:998::/:/bin/sh\n"},
    {"etc/group", "root:x:0:\ndocker:x:998:alice\n"},
    {"etc/shadow", "root:*:1::::::\nguest::1::::::\n"},
    {"etc/ssh/sshd_config", "Include sshd_config.d/*.conf\nPermitRootLogin no\n"},
    {"etc/ssh/sshd_config.d/50-cloud.conf", "PasswordAuthentication yes\n"},
    {"usr/sbin/sshd", ""},
    {"proc/cmdline", "quiet mitigations=off comment=\"a b\"\n"},
    {"proc/swaps", "Filename Type\n/dev/sda2 partition\n/dev/zram0 partition\n"},
    {"proc/self/mountinfo", "7 3 0:1 / /tmp rw,nosuid - tmpfs tmpfs rw\n"},
    {"proc/sys/kernel/ostype", "Linux\n"},
    {"proc/sys/kernel/osrelease", "6.1.0-1-amd64\n"},
    {"proc/sys/kernel/kptr_restrict", "0\n"},
    {"sys/kernel/security/lsm", "lockdown,yama,apparmor"},
    {"boot/config-6.1.0-1-amd64",
     "CONFIG_INIT_ON_ALLOC_DEFAULT_ON=y\nCONFIG_SLAB_MERGE_DEFAULT=y\n"},
    {"lib/modules/6.1.0-1-amd64/modules.dep", "kernel/fs/hfs/hfs.ko.xz:\nkernel/usb-storage.ko:\n"},
    {"lib/modules/6.1.0-1-amd64/modules.builtin", "kernel/fs/udf/udf.ko\n"},
    {"etc/modprobe.d/a.conf", "install usb_storage /bin/false\n"},
    {"usr/lib/modprobe.d/a.conf", "install hfs /bin/false\n"},
    {"sys/module/module/parameters/sig_enforce", "N\n"},
    {"sys/kernel/security/lockdown", "none [integrity] confidentiality\n"},
    {"sys/kernel/security/apparmor/profiles", "docker-default (enforce)\nsshd (complain)\n"},
    {"sys/fs/selinux/enforce", "1"},
    {"proc/1/comm", "systemd\n"},
    {"proc/12/comm", "systemd-timesyn\n"},
    {"proc/13/comm", "chronyd\n"},
    {"usr/bin/sudo", ""},
    {"usr/bin/gcc", ""},
    {"usr/bin/unattended-upgrade", ""},
    {"etc/sudoers", "Defaults env_reset\n#include x\n@includedir /etc/sudoers.d\n"},
    {"etc/x", "# nothing\n"},
    {"etc/sudoers.d/ci", "%ci ALL=(ALL) \\\n NOPASSWD: ALL\n#1000 ALL=ALL\n"},
    {"etc/sudoers.d/README.md", "not a rule\n"},
    {"etc/pam.d/common-auth", "# x\nauth required pam_faillock.so deny=4\n"},
    {"etc/security/faillock.conf", "deny = 9\nunlock_time = never\n"},
    {"usr/lib/systemd/systemd-journald", ""},
    {"etc/systemd/journald.conf", "[Journal]\n#Storage=none\n"},
    {"etc/systemd/journald.conf.d/a.conf", "[Journal]\nStorage=auto\n"},
    {"var/log/journal/x", ""},
    {"etc/apt/apt.conf.d/20auto",
     "APT::Periodic { Enable \"1\"; /* x */ Unattended-Upgrade \"1\"; };\n"},
    {"etc/apt/sources.list",
     "# deb http://x y\ndeb [ trusted=yes ] https://a b c\ndeb http://a b c\n"},
    {"etc/apt/sources.list.d/a.sources", "URIs: https://a\nTrusted: yes\n"},
    {"etc/systemd/system/x.service", ""},
    {"etc/docker/certs.d/a/ca.crt", ""},
    {"etc/docker/certs.d/file", ""},
    {"etc/pam.d/common-password", "password requisite pam_pwquality.so\n"
                                  "password required pam_pwhistory.so remember=5\n"},
    {"etc/security/pwquality.conf", "minlen = 12\n"},
    {"etc/security/pwquality.conf.d/a.conf", "minlen = 20\n"},
    {"etc/audit/audit.rules", "-w /etc/shadow -p wa\n"},
    {"etc/audit/rules.d/a.rules", "-w /etc/passwd -p wa\n-a always,exit -F arch=b64 -S mount\n"},
    {"etc/audit/rules.d/b.rules", "-a always,exit -F arch=b32 -S mount,bpf -F auid>=1000\n-e 2\n"},
    {"usr/lib/systemd/system/ssh.service",
     "[Service]\nEnvironmentFile=-/etc/default/sshd-more\nExecStart=/usr/sbin/sshd -D $MORE\n"},
    {"etc/systemd/system/ssh.service.d/a.conf", "[Service]\nEnvironment=A=b C=d\n"},
    {"etc/default/sshd-more", "MORE='-o MaxAuthTries=9'\n"},
    {"opt/tool", ""},
    {"srv/shared/x", ""},
    {"etc/login.defs", "# PASS_MAX_DAYS 1\nPASS_MAX_DAYS\t99999\nUMASK 022\n"},
    {"var/lib/kubelet/config.yaml",
     "staticPodPath: /etc/kubernetes/static\nauthentication: {x509: {clientCAFile: /etc/ca}}\n"
     "readOnlyPort: 10255\npodPidsLimit: 5\neventRecordQPS: null\n"},
    {"etc/kubernetes/kubelet.d/20-b.conf", "podPidsLimit: 9\nseccompDefault: true\n"},
    {"etc/kubernetes/kubelet.d/10-a.conf", "podPidsLimit: 7\n"},
    {"etc/kubernetes/kubelet.conf", ""},
    {"etc/ca", ""},
    {"usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n"},
    {"usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
     "[Service]\nEnvironment=\"CONFIG=--config=/var/lib/kubelet/config.yaml --v 2\"\n"
     "EnvironmentFile=-/etc/default/kubelet\nExecStart=\nExecStart=/usr/bin/kubelet $CONFIG "
     "--config-dir=${DIR}/kubelet.d \\\n # why\n $EXTRA $NONE\n"},
    {"etc/default/kubelet", "DIR=/etc/kubernetes\nEXTRA='--read-only-port=0 --anonymous_auth'\n"},
    {"etc/kubernetes/static/api.yaml",
     "kind: Pod\nspec:\n  containers: [{name: kube-apiserver, command: [/bin/kube-apiserver], "
     "args: "
     "[--authorization-mode=Node, --authorization-mode, RBAC, --client-ca-file=/pki/ca.crt, "
     "--encryption-provider-config=/pki/enc], volumeMounts: [{name: a, mountPath: /pki}]}]\n"
     "  volumes: [{name: a, hostPath: {path: /etc/pki}}]\n"},
    {"etc/pki/enc", "resources: [{resources: [secrets], providers: [{identity: {}}]}]\n"},
    {"etc/kubernetes/manifests/etcd.yaml",
     "kind: Pod\nspec:\n  containers: [{name: etcd, command: [etcd, --data-dir=/d], env: [{name: "
     "ETCD_TRUSTED_CA_FILE, value: /x}], volumeMounts: [{name: a, mountPath: /d}]}]\n"
     "  volumes: [{name: a, hostPath: {path: /var/lib/etcd}}]\n"},
    {"var/lib/etcd/member/x", ""},
    {"var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nArchitecture: amd64\n"
                            "Version: 1.0~rc1\n\nPackage: b\nStatus: install ok installed\n"
                            "Architecture: all\nVersion: 1\n"},
    {"var/lib/apt/lists/x_debian-security_dists_b-security_main_binary-amd64_Packages",
     "Package: a\nArchitecture: i386\nVersion: 9\n\nPackage: a\nArchitecture: amd64\n"
     "Version: 1.0\n\nPackage: a\nVersion: 0.9\nArchitecture: amd64\n\n\nPackage: b\nVersion: "
     "1\nArchitecture: all\n"},
    {"sys/devices/system/cpu/online", "0-1\n"},
    {"sys/devices/system/cpu/vulnerabilities/mds", "Vulnerable: no microcode\n"},
    {"sys/devices/system/cpu/vulnerabilities/l1tf", "Not affected\n"},
};

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

typedef struct fixture {
    char root[64];
    pt_real_world real;
} fixture;

static void write_file(int root, const char *path, const char *content) {
    char dir[256];
    for (size_t i = 0; path[i]; i++) {
        if (path[i] != '/')
            continue;
        memcpy(dir, path, i);
        dir[i] = '\0';
        assert_true(mkdirat(root, dir, 0755) == 0 || errno == EEXIST);
    }
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->root, sizeof f->root, "/tmp/pt-host-XXXXXX");
    assert_non_null(mkdtemp(f->root));
    int root = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < PT_COUNT(files); i++)
        write_file(root, files[i].path, files[i].content);
    assert_int_equal(fchmodat(root, "opt/tool", 04755, 0), 0);
    assert_int_equal(fchmodat(root, "srv/shared", 0777, 0), 0);
    close(root);
    assert_int_equal(pt_real_world_open(&f->real, f->root, NULL), PT_OK);
    *state = f;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int tear_down(void **state) {
    fixture *f = *state;
    pt_real_world_done(&f->real);
    nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

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
