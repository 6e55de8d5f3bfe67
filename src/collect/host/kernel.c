// What the running kernel says of itself: /proc and /sys.
#include <string.h>

#include "collect/host/provider.h"

// kernel.kptr_restrict -> /proc/sys/kernel/kptr_restrict. A dot inside a name is written as '/'.
static pt_str sysctl_path(const pt_host_ask *q) {
    pt_str path = pt_arena_printf(q->a, "/proc/sys/%.*s", PT_PRI(q->arg));
    char *p = pt_arena_take(q->a, path.n + 1);
    if (!p)
        return (pt_str){0};
    memcpy(p, path.p, path.n + 1);
    for (size_t i = sizeof "/proc/sys/" - 1; i < path.n; i++)
        if (p[i] == '.')
            p[i] = '/';
    return (pt_str){p, path.n};
}

static pt_value number_or_text(pt_str s) {
    int64_t i;
    return pt_str_int(s, 10, &i) ? pt_int(i) : pt_string(s);
}

// The witness for a kernel without this switch: a switch that every kernel has.
pt_fact pt_host_sysctl(const pt_host_ask *q) {
    pt_str path = sysctl_path(q);
    if (!path.p)
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    pt_fact f = pt_host_text(q, path.p, "/proc/sys/kernel/ostype");
    if (f.state == PT_KNOWN)
        f.value = number_or_text(pt_str_trim(pt_text(f.value)));
    else if (f.state == PT_UNKNOWN && !q->w->live && !f.remedy.n)
        f.remedy = PT_STR("run paratia audit on the machine itself");
    return f;
}

// Words split at blanks, double quotes keep blanks together (Documentation/admin-guide/
// kernel-parameters.rst). Of a repeated parameter the last one counts.
static bool next_parameter(pt_str *rest, pt_str *ret) {
    *rest = pt_str_trim(*rest);
    size_t n = 0;
    bool quoted = false;
    for (; n < rest->n; n++) {
        quoted ^= rest->p[n] == '"';
        if (!quoted && (rest->p[n] == ' ' || rest->p[n] == '\n' || rest->p[n] == '\t'))
            break;
    }
    *ret = pt_str_sub(*rest, 0, n);
    *rest = pt_str_sub(*rest, n, rest->n);
    return n > 0;
}

// The kernel drops the quotes around a parameter or its value.
static pt_str without_quotes(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; p && i < s.n; i++)
        if (s.p[i] != '"')
            p[n++] = s.p[i];
    return p ? (pt_str){p, n} : s;
}

pt_fact pt_host_cmdline(const pt_host_ask *q) {
    pt_fact f = pt_host_text(q, "/proc/cmdline", "/proc/cmdline");
    if (f.state != PT_KNOWN)
        return f;
    PT_VEC(pt_value) pairs = {0};
    pt_str rest = pt_text(f.value);
    pt_str word;
    while (next_parameter(&rest, &word)) {
        word = without_quotes(q->a, word);
        size_t eq = pt_str_find(word, '=');
        pt_str value = pt_str_sub(word, eq + 1, word.n);
        pt_value *key = PT_PUSH(q->a, &pairs);
        pt_value *slot = PT_PUSH(q->a, &pairs);
        if (!key || !slot)
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        // The second push may have moved the first slot.
        pairs.v[pairs.n - 2] = pt_string(pt_str_sub(word, 0, eq));
        pairs.v[pairs.n - 1] = eq < word.n ? pt_string(value) : pt_bool(true);
    }
    return pt_fact_known(pt_object_of(q->a, pairs.v, pairs.n / 2, NULL), f.source);
}

// Only what is open is listed, so that an empty list is the good state.
static pt_fact flaws_where(const pt_host_ask *q, bool (*open_flaw)(pt_str text)) {
    static const char folder[] = "/sys/devices/system/cpu/vulnerabilities";
    pt_fact names = pt_world_list(q->w, q->a, folder, "/sys/devices/system/cpu/online");
    if (names.state != PT_KNOWN)
        return names;
    pt_list open = {.a = q->a};
    for (size_t i = 0; i < pt_len(names.value); i++) {
        pt_str name = pt_text(pt_at(names.value, i));
        pt_str path = pt_arena_printf(q->a, "%s/%.*s", folder, PT_PRI(name));
        pt_fact f = pt_host_text(q, path.p, NULL);
        if (f.state != PT_KNOWN)
            return f.state == PT_UNKNOWN
                       ? f
                       : pt_fact_unknown(PT_STR("the list changed while it was read"), (pt_str){0});
        pt_str text = pt_str_trim(pt_text(f.value));
        if (open_flaw(text))
            pt_list_add(&open,
                        pt_string(pt_arena_printf(q->a, "%.*s: %.*s", PT_PRI(name), PT_PRI(text))));
    }
    return pt_fact_known(pt_list_end(&open), pt_str_of(folder));
}

static bool is_vulnerable(pt_str text) {
    bool closed = pt_str_starts(text, PT_STR("Not affected")) ||
                  pt_str_starts(text, PT_STR("Mitigation")) ||
                  pt_str_starts(text, PT_STR("KVM: Mitigation"));
    return !closed || pt_str_has(text, PT_STR("Vulnerable"));
}

pt_fact pt_host_vulnerabilities(const pt_host_ask *q) {
    return flaws_where(q, is_vulnerable);
}

// "Mitigation: Clear CPU buffers; SMT vulnerable": open between threads of one core.
static bool is_smt_vulnerable(pt_str text) {
    return pt_str_has(text, PT_STR("SMT vulnerable"));
}

pt_fact pt_host_smt_flaws(const pt_host_ask *q) {
    return flaws_where(q, is_smt_vulnerable);
}

static pt_value split_list(pt_arena *a, pt_str text, char sep) {
    pt_list l = {.a = a};
    pt_str piece;
    text = pt_str_trim(text);
    while (pt_str_split(&text, sep, &piece))
        if (piece.n)
            pt_list_add(&l, pt_string(piece));
    return pt_list_end(&l);
}

pt_fact pt_host_lsm(const pt_host_ask *q) {
    // securityfs not mounted looks like "no such file", and proves nothing about the modules.
    pt_fact f = pt_host_text(q, "/sys/kernel/security/lsm", "/sys/kernel/security/lsm");
    if (f.state == PT_KNOWN)
        f.value = split_list(q->a, pt_text(f.value), ',');
    else if (!f.remedy.n)
        f.remedy = PT_STR("mount securityfs at /sys/kernel/security");
    return f;
}

pt_fact pt_host_cgroup(const pt_host_ask *q) {
    if (!q->w->live)
        return pt_host_not_live(q, "the cgroup layout");
    pt_fact v2 = pt_world_stat(q->w, q->a, "/sys/fs/cgroup/cgroup.controllers", "/sys/fs/cgroup");
    pt_fact hybrid = pt_world_stat(q->w, q->a, "/sys/fs/cgroup/unified", "/sys/fs/cgroup");
    if (v2.state == PT_UNKNOWN || hybrid.state == PT_UNKNOWN)
        return v2.state == PT_UNKNOWN ? v2 : hybrid;
    const char *word = v2.state == PT_KNOWN ? "v2" : hybrid.state == PT_KNOWN ? "hybrid" : "v1";
    return pt_fact_known(pt_stringz(word), PT_STR("/sys/fs/cgroup"));
}

// The first line of /proc/swaps is a heading. zram never reaches a disk.
pt_fact pt_host_swaps(const pt_host_ask *q) {
    pt_fact f = pt_host_text(q, "/proc/swaps", "/proc/swaps");
    if (f.state != PT_KNOWN)
        return f;
    pt_list l = {.a = q->a};
    pt_str rest = pt_text(f.value);
    pt_str line;
    if (!pt_str_starts(rest, PT_STR("Filename")))
        return pt_fact_unknown(PT_STR("/proc/swaps: no heading, so no list of swaps"), (pt_str){0});
    for (bool heading = true; pt_str_split(&rest, '\n', &line); heading = false) {
        pt_str device;
        if (!heading && pt_str_word(&line, &device) && !pt_str_starts(device, PT_STR("/dev/zram")))
            pt_list_add(&l, pt_string(device));
    }
    f.value = pt_list_end(&l);
    return f;
}

// mountinfo escapes blanks in paths as \040 (proc(5)); the paths that checks ask for have none.
// Fields: id parent dev root MOUNTPOINT OPTIONS optional… - type source super-options.
pt_fact pt_host_mount(const pt_host_ask *q) {
    pt_fact f = pt_host_text(q, "/proc/self/mountinfo", "/proc/self/mountinfo");
    if (f.state != PT_KNOWN)
        return f;
    pt_str rest = pt_text(f.value);
    pt_str line;
    pt_value found = {0};
    while (pt_str_split(&rest, '\n', &line)) {
        pt_str field[6] = {0};
        size_t n = 0;
        while (n < PT_COUNT(field) && pt_str_word(&line, &field[n]))
            n++;
        if (n == PT_COUNT(field) && pt_str_eq(field[4], q->arg)) // the last one lies on top
            found = split_list(q->a, field[5], ',');
    }
    return pt_defined(found) ? pt_fact_known(found, f.source) : pt_fact_absent(f.source);
}
