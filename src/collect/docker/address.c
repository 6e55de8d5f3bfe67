// Which engine is asked: addresses, docker's contexts, and the material of TLS.
#include <stdio.h>
#include <string.h>

#include "collect/docker/docker.h"
#include "crypto/crypto.h"
#include "value/json.h"
#include "value/path.h"

enum {
    PEM_BYTES_MAX = 1 << 20,
    PORT_PLAIN = 2375, // docker's own defaults
    PORT_TLS = 2376,
};

typedef struct finder {
    pt_world *w;
    pt_arena *a;
    const pt_docker_ask *ask;
    pt_docker_target *ret;
} finder;

// The folder of ca.pem, cert.pem and key.pem, and whether there must be a ca.pem.
typedef struct material {
    pt_str dir; // empty: no TLS
    bool needs_ca;
} material;

static bool given(const char *z) {
    return z && *z;
}

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- TLS ------------------------------------------------------------------------------------------

// One PEM file; one that is absent is empty. (The witness is the root: these are the operator's own
// files, and a HOME that does not exist holds none.)
static pt_code read_pem(finder *f, pt_str dir, const char *name, pt_str *ret, pt_err *e) {
    pt_str path = pt_arena_printf(f->a, "%.*s/%s", PT_PRI(dir), name);
    if (!path.p)
        return full(e);
    pt_fact file = pt_world_read(f->w, f->a, path.p, "/", PEM_BYTES_MAX);
    if (file.state == PT_UNKNOWN) {
        pt_code code = pt_err_set(e, PT_E_DENIED, "%.*s", PT_PRI(file.reason));
        pt_err_remedy(e, "%.*s", PT_PRI(file.remedy));
        return code;
    }
    *ret = file.state == PT_KNOWN ? pt_text(file.value) : (pt_str){0};
    if (file.state == PT_KNOWN && !ret->n)
        return pt_err_set(e, PT_E_FORMAT, "%s is empty", path.p);
    return PT_OK;
}

// Everything of the folder; nothing of it there: *ret is empty.
static pt_code read_material(finder *f, const material *m, pt_http_tls *ret, pt_err *e) {
    pt_code code = read_pem(f, m->dir, "ca.pem", &ret->ca, e);
    if (!code)
        code = read_pem(f, m->dir, "cert.pem", &ret->cert, e);
    if (!code)
        code = read_pem(f, m->dir, "key.pem", &ret->key, e);
    if (code)
        return code;
    if (m->needs_ca && !ret->ca.n) {
        code = pt_err_set(e, PT_E_ABSENT, "there is no ca.pem in %.*s", PT_PRI(m->dir));
        pt_err_remedy(e, "DOCKER_CERT_PATH names the folder of ca.pem, cert.pem and key.pem");
        return code;
    }
    if (!ret->cert.n != !ret->key.n)
        return pt_err_set(e, PT_E_FORMAT, "%.*s holds cert.pem or key.pem without the other",
                          PT_PRI(m->dir));
    return PT_OK;
}

// -- addresses ------------------------------------------------------------------------------------

typedef struct host_port {
    pt_str host; // without brackets
    bool six;
    uint16_t port;
} host_port;

// What goes into a URL is a name or a number, nothing that a URL would read otherwise.
static bool host_ok(pt_str host, bool six) {
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool digit = c >= '0' && c <= '9';
        bool hex = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
        if (!digit && c != '.' && !(six ? hex || c == ':' : letter))
            return false;
    }
    return host.n > 0;
}

static bool parse_tcp(pt_str rest, uint16_t port, host_port *ret) {
    if (pt_str_ends(rest, PT_STR("/")))
        rest = pt_str_sub(rest, 0, rest.n - 1);
    bool six = pt_str_starts(rest, PT_STR("["));
    size_t end = six ? pt_str_find(rest, ']') : pt_str_find(rest, ':');
    pt_str host = pt_str_sub(rest, six ? 1 : 0, end);
    pt_str behind = pt_str_sub(rest, end + (six ? 1 : 0), rest.n);
    int64_t number = port;
    if (behind.n &&
        (behind.p[0] != ':' || !pt_str_int(pt_str_sub(behind, 1, behind.n), 10, &number)))
        return false;
    if (!host.n && !six)
        host = PT_STR("127.0.0.1"); // as docker reads "tcp://:2375"
    if ((six && end == rest.n) || number < 1 || number > UINT16_MAX || !host_ok(host, six))
        return false;
    *ret = (host_port){host, six, (uint16_t)number};
    return true;
}

static pt_code take_tcp(finder *f, pt_str address, const material *m, pt_err *e) {
    host_port at;
    pt_http_tls *tls = &f->ret->tls;
    pt_code code = m->dir.n ? read_material(f, m, tls, e) : PT_OK;
    if (code)
        return code;
    f->ret->uses_tls = m->needs_ca || tls->ca.n || tls->cert.n;
    if (!parse_tcp(pt_str_sub(address, 6, address.n), f->ret->uses_tls ? PORT_TLS : PORT_PLAIN,
                   &at)) {
        code = pt_err_set(e, PT_E_USAGE, "%.*s is no tcp://HOST:PORT", PT_PRI(address));
        pt_err_remedy(e, "for example tcp://10.0.0.5:2376, or tcp://[fd00::5]:2376");
        return code;
    }
    f->ret->url = pt_arena_printf(f->a, at.six ? "%s://[%.*s]:%u" : "%s://%.*s:%u",
                                  f->ret->uses_tls ? "https" : "http", PT_PRI(at.host), at.port)
                      .p;
    return f->ret->url ? pt_http_resolve(f->ret->url, &f->ret->host, e) : full(e);
}

static pt_code unsupported(pt_str address, pt_err *e) {
    size_t colon = pt_str_find_str(address, PT_STR("://"));
    bool scheme = colon < address.n;
    pt_code code =
        scheme ? pt_err_set(e, PT_E_USAGE, "%.*s: engines over %.*s:// are not supported",
                            PT_PRI(address), PT_PRI(pt_str_sub(address, 0, colon)))
               : pt_err_set(e, PT_E_USAGE, "%.*s is no address of an engine", PT_PRI(address));
    pt_err_remedy(e, "unix:///run/docker.sock or tcp://HOST:2376; else audit it on its own host");
    return code;
}

static pt_code take_address(finder *f, const char *text, const material *m, pt_err *e) {
    pt_str address = pt_arena_str(f->a, pt_str_trim(pt_str_of(text)));
    if (!address.p)
        return full(e);
    f->ret->shown = address;
    if (pt_str_starts(address, PT_STR("tcp://")))
        return take_tcp(f, address, m, e);
    bool path = pt_str_starts(address, PT_STR("/"));
    if (!path && !pt_str_starts(address, PT_STR("unix:///")))
        return unsupported(address, e);
    f->ret->socket = address.p + (path ? 0 : 7);
    return PT_OK;
}

// -- contexts -------------------------------------------------------------------------------------

// docker's folder of settings; empty: there is none.
static pt_str config_dir(finder *f) {
    if (given(f->ask->config))
        return pt_str_of(f->ask->config);
    return given(f->ask->home) ? pt_arena_printf(f->a, "%s/.docker", f->ask->home) : (pt_str){0};
}

// A JSON file of docker's; *ret stays undefined when it is proved absent.
static pt_code read_json(finder *f, pt_str path, pt_value *ret, pt_err *e) {
    if (!path.p)
        return full(e);
    pt_fact file = pt_world_read(f->w, f->a, path.p, "/", PT_WORLD_FILE_BYTES_MAX);
    if (file.state == PT_ABSENT)
        return PT_OK;
    if (file.state == PT_UNKNOWN)
        return pt_err_set(e, PT_E_DENIED, "%.*s", PT_PRI(file.reason));
    pt_code code = pt_json_parse(f->a, pt_text(file.value), NULL, ret, e);
    if (code) {
        pt_err_at(e, "%s:%u", path.p, e->line);
        pt_err_remedy(e, "mend the file, or name the engine: --docker ADDRESS");
    }
    return code;
}

// The name of the context that counts; empty: none does.
static pt_code context_name(finder *f, pt_str dir, pt_str *ret, pt_err *e) {
    const pt_docker_ask *ask = f->ask;
    if (given(ask->context) || given(ask->host) || given(ask->of_env)) {
        const char *named = given(ask->context) ? ask->context
                            : given(ask->host)  ? NULL
                                                : ask->of_env;
        *ret = pt_str_of(named);
    } else if (dir.n) {
        pt_value v = pt_undefined();
        pt_code code = read_json(f, pt_arena_printf(f->a, "%.*s/config.json", PT_PRI(dir)), &v, e);
        if (code)
            return code;
        *ret = pt_text(pt_getz(v, "currentContext"));
    }
    if (pt_str_eqz(*ret, "default")) // docker's name for "no context"
        *ret = (pt_str){0};
    return PT_OK;
}

static pt_code take_endpoint(finder *f, pt_value endpoint, pt_str tls_dir, pt_err *e) {
    pt_str host = pt_arena_str(f->a, pt_text(pt_getz(endpoint, "Host")));
    if (!host.n)
        return pt_err_set(e, PT_E_FORMAT, "the context names no host of a Docker engine");
    f->ret->shown = host;
    if (pt_true(pt_getz(endpoint, "SkipTLSVerify"))) {
        pt_code code = pt_err_set(e, PT_E_UNSUPPORTED,
                                  "the context skips the verification of TLS, paratia never does");
        pt_err_remedy(e, "docker context update NAME --docker host=%.*s,ca=FILE", PT_PRI(host));
        return code;
    }
    return take_address(f, host.p, &(material){.dir = tls_dir}, e);
}

static pt_code take_context(finder *f, pt_str dir, pt_str name, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    pt_hash256 id = pt_sha256(&name, 1);
    pt_hex_put(&hex, (pt_str){(const char *)id.b, sizeof id.b});
    pt_str path = pt_arena_printf(f->a, "%.*s/contexts/meta/%.*s/meta.json", PT_PRI(dir),
                                  PT_PRI(pt_buf_str(&hex)));
    pt_str tls = pt_arena_printf(f->a, "%.*s/contexts/tls/%.*s/docker", PT_PRI(dir),
                                 PT_PRI(pt_buf_str(&hex)));
    pt_value meta = pt_undefined();
    pt_code code = read_json(f, path, &meta, e);
    if (!code && !pt_defined(meta)) {
        code = pt_err_set(e, PT_E_USAGE, "docker has no context %.*s", PT_PRI(name));
        pt_err_remedy(e, "docker context ls lists them");
    }
    if (!code)
        code = take_endpoint(f, pt_path_get(meta, "Endpoints.docker"), tls, e);
    if (code)
        pt_err_at(e, "context %.*s", PT_PRI(name));
    return code;
}

static pt_code find(finder *f, pt_err *e) {
    const pt_docker_ask *ask = f->ask;
    pt_str dir = config_dir(f);
    material of_env = {0};
    if (given(ask->tls_verify))
        of_env = (material){given(ask->cert_path) ? pt_str_of(ask->cert_path) : dir, true};
    if (given(ask->tls_verify) && !of_env.dir.n)
        return pt_err_set(e, PT_E_ABSENT, "DOCKER_TLS_VERIFY without DOCKER_CERT_PATH or HOME");
    if (given(ask->address))
        return take_address(f, ask->address, &of_env, e);
    pt_str name = {0};
    pt_code code = context_name(f, dir, &name, e);
    if (code)
        return code;
    if (name.n)
        return take_context(f, dir, name, e);
    return given(ask->host) ? take_address(f, ask->host, &of_env, e) : PT_OK;
}

pt_code pt_docker_find(pt_world *w, pt_arena *a, const pt_docker_ask *ask, pt_docker_target *ret,
                       pt_err *e) {
    *ret = (pt_docker_target){.runtime = given(ask->runtime) ? ask->runtime : NULL};
    if (given(ask->address) && given(ask->context)) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--docker and --context name two engines");
        pt_err_remedy(e, "give one of them");
        return code;
    }
    finder f = {w, a, ask, ret};
    pt_err why = {0};
    pt_code code = find(&f, &why);
    // DOCKER_HOST and config.json are no words to us: what they name wrongly is not evaluated.
    bool named =
        given(ask->address) || given(ask->context) || (!given(ask->host) && given(ask->of_env));
    if (code == PT_E_USAGE && named) {
        *e = why;
        return code;
    }
    if (code) {
        ret->reason = why.where[0] ? pt_arena_printf(a, "%s: %s", why.where, why.what)
                                   : pt_arena_str(a, pt_str_of(why.what));
        ret->remedy = pt_arena_str(a, pt_str_of(why.remedy));
    }
    return PT_OK;
}
