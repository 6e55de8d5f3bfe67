#include "cli/scan_tampering.h"

#include "cli/scan_vuln.h"
#include "record/report/cells.h"

enum {
    TITLE_CELLS = 44, // at 80 columns
    SEVERITY_CELLS = 17,
    TEXT_FROM = 4,
    PATHS_SHOWN = 5,
    NAMES_SHOWN = 5,
};

static const char *const severities[] = {"critical", "high", "medium", "low"};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static long long number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

static pt_value found_in(pt_value doc) {
    return pt_getz(pt_getz(doc, "tampering"), "found");
}

// "coreutils: changed program"; of what no package has, the word alone.
static void put_title(pt_buf *b, pt_value group) {
    pt_buf_put_safe(b, text_of(group, "package"));
    pt_buf_putz(b, text_of(group, "package").n ? ": " : "");
    pt_buf_put(b, text_of(group, "what"));
}

static void put_path(pt_buf *b, pt_value file) {
    pt_buf_put_safe(b, text_of(file, "path"));
    if (pt_defined(pt_getz(file, "mode")))
        pt_buf_printf(b, " (%.*s, was %.*s)", PT_PRI(text_of(file, "mode")),
                      PT_PRI(text_of(file, "mode_was")));
}

static long long layer_of(pt_value group) {
    return number_of(pt_at(pt_getz(group, "files"), 0), "layer");
}

// The step that made the layer, if one is named.
static pt_str step_of(pt_value doc, long long layer) {
    return layer > 0 ? text_of(pt_at(pt_getz(doc, "layers"), (size_t)layer - 1), "step")
                     : (pt_str){0};
}

// -- a terminal -----------------------------------------------------------------------------------

static void put_line(pt_buf *b, const pt_terminal *t, pt_str text) {
    size_t room = pt_scan_cells(t, TITLE_CELLS) + SEVERITY_CELLS + TEXT_FROM;
    pt_buf_fill(b, ' ', TEXT_FROM);
    pt_put_cut_middle(b, t, text, room);
    pt_buf_putc(b, '\n');
}

static void put_evidence(pt_buf *b, const pt_terminal *t, pt_value doc, pt_value group) {
    pt_value files = pt_getz(group, "files");
    long long n = number_of(group, "count");
    size_t shown = pt_len(files) < PATHS_SHOWN ? pt_len(files) : PATHS_SHOWN;
    PT_AUTO(pt_buf_done) pt_buf step = PT_BUF(1 << 16);
    for (size_t i = 0; i < shown; i++) {
        PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(1 << 16);
        put_path(&line, pt_at(files, i));
        if (i + 1 == shown && n > (long long)shown)
            pt_buf_printf(&line, " and %lld more", n - (long long)shown);
        put_line(b, t, pt_buf_str(&line));
    }
    pt_buf_put_safe(&step, step_of(doc, layer_of(group)));
    if (step.n)
        put_line(b, t, pt_buf_str(&step));
}

static void put_one(pt_buf *b, const pt_terminal *t, pt_value doc, pt_value group,
                    const pt_scan_marks *marks) {
    PT_AUTO(pt_buf_done) pt_buf title = PT_BUF(1 << 16);
    pt_role role = pt_scan_role(text_of(group, "severity"));
    put_title(&title, group);
    pt_scan_put_title(b, t, role, PT_SIGN_FAIL, pt_buf_str(&title), pt_scan_cells(t, TITLE_CELLS));
    pt_paint_padded(b, t, role, pt_scan_standing(marks, group, text_of(group, "severity")),
                    SEVERITY_CELLS);
    if (layer_of(group))
        pt_buf_printf(b, "%5lld", layer_of(group));
    pt_scan_put_mark(b, t, pt_scan_mark_of(marks, group));
    pt_buf_putc(b, '\n');
    put_evidence(b, t, doc, group);
}

static void put_head(pt_buf *b, const pt_terminal *t) {
    pt_buf_putc(b, '\n');
    pt_paint_padded(b, t, PT_ROLE_HEAD, PT_STR("Tampering"),
                    TEXT_FROM + pt_scan_cells(t, TITLE_CELLS) + 2);
    pt_paint_padded(b, t, PT_ROLE_HEAD, PT_STR("severity"), SEVERITY_CELLS);
    pt_paint(b, t, PT_ROLE_HEAD, PT_STR("layer"));
    pt_buf_putc(b, '\n');
}

// -- all of it ------------------------------------------------------------------------------------

// Was there something to compare, and was all of it compared?
static bool is_whole(pt_value of) {
    return !pt_true(pt_getz(of, "cut")) && !pt_len(pt_getz(of, "without")) &&
           !number_of(of, "unchecked") && (number_of(of, "files") || pt_len(pt_getz(of, "found")));
}

static void put_unknown(pt_buf *b, const pt_terminal *t, pt_value of) {
    pt_value without = pt_getz(of, "without");
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1 << 16);
    if (pt_true(pt_getz(of, "cut")))
        pt_buf_putz(&text, "Not all files were seen: what is missing cannot be said");
    else if (pt_len(without))
        pt_buf_printf(&text, "%zu %s no checksums", pt_len(without),
                      pt_len(without) == 1 ? "package has" : "packages have");
    else if (number_of(of, "unchecked"))
        pt_buf_printf(&text, "%lld files could not be compared with their packages",
                      number_of(of, "unchecked"));
    else if (!is_whole(of))
        pt_buf_putz(&text, "No package says what its files are: nothing can be compared");
    else
        return;
    for (size_t i = 0; i < pt_len(without) && i < NAMES_SHOWN; i++) {
        pt_buf_putz(&text, i ? ", " : ": ");
        pt_buf_put_safe(&text, pt_text(pt_at(without, i)));
    }
    pt_buf_putz(&text, pt_len(without) > NAMES_SHOWN ? ", ..." : "");
    pt_buf_putz(b, "  ");
    pt_paint(b, t, PT_ROLE_UNKNOWN, pt_str_of(pt_sign_text(t, PT_SIGN_UNKNOWN)));
    pt_buf_putc(b, ' ');
    pt_put_cut_middle(b, t, pt_buf_str(&text),
                      pt_scan_cells(t, TITLE_CELLS) + SEVERITY_CELLS + TEXT_FROM);
    pt_buf_putz(b, "\n    not evaluated, which is not a pass\n");
}

void pt_scan_tampering_show(pt_buf *b, pt_value doc, const pt_terminal *t,
                            const pt_scan_marks *marks) {
    pt_value of = pt_getz(doc, "tampering");
    pt_value found = found_in(doc);
    if (!pt_defined(of))
        return;
    size_t shown = 0;
    for (size_t s = 0; s < PT_COUNT(severities); s++)
        for (size_t i = 0; i < pt_len(found); i++) {
            pt_value group = pt_at(found, i);
            if (!pt_str_eqz(text_of(group, "severity"), severities[s]) ||
                (!t->all && pt_scan_steps_back(marks, group)))
                continue;
            if (!shown++)
                put_head(b, t);
            put_one(b, t, doc, group, marks);
        }
    if (!shown && !is_whole(of))
        put_head(b, t);
    put_unknown(b, t, of);
}

void pt_scan_tampering_count(pt_buf *b, pt_value doc) {
    pt_value of = pt_getz(doc, "tampering");
    size_t n = pt_len(found_in(doc));
    if (!pt_defined(of))
        return;
    if (!n && !number_of(of, "files"))
        pt_buf_putz(b, ", no checksums of files");
    else if (!n)
        pt_buf_printf(b, ", %lld files unchanged", number_of(of, "files"));
    else
        pt_buf_printf(b, ", %zu %s of tampering", n, n == 1 ? "sign" : "signs");
}
