// What a running dockerd was started with. daemon.json and flags have no precedence: dockerd
// refuses to start when one option stands in both (only `runtimes` is exempt), so their union is
// exact.
#include <stdio.h>
#include <string.h>

#include "collect/docker/engine.h"
#include "value/json.h"

typedef enum flag_kind {
    FLAG_TEXT, // takes a value; the last one counts
    FLAG_BOOL, // --x, --x=true, --x=false
    FLAG_LIST, // adds up
} flag_kind;

// Flags whose name in daemon.json differs, or that are no plain text.
static const struct {
    const char *flag, *key;
    flag_kind kind;
} flags[] = {
    {"H", "hosts", FLAG_LIST},
    {"host", "hosts", FLAG_LIST},
    {"D", "debug", FLAG_BOOL},
    {"debug", "debug", FLAG_BOOL},
    {"l", "log-level", FLAG_TEXT},
    {"s", "storage-driver", FLAG_TEXT},
    {"g", "data-root", FLAG_TEXT},
    {"graph", "data-root", FLAG_TEXT},
    {"G", "group", FLAG_TEXT},
    {"p", "pidfile", FLAG_TEXT},
    {"b", "bridge", FLAG_TEXT},
    {"add-runtime", "runtimes", FLAG_LIST},
    {"authorization-plugin", "authorization-plugins", FLAG_LIST},
    {"default-ulimit", "default-ulimits", FLAG_LIST},
    {"dns", "dns", FLAG_LIST},
    {"dns-opt", "dns-opts", FLAG_LIST},
    {"dns-search", "dns-search", FLAG_LIST},
    {"exec-opt", "exec-opts", FLAG_LIST},
    {"insecure-registry", "insecure-registries", FLAG_LIST},
    {"label", "labels", FLAG_LIST},
    {"log-opt", "log-opts", FLAG_LIST},
    {"registry-mirror", "registry-mirrors", FLAG_LIST},
    {"storage-opt", "storage-opts", FLAG_LIST},
    {"experimental", "experimental", FLAG_BOOL},
    {"icc", "icc", FLAG_BOOL},
    {"init", "init", FLAG_BOOL},
    {"ip-forward", "ip-forward", FLAG_BOOL},
    {"ip-masq", "ip-masq", FLAG_BOOL},
    {"ip6tables", "ip6tables", FLAG_BOOL},
    {"iptables", "iptables", FLAG_BOOL},
    {"ipv6", "ipv6", FLAG_BOOL},
    {"live-restore", "live-restore", FLAG_BOOL},
    {"no-new-privileges", "no-new-privileges", FLAG_BOOL},
    {"raw-logs", "raw-logs", FLAG_BOOL},
    {"rootless", "rootless", FLAG_BOOL},
    {"selinux-enabled", "selinux-enabled", FLAG_BOOL},
    {"tls", "tls", FLAG_BOOL},
    {"tlsverify", "tlsverify", FLAG_BOOL},
    {"userland-proxy", "userland-proxy", FLAG_BOOL},
};

// "--name=value" or "-Hvalue" without its dashes: the row, its value if it stands in the word.
typedef struct flag {
    pt_str key;
    flag_kind kind;
    bool has_value;
    pt_str value;
} flag;

static flag flag_of(pt_str name) {
    for (size_t i = 0; i < PT_COUNT(flags); i++)
        if (pt_str_eqz(name, flags[i].flag))
            return (flag){.key = pt_str_of(flags[i].key), .kind = flags[i].kind};
    return (flag){.key = name, .kind = FLAG_TEXT};
}

static bool parse_word(pt_str word, flag *ret) {
    if (pt_str_starts(word, PT_STR("--"))) {
        size_t eq = pt_str_find(word, '=');
        *ret = flag_of(pt_str_sub(word, 2, eq));
        ret->has_value = eq < word.n;
        ret->value = pt_str_sub(word, eq + 1, word.n);
        return word.n > 2;
    }
    if (word.n < 2 || word.p[0] != '-')
        return false;
    *ret = flag_of(pt_str_sub(word, 1, 2));
    ret->has_value = word.n > 2;
    ret->value = pt_str_sub(word, word.n > 2 && word.p[2] == '=' ? 3 : 2, word.n);
    return true;
}

typedef PT_VEC(pt_value) pairs;

static pt_value *find_pair(pairs *v, pt_str key) {
    for (size_t i = 0; i + 1 < v->n; i += 2)
        if (pt_str_eq(pt_text(v->v[i]), key))
            return &v->v[i + 1];
    return NULL;
}

static void set_pair(pt_arena *a, pairs *v, pt_str key, pt_value value) {
    pt_value *old = find_pair(v, key);
    if (old) {
        *old = value;
        return;
    }
    pt_value *k = PT_PUSH(a, v);
    if (k)
        *k = pt_string(key);
    pt_value *slot = k ? PT_PUSH(a, v) : NULL;
    if (slot)
        *slot = value;
}

static pt_value appended(pt_arena *a, const pt_value *old, pt_str item) {
    pt_list l = {.a = a};
    for (size_t i = 0; old && i < pt_len(*old); i++)
        pt_list_add(&l, pt_at(*old, i));
    pt_list_add(&l, pt_string(item));
    return pt_list_end(&l);
}

// As Go's strconv.ParseBool reads it; dockerd would not have started with anything else.
static bool is_false(pt_str s) {
    return pt_str_in_list(s, PT_STR("false|0|f|F|FALSE|False"), '|');
}

pt_value pt_dockerd_flags(pt_arena *a, pt_str cmdline) {
    pairs v = {0};
    pt_str word;
    PT_IGNORE(pt_str_split(&cmdline, '\0', &word)); // the program's name
    while (pt_str_split(&cmdline, '\0', &word)) {
        flag f;
        if (!parse_word(word, &f))
            continue;
        if (!f.has_value && f.kind != FLAG_BOOL && !pt_str_split(&cmdline, '\0', &f.value))
            f.value = (pt_str){0};
        if (f.kind == FLAG_BOOL)
            set_pair(a, &v, f.key, pt_bool(!f.has_value || !is_false(f.value)));
        else if (f.kind == FLAG_LIST)
            set_pair(a, &v, f.key, appended(a, find_pair(&v, f.key), f.value));
        else
            set_pair(a, &v, f.key, pt_string(f.value));
    }
    return pt_object_of(a, v.v, v.n / 2, NULL);
}

static pt_value merged(pt_arena *a, pt_value file, pt_value given) {
    pairs v = {0};
    for (size_t i = 0; i < pt_len(file); i++)
        set_pair(a, &v, pt_text(pt_key_at(file, i)), pt_val_at(file, i));
    for (size_t i = 0; i < pt_len(given); i++)
        set_pair(a, &v, pt_text(pt_key_at(given, i)), pt_val_at(given, i));
    return pt_object_of(a, v.v, v.n / 2, NULL);
}

bool pt_dockerd_is(pt_str cmdline) {
    pt_str program = pt_str_sub(cmdline, 0, pt_str_find(cmdline, '\0'));
    size_t slash = pt_str_rfind(program, '/');
    pt_str name = slash < program.n ? pt_str_sub(program, slash + 1, program.n) : program;
    return pt_str_eqz(name, "dockerd");
}

static pt_fact cmdline_of(pt_engine *g, pt_str pid) {
    pt_str path = pt_arena_printf(g->a, "/proc/%.*s/cmdline", PT_PRI(pid));
    return pt_world_read(g->w, g->a, path.p, "/proc/self", PT_WORLD_FILE_BYTES_MAX);
}

// The process that listens on the socket; with socket activation that is systemd, and then the only
// dockerd of this machine is meant.
static pt_fact find_dockerd(pt_engine *g, pt_str *ret_pid) {
    if (g->peer_pid != 1) {
        *ret_pid = pt_arena_printf(g->a, "%d", g->peer_pid);
        pt_fact f = cmdline_of(g, *ret_pid);
        if (g->peer_pid && f.state == PT_KNOWN && pt_dockerd_is(pt_text(f.value)))
            return f;
        return pt_fact_unknown(PT_STR("what listens on the socket is not dockerd itself"),
                               PT_STR("name dockerd's own socket: --docker unix:///PATH"));
    }
    pt_fact all = pt_world_list(g->w, g->a, "/proc", "/proc/self");
    pt_fact found = {0};
    size_t n = 0;
    for (size_t i = 0; all.state == PT_KNOWN && i < pt_len(all.value); i++) {
        pt_str pid = pt_text(pt_at(all.value, i));
        int64_t number;
        if (!pt_str_int(pid, 10, &number))
            continue;
        pt_fact f = cmdline_of(g, pid);
        if (f.state == PT_KNOWN && pt_dockerd_is(pt_text(f.value))) {
            found = f;
            *ret_pid = pid;
            n++;
        }
    }
    if (n == 1)
        return found;
    return pt_fact_unknown(n ? PT_STR("several dockerd run here: which one answers is not known")
                             : PT_STR("the dockerd behind the socket is not seen in /proc"),
                           PT_STR("run paratia audit on the daemon's own host, as root"));
}

static pt_str variable(pt_str environ, pt_str name) {
    pt_str one;
    while (pt_str_split(&environ, '\0', &one))
        if (pt_str_starts(one, name) && one.n > name.n && one.p[name.n] == '=')
            return pt_str_sub(one, name.n + 1, one.n);
    return (pt_str){0};
}

// A rootless dockerd reads $XDG_CONFIG_HOME/docker/daemon.json, else the one below ~/.config, of
// its own environment.
static pt_fact rootless_path(pt_engine *g, pt_str pid) {
    pt_str path = pt_arena_printf(g->a, "/proc/%.*s/environ", PT_PRI(pid));
    pt_fact f = pt_world_read(g->w, g->a, path.p, "/proc/self", PT_WORLD_FILE_BYTES_MAX);
    if (f.state != PT_KNOWN)
        return pt_fact_unknown(pt_arena_printf(g->a,
                                               "where the rootless daemon's daemon.json is: "
                                               "%.*s",
                                               PT_PRI(f.state == PT_UNKNOWN ? f.reason : f.source)),
                               PT_STR("run paratia audit as the user of the rootless daemon"));
    pt_str config = variable(pt_text(f.value), PT_STR("XDG_CONFIG_HOME"));
    pt_str home = variable(pt_text(f.value), PT_STR("HOME"));
    if (!config.n && !home.n)
        return pt_fact_unknown(PT_STR("the rootless daemon has neither XDG_CONFIG_HOME nor HOME"),
                               (pt_str){0});
    pt_str file = config.n ? pt_arena_printf(g->a, "%.*s/docker/daemon.json", PT_PRI(config))
                           : pt_arena_printf(g->a, "%.*s/.config/docker/daemon.json", PT_PRI(home));
    return pt_fact_known(pt_string(file), path);
}

// Where the running dockerd reads its file.
static pt_fact file_path(pt_engine *g, pt_value given, pt_str pid, pt_fact info) {
    pt_str named = pt_text(pt_getz(given, "config-file"));
    if (named.n)
        return pt_fact_known(pt_string(pt_arena_str(g->a, named)), PT_STR("flags of dockerd"));
    if (info.state != PT_KNOWN)
        return info; // rootless or not: not known
    if (pt_engine_has_option(info.value, "rootless"))
        return rootless_path(g, pid);
    return pt_fact_known(pt_stringz("/etc/docker/daemon.json"), PT_STR("dockerd's default"));
}

pt_fact pt_engine_config(pt_engine *g, pt_fact info) {
    if (g->remote)
        return pt_fact_unknown(PT_STR("the daemon runs on another host"),
                               PT_STR("run paratia audit there, on the daemon's own host"));
    pt_str pid = {0};
    pt_fact process = find_dockerd(g, &pid);
    if (process.state != PT_KNOWN)
        return process;
    pt_value given = pt_dockerd_flags(g->a, pt_text(process.value));
    pt_fact where = file_path(g, given, pid, info);
    if (where.state != PT_KNOWN)
        return where;
    pt_str path = pt_text(where.value);
    pt_fact file = path.p ? pt_world_read(g->w, g->a, path.p, NULL, PT_WORLD_FILE_BYTES_MAX)
                          : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
    if (file.state == PT_UNKNOWN)
        return file;
    if (file.state == PT_ABSENT)
        return pt_fact_known(given, PT_STR("flags of dockerd"));
    pt_value v;
    pt_err e = {0};
    if (pt_json_parse(g->a, pt_text(file.value), NULL, &v, &e) || pt_tag_of(v) != PT_OBJECT)
        return pt_fact_unknown(
            pt_arena_printf(g->a, "%s:%u: %s", path.p, e.line, e.what[0] ? e.what : "no object"),
            PT_STR("mend daemon.json: dockerd would not start with it"));
    return pt_fact_known(merged(g->a, v, given),
                         pt_arena_printf(g->a, "%s and flags of dockerd", path.p));
}
