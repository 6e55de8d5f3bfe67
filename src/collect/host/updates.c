// Do security updates install themselves? "on", or what is missing: unattended-upgrades of Debian
// and Ubuntu, dnf-automatic of the RHEL family. Absent: the system has neither apt nor dnf.
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
