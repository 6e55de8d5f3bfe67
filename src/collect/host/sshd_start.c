// How the SSH daemon is started: which program, which file of settings, which settings on its
// command line. What a unit says that is not surely understood makes all of it unknown: settings
// from the wrong file would look like good ones.
#include <string.h>

#include "base/buf.h"
#include "collect/host/provider.h"

static const char *const programs[] = {"/usr/sbin/sshd", "/sbin/sshd", "/usr/local/sbin/sshd"};
static const char *const unit_dirs[] = {
    "/etc/systemd/system",     "/run/systemd/system", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system", "/lib/systemd/system",
};
static const char *const unit_names[] = {"ssh.service", "sshd.service", "ssh@.service",
                                         "sshd@.service"};

typedef struct reading {
    const pt_host_ask *q;
    const char *program; // the first that is there: the witness of what is not
    pt_buf environment;  // lines "NAME=value" of all that a unit reads
    PT_VEC(pt_str) commands;
    pt_buf options; // lines as in sshd_config
    pt_str config;  // of -f
    bool local;     // it may be a daemon that was built here
    pt_fact trouble;
    bool failed;
} reading;

static void fail(reading *r, pt_fact why) {
    if (!r->failed)
        r->trouble = why;
    r->failed = true;
}

static void not_understood(reading *r, pt_str what) {
    fail(r, pt_fact_unknown(pt_arena_printf(r->q->a,
                                            "sshd is started with \"%.*s\", which is not followed",
                                            PT_PRI(what)),
                            PT_STR("move its options to /etc/ssh/sshd_config.d")));
}

// -- units ----------------------------------------------------------------------------------------

static pt_str unquoted(pt_str s) {
    s = pt_str_trim(s);
    bool quoted = s.n >= 2 && strchr("\"'", s.p[0]) && s.p[s.n - 1] == s.p[0];
    return quoted ? pt_str_sub(s, 1, s.n - 1) : s;
}

// The next word, or what stands in quotes. A quote within a word stays, and is not understood
// later.
static bool next_word(pt_str *rest, pt_str *ret) {
    *rest = pt_str_trim(*rest);
    if (!rest->n || !strchr("\"'", rest->p[0]))
        return pt_str_word(rest, ret);
    pt_str inner = pt_str_sub(*rest, 1, rest->n);
    size_t end = pt_str_find(inner, rest->p[0]);
    *ret = pt_str_sub(inner, 0, end);
    *rest = pt_str_sub(inner, end + 1, inner.n);
    return true;
}

static void add_environment(reading *r, pt_str text) {
    pt_buf_put(&r->environment, text);
    pt_buf_putc(&r->environment, '\n');
}

// "-/etc/default/ssh": a file that may be missing.
static void read_environment_file(reading *r, pt_str path) {
    path = pt_str_sub(path, pt_str_starts(path, PT_STR("-")), path.n);
    pt_str z = pt_arena_str(r->q->a, path);
    if (!z.p || z.p[0] != '/' || strpbrk(z.p, "*?[%\"'")) {
        not_understood(r, path);
        return;
    }
    pt_fact f = pt_host_text(r->q, z.p, r->program);
    if (f.state == PT_UNKNOWN)
        fail(r, f);
    add_environment(r, pt_text(f.value));
}

static void read_setting(reading *r, pt_str key, pt_str value) {
    pt_str word;
    if (pt_str_eqz(key, "EnvironmentFile") && value.n)
        read_environment_file(r, value);
    if (pt_str_eqz(key, "Environment"))
        while (next_word(&value, &word))
            add_environment(r, word);
    pt_str *slot = pt_str_eqz(key, "ExecStart") && value.n ? PT_PUSH(r->q->a, &r->commands) : NULL;
    if (slot)
        *slot = value;
}

// Lines that end in a backslash go on.
static void read_unit(reading *r, pt_str text) {
    pt_str line;
    pt_str whole = {0};
    while (pt_str_split(&text, '\n', &line)) {
        line = pt_str_trim(line);
        bool more = pt_str_ends(line, PT_STR("\\"));
        line = pt_str_sub(line, 0, line.n - more);
        whole = whole.n ? pt_arena_printf(r->q->a, "%.*s %.*s", PT_PRI(whole), PT_PRI(line)) : line;
        if (more)
            continue;
        size_t eq = pt_str_find(whole, '=');
        read_setting(r, pt_str_trim(pt_str_sub(whole, 0, eq)),
                     pt_str_trim(pt_str_sub(whole, eq + 1, whole.n)));
        whole = (pt_str){0};
    }
}

// A disk's /run is empty until it boots.
static bool counts(const reading *r, const char *dir) {
    return r->q->w->live || !pt_str_starts(pt_str_of(dir), PT_STR("/run/"));
}

// The first folder that has the unit decides; a unit that is a link to /dev/null starts nothing.
static void find_unit(reading *r, const char *name) {
    for (size_t i = 0; i < PT_COUNT(unit_dirs); i++) {
        pt_str path = pt_arena_printf(r->q->a, "%s/%s", unit_dirs[i], name);
        if (!path.p || !counts(r, unit_dirs[i]))
            continue;
        pt_fact st = pt_world_stat(r->q->w, r->q->a, path.p, r->program);
        bool masked = pt_str_eqz(pt_text(pt_getz(st.value, "type")), "device");
        if (st.state == PT_ABSENT)
            continue;
        pt_fact f = masked ? st : pt_host_listed(r->q, path.p);
        if (f.state == PT_UNKNOWN)
            fail(r, f);
        read_unit(r, pt_text(f.value));
        return;
    }
}

static void find_drop_ins(reading *r, const char *name) {
    for (size_t i = 0; i < PT_COUNT(unit_dirs); i++) {
        pt_str dir = pt_arena_printf(r->q->a, "%s/%s.d", unit_dirs[i], name);
        if (!dir.p || !counts(r, unit_dirs[i]))
            continue;
        pt_fact names = pt_world_list(r->q->w, r->q->a, dir.p, r->program);
        if (names.state == PT_UNKNOWN)
            fail(r, names);
        for (size_t k = 0; k < pt_len(names.value); k++) {
            pt_str file = pt_text(pt_at(names.value, k));
            if (!pt_str_ends(file, PT_STR(".conf")))
                continue;
            pt_fact f = pt_host_listed(
                r->q, pt_arena_printf(r->q->a, "%.*s/%.*s", PT_PRI(dir), PT_PRI(file)).p);
            if (f.state == PT_UNKNOWN)
                fail(r, f);
            read_unit(r, pt_text(f.value));
        }
    }
}

// -- command lines --------------------------------------------------------------------------------

static void set_config(reading *r, pt_str path) {
    bool other = r->config.n && !pt_str_eq(r->config, path);
    if (other || !pt_str_starts(path, PT_STR("/")))
        not_understood(r, path);
    r->config = path;
}

static void add_option(reading *r, const char *key, pt_str value) {
    pt_buf_printf(&r->options, "%s%.*s\n", key, PT_PRI(value));
}

// Options of sshd(8). Those with a value take the rest of their word, or the next word.
static bool read_option(reading *r, pt_str word, pt_str *rest) {
    static const char flags[] = "46DeiqdtT"; // change no setting
    static const char valued[] = "fogbcCEhkpu";
    char letter = (char)(word.n >= 2 && word.p[0] == '-' ? word.p[1] : '\0');
    if (letter && strchr(flags, letter)) {
        for (size_t i = 1; i < word.n; i++)
            if (!strchr(flags, word.p[i]))
                return false;
        return true;
    }
    if (!letter || !strchr(valued, letter))
        return false;
    pt_str value = pt_str_sub(word, 2, word.n);
    if (!value.n && !pt_str_word(rest, &value))
        return false;
    if (letter == 'f')
        set_config(r, value);
    else if (letter == 'o')
        add_option(r, "", value);
    else if (letter == 'g')
        add_option(r, "LoginGraceTime ", value);
    return true;
}

static void read_options(reading *r, pt_str text) {
    pt_str word;
    while (pt_str_word(&text, &word)) {
        bool plain = true;
        for (size_t i = 0; i < word.n; i++)
            plain = plain && !strchr("\"'\\$%`", word.p[i]);
        if (!plain || !read_option(r, word, &text))
            not_understood(r, word);
    }
}

// "$SSHD_OPTS", "${OPTIONS}": what the files and lines of the environment set it to. Which one of
// two values counts is not followed.
static pt_str value_of(reading *r, pt_str name) {
    if (pt_str_starts(name, PT_STR("{")) && pt_str_ends(name, PT_STR("}")))
        name = pt_str_sub(name, 1, name.n - 1);
    pt_str rest = pt_buf_str(&r->environment);
    pt_str line;
    pt_str one;
    pt_str found = {0};
    while (pt_str_split(&rest, '\n', &line)) {
        if (!pt_host_setting(line, name, &one))
            continue;
        one = unquoted(one);
        if (found.n && !pt_str_eq(found, one))
            not_understood(r, line);
        found = one;
    }
    return found;
}

// "-/usr/sbin/sshd -D $SSHD_OPTS"
static void read_command(reading *r, pt_str text) {
    pt_str all = text;
    pt_str word;
    if (!pt_str_word(&text, &word))
        return;
    while (word.n && strchr("-@:+!", word.p[0]))
        word = pt_str_sub(word, 1, word.n);
    if (!pt_str_ends(word, PT_STR("/sshd"))) {
        not_understood(r, all);
        return;
    }
    r->local |= pt_str_starts(word, PT_STR("/usr/local/")) || pt_str_starts(word, PT_STR("/opt/"));
    pt_str options = {0};
    while (pt_str_word(&text, &word)) {
        if (pt_str_starts(word, PT_STR("$")))
            word = value_of(r, pt_str_sub(word, 1, word.n));
        options = pt_arena_printf(r->q->a, "%.*s %.*s", PT_PRI(options), PT_PRI(word));
    }
    read_options(r, options);
}

// Init scripts, and units of old, read these without naming them in a unit.
static void read_defaults(reading *r) {
    static const char *const files[][2] = {{"/etc/default/ssh", "SSHD_OPTS"},
                                           {"/etc/sysconfig/sshd", "OPTIONS"}};
    for (size_t i = 0; i < PT_COUNT(files); i++) {
        pt_str value;
        pt_fact f = pt_host_text(r->q, files[i][0], r->program);
        if (f.state == PT_UNKNOWN)
            fail(r, f);
        if (pt_host_setting(pt_text(f.value), pt_str_of(files[i][1]), &value))
            read_options(r, unquoted(value));
    }
}

// -- all of it ------------------------------------------------------------------------------------

// A daemon that was built here reads /usr/local/etc/sshd_config, or what it was built for.
static void choose_config(reading *r) {
    static const char built[] = "/usr/local/etc/sshd_config";
    if (r->config.n)
        return;
    pt_fact f = r->local ? pt_world_stat(r->q->w, r->q->a, built, r->program) : (pt_fact){0};
    if (r->local && f.state == PT_UNKNOWN)
        fail(r, f);
    r->config = f.state == PT_KNOWN ? pt_str_of(built) : PT_STR("/etc/ssh/sshd_config");
}

static void read_all(reading *r, bool both) {
    find_drop_ins(r, "service"); // those of every service
    for (size_t i = 0; i < PT_COUNT(unit_names); i++) {
        find_unit(r, unit_names[i]);
        find_drop_ins(r, unit_names[i]);
    }
    for (size_t i = 0; i < r->commands.n; i++)
        read_command(r, r->commands.v[i]);
    read_defaults(r);
    if (both && !r->commands.n)
        fail(r, pt_fact_unknown(PT_STR("/usr/sbin/sshd and /usr/local/sbin/sshd are there, and no "
                                       "unit says which one runs"),
                                PT_STR("remove the one that does not run")));
    choose_config(r);
    if (r->environment.full || r->options.full)
        fail(r, pt_fact_unknown(PT_STR("the units of sshd are too long"), (pt_str){0}));
}

static void find_start(const pt_host_ask *q, pt_sshd_start *ret) {
    enum {
        UNITS_BYTES_MAX = 1 << 20
    };
    bool there[PT_COUNT(programs)];
    pt_fact first = {.state = PT_ABSENT};
    const char *program = NULL;
    for (size_t i = 0; i < PT_COUNT(programs); i++) {
        // /usr/sbin/sshd is beside a folder; the others are proved absent by the same folder.
        pt_fact f = pt_world_stat(q->w, q->a, programs[i],
                                  i == 0    ? NULL
                                  : program ? program
                                            : "/usr");
        there[i] = f.state == PT_KNOWN;
        if (f.state == PT_UNKNOWN) {
            *ret = (pt_sshd_start){.program = f};
            return;
        }
        if (i == 0 || (there[i] && !program))
            first = f;
        if (there[i] && !program)
            program = programs[i];
    }
    *ret = (pt_sshd_start){.program = first};
    if (!program)
        return;
    reading r = {.q = q,
                 .program = program,
                 .environment = PT_BUF(UNITS_BYTES_MAX),
                 .options = PT_BUF(UNITS_BYTES_MAX),
                 .local = !there[0] && !there[1]};
    read_all(&r, (there[0] || there[1]) && there[2]);
    ret->config = r.config;
    ret->options = pt_arena_str(q->a, pt_buf_str(&r.options));
    pt_buf_done(&r.environment);
    pt_buf_done(&r.options);
    if (r.failed)
        ret->program = r.trouble;
    else
        ret->program.value = pt_stringz(program);
}

pt_fact pt_host_sshd_program(const pt_host_ask *q) {
    if (!q->memo->sshd_known)
        find_start(q, &q->memo->sshd);
    q->memo->sshd_known = true;
    return q->memo->sshd.program;
}
