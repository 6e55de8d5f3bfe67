// The certificates that the webhook shows.
#include "cli/guard_certs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/guard_k8s_cluster.h"
#include "crypto/crypto.h"

enum {
    PEM_BYTES_MAX = 1 << 20,
    NAMES_MAX = 64,
    TRIES = 5,           // while others write the same Secret
    GRACE_S_MAX = 86400, // a bundle has a day to get around; less where lives are short
    ASK_AGAIN_S = 60,    // certificates of others: they may be replaced at any time
};
#define AUTHORITY_LIFE "365d"
#define SERVER_LIFE    "30d"

// A file's text in `a`; absent: empty, where that may be.
static pt_code read_text(pt_arena *a, const char *path, bool may_be_absent, pt_str *ret,
                         pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PEM_BYTES_MAX);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *ret = (pt_str){0};
    if (fd < 0 && errno == ENOENT && may_be_absent)
        return PT_OK;
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "cannot read %s: %s", path, pt_errno_text(errno))
                          : pt_fd_read_all(fd, &b, e);
    if (!code) {
        *ret = pt_arena_str(a, pt_buf_str(&b));
        code = ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    pt_wipe(b.p, b.n);
    return code;
}

// -- made here ------------------------------------------------------------------------------------

pt_code pt_certs_life(const char *option, const char *word, int64_t *ret, pt_err *e) {
    if (pt_duration_parse(pt_str_of(word), ret))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--%s does not take %s", option, word);
    pt_err_remedy(e, "a number with s, m, h or d behind it: 30d");
    return code;
}

static pt_code life_of(const pt_args *args, const char *option, const char *fallback, int64_t *ret,
                       pt_err *e) {
    const char *word = pt_args_get(args, option);
    return pt_certs_life(option, word ? word : fallback, ret, e);
}

static pt_code lives_of(const pt_args *args, pt_certs_opts *o, pt_err *e) {
    pt_code code = life_of(args, "ca-life", AUTHORITY_LIFE, &o->authority_s, e);
    if (!code)
        code = life_of(args, "cert-life", SERVER_LIFE, &o->server_s, e);
    o->grace_s = o->authority_s / 12 < GRACE_S_MAX ? o->authority_s / 12 : GRACE_S_MAX;
    return code;
}

static void note(const char *text) {
    fprintf(stderr, "note: certificates: %s\n", text);
}

pt_code pt_certs_folder(pt_arena *a, pt_str state, const char *name, pt_str *ret, int *ret_lock,
                        pt_err *e) {
    *ret = pt_arena_printf(a, "%.*s/%s", PT_PRI(state), name);
    if (!ret->p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (mkdir(ret->p, 0700) != 0 && errno != EEXIST)
        return pt_err_sys(e, errno, "cannot make %s: %s", ret->p, pt_errno_text(errno));
    *ret_lock = open(ret->p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret_lock < 0 || flock(*ret_lock, LOCK_EX) != 0)
        return pt_err_sys(e, errno, "cannot lock %s: %s", ret->p, pt_errno_text(errno));
    return PT_OK;
}

static pt_code each_file(pt_arena *a, pt_str folder, pt_certs *of, bool write, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < PT_CERT_FILES && !code; i++) {
        pt_str path = pt_arena_printf(a, "%.*s/%s", PT_PRI(folder), pt_cert_names[i]);
        if (!path.p)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        if (!write)
            code = read_text(a, path.p, true, &of->files[i], e);
        else if (of->files[i].n)
            code = pt_file_replace(path.p, of->files[i], 0600, e);
        else if (unlink(path.p) != 0 && errno != ENOENT)
            code = pt_err_sys(e, errno, "cannot remove %s: %s", path.p, pt_errno_text(errno));
    }
    return code;
}

pt_code pt_certs_read(pt_arena *a, pt_str folder, pt_certs *of, pt_err *e) {
    return each_file(a, folder, of, false, e);
}

pt_code pt_certs_write(pt_arena *a, pt_str folder, pt_certs *of, pt_err *e) {
    return each_file(a, folder, of, true, e);
}

// Where the certificates are kept: a folder of ours, or a Secret that several guards share.
typedef struct keeping {
    pt_guard_cluster *cluster; // NULL: the folder
    pt_str folder, version;
    int lock; // of the folder: one program at a time looks and changes
} keeping;

static pt_code keep(keeping *k, pt_arena *a, pt_certs *certs, bool write, pt_err *e) {
    if (!k->cluster)
        return each_file(a, k->folder, certs, write, e);
    return write ? pt_guard_cluster_put_certs(k->cluster, a, certs, k->version, e)
                 : pt_guard_cluster_certs(k->cluster, a, certs, &k->version, e);
}

static pt_code step_once(keeping *k, pt_arena *a, const pt_certs_opts *o, pt_certs *certs,
                         int64_t *ret_next_ns, pt_err *e) {
    pt_certs_done done = {0};
    pt_code code = keep(k, a, certs, false, e);
    if (!code)
        code = pt_certs_step(a, o, pt_now(), certs, &done, e);
    *ret_next_ns = done.next_ns;
    return !code && done.changed ? keep(k, a, certs, true, e) : code;
}

static pt_code make(const pt_args *args, pt_str state, pt_guard_cluster *cluster, pt_arena *a,
                    pt_guard_identity *ret, pt_err *e) {
    pt_list_option words = {0};
    pt_certs certs = {0};
    pt_str names[NAMES_MAX];
    keeping k = {.cluster = cluster && cluster->secret_path.n ? cluster : NULL, .lock = -1};
    pt_certs_opts o = {.common_name = PT_STR("paratia guard"), .names = names, .note = note};
    pt_code code = lives_of(args, &o, e);
    if (!code && !pt_args_list(args, "tls-name", a, &words))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < words.n && i < NAMES_MAX; i++)
        names[o.n_names++] = pt_str_of(words.v[i]);
    if (!words.n)
        names[o.n_names++] = PT_STR("localhost");
    if (!code && !k.cluster)
        code = pt_certs_folder(a, state, "certs", &k.folder, &k.lock, e);
    if (code)
        return code;
    code = PT_E_CONFLICT;
    for (size_t tries = 0; tries < TRIES && code == PT_E_CONFLICT; tries++)
        code = step_once(&k, a, &o, &certs, &ret->next_ns, e);
    pt_fd_close(&k.lock);
    int64_t soon_ns = pt_now() + ASK_AGAIN_S * PT_SECOND_NS;
    if (k.cluster && soon_ns < ret->next_ns)
        ret->next_ns = soon_ns; // another guard may have renewed them
    ret->shown.cert = certs.files[PT_CERT_SERVER];
    ret->shown.key = certs.files[PT_CERT_SERVER_KEY];
    ret->bundle = pt_certs_bundle(a, &certs);
    return code;
}

// -- given ----------------------------------------------------------------------------------------

static pt_code given(const char *cert, const char *key, pt_arena *a, pt_guard_identity *ret,
                     pt_err *e) {
    if (!cert || !key)
        return pt_err_set(e, PT_E_USAGE, "--cert and --key belong together");
    pt_code code = read_text(a, cert, false, &ret->shown.cert, e);
    ret->next_ns = pt_now() + ASK_AGAIN_S * PT_SECOND_NS;
    return code ? code : read_text(a, key, false, &ret->shown.key, e);
}

pt_code pt_guard_identity_of(const pt_args *args, pt_str state, pt_guard_cluster *cluster,
                             pt_arena *a, pt_guard_identity *ret, pt_err *e) {
    const char *cert = pt_args_get(args, "cert");
    const char *key = pt_args_get(args, "key");
    const char *client_ca = pt_args_get(args, "client-ca");
    *ret = (pt_guard_identity){0};
    pt_code code =
        cert || key ? given(cert, key, a, ret, e) : make(args, state, cluster, a, ret, e);
    return code || !client_ca ? code : read_text(a, client_ca, false, &ret->shown.client_ca, e);
}

pt_code pt_guard_bundle_of(const pt_args *args, pt_str state, pt_arena *a, pt_str *ret, pt_err *e) {
    pt_guard_identity made = {0};
    pt_certs certs = {0};
    pt_str folder;
    int lock = -1;
    if (pt_args_get(args, "cert")) {
        pt_err_set(e, PT_E_USAGE,
                   "--ca-bundle is of certificates that are made here, and --cert "
                   "gives another one");
        return PT_E_USAGE;
    }
    pt_code code = pt_certs_folder(a, state, "certs", &folder, &lock, e);
    if (!code)
        code = each_file(a, folder, &certs, false, e);
    pt_fd_close(&lock);
    *ret = pt_certs_bundle(a, &certs);
    if (code || certs.files[PT_CERT_AUTHORITY].n)
        return code;
    code = make(args, state, NULL, a, &made, e);
    *ret = made.bundle;
    return code;
}
