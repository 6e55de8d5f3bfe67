// What PAM asks of logins and new passwords: pam_faillock(8), pam_pwquality(8), pam_pwhistory(8),
// by their arguments and their files in /etc/security.
#include "collect/host/provider.h"

// Debian's and the RHEL family's file of what every login, or change of a password, passes through.
static const char *const logins[] = {"/etc/pam.d/common-auth", "/etc/pam.d/system-auth"};
static const char *const changes[] = {"/etc/pam.d/common-password", "/etc/pam.d/system-auth"};

// The first line that names the module; empty if none does.
static pt_str module_line(pt_str text, pt_str module) {
    pt_str line;
    while (pt_str_split(&text, '\n', &line)) {
        line = pt_str_trim(line);
        if (!pt_str_starts(line, PT_STR("#")) && pt_str_has(line, module))
            return line;
    }
    return (pt_str){0};
}

// Known: *ret is the module's line; absent: no line names it; unknown.
static pt_fact find_module(const pt_host_ask *q, const char *const stacks[2], pt_str module,
                           pt_str *ret) {
    bool any = false;
    for (size_t i = 0; i < 2; i++) {
        pt_fact f = pt_host_text(q, stacks[i], NULL);
        if (f.state == PT_UNKNOWN)
            return f;
        any |= f.state == PT_KNOWN;
        *ret = module_line(pt_text(f.value), module);
        if (ret->n)
            return f;
    }
    return any ? pt_fact_absent(PT_STR("/etc/pam.d"))
               : pt_fact_unknown(
                     pt_arena_printf(q->a, "neither %s nor %s is there", stacks[0], stacks[1]),
                     (pt_str){0});
}

// "deny=5" of the line, else the file's, else the module's default.
static int64_t limit(pt_str line, pt_str conf, pt_str key, int64_t by_default) {
    pt_str word;
    pt_str text = {0};
    int64_t n = by_default;
    PT_IGNORE(pt_host_setting(conf, key, &text));
    while (pt_str_word(&line, &word))
        if (pt_str_starts(word, key) && word.n > key.n && word.p[key.n] == '=')
            text = pt_str_sub(word, key.n + 1, word.n);
    if (pt_str_eqz(text, "never"))
        return 0;
    return pt_str_int(text, 10, &n) ? n : by_default;
}

// {"deny": 3, "unlock_time": 600}; without unlock_time if only root unlocks. Absent: not asked.
pt_fact pt_host_faillock(const pt_host_ask *q) {
    pt_fact conf = pt_host_text(q, "/etc/security/faillock.conf", NULL);
    if (conf.state == PT_UNKNOWN)
        return conf;
    pt_str line;
    pt_fact f = find_module(q, logins, PT_STR("pam_faillock.so"), &line);
    if (f.state != PT_KNOWN)
        return f;
    pt_obj o = {.a = q->a};
    int64_t unlock = limit(line, pt_text(conf.value), PT_STR("unlock_time"), 600);
    pt_obj_set(&o, "deny", pt_int(limit(line, pt_text(conf.value), PT_STR("deny"), 3)));
    if (unlock)
        pt_obj_set(&o, "unlock_time", pt_int(unlock));
    return pt_fact_known(pt_obj_end(&o), f.source);
}

// libpwquality reads pwquality.conf.d first, so that pwquality.conf has the last word. Known: the
// text of all; or why not.
static pt_fact quality_conf(const pt_host_ask *q) {
    static const char *const dirs[] = {"/etc/security/pwquality.conf.d", NULL};
    pt_fact main = pt_host_text(q, "/etc/security/pwquality.conf", NULL);
    pt_fact paths = pt_host_fragments(q, dirs, ".conf");
    if (main.state == PT_UNKNOWN || paths.state == PT_UNKNOWN)
        return main.state == PT_UNKNOWN ? main : paths;
    pt_str all = {0};
    for (size_t i = 0; i < pt_len(paths.value); i++) {
        pt_fact f = pt_host_listed(q, pt_text(pt_at(paths.value, i)).p);
        if (f.state != PT_KNOWN)
            return f;
        all = pt_arena_printf(q->a, "%.*s%.*s\n", PT_PRI(all), PT_PRI(pt_text(f.value)));
    }
    all = pt_arena_printf(q->a, "%.*s%.*s", PT_PRI(all), PT_PRI(pt_text(main.value)));
    return all.p ? pt_fact_known(pt_string(all), PT_STR("/etc/security/pwquality.conf"))
                 : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}

// The least length that pam_pwquality(8) asks for.
pt_fact pt_host_password_length(const pt_host_ask *q) {
    pt_str line;
    pt_fact f = find_module(q, changes, PT_STR("pam_pwquality.so"), &line);
    pt_fact conf = f.state == PT_KNOWN ? quality_conf(q) : f;
    if (conf.state != PT_KNOWN)
        return conf;
    f.value = pt_int(limit(line, pt_text(conf.value), PT_STR("minlen"), 8));
    return f;
}

// How many old passwords pam_pwhistory(8) refuses.
pt_fact pt_host_password_history(const pt_host_ask *q) {
    pt_str line;
    pt_fact f = find_module(q, changes, PT_STR("pam_pwhistory.so"), &line);
    if (f.state != PT_KNOWN)
        return f;
    pt_fact conf = pt_host_text(q, "/etc/security/pwhistory.conf", NULL);
    if (conf.state == PT_UNKNOWN)
        return conf;
    f.value = pt_int(limit(line, pt_text(conf.value), PT_STR("remember"), 10));
    return f;
}
