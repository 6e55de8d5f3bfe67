// What every guard lives with: its state folder, the ledger and its receipts, signals, an end.
#pragma once

#include "cli/guard.h"

typedef struct pt_guard_life {
    // Of the caller, before anything:
    const pt_args *args;
    const char *name;           // "guard docker": the kind of its entries
    const char *marker_name;    // "guard.docker": in the state folder
    void (*reload)(void *ctx);  // SIGHUP: read the settings again; from the thread of signals
    void (*summary)(void *ctx); // SIGUSR1, likewise
    void (*stop)(void *ctx);    // SIGTERM and SIGINT, or it is over: end what serves
    pt_guard_policies_id (*policies)(void *ctx); // by which it judges now; NULL: by none
    // Told of each receipt when it is sealed or given up (pt_receipts_opts); NULL: decisions are
    // lines, which are printed.
    void (*told)(void *ctx, pt_str line, bool sealed, uint64_t index);
    const char *does; // "watching": what it does, if that is neither to learn nor to enforce
    bool unkept;      // no ledger and no state folder, only signals
    void *ctx;
    uint32_t gather_ms; // of receipts that nobody waits for; 0: not

    pt_guard_mode mode;
    bool best_effort; // of receipts
    pt_arena arena;   // of the main thread
    pt_str state;
    pt_ledger *ledger; // until pt_guard_life_begin: the writer's then
    pt_receipts *receipts;
    int marker;         // guard_marker.c
    const char *before; // what it said
    int signals, end;   // a signalfd, and an eventfd that ends who heeds it
    int lines;          // where decisions are told; -1: standard output
} pt_guard_life;

#define PT_GUARD_LIFE {.marker = -1, .signals = -1, .end = -1, .lines = -1}

// The words of the command line that every guard has: mode and receipts. PT_E_USAGE.
PT_CHECK pt_code pt_guard_life_words(pt_guard_life *l, pt_err *e);

// What needs rights that are given up then: the folder, the ledger, signals (blocked for every
// thread to come).
PT_CHECK pt_code pt_guard_life_open(pt_guard_life *l, pt_err *e);

// After that: the writer of receipts, and the first one: whether those of the guard before are
// whole.
PT_CHECK pt_code pt_guard_life_begin(pt_guard_life *l, pt_err *e);

// Call `serve` while a thread heeds signals.
PT_CHECK pt_code pt_guard_life_run(pt_guard_life *l, pt_code (*serve)(void *ctx, pt_err *e),
                                   pt_err *e);

// By which policies it judges now, in the words of `check`; not where it is to be quiet.
void pt_guard_life_say_policies(const pt_guard_life *l);

void pt_guard_life_over(pt_guard_life *l); // it serves no more: whoever waits for `end` may go

// Wait a while for receipts that are on their way to the ledger.
void pt_guard_life_settle(const pt_guard_life *l);

// Seal what is left and let go of everything; `good`: it came to its end by itself.
void pt_guard_life_end(pt_guard_life *l, bool good);

void pt_guard_put_line(pt_str text); // to standard output; a reader that has gone is told once

int pt_guard_exit(pt_code code, const pt_err *e); // says the error; the exit code
