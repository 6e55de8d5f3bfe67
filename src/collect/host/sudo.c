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

// What stands behind `word` and blanks, and begins with `sign` if that is not 0. {NULL, 0}:
// nothing.
static pt_str behind(pt_str line, pt_str word, char sign) {
    size_t at = pt_str_find_str(line, word);
    pt_str rest = pt_str_trim(pt_str_sub(line, at + word.n, line.n));
    bool there = at < line.n && (!sign || (rest.n && rest.p[0] == sign));
    return there ? pt_str_sub(rest, sign ? 1 : 0, rest.n) : (pt_str){0};
}

// "!authenticate", in lists and with blanks between, of all or of some users, hosts or commands.
static bool drops_authenticate(pt_str line) {
    size_t from;
    for (size_t i = 0; i < line.n; i = from) {
        from = i + pt_str_find_str(pt_str_sub(line, i, line.n), PT_STR("authenticate")) + 1;
        pt_str before = pt_str_trim(pt_str_sub(line, 0, from - 1));
        if (from <= line.n && pt_str_ends(before, PT_STR("!")))
            return true;
    }
    return false;
}

// "exempt_group=wheel": who is in it is never asked.
static bool exempts_group(pt_str line) {
    pt_str value;
    for (pt_str rest = line; rest.n; rest = value) {
        value = behind(rest, PT_STR("exempt_group"), '=');
        value = pt_str_trim(value);
        if (value.n && !pt_str_starts(value, PT_STR("\"\"")))
            return true;
    }
    return false;
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
    bool open = defaults ? drops_authenticate(line) || exempts_group(line)
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

// -- who asks sudoers at all ----------------------------------------------------------------------

static pt_fact elsewhere(const pt_host_ask *q, const char *path, pt_str line) {
    return pt_fact_unknown(
        pt_arena_printf(q->a, "rules of sudo come from elsewhere: %s: %.*s", path, PT_PRI(line)),
        PT_STR("sudo -l -U NAME  # what sudo itself says of a user"));
}

// "Plugin sudoers_policy sudoers.so sudoers_file=/etc/x". False: a plugin that is not sudoers.
static bool read_plugin(pt_str words, pt_str *sudoers) {
    pt_str name;
    pt_str file;
    pt_str option;
    if (!pt_str_word(&words, &name) || !pt_str_word(&words, &file))
        return false;
    bool usual = pt_str_starts(file, PT_STR("/usr/lib")) || pt_str_find(file, '/') == file.n;
    file = pt_str_sub(file, file.n - (file.n < 10 ? file.n : 10), file.n);
    while (pt_str_word(&words, &option))
        if (pt_str_starts(option, PT_STR("sudoers_file=")))
            *sudoers = pt_str_sub(option, 13, option.n);
    return usual && pt_str_eqz(file, "sudoers.so");
}

// sudo.conf(5): which file is read. Known with its path, or unknown: a policy that is not sudoers.
static pt_fact policy(const pt_host_ask *q) {
    static const char path[] = "/etc/sudo.conf";
    pt_fact f = pt_host_text(q, path, NULL);
    if (f.state == PT_UNKNOWN)
        return f;
    pt_str sudoers = PT_STR("/etc/sudoers");
    pt_str rest = pt_text(f.value);
    pt_str line;
    while (pt_str_split(&rest, '\n', &line)) {
        pt_str words = line;
        pt_str word;
        bool any = pt_str_word(&words, &word);
        bool plugin = any && pt_str_eq_nocase(word, PT_STR("Plugin"));
        bool folder = any && pt_str_eq_nocase(word, PT_STR("Path")) &&
                      pt_str_starts(pt_str_trim(words), PT_STR("plugin_dir"));
        bool goes_on = any && word.p[0] != '#' && pt_str_ends(line, PT_STR("\\"));
        if (folder || goes_on || (plugin && !read_plugin(words, &sudoers)))
            return elsewhere(q, path, pt_str_trim(line));
    }
    if (!sudoers.n || sudoers.p[0] != '/')
        return elsewhere(q, path, sudoers);
    return pt_fact_known(pt_string(sudoers), PT_STR("/etc/sudo.conf"));
}

// Unknown if nsswitch.conf(5) has sudo ask others, too: "sudoers: files sss".
static pt_fact only_files(const pt_host_ask *q) {
    static const char path[] = "/etc/nsswitch.conf";
    pt_fact f = pt_host_text(q, path, NULL);
    pt_str rest = pt_text(f.value);
    pt_str line;
    while (f.state == PT_KNOWN && pt_str_split(&rest, '\n', &line)) {
        line = pt_str_trim(pt_str_sub(line, 0, pt_str_find(line, '#')));
        pt_str words = pt_str_sub(line, 8, line.n);
        pt_str word;
        if (!pt_str_eq_nocase(pt_str_sub(line, 0, 8), PT_STR("sudoers:")))
            continue;
        while (pt_str_word(&words, &word))
            if (word.p[0] != '[' && !pt_str_eq_nocase(word, PT_STR("files")))
                return elsewhere(q, path, line);
    }
    return f;
}

pt_fact pt_host_sudo_open(const pt_host_ask *q) {
    pt_fact program = pt_world_stat(q->w, q->a, "/usr/bin/sudo", NULL);
    if (program.state != PT_KNOWN)
        return program;
    pt_fact file = policy(q);
    if (file.state == PT_UNKNOWN)
        return file;
    reading r = {.q = q, .open = {.a = q->a}};
    add_file(&r, pt_arena_str(q->a, pt_text(file.value)));
    for (size_t i = 0; i < r.files.n && !r.failed; i++)
        read_file(&r, r.files.v[i]);
    pt_value open = pt_list_end(&r.open);
    pt_fact others = only_files(q);
    if (r.failed)
        return r.trouble;
    if (others.state == PT_UNKNOWN && !pt_len(open))
        return others;
    return pt_fact_known(open, PT_STR("/etc/sudoers"));
}
