// What the sources of this module share.
#pragma once

#include <hs/hs.h>
#include <stdatomic.h>

#include "base/re2.h"
#include "collect/secret/secret.h"

typedef PT_VEC(pt_re2 *) pt_secret_patterns;
typedef PT_VEC(pt_str) pt_secret_words;

// What is no secret after all.
typedef struct pt_secret_allow {
    pt_str id; // Trivy's: by which it can be switched off
    enum {
        PT_SECRET_OF_SECRET,
        PT_SECRET_OF_MATCH,
        PT_SECRET_OF_LINE,
    } target;      // of `patterns`
    bool all;      // every kind that is given must agree; else one suffices
    bool commits;  // it names commits: which no file of an image is of
    bool packaged; // its paths hold for files that a package of the system owns
    pt_secret_patterns patterns, paths;
    pt_secret_words stopwords; // in small letters
} pt_secret_allow;
typedef PT_VEC(pt_secret_allow) pt_secret_allows;

typedef struct pt_secret_need { // another rule must have matched, too
    pt_str id;
    int64_t lines, columns; // no further away; -1: anywhere in the text
} pt_secret_need;

#define PT_SECRET_BEFORE 256u

#define PT_SECRET_FACTOR_MAX 32u // bytes of it
#define PT_SECRET_FACTORS    2u  // of a rule: those that tell most

// What every match has in it: so many bytes, each of a set of its own.
typedef struct pt_secret_factor {
    unsigned n;
    unsigned rare;    // the place that fewest bytes may stand at
    bool anchored;    // so few that the text is searched for them:
    char only[2];     // these, or this one twice
    uint32_t at[256]; // of each byte: where it may stand, a bit a place
} pt_secret_factor;

// A row of bytes that every match has, with a keyword in it: where the keyword stands without the
// rest of the row around it, no match can be on its account.
typedef struct pt_secret_around {
    const pt_secret_factor *row; // NULL: none
    size_t word;                 // which keyword
    size_t before;               // bytes from the row's beginning to the keyword's end
} pt_secret_around;

// What stands behind a keyword in every match, each step taking as many bytes as it can.
typedef struct pt_secret_step {
    bool has[256];
    unsigned least, most;
} pt_secret_step;
typedef PT_VEC(pt_secret_step) pt_secret_chain;

typedef struct pt_secret_rule {
    pt_str id, title, category, severity;
    pt_re2 *pattern, *path; // NULL: none
    bool named;             // the secret is every group in `groups`; else the first of all that has
                            // bytes, or `group`
    PT_VEC(unsigned) groups;
    unsigned group; // 0: not said
    double entropy; // the secret has more; 0: not asked
    pt_secret_words keywords;
    pt_secret_allows allows;
    pt_secret_patterns excludes; // blocks of text that are not looked at
    PT_VEC(pt_secret_need) needs;
    bool silent; // only for the needs of others
    // A match has one of the keywords in it, begins no more than PT_SECRET_BEFORE before it, and
    // most end within `window` behind it: only there is looked. 0: anywhere in the text.
    size_t window;
    const pt_secret_factor *factors[PT_SECRET_FACTORS];
    size_t n_factors;
    pt_secret_around around;
    pt_secret_chain behind; // with a window only; of no steps: anything
} pt_secret_rule;

// What the last search left for the next one; NULL: it is in use.
typedef struct pt_secret_idle {
    hs_scratch_t *_Atomic scratch;
} pt_secret_idle;

// Whom a keyword of the database is for.
typedef struct pt_secret_user {
    uint32_t rule;
    bool around; // rule->around is of this keyword
} pt_secret_user;

struct pt_secret_rules {
    pt_arena a;
    PT_VEC(pt_secret_rule) of;
    bool comments; // "gitleaks:allow" in a line is heeded
    pt_secret_allows allows;
    pt_secret_patterns excludes;
    pt_secret_patterns owned; // all patterns, to be freed
    hs_database_t *keywords;  // NULL: no rule has one
    pt_secret_idle *idle;
    PT_VEC(pt_secret_user) users; // of each keyword of the database
};

// -- making ---------------------------------------------------------------------------------------

// Compile, with the rule and field to blame. The set owns it. NULL: `e` says why.
pt_re2 *pt_secret_pattern(pt_secret_rules *r, pt_str text, const char *who, const char *field,
                          pt_err *e);
// `text` without the names of its groups, and the numbers of those that are called `name`: RE2
// refuses a name that comes twice, which Go's package regexp takes.
pt_str pt_secret_unnamed(pt_arena *a, pt_str text, pt_str name, pt_secret_rule *ret);

// A rule of ours whose pattern knows no other case than its own, and the word as it is written.
bool pt_secret_is_exact(const pt_secret_rule *rule, pt_str word);

// Find the factors of its pattern, in `a`. False: out of memory. One that stands in a text, or at
// `at` of it?
bool pt_secret_factors(pt_arena *a, pt_secret_rule *rule);
bool pt_secret_factor_in(const pt_secret_factor *f, pt_str text);
bool pt_secret_factor_at(const pt_secret_factor *f, pt_str text, size_t at);

// "[ \\t]{0,20}['\"]?[:=]": sets, each once or as often as is said; in `a`. False: it is something
// else, or there is no memory. Does it stand at `at`?
bool pt_secret_chain_read(pt_arena *a, pt_str text, pt_secret_chain *ret);
bool pt_secret_chain_at(const pt_secret_chain *c, pt_str text, size_t at);

PT_CHECK pt_code pt_secret_read_gitleaks(pt_secret_rules *r, const pt_secret_ask *ask, pt_str text,
                                         pt_err *e);
PT_CHECK pt_code pt_secret_read_trivy(pt_secret_rules *r, pt_str text, pt_err *e);

extern const pt_str pt_secret_shipped; // shipped.toml
pt_str pt_secret_base(const pt_secret_ask *ask);

pt_secret_rule *pt_secret_rule_called(pt_secret_rules *r, pt_str id);
