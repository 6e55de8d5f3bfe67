// Do security updates install themselves, and does the newest kernel run? "on", or what is missing:
// unattended-upgrades of Debian and Ubuntu, dnf-automatic of the RHEL family. Absent: the system
// has neither apt nor dnf.
#include "base/debversion.h"
#include "collect/host/provider.h"

static pt_fact off(const char *why, pt_str source) {
    return pt_fact_known(pt_stringz(why), source);
}

// A timer that is masked is a link to /dev/null: listed, but no file.
static pt_fact is_masked(const pt_host_ask *q, const char *timer, bool *ret) {
    static const char folder[] = "/etc/systemd/system";
    pt_fact names = pt_world_list(q->w, q->a, folder, NULL);
    *ret = false;
    for (size_t i = 0; names.state == PT_KNOWN && i < pt_len(names.value); i++) {
        if (!pt_str_eqz(pt_text(pt_at(names.value, i)), timer))
            continue;
        pt_fact f =
            pt_world_stat(q->w, q->a, pt_arena_printf(q->a, "%s/%s", folder, timer).p, NULL);
        if (f.state == PT_UNKNOWN)
            return f;
        *ret = !pt_str_eqz(pt_text(pt_getz(f.value, "type")), "file");
    }
    return names;
}

static pt_fact apt_updates(const pt_host_ask *q) {
    pt_fact program = pt_world_stat(q->w, q->a, "/usr/bin/unattended-upgrade", NULL);
    pt_fact upgrade = pt_host_apt_setting(q, "APT::Periodic::Unattended-Upgrade");
    pt_fact enable = pt_host_apt_setting(q, "APT::Periodic::Enable");
    bool masked;
    pt_fact timer = is_masked(q, "apt-daily-upgrade.timer", &masked);
    const pt_fact all[] = {program, upgrade, enable, timer};
    for (size_t i = 0; i < PT_COUNT(all); i++)
        if (all[i].state == PT_UNKNOWN)
            return all[i];
    if (program.state == PT_ABSENT)
        return off("unattended-upgrades is not installed", program.source);
    if (upgrade.state == PT_ABSENT)
        return off("APT::Periodic::Unattended-Upgrade is unset", upgrade.source);
    if (pt_str_in_list(pt_text(upgrade.value), PT_STR("0||false|no"), '|'))
        return off("APT::Periodic::Unattended-Upgrade is 0", upgrade.source);
    if (enable.state == PT_KNOWN && pt_str_eqz(pt_text(enable.value), "0"))
        return off("APT::Periodic::Enable is 0", enable.source);
    if (masked)
        return off("apt-daily-upgrade.timer is masked", timer.source);
    return pt_fact_known(pt_stringz("on"), upgrade.source);
}

static pt_fact dnf_updates(const pt_host_ask *q) {
    static const char wants[] = "/etc/systemd/system/timers.target.wants";
    pt_fact timers = pt_world_list(q->w, q->a, wants, NULL);
    pt_fact conf = pt_host_text(q, "/etc/dnf/automatic.conf", NULL);
    if (timers.state == PT_UNKNOWN || conf.state == PT_UNKNOWN)
        return timers.state == PT_UNKNOWN ? timers : conf;
    bool plain = false;
    for (size_t i = 0; i < pt_len(timers.value); i++) {
        pt_str name = pt_text(pt_at(timers.value, i));
        if (pt_str_eqz(name, "dnf-automatic-install.timer")) // installs, whatever the file says
            return pt_fact_known(pt_stringz("on"), timers.source);
        plain |= pt_str_eqz(name, "dnf-automatic.timer");
    }
    if (!plain)
        return off("no timer of dnf-automatic is enabled", timers.source);
    pt_str apply = {0};
    bool set = pt_host_setting(pt_text(conf.value), PT_STR("apply_updates"), &apply);
    bool on = set && pt_str_in_list(apply, PT_STR("yes|true|1|True"), '|');
    return on ? pt_fact_known(pt_stringz("on"), conf.source)
              : off("apply_updates is not set", conf.source);
}

pt_fact pt_host_updates(const pt_host_ask *q) {
    pt_fact apt = pt_world_stat(q->w, q->a, "/etc/apt", NULL);
    if (apt.state != PT_ABSENT)
        return apt.state == PT_UNKNOWN ? apt : apt_updates(q);
    pt_fact dnf = pt_world_stat(q->w, q->a, "/etc/dnf", NULL);
    return dnf.state == PT_KNOWN ? dnf_updates(q) : dnf;
}

// -- the kernel -----------------------------------------------------------------------------------

// "cloud-amd64" of "6.1.0-25-cloud-amd64": the parts at the end that begin with a letter. Kernels
// of other flavours are no successors.
static pt_str flavour(pt_str release) {
    size_t from = release.n;
    while (from > 0) {
        size_t hyphen = pt_str_rfind(pt_str_sub(release, 0, from), '-');
        size_t begin = hyphen < from ? hyphen + 1 : 0;
        bool digit = begin < from && release.p[begin] >= '0' && release.p[begin] <= '9';
        if (begin == 0 || digit || begin == from)
            break;
        from = hyphen;
    }
    return pt_str_sub(release, from, release.n);
}

// {"running": "6.1.0-25-amd64", "newest": "6.1.0-26-amd64"}. Absent: no kernel of the running one's
// flavour is in /boot.
pt_fact pt_host_kernel_newest(const pt_host_ask *q) {
    if (!q->w->live)
        return pt_host_not_live(q, "the kernel that runs");
    pt_fact f = pt_host_text(q, "/proc/sys/kernel/osrelease", "/proc/sys/kernel/osrelease");
    pt_fact names = pt_world_list(q->w, q->a, "/boot", "/etc");
    if (f.state != PT_KNOWN || names.state != PT_KNOWN)
        return f.state != PT_KNOWN ? f : names;
    pt_str running = pt_str_trim(pt_text(f.value));
    pt_str newest = {0};
    for (size_t i = 0; i < pt_len(names.value); i++) {
        pt_str name = pt_text(pt_at(names.value, i));
        pt_str release = pt_str_sub(name, sizeof "vmlinuz-" - 1, name.n);
        if (!pt_str_starts(name, PT_STR("vmlinuz-")) || pt_str_ends(name, PT_STR(".old")) ||
            pt_str_has(name, PT_STR("-rescue-")))
            continue;
        if (pt_str_eq(flavour(release), flavour(running)) &&
            (!newest.n || pt_debversion_cmp(newest, release) < 0))
            newest = release;
    }
    pt_obj o = {.a = q->a};
    if (!newest.n)
        return pt_fact_absent(PT_STR("/boot"));
    pt_obj_set(&o, "running", pt_string(running));
    pt_obj_set(&o, "newest", pt_string(newest));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, PT_STR("/boot"))
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}
