// What stays without being reached: data that any process may ask for, what is the image's own, and
// what belongs to packages that stay.
#include "judge/image/closure_impl.h"

// Below these nothing stays but what is reached, or named in this file.
static const char *const reducible[] = {"bin",
                                        "sbin",
                                        "lib",
                                        "lib32",
                                        "lib64",
                                        "libx32",
                                        "usr",
                                        "boot",
                                        "tmp",
                                        "var/tmp",
                                        "var/cache",
                                        "var/log",
                                        "var/backups",
                                        "var/lib/apt",
                                        "var/lib/dpkg",
                                        "var/lib/pam",
                                        "var/lib/rpm",
                                        "etc/apt",
                                        "etc/dpkg",
                                        "etc/alternatives",
                                        "etc/init.d",
                                        "etc/rc0.d",
                                        "etc/rc1.d",
                                        "etc/rc2.d",
                                        "etc/rc3.d",
                                        "etc/rc4.d",
                                        "etc/rc5.d",
                                        "etc/rc6.d",
                                        "etc/rcS.d",
                                        "etc/systemd",
                                        "etc/cron.d",
                                        "etc/cron.daily",
                                        "etc/cron.hourly",
                                        "etc/cron.weekly",
                                        "etc/cron.monthly",
                                        "etc/logrotate.d",
                                        "etc/kernel",
                                        "etc/skel",
                                        NULL};

static const char *const data[] = {"etc/passwd",
                                   "etc/group",
                                   "etc/shadow",
                                   "etc/gshadow",
                                   "etc/nsswitch.conf",
                                   "etc/hosts",
                                   "etc/host.conf",
                                   "etc/hostname",
                                   "etc/resolv.conf",
                                   "etc/gai.conf",
                                   "etc/protocols",
                                   "etc/services",
                                   "etc/ethertypes",
                                   "etc/rpc",
                                   "etc/networks",
                                   "etc/ld.so.conf",
                                   "etc/ld.so.conf.d",
                                   "etc/ld.so.cache",
                                   "etc/ssl",
                                   "etc/pki",
                                   "etc/ca-certificates",
                                   "etc/ca-certificates.conf",
                                   "etc/crypto-policies",
                                   "etc/localtime",
                                   "etc/timezone",
                                   "etc/mime.types",
                                   "etc/os-release",
                                   "usr/lib/os-release",
                                   "etc/debian_version",
                                   "etc/alpine-release",
                                   "etc/redhat-release",
                                   "etc/system-release",
                                   "usr/share/zoneinfo",
                                   "usr/share/ca-certificates",
                                   "usr/local/share/ca-certificates",
                                   "usr/share/pki",
                                   "usr/lib/locale/C.utf8",
                                   "usr/lib/locale/C.UTF-8",
                                   NULL};

// Lists of packages: what they say is said of what stays (collect/image/write.h).
static const char *const records[] = {
    "var/lib/dpkg/status", "var/lib/dpkg/arch",    "lib/apk/db",     "usr/lib/apk/db",
    "var/lib/rpm",         "usr/lib/sysimage/rpm", "var/lib/pacman", NULL};

void pt_closure_data(pt_walker *x) {
    const pt_hop hop = {.need = PT_NEED_DATA};
    for (size_t i = 0; data[i]; i++)
        pt_closure_take_below(x, pt_str_of(data[i]), hop);
}

// What no package brought, outside the system's folders: what it needs stays, too.
void pt_closure_own(pt_walker *x) {
    const pt_files *files = x->ask->files;
    for (size_t i = 0; i < files->all.n; i++) {
        const pt_file *f = &files->all.v[i];
        if (!f->owner.n && !S_ISDIR(f->mode) && !pt_closure_in(f->path, reducible))
            pt_closure_take(x, f, (pt_hop){.need = PT_NEED_OWN});
    }
}

// -- packages -------------------------------------------------------------------------------------

typedef struct package {
    pt_str type, name;
    uint64_t files, bytes;
    bool stays;
} package;

static uint64_t key_of(pt_str type, pt_str name) {
    return pt_closure_hash(name) ^ (pt_closure_hash(type) << 1);
}

static package *package_of(pt_walker *x, pt_map *all, const pt_file *f) {
    uint64_t key = key_of(f->owner_type, f->owner);
    package *p = pt_map_get(all, key);
    if (p || !f->owner.n)
        return f->owner.n ? p : NULL;
    p = PT_NEW(x->a, package, 1);
    x->full |= !p || !pt_map_put(all, key, p);
    if (p)
        *p = (package){.type = f->owner_type, .name = f->owner};
    return p;
}

// A package stays if a process can need a file of it; a link that is taken on somebody's way is
// one.
static void find_packages(pt_walker *x, pt_map *all) {
    const pt_files *files = x->ask->files;
    for (size_t i = 0; i < files->all.n; i++) {
        const pt_file *f = &files->all.v[i];
        package *p = S_ISDIR(f->mode) ? NULL : package_of(x, all, f);
        if (!p)
            continue;
        p->files++;
        p->bytes += f->hard ? 0 : f->size;
        p->stays |= x->out->of[i].need != PT_NEED_NONE;
    }
}

static pt_value dropped(pt_walker *x, const pt_map *all) {
    pt_list l = {.a = x->a};
    for (size_t i = 0; i < all->cap; i++) {
        const package *p = all->keys[i] ? all->values[i] : NULL;
        if (!p || p->stays)
            continue;
        pt_obj o = {.a = x->a};
        pt_obj_set(&o, "type", pt_string(p->type));
        pt_obj_set(&o, "name", pt_string(p->name));
        pt_obj_set(&o, "files", pt_int((int64_t)p->files));
        pt_obj_set(&o, "bytes", pt_int((int64_t)p->bytes));
        pt_list_add(&l, pt_obj_end(&o));
    }
    return pt_list_end(&l);
}

// -- the rest -------------------------------------------------------------------------------------

static void keep(pt_walker *x, size_t at, pt_need need) {
    pt_needed *n = &x->out->of[at];
    if (!n->need)
        n->need = need;
}

// dpkg's own of a package: var/lib/dpkg/info/NAME.list, NAME:ARCH.md5sums;
// var/lib/dpkg/status.d/NAME; usr/share/doc/NAME/copyright. Empty: it is none of these.
static pt_str record_of(pt_str path) {
    static const pt_str info = PT_STR("var/lib/dpkg/info/");
    static const pt_str status = PT_STR("var/lib/dpkg/status.d/");
    static const pt_str doc = PT_STR("usr/share/doc/");
    pt_str rest = {0};
    if (pt_str_starts(path, doc) && pt_str_ends(path, PT_STR("/copyright"))) {
        rest = pt_str_sub(path, doc.n, path.n);
        return pt_str_sub(rest, 0, pt_str_find(rest, '/'));
    }
    if (pt_str_starts(path, status)) {
        rest = pt_str_sub(path, status.n, path.n);
        return pt_str_ends(rest, PT_STR(".md5sums")) ? pt_str_sub(rest, 0, rest.n - 8) : rest;
    }
    if (!pt_str_starts(path, info))
        return rest;
    rest = pt_str_sub(path, info.n, path.n);
    rest = pt_str_sub(rest, 0, pt_str_rfind(rest, '.'));
    return pt_str_sub(rest, 0, pt_str_find(rest, ':'));
}

static void settle(pt_walker *x, const pt_map *packages, size_t at) {
    const pt_file *f = &x->ask->files->all.v[at];
    const package *owner =
        f->owner.n ? pt_map_get(packages, key_of(f->owner_type, f->owner)) : NULL;
    pt_str of = record_of(f->path);
    const package *its = of.n ? pt_map_get(packages, key_of(PT_STR("deb"), of)) : NULL;
    bool top = pt_str_find(f->path, '/') == f->path.n;
    if (x->out->of[at].need || (S_ISDIR(f->mode) && !top))
        return;
    bool unknown = of.n && !its && pt_str_starts(f->path, PT_STR("var/lib/dpkg/status.d/"));
    if (pt_closure_in(f->path, records) || unknown || (its && its->stays))
        keep(x, at, PT_NEED_OF_KEPT);
    else if (top && S_ISLNK(f->mode)) // bin -> usr/bin
        keep(x, at, PT_NEED_FOLDER);
    else if (top || pt_closure_in(f->path, reducible))
        return;
    else if (!owner || owner->stays)
        keep(x, at, owner ? PT_NEED_OF_KEPT : PT_NEED_OWN);
}

// -- folders --------------------------------------------------------------------------------------

// From behind: what is below a folder stands behind it, but not right behind it ("a", "a-b",
// "a/c"), so the folders of what stays are noted one by one.
static void keep_folders(pt_walker *x) {
    const pt_files *files = x->ask->files;
    pt_map above = {.a = x->a};  // of something that stays
    pt_map filled = {.a = x->a}; // of anything
    for (size_t i = files->all.n; i-- > 0;) {
        const pt_file *f = &files->all.v[i];
        pt_needed *n = &x->out->of[i];
        uint64_t own = pt_closure_hash(f->path);
        size_t cut = pt_str_rfind(f->path, '/');
        uint64_t up = pt_closure_hash(pt_str_sub(f->path, 0, cut < f->path.n ? cut : 0));
        bool empty = S_ISDIR(f->mode) && !pt_map_get(&filled, own);
        bool on_way = S_ISDIR(f->mode) && pt_map_get(&above, own);
        if (empty || on_way)
            keep(x, i, PT_NEED_FOLDER);
        x->full |= !pt_map_put(&filled, up, x);
        if (n->need)
            x->full |= !pt_map_put(&above, up, x);
    }
}

void pt_closure_rest(pt_walker *x) {
    const pt_files *files = x->ask->files;
    pt_map packages = {.a = x->a};
    find_packages(x, &packages);
    for (size_t i = 0; i < files->all.n; i++)
        settle(x, &packages, i);
    keep_folders(x);
    x->out->dropped = dropped(x, &packages);
}
