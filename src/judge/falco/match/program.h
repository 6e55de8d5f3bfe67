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

// -- fields ---------------------------------------------------------------------------------------
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
    PT_FIELD_ABSENT = 1 << 6, // known by name, never extracted here: `about` says why
    PT_FIELD_DOTTED = 1 << 7, // field.x is field[x], too
    // Several values of which, without an argument, one that compares is enough: with EITHER all of
    // them must differ for !=, with ANY one is enough there, too (ancestors).
    PT_FIELD_EITHER = 1 << 8,
    PT_FIELD_ANY = 1 << 9,
    PT_FIELD_NO_RIGHT = 1 << 10,       // no field stands on its right side, nor it on another's
    PT_FIELD_ARGUMENT_REGEX = 1 << 11, // an argument that is no number is a regular expression
    PT_FIELD_BY_TYPE = 1 << 12,        // the event's type alone says it
    PT_FIELD_TIME = 1 << 13,           // text that JSON shows as nanoseconds since the epoch
} pt_falco_field_flag;

typedef union pt_falco_value {
    int64_t number;
    pt_str text; // STRING, BUFFER; of ADDRESS, NET 4 or 16 bytes
    bool truth;
} pt_falco_value;
// What a field gives: values borrowed from the event or living in the scratch arena.
typedef struct pt_falco_values {
    const pt_falco_value *v;
    size_t n; // 0: absent
} pt_falco_values;

// What no event says, handed in by whoever runs the program. All of it may be empty.
typedef struct pt_falco_host { // an address of a name, as a resolver said it
    pt_str name;
    pt_endpoint address; // its port is not looked at
} pt_falco_host;
typedef struct pt_falco_context {
    pt_str hostname;  // evt.hostname
    uint64_t from_ns; // evt.reltime counts from there; 0: from the first event
    const pt_falco_host *hosts;
    size_t n_hosts;
} pt_falco_context;

// What a field is asked about.
typedef struct pt_falco_look {
    pt_arena *scratch; // cleared before the next event
    const struct pt_falco_field *field;
    const pt_event *ev;
    const pt_falco_context *context;
    uint64_t before_ns;         // time of the event before this one; 0: there was none
    pt_falco_type type;         // that the value is compared as: type_of
    pt_str argument;            // of field[x]; empty: none
    int64_t index;              // the argument as a number, -1: it is none
    const struct pt_re2 *regex; // of PT_FIELD_ARGUMENT_REGEX
} pt_falco_look;

typedef struct pt_falco_field {
    const char *name;
    const char *about; // one line for `paratia explain FIELD`
    pt_falco_values (*get)(const pt_falco_look *l, unsigned what); // NULL with PT_FIELD_ABSENT
    uint16_t what;                                                 // for `get`
    uint16_t flags;
    pt_falco_type type;
    int8_t bits; // of NUMBER: 16, 32, 64, negative if signed; of a literal's range. 0: 64
} pt_falco_field;

typedef struct pt_falco_source {
    const char *name; // "syscall", "k8s_audit"
    const pt_falco_field *fields;
    size_t n_fields;
    // Is `argument` one that the field takes? NULL: any. Else *ret_why says what is wrong.
    bool (*argument_ok)(const pt_falco_field *f, pt_str argument, const char **ret_why);
    // The type of a field that its argument decides (evt.rawarg). NULL: as the table says.
    pt_falco_type (*type_of)(const pt_falco_field *f, pt_str argument);
} pt_falco_source;

typedef struct pt_falco_sources {
    const pt_falco_source *const *v;
    size_t n;
} pt_falco_sources;
const pt_falco_source *pt_falco_source_named(const pt_falco_sources *all, pt_str name);
extern const pt_falco_source pt_falco_syscall;   // fields_syscall.c
extern const pt_falco_source pt_falco_k8s_audit; // fields_k8s.c

// -- checking one condition, one output -----------------------------------------------------------
typedef struct pt_falco_checked {
    pt_event_set types;        // for which it can be true (`not` pushed to the evt.type leaves)
    bool all_types;            // more than 100 of them: it names none
    bool unknown_field;        // PT_E_FORMAT because of a field or an event type that is not known
    bool unsafe_na;            // compares with the text <NA> where `exists` is meant
    PT_VEC(pt_str) warnings;   // messages: "'proc.pname' may be a valid field misused as …"
    PT_VEC(pt_str) deprecated; // fields
} pt_falco_checked;
// The filter has no macros left. PT_E_FORMAT: message as Falco's ("nonexistent field f"), e->offset
// the place in the condition.
PT_CHECK pt_code pt_falco_check(pt_arena *a, const pt_falco_source *s, const pt_filter *f,
                                pt_falco_checked *ret, pt_err *e);
PT_CHECK pt_code pt_falco_check_output(pt_arena *a, const pt_falco_source *s, pt_str output,
                                       pt_falco_checked *ret, pt_err *e);

// -- the program ----------------------------------------------------------------------------------
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
// What events do not say. Borrowed, until the next call; never set: nothing is known.
void pt_falco_run_context(pt_falco_run *r, const pt_falco_context *c);
// The names of hosts that rules compare with (fd.sip.name): what the context should know.
const pt_str *pt_falco_program_hosts(const pt_falco_program *p, size_t *ret_n);
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

// -- output ---------------------------------------------------------------------------------------
// The rule's output about the event, without time and priority: "Sensitive file opened … | file=…".
pt_str pt_falco_output(pt_falco_run *r, pt_arena *a, uint32_t rule, const pt_event *ev);
// The fields of the output as an object, numbers and truths typed, what is absent null; with
// "evt.time" in nanoseconds.
pt_value pt_falco_output_fields(pt_falco_run *r, pt_arena *a, uint32_t rule, const pt_event *ev);
