#include "cli/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/instant.h"
#include "crypto/crypto.h"

enum {
    KEY_BYTES_MAX = 1 << 20,
};

pt_code pt_bundle_key_read(pt_arena *a, const char *option, const char *path, pt_str *ret,
                           pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(KEY_BYTES_MAX);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "--%s: the file cannot be read: %s", option,
                                       pt_errno_text(errno))
                          : pt_fd_read_all(fd, &b, e);
    if (code) {
        // What was given may be a secret: it is not repeated.
        pt_err_remedy(e, "--%s FILE: a secret, too, is taken from a file only", option);
        return code;
    }
    *ret = pt_arena_str(a, pt_buf_str(&b));
    pt_wipe(b.p, b.n);
    return ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// Options that mean nothing without a key would be a belief of the operator's.
static pt_code no_key(const pt_args *args, pt_err *e) {
    static const char *const others[] = {"verification-key-id", "scope", "exclude-files-verify",
                                         "signing-alg"};
    bool signs = pt_args_get(args, "signing-key") != NULL;
    for (size_t i = 0; i < PT_COUNT(others); i++) {
        bool of_signing = signs && (i == 0 || i == 3);
        if (pt_args_get(args, others[i]) && !of_signing)
            return pt_err_set(e, PT_E_USAGE, "--%s means nothing without --verification-key",
                              others[i]);
    }
    return PT_OK;
}

pt_code pt_bundle_trust_of(const pt_args *args, pt_arena *a, pt_bundle_trust *room,
                           const pt_load_trust **ret, pt_err *e) {
    const char *path = pt_args_get(args, "verification-key");
    const char *id = pt_args_get(args, "verification-key-id");
    const char *alg = pt_args_get(args, "signing-alg");
    *ret = NULL;
    if (!path)
        return no_key(args, e);
    pt_code code = pt_bundle_key_read(a, "verification-key", path, &room->key.bytes, e);
    if (code)
        return code;
    if (!pt_args_list(args, "exclude-files-verify", a, &room->exclude))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    room->key.id = pt_str_of(id ? id : "default");
    room->key.algorithm = pt_str_of(alg ? alg : "RS256");
    room->trust = (pt_load_trust){
        .keys = &room->key,
        .n_keys = 1,
        .key_id = id ? pt_str_of("") : room->key.id,
        .scope = pt_str_of(pt_args_get(args, "scope")),
        .exclude = room->exclude.v,
        .n_exclude = room->exclude.n,
        .now_s = pt_now() / PT_SECOND_NS,
    };
    *ret = &room->trust;
    return PT_OK;
}

void pt_bundle_key_wipe(pt_str key) {
    union {
        const char *read;
        char *wiped;
    } secret = {key.p};
    pt_wipe(secret.wiped, key.n);
}

void pt_bundle_trust_done(pt_bundle_trust *room) {
    pt_bundle_key_wipe(room->key.bytes);
}

void pt_bundle_say_unverified(const pt_load_names *bundles) {
    for (size_t i = 0; i < bundles->n; i++) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
        pt_buf_put_safe(&b, bundles->v[i]);
        fprintf(stderr,
                "paratia: bundle %.*s is signed, and the signature was not verified: "
                "--verification-key FILE verifies it\n",
                PT_PRI(pt_buf_str(&b)));
    }
}
