#include "collect/licence/choices.h"

#include "base/buf.h"
#include "fact/licence.h"

enum {
    CHOICES_MAX = 16, // of one file
    PARTS_MAX = 6,    // of one choice
    BEFORE_BYTES = 40,
};

// What stands before a choice, and words that may stand between it and the first name.
static const char *const leads[] = {
    " licensed under ", " distributed under ",   " released under ",     " available under ",
    " dual licensed ",  " redistributed under ", " under the terms of ", " under either "};
static const char *const fillers[] = {"either ",    "of ",       "the ", "terms ",  "any ",
                                      "following ", "licenses ", "at ",  "option ", "choice ",
                                      "your ",      "under ",    "a ",   "an "};

static const struct {
    const char *words, *id;
} names[] = {
    {"apache license version 2 0 ", "Apache-2.0"},
    {"apache software license version 2 0 ", "Apache-2.0"},
    {"apache license 2 0 ", "Apache-2.0"},
    {"apache license v2 0 ", "Apache-2.0"},
    {"apache license v2 ", "Apache-2.0"},
    {"apache 2 0 license ", "Apache-2.0"},
    {"apache 2 0 ", "Apache-2.0"},
    {"mit license ", "MIT"},
    {"mit ", "MIT"},
    {"isc license ", "ISC"},
    {"zlib license ", "Zlib"},
    {"unlicense ", "Unlicense"},
    {"3 clause bsd license ", "BSD-3-Clause"},
    {"2 clause bsd license ", "BSD-2-Clause"},
    {"bsd 3 clause license ", "BSD-3-Clause"},
    {"bsd 2 clause license ", "BSD-2-Clause"},
    {"bsd 3 clause ", "BSD-3-Clause"},
    {"bsd 2 clause ", "BSD-2-Clause"},
    {"boost software license version 1 0 ", "BSL-1.0"},
    {"mozilla public license version 2 0 ", "MPL-2.0"},
    {"mpl 2 0 ", "MPL-2.0"},
};

// The GNU licences have a version behind their name, and may grant later ones.
static const struct {
    const char *words, *family;
} families[] = {
    {"lesser general public license ", "LGPL"},
    {"library general public license ", "LGPL"},
    {"affero general public license ", "AGPL"},
    {"general public license ", "GPL"},
    {"lgpl ", "LGPL"},
    {"agpl ", "AGPL"},
    {"gpl ", "GPL"},
    {"lgpl", "LGPL"}, // "lgplv3"
    {"agpl", "AGPL"},
    {"gpl", "GPL"},
};
static const char *const later[] = {"+ ", "or later ", "or any later version ", "or newer ",
                                    "or at your option any later version "};

// Names are told with where they are kept, in the words that most projects in Rust use.
static const char *const asides[] = {
    "license apache or http www apache org licenses license 2 0 ",
    "license apache or https www apache org licenses license 2 0 ",
    "license mit or http opensource org licenses mit ",
    "license mit or https opensource org licenses mit ",
};

typedef struct choice {
    pt_arena *a;
    pt_str parts[PARTS_MAX];
    size_t n;
    bool either, stated; // "either of"; "or" between two
} choice;

static bool take(pt_str *s, const char *words) {
    pt_str w = pt_str_of(words);
    bool is = pt_str_starts(*s, w);
    if (is)
        *s = pt_str_sub(*s, w.n, s->n);
    return is;
}

static bool take_any(pt_str *s, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (take(s, words[i]))
            return true;
    return false;
}

static bool is_digit(pt_str s, size_t at) {
    return at < s.n && s.p[at] >= '0' && s.p[at] <= '9';
}

// "version 2 1 or later", "v3 +", "2".
static pt_str take_version(choice *c, pt_str *s, const char *family) {
    PT_IGNORE(take(s, "version ") || take(s, "v "));
    pt_str rest = *s;
    PT_IGNORE(take(&rest, "v"));
    if (!is_digit(rest, 0) || rest.n < 2 || rest.p[1] != ' ')
        return (pt_str){0};
    char minor = '0';
    size_t end = 2;
    if (is_digit(rest, 2) && rest.n > 3 && rest.p[3] == ' ') {
        minor = rest.p[2];
        end = 4;
    }
    char major = rest.p[0];
    *s = pt_str_sub(rest, end, rest.n);
    PT_IGNORE(take(s, "of the license ") || take(s, "license "));
    bool more = take_any(s, later, PT_COUNT(later));
    return pt_arena_printf(c->a, "%s-%c.%c-%s", family, major, minor, more ? "or-later" : "only");
}

static pt_str take_gnu(choice *c, pt_str *s) {
    pt_str rest = *s;
    pt_licence l = {0};
    pt_str id = {0};
    PT_IGNORE(take(&rest, "gnu "));
    for (size_t i = 0; !id.n && i < PT_COUNT(families); i++) {
        pt_str behind = rest;
        if (take(&behind, families[i].words))
            id = take_version(c, &behind, families[i].family);
        if (id.n)
            rest = behind;
    }
    bool is = id.n && pt_licence_parse(c->a, id, &l, NULL) == PT_OK && l.listed;
    if (is)
        *s = rest;
    return is ? id : (pt_str){0};
}

// The licence whose name *s begins with; empty: it is none.
static pt_str take_name(choice *c, pt_str *s) {
    for (size_t i = 0; i < PT_COUNT(names); i++)
        if (take(s, names[i].words))
            return pt_str_of(names[i].id);
    return take_gnu(c, s);
}

static void take_fillers(choice *c, pt_str *s) {
    for (pt_str before = *s; take_any(s, fillers, PT_COUNT(fillers)); before = *s)
        c->either = c->either || pt_str_starts(before, PT_STR("either ")) ||
                    pt_str_starts(before, PT_STR("choice "));
}

// Names with "or" between them; behind "either of" it may be left out, as in a list.
static bool take_parts(choice *c, pt_str *s) {
    for (;;) {
        pt_str rest = *s;
        bool joined = c->n && take(&rest, "or ");
        take_fillers(c, &rest);
        if (c->n && !joined && !c->either)
            break;
        pt_str id = take_name(c, &rest);
        if (!id.n)
            break;
        if (c->n == PARTS_MAX)
            return false;
        c->parts[c->n++] = id;
        c->stated = c->stated || joined || (c->either && c->n > 1);
        (void)take_any(&rest, asides, PT_COUNT(asides));
        *s = rest;
    }
    bool cut = pt_str_starts(*s, PT_STR("or ")) || pt_str_starts(*s, PT_STR("with ")) ||
               pt_str_starts(*s, PT_STR("and ")); // more belongs to it than is understood
    return c->n > 1 && c->stated && !cut;
}

static pt_str expression_of(const choice *c) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1024);
    pt_licence l = {.text = {"", 0}};
    for (size_t i = 0; i < c->n; i++)
        pt_buf_printf(&b, "%s%.*s", i ? " OR " : "", PT_PRI(c->parts[i]));
    PT_IGNORE(pt_licence_parse(c->a, pt_buf_str(&b), &l, NULL)); // it was made of parts that are
    return l.text;
}

// Is the text, whose version does not say whether later ones are meant, of the part?
static bool is_of(pt_str part, pt_str text) {
    pt_str rest = pt_str_sub(part, text.n, part.n);
    return pt_str_starts(part, text) &&
           (!rest.n || pt_str_eqz(rest, "-only") || pt_str_eqz(rest, "-or-later"));
}

static void cover(const choice *c, pt_str expression, pt_texts_found *texts, size_t n) {
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < c->n; k++)
            if (is_of(c->parts[k], texts->v[i].id))
                texts->v[i].id = expression;
}

// One whose lead begins at `from`; it begins at `at`.
static pt_code look(pt_arena *a, const pt_words *w, size_t from, size_t at, pt_texts_found *texts) {
    choice c = {.a = a};
    pt_str lead = pt_str_sub(w->text, at > BEFORE_BYTES ? at - BEFORE_BYTES : 0, at);
    pt_str rest = pt_str_sub(w->text, at, w->text.n);
    c.either = pt_str_ends(lead, PT_STR(" either "));
    take_fillers(&c, &rest);
    bool is = take_parts(&c, &rest) && !pt_str_has(lead, PT_STR(" not "));
    if (!is)
        return PT_OK;
    size_t n = texts->n;
    pt_str expression = expression_of(&c);
    pt_text_found *one = PT_PUSH(a, texts);
    if (!one || !expression.n)
        return PT_E_NOMEM;
    *one = (pt_text_found){.id = expression, .from = from, .to = w->text.n - rest.n};
    cover(&c, expression, texts, n);
    return PT_OK;
}

pt_code pt_licence_choices(pt_arena *a, const pt_words *w, pt_texts_found *texts, pt_err *e) {
    pt_code code = PT_OK;
    size_t before = texts->n;
    for (size_t i = 0; i < PT_COUNT(leads); i++) {
        pt_str lead = pt_str_of(leads[i]);
        for (size_t at = 0; !code && at < w->text.n && texts->n < before + CHOICES_MAX;) {
            size_t found = at + pt_str_find_str(pt_str_sub(w->text, at, w->text.n), lead);
            at = found + lead.n - 1;
            if (found < w->text.n && !pt_licence_within(texts, found + lead.n))
                code = look(a, w, found, found + lead.n, texts);
        }
    }
    return code ? pt_err_set(e, code, "out of memory") : PT_OK;
}
