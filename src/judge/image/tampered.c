// "tampering" of a scan (tampering.h): a finding for each package with changed files.
#include "judge/image/judges.h"
#include "judge/image/made.h"

enum {
    PATHS_SHOWN = 5,
};

static const struct {
    const char *what, *check;
} checks[] = {
    {"changed program", "PT-IMG-CHANGED-PROG"},    {"changed file", "PT-IMG-CHANGED"},
    {"changed rights", "PT-IMG-CHANGED-MODE"},     {"program of no package", "PT-IMG-UNOWNED"},
    {"library of no package", "PT-IMG-UNOWNED"},   {"changed checksums", "PT-IMG-CHECKSUMS"},
    {"changed list of files", "PT-IMG-CHECKSUMS"}, {"missing file", "PT-IMG-MISSING"},
};

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static int64_t number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

static const pt_check *check_of(pt_arena *a, pt_value group) {
    const char *id = checks[0].check;
    for (size_t i = 0; i < PT_COUNT(checks); i++)
        if (pt_str_eqz(text_of(group, "what"), checks[i].what))
            id = checks[i].check;
    const pt_check *row = pt_image_check(id);
    pt_severity severity = pt_made_severity(text_of(group, "severity"));
    pt_check *c = severity == row->severity ? NULL : PT_NEW(a, pt_check, 1);
    if (!c)
        return row;
    *c = *row;
    c->severity = severity;
    return c;
}

// "layer 3: RUN strip /usr/bin/ls"
static void put_layer(pt_buf *b, pt_value doc, int64_t layer) {
    pt_value layers = pt_getz(doc, "layers");
    if (layer <= 0)
        return;
    pt_str step = text_of(pt_at(layers, (size_t)layer - 1), "step");
    pt_buf_printf(b, "; layer %lld", (long long)layer);
    pt_buf_putz(b, step.n ? ": " : "");
    pt_buf_put_safe(b, step);
}

static pt_str evidence_of(pt_arena *a, pt_value doc, pt_value group) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 18);
    pt_value files = pt_getz(group, "files");
    int64_t n = number_of(group, "count");
    size_t shown = pt_len(files) < PATHS_SHOWN ? pt_len(files) : PATHS_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        pt_value f = pt_at(files, i);
        pt_buf_putz(&b, i ? ", " : "");
        pt_buf_put_safe(&b, text_of(f, "path"));
        if (pt_defined(pt_getz(f, "mode")))
            pt_buf_printf(&b, " (%.*s, was %.*s)", PT_PRI(text_of(f, "mode")),
                          PT_PRI(text_of(f, "mode_was")));
    }
    if (n > (int64_t)shown)
        pt_buf_printf(&b, " and %lld more", (long long)n - (long long)shown);
    put_layer(&b, doc, number_of(pt_at(files, 0), "layer"));
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_code add(const pt_image_facts *f, pt_arena *a, pt_value group, pt_findings *ret,
                   pt_err *e) {
    pt_finding x = pt_image_finding(f, check_of(a, group), PT_FAIL);
    pt_str package = text_of(group, "package");
    pt_str what = text_of(group, "what");
    x.detail = package;
    x.identity = package.n ? pt_arena_printf(a, "%.*s, %.*s %.*s", PT_PRI(what),
                                             PT_PRI(text_of(group, "type")), PT_PRI(package))
                           : what;
    x.place.file = text_of(pt_at(pt_getz(group, "files"), 0), "path");
    x.evidence = evidence_of(a, f->doc, group);
    x.about = group;
    return pt_image_add(a, ret, &x, e);
}

// "2 packages have no checksums (deb a, deb b), 1 file none to compare"
static pt_str unknown_of(pt_arena *a, pt_value of) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value without = pt_getz(of, "without");
    size_t n = pt_len(without);
    int64_t unchecked = number_of(of, "unchecked");
    pt_buf_printf(&b, "%zu package%s no checksums", n, n == 1 ? " has" : "s have");
    for (size_t i = 0; i < n && i < PATHS_SHOWN; i++) {
        pt_buf_putz(&b, i ? ", " : " (");
        pt_buf_put_safe(&b, pt_text(pt_at(without, i)));
    }
    pt_buf_putz(&b, n > PATHS_SHOWN ? ", ...)" : n ? ")" : "");
    pt_buf_printf(&b, ", %lld file%s none to compare", (long long)unchecked,
                  unchecked == 1 ? "" : "s");
    return pt_arena_str(a, pt_buf_str(&b));
}

// Was not all compared? Then of the files at least some were there to be.
static bool is_partial(pt_value of) {
    return pt_true(pt_getz(of, "cut")) || pt_len(pt_getz(of, "without")) ||
           number_of(of, "unchecked");
}

static pt_code add_unknown(const pt_image_facts *f, pt_arena *a, pt_value of, pt_findings *ret,
                           pt_err *e) {
    pt_finding x = pt_image_finding(f, pt_image_check("PT-IMG-CHANGED"), PT_NOT_EVALUATED);
    x.identity = PT_STR("not compared");
    x.evidence = pt_true(pt_getz(of, "cut")) ? PT_STR("not all files of the image were seen")
                                             : unknown_of(a, of);
    return pt_image_add(a, ret, &x, e);
}

// Nothing is changed; where no package says anything of files, nobody knows.
static pt_code add_unchanged(const pt_image_facts *f, pt_arena *a, pt_value of, pt_findings *ret,
                             pt_err *e) {
    pt_finding x = pt_image_finding(f, pt_image_check("PT-IMG-CHANGED-PROG"), PT_PASS);
    if (!number_of(of, "files")) {
        x.verdict = is_partial(of) ? PT_NOT_APPLICABLE : PT_NOT_EVALUATED;
        x.evidence = PT_STR("no package says what its files are: nothing can be compared");
    }
    return pt_image_add(a, ret, &x, e);
}

pt_code pt_judge_tampering(const pt_image_facts *f, pt_arena *a, pt_findings *ret, pt_err *e) {
    pt_value of = pt_getz(f->doc, "tampering");
    pt_value found = pt_getz(of, "found");
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(found) && !code; i++)
        code = add(f, a, pt_at(found, i), ret, e);
    if (!code && is_partial(of))
        code = add_unknown(f, a, of, ret, e);
    if (code || !pt_defined(of) || pt_len(found))
        return code;
    return add_unchanged(f, a, of, ret, e);
}
