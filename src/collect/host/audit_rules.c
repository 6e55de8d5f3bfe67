// Reading of audit rules (audit_rules.h). What auditctl would refuse makes the answer unknown: it
// stops there, and the rules behind it are never loaded.
#include "collect/host/audit_rules.h"

#include <string.h>

typedef enum rule_kind {
    NO_RULE,
    RULE, // -w, -a exit
    REMOVES,
    EXCLUDES,
    TASK,
    FILES,
    HARMLESS, // -a user and the like
    REFUSED,
} rule_kind;

// A line while it is read.
typedef struct reader {
    pt_arena *a;
    pt_audit_rules *all;
    bool merged; // by augenrules: "-D" comes first, "-e" last
    pt_audit_rule rule;
    rule_kind kind;
    bool first;      // -A: before the others
    bool known_type; // of an exclude: only records that nobody is asked about
    bool known_fs;   // of a filesystem rule: one of the kernel's own
} reader;

static bool one_of(pt_str word, const char *list) {
    return word.n && pt_str_in_list(word, pt_str_of(list), ',');
}

bool pt_audit_below(pt_str watched, pt_str path) {
    while (watched.n > 1 && watched.p[watched.n - 1] == '/')
        watched = pt_str_sub(watched, 0, watched.n - 1);
    return pt_str_starts(path, watched) &&
           (path.n == watched.n || watched.n == 1 || path.p[watched.n] == '/');
}

// -- one line -------------------------------------------------------------------------------------

// "always,exit" or "exit,always".
static void read_list(reader *k, pt_str word, bool removes) {
    pt_str list = word;
    pt_str action;
    pt_str_split(&list, ',', &action);
    if (one_of(list, "always,never,possible")) {
        pt_str swap = list;
        list = action;
        action = swap;
    }
    bool understood = one_of(action, "always,never,possible") &&
                      one_of(list, "exit,entry,task,user,exclude,filesystem,io_uring");
    k->rule.never = pt_str_eqz(action, "never");
    if (!understood)
        k->kind = REFUSED;
    else if (removes)
        k->kind = pt_str_eqz(list, "exit") ? REMOVES : HARMLESS;
    else if (pt_str_eqz(list, "exclude"))
        k->kind = EXCLUDES;
    else if (pt_str_eqz(list, "task"))
        k->kind = k->rule.never ? TASK : HARMLESS;
    else if (pt_str_eqz(list, "filesystem"))
        k->kind = k->rule.never ? FILES : HARMLESS;
    else
        k->kind = pt_str_eqz(list, "exit") && !pt_str_eqz(action, "possible") ? RULE : HARMLESS;
}

static bool is_unset(pt_str uid) {
    return one_of(uid, "unset,-1,4294967295");
}

// Who logged in. Everybody who did, as CIS has it, or all that nobody did, narrows otherwise.
static void read_auid(pt_audit_rule *r, pt_str op, pt_str value) {
    int64_t uid = 0;
    bool number = pt_str_int(value, 10, &uid);
    bool users = (pt_str_eqz(op, "!=") && is_unset(value)) ||
                 (number && pt_str_eqz(op, ">=") && uid >= 0 && uid <= 1000) ||
                 (number && pt_str_eqz(op, ">") && uid >= 0 && uid < 1000);
    bool daemons = pt_str_eqz(op, "=") && is_unset(value);
    r->users |= users;
    r->daemons |= daemons;
    r->narrow |= !users;
}

// Names of records that hold who did what: an exclude of these, or of numbers, takes them away.
static bool is_other_record(pt_str name) {
    for (size_t i = 0; i < name.n; i++)
        if ((name.p[i] < 'A' || name.p[i] > 'Z') && name.p[i] != '_')
            return false;
    return name.n && !one_of(name, "SYSCALL,PATH,EXECVE,SOCKADDR,KERN_MODULE");
}

// "-F arch=b64", "-F auid>=1000". False: auditctl knows no such field.
static bool read_field(reader *k, pt_str word) {
    static const char others[] =
        "a0,a1,a2,a3,devmajor,devminor,egid,euid,exe,exit,filetype,fsgid,fstype,fsuid,gid,inode,"
        "key,"
        "msgtype,obj_gid,obj_uid,obj_user,obj_role,obj_type,obj_lev_low,obj_lev_high,pers,pid,ppid,"
        "saddr_fam,sessionid,sgid,subj_user,subj_role,subj_type,subj_sen,subj_clr,success,suid,uid,"
        "field_compare";
    pt_audit_rule *r = &k->rule;
    size_t n = 0;
    size_t end;
    while (n < word.n && !strchr("=!<>&", word.p[n]))
        n++;
    for (end = n; end < word.n && strchr("=!<>&", word.p[end]);)
        end++;
    pt_str name = pt_str_sub(word, 0, n);
    pt_str op = pt_str_sub(word, n, end);
    pt_str value = pt_str_sub(word, end, word.n);
    bool equal = pt_str_eqz(op, "=");
    if (one_of(name, "auid,loginuid")) {
        read_auid(r, op, value);
    } else if (one_of(name, "path,dir,arch,perm")) {
        pt_str *into = pt_str_eqz(name, "arch")   ? &r->arch
                       : pt_str_eqz(name, "perm") ? &r->perm
                                                  : &r->path;
        r->exact |= pt_str_eqz(name, "path");
        r->narrow |= !equal;
        if (equal)
            *into = value;
    } else if (pt_str_eqz(name, "a0") && equal && one_of(value, "0,0x0")) {
        r->zero = true;
    } else {
        k->known_type |= pt_str_eqz(name, "msgtype") && equal && is_other_record(value);
        k->known_fs |= pt_str_eqz(name, "fstype") && equal && one_of(value, "debugfs,tracefs");
        r->narrow |= !pt_str_eqz(name, "key");
    }
    return op.n && (one_of(name, "auid,loginuid,path,dir,arch,perm") || one_of(name, others));
}

static void read_watch(reader *k, pt_str path, rule_kind kind) {
    k->rule.path = path;
    k->kind = path.n && path.p[0] == '/' ? kind : REFUSED;
}

// An option with its argument. False: auditctl does not know it.
static bool read_option(reader *k, char option, pt_str word) {
    pt_audit_rule *r = &k->rule;
    switch (option) {
    case 'w':
        read_watch(k, word, RULE);
        return true;
    case 'W':
        read_watch(k, word, REMOVES);
        return true;
    case 'p':
        r->perm = word;
        return true;
    case 'a':
    case 'A':
    case 'd':
        k->first = option == 'A';
        read_list(k, word, option == 'd');
        return true;
    case 'S':
        r->calls =
            r->calls.n ? pt_arena_printf(k->a, "%.*s,%.*s", PT_PRI(r->calls), PT_PRI(word)) : word;
        return true;
    case 'F':
        return read_field(k, word);
    case 'C':
        r->narrow = true;
        return true;
    case 'e':
        k->all->locked = word;
        k->all->after = false;
        return true;
    default:
        return strchr("kbfrmq", option) != NULL;
    }
}

// An option that stands alone.
static bool read_switch(reader *k, char option) {
    if (option == 'c' || option == 'i')
        k->all->goes_on = true;
    else if (option == 'D' && !k->merged) {
        k->all->all.n = 0;
        k->all->off = k->all->files_off = false;
    }
    return strchr("ciDstlv", option) != NULL;
}

static bool read_long(pt_str word, pt_str *rest) {
    pt_str value;
    size_t equals = pt_str_find(word, '=');
    pt_str name = pt_str_sub(word, 2, equals);
    if (one_of(name, "backlog_wait_time,signal") && equals == word.n)
        return pt_str_word(rest, &value);
    return one_of(name, "backlog_wait_time,signal,loginuid-immutable,"
                        "reset-lost,reset_backlog_wait_time_actual");
}

// False: auditctl refuses the line. Arguments may follow their letter at once.
static bool read_words(reader *k, pt_str line) {
    pt_str word;
    while (pt_str_word(&line, &word)) {
        if (word.p[0] == '#')
            break;
        if (word.n < 2 || word.p[0] != '-')
            return false;
        if (word.p[1] == '-') {
            if (!read_long(word, &line))
                return false;
            continue;
        }
        pt_str value = pt_str_sub(word, 2, word.n);
        bool takes = strchr("wWpaAdSFCekbfrmq", word.p[1]) != NULL;
        if (takes ? !value.n && !pt_str_word(&line, &value) : value.n > 0)
            return false;
        if (takes ? !read_option(k, word.p[1], value) : !read_switch(k, word.p[1]))
            return false;
    }
    return k->kind != REFUSED;
}

// -- all lines ------------------------------------------------------------------------------------

static bool share_a_call(pt_str a, pt_str b) {
    pt_str call;
    if (!a.n || !b.n || pt_str_in_list(PT_STR("all"), a, ',') ||
        pt_str_in_list(PT_STR("all"), b, ','))
        return true;
    while (pt_str_split(&a, ',', &call))
        if (pt_str_in_list(call, b, ','))
            return true;
    return false;
}

// "-W", "-d": all rules go that these may mean. False: there is none, so that auditctl refuses it.
static bool take_away(pt_audit_rules *all, const pt_audit_rule *gone) {
    size_t kept = 0;
    size_t n = all->all.n;
    for (size_t i = 0; i < n; i++) {
        pt_audit_rule one = all->all.v[i];
        bool same = one.path.n ? gone->path.n && pt_audit_below(one.path, gone->path) &&
                                     pt_audit_below(gone->path, one.path)
                               : !gone->path.n && share_a_call(one.calls, gone->calls);
        if (!same || one.never)
            all->all.v[kept++] = one;
    }
    all->all.n = kept;
    return kept < n || gone->never;
}

static bool add_rule(reader *k) {
    pt_audit_rules *all = k->all;
    pt_audit_rule *slot = PT_PUSH(k->a, &all->all);
    if (!slot)
        return false;
    size_t at = k->first ? 0 : all->all.n - 1;
    memmove(all->all.v + at + 1, all->all.v + at, (all->all.n - 1 - at) * sizeof *slot);
    all->all.v[at] = k->rule;
    return true;
}

// Without permissions a watch has all of them. False: out of memory.
static bool read_line(reader *k, pt_str line, bool *ret_refused) {
    k->rule = (pt_audit_rule){.perm = PT_STR("rwxa")};
    k->kind = NO_RULE;
    k->first = k->known_type = k->known_fs = false;
    *ret_refused = !read_words(k, line);
    if (*ret_refused)
        return true;
    k->all->after |= k->kind != NO_RULE;
    k->all->off |= k->kind == TASK || (k->kind == EXCLUDES && !k->known_type && !k->rule.daemons);
    k->all->files_off |= (k->kind == FILES && !k->known_fs) ||
                         (k->kind == EXCLUDES && !k->known_type && k->rule.daemons);
    if (k->kind == REMOVES)
        *ret_refused = !take_away(k->all, &k->rule);
    return k->kind != RULE || add_rule(k);
}

static pt_fact read_rules(reader *k, pt_fact file) {
    pt_str text = pt_text(file.value);
    pt_str line;
    bool refused;
    for (unsigned n = 1; pt_str_split(&text, '\n', &line); n++) {
        if (!read_line(k, line, &refused))
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        if (refused && !k->all->goes_on && !k->all->stop.n)
            k->all->stop = pt_arena_printf(k->a, "%.*s:%u", PT_PRI(file.source), n);
    }
    return file;
}

static pt_fact stopped(const pt_host_ask *q, const pt_audit_rules *r) {
    return pt_fact_unknown(
        pt_arena_printf(q->a,
                        "%.*s is not understood: where auditctl refuses a line, it loads none of "
                        "those behind it",
                        PT_PRI(r->stop)),
        PT_STR("augenrules --load; auditctl -l  # which rules are there?"));
}

pt_fact pt_audit_load(const pt_host_ask *q, pt_audit_rules *r) {
    static const char *const dirs[] = {"/etc/audit/rules.d", NULL};
    pt_fact main = pt_host_text(q, "/etc/audit/audit.rules", NULL);
    pt_fact paths = pt_host_fragments(q, dirs, ".rules");
    if (main.state == PT_UNKNOWN || paths.state == PT_UNKNOWN)
        return main.state == PT_UNKNOWN ? main : paths;
    size_t n = pt_len(paths.value);
    if (main.state == PT_ABSENT && !n)
        return paths.state == PT_ABSENT ? paths : main;
    reader k = {.a = q->a, .all = r, .merged = n > 0};
    pt_fact read = n ? main : read_rules(&k, main);
    for (size_t i = 0; i < n && read.state != PT_UNKNOWN; i++) {
        pt_fact f = pt_host_listed(q, pt_text(pt_at(paths.value, i)).p);
        read = f.state == PT_KNOWN ? read_rules(&k, f) : f;
    }
    if (read.state == PT_UNKNOWN)
        return read;
    if (r->stop.n)
        return stopped(q, r);
    r->off |= pt_str_eqz(r->locked, "0");
    // augenrules puts "-e" behind everything.
    r->after = r->after && !n;
    return pt_fact_known(pt_bool(true), PT_STR("/etc/audit"));
}
