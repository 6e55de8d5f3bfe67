// What PAM asks of logins: pam_faillock(8), by its arguments and /etc/security/faillock.conf.
#include "collect/host/provider.h"

// Debian's and the RHEL family's file of what every login passes through.
static const char *const stacks[] = {"/etc/pam.d/common-auth", "/etc/pam.d/system-auth"};

// The first line that names the module; empty if none does.
static pt_str module_line(pt_str text) {
    pt_str line;
    while (pt_str_split(&text, '\n', &line)) {
        line = pt_str_trim(line);
        if (!pt_str_starts(line, PT_STR("#")) && pt_str_has(line, PT_STR("pam_faillock.so")))
            return line;
    }
    return (pt_str){0};
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
    pt_fact f = {0};
    bool any = false;
    for (size_t i = 0; i < PT_COUNT(stacks); i++) {
        f = pt_host_text(q, stacks[i], NULL);
        if (f.state == PT_UNKNOWN)
            return f;
        any |= f.state == PT_KNOWN;
        pt_str line = module_line(pt_text(f.value));
        if (!line.n)
            continue;
        pt_obj o = {.a = q->a};
        int64_t unlock = limit(line, pt_text(conf.value), PT_STR("unlock_time"), 600);
        pt_obj_set(&o, "deny", pt_int(limit(line, pt_text(conf.value), PT_STR("deny"), 3)));
        if (unlock)
            pt_obj_set(&o, "unlock_time", pt_int(unlock));
        return pt_fact_known(pt_obj_end(&o), f.source);
    }
    return any ? pt_fact_absent(PT_STR("/etc/pam.d"))
               : pt_fact_unknown(PT_STR("neither common-auth nor system-auth is in /etc/pam.d"),
                                 (pt_str){0});
}
