// What only a walk over the disk finds: set-uid and set-gid programs that no package of a
// distribution installs so, and folders that everyone may change. One walk gives both.
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/host/provider.h"
#include "value/json.h"

// Programs that packages of Debian, Ubuntu and the RHEL family install with these bits, as the
// packages' own lists of files have them. /bin, /sbin and /lib stand for those below /usr; a '*' is
// an architecture's folder.
static const char *const known_programs[] = {
    // accounts, sudo, mounts (passwd, login, util-linux, shadow-utils, sudo, uidmap, fuse)
    "/usr/bin/chage",
    "/usr/bin/chfn",
    "/usr/bin/chsh",
    "/usr/bin/doas",
    "/usr/bin/expiry",
    "/usr/bin/fusermount",
    "/usr/bin/fusermount3",
    "/usr/bin/gpasswd",
    "/usr/bin/ksu",
    "/usr/bin/mount",
    "/usr/bin/newgidmap",
    "/usr/bin/newgrp",
    "/usr/bin/newuidmap",
    "/usr/bin/ntfs-3g",
    "/usr/bin/passwd",
    "/usr/bin/pkexec",
    "/usr/bin/su",
    "/usr/bin/sudo",
    "/usr/bin/sudo.ws",
    "/usr/bin/umount",
    "/usr/lib/cargo/bin/su",
    "/usr/lib/cargo/bin/sudo",
    "/usr/sbin/mount.cifs",
    "/usr/sbin/mount.davfs",
    "/usr/sbin/mount.ecryptfs_private",
    "/usr/sbin/mount.nfs",
    "/usr/sbin/pam_extrausers_chkpwd",
    "/usr/sbin/pam_timestamp_check",
    "/usr/sbin/unix_chkpwd",
    "/usr/sbin/userhelper",
    "/usr/sbin/usernetctl",
    // cron, mail, terminals, search
    "/usr/bin/at",
    "/usr/bin/bsd-write",
    "/usr/bin/crontab",
    "/usr/bin/dotlockfile",
    "/usr/bin/locate",
    "/usr/bin/lockfile",
    "/usr/bin/mail-lock",
    "/usr/bin/mail-touchlock",
    "/usr/bin/mail-unlock",
    "/usr/bin/man",
    "/usr/bin/mandb",
    "/usr/bin/mlocate",
    "/usr/bin/mutt_dotlock",
    "/usr/bin/plocate",
    "/usr/bin/procmail",
    "/usr/bin/screen",
    "/usr/bin/wall",
    "/usr/bin/write",
    "/usr/bin/write.ul",
    "/usr/lib/*/utempter/utempter",
    "/usr/lib/dma/dma-mbox-create",
    "/usr/libexec/utempter/utempter",
    "/usr/sbin/dma",
    "/usr/sbin/exim",
    "/usr/sbin/exim4",
    "/usr/sbin/lockdev",
    "/usr/sbin/postdrop",
    "/usr/sbin/postlog",
    "/usr/sbin/postqueue",
    "/usr/sbin/sendmail.sendmail",
    "/usr/sbin/smtpctl",
    // network
    "/usr/bin/fping",
    "/usr/bin/fping6",
    "/usr/bin/ping",
    "/usr/bin/ping4",
    "/usr/bin/ping6",
    "/usr/bin/ssh-agent",
    "/usr/bin/traceroute6.iputils",
    "/usr/lib/openssh/ssh-keysign",
    "/usr/libexec/openssh/ssh-keysign",
    "/usr/sbin/pppd",
    // services and containers
    "/usr/bin/Xorg",
    "/usr/bin/bwrap",
    "/usr/bin/cgclassify",
    "/usr/bin/cgexec",
    "/usr/bin/nvidia-modprobe",
    "/usr/bin/staprun",
    "/usr/bin/vmware-user-suid-wrapper",
    "/usr/lib/*/lxc/lxc-user-nic",
    "/usr/lib/apache2/suexec-custom",
    "/usr/lib/apache2/suexec-pristine",
    "/usr/lib/chromium/chrome-sandbox",
    "/usr/lib/cockpit/cockpit-session",
    "/usr/lib/dbus-1.0/dbus-daemon-launch-helper",
    "/usr/lib/eject/dmcrypt-get-device",
    "/usr/lib/nagios/plugins/check_dhcp",
    "/usr/lib/nagios/plugins/check_icmp",
    "/usr/lib/policykit-1/polkit-agent-helper-1",
    "/usr/lib/polkit-1/polkit-agent-helper-1",
    "/usr/lib/qemu/qemu-bridge-helper",
    "/usr/lib/snapd/snap-confine",
    "/usr/lib/xorg/Xorg.wrap",
    "/usr/libexec/Xorg.wrap",
    "/usr/libexec/cockpit-session",
    "/usr/libexec/dbus-1/dbus-daemon-launch-helper",
    "/usr/libexec/lxc/lxc-user-nic",
    "/usr/libexec/polkit-agent-helper-1",
    "/usr/libexec/qemu-bridge-helper",
    "/usr/libexec/spice-gtk-x86_64/spice-client-glib-usb-acl-helper",
    "/usr/libexec/sssd/krb5_child",
    "/usr/libexec/sssd/ldap_child",
    "/usr/libexec/sssd/p11_child",
    "/usr/libexec/sssd/proxy_child",
    "/usr/libexec/sssd/selinux_child",
    "/usr/libexec/sssd/sssd_pam",
    "/usr/sbin/grub2-set-bootflag",
};

// What is walked, and what is walked only where it is no link into /usr.
static const char *const folders[] = {"/usr", "/etc", "/var", "/opt", "/srv", "/home", "/root"};
static const char *const old_folders[] = {"/bin", "/sbin", "/lib"};

// Where engines keep the root file systems of containers, in which such programs are usual and
// nobody of the host comes to them.
static const char *const data_roots[] = {
    "/var/lib/docker",  "/var/lib/containerd", "/var/lib/containers",
    "/var/lib/kubelet", "/var/lib/rancher",    "/var/lib/k0s",
};
static const char *const user_data_roots[] = {
    "/.local/share/docker",
    "/.local/share/containers",
};

enum {
    LISTED_MAX = 1000 // of each kind; the first few are shown
};

typedef struct walks {
    const pt_host_ask *q;
    pt_str docker_root; // daemon.json's "data-root"; may be empty
    pt_list setuid, open_folders;
    size_t seen;  // files and folders
    pt_str begun; // "/usr, /etc": those of the given folders that were done with
    pt_str now;   // the one that is being walked
} walks;

static bool is_known(pt_str path) {
    for (size_t i = 0; i < PT_COUNT(known_programs); i++)
        if (fnmatch(known_programs[i], path.p, FNM_PATHNAME) == 0)
            return true;
    return false;
}

static void add(const walks *k, pt_list *l, pt_str path, const struct stat *st) {
    if (l->items.n < LISTED_MAX)
        pt_list_add(
            l, pt_string(pt_arena_printf(k->q->a, "%.*s (mode %04o, owner %u:%u)", PT_PRI(path),
                                         st->st_mode & 07777U, st->st_uid, st->st_gid)));
}

// "/bin/su" is "/usr/bin/su" where /bin is still a folder of its own.
static pt_str merged(pt_arena *a, pt_str path) {
    for (size_t i = 0; i < PT_COUNT(old_folders); i++)
        if (pt_str_starts(path, pt_str_of(old_folders[i])))
            return pt_arena_printf(a, "/usr%.*s", PT_PRI(path));
    return path;
}

// One of the given folders stands for itself, with no folder above it.
static void count(walks *k, const pt_walk_entry *e) {
    k->seen++;
    if (e->folder.n)
        return;
    if (k->now.n)
        k->begun = pt_arena_printf(k->q->a, "%.*s%s%.*s", PT_PRI(k->begun), k->begun.n ? ", " : "",
                                   PT_PRI(k->now));
    k->now = pt_arena_printf(k->q->a, "/%s", e->name);
}

static void visit(void *ctx, const pt_walk_entry *e) {
    walks *k = ctx;
    mode_t mode = e->st->st_mode;
    count(k, e);
    bool folder = S_ISDIR(mode);
    // Without the right to execute, set-gid once meant mandatory locks.
    bool runs_as = (mode & S_ISUID) || (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    bool open = (mode & S_IWOTH) && !(mode & S_ISVTX);
    if (folder ? !open : !runs_as)
        return;
    pt_str path = pt_arena_printf(k->q->a, "%.*s/%s", PT_PRI(e->folder), e->name);
    if (folder)
        add(k, &k->open_folders, path, e->st);
    else if (!path.p || ((mode | e->folder_mode) & S_IWOTH) || !is_known(merged(k->q->a, path)))
        add(k, &k->setuid, path, e->st);
}

static bool enter(void *ctx, pt_str path) {
    const walks *k = ctx;
    if (k->docker_root.n && pt_str_eq(path, k->docker_root))
        return false;
    for (size_t i = 0; i < PT_COUNT(data_roots); i++)
        if (pt_str_eqz(path, data_roots[i]))
            return false;
    for (size_t i = 0; i < PT_COUNT(user_data_roots); i++)
        if (pt_str_ends(path, pt_str_of(user_data_roots[i])))
            return false;
    return true;
}

// Where Docker keeps its data, if daemon.json moved it. What cannot be read moves nothing: then
// images are walked, too, and more is found.
static pt_str docker_root(const pt_host_ask *q) {
    pt_fact f = pt_host_text(q, "/etc/docker/daemon.json", NULL);
    pt_value v;
    if (f.state != PT_KNOWN || pt_json_parse(q->a, pt_text(f.value), NULL, &v, NULL) != PT_OK)
        return (pt_str){0};
    pt_str root = pt_text(pt_getz(v, "data-root"));
    while (root.n > 1 && root.p[root.n - 1] == '/')
        root = pt_str_sub(root, 0, root.n - 1);
    return root;
}

// Is it a folder of its own, not a link into /usr?
static bool unmerged(const pt_host_ask *q, const char *path) {
    struct stat st;
    PT_AUTO(pt_fd_close) int fd = q->w->open(q->w, path, O_PATH | O_NOFOLLOW);
    return fd < 0 || fstat(fd, &st) != 0 || !S_ISLNK(st.st_mode);
}

// Why the rest was not seen, and what was: "…; 1000000 files in /usr, /etc and /var are fine".
static pt_fact partly(const walks *k, pt_fact walked) {
    if (!k->now.n)
        return walked;
    pt_str where = k->begun.n ? pt_arena_printf(k->q->a, "%.*s and ", PT_PRI(k->begun)) : k->begun;
    walked.reason = pt_arena_printf(
        k->q->a,
        "%.*s; what was looked at is fine: %zu files and folders in %.*s%.*s, as far as seen",
        PT_PRI(walked.reason), k->seen, PT_PRI(where), PT_PRI(k->now));
    return walked;
}

// What was found is bad, however much was not seen; finding nothing is good only if all was seen.
static pt_fact conclude(const walks *k, pt_list *found, pt_fact walked) {
    pt_value v = pt_list_end(found);
    if (!pt_defined(v))
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    if (walked.state != PT_KNOWN && !pt_len(v))
        return partly(k, walked);
    return pt_fact_known(v, PT_STR("/usr, /opt, /srv, /home, /root, /etc, /var"));
}

static void walk(const pt_host_ask *q, pt_host_memo *memo) {
    const char *chosen[PT_COUNT(folders) + PT_COUNT(old_folders) + 1] = {0};
    size_t n = 0;
    for (size_t i = 0; i < PT_COUNT(folders); i++)
        chosen[n++] = folders[i];
    for (size_t i = 0; i < PT_COUNT(old_folders); i++)
        if (unmerged(q, old_folders[i]))
            chosen[n++] = old_folders[i];
    walks k = {
        .q = q, .docker_root = docker_root(q), .setuid = {.a = q->a}, .open_folders = {.a = q->a}};
    pt_walk how = {chosen, enter, visit, &k, q->memo->walk_max};
    pt_fact walked = pt_world_walk(q->w, q->a, &how);
    memo->setuid = conclude(&k, &k.setuid, walked);
    memo->open_folders = conclude(&k, &k.open_folders, walked);
    memo->walked = true;
}

// Those that no package brings, or that stand where everyone may write.
pt_fact pt_host_setuid(const pt_host_ask *q) {
    if (!q->memo->walked)
        walk(q, q->memo);
    return q->memo->setuid;
}

// Folders in which everyone may rename and delete: without the sticky bit.
pt_fact pt_host_open_folders(const pt_host_ask *q) {
    if (!q->memo->walked)
        walk(q, q->memo);
    return q->memo->open_folders;
}
