// A web address asked by a process of its own, which has resolved the name, given up its rights and
// sees nothing but what is sent: the answer is a stranger's, and is read by the caller's own
// parsers.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "http/client.h"

typedef struct pt_post {
    const char *url; // https; http to this machine only, unless `clear`
    bool clear;      // what is sent may be seen by anybody
    pt_http_body body;
    const char *ca; // file of PEM certificates that may sign the server's; NULL: the system's
    size_t answer_bytes_max;
} pt_post;

// PT_OK whatever the status is; the body of the answer is appended to *ret_body.
PT_CHECK pt_code pt_post_apart(const pt_post *p, int *ret_status, pt_buf *ret_body, pt_err *e);

// "https://chat.example.net" of "https://user:pw@chat.example.net/secret": scheme and host.
pt_str pt_url_shown(pt_arena *a, pt_str url);
