// Tests only: a client that speaks TLS over a Unix socket, and certificates that nobody should
// make.
#pragma once

#include <openssl/ssl.h>
#include <sys/un.h>

#include "base/buf.h"
#include "crypto/x509.h"

typedef struct tls_client {
    int fd;
    SSL_CTX *ctx;
    SSL *ssl;
} tls_client;

typedef struct tls_wish {
    pt_str ca;             // whom it trusts; it does not let others be the server
    pt_x509_pair pair;     // its own; empty: none
    const char *alpn;      // as on the wire: "\x02h2"; NULL: none
    int version;           // TLS1_2_VERSION; 0: any
    const char *cipher_12; // of TLS 1.2 only; NULL: any
} tls_wish;

int pt_testing_tls_dial(const struct sockaddr_un *at);
// False: the handshake failed. pt_testing_tls_close in any case.
bool pt_testing_tls_open(tls_client *c, const struct sockaddr_un *at, const tls_wish *wish);
void pt_testing_tls_close(tls_client *c);

bool pt_testing_tls_say(tls_client *c, pt_str text);
// What comes until `text` came, or (NULL) until the other side said that nothing follows.
bool pt_testing_tls_hear(tls_client *c, pt_buf *b, const char *text);
void pt_testing_tls_subject(const tls_client *c, pt_buf *b); // the common name of the server

// Signed by `authority` for a day, with these bytes as its common name, twice if so wished; it says
// for what it is where `usage` says so: "clientAuth".
void pt_testing_tls_odd_pair(pt_arena *a, const pt_x509_pair *authority, pt_str common_name,
                             bool twice, const char *usage, pt_x509_pair *ret);
// The same key, encrypted.
pt_str pt_testing_tls_encrypted_key(pt_arena *a, pt_str key);
