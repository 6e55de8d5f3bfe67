// paratia watch: what runs on this host, judged as it happens.
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "base/rights.h"
#include "cli/journey.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "cli/watch_sources.h"
#include "cli/words.h"

const pt_option pt_watch_options[] = {
    {"rules", "PATH,…", "Falco's rules: files, or folders of .yaml", "shipped", "Judge by"},
    {"only", "NAME,…", "rules with this in their name, * is any text", NULL, NULL},
    {"skip", "NAME,…", "not these", NULL, NULL},
    {"tag", "TAG,…", "rules that have one of these tags", NULL, NULL},
    {"priority", "PRIORITY", "rules of this priority or a graver one", "debug", NULL},
    {"match", "HOW", "first: one rule an event; all: each that matches", "first", NULL},
    {"container", "ID,…", "watch these alone", "all, and the host", "Watch"},
    {"for", "TIME", "end after that time", "until it is told to", NULL},
    {"engine", "PATH", "who knows containers by name", PT_WATCH_ENGINE, NULL},
    {"record", "FILE", "keep every event, to be replayed", NULL, NULL},
    {"replay", "FILE", "judge a recording; no kernel, no rights, no receipts", NULL, NULL},
    {"audit-log", "FILE", "judge an API server's audit log (-: standard input)", NULL, NULL},
    {"probe", NULL, "say what this kernel offers, and what not; then end", NULL, NULL},
    {"output", "FORM[=FILE]", "text, json (Falco's), ocsf, syslog; repeatable", "text", "Say"},
    {"json", NULL, "the same as --output json", NULL, NULL},
    {"quiet", NULL, "no alerts here, only errors and the summary line", NULL, NULL},
    {"fail-on", "PRIORITY", "exit 1 if an alert was as grave", NULL, NULL},
    {"state", "DIR", "where receipts and alerts are kept", "/var/lib/paratia", NULL},
    {"no-record", NULL, "leave no receipts", NULL, NULL},
    {"color", "WHEN", "auto, always, never; NO_COLOR is heeded", "auto", NULL},
    {"ascii", NULL, "signs in ASCII", NULL, NULL},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

enum {
    SWEEP_EVERY_NS = 1000000000,
    SUMMARY_BYTES_MAX = 1 << 16,
    GATHER_MS = 20, // alerts that share a flush of the ledger
};

typedef struct work {
    const pt_args *args;
    pt_guard_life life;
    pt_watch_rules rules;
    pt_watch_alerts alerts;
    pt_watch_kept kept;
    pt_watch_stream stream;
    int64_t begun_ns, for_ns; // for_ns 0: until it is told to end
    int fail_on;              // pt_falco_priority; -1: nothing
    atomic_bool stop;
} work;

// -- signals --------------------------------------------------------------------------------------

static void stop(void *context) {
    atomic_store(&((work *)context)->stop, true);
}

static void reload(void *context) {
    (void)context;
    fputs("note: rules are read when it starts: restart it for new ones\n", stderr);
}

static void kept_told(void *context, pt_str line, bool sealed, uint64_t index) {
    pt_watch_kept_told(&((work *)context)->kept, line, sealed, index);
}

// -- judging --------------------------------------------------------------------------------------

static void judge(work *w, const pt_event *ev, int source) {
    const pt_watch_judge *j = &w->rules.judges[source];
    const uint32_t *matches;
    size_t n = pt_falco_match(j->run, ev, &matches);
    for (size_t i = 0; i < n; i++)
        pt_watch_alert(&w->alerts, j, matches[i], ev);
}

static bool is_over(const work *w) {
    return atomic_load_explicit(&w->stop, memory_order_relaxed) ||
           (w->for_ns && pt_monotonic_ns() - w->begun_ns >= w->for_ns);
}

static pt_code watch(void *context, pt_err *e) {
    work *w = context;
    pt_code code = PT_OK;
    w->begun_ns = pt_monotonic_ns();
    if (w->stream.sensor && w->life.unkept && !pt_args_flag(w->args, "quiet"))
        fputs("note: watching, no receipts are left\n", stderr);
    while (!code && !is_over(w)) {
        const pt_event *ev = NULL;
        bool end = false;
        code = pt_watch_stream_next(&w->stream, &ev, &end, e);
        if (code || end)
            break;
        if (ev)
            judge(w, ev, w->stream.source);
        if (w->stream.has_lost)
            pt_watch_alert_lost(&w->alerts, &w->stream.lost);
        w->stream.has_lost = false;
    }
    return code;
}

// -- what it says at the end ----------------------------------------------------------------------

static void put_receipts(pt_buf *b, const work *w) {
    pt_receipts_counts c = pt_receipts_count(w->life.receipts);
    pt_buf_printf(b, "Receipts %llu sealed, %llu waiting, %llu lost\n",
                  (unsigned long long)c.sealed, (unsigned long long)c.waiting,
                  (unsigned long long)c.lost);
}

static uint64_t all_alerts(const work *w) {
    uint64_t n = 0;
    for (size_t i = 0; i < PT_FALCO_PRIORITIES; i++)
        n += w->alerts.by_priority[i];
    return n;
}

static void put_alerts(pt_buf *b, const work *w) {
    uint64_t n = all_alerts(w);
    const char *between = " (";
    pt_buf_printf(b, "%llu %s", (unsigned long long)n, n == 1 ? "alert" : "alerts");
    for (size_t i = 0; i < PT_FALCO_PRIORITIES; i++) {
        if (!w->alerts.by_priority[i])
            continue;
        pt_str name = pt_str_of(pt_falco_priority_names[i]);
        pt_buf_printf(b, "%s%llu ", between, (unsigned long long)w->alerts.by_priority[i]);
        pt_buf_putc(b, (char)(name.p[0] | 0x20)); // a priority in the midst of a sentence
        pt_buf_put(b, pt_str_sub(name, 1, name.n));
        between = ", ";
    }
    pt_buf_putz(b, n ? ")" : "");
}

// Receipts that are not in the ledger after all the time that they had.
static bool lacks_receipts(const work *w) {
    if (!w->life.receipts)
        return false;
    pt_receipts_counts c = pt_receipts_count(w->life.receipts);
    return c.waiting || c.lost;
}

static bool is_grave(const work *w) {
    for (int i = 0; i <= w->fail_on; i++)
        if (w->alerts.by_priority[i])
            return true;
    return false;
}

static void say_summary(const work *w, bool on_stderr) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SUMMARY_BYTES_MAX);
    bool quiet = pt_args_flag(w->args, "quiet");
    if (!quiet)
        pt_watch_rules_tell(&w->rules, &b);
    pt_watch_stream_tell(&w->stream, &b, quiet);
    if (w->alerts.limit && w->alerts.limit->held_back)
        pt_buf_printf(&b, "Held     %llu alerts: rules that one container meets again and again\n",
                      (unsigned long long)w->alerts.limit->held_back);
    if (w->alerts.unsaid)
        pt_buf_printf(&b, "Unsaid   %llu alerts could not be written\n",
                      (unsigned long long)w->alerts.unsaid);
    if (w->life.receipts && !quiet)
        put_receipts(&b, w);
    if (is_grave(w))
        pt_buf_printf(&b, "Exit 1   an alert was %s or graver (--fail-on)\n",
                      pt_falco_priority_names[w->fail_on]);
    put_alerts(&b, w);
    pt_watch_stream_count(&w->stream, &b);
    pt_buf_printf(&b, ", %.1f s\n", (double)(pt_monotonic_ns() - w->begun_ns) / 1e9);
    if (on_stderr)
        fprintf(stderr, "%.*s", PT_PRI(pt_buf_str(&b)));
    else
        pt_guard_put_line(pt_buf_str(&b));
}

static void summary(void *context) {
    say_summary(context, true);
}

// -- life -----------------------------------------------------------------------------------------

static pt_code fail_on_of(const pt_args *args, int *ret, pt_err *e) {
    pt_falco_priority p = PT_FALCO_DEBUG;
    *ret = -1;
    if (!pt_args_get(args, "fail-on"))
        return PT_OK;
    pt_code code = pt_watch_priority_of(args, "fail-on", &p, e);
    if (!code)
        *ret = (int)p;
    return code;
}

// What needs rights: the sensor, the state folder, files of outputs. They are given up before the
// first event is read.
static pt_code open_all(work *w, pt_err *e) {
    pt_code code = pt_screen_check(w->args, e);
    if (!code)
        code = fail_on_of(w->args, &w->fail_on, e);
    if (!code)
        code = pt_args_duration(w->args, "for", &w->for_ns, e);
    if (!code && pt_args_get(w->args, "for") && w->for_ns == 0)
        code = pt_err_set(e, PT_E_USAGE, "--for %s: no time at all", pt_args_get(w->args, "for"));
    if (!code)
        code = pt_watch_rules_load(w->args, &w->rules, e);
    if (!code)
        code = pt_watch_alerts_open(w->args, &w->alerts, e);
    if (!code)
        code = pt_guard_life_open(&w->life, e);
    if (!code && !w->life.unkept)
        code = pt_watch_kept_open(&w->kept, w->life.state.p, e);
    if (!code)
        code = pt_watch_stream_open(&w->stream, w->args, &w->rules, e);
    if (!code)
        code = pt_rights_drop(&(pt_rights){.threads = true}, e);
    if (!code)
        code = pt_guard_life_begin(&w->life, e);
    w->alerts.receipts = w->life.receipts;
    w->alerts.limited = pt_watch_is_live(w->args);
    return code;
}

static pt_code run(work *w, pt_err *e) {
    pt_code code = open_all(w, e);
    if (!code)
        code = pt_watch_stream_begin(&w->stream, e);
    if (!code)
        code = pt_guard_life_run(&w->life, watch, e);
    if (w->begun_ns) {
        pt_guard_life_settle(&w->life);
        say_summary(w, pt_args_flag(w->args, "json"));
    }
    return code;
}

int pt_cmd_watch(const pt_args *args) {
    work w = {
        .args = args, .life = PT_GUARD_LIFE, .kept = {-1, -1, 0, false}, .stream = PT_WATCH_STREAM};
    pt_err e = {0};
    w.life.args = args;
    w.life.name = "watch";
    w.life.marker_name = "watch";
    w.life.does = "watching";
    w.life.unkept = pt_args_flag(args, "no-record") || !pt_watch_is_live(args);
    w.life.reload = reload;
    w.life.summary = summary;
    w.life.stop = stop;
    w.life.told = kept_told;
    w.life.ctx = &w;
    w.life.gather_ms = GATHER_MS;
    if (pt_args_flag(args, "probe"))
        return pt_watch_probe(args);
    pt_code code = run(&w, &e);
    bool grave = is_grave(&w);
    // Whoever was to be told does not know, or the ledger does not.
    bool unsaid = w.alerts.unsaid > 0 || lacks_receipts(&w);
    bool whole = pt_watch_stream_whole(&w.stream);
    pt_watch_stream_done(&w.stream);
    pt_guard_life_end(&w.life, !code);
    pt_watch_kept_done(&w.kept);
    pt_watch_alerts_done(&w.alerts);
    pt_watch_rules_done(&w.rules);
    int exit = pt_guard_exit(code, &e);
    if (exit == PT_EXIT_OK && unsaid)
        return PT_EXIT_FAILED;
    if (exit == PT_EXIT_OK && grave)
        return PT_EXIT_FINDINGS;
    return exit == PT_EXIT_OK && !whole ? PT_EXIT_FAILED
                                        : exit; // what could not be read is no pass
}
