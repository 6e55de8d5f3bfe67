// Kernel modules: which may still be loaded (modprobe.d(5)), and whether they need a signature.
#include "collect/host/provider.h"

static const char *const modprobe_dirs[] = {
    "/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", NULL};

// The text of all fragments, one after the other.
static pt_fact modprobe_text(const pt_host_ask *q) {
    pt_fact paths = pt_host_fragments(q, modprobe_dirs, ".conf");
    if (paths.state == PT_UNKNOWN)
        return paths;
    pt_str all = {0};
    for (size_t i = 0; i < pt_len(paths.value); i++) {
        pt_fact f = pt_host_listed(q, pt_text(pt_at(paths.value, i)).p);
        if (f.state != PT_KNOWN)
            return f;
        all = pt_arena_printf(q->a, "%.*s\n%.*s", PT_PRI(all), PT_PRI(pt_text(f.value)));
    }
    return pt_fact_known(pt_string(all), PT_STR("/etc/modprobe.d"));
}

// Names of modules are the same with '-' and '_'.
static bool same_module(pt_str a, pt_str b) {
    bool same = a.n == b.n;
    for (size_t i = 0; same && i < a.n; i++)
        same = (a.p[i] == '-' ? '_' : a.p[i]) == (b.p[i] == '-' ? '_' : b.p[i]);
    return same;
}

// "install NAME /bin/false": a blacklist alone stops aliases, not modprobe NAME.
static bool is_blocked(pt_str conf, pt_str module) {
    pt_str line;
    while (pt_str_split(&conf, '\n', &line)) {
        pt_str word;
        pt_str name;
        pt_str program;
        if (pt_str_word(&line, &word) && pt_str_eqz(word, "install") && pt_str_word(&line, &name) &&
            same_module(name, module) && pt_str_word(&line, &program))
            return pt_str_ends(program, PT_STR("/false")) || pt_str_ends(program, PT_STR("/true"));
    }
    return false;
}

// Does a line of modules.dep or modules.builtin begin with ".../NAME.ko"?
static bool is_listed(pt_str text, pt_str module) {
    pt_str line;
    while (pt_str_split(&text, '\n', &line)) {
        pt_str path = pt_str_sub(line, 0, pt_str_find(line, ':'));
        pt_str file = pt_str_sub(path, pt_str_rfind(path, '/') + 1, path.n);
        if (same_module(pt_str_sub(file, 0, pt_str_find(file, '.')), module))
            return true;
    }
    return false;
}

typedef struct tree {
    pt_fact dep, builtin; // of /lib/modules/RELEASE
} tree;

static pt_fact read_tree(const pt_host_ask *q, tree *ret) {
    pt_fact release = pt_host_text(q, "/proc/sys/kernel/osrelease", "/proc/sys/kernel/osrelease");
    if (release.state != PT_KNOWN)
        return release;
    pt_str name = pt_str_trim(pt_text(release.value));
    ret->dep = pt_host_text(
        q, pt_arena_printf(q->a, "/lib/modules/%.*s/modules.dep", PT_PRI(name)).p, NULL);
    ret->builtin = pt_host_text(
        q, pt_arena_printf(q->a, "/lib/modules/%.*s/modules.builtin", PT_PRI(name)).p, NULL);
    if (ret->builtin.state == PT_UNKNOWN)
        return ret->builtin;
    return ret->dep.state == PT_ABSENT // its source says what is missing
               ? pt_fact_unknown(pt_arena_printf(q->a, "%.*s: the kernel's modules are not listed",
                                                 PT_PRI(ret->dep.source)),
                                 (pt_str){0})
               : ret->dep;
}

// modules-open/cramfs,hfs: those of them that the kernel has and that nothing blocks.
pt_fact pt_host_modules_open(const pt_host_ask *q) {
    tree t;
    pt_fact there = read_tree(q, &t);
    pt_fact conf = modprobe_text(q);
    if (there.state != PT_KNOWN || conf.state != PT_KNOWN)
        return there.state != PT_KNOWN ? there : conf;
    pt_list open = {.a = q->a};
    pt_str rest = q->arg;
    pt_str module;
    while (pt_str_split(&rest, ',', &module)) {
        bool loadable =
            is_listed(pt_text(t.dep.value), module) && !is_blocked(pt_text(conf.value), module);
        if (loadable || is_listed(pt_text(t.builtin.value), module))
            pt_list_add(&open, pt_string(module));
    }
    return pt_fact_known(pt_list_end(&open), conf.source);
}

// "none [integrity] confidentiality": the word in brackets. A kernel without lockdown has no file.
pt_fact pt_host_lockdown(const pt_host_ask *q) {
    pt_fact f = pt_host_text(q, "/sys/kernel/security/lockdown", "/sys/kernel/security/lsm");
    if (f.state != PT_KNOWN)
        return f;
    pt_str text = pt_text(f.value);
    size_t open = pt_str_find(text, '[');
    size_t close = pt_str_find(text, ']');
    if (open >= close || close == text.n)
        return pt_fact_unknown(PT_STR("/sys/kernel/security/lockdown chooses nothing"),
                               (pt_str){0});
    f.value = pt_string(pt_str_sub(text, open + 1, close));
    return f;
}

// "enforced" or "not enforced": by its own switch, or by lockdown, which implies it.
pt_fact pt_host_module_signatures(const pt_host_ask *q) {
    static const char path[] = "/sys/module/module/parameters/sig_enforce";
    pt_fact own = pt_host_text(q, path, NULL);
    if (own.state == PT_KNOWN && pt_str_eqz(pt_str_trim(pt_text(own.value)), "Y"))
        return pt_fact_known(pt_stringz("enforced"), own.source);
    pt_fact lockdown = pt_host_lockdown(q);
    if (lockdown.state == PT_KNOWN && !pt_str_eqz(pt_text(lockdown.value), "none"))
        return pt_fact_known(pt_stringz("enforced"), lockdown.source);
    if (own.state == PT_UNKNOWN || lockdown.state == PT_UNKNOWN)
        return own.state == PT_UNKNOWN ? own : lockdown;
    return pt_fact_known(pt_stringz("not enforced"), pt_str_of(path));
}
