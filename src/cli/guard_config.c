// Settings of a guard: options, and a file that SIGHUP reads again. Both add up.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/guard.h"
#include "value/path.h"
#include "value/yaml.h"

enum {
    CONFIG_BYTES_MAX = 1 << 20
};

pt_code pt_guard_push(pt_guard_reading *r, pt_guard_words *to, pt_str word) {
    pt_str *slot = PT_PUSH(r->a, to);
    if (!slot)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    *slot = word;
    return PT_OK;
}

pt_code pt_guard_level(pt_str word, pt_podsec_level *ret, pt_err *e) {
    static const struct {
        const char *word;
        pt_podsec_level level;
    } levels[] = {{"privileged", PT_PODSEC_PRIVILEGED},
                  {"baseline", PT_PODSEC_BASELINE},
                  {"restricted", PT_PODSEC_RESTRICTED}};
    for (size_t i = 0; i < PT_COUNT(levels); i++)
        if (pt_str_eqz(word, levels[i].word)) {
            *ret = levels[i].level;
            return PT_OK;
        }
    pt_code code = pt_err_set(e, PT_E_USAGE, "there is no level %.*s", PT_PRI(word));
    pt_err_remedy(e, "privileged, baseline or restricted");
    return code;
}

// -- the file -------------------------------------------------------------------------------------

static pt_code take_list(pt_guard_reading *r, const pt_guard_setting *s, pt_value v) {
    pt_code code = PT_OK;
    if (s->kind == PT_SETTING_FILLED && !pt_len(v)) {
        code = pt_err_set(r->e, PT_E_FORMAT, "%s is empty: that would mean any", s->name);
        pt_err_remedy(r->e, "name one, or leave the line out");
    }
    for (size_t i = 0; i < pt_len(v) && !code; i++)
        code = pt_tag_of(pt_at(v, i)) == PT_STRING
                   ? s->take(r, pt_text(pt_at(v, i)))
                   : pt_err_set(r->e, PT_E_FORMAT, "%s must be a list of texts", s->name);
    return code;
}

static pt_code take_value(pt_guard_reading *r, const pt_guard_setting *s, pt_value v) {
    static const struct {
        pt_tag tag;
        const char *words;
    } kinds[] = {[PT_SETTING_TEXT] = {PT_STRING, "a text"},
                 [PT_SETTING_LIST] = {PT_ARRAY, "a list of texts"},
                 [PT_SETTING_FILLED] = {PT_ARRAY, "a list of texts"},
                 [PT_SETTING_FLAG] = {PT_BOOL, "true or false"}};
    if (pt_tag_of(v) != kinds[s->kind].tag)
        return pt_err_set(r->e, PT_E_FORMAT, "%s must be %s", s->name, kinds[s->kind].words);
    if (s->kind == PT_SETTING_LIST || s->kind == PT_SETTING_FILLED)
        return take_list(r, s, v);
    if (s->kind == PT_SETTING_TEXT)
        return s->take(r, pt_text(v));
    return pt_true(v) ? s->take(r, PT_STR("true")) : PT_OK;
}

pt_code pt_guard_take_member(pt_guard_reading *r, const pt_guard_setting *table, pt_str key,
                             pt_value v) {
    for (const pt_guard_setting *s = table; s->name; s++)
        if (pt_str_eqz(key, s->name))
            return take_value(r, s, v);
    return pt_err_set(r->e, PT_E_FORMAT, "there is no setting %.*s", PT_PRI(key));
}

pt_code pt_guard_owned(const char *path, const struct stat *st, pt_err *e) {
    struct statvfs fs;
    bool ours = st->st_uid == 0 || st->st_uid == geteuid();
    if (ours && !(st->st_mode & (S_IWGRP | S_IWOTH)))
        return PT_OK;
    if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_RDONLY))
        return PT_OK; // a ConfigMap in a pod: its modes say what the mount does not allow
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
static pt_code read_map(pt_guard_reading *r, pt_str text, pt_yaml_doc *ret) {
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

pt_code pt_guard_read_yaml(pt_guard_reading *r, const char *path, pt_yaml_doc *ret) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(CONFIG_BYTES_MAX);
    pt_code code = read_config(path, &b, r->e);
    if (!code)
        code = read_map(r, pt_arena_str(r->a, pt_buf_str(&b)), ret);
    if (code)
        pt_err_at(r->e, "%s", path);
    return code;
}

static pt_code take_config(pt_guard_reading *r, const pt_guard_setting *table, const char *path) {
    pt_yaml_doc doc = {0};
    pt_code code = pt_guard_read_yaml(r, path, &doc);
    for (size_t i = 0; i < pt_len(doc.value) && !code; i++) {
        pt_str key = pt_text(pt_key_at(doc.value, i));
        code = pt_guard_take_member(r, table, key, pt_val_at(doc.value, i));
        if (code)
            pt_yaml_locate(&doc, key, &r->e->line, &r->e->column);
    }
    if (code)
        pt_err_at(r->e, "%s", path);
    return code;
}

// -- options --------------------------------------------------------------------------------------

static pt_code take_words(pt_guard_reading *r, const pt_guard_setting *s, const char *word) {
    pt_str rest = pt_str_of(word);
    pt_str one;
    pt_code code = PT_OK;
    if (s->kind == PT_SETTING_TEXT)
        return s->take(r, rest);
    while (!code && pt_str_split(&rest, ',', &one))
        code = s->take(r, one);
    return code;
}

static pt_code take_option(pt_guard_reading *r, const pt_guard_setting *s, const pt_args *args) {
    const char *word;
    pt_code code = PT_OK;
    if (s->kind == PT_SETTING_FLAG)
        return pt_args_flag(args, s->name) ? s->take(r, PT_STR("true")) : PT_OK;
    for (size_t k = 0; !code && (word = pt_args_nth(args, s->name, k)) != NULL; k++)
        code = take_words(r, s, word);
    return code;
}

pt_code pt_guard_read_settings(pt_guard_reading *r, const pt_guard_setting *table,
                               const pt_args *args) {
    const char *config = pt_args_get(args, "config");
    pt_code code = config ? take_config(r, table, config) : PT_OK;
    for (const pt_guard_setting *s = table; s->name && !code; s++)
        code = take_option(r, s, args);
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
