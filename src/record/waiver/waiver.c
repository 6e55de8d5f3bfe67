#include "record/waiver/waiver.h"

#include <stdio.h>

#include "judge/catalogue/catalogue.h"
#include "value/json.h"
#include "value/yaml.h"

// -- reading
// ------------------------------------------------------------------------------------------

typedef struct reading {
    pt_arena *a;
    pt_yaml_doc doc;
    pt_err *e;
} reading;

static pt_code wrong(reading *r, size_t index, const char *key, const char *what) {
    pt_code code = pt_err_set(r->e, PT_E_FORMAT, "waiver %zu: %s", index + 1, what);
    pt_str path = key ? pt_arena_printf(r->a, "waivers[%zu].%s", index, key)
                      : pt_arena_printf(r->a, "waivers[%zu]", index);
    if (r->e)
        pt_yaml_locate(&r->doc, path, &r->e->line, &r->e->column);
    pt_err_remedy(r->e, "a waiver has check and subject, or fingerprint; reason, owner, expires");
    return code;
}

// A date counts until its end; a date-time to the second.
static bool expiry(pt_str text, pt_time_ns *ret) {
    char whole[PT_RFC3339_BYTES];
    if (text.n != 10)
        return pt_time_parse(text, ret);
    int n = snprintf(whole, sizeof whole, "%.*sT23:59:59Z", PT_PRI(text));
    if (!pt_time_parse((pt_str){whole, (size_t)n}, ret))
        return false;
    *ret += PT_SECOND_NS;
    return true;
}

// A name that is none of the catalogue's may be a policy's, of this run or of another.
static bool check_exists(pt_str id) {
    if (!pt_str_starts(id, PT_STR("PT-")))
        return true;
    id = pt_str_sub(id, 0, pt_str_find(id, '/')); // of a check that is made: PT-IMG-SECRETS/RULE
    bool prefix = pt_str_ends(id, PT_STR("*"));
    pt_str start = prefix ? pt_str_sub(id, 0, id.n - 1) : id;
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++)
        if (prefix ? pt_str_starts(pt_str_of(c->id), start) : pt_str_eqz(id, c->id))
            return true;
    return false;
}

static pt_code read_field(reading *r, size_t index, pt_str key, pt_value v, pt_waiver *w) {
    const struct {
        const char *key;
        pt_str *field;
    } fields[] = {{"check", &w->check},
                  {"subject", &w->subject},
                  {"fingerprint", &w->fingerprint},
                  {"reason", &w->reason},
                  {"owner", &w->owner},
                  {"status", &w->status},
                  {"justification", &w->justification}};
    pt_str name = pt_arena_str(r->a, key);
    if (pt_tag_of(v) != PT_STRING || !pt_text(v).n)
        return wrong(r, index, name.p,
                     pt_arena_printf(r->a, "%s must be a text that is not empty", name.p).p);
    if (pt_str_eqz(key, "expires"))
        return expiry(pt_text(v), &w->expires)
                   ? PT_OK
                   : wrong(r, index, name.p, "expires is no date such as 2026-12-31");
    for (size_t i = 0; i < PT_COUNT(fields); i++)
        if (pt_str_eqz(key, fields[i].key)) {
            *fields[i].field = pt_text(v);
            return PT_OK;
        }
    return wrong(r, index, name.p, pt_arena_printf(r->a, "there is no key %.*s", PT_PRI(key)).p);
}

static bool is_one_of(pt_str word, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(word, words[i]))
            return true;
    return false;
}

// As OpenVEX 0.2.0 has it: who is not affected says why not, in one of five words.
static pt_code check_status(reading *r, size_t index, const pt_waiver *w) {
    static const char *const statuses[] = {"not_affected", "affected", "fixed",
                                           "under_investigation"};
    static const char *const reasons[] = {"component_not_present", "vulnerable_code_not_present",
                                          "vulnerable_code_not_in_execute_path",
                                          "vulnerable_code_cannot_be_controlled_by_adversary",
                                          "inline_mitigations_already_exist"};
    bool unaffected = pt_str_eqz(w->status, "not_affected");
    if (w->status.n && !is_one_of(w->status, statuses, PT_COUNT(statuses)))
        return wrong(r, index, "status",
                     "status is one of not_affected, affected, fixed, under_investigation");
    if (w->justification.n && !unaffected)
        return wrong(r, index, "justification", "a justification is of status: not_affected");
    if (unaffected && !is_one_of(w->justification, reasons, PT_COUNT(reasons)))
        return wrong(r, index, w->justification.n ? "justification" : NULL,
                     "not_affected needs a justification of OpenVEX, as component_not_present");
    return PT_OK;
}

static pt_code check_whole(reading *r, size_t index, const pt_waiver *w) {
    if (!w->reason.n)
        return wrong(r, index, NULL, "it has no reason");
    if (!w->owner.n)
        return wrong(r, index, NULL, "it has no owner");
    if (!w->expires)
        return wrong(r, index, NULL, "it has no expires");
    if (!w->check.n == !w->fingerprint.n)
        return wrong(r, index, NULL, "it names neither or both of check and fingerprint");
    if (w->check.n && !w->subject.n)
        return wrong(r, index, NULL, "it names no subject ('*' for every one)");
    if (w->fingerprint.n && (w->subject.n || w->fingerprint.n != PT_FINGERPRINT_CHARS))
        return wrong(r, index, "fingerprint", "a fingerprint has 12 digits and needs no subject");
    if (w->check.n && !check_exists(w->check))
        return wrong(r, index, "check",
                     pt_arena_printf(r->a, "there is no check %.*s", PT_PRI(w->check)).p);
    return check_status(r, index, w);
}

static pt_code read_waiver(reading *r, size_t index, pt_value v, pt_waiver *w) {
    if (pt_tag_of(v) != PT_OBJECT)
        return wrong(r, index, NULL, "this must be a map");
    pt_code code = PT_OK;
    for (size_t i = 0; i < pt_len(v) && !code; i++)
        code = read_field(r, index, pt_text(pt_key_at(v, i)), pt_val_at(v, i), w);
    if (!code)
        code = check_whole(r, index, w);
    uint32_t column;
    pt_str path = pt_arena_printf(r->a, "waivers[%zu]", index);
    pt_yaml_locate(&r->doc, path, &w->line, &column);
    return code;
}

static pt_code read_all(reading *r, pt_waivers *ret) {
    pt_value root = r->doc.value;
    for (size_t i = 0; i < pt_len(root); i++)
        if (!pt_str_eqz(pt_text(pt_key_at(root, i)), "waivers"))
            return pt_err_set(r->e, PT_E_FORMAT, "there is no setting %.*s",
                              PT_PRI(pt_text(pt_key_at(root, i))));
    pt_value list = pt_getz(root, "waivers");
    if (pt_tag_of(list) != PT_ARRAY || pt_len(list) > PT_WAIVERS_MAX)
        return pt_err_set(r->e, PT_E_FORMAT, "waivers must be a list of at most %u",
                          PT_WAIVERS_MAX);
    for (size_t i = 0; i < pt_len(list); i++) {
        pt_waiver w = {0};
        pt_code code = read_waiver(r, i, pt_at(list, i), &w);
        pt_waiver *slot = code ? NULL : PT_PUSH(r->a, &ret->all);
        if (code)
            return code;
        if (!slot)
            return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
        *slot = w;
    }
    return PT_OK;
}

pt_code pt_waivers_read(pt_arena *a, pt_str text, pt_waivers *ret, pt_err *e) {
    reading r = {.a = a, .e = e};
    pt_yaml_stream stream = {.bytes = text, .dialect = PT_YAML_CORE};
    pt_code code = pt_yaml_next(&stream, a, &r.doc, e);
    if (!code && (r.doc.notes & PT_YAML_NOTE_DUPLICATE)) {
        code = pt_err_set(e, PT_E_FORMAT, "a key stands twice");
        if (e)
            e->line = r.doc.note_line;
    }
    pt_yaml_doc second = {0};
    if (!code && pt_defined(r.doc.value))
        code = pt_yaml_next(&stream, a, &second, e);
    if (!code && pt_defined(second.value)) {
        code = pt_err_set(e, PT_E_FORMAT, "settings are one document, and a second one follows");
        if (e)
            e->line = second.line;
    }
    bool empty = !pt_defined(r.doc.value) || pt_tag_of(r.doc.value) == PT_NULL;
    if (!code && !empty && pt_tag_of(r.doc.value) != PT_OBJECT)
        code = pt_err_set(e, PT_E_FORMAT, "settings must be a map");
    if (!code && !empty)
        code = read_all(&r, ret);
    pt_yaml_stream_done(&stream);
    return code;
}

// -- applying -------------------------------------------------------------------------------------

// `*` stands for any run of bytes. Iterative, so that no pattern is slow: after a mismatch only the
// last star is tried again.
static bool matches(pt_str pattern, pt_str s) {
    size_t p = 0;
    size_t i = 0;
    size_t star = pattern.n;
    size_t mark = 0;
    while (i < s.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            mark = i;
        } else if (p < pattern.n && pattern.p[p] == s.p[i]) {
            p++;
            i++;
        } else if (star < pattern.n) {
            p = star + 1;
            i = ++mark;
        } else
            return false;
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

static bool is_about(const pt_waiver *w, const pt_run *r, const pt_finding *f) {
    bool met = !r->words.n && matches(w->subject, f->subject);
    for (size_t i = 0; !met && i < r->words.n; i++)
        met = matches(w->subject, r->words.v[i]);
    return met;
}

static bool accepts(const pt_waiver *w, const pt_run *r, const pt_finding *f) {
    if (w->fingerprint.n)
        return pt_str_eqz(w->fingerprint, f->fingerprint);
    return matches(w->check, pt_str_of(f->check->id)) && is_about(w, r, f);
}

void pt_waivers_apply(pt_waivers *w, pt_run *r, pt_time_ns now) {
    for (size_t i = 0; i < r->findings.all.n; i++) {
        pt_finding *f = &r->findings.all.v[i];
        if (f->verdict != PT_FAIL)
            continue;
        for (size_t k = 0; k < w->all.n && !f->waived; k++) {
            pt_waiver *one = &w->all.v[k];
            if (!accepts(one, r, f))
                continue;
            one->hits++;
            f->waiver = one;
            f->waived = one->expires > now;
            f->waiver_expired |= !f->waived;
        }
        f->waiver_expired &= !f->waived; // another waiver, still valid, holds
        r->waived += f->waived;
        r->waivers_expired += f->waiver_expired;
    }
}

// {fingerprint: evidence} of what fails in a report.
static pt_value known_of(pt_arena *a, pt_value findings) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < pt_len(findings); i++) {
        pt_value f = pt_at(findings, i);
        pt_value key = pt_getz(f, "fingerprint");
        if (pt_str_eqz(pt_text(pt_getz(f, "verdict")), "fail") && pt_tag_of(key) == PT_STRING)
            pt_obj_put(&o, pt_arena_str(a, pt_text(key)),
                       pt_string(pt_text(pt_getz(f, "evidence"))));
    }
    return pt_obj_end(&o);
}

pt_code pt_baseline_apply(pt_str json, pt_run *r, size_t *ret_listed, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value v;
    pt_code code = pt_json_parse(&a, json, &(pt_json_opts){.dup_refuse = true}, &v, e);
    if (code)
        return code;
    pt_value findings = pt_getz(v, "findings");
    if (pt_tag_of(findings) != PT_ARRAY)
        return pt_err_set(e, PT_E_FORMAT, "this is no JSON report of Paratia");
    pt_value known = known_of(&a, findings);
    *ret_listed = pt_len(known);
    for (size_t i = 0; i < r->findings.all.n; i++) {
        pt_finding *f = &r->findings.all.v[i];
        pt_value was = pt_getz(known, f->fingerprint);
        f->known = f->verdict == PT_FAIL && pt_defined(was) &&
                   (f->identity.n || !pt_evidence_grew(pt_text(was), f->evidence));
        r->known += f->known;
    }
    return PT_OK;
}
