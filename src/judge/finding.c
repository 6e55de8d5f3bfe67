#include "judge/finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

const char *pt_verdict_word(pt_verdict v) {
    static const char *const words[] = {
        [PT_FAIL] = "fail",
        [PT_NOT_EVALUATED] = "not evaluated",
        [PT_PASS] = "pass",
        [PT_NOT_APPLICABLE] = "not applicable",
    };
    static_assert(PT_COUNT(words) == PT_VERDICT_COUNT, "each verdict has its word");
    pt_assert(v < PT_VERDICT_COUNT);
    return words[v];
}

const char *pt_severity_word(pt_severity s) {
    static const char *const words[] = {
        [PT_CRITICAL] = "critical", [PT_HIGH] = "high", [PT_MEDIUM] = "medium",
        [PT_LOW] = "low",           [PT_INFO] = "info",
    };
    static_assert(PT_COUNT(words) == PT_SEVERITY_COUNT, "each severity has its word");
    pt_assert(s < PT_SEVERITY_COUNT);
    return words[s];
}

bool pt_severity_parse(pt_str word, pt_severity *ret) {
    for (unsigned s = 0; s < PT_SEVERITY_COUNT; s++)
        if (pt_str_eq_nocase(word, pt_str_of(pt_severity_word((pt_severity)s)))) {
            *ret = (pt_severity)s;
            return true;
        }
    return false;
}

static int by_identity(const void *x, const void *y) {
    const pt_finding *a = x;
    const pt_finding *b = y;
    int c = strcmp(a->check->id, b->check->id);
    if (!c)
        c = pt_str_cmp(a->identity, b->identity);
    if (!c && a->identity.n)
        c = pt_str_cmp(a->evidence, b->evidence);
    if (!c)
        c = pt_str_cmp(a->subject, b->subject);
    if (!c)
        c = pt_str_cmp(a->place.file, b->place.file);
    if (!c)
        c = (a->place.line > b->place.line) - (a->place.line < b->place.line);
    return c;
}

static int by_worst(const void *x, const void *y) {
    const pt_finding *a = x;
    const pt_finding *b = y;
    if (a->verdict != b->verdict)
        return a->verdict < b->verdict ? -1 : 1;
    if (a->check->severity != b->check->severity)
        return a->check->severity < b->check->severity ? -1 : 1;
    return by_identity(x, y);
}

// The same check on subjects that share name and file (two documents without a name). A check that
// was made for one finding is known by its id.
static bool twins(const pt_finding *a, const pt_finding *b) {
    if (strcmp(a->check->id, b->check->id) != 0 || !pt_str_eq(a->identity, b->identity))
        return false;
    if (a->identity.n)
        return a->kind == b->kind;
    return a->check == b->check && a->kind == b->kind && pt_str_eq(a->subject, b->subject) &&
           pt_str_eq(a->place.file, b->place.file);
}

static void set_fingerprint(pt_finding *f, size_t ordinal) {
    char nth[24];
    int n = snprintf(nth, sizeof nth, "%zu", ordinal);
    // Parts are separated by a byte that none of them holds, so that no two lists run together.
    const pt_str nul = {"", 1};
    const pt_str parts[] = {
        pt_str_of(f->check->id),
        nul,
        pt_str_of(pt_kind_name_of(f->kind)->word),
        nul,
        f->identity.n ? f->identity : f->subject,
        nul,
        f->identity.n ? PT_STR("") : f->place.file,
        nul,
        {nth, (size_t)n},
    };
    pt_hash256 h = pt_sha256(parts, PT_COUNT(parts));
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < PT_FINGERPRINT_CHARS; i++)
        f->fingerprint[i] = digits[i % 2 ? h.b[i / 2] & 15 : h.b[i / 2] >> 4];
    f->fingerprint[PT_FINGERPRINT_CHARS] = '\0';
}

void pt_findings_finish(pt_findings *fs) {
    if (fs->all.n == 0)
        return;
    pt_finding *v = fs->all.v;
    qsort(v, fs->all.n, sizeof *v, by_identity);
    for (size_t i = 0, ordinal = 0; i < fs->all.n; i++) {
        ordinal = i && twins(&v[i - 1], &v[i]) ? ordinal + 1 : 0;
        set_fingerprint(&v[i], ordinal);
    }
    qsort(v, fs->all.n, sizeof *v, by_worst);
}

bool pt_findings_keeps(const pt_findings *fs, pt_kind kind, pt_verdict v) {
    return !fs->drop_good || kind != PT_KIND_OBJECT || v == PT_FAIL || v == PT_NOT_EVALUATED;
}

bool pt_findings_add(pt_findings *fs, pt_arena *a, const pt_finding *f) {
    pt_finding *slot = NULL;
    if (pt_findings_keeps(fs, f->kind, f->verdict)) {
        slot = PT_PUSH(a, &fs->all);
        if (!slot)
            return false;
        *slot = *f;
    }
    fs->tally[f->verdict][f->check->severity]++;
    return true;
}

size_t pt_findings_count(const pt_findings *fs, pt_verdict v) {
    size_t sum = 0;
    for (size_t s = 0; s < PT_SEVERITY_COUNT; s++)
        sum += fs->tally[v][s];
    return sum;
}
