// Every finding, by subject; and the form that filters them.
#include <string.h>

#include "record/report/flaws.h"
#include "record/report/html.h"

// -- filters --------------------------------------------------------------------------------------

typedef struct tick {
    const char *name, *value, *word;
    const char *style, *sign; // may be NULL
    size_t count;
    bool ticked;
} tick;

static void put_tick(pt_html *h, const tick *t) {
    PT_HTML(h, "<label class=\"{}\"><input type=\"checkbox\" name=\"{}\" value=\"{}\"",
            pt_str_of(t->style), pt_str_of(t->name), pt_str_of(t->value));
    pt_buf_putz(h->b, t->ticked ? " checked>" : ">");
    if (t->sign)
        pt_html_icon(h, t->sign);
    PT_HTML(h, "<span>{}</span><span class=\"c\">{}</span></label>", pt_str_of(t->word),
            pt_html_number(h, t->count));
}

static void legend(pt_html *h, const char *word) {
    PT_HTML(h, "<fieldset><legend>{}</legend>", pt_str_of(word));
}

static void verdict_ticks(pt_html *h) {
    legend(h, "Verdict");
    for (unsigned v = 0; v < PT_VERDICT_COUNT; v++) {
        const pt_html_name *name = pt_html_verdict((pt_verdict)v);
        size_t n = v == PT_FAIL ? h->n.opens : pt_findings_count(&h->r->findings, (pt_verdict)v);
        put_tick(h, &(tick){.name = "ver",
                            .value = name->style,
                            .word = name->word,
                            .sign = name->sign,
                            .count = n,
                            .ticked = v == PT_FAIL || v == PT_NOT_EVALUATED});
    }
    pt_buf_putz(h->b, "</fieldset>\n");
}

static void severity_ticks(pt_html *h) {
    legend(h, "Severity");
    for (unsigned s = 0; s < PT_SEVERITY_COUNT; s++) {
        const pt_html_name *name = pt_html_severity((pt_severity)s);
        put_tick(h, &(tick){.name = "sev",
                            .value = name->style,
                            .word = name->word,
                            .style = name->style,
                            .sign = name->sign,
                            .count = h->n.by_severity[s]});
    }
    pt_buf_putz(h->b, "</fieldset>\n");
}

static void area_ticks(pt_html *h) {
    legend(h, "Area");
    for (unsigned k = 0; k < PT_KIND_COUNT; k++) {
        const char *name = pt_kind_name_of((pt_kind)k)->area;
        const size_t *n = h->n.by_kind[k];
        if (h->n.has[k])
            put_tick(h, &(tick){.name = "area",
                                .value = name,
                                .word = name,
                                .count = n[PT_FAIL] + n[PT_NOT_EVALUATED]});
    }
    pt_buf_putz(h->b, "</fieldset>\n");
}

static void more_tick(pt_html *h, const char *value, const char *word, size_t count) {
    PT_HTML(h,
            "<label><input type=\"checkbox\" name=\"more\" value=\"{}\"><span>{}</span>"
            "<span class=\"c\">{}</span></label>",
            pt_str_of(value), pt_str_of(word), pt_html_number(h, count));
}

static void more_ticks(pt_html *h) {
    if (!h->r->compared && !h->n.waived && !h->n.known)
        return;
    legend(h, "More");
    if (h->r->compared)
        more_tick(h, "new", "New only", h->n.fresh);
    if (h->n.waived)
        more_tick(h, "waived", "Waived too", h->n.waived);
    if (h->n.known)
        more_tick(h, "known", "Known too", h->n.known);
    pt_buf_putz(h->b, "</fieldset>\n");
}

void pt_html_filters(pt_html *h) {
    pt_buf_putz(h->b,
                "<form class=\"side js\" role=\"search\" aria-label=\"Filter findings\">"
                "<label class=\"vh\" for=\"q\">Search findings</label>"
                "<input type=\"search\" id=\"q\" placeholder=\"Search findings\" "
                "autocomplete=\"off\" spellcheck=\"false\">"
                "<button type=\"button\" class=\"fbtn\" aria-expanded=\"false\">Filters</button>\n"
                "<div class=\"fs\">");
    verdict_ticks(h);
    severity_ticks(h);
    area_ticks(h);
    more_ticks(h);
    pt_buf_putz(h->b,
                "<button type=\"button\" class=\"clear\">Reset filters</button>\n"
                "<p class=\"keys\"><kbd>/</kbd> search &nbsp;<kbd>j</kbd> <kbd>k</kbd> move<br>"
                "<kbd>Enter</kbd> open &nbsp;<kbd>e</kbd> open all</p></div></form>\n");
}

// -- one finding ----------------------------------------------------------------------------------

// What was seen, with the line in front where there is a file.
static void put_evidence(pt_html *h, const pt_finding *f) {
    if (f->place.line)
        PT_HTML(h, "line {}: ", pt_html_number(h, f->place.line));
    pt_html_text(h, f->evidence);
}

// "needs root: sudo paratia audit" has its reason before the colon.
static void ask_badge(pt_html *h, pt_str remedy) {
    enum {
        BADGE_BYTES_MAX = 24
    };
    size_t colon = pt_str_find(remedy, ':');
    if (colon < remedy.n && colon <= BADGE_BYTES_MAX)
        PT_HTML(h, "<span class=\"badge ask\">{}</span>", pt_str_sub(remedy, 0, colon));
}

static void badges(pt_html *h, const pt_finding *f) {
    if (f->verdict == PT_NOT_EVALUATED)
        ask_badge(h, f->remedy);
    if (f->waiver_expired)
        pt_buf_putz(h->b, "<span class=\"badge exp\">Waiver expired</span>");
    if (f->waived)
        pt_buf_putz(h->b, "<span class=\"badge\">Waived</span>");
    else if (f->known)
        pt_buf_putz(h->b, "<span class=\"badge\">Known</span>");
    else if (pt_html_is_new(h, f))
        pt_buf_putz(h->b, "<span class=\"badge new\">New</span>");
}

static void summary(pt_html *h, const pt_finding *f) {
    const pt_html_name *severity = pt_html_severity(f->check->severity);
    const pt_html_name *verdict = pt_html_verdict(f->verdict);
    pt_buf_putz(h->b,
                "<summary><svg class=\"chev\" aria-hidden=\"true\"><use href=\"#chev\"/></svg>"
                "<span class=\"sev\">");
    pt_html_icon(h, severity->sign);
    PT_HTML(h,
            "{}</span><span class=\"main\"><span class=\"tt\"><span class=\"a\">{}</span>"
            "<span class=\"b\">{}</span></span> <span class=\"ev\">",
            pt_str_of(severity->word),
            pt_str_of(f->verdict == PT_FAIL ? f->check->title : f->check->good), f->subject);
    put_evidence(h, f);
    pt_buf_putz(h->b, "</span></span><span class=\"bd\">");
    badges(h, f);
    pt_buf_putz(h->b, "</span><span class=\"ver\">");
    pt_html_icon(h, verdict->sign);
    PT_HTML(h, "{}</span></summary>\n", pt_str_of(verdict->word));
}

static void put_place(pt_html *h, const pt_finding *f) {
    if (!f->place.file.n && !f->path.n)
        return;
    pt_buf_putz(h->b, "<dt>Where</dt><dd>");
    pt_html_text(h, f->place.file);
    if (f->place.line)
        PT_HTML(h, ":{}:{}", pt_html_number(h, f->place.line), pt_html_number(h, f->place.column));
    if (f->path.n)
        PT_HTML(h, "{}<code>{}</code>", f->place.file.n ? PT_STR(", ") : (pt_str){0}, f->path);
    pt_buf_putz(h->b, "</dd>");
    if (f->excerpt.n)
        PT_HTML(h, "<dt>Line</dt><dd><code>{}</code></dd>", pt_str_trim(f->excerpt));
}

static void evidence(pt_html *h, const pt_finding *f) {
    static const char *const seen[PT_VERDICT_COUNT] = {[PT_FAIL] = "Seen",
                                                       [PT_NOT_EVALUATED] = "Missing",
                                                       [PT_PASS] = "Seen",
                                                       [PT_NOT_APPLICABLE] = "Seen"};
    pt_buf_putz(h->b, "<h4>Evidence</h4><dl class=\"kv\">");
    if (f->evidence.n)
        PT_HTML(h, "<dt>{}</dt><dd><code>{}</code></dd>", pt_str_of(seen[f->verdict]), f->evidence);
    if (pt_part_is_flaw(f))
        pt_html_flaw(h, f);
    else
        PT_HTML(h, "<dt>Wanted</dt><dd>{}</dd>", pt_html_wanted(h, f->check));
    put_place(h, f);
    if (f->source.n)
        PT_HTML(h, "<dt>Source</dt><dd>{}</dd>", f->source);
    pt_buf_putz(h->b, "</dl>");
}

static void remedy(pt_html *h, const pt_finding *f) {
    const pt_check *c = f->check;
    if (f->verdict == PT_NOT_EVALUATED && f->remedy.n)
        PT_HTML(h, "<h4>How to let Paratia look</h4><p class=\"s w\">{}</p>", f->remedy);
    if (f->verdict != PT_FAIL || !c->remedy)
        return;
    PT_HTML(h,
            "<h4>Remedy</h4><div class=\"snip\"><div class=\"sh\"><span>{}</span>"
            "<button class=\"cp js\" type=\"button\">Copy</button></div><pre tabindex=\"0\">",
            pt_html_act(h, f));
    pt_html_lines(h, pt_str_trim(pt_str_of(c->remedy)));
    pt_buf_putz(h->b, "</pre></div><p class=\"cost\">");
    pt_html_icon(h, "clock");
    PT_HTML(h, "<span>Interrupts: {}.</span></p>", pt_str_of(c->interrupts));
}

static void standards(pt_html *h, pt_str list) {
    pt_str one;
    if (!list.n)
        return;
    pt_buf_putz(h->b, "<dt>Supports evidence for</dt><dd class=\"std\">");
    while (pt_str_split(&list, ';', &one))
        PT_HTML(h, "<span>{}</span>", pt_str_trim(one));
    pt_buf_putz(h->b, "</dd>");
}

static void meta(pt_html *h, const pt_finding *f) {
    pt_str id = pt_str_of(f->fingerprint);
    PT_HTML(h,
            "<dl class=\"meta\"><dt>Check</dt><dd><code>{}</code></dd>"
            "<dt class=\"sj\">Subject</dt><dd class=\"sj\">{}</dd>",
            pt_str_of(f->check->id), f->subject);
    standards(h, pt_str_of(f->check->standards));
    if (f->first_seen)
        PT_HTML(h, "<dt>First seen</dt><dd>{}</dd>", pt_html_day(h, f->first_seen));
    PT_HTML(h,
            "<dt>Fingerprint</dt><dd><a href=\"#{}\"><code>{}</code></a></dd>"
            "<dd class=\"act js\"><button class=\"link\" type=\"button\">Copy link</button>",
            id, id);
    if (pt_finding_open(f))
        pt_buf_putz(h->b, "<button class=\"waive\" type=\"button\">Copy waiver</button>");
    pt_buf_putz(h->b, "</dd></dl>");
}

static void finding(pt_html *h, const pt_html_entry *at) {
    const pt_finding *f = at->f;
    pt_str severity = pt_str_of(pt_html_severity(f->check->severity)->style);
    pt_str verdict = pt_str_of(pt_html_verdict(f->verdict)->style);
    PT_HTML(h,
            "<details class=\"f {} {}{}\" id=\"{}\" data-n=\"{}\" data-sev=\"{}\" "
            "data-ver=\"{}\" data-area=\"{}\" data-check=\"{}\"",
            severity, verdict, f->waived || f->known ? PT_STR(" back") : (pt_str){0},
            pt_str_of(f->fingerprint), pt_html_number(h, at->order), severity, verdict,
            pt_str_of(pt_kind_name_of(f->kind)->area), pt_str_of(f->check->id));
    if (pt_html_is_new(h, f))
        pt_buf_putz(h->b, " data-new=\"1\"");
    if (f->waived || f->known)
        pt_buf_putz(h->b, f->waived ? " data-back=\"waived\"" : " data-back=\"known\"");
    pt_buf_putz(h->b, ">\n");
    summary(h, f);
    PT_HTML(h, "<div class=\"d\"><div><p>{}</p>", pt_str_of(f->check->why));
    evidence(h, f);
    remedy(h, f);
    pt_buf_putz(h->b, "</div>\n");
    meta(h, f);
    pt_buf_putz(h->b, "</div></details>\n");
}

// -- by subject -----------------------------------------------------------------------------------

static bool every(const pt_finding *f) {
    (void)f;
    return true;
}

static int by_subject(const pt_finding *a, const pt_finding *b) {
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int c = pt_str_cmp(a->subject, b->subject);
    return c ? c : pt_str_cmp(a->place.file, b->place.file);
}

static void group_head(pt_html *h, const pt_html_entry *v, size_t n) {
    const pt_finding *f = v->f;
    pt_str kind = pt_str_of(pt_kind_name_of(f->kind)->word);
    pt_str about = f->place.file.n ? f->place.file : f->detail;
    if (f->kind == PT_KIND_DOCKER && about.n) // "Docker daemon 28.5.2" names its kind itself
        kind = (pt_str){0};
    PT_HTML(h,
            "<section class=\"grp\"><h3><span class=\"nm\">{}</span><span class=\"k\">{}{}{}"
            "</span><span class=\"k n\">{}</span></h3><div class=\"card\">\n",
            f->subject, kind, kind.n && about.n ? PT_STR(", ") : (pt_str){0}, about,
            pt_html_many(h, n, "finding", "findings"));
}

// What `check` and `audit PATH` count without keeping, so that no sum in the page seems wrong.
static void dropped(pt_html *h) {
    size_t pass = pt_findings_count(&h->r->findings, PT_PASS);
    size_t na = pt_findings_count(&h->r->findings, PT_NOT_APPLICABLE);
    if (pass == h->n.kept[PT_PASS] && na == h->n.kept[PT_NOT_APPLICABLE])
        return;
    PT_HTML(h,
            "<p class=\"note\">Of {} and {} not applicable, {} and {} are written out here: what "
            "passes in manifests is counted, not kept. With --all every one is.</p>\n",
            pt_html_many(h, pass, "pass", "passes"), pt_html_number(h, na),
            pt_html_number(h, h->n.kept[PT_PASS]), pt_html_number(h, h->n.kept[PT_NOT_APPLICABLE]));
}

void pt_html_findings(pt_html *h) {
    size_t n;
    const pt_html_entry *v = pt_html_arrange(h, every, by_subject, &n);
    PT_HTML(h,
            "<div class=\"lh\"><h2>Findings</h2><span class=\"q\" id=\"count\">{} shown</span>"
            "<fieldset class=\"seg js\"><legend class=\"vh\">Group findings</legend>"
            "<label><input type=\"radio\" name=\"group\" value=\"subject\" checked>By subject"
            "</label><label><input type=\"radio\" name=\"group\" value=\"check\">By check"
            "</label></fieldset></div>\n<div id=\"list\">\n",
            pt_html_number(h, n));
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && v[end].head == v[i].head)
            end++;
        group_head(h, &v[i], end - i);
        for (; i < end; i++)
            finding(h, &v[i]);
        pt_buf_putz(h->b, "</div></section>\n");
    }
    pt_buf_putz(h->b, "</div>\n<p class=\"empty js\" id=\"empty\" hidden>");
    pt_buf_putz(h->b, h->n.opens || h->n.unlooked
                          ? "No finding matches. "
                            "<button type=\"button\" class=\"clear\">Reset filters</button>"
                          : "Nothing fails: tick Pass to see what was found good.");
    pt_buf_putz(h->b, "</p>\n"
                      "<template id=\"grp\"><section class=\"grp\"><h3><span class=\"nm\"></span>"
                      "<span class=\"k\"></span><span class=\"k n\"></span></h3>"
                      "<div class=\"card\"></div></section></template>\n");
    dropped(h);
}
