// What files of settings say that weakens the system around the application: users without a
// password, rights without one, sources of packages that nobody verifies. A password, its hash or a
// token never leaves the worker: only that there is one.
//   "settings": {"as": a kind of fact/settings.h,
//                "told": [{"what", "line", "name"?}, …], "more": true, "unread": true,
//                "includes": [path or pattern from "/" on, …],
//                "users": [{"name", "uid", "gid"}, …]}  (of etc/passwd)
// "unread": not all of it could be read, or not all that it includes can be told.
#include "collect/image/limits.h"
#include "collect/image/look_rows.h"
#include "fact/settings.h"

enum {
    TOLD_MAX = 20, // of one file
    USERS_MAX = 2000,
    INCLUDES_MAX = 20,
    NAME_BYTES_MAX = 64,
    PATH_BYTES_MAX = 512, // of what is included
    SETTINGS_BYTES_MAX = 1 << 20,
};

typedef struct file {
    pt_arena *a;
    pt_str path;
    pt_list told, users, includes;
    pt_map ids; // (id + 1) * 2 of passwd, group
    uint32_t line, next;
    bool more, unread;
    bool doubt;    // a line that goes on may end in a comment, which does not
    unsigned said; // rows of a line's table whose first line counts
    bool match;    // sshd: within a block
} file;

static bool is_told(const file *f, const char *what) {
    int64_t line = 0;
    for (size_t i = 0; i < f->told.items.n; i++)
        if (pt_to_int(pt_getz(f->told.items.v[i], "line"), &line) && line == f->line &&
            pt_str_eqz(pt_text(pt_getz(f->told.items.v[i], "what")), what))
            return true;
    return false;
}

static void tell(file *f, const char *what, pt_str name) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF((size_t)8 * NAME_BYTES_MAX);
    pt_obj o = {.a = f->a};
    if (is_told(f, what))
        return;
    if (f->told.items.n == TOLD_MAX) {
        f->more = true;
        return;
    }
    pt_buf_put_safe(&safe, pt_str_sub(name, 0, NAME_BYTES_MAX));
    pt_obj_set(&o, "what", pt_stringz(what));
    pt_obj_set(&o, "line", pt_int(f->line));
    if (name.n)
        pt_obj_set(&o, "name", pt_string(pt_arena_str(f->a, pt_buf_str(&safe))));
    pt_list_add(&f->told, pt_obj_end(&o));
}

// -- users ----------------------------------------------------------------------------------------

static size_t fields_of(pt_str line, pt_str *v, size_t n) {
    size_t k = 0;
    while (k < n && pt_str_split(&line, ':', &v[k]))
        k++;
    return k;
}

static void count_id(file *f, int64_t id, const char *what, pt_str name) {
    uint64_t key = ((uint64_t)id + 1) << 1;
    if (pt_map_get(&f->ids, key))
        tell(f, what, name);
    else if (!pt_map_put(&f->ids, key, f))
        f->told.full = true;
}

static void add_user(file *f, pt_str name, int64_t uid, pt_str gid) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF((size_t)8 * NAME_BYTES_MAX);
    pt_obj o = {.a = f->a};
    int64_t n = 0;
    if (f->users.items.n == USERS_MAX) {
        f->more = true;
        return;
    }
    pt_buf_put_safe(&safe, pt_str_sub(name, 0, NAME_BYTES_MAX));
    pt_obj_set(&o, "name", pt_string(pt_arena_str(f->a, pt_buf_str(&safe))));
    pt_obj_set(&o, "uid", pt_int(uid));
    if (pt_str_int(gid, 10, &n))
        pt_obj_set(&o, "gid", pt_int(n));
    pt_list_add(&f->users, pt_obj_end(&o));
}

// NAME:PASSWORD:UID:GID:…
static void see_passwd(file *f, pt_str line) {
    pt_str v[4] = {0};
    int64_t uid = -1;
    if (fields_of(line, v, 4) < 4 || !v[0].n || !pt_str_int(v[2], 10, &uid) || uid < 0)
        return;
    add_user(f, v[0], uid, v[3]);
    if (!v[1].n)
        tell(f, "empty password", v[0]);
    if (uid == 0 && !pt_str_eqz(v[0], "root"))
        tell(f, "second root", v[0]);
    else
        count_id(f, uid, "id twice", v[0]);
}

// NAME:HASH:… "!" and "*" lock it.
static void see_shadow(file *f, pt_str line) {
    pt_str v[2] = {0};
    if (fields_of(line, v, 2) < 2 || !v[0].n)
        return;
    if (!v[1].n)
        tell(f, "empty password", v[0]);
    else if (v[1].p[0] == '$' || v[1].n == 13) // 13: crypt's first form
        tell(f, "password", v[0]);
}

// NAME:PASSWORD:GID:…
static void see_group(file *f, pt_str line) {
    pt_str v[3] = {0};
    int64_t gid = -1;
    if (fields_of(line, v, 3) == 3 && pt_str_int(v[2], 10, &gid) && gid >= 0)
        count_id(f, gid, "id twice", v[0]);
}

// -- who may be another ---------------------------------------------------------------------------

// A word, or what stands between quotes.
static bool next_argument(pt_str *rest, pt_str *ret) {
    *rest = pt_str_trim(*rest);
    if (!pt_str_starts(*rest, PT_STR("\"")))
        return pt_str_word(rest, ret);
    pt_str inner = pt_str_sub(*rest, 1, rest->n);
    *ret = pt_str_sub(inner, 0, pt_str_find(inner, '"'));
    *rest = pt_str_sub(inner, ret->n + 1, inner.n);
    return true;
}

// What a file includes, from `folder` on. Who judges finds out whether that was read; of names that
// nobody can tell ("%h" is the host's) nobody can.
static void include(file *f, pt_str folder, pt_str path) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF((size_t)8 * PATH_BYTES_MAX);
    bool whole = pt_str_starts(path, PT_STR("/"));
    pt_str all = whole ? path : pt_arena_printf(f->a, "/%.*s/%.*s", PT_PRI(folder), PT_PRI(path));
    pt_buf_put_safe(&safe, pt_str_sub(all, 0, PATH_BYTES_MAX));
    bool odd = pt_str_find(all, '%') < all.n || pt_str_find(all, '\\') < all.n ||
               pt_str_starts(path, PT_STR("~"));
    if (odd || !path.n || !pt_str_eq(pt_buf_str(&safe), all) || f->includes.items.n == INCLUDES_MAX)
        f->unread = true;
    else
        pt_list_add(&f->includes, pt_string(pt_arena_str(f->a, all)));
}

static bool denies(pt_str line, pt_str word) {
    for (size_t at = 0; (at = pt_str_find_str(line, word)) < line.n;
         line = pt_str_sub(line, at + word.n, line.n))
        if (pt_str_ends(pt_str_trim(pt_str_sub(line, 0, at)), PT_STR("!")))
            return true;
    return false;
}

// "#" begins a comment, but not "#1000" (a user), "#include", "#includedir".
static bool is_comment(pt_str line) {
    static const pt_str ids = PT_STR("-0123456789");
    pt_str next = pt_str_sub(line, 1, 2);
    bool user = next.n && pt_str_find(ids, next.p[0]) < ids.n;
    return pt_str_starts(line, PT_STR("#")) && !user;
}

static void see_sudoers(file *f, pt_str line) {
    static const pt_str includes = PT_STR("#include|#includedir|@include|@includedir");
    pt_str rest = line;
    pt_str who = {0};
    pt_str path = {0};
    if (!pt_str_word(&rest, &who))
        return;
    size_t cut = pt_str_rfind(f->path, '/');
    if (pt_str_in_list(who, includes, '|') && next_argument(&rest, &path))
        include(f, pt_str_sub(f->path, 0, cut), path);
    if (is_comment(who))
        return;
    bool defaults = pt_str_starts(who, PT_STR("Defaults"));
    bool all = defaults &&
               (denies(line, PT_STR("authenticate")) || pt_str_has(line, PT_STR("exempt_group")));
    if (all || pt_str_has(line, PT_STR("NOPASSWD")))
        tell(f, "no password asked", who);
}

// doas.conf(5): "permit nopass WHO …". That root may be another says nothing.
static void see_doas(file *f, pt_str line) {
    static const pt_str options = PT_STR("nopass|nolog|persist|keepenv");
    pt_str rest = line;
    bool asks = !pt_str_has(rest, PT_STR("nopass"));
    pt_str who = {0};
    if (asks || !pt_str_word(&rest, &who) || !pt_str_eqz(who, "permit"))
        return;
    while (pt_str_word(&rest, &who) && pt_str_in_list(who, options, '|'))
        ;
    if (!pt_str_eqz(who, "root"))
        tell(f, "no password asked", who);
}

// -- keys and values ------------------------------------------------------------------------------

// "KEY = VALUE", "KEY VALUE", "KEY: VALUE".
static pt_str key_of(pt_str line, pt_str *ret_value) {
    size_t n = 0;
    while (n < line.n && line.p[n] != '=' && line.p[n] != ' ' && line.p[n] != '\t' &&
           line.p[n] != ':')
        n++;
    size_t at = n;
    while (at < line.n &&
           (line.p[at] == '=' || line.p[at] == ' ' || line.p[at] == '\t' || line.p[at] == ':'))
        at++;
    *ret_value = pt_str_trim(pt_str_sub(line, at, line.n));
    return pt_str_sub(line, 0, n);
}

typedef struct key_row {
    const char *key, *values; // `values`: one of these, "|" between them
    const char *what;
} key_row;

static void see_keys(file *f, pt_str line, const key_row *rows, size_t n) {
    pt_str value;
    pt_str key = key_of(pt_arena_lower(f->a, line), &value);
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(key, rows[i].key) && pt_str_in_list(value, pt_str_of(rows[i].values), '|'))
            tell(f, rows[i].what, key);
}

// sshd_config(5): of a keyword the first line counts; in a block of Match it counts for some.
static void see_sshd(file *f, pt_str line) {
    static const key_row rows[] = {
        {"permitrootlogin", "yes", "root may log in"},
        {"permitemptypasswords", "yes", "empty passwords log in"},
    };
    pt_str rest = line;
    pt_str key = {0};
    pt_str value = {0};
    if (line.p[0] != '"') // a keyword may stand in quotes, too
        key = key_of(line, &rest);
    else if (!next_argument(&rest, &key))
        return;
    key = pt_arena_lower(f->a, key);
    f->match |= pt_str_eqz(key, "match");
    while (pt_str_eqz(key, "include") && next_argument(&rest, &value))
        include(f, PT_STR("etc/ssh"), value);
    if (!next_argument(&rest, &value))
        return;
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        if (!pt_str_eqz(key, rows[i].key) || (f->said & 1u << i && !f->match))
            continue;
        f->said |= 1u << i;
        if (pt_str_eq_nocase(value, pt_str_of(rows[i].values)))
            tell(f, rows[i].what, (pt_str){0});
    }
}

static void see_yum(file *f, pt_str line) {
    static const key_row rows[] = {
        {"gpgcheck", "0|no|false", "packages are not verified"},
        {"sslverify", "0|no|false", "servers are not verified"},
    };
    see_keys(f, line, rows, PT_COUNT(rows));
}

static void see_pip(file *f, pt_str line) {
    pt_str value;
    pt_str key = key_of(line, &value);
    if (pt_str_eqz(key, "trusted-host"))
        tell(f, "servers are not verified", key);
    size_t scheme = pt_str_find_str(value, PT_STR("://"));
    pt_str host = pt_str_sub(value, scheme + 3, value.n);
    host = pt_str_sub(host, 0, pt_str_find(host, '/'));
    if (pt_str_find(host, '@') < host.n && pt_str_has(host, PT_STR(":")))
        tell(f, "credential", key);
}

static void see_npm(file *f, pt_str line) {
    static const key_row rows[] = {{"strict-ssl", "false", "servers are not verified"}};
    static const pt_str marks[] = {PT_STR("_authToken="), PT_STR("_password="), PT_STR("_auth=")};
    see_keys(f, line, rows, PT_COUNT(rows));
    for (size_t i = 0; i < PT_COUNT(marks); i++) {
        size_t at = pt_str_find_str(line, marks[i]) + marks[i].n;
        if (at < line.n && line.p[at] != '$') // a variable is none
            tell(f, "credential", (pt_str){0});
    }
}

// -- words in a line ------------------------------------------------------------------------------

static void see_apt_sources(file *f, pt_str line) {
    static const pt_str marks[] = {PT_STR("trusted=yes"), PT_STR("trusted: yes"),
                                   PT_STR("allow-insecure=yes"), PT_STR("allow-insecure: yes")};
    pt_str lower = pt_arena_lower(f->a, line);
    for (size_t i = 0; i < PT_COUNT(marks); i++)
        if (pt_str_has(lower, marks[i]))
            tell(f, "packages are not verified", (pt_str){0});
}

static void see_apt_conf(file *f, pt_str line) {
    static const struct {
        pt_str key;
        const char *values, *what;
    } rows[] = {
        {PT_STR("allowunauthenticated"), "true|1|yes", "packages are not verified"},
        {PT_STR("allowinsecurerepositories"), "true|1|yes", "packages are not verified"},
        {PT_STR("verify-peer"), "false|0|no", "servers are not verified"},
    };
    pt_str lower = pt_arena_lower(f->a, line);
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        size_t at = pt_str_find_str(lower, rows[i].key);
        pt_str value = pt_str_sub(lower, at + rows[i].key.n, lower.n);
        value = pt_str_sub(value, pt_str_find(value, '"') + 1, value.n);
        value = pt_str_sub(value, 0, pt_str_find(value, '"'));
        if (at < lower.n && pt_str_in_list(value, pt_str_of(rows[i].values), '|'))
            tell(f, rows[i].what, rows[i].key);
    }
}

static void see_openssl(file *f, pt_str line) {
    static const key_row rows[] = {
        {"minprotocol", "sslv3|tlsv1|tlsv1.0|tlsv1.1|none", "old TLS is taken"},
    };
    pt_str upper = pt_arena_lower(f->a, line);
    if (pt_str_has(upper, PT_STR("seclevel=0")) || pt_str_has(upper, PT_STR("seclevel=1")))
        tell(f, "weak keys are taken", (pt_str){0});
    see_keys(f, line, rows, PT_COUNT(rows));
}

static void see_preload(file *f, pt_str line) {
    tell(f, "preload", line);
}

static void see_netrc(file *f, pt_str line) {
    pt_str word;
    while (pt_str_word(&line, &word))
        if (pt_str_eqz(word, "password") && line.n)
            tell(f, "credential", (pt_str){0});
}

static void see_pypirc(file *f, pt_str line) {
    pt_str value;
    if (pt_str_eqz(key_of(line, &value), "password") && value.n)
        tell(f, "credential", (pt_str){0});
}

// Each line holds one.
static void see_passwords(file *f, pt_str line) {
    if (pt_str_has(line, PT_STR(":")))
        tell(f, "credential", (pt_str){0});
}

static void see_docker(file *f, pt_str line) {
    size_t at = pt_str_find_str(line, PT_STR("\"auth\""));
    pt_str value = pt_str_sub(line, at + 6, line.n);
    value = pt_str_sub(value, pt_str_find(value, '"') + 1, value.n);
    if (pt_str_find(value, '"') > 3 && value.n)
        tell(f, "credential", (pt_str){0});
}

// -- files ----------------------------------------------------------------------------------------

typedef struct row {
    const char *kind; // fact/settings.h
    void (*see)(file *f, pt_str line);
    bool comments; // lines that begin with "#" or ";" say nothing
    bool joins;    // a line that ends with a backslash goes on in the next one
} row;

static const row rows[] = {
    {"passwd", see_passwd, false, false},
    {"shadow", see_shadow, false, false},
    {"group", see_group, false, false},
    {"sudoers", see_sudoers, false, true},
    {"doas", see_doas, true, true},
    {"sshd", see_sshd, true, false},
    {"apt sources", see_apt_sources, true, false},
    {"apt", see_apt_conf, true, false},
    {"yum", see_yum, true, false},
    {"preload", see_preload, true, false},
    {"openssl", see_openssl, true, false},
    {"pip", see_pip, true, false},
    {"npm", see_npm, true, false},
    {"netrc", see_netrc, true, false},
    {"pypirc", see_pypirc, true, false},
    {"passwords", see_passwords, true, false},
    {"docker", see_docker, false, false},
};

static const row *row_of(pt_str path) {
    const char *kind = pt_settings_kind(path);
    for (size_t i = 0; kind && i < PT_COUNT(rows); i++)
        if (pt_str_eqz(pt_str_of(kind), rows[i].kind))
            return &rows[i];
    return NULL;
}

// Does it end with a backslash, whatever blanks are behind it? It is cut off.
static bool goes_on(pt_str *line) {
    pt_str text = pt_str_trim(*line);
    if (!pt_str_ends(text, PT_STR("\\")))
        return false;
    *line = pt_str_sub(*line, 0, (size_t)(text.p - line->p) + text.n - 1);
    return true;
}

// The next line, or several as one, joined as they stand: a word may be cut in two.
static bool next_line(file *f, bool joins, pt_str *text, pt_buf *whole, pt_str *ret) {
    f->line = f->next++;
    pt_buf_clear(whole);
    if (!pt_str_split(text, '\n', ret))
        return false;
    if (!joins || is_comment(pt_str_trim(*ret)) || !goes_on(ret))
        return true;
    pt_buf_put(whole, *ret);
    for (bool more = true; more && pt_str_split(text, '\n', ret); f->next++) {
        more = goes_on(ret);
        pt_buf_put(whole, *ret);
    }
    *ret = pt_buf_str(whole);
    f->doubt |= pt_str_find(*ret, '#') < ret->n;
    return true;
}

static void see_lines(file *f, const row *r, pt_str text, bool joins) {
    PT_AUTO(pt_buf_done) pt_buf whole = PT_BUF(SETTINGS_BYTES_MAX);
    pt_str line;
    f->next = 1;
    while (next_line(f, joins, &text, &whole, &line)) {
        line = pt_str_trim(line);
        bool says = line.n && !(r->comments && (line.p[0] == '#' || line.p[0] == ';'));
        if (says)
            r->see(f, line);
    }
    f->unread |= whole.full;
}

bool pt_wants_settings(const pt_walk *w, const pt_tar_entry *t) {
    (void)w;
    return t->size <= SETTINGS_BYTES_MAX && row_of(t->path) != NULL;
}

pt_code pt_see_settings(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e) {
    const row *r = row_of(t->path);
    pt_arena *a = seen->a;
    file f = {.a = a,
              .path = t->path,
              .told = {.a = a},
              .users = {.a = a},
              .includes = {.a = a},
              .ids = {.a = a}};
    pt_obj o = {.a = a};
    if (!r)
        return PT_OK;
    f.unread = t->sparse || w->content.n < t->size || t->size > SETTINGS_BYTES_MAX;
    if (!f.unread)
        see_lines(&f, r, pt_buf_str(&w->content), r->joins);
    if (f.doubt) // both count: what goes on, and what each line says alone
        see_lines(&f, r, pt_buf_str(&w->content), false);
    bool users = f.users.items.n > 0;
    bool includes = f.includes.items.n > 0;
    pt_obj_set(&o, "as", pt_stringz(r->kind));
    pt_obj_set(&o, "told", pt_list_end(&f.told));
    if (users)
        pt_obj_set(&o, "users", pt_list_end(&f.users));
    if (includes)
        pt_obj_set(&o, "includes", pt_list_end(&f.includes));
    if (f.more)
        pt_obj_set(&o, "more", pt_bool(true));
    if (f.unread)
        pt_obj_set(&o, "unread", pt_bool(true));
    pt_value v = pt_obj_end(&o);
    pt_obj_maybe(seen, "settings", v);
    return pt_defined(v) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}
