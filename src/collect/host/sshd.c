// The SSH daemon's settings as sshd_config(5) defines them: the first value of a keyword counts,
// Include takes its place in the order. A Match block overrides what stands above it for some
// connections ("Match all": for every one): its values are told apart from the global one.
#include <fnmatch.h>
#include <string.h>

#include "collect/host/provider.h"

enum {
    INCLUDE_DEPTH_MAX = 16
};

typedef enum section {
    GLOBAL,
    MATCH_SOME,
    MATCH_ALL,
} section;

typedef struct search {
    const pt_host_ask *q;
    unsigned depth;
    pt_fact found;   // known once the keyword was met
    pt_fact trouble; // unknown: a file that could not be read hides what is in it
    bool blocked;
    section in;       // which block the line stands in; an Include inherits it and may end it
    pt_fact for_all;  // known: "Match all" sets the keyword
    pt_list for_some; // values that other Match blocks set
} search;

static void read_file(search *s, const char *path);

static pt_str unquoted(pt_str s) {
    bool quoted = s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
    return quoted ? pt_str_sub(s, 1, s.n - 1) : s;
}

// "keyword value", "keyword=value", "\"keyword\" value"; the rest as it stands.
static bool keyword_of(pt_str line, pt_str *ret_key, pt_str *ret_rest) {
    line = pt_str_trim(line);
    if (!line.n || line.p[0] == '#')
        return false;
    size_t n = 0;
    while (n < line.n && !strchr(" \t=", line.p[n]))
        n++;
    *ret_key = unquoted(pt_str_sub(line, 0, n));
    pt_str rest = pt_str_trim(pt_str_sub(line, n, line.n));
    if (rest.n && rest.p[0] == '=')
        rest = pt_str_trim(pt_str_sub(rest, 1, rest.n));
    *ret_rest = rest;
    return true;
}

// The next argument: a word, or what stands in double quotes.
static bool next_argument(pt_str *rest, pt_str *ret) {
    *rest = pt_str_trim(*rest);
    if (!rest->n || rest->p[0] != '"')
        return pt_str_word(rest, ret);
    pt_str inner = pt_str_sub(*rest, 1, rest->n);
    size_t end = pt_str_find(inner, '"');
    *ret = pt_str_sub(inner, 0, end);
    *rest = pt_str_sub(inner, end + 1, inner.n);
    return ret->n > 0;
}

static void block(search *s, pt_fact why) {
    if (!s->blocked) {
        s->trouble = why;
        s->blocked = true;
    }
}

// One pattern of an Include: a path with wildcards in its last part, relative to /etc/ssh.
// NOLINTNEXTLINE(misc-no-recursion): see read_file
static void include_pattern(search *s, pt_str pattern) {
    pt_arena *a = s->q->a;
    pt_str path = pattern.p[0] == '/' ? pt_arena_str(a, pattern)
                                      : pt_arena_printf(a, "/etc/ssh/%.*s", PT_PRI(pattern));
    size_t cut = pt_str_rfind(path, '/');
    pt_str dir = pt_arena_str(a, pt_str_sub(path, 0, cut));
    const char *glob = path.p + cut + 1;
    if (strpbrk(dir.p, "*?[")) {
        block(s, pt_fact_unknown(pt_arena_printf(a, "Include %.*s: a pattern in a folder's name",
                                                 PT_PRI(pattern)),
                                 PT_STR("name the folder: Include /etc/ssh/sshd_config.d/*.conf")));
        return;
    }
    pt_fact names = pt_world_list(s->q->w, a, dir.p, NULL);
    if (names.state == PT_UNKNOWN)
        block(s, names);
    for (size_t i = 0; names.state == PT_KNOWN && i < pt_len(names.value); i++) {
        pt_str name = pt_arena_str(a, pt_text(pt_at(names.value, i)));
        if (fnmatch(glob, name.p, FNM_PERIOD) == 0)
            read_file(s, pt_arena_printf(a, "%.*s/%.*s", PT_PRI(dir), PT_PRI(name)).p);
    }
}

static pt_str lower_case(pt_arena *a, pt_str s) {
    char *p = pt_arena_take(a, s.n + 1);
    if (!p)
        return (pt_str){0};
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
    p[s.n] = '\0';
    return (pt_str){p, s.n};
}

// An older name of the same keyword.
static bool is_keyword(const search *s, pt_str key) {
    if (pt_str_eq_nocase(key, PT_STR("challengeresponseauthentication")))
        key = PT_STR("kbdinteractiveauthentication");
    return pt_str_eq_nocase(key, s->q->arg);
}

// A value of the keyword, where it stands.
static void take(search *s, const char *path, unsigned number, pt_str value) {
    pt_str argument = value;
    pt_str first;
    if (next_argument(&argument, &first) && !pt_str_trim(argument).n)
        value = first; // one argument, perhaps in quotes
    pt_value v = pt_string(lower_case(s->q->a, value));
    pt_fact f = pt_fact_known(v, pt_arena_printf(s->q->a, "%s:%u", path, number));
    if (s->in == MATCH_SOME)
        pt_list_add(&s->for_some, v);
    else if (s->in == MATCH_ALL && s->for_all.state != PT_KNOWN)
        s->for_all = f;
    else if (s->in == GLOBAL && s->found.state != PT_KNOWN)
        s->found = f;
}

// NOLINTNEXTLINE(misc-no-recursion): see read_file
static void read_line(search *s, const char *path, pt_str line, unsigned number) {
    pt_str key;
    pt_str value;
    pt_str pattern;
    if (!keyword_of(line, &key, &value))
        return;
    if (pt_str_eq_nocase(key, PT_STR("match"))) {
        s->in = pt_str_eq_nocase(pt_str_trim(value), PT_STR("all")) ? MATCH_ALL : MATCH_SOME;
    } else if (pt_str_eq_nocase(key, PT_STR("include"))) {
        while (next_argument(&value, &pattern))
            include_pattern(s, pattern);
    } else if (is_keyword(s, key) && !s->blocked) {
        take(s, path, number, value);
    }
}

// NOLINTNEXTLINE(misc-no-recursion): Include nests, INCLUDE_DEPTH_MAX bounds it
static void read_file(search *s, const char *path) {
    if (s->depth == INCLUDE_DEPTH_MAX) {
        block(s, pt_fact_unknown(PT_STR("Include nests too deep"), (pt_str){0}));
        return;
    }
    pt_fact f = pt_host_text(s->q, path, NULL);
    if (f.state != PT_KNOWN) {
        block(s,
              f.state == PT_UNKNOWN
                  ? f
                  : pt_fact_unknown(pt_arena_printf(s->q->a, "%s is missing", path), (pt_str){0}));
        return;
    }
    s->depth++;
    section outer = s->in;
    pt_str rest = pt_text(f.value);
    pt_str line;
    for (unsigned n = 1; pt_str_split(&rest, '\n', &line); n++)
        read_line(s, path, line, n);
    s->in = outer; // a Match inside an included file ends with it
    s->depth--;
}

// Search the configuration for q->arg. Known: *ret holds what was found; absent: no daemon (then
// there is nothing to configure, whatever files lie about); unknown.
static pt_fact look(const pt_host_ask *q, search *ret) {
    pt_fact program = pt_host_sshd_program(q);
    if (program.state != PT_KNOWN)
        return program;
    *ret = (search){.q = q, .for_some = {.a = q->a}};
    pt_str options = q->memo->sshd.options; // the command line counts before every file
    pt_str line;
    for (unsigned n = 1; pt_str_split(&options, '\n', &line); n++)
        read_line(ret, "sshd's command line", line, n);
    pt_str config = pt_arena_str(q->a, q->memo->sshd.config);
    read_file(ret, config.p ? config.p : "");
    return ret->blocked && ret->found.state != PT_KNOWN ? ret->trouble : program;
}

// What Match blocks set it to, as an array; absent: nothing, or no daemon.
pt_fact pt_host_sshd_match(const pt_host_ask *q) {
    search s;
    pt_fact none = look(q, &s);
    if (none.state != PT_KNOWN)
        return none;
    if (s.blocked) // what comes behind the trouble may be a Match block
        return s.trouble;
    pt_value values = pt_list_end(&s.for_some);
    if (!pt_defined(values) || !pt_len(values))
        return pt_fact_absent(PT_STR("/etc/ssh/sshd_config"));
    return pt_fact_known(values, PT_STR("/etc/ssh/sshd_config, Match"));
}

// The value of q->arg, or sshd's default, or absent: no daemon, or unset without a default.
static pt_fact setting(const pt_host_ask *q) {
    static const struct {
        const char *key, *value;
    } defaults[] = {
        {"permitrootlogin", "prohibit-password"},
        {"passwordauthentication", "yes"},
        {"kbdinteractiveauthentication", "yes"},
        {"permitemptypasswords", "no"},
        {"hostbasedauthentication", "no"},
        {"ignorerhosts", "yes"},
        {"x11forwarding", "no"},
        {"allowagentforwarding", "yes"},
        {"allowtcpforwarding", "yes"},
        {"disableforwarding", "no"},
        {"maxauthtries", "6"},
        {"logingracetime", "120"},
        {"clientaliveinterval", "0"},
        {"clientalivecountmax", "3"},
        {"permituserenvironment", "no"},
        {"loglevel", "info"},
        {"usepam", "no"},
        {"ciphers", ""}, // sshd's own lists: what its version holds to be good
        {"macs", ""},
        {"kexalgorithms", ""},
        {"allowusers", ""}, // everyone
        {"allowgroups", ""},
    };
    search s;
    pt_fact none = look(q, &s);
    if (none.state != PT_KNOWN)
        return none;
    if (s.for_all.state == PT_KNOWN)
        return s.for_all;
    if (s.found.state == PT_KNOWN)
        return s.found;
    for (size_t i = 0; i < PT_COUNT(defaults); i++)
        if (pt_str_eqz(q->arg, defaults[i].key))
            return pt_fact_known(pt_stringz(defaults[i].value),
                                 PT_STR("/etc/ssh/sshd_config (unset: sshd's default)"));
    return pt_fact_absent(PT_STR("/etc/ssh/sshd_config"));
}

static pt_fact setting_of(const pt_host_ask *q, const char *key) {
    return setting(&(pt_host_ask){q->w, q->a, pt_str_of(key), q->memo});
}

// DisableForwarding overrides every other word about forwarding.
pt_fact pt_host_sshd(const pt_host_ask *q) {
    if (!pt_str_ends(q->arg, PT_STR("forwarding")))
        return setting(q);
    pt_fact off = setting_of(q, "disableforwarding");
    if (off.state == PT_KNOWN && pt_str_eqz(pt_text(off.value), "yes"))
        return pt_fact_known(pt_stringz("no"), off.source);
    return off.state == PT_KNOWN ? setting(q) : off;
}

// "2m30s" or "120" (TIME FORMATS of sshd_config(5)) in seconds.
static bool seconds_of(pt_str text, int64_t *ret) {
    int64_t sum = 0;
    while (text.n) {
        static const char units[] = "smhdw";
        static const int64_t factors[] = {1, 60, 3600, 86400, 604800};
        size_t n = 0;
        int64_t count;
        while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
            n++;
        const char *unit = n < text.n ? strchr(units, text.p[n]) : units;
        int64_t part;
        if (!unit || !pt_str_int(pt_str_sub(text, 0, n), 10, &count) ||
            __builtin_mul_overflow(count, factors[unit - units], &part) ||
            __builtin_add_overflow(sum, part, &sum))
            return false;
        text = pt_str_sub(text, n + 1, text.n);
    }
    *ret = sum;
    return true;
}

// A setting in seconds as an integer.
static pt_fact seconds(const pt_host_ask *q, const char *key) {
    pt_fact f = setting_of(q, key);
    int64_t n;
    if (f.state != PT_KNOWN)
        return f;
    if (!pt_text(f.value).n || !seconds_of(pt_text(f.value), &n))
        return pt_fact_unknown(pt_arena_printf(q->a, "%.*s: no time", PT_PRI(f.source)),
                               (pt_str){0});
    f.value = pt_int(n);
    return f;
}

pt_fact pt_host_sshd_grace(const pt_host_ask *q) {
    return seconds(q, "logingracetime");
}

// After how many seconds a dead client is dropped; 0: never.
pt_fact pt_host_sshd_idle(const pt_host_ask *q) {
    pt_fact interval = seconds(q, "clientaliveinterval");
    pt_fact count = seconds(q, "clientalivecountmax"); // a plain number is a time, too
    if (interval.state != PT_KNOWN || count.state != PT_KNOWN)
        return interval.state != PT_KNOWN ? interval : count;
    int64_t a = 0;
    int64_t b = 0;
    int64_t product;
    PT_IGNORE(pt_to_int(interval.value, &a));
    PT_IGNORE(pt_to_int(count.value, &b));
    interval.value = pt_int(__builtin_mul_overflow(a, b, &product) ? INT64_MAX : product);
    return interval;
}

// Whom AllowUsers or AllowGroups names; absent: everyone, or no daemon.
pt_fact pt_host_sshd_allowed(const pt_host_ask *q) {
    pt_fact users = setting_of(q, "allowusers");
    pt_fact groups = setting_of(q, "allowgroups");
    if (users.state != PT_KNOWN || groups.state != PT_KNOWN)
        return users.state != PT_KNOWN ? users : groups;
    pt_fact named = pt_text(users.value).n ? users : groups;
    return pt_text(named.value).n ? named : pt_fact_absent(groups.source);
}
