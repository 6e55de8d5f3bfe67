// Events for tests and measurements, written as a line of words:
//   openat result=3 fd.num=3 fd.type=file fd.name=/etc/shadow arg.flags=0 comm=cat p.comm=bash
// A word is KEY=VALUE; a value may stand in double quotes, with \0 and \n. Keys are the tables in
// testing_event.c; those of ancestors have p., pp. … in front.
// Tests only; nothing of this is linked into a program.
#pragma once

#include "judge/falco/match/program.h"

enum {
    PT_TESTING_ANCESTORS = 8,
};

typedef struct pt_testing_event {
    pt_event ev;
    pt_process process[PT_TESTING_ANCESTORS];
    pt_processes *table;
    pt_container container;
    pt_mount mounts[8];
    pt_label labels[8];
    pt_id_name users[8], groups[8];
    pt_falco_host hosts[8];
    pt_falco_context context;
} pt_testing_event;

// False: *ret_bad is the word that it does not understand. Texts live in `a`; *ret is not moved.
bool pt_testing_event_read(pt_arena *a, pt_str line, pt_testing_event *ret, pt_str *ret_bad);
void pt_testing_event_done(pt_testing_event *t);
