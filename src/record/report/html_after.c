// Behind the findings: what could not be looked at, waivers, what is gone, the receipt.
#include "record/report/html.h"
#include "record/waiver/waiver.h"

// -- not looked at --------------------------------------------------------------------------------

static bool is_unlooked(const pt_finding *f) {
    return f->verdict == PT_NOT_EVALUATED;
}

// What would let us look is the news: the same one for forty checks is one row.
static int by_cause(const pt_finding *a, const pt_finding *b) {
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int c = pt_str_cmp(a->remedy, b->remedy);
    return c || a->remedy.n ? c : pt_str_cmp(a->evidence, b->evidence);
}

static void finding_link(pt_html *h, const pt_finding *f, const char *title) {
    PT_HTML(h, "<a href=\"#{}\">{}</a><br><span class=\"q\">{}</span>", pt_str_of(f->fingerprint),
            pt_str_of(title), f->subject);
}

static bool same_reason(const pt_html_entry *v, size_t n) {
    for (size_t i = 1; i < n; i++)
        if (!pt_str_eq(v[i].f->evidence, v->f->evidence))
            return false;
    return true;
}

static void unlooked_list(pt_html *h, const pt_html_entry *v, size_t n, bool reasons) {
    PT_HTML(h, "<details><summary>{} checks: {}</summary><ul>", pt_html_number(h, n),
            pt_str_of(pt_kind_name_of(v->f->kind)->area));
    for (size_t i = 0; i < n; i++) {
        pt_buf_putz(h->b, "<li>");
        finding_link(h, v[i].f, v[i].f->check->good);
        if (reasons && v[i].f->evidence.n)
            PT_HTML(h, "<br>{}", v[i].f->evidence);
        pt_buf_putz(h->b, "</li>");
    }
    pt_buf_putz(h->b, "</ul></details>");
}

static void unlooked_row(pt_html *h, const pt_html_entry *v, size_t n) {
    const pt_finding *f = v->f;
    bool same = same_reason(v, n);
    pt_buf_putz(h->b, "<tr><td>");
    if (n == 1)
        finding_link(h, f, f->check->good);
    else
        unlooked_list(h, v, n, !same);
    PT_HTML(h, "</td><td data-l=\"Why\">{}{}</td><td data-l=\"How\">{}</td></tr>\n", f->evidence,
            same ? pt_str_of(NULL) : PT_STR(", and others"), f->remedy.n ? f->remedy : PT_STR("–"));
}

void pt_html_unlooked(pt_html *h) {
    size_t n;
    const pt_html_entry *v = pt_html_arrange(h, is_unlooked, by_cause, &n);
    if (!n)
        return;
    PT_HTML(h,
            "<section class=\"sec\" id=\"blind\"><h2>What Paratia could not look at</h2>\n"
            "<p>Not evaluated is never a pass. {} had nothing to judge.</p>\n"
            "<table class=\"tbl\"><thead><tr><th>Check</th><th>Why not</th>"
            "<th>How to let it</th></tr></thead><tbody>\n",
            pt_html_many(h, n, "check", "checks"));
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && v[end].head == v[i].head)
            end++;
        unlooked_row(h, &v[i], end - i);
        i = end;
    }
    pt_buf_putz(h->b, "</tbody></table></section>\n");
}

// -- waivers --------------------------------------------------------------------------------------

static bool has_waiver(const pt_finding *f) {
    return f->waiver != NULL;
}

static int expired_first(const pt_finding *a, const pt_finding *b) {
    return (int)b->waiver_expired - (int)a->waiver_expired;
}

// How long it still holds, or since when it does not.
static void expiry(pt_html *h, const pt_finding *f) {
    const int64_t day_ns = 86400 * PT_SECOND_NS;
    int64_t left = (f->waiver->expires - h->r->started) / day_ns;
    PT_HTML(h, "{}<br>", pt_html_day(h, f->waiver->expires - 1)); // its last day
    if (f->waiver_expired)
        PT_HTML(h, "<span class=\"badge exp\">Expired {} ago, counts again</span>",
                pt_html_many(h, (size_t)-left, "day", "days"));
    else
        PT_HTML(h, "<span class=\"q\">{} left</span>",
                pt_html_many(h, (size_t)left, "day", "days"));
}

void pt_html_waivers(pt_html *h) {
    size_t n;
    const pt_html_entry *v = pt_html_arrange(h, has_waiver, expired_first, &n);
    if (!n)
        return;
    pt_buf_putz(h->b, "<section class=\"sec\" id=\"waivers\"><h2>Waivers</h2>\n"
                      "<p>Each has a reason, an owner and a last day; after it the finding counts "
                      "again.</p>\n"
                      "<table class=\"tbl\"><thead><tr><th>Finding</th><th>Reason</th>"
                      "<th>Owner</th><th>Expires</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++) {
        const pt_finding *f = v[i].f;
        pt_buf_putz(h->b, "<tr><td>");
        finding_link(h, f, f->verdict == PT_FAIL ? f->check->title : f->check->good);
        PT_HTML(h,
                "</td><td data-l=\"Reason\">{}</td><td data-l=\"Owner\">{}</td>"
                "<td data-l=\"Expires\">",
                f->waiver->reason, f->waiver->owner);
        expiry(h, f);
        pt_buf_putz(h->b, "</td></tr>\n");
    }
    pt_buf_putz(h->b, "</tbody></table></section>\n");
}

// -- gone -----------------------------------------------------------------------------------------

// "46 days", "less than a day"
static pt_str was_open(pt_html *h, const pt_kept_finding *f) {
    const int64_t day_ns = 86400 * PT_SECOND_NS;
    int64_t days = (h->r->started - f->first_seen) / day_ns;
    return days < 1 ? PT_STR("less than a day") : pt_html_many(h, (size_t)days, "day", "days");
}

void pt_html_gone(pt_html *h) {
    const pt_kept_findings *gone = &h->r->gone;
    if (!gone->n)
        return;
    pt_buf_putz(h->b, "<section class=\"sec\" id=\"gone\"><h2>Gone since the last run</h2>\n"
                      "<table class=\"tbl\"><thead><tr><th>Finding</th><th>Subject</th>"
                      "<th>Severity</th><th>Was open</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < gone->n; i++) {
        const pt_kept_finding *f = &gone->v[i];
        pt_severity s = PT_INFO;
        PT_IGNORE(pt_severity_parse(f->severity, &s)); // the store holds our own words
        PT_HTML(h,
                "<tr><td>{}</td><td>{}</td><td data-l=\"Severity\">{}</td>"
                "<td data-l=\"Was open\">{}</td></tr>\n",
                pt_kept_title(f), f->subject, pt_str_of(pt_html_severity(s)->word), was_open(h, f));
    }
    pt_buf_putz(h->b, "</tbody></table></section>\n");
}

// -- receipt --------------------------------------------------------------------------------------

static void warn(pt_html *h, const char *what, const char *meaning) {
    pt_buf_putz(h->b, "<div class=\"wit\">");
    pt_html_icon(h, "v-ne");
    PT_HTML(h, "<p class=\"s\"><b>{}</b> {}</p></div>\n", pt_str_of(what), pt_str_of(meaning));
}

static void command(pt_html *h, pt_str text) {
    PT_HTML(h,
            "<div class=\"cmd\"><code>{}</code><button class=\"cp js\" type=\"button\">Copy"
            "</button></div>\n",
            text);
}

static void put_facts(pt_html *h) {
    const pt_run *r = h->r;
    if (!r->facts.n)
        return;
    pt_buf_putz(h->b, "<dt>Looked at</dt><dd>");
    for (size_t i = 0; i < r->facts.n; i++)
        PT_HTML(h, "{}{}", i ? PT_STR("; ") : (pt_str){0}, r->facts.v[i]);
    pt_buf_putz(h->b, "</dd>");
}

static void recorded(pt_html *h) {
    const pt_receipt *c = &h->r->receipt;
    char room[PT_RFC3339_BYTES];
    warn(h, "Not yet witnessed.",
         "Log and key lie on this host, so root here could rewrite both. Keep a checkpoint "
         "elsewhere and this report proves its time and completeness.");
    command(h, PT_STR("paratia ledger witness --to URL"));
    PT_HTML(h,
            "<dl class=\"kv\"><dt>Log</dt><dd>{}</dd><dt>Entry</dt><dd>{} in a log of {}</dd>"
            "<dt>Run</dt><dd>{}</dd>",
            c->origin, pt_html_number(h, c->index), pt_html_number(h, c->size),
            pt_time_rfc3339(h->r->started, room));
    put_facts(h);
    if (c->witness_size)
        PT_HTML(h, "<dt>Witnessed</dt><dd>{} entries, {}, by {}</dd>",
                pt_html_number(h, c->witness_size), pt_time_rfc3339(c->witness_time, room),
                c->witness);
    pt_buf_putz(h->b, "</dl>\n<h3 class=\"label\">Checkpoint</h3>\n<div class=\"cmd\"><code>");
    pt_html_lines(h, pt_str_trim(c->checkpoint));
    pt_buf_putz(h->b, "</code><button class=\"cp js\" type=\"button\">Copy</button></div>\n"
                      "<h3 class=\"label\">Keep these two elsewhere</h3>\n");
    command(h, PT_STR("paratia ledger key > host.pub && paratia ledger show > saved.txt"));
    pt_buf_putz(h->b, "<h3 class=\"label\">Check it yourself, offline</h3>\n");
    command(h, pt_arena_printf(h->a, "paratia prove %llu --key host.pub --checkpoint saved.txt",
                               (unsigned long long)c->index));
}

static void unrecorded(pt_html *h) {
    warn(h, "No receipt.", "Nothing proves later that this report was not changed.");
    PT_HTML(h, "<dl class=\"kv\"><dt>Why</dt><dd>{}</dd>",
            h->r->receipt.why.n ? h->r->receipt.why : PT_STR("the run was not recorded"));
    put_facts(h);
    pt_buf_putz(h->b, "</dl>\n");
}

void pt_html_receipt(pt_html *h) {
    pt_buf_putz(h->b, "<section class=\"sec\" id=\"receipt\"><h2>Receipt</h2>\n"
                      "<div class=\"box\">");
    if (h->r->receipt.recorded)
        recorded(h);
    else
        unrecorded(h);
    pt_buf_putz(h->b, "</div></section>\n");
}
