// What the parts of the page write with: escaping, words, numbers, groups.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/report/html.h"

// -- words ----------------------------------------------------------------------------------------

const pt_html_name *pt_html_verdict(pt_verdict v) {
    static const pt_html_name names[] = {
        [PT_FAIL] = {"Fail", "fail", "v-fail"},
        [PT_NOT_EVALUATED] = {"Not evaluated", "ne", "v-ne"},
        [PT_PASS] = {"Pass", "pass", "v-pass"},
        [PT_NOT_APPLICABLE] = {"Not applicable", "na", "v-na"},
    };
    static_assert(PT_COUNT(names) == PT_VERDICT_COUNT, "each verdict has its words");
    pt_assert(v < PT_VERDICT_COUNT);
    return &names[v];
}

const pt_html_name *pt_html_severity(pt_severity s) {
    static const pt_html_name names[] = {
        [PT_CRITICAL] = {"Critical", "critical", "s4"},
        [PT_HIGH] = {"High", "high", "s3"},
        [PT_MEDIUM] = {"Medium", "medium", "s2"},
        [PT_LOW] = {"Low", "low", "s1"},
        [PT_INFO] = {"Info", "info", "s0"},
    };
    static_assert(PT_COUNT(names) == PT_SEVERITY_COUNT, "each severity has its words");
    pt_assert(s < PT_SEVERITY_COUNT);
    return &names[s];
}

// -- escaping -------------------------------------------------------------------------------------

static const char *entity(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void put_escaped(pt_buf *b, pt_str s) {
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *as = entity(s.p[i]);
        if (!as)
            continue;
        pt_buf_put(b, pt_str_sub(s, from, i));
        pt_buf_putz(b, as);
        from = i + 1;
    }
    pt_buf_put(b, pt_str_sub(s, from, s.n));
}

void pt_html_text(pt_html *h, pt_str s) {
    pt_buf_clear(&h->safe);
    pt_buf_put_safe(&h->safe, s);
    put_escaped(h->b, pt_buf_str(&h->safe));
}

void pt_html_lines(pt_html *h, pt_str s) {
    pt_str line;
    for (bool first = true; pt_str_split(&s, '\n', &line); first = false) {
        if (!first)
            pt_buf_putc(h->b, '\n');
        pt_html_text(h, line);
    }
}

void pt_html_fill(pt_html *h, pt_str form, const pt_str *args, size_t n) {
    size_t used = 0;
    while (form.n) {
        size_t at = pt_str_find_str(form, PT_STR("{}"));
        pt_buf_put(h->b, pt_str_sub(form, 0, at));
        if (at == form.n)
            break;
        pt_assert(used < n);
        pt_html_text(h, args[used++]);
        form = pt_str_sub(form, at + 2, form.n);
    }
    pt_assert(used == n);
}

// -- arguments ------------------------------------------------------------------------------------

pt_str pt_html_number(pt_html *h, size_t n) {
    return pt_arena_printf(h->a, "%zu", n);
}

pt_str pt_html_many(pt_html *h, size_t n, const char *one, const char *many) {
    return pt_arena_printf(h->a, "%zu %s", n, n == 1 ? one : many);
}

pt_str pt_html_day(pt_html *h, pt_time_ns t) {
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t s = (time_t)(t / PT_SECOND_NS);
    struct tm tm;
    if (!gmtime_r(&s, &tm))
        return (pt_str){0};
    return pt_arena_printf(h->a, "%d %s %d", tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900);
}

bool pt_html_is_new(const pt_html *h, const pt_finding *f) {
    return f->is_new && h->r->compared && f->verdict == PT_FAIL;
}

void pt_html_icon(pt_html *h, const char *symbol) {
    PT_HTML(h, "<svg class=\"i\" aria-hidden=\"true\"><use href=\"#{}\"/></svg>",
            pt_str_of(symbol));
}

pt_str pt_html_act(pt_html *h, const pt_finding *f) {
    pt_str form = pt_str_of(f->check->act);
    size_t at = pt_str_find_str(form, PT_STR("%s"));
    if (at == form.n)
        return form;
    return pt_arena_printf(h->a, "%.*s%.*s%.*s", PT_PRI(pt_str_sub(form, 0, at)),
                           PT_PRI(f->subject), PT_PRI(pt_str_sub(form, at + 2, form.n)));
}

// -- groups ---------------------------------------------------------------------------------------

static int by_head(const void *x, const void *y) {
    const pt_html_entry *a = x;
    const pt_html_entry *b = y;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static int by_group(const void *x, const void *y, void *compare) {
    const pt_html_entry *a = x;
    const pt_html_entry *b = y;
    int c = (*(pt_html_compare *)compare)(a->f, b->f);
    return c ? c : (a->order > b->order) - (a->order < b->order);
}

pt_html_entry *pt_html_arrange(pt_html *h, pt_html_keep keep, pt_html_compare compare,
                               size_t *ret_n) {
    const pt_findings *fs = &h->r->findings;
    size_t n = 0;
    pt_html_entry *v = PT_NEW(h->a, pt_html_entry, fs->all.n);
    *ret_n = 0;
    if (!v) {
        h->b->full |= fs->all.n > 0;
        return NULL;
    }
    for (size_t i = 0; i < fs->all.n; i++)
        if (keep(&fs->all.v[i]))
            v[n++] = (pt_html_entry){.f = &fs->all.v[i], .order = i};
    if (!n)
        return NULL;
    qsort_r(v, n, sizeof *v, by_group, (void *)&compare);
    for (size_t i = 0; i < n; i++)
        v[i].head = i && compare(v[i - 1].f, v[i].f) == 0 ? v[i - 1].head : v[i].order;
    qsort(v, n, sizeof *v, by_head);
    *ret_n = n;
    return v;
}
