// Who else is asked for an image, by the files of the engines of this machine. The first of them
// that knows the image's registry decides:
// - containerd's hosts.toml (containerd, docs/hosts.md), in the folder HOST:PORT, HOST_PORT_, HOST
// or
//   _default: server = URL, [host."URL"] capabilities, override_path, ca. The order of the tables
//   is that of the file. A host that may not resolve tags is asked for digests only.
// - registries.conf of Podman (containers-registries.conf(5), version 2): of the tables
//   [[registry]] that with the longest prefix: location, blocked, mirror-by-digest-only,
//   [[registry.mirror]] location, pull-from-mirror.
// - registry-mirrors of Docker's daemon.json, of Docker Hub only.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/registry/limits.h"
#include "collect/registry/registry_impl.h"
#include "value/json.h"
#include "value/toml.h"

typedef struct finder {
    pt_arena *a;
    const pt_registry_homes *homes;
    const pt_registry *of;
    pt_str file; // that is read
    PT_VEC(pt_registry) found;
    bool instead; // they are asked in place of the registry
} finder;

// A mirror as a file has it.
typedef struct mirror {
    pt_str at; // "[http[s]://]HOST[:PORT][/PATH]"
    pt_str repository;
    bool path_is_whole; // "/v2" is in it, or is not wanted
    bool digests_only, ns;
    pt_str ca;
} mirror;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// *ret.p is NULL: it is not there, or is not for us to read: what only root is told is not said.
static pt_code read_text(finder *f, pt_str path, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_AUTH_FILE_MAX);
    *ret = (pt_str){0};
    PT_AUTO(pt_fd_close)
    int fd = path.p ? open(path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
    if (!path.p || (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)))
        return path.p ? PT_OK : full(e);
    f->file = path;
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno))
                          : pt_fd_read_all(fd, &b, e);
    if (!code) {
        *ret = pt_arena_str(f->a, pt_buf_str(&b));
        code = ret->p ? PT_OK : full(e);
    }
    return code;
}

// -- one of them ----------------------------------------------------------------------------------

// "HOST:PORT" and "/PATH" of it.
static void split_url(pt_str url, pt_str *ret_host, pt_str *ret_path) {
    static const pt_str schemes[] = {PT_STR("https://"), PT_STR("http://")};
    for (size_t i = 0; i < PT_COUNT(schemes); i++)
        if (pt_str_starts(url, schemes[i]))
            url = pt_str_sub(url, schemes[i].n, url.n);
    size_t cut = pt_str_find(url, '/');
    *ret_host = pt_str_sub(url, 0, cut);
    *ret_path = pt_str_sub(url, cut, url.n);
    while (pt_str_ends(*ret_path, PT_STR("/")))
        ret_path->n--;
}

// It goes into a URL.
static bool is_path(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f || pt_str_find(PT_STR("?#%\\\""), s.p[i]) < 5)
            return false;
    return !pt_str_has(s, PT_STR(".."));
}

static pt_code add(finder *f, const mirror *m, pt_err *e) {
    pt_str host;
    pt_str path;
    split_url(m->at, &host, &path);
    if (!pt_registry_is_host(host) || !is_path(path) || !pt_registry_is_repository(m->repository))
        return pt_err_set(e, PT_E_FORMAT, "no address of a mirror: \"%.*s\"",
                          PT_PRI(pt_str_sub(m->at, 0, 120)));
    if (m->digests_only && !f->of->ref.digest.n)
        return PT_OK;
    if (f->found.n == PT_MIRRORS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u mirrors", PT_MIRRORS_MAX);
    pt_registry *r = PT_PUSH(f->a, &f->found);
    if (!r)
        return full(e);
    bool whole = m->path_is_whole || pt_str_ends(path, PT_STR("/v2"));
    *r = (pt_registry){.ref = f->of->ref,
                       .path = pt_arena_printf(f->a, "%.*s%s", PT_PRI(path), whole ? "" : "/v2"),
                       .said_by = f->file,
                       .insecure = f->of->insecure,
                       .names = f->of->names};
    r->ref.host = pt_arena_str(f->a, host);
    r->ref.repository = pt_arena_str(f->a, m->repository);
    if (m->ns)
        r->query = pt_arena_printf(f->a, "?ns=%.*s", PT_PRI(f->of->ref.host));
    if (f->a->full)
        return full(e);
    pt_code code = pt_registry_login_find(f->a, f->homes, &r->ref, &r->login, e);
    if (!code)
        code = pt_registry_read_ca(f->a, f->homes->certs, r, e);
    r->ca = m->ca.n ? pt_arena_printf(f->a, "%.*s\n%.*s", PT_PRI(m->ca), PT_PRI(r->ca)) : r->ca;
    return code;
}

// -- hosts.toml -----------------------------------------------------------------------------------

// Where the table of this host begins: [host."URL"].
static size_t place_of(pt_str bytes, pt_str url) {
    for (size_t at = 0; at < bytes.n;) {
        size_t next = pt_str_find_str(pt_str_sub(bytes, at, bytes.n), url);
        size_t end = at + next + url.n;
        if (at + next >= bytes.n)
            break;
        if (end + 1 < bytes.n && (bytes.p[end] == '"' || bytes.p[end] == '\'') &&
            pt_str_starts(pt_str_trim(pt_str_sub(bytes, end + 1, bytes.n)), PT_STR("]")))
            return at + next;
        at = end;
    }
    return bytes.n;
}

typedef struct placed {
    size_t at;
    pt_str url;
    pt_value v;
} placed;

static int by_place(const void *a, const void *b) {
    size_t x = ((const placed *)a)->at;
    size_t y = ((const placed *)b)->at;
    return x < y ? -1 : x > y;
}

static bool has_capability(pt_value of, const char *word) {
    pt_value all = pt_getz(of, "capabilities");
    for (size_t i = 0; i < pt_len(all); i++)
        if (pt_str_eqz(pt_text(pt_at(all, i)), word))
            return true;
    return !pt_defined(all);
}

// One more of a host, from the folder of hosts.toml on, behind those of *ret.
static pt_code add_ca(finder *f, pt_str folder, pt_str name, pt_str *ret, pt_err *e) {
    pt_str text = {0};
    bool absolute = pt_str_starts(name, PT_STR("/"));
    pt_str path = absolute ? pt_arena_str(f->a, name)
                           : pt_arena_printf(f->a, "%.*s/%.*s", PT_PRI(folder), PT_PRI(name));
    pt_code code = read_text(f, path, &text, e);
    if (!code && !text.p)
        return pt_err_set(e, PT_E_ABSENT, "its \"ca\" is not there: %.*s", PT_PRI(path));
    *ret = pt_arena_printf(f->a, "%.*s%.*s\n", PT_PRI(*ret), PT_PRI(text));
    return code;
}

// ca = "FILE" or ["FILE", …]
static pt_code read_cas(finder *f, pt_str folder, pt_value ca, pt_str *ret, pt_err *e) {
    pt_str own = f->file;
    pt_code code = pt_text(ca).n ? add_ca(f, folder, pt_text(ca), ret, e) : PT_OK;
    for (size_t i = 0; !code && pt_tag_of(ca) == PT_ARRAY && i < pt_len(ca); i++)
        code = add_ca(f, folder, pt_text(pt_at(ca, i)), ret, e);
    f->file = own;
    return code;
}

static pt_code add_host(finder *f, pt_str folder, pt_str url, pt_value v, pt_err *e) {
    mirror m = {.at = url,
                .repository = f->of->ref.repository,
                .path_is_whole = pt_true(pt_getz(v, "override_path")),
                .digests_only = !has_capability(v, "resolve"),
                .ns = true};
    if (!has_capability(v, "pull"))
        return PT_OK;
    pt_code code = read_cas(f, folder, pt_getz(v, "ca"), &m.ca, e);
    return code ? code : add(f, &m, e);
}

// It stands for the registry itself, if it is another.
static pt_code add_server(finder *f, pt_str folder, pt_value doc, pt_err *e) {
    pt_str host;
    pt_str path;
    pt_str own = f->of->ref.host;
    pt_str url = text_of(doc, "server");
    split_url(url, &host, &path);
    bool hub = pt_str_eqz(own, "docker.io") && pt_str_eqz(host, "registry-1.docker.io");
    if (!url.n || pt_str_eq(host, own) || hub)
        return PT_OK;
    f->instead = true;
    return add_host(f, folder, url, doc, e);
}

static pt_code take_hosts(finder *f, pt_str folder, pt_str bytes, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_code code = pt_toml_parse(f->a, bytes, &doc, e);
    pt_value hosts = pt_getz(doc, "host");
    size_t n = pt_tag_of(hosts) == PT_OBJECT ? pt_len(hosts) : 0;
    if (!code && n > PT_MIRRORS_MAX)
        code = pt_err_set(e, PT_E_LIMIT, "more than %u mirrors", PT_MIRRORS_MAX);
    placed all[PT_MIRRORS_MAX];
    for (size_t i = 0; !code && i < n; i++) {
        all[i].url = pt_text(pt_key_at(hosts, i));
        all[i].at = place_of(bytes, all[i].url);
        all[i].v = pt_val_at(hosts, i);
    }
    if (!code && n)
        qsort(all, n, sizeof *all, by_place);
    for (size_t i = 0; !code && i < n; i++)
        code = add_host(f, folder, all[i].url, all[i].v, e);
    return code ? code : add_server(f, folder, doc, e);
}

static pt_code by_containerd(finder *f, bool *ret_there, pt_err *e) {
    pt_str host = f->of->ref.host;
    size_t colon = pt_str_rfind(host, ':');
    const pt_str names[] = {host,
                            pt_arena_printf(f->a, "%.*s_%.*s_", PT_PRI(pt_str_sub(host, 0, colon)),
                                            PT_PRI(pt_str_sub(host, colon + 1, host.n))),
                            pt_str_sub(host, 0, colon), PT_STR("_default")};
    pt_code code = PT_OK;
    for (size_t i = 0; !code && !*ret_there && f->homes->containerd && i < PT_COUNT(names); i++) {
        pt_str text;
        pt_str folder = pt_arena_printf(f->a, "%s/%.*s", f->homes->containerd, PT_PRI(names[i]));
        pt_str path = pt_arena_printf(f->a, "%.*s/hosts.toml", PT_PRI(folder));
        code = read_text(f, path, &text, e);
        *ret_there = text.p != NULL;
        if (!code && text.p)
            code = take_hosts(f, folder, text, e);
    }
    return code;
}

// -- registries.conf ------------------------------------------------------------------------------

// How much of the name the prefix is; 0: it is another's. "*.example.com" stands for hosts.
static size_t fit_of(pt_str name, pt_str prefix) {
    pt_str host = pt_str_sub(name, 0, pt_str_find(name, '/'));
    if (pt_str_starts(prefix, PT_STR("*.")))
        return pt_str_ends(host, pt_str_sub(prefix, 1, prefix.n)) ? host.n : 0;
    bool whole = prefix.n == name.n || (prefix.n < name.n && name.p[prefix.n] == '/');
    return whole && pt_str_starts(name, prefix) ? prefix.n : 0;
}

typedef struct best {
    pt_value table;
    pt_str file;
    size_t fit, prefix; // of the name; how long the prefix is, which decides
} best;

static pt_code look_into(finder *f, pt_str name, pt_str path, best *ret, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_str text;
    pt_code code = read_text(f, path, &text, e);
    if (!code && text.p)
        code = pt_toml_parse(f->a, text, &doc, e);
    pt_value tables = pt_getz(doc, "registry");
    for (size_t i = 0; !code && i < pt_len(tables); i++) {
        pt_value t = pt_at(tables, i);
        pt_str prefix = text_of(t, "prefix");
        prefix = prefix.n ? prefix : text_of(t, "location");
        size_t fit = fit_of(name, prefix);
        if (fit && prefix.n >= ret->prefix) // a later file overrides
            *ret = (best){.table = t, .file = path, .fit = fit, .prefix = prefix.n};
    }
    return code;
}

static int is_conf(const struct dirent *d) {
    return pt_str_ends(pt_str_of(d->d_name), PT_STR(".conf"));
}

static pt_code look_into_folder(finder *f, pt_str name, pt_str folder, best *ret, pt_err *e) {
    struct dirent **all = NULL;
    int n = folder.p ? scandir(folder.p, &all, is_conf, alphasort) : -1;
    pt_code code = PT_OK;
    if (n < 0 && errno != ENOENT && errno != ENOTDIR)
        code = pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    for (int i = 0; i < n; i++) {
        pt_str path = pt_arena_printf(f->a, "%.*s/%s", PT_PRI(folder), all[i]->d_name);
        if (!code)
            code = look_into(f, name, path, ret, e);
        free(all[i]);
    }
    free((void *)all);
    return code;
}

// REGISTRIES_CONF alone; else the user's, or the system's; and those of the folder beside it.
static pt_code find_table(finder *f, pt_str name, best *ret, pt_err *e) {
    const char *home = f->homes->home ? f->homes->home : "";
    pt_str own = pt_arena_printf(f->a, "%s/.config/containers/registries.conf", home);
    pt_str file = f->homes->registries                ? pt_str_of(f->homes->registries)
                  : *home && access(own.p, F_OK) == 0 ? own
                                                      : PT_STR("/etc/containers/registries.conf");
    pt_code code = look_into(f, name, file, ret, e);
    if (!code && !f->homes->registries)
        code = look_into_folder(f, name, pt_arena_printf(f->a, "%.*s.d", PT_PRI(file)), ret, e);
    return code;
}

// What stands for the first `fit` bytes of the name.
static pt_code add_location(finder *f, pt_str location, pt_str rest, bool digests_only, pt_err *e) {
    pt_str whole = pt_arena_printf(f->a, "%.*s%.*s", PT_PRI(location), PT_PRI(rest));
    size_t cut = pt_str_find(whole, '/');
    const mirror m = {.at = pt_str_sub(whole, 0, cut),
                      .repository = pt_str_sub(whole, cut + 1, whole.n),
                      .digests_only = digests_only};
    return add(f, &m, e);
}

static pt_code take_table(finder *f, pt_str name, const best *b, pt_err *e) {
    pt_str rest = pt_str_sub(name, b->fit, name.n);
    pt_str location = text_of(b->table, "location");
    pt_value mirrors = pt_getz(b->table, "mirror");
    bool digests = pt_true(pt_getz(b->table, "mirror-by-digest-only"));
    pt_code code = PT_OK;
    f->file = b->file;
    if (pt_true(pt_getz(b->table, "blocked"))) {
        code = pt_err_set(e, PT_E_DENIED, "this registry is blocked here");
        pt_err_remedy(e, "the operator's file says so: blocked = true");
        return code;
    }
    for (size_t i = 0; !code && i < pt_len(mirrors); i++) {
        pt_value m = pt_at(mirrors, i);
        pt_str when = text_of(m, "pull-from-mirror");
        bool by_tag = pt_str_eqz(when, "tag-only");
        if (by_tag && f->of->ref.digest.n)
            continue;
        code = add_location(f, text_of(m, "location"), rest,
                            digests || pt_str_eqz(when, "digest-only"), e);
    }
    f->instead = location.n && !pt_str_eq(location, pt_str_sub(name, 0, b->fit));
    return !code && f->instead ? add_location(f, location, rest, false, e) : code;
}

static pt_code by_podman(finder *f, bool *ret_there, pt_err *e) {
    best b = {.table = pt_undefined()};
    pt_str name =
        pt_arena_printf(f->a, "%.*s/%.*s", PT_PRI(f->of->ref.host), PT_PRI(f->of->ref.repository));
    pt_code code = find_table(f, name, &b, e);
    *ret_there = b.fit > 0;
    return !code && b.fit ? take_table(f, name, &b, e) : code;
}

// -- daemon.json ----------------------------------------------------------------------------------

static pt_code by_docker(finder *f, bool *ret_there, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_str text;
    if (!pt_str_eqz(f->of->ref.host, "docker.io") || !f->homes->daemon)
        return PT_OK;
    pt_code code = read_text(f, pt_str_of(f->homes->daemon), &text, e);
    if (!code && pt_str_trim(text).n)
        code = pt_json_parse(f->a, text, NULL, &doc, e);
    pt_value all = pt_getz(doc, "registry-mirrors");
    *ret_there = pt_len(all) > 0;
    for (size_t i = 0; !code && i < pt_len(all); i++) {
        const mirror m = {.at = pt_text(pt_at(all, i)), .repository = f->of->ref.repository};
        code = add(f, &m, e);
    }
    return code;
}

pt_code pt_registry_mirrors_find(pt_arena *a, const pt_registry_homes *homes, pt_registry *r,
                                 pt_err *e) {
    static pt_code (*const by[])(finder *f, bool *ret_there, pt_err *e) = {by_containerd, by_podman,
                                                                           by_docker};
    finder f = {.a = a, .homes = homes, .of = r};
    bool there = false;
    pt_code code = PT_OK;
    for (size_t i = 0; !code && !there && i < PT_COUNT(by); i++)
        code = by[i](&f, &there, e);
    if (code) {
        pt_err_at(e, "%.*s", PT_PRI(f.file));
        return code;
    }
    r->mirrors = f.found.v;
    r->n_mirrors = f.found.n;
    r->instead = f.instead && f.found.n;
    return PT_OK;
}
