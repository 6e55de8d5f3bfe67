// A small Debian in a folder of its own, for tests: something for every provider of collect/host.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/testing.h"
#include "collect/world.h"

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
    int fd = openat(root, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

// An empty root.
static fixture *fixture_new(void) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->root, sizeof f->root, "/tmp/pt-host-XXXXXX");
    assert_non_null(mkdtemp(f->root));
    assert_int_equal(pt_real_world_open(&f->real, f->root, NULL), PT_OK);
    return f;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void fixture_free(fixture *f) {
    pt_real_world_done(&f->real);
    nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
}

static int set_up(void **state) {
    fixture *f = fixture_new();
    int root = open(f->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < PT_COUNT(files); i++)
        write_file(root, files[i].path, files[i].content);
    assert_int_equal(fchmodat(root, "opt/tool", 04755, 0), 0);
    assert_int_equal(fchmodat(root, "srv/shared", 0777, 0), 0);
    close(root);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture_free(*state);
    return 0;
}
