// Signs of life for systemd: NOTIFY_SOCKET and WATCHDOG_USEC of sd_notify(3).
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include "base/err.h"

typedef struct pt_guard_notify {
    int fd;                     // -1: nobody wants to be told
    int64_t limit_ms;           // within which there must be a sign of life; 0: there need be none
    struct sockaddr_un address; // where the server listens
    socklen_t address_n;
    // Of the caller, before pt_guard_notify_run:
    int end;                             // readable when it is over
    uint64_t (*answered)(void *context); // how many requests were
    void *context;
} pt_guard_notify;

// Before rights are given up. n->fd is -1 where systemd did not ask for it. PT_E_IO, PT_E_USAGE.
PT_CHECK pt_code pt_guard_notify_open(pt_guard_notify *n, int listener, pt_err *e);

// A thread: says that the guard is ready when the server has answered a question of its own, then
// gives signs of life as long as it answers this thread or anybody.
void *pt_guard_notify_run(void *notify);

void pt_guard_notify_done(pt_guard_notify *n);
