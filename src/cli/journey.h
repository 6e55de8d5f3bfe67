// What audit and check share: settings from the command line, and the end of the way: reports,
// ledger, terminal, exit code.
#pragma once

#include "cli/verb.h"
#include "judge/workload/roles.h"
#include "record/run.h"
#include "record/waiver/waiver.h"

// The options of every verb that judges; rows of a verb's own table.
#define PT_REPORT_OPTIONS                                                                     \
    {"all", NULL, "every finding with evidence, passes too", NULL, "Report"},                 \
        {"output", "FORMAT=FILE", "html, json, sarif; repeatable", "terminal", NULL},         \
        {"fail-on", "SEVERITY|none", "exit 1 from here on", "high", NULL},                    \
        {"strict", NULL, "exit 1 also if something was not evaluated", NULL, NULL},           \
        {"only", "ID,…", "these checks or areas (host, docker, …)", "all", NULL},             \
        {"json", NULL, "one JSON document on standard output", NULL, NULL},                   \
        {"quiet", NULL, "only errors and the summary line", NULL, NULL},                      \
        {"color", "WHEN", "auto, always, never; NO_COLOR is heeded", "auto", NULL},           \
        {"ascii", NULL, "signs in ASCII", NULL, NULL},                                        \
        {"config", "FILE", "waivers and settings", "paratia.yaml", "Accepted"},               \
        {"baseline", "FILE", "a JSON report: only what is not in it", NULL, NULL},            \
        {"against", "last", "only what the last run had not seen", NULL, NULL},               \
        {"state", "DIR", "where runs and the ledger are kept", "/var/lib/paratia", "Record"}, \
        {"no-record", NULL, "leave no receipt", NULL, NULL}, {                                \
        "help", NULL, "this text", NULL, NULL                                                 \
    }

struct pt_journey;

// What a verb does by itself at the end of the way.
typedef struct pt_journey_own {
    PT_CHECK pt_code (*print)(struct pt_journey *j, pt_buf *b, pt_err *e); // but for --output
    int (*exit_code)(const struct pt_journey *j);
    // The receipt: what is kept beside the ledger, and what says so in it.
    PT_CHECK pt_code (*payload)(const pt_run *r, pt_buf *b, pt_err *e);
    PT_CHECK pt_code (*entry)(const pt_run *r, pt_arena *a, pt_value report, pt_buf *b, pt_err *e);
    // When its exit code and its receipt are known; NULL: nothing more. An error is said, and makes
    // the run one that failed.
    PT_CHECK pt_code (*ended)(struct pt_journey *j, pt_err *e);
} pt_journey_own;

typedef struct pt_journey {
    const pt_args *args;
    const pt_journey_own *own; // NULL: the report of audit and check
    pt_str scope;              // what the operator left in; undefined: by the options and operands
    pt_arena arena;            // lives as long as the run
    pt_run run;
    const char *settings; // the file that the waivers are of; NULL: none
    pt_waivers waivers;
    const pt_findings *before; // finished: of what --against names; those are known. NULL: none
    pt_str baseline;           // text of --baseline; p NULL: none
    const pt_check **checks;   // those that --only leaves
    size_t checks_n;
    pt_roles roles;               // of the manifests, until all are read
    struct pt_policies *policies; // of --policy; NULL: there are none
    pt_str no_state;              // why runs are kept nowhere, once that was said
    bool standing;                // one of many runs (--every): speak of changes only
    struct {
        int fd; // opened before rights are dropped
        const char *path;
        pt_str format;
    } outputs[8];
    size_t outputs_n;
} pt_journey;

// --fail-on none: no severity is too high.
bool pt_gate_is_none(const char *word);

// Read what --config, --baseline and --against name, and open the output files: what every verb
// with findings shares. PT_E_USAGE, PT_E_DENIED, …
PT_CHECK pt_code pt_journey_open(pt_journey *j, const pt_args *args, const pt_journey_own *own,
                                 pt_err *e);

// … and --fail-on, and select the checks.
PT_CHECK pt_code pt_journey_begin(pt_journey *j, const pt_args *args, pt_err *e);

// Every word of --only must name something: a mistyped one would silently judge nothing. Of
// policies, once they are read: then whoever reads them asks. PT_E_USAGE.
PT_CHECK pt_code pt_only_check(const pt_journey *j, pt_err *e);
bool pt_only_of_catalogue(pt_str word); // does it name checks of the catalogue, or an area?
// The same of words that commas separate; `policies` NULL: there are none.
PT_CHECK pt_code pt_only_words(pt_str words, const struct pt_policies *policies, pt_err *e);
const char *pt_check_nearest(pt_str word, bool areas); // a check's id, or an area; NULL: none

// Finish the findings, write reports, record, print; gives the exit code and frees the journey.
// Nothing passed and nothing failed: exit code 3. *ret_run (may be NULL) is the id of the kept run,
// 0 if it was not kept.
int pt_journey_end(pt_journey *j, int64_t *ret_run);

void pt_journey_done(pt_journey *j);

// Where runs and the ledger are: --state, else /var/lib/paratia for root, else the user's state
// folder ($XDG_STATE_HOME/paratia, ~/.local/state/paratia). Undefined (empty): none can be found.
pt_str pt_state_dir(const pt_args *args, pt_arena *a);
// The same for who cannot do without: PT_E_USAGE says what to set.
PT_CHECK pt_code pt_state_need(const pt_args *args, pt_arena *a, pt_str *ret, pt_err *e);

// This machine's name.
pt_str pt_host_name(pt_arena *a);

// Read manifests at `path` and judge every object into j->run. False: the path itself could not be
// read (said on stderr).
bool pt_journey_manifests(pt_journey *j, const char *path);

// When all manifests have been read: judge what needed all of them.
void pt_journey_manifests_end(pt_journey *j);
