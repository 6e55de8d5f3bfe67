// Where systemd's journal is kept: journald.conf(5) and its fragments.
#include "collect/host/provider.h"

static const char *const fragment_dirs[] = {
    "/etc/systemd/journald.conf.d", "/run/systemd/journald.conf.d",
    "/usr/local/lib/systemd/journald.conf.d", "/usr/lib/systemd/journald.conf.d", NULL};

// The last Storage= of the main file and, after it, the fragments. Known, absent, or why not.
static pt_fact storage(const pt_host_ask *q) {
    pt_fact main = pt_host_text(q, "/etc/systemd/journald.conf", NULL);
    pt_fact paths = pt_host_fragments(q, fragment_dirs, ".conf");
    if (main.state == PT_UNKNOWN || paths.state == PT_UNKNOWN)
        return main.state == PT_UNKNOWN ? main : paths;
    pt_fact found = pt_fact_absent(main.source);
    pt_str value;
    if (pt_host_setting(pt_text(main.value), PT_STR("Storage"), &value))
        found = pt_fact_known(pt_string(value), main.source);
    for (size_t i = 0; i < pt_len(paths.value); i++) {
        pt_fact f = pt_host_listed(q, pt_text(pt_at(paths.value, i)).p);
        if (f.state != PT_KNOWN)
            return f;
        if (pt_host_setting(pt_text(f.value), PT_STR("Storage"), &value))
            found = pt_fact_known(pt_string(value), f.source);
    }
    return found;
}

// "persistent", "volatile" or "none": "auto", the default, is what /var/log/journal makes of it.
pt_fact pt_host_journal(const pt_host_ask *q) {
    pt_fact daemon = pt_world_stat(q->w, q->a, "/usr/lib/systemd/systemd-journald", NULL);
    if (daemon.state != PT_KNOWN)
        return daemon;
    pt_fact f = storage(q);
    if (f.state == PT_UNKNOWN || (f.state == PT_KNOWN && !pt_str_eqz(pt_text(f.value), "auto")))
        return f;
    pt_fact folder = pt_world_stat(q->w, q->a, "/var/log/journal", NULL);
    if (folder.state == PT_UNKNOWN)
        return folder;
    return pt_fact_known(pt_stringz(folder.state == PT_KNOWN ? "persistent" : "volatile"),
                         folder.source);
}
