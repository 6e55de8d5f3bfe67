// By what the guard judges: options, and a file that SIGHUP reads again.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/guard.h"
#include "value/path.h"
#include "value/yaml.h"

enum {
    CONFIG_BYTES_MAX = 1 << 20,
    RULES_MAX = 128,
};

typedef PT_VEC(pt_str) words;

typedef struct reading {
    pt_arena *a;
    words allow, deny, binds, registries, names;
    pt_guard_policies policies;
    pt_guard_settings *ret;
    pt_err *e;
} reading;

static pt_code out_of_memory(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code push(reading *r, words *to, pt_str word) {
    pt_str *slot = PT_PUSH(r->a, to);
    if (!slot)
        return out_of_memory(r->e);
    *slot = word;
    return PT_OK;
}

// -- what each setting takes ----------------------------------------------------------------------

static pt_code unknown_rule(pt_str id, pt_err *e) {
    const char *names[RULES_MAX];
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    for (size_t i = 0; i < n && i < RULES_MAX; i++)
        names[i] = rules[i].id;
    const char *near = pt_nearest(id, names, n < RULES_MAX ? n : RULES_MAX);
    pt_code code = pt_err_set(e, PT_E_USAGE, "there is no rule %.*s", PT_PRI(id));
    pt_err_remedy(e, near ? "%s" : "paratia guard docker --rules lists them", near);
    return code;
}

static pt_code take_rule(reading *r, words *to, pt_str id) {
    size_t n;
    const pt_docker_rule *rules = pt_docker_rules(&n);
    for (size_t i = 0; i < n; i++)
        if (pt_str_eqz(id, rules[i].id))
            return push(r, to, id);
    return unknown_rule(id, r->e);
}

static pt_code take_allow(reading *r, pt_str id) {
    return take_rule(r, &r->allow, id);
}

static pt_code take_deny(reading *r, pt_str id) {
    return take_rule(r, &r->deny, id);
}

// A folder below which everything may be bound: what is no such thing must not be taken for one.
static pt_code take_bind(reading *r, pt_str path) {
    pt_str rest = pt_str_sub(path, 1, path.n);
    pt_str part;
    bool good = pt_str_starts(path, PT_STR("/")) && rest.n > 0;
    if (pt_str_ends(rest, PT_STR("/")))
        rest.n--;
    while (good && pt_str_split(&rest, '/', &part))
        good = part.n > 0 && !pt_str_eqz(part, ".") && !pt_str_eqz(part, "..");
    if (good)
        return push(r, &r->binds, path);
    pt_code code =
        pt_err_set(r->e, PT_E_USAGE, "not a folder that may be bound: %.*s", PT_PRI(path));
    pt_err_remedy(r->e, "an absolute path below the root, without . and ..: /srv/data");
    return code;
}

static pt_code take_registry(reading *r, pt_str word) {
    if (word.n && pt_str_find(word, ' ') == word.n)
        return push(r, &r->registries, word);
    pt_code code = pt_err_set(r->e, PT_E_USAGE, "not a registry: \"%.*s\"", PT_PRI(word));
    pt_err_remedy(r->e, "the beginning of an image's name: registry.example.org/team/");
    return code;
}

static pt_code take_name(reading *r, pt_str word) {
    if (word.n && pt_str_find(word, '/') == word.n)
        return push(r, &r->names, word);
    return pt_err_set(r->e, PT_E_USAGE, "not the name of a container: \"%.*s\"", PT_PRI(word));
}

static pt_code take_policy(reading *r, pt_str path) {
    return pt_guard_policies_read(&r->policies, r->a, path, r->e);
}

static pt_code take_level(reading *r, pt_str word) {
    static const struct {
        const char *word;
        pt_podsec_level level;
    } levels[] = {{"privileged", PT_PODSEC_PRIVILEGED},
                  {"baseline", PT_PODSEC_BASELINE},
                  {"restricted", PT_PODSEC_RESTRICTED}};
    for (size_t i = 0; i < PT_COUNT(levels); i++)
        if (pt_str_eqz(word, levels[i].word)) {
            r->ret->level = levels[i].level;
            return PT_OK;
        }
    pt_code code = pt_err_set(r->e, PT_E_USAGE, "there is no level %.*s", PT_PRI(word));
    pt_err_remedy(r->e, "privileged, baseline or restricted");
    return code;
}

static const struct setting {
    const char *name; // of the option and in the file
    bool list;
    pt_code (*take)(reading *r, pt_str word);
} settings[] = {
    {"level", false, take_level},      {"deny", true, take_deny},
    {"allow", true, take_allow},       {"allow-bind", true, take_bind},
    {"registry", true, take_registry}, {"protect", true, take_name},
    {"policy", true, take_policy},
};

// -- the file -------------------------------------------------------------------------------------

static pt_code take_value(reading *r, const struct setting *s, pt_value v) {
    bool list = pt_tag_of(v) == PT_ARRAY;
    pt_code code = PT_OK;
    if (s->list != list || (!list && pt_tag_of(v) != PT_STRING))
        return pt_err_set(r->e, PT_E_FORMAT, "%s must be %s", s->name,
                          s->list ? "a list of texts" : "a text");
    for (size_t i = 0; i < pt_len(v) && !code; i++)
        code = pt_tag_of(pt_at(v, i)) == PT_STRING
                   ? s->take(r, pt_text(pt_at(v, i)))
                   : pt_err_set(r->e, PT_E_FORMAT, "%s must be a list of texts", s->name);
    return code || list ? code : s->take(r, pt_text(v));
}

static pt_code take_member(reading *r, pt_str key, pt_value v) {
    for (size_t i = 0; i < PT_COUNT(settings); i++)
        if (pt_str_eqz(key, settings[i].name))
            return take_value(r, &settings[i], v);
    if (!pt_str_eqz(key, "allow-tags"))
        return pt_err_set(r->e, PT_E_FORMAT, "there is no setting %.*s", PT_PRI(key));
    if (pt_tag_of(v) != PT_BOOL)
        return pt_err_set(r->e, PT_E_FORMAT, "allow-tags must be true or false");
    r->ret->rules.tags = pt_true(v);
    return PT_OK;
}

pt_code pt_guard_owned(const char *path, const struct stat *st, pt_err *e) {
    bool ours = st->st_uid == 0 || st->st_uid == geteuid();
    if (ours && !(st->st_mode & (S_IWGRP | S_IWOTH)))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_DENIED, "others may write %s", path);
    pt_err_remedy(e, "chown root:root %s; chmod go-w %s", path, path);
    return code;
}

// Whoever may write the file decides what is allowed: only root, or who runs the guard.
static pt_code read_config(const char *path, pt_buf *b, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return pt_err_sys(e, errno, "cannot read the settings: %s", pt_errno_text(errno));
    if (!S_ISREG(st.st_mode))
        return pt_err_set(e, PT_E_DENIED, "the settings are no file");
    pt_code code = pt_guard_owned(path, &st, e);
    return code ? code : pt_fd_read_all(fd, b, e);
}

static pt_code wrong_at(pt_err *e, uint32_t line, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "%s", what);
    e->line = line;
    e->column = 1;
    return code;
}

// The one map that the file is. An empty file is one that was cut short, or is being written: it
// must not mean the defaults.
static pt_code read_map(reading *r, pt_str text, pt_yaml_doc *ret) {
    pt_yaml_stream stream = {.bytes = text, .dialect = PT_YAML_CORE};
    pt_yaml_doc more = {0};
    pt_code code = pt_yaml_next(&stream, r->a, ret, r->e);
    if (!code)
        code = pt_yaml_next(&stream, r->a, &more, r->e);
    pt_yaml_stream_done(&stream);
    if (code)
        return code;
    if (ret->notes & PT_YAML_NOTE_DUPLICATE)
        return wrong_at(r->e, ret->note_line, "a key stands twice");
    if (pt_defined(more.value))
        return wrong_at(r->e, more.line, "a second document begins, which nothing would read");
    if (pt_tag_of(ret->value) == PT_OBJECT)
        return PT_OK;
    if (pt_defined(ret->value) && pt_tag_of(ret->value) != PT_NULL)
        return pt_err_set(r->e, PT_E_FORMAT, "the settings must be a map");
    code = pt_err_set(r->e, PT_E_FORMAT, "the file is empty: nothing is set");
    pt_err_remedy(r->e, "write {} if that is meant");
    return code;
}

static pt_code take_config(reading *r, const char *path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(CONFIG_BYTES_MAX);
    pt_yaml_doc doc = {0};
    pt_code code = read_config(path, &b, r->e);
    if (!code)
        code = read_map(r, pt_arena_str(r->a, pt_buf_str(&b)), &doc);
    for (size_t i = 0; i < pt_len(doc.value) && !code; i++) {
        pt_str key = pt_text(pt_key_at(doc.value, i));
        code = take_member(r, key, pt_val_at(doc.value, i));
        if (code)
            pt_yaml_locate(&doc, key, &r->e->line, &r->e->column);
    }
    if (code)
        pt_err_at(r->e, "%s", path);
    return code;
}

// -- both -----------------------------------------------------------------------------------------

static pt_code take_options(reading *r, const pt_args *args) {
    pt_code code = PT_OK;
    for (size_t i = 0; i < PT_COUNT(settings); i++) {
        const char *word;
        for (size_t k = 0; !code && (word = pt_args_nth(args, settings[i].name, k)) != NULL; k++) {
            pt_str rest = pt_str_of(word);
            pt_str one;
            while (!code && settings[i].list && pt_str_split(&rest, ',', &one))
                code = settings[i].take(r, one);
            if (!code && !settings[i].list)
                code = settings[i].take(r, rest);
        }
    }
    return code;
}

pt_code pt_guard_settings_of(const pt_args *args, pt_arena *a, pt_guard_settings *ret, pt_err *e) {
    *ret = (pt_guard_settings){.rules.tags = pt_args_flag(args, "allow-tags")};
    reading r = {.a = a, .ret = ret, .e = e};
    const char *config = pt_args_get(args, "config");
    pt_code code = config ? take_config(&r, config) : PT_OK;
    if (!code)
        code = take_options(&r, args);
    ret->rules.tags |= pt_args_flag(args, "allow-tags");
    ret->policies = r.policies.v;
    ret->n_policies = r.policies.n;
    ret->rules.allow = r.allow.v;
    ret->rules.n_allow = r.allow.n;
    ret->rules.deny = r.deny.v;
    ret->rules.n_deny = r.deny.n;
    ret->rules.bind_prefixes = r.binds.v;
    ret->rules.n_bind_prefixes = r.binds.n;
    ret->rules.registries = r.registries.v;
    ret->rules.n_registries = r.registries.n;
    ret->rules.protected_names = r.names.v;
    ret->rules.n_protected = r.names.n;
    return code;
}

pt_code pt_guard_mode_of(const pt_args *args, pt_guard_mode *ret, pt_err *e) {
    bool learn = pt_args_flag(args, "learn");
    bool enforce = pt_args_flag(args, "enforce");
    if (learn != enforce) {
        *ret = enforce ? PT_GUARD_ENFORCE : PT_GUARD_LEARN;
        return PT_OK;
    }
    pt_code code = learn ? pt_err_set(e, PT_E_USAGE, "--learn and --enforce exclude each other")
                         : pt_err_set(e, PT_E_USAGE, "--learn or --enforce must be chosen");
    pt_err_remedy(e, "--learn judges and never denies: begin with it; --enforce denies");
    return code;
}

pt_code pt_guard_receipts_of(const pt_args *args, bool *ret_best_effort, pt_err *e) {
    const char *word = pt_args_get(args, "receipts");
    *ret_best_effort = word && strcmp(word, "best-effort") == 0;
    if (!word || *ret_best_effort || strcmp(word, "required") == 0)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--receipts does not know %s", word);
    pt_err_remedy(e, "required, or best-effort: nothing is denied because the ledger is full");
    return code;
}
