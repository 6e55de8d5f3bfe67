// What docker login and podman login left: config.json and auth.json are of one shape, {"auths":
// {HOST: {"auth": base64 of "user:secret", "identitytoken"}}, "credHelpers": {HOST: NAME},
// "credsStore": NAME} (docker/cli, containers-auth.json(5), docker-credential-helpers).
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/subprocess.h"
#include "collect/registry/limits.h"
#include "collect/registry/registry_impl.h"
#include "crypto/crypto.h"
#include "value/json.h"

#define HUB_KEY "https://index.docker.io/v1/"

typedef struct finder {
    pt_arena *a;
    const pt_registry_homes *homes;
    const pt_registry_ref *ref;
    pt_registry_login *ret;
} finder;

static bool is_hub(const finder *f) {
    return pt_str_eqz(f->ref->host, "docker.io");
}

// -- helpers --------------------------------------------------------------------------------------

// The program, in an absolute folder of PATH.
static pt_code find_helper(const finder *f, pt_str name, pt_str *ret, pt_err *e) {
    pt_str rest = pt_str_of(f->homes->path);
    pt_str folder;
    for (size_t i = 0; i < name.n; i++)
        if ((name.p[i] < 'a' || name.p[i] > 'z') && (name.p[i] < '0' || name.p[i] > '9') &&
            pt_str_find(PT_STR("-_."), name.p[i]) == 3)
            return pt_err_set(e, PT_E_FORMAT, "no name of a credential helper: \"%.*s\"",
                              PT_PRI(pt_str_sub(name, 0, 80)));
    while (pt_str_split(&rest, ':', &folder)) {
        pt_str path =
            pt_arena_printf(f->a, "%.*s/docker-credential-%.*s", PT_PRI(folder), PT_PRI(name));
        if (path.n && path.p[0] == '/' && folder.n && access(path.p, X_OK) == 0) {
            *ret = path;
            return PT_OK;
        }
    }
    pt_code code =
        pt_err_set(e, PT_E_ABSENT, "there is no docker-credential-%.*s in PATH", PT_PRI(name));
    pt_err_remedy(e, "install it, or take it out of docker's config.json");
    return code;
}

static pt_code take_answer(finder *f, pt_str path, pt_str output, pt_err *e) {
    pt_value v = pt_undefined();
    pt_str bytes = pt_arena_str(f->a, output);
    if (!bytes.p || pt_json_parse(f->a, bytes, NULL, &v, NULL) || pt_tag_of(v) != PT_OBJECT)
        return pt_err_set(e, PT_E_IO, "%.*s answers no JSON", PT_PRI(path));
    pt_str user = pt_text(pt_getz(v, "Username"));
    *f->ret = (pt_registry_login){.user = user,
                                  .secret = pt_text(pt_getz(v, "Secret")),
                                  .token = pt_str_eqz(user, "<token>"),
                                  .where = path};
    return PT_OK;
}

static pt_code ask_helper(finder *f, pt_str name, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(PT_HELPER_BYTES_MAX);
    pt_subprocess_end end;
    pt_str path = {0};
    pt_code code = find_helper(f, name, &path, e);
    if (code)
        return code;
    const pt_subprocess p = {.argv = (const char *const[]){path.p, "get", NULL},
                             .environment = f->homes->environment,
                             .input = is_hub(f) ? PT_STR(HUB_KEY) : f->ref->host,
                             .output_bytes_max = PT_HELPER_BYTES_MAX,
                             .timeout_ms = PT_HELPER_MS};
    code = pt_subprocess_run(&p, &out, &end, e);
    if (code)
        return code;
    if (end.exit == 0)
        return take_answer(f, path, pt_buf_str(&out), e);
    static const pt_str none = PT_STR("credentials not found");
    if (pt_str_has(pt_buf_str(&out), none) || pt_str_has(pt_str_of(end.said), none))
        return PT_OK;
    PT_AUTO(pt_buf_done) pt_buf said = PT_BUF(512);
    pt_buf_put_safe(&said, pt_str_sub(pt_str_trim(pt_buf_str(&out)), 0, 100));
    pt_buf_putz(&said, said.n ? "" : end.said);
    code = pt_err_set(e, PT_E_IO, "%.*s fails: %.*s", PT_PRI(path), PT_PRI(pt_buf_str(&said)));
    pt_err_remedy(e, "docker login %.*s", PT_PRI(f->ref->host));
    return code;
}

// -- files ----------------------------------------------------------------------------------------

// "https://host/v1/" and "host" are the same.
static pt_str bare_key(pt_str key) {
    static const pt_str before[] = {PT_STR("https://"), PT_STR("http://")};
    static const pt_str behind[] = {PT_STR("/"), PT_STR("/v1"), PT_STR("/v2")};
    for (size_t i = 0; i < PT_COUNT(before); i++)
        if (pt_str_starts(key, before[i]))
            key = pt_str_sub(key, before[i].n, key.n);
    for (size_t i = 0; i < PT_COUNT(behind); i++)
        if (pt_str_ends(key, behind[i]))
            key = pt_str_sub(key, 0, key.n - behind[i].n);
    return key;
}

// How many bytes of the image's name the key stands for; 0: it is of others.
static size_t fit_of(const finder *f, pt_str key) {
    pt_str bare = bare_key(key);
    size_t cut = pt_str_find(bare, '/');
    pt_str host = pt_str_sub(bare, 0, cut);
    pt_str path = pt_str_sub(bare, cut + 1, bare.n);
    pt_str repository = f->ref->repository;
    static const pt_str hub[] = {PT_STR("docker.io"), PT_STR("index.docker.io"),
                                 PT_STR("registry-1.docker.io")};
    bool same = pt_str_eq(host, f->ref->host);
    for (size_t i = 0; i < PT_COUNT(hub) && is_hub(f); i++)
        same = same || pt_str_eq(host, hub[i]);
    if (!same || !pt_str_starts(repository, path))
        return 0;
    bool whole = !path.n || path.n == repository.n || repository.p[path.n] == '/';
    return whole ? 1 + path.n : 0;
}

// The value of the key that fits best.
static pt_value best_of(const finder *f, pt_value of) {
    pt_value best = pt_undefined();
    size_t most = 0;
    for (size_t i = 0; pt_tag_of(of) == PT_OBJECT && i < pt_len(of); i++) {
        size_t fit = fit_of(f, pt_text(pt_key_at(of, i)));
        if (fit <= most)
            continue;
        most = fit;
        best = pt_val_at(of, i);
    }
    return best;
}

static pt_code take_entry(finder *f, pt_value entry, pt_err *e) {
    pt_str auth = pt_text(pt_getz(entry, "auth"));
    pt_str token = pt_text(pt_getz(entry, "identitytoken"));
    pt_str plain = auth.n ? pt_base64_decode(f->a, auth) : PT_STR(":");
    size_t colon = pt_str_find(plain, ':');
    if (colon == plain.n)
        return pt_err_set(e, PT_E_FORMAT, "its \"auth\" of %.*s is no base64 of user:secret",
                          PT_PRI(f->ref->host));
    pt_str secret = pt_str_sub(plain, colon + 1, plain.n);
    while (pt_str_ends(secret, PT_STR("\0"))) // older clients padded
        secret.n--;
    *f->ret = (pt_registry_login){.user = pt_str_sub(plain, 0, colon),
                                  .secret = token.n ? token : secret,
                                  .token = token.n > 0};
    return PT_OK;
}

static pt_code read_file(const finder *f, const char *path, pt_value *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_AUTH_FILE_MAX);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return PT_OK;
    if (fd < 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    pt_code code = pt_fd_read_all(fd, &b, e);
    pt_str bytes = !code ? pt_arena_str(f->a, pt_buf_str(&b)) : (pt_str){0};
    if (!code && !bytes.p)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    return code ? code : pt_json_parse(f->a, bytes, NULL, ret, e);
}

static pt_code look_into(finder *f, const char *path, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_code code = read_file(f, path, &doc, e);
    pt_str helper = pt_text(best_of(f, pt_getz(doc, "credHelpers")));
    pt_str store = pt_text(pt_getz(doc, "credsStore"));
    helper = helper.n ? helper : store;
    if (!code && helper.n)
        code = ask_helper(f, helper, e);
    if (!code && !f->ret->secret.n) {
        code = take_entry(f, best_of(f, pt_getz(doc, "auths")), e);
        f->ret->where = pt_str_of(path);
    }
    if (code)
        pt_err_at(e, "%s", path);
    return code;
}

pt_code pt_registry_login_find(pt_arena *a, const pt_registry_homes *homes,
                               const pt_registry_ref *ref, pt_registry_login *ret, pt_err *e) {
    const struct {
        const char *folder, *name;
    } files[] = {
        {homes->containers, ""},
        {homes->docker, "/config.json"},
        {homes->docker ? NULL : homes->home, "/.docker/config.json"},
        {homes->containers ? NULL : homes->runtime, "/containers/auth.json"},
        {homes->containers ? NULL : homes->home, "/.config/containers/auth.json"},
    };
    pt_registry_login found = {0};
    finder f = {a, homes, ref, &found};
    for (size_t i = 0; i < PT_COUNT(files) && !found.secret.n; i++) {
        if (!files[i].folder || !*files[i].folder)
            continue;
        pt_str path = pt_arena_printf(a, "%s%s", files[i].folder, files[i].name);
        pt_code code =
            path.p ? look_into(&f, path.p, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
        if (code)
            return code;
    }
    *ret = found.secret.n ? found : (pt_registry_login){0};
    return PT_OK;
}
