// What the security modules enforce: AppArmor's profiles and SELinux's mode.
#include "collect/host/provider.h"

// Lines "docker-default (enforce)". Without AppArmor there is no such file.
static pt_fact profiles(const pt_host_ask *q) {
    return pt_host_text(q, "/sys/kernel/security/apparmor/profiles", "/sys/kernel/security/lsm");
}

// Their names are `arg` of "apparmor/enforce": those in that mode.
pt_fact pt_host_apparmor(const pt_host_ask *q) {
    pt_fact f = profiles(q);
    if (f.state != PT_KNOWN)
        return f;
    pt_str end = pt_arena_printf(q->a, " (%.*s)", PT_PRI(q->arg));
    pt_list l = {.a = q->a};
    pt_str rest = pt_text(f.value);
    pt_str line;
    while (pt_str_split(&rest, '\n', &line))
        if (pt_str_ends(line, end))
            pt_list_add(&l, pt_string(pt_str_sub(line, 0, line.n - end.n)));
    f.value = pt_list_end(&l);
    return f;
}

// 1: enforcing. Where SELinux is not active its file system is not mounted.
pt_fact pt_host_selinux(const pt_host_ask *q) {
    pt_fact f = pt_host_text(q, "/sys/fs/selinux/enforce", "/sys/fs");
    if (f.state == PT_KNOWN)
        f.value = pt_host_number_or_text(pt_str_trim(pt_text(f.value)));
    return f;
}
