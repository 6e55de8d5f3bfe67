// pip's requirements (pip.pypa.io, "Requirements File Format"). A line that pins one version is a
// package; all others are faults, for what is installed by them is not known from here.
#include "collect/packages/python/python.h"

enum {
    FILES_MAX = 32, // that are included, by one another
    TEXT_BYTES_MAX = 16 << 20,
};

typedef struct requirements {
    pt_read *r;
    pt_str names[FILES_MAX]; // that are to be read, from the first one's folder
    size_t n;
    pt_str folder; // of the one that is read, from there
} requirements;

// -- UTF-16, which PowerShell's ">" writes --------------------------------------------------------

static uint32_t unit_at(pt_str s, size_t i, bool big) {
    uint32_t first = (unsigned char)s.p[i];
    uint32_t second = (unsigned char)s.p[i + 1];
    return big ? first << 8 | second : second << 8 | first;
}

// What is beyond ASCII has no part in a requirement: "?".
static pt_str from_utf16(pt_arena *a, pt_str s) {
    bool little = pt_str_starts(s, PT_STR("\xff\xfe"));
    bool big = pt_str_starts(s, PT_STR("\xfe\xff"));
    if (!little && !big)
        return pt_str_starts(s, PT_STR("\xef\xbb\xbf")) ? pt_str_sub(s, 3, s.n) : s;
    char *p = pt_arena_take(a, s.n / 2);
    size_t n = 0;
    for (size_t i = 2; p && i + 1 < s.n; i += 2) {
        uint32_t unit = unit_at(s, i, big);
        p[n++] = (char)(unit < 0x80 ? unit : (unsigned)'?');
    }
    return (pt_str){p, n};
}

// -- lines ----------------------------------------------------------------------------------------

// A comment begins a line or stands behind a blank; a version has no "#" either.
static pt_str without_comment(pt_str line) {
    size_t at = pt_str_find(line, '#');
    bool url = pt_str_has(pt_str_sub(line, 0, at), PT_STR("://"));
    while (url && at < line.n && at > 0 && line.p[at - 1] != ' ' && line.p[at - 1] != '\t') {
        size_t next = pt_str_find(pt_str_sub(line, at + 1, line.n), '#');
        at = at + 1 + next;
    }
    return pt_str_trim(pt_str_sub(line, 0, at));
}

// What stands before the options of one requirement.
static pt_str without_options(pt_str line) {
    size_t at = pt_str_find_str(line, PT_STR(" --"));
    return pt_str_trim(pt_str_sub(line, 0, at));
}

// "==1.2" and nothing else. Empty: it asks for no single version.
static pt_str pinned(pt_str asked) {
    size_t n = pt_str_starts(asked, PT_STR("===")) ? 3 : 2;
    if (!pt_str_starts(asked, PT_STR("==")) || pt_str_find(asked, ',') < asked.n)
        return (pt_str){0};
    pt_str version = pt_str_trim(pt_str_sub(asked, n, asked.n));
    bool several = pt_str_find(version, '*') < version.n || pt_str_find(version, ' ') < version.n;
    return pt_str_sub(version, 0, several ? 0 : version.n);
}

static void fault(const requirements *q, uint32_t line, const char *what, pt_str name) {
    pt_str text = pt_arena_printf(q->r->a, "%s: %.*s", what, PT_PRI(pt_str_sub(name, 0, 100)));
    pt_fault_add(q->r, line, text.n ? text.p : what);
}

static void add_file(requirements *q, pt_str name, uint32_t line) {
    if (q->folder.n)
        name = pt_arena_printf(q->r->a, "%.*s/%.*s", PT_PRI(q->folder), PT_PRI(name));
    for (size_t i = 0; i < q->n; i++)
        if (pt_str_eq(q->names[i], name))
            return;
    if (q->n == FILES_MAX)
        fault(q, line, "more files than are read", name);
    else
        q->names[q->n++] = name;
}

// "-r other.txt", "--requirement=other.txt": read when its turn comes.
static bool include(requirements *q, pt_str line, uint32_t n) {
    static const char *const options[] = {"-r", "--requirement"};
    for (size_t i = 0; i < PT_COUNT(options); i++) {
        pt_str option = pt_str_of(options[i]);
        if (!pt_str_starts(line, option))
            continue;
        pt_str name = pt_str_trim(pt_str_sub(line, option.n, line.n));
        name = pt_str_trim(pt_str_sub(name, name.n && name.p[0] == '=', name.n));
        add_file(q, name, n);
        return true;
    }
    return false;
}

// Options of all other kinds install nothing, but for "-e".
static void put_option(requirements *q, pt_str line, uint32_t n) {
    bool editable = pt_str_starts(line, PT_STR("-e")) || pt_str_starts(line, PT_STR("--editable"));
    if (!include(q, line, n) && editable)
        fault(q, n, "a package without a version", line);
}

static pt_code put_line(requirements *q, pt_str line, uint32_t n, pt_err *e) {
    pt_python_requirement asked;
    if (line.p[0] == '-') {
        put_option(q, line, n);
        return PT_OK;
    }
    line = without_options(line);
    if (!pt_python_require(line, &asked)) {
        fault(q, n, "not a requirement", line);
        return PT_OK;
    }
    pt_package p = {.name = asked.name, .version = pinned(asked.version), .line = n};
    if (p.version.n)
        return pt_package_add(q->r, &p, e);
    fault(q, n, "a requirement of no single version", line);
    return PT_OK;
}

// A line that ends with "\" goes on, which matters for options only: they may be left out.
static pt_code read_text(requirements *q, pt_str text, bool included, pt_err *e) {
    pt_code code = PT_OK;
    bool within = false;
    pt_str line;
    text = from_utf16(q->r->a, text);
    for (uint32_t n = 1; !code && pt_line_next(&text, &line); n++) {
        bool first = !within;
        line = pt_str_trim(line);
        within = line.n && line.p[line.n - 1] == '\\';
        line = without_comment(pt_str_sub(line, 0, line.n - within));
        if (first && line.n)
            code = put_line(q, line, included ? 0 : n, e);
    }
    return code;
}

pt_code pt_read_requirements(pt_read *r, pt_str text, pt_err *e) {
    requirements q = {.r = r};
    if (text.n > TEXT_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than 16 MiB of requirements");
    pt_code code = read_text(&q, text, false, e);
    for (size_t i = 0; !code && i < q.n; i++) {
        pt_str other = r->beside ? r->beside(r, q.names[i]) : (pt_str){0};
        size_t cut = pt_str_rfind(q.names[i], '/');
        q.folder = pt_str_sub(q.names[i], 0, cut < q.names[i].n ? cut : 0);
        if (other.n && other.n <= TEXT_BYTES_MAX)
            code = read_text(&q, other, true, e);
        else
            fault(&q, 0, "a file that is included cannot be read", q.names[i]);
    }
    return code;
}
