// Accounts: /etc/passwd, group, shadow, as passwd(5), group(5), shadow(5) draw them.
#include "collect/host/provider.h"

enum {
    FIELDS_MAX = 9
};

// The fields of one line; how many there are.
static size_t fields(pt_str line, pt_str ret[FIELDS_MAX]) {
    size_t n = 0;
    while (n < FIELDS_MAX && pt_str_split(&line, ':', &ret[n]))
        n++;
    return n;
}

// A uid or gid as glibc reads it (strtoul): blanks before it, a plus, zeros.
static bool id_of(pt_str s, int64_t *ret) {
    s = pt_str_trim(s);
    if (pt_str_starts(s, PT_STR("+")))
        s = pt_str_sub(s, 1, s.n);
    return pt_str_int(s, 10, ret);
}

static bool same_id(pt_str a, pt_str b) {
    int64_t x;
    int64_t y;
    return id_of(a, &x) && id_of(b, &y) && x == y;
}

// Append names of `comma_list` that are not there yet.
static void add_names(pt_list *l, pt_str comma_list) {
    pt_str name;
    while (pt_str_split(&comma_list, ',', &name))
        if (name.n)
            pt_list_add(l, pt_string(name));
}

// Whose primary group is gid.
static void add_primary(pt_list *l, pt_str passwd, pt_str gid) {
    pt_str line;
    pt_str f[FIELDS_MAX];
    while (pt_str_split(&passwd, '\n', &line))
        if (fields(line, f) >= 4 && same_id(f[3], gid))
            pt_list_add(l, pt_string(f[0]));
}

// Members of every group with this gid: the kernel knows no names.
static void add_same_gid(pt_list *l, pt_str groups, pt_str gid) {
    pt_str line;
    pt_str f[FIELDS_MAX];
    while (pt_str_split(&groups, '\n', &line))
        if (fields(line, f) >= 4 && same_id(f[2], gid))
            add_names(l, f[3]);
}

pt_fact pt_host_group(const pt_host_ask *q) {
    pt_fact group = pt_host_text(q, "/etc/group", "/etc/group");
    pt_fact passwd = pt_host_text(q, "/etc/passwd", "/etc/passwd");
    if (group.state != PT_KNOWN || passwd.state != PT_KNOWN)
        return group.state != PT_KNOWN ? group : passwd;
    pt_list l = {.a = q->a};
    pt_str rest = pt_text(group.value);
    pt_str line;
    pt_str f[FIELDS_MAX];
    bool found = false;
    while (pt_str_split(&rest, '\n', &line)) {
        if (fields(line, f) < 4 || !pt_str_eq(f[0], q->arg))
            continue;
        found = true;
        add_same_gid(&l, pt_text(group.value), f[2]);
        add_primary(&l, pt_text(passwd.value), f[2]);
    }
    return found ? pt_fact_known(pt_list_end(&l), group.source) : pt_fact_absent(group.source);
}

// Names of the lines of `path` for which `bad` holds. Neither file may be missing on a real system.
static pt_fact names_where(const pt_host_ask *q, const char *path,
                           bool (*bad)(const pt_str *f, size_t n)) {
    pt_fact file = pt_host_text(q, path, path);
    if (file.state != PT_KNOWN)
        return file;
    pt_list l = {.a = q->a};
    pt_str rest = pt_text(file.value);
    pt_str line;
    pt_str f[FIELDS_MAX];
    size_t accounts = 0;
    while (pt_str_split(&rest, '\n', &line)) {
        size_t n = fields(line, f);
        accounts += n > 1;
        if (n > 1 && bad(f, n))
            pt_list_add(&l, pt_string(f[0]));
    }
    if (!accounts)
        return pt_fact_unknown(pt_arena_printf(q->a, "%s holds no account", path), (pt_str){0});
    file.value = pt_list_end(&l);
    return file;
}

static bool is_uid0(const pt_str *f, size_t n) {
    int64_t uid;
    return n >= 4 && id_of(f[2], &uid) && uid == 0 && !pt_str_eqz(f[0], "root");
}

pt_fact pt_host_uid0(const pt_host_ask *q) {
    return names_where(q, "/etc/passwd", is_uid0);
}

static bool no_password(const pt_str *f, size_t n) {
    (void)n;
    return f[1].n == 0;
}

pt_fact pt_host_empty_passwords(const pt_host_ask *q) {
    // A password may stand in /etc/passwd itself: an empty one there needs no shadow.
    pt_fact passwd = names_where(q, "/etc/passwd", no_password);
    if (passwd.state == PT_KNOWN && pt_len(passwd.value))
        return passwd;
    pt_fact shadow = names_where(q, "/etc/shadow", no_password);
    return passwd.state == PT_KNOWN ? shadow : passwd;
}

// A lock before a hash is no other kind of hash. Kinds: crypt(5). DES has no '$' at all.
static bool weak_hash(const pt_str *f, size_t n) {
    static const char *const strong[] = {"$y$", "$gy$", "$7$",  "$6$",
                                         "$5$", "$2a$", "$2b$", "$2y$"};
    (void)n;
    pt_str hash = f[1];
    while (hash.n && hash.p[0] == '!')
        hash = pt_str_sub(hash, 1, hash.n);
    if (!hash.n || hash.p[0] == '*')
        return false;
    for (size_t i = 0; i < PT_COUNT(strong); i++)
        if (pt_str_starts(hash, pt_str_of(strong[i])))
            return false;
    // "x" and other single words match no password: locked by another name.
    return hash.p[0] == '$' || hash.p[0] == '_' || hash.n == 13;
}

pt_fact pt_host_weak_hashes(const pt_host_ask *q) {
    return names_where(q, "/etc/shadow", weak_hash);
}

// Uids below 1000 belong to services, which nobody logs in as. An empty shell is /bin/sh.
static bool system_with_shell(const pt_str *f, size_t n) {
    int64_t uid;
    if (n < 7 || !id_of(f[2], &uid) || uid == 0 || uid >= 1000)
        return false;
    pt_str shell = pt_str_trim(f[6]);
    pt_str name = pt_str_sub(shell, pt_str_rfind(shell, '/') + 1, shell.n);
    return !pt_str_in_list(name, PT_STR("nologin|false|true|sync|halt|shutdown"), '|');
}

pt_fact pt_host_system_shells(const pt_host_ask *q) {
    return names_where(q, "/etc/passwd", system_with_shell);
}
