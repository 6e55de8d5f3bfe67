#include "cli/scan_show.h"

#include <string.h>

#include "cli/scan_against.h"
#include "cli/scan_hardening.h"
#include "cli/scan_layers.h"
#include "cli/scan_licences.h"
#include "cli/scan_rules.h"
#include "cli/scan_secrets.h"
#include "cli/scan_tampering.h"
#include "cli/scan_vuln.h"
#include "record/report/cells.h"

enum {
    TYPE_CELLS = 8,
    WIDE = 100,     // from here on there is room for longer names
    STEP_FROM = 34, // where a layer's step begins
    MOUNTS_SHOWN = 4,
};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static int64_t number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

// Bytes of an image may not act on a terminal.
static pt_str safe(pt_arena *a, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_buf_put_safe(&b, s);
    return pt_arena_str(a, pt_buf_str(&b));
}

// "sha256:4be1…a07c": enough to tell two apart; the whole of it is in --json.
static void put_digest(pt_buf *b, const pt_terminal *t, pt_str digest) {
    if (t->width && digest.n == 71) {
        pt_buf_put(b, pt_str_sub(digest, 0, 11));
        pt_buf_putz(b, pt_sign_text(t, PT_SIGN_CUT));
        pt_buf_put(b, pt_str_sub(digest, 67, 71));
    } else
        pt_buf_put_safe(b, digest);
}

static const char *plural(size_t n, const char *one, const char *many) {
    return n == 1 ? one : many;
}

static void put_dot(pt_buf *b, const pt_terminal *t) {
    pt_buf_putz(b, pt_sign_text(t, PT_SIGN_DOT)); // with its blanks
}

// "Debian 12": what it calls itself, without the words that say nothing.
static void put_system(pt_buf *b, pt_value os) {
    pt_str name = text_of(os, "distribution");
    pt_str version = text_of(os, "version");
    if (pt_str_ends(name, PT_STR(" GNU/Linux")))
        name = pt_str_sub(name, 0, name.n - 10);
    if (!name.n || !version.n) {
        name = text_of(os, "name");
        version = (pt_str){0};
    }
    if (!name.n) { // of a bill there may be no more
        name = text_of(os, "id");
        version = text_of(os, "version");
    }
    pt_buf_put_safe(b, name.n ? name : PT_STR("system unknown"));
    pt_buf_putz(b, version.n ? " " : "");
    pt_buf_put_safe(b, version);
}

// Was there an index that its packages were judged by?
static bool is_judged(const pt_scan_shown *s) {
    return pt_defined(pt_getz(s->run->scan, "coverage"));
}

static bool is_image(const pt_scan_shown *s) {
    return pt_str_eqz(text_of(s->run->scan, "kind"), "image");
}

// "12 packages, 3 layers"; what is no image has none.
static void put_counts(pt_buf *b, const pt_scan_shown *s) {
    size_t packages = pt_len(pt_getz(s->run->scan, "packages"));
    size_t layers = pt_len(pt_getz(s->run->scan, "layers"));
    pt_buf_printf(b, "%zu %s", packages, plural(packages, "package", "packages"));
    if (is_image(s))
        pt_buf_printf(b, ", %zu %s", layers, plural(layers, "layer", "layers"));
}

// What stands behind the name in the heading.
static void put_facts(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t) {
    pt_value image = pt_getz(s->run->scan, "image");
    pt_str manifest = text_of(image, "manifest");
    if (is_image(s)) {
        put_dot(b, t);
        put_digest(b, t, manifest.n ? manifest : text_of(image, "config"));
    }
    if (!pt_str_eqz(text_of(s->run->scan, "kind"), "tree")) {
        put_dot(b, t);
        put_system(b, pt_getz(s->run->scan, "os"));
    }
    put_dot(b, t);
    put_counts(b, s);
    pt_buf_putc(b, '\n');
}

static const char *kind_of(const pt_scan_shown *s) {
    static const char *const words[][2] = {
        {"root", "Root file system"}, {"tree", "Source tree"}, {"container", "Container"}};
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (pt_str_eqz(text_of(s->run->scan, "kind"), words[i][0]))
            return words[i][1];
    return "Image";
}

// Of which image, and what was not looked into.
static void put_container(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t) {
    pt_value of = pt_getz(s->run->scan, "container");
    pt_value mounts = pt_getz(of, "mounts");
    if (!pt_defined(of))
        return;
    pt_buf_putz(b, "  of ");
    pt_buf_put_safe(b, text_of(of, "image"));
    put_dot(b, t);
    put_digest(b, t, text_of(of, "image_id"));
    put_dot(b, t);
    pt_buf_put_safe(b, text_of(of, "state"));
    if (pt_len(mounts)) {
        put_dot(b, t);
        pt_buf_printf(b, "%zu %s not looked into: ", pt_len(mounts),
                      plural(pt_len(mounts), "mount is", "mounts are"));
    }
    for (size_t i = 0; i < pt_len(mounts) && i < MOUNTS_SHOWN; i++) {
        pt_buf_putz(b, i ? ", " : "");
        pt_buf_put_safe(b, pt_text(pt_at(mounts, i)));
    }
    pt_buf_putz(b, pt_len(mounts) > MOUNTS_SHOWN ? ", ...\n" : "\n");
}

// Whose word a tag is.
static void put_mirror(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t) {
    pt_value of = pt_getz(pt_getz(s->run->scan, "image"), "mirror");
    pt_str tag = text_of(of, "tag");
    if (!pt_defined(of))
        return;
    pt_buf_putz(b, "  from ");
    pt_buf_put_safe(b, text_of(of, "host"));
    pt_buf_putz(b, ", a mirror by ");
    pt_buf_put_safe(b, text_of(of, "file"));
    if (tag.n) {
        put_dot(b, t);
        pt_buf_putz(b, "what the tag means is the mirror's word");
    }
    pt_buf_putc(b, '\n');
}

static void put_head(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t, pt_arena *a) {
    pt_value names = pt_getz(pt_getz(s->run->scan, "image"), "names");
    PT_AUTO(pt_buf_done) pt_buf head = PT_BUF(1 << 16);
    PT_AUTO(pt_buf_done) pt_buf facts = PT_BUF(1 << 16);
    pt_str own = text_of(pt_getz(s->run->scan, "container"), "name");
    pt_str name = own.n ? own : pt_len(names) ? pt_text(pt_at(names, 0)) : s->run->subject;
    name = safe(a, name);
    put_facts(&facts, s, t);
    size_t used = pt_terminal_cells(pt_buf_str(&facts)) + strlen(kind_of(s)) + 1;
    pt_buf_printf(&head, "%s ", kind_of(s));
    if (t->width)
        pt_put_cut_middle(&head, t, name, t->width > used + 12 ? t->width - used : 12);
    else
        pt_buf_put(&head, name);
    pt_paint(b, t, PT_ROLE_HEAD, pt_buf_str(&head));
    pt_buf_put(b, pt_buf_str(&facts));
    put_container(b, s, t);
    put_mirror(b, s, t);
}

// -- packages -------------------------------------------------------------------------------------

// One a line, for grep: type, name, version, architecture, source, its version, layer.
static void put_plain_package(pt_buf *b, pt_value p) {
    static const char *const keys[] = {"type",         "name",   "version",
                                       "architecture", "source", "source_version"};
    for (size_t i = 0; i < PT_COUNT(keys); i++) {
        pt_str s = text_of(p, keys[i]);
        pt_buf_put_safe(b, s.n ? s : PT_STR("-"));
        pt_buf_putz(b, "  ");
    }
    if (number_of(p, "layer"))
        pt_buf_printf(b, "layer %lld\n", (long long)number_of(p, "layer"));
    else { // of no image: which file says so
        pt_buf_put_safe(b, text_of(p, "file"));
        pt_buf_putc(b, '\n');
    }
}

static size_t widest(pt_arena *a, pt_value packages, const char *key, size_t least, size_t most) {
    size_t n = least;
    for (size_t i = 0; i < pt_len(packages) && n < most; i++) {
        size_t cells = pt_terminal_cells(safe(a, text_of(pt_at(packages, i), key)));
        n = cells > n ? cells : n;
    }
    return n < most ? n : most;
}

static void put_cell(pt_buf *b, const pt_terminal *t, pt_str s, size_t cells) {
    PT_AUTO(pt_buf_done) pt_buf cut = PT_BUF(4096);
    pt_put_cut_middle(&cut, t, s, cells);
    pt_paint_padded(b, t, PT_ROLE_PLAIN, pt_buf_str(&cut), cells);
    pt_buf_putz(b, "  ");
}

static void put_package_head(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t, size_t name,
                             size_t version) {
    pt_buf_putc(b, '\n');
    pt_paint_padded(b, t, PT_ROLE_HEAD, PT_STR("Packages"), name + 2);
    pt_buf_putz(b, "  ");
    pt_paint_padded(b, t, PT_ROLE_HEAD, PT_STR("version"), version);
    pt_buf_putz(b, "  ");
    if (is_image(s)) {
        pt_paint_padded(b, t, PT_ROLE_HEAD, PT_STR("type"), TYPE_CELLS);
        pt_paint(b, t, PT_ROLE_HEAD, PT_STR("  layer"));
    } else
        pt_paint(b, t, PT_ROLE_HEAD, PT_STR("type"));
    pt_buf_putc(b, '\n');
}

static void put_packages(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t, pt_arena *a) {
    pt_value packages = pt_getz(s->run->scan, "packages");
    size_t name = widest(a, packages, "name", 8, t->width < WIDE ? 34 : 48);
    size_t version = widest(a, packages, "version", 7, t->width < WIDE ? 24 : 36);
    if (!pt_len(packages))
        return;
    if (t->width)
        put_package_head(b, s, t, name, version);
    for (size_t i = 0; i < pt_len(packages); i++) {
        pt_value p = pt_at(packages, i);
        if (!t->width) {
            put_plain_package(b, p);
            continue;
        }
        pt_buf_putz(b, "  ");
        put_cell(b, t, safe(a, text_of(p, "name")), name);
        put_cell(b, t, safe(a, text_of(p, "version")), version);
        if (is_image(s)) {
            put_cell(b, t, safe(a, text_of(p, "type")), TYPE_CELLS);
            pt_buf_printf(b, "%5lld", (long long)number_of(p, "layer"));
        } else
            pt_buf_put_safe(b, text_of(p, "type"));
        pt_buf_putc(b, '\n');
    }
}

// -- layers ---------------------------------------------------------------------------------------

static size_t brought_by(pt_value packages, int64_t layer) {
    size_t n = 0;
    for (size_t i = 0; i < pt_len(packages); i++)
        n += number_of(pt_at(packages, i), "layer") == layer;
    return n;
}

static void put_layer(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t, pt_value layer,
                      pt_arena *a) {
    PT_AUTO(pt_buf_done) pt_buf size = PT_BUF(64);
    size_t n = brought_by(pt_getz(s->run->scan, "packages"), number_of(layer, "layer"));
    pt_str step = safe(a, text_of(layer, "step"));
    if (pt_true(pt_getz(layer, "read")))
        pt_scan_put_size(&size, number_of(layer, "bytes"));
    else
        pt_buf_putz(&size, "not read");
    pt_buf_printf(b, "  %2lld  %9.*s  %5zu %-8s  ", (long long)number_of(layer, "layer"),
                  PT_PRI(pt_buf_str(&size)), n, plural(n, "package", "packages"));
    pt_put_cut_middle(b, t, step, t->width > STEP_FROM + 20 ? t->width - STEP_FROM : 20);
    pt_buf_putc(b, '\n');
}

static void put_layers(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t, pt_arena *a) {
    pt_value layers = pt_getz(s->run->scan, "layers");
    if (!pt_len(layers) || pt_defined(pt_getz(s->run->scan, "waste")))
        return; // which tells more of each
    pt_buf_putc(b, '\n');
    pt_paint(b, t, PT_ROLE_HEAD, PT_STR("Layers"));
    pt_buf_putc(b, '\n');
    for (size_t i = 0; i < pt_len(layers); i++)
        put_layer(b, s, t, pt_at(layers, i), a);
}

// -- problems -------------------------------------------------------------------------------------

static bool fails(pt_value problem) {
    return pt_str_eqz(text_of(problem, "verdict"), "fail");
}

static size_t count(pt_value problems, bool failing) {
    size_t n = 0;
    for (size_t i = 0; i < pt_len(problems); i++)
        n += fails(pt_at(problems, i)) == failing;
    return n;
}

static void put_place(pt_buf *b, pt_value p) {
    pt_str path = text_of(p, "path");
    int64_t layer = number_of(p, "layer");
    pt_buf_put_safe(b, path);
    if (layer)
        pt_buf_printf(b, "%slayer %lld", path.n ? ", " : "", (long long)layer);
}

static void put_problem(pt_buf *b, const pt_terminal *t, pt_value p) {
    pt_role role = fails(p) ? PT_ROLE_HIGH : PT_ROLE_UNKNOWN;
    pt_buf_putz(b, "  ");
    pt_paint(b, t, role, pt_str_of(pt_sign_text(t, fails(p) ? PT_SIGN_FAIL : PT_SIGN_UNKNOWN)));
    pt_buf_putc(b, ' ');
    pt_buf_put_safe(b, text_of(p, "what"));
    pt_buf_putz(b, "\n    ");
    put_place(b, p);
    pt_buf_putc(b, '\n');
}

static void put_problems(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t, bool failing) {
    pt_value problems = pt_getz(s->run->scan, "problems");
    if (!count(problems, failing))
        return;
    pt_buf_putc(b, '\n');
    pt_paint(b, t, PT_ROLE_HEAD,
             failing ? PT_STR("The image contradicts itself") : PT_STR("Not evaluated"));
    pt_buf_putz(b, failing ? "\n" : ", which is not a pass\n");
    for (size_t i = 0; i < pt_len(problems); i++)
        if (fails(pt_at(problems, i)) == failing)
            put_problem(b, t, pt_at(problems, i));
}

// Without an index nothing is known of flaws, and a list of packages looks as if all were well.
static void put_unjudged(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t) {
    if (is_judged(s) || !pt_len(pt_getz(s->run->scan, "packages")))
        return;
    if (!count(pt_getz(s->run->scan, "problems"), false)) {
        pt_buf_putc(b, '\n');
        pt_paint(b, t, PT_ROLE_HEAD, PT_STR("Not evaluated"));
        pt_buf_putz(b, ", which is not a pass\n");
    }
    pt_buf_putz(b, "  ");
    pt_paint(b, t, PT_ROLE_UNKNOWN, pt_str_of(pt_sign_text(t, PT_SIGN_UNKNOWN)));
    pt_buf_putz(b, " Vulnerabilities: there is no advisory index\n    try: paratia db update\n");
}

// -- receipt, verdict -----------------------------------------------------------------------------

static void put_receipt(pt_buf *b, const pt_scan_shown *s) {
    const pt_receipt *r = &s->run->receipt;
    if (r->recorded) {
        pt_buf_printf(b, "\nReceipt %llu   paratia prove %llu", (unsigned long long)r->index,
                      (unsigned long long)r->index);
        pt_buf_putz(b, s->state ? " --state " : "");
        pt_buf_put_safe(b, s->state ? pt_str_of(s->state) : PT_STR(""));
        pt_buf_putc(b, '\n');
    } else {
        pt_buf_putz(b, "\nNo receipt: ");
        pt_buf_put_safe(b, r->why);
        pt_buf_putc(b, '\n');
    }
}

// Why the exit code is what it is.
static void put_exit(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t) {
    bool secrets = pt_defined(pt_getz(s->run->scan, "secrets"));
    size_t unlooked = pt_findings_count(&s->run->findings, PT_NOT_EVALUATED);
    pt_buf_printf(b, "%sExit %d   ", t->width ? "\n" : "", s->run->exit_code);
    if (s->run->receipt.broken)
        pt_buf_putz(b, "the ledger is damaged: keep it as it is, it is evidence\n");
    else if (s->end == PT_SCAN_BROKEN)
        pt_buf_putz(b, "the image contradicts itself\n");
    else if (s->end == PT_SCAN_OVER)
        pt_buf_printf(b, "%zu %s as severe as --fail-on says\n", s->over,
                      plural(s->over, "finding is", "findings are"));
    else if (s->end == PT_SCAN_RULED_OUT)
        pt_buf_putz(b, "your own rules do not let it pass (--policy, --deny)\n");
    else if (s->end == PT_SCAN_DENIED)
        pt_buf_putz(b, "the licence policy denies what is in it\n");
    else if (s->end == PT_SCAN_STRICT)
        pt_buf_printf(b, "%zu not evaluated (--strict)\n", unlooked);
    else if (s->end == PT_SCAN_WASTEFUL)
        pt_buf_putz(b, "the layers waste more than --max-waste says\n");
    else if (s->end == PT_SCAN_UNREAD)
        pt_buf_printf(b, "the list of packages%s may lack some\n", secrets ? " or of secrets" : "");
    else if (s->end == PT_SCAN_UNCOMPARED)
        pt_buf_putz(b, "not every file could be compared with its package\n");
    else if (s->end == PT_SCAN_UNRULED)
        pt_buf_putz(b, "not every rule of --policy or --deny could be asked\n");
    else if (s->end == PT_SCAN_UNDECIDED)
        pt_buf_putz(b, "not every licence is known or decided\n");
    else
        pt_buf_putz(b, "not every package could be judged\n");
}

// "7 fail, 2 new, 1 waived, 0 not evaluated": all that is open counts as a failure, so that no
// "0 fail" stands beside a critical flaw.
static void put_standing(pt_buf *b, const pt_run *r) {
    size_t fresh = 0;
    for (size_t i = 0; i < r->findings.all.n; i++)
        fresh += r->findings.all.v[i].is_new && pt_finding_open(&r->findings.all.v[i]);
    const struct {
        size_t n;
        const char *word;
        bool always;
    } counts[] = {
        {pt_run_open(r, PT_INFO), "fail", true},
        {fresh, "new", r->compared || r->beside},
        {r->gone.n, "gone", false},
        {r->known, "known", false},
        {r->waivers_expired, "with an expired waiver", false},
        {r->waived, "waived", false},
        {pt_findings_count(&r->findings, PT_NOT_EVALUATED), "not evaluated", true},
    };
    for (size_t i = 0; i < PT_COUNT(counts); i++)
        if (counts[i].n || counts[i].always)
            pt_buf_printf(b, "%zu %s, ", counts[i].n, counts[i].word);
}

static void put_summary(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t) {
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(4096);
    if (s->run->exit_code && !t->quiet)
        put_exit(b, s, t);
    else if (!t->quiet && t->width)
        pt_buf_putc(b, '\n');
    put_standing(&line, s->run);
    put_counts(&line, s);
    if (is_judged(s)) {
        pt_buf_putz(&line, ", ");
        pt_scan_vuln_count(&line, s->run->scan);
    }
    pt_scan_secrets_count(&line, s->run->scan);
    pt_scan_hardening_count(&line, s->run->scan);
    pt_scan_tampering_count(&line, s->run->scan);
    pt_scan_licences_count(&line, s->run->scan);
    pt_scan_waste_count(&line, s->run->scan);
    pt_scan_rules_count(&line, s->run->scan);
    pt_buf_printf(&line, ", %.1f s", (double)s->run->took_ns / 1e9);
    pt_str rest = pt_buf_str(&line);
    for (const char *before = ""; rest.n; before = "  ") {
        pt_buf_putz(b, before);
        pt_buf_put(b, t->width ? pt_take_line(&rest, t->width - strlen(before)) : rest);
        rest = t->width ? pt_str_trim(rest) : (pt_str){0};
        pt_buf_putc(b, '\n');
    }
}

// What was found, all of it. Beside another one what is in both steps back.
static void put_found(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t, pt_arena *a) {
    bool against = pt_defined(pt_getz(s->run->scan, "against"));
    pt_scan_against_show(b, s->run->scan, t);
    if (is_judged(s) && !against)
        pt_scan_vuln_show(b, s->run->scan, t, s->marks);
    if (is_judged(s))
        pt_scan_vuln_unjudged(b, s->run->scan, t);
    if (!against)
        pt_scan_secrets_show(b, s->run->scan, t, s->marks);
    pt_scan_hardening_show(b, s->run->scan, t, s->marks);
    pt_scan_tampering_show(b, s->run->scan, t, s->marks);
    pt_scan_licences_show(b, s->run->scan, t, s->marks);
    if ((!is_judged(s) && !against) || s->packages)
        put_packages(b, s, t, a);
    if (!against)
        put_layers(b, s, t, a);
}

// Not a terminal: packages, findings and differences, one a line.
static void put_plain(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t, pt_arena *a) {
    bool against = pt_defined(pt_getz(s->run->scan, "against"));
    put_head(b, s, t, a);
    if ((!is_judged(s) && !against) || s->packages)
        put_packages(b, s, t, a);
    pt_report_plain(b, s->run, t->all);
    pt_scan_against_show(b, s->run->scan, t);
    pt_scan_waste_show(b, s->run->scan, t);
}

void pt_scan_show(pt_buf *b, const pt_scan_shown *s, const pt_terminal *t) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    if (!t->quiet && !t->width)
        put_plain(b, s, t, &a);
    else if (!t->quiet) {
        put_head(b, s, t, &a);
        pt_scan_rules_show(b, s->run->scan, t, s->marks);
        put_found(b, s, t, &a);
        pt_scan_waste_show(b, s->run->scan, t);
        put_problems(b, s, t, true);
        put_problems(b, s, t, false);
        put_unjudged(b, s, t);
        put_receipt(b, s);
    }
    put_summary(b, s, t);
}
