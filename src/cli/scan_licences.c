#include "cli/scan_licences.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/map.h"
#include "cli/scan_vuln.h"
#include "judge/licence/judge.h"
#include "judge/licence/shipped.h"
#include "record/report/cells.h"

enum {
    NAME_CELLS = 32,  // at 80 columns
    COUNT_CELLS = 12, // "123 packages"
    PAGE_CELLS = 80,
    EXAMPLES_FROM = 4,
    EXAMPLES_MAX = 8, // packages that a row names
};

static const char shipped_name[] = "hoster.yaml";

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// -- judging --------------------------------------------------------------------------------------

static pt_code load(const char *path, pt_arena *a, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_LICENCE_POLICY_BYTES_MAX);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    pt_code code = pt_fd_read_all(fd, &b, e);
    *ret = pt_arena_str(a, pt_buf_str(&b));
    return code || ret->p ? code : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_scan_licences_policy(const pt_args *args, pt_arena *a, pt_licence_policy *ret,
                                pt_err *e) {
    const char *path = pt_args_get(args, "licence-policy");
    pt_str text = pt_licence_policy_shipped;
    pt_code code = path ? load(path, a, &text, e) : PT_OK;
    pt_str name = pt_str_of(path ? path : shipped_name);
    if (!code)
        code = pt_licence_policy_read(a, text, name, ret, e);
    if (code && e->line)
        pt_err_at(e, "%.*s:%u:%u", PT_PRI(name), e->line, e->column);
    else if (code)
        pt_err_at(e, "%.*s", PT_PRI(name));
    return code;
}

pt_code pt_scan_licences_judge(const pt_licence_policy *p, pt_arena *a, pt_value *doc, pt_err *e) {
    pt_value rows = pt_undefined();
    PT_VEC(pt_value) pairs = {0};
    pt_code code = pt_licences_judge(*doc, p, a, &rows, e);
    if (code)
        return code;
    for (size_t i = 0; i <= pt_len(*doc); i++) {
        bool last = i == pt_len(*doc);
        pt_value *key = PT_PUSH(a, &pairs);
        if (key)
            *key = last ? pt_stringz("licences") : pt_key_at(*doc, i);
        pt_value *value = PT_PUSH(a, &pairs);
        if (value)
            *value = last ? rows : pt_val_at(*doc, i);
    }
    pt_value v = a->full ? pt_undefined() : pt_object_of(a, pairs.v, pairs.n / 2, NULL);
    if (!pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *doc = v;
    return PT_OK;
}

static bool is_of(pt_value row, pt_verdict verdict) {
    return pt_str_eqz(text_of(row, "verdict"), pt_verdict_word(verdict));
}

// Packages whose licence has this verdict.
static size_t count_of(pt_value doc, pt_verdict verdict) {
    pt_value rows = pt_getz(doc, "licences");
    size_t n = 0;
    for (size_t i = 0; i < pt_len(rows); i++)
        if (is_of(pt_at(rows, i), verdict))
            n += pt_len(pt_getz(pt_at(rows, i), "packages"));
    return n;
}

// -- showing --------------------------------------------------------------------------------------

static const char *plural(size_t n) {
    return n == 1 ? "package" : "packages";
}

// Where the words stand that nobody knows.
static void put_place(pt_buf *b, pt_value package) {
    pt_str place = text_of(package, "place");
    pt_buf_putz(b, place.n ? " (" : "");
    pt_buf_put_safe(b, place);
    pt_buf_putz(b, place.n ? ")" : "");
}

// The rows of which the same part decides, for the same reason, are one in a terminal.
typedef struct group {
    pt_value first;
    const char *mark;
    size_t packages;
    PT_VEC(pt_value) examples; // of them
} group;

typedef struct groups {
    PT_VEC(group *) all;
    pt_map by_why;
} groups;

static pt_str part_of(pt_value row) {
    pt_str part = text_of(row, "licence");
    return part.n ? part : PT_STR("none known");
}

static bool join(pt_arena *a, groups *all, pt_value row, const char *mark) {
    pt_value packages = pt_getz(row, "packages");
    uint64_t hash = pt_hash(pt_getz(row, "why"), 0);
    group *g = pt_map_get(&all->by_why, hash);
    if (!g || !pt_str_eq(text_of(g->first, "why"), text_of(row, "why"))) {
        g = PT_NEW(a, group, 1);
        group **slot = g ? PT_PUSH(a, &all->all) : NULL;
        if (!slot || !pt_map_put(&all->by_why, hash, g))
            return false;
        *g = (group){.first = row, .mark = mark};
        *slot = g;
    }
    g->packages += pt_len(packages);
    for (size_t i = 0; i < pt_len(packages) && g->examples.n < EXAMPLES_MAX; i++) {
        pt_value *one = PT_PUSH(a, &g->examples);
        if (one)
            *one = pt_at(packages, i);
    }
    return true;
}

static void put_examples(pt_buf *b, const pt_terminal *t, const group *g) {
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(1 << 16);
    for (size_t i = 0; i < g->examples.n; i++) {
        pt_buf_putz(&line, i ? ", " : "");
        pt_buf_put_safe(&line, text_of(g->examples.v[i], "name"));
        put_place(&line, g->examples.v[i]);
    }
    if (g->packages > g->examples.n)
        pt_buf_printf(&line, " and %zu more", g->packages - g->examples.n);
    pt_buf_fill(b, ' ', EXAMPLES_FROM);
    pt_put_cut_middle(b, t, pt_buf_str(&line), pt_scan_cells(t, PAGE_CELLS) - EXAMPLES_FROM);
    pt_buf_putc(b, '\n');
}

// How the rows of a verdict look.
typedef struct look {
    pt_verdict verdict;
    pt_role role;
    pt_sign sign;
    const char *word;
} look;

static const look looks[] = {
    {PT_FAIL, PT_ROLE_HIGH, PT_SIGN_FAIL, "denied"},
    {PT_PASS, PT_ROLE_PASS, PT_SIGN_PASS, "allowed"},
    {PT_NOT_EVALUATED, PT_ROLE_UNKNOWN, PT_SIGN_UNKNOWN, "not evaluated"},
};

static const look *look_of(pt_value row) {
    size_t i = 0;
    while (i + 1 < PT_COUNT(looks) && !is_of(row, looks[i].verdict))
        i++;
    return &looks[i];
}

static void put_group(pt_buf *b, const pt_terminal *t, const group *g) {
    PT_AUTO(pt_buf_done) pt_buf name = PT_BUF(1 << 16);
    const look *l = look_of(g->first);
    pt_buf_put_safe(&name, part_of(g->first));
    pt_scan_put_title(b, t, l->role, l->sign, pt_buf_str(&name), pt_scan_cells(t, NAME_CELLS));
    pt_buf_printf(b, "%4zu %-8s  ", g->packages, plural(g->packages));
    pt_paint(b, t, l->role, pt_str_of(l->word));
    pt_scan_put_mark(b, t, g->mark);
    pt_buf_putc(b, '\n');
    put_examples(b, t, g);
    pt_buf_fill(b, ' ', EXAMPLES_FROM);
    pt_buf_put_safe(b, text_of(g->first, "why"));
    pt_buf_putc(b, '\n');
}

static void put_head(pt_buf *b, const pt_terminal *t) {
    pt_buf_putc(b, '\n');
    pt_paint_padded(b, t, PT_ROLE_HEAD, PT_STR("Licences"),
                    EXAMPLES_FROM + pt_scan_cells(t, NAME_CELLS) + 2);
    pt_paint_padded(b, t, PT_ROLE_HEAD, PT_STR("in"), COUNT_CELLS + 3);
    pt_paint(b, t, PT_ROLE_HEAD, PT_STR("verdict"));
    pt_buf_putc(b, '\n');
}

static void put_allowed(pt_buf *b, const pt_terminal *t, pt_value doc) {
    size_t n = count_of(doc, PT_PASS);
    if (!n || t->all)
        return;
    pt_scan_put_title(b, t, PT_ROLE_PASS, PT_SIGN_PASS, PT_STR("all others"),
                      pt_scan_cells(t, NAME_CELLS));
    pt_buf_printf(b, "%4zu %-8s  allowed\n", n, plural(n));
}

void pt_scan_licences_show(pt_buf *b, pt_value doc, const pt_terminal *t,
                           const pt_scan_marks *marks) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value rows = pt_getz(doc, "licences");
    groups all = {.by_why = {.a = &a}};
    if (pt_len(rows))
        put_head(b, t);
    for (size_t i = 0; i < pt_len(rows); i++) {
        pt_value row = pt_at(rows, i);
        bool shown = t->all || (!is_of(row, PT_PASS) && !pt_scan_steps_back(marks, row));
        if (shown && !join(&a, &all, row, pt_scan_mark_of(marks, row)))
            b->full = true;
    }
    for (size_t i = 0; i < all.all.n; i++)
        put_group(b, t, all.all.v[i]);
    put_allowed(b, t, doc);
}

void pt_scan_licences_count(pt_buf *b, pt_value doc) {
    if (pt_defined(pt_getz(doc, "licences")))
        pt_buf_printf(b, ", licences: %zu denied, %zu not evaluated", count_of(doc, PT_FAIL),
                      count_of(doc, PT_NOT_EVALUATED));
}
