// paratia db update: public feeds, fetched where they changed, and the index of them.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/progress.h"
#include "base/rights.h"
#include "cli/db.h"
#include "cli/db_compile.h"
#include "cli/db_verbs.h"
#include "cli/input.h"
#include "collect/feeds/feeds.h"
#include "value/json.h"

enum {
    HOUR_S = 3600,
    OUT_BYTES_MAX = 16 << 20,
};

#define MIB ((uint64_t)1 << 20)

// One address, and what came of it.
typedef struct outcome {
    const pt_feeds_item *item;
    pt_feeds_got got;
    pt_err e; // e.code: it failed
} outcome;

typedef struct update {
    const pt_args *args;
    pt_arena a;
    pt_feeds_list table;
    pt_list_option only, except;
    PT_VEC(outcome) outcomes;
    pt_str path, folder; // of the index, of the feeds
    pt_http_tls tls;
    int names, lock;
    bool check, json, selected; // selected: not all of the table
    pt_progress progress;
    size_t fetched, failed;
} update;

// -- what is asked for ----------------------------------------------------------------------------

static pt_code read_table(update *u, pt_err *e) {
    const char *file = pt_args_get(u->args, "feeds");
    const char *mirror = pt_args_get(u->args, "mirror");
    pt_str text = pt_feeds_shipped;
    pt_code code = file ? pt_input_text(&u->a, file, &text, e) : PT_OK;
    if (!code)
        code = pt_feeds_read(&u->a, text, &u->table, e);
    if (code && file)
        pt_err_at(e, "%s", file);
    if (!code && mirror)
        code = pt_feeds_mirror(&u->a, pt_str_of(mirror), &u->table, e);
    return code;
}

// A word that names nothing is a mistake, not a wish for nothing.
static pt_code check_words(const update *u, const pt_list_option *words, pt_err *e) {
    for (size_t k = 0; k < words->n; k++) {
        bool found = false;
        for (size_t i = 0; i < u->table.n && !found; i++)
            found = pt_feeds_named(&u->table.v[i], &words->v[k], 1);
        if (found)
            continue;
        pt_code code = pt_err_set(e, PT_E_USAGE, "no feed is called %s", words->v[k]);
        pt_err_remedy(e, "paratia db update --check lists them; osv is all of osv/npm, osv/Go, …");
        return code;
    }
    return PT_OK;
}

static pt_code read_words(update *u, pt_err *e) {
    if (!pt_args_list(u->args, "only", &u->a, &u->only) ||
        !pt_args_list(u->args, "except", &u->a, &u->except))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    u->selected = u->only.n || u->except.n || pt_args_get(u->args, "feeds");
    pt_code code = check_words(u, &u->only, e);
    return code ? code : check_words(u, &u->except, e);
}

static bool is_excepted(const update *u, const pt_feeds_item *i) {
    return pt_feeds_named(i, u->except.v, u->except.n);
}

static bool is_wanted(const update *u, const pt_feeds_item *i) {
    return !is_excepted(u, i) && (!u->only.n || pt_feeds_named(i, u->only.v, u->only.n));
}

static pt_code find_places(update *u, pt_err *e) {
    const char *cache = pt_args_get(u->args, "cache");
    const char *ca = pt_args_get(u->args, "ca");
    pt_code code = ca ? pt_input_text(&u->a, ca, &u->tls.ca, e) : PT_OK;
    u->tls.system = u->tls.ca.n > 0;
    if (!code)
        code = pt_db_place(u->args, &u->a, &u->path, e);
    if (!code)
        u->folder =
            cache ? pt_str_of(cache) : pt_arena_printf(&u->a, "%.*s.feeds", PT_PRI(u->path));
    return code || u->folder.p ? code : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// One update at a time: two would write into the same parts.
static pt_code lock_folder(update *u, pt_err *e) {
    pt_str file = pt_arena_printf(&u->a, "%.*s/lock", PT_PRI(u->folder));
    pt_code code = PT_OK;
    if (!file.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (mkdir(u->folder.p, 0755) != 0 && errno != EEXIST)
        code = pt_err_sys(e, errno, "cannot be made: %s", pt_errno_text(errno));
    u->lock = code ? -1 : open(file.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (!code && u->lock < 0)
        code = pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
    if (!code && flock(u->lock, LOCK_EX | LOCK_NB) != 0) {
        code = pt_err_set(e, PT_E_CONFLICT, "another update is at work there");
        pt_err_remedy(e, "wait for its end");
    }
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(u->folder));
    return code;
}

// -- fetching -------------------------------------------------------------------------------------

static pt_code probe(void *ctx, const char *path, pt_time_ns *ret_newest, pt_err *e) {
    update *u = ctx;
    pt_progress_clear(&u->progress);
    return pt_db_probe(path, ret_newest, e);
}

static void on_bytes(void *ctx, const pt_feeds_item *i, uint64_t bytes, uint64_t total) {
    update *u = ctx;
    if (total)
        pt_progress_say(&u->progress, "Fetching %.*s  %llu of %llu MiB  %zu of %zu",
                        PT_PRI(i->name), (unsigned long long)(bytes / MIB),
                        (unsigned long long)(total / MIB), u->outcomes.n, u->table.n);
    else
        pt_progress_say(&u->progress, "Fetching %.*s  %llu MiB  %zu of %zu", PT_PRI(i->name),
                        (unsigned long long)(bytes / MIB), u->outcomes.n, u->table.n);
}

static void put_size(pt_buf *b, uint64_t bytes) {
    if (bytes >= MIB)
        pt_buf_printf(b, "%.1f MiB", (double)bytes / (double)MIB);
    else
        pt_buf_printf(b, "%.1f KiB", (double)bytes / 1024);
}

static void put_age(pt_buf *b, pt_time_ns since) {
    long long hours = (pt_now() - since) / PT_SECOND_NS / HOUR_S;
    if (hours >= 48)
        pt_buf_printf(b, "%lld days old", hours / 24);
    else
        pt_buf_printf(b, "%lld h old", hours < 0 ? 0 : hours);
}

static const char *word_of(const update *u, const outcome *o) {
    if (o->e.code)
        return "failed";
    if (o->got.state == PT_FEEDS_SAME)
        return "same";
    return u->check ? "new" : "fetched";
}

// "fetched  osv/npm  212.0 MiB", "failed  suse  kept  334.1 MiB  3 days old".
static void say_outcome(update *u, const outcome *o) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    pt_progress_clear(&u->progress);
    if (o->e.code)
        pt_say_error(&o->e);
    if (u->json)
        return;
    pt_buf_printf(&b, "%-7s  %-24.*s", word_of(u, o), PT_PRI(o->item->name));
    if (o->e.code && !o->got.fetched)
        pt_buf_putz(&b, "  never fetched");
    else if (o->e.code)
        pt_buf_putz(&b, "  kept");
    if (o->got.bytes) {
        pt_buf_putz(&b, "  ");
        put_size(&b, o->got.bytes);
    }
    if (o->got.fetched && (o->e.code || o->got.state == PT_FEEDS_SAME)) {
        pt_buf_putz(&b, "  ");
        put_age(&b, o->got.fetched);
    }
    pt_buf_putz(&b, o->got.resumed ? "  resumed\n" : "\n");
    PT_IGNORE(pt_put_stdout(pt_buf_str(&b), NULL)); // the last line is checked
}

static pt_code fetch_one(update *u, const pt_feeds_ask *ask, const pt_feeds_item *item, pt_err *e) {
    outcome *o = PT_PUSH(&u->a, &u->outcomes);
    if (!o)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *o = (outcome){.item = item};
    on_bytes(u, item, 0, 0);
    PT_IGNORE(pt_feeds_fetch(ask, &u->a, item, &o->got, &o->e)); // it is in o->e
    u->failed += o->e.code != PT_OK;
    u->fetched += !o->e.code && o->got.state == PT_FEEDS_FETCHED;
    say_outcome(u, o);
    return PT_OK;
}

static pt_code fetch_all(update *u, pt_err *e) {
    pt_web web = {.a = &u->a,
                  .names = u->names,
                  .tls = &u->tls,
                  .plain = pt_args_flag(u->args, "insecure-feeds")};
    const pt_feeds_ask ask = {.web = &web,
                              .check = u->check,
                              .older = pt_args_flag(u->args, "older"),
                              .folder = u->folder.p,
                              .ctx = u,
                              .probe = probe,
                              .came = on_bytes};
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < u->table.n; i++)
        if (is_wanted(u, &u->table.v[i]))
            code = fetch_one(u, &ask, &u->table.v[i], e);
    pt_web_done(&web);
    return code;
}

// -- the index ------------------------------------------------------------------------------------

typedef PT_VEC(const char *) paths;

// Each once.
static bool add_path(update *u, paths *l, pt_str path) {
    for (size_t i = 0; path.p && i < l->n; i++)
        if (strcmp(l->v[i], path.p) == 0)
            return true;
    const char **to = path.p ? PT_PUSH(&u->a, l) : NULL;
    if (to)
        *to = path.p;
    return to != NULL;
}

// The folders of the table's feeds that are here, and the files in them that are not asked for.
static bool add_paths(update *u, paths *folders, paths *without) {
    bool ok = true;
    for (size_t i = 0; ok && i < u->table.n; i++) {
        const pt_feeds_item *item = &u->table.v[i];
        pt_str first = pt_str_sub(item->file, 0, pt_str_find(item->file, '/'));
        pt_str folder = pt_arena_printf(&u->a, "%.*s/feeds/%.*s", PT_PRI(u->folder), PT_PRI(first));
        pt_str file =
            pt_arena_printf(&u->a, "%.*s/feeds/%.*s", PT_PRI(u->folder), PT_PRI(item->file));
        if (is_excepted(u, item))
            ok = add_path(u, without, file);
        if (ok && folder.p && access(folder.p, F_OK) == 0)
            ok = add_path(u, folders, folder);
    }
    return ok;
}

// An index beside the old one; whole and signed it takes its place.
static pt_code make_index(update *u, size_t *ret_problems, pt_err *e) {
    paths folders = {0};
    paths without = {0};
    pt_index *x = NULL;
    bool same = false;
    // Without a feed that is in the old one it may well be older.
    bool older = u->except.n || pt_args_flag(u->args, "older");
    const char *key = pt_args_get(u->args, "sign");
    pt_str fresh = pt_arena_printf(&u->a, "%.*s.%ld.new", PT_PRI(u->path), (long)getpid());
    if (!fresh.p || !add_paths(u, &folders, &without))
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    const pt_db_order order = {.paths = folders.v,
                               .paths_n = folders.n,
                               .without = without.v,
                               .without_n = without.n,
                               .out = fresh.p,
                               .keep_going = true};
    pt_code code = pt_db_compile(&order, ret_problems, e);
    if (!code)
        code = pt_index_open(fresh.p, &x, e);
    if (!code)
        code = pt_db_compare(x, u->path, older, &same, e);
    if (!code && key)
        code = pt_db_sign(x, fresh, key, e);
    pt_index_close(x);
    if (!code)
        code = pt_db_swap(&u->a, fresh, u->path, e);
    if (code)
        unlink(fresh.p);
    return code;
}

// Until an index is made of them, feeds that were fetched are remembered as such.
static bool mark_changed(const update *u, bool on, bool *ret_was) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%.*s/changed", PT_PRI(u->folder));
    if (n < 0 || (size_t)n >= sizeof path)
        return false;
    *ret_was = access(path, F_OK) == 0;
    if (!on)
        return unlink(path) == 0 || errno == ENOENT;
    PT_AUTO(pt_fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    return fd >= 0;
}

// -- telling --------------------------------------------------------------------------------------

static pt_value json_of(update *u, const outcome *o) {
    char time[PT_RFC3339_BYTES];
    pt_obj v = {.a = &u->a};
    pt_obj_set(&v, "name", pt_string(o->item->name));
    pt_obj_set(&v, "state", pt_stringz(word_of(u, o)));
    pt_obj_set(&v, "url", pt_string(o->item->url));
    if (o->got.bytes)
        pt_obj_set(&v, "bytes", pt_int((int64_t)o->got.bytes));
    if (o->got.fetched)
        pt_obj_set(&v, "fetched",
                   pt_string(pt_arena_str(&u->a, pt_time_rfc3339(o->got.fetched, time))));
    if (o->got.resumed)
        pt_obj_set(&v, "resumed", pt_bool(true));
    if (o->e.code)
        pt_obj_set(&v, "error", pt_string(pt_arena_str(&u->a, pt_str_of(o->e.what))));
    return pt_obj_end(&v);
}

static pt_code say_json(update *u, const pt_index *x, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    pt_value *all = PT_NEW(&u->a, pt_value, u->outcomes.n + 1);
    pt_obj v = {.a = &u->a};
    for (size_t i = 0; all && i < u->outcomes.n; i++)
        all[i] = json_of(u, &u->outcomes.v[i]);
    if (!all)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_obj_set(&v, "feeds", pt_array_of(&u->a, all, u->outcomes.n));
    pt_obj_set(&v, "failed", pt_int((int64_t)u->failed));
    if (x)
        pt_obj_set(&v, "index", pt_index_about(x, &u->a));
    pt_value doc = pt_obj_end(&v);
    pt_code code = pt_defined(doc) ? pt_json_write(&b, doc, &(pt_json_opts){.pretty = true}, e)
                                   : pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_buf_putc(&b, '\n');
    return code ? code : pt_put_json(pt_buf_str(&b), e);
}

static void say_failed(const update *u) {
    if (u->failed && !u->json)
        printf("Exit 3   %zu of %zu files could not be fetched; what is here of them is older, or "
               "missing\n",
               u->failed, u->outcomes.n);
}

static pt_code say_check(update *u, pt_err *e) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < u->outcomes.n; i++)
        if (!u->outcomes.v[i].e.code && u->outcomes.v[i].got.state == PT_FEEDS_FETCHED)
            bytes += u->outcomes.v[i].got.bytes;
    if (u->json)
        return say_json(u, NULL, e);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(256);
    pt_buf_printf(&b, "%zu of %zu files are new, ", u->fetched, u->outcomes.n);
    put_size(&b, bytes);
    pt_buf_putz(&b, " and what says no size; nothing was fetched\n");
    fflush(stdout);
    return pt_put_stdout(pt_buf_str(&b), e);
}

static pt_code say_index(update *u, int64_t from_ns, size_t problems, pt_err *e) {
    pt_index *x = NULL;
    pt_code code = pt_index_open(u->path.p, &x, e);
    fflush(stdout);
    if (!code)
        code = u->json ? say_json(u, x, e)
                       : pt_db_say(x, u->path, pt_monotonic_ns() - from_ns, problems, e);
    pt_index_close(x);
    return code;
}

// -- the journey ----------------------------------------------------------------------------------

static pt_code begin(update *u, pt_err *e) {
    u->check = pt_args_flag(u->args, "check");
    u->json = pt_args_flag(u->args, "json");
    pt_code code = pt_names_start(&u->names, e);
    if (!code)
        code = pt_rights_drop(&(pt_rights){.read_all = true, .threads = true, .internet = true}, e);
    if (!code)
        code = read_table(u, e);
    if (!code)
        code = read_words(u, e);
    if (!code)
        code = find_places(u, e);
    return code ? code : lock_folder(u, e);
}

static pt_code run(update *u, pt_err *e) {
    int64_t from = pt_monotonic_ns();
    size_t problems = 0;
    bool was = false;
    bool ignored = false;
    pt_code code = begin(u, e);
    if (!code && !u->check && !mark_changed(u, true, &was))
        code = pt_err_sys(e, errno, "%.*s cannot be written", PT_PRI(u->folder));
    if (!code)
        code = fetch_all(u, e);
    if (code)
        return code;
    if (u->check) {
        say_failed(u);
        return say_check(u, e);
    }
    bool current = !u->fetched && !was && !u->selected && !pt_args_get(u->args, "sign") &&
                   access(u->path.p, F_OK) == 0;
    if (!current)
        code = make_index(u, &problems, e);
    if (!code)
        PT_IGNORE(mark_changed(u, false, &ignored)); // else it is made once more
    if (code)
        return code;
    say_failed(u);
    return say_index(u, from, problems, e);
}

int pt_db_update(const pt_args *args) {
    update u = {.args = args, .names = -1, .lock = -1};
    pt_err e = {0};
    pt_arena_init(&u.a, (size_t)1 << 30);
    pt_code code = run(&u, &e);
    if (code)
        pt_say_error(&e);
    int exit = code ? pt_db_exit(code) : u.failed ? PT_EXIT_FAILED : PT_EXIT_OK;
    pt_fd_close(&u.names);
    pt_fd_close(&u.lock);
    pt_arena_done(&u.a);
    return exit;
}
