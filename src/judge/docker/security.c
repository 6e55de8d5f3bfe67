#include "judge/docker/security.h"

// The words of Go's strconv.ParseBool.
static pt_docker_choice choice(pt_str v) {
    pt_str on = PT_STR("1,t,T,TRUE,true,True");
    pt_str off = PT_STR("0,f,F,FALSE,false,False");
    if (pt_str_in_list(v, on, ','))
        return PT_DOCKER_ON;
    return pt_str_in_list(v, off, ',') ? PT_DOCKER_OFF : PT_DOCKER_UNSET;
}

// "disable", "type:container_t".
static bool read_label(pt_docker_security *s, pt_str v) {
    size_t colon = pt_str_find(v, ':');
    pt_str name = pt_str_sub(v, 0, colon);
    pt_str text = pt_str_sub(v, colon + 1, v.n);
    if (pt_str_eqz(v, "disable"))
        s->label_disable = true;
    else if (pt_str_eqz(name, "type"))
        s->label_type = text;
    else if (pt_str_eqz(name, "user"))
        s->label_user = text;
    else if (pt_str_eqz(name, "role"))
        s->label_role = text;
    else if (pt_str_eqz(name, "level"))
        s->label_level = text;
    else
        return false;
    return true;
}

static bool read_named(pt_docker_security *s, pt_str name, pt_str v) {
    if (pt_str_eqz(name, "label"))
        return read_label(s, v);
    if (pt_str_eqz(name, "seccomp"))
        s->seccomp = v;
    else if (pt_str_eqz(name, "apparmor"))
        s->apparmor = v;
    else if (pt_str_eqz(name, "no-new-privileges"))
        s->no_new_privileges = choice(v);
    else if (pt_str_eqz(name, "writable-cgroups"))
        s->writable_cgroups = choice(v);
    else
        return false;
    return true;
}

static bool read_option(pt_docker_security *s, pt_str option) {
    if (pt_str_eqz(option, "no-new-privileges"))
        s->no_new_privileges = PT_DOCKER_ON;
    else if (pt_str_eqz(option, "writable-cgroups"))
        s->writable_cgroups = PT_DOCKER_ON;
    else if (pt_str_eqz(option, "disable"))
        s->label_disable = true;
    else {
        size_t at = pt_str_find(option, '=');
        at = at < option.n ? at : pt_str_find(option, ':');
        return at < option.n &&
               read_named(s, pt_str_sub(option, 0, at), pt_str_sub(option, at + 1, option.n));
    }
    return true;
}

pt_docker_security pt_docker_security_of(pt_value options) {
    pt_docker_security s = {0};
    for (size_t i = 0; i < pt_len(options); i++) {
        pt_str option = pt_text(pt_at(options, i));
        if (!read_option(&s, option) && !s.unclear.n)
            s.unclear = option.n ? option : PT_STR("an empty option");
    }
    return s;
}

static bool holds(pt_value list, pt_str text) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_str_eq(pt_text(pt_at(list, i)), text))
            return true;
    return false;
}

// These are in the lists of every version.
pt_str pt_docker_unprotected(pt_value list, bool masked) {
    pt_str wanted = masked ? PT_STR("/proc/acpi,/proc/kcore,/proc/keys,/proc/latency_stats,"
                                    "/proc/timer_list,/proc/sched_debug,/proc/scsi,/sys/firmware")
                           : PT_STR("/proc/bus,/proc/fs,/proc/irq,/proc/sys,/proc/sysrq-trigger");
    pt_str path;
    while (pt_tag_of(list) == PT_ARRAY && pt_str_split(&wanted, ',', &path))
        if (!holds(list, path))
            return path;
    return (pt_str){0};
}

bool pt_docker_user_number(pt_str s, int64_t *ret) {
    bool minus = pt_str_starts(s, PT_STR("-"));
    s = pt_str_sub(s, minus || pt_str_starts(s, PT_STR("+")) ? 1 : 0, s.n);
    int64_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || n > INT32_MAX)
            return false;
        n = n * 10 + (s.p[i] - '0');
    }
    *ret = n;
    return s.n && (!minus || n == 0) && n <= INT32_MAX;
}

pt_str pt_docker_upper(pt_arena *a, pt_str s) {
    char *to = pt_arena_take(a, s.n + 1);
    for (size_t i = 0; to && i < s.n; i++) {
        char c = s.p[i];
        to[i] = (char)(c >= 'a' && c <= 'z' ? c & ~0x20 : c);
    }
    return (pt_str){to, to ? s.n : 0};
}

pt_str pt_docker_capability(pt_arena *a, pt_str name) {
    pt_str prefix = PT_STR("CAP_");
    if (pt_str_eq_nocase(pt_str_sub(name, 0, prefix.n), prefix))
        name = pt_str_sub(name, prefix.n, name.n);
    return pt_docker_upper(a, name);
}
