// Modes and owners of files, and what an intruder finds among them. A package of the distribution
// is told apart from what the image itself adds.
#include "judge/image/hardening_impl.h"

static pt_verdict fails_if(bool fails) {
    return fails ? PT_FAIL : PT_NOT_APPLICABLE;
}

static pt_str name_of(const pt_file *f) {
    size_t cut = pt_str_rfind(f->path, '/');
    return cut < f->path.n ? pt_str_sub(f->path, cut + 1, f->path.n) : f->path;
}

static pt_str folder_of(const pt_file *f) {
    size_t cut = pt_str_rfind(f->path, '/');
    return pt_str_sub(f->path, 0, cut < f->path.n ? cut : 0);
}

static bool is_packaged(const pt_file *f) {
    return f->owner.n > 0;
}

// -- modes and owners -----------------------------------------------------------------------------

// Is it as its package brought it? What the image gave it is the image's.
static bool has_packages_rights(const pt_hardening *x, const pt_file *f) {
    const pt_file *was = NULL;
    return is_packaged(f) && !pt_rights_added(&x->rights, f, &was);
}

static pt_verdict own_setid(const pt_hardening *x, const pt_file *f, const char *names) {
    (void)names;
    return fails_if(f->mode & (S_ISUID | S_ISGID) && pt_file_takes_rights(f) &&
                    !has_packages_rights(x, f));
}

static pt_verdict packaged_setid(const pt_hardening *x, const pt_file *f, const char *names) {
    (void)names;
    return fails_if(pt_file_takes_rights(f) && has_packages_rights(x, f));
}

static pt_verdict capabilities(const pt_hardening *x, const pt_file *f, const char *names) {
    (void)names;
    return fails_if(f->capability.n && !has_packages_rights(x, f));
}

static pt_verdict open_file(const pt_hardening *x, const pt_file *f, const char *names) {
    (void)x, (void)names;
    return fails_if(S_ISREG(f->mode) && f->mode & S_IWOTH);
}

static pt_verdict open_folder(const pt_hardening *x, const pt_file *f, const char *names) {
    (void)x, (void)names;
    return fails_if(S_ISDIR(f->mode) && f->mode & S_IWOTH && !(f->mode & S_ISVTX));
}

// Engines lay a /dev of their own over that of the image.
static pt_verdict device(const pt_hardening *x, const pt_file *f, const char *names) {
    (void)x, (void)names;
    return fails_if((S_ISCHR(f->mode) || S_ISBLK(f->mode)) &&
                    !pt_str_starts(f->path, PT_STR("dev/")));
}

static pt_verdict ownerless(const pt_hardening *x, const pt_file *f, const char *names) {
    (void)names;
    if (f->uid == 0 || S_ISLNK(f->mode) || !pt_len(x->users) || x->users_unread)
        return PT_NOT_APPLICABLE;
    return fails_if(!pt_map_get(&x->uids, pt_hardening_id(f->uid)));
}

// -- what was left --------------------------------------------------------------------------------

static pt_verdict repository(const pt_hardening *x, const pt_file *f, const char *names) {
    (void)x, (void)names;
    return fails_if(pt_str_ends(f->path, PT_STR("/.git/HEAD")) || pt_str_eqz(f->path, ".git/HEAD"));
}

static pt_verdict cache(const pt_hardening *x, const pt_file *f, const char *names) {
    static const struct {
        pt_str folder, end;
    } rows[] = {
        {PT_STR("var/lib/apt/lists/"), PT_STR("Packages")},
        {PT_STR("var/lib/apt/lists/"), PT_STR("Packages.lz4")},
        {PT_STR("var/lib/apt/lists/"), PT_STR("Release")},
        {PT_STR("var/cache/apt/"), PT_STR(".deb")},
        {PT_STR("var/cache/apt/"), PT_STR(".bin")},
        {PT_STR("var/cache/apk/"), PT_STR(".tar.gz")},
        {PT_STR("var/cache/yum/"), PT_STR("")},
        {PT_STR("var/cache/dnf/"), PT_STR("")},
        {PT_STR("var/cache/libdnf5/"), PT_STR("")},
        {PT_STR("var/cache/zypp/"), PT_STR("")},
        {PT_STR("var/cache/pacman/pkg/"), PT_STR("")},
        {PT_STR("root/.cache/pip/"), PT_STR("")},
        {PT_STR("root/.cache/go-build/"), PT_STR("")},
        {PT_STR("root/.npm/_cacache/"), PT_STR("")},
    };
    (void)x, (void)names;
    for (size_t i = 0; S_ISREG(f->mode) && f->size && i < PT_COUNT(rows); i++)
        if (pt_str_starts(f->path, rows[i].folder) && pt_str_ends(f->path, rows[i].end))
            return PT_FAIL;
    return PT_NOT_APPLICABLE;
}

static pt_verdict dump(const pt_hardening *x, const pt_file *f, const char *names) {
    (void)x, (void)names;
    return fails_if(pt_str_eqz(pt_text(pt_getz(pt_getz(f->seen, "elf"), "kind")), "core"));
}

static pt_verdict authority(const pt_hardening *x, const pt_file *f, const char *names) {
    static const pt_str folders[] = {PT_STR("usr/local/share/ca-certificates/"),
                                     PT_STR("etc/pki/ca-trust/source/anchors/"),
                                     PT_STR("usr/share/pki/trust/anchors/")};
    (void)x, (void)names;
    for (size_t i = 0; S_ISREG(f->mode) && f->size && i < PT_COUNT(folders); i++)
        if (pt_str_starts(f->path, folders[i]))
            return fails_if(!is_packaged(f));
    return PT_NOT_APPLICABLE;
}

const pt_file_row pt_mode_rows[] = {
    {"PT-IMG-SETUID", own_setid, NULL},
    {"PT-IMG-SETUID-PKG", packaged_setid, NULL},
    {"PT-IMG-FILE-CAPS", capabilities, NULL},
    {"PT-IMG-WRITABLE", open_file, NULL},
    {"PT-IMG-STICKY", open_folder, NULL},
    {"PT-IMG-DEVICE", device, NULL},
    {"PT-IMG-OWNERLESS", ownerless, NULL},
    {"PT-IMG-GIT", repository, NULL},
    {"PT-IMG-CACHE", cache, NULL},
    {"PT-IMG-CORE", dump, NULL},
    {"PT-IMG-CA", authority, NULL},
    {0},
};

// -- tools ----------------------------------------------------------------------------------------

const char pt_shells[] = "sh bash dash ash zsh ksh mksh fish csh tcsh busybox toybox";
const char pt_package_managers[] =
    "apt apt-get dpkg aptitude apk yum dnf microdnf rpm zypper pacman opkg emerge";
const char pt_compilers[] = "gcc g++ cc c++ clang clang++ tcc go rustc javac ghc make cmake ld as";
const char pt_debuggers[] = "gdb gdbserver strace ltrace valgrind perf lldb bpftrace";
const char pt_network_tools[] =
    "nc ncat nc.openbsd nc.traditional netcat socat nmap masscan telnet tcpdump tshark hping3 ftp "
    "tftp";
const char pt_ssh_servers[] = "sshd dropbear";

static bool is_in_programs(const pt_file *f) {
    pt_str folder = folder_of(f);
    return pt_str_eqz(folder, "bin") || pt_str_eqz(folder, "sbin") ||
           pt_str_ends(folder, PT_STR("/bin")) || pt_str_ends(folder, PT_STR("/sbin"));
}

// Busybox brings a hundred names with it: those are one program.
static bool is_applet(const pt_files *files, const pt_file *f) {
    static const char *const places[] = {"bin/busybox", "usr/bin/busybox", "sbin/busybox"};
    if (pt_str_ends(f->link, PT_STR("busybox")))
        return true;
    for (size_t i = 0; f->hard && i < PT_COUNT(places); i++) {
        const pt_file *box = pt_files_at(files, pt_str_of(places[i]));
        if (box && box->size == f->size)
            return true;
    }
    return f->hard && pt_str_ends(f->link, PT_STR("bin/["));
}

bool pt_hardening_is_shell(const pt_files *files, const pt_file *f, const char *names) {
    (void)files;
    return (S_ISREG(f->mode) || S_ISLNK(f->mode)) && is_in_programs(f) &&
           pt_str_in_list(name_of(f), pt_str_of(names), ' ');
}

bool pt_hardening_is_tool(const pt_files *files, const pt_file *f, const char *names) {
    return pt_hardening_is_shell(files, f, names) && !is_applet(files, f);
}

static pt_verdict tool(const pt_hardening *x, const pt_file *f, const char *names) {
    return fails_if(pt_hardening_is_tool(x->f->files, f, names));
}

static pt_verdict shell(const pt_hardening *x, const pt_file *f, const char *names) {
    return fails_if(pt_hardening_is_shell(x->f->files, f, names));
}

const pt_file_row pt_tool_rows[] = {
    {"PT-IMG-SHELL", shell, pt_shells},         {"PT-IMG-PKGMGR", tool, pt_package_managers},
    {"PT-IMG-COMPILER", tool, pt_compilers},    {"PT-IMG-DEBUGGER", tool, pt_debuggers},
    {"PT-IMG-NETTOOL", tool, pt_network_tools}, {"PT-IMG-SSHD", tool, pt_ssh_servers},
    {"PT-IMG-SUDO", tool, "sudo doas"},         {0},
};
