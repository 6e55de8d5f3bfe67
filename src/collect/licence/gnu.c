#include "collect/licence/gnu.h"

#include <string.h>

#include "base/buf.h"

enum {
    AHEAD_BYTES = 260, // from a name to its version
    LATER_BYTES = 110, // from a version to "any later version"
    BEHIND_BYTES = 70, // "version 2 of the GNU …"
    UNDER_BYTES = 45,
    REFERENCE_BYTES = 40, // "text of version 2 of the GNU Lesser"
    GRANTS_MAX = 64,
};

typedef enum family {
    GPL,
    LGPL,
    AGPL,
    GFDL,
    FAMILY_COUNT,
} family;

static const struct {
    const char *name;
    const char *versions[4]; // that there are, the oldest first
} families[] = {
    [GPL] = {"GPL", {"1.0", "2.0", "3.0"}},
    [LGPL] = {"LGPL", {"2.0", "2.1", "3.0"}},
    [AGPL] = {"AGPL", {"1.0", "3.0"}},
    [GFDL] = {"GFDL", {"1.1", "1.2", "1.3"}},
};
static_assert(PT_COUNT(families) == FAMILY_COUNT, "one each");

// How much a place says of which version applies: what is said better elsewhere does not count.
typedef enum weight {
    REFERENCE, // to a text without a version
    TEXT,      // or a reference to one of a version
    MENTION,   // "GPLv2"
    GRANT,
} weight;

typedef struct grant {
    family of;
    unsigned version; // its place in `versions`
    bool later;
    weight weight;
} grant;

typedef struct grants {
    pt_arena *a;
    const pt_words *w;
    pt_spans *named;
    grant v[GRANTS_MAX];
    size_t n;
    bool cut;
} grants;

static const char *const names[] = {" general public license ", " free documentation license "};

static bool ends_any(pt_str s, const char *const *ends, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_ends(s, pt_str_of(ends[i])))
            return true;
    return false;
}

static bool has_any(pt_str s, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (pt_str_has(s, pt_str_of(words[i])))
            return true;
    return false;
}

// "2", "2 0", "2 1", "v3": a version at the beginning of `s`, which begins behind a blank.
static bool version_at(pt_str s, family of, unsigned *ret) {
    char said[4] = "x.0";
    s = pt_str_sub(s, pt_str_starts(s, PT_STR("v")), s.n);
    if (s.n < 2 || s.p[0] < '0' || s.p[0] > '9' || s.p[1] != ' ')
        return false;
    said[0] = s.p[0];
    if (s.n >= 4 && s.p[2] >= '0' && s.p[2] <= '9' && s.p[3] == ' ')
        said[2] = s.p[2];
    for (unsigned i = 0; i < PT_COUNT(families[of].versions) && families[of].versions[i]; i++)
        if (memcmp(families[of].versions[i], said, 3) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

// The first version that is named; *ret_rest: what stands behind it.
static bool find_version(pt_str s, family of, unsigned *ret, pt_str *ret_rest) {
    static const pt_str words[] = {PT_STR(" version "), PT_STR(" versions "), PT_STR(" v ")};
    for (size_t i = 0; i + 2 < s.n; i++) {
        if (s.p[i] != ' ')
            continue;
        pt_str here = pt_str_sub(s, i, s.n);
        size_t skip = s.p[i + 1] == 'v' ? 1 : 0;
        for (size_t k = 0; k < PT_COUNT(words); k++)
            if (pt_str_starts(here, words[k]))
                skip = words[k].n;
        *ret_rest = pt_str_sub(here, skip, here.n);
        if (skip && version_at(*ret_rest, of, ret))
            return true;
    }
    return false;
}

// Within the words that stand behind a version.
static bool says_later(pt_str s) {
    static const char *const words[] = {
        " any later ", " or later ",   " or newer ",  " later version",   " or any newer ",
        " any newer ", " or greater ", " or higher ", " any subsequent ", " + "};
    return has_any(pt_str_sub(s, 0, LATER_BYTES), words, PT_COUNT(words));
}

static void put(grants *g, const grant *one) {
    for (size_t i = 0; i < g->n; i++)
        if (g->v[i].of == one->of && g->v[i].version == one->version &&
            g->v[i].later == one->later && g->v[i].weight == one->weight)
            return;
    g->cut = g->cut || g->n == GRANTS_MAX;
    if (g->n < GRANTS_MAX)
        g->v[g->n++] = *one;
}

static void put_at(grants *g, const grant *one, size_t from, size_t to) {
    pt_span *place = PT_PUSH(g->a, g->named);
    if (place)
        *place = (pt_span){from, to};
    put(g, one);
}

static family family_before(pt_str before, bool documents) {
    static const char *const lesser[] = {" lesser", " library"};
    if (documents)
        return GFDL;
    if (ends_any(before, lesser, PT_COUNT(lesser)))
        return LGPL;
    return pt_str_ends(before, PT_STR(" affero")) ? AGPL : GPL;
}

// "under the terms of the GNU Lesser", with words that are few.
static bool says_under(pt_str before) {
    static const char *const ends[] = {" gnu", " lesser", " library", " affero"};
    pt_str near = pt_str_sub(before, before.n > UNDER_BYTES ? before.n - UNDER_BYTES : 0, before.n);
    return ends_any(before, ends, PT_COUNT(ends)) &&
           (pt_str_has(near, PT_STR(" under ")) || pt_str_has(near, PT_STR(" covered by ")));
}

// One place where a licence is named: is it granted there, and which version?
static void take_name(grants *g, size_t at, size_t name_bytes, bool documents) {
    static const char *const texts[] = {" text of the ", " copy of the ", " text of version ",
                                        " version of the ", " see the "};
    static const char *const of_version[] = {" of the gnu", " of the gnu lesser",
                                             " of the gnu library", " of the gnu affero",
                                             " of the"};
    pt_str text = g->w->text;
    size_t start = at > BEHIND_BYTES ? at - BEHIND_BYTES : 0;
    pt_str before = pt_str_sub(text, start, at);
    pt_str ahead = pt_str_sub(text, at + name_bytes - 1, at + name_bytes + AHEAD_BYTES);
    for (size_t i = 0; i < PT_COUNT(names); i++) // the next one has its own version
        ahead = pt_str_sub(ahead, 0, pt_str_find_str(ahead, pt_str_of(names[i])));
    grant one = {.of = family_before(before, documents), .weight = GRANT};
    pt_str rest = {0};
    bool reference = has_any(
        pt_str_sub(before, before.n > REFERENCE_BYTES ? before.n - REFERENCE_BYTES : 0, before.n),
        texts, PT_COUNT(texts));
    bool granted = pt_str_has(ahead, PT_STR(" published by ")) || !reference;
    if (ends_any(before, of_version, PT_COUNT(of_version)) &&
        find_version(before, one.of, &one.version, &rest)) {
        one.weight = reference ? TEXT : GRANT; // "the complete text of version 2 of the GNU"
        one.later = !reference && (says_later(rest) || says_later(pt_str_sub(ahead, 0, 60)));
        put_at(g, &one, at, at + name_bytes);
        return;
    }
    if (granted && find_version(ahead, one.of, &one.version, &rest)) {
        one.later = says_later(rest);
        put_at(g, &one, at, at + name_bytes);
    } else if (pt_str_has(pt_str_sub(ahead, 0, 80), PT_STR(" published by the free "))) {
        one.later = true; // whichever there is (GPL-2.0, section 9)
        put_at(g, &one, at, at + name_bytes);
    } else if (granted && says_under(before)) {
        one.version = one.of == AGPL; // version 1 was not GNU's
        one.later = true;
        one.weight = REFERENCE;
        put_at(g, &one, at, at + name_bytes);
    }
}

static void take_names(grants *g, const pt_texts_found *texts) {
    for (size_t i = 0; i < PT_COUNT(names); i++) {
        pt_str name = pt_str_of(names[i]);
        size_t at = 0;
        for (;;) {
            pt_str rest = pt_str_sub(g->w->text, at, g->w->text.n);
            size_t n = pt_str_find_str(rest, name);
            if (n == rest.n)
                break;
            if (!pt_licence_within(texts, at + n))
                take_name(g, at + n, name.n, i == 1);
            at += n + name.n - 1;
        }
    }
}

// "gpl v2", "gplv3", "lgpl version 2 1", "usr share common licenses gpl 2".
static void take_short(grants *g, const pt_texts_found *texts, family of) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(32);
    pt_str text = g->w->text;
    pt_buf_printf(&b, " %s", families[of].name);
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] >= 'A' && b.p[i] <= 'Z')
            b.p[i] = (char)(b.p[i] + ('a' - 'A'));
    for (size_t at = 0; at < text.n;) {
        at += pt_str_find_str(pt_str_sub(text, at, text.n), pt_buf_str(&b)) + b.n;
        pt_str before =
            pt_str_sub(text, at > b.n + 17 ? at - b.n - 17 : 0, at > b.n ? at - b.n : 0);
        pt_str ahead = pt_str_sub(text, at, at + LATER_BYTES);
        bool reference = pt_str_ends(before, PT_STR(" common licenses"));
        bool of_text = reference || pt_str_has(before, PT_STR(" text of "));
        grant one = {.of = of, .weight = of_text ? TEXT : MENTION};
        pt_str rest = ahead;
        if (at >= text.n || pt_licence_within(texts, at))
            continue;
        bool plain = pt_str_starts(ahead, PT_STR(" "));
        if ((plain && version_at(pt_str_sub(ahead, 1, ahead.n), of, &one.version)) ||
            (!plain && version_at(ahead, of, &one.version)) ||
            find_version(pt_str_sub(ahead, 0, 14), of, &one.version, &rest)) {
            one.later = !of_text && says_later(pt_str_sub(rest, 0, 30));
            put_at(g, &one, at - b.n, at);
        } else if (reference && plain) { // the newest, by a link: it says no version
            one.later = true;
            one.weight = REFERENCE;
            put_at(g, &one, at - b.n, at);
        }
    }
}

static void take_texts(grants *g, const pt_texts_found *texts) {
    for (size_t i = 0; i < texts->n; i++)
        for (unsigned of = 0; of < FAMILY_COUNT; of++) {
            pt_str name = pt_str_of(families[of].name);
            pt_str id = texts->v[i].id;
            if (!pt_str_starts(id, name) || id.n < name.n + 4 || id.p[name.n] != '-')
                continue;
            for (unsigned v = 0; v < PT_COUNT(families[of].versions); v++)
                if (pt_str_eqz(pt_str_sub(id, name.n + 1, id.n), families[of].versions[v]))
                    put(g, &(grant){.of = (family)of, .version = v, .weight = TEXT});
        }
}

bool pt_licence_is_gnu(pt_str id) {
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        pt_str name = pt_str_of(families[i].name);
        if (pt_str_starts(id, name) && id.n == name.n + 4 && id.p[name.n] == '-')
            return true;
    }
    return false;
}

// Does another one say more of the same licence?
static bool is_moot(const grants *g, const grant *one) {
    for (size_t i = 0; i < g->n; i++) {
        const grant *other = &g->v[i];
        if (other == one || other->of != one->of)
            continue;
        if (one->weight == REFERENCE && other->weight > REFERENCE)
            return true;
        if (one->weight < other->weight && (other->later || other->version == one->version))
            return true;
    }
    return false;
}

static void tell(pt_licences_found *f, const grant *g, bool no_invariants) {
    pt_str id = pt_arena_printf(
        f->a, "%s-%s%s%s", families[g->of].name, families[g->of].versions[g->version],
        g->of == GFDL && no_invariants ? "-no-invariants" : "", g->later ? "-or-later" : "-only");
    pt_licence_found(f, id);
    pt_str *one = g->weight == GRANT ? PT_PUSH(f->a, &f->granted) : NULL;
    if (one)
        *one = id;
}

pt_code pt_licence_gnu(pt_licences_found *f, const pt_words *w, const pt_texts_found *texts,
                       pt_spans *named, pt_err *e) {
    grants g = {.a = f->a, .w = w, .named = named};
    bool no_invariants = pt_str_has(w->text, PT_STR(" no invariant sections "));
    take_names(&g, texts);
    for (unsigned of = 0; of < FAMILY_COUNT; of++)
        take_short(&g, texts, (family)of);
    take_texts(&g, texts);
    f->cut = f->cut || g.cut;
    for (size_t i = 0; i < g.n; i++)
        if (!is_moot(&g, &g.v[i]))
            tell(f, &g.v[i], no_invariants);
    return f->a->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}
