// Within the server: a request of HTTP/2 (RFC 9113), from its first field to its answer.
#pragma once

#include "http/server_conn.h"

// Its head, as its fields are decoded.
typedef struct pt_http_2_head {
    pt_buf text;       // of each field: name, NUL, value, NUL
    size_t bytes;      // as SETTINGS_MAX_HEADER_LIST_SIZE counts
    size_t fields;     // those of the protocol, which begin with a colon, are some
    int status;        // to refuse it with: 400, 431
    pt_http_head head; // when all have come
} pt_http_2_head;

void pt_http_2_head_begin(pt_http_2_head *h, size_t bytes_max);
void pt_http_2_head_put(pt_http_2_head *h, pt_str name, pt_str value);
// All have come: h->head points into h->text. 0, or the status to refuse it with: 400, 405
// (CONNECT), 417, 431.
int pt_http_2_head_end(pt_http_2_head *h);
void pt_http_2_head_done(pt_http_2_head *h);
