// The HTML report: one page, no request of any kind, readable without its script.
#include "record/report/html.h"

#include "crypto/crypto.h"

static void count_finding(pt_html *h, const pt_finding *f) {
    pt_html_counts *n = &h->n;
    bool open = pt_finding_open(f);
    bool unlooked = f->verdict == PT_NOT_EVALUATED;
    pt_severity s = f->check->severity;
    n->kept[f->verdict]++;
    n->open[s] += open;
    n->opens += open;
    n->unlooked += unlooked;
    n->fresh += open && pt_html_is_new(h, f);
    n->waived += f->waived;
    n->expired += f->waiver_expired;
    n->known += f->known;
    n->by_severity[s] += open || unlooked;
    n->by_kind[f->kind][f->verdict] += f->verdict != PT_FAIL || open;
    n->has[f->kind] = true;
    n->critical_in[f->kind] |= open && s == PT_CRITICAL;
}

static void count(pt_html *h) {
    const pt_run *r = h->r;
    h->n.has[PT_KIND_OBJECT] = r->objects > 0; // what passes of them may not be kept
    for (unsigned v = 0; v < PT_VERDICT_COUNT; v++)
        h->n.results += pt_findings_count(&r->findings, (pt_verdict)v);
    for (size_t i = 0; i < r->findings.all.n; i++)
        count_finding(h, &r->findings.all.v[i]);
}

// 'sha256-…' of what stands between the tags: computed here, so that it can never be stale.
static void put_hash(pt_html *h, pt_str content) {
    pt_hash256 hash = pt_sha256(&content, 1);
    pt_buf_putz(h->b, "'sha256-");
    pt_base64_put(h->b, (pt_str){(const char *)hash.b, sizeof hash.b});
    pt_buf_putc(h->b, '\'');
}

// Nothing may be loaded, sent or framed; the two scripts and the style are the only ones that run.
static void put_policy(pt_html *h) {
    pt_buf_putz(h->b, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "style-src ");
    put_hash(h, pt_html_css);
    pt_buf_putz(h->b, "; script-src ");
    put_hash(h, pt_html_theme_script);
    pt_buf_putc(h->b, ' ');
    put_hash(h, pt_html_script);
    pt_buf_putz(h->b, "; base-uri 'none'; form-action 'none'\">\n");
}

static pt_str title_of(const pt_run *r) {
    if (pt_defined(r->scan))
        return PT_STR("Scan of ");
    return pt_str_eqz(PT_STR("audit"), r->verb) ? PT_STR("Audit of ") : PT_STR("Check of ");
}

static void head(pt_html *h) {
    const pt_run *r = h->r;
    pt_buf_putz(h->b, "<!DOCTYPE html>\n<html lang=\"en\" class=\"no-js\">\n<head>\n"
                      "<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"robots\" content=\"noindex\">\n");
    put_policy(h);
    pt_buf_putz(h->b, "<title>");
    if (h->n.open[PT_CRITICAL])
        PT_HTML(h, "{} critical, ", pt_html_number(h, h->n.open[PT_CRITICAL]));
    PT_HTML(h, "{} fail: {}{}, {} – Paratia</title>\n", pt_html_number(h, h->n.opens), title_of(r),
            r->subject, pt_html_day(h, r->started));
    pt_buf_putz(h->b, "<style>");
    pt_buf_put(h->b, pt_html_css);
    pt_buf_putz(h->b, "</style>\n<script>");
    pt_buf_put(h->b, pt_html_theme_script);
    pt_buf_putz(h->b, "</script>\n</head>\n<body>\n");
    pt_buf_put(h->b, pt_html_symbols);
    pt_buf_putz(h->b, "<a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n");
}

static void top_bar(pt_html *h) {
    const pt_run *r = h->r;
    char room[PT_RFC3339_BYTES];
    pt_str time = pt_time_rfc3339(r->started, room);
    pt_buf_putz(h->b, "<header class=\"top\"><div class=\"wrap\">\n<div class=\"brand\">"
                      "<svg aria-hidden=\"true\"><use href=\"#brand\"/></svg>"
                      "<span>Paratia</span></div>\n");
    PT_HTML(h,
            "<div class=\"run\"><b>{}{}</b><span><time datetime=\"{}\">{}, {} UTC</time></span>"
            "<span>{}</span>",
            title_of(r), r->subject, time, pt_html_day(h, r->started), pt_str_sub(time, 11, 16),
            pt_html_many(h, h->n.results, "result", "results"));
    if (r->receipt.recorded)
        PT_HTML(h, "<span class=\"hide-s\">ledger entry <a href=\"#receipt\">{}</a></span>",
                pt_html_number(h, r->receipt.index));
    pt_buf_putz(h->b, "</div>\n"
                      "<button class=\"plain js\" type=\"button\" id=\"print\">Print</button>"
                      "<button class=\"plain js\" type=\"button\" "
                      "id=\"theme\"><span>Dark</span><span class=\"vh\"> theme</span></button>\n"
                      "</div></header>\n");
}

static void how_to_read(pt_html *h) {
    pt_buf_putz(
        h->b,
        "<footer><div class=\"wrap\">\n<h2>How to read this</h2>\n"
        "<p>Critical: takes over the host or another tenant. High: one flaw away from it. Medium: "
        "makes an attack easier or hides it. Low: good practice. Info: worth knowing.</p>\n"
        "<p>Score: the share of severity weight that passes (critical 10, high 5, medium 2, low "
        "1). Not applicable and waived are left out; not evaluated is shown beside the score and "
        "never counts as a pass. An open critical finding holds a score at 49 or below.</p>\n");
    PT_HTML(h,
            "<p>Paratia {}. Names of standards show what a finding supports evidence for; they are "
            "no statement of conformity.</p>\n</div></footer>\n",
            PT_STR(PT_VERSION));
}

static void page(pt_html *h) {
    head(h);
    top_bar(h);
    pt_buf_putz(h->b, "<main>\n");
    pt_html_first(h);
    pt_buf_putz(h->b, "<div class=\"wrap body\" id=\"findings\">\n");
    pt_html_filters(h);
    pt_buf_putz(h->b, "<div>\n");
    pt_html_findings(h);
    pt_html_upgrades(h);
    pt_html_unlooked(h);
    pt_html_waivers(h);
    pt_html_gone(h);
    pt_html_image(h);
    pt_html_receipt(h);
    pt_buf_putz(h->b, "</div>\n</div>\n</main>\n");
    how_to_read(h);
    pt_buf_putz(h->b, "<div id=\"say\" class=\"vh\" role=\"status\" aria-live=\"polite\"></div>\n"
                      "<script>");
    pt_buf_put(h->b, pt_html_script);
    pt_buf_putz(h->b, "</script>\n</body>\n</html>\n");
}

pt_code pt_report_html(pt_buf *b, const pt_run *r, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_html h = {.b = b, .r = r, .a = &a, .safe = PT_BUF(b->max)};
    count(&h);
    page(&h);
    bool cut = b->full || h.safe.full;
    pt_buf_done(&h.safe);
    return cut ? pt_err_set(e, PT_E_NOMEM, "the report is too large for the memory allowed")
               : PT_OK;
}
