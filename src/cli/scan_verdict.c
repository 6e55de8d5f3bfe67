#include "cli/scan_verdict.h"

#include <string.h>

#include "cli/verb.h"

bool pt_scan_gate_parse(pt_str word, pt_severity *ret) {
    if (!pt_str_eq_nocase(word, PT_STR("negligible")))
        return pt_severity_parse(word, ret);
    *ret = PT_INFO;
    return true;
}

// A vulnerability that nobody has fixed.
static bool is_unfixed(const pt_finding *f) {
    pt_value fixed = pt_getz(f->about, "fixed");
    return pt_defined(fixed) && !pt_len(fixed);
}

size_t pt_scan_over(const pt_run *r, bool fixable) {
    size_t n = 0;
    for (size_t i = 0; !r->no_gate && i < r->findings.all.n; i++) {
        const pt_finding *f = &r->findings.all.v[i];
        n += pt_finding_open(f) && f->check->severity <= r->fail_on && !(fixable && is_unfixed(f));
    }
    return n;
}

pt_code pt_scan_all_open(const pt_run *r, pt_arena *a, pt_run *ret, pt_err *e) {
    size_t n = r->findings.all.n;
    pt_finding *all = PT_NEW(a, pt_finding, n + 1);
    if (!all)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = *r;
    ret->known = 0;
    ret->findings.all.v = all;
    ret->findings.all.cap = n + 1;
    for (size_t i = 0; i < n; i++) {
        all[i] = r->findings.all.v[i];
        all[i].known = false;
    }
    return PT_OK;
}

static bool is_of(const pt_finding *f, const char *check) {
    return strcmp(f->check->id, check) == 0;
}

// A rule of the operator's own; one that only warns is for the gate.
static bool is_rule(const pt_finding *f) {
    return is_of(f, "PT-IMG-DENIED") ||
           pt_str_starts(pt_str_of(f->check->id), PT_STR("PT-IMG-POLICY"));
}

static bool rules_out(const pt_finding *f) {
    return is_rule(f) && pt_finding_open(f) &&
           !pt_str_eqz(pt_text(pt_getz(f->about, "kind")), "warn");
}

// What a finding by itself makes of the scan. Packages that nobody was asked to judge make nothing.
static pt_scan_end end_of_one(const pt_finding *f) {
    if (pt_finding_open(f) && is_of(f, "PT-IMG-INTACT"))
        return PT_SCAN_BROKEN;
    bool licence = pt_str_starts(pt_str_of(f->check->id), PT_STR("PT-IMG-LICENCE"));
    if (pt_finding_open(f) && licence)
        return PT_SCAN_DENIED;
    if (rules_out(f))
        return PT_SCAN_RULED_OUT;
    if (f->verdict != PT_NOT_EVALUATED)
        return PT_SCAN_SOUND;
    if (licence)
        return PT_SCAN_UNDECIDED;
    if (is_rule(f))
        return PT_SCAN_UNRULED;
    if (is_of(f, "PT-IMG-READ"))
        return PT_SCAN_UNREAD;
    if (is_of(f, "PT-IMG-CHANGED"))
        return PT_SCAN_UNCOMPARED;
    return is_of(f, "PT-IMG-ADVISED") && pt_defined(f->about) ? PT_SCAN_UNJUDGED : PT_SCAN_SOUND;
}

pt_scan_end pt_scan_end_of(const pt_run *r, size_t over) {
    bool strict = r->strict && pt_findings_count(&r->findings, PT_NOT_EVALUATED) > 0;
    bool wasteful = pt_true(pt_getz(pt_getz(r->scan, "waste"), "over"));
    pt_scan_end worst = over       ? PT_SCAN_OVER
                        : strict   ? PT_SCAN_STRICT
                        : wasteful ? PT_SCAN_WASTEFUL
                                   : PT_SCAN_END_COUNT;
    for (size_t i = 0; i < r->findings.all.n; i++) {
        pt_scan_end one = end_of_one(&r->findings.all.v[i]);
        if (one != PT_SCAN_SOUND && one < worst)
            worst = one;
    }
    return worst == PT_SCAN_END_COUNT ? PT_SCAN_SOUND : worst;
}

int pt_scan_exit_code(pt_scan_end end) {
    static const int codes[] = {
        [PT_SCAN_SOUND] = PT_EXIT_OK,           [PT_SCAN_BROKEN] = PT_EXIT_FINDINGS,
        [PT_SCAN_OVER] = PT_EXIT_FINDINGS,      [PT_SCAN_STRICT] = PT_EXIT_FINDINGS,
        [PT_SCAN_WASTEFUL] = PT_EXIT_FINDINGS,  [PT_SCAN_UNREAD] = PT_EXIT_FAILED,
        [PT_SCAN_UNJUDGED] = PT_EXIT_FAILED,    [PT_SCAN_UNCOMPARED] = PT_EXIT_FAILED,
        [PT_SCAN_DENIED] = PT_EXIT_FINDINGS,    [PT_SCAN_UNDECIDED] = PT_EXIT_FAILED,
        [PT_SCAN_RULED_OUT] = PT_EXIT_FINDINGS, [PT_SCAN_UNRULED] = PT_EXIT_FAILED,
    };
    static_assert(PT_COUNT(codes) == PT_SCAN_END_COUNT, "each end has its code");
    return codes[end];
}

// -- what became of each part ---------------------------------------------------------------------

// Parts of one document are one sequence each, which stays where it is.
static uint64_t key_of(pt_value part) {
    return pt_tag_of(part) == PT_OBJECT ? (uint64_t)(uintptr_t)part.seq : 0;
}

static uint64_t pair_of(pt_str id, pt_str package) {
    return pt_hash(pt_string(id), pt_hash(pt_string(package), 1));
}

static bool mark_flaw(pt_scan_marks *m, const pt_finding *f, pt_str package) {
    uint64_t key = pair_of(pt_text(pt_getz(f->about, "id")), package);
    pt_scan_flaw *flaw = pt_map_get(&m->flaws, key);
    if (!flaw) {
        flaw = PT_NEW(m->flaws.a, pt_scan_flaw, 1);
        if (!flaw || !pt_map_put(&m->flaws, key, flaw))
            return false;
    }
    bool open = pt_finding_open(f);
    flaw->open |= open;
    flaw->fresh |= open && f->is_new && (m->run->compared || m->run->beside);
    flaw->expired |= open && f->waiver_expired;
    flaw->waived |= f->waived;
    flaw->known |= f->known;
    return true;
}

pt_code pt_scan_mark(const pt_run *r, pt_arena *a, pt_scan_marks *ret, pt_err *e) {
    *ret = (pt_scan_marks){.run = r, .findings = {.a = a}, .flaws = {.a = a}};
    for (size_t i = 0; i < r->findings.all.n; i++) {
        pt_finding *f = &r->findings.all.v[i];
        uint64_t key = key_of(f->about);
        pt_str package = pt_text(pt_getz(pt_getz(f->about, "package"), "name"));
        bool ok = !key || pt_map_put(&ret->findings, key, f);
        if (ok && package.n && f->verdict == PT_FAIL)
            ok = mark_flaw(ret, f, package);
        if (!ok)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    return PT_OK;
}

const pt_finding *pt_scan_finding(const pt_scan_marks *m, pt_value part) {
    uint64_t key = key_of(part);
    return m && key ? pt_map_get(&m->findings, key) : NULL;
}

pt_scan_flaw pt_scan_flaw_of(const pt_scan_marks *m, pt_str id, pt_str package) {
    const pt_scan_flaw *flaw = m ? pt_map_get(&m->flaws, pair_of(id, package)) : NULL;
    return flaw ? *flaw : (pt_scan_flaw){.open = true};
}

bool pt_scan_steps_back(const pt_scan_marks *m, pt_value part) {
    const pt_finding *f = pt_scan_finding(m, part);
    return f && f->verdict == PT_FAIL && !pt_finding_open(f);
}

pt_str pt_scan_standing(const pt_scan_marks *m, pt_value part, pt_str severity) {
    return pt_scan_steps_back(m, part)
               ? pt_str_of(pt_finding_mark(m->run, pt_scan_finding(m, part)))
               : severity;
}

const char *pt_scan_mark_of(const pt_scan_marks *m, pt_value part) {
    const pt_finding *f = pt_scan_finding(m, part);
    return f && pt_finding_open(f) ? pt_finding_mark(m->run, f) : "";
}
