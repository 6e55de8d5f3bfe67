// Work with a deadline: a thread that works for another one, which waits no longer than it says.
// One that is late is left alone with all that it uses, and ends by itself: its arena is stopped,
// so that whatever allocates, or asks pt_arena_ended, comes to an end soon.
#pragma once

#include "base/arena.h"
#include "base/err.h"

typedef struct pt_lane pt_lane;

// Do it: `input` and what is allocated in `a` belong to the lane, until the next pt_lane_run
// or pt_lane_rest.
typedef void *pt_lane_work(void *context, pt_arena *a, pt_str input);

// `left` is called by a lane that was left, when it has ended.
PT_CHECK pt_code pt_lane_new(pt_lane **ret, pt_lane_work *work, void (*left)(void *context),
                             void *context, pt_err *e);

// Copy `input`, let the lane work on it, wait at most `wait_ms`: what the work gave, in *ret.
// False: it is late (or there is no memory for the copy: *ret_left is then false); the lane is no
// longer the caller's if *ret_left.
bool pt_lane_run(pt_lane *l, pt_str input, uint32_t wait_ms, void **ret, bool *ret_left);

// What it gave is no longer needed: keep little of its memory until the next one. NULL is fine.
void pt_lane_rest(pt_lane *l);

void pt_lane_free(pt_lane *l); // NULL is fine
