#include "cli/scan_against.h"

#include "cli/scan_layers.h"
#include "cli/scan_vuln.h"
#include "record/report/cells.h"

enum {
    SHOWN_MAX = 10, // of a list in a terminal
    TEXT_FROM = 4,
    TEXT_CELLS_MIN = 20,
    LINE_BYTES_MAX = 1 << 16,
};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static int64_t number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

pt_value pt_scan_against_other(const char *target, pt_value other, pt_arena *a) {
    static const char *const of_image[] = {"names", "manifest", "config"};
    pt_value image = pt_getz(other, "image");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "target", pt_string(pt_str_of(target)));
    pt_obj_maybe(&o, "kind", pt_getz(other, "kind"));
    pt_obj_maybe(&o, "verdict", pt_getz(other, "verdict"));
    for (size_t i = 0; i < PT_COUNT(of_image); i++)
        pt_obj_maybe(&o, of_image[i], pt_getz(image, of_image[i]));
    return pt_obj_end(&o);
}

// -- one of a list --------------------------------------------------------------------------------

// Texts, two blanks between them.
static void put_texts(pt_buf *b, pt_value v, const char *const *keys) {
    bool first = true;
    for (; *keys; keys++) {
        pt_str s = text_of(v, *keys);
        if (!s.n)
            continue;
        pt_buf_putz(b, first ? "" : "  ");
        pt_buf_put_safe(b, s);
        first = false;
    }
}

static void put_list(pt_buf *b, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_buf_putz(b, i ? ", " : "");
        pt_buf_put_safe(b, pt_text(pt_at(list, i)));
    }
}

static void put_flaw(pt_buf *b, pt_value v) {
    static const char *const keys[] = {"severity", "id", "type", "package", "version", NULL};
    put_texts(b, v, keys);
}

static void put_secret(pt_buf *b, pt_value v) {
    static const char *const keys[] = {"severity", "rule", "file", "config", NULL};
    put_texts(b, v, keys);
    if (number_of(v, "layer"))
        pt_buf_printf(b, "  layer %lld", (long long)number_of(v, "layer"));
}

static void put_package(pt_buf *b, pt_value v) {
    static const char *const keys[] = {"how", "type", "name", NULL};
    put_texts(b, v, keys);
    pt_buf_putz(b, "  ");
    put_list(b, pt_getz(v, "from"));
    pt_buf_putz(b, pt_len(pt_getz(v, "from")) && pt_len(pt_getz(v, "to")) ? " -> " : "");
    put_list(b, pt_getz(v, "to"));
}

static void put_text(pt_buf *b, pt_value v) {
    pt_buf_put_safe(b, pt_text(v));
}

static void put_file(pt_buf *b, pt_value v) {
    pt_buf_put_safe(b, text_of(v, "path"));
    pt_buf_putz(b, "  ");
    put_list(b, pt_getz(v, "how"));
    if (pt_defined(pt_getz(v, "bytes")))
        pt_scan_put_size(b, number_of(v, "bytes"));
    if (pt_defined(pt_getz(v, "mode_was")))
        pt_buf_printf(b, "  %.*s -> %.*s", PT_PRI(text_of(v, "mode_was")),
                      PT_PRI(text_of(v, "mode")));
    pt_buf_printf(b, "  layer %lld", (long long)number_of(v, "layer"));
}

// A value of the configuration, as far as it may be shown.
static void put_value(pt_buf *b, pt_value v) {
    char room[PT_NUMBER_ROOM];
    pt_str program = text_of(v, "program");
    pt_str value = text_of(v, "value");
    if (pt_tag_of(v) == PT_STRING)
        pt_buf_put_safe(b, pt_text(v));
    else if (pt_tag_of(v) == PT_NUMBER)
        pt_buf_put(b, pt_number_text(v, room));
    else if (pt_tag_of(v) == PT_BOOL)
        pt_buf_putz(b, pt_true(v) ? "yes" : "no");
    else if (program.n) {
        pt_buf_put_safe(b, program);
        pt_buf_printf(b, " and %lld bytes of arguments", (long long)number_of(v, "bytes"));
    } else if (value.n)
        pt_buf_put_safe(b, value);
    else
        pt_buf_printf(b, "%.*s, %lld bytes", PT_PRI(text_of(v, "shape")),
                      (long long)number_of(v, "bytes"));
}

static void put_setting(pt_buf *b, pt_value v) {
    static const char *const keys[] = {"how", "what", "name", NULL};
    pt_value from = pt_getz(v, "from");
    pt_value to = pt_getz(v, "to");
    put_texts(b, v, keys);
    if (!pt_defined(from) && !pt_defined(to))
        return;
    pt_buf_putz(b, "  ");
    if (pt_defined(from))
        put_value(b, from);
    pt_buf_putz(b, pt_defined(from) && pt_defined(to) ? " -> " : "");
    if (pt_defined(to))
        put_value(b, to);
}

static void put_layer(pt_buf *b, pt_value v) {
    static const char *const keys[] = {"step", "diff_id", NULL};
    pt_buf_printf(b, "%lld  ", (long long)number_of(v, "layer"));
    put_texts(b, v, keys);
}

static void put_missing(pt_buf *b, pt_value v) {
    static const char *const keys[] = {"what", "why", NULL};
    put_texts(b, v, keys);
}

// -- lists ----------------------------------------------------------------------------------------

typedef struct row {
    const char *member, *heading, *thing;
    const char *list; // of the member; NULL: it is the list
    const char *word, *sign;
    void (*put)(pt_buf *b, pt_value v);
} row;

// What belongs together stands together, the worst first.
static const row rows[] = {
    {"vulnerabilities", "Vulnerabilities", "vulnerability", "new", "new", "+", put_flaw},
    {"vulnerabilities", "Vulnerabilities", "vulnerability", "fixed", "fixed", "-", put_flaw},
    {"secrets", "Secrets", "secret", "new", "new", "+", put_secret},
    {"secrets", "Secrets", "secret", "gone", "gone", "-", put_secret},
    {"configuration", "Configuration", "setting", NULL, "changed", " ", put_setting},
    {"packages", "Packages", "package", "changed", "changed", " ", put_package},
    {"packages", "Packages", "package", "added", "added", "+", put_package},
    {"packages", "Packages", "package", "removed", "removed", "-", put_package},
    {"licences", "Licences", "licence", "added", "added", "+", put_text},
    {"licences", "Licences", "licence", "removed", "removed", "-", put_text},
    {"files", "Files", "file", "changed", "changed", " ", put_file},
    {"files", "Files", "file", "added", "added", "+", put_file},
    {"files", "Files", "file", "removed", "removed", "-", put_file},
    {"layers", "Layers", "layer", "added", "added", "+", put_layer},
    {"layers", "Layers", "layer", "removed", "removed", "-", put_layer},
    {"not_compared", "Not compared", "part", NULL, "not compared", " ", put_missing},
};

static pt_value list_of(pt_value against, const row *r) {
    pt_value member = pt_getz(against, r->member);
    return r->list ? pt_getz(member, r->list) : member;
}

static const char *const severities[] = {"critical", "high", "medium", "low", "negligible", ""};

// The last: what has none, or one that nobody knows.
static size_t rank_of(pt_value v) {
    size_t i = 0;
    while (i + 1 < PT_COUNT(severities) && !pt_str_eqz(text_of(v, "severity"), severities[i]))
        i++;
    return i;
}

static void put_line(pt_buf *b, const pt_terminal *t, const row *r, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(LINE_BYTES_MAX);
    r->put(&line, v);
    if (!t->width) {
        pt_buf_printf(b, "%s  %s  %.*s\n", r->word, r->thing, PT_PRI(pt_buf_str(&line)));
        return;
    }
    bool worse = r->sign[0] == '+' && pt_defined(pt_getz(v, "severity"));
    size_t room = t->width > TEXT_FROM + TEXT_CELLS_MIN ? t->width - TEXT_FROM : TEXT_CELLS_MIN;
    pt_buf_putz(b, "  ");
    pt_paint(b, t, worse ? pt_scan_role(text_of(v, "severity")) : PT_ROLE_PLAIN,
             pt_str_of(r->sign));
    pt_buf_putc(b, ' ');
    pt_put_cut_middle(b, t, pt_buf_str(&line), room);
    pt_buf_putc(b, '\n');
}

static void put_items(pt_buf *b, const pt_terminal *t, const row *r, pt_value list) {
    size_t shown = 0;
    for (size_t rank = 0; rank < PT_COUNT(severities); rank++)
        for (size_t i = 0; i < pt_len(list) && (!t->width || shown < SHOWN_MAX); i++) {
            if (rank_of(pt_at(list, i)) != rank)
                continue;
            put_line(b, t, r, pt_at(list, i));
            shown++;
        }
    if (shown < pt_len(list))
        pt_buf_printf(b, "    and %zu more %s: --json\n", pt_len(list) - shown, r->word);
}

// "Packages  2 added, 1 removed, 80 the same"
static void put_heading(pt_buf *b, const pt_terminal *t, pt_value against, const row *first) {
    pt_value member = pt_getz(against, first->member);
    const char *between = "  ";
    pt_buf_putc(b, '\n');
    pt_paint(b, t, PT_ROLE_HEAD, pt_str_of(first->heading));
    for (const row *r = first; r < rows + PT_COUNT(rows) && r->member == first->member; r++) {
        size_t n = pt_len(list_of(against, r));
        if (n && r->list) {
            pt_buf_printf(b, "%s%zu %s", between, n, r->word);
            between = ", ";
        }
    }
    if (pt_defined(pt_getz(member, "same")))
        pt_buf_printf(b, "%s%lld the same", between, (long long)number_of(member, "same"));
    if (number_of(member, "unknown"))
        pt_buf_printf(b, ", %lld not known", (long long)number_of(member, "unknown"));
    pt_buf_putc(b, '\n');
}

// Is there anything to say of the member that begins with this row?
static bool is_told(pt_value against, const row *first) {
    bool any = number_of(pt_getz(against, first->member), "same") > 0;
    for (const row *r = first; r < rows + PT_COUNT(rows) && r->member == first->member; r++)
        any = any || pt_len(list_of(against, r));
    return any;
}

// Which one it was: "Against shop/web:1, sha256:…".
static void put_other(pt_buf *b, const pt_terminal *t, pt_value against) {
    pt_str id = text_of(against, "manifest");
    bool whole = pt_str_eqz(text_of(against, "verdict"), "pass");
    pt_buf_putz(b, t->width ? "" : "against  ");
    if (t->width)
        pt_paint(b, t, PT_ROLE_HEAD, PT_STR("Against "));
    pt_buf_put_safe(b, text_of(against, "target"));
    pt_buf_putz(b, t->width ? pt_sign_text(t, PT_SIGN_DOT) : "  ");
    pt_buf_put_safe(b, id.n ? id : text_of(against, "config"));
    pt_buf_putz(b, whole ? "\n" : " (not all of it could be read)\n");
}

void pt_scan_against_show(pt_buf *b, pt_value doc, const pt_terminal *t) {
    pt_value against = pt_getz(doc, "against");
    const char *member = NULL;
    if (!pt_defined(against))
        return;
    put_other(b, t, against);
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        const row *r = &rows[i];
        if (t->width && member != r->member && is_told(against, r))
            put_heading(b, t, against, r);
        member = r->member;
        put_items(b, t, r, list_of(against, r));
    }
}
