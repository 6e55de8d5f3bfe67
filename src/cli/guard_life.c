#include "cli/guard_life.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/journey.h"
#include "cli/receipt.h"

enum {
    SEAL_WAIT_MS = 10000, // at the end
    LINE_BYTES_MAX = 32 << 20,
};

void pt_guard_put_line(pt_str text) {
    pt_err e = {0};
    if (pt_put_stdout(text, &e))
        pt_say_error(&e);
}

// -- receipts -------------------------------------------------------------------------------------

static void put_told(const pt_guard_life *l, pt_str text) {
    pt_err e = {0};
    if (l->lines < 0)
        pt_guard_put_line(text);
    else if (pt_fd_write_all(l->lines, text, &e))
        pt_say_error(&e);
}

// A decision, when its receipt is sealed: "deny  POST containers/create  PT-GRD-…  … receipt 12";
// an object of JSON begins with its receipt.
static void told(void *context, pt_str line, bool sealed, uint64_t index) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(LINE_BYTES_MAX);
    const pt_guard_life *l = context;
    if (l->told) {
        l->told(l->ctx, line, sealed, index);
        return;
    }
    if (!line.n)
        return;
    if (line.p[0] == '{') {
        if (sealed)
            pt_buf_printf(&b, "{\"receipt\":%llu,", (unsigned long long)index);
        else
            pt_buf_putz(&b, "{\"receipt\":null,");
        pt_buf_put(&b, pt_str_sub(line, 1, line.n));
    } else {
        pt_buf_put(&b, line);
        if (sealed)
            pt_buf_printf(&b, "  receipt %llu", (unsigned long long)index);
        else
            pt_buf_putz(&b, "  no receipt");
    }
    pt_buf_putc(&b, '\n');
    put_told(l, pt_buf_str(&b));
}

static void broken(void *context, const pt_err *e) {
    (void)context;
    if (e)
        pt_say_error(e);
    else
        fputs("note: the ledger takes receipts again\n", stderr);
}

static pt_code open_again(void *context, pt_ledger **ret, pt_err *e) {
    const pt_guard_life *l = context;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    return pt_ledger_of(&a, l->state, ret, e);
}

// The first receipt: whether those of the guard before it are whole.
static void say_started(pt_guard_life *l) {
    char time[PT_RFC3339_BYTES];
    const char *own = l->mode == PT_GUARD_ENFORCE ? "enforce" : "learn";
    pt_str entry = pt_arena_printf(
        &l->arena,
        "{\"kind\":\"%s: started\",\"mode\":\"%s\",\"paratia\":\"" PT_VERSION
        "\",\"says\":\"%s\",\"time\":\"%.*s\"}",
        l->name, l->does ? l->does : own, l->before, PT_PRI(pt_time_rfc3339(pt_now(), time)));
    PT_IGNORE(pt_receipts_put(l->receipts, entry, (pt_str){0}, 0, NULL)); // nobody waits for it
}

pt_code pt_guard_life_begin(pt_guard_life *l, pt_err *e) {
    if (l->unkept)
        return PT_OK;
    pt_code code = pt_receipts_new(&l->receipts,
                                   &(pt_receipts_opts){.ledger = l->ledger,
                                                       .open = open_again,
                                                       .told = told,
                                                       .broken = broken,
                                                       .context = l,
                                                       .gather_ms = l->gather_ms},
                                   e);
    if (code)
        return code;
    l->ledger = NULL; // the writer's
    say_started(l);
    return PT_OK;
}

// -- before and after -----------------------------------------------------------------------------

pt_code pt_guard_life_words(pt_guard_life *l, pt_err *e) {
    pt_code code = pt_guard_mode_of(l->args, &l->mode, e);
    return code ? code : pt_guard_receipts_of(l->args, &l->best_effort, e);
}

static pt_code take_signals(pt_guard_life *l, pt_err *e) {
    sigset_t heeded;
    sigemptyset(&heeded);
    sigaddset(&heeded, SIGTERM);
    sigaddset(&heeded, SIGINT);
    sigaddset(&heeded, SIGHUP);
    sigaddset(&heeded, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &heeded, NULL);
    l->signals = signalfd(-1, &heeded, SFD_CLOEXEC);
    l->end = eventfd(0, EFD_CLOEXEC);
    return l->signals >= 0 && l->end >= 0
               ? PT_OK
               : pt_err_sys(e, errno, "cannot wait for signals: %s", pt_errno_text(errno));
}

pt_code pt_guard_life_open(pt_guard_life *l, pt_err *e) {
    if (l->unkept)
        return take_signals(l, e);
    pt_code code = pt_state_need(l->args, &l->arena, &l->state, e);
    if (!code)
        code = pt_ledger_of(&l->arena, l->state, &l->ledger, e);
    if (!code)
        code = pt_guard_marker_begin(l->state, l->marker_name, &l->marker, &l->before, e);
    if (!code && l->marker < 0)
        fprintf(stderr, "note: %s\n", l->before);
    return code ? code : take_signals(l, e);
}

void pt_guard_life_settle(const pt_guard_life *l) {
    const struct timespec moment = {.tv_nsec = 5000000};
    int64_t until_ns = pt_monotonic_ns() + SEAL_WAIT_MS * INT64_C(1000000);
    while (l->receipts && pt_receipts_count(l->receipts).waiting && pt_monotonic_ns() < until_ns)
        nanosleep(&moment, NULL);
}

void pt_guard_life_end(pt_guard_life *l, bool good) {
    pt_ledger_free(l->ledger);
    if (pt_receipts_free(l->receipts, SEAL_WAIT_MS) && good)
        pt_guard_marker_end(l->marker);
    pt_fd_close(&l->marker);
    pt_fd_close(&l->signals);
    pt_fd_close(&l->end);
    pt_fd_close(&l->lines);
    pt_arena_done(&l->arena);
}

int pt_guard_exit(pt_code code, const pt_err *e) {
    if (code)
        pt_say_error(e);
    return code == PT_OK                               ? PT_EXIT_OK
           : code == PT_E_USAGE || code == PT_E_FORMAT ? PT_EXIT_USAGE
                                                       : PT_EXIT_FAILED;
}

// -- signals --------------------------------------------------------------------------------------

static void *heed_signals(void *context) {
    pt_guard_life *l = context;
    struct signalfd_siginfo s;
    struct pollfd either[] = {{.fd = l->signals, .events = POLLIN},
                              {.fd = l->end, .events = POLLIN}};
    while (poll(either, PT_COUNT(either), -1) > 0 && !either[1].revents) {
        if (read(l->signals, &s, sizeof s) != sizeof s)
            break;
        if (s.ssi_signo == SIGHUP)
            l->reload(l->ctx);
        else if (s.ssi_signo == SIGUSR1)
            l->summary(l->ctx);
        else
            break;
    }
    l->stop(l->ctx);
    return NULL;
}

void pt_guard_life_over(pt_guard_life *l) {
    PT_IGNORE(write(l->end, &(uint64_t){1}, sizeof(uint64_t)) < 0); // it cannot be full
}

void pt_guard_life_say_policies(const pt_guard_life *l) {
    pt_guard_policies_id id = l->policies(l->ctx);
    if (pt_args_flag(l->args, "quiet"))
        return;
    if (id.unread)
        fputs("note: policies: those of the API server are not read yet\n", stderr);
    else if (id.bound || id.broken)
        fprintf(stderr, "note: policies: %zu constraints, %zu of them at the API server%s (%s)\n",
                id.constraints, id.bound, id.broken ? ", and some that cannot be evaluated" : "",
                id.digest);
    else if (id.constraints)
        fprintf(stderr, "note: policies: %zu constraints (%s)\n", id.constraints, id.digest);
    else
        fputs("note: policies: none\n", stderr);
}

pt_code pt_guard_life_run(pt_guard_life *l, pt_code (*serve)(void *ctx, pt_err *e), pt_err *e) {
    pthread_t signals;
    int sys = pthread_create(&signals, NULL, heed_signals, l);
    if (sys)
        return pt_err_sys(e, sys, "no thread for signals: %s", pt_errno_text(sys));
    const char *mode = l->mode == PT_GUARD_ENFORCE ? "enforcing" : "learning, nothing is denied";
    if (!pt_args_flag(l->args, "quiet") && !l->unkept)
        fprintf(stderr, "note: %s, receipts in %.*s/ledger\n", l->does ? l->does : mode,
                PT_PRI(l->state));
    if (l->policies)
        pt_guard_life_say_policies(l);
    pt_code code = serve(l->ctx, e);
    pt_guard_life_over(l);
    pthread_join(signals, NULL);
    return code;
}
