// Where events come from: the kernel, a recording, or the API server's audit log.
#pragma once

#include "cli/watch.h"
#include "collect/runtime/sensor/sensor.h"
#include "collect/runtime/state.h"

#define PT_WATCH_ENGINE "/var/run/docker.sock"

struct pt_audit_log;
struct pt_recording;
struct pt_recorder;
struct pt_containers;

typedef struct pt_watch_stream {
    const struct pt_watch_kind *kind; // what of the following there is
    pt_runtime *runtime;
    pt_sensor *sensor;              // of the kernel
    const char *path;               // of the recording
    struct pt_recording *recording; // of a recording
    struct pt_audit_log *audit;     // of an audit log
    struct pt_recorder *recorder;   // NULL: nothing is kept
    struct pt_containers *names;    // NULL: nobody is asked
    const char *engine;             // where its socket is
    int kept_fd;                    // of the recording, or of the audit log
    pt_arena arena;
    pt_list_option only; // containers; none: all, and the host
    int source;          // PT_WATCH_… of the event that was given last
    uint64_t records, given, malformed;
    pt_sensor_counts lost; // since it was last told; has_lost: it is to be told now, by the caller
    bool has_lost;
    pt_sensor_counts told;
    uint64_t looked_lost;
    int64_t told_ns, looked_ns;
} pt_watch_stream;

#define PT_WATCH_STREAM {.kept_fd = -1}

// Is this host watched, so that receipts are left? A file is only judged.
bool pt_watch_is_live(const pt_args *args);
// What needs rights: the sensor with what the rules want, or a file. PT_E_USAGE: no rule is of its
// source, too.
PT_CHECK pt_code pt_watch_stream_open(pt_watch_stream *s, const pt_args *args,
                                      const pt_watch_rules *rules, pt_err *e);
// After rights were given up: whoever asks the engine begins, or the recording is read.
// PT_E_FORMAT.
PT_CHECK pt_code pt_watch_stream_begin(pt_watch_stream *s, pt_err *e);
// The next event; *ret stays NULL when there was none for a moment. *ret_end: the file's end.
PT_CHECK pt_code pt_watch_stream_next(pt_watch_stream *s, const pt_event **ret, bool *ret_end,
                                      pt_err *e);
// Lines about what was lost and what could not be named; then ", 12 events, 0 lost" of the summary.
void pt_watch_stream_tell(const pt_watch_stream *s, pt_buf *b, bool quiet);
void pt_watch_stream_count(const pt_watch_stream *s, pt_buf *b);
// Was every record and entry that came one that can be judged?
bool pt_watch_stream_whole(const pt_watch_stream *s);
void pt_watch_stream_done(pt_watch_stream *s);

// What events were lost for, a clause; and how many were.
const char *pt_watch_loss_why(pt_loss kind);
uint64_t pt_watch_lost(const pt_sensor_counts *c);
// An alert of them: what the kernel lost, in every form that is asked for, with a receipt.
void pt_watch_alert_lost(pt_watch_alerts *w, const pt_sensor_counts *since);

int pt_watch_probe(const pt_args *args); // --probe
