#include "cli/repeat.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/journey.h"
#include "cli/receipt.h"
#include "cli/tell.h"
#include "crypto/crypto.h"

typedef struct standing {
    const pt_args *args;
    pt_once once;
    pt_arena arena;        // as long as the program
    pt_str state;          // folder; empty: nothing is kept
    int64_t every_seconds; // 0: once
    pt_target targets[PT_TARGETS_MAX];
    size_t targets_n;
} standing;

// What one run came to.
typedef struct outcome {
    int64_t run; // 0: not kept
    int exit;
    char trouble[128]; // empty: it was done
} outcome;

bool pt_repeat_wanted(const pt_args *args) {
    return pt_args_get(args, "every") || pt_args_get(args, "notify");
}

static pt_code read_words(standing *s, pt_err *e) {
    const char *every = pt_args_get(s->args, "every");
    if (every && !pt_duration_parse(pt_str_of(every), &s->every_seconds)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--every does not know %s", every);
        pt_err_remedy(e, "--every 1h; units are s, m, h and d, at most 366d");
        return code;
    }
    pt_code found = pt_state_need(s->args, &s->arena, &s->state, e);
    if (found)
        return found;
    if (pt_args_flag(s->args, "no-record")) {
        pt_code code =
            pt_err_set(e, PT_E_USAGE, "without kept runs nobody can be told what changed");
        pt_err_remedy(e, "leave --no-record out");
        return code;
    }
    const char *word;
    for (size_t i = 0; (word = pt_args_nth(s->args, "notify", i)) != NULL; i++) {
        if (i == PT_TARGETS_MAX)
            return pt_err_set(e, PT_E_USAGE, "more than %u to notify", PT_TARGETS_MAX);
        pt_code code = pt_target_parse(&s->arena, word, &s->targets[s->targets_n++], e);
        if (code)
            return code;
    }
    return PT_OK;
}

// -- one run --------------------------------------------------------------------------------------

static _Noreturn void become_run(const standing *s, int to) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int64_t run = 0;
    int code = s->once(s->args, &run);
    PT_IGNORE(
        pt_fd_write_all(to, (pt_str){(const char *)&run, sizeof run}, NULL)); // 0 is read then
    fflush(stdout);
    _exit(code);
}

static void judge_end(outcome *o, int status) {
    o->exit = WIFEXITED(status) ? WEXITSTATUS(status) : PT_EXIT_FAILED;
    if (WIFSIGNALED(status))
        snprintf(o->trouble, sizeof o->trouble, "the audit was ended by signal %d",
                 WTERMSIG(status));
    else if (o->exit >= PT_EXIT_USAGE)
        snprintf(o->trouble, sizeof o->trouble,
                 "the audit ended with exit code %d: its messages on the host say why", o->exit);
    else if (!o->run)
        snprintf(o->trouble, sizeof o->trouble,
                 "the findings could not be kept, so that changes are not seen");
}

static pt_code run_apart(const standing *s, outcome *ret, pt_err *e) {
    *ret = (outcome){.exit = PT_EXIT_FAILED};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pt_err_sys(e, errno, "no pipe: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close) int from = ends[0];
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        become_run(s, ends[1]);
    int sys = errno;
    pt_fd_close(&ends[1]);
    if (pid < 0)
        return pt_err_sys(e, sys, "no process: %s", pt_errno_text(sys));
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(sizeof ret->run);
    pt_code code = pt_fd_read_all(from, &b, e);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!code && b.n == sizeof ret->run)
        memcpy(&ret->run, b.p, sizeof ret->run);
    judge_end(ret, status);
    return code;
}

// -- telling --------------------------------------------------------------------------------------

// Whom, of which runs: a digest, because an address may be a secret.
static pt_str who(const standing *s, const pt_target *t, pt_arena *a) {
    pt_str parts[] = {t->address, PT_STR("\n"), pt_str_of(s->args->verb->name), PT_STR("\n"),
                      pt_scope_of(s->args, a)};
    pt_hash256 h = pt_sha256(parts, PT_COUNT(parts));
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    pt_hex_put(&hex, (pt_str){(const char *)h.b, sizeof h.b});
    return pt_arena_str(a, pt_buf_str(&hex));
}

// The ledger's checkpoint: who is told keeps it, which is what proves time later.
static pt_str checkpoint_of(const standing *s, pt_arena *a) {
    pt_ledger *l = NULL;
    pt_ledger_opts opts = {.read_only = true};
    pt_ledger_recovery mended = {0};
    pt_str text = {0};
    if (!pt_ledger_open(&l, pt_ledger_dir(a, s->state).p, &opts, &mended, NULL))
        text = pt_arena_str(a, pt_ledger_checkpoint_text(l));
    pt_ledger_free(l);
    return text;
}

static pt_code tell_one(const standing *s, pt_store *store, const pt_target *t, const outcome *o,
                        pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str name = who(s, t, &a);
    pt_last_told told;
    pt_changes changes = {0};
    pt_code code = pt_store_told(store, &a, name, &told, e);
    if (!code && o->run)
        code = pt_store_changes(store, &a, o->run, told.run, &changes, e);
    int64_t lost = 0;
    if (!code && o->run && changes.entry >= 0)
        code = pt_runs_lost(store, s->state, o->run, changes.entry, &lost, e);
    if (code)
        return code;
    pt_notice notice = {.host = pt_host_name(&a),
                        .changes = o->run ? &changes : NULL,
                        .lost = lost,
                        .trouble = pt_str_of(o->trouble),
                        .trouble_before = told.trouble,
                        .checkpoint = checkpoint_of(s, &a)};
    if (pt_notice_due(&notice))
        code = pt_tell(t, &notice, pt_args_get(s->args, "ca"), e);
    pt_last_told now = {o->run ? o->run : told.run, notice.trouble};
    return code ? code : pt_store_tell(store, name, &now, e);
}

// Without the store nobody knows what was told: that is told, each time.
static void tell_of_store(const standing *s, const pt_err *why) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_notice notice = {.host = pt_host_name(&a), .trouble = pt_str_of(why->what)};
    for (size_t i = 0; i < s->targets_n; i++) {
        pt_err one = {0};
        if (pt_tell(&s->targets[i], &notice, pt_args_get(s->args, "ca"), &one))
            pt_say_error(&one);
    }
}

// False: somebody could not be told. What they were last told of stays, so the next run tells it.
static bool tell_all(const standing *s, const outcome *o) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str path = pt_arena_printf(&a, "%.*s/runs.db", PT_PRI(s->state));
    pt_store *store = NULL;
    pt_err e = {0};
    if (!s->targets_n)
        return true;
    bool ok = pt_store_open(&store, path.p, &e) == PT_OK;
    if (!ok) {
        pt_say_error(&e);
        tell_of_store(s, &e);
    }
    bool all = ok;
    for (size_t i = 0; ok && i < s->targets_n; i++) {
        pt_err one = {0};
        bool told = tell_one(s, store, &s->targets[i], o, &one) == PT_OK;
        if (!told)
            pt_say_error(&one);
        all &= told; // one who is not reached does not keep the others from hearing
    }
    pt_store_free(store);
    return all;
}

// -- again and again ------------------------------------------------------------------------------

static void sleep_until(const struct timespec *t) {
    while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, t, NULL) == EINTR)
        ;
}

static int stand(const standing *s) {
    struct timespec next;
    clock_gettime(CLOCK_BOOTTIME, &next); // a host that slept is audited when it wakes
    for (;;) {
        outcome o;
        pt_err e = {0};
        if (run_apart(s, &o, &e))
            pt_say_error(&e);
        if (o.exit == PT_EXIT_USAGE)
            return PT_EXIT_USAGE; // the next run would say the same
        bool told = tell_all(s, &o);
        if (!s->every_seconds)
            return told ? o.exit : PT_EXIT_FAILED;
        struct timespec now;
        clock_gettime(CLOCK_BOOTTIME, &now);
        do
            next.tv_sec += s->every_seconds;
        while (next.tv_sec <= now.tv_sec); // what took longer than its turn skips turns
        sleep_until(&next);
    }
}

int pt_repeat(const pt_args *args, pt_once once) {
    standing s = {.args = args, .once = once};
    pt_err e = {0};
    int exit_code = PT_EXIT_USAGE;
    if (read_words(&s, &e))
        pt_say_error(&e);
    else
        exit_code = stand(&s);
    pt_arena_done(&s.arena);
    return exit_code;
}
