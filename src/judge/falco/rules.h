// Falco's rule files: YAML to rules with lists, macros, exceptions, appends and overrides resolved.
// Texts of errors and warnings and their codes are those that Falco's loader gives (the ones that
// its users grep for). Pure: files come in as texts.
#pragma once

#include "judge/falco/filter.h"
#include "judge/falco/match/program.h"

// Of all conditions together; beyond them loading is PT_E_LIMIT.
#define PT_FALCO_TEXT_BYTES_MAX ((size_t)64 << 20)  // after lists were put in
#define PT_FALCO_NODES_MAX      ((size_t)4 << 20)   // after macros were put in
#define PT_FALCO_SEARCH_MAX     ((uint64_t)4 << 30) // bytes in which names of lists are looked for
// Of one condition: parts and macros within one another.
#define PT_FALCO_DEPTH_MAX 4000u

typedef struct pt_falco_file {
    pt_str name; // as shown in messages
    pt_str text;
} pt_falco_file;

// What is said of a file: {code, item, message, place}. Codes are the field's: "LOAD_ERR_VALIDATE".
typedef struct pt_falco_said {
    const char *code;
    pt_str item_type; // "rule", "macro", "list", "exception", …; may be empty
    pt_str item_name;
    pt_str message;
    pt_str file;
    uint32_t line, column; // from 1
} pt_falco_said;

typedef struct pt_falco_macro {
    pt_str name, condition;  // as written, after appends and overrides
    const pt_filter *filter; // with its own macros resolved
    bool used;
    pt_str file;
    uint32_t line;
} pt_falco_macro;

typedef struct pt_falco_list {
    pt_str name;
    const pt_str *items;
    size_t n_items;
    bool used;
    pt_str file;
    uint32_t line;
} pt_falco_list;

typedef struct pt_falco_rule {
    pt_str name, condition, output, description, source; // as written, after appends and overrides
    pt_str compiled_output;                              // after append_output
    const pt_filter *filter;                             // lists, macros and exceptions resolved
    pt_falco_priority priority;
    const pt_str *tags; // sorted
    size_t n_tags;
    bool enabled;
    bool warn_event_types;
    bool skip_if_unknown_filter;
    bool capture;
    uint32_t capture_ms;
    pt_str file;
    uint32_t line, condition_line; // condition_line: where its text starts, to point into it
} pt_falco_rule;

// A source of events that rules may be for: its name, and the fields it knows.
typedef struct pt_falco_load_options {
    const pt_falco_sources
        *sources; // program.h; a rule of another source is skipped with a warning
    // Plugins that are there ("k8saudit" 0.7.0, "json" …): for required_plugin_versions.
    const struct pt_falco_plugin {
        const char *name, *version;
    } *plugins;
    size_t n_plugins;
    // Selection, in order: {on, by tag?, pattern}. A pattern without tag is a part of the rule's
    // name, or a wildcard.
    const struct pt_falco_select {
        bool on, by_tag;
        pt_str what;
    } *selects;
    size_t n_selects;
    // What is added to the outputs of rules (append_output), in order, with a blank before it.
    const struct pt_falco_append {
        pt_str rule, source; // only to this rule, to rules of this source; empty: to any
        const pt_str *tags;  // only to rules that have all of them
        size_t n_tags;
        pt_str output;
    } *appends;
    size_t n_appends;
} pt_falco_load_options;

typedef struct pt_falco_rules {
    bool ok;                    // no error
    bool schema_ok;             // the files keep the published JSON schema (advisory)
    const pt_falco_rule *rules; // in order of definition, without skipped ones
    size_t n_rules;
    const pt_falco_macro *macros;
    size_t n_macros;
    const pt_falco_list *lists;
    size_t n_lists;
    const pt_falco_said *errors, *warnings;
    size_t n_errors, n_warnings;
} pt_falco_rules;

// Load the files in order. Faults of the files are in `ret` (ok false); PT_E_NOMEM, PT_E_LIMIT only
// are errors of the call. Everything lives in `a` or borrows the texts.
PT_CHECK pt_code pt_falco_load(pt_arena *a, const pt_falco_file *files, size_t n,
                               const pt_falco_load_options *o, pt_falco_rules *ret, pt_err *e);

// The engine version that this loader answers to (required_engine_version).
#define PT_FALCO_ENGINE_VERSION "0.63.0"
