// paratia guard docker --tenants FILE --issue USER: a certificate and a key for a tenant's user, in
// a folder as Docker's client takes it (DOCKER_CERT_PATH).
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/guard_certs.h"
#include "cli/guard_docker.h"
#include "cli/journey.h"
#include "cli/receipt.h"
#include "crypto/crypto.h"
#include "crypto/x509.h"
#include "respond/guard/entry.h"

enum {
    SKEW_S = 300, // of the daemon's clock
    WORDS_MAX = 256,
    SAID_BYTES_MAX = 1 << 16,
};
#define LIFE "7d"

typedef struct issue {
    const pt_args *args;
    pt_arena a;
    pt_str user, tenant; // tenant empty: an operator
    pt_str state;
    pt_certs certs;
    pt_x509_pair made;
    pt_x509_facts facts;
    uint64_t receipt;
    pt_err e;
} issue;

// -- for whom -------------------------------------------------------------------------------------

static pt_code unknown_user(issue *s, const pt_guard_tenants *t) {
    const char *names[WORDS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->v[i].n_users && n < WORDS_MAX; k++)
            names[n++] = pt_arena_str(&s->a, t->v[i].users[k]).p;
    const char *near = pt_nearest(s->user, names, n);
    pt_code code = pt_err_set(&s->e, PT_E_USAGE, "%.*s has no tenant", PT_PRI(s->user));
    pt_err_remedy(&s->e, near ? "%s" : "name the user in the file of --tenants first", near);
    return code;
}

static pt_code find_user(issue *s) {
    pt_guard_settings settings;
    if (!pt_args_get(s->args, "tenants"))
        return pt_err_set(&s->e, PT_E_USAGE, "--issue is of --tenants");
    pt_code code = pt_guard_settings_of(s->args, &s->a, &settings, &s->e);
    const pt_guard_tenants *t = &settings.tenants;
    for (size_t i = 0; i < t->n_operators && !code; i++)
        if (pt_str_eq(t->operators[i], s->user))
            return PT_OK;
    for (size_t i = 0; i < t->n && !code; i++)
        for (size_t k = 0; k < t->v[i].n_users; k++)
            if (pt_str_eq(t->v[i].users[k], s->user)) {
                s->tenant = t->v[i].name;
                return PT_OK;
            }
    return code ? code : unknown_user(s, t);
}

// -- the certificate ------------------------------------------------------------------------------

static pt_code make(issue *s) {
    const char *life = pt_args_get(s->args, "life");
    pt_x509_facts authority;
    int64_t life_s = 0;
    int64_t now_ns = pt_now();
    pt_x509_pair by = {s->certs.files[PT_CERT_AUTHORITY], s->certs.files[PT_CERT_AUTHORITY_KEY]};
    pt_code code = pt_certs_life("life", life ? life : LIFE, &life_s, &s->e);
    if (!code)
        code = pt_x509_read(&s->a, by.cert, &authority, &s->e);
    if (code)
        return code;
    int64_t end_ns = now_ns + life_s * PT_SECOND_NS;
    if (end_ns > authority.not_after_ns) {
        char room[PT_RFC3339_BYTES];
        pt_str until = pt_time_rfc3339(authority.not_after_ns, room);
        code = pt_err_set(&s->e, PT_E_USAGE, "the authority lives until %.*s, and no longer",
                          PT_PRI(until));
        pt_err_remedy(&s->e, "a shorter --life, or --install again, which renews it");
        return code;
    }
    pt_x509_wish wish = {.common_name = s->user,
                         .not_before_ns = now_ns - SKEW_S * PT_SECOND_NS,
                         .not_after_ns = end_ns,
                         .client = true};
    code = pt_x509_issue(&s->a, &by, &wish, &s->made, &s->e);
    return code ? code : pt_x509_read(&s->a, s->made.cert, &s->facts, &s->e);
}

// -- its receipt ----------------------------------------------------------------------------------

static pt_str entry_of(issue *s) {
    char now[PT_RFC3339_BYTES];
    char until[PT_RFC3339_BYTES];
    pt_entry_user user = {.name = s->user};
    pt_random(user.salt, sizeof user.salt);
    pt_obj o = {.a = &s->a};
    pt_obj_set(&o, "kind", pt_stringz(PT_DOCKER_ISSUED));
    pt_obj_set(&o, "time", pt_string(pt_time_rfc3339(pt_now(), now)));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_set(&o, "serial", pt_string(s->facts.serial));
    pt_obj_set(&o, "certificate", pt_stringz(s->facts.sha256));
    pt_obj_set(&o, "until", pt_string(pt_time_rfc3339(s->facts.not_after_ns, until)));
    if (s->tenant.n)
        pt_obj_set(&o, "tenant", pt_string(s->tenant));
    pt_entry_user_hide(&o, &user);
    return pt_entry_json(&s->a, pt_obj_end(&o));
}

// Before the key is anywhere: a certificate without a receipt does not come to be.
static pt_code leave_receipt(issue *s) {
    pt_ledger *ledger = NULL;
    pt_str entry = entry_of(s);
    if (!entry.n)
        return pt_err_set(&s->e, PT_E_NOMEM, "out of memory");
    pt_code code = pt_ledger_of(&s->a, s->state, &ledger, &s->e);
    if (!code)
        code = pt_ledger_append(ledger, &entry, 1, &s->receipt, &s->e);
    if (!code)
        code = pt_ledger_checkpoint(ledger, &s->e);
    pt_ledger_free(ledger);
    return code;
}

// -- its files ------------------------------------------------------------------------------------

static pt_code failed(issue *s, const char *path, int sys) {
    pt_code code = pt_err_sys(&s->e, sys, "cannot write %s: %s", path, pt_errno_text(sys));
    if (sys == EEXIST)
        pt_err_remedy(&s->e, "a certificate is there already, and stays: --to another folder");
    return code;
}

// A new file; one that is there stays.
static pt_code put_new(issue *s, const char *path, pt_str text, mode_t mode) {
    PT_AUTO(pt_fd_close)
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return failed(s, path, errno);
    pt_code code = pt_fd_write_all(fd, text, &s->e);
    return !code && fsync(fd) != 0 ? failed(s, path, errno) : code;
}

typedef struct client_file {
    const char *name;
    mode_t mode;
} client_file;
static const client_file files[] = {{"key.pem", 0600}, {"cert.pem", 0644}, {"ca.pem", 0644}};

static const char *path_of(issue *s, const char *folder, size_t i) {
    return pt_arena_printf(&s->a, "%s/%s", folder, files[i].name).p;
}

// Asked before anything is made.
static pt_code check_free(issue *s, const char *folder) {
    struct stat st;
    for (size_t i = 0; i < PT_COUNT(files); i++) {
        const char *path = path_of(s, folder, i);
        if (!path)
            return pt_err_set(&s->e, PT_E_NOMEM, "out of memory");
        if (lstat(path, &st) == 0)
            return failed(s, path, EEXIST);
    }
    return PT_OK;
}

static pt_code write_files(issue *s, const char *folder) {
    const pt_str texts[] = {s->made.key, s->made.cert, pt_certs_bundle(&s->a, &s->certs)};
    pt_code code = PT_OK;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return failed(s, folder, errno);
    for (size_t i = 0; i < PT_COUNT(files) && !code; i++) {
        const char *path = path_of(s, folder, i);
        code = path ? put_new(s, path, texts[i], files[i].mode)
                    : pt_err_set(&s->e, PT_E_NOMEM, "out of memory");
    }
    return code;
}

static pt_code say(issue *s, const char *folder) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SAID_BYTES_MAX);
    char until[PT_RFC3339_BYTES];
    for (size_t i = 0; i < PT_COUNT(files); i++)
        pt_buf_printf(&b, "written    %s\n", path_of(s, folder, i));
    pt_buf_printf(&b, "\n%.*s, ", PT_PRI(s->user));
    if (s->tenant.n)
        pt_buf_printf(&b, "tenant %.*s", PT_PRI(s->tenant));
    else
        pt_buf_putz(&b, "operator");
    pt_buf_printf(&b, ": serial %.*s, until %.*s, receipt %llu\n", PT_PRI(s->facts.serial),
                  PT_PRI(pt_time_rfc3339(s->facts.not_after_ns, until)),
                  (unsigned long long)s->receipt);
    pt_buf_printf(&b,
                  "Hand it over by a safe way; there: "
                  "DOCKER_HOST=tcp://HOST:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=%s\n",
                  folder);
    return pt_put_stdout(pt_buf_str(&b), &s->e);
}

static pt_code issue_one(issue *s) {
    const char *folder = pt_args_get(s->args, "to");
    if (!folder)
        folder = pt_arena_str(&s->a, s->user).p;
    if (!folder)
        return pt_err_set(&s->e, PT_E_NOMEM, "out of memory");
    pt_code code = find_user(s);
    if (!code)
        code = check_free(s, folder);
    if (!code)
        code = pt_state_need(s->args, &s->a, &s->state, &s->e);
    if (!code)
        code = pt_docker_certs_read(&s->a, s->state, &s->certs, &s->e);
    if (!code)
        code = make(s);
    if (!code)
        code = leave_receipt(s);
    if (!code)
        code = write_files(s, folder);
    return code ? code : say(s, folder);
}

static void wipe(pt_str secret) {
    union {
        const char *from;
        char *to;
    } p = {.from = secret.p};
    pt_wipe(p.to, secret.n);
}

int pt_docker_issue(const pt_args *args) {
    issue s = {.args = args, .user = pt_str_of(pt_args_get(args, "issue"))};
    pt_code code = issue_one(&s);
    wipe(s.made.key);
    wipe(s.certs.files[PT_CERT_AUTHORITY_KEY]);
    if (code)
        pt_say_error(&s.e);
    pt_arena_done(&s.a);
    return code == PT_OK ? PT_EXIT_OK : code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
}
