// Falco's rules made for a stream: conditions checked against the fields of their source, merged
// into one program per event type, evaluated without allocation on the way of an event that matches
// nothing. Pure.
#pragma once

#include "fact/event.h"
#include "judge/falco/filter.h"

typedef enum pt_falco_priority {
    PT_FALCO_EMERGENCY,
    PT_FALCO_ALERT,
    PT_FALCO_CRITICAL,
    PT_FALCO_ERROR,
    PT_FALCO_WARNING,
    PT_FALCO_NOTICE,
    PT_FALCO_INFORMATIONAL,
    PT_FALCO_DEBUG,
    PT_FALCO_PRIORITIES,
} pt_falco_priority;
extern const char *const pt_falco_priority_names[PT_FALCO_PRIORITIES]; // "Emergency" …

// -- fields
// -----------------------------------------------------------------------------------------
typedef enum pt_falco_type {
    PT_FALCO_STRING,
    PT_FALCO_NUMBER, // signed or unsigned, 64 bits
    PT_FALCO_BOOL,
    PT_FALCO_BUFFER,
    PT_FALCO_ADDRESS, // an address, compared with addresses
    PT_FALCO_NET,     // … with networks
    PT_FALCO_PORT,
} pt_falco_type;

typedef enum pt_falco_field_flag {
    PT_FIELD_LIST = 1 << 0,     // several values
    PT_FIELD_ARGUMENT = 1 << 1, // field[x] is allowed
    PT_FIELD_ARGUMENT_NEEDED = 1 << 2,
    PT_FIELD_FILTER_ONLY = 1 << 3, // not in outputs
    PT_FIELD_OUTPUT_ONLY = 1 << 4,
    PT_FIELD_DEPRECATED = 1 << 5,
    PT_FIELD_ABSENT = 1 << 6, // known by name, never extracted here: `explain` says why
} pt_falco_field_flag;

typedef struct pt_falco_field {
    const char *name;
    pt_falco_type type;
    uint16_t flags;
    uint16_t id;       // of the source's own extractor
    const char *about; // one line for `paratia explain FIELD`
} pt_falco_field;

// What a field gives: up to `n` values, borrowed from the event or living in the scratch arena.
typedef struct pt_falco_value {
    union {
        int64_t number;
        pt_str text; // STRING, BUFFER; of ADDRESS 4 or 16 bytes
        bool truth;
    };
} pt_falco_value;
typedef struct pt_falco_values {
    const pt_falco_value *v;
    size_t n; // 0: absent
} pt_falco_values;

typedef struct pt_falco_source {
    const char *name; // "syscall", "k8s_audit"
    const pt_falco_field *fields;
    size_t n_fields;
    // The values of a field of an event. `scratch` is cleared before the next event.
    pt_falco_values (*extract)(pt_arena *scratch, const pt_event *ev, const pt_falco_field *f,
                               pt_str argument);
    // Is `argument` one that the field takes? NULL: any.
    bool (*argument_ok)(const pt_falco_field *f, pt_str argument);
} pt_falco_source;

typedef struct pt_falco_sources {
    const pt_falco_source *const *v;
    size_t n;
} pt_falco_sources;
const pt_falco_source *pt_falco_source_named(const pt_falco_sources *all, pt_str name);
extern const pt_falco_source pt_falco_syscall;   // fields_syscall.c
extern const pt_falco_source pt_falco_k8s_audit; // fields_k8s.c

// -- checking one condition, one output
// -----------------------------------------------------------------
typedef struct pt_falco_checked {
    pt_event_set types;        // for which it can be true (`not` pushed to the evt.type leaves)
    bool all_types;            // more than 100 of them: it names none
    bool unknown_field;        // PT_E_FORMAT because of a field or an event type that is not known
    PT_VEC(pt_str) warnings;   // messages: "comparing <NA> …", "regex replaceable …"
    PT_VEC(pt_str) deprecated; // fields
} pt_falco_checked;
// The filter has no macros left. PT_E_FORMAT: message as Falco's ("nonexistent field f"), e->offset
// the place in the condition.
PT_CHECK pt_code pt_falco_check(pt_arena *a, const pt_falco_source *s, const pt_filter *f,
                                pt_falco_checked *ret, pt_err *e);
PT_CHECK pt_code pt_falco_check_output(pt_arena *a, const pt_falco_source *s, pt_str output,
                                       pt_falco_checked *ret, pt_err *e);

// -- the program
// ----------------------------------------------------------------------------------------
typedef struct pt_falco_program pt_falco_program; // frozen: any thread may evaluate
struct pt_falco_rule;
typedef struct pt_falco_compile_options {
    bool match_all;          // each rule that matches, not only the first of an event
    pt_falco_priority least; // rules below this priority are left out; PT_FALCO_DEBUG: none is
} pt_falco_compile_options;
// Compile the enabled rules of one source. The program owns what it needs (rules are copied).
PT_CHECK pt_code pt_falco_compile(const pt_falco_source *s, const struct pt_falco_rule *rules,
                                  size_t n, const pt_falco_compile_options *o,
                                  pt_falco_program **ret, pt_err *e);
void pt_falco_program_free(pt_falco_program *p);
const pt_event_set *pt_falco_program_types(const pt_falco_program *p); // what the sensor must send

// One thread's state: caches of the event, counters per rule, scratch.
typedef struct pt_falco_run pt_falco_run;
PT_CHECK pt_code pt_falco_run_new(const pt_falco_program *p, pt_falco_run **ret, pt_err *e);
void pt_falco_run_free(pt_falco_run *r);
// Evaluate; the indices of the matching rules are in *ret, in order of definition, until the next
// call. Returns how many. An event that matches nothing allocates nothing.
size_t pt_falco_match(pt_falco_run *r, const pt_event *ev, const uint32_t **ret);

typedef struct pt_falco_rule_info {
    pt_str name, description, source, file;
    uint32_t line;
    pt_falco_priority priority;
    const pt_str *tags;
    size_t n_tags;
} pt_falco_rule_info;
const pt_falco_rule_info *pt_falco_rule_at(const pt_falco_program *p, uint32_t rule);
typedef struct pt_falco_rule_count {
    uint64_t evaluated, matched;
} pt_falco_rule_count;
pt_falco_rule_count pt_falco_counted(const pt_falco_run *r, uint32_t rule);

// -- output
// --------------------------------------------------------------------------------------------- The
// rule's output about the event, without time and priority: "Sensitive file opened … | file=…".
pt_str pt_falco_output(pt_falco_run *r, pt_arena *a, uint32_t rule, const pt_event *ev);
// The fields of the output as an object, numbers and truths typed, what is absent null; with
// "evt.time" in nanoseconds.
pt_value pt_falco_output_fields(pt_falco_run *r, pt_arena *a, uint32_t rule, const pt_event *ev);
