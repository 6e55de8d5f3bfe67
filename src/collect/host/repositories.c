// Where packages come from: apt's sources.list(5), one line or deb822, and dnf's *.repo files.
// "repositories/unsigned": places at which signatures are not asked for; "repositories/plain":
// places that name http. Absent: no source at all.
#include "collect/host/provider.h"

typedef struct sources {
    const pt_host_ask *q;
    pt_list unsigned_, plain;
    size_t n; // how many sources there are
} sources;

static void note(sources *s, pt_list *l, pt_str path, unsigned line) {
    pt_list_add(l, pt_string(pt_arena_printf(s->q->a, "%.*s:%u", PT_PRI(path), line)));
}

static bool says_yes(pt_str option) {
    return pt_str_in_list(option, PT_STR("yes|true|1|on"), '|');
}

// "deb [trusted=yes arch=amd64] http://host/debian stable main"
static void read_one_line(sources *s, pt_str path, pt_str line, unsigned number) {
    pt_str word;
    bool off = false;
    if (!pt_str_word(&line, &word) || !pt_str_in_list(word, PT_STR("deb|deb-src"), '|'))
        return;
    s->n++;
    while (pt_str_word(&line, &word)) {
        while (word.n && (word.p[0] == '[' || word.p[word.n - 1] == ']'))
            word = pt_str_sub(word, word.p[0] == '[', word.n - (word.p[word.n - 1] == ']'));
        off |= pt_str_starts(word, PT_STR("trusted=")) && says_yes(pt_str_sub(word, 8, word.n));
        off |= pt_str_starts(word, PT_STR("allow-insecure=")) &&
               says_yes(pt_str_sub(word, 15, word.n));
        if (pt_str_starts(word, PT_STR("http://")))
            note(s, &s->plain, path, number);
    }
    if (off)
        note(s, &s->unsigned_, path, number);
}

// "Trusted: yes" and "URIs: http://…" of a deb822 file; "gpgcheck=0" and "baseurl=http://…" of dnf.
static void read_field(sources *s, pt_str path, pt_str line, unsigned number) {
    size_t colon = pt_str_find(line, ':');
    size_t equals = pt_str_find(line, '=');
    size_t cut = colon < equals ? colon : equals;
    pt_str key = pt_str_trim(pt_str_sub(line, 0, cut));
    pt_str value = pt_str_trim(pt_str_sub(line, cut + 1, line.n));
    if (pt_str_eq_nocase(key, PT_STR("uris")) || pt_str_eqz(key, "baseurl")) {
        s->n++;
        if (pt_str_has(value, PT_STR("http://")))
            note(s, &s->plain, path, number);
    }
    s->n += pt_str_eqz(key, "metalink") || pt_str_eqz(key, "mirrorlist");
    bool trusted =
        pt_str_eq_nocase(key, PT_STR("trusted")) || pt_str_eq_nocase(key, PT_STR("allow-insecure"));
    if ((trusted && says_yes(value)) ||
        (pt_str_eqz(key, "gpgcheck") && pt_str_in_list(value, PT_STR("0|no|false"), '|')))
        note(s, &s->unsigned_, path, number);
}

typedef void (*line_reader)(sources *s, pt_str path, pt_str line, unsigned number);

static void read_text(sources *s, pt_fact f, line_reader read) {
    pt_str rest = pt_text(f.value);
    pt_str line;
    for (unsigned n = 1; pt_str_split(&rest, '\n', &line); n++) {
        line = pt_str_trim(line);
        if (!pt_str_starts(line, PT_STR("#")))
            read(s, f.source, line, n);
    }
}

static pt_fact read_folder(sources *s, const char *dir, const char *suffix, line_reader read) {
    const char *const dirs[] = {dir, NULL};
    pt_fact paths = pt_host_fragments(s->q, dirs, suffix);
    for (size_t i = 0; i < pt_len(paths.value); i++) {
        pt_fact f = pt_host_listed(s->q, pt_text(pt_at(paths.value, i)).p);
        if (f.state != PT_KNOWN)
            return f;
        read_text(s, f, read);
    }
    return paths;
}

static pt_fact read_all(sources *s) {
    static const struct {
        const char *dir, *suffix;
        line_reader read;
    } folders[] = {
        {"/etc/apt/sources.list.d", ".list", read_one_line},
        {"/etc/apt/sources.list.d", ".sources", read_field},
        {"/etc/yum.repos.d", ".repo", read_field},
    };
    pt_fact main = pt_host_text(s->q, "/etc/apt/sources.list", NULL);
    if (main.state == PT_UNKNOWN)
        return main;
    read_text(s, main, read_one_line);
    for (size_t i = 0; i < PT_COUNT(folders); i++) {
        pt_fact f = read_folder(s, folders[i].dir, folders[i].suffix, folders[i].read);
        if (f.state == PT_UNKNOWN)
            return f;
    }
    return s->n ? pt_fact_known(pt_bool(true), PT_STR("/etc"))
                : pt_fact_absent(PT_STR("/etc/apt and /etc/yum.repos.d"));
}

pt_fact pt_host_repositories(const pt_host_ask *q) {
    sources s = {.q = q, .unsigned_ = {.a = q->a}, .plain = {.a = q->a}};
    pt_fact f = read_all(&s);
    if (f.state != PT_KNOWN)
        return f;
    bool plain = pt_str_eqz(q->arg, "plain");
    pt_fact anyhow = pt_host_apt_setting(q, "APT::Get::AllowUnauthenticated");
    if (!plain && anyhow.state == PT_UNKNOWN)
        return anyhow;
    if (!plain && says_yes(pt_text(anyhow.value)))
        pt_list_add(&s.unsigned_, pt_string(anyhow.source));
    return pt_fact_known(pt_list_end(plain ? &s.plain : &s.unsigned_), f.source);
}
