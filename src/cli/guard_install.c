// paratia guard docker --install and --uninstall: three files below --root, and the commands to
// give. It runs none of them: each stops or starts what others depend on.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/guard_docker.h"
#include "cli/receipt.h"

enum {
    FILE_BYTES_MAX = 4 << 20,
};

#define UNITS  "/etc/systemd/system/"
#define DAEMON "/etc/docker/daemon.json"
#define BACKUP DAEMON ".before-paratia"
#define PLUGIN PT_STR("paratia")
#define TLS    "/etc/docker/paratia/"
#define STATE  "/var/lib/paratia"
#define DOOR   UNITS "docker.socket.d/paratia-tls.conf"

// What daemon.json has where tenants reach the daemon over TLS.
static const struct {
    const char *member, *value;
} of_tls[] = {
    {"tlskey", "\"" TLS "server-key.pem\""},
    {"tlscert", "\"" TLS "server.pem\""},
    {"tlscacert", "\"" TLS "ca.pem\""},
    {"tlsverify", "true"},
};
static const char of_tls_own[] = "\"" TLS "ca.pem\"";

typedef struct install {
    const pt_args *args;
    pt_arena a;
    pt_buf said; // what was done, a line each
    bool tls;    // daemon.json says that dockerd serves tenants
    pt_err e;
} install;

static const char *below_root(install *s, const char *path) {
    const char *root = pt_args_get(s->args, "root");
    return pt_arena_printf(&s->a, "%s%s", root && strcmp(root, "/") != 0 ? root : "", path).p;
}

static pt_code failed(install *s, const char *path, const char *call, int sys) {
    pt_code code = pt_err_sys(&s->e, sys, "cannot install");
    pt_err_at(&s->e, "%s, %s: %s", path, call, pt_errno_text(sys));
    if (code == PT_E_DENIED)
        pt_err_remedy(&s->e, "sudo paratia guard docker --install");
    return code;
}

static void say(install *s, const char *what, const char *path) {
    pt_buf_printf(&s->said, "%-9s  %s\n", what, path);
}

// The folders above a file.
static pt_code make_folders(install *s, const char *path) {
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        pt_str dir = pt_arena_str(&s->a, (pt_str){path, (size_t)(slash - path)});
        if (dir.p && mkdir(dir.p, 0755) != 0 && errno != EEXIST)
            return failed(s, dir.p, "mkdir", errno);
    }
    return PT_OK;
}

// The service starts in the root, whatever folder this one is in.
static pt_code need_absolute(install *s, const char *option) {
    const char *value;
    for (size_t i = 0; (value = pt_args_nth(s->args, option, i)) != NULL; i++) {
        pt_str rest = pt_str_of(value);
        pt_str path;
        while (pt_str_split(&rest, ',', &path)) {
            if (pt_str_starts(path, PT_STR("/")))
                continue;
            pt_code code =
                pt_err_set(&s->e, PT_E_USAGE, "--%s %.*s: a service needs the whole path", option,
                           PT_PRI(path));
            pt_err_remedy(&s->e, "--%s /etc/paratia/%.*s", option, PT_PRI(path));
            return code;
        }
    }
    return PT_OK;
}

// A service may make a socket in its own folder alone, and the port is this host's.
static pt_code need_probes(install *s) {
    const char *word = pt_args_get(s->args, "probe-listen");
    pt_str text = pt_str_of(word);
    if (!word || pt_guard_is_loopback(text) || pt_str_starts(text, PT_STR("/run/paratia/")))
        return PT_OK;
    pt_code code = pt_err_set(&s->e, PT_E_USAGE, "--probe-listen %s cannot be installed", word);
    pt_err_remedy(&s->e, "127.0.0.1:8888, or /run/paratia/metrics.sock");
    return code;
}

// What would not start must not be installed: dockerd would refuse everything.
static pt_code need_sound(install *s) {
    pt_guard_mode mode;
    pt_guard_settings settings;
    pt_guard *guard = NULL;
    bool best_effort;
    pt_code code = pt_guard_mode_of(s->args, &mode, &s->e);
    if (!code)
        code = pt_guard_receipts_of(s->args, &best_effort, &s->e);
    static const char *const paths[] = {"config",      "policy", "tenants",
                                        "docker-root", "engine", "socket"};
    for (size_t i = 0; i < PT_COUNT(paths) && !code; i++)
        code = need_absolute(s, paths[i]);
    if (!code)
        code = need_probes(s);
    if (!code && pt_args_get(s->args, "state"))
        code = pt_err_set(&s->e, PT_E_USAGE,
                          "the service keeps its receipts in /var/lib/paratia, "
                          "so --state cannot be installed");
    if (!code)
        code = pt_guard_settings_of(s->args, &s->a, &settings, &s->e);
    if (!code)
        code = pt_guard_new(&guard, &(pt_guard_opts){.mode = mode, .threads = 1}, &settings, &s->e);
    pt_guard_free(guard);
    return code;
}

static pt_code need_root(install *s) {
    const char *root = pt_args_get(s->args, "root");
    struct stat st;
    if (!root || (stat(root, &st) == 0 && S_ISDIR(st.st_mode)))
        return PT_OK;
    return pt_err_set(&s->e, PT_E_USAGE, "--root %s: there is no such folder", root);
}

static void note_program(install *s) {
    const char *program = below_root(s, "/usr/bin/paratia");
    if (pt_args_get(s->args, "root") && access(program, F_OK) != 0)
        fprintf(stderr, "note: %s is not there, and the service would start it\n", program);
}

// A regular file's text and mode; p NULL: there is none. A link is somebody else's arrangement.
static pt_code read_file(install *s, const char *path, pt_str *ret, mode_t *ret_mode) {
    PT_AUTO(pt_fd_close)
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    *ret = (pt_str){0};
    *ret_mode = 0644;
    if (fd < 0 && errno == ENOENT)
        return PT_OK;
    if (fd < 0 || fstat(fd, &st) != 0)
        return failed(s, path, "open", errno);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(FILE_BYTES_MAX);
    pt_code code = S_ISREG(st.st_mode)
                       ? pt_fd_read_all(fd, &b, &s->e)
                       : pt_err_set(&s->e, PT_E_FORMAT, "not a regular file, so it stays");
    if (code) {
        pt_err_at(&s->e, "%s", path);
        return code;
    }
    *ret = pt_arena_str(&s->a, pt_buf_str(&b));
    *ret_mode = st.st_mode & 07777;
    return ret->p ? PT_OK : pt_err_set(&s->e, PT_E_NOMEM, "out of memory");
}

// Write it, unless it is like that already.
static pt_code put_file(install *s, const char *path, pt_str text, mode_t mode) {
    pt_str old;
    mode_t old_mode;
    pt_code code = make_folders(s, path);
    if (!code)
        code = read_file(s, path, &old, &old_mode);
    if (code)
        return code;
    if (old.p && pt_str_eq(old, text)) {
        say(s, "as it was", path);
        return PT_OK;
    }
    code = pt_file_replace(path, text, mode, &s->e);
    if (code)
        pt_err_at(&s->e, "%s", path);
    else
        say(s, "written", path);
    return code;
}

static pt_code put_units(install *s) {
    PT_AUTO(pt_buf_done) pt_buf socket = PT_BUF(FILE_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf service = PT_BUF(FILE_BYTES_MAX);
    pt_guard_put_socket(&socket, s->args);
    if (!pt_guard_put_service(&service, s->args))
        return pt_err_set(&s->e, PT_E_USAGE, "an option holds what no unit of systemd can");
    pt_code code =
        put_file(s, below_root(s, UNITS "paratia-guard-docker.socket"), pt_buf_str(&socket), 0644);
    return code ? code
                : put_file(s, below_root(s, UNITS "paratia-guard-docker.service"),
                           pt_buf_str(&service), 0644);
}

// -- TLS ------------------------------------------------------------------------------------------

static bool has_tenants(const install *s) {
    return pt_args_get(s->args, "tenants") != NULL;
}

static pt_code put_certs(install *s) {
    pt_certs certs = {0};
    pt_str state = pt_str_of(below_root(s, STATE));
    pt_code code = make_folders(s, below_root(s, STATE "/x"));
    if (!code)
        code = pt_state_make(&s->a, state, &s->e);
    if (!code)
        code = pt_docker_certs_make(s->args, &s->a, state, &certs, &s->e);
    if (!code)
        code = put_file(s, below_root(s, TLS "ca.pem"), pt_certs_bundle(&s->a, &certs), 0644);
    if (!code)
        code = put_file(s, below_root(s, TLS "server.pem"), certs.files[PT_CERT_SERVER], 0644);
    if (!code)
        code =
            put_file(s, below_root(s, TLS "server-key.pem"), certs.files[PT_CERT_SERVER_KEY], 0600);
    return code;
}

// Where the daemon listens for tenants. It comes last and goes first: without `tlsverify` in
// daemon.json it would be open to all.
static pt_code put_door(install *s) {
    const char *word = pt_args_get(s->args, "tls-listen");
    pt_str text =
        pt_arena_printf(&s->a,
                        "# Where tenants reach dockerd, which asks for their certificates "
                        "(tlsverify in daemon.json).\n"
                        "[Socket]\nListenStream=%s\n",
                        word ? word : PT_DOCKER_TLS_LISTEN);
    return text.p ? put_file(s, below_root(s, DOOR), text, 0644)
                  : pt_err_set(&s->e, PT_E_NOMEM, "out of memory");
}

static pt_code add_all(pt_arena *a, pt_str text, bool tls, pt_str *ret, pt_err *e) {
    bool changed;
    pt_code code = pt_daemon_json_add(a, text, PLUGIN, ret, &changed, e);
    for (size_t i = 0; i < PT_COUNT(of_tls) && !code && tls; i++)
        code = pt_daemon_json_set(a, *ret, of_tls[i].member, of_tls[i].value, ret, e);
    return code;
}

static pt_code remove_all(pt_arena *a, pt_str text, bool tls, pt_str *ret, pt_err *e) {
    bool changed;
    pt_code code = PT_OK;
    for (size_t i = PT_COUNT(of_tls); i > 0 && !code && tls; i--)
        code = pt_daemon_json_unset(a, text, of_tls[i - 1].member, of_tls[i - 1].value, &text, e);
    return code ? code : pt_daemon_json_remove(a, text, PLUGIN, ret, &changed, e);
}

// -- daemon.json ----------------------------------------------------------------------------------

// daemon.json, changed; what it was stays beside it the first time. Of all files it is the last one
// written, and the first one changed back: dockerd must not be told of a plugin that is not there.
static pt_code change_daemon(install *s, bool add) {
    const char *path = below_root(s, DAEMON);
    const char *backup = below_root(s, BACKUP);
    pt_str text;
    pt_str changed = {0};
    mode_t mode;
    pt_code code = read_file(s, path, &text, &mode);
    if (code || (!text.p && !add))
        return code;
    s->tls = pt_daemon_json_has(&s->a, text, "tlscacert", of_tls_own);
    if (add && s->tls && !has_tenants(s)) {
        code = pt_err_set(&s->e, PT_E_USAGE,
                          "dockerd serves tenants over TLS, and without --tenants each of them "
                          "would be taken for who operates it");
        pt_err_remedy(&s->e, "--tenants FILE, or --uninstall first");
    } else
        code = add ? add_all(&s->a, text, has_tenants(s), &changed, &s->e)
                   : remove_all(&s->a, text, s->tls, &changed, &s->e);
    if (code) {
        pt_err_at(&s->e, "%s", path);
        return code;
    }
    bool same = text.p && pt_str_eq(text, changed);
    if (same && !add)
        return PT_OK;
    if (!same && text.p && add && access(backup, F_OK) != 0)
        code = put_file(s, backup, text, mode);
    return code ? code : put_file(s, path, changed, mode);
}

static pt_code remove_file(install *s, const char *path) {
    if (unlink(path) == 0)
        say(s, "removed", path);
    else if (errno != ENOENT)
        return failed(s, path, "unlink", errno);
    return PT_OK;
}

// The backup goes if the file is again what it was.
static pt_code drop_backup(install *s) {
    pt_str now = {0};
    pt_str then = {0};
    mode_t mode;
    pt_code code = read_file(s, below_root(s, DAEMON), &now, &mode);
    if (!code)
        code = read_file(s, below_root(s, BACKUP), &then, &mode);
    if (!code && then.p && pt_str_eq(now, then))
        code = remove_file(s, below_root(s, BACKUP));
    if (!code && !then.p && pt_str_eqz(pt_str_trim(now), "{\n}")) // there was none before
        code = remove_file(s, below_root(s, DAEMON));
    return code;
}

static int finish(install *s, pt_code code, const char *commands) {
    pt_buf_putz(&s->said, commands);
    if (!code)
        code = pt_put_stdout(pt_buf_str(&s->said), &s->e);
    if (code)
        pt_say_error(&s->e);
    pt_buf_done(&s->said);
    pt_arena_done(&s->a);
    return code == PT_OK ? PT_EXIT_OK : code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
}

static const char with_tls[] =
    "\nNow give, in this order:\n"
    "  systemctl daemon-reload\n"
    "  systemctl enable --now paratia-guard-docker.socket paratia-guard-docker\n"
    "  systemctl restart docker.socket docker      certificates are read at its start alone;\n"
    "                                              containers end, unless it has live-restore\n"
    "  paratia guard docker --tenants FILE --issue USER      for each of them\n"
    "Back: paratia guard docker --uninstall\n";
static const char without_tls[] =
    "\nNow give, in this order:\n"
    "  systemctl daemon-reload\n"
    "  systemctl enable --now paratia-guard-docker.socket paratia-guard-docker\n"
    "  systemctl reload docker      it asks from then on; nothing is restarted\n"
    "Back: paratia guard docker --uninstall\n";

int pt_guard_install(const pt_args *args) {
    install s = {.args = args, .said = PT_BUF(FILE_BYTES_MAX)};
    pt_code code = need_root(&s);
    if (!code)
        code = need_sound(&s);
    if (!code)
        code = put_units(&s);
    if (!code && has_tenants(&s))
        code = put_certs(&s);
    if (!code)
        code = change_daemon(&s, true);
    if (!code && has_tenants(&s))
        code = put_door(&s);
    if (!code)
        note_program(&s);
    return finish(&s, code, has_tenants(&s) ? with_tls : without_tls);
}

int pt_guard_uninstall(const pt_args *args) {
    static const char *const files[] = {
        UNITS "multi-user.target.wants/paratia-guard-docker.service",
        UNITS "sockets.target.wants/paratia-guard-docker.socket",
        UNITS "paratia-guard-docker.service",
        UNITS "paratia-guard-docker.socket",
        TLS "ca.pem",
        TLS "server.pem",
        TLS "server-key.pem",
    };
    install s = {.args = args, .said = PT_BUF(FILE_BYTES_MAX)};
    pt_code code = need_root(&s);
    if (!code)
        code = remove_file(&s, below_root(&s, DOOR));
    if (!code)
        code = change_daemon(&s, false);
    if (!code)
        code = drop_backup(&s);
    for (size_t i = 0; i < PT_COUNT(files) && !code; i++)
        code = remove_file(&s, below_root(&s, files[i]));
    if (!s.said.n)
        return finish(&s, code, "Nothing of it is installed\n");
    if (s.tls)
        return finish(&s, code,
                      "\nNow give, in this order:\n"
                      "  systemctl daemon-reload\n"
                      "  systemctl restart docker.socket docker      until then tenants reach it\n"
                      "  systemctl stop paratia-guard-docker.socket paratia-guard-docker\n");
    return finish(&s, code,
                  "\nNow give, in this order:\n"
                  "  systemctl reload docker      it no longer asks\n"
                  "  systemctl stop paratia-guard-docker.socket paratia-guard-docker\n"
                  "  systemctl daemon-reload\n");
}
