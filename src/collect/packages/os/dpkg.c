// dpkg's status, and the pieces of it in status.d of images without dpkg (deb-control(5), dpkg's
// lib/dpkg/parse.c): stanzas of "Key: value", keys without regard to case, lines that begin with a
// blank go on.
#include <stdio.h>

#include "collect/packages/claims.h"
#include "collect/packages/os/os.h"

enum {
    PACKAGE,
    STATUS,
    ARCHITECTURE,
    SOURCE,
    VERSION,
    MAINTAINER,
    ORIGINAL, // whose package a derivative's is
    REPLACES, // whose files it may have in the place of theirs
    KEYS
};
static const char *const keys[KEYS] = {"Package", "Status",     "Architecture",        "Source",
                                       "Version", "Maintainer", "Original-Maintainer", "Replaces"};

typedef struct stanza {
    pt_str field[KEYS];
    pt_str conffiles; // the lines that go on with it
    bool in_conffiles;
    uint32_t line; // of its first field; 0: there was none yet
} stanza;

// "want error state": it is there unless the state is one of these two. (What is wanted says
// nothing: "deinstall ok installed" is installed.) Without a Status, as in status.d, it is there.
static bool is_there(const stanza *s) {
    pt_str rest = s->field[STATUS];
    pt_str word = {0};
    for (unsigned i = 0; i < 3; i++)
        if (!pt_str_word(&rest, &word))
            return true; // no status, or not a whole one: better listed than lost
    return !pt_str_eqz(word, "not-installed") && !pt_str_eqz(word, "config-files");
}

// "name (version)", or "name": then the version is the binary's.
static void put_source(const stanza *s, pt_package *p) {
    pt_str source = s->field[SOURCE];
    size_t open = pt_str_find(source, '(');
    size_t close = pt_str_find(source, ')');
    p->source = pt_str_trim(pt_str_sub(source, 0, open));
    if (!p->source.n)
        p->source = p->name;
    p->source_version = open < close && close < source.n
                            ? pt_str_trim(pt_str_sub(source, open + 1, close))
                            : p->version;
}

// The characters that deb-version(7) has.
static bool is_version(pt_str s) {
    size_t good = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        good += (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                pt_str_find(PT_STR(".+-~:"), c) < 5;
    }
    return s.n && good == s.n;
}

// "Name <address>": the address, which tells whether the distribution made the package.
static pt_str address_of(pt_str maintainer) {
    size_t open = pt_str_rfind(maintainer, '<');
    pt_str address = pt_str_sub(maintainer, open < maintainer.n ? open + 1 : 0, maintainer.n);
    return pt_str_trim(pt_str_sub(address, 0, pt_str_find(address, '>')));
}

static pt_value more_of(pt_arena *a, const stanza *s) {
    static const char *const names[] = {"maintainer", "original_maintainer"};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        pt_str address = address_of(s->field[MAINTAINER + i]);
        if (address.n)
            pt_obj_set(&o, names[i], pt_string(address));
    }
    if (s->field[REPLACES].n)
        pt_obj_set(&o, "replaces", pt_string(s->field[REPLACES]));
    return o.pairs.n ? pt_obj_end(&o) : pt_undefined();
}

// What left its configuration only is no package, but its list of files stays.
static pt_code put_left(pt_read *r, const stanza *s, pt_err *e) {
    char path[512];
    const pt_str *f = s->field;
    pt_code code = PT_OK;
    static const char list[] = "var/lib/dpkg/info/";
    for (unsigned i = 0; !code && i < 2; i++) {
        int n = snprintf(path, sizeof path, "%s%.*s%s%.*s.list", list, PT_PRI(f[PACKAGE]),
                         i ? ":" : "", PT_PRI(i ? f[ARCHITECTURE] : (pt_str){0}));
        if (n > 0 && (size_t)n < sizeof path)
            code = pt_owns(r, f[PACKAGE], (pt_str){0}, pt_str_of(path), e);
    }
    return code;
}

// " PATH MD5", with "obsolete" behind what newer versions of the package have not. Of one that was
// not written yet no sum stands there.
static pt_code put_conffiles(pt_read *r, const stanza *s, pt_err *e) {
    pt_code code = PT_OK;
    pt_str rest = s->conffiles;
    pt_str line;
    while (!code && r->claims && pt_line_next(&rest, &line)) {
        pt_claim_of of = {.package = s->field[PACKAGE]};
        pt_str digest;
        pt_str word;
        bool whole = pt_str_word(&line, &of.name) && pt_str_word(&line, &digest);
        pt_claim c = {.flags = PT_CLAIM_CONFIG};
        if (!whole || pt_str_word(&line, &word))
            continue;
        c.sum = pt_claim_sum_text(r->a, digest);
        if (c.sum.n)
            code = pt_claim_add(r, &of, &c, e);
    }
    return code;
}

static pt_code put_stanza(pt_read *r, const stanza *s, pt_err *e) {
    pt_package p = {.name = s->field[PACKAGE],
                    .version = s->field[VERSION],
                    .architecture = s->field[ARCHITECTURE]};
    if (!s->line)
        return PT_OK;
    if (p.name.n && !is_there(s))
        return put_left(r, s, e);
    if (!p.name.n || !is_version(p.version)) {
        pt_fault_add(r, s->line,
                     p.name.n ? "a package without a version" : "a package without a name");
        return PT_OK;
    }
    put_source(s, &p);
    p.more = more_of(r->a, s);
    pt_code code = put_conffiles(r, s, e);
    return code ? code : pt_package_add(r, &p, e);
}

static void put_field(stanza *s, pt_str line, uint32_t n) {
    size_t colon = pt_str_find(line, ':');
    pt_str key = pt_str_trim(pt_str_sub(line, 0, colon));
    s->line = s->line ? s->line : n;
    for (size_t i = 0; i < KEYS; i++)
        if (pt_str_eq_nocase(key, pt_str_of(keys[i])))
            s->field[i] = pt_str_trim(pt_str_sub(line, colon + 1, line.n));
    s->in_conffiles = pt_str_eq_nocase(key, PT_STR("Conffiles"));
}

// The rest of a field, of which most do not matter.
static void go_on(stanza *s, pt_str line) {
    if (!s->in_conffiles)
        return;
    if (!s->conffiles.p)
        s->conffiles.p = line.p;
    s->conffiles.n = (size_t)(line.p + line.n - s->conffiles.p);
}

pt_code pt_read_dpkg(pt_read *r, pt_str text, pt_err *e) {
    pt_code code = PT_OK;
    stanza s = {0};
    pt_str line;
    for (uint32_t n = 1; !code && pt_line_next(&text, &line); n++) {
        if (!pt_str_trim(line).n) {
            code = put_stanza(r, &s, e);
            s = (stanza){0};
        } else if (line.p[0] == ' ' || line.p[0] == '\t')
            go_on(&s, line);
        else if (pt_str_find(line, ':') < line.n)
            put_field(&s, line, n);
        else
            pt_fault_add(r, n, "neither a field nor the rest of one");
    }
    return code ? code : put_stanza(r, &s, e);
}

// -- whose a file is ------------------------------------------------------------------------------

// ".../info/NAME.list", of a package of several architectures "NAME:ARCH.list".
static pt_str package_of(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    pt_str name = pt_str_sub(path, cut < path.n ? cut + 1 : 0, pt_str_rfind(path, '.'));
    return pt_str_sub(name, 0, pt_str_find(name, ':'));
}

pt_code pt_read_dpkg_list(pt_read *r, pt_str text, pt_err *e) {
    pt_code code = PT_OK;
    pt_str package = package_of(r->path);
    pt_str line;
    r->lists_files = true;
    while (!code && package.n && pt_line_next(&text, &line))
        code = pt_owns(r, package, (pt_str){0}, line, e);
    return code;
}

// "MD5  PATH" a line, or as md5sum(1) writes it of binary files, "MD5 *PATH": whose content a file
// has. Images without dpkg have no other list.
pt_code pt_read_dpkg_sums(pt_read *r, pt_str text, pt_err *e) {
    pt_code code = PT_OK;
    pt_claim_of of = {.package = package_of(r->path)};
    pt_str line;
    r->lists_files = true;
    while (!code && of.package.n && pt_line_next(&text, &line)) {
        size_t blank = pt_str_find(line, ' ');
        pt_str sum = pt_str_sub(line, 0, blank);
        bool binary = blank + 1 < line.n && line.p[blank + 1] == '*';
        of.name = pt_str_trim(pt_str_sub(line, blank + 1 + binary, line.n));
        code = pt_owns_content(r, of.package, of.name, pt_md5_front(sum), e);
        if (code || !r->claims)
            continue;
        const pt_claim c = {.sum = pt_claim_sum_text(r->a, sum)};
        code = pt_claim_add(r, &of, &c, e);
    }
    return code;
}

// Three lines each: a path, where other packages' files of that path stand instead, and the package
// that has it its way (":" is the administrator).
pt_code pt_read_dpkg_diversions(pt_read *r, pt_str text, pt_err *e) {
    pt_code code = PT_OK;
    pt_claim_of of = {0};
    pt_str to;
    r->lists_files = true;
    while (!code && pt_line_next(&text, &of.name) && pt_line_next(&text, &to) &&
           pt_line_next(&text, &of.package)) {
        const pt_claim c = {.sum = pt_path_plain(to), .flags = PT_CLAIM_MOVED};
        code = pt_claim_add(r, &of, &c, e);
    }
    return code;
}
