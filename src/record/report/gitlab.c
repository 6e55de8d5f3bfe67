// GitLab's container scanning report, version 15.0.7 of its schema. What it has no place for
// (secrets, what was not evaluated, what was waived) is told as messages of the scan.
#include "crypto/crypto.h"
#include "record/report/flaws_impl.h"
#include "record/report/report.h"
#include "value/json.h"

#define SCHEMA_VERSION "15.0.7"
#define SCHEMA_ADDRESS                                                               \
    "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/" \
    "v" SCHEMA_VERSION "/dist/container-scanning-report-format.json"

enum {
    NAME_BYTES_MAX = 255,
    TEXT_BYTES_MAX = 65536,
    SOLUTION_BYTES_MAX = 7000,
    VECTORS_MAX = 10,
    VECTOR_BYTES_MAX = 128,
    LINKS_MAX = 100,
    MESSAGES_MAX = 100,
};

// Of one vulnerability forever: a UUID of version 8, made of its fingerprint.
static pt_value id_of(pt_arena *a, const pt_finding *f) {
    const pt_str parts[] = {PT_STR("paratia/gitlab/"), pt_str_of(f->fingerprint)};
    pt_hash256 h = pt_sha256(parts, PT_COUNT(parts));
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64);
    h.b[6] = (uint8_t)(0x80 | (h.b[6] & 0x0f));
    h.b[8] = (uint8_t)(0x80 | (h.b[8] & 0x3f));
    for (size_t i = 0; i < 16; i++)
        pt_buf_printf(&b, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", h.b[i]);
    return pt_string(pt_arena_str(a, pt_buf_str(&b)));
}

static const char *severity_of(pt_value flaw) {
    static const char *const words[][2] = {{"critical", "Critical"},
                                           {"high", "High"},
                                           {"medium", "Medium"},
                                           {"low", "Low"},
                                           {"negligible", "Info"}};
    pt_str severity = pt_part_text(flaw, "severity");
    for (size_t i = 0; i < PT_COUNT(words); i++)
        if (pt_str_eqz(severity, words[i][0]))
            return words[i][1];
    return "Unknown";
}

// "cve" of "CVE-2024-1": what stands before the first dash, in small letters.
static void add_identifier(pt_list *l, pt_str id) {
    pt_arena *a = l->a;
    size_t dash = pt_str_find(id, '-');
    bool cwe = pt_str_starts(id, PT_STR("CWE-"));
    pt_str address = pt_id_address(a, id);
    pt_obj o = {.a = a};
    if (!id.n)
        return;
    pt_obj_set(&o, "type",
               dash && dash < id.n ? pt_string(pt_arena_lower(a, pt_str_sub(id, 0, dash)))
                                   : pt_stringz("paratia"));
    pt_obj_set(&o, "name", pt_string(id));
    pt_obj_set(&o, "value", pt_string(cwe && id.n > 4 ? pt_str_sub(id, 4, id.n) : id));
    if (address.n)
        pt_obj_set(&o, "url", pt_string(address));
    pt_list_add(l, pt_obj_end(&o));
}

// The first one is what GitLab tells vulnerabilities apart by.
static pt_value identifiers(pt_arena *a, pt_value flaw) {
    static const char *const more[] = {"aliases", "cwes"};
    pt_list l = {.a = a};
    pt_str id = pt_part_text(flaw, "id");
    add_identifier(&l, id.n ? id : PT_STR("unknown"));
    for (size_t k = 0; k < PT_COUNT(more); k++) {
        pt_value list = pt_getz(flaw, more[k]);
        for (size_t i = 0; i < pt_len(list); i++)
            add_identifier(&l, pt_text(pt_at(list, i)));
    }
    return pt_list_end(&l);
}

// Of CVSS 2 and 3: the schema knows no others. Undefined: there is none.
static pt_value vectors(pt_arena *a, pt_value flaw) {
    pt_value scores = pt_getz(flaw, "scores");
    pt_list l = {.a = a};
    size_t n = 0;
    for (size_t i = 0; i < pt_len(scores) && n < VECTORS_MAX; i++) {
        pt_value score = pt_at(scores, i);
        pt_str version = pt_part_text(score, "version");
        pt_str vector = pt_part_text(score, "vector");
        pt_str vendor = pt_part_text(score, "source");
        pt_obj o = {.a = a};
        if (pt_str_starts(version, PT_STR("4")) || vector.n > VECTOR_BYTES_MAX)
            continue;
        pt_obj_set(&o, "vendor", vendor.n ? pt_string(vendor) : pt_stringz("unknown"));
        pt_obj_set(&o, "vector", pt_string(vector));
        pt_list_add(&l, pt_obj_end(&o));
        n++;
    }
    return n ? pt_list_end(&l) : pt_undefined();
}

static pt_value links(pt_arena *a, pt_value flaw) {
    pt_value references = pt_getz(flaw, "references");
    pt_list l = {.a = a};
    for (size_t i = 0, n = 0; i < pt_len(references) && n < LINKS_MAX; i++) {
        pt_str url = pt_web_address(pt_at(references, i));
        pt_obj o = {.a = a};
        if (!url.n)
            continue;
        pt_obj_set(&o, "url", pt_string(url));
        pt_list_add(&l, pt_obj_end(&o));
        n++;
    }
    return pt_list_end(&l);
}

static pt_value location(pt_arena *a, const pt_run *r, pt_value flaw) {
    pt_value from = pt_getz(flaw, "package");
    pt_value os = pt_getz(r->scan, "os");
    pt_str name = pt_part_text(os, "id");
    pt_obj package = {.a = a};
    pt_obj_set(&package, "name", pt_string(pt_part_text(from, "name")));
    pt_obj dependency = {.a = a};
    pt_obj_set(&dependency, "package", pt_obj_end(&package));
    pt_obj_set(&dependency, "version", pt_string(pt_part_text(from, "version")));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "dependency", pt_obj_end(&dependency));
    pt_obj_set(&o, "operating_system",
               name.n ? pt_string(pt_arena_printf(a, "%.*s:%.*s", PT_PRI(name),
                                                  PT_PRI(pt_part_text(os, "version"))))
                      : pt_stringz("unknown"));
    pt_obj_set(&o, "image", pt_string(pt_safe_cut(a, r->subject, NAME_BYTES_MAX)));
    return pt_obj_end(&o);
}

static pt_value text_detail(pt_arena *a, const char *name, pt_str value) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "type", pt_stringz("text"));
    pt_obj_set(&o, "name", pt_stringz(name));
    pt_obj_set(&o, "value", pt_string(value));
    return pt_obj_end(&o);
}

static pt_value details(pt_arena *a, const pt_finding *f) {
    pt_value package = pt_getz(f->about, "package");
    pt_str file = pt_part_text(package, "file");
    pt_str purl = pt_part_text(package, "purl");
    int64_t layer = pt_part_number(package, "layer");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "paratia", text_detail(a, "Paratia's fingerprint", pt_str_of(f->fingerprint)));
    if (file.n)
        pt_obj_set(&o, "file", text_detail(a, "File that proves the package", file));
    if (purl.n)
        pt_obj_set(&o, "purl", text_detail(a, "Package URL", purl));
    if (layer)
        pt_obj_set(&o, "layer",
                   text_detail(a, "Layer", pt_arena_printf(a, "%lld", (long long)layer)));
    return pt_obj_end(&o);
}

static pt_value vulnerability(pt_arena *a, const pt_run *r, const pt_finding *f) {
    pt_value flaw = f->about;
    pt_str id = pt_part_text(flaw, "id");
    pt_str summary = pt_part_text(flaw, "summary");
    pt_str name = summary.n ? pt_arena_printf(a, "%.*s: %.*s", PT_PRI(id), PT_PRI(summary)) : id;
    pt_str told = pt_arena_printf(a, "%.*s%s%.*s", PT_PRI(summary), summary.n ? "\n\n" : "",
                                  PT_PRI(f->evidence));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "id", id_of(a, f));
    pt_obj_set(&o, "name", pt_string(pt_safe_cut(a, name, NAME_BYTES_MAX)));
    pt_obj_set(&o, "description", pt_string(pt_safe_cut(a, told, TEXT_BYTES_MAX)));
    pt_obj_set(&o, "severity", pt_stringz(severity_of(flaw)));
    pt_obj_set(&o, "solution",
               pt_string(pt_safe_cut(a, pt_str_of(f->check->act), SOLUTION_BYTES_MAX)));
    pt_obj_set(&o, "identifiers", identifiers(a, flaw));
    pt_obj_maybe(&o, "cvss_vectors", vectors(a, flaw));
    pt_obj_set(&o, "links", links(a, flaw));
    pt_obj_set(&o, "details", details(a, f));
    pt_obj_set(&o, "location", location(a, r, flaw));
    return pt_obj_end(&o);
}

// Waived ones are left out: GitLab has no word for them, and would count them.
static pt_value vulnerabilities(pt_arena *a, const pt_run *r) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        if (f->verdict == PT_FAIL && pt_part_is_flaw(f) && !f->waived)
            pt_list_add(&l, vulnerability(a, r, f));
    }
    return pt_list_end(&l);
}

static void add_message(pt_list *l, const char *level, pt_str text) {
    pt_obj o = {.a = l->a};
    pt_obj_set(&o, "level", pt_stringz(level));
    pt_obj_set(&o, "value", pt_string(pt_safe_cut(l->a, text, TEXT_BYTES_MAX)));
    pt_list_add(l, pt_obj_end(&o));
}

static pt_value messages(pt_arena *a, const pt_run *r) {
    pt_list l = {.a = a};
    size_t others = 0;
    size_t unlooked = 0;
    for (size_t i = 0; i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        others += f->verdict == PT_FAIL && !f->waived && !pt_part_is_flaw(f);
        if (f->verdict != PT_NOT_EVALUATED || unlooked++ >= MESSAGES_MAX)
            continue;
        add_message(&l, "warn", pt_arena_printf(a, "not evaluated: %.*s", PT_PRI(f->evidence)));
    }
    if (unlooked > MESSAGES_MAX)
        add_message(&l, "warn",
                    pt_arena_printf(a, "%zu more were not evaluated: the JSON report has all",
                                    unlooked - MESSAGES_MAX));
    if (r->waived)
        add_message(&l, "info", pt_arena_printf(a, "%zu waived, left out here", r->waived));
    if (others)
        add_message(&l, "warn",
                    pt_arena_printf(a,
                                    "%zu findings that are no vulnerabilities of packages have no "
                                    "place in this report: the JSON report has them",
                                    others));
    return pt_list_end(&l);
}

static pt_value tool(pt_arena *a) {
    pt_obj vendor = {.a = a};
    pt_obj_set(&vendor, "name", pt_stringz("Paratia"));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "id", pt_stringz("paratia"));
    pt_obj_set(&o, "name", pt_stringz("Paratia"));
    pt_obj_set(&o, "version", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "vendor", pt_obj_end(&vendor));
    return pt_obj_end(&o);
}

// "2026-11-24T06:00:04": the schema has no zone.
static pt_value time_of(pt_arena *a, pt_time_ns t) {
    char room[PT_RFC3339_BYTES];
    return pt_string(pt_arena_str(a, pt_str_sub(pt_time_rfc3339(t, room), 0, 19)));
}

static pt_value scan(pt_arena *a, const pt_run *r) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "analyzer", tool(a));
    pt_obj_set(&o, "scanner", tool(a));
    pt_obj_set(&o, "type", pt_stringz("container_scanning"));
    pt_obj_set(&o, "start_time", time_of(a, r->started));
    pt_obj_set(&o, "end_time", time_of(a, r->started + r->took_ns));
    pt_obj_set(&o, "status", pt_stringz(r->exit_code > 1 ? "failure" : "success"));
    pt_obj_set(&o, "messages", messages(a, r));
    return pt_obj_end(&o);
}

pt_code pt_report_gitlab(pt_buf *b, const pt_run *r, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_obj o = {.a = &a};
    pt_obj_set(&o, "version", pt_stringz(SCHEMA_VERSION));
    pt_obj_set(&o, "schema", pt_stringz(SCHEMA_ADDRESS));
    pt_obj_set(&o, "scan", scan(&a, r));
    pt_obj_set(&o, "vulnerabilities", vulnerabilities(&a, r));
    pt_value v = pt_obj_end(&o);
    if (!pt_defined(v) || a.full)
        return pt_err_set(e, PT_E_NOMEM, "the report is too large for the memory allowed");
    pt_code code = pt_json_write(b, v, &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(b, '\n');
    return code;
}
