// Inside the HTML report: the page that is being written, and what its parts write with.
#pragma once

#include "record/report/report.h"

// Of one run, counted once.
typedef struct pt_html_counts {
    size_t results;                        // of all that was judged, kept or not
    size_t open[PT_SEVERITY_COUNT], opens; // pt_finding_open
    size_t unlooked;                       // not evaluated
    size_t fresh;                          // open and new
    size_t waived, expired, known;
    size_t kept[PT_VERDICT_COUNT];                   // findings that are in the page
    size_t by_severity[PT_SEVERITY_COUNT];           // open or not evaluated
    size_t by_kind[PT_KIND_COUNT][PT_VERDICT_COUNT]; // of fails the open ones
    bool has[PT_KIND_COUNT], critical_in[PT_KIND_COUNT];
} pt_html_counts;

typedef struct pt_html {
    pt_buf *b;
    const pt_run *r;
    pt_arena *a; // dies with the page
    pt_html_counts n;
    pt_buf safe; // scratch of pt_html_text
} pt_html;

// The page's fixed parts, from page/ (made by tools/embed).
extern const pt_str pt_html_css, pt_html_script, pt_html_theme_script, pt_html_symbols;

// -- words ----------------------------------------------------------------------------------------

typedef struct pt_html_name {
    const char *word;  // "Not evaluated"
    const char *style; // its class: "ne"
    const char *sign;  // its symbol: "v-ne"
} pt_html_name;
const pt_html_name *pt_html_verdict(pt_verdict v);
const pt_html_name *pt_html_severity(pt_severity s);

// -- writing --------------------------------------------------------------------------------------

// Bytes from outside: hidden and control characters as code points, then escaped for HTML, so that
// they are text in an element and in a quoted attribute alike. Lines are kept by pt_html_lines
// only.
void pt_html_text(pt_html *h, pt_str s);
void pt_html_lines(pt_html *h, pt_str s);

// Markup, of which only this program's literals are made: each {} is the next argument, a pt_str,
// written by pt_html_text.
#define PT_HTML(h, form, ...)                                      \
    pt_html_fill((h), PT_STR(form), (const pt_str[]){__VA_ARGS__}, \
                 PT_COUNT(((const pt_str[]){__VA_ARGS__})))
void pt_html_fill(pt_html *h, pt_str form, const pt_str *args, size_t n);

// Numbers, dates and counted words as arguments; they live in the page's arena.
pt_str pt_html_number(pt_html *h, size_t n);
pt_str pt_html_day(pt_html *h, pt_time_ns t);                                 // "24 Nov 2026"
pt_str pt_html_many(pt_html *h, size_t n, const char *one, const char *many); // "1 finding"

bool pt_html_is_new(const pt_html *h, const pt_finding *f); // an earlier run is known, without it

void pt_html_icon(pt_html *h, const char *symbol);

// The imperative of a finding's check, with the subject in its place.
pt_str pt_html_act(pt_html *h, const pt_finding *f);

// What passes, from the check's conditions ("1 or 2"); where they cannot say it, the good state.
pt_str pt_html_wanted(pt_html *h, const pt_check *c);

// -- findings in groups ---------------------------------------------------------------------------

// A finding and the place in the run's order of the first finding of its group: groups come in the
// order of their worst one.
typedef struct pt_html_entry {
    const pt_finding *f;
    size_t order, head;
} pt_html_entry;

typedef int (*pt_html_compare)(const pt_finding *a, const pt_finding *b); // 0: the same group
typedef bool (*pt_html_keep)(const pt_finding *f);

// The findings that `keep` keeps, group by group. NULL: none, or no memory (h->b->full is set).
pt_html_entry *pt_html_arrange(pt_html *h, pt_html_keep keep, pt_html_compare compare,
                               size_t *ret_n);

// -- the parts, in the order of the page ----------------------------------------------------------

void pt_html_first(pt_html *h);    // headline, steps, score
void pt_html_filters(pt_html *h);  // a form, for the script
void pt_html_findings(pt_html *h); // every finding, by subject
void pt_html_unlooked(pt_html *h);
void pt_html_waivers(pt_html *h);
void pt_html_gone(pt_html *h);
void pt_html_receipt(pt_html *h);

// -- of a scan; nothing elsewhere -----------------------------------------------------------------

void pt_html_scan_steps(pt_html *h);                // what to upgrade first
void pt_html_flaw(pt_html *h, const pt_finding *f); // rows of its evidence
void pt_html_upgrades(pt_html *h);
void pt_html_image(pt_html *h); // layers, packages
