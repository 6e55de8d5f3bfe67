// apt's configuration (apt.conf(5)) as far as checks ask for it: one setting of all fragments.
#include <string.h>

#include "collect/host/provider.h"

enum {
    SCOPE_DEPTH_MAX = 16
};

// A token: a word, a quoted text (without its quotes), or one of "{};".
typedef struct token {
    pt_str text;
    bool quoted;
} token;

// As apt's StringToBool has it.
bool pt_host_apt_is(pt_str value, bool want) {
    static const char *const words[2][6] = {
        {"no", "false", "without", "off", "disable", "0"},
        {"yes", "true", "with", "on", "enable", "1"},
    };
    int64_t number = 0;
    value = pt_str_trim(value);
    for (size_t i = 0; i < PT_COUNT(words[0]); i++)
        if (pt_str_eq_nocase(value, pt_str_of(words[want][i])))
            return true;
    bool hex = pt_str_starts(value, PT_STR("0x")) || pt_str_starts(value, PT_STR("0X"));
    return pt_str_int(pt_str_sub(value, hex ? 2 : 0, value.n), hex ? 16 : 10, &number) &&
           number == want;
}

static pt_str skip_comment(pt_str s) {
    if (pt_str_starts(s, PT_STR("/*"))) {
        size_t end = pt_str_find_str(s, PT_STR("*/"));
        return pt_str_sub(s, end + 2, s.n);
    }
    bool line = pt_str_starts(s, PT_STR("//")) || pt_str_starts(s, PT_STR("#"));
    return line ? pt_str_sub(s, pt_str_find(s, '\n'), s.n) : s;
}

static bool next_token(pt_str *rest, token *ret) {
    size_t before;
    do { // comments and blanks may follow each other
        before = rest->n;
        *rest = skip_comment(pt_str_trim(*rest));
    } while (rest->n && rest->n != before);
    if (!rest->n)
        return false;
    if (rest->p[0] == '"') {
        pt_str inner = pt_str_sub(*rest, 1, rest->n);
        size_t end = pt_str_find(inner, '"');
        *ret = (token){pt_str_sub(inner, 0, end), true};
        *rest = pt_str_sub(inner, end + 1, inner.n);
        return true;
    }
    size_t n = strchr("{};", rest->p[0]) ? 1 : 0;
    while (n == 0 ||
           (n < rest->n && !strchr("{};", rest->p[0]) && !strchr(" \t\n\"{};", rest->p[n])))
        n++;
    *ret = (token){pt_str_sub(*rest, 0, n), false};
    *rest = pt_str_sub(*rest, n, rest->n);
    return true;
}

typedef struct parser {
    pt_arena *a;
    pt_str key; // wanted: "APT::Periodic::Enable"
    pt_str scope[SCOPE_DEPTH_MAX];
    size_t depth;
    pt_str name; // of the statement that is being read
    pt_str value;
    bool has_value;
    bool found;
    pt_str found_value;
} parser;

static pt_str full_name(const parser *p) {
    pt_str s = {0};
    for (size_t i = 0; i < p->depth; i++)
        s = pt_arena_printf(p->a, "%.*s%.*s::", PT_PRI(s), PT_PRI(p->scope[i]));
    return pt_arena_printf(p->a, "%.*s%.*s", PT_PRI(s), PT_PRI(p->name));
}

// "Acquire::https::*::Verify-Peer" stands for that of any host: the first one that is off counts.
static void take(parser *p, pt_str name) {
    size_t star = pt_str_find(p->key, '*');
    bool any = star < p->key.n;
    pt_str head = pt_str_sub(p->key, 0, star);
    pt_str tail = pt_str_sub(p->key, star + 1, p->key.n);
    bool same = any ? name.n > head.n + tail.n &&
                          pt_str_eq_nocase(pt_str_sub(name, 0, head.n), head) &&
                          pt_str_eq_nocase(pt_str_sub(name, name.n - tail.n, name.n), tail)
                    : pt_str_eq_nocase(name, p->key);
    if (!same || (any && !pt_host_apt_is(p->value, false)))
        return;
    p->found = true;
    p->found_value = p->value;
}

static void end_statement(parser *p) {
    if (p->name.n && p->has_value)
        take(p, full_name(p));
    p->name = (pt_str){0};
    p->has_value = false;
}

// False if the text is not understood.
static bool parse(parser *p, pt_str text) {
    token t;
    while (next_token(&text, &t)) {
        if (t.quoted || !strchr("{};", t.text.p[0])) {
            if (p->name.n) {
                p->value = t.text;
                p->has_value = true;
            } else
                p->name = t.text;
        } else if (t.text.p[0] == '{') {
            if (p->depth == SCOPE_DEPTH_MAX || !p->name.n)
                return false;
            if (p->has_value)
                take(p, full_name(p)); // "Dir "/x" { … }": both count
            p->scope[p->depth++] = p->name;
            p->name = (pt_str){0};
            p->has_value = false;
        } else {
            end_statement(p);
            if (t.text.p[0] == '}' && p->depth-- == 0)
                return false;
        }
    }
    return p->depth == 0;
}

pt_fact pt_host_apt_setting(const pt_host_ask *q, const char *key) {
    static const char *const dirs[] = {"/etc/apt/apt.conf.d", NULL};
    pt_fact paths = pt_host_fragments(q, dirs, "");
    pt_fact main = pt_host_text(q, "/etc/apt/apt.conf", NULL);
    if (paths.state == PT_UNKNOWN || main.state == PT_UNKNOWN)
        return paths.state == PT_UNKNOWN ? paths : main;
    pt_fact found = pt_fact_absent(PT_STR("/etc/apt/apt.conf.d"));
    for (size_t i = 0; i <= pt_len(paths.value); i++) {
        pt_fact f = main; // is read last
        if (i < pt_len(paths.value)) {
            pt_str path = pt_text(pt_at(paths.value, i));
            pt_str name = pt_str_sub(path, pt_str_rfind(path, '/') + 1, path.n);
            if (pt_str_find(name, '.') < name.n && !pt_str_ends(name, PT_STR(".conf")))
                continue; // apt leaves them out: ".dpkg-old" and the like
            f = pt_host_listed(q, path.p);
        }
        if (f.state == PT_UNKNOWN)
            return f;
        parser p = {.a = q->a, .key = pt_str_of(key)};
        bool directive = pt_str_has(pt_text(f.value), PT_STR("#clear")) ||
                         pt_str_has(pt_text(f.value), PT_STR("#include"));
        if (directive || !parse(&p, pt_text(f.value)))
            return pt_fact_unknown(
                pt_arena_printf(q->a, "%.*s is not understood", PT_PRI(f.source)), (pt_str){0});
        if (p.found)
            found = pt_fact_known(pt_string(p.found_value), f.source);
    }
    return found;
}
