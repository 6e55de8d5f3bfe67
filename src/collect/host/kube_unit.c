// What a service of systemd starts (systemd.service(5), systemd.exec(5)): ExecStart with the
// environment that its unit, drop-ins and files give. What is not surely understood makes all of it
// unknown: flags that were overlooked would look like defaults.
#include <stdlib.h>
#include <string.h>

#include "collect/host/kube.h"

static const char *const unit_dirs[] = {
    "/etc/systemd/system",     "/run/systemd/system", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system", "/lib/systemd/system",
};

typedef struct reading {
    const pt_host_ask *q;
    pt_kube_start *ret;
    pt_words set;        // Environment=
    pt_words from_files; // EnvironmentFile=: counts before it
    pt_str command;
    pt_fact trouble;
    bool failed;
} reading;

static void fail(reading *r, pt_fact why) {
    if (!r->failed)
        r->trouble = why;
    r->failed = true;
}

static void not_understood(reading *r, pt_str what) {
    fail(r,
         pt_fact_unknown(
             pt_arena_printf(r->q->a, "a unit says \"%.*s\", which is not followed", PT_PRI(what)),
             PT_STR("run paratia audit on the machine itself, while the service runs")));
}

static void add(reading *r, pt_words *w, pt_str word) {
    if (!pt_words_add(r->q->a, w, word))
        fail(r, pt_kube_no_memory());
}

// The next word without its quotes, which may stand anywhere in it.
static bool next_word(reading *r, pt_str *rest, pt_str *ret) {
    *rest = pt_str_trim(*rest);
    char *out = rest->n ? pt_arena_take(r->q->a, rest->n) : NULL;
    size_t n = 0;
    size_t i = 0;
    char quote = '\0';
    if (!out)
        return false;
    for (; i < rest->n && (quote || !strchr(" \t", rest->p[i])); i++) {
        char c = rest->p[i];
        if (c == '\\')
            not_understood(r, *rest);
        bool toggles = quote ? c == quote : c == '"' || c == '\'';
        if (!toggles)
            out[n++] = c;
        else if (quote)
            quote = '\0';
        else
            quote = c;
    }
    *rest = pt_str_sub(*rest, i, rest->n);
    *ret = (pt_str){out, n};
    return true;
}

static pt_str unquoted(pt_str s) {
    s = pt_str_trim(s);
    bool quoted = s.n >= 2 && strchr("\"'", s.p[0]) && s.p[s.n - 1] == s.p[0];
    return quoted ? pt_str_sub(s, 1, s.n - 1) : s;
}

// "-/etc/default/kubelet": a file that may be missing.
static void read_environment_file(reading *r, pt_str path) {
    path = pt_str_sub(path, pt_str_starts(path, PT_STR("-")), path.n);
    pt_str z = pt_arena_str(r->q->a, path);
    if (!z.p || z.p[0] != '/' || strpbrk(z.p, "*?[%\"'")) {
        not_understood(r, path);
        return;
    }
    pt_fact f = pt_host_text(r->q, z.p, PT_KUBE_WITNESS);
    if (f.state == PT_UNKNOWN)
        fail(r, f);
    pt_str rest = pt_text(f.value);
    pt_str line;
    while (pt_str_split(&rest, '\n', &line)) {
        line = pt_str_trim(line);
        size_t eq = pt_str_find(line, '=');
        if (eq == line.n || strchr("#;", line.p[0]))
            continue;
        if (pt_str_ends(line, PT_STR("\\")))
            not_understood(r, line);
        add(r, &r->from_files,
            pt_arena_printf(r->q->a, "%.*s=%.*s", PT_PRI(pt_str_sub(line, 0, eq)),
                            PT_PRI(unquoted(pt_str_sub(line, eq + 1, line.n)))));
    }
}

// An empty value forgets what was said before.
static void read_setting(reading *r, pt_str key, pt_str value) {
    pt_str word;
    if (pt_str_eqz(key, "ExecStart"))
        r->command = value;
    else if (pt_str_eqz(key, "Environment") && !value.n)
        r->set.n = 0;
    else if (pt_str_eqz(key, "Environment"))
        while (next_word(r, &value, &word))
            add(r, &r->set, word);
    else if (pt_str_eqz(key, "EnvironmentFile") && !value.n)
        r->from_files.n = 0;
    else if (pt_str_eqz(key, "EnvironmentFile"))
        read_environment_file(r, value);
}

// Lines that end in a backslash go on; comments among them do not count.
static void read_file(reading *r, const char *path) {
    pt_fact f = pt_host_listed(r->q, path);
    if (f.state == PT_UNKNOWN)
        fail(r, f);
    add(r, &r->ret->files, pt_str_of(path));
    pt_str text = pt_text(f.value);
    pt_str line;
    pt_str whole = {0};
    while (pt_str_split(&text, '\n', &line)) {
        line = pt_str_trim(line);
        if (line.n && strchr("#;", line.p[0]))
            continue;
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

// The first folder that has the unit decides. False: there is none, or it starts nothing.
static bool find_unit(reading *r, const char *unit) {
    for (size_t i = 0; i < PT_COUNT(unit_dirs); i++) {
        pt_str path = pt_arena_printf(r->q->a, "%s/%s", unit_dirs[i], unit);
        if (!path.p || !counts(r, unit_dirs[i]))
            continue;
        pt_fact st = pt_world_stat(r->q->w, r->q->a, path.p, PT_KUBE_WITNESS);
        if (st.state == PT_ABSENT)
            continue;
        if (st.state == PT_UNKNOWN) {
            fail(r, st);
            return true;
        }
        if (pt_str_eqz(pt_text(pt_getz(st.value, "type")), "device"))
            return false; // masked: a link to /dev/null
        r->ret->how = pt_fact_known(pt_bool(true), path);
        read_file(r, path.p);
        return true;
    }
    return false;
}

typedef struct drop_in {
    pt_str name, path;
} drop_in;

static int by_name(const void *a, const void *b) {
    return pt_str_cmp(((const drop_in *)a)->name, ((const drop_in *)b)->name);
}

typedef PT_VEC(drop_in) drop_ins;

static bool is_listed(const drop_ins *all, pt_str name) {
    for (size_t i = 0; i < all->n; i++)
        if (pt_str_eq(all->v[i].name, name))
            return true;
    return false;
}

static void list_drop_ins(reading *r, pt_str dir, drop_ins *ret) {
    pt_fact names = pt_world_list(r->q->w, r->q->a, dir.p, PT_KUBE_WITNESS);
    if (names.state == PT_UNKNOWN)
        fail(r, names);
    for (size_t i = 0; i < pt_len(names.value); i++) {
        pt_str name = pt_text(pt_at(names.value, i));
        if (!pt_str_ends(name, PT_STR(".conf")) || is_listed(ret, name))
            continue;
        drop_in *slot = PT_PUSH(r->q->a, ret);
        if (slot)
            *slot =
                (drop_in){name, pt_arena_printf(r->q->a, "%.*s/%.*s", PT_PRI(dir), PT_PRI(name))};
        else
            fail(r, pt_kube_no_memory());
    }
}

// By name, over all folders; of equal names the first folder's counts. "service.d" is every
// service's.
static void read_drop_ins(reading *r, const char *unit) {
    drop_ins all = {0};
    for (size_t i = 0; i < 2 * PT_COUNT(unit_dirs); i++) {
        const char *dir = unit_dirs[i / 2];
        pt_str own = pt_arena_printf(r->q->a, "%s/%s.d", dir, i % 2 ? "service" : unit);
        if (own.p && counts(r, dir))
            list_drop_ins(r, own, &all);
    }
    if (all.n)
        qsort(all.v, all.n, sizeof *all.v, by_name);
    for (size_t i = 0; i < all.n; i++)
        if (all.v[i].path.p)
            read_file(r, all.v[i].path.p);
}

// -- the command ----------------------------------------------------------------------------------

// The last value that `name` was given; empty if none.
static pt_str value_of(const pt_words *environment, pt_str name) {
    pt_str found = {0};
    for (size_t i = 0; i < environment->n; i++) {
        pt_str word = environment->v[i];
        size_t eq = pt_str_find(word, '=');
        if (pt_str_eq(pt_str_sub(word, 0, eq), name))
            found = pt_str_sub(word, eq + 1, word.n);
    }
    return found;
}

// "$NAME" alone is split at blanks; "${NAME}" within a word is not.
static void expand(reading *r, pt_str word) {
    pt_str one;
    bool alone = pt_str_starts(word, PT_STR("$")) && !pt_str_starts(word, PT_STR("${"));
    if (alone) {
        pt_str value = value_of(&r->ret->environment, pt_str_sub(word, 1, word.n));
        while (next_word(r, &value, &one))
            add(r, &r->ret->argv, one);
        return;
    }
    for (size_t at; (at = pt_str_find_str(word, PT_STR("${"))) < word.n;) {
        size_t end = at + pt_str_find(pt_str_sub(word, at, word.n), '}');
        pt_str value = value_of(&r->ret->environment, pt_str_sub(word, at + 2, end));
        if (end == word.n || pt_str_has(value, PT_STR("${"))) {
            not_understood(r, word);
            return;
        }
        word = pt_arena_printf(r->q->a, "%.*s%.*s%.*s", PT_PRI(pt_str_sub(word, 0, at)),
                               PT_PRI(value), PT_PRI(pt_str_sub(word, end + 1, word.n)));
    }
    add(r, &r->ret->argv, word);
}

static void read_command(reading *r, pt_str program) {
    pt_str rest = r->command;
    pt_str word;
    for (size_t i = 0; i < r->set.n; i++)
        add(r, &r->ret->environment, r->set.v[i]);
    for (size_t i = 0; i < r->from_files.n; i++)
        add(r, &r->ret->environment, r->from_files.v[i]);
    if (!next_word(r, &rest, &word))
        return;
    while (word.n && strchr("-@:+!", word.p[0]))
        word = pt_str_sub(word, 1, word.n);
    if (!pt_str_eq(pt_kube_base_name(word), program)) {
        not_understood(r, r->command);
        return;
    }
    add(r, &r->ret->argv, word);
    while (next_word(r, &rest, &word))
        expand(r, word);
}

pt_kube_start pt_kube_unit(const pt_host_ask *q, const char *unit) {
    pt_kube_start ret = {.how = pt_fact_absent(PT_STR("/etc/systemd/system"))};
    reading r = {.q = q, .ret = &ret};
    pt_str name = pt_str_of(unit);
    if (!find_unit(&r, unit))
        return ret;
    read_drop_ins(&r, unit);
    read_command(&r, pt_str_sub(name, 0, pt_str_find(name, '.')));
    if (r.failed)
        ret.how = r.trouble;
    else if (!ret.argv.n)
        ret.how = pt_fact_absent(ret.how.source);
    return ret;
}
