// The rules of audit as auditctl(8) loads them, in their order: of all rules that match what is
// done, the first one says whether it is recorded.
#pragma once

#include "collect/host/provider.h"

// One line: a watch, or system calls.
typedef struct pt_audit_rule {
    pt_str path, perm; // of a watch
    bool exact;        // "-F path=": nothing below it
    pt_str arch;       // "b64"; empty: both
    pt_str calls;      // "mount,umount2"; empty: none are named
    bool never;        // takes away from what the rules behind it record
    bool narrow;       // only for some users, programs or arguments
    bool users;        // only for who logged in, as CIS has it: "-F auid>=1000 -F auid!=unset"
    bool daemons;      // only for what nobody logged in for: "-F auid=unset"
    bool zero;         // only for a first argument of 0: clock_settime's real clock
} pt_audit_rule;

typedef struct pt_audit_rules {
    PT_VEC(pt_audit_rule) all;
    bool off;       // "-e 0", "never,task", or what leaves records out: nothing is surely recorded
    bool files_off; // "never,filesystem": no file is
    pt_str locked;  // what the last "-e" says; empty: there is none
    bool after;     // a rule comes behind it
    bool goes_on;   // "-c" or "-i": a line that auditctl refuses stops nothing
    pt_str stop;    // "/etc/audit/rules.d/a.rules:3", which auditctl refuses; empty: there is none
} pt_audit_rules;

// The rules of rules.d, of which augenrules(8) makes audit.rules, or audit.rules where there are
// none. Known (true), absent (no audit at all), or why not.
pt_fact pt_audit_load(const pt_host_ask *q, pt_audit_rules *r);

// Is `path` the watched path or below it?
bool pt_audit_below(pt_str watched, pt_str path);
