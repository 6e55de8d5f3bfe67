#include "cli/scan_vuln.h"

#include "record/report/cells.h"
#include "record/waiver/waiver.h"

enum {
    TEXT_FROM = 4,
    TEXT_CELLS = 44,   // of a title at 80 columns
    CLOSES_CELLS = 17, // "2 critical, 1 high" and one more
    LAYER_CELLS = 5,
    PAGE_CELLS = 80,
    PAGE_CELLS_MAX = 120,
};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static int64_t number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

static const char *plural(int64_t n, const char *one, const char *many) {
    return n == 1 ? one : many;
}

// -- severities -----------------------------------------------------------------------------------

static const struct {
    const char *word;
    pt_role role;
} severities[] = {
    {"critical", PT_ROLE_CRITICAL}, {"high", PT_ROLE_HIGH},        {"medium", PT_ROLE_MEDIUM},
    {"low", PT_ROLE_PLAIN},         {"negligible", PT_ROLE_PLAIN}, {"unknown", PT_ROLE_UNKNOWN},
};

static size_t severity_of(pt_str word) {
    size_t i = 0;
    while (i + 1 < PT_COUNT(severities) && !pt_str_eqz(word, severities[i].word))
        i++;
    return i;
}

pt_role pt_scan_role(pt_str severity) {
    return severities[severity_of(severity)].role;
}

size_t pt_scan_cells(const pt_terminal *t, size_t at_80) {
    size_t width = t->width > PAGE_CELLS_MAX ? PAGE_CELLS_MAX : t->width;
    return at_80 + (width > PAGE_CELLS ? width - PAGE_CELLS : 0);
}

void pt_scan_put_title(pt_buf *b, const pt_terminal *t, pt_role role, pt_sign sign, pt_str title,
                       size_t cells) {
    PT_AUTO(pt_buf_done) pt_buf cut = PT_BUF(1 << 16);
    pt_put_cut_middle(&cut, t, title, cells);
    pt_buf_putz(b, "  ");
    pt_paint(b, t, role, pt_str_of(pt_sign_text(t, sign)));
    pt_buf_putc(b, ' ');
    pt_paint_padded(b, t, PT_ROLE_PLAIN, pt_buf_str(&cut), cells);
    pt_buf_putz(b, "  ");
}

void pt_scan_put_mark(pt_buf *b, const pt_terminal *t, const char *mark) {
    if (!mark[0])
        return;
    pt_buf_putz(b, "  ");
    pt_paint(b, t, PT_ROLE_MARK, pt_str_of(mark));
}

// Told aside: no gap.
static bool is_informational(pt_value row) {
    return pt_true(pt_getz(row, "informational"));
}

// Was every package judged, of a release that is looked after? What was not is no pass.
static bool is_whole(pt_value ret) {
    pt_value coverage = pt_getz(ret, "coverage");
    pt_value unmatched = pt_getz(ret, "unmatched");
    for (size_t i = 0; i < pt_len(coverage); i++)
        if (!pt_true(pt_getz(pt_at(coverage, i), "known")) && !is_informational(pt_at(coverage, i)))
            return false;
    for (size_t i = 0; i < pt_len(unmatched); i++)
        if (!is_informational(pt_at(unmatched, i)))
            return false;
    return true;
}

// "2 critical, 1 high": the gravest, as many as fit.
static void put_severities(pt_buf *b, pt_value by_severity, size_t cells) {
    size_t used = 0;
    for (size_t i = 0; i < PT_COUNT(severities); i++) {
        int64_t n = number_of(by_severity, severities[i].word);
        PT_AUTO(pt_buf_done) pt_buf one = PT_BUF(64);
        pt_buf_printf(&one, "%s%lld %s", used ? ", " : "", (long long)n, severities[i].word);
        if (!n || (used && used + one.n > cells))
            continue;
        pt_buf_put(b, pt_buf_str(&one));
        used += one.n;
    }
}

void pt_scan_vuln_count(pt_buf *b, pt_value ret) {
    pt_value found = pt_getz(ret, "vulnerabilities");
    int64_t n = (int64_t)pt_len(found);
    int64_t fixable = 0;
    for (size_t i = 0; i < pt_len(found); i++)
        fixable += pt_len(pt_getz(pt_at(found, i), "fixed")) > 0;
    pt_buf_printf(b, "%lld %s", (long long)n, plural(n, "vulnerability", "vulnerabilities"));
    if (n) {
        pt_buf_putz(b, " (");
        put_severities(b, pt_getz(ret, "counts"), PAGE_CELLS);
        pt_buf_printf(b, "), %lld fixable", (long long)fixable);
    }
    if (pt_len(pt_getz(ret, "suppressed")))
        pt_buf_printf(b, ", %zu suppressed", pt_len(pt_getz(ret, "suppressed")));
}

// -- upgrades -------------------------------------------------------------------------------------

typedef struct page {
    pt_buf *b;
    const pt_terminal *t;
    const pt_scan_marks *marks; // NULL: there are none
    size_t text;                // cells of a title
} page;

static page page_of(pt_buf *b, const pt_terminal *t, const pt_scan_marks *marks) {
    return (page){.b = b, .t = t, .marks = marks, .text = pt_scan_cells(t, TEXT_CELLS)};
}

static void put_head(const page *p, pt_str head, const char *rest) {
    pt_buf_putc(p->b, '\n');
    pt_paint(p->b, p->t, PT_ROLE_HEAD, head);
    pt_buf_putz(p->b, rest);
    pt_buf_putc(p->b, '\n');
}

static void put_sign(const page *p, pt_role role, pt_sign sign) {
    pt_buf_putz(p->b, "  ");
    pt_paint(p->b, p->t, role, pt_str_of(pt_sign_text(p->t, sign)));
    pt_buf_putc(p->b, ' ');
}

static pt_role role_of(pt_value by_severity) {
    for (size_t i = 0; i < PT_COUNT(severities); i++)
        if (number_of(by_severity, severities[i].word))
            return severities[i].role;
    return PT_ROLE_PLAIN;
}

// "libssl3 and 2 more  3.0.11-1 -> 3.0.15-1"
static void put_title(pt_buf *b, const pt_terminal *t, pt_value upgrade) {
    pt_value names = pt_getz(upgrade, "names");
    pt_str source = text_of(upgrade, "source");
    pt_buf_put_safe(b, pt_text(pt_at(names, 0)));
    if (pt_len(names) == 2) {
        pt_buf_putz(b, ", ");
        pt_buf_put_safe(b, pt_text(pt_at(names, 1)));
    } else if (pt_len(names) > 2)
        pt_buf_printf(b, " and %zu more", pt_len(names) - 1);
    else if (source.n && !pt_str_eq(source, pt_text(pt_at(names, 0)))) {
        pt_buf_putz(b, " of ");
        pt_buf_put_safe(b, source);
    }
    pt_buf_putz(b, "  ");
    pt_buf_put_safe(b, text_of(upgrade, "from"));
    pt_buf_putz(b, t->ascii ? " -> " : " \u2192 ");
    pt_buf_put_safe(b, text_of(upgrade, "to"));
}

// What became of all that an upgrade removes.
typedef struct removed {
    size_t open, fresh, expired, waived, known;
} removed;

static removed removed_by(const page *p, pt_value upgrade) {
    pt_value ids = pt_getz(upgrade, "ids");
    pt_value names = pt_getz(upgrade, "names");
    removed r = {0};
    for (size_t i = 0; i < pt_len(ids); i++)
        for (size_t k = 0; k < pt_len(names); k++) {
            pt_scan_flaw f =
                pt_scan_flaw_of(p->marks, pt_text(pt_at(ids, i)), pt_text(pt_at(names, k)));
            r.open += f.open;
            r.fresh += f.fresh;
            r.expired += f.expired;
            r.waived += f.waived;
            r.known += f.known;
        }
    return r;
}

// The ids, as many as fit into a line; all of them with --full.
static void put_ids(const page *p, pt_value upgrade, const removed *r) {
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(1 << 20);
    pt_value ids = pt_getz(upgrade, "ids");
    pt_value files = pt_getz(upgrade, "files");
    size_t room = p->text + CLOSES_CELLS + LAYER_CELLS;
    size_t i = 0;
    if (pt_true(pt_getz(upgrade, "exploited")))
        pt_buf_putz(&line, pt_len(ids) > 1 ? "exploited in the wild (KEV) is at least one of "
                                           : "exploited in the wild (KEV): ");
    for (; i < pt_len(ids); i++) {
        pt_str id = pt_text(pt_at(ids, i));
        if (i && !p->t->all && line.n + id.n + sizeof " and 100 more" > room)
            break;
        pt_buf_putz(&line, i ? " " : "");
        pt_buf_put_safe(&line, id);
    }
    if (i < pt_len(ids))
        pt_buf_printf(&line, " and %zu more", pt_len(ids) - i);
    // The database of a system's packages tells nothing about one of them.
    else if (pt_len(files) && !pt_defined(pt_getz(upgrade, "source"))) {
        pt_buf_putz(&line, ", ");
        pt_buf_put_safe(&line, pt_text(pt_at(files, 0)));
    }
    if (r->waived)
        pt_buf_printf(&line, ", %zu waived", r->waived);
    if (r->known)
        pt_buf_printf(&line, ", %zu known", r->known);
    pt_str rest = pt_buf_str(&line);
    while (rest.n) {
        pt_buf_fill(p->b, ' ', TEXT_FROM);
        pt_buf_put(p->b, pt_take_line(&rest, room));
        pt_buf_putc(p->b, '\n');
    }
}

static void put_upgrade(const page *p, pt_value upgrade, const removed *r) {
    PT_AUTO(pt_buf_done) pt_buf title = PT_BUF(1 << 16);
    PT_AUTO(pt_buf_done) pt_buf cut = PT_BUF(1 << 16);
    PT_AUTO(pt_buf_done) pt_buf closes = PT_BUF(256);
    pt_value by_severity = pt_getz(upgrade, "severities");
    pt_value layers = pt_getz(upgrade, "layers");
    int64_t layer = 0;
    put_title(&title, p->t, upgrade);
    pt_put_cut_middle(&cut, p->t, pt_buf_str(&title), p->text);
    put_severities(&closes, by_severity, CLOSES_CELLS + 1);
    put_sign(p, role_of(by_severity), PT_SIGN_FAIL);
    pt_paint_padded(p->b, p->t, PT_ROLE_PLAIN, pt_buf_str(&cut), p->text);
    pt_buf_putz(p->b, "  ");
    if (pt_to_int(pt_at(layers, 0), &layer)) {
        // A number is shorter than its column's head, so that there is a cell more.
        pt_paint_padded(p->b, p->t, PT_ROLE_PLAIN, pt_buf_str(&closes), CLOSES_CELLS + 1);
        pt_buf_printf(p->b, "%*lld", LAYER_CELLS - 1, (long long)layer);
    } else
        pt_buf_put(p->b, pt_buf_str(&closes));
    pt_scan_put_mark(p->b, p->t, r->expired ? "exp" : r->fresh ? "new" : "");
    pt_buf_putc(p->b, '\n');
    put_ids(p, upgrade, r);
}

// A layer below others that brought flaws is a base image: a newer one may be without them.
static void put_base(const page *p, pt_value layers, size_t all) {
    pt_value first = pt_at(layers, 0);
    int64_t fixable = number_of(first, "fixable");
    if (number_of(first, "layer") != 1 || !fixable)
        return;
    pt_buf_printf(p->b, "  Layer 1 brought %lld of %zu, %lld with a fix: rebuild on a newer base\n",
                  (long long)number_of(first, "findings"), all, (long long)fixable);
}

static void put_upgrades_head(const page *p) {
    pt_buf_putc(p->b, '\n');
    pt_paint_padded(p->b, p->t, PT_ROLE_HEAD, PT_STR("Upgrade"), TEXT_FROM + p->text + 2);
    pt_paint_padded(p->b, p->t, PT_ROLE_HEAD, PT_STR("closes"), CLOSES_CELLS);
    pt_paint(p->b, p->t, PT_ROLE_HEAD, PT_STR("layer"));
    pt_buf_putc(p->b, '\n');
}

static void put_upgrades(const page *p, pt_value ret) {
    pt_value fixes = pt_getz(ret, "fixes");
    pt_value upgrades = pt_getz(fixes, "upgrades");
    size_t shown = 0;
    for (size_t i = 0; i < pt_len(upgrades); i++) {
        removed r = removed_by(p, pt_at(upgrades, i));
        if (!r.open && !p->t->all)
            continue;
        if (!shown++)
            put_upgrades_head(p);
        put_upgrade(p, pt_at(upgrades, i), &r);
    }
    if (shown)
        put_base(p, pt_getz(fixes, "layers"), pt_len(pt_getz(ret, "vulnerabilities")));
}

// -- without a fix --------------------------------------------------------------------------------

// "CVE-2024-1  openssl 3.0.11-1                      won't fix, high"
static void put_one(const page *p, pt_value f, pt_str end, pt_sign sign) {
    PT_AUTO(pt_buf_done) pt_buf title = PT_BUF(1 << 16);
    PT_AUTO(pt_buf_done) pt_buf cut = PT_BUF(1 << 16);
    pt_value package = pt_getz(f, "package");
    pt_buf_put_safe(&title, text_of(f, "id"));
    pt_buf_putz(&title, "  ");
    pt_buf_put_safe(&title, text_of(package, "name"));
    pt_buf_putc(&title, ' ');
    pt_buf_put_safe(&title, text_of(package, "version"));
    pt_put_cut_middle(&cut, p->t, pt_buf_str(&title), p->text);
    put_sign(p, severities[severity_of(text_of(f, "severity"))].role, sign);
    pt_paint_padded(p->b, p->t, PT_ROLE_PLAIN, pt_buf_str(&cut), p->text);
    pt_buf_putz(p->b, "  ");
    pt_buf_put_safe(p->b, end);
    pt_scan_put_mark(p->b, p->t, pt_scan_mark_of(p->marks, f));
    pt_buf_putc(p->b, '\n');
}

// Without a fix, and not accepted.
static bool is_open(const page *p, pt_value f) {
    return pt_len(pt_getz(f, "fixed")) == 0 && (p->t->all || !pt_scan_steps_back(p->marks, f));
}

// How many, and how grave at most.
static void put_open_count(const page *p, pt_value found, int64_t n) {
    size_t worst = PT_COUNT(severities) - 1;
    for (size_t i = 0; i < pt_len(found); i++) {
        size_t s = severity_of(text_of(pt_at(found, i), "severity"));
        if (is_open(p, pt_at(found, i)) && s < worst)
            worst = s;
    }
    put_sign(p, severities[worst].role, PT_SIGN_FAIL);
    pt_buf_printf(p->b, "%lld without a fix, the gravest %s: --full lists them\n", (long long)n,
                  severities[worst].word);
}

static void put_open(const page *p, pt_value ret) {
    pt_value found = pt_getz(ret, "vulnerabilities");
    int64_t n = 0;
    for (size_t i = 0; i < pt_len(found); i++)
        n += is_open(p, pt_at(found, i));
    if (!n)
        return;
    put_head(p, PT_STR("No fix yet"), "");
    if (!p->t->all) {
        put_open_count(p, found, n);
        return;
    }
    for (size_t i = 0; i < pt_len(found); i++) {
        PT_AUTO(pt_buf_done) pt_buf end = PT_BUF(256);
        pt_value f = pt_at(found, i);
        if (!is_open(p, f))
            continue;
        pt_buf_printf(&end, "%.*s, %.*s", PT_PRI(text_of(f, "state")),
                      PT_PRI(pt_scan_standing(p->marks, f, text_of(f, "severity"))));
        put_one(p, f, pt_buf_str(&end), PT_SIGN_FAIL);
    }
}

// -- waived, suppressed, not judged
// -----------------------------------------------------------------------

// "accepted until the release (a.lindqvist, until 2026-12-31)"
static void put_waiver(const page *p, const pt_waiver *w) {
    char room[PT_RFC3339_BYTES];
    pt_buf_fill(p->b, ' ', TEXT_FROM);
    pt_buf_put_safe(p->b, w->reason);
    pt_buf_putz(p->b, " (");
    pt_buf_put_safe(p->b, w->owner);
    pt_buf_printf(p->b, ", until %.*s)\n", 10, pt_time_rfc3339(w->expires - 1, room).p);
}

static void put_waived(const page *p, pt_value ret) {
    pt_value found = pt_getz(ret, "vulnerabilities");
    size_t n = 0;
    for (size_t i = 0; p->marks && i < pt_len(found); i++) {
        const pt_finding *f = pt_scan_finding(p->marks, pt_at(found, i));
        if (!f || !f->waived)
            continue;
        if (!n++)
            put_head(p, PT_STR("Waived"), "");
        if (!p->t->all)
            continue;
        put_one(p, pt_at(found, i), text_of(pt_at(found, i), "severity"), PT_SIGN_NA);
        put_waiver(p, f->waiver);
    }
    if (n && !p->t->all)
        pt_buf_printf(p->b, "    %zu, each with reason, owner and expiry: --full lists them\n", n);
}

static void put_suppressed(const page *p, pt_value ret) {
    pt_value aside = pt_getz(ret, "suppressed");
    if (!pt_len(aside))
        return;
    put_head(p, PT_STR("Suppressed"), "");
    if (!p->t->all) {
        pt_buf_printf(p->b, "    %zu, each with its reason: --full lists them\n", pt_len(aside));
        return;
    }
    for (size_t i = 0; i < pt_len(aside); i++) {
        pt_value by = pt_getz(pt_at(aside, i), "suppressed_by");
        put_one(p, pt_at(aside, i), text_of(by, "kind"), PT_SIGN_NA);
        pt_buf_fill(p->b, ' ', TEXT_FROM);
        pt_buf_put_safe(p->b, text_of(by, "reason"));
        pt_buf_putz(p->b, text_of(by, "by").n ? ", by " : "");
        pt_buf_put_safe(p->b, text_of(by, "by"));
        pt_buf_putc(p->b, '\n');
    }
}

static void put_unknown(const page *p, pt_str what, pt_str why) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    put_sign(p, PT_ROLE_UNKNOWN, PT_SIGN_UNKNOWN);
    pt_buf_put_safe(p->b, what);
    pt_buf_putc(p->b, '\n');
    pt_buf_put_safe(&b, why);
    pt_str rest = pt_buf_str(&b);
    while (rest.n) {
        pt_buf_fill(p->b, ' ', TEXT_FROM);
        pt_buf_put(p->b, pt_take_line(&rest, p->text + CLOSES_CELLS + LAYER_CELLS));
        pt_buf_putc(p->b, '\n');
    }
}

static void put_uncovered(const page *p, pt_value row) {
    PT_AUTO(pt_buf_done) pt_buf what = PT_BUF(1 << 16);
    int64_t n = number_of(row, "packages");
    pt_buf_put(&what, text_of(row, "ecosystem"));
    pt_buf_printf(&what, ", %lld %s", (long long)n, plural(n, "package", "packages"));
    put_unknown(p, pt_buf_str(&what), text_of(row, "why"));
}

// Packages that nobody can judge: those of one reason, which stand together, are one line.
static void put_unmatched(const page *p, pt_value unmatched) {
    for (size_t i = 0, n = 0; i < pt_len(unmatched); i += n) {
        PT_AUTO(pt_buf_done) pt_buf what = PT_BUF(1 << 16);
        pt_value reason = pt_getz(pt_at(unmatched, i), "reason");
        for (n = 1; i + n < pt_len(unmatched) &&
                    pt_eq(reason, pt_getz(pt_at(unmatched, i + n), "reason"));)
            n++;
        pt_buf_put(&what, text_of(pt_getz(pt_at(unmatched, i), "package"), "name"));
        if (n > 1)
            pt_buf_printf(&what, " and %zu more", n - 1);
        if (!is_informational(pt_at(unmatched, i)))
            put_unknown(p, pt_buf_str(&what), pt_text(reason));
    }
}

void pt_scan_vuln_show(pt_buf *b, pt_value ret, const pt_terminal *t, const pt_scan_marks *marks) {
    page p = page_of(b, t, marks);
    put_upgrades(&p, ret);
    put_open(&p, ret);
    put_waived(&p, ret);
    put_suppressed(&p, ret);
}

void pt_scan_vuln_unjudged(pt_buf *b, pt_value ret, const pt_terminal *t) {
    pt_value coverage = pt_getz(ret, "coverage");
    page p = page_of(b, t, NULL);
    int64_t days = 0;
    bool old = pt_to_int(pt_getz(pt_getz(ret, "index"), "outdated"), &days);
    if (is_whole(ret) && !old)
        return;
    put_head(&p, PT_STR("Not evaluated"), ", which is not a pass");
    for (size_t i = 0; i < pt_len(coverage); i++)
        if (!pt_true(pt_getz(pt_at(coverage, i), "known")))
            put_uncovered(&p, pt_at(coverage, i));
    put_unmatched(&p, pt_getz(ret, "unmatched"));
    if (old)
        put_unknown(&p, PT_STR("What is newer than the advisory index"),
                    PT_STR("it is older than --max-age: paratia db update"));
}
