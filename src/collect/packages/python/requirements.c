// pip's requirements (pip.pypa.io, "Requirements File Format"). A line that pins one version, or
// that a constraint pins, is that package; of all others it is not known from here what is
// installed by them: they are packages without a version, with what is asked.
#include "collect/packages/python/python.h"

enum {
    FILES_MAX = 32, // that are included, by one another
    TEXT_BYTES_MAX = 16 << 20,
};

typedef struct wanted {
    pt_str name, version; // empty: it is not pinned
    pt_str asked;         // of the version
    pt_str from;          // a URL or a path; empty: an index
    uint32_t line;
} wanted;

typedef struct requirements {
    pt_read *r;
    struct {
        pt_str name;     // from the first one's folder
        bool constrains; // what is asked for elsewhere: it asks for nothing
    } files[FILES_MAX];
    size_t n;
    pt_str folder;   // of the one that is read, from there
    bool constrains; // … and whether it does
    PT_VEC(wanted) all;
    pt_list pins; // of constraints: a key and a version, one after the other
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

// Take the next clause of ">=1, ==1.2" off: its operator, one of three, and the version.
static bool next_clause(pt_str *rest, pt_str *ret_operator, pt_str *ret_version) {
    static const char *const operators[] = {"===", "==", "~=", ">="};
    pt_str clause;
    if (!pt_str_split(rest, ',', &clause))
        return false;
    clause = pt_str_trim(clause);
    *ret_operator = *ret_version = (pt_str){0};
    for (size_t i = 0; i < PT_COUNT(operators); i++)
        if (pt_str_starts(clause, pt_str_of(operators[i]))) {
            *ret_operator = pt_str_of(operators[i]);
            *ret_version = pt_str_trim(pt_str_sub(clause, ret_operator->n, clause.n));
            break;
        }
    return true;
}

// Of one version: no "1.*", nothing behind it, no variable of the environment.
static bool is_single(pt_str version) {
    return version.n && pt_str_find(version, '*') == version.n &&
           pt_str_find(version, ' ') == version.n && pt_str_find(version, '$') == version.n;
}

// What "==1.2" asks for, whatever is asked for beside it. Empty: it asks for no single version.
static pt_str pinned(pt_str asked) {
    pt_str operator;
    pt_str version;
    while (next_clause(&asked, &operator, & version))
        if (pt_str_starts(operator, PT_STR("==")) && is_single(version))
            return version;
    return (pt_str){0};
}

// The lowest version that it allows: of "~=1.2", ">=1.2", "==1.2.*". Empty: it says none.
static pt_str lowest(pt_arena *a, pt_str asked) {
    const pt_str any = PT_STR(".*");
    pt_str operator;
    pt_str version;
    while (next_clause(&asked, &operator, & version)) {
        if (pt_str_eqz(operator, "==") && pt_str_ends(version, any))
            version = pt_arena_printf(a, "%.*s.0", PT_PRI(pt_str_sub(version, 0, version.n - 2)));
        if (is_single(version))
            return version;
    }
    return (pt_str){0};
}

static void fault(const requirements *q, uint32_t line, const char *what, pt_str name) {
    name = pt_str_sub(pt_python_without_login(q->r->a, name), 0, 100);
    pt_str text = pt_arena_printf(q->r->a, "%s: %.*s", what, PT_PRI(name));
    pt_fault_add(q->r, line, text.n ? text.p : what);
}

// What a constraint includes constrains, too.
static void add_file(requirements *q, pt_str name, bool constrains, uint32_t line) {
    if (q->folder.n)
        name = pt_arena_printf(q->r->a, "%.*s/%.*s", PT_PRI(q->folder), PT_PRI(name));
    for (size_t i = 0; i < q->n; i++)
        if (pt_str_eq(q->files[i].name, name) && q->files[i].constrains == constrains)
            return;
    if (q->n == FILES_MAX) {
        fault(q, line, "more files than are read", name);
        return;
    }
    q->files[q->n].name = name;
    q->files[q->n++].constrains = constrains;
}

// "-r other.txt", "--constraint=other.txt": read when its turn comes.
static bool include(requirements *q, pt_str line, uint32_t n) {
    static const struct {
        const char *name;
        bool constrains;
    } options[] = {{"-r", false}, {"--requirement", false}, {"-c", true}, {"--constraint", true}};
    for (size_t i = 0; i < PT_COUNT(options); i++) {
        pt_str option = pt_str_of(options[i].name);
        if (!pt_str_starts(line, option))
            continue;
        pt_str name = pt_str_trim(pt_str_sub(line, option.n, line.n));
        name = pt_str_trim(pt_str_sub(name, name.n && name.p[0] == '=', name.n));
        add_file(q, name, options[i].constrains || q->constrains, n);
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

static pt_code no_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code put_wanted(requirements *q, wanted w, pt_err *e) {
    if (q->constrains && w.version.n) {
        pt_list_add(&q->pins, pt_string(pt_python_key(q->r->a, w.name)));
        pt_list_add(&q->pins, pt_string(w.version));
        return q->pins.full ? no_memory(e) : PT_OK;
    }
    wanted *own = q->constrains ? NULL : PT_PUSH(q->r->a, &q->all);
    if (own)
        *own = w;
    return own || q->constrains ? PT_OK : no_memory(e);
}

// "https://example.org/name-1.0.tar.gz", "./name-1.0-py3-none-any.whl".
static bool is_place(pt_str line) {
    pt_str word = {0};
    (void)pt_str_word(&line, &word);
    return pt_str_has(word, PT_STR("://")) || pt_str_ends(word, PT_STR(".whl")) ||
           (word.n && (word.p[0] == '/' || word.p[0] == '.'));
}

// "name @ URL": what the URL is.
static pt_str place_of(pt_str line) {
    size_t at = pt_str_find_str(line, PT_STR("://"));
    size_t mark = pt_str_find(pt_str_sub(line, 0, at), '@');
    pt_str word = {0};
    line = pt_str_sub(line, mark < at ? mark + 1 : 0, line.n);
    return pt_str_word(&line, &word) ? word : line;
}

static pt_code put_place(requirements *q, pt_str line, const pt_python_requirement *said,
                         uint32_t n, pt_err *e) {
    pt_python_requirement file = {0};
    pt_str place = place_of(line);
    bool is = pt_python_archive(place, &file);
    pt_arena *a = q->r->a;
    if (is && said && !pt_str_eq(pt_python_key(a, said->name), pt_python_key(a, file.name)))
        file.version = (pt_str){0};
    if (said)
        file.name = said->name;
    if (!is && !said) {
        fault(q, n, "a package without a version", line);
        return PT_OK;
    }
    return put_wanted(q,
                      (wanted){file.name, is ? file.version : (pt_str){0}, PT_STR("a URL"),
                               pt_python_without_login(a, place), n},
                      e);
}

static pt_code put_line(requirements *q, pt_str line, uint32_t n, pt_err *e) {
    pt_python_requirement it;
    if (line.p[0] == '-') {
        put_option(q, line, n);
        return PT_OK;
    }
    line = without_options(line);
    if (is_place(line))
        return put_place(q, line, NULL, n, e);
    if (!pt_python_require(line, &it)) {
        fault(q, n, "not a requirement", line);
        return PT_OK;
    }
    if (pt_str_has(line, PT_STR("://")))
        return put_place(q, line, &it, n, e);
    pt_str asked = it.version.n ? it.version : PT_STR("any");
    return put_wanted(q, (wanted){it.name, pinned(it.version), asked, {0}, n}, e);
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

static pt_code read_files(requirements *q, pt_err *e) {
    pt_read *r = q->r;
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < q->n; i++) {
        pt_str name = q->files[i].name;
        pt_str other = r->beside ? r->beside(r, name) : (pt_str){0};
        size_t cut = pt_str_rfind(name, '/');
        q->folder = pt_str_sub(name, 0, cut < name.n ? cut : 0);
        q->constrains = q->files[i].constrains;
        if (other.n && other.n <= TEXT_BYTES_MAX)
            code = read_text(q, other, true, e);
        else
            fault(q, 0, "a file that is included cannot be read", name);
    }
    return code;
}

static pt_value more_of(pt_arena *a, const wanted *it, bool known) {
    pt_obj o = {.a = a};
    pt_str low = {0};
    if (!known)
        low = lowest(a, it->asked);
    if (!known)
        pt_obj_set(&o, "asked", pt_string(it->asked));
    if (it->from.n)
        pt_obj_set(&o, "from", pt_string(it->from));
    if (low.n)
        pt_obj_set(&o, "version_min", pt_string(low));
    return o.pairs.n ? pt_obj_end(&o) : pt_undefined();
}

static pt_code put_all(requirements *q, pt_err *e) {
    pt_arena *a = q->r->a;
    pt_value pins = pt_object_of(a, q->pins.items.v, q->pins.items.n / 2, NULL);
    pt_code code = pt_defined(pins) ? PT_OK : no_memory(e);
    for (size_t i = 0; !code && i < q->all.n; i++) {
        const wanted *it = &q->all.v[i];
        pt_package p = {.name = it->name, .version = it->version, .line = it->line};
        if (!p.version.n)
            p.version = pt_text(pt_get(pins, pt_python_key(a, it->name)));
        p.more = more_of(a, it, p.version.n > 0);
        code = pt_package_add(q->r, &p, e);
    }
    return code;
}

pt_code pt_read_requirements(pt_read *r, pt_str text, pt_err *e) {
    requirements q = {.r = r, .pins = {.a = r->a}};
    if (text.n > TEXT_BYTES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than 16 MiB of requirements");
    pt_code code = read_text(&q, text, false, e);
    code = code ? code : read_files(&q, e);
    return code ? code : put_all(&q, e);
}
