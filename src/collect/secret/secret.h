// Secrets in texts: keys, tokens, passwords that should not be there. Rules are read from files of
// gitleaks' format (its default file loads unmodified) and of Trivy's; a set of our own is shipped.
// docs/secrets.md says what each means and where it was decided otherwise. Linear in the text,
// whatever a rule's pattern (RE2); a text that has no word that a rule asks for costs one pass for
// all rules together.
#pragma once

#include "base/arena.h"
#include "base/err.h"
#include "value/value.h"

#define PT_SECRETS_MAX     1000u             // told of one text; beyond them one more says so
#define PT_SECRET_TEXT_MAX ((size_t)1 << 30) // bytes of one text

typedef struct pt_secret_rules pt_secret_rules; // immutable; any thread may use it

// The file that another one extends, by the path that it gives: its text, in `a`. PT_E_ABSENT, ….
typedef pt_code pt_secret_open(void *of, pt_str path, pt_arena *a, pt_str *ret, pt_err *e);

typedef struct pt_secret_ask {
    pt_str text;          // of the file of rules; empty: those that are shipped, alone
    bool trivy;           // it is a YAML file of Trivy's; else TOML of gitleaks'
    pt_secret_open *open; // NULL: a file that extends another one is refused
    void *open_of;
    pt_str base; // what stands for the shipped ones; empty: they themselves
} pt_secret_ask;

// PT_E_FORMAT, with line and column where the file is no TOML or YAML, and else with the rule and
// its field; PT_E_LIMIT; PT_E_NOMEM. A pattern that RE2 does not know (look-around,
// back-references) is refused, by its rule's name.
PT_CHECK pt_code pt_secret_rules_read(const pt_secret_ask *ask, pt_secret_rules **ret, pt_err *e);
void pt_secret_rules_free(pt_secret_rules *r); // NULL is fine
size_t pt_secret_rules_count(const pt_secret_rules *r);

// Is the file at this path one that all rules leave out, whatever stands in it?
typedef enum pt_secret_left_out {
    PT_SECRET_LOOKED_AT,
    PT_SECRET_IF_PACKAGED, // if a package of the system owns it, as far as anybody knows
    PT_SECRET_LEFT_OUT,
} pt_secret_left_out;
pt_secret_left_out pt_secret_leaves_out(const pt_secret_rules *r, pt_str path);

// What stands in `text`, the file at `path`: an array, in `a`, of {"rule", "title", "category",
// "severity" ("critical", "high", "medium", "low", "unknown"), "line", "line_end", "match",
// "bytes", "entropy", "offset"}, sorted by rule, then place. `match` is the line (of a long one
// what surrounds the secret) with every secret of the text as stars: nothing else of a secret is
// given. Of a file that is left out, also if only a package's is: none. PT_E_LIMIT: the text is too
// long. PT_E_NOMEM.
PT_CHECK pt_code pt_secret_scan(const pt_secret_rules *r, pt_str path, pt_str text, pt_arena *a,
                                pt_value *ret, pt_err *e);

// The same of a file that may be left out only if a package owns it: as if none did.
PT_CHECK pt_code pt_secret_scan_unowned(const pt_secret_rules *r, pt_str path, pt_str text,
                                        pt_arena *a, pt_value *ret, pt_err *e);
