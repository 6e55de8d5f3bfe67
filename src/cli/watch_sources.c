// Events of the kernel, of a recording, or of an audit log.
#include "cli/watch_sources.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/find_engine.h"
#include "cli/input.h"
#include "cli/screen.h"
#include "collect/runtime/audit_log.h"
#include "collect/runtime/containers.h"
#include "collect/runtime/recording.h"
#include "record/report/cells.h"

enum {
    WAIT_MS = 100,
    NAMES_EVERY = 256, // records between two looks for answers of the engine
    LOST_EVERY_S = 30, // that events are lost is told so often
    LOOK_EVERY_S = 5,
    ANSWERS_BYTES = 1 << 20,
    LINE_BYTES_MAX = 1 << 16,
};

// -- opening: the kernel --------------------------------------------------------------------------

static uint64_t clock_ns(clockid_t clock) {
    struct timespec t = {0};
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void wanted(void *context, pt_str full_id, pt_str runtime, uint32_t pid) {
    pt_watch_stream *s = context;
    (void)pid;
    if (s->names && !pt_containers_want(s->names, full_id, runtime))
        pt_runtime_nameless(s->runtime, full_id,
                            PT_STR("too many containers wait for their names"));
}

static pt_code name_host(pt_watch_stream *s, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str passwd = {0};
    pt_str group = {0};
    // A host may well have neither: then numbers have no names.
    PT_IGNORE(pt_input_text(&a, "/etc/passwd", &passwd, NULL));
    PT_IGNORE(pt_input_text(&a, "/etc/group", &group, NULL));
    return pt_runtime_host_names(s->runtime, passwd, group, e);
}

static void about_here(pt_recording_about *about) {
    struct utsname u;
    about->started_ns = clock_ns(CLOCK_REALTIME);
    about->boot_epoch_ns = about->started_ns - clock_ns(CLOCK_BOOTTIME);
    if (uname(&u) != 0)
        return;
    snprintf(about->host, sizeof about->host, "%.*s", PT_RECORDING_TEXT_BYTES, u.nodename);
    snprintf(about->kernel, sizeof about->kernel, "%.*s", PT_RECORDING_TEXT_BYTES, u.release);
}

// A recording holds what processes were called with: it is its owner's alone.
static pt_code record_to(pt_watch_stream *s, const char *path, const pt_recording_about *about,
                         pt_err *e) {
    s->kept_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->kept_fd < 0)
        return pt_err_sys(e, errno, "--record %s: cannot be opened: %s", path,
                          pt_errno_text(errno));
    return pt_recorder_new(s->kept_fd, about, 0, &s->recorder, e);
}

// As docker's client finds it. A host without an engine is watched all the same, and it is said;
// one that was named must be there.
static pt_code find_engine(pt_watch_stream *s, const pt_args *args, pt_err *e) {
    const char *word = pt_args_get(args, "engine");
    pt_str address =
        word && word[0] == '/' ? pt_arena_printf(&s->arena, "unix://%s", word) : pt_str_of(word);
    pt_docker_target target = {0};
    pt_code code = pt_find_engine(&s->arena, word ? address.p : NULL, NULL, &target, e);
    if (code)
        return code;
    s->engine = target.socket ? target.socket : PT_WATCH_ENGINE;
    if (access(s->engine, F_OK) == 0 && !target.url)
        return PT_OK;
    if (word) {
        code = target.url ? pt_err_set(e, PT_E_UNSUPPORTED, "--engine %s: not on this host", word)
                          : pt_err_sys(e, errno, "--engine %s: cannot be opened: %s", word,
                                       pt_errno_text(errno));
        pt_err_remedy(e, "the path of the engine's socket on this host");
        return code;
    }
    if (!pt_args_flag(args, "quiet"))
        fprintf(stderr, "note: no engine at %s: until there is one, containers have no names\n",
                s->engine);
    return PT_OK;
}

static pt_code open_kernel(pt_watch_stream *s, const pt_args *args, const pt_watch_rules *rules,
                           pt_err *e) {
    const char *path = pt_args_get(args, "record");
    pt_recording_about about = {0};
    about_here(&about);
    pt_code code = pt_runtime_new(
        &(pt_runtime_options){.boot_epoch_ns = about.boot_epoch_ns, .wanted = wanted, .ctx = s},
        &s->runtime, e);
    if (!code)
        code = name_host(s, e);
    if (!code)
        code = find_engine(s, args, e);
    if (!code && path)
        code = record_to(s, path, &about, e);
    if (!code)
        code = pt_sensor_start(&(pt_sensor_plan){.types = *pt_falco_program_types(
                                                     rules->judges[PT_WATCH_SYSCALL].program),
                                                 .environment = true},
                               &s->sensor, e);
    return code;
}

static pt_code begin_kernel(pt_watch_stream *s, pt_err *e) {
    const pt_container_engine engine = {
        .runtime = "docker",
        .base = "http://docker",
        .path = s->engine,
        .http = {.unix_socket = -1, .host = "docker"},
    };
    return pt_containers_start(&engine, 1, &s->names, e);
}

// -- opening: a recording -------------------------------------------------------------------------

// "-": standard input.
static int open_to_read(const char *path) {
    return strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                  : open(path, O_RDONLY | O_CLOEXEC);
}

static pt_code open_recording(pt_watch_stream *s, const pt_args *args, const pt_watch_rules *rules,
                              pt_err *e) {
    const char *path = pt_args_get(args, "replay");
    (void)rules;
    s->path = path;
    s->kept_fd = open_to_read(path);
    return s->kept_fd >= 0 ? PT_OK
                           : pt_err_sys(e, errno, "--replay %s: cannot be opened: %s", path,
                                        pt_errno_text(errno));
}

// Its first bytes are read, as all of it, when rights were given up: whoever made it may be
// hostile.
static pt_code begin_recording(pt_watch_stream *s, pt_err *e) {
    pt_recording_about about;
    pt_code code = pt_recording_open(&(pt_recording_source){pt_recording_read_fd, &s->kept_fd},
                                     &s->recording, &about, e);
    if (code) {
        pt_err_at(e, "%s", s->path);
        return code;
    }
    return pt_runtime_new(&(pt_runtime_options){.boot_epoch_ns = about.boot_epoch_ns}, &s->runtime,
                          e);
}

// -- opening: an audit log ------------------------------------------------------------------------

// What comes through a pipe comes when it comes; until then it is looked whether all is to end.
static long read_now(void *ctx, void *to, size_t n) {
    const int *fd = ctx;
    struct pollfd waits = {.fd = *fd, .events = POLLIN};
    if (poll(&waits, 1, WAIT_MS) <= 0) {
        errno = EAGAIN;
        return -1;
    }
    long got = read(*fd, to, n);
    if (got < 0 && errno == EINTR)
        errno = EAGAIN;
    return got;
}

static pt_code open_audit_log(pt_watch_stream *s, const pt_args *args, const pt_watch_rules *rules,
                              pt_err *e) {
    const char *path = pt_args_get(args, "audit-log");
    (void)rules;
    s->kept_fd = open_to_read(path);
    if (s->kept_fd < 0)
        return pt_err_sys(e, errno, "--audit-log %s: cannot be opened: %s", path,
                          pt_errno_text(errno));
    return pt_audit_log_new(&(pt_recording_source){read_now, &s->kept_fd}, NULL, &s->audit, e);
}

// -- reading --------------------------------------------------------------------------------------

// One record, kept if that is wanted. What is no record changes nothing and is counted.
static pt_code apply(pt_watch_stream *s, const struct pt_wire_head *record, const pt_event **ret,
                     pt_err *e) {
    pt_code code = s->recorder ? pt_recorder_put(s->recorder, record, e) : PT_OK;
    if (code)
        return code;
    code = pt_runtime_apply(s->runtime, record, record->length, ret, e);
    if (code == PT_E_FORMAT) {
        s->malformed++;
        return PT_OK;
    }
    return code;
}

static pt_code take_names(pt_watch_stream *s, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    struct pollfd waits = {.fd = pt_containers_fd(s->names), .events = POLLIN};
    const pt_event *ignored = NULL;
    pt_container_answer answer;
    pt_code code = PT_OK;
    if (poll(&waits, 1, 0) <= 0)
        return PT_OK;
    while (!code && pt_containers_next(s->names, &a, clock_ns(CLOCK_BOOTTIME), &answer)) {
        if (answer.record)
            code = apply(s, answer.record, &ignored, e);
        else
            pt_runtime_nameless(s->runtime, answer.id, answer.reason);
        pt_arena_clear(&a);
    }
    return code;
}

// After a gap the table of processes may be wrong: the kernel is asked for all of them anew.
static pt_code look_again(pt_watch_stream *s, uint64_t lost, pt_err *e) {
    int64_t now = pt_monotonic_ns();
    if (lost == s->looked_lost || now - s->looked_ns < LOOK_EVERY_S * PT_SECOND_NS)
        return PT_OK;
    s->looked_lost = lost;
    s->looked_ns = now;
    // A kernel that cannot leaves them marked as stale.
    pt_code code = pt_sensor_look_again(s->sensor, e);
    return code == PT_E_UNSUPPORTED ? PT_OK : code;
}

// That something is not seen is said while it lasts, not only at the end.
static void look_for_loss(pt_watch_stream *s) {
    pt_sensor_counts c = pt_sensor_counted(s->sensor, -1);
    int64_t now = pt_monotonic_ns();
    if (pt_watch_lost(&c) == pt_watch_lost(&s->told) ||
        (s->told_ns && now - s->told_ns < LOST_EVERY_S * PT_SECOND_NS))
        return;
    for (size_t i = 0; i < PT_LOSS_KINDS; i++)
        s->lost.lost[i] = c.lost[i] - s->told.lost[i];
    s->has_lost = true;
    s->told = c;
    s->told_ns = now;
}

static bool is_wanted(const pt_watch_stream *s, const pt_event *ev) {
    if (s->only.n == 0)
        return true;
    for (size_t i = 0; i < s->only.n && ev->container; i++) {
        pt_str id = pt_str_of(s->only.v[i]);
        if (pt_str_starts(ev->container->full_id, id) || pt_str_eq(ev->container->id, id) ||
            pt_str_eq(ev->container->name, id))
            return true;
    }
    return false;
}

static pt_code next_of_kernel(pt_watch_stream *s, const pt_event **ret, bool *ret_end, pt_err *e) {
    const struct pt_wire_head *record = NULL;
    *ret_end = false;
    pt_code code = pt_sensor_next(s->sensor, WAIT_MS, &record, e);
    if (!code && (!record || s->records % NAMES_EVERY == 0)) {
        pt_sensor_counts c = pt_sensor_counted(s->sensor, -1);
        code = take_names(s, e);
        if (!code)
            code = look_again(s, pt_watch_lost(&c), e);
        look_for_loss(s);
    }
    if (!code && !record && s->recorder) // a quiet moment
        code = pt_recorder_flush(s->recorder, e);
    if (!code && record) {
        s->records++;
        code = apply(s, record, ret, e);
    }
    return code;
}

static pt_code next_of_recording(pt_watch_stream *s, const pt_event **ret, bool *ret_end,
                                 pt_err *e) {
    const struct pt_wire_head *record = NULL;
    pt_code code = pt_recording_next(s->recording, &record, e);
    *ret_end = !code && !record;
    if (*ret_end && pt_recording_cut(s->recording)) {
        code =
            pt_err_set(e, PT_E_CORRUPT, "the recording was cut off: what came then is not judged");
        pt_err_at(e, "%s", s->path);
    }
    if (!code && record)
        code = apply(s, record, ret, e);
    return code;
}

static pt_code next_of_audit_log(pt_watch_stream *s, const pt_event **ret, bool *ret_end,
                                 pt_err *e) {
    return pt_audit_log_next(s->audit, ret, ret_end, e);
}

// -- the kinds of streams -------------------------------------------------------------------------

static const struct pt_watch_kind {
    const char *option;      // that asks for it; NULL: none
    const char *excludes[5]; // options that mean nothing then
    int source;              // PT_WATCH_… of its events
    pt_code (*open)(pt_watch_stream *s, const pt_args *args, const pt_watch_rules *rules,
                    pt_err *e);
    pt_code (*begin)(pt_watch_stream *s, pt_err *e); // when rights were given up; NULL: nothing
    pt_code (*next)(pt_watch_stream *s, const pt_event **ret, bool *ret_end, pt_err *e);
} kinds[] = {
    {.option = "replay",
     .excludes = {"audit-log", "record", "engine", "for"},
     .source = PT_WATCH_SYSCALL,
     .open = open_recording,
     .begin = begin_recording,
     .next = next_of_recording},
    {.option = "audit-log",
     .excludes = {"record", "engine", "container"},
     .source = PT_WATCH_K8S_AUDIT,
     .open = open_audit_log,
     .next = next_of_audit_log},
    {.source = PT_WATCH_SYSCALL,
     .open = open_kernel,
     .begin = begin_kernel,
     .next = next_of_kernel},
};

static const struct pt_watch_kind *kind_of(const pt_args *args) {
    const struct pt_watch_kind *k = kinds;
    while (k->option && !pt_args_get(args, k->option))
        k++;
    return k;
}

bool pt_watch_is_live(const pt_args *args) {
    return kind_of(args)->option == NULL;
}

static pt_code check_words(const struct pt_watch_kind *k, const pt_args *args, pt_err *e) {
    for (size_t i = 0; k->excludes[i]; i++)
        if (pt_args_get(args, k->excludes[i]))
            return pt_err_set(e, PT_E_USAGE, "--%s and --%s exclude each other", k->option,
                              k->excludes[i]);
    return PT_OK;
}

// Rules of other sources would be silent, which looks as if all were well.
static pt_code check_rules(const struct pt_watch_kind *k, const pt_watch_rules *rules, pt_err *e) {
    const pt_watch_judge *j = &rules->judges[k->source];
    if (j->on)
        return PT_OK;
    pt_code code =
        pt_err_set(e, PT_E_USAGE, "no rule of the source %s is left that judges", j->source);
    pt_err_remedy(e, "name a file with rules of that source by --rules");
    return code;
}

pt_code pt_watch_stream_open(pt_watch_stream *s, const pt_args *args, const pt_watch_rules *rules,
                             pt_err *e) {
    s->kind = kind_of(args);
    if (!pt_args_list(args, "container", &s->arena, &s->only))
        return pt_err_set(e, PT_E_NOMEM, "the command line is too long");
    pt_code code = check_words(s->kind, args, e);
    if (!code)
        code = check_rules(s->kind, rules, e);
    return code ? code : s->kind->open(s, args, rules, e);
}

pt_code pt_watch_stream_begin(pt_watch_stream *s, pt_err *e) {
    return s->kind->begin ? s->kind->begin(s, e) : PT_OK;
}

pt_code pt_watch_stream_next(pt_watch_stream *s, const pt_event **ret, bool *ret_end, pt_err *e) {
    const pt_event *ev = NULL;
    pt_code code = s->kind->next(s, &ev, ret_end, e);
    s->source = s->kind->source;
    *ret = ev && is_wanted(s, ev) ? ev : NULL;
    s->given += *ret != NULL;
    return code;
}

// -- telling --------------------------------------------------------------------------------------

static void tell_audit_log(const pt_watch_stream *s, pt_buf *b) {
    pt_audit_counts c = pt_audit_log_counted(s->audit);
    for (size_t i = 0; i < PT_AUDIT_REFUSALS; i++)
        if (c.refused[i])
            pt_buf_printf(b, "Refused  %llu %s: %s\n", (unsigned long long)c.refused[i],
                          c.refused[i] == 1 ? "entry" : "entries", pt_audit_refusals[i]);
    if (c.truncated)
        pt_buf_printf(b, "Cut      %llu events by the API server: what it left out is not judged\n",
                      (unsigned long long)c.truncated);
}

static uint64_t refused_of(const pt_audit_counts *c) {
    uint64_t n = 0;
    for (size_t i = 0; i < PT_AUDIT_REFUSALS; i++)
        n += c->refused[i];
    return n;
}

bool pt_watch_stream_whole(const pt_watch_stream *s) {
    pt_audit_counts c = {0};
    if (s->audit)
        c = pt_audit_log_counted(s->audit);
    return !s->malformed && !refused_of(&c);
}

static void count_audit_log(const pt_watch_stream *s, pt_buf *b) {
    pt_audit_counts c = pt_audit_log_counted(s->audit);
    uint64_t refused = refused_of(&c);
    pt_buf_printf(b, ", %llu %s, %llu refused", (unsigned long long)c.events,
                  c.events == 1 ? "event" : "events", (unsigned long long)refused);
}

void pt_watch_stream_tell(const pt_watch_stream *s, pt_buf *b, bool quiet) {
    pt_sensor_counts c = {0};
    if (s->sensor)
        c = pt_sensor_counted(s->sensor, -1);
    for (size_t i = 0; i < PT_LOSS_KINDS; i++)
        if (c.lost[i])
            pt_buf_printf(b, "Lost     %llu events: %s\n", (unsigned long long)c.lost[i],
                          pt_watch_loss_why((pt_loss)i));
    if (s->audit)
        tell_audit_log(s, b);
    if (s->malformed)
        pt_buf_printf(b, "Lost     %llu records that are none\n", (unsigned long long)s->malformed);
    if (s->recorder && !quiet)
        pt_buf_printf(b, "Recorded %llu bytes\n",
                      (unsigned long long)pt_recorder_bytes(s->recorder));
}

void pt_watch_stream_count(const pt_watch_stream *s, pt_buf *b) {
    if (s->audit) {
        count_audit_log(s, b);
        return;
    }
    pt_sensor_counts c = {0};
    if (s->sensor)
        c = pt_sensor_counted(s->sensor, -1);
    pt_runtime_counts known = {0};
    if (s->runtime)
        known = pt_runtime_counted(s->runtime);
    unsigned long long lost = pt_watch_lost(&c) + s->malformed;
    pt_buf_printf(b, ", %llu events, %llu lost, %llu %s", (unsigned long long)s->given, lost,
                  (unsigned long long)known.containers,
                  known.containers == 1 ? "container" : "containers");
}

void pt_watch_stream_done(pt_watch_stream *s) {
    pt_err e = {0};
    if (s->recorder && pt_recorder_end(s->recorder, &e))
        pt_say_error(&e);
    pt_recorder_free(s->recorder);
    pt_recording_free(s->recording);
    pt_audit_log_free(s->audit);
    pt_sensor_stop(s->sensor);
    pt_containers_stop(s->names);
    pt_runtime_free(s->runtime);
    pt_fd_close(&s->kept_fd);
    pt_arena_done(&s->arena);
}

// -- what the kernel offers -----------------------------------------------------------------------

static void put_probe(pt_buf *b, const pt_terminal *t, const pt_sensor_probe *p) {
    pt_buf_putz(b, "  ");
    pt_paint(b, t, p->there ? PT_ROLE_PASS : PT_ROLE_UNKNOWN,
             pt_str_of(pt_sign_text(t, p->there ? PT_SIGN_PASS : PT_SIGN_UNKNOWN)));
    pt_buf_printf(b, " %-28s  %s\n", p->name, p->there ? "there" : p->without);
}

int pt_watch_probe(const pt_args *args) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(LINE_BYTES_MAX);
    pt_terminal t = pt_screen(args);
    pt_sensor *s = NULL;
    pt_err e = {0};
    size_t n = 0;
    size_t missing = 0;
    pt_code code = pt_screen_check(args, &e);
    if (!code)
        code = pt_sensor_start(&(pt_sensor_plan){0}, &s, &e);
    const pt_sensor_probe *probes = code ? NULL : pt_sensor_probes(s, &n);
    for (size_t i = 0; i < n; i++) {
        put_probe(&b, &t, &probes[i]);
        missing += !probes[i].there;
    }
    if (!code) {
        pt_buf_printf(&b, "%zu of %zu there\n", n - missing, n);
        pt_guard_put_line(pt_buf_str(&b));
    }
    pt_sensor_stop(s);
    return pt_guard_exit(code, &e);
}
