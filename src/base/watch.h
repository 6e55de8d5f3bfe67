// An end for long walks. Values share parts, so that one of a few bytes may be longer than any
// memory when it is written out, and comparing two of them takes as long. Who walks counts steps
// here; who evaluates says when it is too late; neither hands anything to the other.
//
// One watch at a time is of use in a thread: the innermost. Without one nothing ever ends.
#pragma once

#include <stdatomic.h>

#include "base/base.h"

typedef struct pt_watch {
    const atomic_bool *cancel; // NULL: nobody cancels
    int64_t deadline_ns;       // of CLOCK_MONOTONIC; 0: none
    void (*over)(void *to);    // hears once, within the walk, that it is too late; may be NULL
    void *to;
    // private
    bool ended;
    struct pt_watch *outer;
} pt_watch;

// From here to pt_watch_end, in this thread, *w is looked at; then what was before it.
void pt_watch_begin(pt_watch *w);
void pt_watch_end(pt_watch *w);

enum {
    PT_WATCH_STEPS = 8192, // between two looks at the clock; of some nanoseconds each
};

// Of this thread. Initial-exec: a shared library would otherwise call a function for each step.
typedef struct pt_watched {
    int64_t left; // steps
    pt_watch *watch;
} pt_watched;
extern _Thread_local pt_watched pt_watched_here __attribute__((tls_model("initial-exec")));

__attribute__((cold)) bool pt_watch_look(void); // what pt_watch_spend asks now and then

// `steps` were, or are to be, done. True: it is too late, and stays so until pt_watch_end. Give up:
// whatever the walk then says counts for nothing.
static inline bool pt_watch_spend(size_t steps) {
    pt_watched_here.left -= (int64_t)steps;
    return __builtin_expect(pt_watched_here.left < 0, 0) && pt_watch_look();
}

// For long texts: a step stands for so many bytes.
#define PT_WATCH_BYTES ((size_t)64)

// Was something given up since the watch began?
static inline bool pt_watch_ended(void) {
    return pt_watched_here.watch && pt_watched_here.watch->ended;
}
