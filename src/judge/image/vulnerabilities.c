// "vulnerabilities" and "suppressed" of a scan: one finding a flaw and package. What is set aside
// is not applicable, and says why.
#include "judge/image/judges.h"
#include "judge/image/made.h"

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

// The version that removes it; empty: there is none.
static pt_str fix_of(pt_value v) {
    pt_value fixed = pt_getz(v, "fixed");
    return pt_text(pt_at(fixed, pt_len(fixed) - 1));
}

static const char *standards_of(pt_arena *a, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_value cwes = pt_getz(v, "cwes");
    for (size_t i = 0; i < pt_len(cwes); i++) {
        pt_buf_putz(&b, i ? "; " : "");
        pt_buf_put(&b, pt_text(pt_at(cwes, i)));
    }
    return b.n ? pt_made_text(a, "%.*s", PT_PRI(pt_buf_str(&b))) : "";
}

static const char *why_of(pt_arena *a, pt_value v) {
    pt_value by = pt_at(pt_getz(v, "matched"), 0);
    pt_str summary = text_of(v, "summary");
    pt_str source = text_of(by, "source");
    pt_str advisory = text_of(by, "advisory");
    return pt_made_text(a, "%.*s%s%.*s%s%.*s%s", PT_PRI(summary), summary.n ? " (" : "",
                        PT_PRI(advisory), source.n ? " of " : "", PT_PRI(source),
                        summary.n ? ")" : "");
}

static const pt_check *check_of(pt_arena *a, pt_value v, pt_err *e) {
    pt_check *c = PT_NEW(a, pt_check, 1);
    pt_str id = text_of(v, "id");
    pt_str name = text_of(pt_getz(v, "package"), "name");
    pt_str fix = fix_of(v);
    if (!c) {
        PT_IGNORE(pt_err_set(e, PT_E_NOMEM, "too many findings for the memory allowed"));
        return NULL;
    }
    *c = (pt_check){
        .id = pt_made_text(a, "%.*s", PT_PRI(id)),
        .severity = pt_made_severity(text_of(v, "severity")),
        .kind = PT_KIND_IMAGE,
        .title = pt_made_text(a, "%.*s in %.*s", PT_PRI(id), PT_PRI(name)),
        .good = pt_made_text(a, "%.*s is set aside in %.*s", PT_PRI(id), PT_PRI(name)),
        .consequence = "Whoever reaches the flaw in a container of it can use it.",
        .interrupts = "containers of the image, which are started anew",
        .why = why_of(a, v),
        .standards = standards_of(a, v),
    };
    if (fix.n) {
        c->act = pt_made_text(a, "Upgrade %.*s to %.*s", PT_PRI(name), PT_PRI(fix));
        c->remedy = pt_made_text(a, "%.*s %.*s\n", PT_PRI(name), PT_PRI(fix));
    } else {
        c->act = pt_made_text(a, "Do without %.*s, or wait for its fix", PT_PRI(name));
        c->remedy = "# nobody has published a version without it\n";
    }
    return c;
}

// "libssl3 3.0.11-1, fixed in 3.0.15-1"; "… won't fix"; of one that is set aside who says so.
static pt_str evidence_of(pt_arena *a, pt_value v) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    pt_value package = pt_getz(v, "package");
    pt_value aside = pt_getz(v, "suppressed_by");
    pt_str fix = fix_of(v);
    pt_buf_put(&b, text_of(package, "name"));
    pt_buf_putc(&b, ' ');
    pt_buf_put(&b, text_of(package, "version"));
    pt_buf_putz(&b, fix.n ? ", fixed in " : ", no fix: ");
    pt_buf_put(&b, fix.n ? fix : text_of(v, "state"));
    if (pt_defined(aside)) {
        pt_buf_putz(&b, "; set aside: ");
        pt_buf_put(&b, text_of(aside, "reason"));
        pt_buf_putz(&b, text_of(aside, "by").n ? ", by " : "");
        pt_buf_put(&b, text_of(aside, "by"));
    } else if (pt_str_eqz(text_of(v, "severity"), "unknown"))
        pt_buf_putz(&b, "; its severity is unknown and counts as medium");
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_place place_of(pt_value package) {
    pt_place p = {.file = text_of(package, "file")};
    int64_t line = 0;
    if (pt_to_int(pt_at(pt_getz(package, "lines"), 0), &line) && line > 0 && line <= UINT32_MAX) {
        p.line = (uint32_t)line;
        p.column = 1;
    }
    return p;
}

static pt_code add_all(const pt_image_facts *f, pt_arena *a, pt_value list, pt_verdict verdict,
                       pt_findings *ret, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(list) && !code; i++) {
        pt_value v = pt_at(list, i);
        pt_value package = pt_getz(v, "package");
        const pt_check *check = check_of(a, v, e);
        if (!check)
            return PT_E_NOMEM;
        pt_finding x = pt_image_finding(f, check, verdict);
        x.place = place_of(package);
        x.identity = pt_image_package_identity(a, package);
        x.evidence = evidence_of(a, v);
        x.source = text_of(pt_at(pt_getz(v, "matched"), 0), "source");
        x.about = v;
        code = pt_image_add(a, ret, &x, e);
    }
    return code;
}

pt_code pt_judge_vulnerabilities(const pt_image_facts *f, pt_arena *a, pt_findings *ret,
                                 pt_err *e) {
    pt_code code = add_all(f, a, pt_getz(f->doc, "vulnerabilities"), PT_FAIL, ret, e);
    return code ? code : add_all(f, a, pt_getz(f->doc, "suppressed"), PT_NOT_APPLICABLE, ret, e);
}
