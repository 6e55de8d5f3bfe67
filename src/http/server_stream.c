// A connection's bytes: a socket, and TLS upon it where there is an identity.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "http/server_impl.h"

enum {
    PIECES = 8
};

bool pt_http_stream_open(pt_http_stream *s, int fd, pt_http_server_tls *tls) {
    *s = (pt_http_stream){.fd = fd, .in = evbuffer_new(), .out = evbuffer_new()};
    if (s->in && s->out && tls)
        s->tls = pt_http_tls_link_new(tls, s->out);
    return s->in && s->out && (s->tls || !tls);
}

void pt_http_stream_close(pt_http_stream *s) {
    // In the middle of an answer it would be part of that.
    if (s->tls && evbuffer_get_length(s->out) == 0) {
        pt_http_tls_link_end(s->tls);
        PT_IGNORE(pt_http_stream_flush(s) == PT_STREAM_FAILED); // nobody is left to be told
    }
    pt_http_tls_link_free(s->tls);
    if (s->in)
        evbuffer_free(s->in);
    if (s->out)
        evbuffer_free(s->out);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

// What came, in `room`; s->ended where nothing will come any more.
static pt_str receive(pt_http_stream *s, pt_http_room *room) {
    ssize_t n = recv(s->fd, room->wire, sizeof room->wire, MSG_DONTWAIT);
    if (n > 0)
        return (pt_str){room->wire, (size_t)n};
    s->failed = s->failed || (n < 0 && errno != EAGAIN && errno != EINTR); // reset
    s->ended = n == 0 || s->failed;
    return (pt_str){0};
}

void pt_http_stream_take(pt_http_stream *s, pt_http_room *room) {
    pt_str came = receive(s, room);
    if (!came.n)
        return;
    if (!s->tls) {
        s->broken = evbuffer_add(s->in, came.p, came.n) != 0;
        return;
    }
    pt_tls_end end = pt_http_tls_link_take(s->tls, came, s->in, room->record);
    s->ended = end == PT_TLS_CLOSED;
    s->broken = end == PT_TLS_BROKEN;
}

void pt_http_stream_skip(pt_http_stream *s, pt_http_room *room) {
    PT_IGNORE(receive(s, room).n);
}

void pt_http_stream_put(pt_http_stream *s, struct evbuffer *clear) {
    bool ok =
        s->tls ? pt_http_tls_link_put(s->tls, clear) : evbuffer_add_buffer(s->out, clear) == 0;
    if (!ok)
        s->failed = true;
    evbuffer_drain(clear, evbuffer_get_length(clear));
}

void pt_http_stream_end(pt_http_stream *s) {
    if (s->tls)
        pt_http_tls_link_end(s->tls);
}

pt_stream_sent pt_http_stream_flush(pt_http_stream *s) {
    while (!s->failed && evbuffer_get_length(s->out) > 0) {
        struct evbuffer_iovec pieces[PIECES];
        int n = evbuffer_peek(s->out, -1, NULL, pieces, PIECES);
        struct msghdr m = {.msg_iov = pieces, .msg_iovlen = n < PIECES ? (size_t)n : PIECES};
        ssize_t sent = sendmsg(s->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent >= 0)
            evbuffer_drain(s->out, (size_t)sent);
        else if (errno == EAGAIN)
            return PT_STREAM_WAITS;
        else if (errno != EINTR)
            s->failed = true;
    }
    return s->failed ? PT_STREAM_FAILED : PT_STREAM_SENT;
}

bool pt_http_stream_untouched(const pt_http_stream *s) {
    char byte;
    return evbuffer_get_length(s->in) == 0 && !(s->tls && pt_http_tls_link_midway(s->tls)) &&
           recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}
