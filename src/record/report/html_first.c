// The first screen: one sentence, what to do first, the score.
#include "record/report/html.h"

// "18 findings are open, 5 of them new since the last run. 4 could not be evaluated. 2 are waived.
// 1 waiver has expired." Neither blindness nor an expired waiver is left to the lists alone.
static void lede(pt_html *h) {
    const pt_html_counts *n = &h->n;
    size_t pass = pt_findings_count(&h->r->findings, PT_PASS);
    pt_buf_putz(h->b, "<p class=\"lede\"><b>");
    if (n->opens)
        PT_HTML(h, "{}</b>", pt_html_many(h, n->opens, "finding is open", "findings are open"));
    else
        PT_HTML(h, "{}</b>", pt_html_many(h, pass, "check passes", "checks pass"));
    if (n->fresh)
        PT_HTML(h, ", {} of them new since the last run", pt_html_number(h, n->fresh));
    pt_buf_putz(h->b, ". ");
    if (n->unlooked)
        PT_HTML(h, "<a href=\"#blind\">{} could not be evaluated</a>. ",
                pt_html_number(h, n->unlooked));
    if (n->known)
        PT_HTML(h, "{} known from the baseline. ", pt_html_many(h, n->known, "is", "are"));
    if (n->waived)
        PT_HTML(h, "{} <a href=\"#waivers\">waived</a>. ", pt_html_many(h, n->waived, "is", "are"));
    if (n->expired)
        PT_HTML(h, "<a href=\"#waivers\">{} expired</a>.",
                pt_html_many(h, n->expired, "waiver has", "waivers have"));
    pt_buf_putz(h->b, "</p>\n");
}

static void step(pt_html *h, const pt_todo *t, size_t number) {
    const pt_finding *f = t->finding;
    const pt_check *c = f->check;
    PT_HTML(h,
            "<li class=\"{}\"><span class=\"no\" aria-hidden=\"true\">{}</span><div>"
            "<a class=\"to\" href=\"#{}\">{}</a>",
            pt_str_of(pt_html_severity(c->severity)->style), pt_html_number(h, number),
            pt_str_of(f->fingerprint), t->act);
    if (pt_html_is_new(h, f))
        pt_buf_putz(h->b, " <span class=\"badge new\">New</span>");
    PT_HTML(h, "<p class=\"q\">{}</p><div class=\"cmd\"><code>", pt_str_of(c->consequence));
    pt_html_lines(h, pt_str_trim(pt_str_of(c->remedy)));
    PT_HTML(h,
            "</code><button class=\"cp js\" type=\"button\" aria-label=\"Copy the remedy of step "
            "{}\">Copy</button></div><p class=\"cost\">",
            pt_html_number(h, number));
    pt_html_icon(h, "clock");
    PT_HTML(h, "<span>Interrupts: {}.", pt_str_of(c->interrupts));
    if (t->closes > 1)
        PT_HTML(h, " Closes {}.", pt_html_many(h, t->closes, "finding", "findings"));
    pt_buf_putz(h->b, "</span></p></div></li>\n");
}

// How many findings the steps close.
static size_t run_steps(pt_html *h) {
    pt_todo todo[3];
    size_t n = pt_run_todo(h->r, h->a, todo);
    size_t closed = 0;
    if (!n)
        return 0;
    pt_buf_putz(h->b, n > 1 ? "<h2 class=\"label first\">Do first, in this order</h2>\n"
                            : "<h2 class=\"label first\">Do first</h2>\n");
    pt_buf_putz(h->b, "<ol class=\"steps\" role=\"list\">\n");
    for (size_t i = 0; i < n; i++) {
        step(h, &todo[i], i + 1);
        closed += todo[i].closes;
    }
    pt_buf_putz(h->b, "</ol>\n");
    return closed;
}

static void steps(pt_html *h) {
    if (pt_defined(h->r->scan))
        pt_html_scan_steps(h);
    size_t closed = pt_defined(h->r->scan) ? 0 : run_steps(h); // an upgrade is of many findings
    bool n = closed > 0;
    if (h->n.opens > closed)
        PT_HTML(
            h,
            "<p class=\"then s q\">{}{}, worst first: <a href=\"#findings\">show them</a>.</p>\n",
            n ? PT_STR("Then ") : (pt_str){0},
            pt_html_many(h, h->n.opens - closed, n ? "more finding" : "finding",
                         n ? "more findings" : "findings"));
}

// -- score ----------------------------------------------------------------------------------------

// "4 fail, 2 not evaluated"
static void put_sums(pt_html *h, const size_t *n) {
    PT_HTML(h, "{} fail", pt_html_number(h, n[PT_FAIL]));
    if (n[PT_NOT_EVALUATED])
        PT_HTML(h, ", {} not evaluated", pt_html_number(h, n[PT_NOT_EVALUATED]));
}

static void area(pt_html *h, pt_kind k) {
    int score = pt_run_score(h->r, k);
    pt_str name = pt_str_of(pt_kind_name_of(k)->area);
    PT_HTML(h, "<tr><th scope=\"row\"><a href=\"#findings\" data-only=\"{}\">{}</a></th><td>", name,
            name);
    if (score >= 0)
        PT_HTML(h,
                "<svg class=\"bar{}\" aria-hidden=\"true\"><rect width=\"{}%\" height=\"6\" "
                "rx=\"3\"/></svg>",
                h->n.critical_in[k] ? PT_STR(" cap") : (pt_str){0},
                pt_html_number(h, (size_t)score));
    pt_buf_putz(h->b, "<span class=\"q\">");
    put_sums(h, h->n.by_kind[k]);
    PT_HTML(h, "</span></td><td class=\"v\">{}</td></tr>\n",
            score >= 0 ? pt_html_number(h, (size_t)score) : PT_STR("–"));
}

static void receipt_line(pt_html *h) {
    const pt_receipt *c = &h->r->receipt;
    pt_buf_putz(h->b, "<p class=\"wl s\">");
    pt_html_icon(h, "v-ne");
    if (c->recorded)
        PT_HTML(h, "<span><a href=\"#receipt\">Receipt {}</a> is not yet witnessed</span></p>\n",
                pt_html_number(h, c->index));
    else
        pt_buf_putz(h->b, "<span><a href=\"#receipt\">No receipt</a> of this run</span></p>\n");
}

// -- the score over time --------------------------------------------------------------------------

enum {
    SPARK_LEFT = 40, // tenths of a pixel, as all below
    SPARK_WIDTH = 1880,
    SPARK_TOP = 60, // of score 100
    SPARK_TENTHS_A_POINT = 3,
};

// The scores of the runs that had one, this run's last. At most PT_HISTORY_MAX + 1.
static size_t scores_of(const pt_run *r, int now, pt_past ret[PT_HISTORY_MAX + 1]) {
    size_t n = 0;
    for (size_t i = 0; i < r->history.n && n < PT_HISTORY_MAX; i++)
        if (r->history.v[i].score >= 0)
            ret[n++] = r->history.v[i];
    ret[n++] = (pt_past){r->started, now};
    return n;
}

static void put_tenths(pt_html *h, int tenths) {
    pt_buf_printf(h->b, "%d.%d", tenths / 10, tenths % 10);
}

// A line of scores, from 0 to 100 whatever they are, so that its slope does not exaggerate.
static void spark(pt_html *h, int now) {
    pt_past v[PT_HISTORY_MAX + 1];
    size_t n = scores_of(h->r, now, v);
    if (n < 2)
        return;
    PT_HTML(h,
            "<svg class=\"spark\" width=\"196\" height=\"56\" viewBox=\"0 0 196 56\" role=\"img\" "
            "aria-labelledby=\"spt\"><title id=\"spt\">Score over the last {} runs, {} to {}:",
            pt_html_number(h, n), pt_html_day(h, v[0].started), pt_html_day(h, v[n - 1].started));
    for (size_t i = 0; i < n; i++)
        pt_buf_printf(h->b, "%s %d", i ? "," : "", v[i].score);
    pt_buf_putz(h->b, "</title><path class=\"ln\" d=\"");
    int x = SPARK_LEFT;
    int y = 0;
    for (size_t i = 0; i < n; i++) {
        x = SPARK_LEFT + (int)i * SPARK_WIDTH / (int)(n - 1);
        y = SPARK_TOP + (100 - v[i].score) * SPARK_TENTHS_A_POINT;
        pt_buf_putz(h->b, i ? " L" : "M");
        put_tenths(h, x);
        pt_buf_putc(h->b, ' ');
        put_tenths(h, y);
    }
    pt_buf_putz(h->b, "\"/><circle cx=\"");
    put_tenths(h, x);
    pt_buf_putz(h->b, "\" cy=\"");
    put_tenths(h, y);
    PT_HTML(h,
            "\" r=\"3.2\"/><text x=\"4\" y=\"55\">{}</text>"
            "<text x=\"194\" y=\"55\" text-anchor=\"end\">{}</text></svg>\n",
            pt_html_day(h, v[0].started), pt_html_day(h, v[n - 1].started));
}

static void score(pt_html *h) {
    int all = pt_run_score(h->r, PT_KIND_COUNT);
    pt_buf_putz(h->b, "<aside class=\"score\" aria-labelledby=\"sc\">\n"
                      "<h2 class=\"label\" id=\"sc\">Score</h2>\n");
    if (all >= 0)
        PT_HTML(h, "<p class=\"big\">{}<small> of 100</small></p>\n",
                pt_html_number(h, (size_t)all));
    else
        pt_buf_putz(h->b, "<p class=\"big\">–<small> nothing was judged</small></p>\n");
    if (all >= 0)
        spark(h, all);
    if (h->n.open[PT_CRITICAL])
        pt_buf_putz(h->b, "<p class=\"s q\">Held at 49 or below while a critical finding is "
                          "open.</p>\n");
    else if (h->n.unlooked && all >= 0)
        PT_HTML(h, "<p class=\"s q\">Without the {} that could not be evaluated.</p>\n",
                pt_html_number(h, h->n.unlooked));
    pt_buf_putz(h->b, "<table class=\"areas\"><caption class=\"vh\">Score and open findings by "
                      "area</caption>\n");
    for (unsigned k = 0; k < PT_KIND_COUNT; k++)
        if (h->n.has[k])
            area(h, (pt_kind)k);
    pt_buf_putz(h->b, "</table>\n");
    receipt_line(h);
    pt_buf_putz(h->b, "</aside>\n");
}

void pt_html_first(pt_html *h) {
    pt_buf_putz(h->b, "<div class=\"band\"><div class=\"wrap hero\">\n"
                      "<section aria-labelledby=\"h\">\n");
    PT_HTML(h, "<h1 id=\"h\">{}</h1>\n", pt_run_headline(h->r, h->a));
    lede(h);
    steps(h);
    pt_buf_putz(h->b, "</section>\n");
    score(h);
    pt_buf_putz(h->b, "</div></div>\n");
}
