// How much a vulnerability weighs: the word of the one who knows the package best, the scores of
// all, and how likely it is to be used.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "judge/vuln/match/match_impl.h"

// Grype's numbers, so that ranks can be compared.
static const struct {
    const char *name, *words;
    double score;
} LABELS[] = {
    [PT_LABEL_CRITICAL] = {"critical", "critical", 9},
    [PT_LABEL_HIGH] = {"high", "high important", 7.5},
    [PT_LABEL_MEDIUM] = {"medium", "medium moderate", 5},
    [PT_LABEL_LOW] = {"low", "low", 3},
    [PT_LABEL_NEGLIGIBLE] = {"negligible", "negligible unimportant none minor", 0.5},
    [PT_LABEL_UNKNOWN] = {"unknown", "", 5},
};
static_assert(PT_COUNT(LABELS) == PT_LABELS, "a row for each label");

const char *pt_label_name(pt_label l) {
    return LABELS[l].name;
}

static pt_label label_of(pt_str word) {
    while (word.n && word.p[word.n - 1] == '*') // Debian: urgency by a guess
        word.n--;
    if (!word.n)
        return PT_LABEL_UNKNOWN;
    for (size_t i = 0; i < PT_COUNT(LABELS); i++) {
        pt_str words = pt_str_of(LABELS[i].words);
        pt_str one;
        while (pt_str_word(&words, &one))
            if (pt_str_eq_nocase(word, one))
                return (pt_label)i;
    }
    return PT_LABEL_UNKNOWN;
}

// -- scores ---------------------------------------------------------------------------------------

enum {
    SCORES_MAX = 16,
};

typedef struct score {
    pt_str source, vector;
    pt_cvss_version version;
    int tenths;
} score;

typedef struct scores {
    score of[SCORES_MAX];
    size_t n;
} scores;

static void add_score(scores *all, pt_str source, pt_str vector) {
    pt_cvss c;
    if (all->n == SCORES_MAX || pt_cvss_parse(vector, &c, NULL)) // what is none is no score
        return;
    for (size_t i = 0; i < all->n; i++)
        if (pt_str_eq(all->of[i].source, source) && pt_str_eq(all->of[i].vector, vector))
            return;
    all->of[all->n++] = (score){
        .source = source, .vector = vector, .version = c.version, .tenths = pt_cvss_score(&c).base};
}

// Is there one of the same source by a newer version of CVSS? It replaces this one.
static bool superseded(const scores *all, size_t i) {
    for (size_t k = 0; k < all->n; k++)
        if (all->of[k].version > all->of[i].version &&
            pt_str_eq(all->of[k].source, all->of[i].source))
            return true;
    return false;
}

static double mean_of(const scores *all) {
    double sum = 0;
    double n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (!superseded(all, i)) {
            sum += all->of[i].tenths / 10.0;
            n++;
        }
    return n > 0 ? sum / n : -1;
}

static pt_value scores_of(pt_arena *a, const scores *all) {
    static const char *const versions[] = {"2.0", "3.0", "3.1", "4.0"};
    pt_list l = {.a = a};
    for (size_t i = 0; i < all->n; i++) {
        const score *s = &all->of[i];
        pt_members m = {.n = 0};
        pt_members_put(&m, "score", pt_match_tenths(a, s->tenths / 10.0));
        pt_members_put(&m, "severity", pt_stringz(pt_cvss_severity(s->version, s->tenths)));
        pt_members_put(&m, "source", pt_match_maybe(s->source));
        pt_members_put(&m, "vector", pt_string(s->vector));
        pt_members_put(&m, "version", pt_stringz(versions[s->version]));
        pt_list_add(&l, pt_members_end(&m, a));
    }
    return pt_list_end(&l);
}

// -- label ----------------------------------------------------------------------------------------

// Whose word counts more: the distribution's about its package, the source's own, GHSA's about an
// id of GHSA, NVD's, anybody's score.
enum {
    BY_DISTRIBUTION,
    BY_SOURCE,
    BY_GHSA,
    BY_NVD,
    BY_SCORE,
    BY_NOBODY,
};

typedef struct word {
    int by;
    pt_label label;
    pt_str whose;
} word;

static void weigh_word(word *best, word w) {
    if (w.label != PT_LABEL_UNKNOWN &&
        (w.by < best->by || (w.by == best->by && w.label < best->label)))
        *best = w;
}

static bool is_ghsa(pt_str id) {
    return pt_str_starts(id, PT_STR("GHSA-"));
}

static int whose_word(const pt_said *s) {
    pt_str source = PT_GET_TEXT(PT_GET(s->advisory, "source"), "name");
    return s->lookup->system                         ? BY_DISTRIBUTION
           : pt_str_eq_nocase(source, PT_STR("nvd")) ? BY_NVD
           : is_ghsa(PT_GET_TEXT(s->advisory, "id")) ? BY_GHSA
                                                     : BY_SOURCE;
}

static void words_of(const pt_said *s, word *best, scores *all) {
    pt_value severity = PT_GET(s->advisory, "severity");
    pt_str source = PT_GET_TEXT(PT_GET(s->advisory, "source"), "name");
    int by = whose_word(s);
    weigh_word(best, (word){by, label_of(PT_GET_TEXT(s->advisory, "label")), source});
    for (size_t i = 0; i < pt_len(severity); i++) {
        pt_value one = pt_at(severity, i);
        pt_str whose = PT_GET_TEXT(one, "source");
        whose = whose.n ? whose : source;
        if (pt_str_starts(PT_GET_TEXT(one, "type"), PT_STR("CVSS")))
            add_score(all, whose, PT_GET_TEXT(one, "score"));
        else // "Ubuntu": "medium"
            weigh_word(best, (word){by, label_of(PT_GET_TEXT(one, "score")), whose});
    }
}

static void words_of_scores(const scores *all, word *best) {
    for (size_t i = 0; i < all->n; i++) {
        const score *s = &all->of[i];
        int by = pt_str_eq_nocase(s->source, PT_STR("nvd")) ? BY_NVD : BY_SCORE;
        if (!superseded(all, i))
            weigh_word(best,
                       (word){by, label_of(pt_str_of(pt_cvss_severity(s->version, s->tenths))),
                              s->source});
    }
}

// -- rank -----------------------------------------------------------------------------------------

static double real(pt_value v) {
    char room[PT_NUMBER_ROOM];
    char text[PT_NUMBER_ROOM + 8] = {0};
    pt_str s = pt_tag_of(v) == PT_NUMBER ? pt_number_text(v, room) : (pt_str){0};
    if (!s.n || s.n >= sizeof text)
        return 0;
    memcpy(text, s.p, s.n);
    double n = strtod(text, NULL);
    return isfinite(n) && n >= 0 && n <= 1 ? n : 0;
}

static double rank_of(const pt_weight *w, double mean) {
    bool exploited = pt_defined(w->kev);
    double severity = LABELS[w->label].score;
    double threat = exploited ? 1 : real(PT_GET(w->epss, "score"));
    if (mean >= 0)
        severity = (severity + mean) / 2;
    double rank = threat * severity / 10 * (exploited ? 1.05 : 1) *
                  (pt_true(PT_GET(w->kev, "ransomware")) ? 1.1 : 1) * 100;
    return rank > 100 ? 100 : rank;
}

pt_weight pt_match_weigh(pt_arena *a, const pt_said *said, size_t n) {
    pt_weight w = {.scores = pt_undefined(), .epss = pt_undefined(), .kev = pt_undefined()};
    word best = {.by = BY_NOBODY, .label = PT_LABEL_UNKNOWN};
    scores all = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        pt_value epss = PT_GET(said[i].advisory, "epss");
        words_of(&said[i], &best, &all);
        if (!pt_defined(w.kev))
            w.kev = PT_GET(said[i].advisory, "kev");
        if (pt_defined(epss) &&
            (!pt_defined(w.epss) || real(PT_GET(epss, "score")) > real(PT_GET(w.epss, "score"))))
            w.epss = epss;
    }
    words_of_scores(&all, &best);
    w.label = best.label;
    w.by = best.whose;
    w.scores = scores_of(a, &all);
    w.rank = rank_of(&w, mean_of(&all));
    return w;
}
