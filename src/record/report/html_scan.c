// Of an image: the upgrades that close most, its layers, its packages, and what an advisory says.
#include "record/report/flaws.h"
#include "record/report/html.h"

enum {
    STEPS = 3,
    PACKAGES_MAX = 5000, // rows that a page shows; the document has all
};

static pt_value fixes_of(const pt_html *h) {
    return pt_getz(pt_getz(h->r->scan, "fixes"), "upgrades");
}

static pt_str number_of(pt_html *h, pt_value v, const char *key) {
    int64_t n = pt_part_number(v, key);
    return n > 0 ? pt_html_number(h, (size_t)n) : PT_STR("–");
}

// "libssl3, openssl and 2 more"
static pt_str names_of(pt_html *h, pt_value upgrade) {
    pt_value names = pt_getz(upgrade, "names");
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    for (size_t i = 0; i < pt_len(names) && i < 2; i++) {
        pt_buf_putz(&b, i ? ", " : "");
        pt_buf_put(&b, pt_text(pt_at(names, i)));
    }
    if (pt_len(names) > 2)
        pt_buf_printf(&b, " and %zu more", pt_len(names) - 2);
    return pt_arena_str(h->a, pt_buf_str(&b));
}

// "2 critical, 1 high"
static pt_str closes_of(pt_html *h, pt_value upgrade) {
    static const char *const words[] = {"critical", "high",       "medium",
                                        "low",      "negligible", "unknown"};
    pt_value by = pt_getz(upgrade, "severities");
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(256);
    for (size_t i = 0; i < PT_COUNT(words); i++) {
        long long n = (long long)pt_part_number(by, words[i]);
        if (n)
            pt_buf_printf(&b, "%s%lld %s", b.n ? ", " : "", n, words[i]);
    }
    return pt_arena_str(h->a, pt_buf_str(&b));
}

static pt_severity worst_of(pt_value upgrade) {
    pt_value by = pt_getz(upgrade, "severities");
    for (unsigned s = PT_CRITICAL; s < PT_INFO; s++)
        if (pt_part_number(by, pt_severity_word((pt_severity)s)))
            return (pt_severity)s;
    return pt_part_number(by, "unknown") ? PT_MEDIUM : PT_INFO;
}

// -- first screen ---------------------------------------------------------------------------------

static void step(pt_html *h, pt_value upgrade, size_t number) {
    PT_HTML(h,
            "<li class=\"{}\"><span class=\"no\" aria-hidden=\"true\">{}</span><div>"
            "<a class=\"to\" href=\"#upgrades\">Upgrade {} to {}</a><p class=\"q\">From {}, closes "
            "{}{}.</p></div></li>\n",
            pt_str_of(pt_html_severity(worst_of(upgrade))->style), pt_html_number(h, number),
            names_of(h, upgrade), pt_part_text(upgrade, "to"), pt_part_text(upgrade, "from"),
            closes_of(h, upgrade),
            pt_true(pt_getz(upgrade, "exploited")) ? PT_STR("; exploited in the wild")
                                                   : (pt_str){0});
}

void pt_html_scan_steps(pt_html *h) {
    pt_value upgrades = fixes_of(h);
    size_t n = pt_len(upgrades) < STEPS ? pt_len(upgrades) : STEPS;
    if (!n)
        return;
    pt_buf_putz(h->b, n > 1 ? "<h2 class=\"label first\">Do first, in this order</h2>\n"
                            : "<h2 class=\"label first\">Do first</h2>\n");
    pt_buf_putz(h->b, "<ol class=\"steps\" role=\"list\">\n");
    for (size_t i = 0; i < n; i++)
        step(h, pt_at(upgrades, i), i + 1);
    pt_buf_putz(h->b, "</ol>\n");
}

// -- one finding ----------------------------------------------------------------------------------

static void row(pt_html *h, const char *name, pt_str value) {
    if (value.n)
        PT_HTML(h, "<dt>{}</dt><dd>{}</dd>", pt_str_of(name), value);
}

// "DSA-5764-1 of debian: openssl 3.0.11-1 < 3.0.15-1"
static void matched_row(pt_html *h, pt_value by) {
    pt_str fixed = pt_part_text(by, "fixed");
    pt_str source = pt_part_text(by, "source");
    PT_HTML(h, "<dt>Says so</dt><dd>{}{}{}: {} {}{}{}</dd>", pt_part_text(by, "advisory"),
            source.n ? PT_STR(" of ") : (pt_str){0}, source, pt_part_text(by, "name"),
            pt_part_text(by, "version"), fixed.n ? PT_STR(" < ") : PT_STR(", no fix"), fixed);
}

void pt_html_flaw(pt_html *h, const pt_finding *f) {
    pt_value package = pt_getz(f->about, "package");
    pt_value matched = pt_getz(f->about, "matched");
    int64_t layer = pt_part_number(package, "layer");
    pt_value from =
        layer > 0 ? pt_at(pt_getz(h->r->scan, "layers"), (size_t)layer - 1) : pt_undefined();
    row(h, "Package", pt_part_text(package, "purl"));
    row(h, "Fixed in", pt_flaw_fix(f->about));
    for (size_t i = 0; i < pt_len(matched); i++)
        matched_row(h, pt_at(matched, i));
    if (layer > 0)
        PT_HTML(h, "<dt>Layer</dt><dd>{}{}<code>{}</code></dd>", pt_html_number(h, (size_t)layer),
                pt_part_text(from, "step").n ? PT_STR(", ") : (pt_str){0},
                pt_part_text(from, "step"));
}

// -- the image ------------------------------------------------------------------------------------

static void upgrade_row(pt_html *h, pt_value upgrade) {
    pt_value ids = pt_getz(upgrade, "ids");
    PT_HTML(h,
            "<tr><td>{}<br><span class=\"q\">{}</span></td><td data-l=\"To\">{}</td>"
            "<td data-l=\"Closes\">{}</td><td data-l=\"Which\"><details><summary>{}</summary>",
            names_of(h, upgrade), pt_part_text(upgrade, "from"), pt_part_text(upgrade, "to"),
            closes_of(h, upgrade), pt_html_many(h, pt_len(ids), "flaw", "flaws"));
    for (size_t i = 0; i < pt_len(ids); i++)
        PT_HTML(h, "{}{}", i ? PT_STR(", ") : (pt_str){0}, pt_text(pt_at(ids, i)));
    pt_buf_putz(h->b, "</details></td></tr>\n");
}

void pt_html_upgrades(pt_html *h) {
    pt_value upgrades = fixes_of(h);
    if (!pt_len(upgrades))
        return;
    pt_buf_putz(h->b, "<section class=\"sec\" id=\"upgrades\"><h2>Upgrades</h2>\n"
                      "<p>What an upgrade closes, the most urgent first.</p>\n"
                      "<table class=\"tbl\"><thead><tr><th>Package, now</th><th>To</th>"
                      "<th>Closes</th><th>Which</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < pt_len(upgrades); i++)
        upgrade_row(h, pt_at(upgrades, i));
    pt_buf_putz(h->b, "</tbody></table></section>\n");
}

static pt_str size_of(pt_html *h, pt_value layer) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
    double n = (double)pt_part_number(layer, "bytes");
    size_t u = 0;
    for (; n >= 1024 && u + 1 < PT_COUNT(units); u++)
        n /= 1024;
    if (!pt_true(pt_getz(layer, "read")))
        return PT_STR("not read");
    return pt_arena_printf(h->a, u ? "%.1f %s" : "%.0f %s", n, units[u]);
}

// How many packages each layer brought, and how many flaws stand in them: by one walk over each
// list. NULL: no memory.
static size_t *count_by_layer(pt_html *h, pt_value list, bool of_flaws, size_t layers) {
    size_t *n = PT_NEW(h->a, size_t, layers + 1);
    for (size_t i = 0; n && i < pt_len(list); i++) {
        pt_value package = of_flaws ? pt_getz(pt_at(list, i), "package") : pt_at(list, i);
        int64_t layer = pt_part_number(package, "layer");
        if (layer > 0 && (size_t)layer <= layers)
            n[layer]++;
    }
    return n;
}

static void put_layers(pt_html *h) {
    pt_value layers = pt_getz(h->r->scan, "layers");
    size_t n = pt_len(layers);
    size_t *packages = count_by_layer(h, pt_getz(h->r->scan, "packages"), false, n);
    size_t *flaws = count_by_layer(h, pt_getz(h->r->scan, "vulnerabilities"), true, n);
    if (!n || !packages || !flaws)
        return;
    pt_buf_putz(h->b, "<section class=\"sec\" id=\"layers\"><h2>Layers</h2>\n"
                      "<p>From the base up: what each step brought.</p>\n"
                      "<table class=\"tbl\"><thead><tr><th>Layer</th><th>Step</th>"
                      "<th>Packages</th><th>Flaws</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++)
        PT_HTML(h,
                "<tr><td>{}<br><span class=\"q\">{}</span></td><td data-l=\"Step\"><code>{}</code>"
                "</td><td data-l=\"Packages\">{}</td><td data-l=\"Flaws\">{}</td></tr>\n",
                number_of(h, pt_at(layers, i), "layer"), size_of(h, pt_at(layers, i)),
                pt_part_text(pt_at(layers, i), "step"), pt_html_number(h, packages[i + 1]),
                pt_html_number(h, flaws[i + 1]));
    pt_buf_putz(h->b, "</tbody></table></section>\n");
}

static void put_packages(pt_html *h) {
    pt_value packages = pt_getz(h->r->scan, "packages");
    size_t n = pt_len(packages);
    size_t shown = n < PACKAGES_MAX ? n : PACKAGES_MAX;
    if (!n)
        return;
    PT_HTML(h, "<section class=\"sec\" id=\"packages\"><h2>Packages</h2>\n<p>{}{}.</p>\n",
            pt_html_many(h, n, "package", "packages"),
            shown < n ? pt_arena_printf(h->a,
                                        ", of which the first %zu are listed here; the "
                                        "document of --json has all",
                                        shown)
                      : (pt_str){0});
    pt_buf_putz(h->b, "<details><summary>Show them</summary>\n"
                      "<table class=\"tbl\"><thead><tr><th>Package</th><th>Version</th>"
                      "<th>Type, layer</th><th>Told by</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < shown; i++) {
        pt_value p = pt_at(packages, i);
        PT_HTML(h,
                "<tr><td>{}</td><td data-l=\"Version\">{}</td><td data-l=\"Type, layer\">{}, {}"
                "</td><td data-l=\"Told by\">{}</td></tr>\n",
                pt_part_text(p, "name"), pt_part_text(p, "version"), pt_part_text(p, "type"),
                number_of(h, p, "layer"), pt_part_text(p, "file"));
    }
    pt_buf_putz(h->b, "</tbody></table></details></section>\n");
}

void pt_html_image(pt_html *h) {
    put_layers(h);
    put_packages(h);
}
