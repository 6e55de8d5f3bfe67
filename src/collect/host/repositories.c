// Where packages come from: apt's sources.list(5), one line or deb822, and dnf's *.repo files.
// "repositories/unsigned": places at which signatures are not asked for; "repositories/plain":
// places that name http, or do not check who answers. Absent: no source at all.
#include <ctype.h>
#include <string.h>

#include "collect/host/provider.h"

// What the lines of one stanza say, until it is known whether it counts.
typedef struct stanza {
    unsigned sources;
    pt_list unsigned_, plain;
    pt_str odd; // a URI of which the way to its packages cannot be told
    bool disabled;
} stanza;

typedef struct reading {
    const pt_host_ask *q;
    pt_list unsigned_, plain;
    size_t n;   // how many sources there are
    pt_str odd; // the first such URI: "/etc/apt/sources.list:1: cdrom:…"
    stanza now;
    pt_str field; // of the stanza's last line: it may go on
} reading;

// Where something stands.
typedef struct place {
    pt_str path;
    unsigned line;
} place;

static void note(reading *s, pt_list *l, const place *at) {
    pt_list_add(l, pt_string(pt_arena_printf(s->q->a, "%.*s:%u", PT_PRI(at->path), at->line)));
}

static void begin_stanza(reading *s) {
    s->now = (stanza){.unsigned_ = {.a = s->q->a}, .plain = {.a = s->q->a}};
    s->field = (pt_str){0};
}

static void append(pt_list *to, pt_list *from) {
    pt_value v = pt_list_end(from);
    if (!pt_defined(v))
        pt_list_add(to, v); // says so
    for (size_t i = 0; i < pt_len(v); i++)
        pt_list_add(to, pt_at(v, i));
}

static void end_stanza(reading *s) {
    if (!s->now.disabled) {
        s->n += s->now.sources;
        append(&s->unsigned_, &s->now.unsigned_);
        append(&s->plain, &s->now.plain);
        if (!s->odd.n)
            s->odd = s->now.odd;
    }
    begin_stanza(s);
}

static bool is_scheme(pt_str uri, const char *schemes) {
    pt_str rest = pt_str_of(schemes);
    pt_str one;
    pt_str scheme = pt_str_sub(uri, 0, pt_str_find(uri, ':'));
    while (pt_str_split(&rest, ' ', &one))
        if (pt_str_eq_nocase(scheme, one))
            return true;
    return false;
}

// "mirror" asks over http which mirrors there are; "file" stays on this machine.
static void read_uri(reading *s, const place *at, pt_str uri) {
    s->now.sources++;
    if (is_scheme(uri, "http ftp mirror mirror+http rsh"))
        note(s, &s->now.plain, at);
    else if (!is_scheme(uri, "https file copy ssh") && !s->now.odd.n)
        s->now.odd =
            pt_arena_printf(s->q->a, "%.*s:%u: %.*s", PT_PRI(at->path), at->line, PT_PRI(uri));
}

static bool is_trust(pt_str key) {
    static const char *const names[] = {"trusted", "allow-insecure", "allow-downgrade-to-insecure"};
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (pt_str_eq_nocase(key, pt_str_of(names[i])))
            return true;
    return false;
}

// "deb [trusted=yes arch=amd64] http://host/debian stable main"
static void read_one_line(reading *s, const place *at, pt_str line) {
    pt_str word;
    bool off = false;
    line = pt_str_trim(line);
    if (!pt_str_word(&line, &word) || !pt_str_in_list(word, PT_STR("deb|deb-src"), '|'))
        return;
    line = pt_str_trim(line);
    if (pt_str_starts(line, PT_STR("["))) {
        size_t end = pt_str_find(line, ']');
        pt_str options = pt_str_sub(line, 1, end);
        while (pt_str_word(&options, &word)) {
            size_t equals = pt_str_find(word, '=');
            size_t name = equals;
            while (name && strchr("+-", word.p[name - 1]))
                name--;
            off |= is_trust(pt_str_sub(word, 0, name)) &&
                   pt_host_apt_is(pt_str_sub(word, equals + 1, word.n), true);
        }
        line = pt_str_sub(line, end + 1, line.n);
    }
    if (pt_str_word(&line, &word))
        read_uri(s, at, word);
    if (off)
        note(s, &s->now.unsigned_, at);
    end_stanza(s);
}

static void read_uris(reading *s, const place *at, pt_str value) {
    pt_str word;
    while (pt_str_word(&value, &word)) {
        while (word.n && word.p[word.n - 1] == ',') // dnf's lists may have commas
            word = pt_str_sub(word, 0, word.n - 1);
        if (word.n)
            read_uri(s, at, word);
    }
}

// A field's value, or a line on which it goes on.
static void read_deb822_value(reading *s, const place *at, pt_str value) {
    if (pt_str_eq_nocase(s->field, PT_STR("uris")))
        read_uris(s, at, value);
    else if (is_trust(s->field) && pt_host_apt_is(value, true))
        note(s, &s->now.unsigned_, at);
    else if (pt_str_eq_nocase(s->field, PT_STR("enabled")))
        s->now.disabled |= pt_host_apt_is(value, false);
}

static void read_dnf_value(reading *s, const place *at, pt_str value) {
    if (pt_str_eqz(s->field, "baseurl"))
        read_uris(s, at, value);
    else if (pt_str_eqz(s->field, "gpgcheck") && pt_host_apt_is(value, false))
        note(s, &s->now.unsigned_, at);
    else if (pt_str_eqz(s->field, "metalink") || pt_str_eqz(s->field, "mirrorlist"))
        s->now.sources++;
}

typedef void (*value_reader)(reading *s, const place *at, pt_str value);

static void read_field(reading *s, const place *at, pt_str line, char separator) {
    value_reader read = separator == ':' ? read_deb822_value : read_dnf_value;
    bool more = line.n && isspace((unsigned char)line.p[0]);
    pt_str text = pt_str_trim(line);
    if (!text.n || (!more && text.p[0] == '[')) {
        end_stanza(s);
        return;
    }
    size_t cut = more ? 0 : pt_str_find(line, separator);
    if (!more)
        s->field = pt_str_trim(pt_str_sub(line, 0, cut));
    read(s, at, pt_str_trim(pt_str_sub(line, more ? 0 : cut + 1, line.n)));
}

// "Trusted: yes" and "URIs: http://…" of a deb822 file.
static void read_deb822(reading *s, const place *at, pt_str line) {
    read_field(s, at, line, ':');
}

// "gpgcheck=0" and "baseurl=http://…".
static void read_dnf(reading *s, const place *at, pt_str line) {
    read_field(s, at, line, '=');
}

typedef void (*line_reader)(reading *s, const place *at, pt_str line);

static void read_text(reading *s, pt_fact f, line_reader read) {
    pt_str rest = pt_text(f.value);
    pt_str line;
    begin_stanza(s);
    for (place at = {f.source, 1}; pt_str_split(&rest, '\n', &line); at.line++)
        if (!pt_str_starts(pt_str_trim(line), PT_STR("#")))
            read(s, &at, line);
    end_stanza(s);
}

static pt_fact read_folder(reading *s, const char *dir, const char *suffix, line_reader read) {
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

static pt_fact read_all(reading *s) {
    static const struct {
        const char *dir, *suffix;
        line_reader read;
    } folders[] = {
        {"/etc/apt/sources.list.d", ".list", read_one_line},
        {"/etc/apt/sources.list.d", ".sources", read_deb822},
        {"/etc/yum.repos.d", ".repo", read_dnf},
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

// -- apt.conf -------------------------------------------------------------------------------------

// What apt's settings add to the list of bad places. Known, or why that cannot be told.
static pt_fact add_settings(const reading *s, bool plain, pt_list *l) {
    static const struct {
        const char *key;
        bool plain, bad;
    } settings[] = {
        {"APT::Get::AllowUnauthenticated", false, true},
        {"Acquire::AllowInsecureRepositories", false, true},
        {"Acquire::AllowDowngradeToInsecureRepositories", false, true},
        {"Acquire::https::Verify-Peer", true, false},
        {"Acquire::https::Verify-Host", true, false},
        {"Acquire::https::*::Verify-Peer", true, false},
        {"Acquire::https::*::Verify-Host", true, false},
        {"Acquire::https::Verify-Peer::*", true, false},
        {"Acquire::https::Verify-Host::*", true, false},
    };
    pt_arena *a = s->q->a;
    for (size_t i = 0; i < PT_COUNT(settings); i++) {
        if (settings[i].plain != plain)
            continue;
        pt_fact f = pt_host_apt_setting(s->q, settings[i].key);
        if (f.state == PT_UNKNOWN)
            return f;
        if (f.state == PT_KNOWN && pt_host_apt_is(pt_text(f.value), settings[i].bad))
            pt_list_add(
                l, pt_string(pt_arena_printf(a, "%.*s: %s", PT_PRI(f.source), settings[i].key)));
    }
    return pt_fact_known(pt_bool(true), PT_STR("/etc/apt"));
}

// Does apt look where it usually does? Known, or unknown: "Dir::Etc::sourcelist …".
static pt_fact usual_places(const pt_host_ask *q) {
    static const struct {
        const char *key, *usual;
    } places[] = {
        {"RootDir", "/"},
        {"Dir", "/"},
        {"Dir::Etc", "etc/apt|/etc/apt|etc/apt/|/etc/apt/"},
        {"Dir::Etc::sourcelist", "sources.list|/etc/apt/sources.list"},
        {"Dir::Etc::sourceparts", "sources.list.d|/etc/apt/sources.list.d|sources.list.d/|/etc/apt/"
                                  "sources.list.d/"},
        {"Dir::Etc::main", "apt.conf|/etc/apt/apt.conf"},
        {"Dir::Etc::parts", "apt.conf.d|/etc/apt/apt.conf.d|apt.conf.d/|/etc/apt/apt.conf.d/"},
    };
    for (size_t i = 0; i < PT_COUNT(places); i++) {
        pt_fact f = pt_host_apt_setting(q, places[i].key);
        if (f.state == PT_UNKNOWN)
            return f;
        if (f.state == PT_KNOWN &&
            !pt_str_in_list(pt_text(f.value), pt_str_of(places[i].usual), '|'))
            return pt_fact_unknown(
                pt_arena_printf(q->a, "apt looks elsewhere: %.*s sets %s to \"%.*s\"",
                                PT_PRI(f.source), places[i].key, PT_PRI(pt_text(f.value))),
                pt_arena_printf(q->a, "apt-config dump %s", places[i].key));
    }
    return pt_fact_known(pt_bool(true), PT_STR("/etc/apt"));
}

// What is bad is bad, whatever else cannot be told.
pt_fact pt_host_repositories(const pt_host_ask *q) {
    bool plain = pt_str_eqz(q->arg, "plain");
    reading s = {.q = q, .unsigned_ = {.a = q->a}, .plain = {.a = q->a}};
    pt_fact usual = usual_places(q);
    pt_fact f = read_all(&s);
    if (f.state == PT_UNKNOWN || usual.state == PT_UNKNOWN)
        return f.state == PT_UNKNOWN ? f : usual;
    if (f.state == PT_ABSENT)
        return f;
    pt_list *l = plain ? &s.plain : &s.unsigned_;
    pt_fact settings = add_settings(&s, plain, l);
    pt_value found = pt_list_end(l);
    if (!pt_defined(found))
        return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    if (pt_len(found))
        return pt_fact_known(found, f.source);
    if (settings.state == PT_UNKNOWN)
        return settings;
    if (plain && s.odd.n)
        return pt_fact_unknown(
            pt_arena_printf(q->a, "how its packages come is not known: %.*s", PT_PRI(s.odd)),
            (pt_str){0});
    return pt_fact_known(found, f.source);
}
