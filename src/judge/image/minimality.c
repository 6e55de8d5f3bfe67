#include "judge/image/hardening_impl.h"

// What costs points: `points` for every `per` of them, `most` in all. docs/hardening.md has the
// same table.
typedef struct cost {
    const char *what;
    unsigned points, per, most;
    bool (*is)(const pt_files *files, const pt_file *f, const char *names);
    const char *names;
} cost;

static bool takes_rights(const pt_files *files, const pt_file *f, const char *names) {
    (void)files, (void)names;
    bool set = f->mode & S_ISUID || (f->mode & S_ISGID && f->mode & S_IXGRP);
    return S_ISREG(f->mode) && (set || f->capability.n);
}

static bool is_interpreter(const pt_files *files, const pt_file *f, const char *names) {
    return !S_ISLNK(f->mode) && pt_hardening_is_tool(files, f, names);
}

static bool is_file(const pt_files *files, const pt_file *f, const char *names) {
    (void)files, (void)names;
    return S_ISREG(f->mode);
}

static bool is_ownerless(const pt_files *files, const pt_file *f, const char *names) {
    (void)files, (void)names;
    return S_ISREG(f->mode) && !f->owner.n;
}

static bool is_text(const pt_files *files, const pt_file *f, const char *names) {
    static const pt_str folders[] = {PT_STR("usr/share/doc/"),  PT_STR("usr/share/man/"),
                                     PT_STR("usr/share/info/"), PT_STR("usr/share/locale/"),
                                     PT_STR("var/cache/"),      PT_STR("var/lib/apt/lists/")};
    (void)files, (void)names;
    for (size_t i = 0; S_ISREG(f->mode) && i < PT_COUNT(folders); i++)
        if (pt_str_starts(f->path, folders[i]))
            return true;
    return false;
}

static const char packages[] = "packages";
static const char interpreters[] =
    "python python2 python3 python3.9 python3.10 python3.11 python3.12 python3.13 perl ruby node "
    "php lua tclsh java";

static const cost costs[] = {
    {"a shell", 10, 0, 10, pt_hardening_is_shell, pt_shells},
    {"package managers", 10, 0, 10, pt_hardening_is_tool, pt_package_managers},
    {"compilers", 15, 0, 15, pt_hardening_is_tool, pt_compilers},
    {"interpreters", 4, 1, 12, is_interpreter, interpreters},
    {"network tools", 2, 1, 8, pt_hardening_is_tool,
     "nc ncat nc.openbsd nc.traditional netcat socat nmap masscan telnet tcpdump tshark hping3 ftp "
     "tftp curl wget ssh scp rsync"},
    {"debug tools", 3, 1, 6, pt_hardening_is_tool, pt_debuggers},
    {"an SSH server", 8, 0, 8, pt_hardening_is_tool, pt_ssh_servers},
    {"setuid, setgid, capabilities", 1, 1, 10, takes_rights, NULL},
    {packages, 1, 10, 15, NULL, NULL},
    {"files", 1, 1000, 10, is_file, NULL},
    {"files of no package", 1, 1000, 5, is_ownerless, NULL},
    {"documents, translations, caches", 1, 500, 5, is_text, NULL},
};

static uint64_t count(const pt_image_facts *f, const cost *c) {
    uint64_t n = 0;
    if (!c->is)
        return pt_len(pt_getz(f->doc, "packages"));
    for (size_t i = 0; i < f->files->all.n; i++)
        n += c->is(f->files, &f->files->all.v[i], c->names);
    return n;
}

static unsigned points_of(const cost *c, uint64_t n) {
    uint64_t points = !n ? 0 : c->per ? n / c->per * c->points : c->points;
    return points < c->most ? (unsigned)points : c->most;
}

// Dearest first; there are a dozen.
static void insert(pt_list *l, pt_value v, unsigned points) {
    size_t i = l->items.n;
    pt_list_add(l, v);
    for (; i && i < l->items.n; i--) {
        int64_t before = 0;
        if (!pt_to_int(pt_getz(l->items.v[i - 1], "points"), &before) || before >= points)
            return;
        l->items.v[i] = l->items.v[i - 1];
        l->items.v[i - 1] = v;
    }
}

pt_code pt_minimality(const pt_image_facts *f, pt_arena *a, pt_value *ret, pt_err *e) {
    pt_list l = {.a = a};
    pt_obj o = {.a = a};
    unsigned sum = 0;
    for (size_t i = 0; i < PT_COUNT(costs); i++) {
        uint64_t n = count(f, &costs[i]);
        unsigned points = points_of(&costs[i], n);
        pt_obj one = {.a = a};
        pt_obj_set(&one, "what", pt_stringz(costs[i].what));
        pt_obj_set(&one, "n", pt_int((int64_t)n));
        pt_obj_set(&one, "points", pt_int(points));
        pt_obj_set(&one, "most", pt_int(costs[i].most));
        insert(&l, pt_obj_end(&one), points);
        sum += points;
    }
    pt_obj_set(&o, "score", pt_int(sum < 100 ? 100 - (int64_t)sum : 0));
    pt_obj_set(&o, "costs", pt_list_end(&l));
    *ret = pt_obj_end(&o);
    return pt_defined(*ret) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
