// What engines say of containers, asked beside the stream of events so that nothing waits: the
// reader of events says which ids it met, polls for answers, and applies them as records. Docker's
// Engine API and Podman's compatible one over their local sockets. containerd and CRI-O speak gRPC
// only: of their containers nobody can be asked yet.
//
// An engine's own events are followed, too, so that a container is asked about when it is created:
// one that lives for 50 ms is named before it is gone.
#pragma once

#include "base/arena.h"
#include "collect/runtime/wire.h"
#include "http/client.h"

#define PT_CONTAINERS_WANTED_MAX 1024 // ids that wait, and answers that wait

typedef struct pt_container_engine {
    const char *runtime; // "docker", "podman"
    const char *base;    // what stands before the path of a request: "http://docker"
    // Where its socket is, opened anew when the engine no longer answers, as one that was started
    // again has another. NULL: http.unix_socket, the caller's own, or TCP.
    const char *path;
    // Its socket. What it points to outlives the thing; timeout_ms and body_bytes_max are set here.
    pt_http_opts http;
} pt_container_engine;

typedef struct pt_containers pt_containers;
// One thread, and one for each engine; without engines every id is answered by a reason.
// PT_E_NOMEM, PT_E_IO.
PT_CHECK pt_code pt_containers_start(const pt_container_engine *engines, size_t n,
                                     pt_containers **ret, pt_err *e);
// Ends the threads, at most a second after, and forgets what waits.
void pt_containers_stop(pt_containers *c);

// Ask about a container of 64 hexadecimal digits (12 at least); the shape of pt_runtime_options's
// `wanted`. One that waits already, or whose answer does, is not asked about twice. One whose
// engine could not be asked is answered by the reason, and asked about again every few seconds:
// when the engine is back, an answer with a record follows. False: too many wait; or it is no id.
// Any thread.
bool pt_containers_want(pt_containers *c, pt_str full_id, pt_str runtime);

// Readable while answers wait.
int pt_containers_fd(const pt_containers *c);
typedef struct pt_container_answer {
    // To be recorded and applied: a record of PT_EVENT_CONTAINER. A second one with
    // PT_WIRE_SNAPSHOT brings the names of its users and groups. NULL: nobody can say.
    const struct pt_wire_head *record;
    pt_str id;     // 64 digits
    pt_str reason; // of NULL: a clause, "no engine answers for this runtime"
} pt_container_answer;
// The next answer, its record at `now_ns` since boot; all in `a`. False: none waits, or there is no
// memory.
bool pt_containers_next(pt_containers *c, pt_arena *a, uint64_t now_ns, pt_container_answer *ret);
