#include "collect/image/secrets.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "collect/image/limits.h"
#include "collect/image/texts.h"
#include "collect/secret/secret.h"
#include "crypto/crypto.h"
#include "value/json.h"

enum {
    HEAD_BYTES = 8 << 10,      // a NUL in them: it is no text
    WHOLE_BYTES = 8 << 20,     // a larger file is searched in
    WINDOW_BYTES = 1 << 20,    // windows, each of which has
    OVERLAP_BYTES = 64 << 10,  // of the one before it
    TEXT_BYTES_MAX = 32 << 20, // of one that was packed, or in UTF-16
};

typedef struct asked {
    pt_secret_rules *rules;
    pt_hash256 key;
} asked;

// What PT_JOB_RULES left in this process, and what every job has that is forked after it; NULL:
// nobody asked. It is replaced as a whole.
static asked *_Atomic what;

bool pt_secrets_asked(void) {
    return atomic_load(&what) != NULL;
}

static pt_code replace(pt_secret_rules *rules, pt_str key, pt_err *e) {
    asked *its = malloc(sizeof *its);
    if (!its) {
        pt_secret_rules_free(rules);
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    *its = (asked){rules, pt_sha256(&key, 1)};
    asked *old = atomic_exchange(&what, its);
    if (old)
        pt_secret_rules_free(old->rules);
    free(old);
    return PT_OK;
}

pt_code pt_job_rules(const pt_job *j, int in, pt_answer *ret, pt_err *e) {
    pt_obj *o = &ret->o;
    pt_str key = pt_str_of(j->words[0]);
    pt_secret_ask ask = {.trivy = (j->flags & PT_RULES_TRIVY) != 0};
    pt_secret_rules *rules = NULL;
    pt_code code = pt_job_load(j, in, o->a, &ask.text, e);
    if (!code)
        code = pt_secret_rules_read(&ask, &rules, e);
    if (code && e && e->line)
        pt_err_at(e, "line %u", e->line);
    if (code)
        return code;
    code = replace(rules, key, e);
    if (code)
        return code;
    pt_obj_set(o, "rules", pt_int((int64_t)pt_secret_rules_count(rules)));
    return PT_OK;
}

// -- one text -------------------------------------------------------------------------------------

// A part of a file. Each place of the file is one part's to tell, which sees enough around it.
typedef struct part {
    pt_str path, text;
    pt_str config;   // which setting it is; empty: a file
    size_t from, to; // secrets that begin here
    uint64_t lines;  // of the file, before it
} part;

static pt_value fingerprint(pt_arena *a, pt_str secret) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(64);
    pt_str key = {(const char *)atomic_load(&what)->key.b, PT_SHA256_BYTES};
    pt_hash256 h = pt_hmac_sha256(key, secret);
    pt_hex_put(&b, (pt_str){(const char *)h.b, 16});
    return pt_string(pt_arena_str(a, pt_buf_str(&b)));
}

static int64_t number_of(pt_value v, const char *key) {
    int64_t n = 0;
    PT_IGNORE(pt_to_int(pt_getz(v, key), &n)); // 0: it is not there
    return n;
}

static pt_value told(const part *p, pt_value f, pt_arena *a) {
    static const char *const keys[] = {"rule", "title", "category", "severity", "match", "bytes"};
    static const char *const lines[] = {"line", "line_end"};
    size_t at = (size_t)number_of(f, "offset");
    size_t n = (size_t)number_of(f, "bytes");
    pt_obj o = {.a = a};
    if (p->config.n)
        pt_obj_set(&o, "config", pt_string(p->config));
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        pt_obj_maybe(&o, keys[i], pt_getz(f, keys[i]));
    for (size_t i = 0; i < PT_COUNT(lines); i++)
        pt_obj_set(&o, lines[i], pt_int(number_of(f, lines[i]) + (int64_t)p->lines));
    if (n)
        pt_obj_set(&o, "fingerprint", fingerprint(a, pt_str_sub(p->text, at, at + n)));
    return pt_obj_end(&o);
}

// Append to `found`. *more: there are more than are told of one text.
static pt_code search(const part *p, pt_list *found, bool *more, pt_err *e) {
    pt_value v = pt_undefined();
    const pt_secret_rules *rules = atomic_load(&what)->rules;
    // Whose a file is, is known when all layers are: until then as if it were nobody's.
    pt_code code = p->config.n ? pt_secret_scan(rules, p->path, p->text, found->a, &v, e)
                               : pt_secret_scan_unowned(rules, p->path, p->text, found->a, &v, e);
    for (size_t i = 0; !code && i < pt_len(v); i++) {
        pt_value f = pt_at(v, i);
        size_t at = (size_t)number_of(f, "offset");
        if (!pt_defined(pt_getz(f, "line")))
            *more = true;
        else if (p->from <= at && at < p->to)
            pt_list_add(found, told(p, f, found->a));
    }
    return code;
}

// -- files ----------------------------------------------------------------------------------------

static pt_str without_gz(pt_str path) {
    return pt_str_ends(path, PT_STR(".gz")) ? pt_str_sub(path, 0, path.n - 3) : path;
}

// Is what was found in it no secret if a package owns the file?
static bool is_packages(pt_str path) {
    return pt_secret_leaves_out(atomic_load(&what)->rules, without_gz(path)) ==
           PT_SECRET_IF_PACKAGED;
}

static pt_code tell(pt_walk *w, pt_str path, pt_list *found, pt_err *e) {
    pt_obj o = {.a = &w->scratch};
    w->secrets_found += found->items.n;
    if (!found->items.n && !found->full)
        return PT_OK;
    pt_obj_set(&o, "do", pt_stringz("secret"));
    pt_obj_set(&o, "path", pt_string(path));
    if (is_packages(path))
        pt_obj_set(&o, "unless_owned", pt_bool(true));
    pt_obj_set(&o, "found", pt_list_end(found));
    pt_value v = pt_obj_end(&o);
    pt_code code = pt_defined(v) ? pt_json_write(&w->secrets, v, NULL, e)
                                 : pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_buf_putc(&w->secrets, ',');
    return w->secrets.full ? pt_err_set(e, PT_E_LIMIT, "more secrets than can be told") : code;
}

// The next window of the file, in w->content from *at on. False: it is the last one.
static pt_code next_window(pt_walk *w, size_t *at, pt_str *ret, bool *last, pt_err *e) {
    size_t have = w->content.n - *at;
    pt_code code = PT_OK;
    if (have < WINDOW_BYTES && w->tar.left) {
        memmove(w->content.p, w->content.p + *at, have);
        w->content.n = have;
        *at = 0;
        code = pt_tar_read_some(&w->tar, &w->content, WINDOW_BYTES - have, e);
    }
    *ret = pt_str_sub(pt_buf_str(&w->content), *at, *at + WINDOW_BYTES);
    *last = *at + ret->n == w->content.n && !w->tar.left;
    return code;
}

static uint64_t lines_in(pt_str s) {
    uint64_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

// *ret_its: what makes this file one that was not searched.
static pt_code search_windows(pt_walk *w, pt_list *found, pt_str path, bool *more, pt_err *ret_its,
                              pt_err *e) {
    part p = {.path = path};
    bool last = false;
    pt_code code = PT_OK;
    pt_code its = PT_OK;
    for (size_t at = 0; !code && !its && !last; at += WINDOW_BYTES - OVERLAP_BYTES) {
        code = next_window(w, &at, &p.text, &last, e);
        p.to = last ? SIZE_MAX : p.text.n - OVERLAP_BYTES / 2;
        if (!code)
            its = search(&p, found, more, ret_its);
        p.from = OVERLAP_BYTES / 2;
        p.lines += lines_in(pt_str_sub(p.text, 0, WINDOW_BYTES - OVERLAP_BYTES));
    }
    return code;
}

// What was unpacked, or is in UTF-16. Of more than fits in, that is told, and what came is
// searched.
static pt_code search_text(const part *of, pt_text_kind kind, pt_list *found, bool *more,
                           pt_err *ret_its) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(TEXT_BYTES_MAX);
    part p = *of;
    pt_err its = {0};
    pt_code code = PT_OK;
    if (kind != PT_TEXT_PLAIN) {
        code = pt_text_utf8(of->text, kind, &text, &its);
        p.text = pt_buf_str(&text);
    }
    pt_code searched = search(&p, found, more, ret_its);
    if (code && !searched)
        *ret_its = its;
    return searched ? searched : code;
}

// gzip of a text, one level deep: by its name without ".gz", so that lists of what is no text do
// not hold for it. What is broken is searched as far as it goes: nobody gets more out of it.
static pt_code search_packed(pt_walk *w, part *p, pt_list *found, bool *more, pt_err *ret_its) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    PT_AUTO(pt_buf_done) pt_buf head = PT_BUF(HEAD_BYTES);
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(TEXT_BYTES_MAX);
    pt_str packed = pt_buf_str(&w->content);
    PT_IGNORE(pt_text_gunzip(&a, packed, &head, NULL)); // as far as it goes
    pt_text_kind kind = pt_text_kind_of(pt_buf_str(&head));
    if (!head.n || kind == PT_TEXT_NONE || kind == PT_TEXT_GZIP)
        return search(p, found, more, ret_its);
    p->path = without_gz(p->path);
    if (pt_secret_leaves_out(atomic_load(&what)->rules, p->path) == PT_SECRET_LEFT_OUT)
        return PT_OK;
    pt_err e = {0};
    pt_code code = w->tar.left ? pt_err_set(&e, PT_E_LIMIT, "packed it is too large")
                               : pt_text_gunzip(&a, packed, &text, &e);
    p->text = pt_buf_str(&text);
    pt_code its = search_text(p, kind, found, more, ret_its);
    if (!its && code && code != PT_E_FORMAT)
        *ret_its = e;
    return its ? its : code;
}

static pt_code search_file(pt_walk *w, const pt_tar_entry *t, pt_list *found, bool *more,
                           pt_err *ret_its, pt_err *e) {
    part p = {.path = t->path, .to = SIZE_MAX};
    pt_str head = {0};
    pt_code code = PT_OK;
    if (w->content.n < HEAD_BYTES)
        code = pt_tar_read_some(&w->tar, &w->content, HEAD_BYTES - w->content.n, e);
    head = pt_str_sub(pt_buf_str(&w->content), 0, HEAD_BYTES);
    pt_text_kind kind = pt_text_kind_of(head);
    if (kind == PT_TEXT_NONE && pt_str_ends(t->path, PT_STR(".pyc")))
        kind = PT_TEXT_PLAIN;
    if (!code && kind == PT_TEXT_PLAIN && t->size > WHOLE_BYTES)
        return search_windows(w, found, t->path, more, ret_its, e);
    if (!code && kind != PT_TEXT_NONE && t->size <= WHOLE_BYTES)
        code = pt_tar_read(&w->tar, &w->content, e);
    if (code)
        return code;
    if (kind == PT_TEXT_GZIP) {
        PT_IGNORE(search_packed(w, &p, found, more, ret_its)); // it is in ret_its
        return PT_OK;
    }
    if (kind != PT_TEXT_NONE)
        p.text = pt_buf_str(&w->content);
    PT_IGNORE(search_text(&p, kind == PT_TEXT_NONE ? PT_TEXT_PLAIN : kind, found, more,
                          ret_its)); // likewise; of no text, by its name
    if (w->tar.left && kind != PT_TEXT_NONE && !ret_its->code)
        PT_IGNORE(pt_err_set(ret_its, PT_E_LIMIT, "in UTF-16 it is too large"));
    return PT_OK;
}

pt_code pt_walk_secrets(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    pt_list found = {.a = &w->scratch};
    pt_err its = {0};
    bool more = false;
    if (!pt_secrets_asked() || w->secrets_cut)
        return PT_OK;
    if (t->sparse) {
        pt_walk_problem(w, "not evaluated", "A sparse file was not searched for secrets", t->path);
        return PT_OK;
    }
    pt_code code = search_file(w, t, &found, &more, &its, e);
    if (its.code)
        pt_walk_problem(w, "not evaluated", "A file could not be searched for secrets", t->path);
    if (more)
        pt_walk_problem(w, "not evaluated", "More secrets than are told of one file", t->path);
    if (!code)
        code = tell(w, t->path, &found, e);
    w->secrets_cut = w->secrets_found > PT_LAYER_SECRETS_MAX;
    if (w->secrets_cut)
        pt_walk_problem(w, "not evaluated", "More secrets than are told of one layer", t->path);
    return code;
}

// -- settings -------------------------------------------------------------------------------------

typedef struct settings {
    pt_list found;
    bool more;
    pt_err *e;
} settings;

static pt_code search_setting(settings *s, pt_str text, pt_str where) {
    const part p = {.path = PT_STR("config"), .config = where, .text = text, .to = SIZE_MAX};
    return search(&p, &s->found, &s->more, s->e);
}

static pt_code search_variables(settings *s, pt_value v) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++) {
        pt_str text = pt_text(pt_at(v, i));
        pt_str name = pt_str_sub(text, 0, pt_str_find(text, '='));
        code = search_setting(s, text, pt_arena_printf(s->found.a, "Env %.*s", PT_PRI(name)));
    }
    return code;
}

static pt_code search_labels(settings *s, pt_value v) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(v) == PT_OBJECT && i < pt_len(v); i++) {
        pt_str key = pt_text(pt_key_at(v, i));
        pt_str value = pt_text(pt_val_at(v, i));
        pt_arena *a = s->found.a;
        code = search_setting(s, pt_arena_printf(a, "%.*s=%.*s", PT_PRI(key), PT_PRI(value)),
                              pt_arena_printf(a, "Labels %.*s", PT_PRI(key)));
    }
    return code;
}

// A command's words as one line.
static pt_code search_command(settings *s, pt_value v, const char *where) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_DOCUMENT_BYTES_MAX);
    for (size_t i = 0; pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++) {
        pt_buf_putz(&b, i ? " " : "");
        pt_buf_put(&b, pt_text(pt_at(v, i)));
    }
    return search_setting(s, pt_buf_str(&b), pt_str_of(where));
}

static pt_code search_history(settings *s, pt_value v) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && pt_tag_of(v) == PT_ARRAY && i < pt_len(v); i++)
        code = search_setting(s, pt_text(pt_getz(pt_at(v, i), "created_by")),
                              pt_arena_printf(s->found.a, "history %zu", i + 1));
    return code;
}

pt_code pt_secrets_settings(pt_value config, pt_arena *a, pt_value *ret, pt_err *e) {
    settings s = {.found = {.a = a}, .e = e};
    pt_value of = pt_getz(config, "config");
    pt_code code = search_variables(&s, pt_getz(of, "Env"));
    if (!code)
        code = search_labels(&s, pt_getz(of, "Labels"));
    if (!code)
        code = search_command(&s, pt_getz(of, "Entrypoint"), "Entrypoint");
    if (!code)
        code = search_command(&s, pt_getz(of, "Cmd"), "Cmd");
    if (!code)
        code = search_history(&s, pt_getz(config, "history"));
    if (!code && (s.more || s.found.items.n > PT_LAYER_SECRETS_MAX))
        code = pt_err_set(e, PT_E_LIMIT, "more secrets in it than can be told");
    *ret = pt_list_end(&s.found);
    return code || pt_defined(*ret) ? code : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_secrets_hide(pt_str text, pt_arena *a, pt_str *ret, pt_err *e) {
    pt_value v = pt_undefined();
    char *p = pt_arena_take(a, text.n + 1);
    *ret = (pt_str){p, text.n};
    if (!p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    memcpy(p, text.n ? text.p : "", text.n);
    pt_code code = pt_secret_scan(atomic_load(&what)->rules, PT_STR("config"), text, a, &v, e);
    for (size_t i = 0; !code && i < pt_len(v); i++) {
        pt_value f = pt_at(v, i);
        memset(p + number_of(f, "offset"), '*', (size_t)number_of(f, "bytes"));
    }
    return code;
}
