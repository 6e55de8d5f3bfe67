// paratia guard docker: socket -> rights given up -> judge in every request -> receipts.
#include "cli/guard.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rights.h"
#include "cli/guard_notify.h"
#include "cli/journey.h"
#include "cli/receipt.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "collect/docker/state.h"
#include "collect/world.h"

enum {
    // Each connection has a thread of its own: one whose request waits for its judge keeps nobody
    // else's. The daemon keeps two open, and more while it asks for many clients.
    THREADS = 64,
    READ_TIMEOUT_S = 60,
    IDLE_TIMEOUT_S = 3600, // the daemon keeps its connections, and a request on one that is being
                           // closed is lost
    KEEP_MS = 100,         // a daemon is not started anew within it
    SEAL_WAIT_MS = 10000,  // at the end
    SUMMARY_BYTES_MAX = 1 << 20,
};

const pt_option pt_guard_options[] = {
    {"learn", NULL, "judge and never deny; at the end say what would be", NULL, "Mode"},
    {"enforce", NULL, "deny, with the rule and the remedy in the message", NULL, NULL},
    {"rules", NULL, "list the rules and what each says, then end", NULL, NULL},
    {"level", "LEVEL", "Pod Security, too: baseline or restricted", "privileged", "What"},
    {"policy", "PATH,…", "Gatekeeper's templates and constraints for that pod", NULL, NULL},
    {"allow", "ID,…", "rules that do not apply", NULL, NULL},
    {"deny", "ID,…", "rules that deny, though by default they only note", NULL, NULL},
    {"allow-bind", "DIR,…", "folders that may be bound; 'DIR/*': those below it", NULL, NULL},
    {"registry", "PREFIX,…", "images come from these only", "any", NULL},
    {"allow-tags", NULL, "images by tag, too, not by digest alone", NULL, NULL},
    {"protect", "NAME,…", "containers that nobody may stop or remove", NULL, NULL},
    {"config", "FILE", "the same as YAML; SIGHUP reads it again", NULL, NULL},
    {"socket", "PATH", "where the daemon asks", PT_GUARD_SOCKET, "Where"},
    {"docker-root", "DIR", "the daemon's data root", "/var/lib/docker", NULL},
    {"state", "DIR", "where the ledger is kept", "/var/lib/paratia", NULL},
    {"receipts", "HOW", "best-effort: go on if the ledger takes none", "required", NULL},
    {"json", NULL, "a line of JSON on standard output for each decision", NULL, "Say"},
    {"quiet", NULL, "only errors and the summary line", NULL, NULL},
    {"ascii", NULL, "signs in ASCII", NULL, NULL},
    {"install", NULL, "write units and daemon.json; says the commands to run", NULL, "Install"},
    {"uninstall", NULL, "the way back", NULL, NULL},
    {"root", "DIR", "install below this folder", "/", NULL},
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

typedef struct work {
    const pt_args *args;
    pt_guard_mode mode;
    bool best_effort; // of receipts
    pt_arena arena;   // of the main thread
    pt_str state;
    int marker;         // guard_marker.c
    const char *before; // what it said
    int signals, end;   // a signalfd, and an eventfd that ends who heeds it
    pt_guard_notify notify;
    pt_http_server *server;
    pt_guard *guard;
    pt_receipts *receipts;
    pt_docker_state docker;
    pt_docker_host host;
    pt_real_world world;
} work;

// -- what it says ---------------------------------------------------------------------------------

static void put_line(pt_str text) {
    pt_err e = {0};
    if (pt_put_stdout(text, &e))
        pt_say_error(&e);
}

// A decision, when its receipt is sealed: "deny  POST containers/create  PT-GRD-…  … receipt 12".
static void told(void *context, pt_str line, bool sealed, uint64_t index) {
    const work *w = context;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SUMMARY_BYTES_MAX);
    if (!line.n)
        return;
    if (pt_args_flag(w->args, "json")) {
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
    put_line(pt_buf_str(&b));
}

static void broken(void *context, const pt_err *e) {
    (void)context;
    if (e)
        pt_say_error(e);
    else
        fputs("note: the ledger takes receipts again\n", stderr);
}

static void say_summary(work *w) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SUMMARY_BYTES_MAX);
    pt_guard_counts counts;
    pt_guard_count(w->guard, &counts);
    pt_terminal screen = pt_screen(w->args);
    pt_guard_put_summary(&b, w->mode, &counts, &screen);
    if (pt_args_flag(w->args, "json")) // standard output is for programs
        fprintf(stderr, "%.*s", PT_PRI(pt_buf_str(&b)));
    else
        put_line(pt_buf_str(&b));
}

// -- signals --------------------------------------------------------------------------------------

// New settings, or the old ones and a complaint.
static void reload(work *w) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_guard_settings settings;
    pt_err e = {0};
    pt_code code = pt_guard_settings_of(w->args, &a, &settings, &e);
    if (!code)
        code = pt_guard_reload(w->guard, &settings, &e);
    if (!code) {
        fputs("note: settings read again\n", stderr);
        return;
    }
    pt_say_error(&e);
    fputs("note: the settings before it stay in force\n", stderr);
}

static void *heed_signals(void *context) {
    work *w = context;
    struct signalfd_siginfo s;
    struct pollfd either[] = {{.fd = w->signals, .events = POLLIN},
                              {.fd = w->end, .events = POLLIN}};
    while (poll(either, PT_COUNT(either), -1) > 0 && !either[1].revents) {
        if (read(w->signals, &s, sizeof s) != sizeof s)
            break;
        if (s.ssi_signo == SIGHUP)
            reload(w);
        else if (s.ssi_signo == SIGUSR1)
            say_summary(w);
        else
            break;
    }
    pt_http_server_stop(w->server);
    return NULL;
}

// The signals that are heeded, blocked for every thread to come.
static pt_code take_signals(work *w, pt_err *e) {
    sigset_t heeded;
    sigemptyset(&heeded);
    sigaddset(&heeded, SIGTERM);
    sigaddset(&heeded, SIGINT);
    sigaddset(&heeded, SIGHUP);
    sigaddset(&heeded, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &heeded, NULL);
    w->signals = signalfd(-1, &heeded, SFD_CLOEXEC);
    w->end = eventfd(0, EFD_CLOEXEC);
    return w->signals >= 0 && w->end >= 0
               ? PT_OK
               : pt_err_sys(e, errno, "cannot wait for signals: %s", pt_errno_text(errno));
}

// -- life -----------------------------------------------------------------------------------------

static pt_code open_again(void *context, pt_ledger **ret, pt_err *e) {
    const work *w = context;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    return pt_ledger_of(&a, w->state, ret, e);
}

static void know_host(work *w) {
    const char *root = pt_args_get(w->args, "docker-root");
    w->docker = (pt_docker_state){
        .w = &w->world.world, .root = root ? root : "/var/lib/docker", .keep_ms = KEEP_MS};
    w->host = (pt_docker_host){
        .context = &w->docker,
        .volume = pt_docker_state_volume,
        .container = pt_docker_state_container,
        .image = pt_docker_state_image,
        .path = pt_docker_state_path,
        .daemon = pt_docker_state_daemon,
        .mounts = pt_docker_state_mounts,
    };
}

static void handle(void *context, const pt_http_call *c, pt_http_reply *r) {
    work *w = context;
    pt_docker_state_asked_by(&w->docker, c->peer_pid);
    pt_guard_handle(w->guard, c, r);
}

// What needs rights that are given up then: the socket, the ledger's folder, the root of paths.
static pt_code open_all(work *w, pt_ledger **ret_ledger, pt_err *e) {
    int listener = -1;
    pt_code code = pt_real_world_open(&w->world, "/", e);
    if (!code)
        code = pt_state_need(w->args, &w->arena, &w->state, e);
    if (!code)
        code = pt_ledger_of(&w->arena, w->state, ret_ledger, e);
    if (!code)
        code = pt_guard_marker_begin(w->state, &w->marker, &w->before, e);
    if (!code)
        code = take_signals(w, e);
    if (!code)
        code = pt_guard_listen(w->args, &listener, e);
    if (code)
        return code;
    code = pt_guard_notify_open(&w->notify, listener, e);
    if (code) {
        close(listener);
        return code;
    }
    know_host(w);
    code = pt_http_server_new(&w->server,
                              &(pt_http_server_opts){.listener = listener,
                                                     .threads = THREADS,
                                                     .body_bytes_max = PT_GUARD_DOCUMENT_BYTES_MAX,
                                                     .read_timeout_s = READ_TIMEOUT_S,
                                                     .idle_timeout_s = IDLE_TIMEOUT_S,
                                                     .connections_max = THREADS,
                                                     .handle = handle,
                                                     .context = w},
                              e);
    if (code)
        close(listener);
    return code;
}

// The first receipt: whether those of the guard before it are whole.
static void say_started(work *w) {
    char time[PT_RFC3339_BYTES];
    pt_str entry = pt_arena_printf(
        &w->arena,
        "{\"kind\":\"guard docker: started\",\"mode\":\"%s\",\"paratia\":\"" PT_VERSION
        "\",\"says\":\"%s\",\"time\":\"%.*s\"}",
        w->mode == PT_GUARD_ENFORCE ? "enforce" : "learn", w->before,
        PT_PRI(pt_time_rfc3339(pt_now(), time)));
    PT_IGNORE(pt_receipts_put(w->receipts, entry, (pt_str){0}, 0, NULL)); // nobody waits for it
}

// Rights go before any thread begins and before anything from outside is read.
static pt_code begin(work *w, pt_ledger **ledger, const pt_guard_settings *settings, pt_err *e) {
    bool json = pt_args_flag(w->args, "json");
    bool speaks = w->mode == PT_GUARD_ENFORCE && !pt_args_flag(w->args, "quiet");
    pt_code code =
        pt_rights_drop(&(pt_rights){.read_all = true, .threads = true, .serve = true}, e);
    if (!code)
        code = pt_receipts_new(&w->receipts,
                               &(pt_receipts_opts){.ledger = *ledger,
                                                   .open = open_again,
                                                   .told = told,
                                                   .broken = broken,
                                                   .context = w},
                               e);
    if (code)
        return code;
    *ledger = NULL; // the writer's
    say_started(w);
    return pt_guard_new(&w->guard,
                        &(pt_guard_opts){.mode = w->mode,
                                         .threads = THREADS,
                                         .host = &w->host,
                                         .receipts = w->receipts,
                                         .best_effort = w->best_effort,
                                         .lines = json     ? PT_GUARD_JSON_LINES
                                                  : speaks ? PT_GUARD_TEXT_LINES
                                                           : PT_GUARD_NO_LINES},
                        settings, e);
}

static uint64_t answered(void *context) {
    pt_guard_counts counts;
    pt_guard_count(((work *)context)->guard, &counts);
    uint64_t n = 0;
    for (size_t i = 0; i < PT_GUARD_END_COUNT; i++)
        n += counts.ends[i];
    return n;
}

static pt_code serve(work *w, pt_err *e) {
    pthread_t signals;
    pthread_t notifier;
    w->notify.end = w->end;
    w->notify.answered = answered;
    w->notify.context = w;
    int sys = pthread_create(&signals, NULL, heed_signals, w);
    if (sys)
        return pt_err_sys(e, sys, "no thread for signals: %s", pt_errno_text(sys));
    bool notifies =
        w->notify.fd >= 0 && pthread_create(&notifier, NULL, pt_guard_notify_run, &w->notify) == 0;
    if (!pt_args_flag(w->args, "quiet"))
        fprintf(stderr, "note: %s, receipts in %.*s/ledger\n",
                w->mode == PT_GUARD_ENFORCE ? "enforcing" : "learning, nothing is denied",
                PT_PRI(w->state));
    pt_code code = pt_http_server_run(w->server, e);
    PT_IGNORE(write(w->end, &(uint64_t){1}, sizeof(uint64_t)) < 0); // it cannot be full
    pthread_join(signals, NULL);
    if (notifies)
        pthread_join(notifier, NULL);
    pt_guard_notify_done(&w->notify);
    return code;
}

static pt_code guard_docker(work *w, pt_err *e) {
    pt_ledger *ledger = NULL;
    pt_guard_settings settings;
    pt_code code = pt_guard_mode_of(w->args, &w->mode, e);
    if (!code)
        code = pt_guard_receipts_of(w->args, &w->best_effort, e);
    if (!code)
        code = pt_guard_settings_of(w->args, &w->arena, &settings, e);
    if (!code)
        code = open_all(w, &ledger, e);
    if (!code)
        code = begin(w, &ledger, &settings, e);
    if (!code) {
        code = serve(w, e);
        say_summary(w);
    }
    pt_ledger_free(ledger);
    pt_http_server_free(w->server);
    pt_guard_free(w->guard);
    if (pt_receipts_free(w->receipts, SEAL_WAIT_MS) && !code)
        pt_guard_marker_end(w->marker);
    return code;
}

// One thing at a time: what would be left out silently is refused.
static pt_code need_one(const pt_args *args, pt_err *e) {
    static const char *const words[] = {"rules", "install", "uninstall"};
    const char *said = NULL;
    for (size_t i = 0; i < PT_COUNT(words); i++) {
        if (!pt_args_flag(args, words[i]))
            continue;
        if (said)
            return pt_err_set(e, PT_E_USAGE, "--%s and --%s exclude each other", said, words[i]);
        said = words[i];
    }
    if (pt_args_get(args, "root") && (!said || strcmp(said, "rules") == 0))
        return pt_err_set(e, PT_E_USAGE, "--root is of --install and --uninstall");
    return PT_OK;
}

static int run_docker(const pt_args *args) {
    pt_err wrong = {0};
    if (need_one(args, &wrong)) {
        pt_say_error(&wrong);
        return PT_EXIT_USAGE;
    }
    if (pt_args_flag(args, "rules"))
        return pt_guard_list_rules();
    if (pt_args_flag(args, "install"))
        return pt_guard_install(args);
    if (pt_args_flag(args, "uninstall"))
        return pt_guard_uninstall(args);
    work w = {
        .args = args, .marker = -1, .notify.fd = -1, .signals = -1, .end = -1, .world.root = -1};
    pt_err e = {0};
    pt_code code = guard_docker(&w, &e);
    pt_fd_close(&w.marker);
    pt_fd_close(&w.notify.fd);
    pt_fd_close(&w.signals);
    pt_fd_close(&w.end);
    pt_real_world_done(&w.world);
    pt_docker_state_done(&w.docker);
    pt_arena_done(&w.arena);
    if (code)
        pt_say_error(&e);
    return code == PT_OK                               ? PT_EXIT_OK
           : code == PT_E_USAGE || code == PT_E_FORMAT ? PT_EXIT_USAGE
                                                       : PT_EXIT_FAILED;
}

const pt_sub pt_guard_subs[] = {
    {
        .name = "docker",
        .summary = "judge what a Docker daemon is asked to do, before it does it",
        .about = "answer a Docker daemon that asks before it does what a\n"
                 "client wants (an authorization plugin). Every decision leaves a receipt in the\n"
                 "ledger. If the guard is not there, the daemon refuses everything.",
        .example = "paratia guard docker --learn --install",
        .options = "learn|enforce|rules|level|policy|allow|deny|allow-bind|registry|allow-tags|"
                   "protect|config|"
                   "socket|docker-root|state|receipts|json|quiet|ascii|install|uninstall|root",
        .exits = "0 ended by a signal, or done   2 usage   3 could not",
        .run = run_docker,
    },
    {0},
};

int pt_cmd_guard(const pt_args *args) {
    const pt_sub *s = pt_sub_find(args->verb, pt_str_of(args->operands[0]));
    if (s)
        return s->run(args);
    pt_err e = {0};
    PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "guard does not know %s", args->operands[0]));
    pt_err_remedy(&e, "paratia guard docker");
    pt_say_error(&e);
    return PT_EXIT_USAGE;
}
