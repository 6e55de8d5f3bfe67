// Who shares a Docker daemon: --tenants FILE|DIR.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "cli/guard_docker.h"
#include "collect/world.h"
#include "value/path.h"

enum {
    TENANT_BYTES_MAX = 63, // a label of DNS, as namespaces are
    SERIAL_BYTES_MAX = 64,
    SERIAL_DIGITS_MAX = 40, // 20 bytes, as X.509 has it
    PATH_BYTES_MAX = 4096,
};

typedef struct file {
    pt_docker_reading *r;
    pt_yaml_doc doc;
    pt_buf path; // of what is being read, as pt_yaml_locate takes it
} file;

static pt_err *error_of(const file *f) {
    return f->r->base.e;
}

// -- a tenant -------------------------------------------------------------------------------------

static bool is_tenant_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        bool word = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9');
        bool inside = i > 0 && i + 1 < s.n;
        if (!word && !(inside && s.p[i] == '-'))
            return false;
    }
    return s.n > 0 && s.n <= TENANT_BYTES_MAX;
}

static pt_code check_labels(const file *f, pt_value labels) {
    bool good = pt_tag_of(labels) == PT_OBJECT;
    for (size_t i = 0; i < pt_len(labels) && good; i++)
        good = pt_tag_of(pt_val_at(labels, i)) == PT_STRING;
    return good ? PT_OK : pt_err_set(error_of(f), PT_E_FORMAT, "labels must be a map of texts");
}

// Who of the list is called like that, whatever the case: people and directories take such names
// for the same one. Empty: nobody.
static pt_str like(const pt_str *list, size_t n, pt_str word) {
    for (size_t i = 0; i < n; i++)
        if (list[i].n == word.n && strncasecmp(list[i].p, word.p, word.n) == 0)
            return list[i];
    return (pt_str){0};
}

// Whose a certificate is must not depend on which entry is looked at first. `same` are those that
// were read before him in his own entry.
static pt_code check_user(const file *f, const pt_str *same, size_t n_same, pt_str user) {
    const pt_docker_reading *r = f->r;
    const char *of = "operators";
    pt_str other = like(r->operators.v, r->operators.n, user);
    for (size_t i = 0; i < r->tenants.n && !other.n; i++) {
        other = like(r->tenants.v[i].users, r->tenants.v[i].n_users, user);
        of = pt_arena_str(r->base.a, r->tenants.v[i].name).p;
    }
    if (!other.n) {
        other = like(same, n_same, user);
        of = "them";
    }
    if (!other.n)
        return PT_OK;
    if (pt_str_eq(other, user))
        return pt_err_set(error_of(f), PT_E_FORMAT, "the user %.*s is one of %s already",
                          PT_PRI(user), of);
    return pt_err_set(error_of(f), PT_E_FORMAT,
                      "the user %.*s differs from %.*s, who is one of %s, in capitals alone",
                      PT_PRI(user), PT_PRI(other), of);
}

// -- what no tenant can have ----------------------------------------------------------------------

// "/srv/shop" of "/srv/shop/*" and "/srv/shop/".
static pt_str folder_of(pt_str bind) {
    if (pt_str_ends(bind, PT_STR("/*")))
        bind.n--;
    while (bind.n > 1 && bind.p[bind.n - 1] == '/')
        bind.n--;
    return bind;
}

static bool is_below(pt_str path, pt_str folder) {
    return pt_str_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/');
}

static pt_code check_bind(const file *f, pt_str bind) {
    const pt_docker_reading *r = f->r;
    pt_str mine = folder_of(bind);
    for (size_t i = 0; i < r->tenants.n; i++) {
        const pt_docker_policy *of = &r->tenants.v[i].rules;
        for (size_t k = 0; k < of->n_bind_prefixes; k++) {
            pt_str theirs = folder_of(of->bind_prefixes[k]);
            // NOLINTNEXTLINE(readability-suspicious-call-argument): either way
            if (is_below(mine, theirs) || is_below(theirs, mine))
                return pt_err_set(error_of(f), PT_E_FORMAT,
                                  "allow-bind: %.*s overlaps %.*s of the tenant %.*s", PT_PRI(bind),
                                  PT_PRI(of->bind_prefixes[k]), PT_PRI(r->tenants.v[i].name));
        }
    }
    return PT_OK;
}

// "acme" of "acme.net"; empty: it has no tenant's form.
static bool is_network_of(pt_str network, pt_str tenant) {
    return pt_str_starts(network, tenant) && network.n > tenant.n && network.p[tenant.n] == '.';
}

static pt_code refuse_network(const file *f, pt_str network, pt_str tenant) {
    pt_code code = pt_err_set(error_of(f), PT_E_FORMAT,
                              "networks: %.*s is the tenant %.*s's own, and cannot be lent",
                              PT_PRI(network), PT_PRI(tenant));
    pt_err_remedy(error_of(f), "lend one of another name, which an operator makes");
    return code;
}

// A network that is the host's, all have, or the daemon calls otherwise.
static pt_code check_network(const file *f, pt_str network) {
    const pt_docker_reading *r = f->r;
    if (pt_str_in_list(network, PT_STR("host,none,default"), ',')) {
        pt_code code =
            pt_err_set(error_of(f), PT_E_FORMAT, "networks: %.*s cannot be lent", PT_PRI(network));
        pt_err_remedy(error_of(f), "host is nobody's, none is everybody's, default is: bridge");
        return code;
    }
    for (size_t i = 0; i < r->tenants.n; i++)
        if (is_network_of(network, r->tenants.v[i].name))
            return refuse_network(f, network, r->tenants.v[i].name);
    return PT_OK;
}

// What was lent before this tenant was read.
static pt_code check_lent(const file *f, pt_str tenant) {
    const pt_docker_reading *r = f->r;
    for (size_t i = 0; i < r->tenants.n; i++)
        for (size_t k = 0; k < r->tenants.v[i].n_networks; k++)
            if (is_network_of(r->tenants.v[i].networks[k], tenant))
                return refuse_network(f, r->tenants.v[i].networks[k], tenant);
    return PT_OK;
}

// What stands in an entry beside that of others. `key` has just been read into `one`.
static pt_code check_beside(const file *f, const pt_docker_reading *one, pt_str key) {
    pt_code code = PT_OK;
    for (size_t k = 0; k < one->users.n && !code && pt_str_eqz(key, "users"); k++)
        code = check_user(f, one->users.v, k, one->users.v[k]);
    for (size_t k = 0; k < one->binds.n && !code && pt_str_eqz(key, "allow-bind"); k++)
        code = check_bind(f, one->binds.v[k]);
    for (size_t k = 0; k < one->networks.n && !code && pt_str_eqz(key, "networks"); k++)
        code = check_network(f, one->networks.v[k]);
    return code;
}

// Without the setting images may come from anywhere; an empty list must not mean that, too.
static pt_code close_registry(const file *f, pt_docker_reading *one, pt_str tenant) {
    fprintf(stderr, "note: tenants: %.*s has an empty registry: no image may be run\n",
            PT_PRI(tenant));
    return pt_guard_push(&f->r->base, &one->registries, PT_STR("")); // no name begins with it
}

static pt_code take_entry(file *f, pt_docker_reading *one, pt_guard_tenant *t, pt_value entry) {
    pt_code code = PT_OK;
    size_t n = f->path.n;
    for (size_t i = 0; i < pt_len(entry) && !code; i++) {
        pt_str key = pt_text(pt_key_at(entry, i));
        pt_value v = pt_val_at(entry, i);
        f->path.n = n;
        pt_path_key(&f->path, key);
        if (pt_str_eqz(key, "labels")) {
            t->labels = v;
            code = check_labels(f, v);
        } else
            code = pt_guard_take_member(&one->base, pt_docker_tenant_settings, key, v);
        if (!code && pt_str_eqz(key, "registry") && !pt_len(v))
            code = close_registry(f, one, t->name);
        if (!code)
            code = check_beside(f, one, key);
    }
    if (!code)
        f->path.n = n;
    return code;
}

static pt_code take_tenant(file *f, pt_str name, pt_value entry) {
    pt_docker_reading *r = f->r;
    pt_docker_reading one = {.base = r->base};
    pt_guard_tenant t = {.name = name};
    if (!is_tenant_name(name)) {
        pt_code code =
            pt_err_set(error_of(f), PT_E_FORMAT, "not the name of a tenant: %.*s", PT_PRI(name));
        pt_err_remedy(error_of(f), "small letters, digits and - between them, at most %d",
                      TENANT_BYTES_MAX);
        return code;
    }
    for (size_t i = 0; i < r->tenants.n; i++)
        if (pt_str_eq(r->tenants.v[i].name, name))
            return pt_err_set(error_of(f), PT_E_FORMAT, "the tenant %.*s stands twice",
                              PT_PRI(name));
    if (pt_tag_of(entry) != PT_OBJECT)
        return pt_err_set(error_of(f), PT_E_FORMAT, "a tenant must be a map: users: [alice]");
    pt_code code = check_lent(f, name);
    if (!code)
        code = take_entry(f, &one, &t, entry);
    if (code)
        return code;
    t.users = one.users.v;
    t.n_users = one.users.n;
    t.networks = one.networks.v;
    t.n_networks = one.networks.n;
    t.rules = pt_docker_rules_of(&one);
    t.level = one.level;
    pt_guard_tenant *slot = PT_PUSH(r->base.a, &r->tenants);
    if (!slot)
        return pt_err_set(error_of(f), PT_E_NOMEM, "out of memory");
    *slot = t;
    return PT_OK;
}

// -- the file -------------------------------------------------------------------------------------

static pt_code take_tenants(file *f, pt_value all) {
    pt_code code = PT_OK;
    size_t n = f->path.n;
    if (pt_tag_of(all) != PT_OBJECT)
        return pt_err_set(error_of(f), PT_E_FORMAT, "tenants must be a map: shop: {users: …}");
    for (size_t i = 0; i < pt_len(all) && !code; i++) {
        pt_str name = pt_text(pt_key_at(all, i));
        f->path.n = n;
        pt_path_key(&f->path, name);
        code = take_tenant(f, name, pt_val_at(all, i));
    }
    return code;
}

static pt_code take_socket(pt_guard_reading *base, pt_str word) {
    pt_docker_reading *r = (pt_docker_reading *)base;
    r->no_socket = pt_str_eqz(word, "nobody");
    if (r->no_socket || pt_str_eqz(word, "operator"))
        return PT_OK;
    pt_code code = pt_err_set(base->e, PT_E_FORMAT, "socket does not know %.*s", PT_PRI(word));
    pt_err_remedy(base->e, "operator, or nobody: who asks without a certificate is denied");
    return code;
}

static pt_code take_operator(pt_guard_reading *base, pt_str word) {
    pt_docker_reading *r = (pt_docker_reading *)base;
    file f = {.r = r};
    pt_code code = check_user(&f, NULL, 0, word);
    return code ? code : pt_docker_take_user(base, &r->operators, word);
}

// As openssl prints it, or as the receipt has it: digits without zeros before them.
static pt_code take_revoked(pt_guard_reading *base, pt_str word) {
    pt_docker_reading *r = (pt_docker_reading *)base;
    char *digits = pt_arena_take(base->a, word.n + 1);
    size_t n = 0;
    bool good = digits && word.n <= SERIAL_BYTES_MAX;
    bool decimal = true;
    for (size_t i = 0; good && i < word.n; i++) {
        char c = word.p[i];
        c = (char)(c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c);
        good = c == ':' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        decimal = decimal && c >= '0' && c <= '9';
        if (good && c != ':' && (n || c != '0'))
            digits[n++] = c;
    }
    if (good && n && decimal)
        fprintf(stderr, "note: revoked: %.*s is taken for hexadecimal; is it a decimal number?\n",
                PT_PRI(word));
    if (good && n && n <= SERIAL_DIGITS_MAX)
        return pt_guard_push(base, &r->revoked, (pt_str){digits, n});
    pt_code code = pt_err_set(base->e, PT_E_FORMAT, "not a serial number: %.*s",
                              PT_PRI(pt_str_sub(word, 0, SERIAL_BYTES_MAX)));
    pt_err_remedy(base->e, "hexadecimal, in quotes: openssl x509 -noout -serial -in cert.pem");
    return code;
}

static const pt_guard_setting of_file[] = {
    {"socket", PT_SETTING_TEXT, take_socket},
    {"operators", PT_SETTING_LIST, take_operator},
    {"revoked", PT_SETTING_LIST, take_revoked},
    {0},
};

static pt_code read_file(pt_docker_reading *r, const char *path) {
    file f = {.r = r, .path = PT_BUF(PATH_BYTES_MAX)};
    pt_code code = pt_guard_read_yaml(&r->base, path, &f.doc);
    if (code)
        return code;
    for (size_t i = 0; i < pt_len(f.doc.value) && !code; i++) {
        pt_str key = pt_text(pt_key_at(f.doc.value, i));
        pt_value v = pt_val_at(f.doc.value, i);
        pt_buf_clear(&f.path);
        pt_path_key(&f.path, key);
        code = pt_str_eqz(key, "tenants") ? take_tenants(&f, v)
                                          : pt_guard_take_member(&r->base, of_file, key, v);
    }
    if (code) {
        pt_yaml_locate(&f.doc, pt_buf_str(&f.path), &r->base.e->line, &r->base.e->column);
        pt_err_at(r->base.e, "%s", path);
    }
    pt_buf_done(&f.path);
    return code;
}

static bool is_yaml(pt_str name) {
    return !pt_str_starts(name, PT_STR(".")) &&
           (pt_str_ends(name, PT_STR(".yaml")) || pt_str_ends(name, PT_STR(".yml")));
}

static pt_code read_folder(pt_docker_reading *r, const char *path) {
    pt_real_world w = {.root = -1};
    pt_code code = pt_real_world_open(&w, path, r->base.e);
    pt_fact names = {0};
    if (!code)
        names = pt_world_list(&w.world, r->base.a, "/", "/");
    if (!code && names.state != PT_KNOWN)
        code = pt_err_set(r->base.e, PT_E_IO, "cannot list %s: %.*s", path, PT_PRI(names.reason));
    size_t n = 0;
    for (size_t i = 0; i < pt_len(names.value) && !code; i++) {
        pt_str name = pt_text(pt_at(names.value, i));
        pt_str one = pt_arena_printf(r->base.a, "%s/%.*s", path, PT_PRI(name));
        if (!is_yaml(name))
            continue;
        n++;
        code = one.p ? read_file(r, one.p) : pt_err_set(r->base.e, PT_E_NOMEM, "out of memory");
    }
    if (!code && !n)
        code = pt_err_set(r->base.e, PT_E_FORMAT, "%s has no *.yaml", path);
    pt_real_world_done(&w);
    return code;
}

pt_code pt_docker_tenants_read(pt_docker_reading *r, pt_str path) {
    pt_str name = pt_arena_str(r->base.a, path);
    struct stat st;
    r->shared = true;
    if (!name.p)
        return pt_err_set(r->base.e, PT_E_NOMEM, "out of memory");
    if (stat(name.p, &st) != 0)
        return pt_err_sys(r->base.e, errno, "cannot read the tenants: %s: %s", name.p,
                          pt_errno_text(errno));
    if (!S_ISDIR(st.st_mode))
        return read_file(r, name.p);
    pt_code code = pt_guard_owned(name.p, &st, r->base.e);
    return code ? code : read_folder(r, name.p);
}

// -- together with the guard's own ----------------------------------------------------------------

static bool joined(pt_docker_reading *r, const pt_guard_words *guards, const pt_str **list,
                   size_t *n) {
    pt_guard_words all = {0};
    for (size_t i = 0; i < guards->n + *n; i++) {
        pt_str *slot = PT_PUSH(r->base.a, &all);
        if (!slot)
            return false;
        *slot = i < guards->n ? guards->v[i] : (*list)[i - guards->n];
    }
    *list = all.v;
    *n = all.n;
    return true;
}

// What the guard's own settings forbid, they forbid to tenants, too; what they allow, only a
// tenant's own entry allows it.
static bool restrain(pt_docker_reading *r, pt_guard_tenant *t) {
    pt_docker_policy *by = &t->rules;
    if (t->level < r->level)
        t->level = r->level;
    if (!by->n_registries) {
        by->registries = r->registries.v;
        by->n_registries = r->registries.n;
    }
    return joined(r, &r->deny, &by->deny, &by->n_deny) &&
           joined(r, &r->names, &by->protected_names, &by->n_protected);
}

pt_code pt_docker_tenants_of(pt_docker_reading *r, const pt_scanned_policy *scanned,
                             pt_guard_tenants *ret) {
    for (size_t i = 0; i < r->tenants.n; i++) {
        r->tenants.v[i].rules.scanned = *scanned;
        if (!restrain(r, &r->tenants.v[i]))
            return pt_err_set(r->base.e, PT_E_NOMEM, "out of memory");
    }
    *ret = (pt_guard_tenants){
        .given = r->shared,
        .no_socket = r->no_socket,
        .operators = r->operators.v,
        .n_operators = r->operators.n,
        .revoked = r->revoked.v,
        .n_revoked = r->revoked.n,
        .v = r->tenants.v,
        .n = r->tenants.n,
    };
    return PT_OK;
}
