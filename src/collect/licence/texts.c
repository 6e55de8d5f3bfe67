#include "collect/licence/texts.h"

#include <stdlib.h>
#include <string.h>

#include "collect/licence/texts_table.h"

enum {
    PERCENT_MIN = 80, // of a text's shingles must be there
    TEXTS_MAX = 64,   // that may be in one file, before they are told apart
    SLACK_WORDS = 40, // between a text's own words, beyond half as many as it has
    PER_TEXT = 64,    // shingles
    MISSING_WEIGHT = 6,
    NEAR_BYTES = 200, // of a text
    TITLE_BYTES = 1000,
    APPENDIX_FROM = 400,
    APPENDIX_BYTES = 3600,
};

static_assert(PT_COUNT(shingles) == PT_COUNT(shingle_of), "one table");
static_assert(PT_COUNT(shingles) <= UINT16_MAX, "buckets");

// What is all but the same text, but for words that decide.
static const struct {
    const char *id, *words;
    bool has; // with the words, or without them,
    const char *then;
} told_apart[] = {
    {"BSD-2-Clause", " endorse or promote ", true, "BSD-3-Clause"},
    {"BSD-3-Clause", " endorse or promote ", false, "BSD-2-Clause"},
    {"BSD-4-Clause", " all advertising materials ", false, "BSD-3-Clause"},
    {"BSD-4-Clause-UC", " all advertising materials ", false, "BSD-3-Clause"},
    {"BSD-2-Clause", " all advertising materials ", true, "BSD-4-Clause"},
    {"BSD-3-Clause", " all advertising materials ", true, "BSD-4-Clause"},
    {"MIT", " for good not evil ", true, "JSON"},
    {"JSON", " for good not evil ", false, "MIT"},
    {"MIT", " except as contained in this notice the name", true, "X11"},
    {"X11", " except as contained in this notice ", false, "MIT"},
    {"X11-distribute-modifications-variant", " distribute with modifications ", false, "X11"},
    {"MIT-0", " shall be included in all ", true, "MIT"},
    {"MIT", " shall be included in all ", false, "MIT-0"},
    {"ISC", " appear in all copies ", false, "0BSD"},
    {"0BSD", " appear in all copies ", true, "ISC"},
};

// Of Creative Commons' texts most is the same; the title says which it is, the longest first.
static const struct {
    const char *title, *id;
} by_title[] = {
    {" attribution noncommercial noderivs ", "CC-BY-NC-ND"},
    {" attribution noncommercial noderivatives ", "CC-BY-NC-ND"},
    {" attribution noderivs noncommercial ", "CC-BY-NC-ND"},
    {" attribution noncommercial sharealike ", "CC-BY-NC-SA"},
    {" attribution noncommercial ", "CC-BY-NC"},
    {" attribution noderivs ", "CC-BY-ND"},
    {" attribution noderivatives ", "CC-BY-ND"},
    {" attribution sharealike ", "CC-BY-SA"},
};

typedef struct place {
    uint32_t word;
    uint16_t text;
    uint8_t bit;
} place;

// Over every place where a shingle of the table stands, in order.
typedef struct places {
    const pt_words *w;
    size_t next;
    uint32_t hash;
    size_t row, end; // of the table, that are to be looked at
} places;

static bool next_place(places *p, place *ret) {
    for (;;) {
        for (; p->row < p->end; p->row++)
            if (shingles[p->row] == p->hash) {
                unsigned of = shingle_of[p->row++];
                *ret = (place){(uint32_t)p->next - 1, (uint16_t)(of / PER_TEXT),
                               (uint8_t)(of % PER_TEXT)};
                return true;
            }
        if (p->next + 2 >= p->w->n)
            return false;
        p->hash = pt_words_shingle(p->w, p->next++);
        uint32_t bucket = p->hash >> (32 - BUCKET_BITS);
        p->row = buckets[bucket];
        p->end = buckets[bucket + 1];
    }
}

static bool is_enough(unsigned text, size_t n) {
    return n * 100 >= (size_t)texts[text].shingles * PERCENT_MIN;
}

// How much of the file a text explains; what it has and the file lacks counts against it.
static int64_t rank_of(unsigned text, uint64_t mask) {
    int64_t n = texts[text].shingles;
    int64_t has = __builtin_popcountll(mask);
    return (n - MISSING_WEIGHT * (n - has)) * texts[text].words / n;
}

typedef struct candidate {
    unsigned text;
    int64_t rank;
    place *of; // its places
    size_t n;
} candidate;

// The texts most of which is somewhere in the file, the one that explains most first.
static size_t candidates(const pt_words *w, candidate ret[TEXTS_MAX]) {
    uint64_t masks[PT_COUNT(texts)] = {0};
    places all = {.w = w};
    place at;
    size_t n = 0;
    while (next_place(&all, &at))
        masks[at.text] |= UINT64_C(1) << at.bit;
    for (unsigned i = 0; i < PT_COUNT(texts); i++) {
        const candidate one = {.text = i, .rank = rank_of(i, masks[i])};
        if (!is_enough(i, (size_t)__builtin_popcountll(masks[i])) ||
            (n == TEXTS_MAX && ret[n - 1].rank >= one.rank))
            continue;
        size_t to = n < TEXTS_MAX ? n++ : n - 1;
        for (; to > 0 && ret[to - 1].rank < one.rank; to--)
            ret[to] = ret[to - 1];
        ret[to] = one;
    }
    return n;
}

// The places of each: counted, then kept.
static pt_code find_places(pt_arena *a, const pt_words *w, candidate *c, size_t n, pt_err *e) {
    candidate *of[PT_COUNT(texts)] = {0};
    places counting = {.w = w};
    places keeping = {.w = w};
    place at;
    for (size_t i = 0; i < n; i++)
        of[c[i].text] = &c[i];
    while (n && next_place(&counting, &at))
        if (of[at.text])
            of[at.text]->n++;
    for (size_t i = 0; i < n; i++) {
        c[i].of = pt_arena_take(a, c[i].n * sizeof(place));
        c[i].n = 0;
        if (!c[i].of)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    while (n && next_place(&keeping, &at))
        if (of[at.text])
            of[at.text]->of[of[at.text]->n++] = at;
    return PT_OK;
}

typedef struct window {
    size_t from, to, n; // words; shingles of the text in them
} window;

// Where most of a text stands together.
static window window_of(const place *of, size_t n, unsigned text) {
    uint32_t counts[PER_TEXT] = {0};
    size_t words_max = texts[text].words + texts[text].words / 2u + SLACK_WORDS;
    window best = {0};
    size_t has = 0;
    int64_t heaviest = INT64_MIN;
    for (size_t first = 0, i = 0; i < n; i++) {
        has += counts[of[i].bit]++ == 0;
        while (of[i].word - of[first].word > words_max)
            has -= --counts[of[first++].bit] == 0;
        while (counts[of[first].bit] > 1) // a later one stands for it
            counts[of[first++].bit]--;
        // Of two copies the end of one and the beginning of the next are a whole one, too; but
        // a text begins with its first shingle and ends with its last.
        int64_t weight = 2 * (int64_t)has - of[first].bit - (texts[text].shingles - 1 - of[i].bit);
        if (weight <= heaviest)
            continue;
        heaviest = weight;
        best = (window){of[first].word, of[i].word + 3, has};
    }
    return best;
}

// "CC-BY-NC-2.5" with another licence's title is that one, of the same version.
static pt_str told_by_title(pt_arena *a, pt_str id, pt_str head) {
    static const pt_str parts = PT_STR("BYNCSAD-"); // of what stands before the version
    size_t version = sizeof "CC-BY-" - 1;
    if (!pt_str_starts(id, PT_STR("CC-BY-")))
        return id;
    while (version < id.n && pt_str_find(parts, id.p[version]) < parts.n)
        version++;
    for (size_t i = 0; i < PT_COUNT(by_title); i++)
        if (pt_str_has(head, pt_str_of(by_title[i].title)))
            return pt_arena_printf(a, "%s-%.*s", by_title[i].id,
                                   PT_PRI(pt_str_sub(id, version, id.n)));
    return id;
}

// What stands near [from, to) and is of no other text: a clause that only another licence has may
// stand before or behind what was found.
static pt_str near(const pt_words *w, size_t from, size_t to, const pt_texts_found *others) {
    size_t start = from > NEAR_BYTES ? from - NEAR_BYTES : 0;
    size_t end = to + NEAR_BYTES;
    for (size_t i = 0; i < others->n; i++) {
        const pt_text_found *one = &others->v[i];
        if (one->to <= from && one->to > start)
            start = one->to;
        if (one->from >= to && one->from < end)
            end = one->from;
    }
    return pt_str_sub(w->text, start, end);
}

static pt_str told(pt_arena *a, pt_str of, unsigned text) {
    pt_str id = pt_str_of(texts[text].id);
    for (size_t i = 0; i < PT_COUNT(told_apart); i++)
        if (pt_str_eqz(id, told_apart[i].id) &&
            pt_str_has(of, pt_str_of(told_apart[i].words)) == told_apart[i].has)
            id = pt_str_of(told_apart[i].then);
    return told_by_title(a, id, pt_str_sub(of, 0, TITLE_BYTES));
}

// With how to apply it, which stands behind some.
static size_t end_of(const pt_words *w, size_t end) {
    static const char *const heads[] = {" how to apply these terms ", " how to apply the apache ",
                                        " how to use this license for your documents "};
    pt_str behind = pt_str_sub(w->text, end, end + APPENDIX_FROM);
    for (size_t i = 0; i < PT_COUNT(heads); i++)
        if (pt_str_has(behind, pt_str_of(heads[i])))
            return end + APPENDIX_BYTES;
    return end;
}

static bool take(pt_arena *a, const pt_words *w, const window *at, unsigned text,
                 pt_texts_found *ret) {
    size_t from = w->at[at->from];
    size_t to = at->to < w->n ? w->at[at->to] : w->text.n;
    pt_str id = told(a, near(w, from, to, ret), text);
    pt_text_found *room = PT_PUSH(a, ret);
    if (room)
        *room = (pt_text_found){.id = id, .from = from, .to = end_of(w, to)};
    return room != NULL;
}

// Every place where most of a text stands together; those words are no other text's.
static pt_code take_all(pt_arena *a, const pt_words *w, bool *taken, candidate *c,
                        pt_texts_found *ret, pt_err *e) {
    for (;;) {
        size_t n = 0;
        for (size_t i = 0; i < c->n; i++)
            if (!taken[c->of[i].word])
                c->of[n++] = c->of[i];
        c->n = n;
        window at = window_of(c->of, n, c->text);
        if (!is_enough(c->text, at.n))
            return PT_OK;
        memset(taken + at.from, true, at.to - at.from);
        if (!take(a, w, &at, c->text, ret))
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
}

static int by_place(const void *x, const void *y) {
    const pt_text_found *a = x;
    const pt_text_found *b = y;
    return (a->from > b->from) - (a->from < b->from);
}

pt_code pt_licence_texts(pt_arena *a, const pt_words *w, pt_texts_found *ret, pt_err *e) {
    candidate found[TEXTS_MAX];
    bool *taken = pt_arena_zero(a, sizeof *taken, w->n + 1);
    *ret = (pt_texts_found){0};
    if (!taken)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    size_t n = candidates(w, found);
    pt_code code = find_places(a, w, found, n, e);
    for (size_t i = 0; !code && i < n; i++)
        code = take_all(a, w, taken, &found[i], ret, e);
    if (!code && ret->n)
        qsort(ret->v, ret->n, sizeof *ret->v, by_place);
    return code;
}

bool pt_licence_within(const pt_texts_found *found, size_t at) {
    for (size_t i = 0; i < found->n; i++)
        if (at >= found->v[i].from && at < found->v[i].to)
            return true;
    return false;
}
