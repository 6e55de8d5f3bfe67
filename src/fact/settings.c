#include "fact/settings.h"

typedef struct row {
    const char *path; // "*": a name; without "/" before it: in any folder
    const char *kind;
} row;

// Those of one folder stand together.
static const row rows[] = {
    {"/etc/passwd", "passwd"},
    {"/etc/shadow", "shadow"},
    {"/etc/group", "group"},
    {"/etc/sudoers", "sudoers"},
    {"/etc/doas.conf", "doas"},
    {"/etc/yum.conf", "yum"},
    {"/etc/ld.so.preload", "preload"},
    {"/etc/pip.conf", "pip"},
    {"/etc/npmrc", "npm"},
    {"/etc/sudoers.d/*", "sudoers"},
    {"/etc/doas.d/*.conf", "doas"},
    {"/etc/ssh/sshd_config", "sshd"},
    {"/etc/ssh/sshd_config.d/*.conf", "sshd"},
    {"/etc/apt/sources.list", "apt sources"},
    {"/etc/apt/apt.conf", "apt"},
    {"/etc/apt/sources.list.d/*", "apt sources"},
    {"/etc/apt/apt.conf.d/*", "apt"},
    {"/etc/dnf/dnf.conf", "yum"},
    {"/etc/yum.repos.d/*.repo", "yum"},
    {"/etc/zypp/repos.d/*.repo", "yum"},
    {"/etc/ssl/openssl.cnf", "openssl"},
    {"/etc/pki/tls/openssl.cnf", "openssl"},
    {"/usr/lib/ssl/openssl.cnf", "openssl"},
    {"/usr/etc/sudoers", "sudoers"}, // the vendor's, where nothing stands in /etc
    {"/usr/etc/sudoers.d/*", "sudoers"},
    {"/usr/etc/ssh/sshd_config", "sshd"},
    {"/usr/etc/ssh/sshd_config.d/*.conf", "sshd"},
    {"/var/lib/extrausers/passwd", "passwd"}, // libnss-extrausers
    {"/var/lib/extrausers/shadow", "shadow"},
    {"/var/lib/extrausers/group", "group"},
    {".config/pip/pip.conf", "pip"},
    {".pip/pip.conf", "pip"},
    {".npmrc", "npm"},
    {".netrc", "netrc"},
    {".pypirc", "pypirc"},
    {".pgpass", "passwords"},
    {".git-credentials", "passwords"},
    {".docker/config.json", "docker"},
};

static bool fits(pt_str pattern, pt_str path) {
    bool rooted = pt_str_starts(pattern, PT_STR("/"));
    pt_str p = pt_str_sub(pattern, rooted, pattern.n);
    size_t star = pt_str_find(p, '*');
    if (!rooted)
        return pt_str_ends(path, p) && (path.n == p.n || path.p[path.n - p.n - 1] == '/');
    if (star == p.n)
        return pt_str_eq(path, p);
    pt_str end = pt_str_sub(p, star + 1, p.n);
    pt_str name = pt_str_sub(path, star, path.n);
    return pt_str_starts(path, pt_str_sub(p, 0, star)) && name.n > end.n &&
           pt_str_ends(name, end) && pt_str_find(name, '/') == name.n;
}

// Most files of an image are none: they are told from the others by little.
static bool is_near(pt_str path) {
    static const pt_str folders[] = {PT_STR("etc/"), PT_STR("usr/etc/"), PT_STR("usr/lib/ssl/"),
                                     PT_STR("var/lib/extrausers/")};
    size_t cut = pt_str_rfind(path, '/');
    pt_str name = cut < path.n ? pt_str_sub(path, cut + 1, path.n) : path;
    for (size_t i = 0; i < PT_COUNT(folders); i++)
        if (pt_str_starts(path, folders[i]))
            return true;
    return pt_str_starts(name, PT_STR(".")) || pt_str_eqz(name, "pip.conf") ||
           pt_str_eqz(name, "config.json");
}

const char *pt_settings_kind(pt_str path) {
    for (size_t i = 0; is_near(path) && i < PT_COUNT(rows); i++)
        if (fits(pt_str_of(rows[i].path), path))
            return rows[i].kind;
    return NULL;
}

static pt_str folder_of(size_t i) {
    pt_str path = pt_str_of(rows[i].path);
    return pt_str_starts(path, PT_STR("/")) ? pt_str_sub(path, 1, pt_str_rfind(path, '/'))
                                            : (pt_str){0};
}

bool pt_settings_folder(size_t *at, pt_str *ret) {
    for (size_t i = *at; i < PT_COUNT(rows); i++) {
        pt_str folder = folder_of(i);
        if (!folder.n || (i && pt_str_eq(folder, folder_of(i - 1))))
            continue;
        *at = i + 1;
        *ret = folder;
        return true;
    }
    return false;
}
