// Inside http: OpenSSL's libssl, loaded when the first server with TLS is made; most verbs serve
// nothing. (libcrypto is linked: digests and signatures are everybody's.)
#pragma once

#include <openssl/ssl.h>

#include "base/err.h"

// The functions that are used, by their name in libssl without its "SSL_".
#define PT_LIBSSL_FUNCTIONS(X) \
    X(CTX_new)                 \
    X(CTX_free)                \
    X(CTX_ctrl)                \
    X(CTX_set_options)         \
    X(CTX_set_security_level)  \
    X(CTX_set_num_tickets)     \
    X(CTX_set_cipher_list)     \
    X(CTX_set_ciphersuites)    \
    X(CTX_set_alpn_select_cb)  \
    X(CTX_set_verify)          \
    X(CTX_get0_param)          \
    X(CTX_get_cert_store)      \
    X(CTX_add_client_CA)       \
    X(CTX_use_certificate)     \
    X(CTX_use_PrivateKey)      \
    X(new)                     \
    X(free)                    \
    X(set_bio)                 \
    X(set_accept_state)        \
    X(read)                    \
    X(write)                   \
    X(get_error)               \
    X(shutdown)                \
    X(is_init_finished)        \
    X(has_pending)             \
    X(get0_alpn_selected)      \
    X(get1_peer_certificate)

typedef struct pt_libssl {
    __typeof__(TLS_server_method) *server_method;
#define MEMBER(name) __typeof__(SSL_##name) *name;
    PT_LIBSSL_FUNCTIONS(MEMBER)
#undef MEMBER
} pt_libssl;

// PT_E_UNSUPPORTED: it is not installed.
PT_CHECK pt_code pt_libssl_load(pt_libssl *ret, pt_err *e);
