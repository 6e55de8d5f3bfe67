#include "record/report/terminal.h"

#include <stdio.h>
#include <time.h>

#include "record/report/cells_impl.h"
#include "record/report/page.h"

// Between 60 and 79 columns the 80-column grid does not fit (its marks end in column 79): the
// narrow form serves there too.
static const pt_layout narrow = {.indent = 0, .text = 2};
static const pt_layout medium = {
    .columns = true, .indent = 2, .text = 4, .text_cells = 48, .subject = 54, .subject_cells = 20};
static const pt_layout wide = {.columns = true,
                               .indent = 2,
                               .text = 4,
                               .text_cells = 48,
                               .subject = 54,
                               .subject_cells = 28,
                               .id = 84,
                               .id_cells = 20};

static void put_mark(pt_page *p, const pt_finding *f) {
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (f->waiver_expired)
        pt_paint(p->b, p->t, PT_ROLE_MARK, PT_STR("exp"));
    else if (f->is_new && p->r->compared)
        pt_paint(p->b, p->t, PT_ROLE_MARK, PT_STR("new"));
    else if (p->at.id_cells && f->first_seen) {
        time_t s = (time_t)(f->first_seen / PT_SECOND_NS);
        struct tm tm;
        char day[16];
        gmtime_r(&s, &tm);
        snprintf(day, sizeof day, "%d %s", tm.tm_mday, months[tm.tm_mon]);
        pt_paint(p->b, p->t, PT_ROLE_QUIET, pt_str_of(day));
    }
}

static void put_subject(pt_page *p, const pt_finding *f, size_t cells) {
    if (f->place.file.n)
        pt_put_cut_start(p->b, p->t, f->place.file, cells);
    else
        pt_put_cut_middle(p->b, p->t, f->subject, cells);
}

// What was seen, for people: with the line in front where there is a file.
static void put_evidence(pt_buf *b, const pt_finding *f) {
    if (f->place.line)
        pt_buf_printf(b, "line %u: ", f->place.line);
    pt_buf_put(b, f->evidence);
}

static void fill_to(pt_page *p, size_t line_start, size_t column) {
    size_t used = pt_terminal_cells(pt_str_sub(pt_buf_str(p->b), line_start, p->b->n));
    pt_buf_fill(p->b, ' ', used < column ? column - used : 0);
}

// Column stops count what is shown; painted text holds escapes, so padding is done part by part.
static void head_line(pt_page *p, const pt_finding *f, pt_sign sign, pt_role role,
                      const char *title) {
    const pt_layout *at = &p->at;
    pt_buf_fill(p->b, ' ', at->indent);
    pt_paint_padded(p->b, p->t, role, pt_str_of(pt_sign_text(p->t, sign)), 2);
    if (!at->columns) {
        pt_buf_putz(p->b, title);
        pt_buf_putz(p->b, "  ");
        put_mark(p, f);
        pt_page_end(p);
        return;
    }
    pt_paint_padded(p->b, p->t, PT_ROLE_PLAIN, pt_str_of(title), at->text_cells + 2);
    PT_AUTO(pt_buf_done) pt_buf subject = PT_BUF(4096);
    pt_page sub = *p;
    sub.b = &subject;
    put_subject(&sub, f, at->subject_cells);
    pt_paint_padded(p->b, p->t, PT_ROLE_PLAIN, pt_buf_str(&subject), at->subject_cells + 2);
    if (at->id_cells)
        pt_paint_padded(p->b, p->t, PT_ROLE_QUIET, pt_str_of(f->check->id), at->id_cells + 2);
    put_mark(p, f);
    pt_page_end(p);
}

static void evidence_lines(pt_page *p, const pt_finding *f) {
    const pt_layout *at = &p->at;
    PT_AUTO(pt_buf_done) pt_buf e = PT_BUF(8192);
    put_evidence(&e, f);
    pt_str rest = pt_buf_str(&e);
    if (!at->columns) {
        pt_buf_fill(p->b, ' ', at->text);
        pt_buf_put(p->b, f->place.file.n ? f->place.file : f->subject);
        pt_buf_printf(p->b, ", %s", f->check->id);
        pt_page_end(p);
        pt_page_prose(p, rest, at->text, p->width - at->text);
        return;
    }
    for (bool first = true; first || pt_str_trim(rest).n; first = false) {
        bool id = first && !at->id_cells;
        if (!id && !pt_str_trim(rest).n)
            break;
        size_t start = p->b->n;
        pt_buf_fill(p->b, ' ', at->text);
        pt_str part = pt_take_line(&rest, at->text_cells);
        pt_buf_put(p->b, part);
        if (id && pt_terminal_cells(part) <= at->text_cells) {
            fill_to(p, start, at->subject);
            pt_paint(p->b, p->t, PT_ROLE_QUIET, pt_str_of(f->check->id));
        }
        pt_page_end(p);
    }
}

// The same check on several subjects, open and of one mark: names joined as far as they fit.
static void put_subjects(pt_page *p, const pt_finding *const *same, size_t n) {
    size_t cells = p->at.subject_cells;
    PT_AUTO(pt_buf_done) pt_buf all = PT_BUF(4096);
    for (size_t i = 0; i < n && all.n <= cells * 4; i++) {
        if (i)
            pt_buf_putz(&all, ", ");
        pt_buf_put(&all, same[i]->place.file.n ? same[i]->place.file : same[i]->subject);
    }
    PT_AUTO(pt_buf_done) pt_buf shown = PT_BUF(4096);
    pt_page sub = *p;
    sub.b = &shown;
    if (n == 1 || pt_terminal_cells(pt_buf_str(&all)) > cells) {
        char more[32] = "";
        if (n > 1)
            snprintf(more, sizeof more, " +%zu", n - 1);
        size_t room = cells - pt_terminal_cells(pt_str_of(more));
        put_subject(&sub, same[0], room);
        pt_buf_putz(&shown, more);
    } else
        pt_buf_put(&shown, pt_buf_str(&all));
    pt_paint_padded(p->b, p->t, PT_ROLE_PLAIN, pt_buf_str(&shown), cells + 2);
}

static void grouped_line(pt_page *p, const pt_finding *const *same, size_t n, pt_role role) {
    const pt_finding *f = same[0];
    pt_buf_fill(p->b, ' ', p->at.indent);
    pt_paint_padded(p->b, p->t, role, pt_str_of(pt_sign_text(p->t, PT_SIGN_FAIL)), 2);
    if (!p->at.columns) {
        pt_buf_putz(p->b, f->check->title);
        if (n > 1)
            pt_buf_printf(p->b, " (%zu)", n);
        pt_buf_putz(p->b, "  ");
        put_mark(p, f);
        pt_page_end(p);
        return;
    }
    pt_paint_padded(p->b, p->t, PT_ROLE_PLAIN, pt_str_of(f->check->title), p->at.text_cells + 2);
    put_subjects(p, same, n);
    if (p->at.id_cells)
        pt_paint_padded(p->b, p->t, PT_ROLE_QUIET, pt_str_of(f->check->id), p->at.id_cells + 2);
    put_mark(p, f);
    pt_page_end(p);
}

// Medium and lower: one line a check. Findings are sorted by check within a severity.
static size_t group(pt_page *p, size_t from, pt_role role) {
    enum {
        GROUP_MAX = 64
    };
    const pt_finding *first = &p->r->findings.all.v[from];
    const pt_finding *same[GROUP_MAX] = {first};
    size_t n = 0;
    size_t i = from;
    for (; i < p->r->findings.all.n; i++) {
        const pt_finding *f = &p->r->findings.all.v[i];
        if (f->check != first->check || !pt_finding_open(f))
            break;
        if (n < GROUP_MAX)
            same[n++] = f;
    }
    grouped_line(p, same, n, role);
    return i;
}

static void severity_block(pt_page *p, pt_severity s) {
    const pt_findings *fs = &p->r->findings;
    pt_role role = pt_severity_roles[s];
    bool begun = false;
    for (size_t i = 0; i < fs->all.n;) {
        const pt_finding *f = &fs->all.v[i];
        if (f->check->severity != s || !pt_finding_open(f)) {
            i++;
            continue;
        }
        if (!begun) {
            pt_page_block(p);
            pt_page_line(p, role, pt_str_of(pt_severity_word(s)));
            begun = true;
        }
        if (s > PT_HIGH && !p->t->all) {
            i = group(p, i, role);
            continue;
        }
        head_line(p, f, PT_SIGN_FAIL, role, f->check->title);
        evidence_lines(p, f);
        i++;
    }
}

static void todo_block(pt_page *p, pt_arena *a) {
    pt_todo steps[3];
    size_t n = pt_run_todo(p->r, a, steps);
    if (!n)
        return;
    pt_page_block(p);
    pt_page_line(p, PT_ROLE_HEAD, PT_STR("Do first"));
    for (size_t i = 0; i < n; i++) {
        const pt_check *c = steps[i].finding->check;
        char number[24];
        snprintf(number, sizeof number, "  %zu  ", i + 1);
        pt_paint(p->b, p->t, PT_ROLE_HEAD, pt_str_of(number));
        pt_str head = pt_arena_printf(a, "%.*s (%s)", PT_PRI(steps[i].act), c->interrupts);
        pt_page_line(p, PT_ROLE_PLAIN, pt_take_line(&head, p->width - 5));
        pt_page_prose(p, pt_str_trim(head), 5, p->width - 5);
        pt_str rest = pt_str_trim(pt_str_of(c->remedy));
        pt_str command;
        while (pt_str_split(&rest, '\n', &command)) {
            pt_buf_putz(p->b, "     ");
            pt_page_line(p, PT_ROLE_PLAIN, command);
        }
    }
}

// Not evaluated: what would let us look is the news, so lines group by reason and remedy.
typedef struct unlooked {
    const pt_finding *first;
    size_t n;
    bool one_check;
} unlooked;

static bool same_cause(const pt_finding *a, const pt_finding *b) {
    if (a->kind != b->kind)
        return false;
    return a->remedy.n ? pt_str_eq(a->remedy, b->remedy) : pt_str_eq(a->evidence, b->evidence);
}

static size_t causes(const pt_run *r, unlooked *ret, size_t max) {
    size_t n = 0;
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        if (f->verdict != PT_NOT_EVALUATED)
            continue;
        size_t k = 0;
        while (k < n && !same_cause(ret[k].first, f))
            k++;
        if (k == n && n == max)
            continue;
        if (k == n)
            ret[n++] = (unlooked){.first = f, .one_check = true};
        ret[k].n++;
        ret[k].one_check &= ret[k].first->check == f->check;
    }
    return n;
}

static pt_str cause_title(pt_arena *a, const unlooked *u) {
    const pt_finding *f = u->first;
    const char *title = f->place.file.n ? f->check->title : f->check->good;
    if (u->n == 1)
        return pt_str_of(title);
    if (u->one_check)
        return pt_arena_printf(a, "%s (%zu)", title, u->n);
    return pt_arena_printf(a, "%zu checks: %s", u->n, pt_kind_name_of(f->kind)->area);
}

// Of files: which of them, and what stood in the way there.
static void unlooked_places(pt_page *p, const pt_finding *first) {
    enum {
        SHOWN_MAX = 10
    };
    size_t n = 0;
    for (size_t i = 0; first->place.file.n && i < p->r->findings.all.n; i++) {
        const pt_finding *f = &p->r->findings.all.v[i];
        if (f->verdict != PT_NOT_EVALUATED || !same_cause(first, f) || ++n > SHOWN_MAX)
            continue;
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(8192);
        pt_buf_put(&b, f->place.file);
        if (f->place.line)
            pt_buf_printf(&b, ":%u:%u", f->place.line, f->place.column);
        if (!pt_str_eq(f->subject, f->place.file))
            pt_buf_printf(&b, ", %.*s, %s", PT_PRI(f->subject), f->check->id);
        if (f->evidence.n)
            pt_buf_printf(&b, ": %.*s", PT_PRI(f->evidence));
        pt_page_prose(p, pt_buf_str(&b), p->at.text, p->width - p->at.text);
    }
    if (n <= SHOWN_MAX)
        return;
    pt_buf_fill(p->b, ' ', p->at.text);
    pt_buf_printf(p->b, "and %zu more", n - SHOWN_MAX);
    pt_page_end(p);
}

static void unlooked_block(pt_page *p, pt_arena *a) {
    enum {
        CAUSES_MAX = 200,
        TITLE_CELLS_MAX = 48
    };
    unlooked *all = PT_NEW(a, unlooked, CAUSES_MAX);
    size_t n = all ? causes(p->r, all, CAUSES_MAX) : 0;
    if (!n)
        return;
    pt_page_block(p);
    pt_paint(p->b, p->t, PT_ROLE_HEAD, PT_STR("Not evaluated"));
    pt_page_line(p, PT_ROLE_PLAIN, PT_STR(", which is not a pass"));
    size_t widest = 0;
    for (size_t i = 0; i < n; i++) {
        size_t cells = pt_terminal_cells(cause_title(a, &all[i]));
        widest = cells > widest && cells <= TITLE_CELLS_MAX ? cells : widest;
    }
    size_t column = p->at.text + widest + 2;
    for (size_t i = 0; i < n; i++) {
        const pt_finding *f = all[i].first;
        pt_buf_fill(p->b, ' ', p->at.indent);
        pt_paint_padded(p->b, p->t, PT_ROLE_UNKNOWN, PT_STR("?"), 2);
        pt_str why = f->remedy.n ? f->remedy : f->evidence;
        if (!p->at.columns || column + 12 > p->width) {
            pt_page_line(p, PT_ROLE_PLAIN, cause_title(a, &all[i]));
            pt_page_prose(p, why, p->at.text, p->width - p->at.text);
            unlooked_places(p, f);
            continue;
        }
        pt_paint_padded(p->b, p->t, PT_ROLE_PLAIN, cause_title(a, &all[i]), widest + 2);
        pt_page_line(p, PT_ROLE_PLAIN, pt_take_line(&why, p->width - column));
        pt_page_prose(p, pt_str_trim(why), column, p->width - column);
        unlooked_places(p, f);
    }
}

// What the last run had and this one looked for in vain.
static void gone_block(pt_page *p) {
    enum {
        SHOWN_MAX = 10
    };
    const pt_kept_findings *gone = &p->r->gone;
    if (!gone->n)
        return;
    pt_page_block(p);
    pt_page_line(p, PT_ROLE_HEAD, PT_STR("Gone since the last run"));
    for (size_t i = 0; i < gone->n && i < SHOWN_MAX; i++) {
        const pt_kept_finding *f = &gone->v[i];
        pt_str title = pt_kept_title(f);
        size_t room = p->width > p->at.text + 4 ? p->width - p->at.text : 4;
        size_t used = pt_terminal_cells(title) + 2;
        PT_AUTO(pt_buf_done) pt_buf subject = PT_BUF(65536);
        pt_buf_put_safe(&subject, f->subject);
        pt_buf_fill(p->b, ' ', p->at.indent);
        pt_paint_padded(p->b, p->t, PT_ROLE_PASS, pt_str_of(pt_sign_text(p->t, PT_SIGN_PASS)), 2);
        pt_buf_put(p->b, title);
        if (used + 4 <= room) {
            pt_buf_putz(p->b, "  ");
            pt_put_cut_middle(p->b, p->t, pt_buf_str(&subject), room - used);
        }
        pt_page_end(p);
    }
    if (gone->n > SHOWN_MAX) {
        pt_buf_fill(p->b, ' ', p->at.text);
        pt_buf_printf(p->b, "and %zu more", gone->n - SHOWN_MAX);
        pt_page_end(p);
    }
}

static void others_block(pt_page *p, pt_verdict v, pt_sign sign, pt_role role) {
    bool begun = false;
    for (size_t i = 0; i < p->r->findings.all.n; i++) {
        const pt_finding *f = &p->r->findings.all.v[i];
        if (f->verdict != v)
            continue;
        if (!begun) {
            pt_page_block(p);
            pt_page_line(p, role, pt_str_of(pt_verdict_word(v)));
            begun = true;
        }
        head_line(p, f, sign, role, f->check->good);
        evidence_lines(p, f);
    }
}

static void receipt_lines(pt_page *p) {
    const pt_receipt *c = &p->r->receipt;
    for (size_t i = 0; i < p->r->outputs.n; i++) {
        pt_paint_padded(p->b, p->t, PT_ROLE_QUIET, PT_STR("Report"), 9);
        pt_buf_put_safe(p->b, p->r->outputs.v[i].path);
        pt_page_end(p);
    }
    pt_paint_padded(p->b, p->t, PT_ROLE_QUIET, PT_STR("Receipt"), 9);
    if (!c->recorded) {
        pt_paint(p->b, p->t, PT_ROLE_UNKNOWN, PT_STR("none: "));
        pt_page_line(p, PT_ROLE_PLAIN, c->why);
        return;
    }
    pt_buf_printf(p->b, "%llu, ", (unsigned long long)c->index);
    pt_paint(p->b, p->t, PT_ROLE_UNKNOWN, PT_STR("not yet witnessed"));
    if (!c->witness_size) {
        pt_page_line(p, PT_ROLE_PLAIN, PT_STR(": paratia ledger witness --to URL"));
        return;
    }
    char room[PT_RFC3339_BYTES];
    pt_buf_printf(p->b, "; the first %llu were, %.*s, by ", (unsigned long long)c->witness_size,
                  PT_PRI(pt_time_rfc3339(c->witness_time, room)));
    pt_buf_put_safe(p->b, c->witness);
    pt_page_end(p);
}

static void closing(pt_page *p, pt_arena *a) {
    pt_page_block(p);
    if (p->r->waived || p->r->waivers_expired) {
        pt_buf_printf(p->b, "Waived %zu.", p->r->waived);
        if (p->r->waivers_expired)
            pt_buf_printf(p->b, " Expired and counting again (exp): %zu.", p->r->waivers_expired);
        pt_page_end(p);
    }
    receipt_lines(p);
    if (p->r->exit_code) {
        char word[24];
        snprintf(word, sizeof word, "Exit %d", p->r->exit_code);
        pt_paint_padded(p->b, p->t, PT_ROLE_QUIET, pt_str_of(word), 9);
        pt_str why = pt_run_exit_reason(p->r, a);
        size_t cells = p->t->width ? p->width - 9 : why.n;
        pt_page_line(p, PT_ROLE_PLAIN, pt_take_line(&why, cells));
        pt_page_prose(p, pt_str_trim(why), 9, cells);
    }
}

static void title_line(pt_page *p, pt_arena *a) {
    bool audit = pt_str_eqz(PT_STR("audit"), p->r->verb);
    pt_str head =
        pt_arena_printf(a, "%s of %.*s", audit ? "Audit" : "Check", PT_PRI(p->r->subject));
    pt_paint(p->b, p->t, PT_ROLE_HEAD, head);
    size_t used = pt_terminal_cells(head);
    for (size_t i = 0; i < p->r->facts.n; i++) {
        pt_str dot = pt_str_of(pt_sign_text(p->t, PT_SIGN_DOT));
        pt_str fact = p->r->facts.v[i];
        size_t more = pt_terminal_cells(dot) + pt_terminal_cells(fact);
        if (used + more > p->width) {
            pt_buf_putz(p->b, "\n  ");
            pt_buf_put(p->b, fact);
            used = 2 + pt_terminal_cells(fact);
            continue;
        }
        pt_buf_put(p->b, dot);
        pt_buf_put(p->b, fact);
        used += more;
    }
    pt_page_end(p);
    p->any = true;
}

// Not a terminal: one finding a line, made for grep.
static void plain_field(pt_buf *b, pt_str s) {
    if (!s.n)
        return;
    pt_buf_putz(b, "  ");
    pt_buf_put_safe(b, s);
}

static void plain_line(pt_buf *b, const pt_run *r, const pt_finding *f) {
    const char *mark = pt_finding_mark(r, f);
    const char *title = f->verdict == PT_FAIL ? f->check->title : f->check->good;
    pt_buf_printf(b, "%s  %s", pt_severity_word(f->check->severity), pt_verdict_word(f->verdict));
    plain_field(b, f->subject);
    pt_buf_printf(b, "  %s  %s  %s", f->check->id, mark[0] ? mark : "-", title);
    plain_field(b, f->place.file);
    if (f->place.file.n && f->place.line)
        pt_buf_printf(b, ":%u:%u", f->place.line, f->place.column);
    if (!f->place.file.n)
        plain_field(b, f->path);
    plain_field(b, f->evidence);
    plain_field(b, f->remedy);
    pt_buf_putc(b, '\n');
}

void pt_report_plain(pt_buf *b, const pt_run *r, bool all) {
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        if (all || (f->verdict <= PT_NOT_EVALUATED && !f->known))
            plain_line(b, r, f);
    }
    for (size_t i = 0; i < r->gone.n; i++) {
        const pt_kept_finding *f = &r->gone.v[i];
        pt_buf_printf(b, "%.*s  gone", PT_PRI(f->severity));
        plain_field(b, f->subject);
        pt_buf_printf(b, "  %.*s  -", PT_PRI(f->check));
        plain_field(b, pt_kept_title(f));
        pt_buf_putc(b, '\n');
    }
}

void pt_report_terminal(pt_buf *b, const pt_run *r, const pt_terminal *t) {
    size_t width = t->width > 120 ? 120 : t->width;
    pt_page p = {
        .b = b,
        .r = r,
        .t = t,
        .at = width >= 100  ? wide
              : width >= 80 ? medium
                            : narrow,
        .width = width < 20 ? 20 : width,
    };
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    if (t->quiet) {
        pt_page_line(&p, PT_ROLE_PLAIN, pt_run_summary(r, &a));
        return;
    }
    if (!width) {
        pt_report_plain(b, r, t->all);
        p.any = r->findings.all.n > 0;
    } else {
        bool places = pt_str_eqz(PT_STR("check"), r->verb);
        if (places)
            pt_page_places(&p);
        else
            title_line(&p, &a);
        for (unsigned s = 0; s < PT_SEVERITY_COUNT && !places; s++)
            severity_block(&p, (pt_severity)s);
        if (t->all) {
            others_block(&p, PT_PASS, PT_SIGN_PASS, PT_ROLE_PASS);
            others_block(&p, PT_NOT_APPLICABLE, PT_SIGN_NA, PT_ROLE_QUIET);
        }
        if (!places)
            todo_block(&p, &a);
        gone_block(&p);
        unlooked_block(&p, &a);
    }
    closing(&p, &a);
    pt_page_line(&p, PT_ROLE_HEAD, pt_run_summary(r, &a));
}
