// Verbs: one file each, one table that lists them. Help, completion and man pages come from it.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

// Exit codes, the same for every verb.
enum {
    PT_EXIT_OK = 0,       // nothing at or above --fail-on
    PT_EXIT_FINDINGS = 1, // findings at or above it; or what was to be verified does not hold
    PT_EXIT_USAGE = 2,
    PT_EXIT_FAILED = 3, // could not do the job
};

typedef struct pt_option {
    const char *name;     // "root", written --root
    const char *arg;      // "DIR"; NULL: a flag
    const char *help;     // one line
    const char *fallback; // shown in brackets: "/"; NULL: none
    const char *group;    // heading that begins here: "What"; NULL: as before
    char short_name;      // 'f', written -f; 0: none
} pt_option;

#define PT_OPTIONS_MAX 96
#define PT_VALUES_MAX  64

// An option that another program of the same words has, and why it is refused.
typedef struct pt_refusal {
    const char *name;
    const char *why; // ends the sentence "eval has no option --partial: "
    const char *remedy;
    char short_name; // 0: none
} pt_refusal;

typedef struct pt_args pt_args;

// A word that a verb takes first: "show" of "ledger show".
typedef struct pt_sub {
    const char *name;
    const char *summary; // a few words, for the list
    const char *about;   // a paragraph
    const char *example;
    const char *options; // those of the verb's that it takes: "key|state"; --help is of all
    const char *exits;
    int (*run)(const pt_args *a);
    bool alone; // nothing stands behind its name
} pt_sub;

typedef struct pt_verb {
    const char *name;
    const char *operands;       // "[PATH…]"
    const char *summary;        // a few words, for the list
    const char *about;          // a paragraph: what it does, what it changes, what it needs
    const char *example;        // the most useful one
    const char *files;          // what it reads and writes; NULL: nothing worth saying
    const char *see;            // NULL: nothing
    const char *exits;          // its exit codes; NULL: those of a verb that judges
    const pt_option *options;   // ends with name NULL
    const pt_sub *subs;         // likewise; NULL: none
    bool subs_only;             // its first operand names one of them
    const pt_refusal *refusals; // likewise; NULL: none
    unsigned operands_min, operands_max;
    int (*run)(const pt_args *a); // its exit code
} pt_verb;

extern const pt_verb pt_verbs[]; // ends with name NULL
const pt_verb *pt_verb_find(pt_str name);
const pt_sub *pt_sub_find(const pt_verb *v, pt_str name); // NULL: v has none of this name
bool pt_sub_takes(const pt_sub *s, const pt_option *o);

// The parsed words of a command line. Slices point into argv.
struct pt_args {
    const pt_verb *verb;
    struct {
        const pt_option *option;
        const char *value; // of a flag: pt_args_flag knows
    } values[PT_VALUES_MAX];
    size_t n;
    const char *operands[PT_VALUES_MAX];
    size_t operands_n;
};

// Parse argv[2..]. PT_E_USAGE with what is off and the nearest word that is right.
PT_CHECK pt_code pt_args_parse(pt_args *ret, const pt_verb *verb, int argc, char **argv, pt_err *e);

bool pt_args_flag(const pt_args *a, const char *name); // given, and not as --name=false
bool pt_args_on(const pt_args *a, const char *name, bool fallback); // likewise, if it is given
const char *pt_args_get(const pt_args *a, const char *name);        // the last one; NULL: not given
// The nth value of a repeatable option, or NULL.
const char *pt_args_nth(const pt_args *a, const char *name, size_t nth);

// The pieces of a repeatable option's values, which commas separate. False: the arena is full.
typedef PT_VEC(const char *) pt_list_option;
PT_CHECK bool pt_args_list(const pt_args *args, const char *name, pt_arena *a, pt_list_option *ret);

// The nearest of n words, for "did you mean"; NULL if none is near.
const char *pt_nearest(pt_str word, const char *const *words, size_t n);

void pt_help_top(pt_buf *b);
void pt_help_verb(pt_buf *b, const pt_verb *v);
void pt_help_sub(pt_buf *b, const pt_verb *v, const pt_sub *s);
// Generated from the same table: a man page (roff) and shell completions ("bash", "zsh", "fish").
void pt_help_man(pt_buf *b, const pt_verb *v); // NULL: paratia(1)
bool pt_help_completion(pt_buf *b, pt_str shell);

// Print an error as three lines at most: what, "at:" where, "try:" remedy. To stderr.
void pt_say_error(const pt_err *e);

// Write to standard output. A reader that has gone away ("| head") is no error.
PT_CHECK pt_code pt_put_stdout(pt_str text, pt_err *e);
// A JSON text; onto a terminal nothing that could move its cursor or turn its lines round.
PT_CHECK pt_code pt_put_json(pt_str json, pt_err *e);
