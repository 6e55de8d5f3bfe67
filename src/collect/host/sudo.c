// Rules of sudo that ask for no password, as sudoers(5) defines them. What is not surely understood
// makes the answer unknown: a rule that was overlooked would look like a good one.
#include <string.h>

#include "collect/host/provider.h"

enum {
    SUDOERS_FILES_MAX = 100
};

typedef struct reading {
    const pt_host_ask *q;
    PT_VEC(pt_str) files; // to read; grows while they are read
    pt_list open;         // "/etc/sudoers.d/ci:3"
    pt_fact trouble;
    bool failed;
} reading;

static void fail(reading *r, pt_fact why) {
    if (!r->failed)
        r->trouble = why;
    r->failed = true;
}

static void add_file(reading *r, pt_str path) {
    pt_str *slot = r->files.n < SUDOERS_FILES_MAX ? PT_PUSH(r->q->a, &r->files) : NULL;
    if (slot)
        *slot = path;
    else
        fail(r, pt_fact_unknown(PT_STR("sudoers includes too many files"), (pt_str){0}));
}

// "@include FILE", "@includedir FOLDER", and both with '#'. In a folder, names with a '.' or a '~'
// at their end do not count.
static void include(reading *r, pt_str word, pt_str arg) {
    arg = pt_str_trim(arg);
    if (!arg.n || strchr("\"", arg.p[0]) || pt_str_find(arg, '%') < arg.n) {
        fail(r, pt_fact_unknown(PT_STR("an include of sudoers is not understood"), (pt_str){0}));
        return;
    }
    pt_str path = pt_arena_printf(r->q->a, "%s%.*s", arg.p[0] == '/' ? "" : "/etc/", PT_PRI(arg));
    if (!pt_str_ends(word, PT_STR("dir"))) {
        add_file(r, path);
        return;
    }
    pt_fact names = pt_world_list(r->q->w, r->q->a, path.p, NULL);
    if (names.state == PT_UNKNOWN)
        fail(r, names);
    for (size_t i = 0; names.state == PT_KNOWN && i < pt_len(names.value); i++) {
        pt_str name = pt_text(pt_at(names.value, i));
        if (pt_str_find(name, '.') == name.n && !pt_str_ends(name, PT_STR("~")))
            add_file(r, pt_arena_printf(r->q->a, "%.*s/%.*s", PT_PRI(path), PT_PRI(name)));
    }
}

static bool is_include(pt_str word) {
    static const char *const words[] = {"@include", "@includedir", "#include", "#includedir"};
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (pt_str_eqz(word, words[i]))
            return true;
    return false;
}

// A '#' before digits is a uid, not a comment.
static bool is_comment(pt_str line) {
    return pt_str_starts(line, PT_STR("#")) &&
           !(line.n > 1 && line.p[1] >= '0' && line.p[1] <= '9');
}

// A comment ends with its line, whatever stands at its end: what follows is not part of it.
static bool has_comment(pt_str line) {
    for (size_t i = 0; i < line.n; i++)
        if (is_comment(pt_str_sub(line, i, line.n)))
            return true;
    return false;
}

static void not_understood(reading *r, pt_str path, unsigned number) {
    fail(r, pt_fact_unknown(
                pt_arena_printf(r->q->a, "%.*s:%u is not understood", PT_PRI(path), number),
                (pt_str){0}));
}

static void read_line(reading *r, pt_str path, unsigned number, pt_str line) {
    line = pt_str_trim(line);
    pt_str rest = line;
    pt_str word;
    if (!pt_str_word(&rest, &word))
        return;
    if (is_include(word)) {
        include(r, word, rest);
        return;
    }
    if (is_comment(line))
        return;
    bool defaults = pt_str_starts(word, PT_STR("Defaults"));
    bool alias = pt_str_ends(word, PT_STR("_Alias"));
    if (!defaults && pt_str_find(line, '=') == line.n) {
        not_understood(r, path, number);
        return;
    }
    bool open = defaults ? pt_str_has(line, PT_STR("!authenticate"))
                         : !alias && pt_str_has(line, PT_STR("NOPASSWD"));
    if (open)
        pt_list_add(&r->open, pt_string(pt_arena_printf(r->q->a, "%.*s:%u", PT_PRI(path), number)));
}

// Lines that end in a backslash go on.
static void read_file(reading *r, pt_str path) {
    pt_fact f = pt_host_listed(r->q, path.p);
    if (f.state != PT_KNOWN) {
        fail(r, f);
        return;
    }
    pt_str rest = pt_text(f.value);
    pt_str line;
    pt_str whole = {0};
    unsigned n = 1;
    for (; pt_str_split(&rest, '\n', &line); n++) {
        bool more = pt_str_ends(line, PT_STR("\\"));
        if (more && !whole.n && is_comment(pt_str_trim(line)))
            more = false;
        else if (more && has_comment(line))
            not_understood(r, path, n);
        line = pt_str_sub(line, 0, line.n - more);
        whole = whole.n ? pt_arena_printf(r->q->a, "%.*s %.*s", PT_PRI(whole), PT_PRI(line)) : line;
        if (more)
            continue;
        read_line(r, path, n, whole);
        whole = (pt_str){0};
    }
    read_line(r, path, n - 1, whole); // a last line that was to go on
}

pt_fact pt_host_sudo_open(const pt_host_ask *q) {
    pt_fact program = pt_world_stat(q->w, q->a, "/usr/bin/sudo", NULL);
    if (program.state != PT_KNOWN)
        return program;
    reading r = {.q = q, .open = {.a = q->a}};
    add_file(&r, PT_STR("/etc/sudoers"));
    for (size_t i = 0; i < r.files.n && !r.failed; i++)
        read_file(&r, r.files.v[i]);
    return r.failed ? r.trouble : pt_fact_known(pt_list_end(&r.open), PT_STR("/etc/sudoers"));
}
