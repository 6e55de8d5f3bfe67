// The loader in parts. Files are read one after another (rules_read.c, rules_item.c) into what they
// define (rules_collect.c); after each file all of it is compiled anew (rules_compile.c), because a
// file must stand on those before it. Functions that give a bool give false when an error was said,
// or when the call itself fails (loader.code): nobody goes on then.
#pragma once

#include "base/map.h"
#include "judge/falco/rules.h"
#include "value/yaml.h"

#define PT_LOAD_FILE      "LOAD_ERR_YAML_PARSE"
#define PT_LOAD_SHAPE     "LOAD_ERR_YAML_VALIDATE"
#define PT_LOAD_MEANING   "LOAD_ERR_VALIDATE"
#define PT_LOAD_CONDITION "LOAD_ERR_COMPILE_CONDITION"
#define PT_LOAD_OUTPUT    "LOAD_ERR_COMPILE_OUTPUT"

// What something is said about, and where that is.
typedef struct pt_falco_about {
    const char *type; // "rule"
    pt_str name;
    pt_str file;
    uint32_t line, column;
} pt_falco_about;

// A value of the document that is read, with the way to it.
typedef struct pt_falco_node {
    pt_value v;
    const struct pt_falco_node *up; // NULL: the document itself
    pt_str key;                     // p == NULL: item `index`
    uint32_t index;
} pt_falco_node;

// -- what files define ----------------------------------------------------------------------------
typedef PT_VEC(pt_str) pt_falco_strs;

// Of an exception: its fields, its comparisons, or one row of its values. A scalar or a list.
typedef struct pt_falco_entry {
    bool is_list;
    pt_str item;
    const struct pt_falco_entry *items;
    size_t n;
} pt_falco_entry;

typedef struct pt_falco_exception {
    pt_str name;
    pt_falco_entry fields, comps;
    PT_VEC(pt_falco_entry) values;
    pt_falco_about about;
} pt_falco_exception;
typedef PT_VEC(pt_falco_exception) pt_falco_exceptions;

// A text of a file, one of those that make a condition, and where it stands there.
typedef struct pt_falco_piece {
    pt_str text;
    pt_str source; // of its scalar, up to the document's end
    pt_str file;
    uint32_t line, column; // of the source
} pt_falco_piece;
typedef PT_VEC(pt_falco_piece) pt_falco_pieces;

// Every definition, append and replacement has a number. `index` is that of the first definition,
// which stays; `visible` that of the last change: what was defined before it can be seen.
typedef struct pt_falco_list_def {
    pt_str name;
    pt_falco_about about;
    uint32_t index, visible;
    pt_falco_strs items;    // as written
    pt_falco_strs expanded; // with the items of the lists among them
    pt_str text;            // these as text
    size_t number;          // among the lists, in order of their first definition
    bool odd_name;          // what separates words stands in it
    bool used;
} pt_falco_list_def;

typedef struct pt_falco_macro_def {
    pt_str name;
    pt_falco_about about;
    uint32_t index, visible;
    pt_str condition;
    pt_falco_pieces pieces;             // of the condition
    const pt_filter *parsed, *resolved; // resolved: NULL until its turn has come
    size_t nodes;                       // of `resolved`
    unsigned height;
    bool used, open; // open: is being resolved
} pt_falco_macro_def;

typedef struct pt_falco_rule_def {
    pt_falco_rule rule; // what of it files say; filter, compiled_output and tags come later
    pt_falco_about about;
    uint32_t index, visible;
    pt_falco_strs tags;     // sorted, each once
    pt_falco_pieces pieces; // of the condition
    pt_falco_exceptions exceptions;
    bool unknown_source;
    bool skipped;  // it has an unknown field, and says that it shall be skipped then
    unsigned keys; // of an override: which it has (bits by row of pt_falco_rule_keys)
} pt_falco_rule_def;

// Definitions by their name, in order of the first.
typedef struct pt_falco_names {
    pt_map map; // pt_hash of the name to a chain
    PT_VEC(void *) all;
} pt_falco_names;

typedef struct pt_falco_requirement {
    pt_falco_about about;
    PT_VEC(struct pt_falco_plugin) alternatives; // one of them must be there
} pt_falco_requirement;

typedef PT_VEC(pt_falco_said) pt_falco_says;

typedef struct pt_falco_loader {
    pt_arena *a;
    const pt_falco_load_options *o;
    pt_err *e;
    pt_code code; // of the call
    bool schema_ok;
    pt_falco_says errors;           // one at most
    pt_falco_says warnings;         // of reading
    pt_falco_says compile_warnings; // of the last compilation
    pt_falco_says *warn_to;         // one of the two
    pt_falco_names lists, macros, rules;
    PT_VEC(pt_falco_requirement) requirements;
    uint32_t next_index;
    // the document that is read
    pt_str file;
    const pt_yaml_doc *doc;
    const pt_yaml_places *places;
    const uint32_t *lines; // offsets at which its lines begin
    size_t n_lines;
    // spent by the compilation
    size_t text_bytes, nodes;
    uint64_t searched;
    uint64_t *wanted; // lists whose names stand in the condition, a bit each
} pt_falco_loader;

// -- rules_say.c ----------------------------------------------------------------------------------
PT_FORMAT(4, 5)
bool pt_falco_refuse(pt_falco_loader *l, const char *code, const pt_falco_about *about,
                     const char *fmt, ...);
PT_FORMAT(4, 5)
void pt_falco_warn(pt_falco_loader *l, const char *code, const pt_falco_about *about,
                   const char *fmt, ...);
bool pt_falco_no_memory(pt_falco_loader *l);
bool pt_falco_too_much(pt_falco_loader *l, const char *what); // PT_E_LIMIT
void *pt_falco_find(const pt_falco_names *n, pt_str name);    // NULL: nothing is named so
bool pt_falco_name(pt_falco_loader *l, pt_falco_names *n, pt_str name, void *what);

// "1.2.3" with anything behind it.
typedef struct pt_falco_version {
    uint32_t part[3];
} pt_falco_version;
bool pt_falco_version_of(pt_str text, pt_falco_version *ret);
// Same major version, and not older.
bool pt_falco_version_serves(pt_falco_version has, pt_falco_version wanted);

// -- rules_node.c: values of documents ------------------------------------------------------------
pt_falco_node pt_falco_child(const pt_falco_node *up, pt_str key);
pt_falco_node pt_falco_item(const pt_falco_node *up, size_t index);
static inline bool pt_falco_has(const pt_falco_node *item, const char *key) {
    return pt_defined(pt_getz(item->v, key));
}
pt_falco_about pt_falco_about_node(const pt_falco_loader *l, const pt_falco_node *node,
                                   const char *type, pt_str name);
// The text of a scalar as it is written: 0x10 and True stay so. False: it is none.
bool pt_falco_scalar(const pt_falco_loader *l, const pt_falco_node *node, pt_str *ret);
// The value under `key`, which must be there.
bool pt_falco_read_text(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                        const char *key, pt_str *ret);
bool pt_falco_read_bool(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                        const char *key, bool *ret);
bool pt_falco_read_count(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                         const char *key, uint32_t *ret);
bool pt_falco_read_texts(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                         const char *key, pt_falco_strs *ret);

// A condition, and its piece.
bool pt_falco_read_condition(pt_falco_loader *l, const pt_falco_about *about,
                             const pt_falco_node *item, pt_str *ret, pt_falco_pieces *ret_pieces);

// -- reading --------------------------------------------------------------------------------------
bool pt_falco_read_file(pt_falco_loader *l, const pt_falco_file *file);
bool pt_falco_schema(pt_value doc);

// What `override` says of the keys that it may name: bits by their rows.
typedef struct pt_falco_key {
    const char *name;
    bool appends, required;
    bool (*read)(pt_falco_loader *l, const pt_falco_about *about, const pt_falco_node *item,
                 bool append, pt_falco_rule_def *ret);
} pt_falco_key;
typedef struct pt_falco_override {
    unsigned append, replace;
} pt_falco_override;
bool pt_falco_read_override(pt_falco_loader *l, const pt_falco_about *about,
                            const pt_falco_node *item, const pt_falco_key *keys, size_t n,
                            pt_falco_override *ret);
// `append: true`, which is out of fashion, and not together with `override`.
bool pt_falco_read_append(pt_falco_loader *l, const pt_falco_about *about,
                          const pt_falco_node *item, bool overridden, bool *ret);
bool pt_falco_read_rule(pt_falco_loader *l, const pt_falco_node *item);
bool pt_falco_read_exceptions(pt_falco_loader *l, const pt_falco_about *about,
                              const pt_falco_node *item, bool append, pt_falco_exceptions *ret);
enum { // rows of pt_falco_rule_keys
    PT_KEY_CONDITION,
    PT_KEY_OUTPUT,
    PT_KEY_DESC,
    PT_KEY_PRIORITY,
    PT_KEY_EXCEPTIONS,
    PT_KEY_TAGS,
    PT_KEY_ENABLED,
    PT_KEY_WARN_EVTTYPES,
    PT_KEY_SKIP,
    PT_KEY_CAPTURE,
    PT_KEY_CAPTURE_MS,
    PT_KEY_COUNT,
};

// -- what files define, put together --------------------------------------------------------------
bool pt_falco_define_list(pt_falco_loader *l, const pt_falco_list_def *def);
bool pt_falco_append_list(pt_falco_loader *l, const pt_falco_list_def *def);
bool pt_falco_define_macro(pt_falco_loader *l, const pt_falco_macro_def *def);
bool pt_falco_append_macro(pt_falco_loader *l, const pt_falco_macro_def *def);
bool pt_falco_define_rule(pt_falco_loader *l, pt_falco_rule_def *def);
bool pt_falco_append_rule(pt_falco_loader *l, pt_falco_rule_def *def);
bool pt_falco_replace_rule(pt_falco_loader *l, pt_falco_rule_def *def);
bool pt_falco_enable_rule(pt_falco_loader *l, const pt_falco_rule_def *def);
// Are its fields, comparisons and values what they may be? Comparisons get their defaults.
// source NULL: nobody knows its fields.
bool pt_falco_check_exception(pt_falco_loader *l, const pt_falco_source *source,
                              pt_falco_exception *x);
// The condition with its exceptions: "(condition) and not (…)".
bool pt_falco_put_exceptions(pt_falco_loader *l, const pt_falco_rule_def *r, pt_str *ret);

// -- rules_point.c: places in conditions ----------------------------------------------------------
// The parts of a condition that have no parts, comparisons and names of macros: the number of the
// first for which the test is true; how many there are, if it is for none.
typedef bool pt_falco_part_test(void *context, const pt_filter *part);
size_t pt_falco_find_part(const pt_filter *f, pt_falco_part_test *test, void *context);
// Each sets the file, line and column of `about`, if it knows better. An offset in the condition as
// it is written; its n-th part; what is no grammar in it.
void pt_falco_point_at(const pt_falco_pieces *pieces, size_t offset, pt_falco_about *about);
void pt_falco_point_at_part(pt_falco_loader *l, const pt_falco_pieces *pieces, pt_str written,
                            size_t n, pt_falco_about *about);
void pt_falco_point_at_fault(pt_falco_loader *l, const pt_falco_pieces *pieces, pt_str written,
                             pt_falco_about *about);

// -- compilation ----------------------------------------------------------------------------------
bool pt_falco_compile_all(pt_falco_loader *l);
bool pt_falco_expand_lists(pt_falco_loader *l);
// Names of lists in a condition give way to their items.
bool pt_falco_put_lists(pt_falco_loader *l, pt_str condition, pt_str *ret);
// What is parsed or resolved: a condition with its lists put in, of an item, and how the item
// writes it.
typedef struct pt_falco_condition {
    const pt_falco_about *about;
    const pt_falco_pieces *pieces;
    pt_str written, text;
} pt_falco_condition;
bool pt_falco_parse(pt_falco_loader *l, const pt_falco_condition *c, const pt_filter **ret);
bool pt_falco_resolve_macros(pt_falco_loader *l);
// Macros defined before number `visible` give way to what they say.
bool pt_falco_put_macros(pt_falco_loader *l, const pt_falco_condition *c, uint32_t visible,
                         const pt_filter *f, pt_falco_macro_def *ret);
