// Kubeconfig files (k8s.io/client-go/tools/clientcmd/api/v1), as far as they name a server and who
// we are; what would run programs or weaken TLS is refused.
#include <string.h>

#include "collect/cluster/cluster_impl.h"
#include "crypto/crypto.h"
#include "value/path.h"
#include "value/yaml.h"

enum {
    PEM_BYTES_MAX = 1 << 20,
    ENTRIES_MAX = 10000,
    PATH_BYTES = 512,
};

typedef struct reader {
    pt_arena *a;
    const pt_kubeconfig_text *from;
    pt_yaml_doc doc;
    pt_err *e;
} reader;

// A field by its place: "users[2].user" and "token".
typedef struct field {
    pt_value object;
    char path[PATH_BYTES];
} field;

// -- errors with their place ----------------------------------------------------------------------

// Say where an error is that was just set.
static pt_code at(const reader *r, const char *path, pt_code code) {
    uint32_t line = 0;
    uint32_t column = 0;
    pt_yaml_locate(&r->doc, pt_str_of(path), &line, &column);
    if (r->e) {
        r->e->line = line;
        r->e->column = column;
    }
    if (path[0])
        pt_err_at(r->e, "%s", path);
    pt_err_at(r->e, "%s", r->from->file);
    return code;
}

static pt_code at_field(const reader *r, const field *f, const char *name, pt_code code) {
    PT_AUTO(pt_buf_done) pt_buf path = PT_BUF((size_t)2 * PATH_BYTES);
    pt_buf_printf(&path, "%s.%s%c", f->path, name, '\0');
    return at(r, path.full ? f->path : path.p, code);
}

static bool is_set(pt_value v) {
    bool empty = pt_tag_of(v) == PT_STRING || pt_tag_of(v) == PT_ARRAY || pt_tag_of(v) == PT_OBJECT;
    return pt_tag_of(v) > PT_NULL && !(empty && v.n == 0) && !pt_eq(v, pt_bool(false));
}

// A text of a field, in the arena; empty: it is not set.
static pt_code text_of(const reader *r, const field *f, const char *name, pt_str *ret) {
    pt_value v = pt_getz(f->object, name);
    if (pt_tag_of(v) > PT_NULL && pt_tag_of(v) != PT_STRING)
        return at_field(r, f, name, pt_err_set(r->e, PT_E_FORMAT, "this is no text"));
    for (size_t i = 0; i < pt_text(v).n; i++)
        if (pt_text(v).p[i] == '\0')
            return at_field(r, f, name, pt_err_set(r->e, PT_E_FORMAT, "there is a NUL in it"));
    *ret = pt_arena_str(r->a, pt_text(v)); // what JSON gives is a slice of the input
    return ret->p ? PT_OK : pt_err_set(r->e, PT_E_NOMEM, "no memory for the kubeconfig");
}

// -- what is refused ------------------------------------------------------------------------------

typedef struct refusal {
    const char *name, *why, *remedy;
} refusal;

#define OTHER_LOGIN "use a client certificate or a token (kubectl create token NAME)"

static const refusal of_users[] = {
    {"exec", "a plugin is a program that would be run, which is not done", OTHER_LOGIN},
    {"auth-provider", "auth-provider plugins are no longer part of Kubernetes", OTHER_LOGIN},
    {"username", "passwords are no longer part of Kubernetes", OTHER_LOGIN},
    {"password", "passwords are no longer part of Kubernetes", OTHER_LOGIN},
    {"as", "acting as somebody else is not done", "use the credentials of whom it is to act as"},
    {"as-uid", "acting as somebody else is not done",
     "use the credentials of whom it is to act as"},
    {"as-groups", "acting as somebody else is not done",
     "use the credentials of whom it is to act as"},
    {"as-user-extra", "acting as somebody else is not done",
     "use the credentials of whom it is to act as"},
};

static const refusal of_clusters[] = {
    {"insecure-skip-tls-verify", "whoever answers would be taken for the server",
     "name the server's authority in certificate-authority"},
    {"proxy-url", "no proxy is used", "name an address at which the server is reached directly"},
};

static pt_code refuse(const reader *r, const field *f, const refusal *all, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!is_set(pt_getz(f->object, all[i].name)))
            continue;
        pt_err_set(r->e, PT_E_FORMAT, "%s", all[i].why);
        pt_err_remedy(r->e, "%s", all[i].remedy);
        return at_field(r, f, all[i].name, PT_E_FORMAT);
    }
    return PT_OK;
}

// -- entries --------------------------------------------------------------------------------------

// The entry `name` of a list ("clusters"), and in it what is under `inner` ("cluster").
static pt_code find(const reader *r, const char *list, const char *inner, pt_str name, field *ret) {
    pt_value all = pt_getz(r->doc.value, list);
    size_t n = pt_tag_of(all) == PT_ARRAY ? pt_len(all) : 0;
    bool found = false;
    if ((pt_tag_of(all) > PT_NULL && pt_tag_of(all) != PT_ARRAY) || n > ENTRIES_MAX)
        return at(r, list, pt_err_set(r->e, PT_E_FORMAT, "this is no list, or one too long"));
    for (size_t i = 0; i < n; i++) {
        if (!pt_str_eq(pt_text(pt_getz(pt_at(all, i), "name")), name))
            continue;
        PT_AUTO(pt_buf_done) pt_buf path = PT_BUF(PATH_BYTES);
        pt_buf_printf(&path, "%s[%zu].%s%c", list, i, inner, '\0');
        memcpy(ret->path, path.p, path.n);
        ret->object = pt_getz(pt_at(all, i), inner);
        if (found)
            return at(r, ret->path,
                      pt_err_set(r->e, PT_E_FORMAT, "there are two of this name in %s", list));
        found = true;
    }
    if (found && pt_tag_of(ret->object) != PT_OBJECT)
        return at(r, ret->path, pt_err_set(r->e, PT_E_FORMAT, "this is no mapping"));
    if (found)
        return PT_OK;
    PT_AUTO(pt_buf_done) pt_buf shown = PT_BUF(256);
    pt_buf_put_safe(&shown, pt_str_sub(name, 0, 50));
    return at(r, list,
              pt_err_set(r->e, PT_E_FORMAT, "there is no \"%.*s\" in %s",
                         PT_PRI(pt_buf_str(&shown)), list));
}

// Relative to the folder of the kubeconfig.
static pt_str path_of(const reader *r, pt_str name) {
    pt_str file = pt_str_of(r->from->file);
    size_t slash = pt_str_rfind(file, '/');
    bool alone = slash == file.n || pt_str_starts(name, PT_STR("/"));
    return pt_arena_printf(r->a, "%.*s%.*s", alone ? 0 : (int)slash + 1, file.p, PT_PRI(name));
}

static pt_code check_pem(const reader *r, const field *f, const char *name, pt_str pem) {
    if (!pt_str_has(pem, PT_STR("-----BEGIN ")))
        return at_field(r, f, name, pt_err_set(r->e, PT_E_FORMAT, "this is no PEM"));
    if (!pt_str_has(pem, PT_STR("ENCRYPTED")))
        return PT_OK;
    pt_err_set(r->e, PT_E_FORMAT, "the key is encrypted, and nobody is there to ask");
    pt_err_remedy(r->e, "write it without: openssl pkey -in KEY -out PLAIN, readable by its user");
    return at_field(r, f, name, PT_E_FORMAT);
}

static pt_code decode(const reader *r, const field *f, const char *name, pt_str text, pt_str *ret) {
    PT_AUTO(pt_buf_done) pt_buf plain = PT_BUF((size_t)2 * PEM_BYTES_MAX);
    pt_str line;
    while (pt_str_split(&text, '\n', &line))
        pt_buf_put(&plain, pt_str_trim(line));
    *ret = plain.full ? (pt_str){NULL, 0} : pt_base64_decode(r->a, pt_buf_str(&plain));
    if (plain.p)
        pt_wipe(plain.p, plain.n);
    if (!ret->p)
        return at_field(r, f, name, pt_err_set(r->e, PT_E_FORMAT, "this is not base64"));
    return check_pem(r, f, name, *ret);
}

static pt_code load(const reader *r, const field *f, const char *name, pt_str file, pt_str *ret) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PEM_BYTES_MAX);
    pt_str path = path_of(r, file);
    pt_code code = path.p ? r->from->read(path.p, &b, r->e)
                          : pt_err_set(r->e, PT_E_NOMEM, "no memory for the kubeconfig");
    if (code)
        return at_field(r, f, name, code);
    *ret = pt_arena_str(r->a, pt_buf_str(&b));
    if (b.p)
        pt_wipe(b.p, b.n);
    return check_pem(r, f, name, *ret);
}

// `name` is a file's, NAME-data holds it in base64 and counts more, as it does for kubectl.
static pt_code pem(const reader *r, const field *f, const char *name, pt_str *ret) {
    pt_str file = {0};
    pt_str data = {0};
    char name_data[64];
    memcpy(name_data, name, strlen(name));
    memcpy(name_data + strlen(name), "-data", sizeof "-data");
    pt_code code = text_of(r, f, name, &file);
    if (!code)
        code = text_of(r, f, name_data, &data);
    if (code)
        return code;
    return data.n   ? decode(r, f, name_data, data, ret)
           : file.n ? load(r, f, name, file, ret)
                    : PT_OK;
}

static pt_code read_cluster(const reader *r, pt_str name, pt_kubeconfig *ret) {
    field f = {0};
    pt_code code = find(r, "clusters", "cluster", name, &f);
    if (!code)
        code = refuse(r, &f, of_clusters, PT_COUNT(of_clusters));
    if (!code)
        code = text_of(r, &f, "server", &ret->server);
    if (!code && !pt_str_starts(ret->server, PT_STR("https://"))) {
        pt_err_set(r->e, PT_E_FORMAT, ret->server.n ? "plain HTTP is refused" : "there is none");
        pt_err_remedy(r->e, "name the server as https://HOST:PORT");
        return at_field(r, &f, "server", PT_E_FORMAT);
    }
    if (!code && pt_str_find(ret->server, '@') < ret->server.n)
        return at_field(r, &f, "server",
                        pt_err_set(r->e, PT_E_FORMAT, "there is a user or a password in it"));
    if (!code)
        code = text_of(r, &f, "tls-server-name", &ret->tls_name);
    return code ? code : pem(r, &f, "certificate-authority", &ret->ca);
}

static pt_code read_token(const reader *r, const field *f, pt_kubeconfig *ret) {
    pt_str file = {0};
    pt_code code = text_of(r, f, "token", &ret->token);
    if (!code)
        code = text_of(r, f, "tokenFile", &file);
    if (code || !file.n)
        return code;
    ret->token = (pt_str){0}; // as for kubectl the file counts more
    ret->token_file = path_of(r, file);
    return ret->token_file.p ? PT_OK : pt_err_set(r->e, PT_E_NOMEM, "no memory for the kubeconfig");
}

static pt_code read_user(const reader *r, pt_str name, pt_kubeconfig *ret) {
    field f = {0};
    pt_code code = find(r, "users", "user", name, &f);
    if (!code)
        code = refuse(r, &f, of_users, PT_COUNT(of_users));
    if (!code)
        code = pem(r, &f, "client-certificate", &ret->cert);
    if (!code)
        code = pem(r, &f, "client-key", &ret->key);
    if (!code && (ret->cert.n > 0) != (ret->key.n > 0))
        return at(r, f.path,
                  pt_err_set(r->e, PT_E_FORMAT, "there is a client-%s without a client-%s",
                             ret->cert.n ? "certificate" : "key",
                             ret->cert.n ? "key" : "certificate"));
    return code ? code : read_token(r, &f, ret);
}

// -- the file -------------------------------------------------------------------------------------

static pt_code pick_context(const reader *r, pt_str *ret_cluster, pt_str *ret_user) {
    field root = {.object = r->doc.value};
    field f = {0};
    pt_str name = pt_str_of(r->from->context);
    pt_code code = r->from->context ? PT_OK : text_of(r, &root, "current-context", &name);
    if (!code && !name.n) {
        pt_err_set(r->e, PT_E_USAGE, "no context is the current one");
        pt_err_remedy(r->e, "name one: kubectl config get-contexts lists them");
        return at(r, "", PT_E_USAGE);
    }
    if (!code)
        code = find(r, "contexts", "context", name, &f);
    if (code == PT_E_FORMAT && !f.path[0]) { // not there
        code = PT_E_USAGE;
        if (r->e)
            r->e->code = code;
    }
    if (!code)
        code = text_of(r, &f, "cluster", ret_cluster);
    return code ? code : text_of(r, &f, "user", ret_user);
}

static pt_code check_doc(const reader *r) {
    pt_value kind = pt_getz(r->doc.value, "kind");
    if (pt_tag_of(r->doc.value) != PT_OBJECT ||
        (pt_defined(kind) && !pt_str_eqz(pt_text(kind), "Config")))
        return at(r, "", pt_err_set(r->e, PT_E_FORMAT, "this is no kubeconfig"));
    if (!r->doc.notes)
        return PT_OK;
    pt_err_set(r->e, PT_E_FORMAT, "two readers would read this in two ways%s",
               r->doc.notes & PT_YAML_NOTE_DUPLICATE ? ": a key is there twice" : "");
    at(r, "", PT_E_FORMAT);
    if (r->e)
        r->e->line = r->doc.note_line;
    return PT_E_FORMAT;
}

static pt_code read_doc(const reader *r, pt_kubeconfig *ret) {
    pt_str cluster = {0};
    pt_str user = {0};
    pt_code code = check_doc(r);
    if (!code)
        code = pick_context(r, &cluster, &user);
    if (!code)
        code = read_cluster(r, cluster, ret);
    return code || !user.n ? code : read_user(r, user, ret);
}

pt_code pt_kubeconfig_parse(pt_arena *a, const pt_kubeconfig_text *t, pt_kubeconfig *ret,
                            pt_err *e) {
    reader r = {.a = a, .from = t, .e = e};
    pt_yaml_stream s = {.bytes = t->text, .dialect = PT_YAML_KUBERNETES};
    pt_kubeconfig config = {0};
    pt_yaml_doc more = {0};
    pt_code code = pt_yaml_next(&s, a, &r.doc, e);
    if (!code && pt_defined(r.doc.value))
        code = pt_yaml_next(&s, a, &more, e);
    if (code)
        pt_err_at(e, "%s", t->file);
    else if (!pt_defined(r.doc.value))
        code = pt_err_set(e, PT_E_FORMAT, "%s is empty", t->file);
    else if (pt_defined(more.value))
        code = pt_err_set(e, PT_E_FORMAT, "%s holds more than one document", t->file);
    else
        code = read_doc(&r, &config);
    pt_yaml_stream_done(&s);
    if (!code && a->full)
        code = pt_err_set(e, PT_E_NOMEM, "no memory for the kubeconfig");
    if (!code)
        *ret = config;
    return code;
}
