// The authority that tenants' certificates come from, and the daemon's own certificate: made by
// --install, below the state folder.
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/guard_certs.h"
#include "cli/guard_docker.h"

enum {
    NAMES_MAX = 64,
    GRACE_S_MAX = 86400,
};
#define FOLDER   "docker-certs"
#define LIFE     "365d"
#define LOOPBACK "127.0.0.1"

static void note(const char *text) {
    fprintf(stderr, "note: certificates: %s\n", text);
}

// The address of ADDR:PORT; empty: every one.
static pt_str host_of(pt_str word) {
    pt_str host = pt_str_sub(word, 0, pt_str_rfind(word, ':'));
    bool brackets = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    return brackets ? pt_str_sub(host, 1, host.n - 1) : host;
}

// What clients call the daemon: --tls-name, and where it listens.
static pt_code names_of(const pt_args *args, pt_arena *a, pt_certs_opts *o, pt_str *names,
                        pt_err *e) {
    const char *listen = pt_args_get(args, "tls-listen");
    pt_str host = host_of(pt_str_of(listen ? listen : PT_DOCKER_TLS_LISTEN));
    pt_list_option words = {0};
    if (!pt_args_list(args, "tls-name", a, &words))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < words.n && o->n_names < NAMES_MAX - 2; i++)
        names[o->n_names++] = pt_str_of(words.v[i]);
    if (!words.n)
        names[o->n_names++] = PT_STR("localhost");
    bool every = !host.n || pt_str_eqz(host, "0.0.0.0") || pt_str_eqz(host, "::");
    names[o->n_names++] = every ? PT_STR(LOOPBACK) : host;
    o->names = names;
    return PT_OK;
}

// ":2376", "10.0.0.5:2376", "[::1]:2376": as the unit takes it.
static pt_code check_listen(const pt_args *args, pt_err *e) {
    const char *word = pt_args_get(args, "tls-listen");
    pt_str text = pt_str_of(word);
    size_t colon = pt_str_rfind(text, ':');
    int64_t port = 0;
    bool good =
        !word || (colon < text.n && pt_str_int(pt_str_sub(text, colon + 1, text.n), 10, &port) &&
                  port > 0 && port < 65536);
    for (size_t i = 0; i < text.n; i++)
        good = good && strchr("0123456789abcdefABCDEF.:[]", text.p[i]);
    if (good)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--tls-listen %s: not an address and a port", word);
    pt_err_remedy(e, "10.0.0.5:2376, [::1]:2376, or :2376 for every address");
    return code;
}

pt_code pt_docker_certs_make(const pt_args *args, pt_arena *a, pt_str state, pt_certs *ret,
                             pt_err *e) {
    const char *life = pt_args_get(args, "ca-life");
    pt_str names[NAMES_MAX];
    pt_certs_opts o = {.common_name = PT_STR("paratia guard docker"), .note = note};
    pt_certs_done done = {0};
    pt_str folder;
    PT_AUTO(pt_fd_close) int lock = -1;
    pt_code code = check_listen(args, e);
    if (!code)
        code = pt_certs_life("ca-life", life ? life : LIFE, &o.authority_s, e);
    if (!code)
        code = names_of(args, a, &o, names, e);
    if (!code)
        code = pt_certs_folder(a, state, FOLDER, &folder, &lock, e);
    if (code)
        return code;
    o.server_s = o.authority_s; // dockerd reads it at its start alone
    o.grace_s = o.authority_s / 12 < GRACE_S_MAX ? o.authority_s / 12 : GRACE_S_MAX;
    code = pt_certs_read(a, folder, ret, e);
    if (!code)
        code = pt_certs_step(a, &o, pt_now(), ret, &done, e);
    return !code && done.changed ? pt_certs_write(a, folder, ret, e) : code;
}

// Nothing is made here: without an authority there is nothing to read.
pt_code pt_docker_certs_read(pt_arena *a, pt_str state, pt_certs *ret, pt_err *e) {
    pt_str folder = pt_arena_printf(a, "%.*s/" FOLDER, PT_PRI(state));
    if (!folder.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_certs_read(a, folder, ret, e);
    if (code || (ret->files[PT_CERT_AUTHORITY].n && ret->files[PT_CERT_AUTHORITY_KEY].n))
        return code;
    code = pt_err_set(e, PT_E_ABSENT, "there is no authority that could sign: %.*s/ca.crt",
                      PT_PRI(folder));
    pt_err_remedy(e, "paratia guard docker --tenants FILE --enforce --install makes it");
    return code;
}
