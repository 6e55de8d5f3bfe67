// paratia explain, of what a scan found: who says so, about which versions, how the installed one
// compares, and which file proves that it is there.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"
#include "cli/explain.h"
#include "cli/receipt.h"
#include "cli/scan_schema.h"
#include "crypto/crypto.h"
#include "judge/image/findings.h"
#include "record/report/flaws.h"
#include "value/json.h"

enum {
    DOCUMENT_BYTES_MAX = 512 << 20,
    REFERENCES_MAX = 10,
};

// -- the words ------------------------------------------------------------------------------------

// By whose order versions of a type are compared.
static const char *order_of(pt_str type) {
    static const char *const rows[][2] = {
        {"deb", "dpkg's order"},
        {"apk", "apk's order"},
        {"rpm", "rpm's order"},
        {"npm", "npm's order (semver)"},
        {"pypi", "PEP 440's order"},
        {"maven", "Maven's order"},
        {"gem", "RubyGems' order"},
        {"golang", "Go's order (semver)"},
        {"cargo", "Cargo's order (semver)"},
        {"nuget", "NuGet's order"},
        {"composer", "Composer's order"},
        {"hex", "Hex's order (semver)"},
        {"pub", "Pub's order (semver)"},
        {"conda", "conda's order"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++)
        if (pt_str_eqz(type, rows[i][0]))
            return rows[i][1];
    return "its packager's order";
}

// "from 1.0 before 2.0", "all before 2.0", "this version by name", "all: there is no fix"
static pt_str range_of(pt_arena *a, pt_value by) {
    pt_str from = pt_part_text(by, "introduced");
    pt_str fixed = pt_part_text(by, "fixed");
    pt_str last = pt_part_text(by, "last");
    bool whole = !from.n || pt_str_eqz(from, "0");
    if (pt_true(pt_getz(by, "listed")))
        return PT_STR("this version, by name");
    pt_str start = whole ? PT_STR("all") : pt_arena_printf(a, "from %.*s", PT_PRI(from));
    if (fixed.n)
        return pt_arena_printf(a, "%.*s before %.*s", PT_PRI(start), PT_PRI(fixed));
    if (last.n)
        return pt_arena_printf(a, "%.*s up to and with %.*s", PT_PRI(start), PT_PRI(last));
    return pt_arena_printf(a, "%.*s; no version without it is known", PT_PRI(start));
}

// "openssl 3.0.11-1 < 3.0.15-1, dpkg's order"
static pt_str comparison_of(pt_arena *a, pt_value by, pt_str type) {
    pt_str name = pt_part_text(by, "name");
    pt_str version = pt_part_text(by, "version");
    pt_str from = pt_part_text(by, "introduced");
    pt_str fixed = pt_part_text(by, "fixed");
    pt_str last = pt_part_text(by, "last");
    pt_str to = fixed.n ? fixed : last;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    if (pt_true(pt_getz(by, "listed")))
        return pt_arena_printf(a, "%.*s %.*s is listed", PT_PRI(name), PT_PRI(version));
    if (from.n && !pt_str_eqz(from, "0"))
        pt_buf_printf(&b, "%.*s <= ", PT_PRI(from));
    pt_buf_printf(&b, "%.*s %.*s", PT_PRI(name), PT_PRI(version));
    if (to.n)
        pt_buf_printf(&b, " %s %.*s", fixed.n ? "<" : "<=", PT_PRI(to));
    if (b.n && (to.n || (from.n && !pt_str_eqz(from, "0"))))
        pt_buf_printf(&b, ", %s", order_of(type));
    return pt_arena_str(a, pt_buf_str(&b));
}

static void put_matched(pt_buf *b, pt_arena *a, pt_value by, pt_str type) {
    pt_str id = pt_part_text(by, "advisory");
    pt_str source = pt_part_text(by, "source");
    pt_str what = pt_str_eqz(pt_part_text(by, "as"), "source") ? PT_STR("the source package")
                                                               : PT_STR("the package");
    pt_str module = pt_part_text(by, "module");
    pt_explain_part(b, "Advisory",
                    pt_arena_printf(a, "%.*s%s%.*s, about %.*s %.*s of %.*s%s%.*s", PT_PRI(id),
                                    source.n ? " of " : "", PT_PRI(source), PT_PRI(what),
                                    PT_PRI(pt_part_text(by, "name")),
                                    PT_PRI(pt_part_text(by, "ecosystem")),
                                    module.n ? ", module " : "", PT_PRI(module)));
    pt_explain_part(b, "", pt_id_address(a, id));
    pt_explain_part(b, "Versions", range_of(a, by));
    pt_explain_part(b, "Compared", comparison_of(a, by, type));
}

// -- the package ----------------------------------------------------------------------------------

static void put_package(pt_buf *b, pt_arena *a, pt_value doc, pt_value package) {
    pt_str source = pt_part_text(package, "source");
    pt_str name = pt_part_text(package, "name");
    int64_t layer = pt_part_number(package, "layer");
    pt_str purl = pt_part_text(package, "purl");
    pt_value owner = pt_getz(package, "owner");
    pt_explain_part(b, "Package",
                    pt_arena_printf(a, "%.*s %.*s (%.*s)", PT_PRI(name),
                                    PT_PRI(pt_part_text(package, "version")),
                                    PT_PRI(pt_part_text(package, "type"))));
    if (source.n && !pt_str_eq(source, name))
        pt_explain_part(b, "",
                        pt_arena_printf(a, "of the source package %.*s %.*s", PT_PRI(source),
                                        PT_PRI(pt_part_text(package, "source_version"))));
    pt_explain_part(b, "", purl);
    pt_explain_part(b, "Proved by", pt_part_text(package, "file"));
    if (pt_defined(owner))
        pt_explain_part(b, "",
                        pt_arena_printf(a, "which %.*s %.*s brought",
                                        PT_PRI(pt_part_text(owner, "type")),
                                        PT_PRI(pt_part_text(owner, "name"))));
    if (layer > 0) {
        pt_value from = pt_at(pt_getz(doc, "layers"), (size_t)layer - 1);
        pt_str step = pt_part_text(from, "step");
        pt_explain_part(
            b, "Layer",
            pt_arena_printf(a, "%lld%s%.*s", (long long)layer, step.n ? ": " : "", PT_PRI(step)));
    }
}

// -- one finding ----------------------------------------------------------------------------------

static void put_list(pt_buf *b, pt_arena *a, const char *label, pt_value list) {
    PT_AUTO(pt_buf_done) pt_buf all = PT_BUF(1 << 20);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_buf_putz(&all, i ? ", " : "");
        pt_buf_put(&all, pt_text(pt_at(list, i)));
    }
    pt_explain_part(b, label, pt_arena_str(a, pt_buf_str(&all)));
}

static void put_weight(pt_buf *b, pt_arena *a, pt_value flaw) {
    pt_value scores = pt_getz(flaw, "scores");
    pt_str by = pt_part_text(flaw, "severity_by");
    char room[PT_NUMBER_ROOM];
    pt_explain_part(b, "Severity",
                    pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(pt_part_text(flaw, "severity")),
                                    by.n ? ", says " : "", PT_PRI(by)));
    for (size_t i = 0; i < pt_len(scores); i++) {
        pt_value s = pt_at(scores, i);
        pt_explain_part(b, "",
                        pt_arena_printf(a, "CVSS %.*s: %.*s, %.*s%s%.*s",
                                        PT_PRI(pt_part_text(s, "version")),
                                        PT_PRI(pt_number_text(pt_getz(s, "score"), room)),
                                        PT_PRI(pt_part_text(s, "vector")),
                                        pt_part_text(s, "source").n ? ", by " : "",
                                        PT_PRI(pt_part_text(s, "source"))));
    }
    if (pt_defined(pt_getz(flaw, "kev")))
        pt_explain_part(b, "Exploited",
                        pt_arena_printf(a, "in the wild (KEV, since %.*s)",
                                        PT_PRI(pt_part_text(pt_getz(flaw, "kev"), "added"))));
}

static void put_aside(pt_buf *b, pt_arena *a, pt_value flaw) {
    pt_value aside = pt_getz(flaw, "suppressed_by");
    pt_value vex = pt_getz(flaw, "vex");
    pt_str by = pt_part_text(aside, "by");
    pt_str fix = pt_flaw_fix(flaw);
    if (pt_defined(aside))
        pt_explain_part(b, "Set aside",
                        pt_arena_printf(a, "by %.*s: %.*s%s%.*s",
                                        PT_PRI(pt_part_text(aside, "kind")),
                                        PT_PRI(pt_part_text(aside, "reason")),
                                        by.n ? ", says " : "", PT_PRI(by)));
    if (pt_defined(vex))
        pt_explain_part(b, "VEX",
                        pt_arena_printf(a, "%.*s, says %.*s%s%.*s",
                                        PT_PRI(pt_part_text(vex, "status")),
                                        PT_PRI(pt_part_text(vex, "author")),
                                        pt_part_text(vex, "document").n ? " in " : "",
                                        PT_PRI(pt_part_text(vex, "document"))));
    pt_explain_part(
        b, "Remedy",
        fix.n ? pt_arena_printf(a, "upgrade to %.*s", PT_PRI(fix))
              : pt_arena_printf(a, "none is published: %.*s", PT_PRI(pt_part_text(flaw, "state"))));
}

static void put_flaw(pt_buf *b, pt_arena *a, pt_value doc, pt_value flaw) {
    pt_value package = pt_getz(flaw, "package");
    pt_value matched = pt_getz(flaw, "matched");
    pt_value references = pt_getz(flaw, "references");
    pt_explain_part(b, "What", pt_part_text(flaw, "summary"));
    put_package(b, a, doc, package);
    for (size_t i = 0; i < pt_len(matched); i++)
        put_matched(b, a, pt_at(matched, i), pt_part_text(package, "type"));
    put_weight(b, a, flaw);
    put_aside(b, a, flaw);
    put_list(b, a, "Also called", pt_getz(flaw, "aliases"));
    put_list(b, a, "Weakness", pt_getz(flaw, "cwes"));
    for (size_t i = 0; i < pt_len(references) && i < REFERENCES_MAX; i++)
        pt_explain_part(b, i ? "" : "Read", pt_web_address(pt_at(references, i)));
    if (pt_len(references) > REFERENCES_MAX)
        pt_explain_part(b, "",
                        pt_arena_printf(a, "and %zu more", pt_len(references) - REFERENCES_MAX));
}

// What is no vulnerability: a secret, a part that was not read.
static void put_other(pt_buf *b, pt_arena *a, const pt_finding *f) {
    pt_explain_part(b, "Seen", f->evidence);
    if (f->place.line)
        pt_explain_part(b, "Where",
                        pt_arena_printf(a, "%.*s:%u", PT_PRI(f->place.file), f->place.line));
    else
        pt_explain_part(b, "Where", f->place.file.n ? f->place.file : f->path);
    pt_explain_part(b, "Why", pt_str_of(f->check->why));
    pt_explain_part(b, "Otherwise", pt_str_of(f->check->consequence));
    pt_explain_part(b, "To look", f->remedy);
    if (f->verdict == PT_FAIL)
        pt_explain_snippet(b, "Remedy", pt_str_of(f->check->remedy));
}

static void put_finding(pt_buf *b, pt_arena *a, pt_value doc, const pt_finding *f) {
    pt_buf_printf(b, "%s\n", f->verdict == PT_FAIL ? f->check->title : f->check->good);
    pt_buf_put_safe(b, f->subject);
    pt_buf_printf(b, " · %s · %s · %s\n\n", pt_severity_word(f->check->severity),
                  pt_verdict_word(f->verdict), f->fingerprint);
    if (pt_part_is_flaw(f))
        put_flaw(b, a, doc, f->about);
    else
        put_other(b, a, f);
}

// -- documents ------------------------------------------------------------------------------------

static bool is_named(const pt_finding *f, pt_str id) {
    pt_value aliases = pt_getz(f->about, "aliases");
    if (pt_str_eqz(id, f->fingerprint) || pt_str_eq_nocase(id, pt_str_of(f->check->id)))
        return true;
    for (size_t i = 0; i < pt_len(aliases); i++)
        if (pt_str_eq_nocase(id, pt_text(pt_at(aliases, i))))
            return true;
    return false;
}

// `subject`: what was scanned, if the document does not say. *ret_n: how many findings were told.
static pt_code explain_all(pt_buf *b, pt_value doc, pt_str subject, pt_str id, size_t *ret_n,
                           pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_findings all = {0};
    pt_str name = pt_text(pt_at(pt_getz(pt_getz(doc, "image"), "names"), 0));
    const pt_image_facts facts = {.doc = doc, .subject = name.n ? name : subject};
    pt_code code = pt_image_findings(&facts, &a, &all, e);
    if (code)
        return code;
    pt_findings_finish(&all);
    size_t n = 0;
    for (size_t i = 0; i < all.all.n; i++) {
        if (!is_named(&all.all.v[i], id))
            continue;
        pt_buf_putz(b, n++ ? "\n" : "");
        put_finding(b, &a, doc, &all.all.v[i]);
    }
    *ret_n = n;
    return PT_OK;
}

static pt_code read_document(const char *path, pt_buf *ret, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno))
                          : pt_fd_read_all(fd, ret, e);
    if (code)
        pt_err_at(e, "%s", path);
    return code;
}

static pt_code parse_document(pt_arena *a, pt_str text, pt_value *ret, pt_err *e) {
    pt_code code = pt_json_parse(a, text, &(pt_json_opts){.dup_refuse = true}, ret, e);
    pt_value doc = code ? pt_undefined() : pt_scan_document(*ret);
    if (!code && !pt_defined(doc)) {
        code = pt_err_set(e, PT_E_FORMAT, "this is no document of a scan");
        pt_err_remedy(e, "paratia scan TARGET --json or --output json=FILE writes one");
    }
    if (!code)
        *ret = doc;
    return code;
}

pt_code pt_explain_file(pt_buf *b, const char *path, pt_str id, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(DOCUMENT_BYTES_MAX);
    pt_value doc = pt_undefined();
    size_t n = 0;
    pt_code code = read_document(path, &text, e);
    if (!code)
        code = parse_document(&a, pt_buf_str(&text), &doc, e);
    if (!code)
        code = explain_all(b, doc, pt_str_of(path), id, &n, e);
    if (!code && !n) {
        code = pt_err_set(e, PT_E_ABSENT, "the scan says nothing of %.*s", PT_PRI(id));
        pt_err_remedy(e, "an id of its vulnerabilities (CVE-…, GHSA-…), a check of its findings, "
                         "or a fingerprint");
    }
    if (code && !e->where[0])
        pt_err_at(e, "%s", path);
    return code;
}

// The digest that entry `index` of a state folder's ledger gives of its report; empty: it has none.
static pt_code bound_by(pt_arena *a, pt_str state, int64_t index, pt_str *ret, pt_err *e) {
    pt_ledger *ledger = NULL;
    pt_ledger_opts opts = {.read_only = true};
    pt_ledger_recovery mended = {0};
    pt_str text = {0};
    pt_value entry = pt_undefined();
    pt_code code = pt_ledger_open(&ledger, pt_ledger_dir(a, state).p, &opts, &mended, e);
    if (!code)
        code = pt_ledger_entry(ledger, a, (uint64_t)index, &text, e);
    if (!code)
        code = pt_json_parse(a, text, NULL, &entry, e);
    if (!code && pt_str_eqz(pt_part_text(entry, "kind"), "scan"))
        *ret = pt_part_text(pt_getz(entry, "report"), "sha256");
    pt_ledger_free(ledger);
    return code;
}

pt_code pt_explain_kept(pt_buf *b, pt_str state, const pt_kept_finding *f, size_t *ret_n,
                        pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(DOCUMENT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    pt_value doc;
    pt_str sha256 = {0};
    *ret_n = 0;
    pt_code code = f->entry < 0 ? PT_OK : bound_by(&a, state, f->entry, &sha256, e);
    if (code || !sha256.n)
        return code;
    pt_str path = pt_arena_printf(&a, "%.*s/runs/%.*s.json", PT_PRI(state), PT_PRI(sha256));
    code = read_document(path.p, &text, e);
    if (code)
        return code;
    pt_str whole = pt_buf_str(&text);
    pt_hash256 h = pt_sha256(&whole, 1);
    pt_hex_put(&hex, (pt_str){(const char *)h.b, sizeof h.b});
    if (!pt_str_eq(pt_buf_str(&hex), sha256)) {
        code = pt_err_set(e, PT_E_CORRUPT, "the document is not the one that was kept");
        pt_err_at(e, "%.*s", PT_PRI(path));
        pt_err_remedy(e, "paratia prove %lld says more", (long long)f->entry);
        return code;
    }
    code = parse_document(&a, whole, &doc, e);
    return code ? code : explain_all(b, doc, f->subject, f->fingerprint, ret_n, e);
}
