// What the files of `paratia watch` hand one another.
#pragma once

#include "cli/guard_life.h"
#include "judge/falco/rules.h"
#include "record/sink/alert.h"

// -- rules ----------------------------------------------------------------------------------------
enum {
    PT_WATCH_SYSCALL,
    PT_WATCH_K8S_AUDIT,
    PT_WATCH_SOURCES,
};

// What judges the events of one source.
typedef struct pt_watch_judge {
    const char *source;
    pt_falco_program *program;
    pt_falco_run *run;
    pt_falco_context context; // of `run`
    size_t on;                // rules of that source that judge
} pt_watch_judge;

typedef struct pt_watch_rules {
    pt_arena arena;
    pt_falco_rules loaded;
    pt_watch_judge judges[PT_WATCH_SOURCES];
    size_t on; // rules that judge, of all sources
} pt_watch_rules;

// Load --rules (the shipped ones if it is not given), as --only, --skip, --tag and --priority
// choose, and make programs of them. What the loader says of the files goes to standard error.
// PT_E_FORMAT: the rules cannot be used; all is said.
PT_CHECK pt_code pt_watch_rules_load(const pt_args *args, pt_watch_rules *ret, pt_err *e);
void pt_watch_rules_done(pt_watch_rules *r);

// The addresses that /etc/hosts has for the names that the rules compare with. False: no memory.
PT_CHECK bool pt_watch_hosts(pt_arena *a, const pt_watch_judge *j, pt_falco_context *ret);

// "Alerts by rule": those that matched, the most frequent first, ten at most.
void pt_watch_rules_tell(const pt_watch_rules *r, pt_buf *b);

// The value of --priority or --fail-on (`option`), in any case. PT_E_USAGE.
PT_CHECK pt_code pt_watch_priority_of(const pt_args *args, const char *option,
                                      pt_falco_priority *ret, pt_err *e);

// -- alerts ---------------------------------------------------------------------------------------
enum {
    PT_WATCH_OUTPUTS_MAX = 8,
};

typedef struct pt_watch_output {
    const struct pt_watch_form *form;
    int fd;           // -1: standard output
    const char *path; // NULL: standard output
} pt_watch_output;

// Of a rule and a container (`key` is of both) 200 alerts are said at once, then four a second.
#define PT_WATCH_SLOTS 1024
typedef struct pt_watch_limit {
    struct pt_watch_slot {
        uint64_t key, filled_ns;
        uint32_t left;
    } slots[PT_WATCH_SLOTS];
    uint64_t held_back; // not said
} pt_watch_limit;
// May one more be said at now_ns (of the event)? Else it is counted as held back.
bool pt_watch_may_say(pt_watch_limit *l, uint64_t key, uint64_t now_ns);

typedef struct pt_watch_alerts {
    pt_watch_output outputs[PT_WATCH_OUTPUTS_MAX];
    size_t n_outputs;
    pt_receipts *receipts; // NULL: none are left
    char host[256];
    int32_t utc_offset_s;
    pt_arena scratch;
    uint64_t by_priority[PT_FALCO_PRIORITIES];
    uint64_t unsaid; // alerts that could not be written somewhere
    pt_watch_limit *limit;
    bool limited; // of what is live; a recording is judged whole
} pt_watch_alerts;

// Open what --output and --json name. PT_E_USAGE, PT_E_IO.
PT_CHECK pt_code pt_watch_alerts_open(const pt_args *args, pt_watch_alerts *ret, pt_err *e);
void pt_watch_alerts_done(pt_watch_alerts *w);

// Say that a rule has matched, everywhere, and leave a receipt. What cannot be written is counted
// and told once.
void pt_watch_alert(pt_watch_alerts *w, const pt_watch_judge *j, uint32_t rule, const pt_event *ev);
// The same of an alert that is no rule's. `container`: its id, for the receipt; empty: of none.
void pt_watch_alert_put(pt_watch_alerts *w, const pt_alert *al, pt_str container);

// Keep what was said beside the ledger (STATE/alerts.jsonl, at most five files of 32 MiB): `told`
// of pt_receipts_opts.
typedef struct pt_watch_kept {
    int folder, file;
    uint64_t bytes;
    bool failed; // and it was said
} pt_watch_kept;
PT_CHECK pt_code pt_watch_kept_open(pt_watch_kept *k, const char *state, pt_err *e);
void pt_watch_kept_told(void *context, pt_str line, bool sealed, uint64_t index);
void pt_watch_kept_done(pt_watch_kept *k);
