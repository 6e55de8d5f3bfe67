// How the running kernel was built: /boot/config-RELEASE, as Debian, Ubuntu and RHEL install it,
// and what that makes of parameters that nobody gave at boot.
#include "collect/host/provider.h"

static pt_fact config_text(const pt_host_ask *q) {
    pt_fact release = pt_host_text(q, "/proc/sys/kernel/osrelease", "/proc/sys/kernel/osrelease");
    if (release.state != PT_KNOWN)
        return release;
    pt_str name = pt_str_trim(pt_text(release.value));
    return pt_host_text(q, pt_arena_printf(q->a, "/boot/config-%.*s", PT_PRI(name)).p, NULL);
}

// Some kernels come without: then nothing is known about them. Others have it packed, which is not
// unpacked here.
static pt_fact without_config(const pt_host_ask *q, pt_fact missing) {
    pt_fact packed = pt_world_stat(q->w, q->a, "/proc/config.gz", NULL);
    if (packed.state == PT_KNOWN)
        return pt_fact_unknown(
            pt_arena_printf(q->a, "%.*s; the running kernel has it packed in /proc/config.gz",
                            PT_PRI(missing.source)),
            PT_STR("zcat /proc/config.gz > /boot/config-$(uname -r)"));
    return pt_fact_unknown(pt_arena_printf(q->a, "%.*s: the kernel came without its configuration",
                                           PT_PRI(missing.source)),
                           (pt_str){0});
}

// "CONFIG_NAME=y" gives "y"; "# CONFIG_NAME is not set", or no line at all, is absent.
pt_fact pt_host_kconfig(const pt_host_ask *q) {
    pt_fact f = config_text(q);
    if (f.state == PT_ABSENT)
        return without_config(q, f);
    if (f.state != PT_KNOWN)
        return f;
    pt_str want = pt_arena_printf(q->a, "CONFIG_%.*s=", PT_PRI(q->arg));
    pt_str rest = pt_text(f.value);
    pt_str line;
    bool any = false;
    while (pt_str_split(&rest, '\n', &line)) {
        any |= pt_str_starts(line, PT_STR("CONFIG_"));
        if (pt_str_starts(line, want))
            return pt_fact_known(pt_string(pt_str_trim(pt_str_sub(line, want.n, line.n))),
                                 f.source);
    }
    return any ? pt_fact_absent(f.source)
               : pt_fact_unknown(pt_arena_printf(q->a, "%.*s holds no settings", PT_PRI(f.source)),
                                 (pt_str){0});
}

// What a parameter is when it is not given, if an option of the build is set, or is not.
static const struct default_of {
    const char *parameter, *option;
    bool set;
    const char *value;
} defaults[] = {
    {"init_on_alloc", "INIT_ON_ALLOC_DEFAULT_ON", true, "1"},
    {"randomize_kstack_offset", "RANDOMIZE_KSTACK_OFFSET_DEFAULT", true, "1"},
    {"vsyscall", "LEGACY_VSYSCALL_NONE", true, "none"},
    {"slab_nomerge", "SLAB_MERGE_DEFAULT", false, "1"},
    {"debugfs", "DEBUG_FS", false, "off"},
};

static pt_fact built_in(const pt_host_ask *q, const struct default_of *d) {
    pt_fact f = pt_host_kconfig(&(pt_host_ask){q->w, q->a, pt_str_of(d->option)});
    if (f.state == PT_UNKNOWN)
        return f;
    return (f.state == PT_KNOWN) == d->set
               ? pt_fact_known(pt_host_number_or_text(pt_str_of(d->value)), f.source)
               : pt_fact_absent(f.source);
}

// parameter/init_on_alloc: what was given at boot, else what the kernel was built to assume.
// Absent: not given, and the kernel has no default of its own for it.
pt_fact pt_host_parameter(const pt_host_ask *q) {
    pt_fact line = pt_host_cmdline(q);
    if (line.state != PT_KNOWN)
        return line;
    pt_value given = pt_get(line.value, q->arg);
    if (pt_defined(given))
        return pt_fact_known(pt_true(given) ? pt_int(1) : pt_host_number_or_text(pt_text(given)),
                             line.source);
    for (size_t i = 0; i < PT_COUNT(defaults); i++)
        if (pt_str_eqz(q->arg, defaults[i].parameter))
            return built_in(q, &defaults[i]);
    return pt_fact_absent(line.source);
}
