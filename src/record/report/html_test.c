// clang-format off
#include "base/testing.h"
// clang-format on
#include "crypto/crypto.h"
#include "record/report/report.h"
#include "record/report/testing_run.h"

static pt_buf page_of(test_run *t, const char *name) {
    pt_buf b = PT_BUF((size_t)64 << 20);
    pt_err e = {0};
    test_finish(t);
    assert_int_equal(pt_report_html(&b, &t->r, &e), PT_OK);
    test_keep(name, pt_buf_str(&b));
    return b;
}

#define assert_has(page, text)                           \
    do {                                                 \
        if (!pt_str_has((page), pt_str_of(text))) {      \
            print_error("the page lacks: %s\n", (text)); \
            fail();                                      \
        }                                                \
    } while (0)
#define assert_lacks(page, text) assert_false(pt_str_has((page), pt_str_of(text)))

// -- a reader of the page, strict where browsers are lenient --------------------------------------

typedef struct tag {
    pt_str name, rest; // "a", " href=\"#x\""
    bool closing, empty;
} tag;

// The next tag of *at; the contents of <script> and <style> are skipped.
static bool next_tag(pt_str *at, tag *ret) {
    size_t open = pt_str_find(*at, '<');
    if (open == at->n)
        return false;
    size_t close = open + pt_str_find(pt_str_sub(*at, open, at->n), '>');
    assert_true(close < at->n);
    pt_str inner = pt_str_sub(*at, open + 1, close);
    *at = pt_str_sub(*at, close + 1, at->n);
    *ret = (tag){.closing = pt_str_starts(inner, PT_STR("/"))};
    inner = pt_str_sub(inner, ret->closing, inner.n);
    ret->empty = pt_str_ends(inner, PT_STR("/"));
    size_t name = pt_str_find(inner, ' ');
    ret->name = pt_str_sub(inner, 0, name);
    ret->rest = pt_str_sub(inner, name, inner.n - ret->empty);
    if (!ret->closing && (pt_str_eqz(ret->name, "script") || pt_str_eqz(ret->name, "style")))
        *at = pt_str_sub(*at, pt_str_find_str(*at, PT_STR("</")), at->n);
    return true;
}

static bool next_attribute(pt_str *rest, pt_str *name, pt_str *value) {
    *rest = pt_str_trim(*rest);
    if (!rest->n)
        return false;
    size_t end = 0;
    while (end < rest->n && rest->p[end] != ' ' && rest->p[end] != '=')
        end++;
    *name = pt_str_sub(*rest, 0, end);
    *value = (pt_str){0};
    *rest = pt_str_sub(*rest, end, rest->n);
    if (!pt_str_starts(*rest, PT_STR("=\"")))
        return true;
    *rest = pt_str_sub(*rest, 2, rest->n);
    size_t quote = pt_str_find(*rest, '"');
    assert_true(quote < rest->n);
    *value = pt_str_sub(*rest, 0, quote);
    *rest = pt_str_sub(*rest, quote + 1, rest->n);
    return true;
}

static bool is_void(pt_str name) {
    return pt_str_in_list(name, PT_STR("meta,input,br"), ',');
}

// Every element is closed in order.
static void assert_nested(pt_str page) {
    pt_str stack[64] = {0};
    size_t depth = 0;
    tag t;
    page = pt_str_sub(page, pt_str_find_str(page, PT_STR("<html")), page.n);
    while (next_tag(&page, &t)) {
        if (t.empty || is_void(t.name))
            continue;
        if (!t.closing) {
            assert_true(depth < PT_COUNT(stack));
            stack[depth++] = t.name;
            continue;
        }
        assert_true(depth > 0);
        if (!pt_str_eq(stack[--depth], t.name)) {
            print_error("<%.*s> is closed by </%.*s>\n", PT_PRI(stack[depth]), PT_PRI(t.name));
            fail();
        }
    }
    assert_int_equal(depth, 0);
}

static int by_text(const void *x, const void *y) {
    return pt_str_cmp(*(const pt_str *)x, *(const pt_str *)y);
}

// Nothing is loaded or run from an attribute; ids are unique; every link leads to one of them.
static void assert_closed(pt_str page) {
    enum {
        MAX = 20000
    };
    pt_str *ids = calloc(MAX, sizeof *ids);
    pt_str *links = calloc(MAX, sizeof *links);
    size_t ids_n = 0;
    size_t links_n = 0;
    tag t;
    while (next_tag(&page, &t)) {
        pt_str name;
        pt_str value;
        assert_false(
            pt_str_in_list(t.name, PT_STR("img,iframe,object,embed,link,base,video,audio"), ','));
        while (next_attribute(&t.rest, &name, &value)) {
            assert_false(
                pt_str_in_list(name, PT_STR("src,srcset,style,action,background,ping"), ','));
            assert_false(pt_str_starts(name, PT_STR("on")));
            if (pt_str_eqz(name, "id") && ids_n < MAX)
                ids[ids_n++] = value;
            if (pt_str_eqz(name, "href") && links_n < MAX)
                links[links_n++] = value;
        }
    }
    qsort(ids, ids_n, sizeof *ids, by_text);
    for (size_t i = 1; i < ids_n; i++)
        assert_false(pt_str_eq(ids[i - 1], ids[i]));
    for (size_t i = 0; i < links_n; i++) {
        assert_true(pt_str_starts(links[i], PT_STR("#")));
        pt_str to = pt_str_sub(links[i], 1, links[i].n);
        if (!bsearch(&to, ids, ids_n, sizeof *ids, by_text)) {
            print_error("no id %.*s\n", PT_PRI(to));
            fail();
        }
    }
    free(ids);
    free(links);
}

// Text bytes only: no control byte but the newline, nothing that is not UTF-8, no bidirectional
// mark.
static void assert_clean(pt_str page) {
    assert_true(pt_str_utf8(page, NULL));
    for (size_t i = 0; i < page.n; i++)
        assert_true((unsigned char)page.p[i] >= ' ' || page.p[i] == '\n');
    assert_lacks(page, "\xe2\x80\xae");
    assert_lacks(page, "url(");
    assert_lacks(page, "@import");
}

static void assert_sound(pt_str page) {
    assert_nested(page);
    assert_closed(page);
    assert_clean(page);
}

static size_t times(pt_str page, const char *text) {
    size_t n = 0;
    for (size_t at; (at = pt_str_find_str(page, pt_str_of(text))) < page.n; n++)
        page = pt_str_sub(page, at + 1, page.n);
    return n;
}

// -- the page -------------------------------------------------------------------------------------

static void test_html_whole_run_shows_every_part(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_fill(&t);
    PT_AUTO(pt_buf_done) pt_buf b = page_of(&t, "whole.html");
    pt_str page = pt_buf_str(&b);
    assert_sound(page);
    assert_has(page, "<title>2 critical, 5 fail: Audit of hel-07, 24 Nov 2026 – Paratia</title>");
    assert_has(page, "<h1 id=\"h\">2 findings let someone take over this host</h1>");
    assert_has(
        page,
        "<b>5 findings are open</b>, 1 of them new since the last run. "
        "<a href=\"#blind\">2 could not be evaluated</a>. 1 is known from the baseline. "
        "1 is <a href=\"#waivers\">waived</a>. <a href=\"#waivers\">1 waiver has expired</a>.");
    assert_has(page, "24 Nov 2026, 06:00 UTC</time>");
    assert_has(page, "<span>12 results</span>");
    assert_has(page, "Take the Docker socket away from edge-proxy</a> <span class=\"badge new\">");
    assert_has(page, "<p class=\"big\">");
    assert_has(page, "<dt>Wanted</dt><dd>1 or 2</dd>"); // PT-HOST-BPF, from its row
    assert_has(page, "<details><summary>2 checks: Host</summary>");
    assert_has(page, "<span class=\"badge exp\">Expired 2 days ago, counts again</span>");
    assert_has(page, "<td data-l=\"Reason\">Waits for image 4.2 &lt;/td&gt;</td>");
    assert_has(page, "<td data-l=\"Owner\">k.osei</td>");
    assert_has(page, "<span class=\"q\">11 days left</span>");
    assert_has(page, "<h2>Gone since the last run</h2>");
    assert_has(page, "<td>mailer</td><td data-l=\"Severity\">Medium</td>"
                     "<td data-l=\"Was open\">74 days</td>");
    assert_has(page,
               "Score over the last 6 runs, 19 Nov 2026 to 24 Nov 2026: 60, 63, 66, 69, 72, ");
    assert_has(page, "<b>Not yet witnessed.</b>");
    assert_has(page, "bSGXrju6NirGPfPBr5CrkhLeOw+QJFtPQTyS4oGo+Zc=\n\n— hel-07/paratia");
    assert_has(page, "paratia prove 1284 --key host.pub --checkpoint saved.txt");
    assert_int_equal(times(page, "<details class=\"f "), 12);
    assert_int_equal(times(page, "data-back=\"waived\""), 1);
    assert_int_equal(times(page, "data-back=\"known\""), 1);
    assert_lacks(page, "written out here");
    test_run_done(&t);
}

static void test_html_no_findings_says_so(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_add(
        &t, "PT-HOST-ASLR",
        (pt_finding){.verdict = PT_PASS, .subject = PT_STR("hel-07"), .evidence = PT_STR("2")});
    t.r.receipt.why = PT_STR("--no-record");
    PT_AUTO(pt_buf_done) pt_buf b = page_of(&t, "none.html");
    pt_str page = pt_buf_str(&b);
    assert_sound(page);
    assert_has(page, "<h1 id=\"h\">Nothing found</h1>");
    assert_has(page, "<b>1 check passes</b>. ");
    assert_has(page, ">100<small> of 100</small>");
    assert_has(page, "<b>No receipt.</b>");
    assert_has(page, "<dt>Why</dt><dd>--no-record</dd>");
    assert_lacks(page, "Do first");
    assert_lacks(page, "id=\"blind\"");
    assert_lacks(page, "id=\"waivers\"");
    assert_lacks(page, "id=\"gone\"");
    assert_lacks(page, "class=\"spark\"");
    test_run_done(&t);
}

static void test_html_nothing_judged_has_no_score(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    PT_AUTO(pt_buf_done) pt_buf b = page_of(&t, "empty.html");
    pt_str page = pt_buf_str(&b);
    assert_sound(page);
    assert_has(page, "–<small> nothing was judged</small>");
    test_run_done(&t);
}

static void test_html_two_thousand_findings_have_ids_of_their_own(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    static const char *const checks[] = {"PT-CTR-SOCKET", "PT-CTR-PRIVILEGED", "PT-CTR-ROOT",
                                         "PT-CTR-NNP"};
    for (size_t i = 0; i < 2000; i++)
        test_add(&t, checks[i % 4],
                 (pt_finding){.verdict = i % 7 ? PT_FAIL : PT_PASS,
                              .subject = pt_arena_printf(&t.a, "worker-%04zu", i / 4),
                              .evidence = PT_STR("seen")});
    PT_AUTO(pt_buf_done) pt_buf b = page_of(&t, "many.html");
    pt_str page = pt_buf_str(&b);
    assert_sound(page);
    assert_int_equal(times(page, "<details class=\"f "), 2000);
    assert_int_equal(times(page, "<section class=\"grp\"><h3>"), 501); // the template's too
    test_run_done(&t);
}

static void test_html_hostile_names_stay_text(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    char longest[251];
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const pt_str bad = PT_STR(TEST_HOSTILE);
    t.r.subject = bad;
    t.r.compared = true;
    test_fact(&t, TEST_HOSTILE);
    const pt_finding f = {.subject = bad,
                          .detail = bad,
                          .place = {.file = bad, .line = 3, .column = 7},
                          .path = bad,
                          .evidence = bad,
                          .excerpt = bad,
                          .source = bad,
                          .remedy = bad,
                          .is_new = true};
    for (unsigned v = 0; v < PT_VERDICT_COUNT; v++) {
        pt_finding g = f;
        g.verdict = (pt_verdict)v;
        test_add(&t, "PT-CTR-SOCKET", g);
        g.subject = pt_str_of(longest);
        g.place.file = (pt_str){0};
        test_add(&t, "PT-CTR-PRIVILEGED", g);
    }
    t.r.receipt =
        (pt_receipt){.recorded = true, .index = 1, .size = 2, .origin = bad, .checkpoint = bad};
    PT_AUTO(pt_buf_done) pt_buf b = page_of(&t, "hostile.html");
    pt_str page = pt_buf_str(&b);
    assert_sound(page);
    assert_lacks(page, "<img");
    assert_int_equal(times(page, "<script>"), 2);
    assert_int_equal(times(page, "</script>"), 2);
    assert_has(page, "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\\u{202e}fdp"
                     "\\x1b[31m\\x07\\x80`${x}`");
    assert_has(page, longest);
    test_run_done(&t);
}

static void test_html_dropped_passes_are_counted_in_words(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    t.r.verb = "check";
    t.r.objects = 3;
    t.r.findings.drop_good = true;
    test_add(&t, "PT-HOST-ASLR", (pt_finding){.verdict = PT_PASS, .subject = PT_STR("h")});
    t.r.findings.tally[PT_PASS][PT_HIGH] += 40;
    PT_AUTO(pt_buf_done) pt_buf b = page_of(&t, "dropped.html");
    pt_str page = pt_buf_str(&b);
    assert_sound(page);
    assert_has(page, "Of 41 passes and 0 not applicable, 1 and 0 are written out here");
    assert_has(page, "<b>Check of hel-07</b>");
    assert_has(page, "data-only=\"Manifests\"");
    test_run_done(&t);
}

static void test_html_receipt_says_what_was_witnessed_before(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_fill(&t);
    t.r.receipt.witness = PT_STR("witness.example/<w1>");
    t.r.receipt.witness_size = 1284;
    t.r.receipt.witness_time = TEST_STARTED;
    PT_AUTO(pt_buf_done) pt_buf b = page_of(&t, "witnessed.html");
    assert_has(pt_buf_str(&b), "<dt>Witnessed</dt><dd>1284 entries, 2026-11-24T06:00:04Z, by "
                               "witness.example/&lt;w1&gt;</dd>");
    test_run_done(&t);
}

// -- the policy -----------------------------------------------------------------------------------

static pt_str between(pt_str *rest, const char *open, const char *close) {
    size_t from = pt_str_find_str(*rest, pt_str_of(open)) + strlen(open);
    assert_true(from < rest->n);
    *rest = pt_str_sub(*rest, from, rest->n);
    return pt_str_sub(*rest, 0, pt_str_find_str(*rest, pt_str_of(close)));
}

static void assert_allowed(pt_str policy, pt_str content) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(200);
    pt_hash256 hash = pt_sha256(&content, 1);
    pt_buf_putz(&b, "'sha256-");
    pt_base64_put(&b, (pt_str){(const char *)hash.b, sizeof hash.b});
    pt_buf_putz(&b, "'");
    assert_true(pt_str_has(policy, pt_buf_str(&b)));
}

static void test_html_policy_allows_what_is_in_the_page_and_no_more(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_fill(&t);
    PT_AUTO(pt_buf_done) pt_buf b = page_of(&t, "policy.html");
    pt_str rest = pt_buf_str(&b);
    pt_str policy = between(&rest, "Content-Security-Policy\" content=\"", "\"");
    assert_int_equal(times(policy, "sha256-"), 3);
    assert_true(pt_str_starts(policy, PT_STR("default-src 'none'; ")));
    assert_lacks(policy, "unsafe");
    assert_allowed(policy, between(&rest, "<style>", "</style>"));
    assert_allowed(policy, between(&rest, "<script>", "</script>"));
    assert_allowed(policy, between(&rest, "<script>", "</script>"));
    test_run_done(&t);
}

// Wherever the room ends, there is an error and no page.
static void test_html_full_buffer_is_an_error(void **state) {
    (void)state;
    test_run t;
    test_run_init(&t);
    test_fill(&t);
    PT_AUTO(pt_buf_done) pt_buf whole = page_of(&t, "room.html");
    for (size_t max = 1; max < whole.n; max += 997) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(max);
        pt_err e = {0};
        assert_int_equal(pt_report_html(&b, &t.r, &e), PT_E_NOMEM);
    }
    test_run_done(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html_whole_run_shows_every_part),
        cmocka_unit_test(test_html_no_findings_says_so),
        cmocka_unit_test(test_html_nothing_judged_has_no_score),
        cmocka_unit_test(test_html_two_thousand_findings_have_ids_of_their_own),
        cmocka_unit_test(test_html_hostile_names_stay_text),
        cmocka_unit_test(test_html_dropped_passes_are_counted_in_words),
        cmocka_unit_test(test_html_receipt_says_what_was_witnessed_before),
        cmocka_unit_test(test_html_policy_allows_what_is_in_the_page_and_no_more),
        cmocka_unit_test(test_html_full_buffer_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
