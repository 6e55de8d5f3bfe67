#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/x509.h"
#include "http/tls_impl.h"

enum {
    PEER_NAME_BYTES_MAX = 1024
};

struct pt_http_tls_link {
    const pt_libssl *lib;
    SSL *ssl;
    struct evbuffer *out;
    pt_str wire; // while it is taken: what of it is left
    pt_tls_end end;
    bool greeted; // the handshake is done
    bool http2;
    bool said_end;
    pt_buf peer; // with a NUL; empty: none
};

// -- the wire: OpenSSL reads what was given to take, and writes to a buffer that takes all
// ----------

static int wire_read(BIO *bio, char *room, size_t n, size_t *ret_n) {
    pt_http_tls_link *l = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (n > l->wire.n)
        n = l->wire.n;
    if (n == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(room, l->wire.p, n);
    l->wire = pt_str_sub(l->wire, n, l->wire.n);
    *ret_n = n;
    return 1;
}

static int wire_write(BIO *bio, const char *bytes, size_t n, size_t *ret_n) {
    pt_http_tls_link *l = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (evbuffer_add(l->out, bytes, n) != 0)
        return 0;
    *ret_n = n;
    return 1;
}

static long wire_control(BIO *bio, int command, long n, void *p) {
    (void)bio, (void)n, (void)p;
    return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *pt_http_tls_link_method(void) {
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
    if (m && BIO_meth_set_read_ex(m, wire_read) == 1 && BIO_meth_set_write_ex(m, wire_write) == 1 &&
        BIO_meth_set_ctrl(m, wire_control) == 1)
        return m;
    BIO_meth_free(m);
    return NULL;
}

// -- a connection ---------------------------------------------------------------------------------

// Of the identity that is in force.
static SSL *begin(pt_http_server_tls *t) {
    pthread_mutex_lock(&t->lock);
    SSL *ssl = t->ssl.new(t->now); // counts the context
    pthread_mutex_unlock(&t->lock);
    return ssl;
}

pt_http_tls_link *pt_http_tls_link_new(pt_http_server_tls *t, struct evbuffer *out) {
    pt_http_tls_link *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    *l = (pt_http_tls_link){.lib = &t->ssl, .out = out, .peer = PT_BUF(PEER_NAME_BYTES_MAX)};
    l->ssl = begin(t);
    BIO *wire = l->ssl ? BIO_new(t->wire) : NULL;
    if (!wire) {
        pt_http_tls_link_free(l);
        return NULL;
    }
    BIO_set_data(wire, l);
    BIO_set_init(wire, 1);
    l->lib->set_bio(l->ssl, wire, wire); // which takes it
    l->lib->set_accept_state(l->ssl);
    return l;
}

void pt_http_tls_link_free(pt_http_tls_link *l) {
    if (!l)
        return;
    l->lib->free(l->ssl);
    pt_buf_done(&l->peer);
    free(l);
}

// Once: what it speaks, and who it is: whoever was let in has one name at most, see verify_client
// in tls.c.
static bool know_peer(pt_http_tls_link *l) {
    if (l->greeted || !l->lib->is_init_finished(l->ssl))
        return true;
    l->greeted = true;
    const unsigned char *chosen = NULL;
    unsigned n = 0;
    l->lib->get0_alpn_selected(l->ssl, &chosen, &n);
    l->http2 = n == 2 && memcmp(chosen, "h2", 2) == 0;
    X509 *cert = l->lib->get1_peer_certificate(l->ssl);
    bool ok = !cert || pt_x509_common_name(cert, &l->peer);
    X509_free(cert);
    if (l->peer.n)
        pt_buf_putc(&l->peer, '\0');
    return ok && !l->peer.full;
}

pt_tls_end pt_http_tls_link_take(pt_http_tls_link *l, pt_str wire, struct evbuffer *in,
                                 char *room) {
    l->wire = wire;
    while (l->end == PT_TLS_OPEN) {
        ERR_clear_error(); // SSL_get_error looks at what is left there
        // cppcheck-suppress AssignmentAddressToInteger // it does not know __typeof__
        int n = l->lib->read(l->ssl, room, (int)PT_TLS_RECORD_BYTES);
        if (!know_peer(l) || (n > 0 && evbuffer_add(in, room, (size_t)n) != 0))
            l->end = PT_TLS_BROKEN;
        if (n > 0)
            continue;
        // cppcheck-suppress AssignmentAddressToInteger
        int why = l->lib->get_error(l->ssl, n);
        if (why == SSL_ERROR_WANT_READ)
            break;
        l->end = why == SSL_ERROR_ZERO_RETURN ? PT_TLS_CLOSED : PT_TLS_BROKEN;
    }
    ERR_clear_error();
    l->wire = (pt_str){0};
    return l->end;
}

bool pt_http_tls_link_put(pt_http_tls_link *l, struct evbuffer *clear) {
    for (size_t n; (n = evbuffer_get_length(clear)) > 0;) {
        if (n > PT_TLS_RECORD_BYTES)
            n = PT_TLS_RECORD_BYTES;
        const unsigned char *bytes = evbuffer_pullup(clear, (ev_ssize_t)n);
        ERR_clear_error();
        if (!bytes || l->end == PT_TLS_BROKEN || l->lib->write(l->ssl, bytes, (int)n) != (int)n)
            return false;
        evbuffer_drain(clear, n);
    }
    return true;
}

void pt_http_tls_link_end(pt_http_tls_link *l) {
    if (l->said_end || l->end == PT_TLS_BROKEN || !l->greeted)
        return;
    l->said_end = true;
    PT_IGNORE(l->lib->shutdown(l->ssl) < 0); // the other side's is not waited for
    ERR_clear_error();
}

bool pt_http_tls_link_http2(const pt_http_tls_link *l) {
    return l->http2;
}

bool pt_http_tls_link_midway(const pt_http_tls_link *l) {
    return l->lib->has_pending(l->ssl) == 1;
}

const char *pt_http_tls_link_peer(const pt_http_tls_link *l) {
    return l->peer.n ? l->peer.p : NULL;
}
