// What the TOML sources share.
#pragma once

#include <string.h>

#include "value/toml.h"

// A table, an array of tables, or any other value, until the whole document is known.
typedef struct pt_toml_node pt_toml_node;
struct pt_toml_node {
    enum {
        PT_TOML_VALUE, // inline tables and arrays too: they are complete where they end
        PT_TOML_TABLE,
        PT_TOML_TABLES, // made by [[headers]]: its children are tables without keys
    } kind;
    bool header;    // a table that its own [header] defined
    bool dotted;    // a table that a dotted key made: only dotted keys beside that one add to it
    uint32_t depth; // composites it is within, with itself
    pt_toml_node *parent, *next;
    pt_toml_node *first, *last; // children
    size_t n;
    pt_str key;
    pt_value value;
};

typedef struct pt_toml {
    pt_str bytes;
    const char *p, *end;
    pt_arena *a;      // what is made
    pt_arena scratch; // what helps to make it
    pt_err *e;
    pt_code code; // of the first fault
    pt_toml_node *root;
    // Which table has which key.
    pt_toml_node **slots;
    size_t used, cap;
    // For pt_toml_lines.
    pt_str watch;             // the name
    pt_str unmet;             // what the keys of a header have not met of it
    pt_toml_node *watched;    // its array of tables
    bool inside;              // of one of them
    bool within;              // a header led through it
    const char *counted;      // up to here …
    uint32_t line;            // … there are so many line ends, and one
    uint32_t from, to;        // the lines of the last one
    PT_VEC(pt_value) watches; // the lines of those before
} pt_toml;

// All give false or NULL, so that `return pt_toml_fault(…)` ends the reading.
bool pt_toml_fault(pt_toml *t, const char *at, const char *what);
bool pt_toml_limit(pt_toml *t, const char *at, const char *what);
bool pt_toml_no_memory(pt_toml *t);

static inline bool pt_toml_digit(char c) {
    return c >= '0' && c <= '9';
}

static inline bool pt_toml_blank(char c) {
    return c == ' ' || c == '\t';
}

// U+0000 to U+001F and U+007F, but for the tab.
static inline bool pt_toml_control(char c) {
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

// The bytes of the line end at p: 0, 1 or 2.
static inline size_t pt_toml_newline(const char *p, const char *end) {
    if (p < end && *p == '\n')
        return 1;
    return end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

// -- toml_string.c: the string that begins at t->p, which is moved behind it ----------------------

bool pt_toml_string(pt_toml *t, pt_str *ret);
bool pt_toml_line_string(pt_toml *t, pt_str *ret); // a key: never one of many lines

// -- toml_scalar.c: a boolean, a number, a date, a time -------------------------------------------

bool pt_toml_scalar(pt_toml *t, pt_value *ret);

// -- toml_table.c ---------------------------------------------------------------------------------

pt_toml_node *pt_toml_find(const pt_toml *t, const pt_toml_node *table, pt_str key);
// A new child of a table, or with an empty key of an array of tables. `at`: where it is written.
pt_toml_node *pt_toml_add(pt_toml *t, pt_toml_node *parent, pt_str key, const char *at);
// The same for a composite, which may be too deep.
pt_toml_node *pt_toml_nest(pt_toml *t, pt_toml_node *parent, pt_str key, const char *at);
// Undefined: out of memory, which is said.
pt_value pt_toml_freeze(pt_toml *t, const pt_toml_node *node);
