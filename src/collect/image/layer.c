// One layer, walked while it is being decompressed. Result, for layers.c to lay upon another:
//   {"problems": [{"verdict", "what", "path"}, …], "compression", "digest", "diff_id", "bytes",
//    "stored", "entries", "events": BYTES, "words": N, "owned": M, "told": BYTES,
//    "told_cut": true?, "claims": BYTES}
// and behind it the events (a JSON array of BYTES bytes), N words (pt_layer_word), M pt_owned, what
// tells of files one by one (look.h), and what packages say of theirs (packages/claims.h).
// Events are in the archive's order: "file" (with what was read of it: "kind", "system", "maybe"
// (it counts only where links give it a name that is read), "packages" | "os" | "unread" |
// "failed", "faults", "md5" (pt_md5_front), "owners", "owned": [from, n], "claims": [from, n],
// "sums", of licences "says"), "link" and "hard" (with "to"), "folder" and "other" (in the place of
// what had an event); behind them all "secret" (secrets.h). Of every other name, and of whiteouts,
// there is a word.
#include <string.h>

#include "collect/image/digest.h"
#include "collect/image/licences.h"
#include "collect/image/limits.h"
#include "collect/image/look.h"
#include "collect/image/secrets.h"
#include "collect/image/stream.h"
#include "collect/image/sums.h"
#include "collect/image/walk.h"
#include "value/json.h"

enum {
    EVENTS_BYTES_MAX = 96 << 20,
};

void pt_walk_problem(pt_walk *w, const char *verdict, const char *what, pt_str path) {
    pt_obj o = {.a = w->a};
    if (w->problems.items.n >= PT_FAULTS_MAX)
        return; // the first ones tell the story
    pt_obj_set(&o, "verdict", pt_stringz(verdict));
    pt_obj_set(&o, "what", pt_stringz(what));
    pt_obj_set(&o, "path", pt_string(pt_arena_str(w->a, path)));
    pt_list_add(&w->problems, pt_obj_end(&o));
}

static pt_str folder_of(pt_str path) {
    size_t cut = pt_str_rfind(path, '/');
    return pt_str_sub(path, 0, cut < path.n ? cut : 0);
}

// -- what is told ---------------------------------------------------------------------------------

// Remember the path and the folders above it: what stands in their place later must be told.
static pt_code remember(pt_walk *w, pt_str path, pt_err *e) {
    uint64_t *entry = pt_arena_take(w->a, sizeof *entry);
    bool ok = entry && pt_map_put(&w->seen, pt_path_hash(path), entry);
    if (entry)
        *entry = w->entry;
    for (pt_str at = folder_of(path); ok && at.n; at = folder_of(at)) {
        if (pt_map_get(&w->seen, pt_path_hash(at)))
            break; // and so are those above it
        ok = pt_map_put(&w->seen, pt_path_hash(at), &w->no_entry);
    }
    return ok ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_walk_event(pt_walk *w, pt_obj *o, const char *what, pt_str path, pt_err *e) {
    pt_obj_set(o, "do", pt_stringz(what));
    pt_obj_set(o, "path", pt_string(path));
    pt_value v = pt_obj_end(o);
    pt_code code = pt_defined(v) ? pt_json_write(&w->events, v, NULL, e)
                                 : pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_buf_putc(&w->events, ',');
    if (!code && w->events.full)
        code = pt_err_set(e, PT_E_LIMIT, "more was found in it than %u bytes can say",
                          EVENTS_BYTES_MAX);
    return code ? code : remember(w, path, e);
}

pt_code pt_walk_word(pt_walk *w, pt_str path, pt_layer_word word, pt_err *e) {
    uint64_t u = pt_path_hash(path) | word;
    if (w->flags & PT_LAYER_LOWEST)
        return PT_OK;
    pt_buf_put(&w->words, (pt_str){(const char *)&u, sizeof u});
    return w->words.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

// What nobody reads: a word for the layers below, an event if this layer itself had something there
// or if a database belongs there.
static pt_code take_plain(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    bool folder = t->type == PT_TAR_FOLDER;
    uint64_t hash = pt_path_hash(t->path);
    pt_obj o = {.a = &w->scratch};
    if (pt_map_get(&w->seen, hash) || (!folder && pt_map_get(&w->rows.leads, hash))) {
        pt_code code = pt_walk_event(w, &o, folder ? "folder" : "other", t->path, e);
        if (code || !folder)
            return code;
    }
    return pt_walk_word(w, t->path, folder ? PT_WORD_FOLDER : PT_WORD_TAKES, e);
}

// -- links ----------------------------------------------------------------------------------------

static pt_code take_symlink(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    pt_obj o = {.a = &w->scratch};
    if (w->links++ >= PT_LAYER_LINKS_MAX) {
        if (!w->links_cut)
            pt_walk_problem(w, "not evaluated", "More links than can be followed", t->path);
        w->links_cut = true;
        return take_plain(w, t, e);
    }
    pt_obj_set(&o, "to", pt_string(t->link));
    return pt_walk_event(w, &o, "link", t->path, e);
}

// The target of a hard link is a name like the entries' own.
static pt_str target_of(pt_arena *a, pt_str link) {
    pt_str rest = link;
    pt_str part;
    char *p = pt_arena_take(a, link.n + 1);
    size_t n = 0;
    while (p && pt_str_split(&rest, '/', &part)) {
        if (!part.n || pt_str_eqz(part, "."))
            continue;
        if (n)
            p[n++] = '/';
        memcpy(p + n, part.p, part.n);
        n += part.n;
    }
    return (pt_str){p, p ? n : 0};
}

// Of a file that has an event, it is another name; of one that nobody reads by its own name, or as
// something else, too, if this name is one to be read.
static pt_code want(pt_walk *w, pt_str target, pt_str path, const pt_reader_row *row, pt_err *e) {
    pt_wanted *one = PT_NEW(w->a, pt_wanted, 1);
    if (!one)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *one = (pt_wanted){.path = pt_arena_str(w->a, path),
                       .row = row,
                       .entry = w->entry,
                       .next = pt_map_get(&w->wanted, pt_path_hash(target))};
    return pt_map_put(&w->wanted, pt_path_hash(target), one)
               ? PT_OK
               : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code take_hard(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    pt_obj o = {.a = &w->scratch};
    pt_str to = target_of(&w->scratch, t->link);
    const pt_reader_row *row = pt_reader_guess(&w->rows, t->path);
    bool known = pt_map_get(&w->seen, pt_path_hash(to)) != NULL;
    if (!row && !known)
        return take_plain(w, t, e);
    bool as_it = known && (!row || pt_reader_same(row, pt_reader_guess(&w->rows, to)));
    pt_code code = !as_it && row->read ? want(w, to, t->path, row, e) : PT_OK;
    pt_obj_set(&o, "to", pt_string(to));
    return code ? code : pt_walk_event(w, &o, "hard", t->path, e);
}

// -- whiteouts ------------------------------------------------------------------------------------

// ".wh.NAME" hides NAME, ".wh..wh..opq" all of its folder that lies below; other names that begin
// ".wh..wh." are leavings of AUFS.
static pt_code take_whiteout(pt_walk *w, pt_str folder, pt_str name, pt_err *e) {
    pt_str hidden = pt_str_sub(name, 4, name.n);
    if (pt_str_eqz(name, ".wh..wh..opq"))
        return pt_walk_word(w, folder, PT_WORD_OPAQUE, e);
    if (pt_str_starts(hidden, PT_STR(".wh.")))
        return PT_OK;
    pt_str path = folder.n
                      ? pt_arena_printf(&w->scratch, "%.*s/%.*s", PT_PRI(folder), PT_PRI(hidden))
                      : hidden;
    if (!hidden.n || pt_str_eqz(hidden, ".") || pt_str_eqz(hidden, ".."))
        pt_walk_problem(w, "fail", "A whiteout hides nothing that can exist", folder);
    else
        return pt_walk_word(w, path, PT_WORD_TAKES, e);
    return PT_OK;
}

// -- entries --------------------------------------------------------------------------------------

static pt_code take_file(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    bool told = false;
    pt_code code = pt_walk_sums_begin(w, t, e);
    if (!code)
        code = pt_walk_file(w, t, &told, e);
    if (!code && !told)
        code = pt_walk_licence(w, t, &told, e);
    if (!code)
        code = pt_walk_look(w, t, e);
    if (!code)
        code = pt_walk_secrets(w, t, e);
    if (!code)
        code = pt_walk_sums_end(w, e);
    return code || told ? code : take_plain(w, t, e);
}

static pt_code take_by_type(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    pt_code code = t->type == PT_TAR_FILE ? PT_OK : pt_walk_look(w, t, e);
    if (code)
        return code;
    switch (t->type) {
    case PT_TAR_FILE:
        return take_file(w, t, e);
    case PT_TAR_HARD_LINK:
        return take_hard(w, t, e);
    case PT_TAR_SYMLINK:
        return take_symlink(w, t, e);
    default:
        return take_plain(w, t, e);
    }
}

// A name longer than a kernel takes: nobody can have it, and what is read would not be found.
static bool too_long(pt_str path) {
    size_t parts = 1;
    for (size_t i = 0; i < path.n && path.n <= PT_PATH_BYTES_MAX; i++)
        parts += path.p[i] == '/';
    return path.n > PT_PATH_BYTES_MAX || parts > PT_PATH_PARTS_MAX;
}

// A name that is no UTF-8 has its broken bytes written out, so that two of them stay two.
static pt_str as_text(pt_walk *w, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4 * PT_TAR_HEADER_BYTES_MAX);
    if (pt_str_utf8(s, NULL))
        return s;
    pt_buf_put_safe(&b, s);
    return pt_arena_str(&w->scratch, pt_buf_str(&b));
}

static pt_code take(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    pt_str folder = folder_of(t->path);
    pt_str name = pt_str_sub(t->path, folder.n ? folder.n + 1 : 0, t->path.n);
    if (t->climbs) {
        pt_walk_problem(w, "fail", "A file's name leads out of the image", t->path);
        return PT_OK;
    }
    if (pt_str_starts(name, PT_STR(".wh.")) && !(w->flags & PT_LAYER_PIPE))
        return take_whiteout(w, folder, name, e);
    if (t->zero_device)
        return pt_walk_word(w, t->path, PT_WORD_TAKES, e);
    if (too_long(t->path)) {
        if (pt_reader_find(&w->rows, t->path))
            pt_walk_problem(w, "not evaluated", "A path is longer than can be followed",
                            pt_str_sub(t->path, 0, 200));
        return pt_walk_word(w, t->path, PT_WORD_TAKES, e);
    }
    return take_by_type(w, t, e);
}

// -- the whole ------------------------------------------------------------------------------------

static pt_code walk_all(pt_walk *w, pt_err *e) {
    pt_code code = PT_OK;
    bool end = false;
    for (w->entry = 0; !code && !end; w->entry++) {
        pt_tar_entry t;
        code = pt_tar_next(&w->tar, &t, &end, e);
        if (!code && !end && w->entry == PT_LAYER_ENTRIES_MAX)
            code = pt_err_set(e, PT_E_LIMIT, "more than %u files", PT_LAYER_ENTRIES_MAX);
        pt_arena_clear(&w->scratch);
        if (!code && !end) {
            t.path = as_text(w, t.path);
            t.link = as_text(w, t.link);
            code = w->second ? pt_walk_wanted(w, &t, e) : take(w, &t, e);
        }
    }
    w->entry--; // the end was none
    return code;
}

// Only if links ask for it: the layer is decompressed once more.
static pt_code walk_again(pt_walk *w, const pt_job *j, int in, pt_err *e) {
    PT_AUTO(pt_stream_done) pt_stream s = {0};
    uint64_t entries = w->entry;
    if (!w->wanted.n || j->flags & PT_LAYER_PIPE)
        return PT_OK; // who writes to a pipe gives the content with the name that is read
    pt_code code = pt_stream_open(&s, w->a, in, j->offset, j->size, e);
    pt_tar_done(&w->tar);
    w->tar = (pt_tar){.flow = &s.flow};
    w->second = true;
    if (!code)
        code = walk_all(w, e);
    w->entry = entries;
    return code;
}

// What was said of it beforehand must be true of what was read.
static void verify(pt_walk *w, const pt_job *j, pt_str digest, pt_str diff_id) {
    if (j->words[0][0] && !pt_str_eqz(digest, j->words[0]))
        pt_walk_problem(w, "fail", "A layer's bytes are not what its digest says", digest);
    if (j->words[1][0] && !pt_str_eqz(diff_id, j->words[1]))
        pt_walk_problem(w, "fail", "A layer's content is not what the configuration says", diff_id);
}

static pt_code walk_pipe(pt_walk *w, int in, pt_err *e) {
    PT_AUTO(pt_stream_done) pt_stream s = {0};
    pt_code code = pt_stream_open_pipe(&s, w->a, in, e);
    w->tar.flow = &s.flow;
    return code ? code : walk_all(w, e);
}

static pt_code walk_once(pt_walk *w, const pt_job *j, int in, pt_obj *o, pt_err *e) {
    PT_AUTO(pt_stream_done) pt_stream s = {0};
    pt_hash256 of_bytes;
    pt_hash256 of_content;
    if (j->flags & PT_LAYER_PIPE)
        return walk_pipe(w, in, e);
    pt_code code = pt_stream_open(&s, o->a, in, j->offset, j->size, e);
    w->tar.flow = &s.flow;
    bool believed = !code && (j->flags & PT_LAYER_HASHED) && pt_stream_trust(&s);
    if (!code)
        code = walk_all(w, e);
    if (!code)
        code = pt_stream_finish(&s, &of_bytes, &of_content, e);
    if (code)
        return code;
    pt_str digest = believed ? pt_str_of(j->words[0]) : pt_digest_text(o->a, &of_bytes);
    pt_str diff_id = pt_digest_text(o->a, &of_content);
    verify(w, j, digest, diff_id);
    pt_obj_set(o, "digest", pt_string(digest));
    pt_obj_set(o, "diff_id", pt_string(diff_id));
    pt_obj_set(o, "compression", pt_stringz(s.compression));
    pt_obj_set(o, "bytes", pt_int((int64_t)s.out_bytes));
    pt_obj_set(o, "stored", pt_int((int64_t)j->size));
    return PT_OK;
}

static pt_code end_events(pt_walk *w, pt_err *e) {
    pt_buf_put(&w->events, pt_buf_str(&w->secrets));
    if (w->events.n > 1)
        w->events.n--; // the last comma
    pt_buf_putc(&w->events, ']');
    return w->events.full ? pt_err_set(e, PT_E_LIMIT, "more was found in it than can be said")
                          : PT_OK;
}

pt_code pt_job_layer(const pt_job *j, int in, pt_answer *ret, pt_err *e) {
    pt_obj *o = &ret->o;
    pt_walk w = {.a = o->a,
                 .scratch = {.bytes_max = PT_JOB_ARENA_MAX},
                 .flags = j->flags,
                 .no_entry = UINT64_MAX,
                 .seen = {.a = o->a},
                 .events = PT_BUF(EVENTS_BYTES_MAX),
                 .words = PT_BUF(sizeof(uint64_t) * PT_LAYER_ENTRIES_MAX),
                 .owned = PT_BUF(sizeof(pt_owned) * 2 * PT_OWNED_MAX),
                 .problems = {.a = o->a},
                 .secrets = PT_BUF(EVENTS_BYTES_MAX / 2),
                 .told = PT_BUF(PT_LAYER_TOLD_MAX + PT_LOOK_BYTES_MAX + (1 << 20)),
                 .claims = {.out = PT_BUF(PT_LAYER_CLAIMS_MAX)},
                 .content = PT_BUF(PT_FILE_BYTES_MAX),
                 .kept_at = {.a = o->a},
                 .wanted = {.a = o->a}};
    bool tree = j->flags & PT_LAYER_TREE;
    w.kept_end = &w.kept;
    pt_buf_putc(&w.events, '[');
    pt_code code = pt_reader_index_make(&w.rows, o->a, tree ? PT_IN_TREE : PT_IN_IMAGE, e);
    if (!code)
        code = walk_once(&w, j, in, o, e);
    if (!code)
        code = pt_walk_kept(&w, e);
    if (!code)
        code = walk_again(&w, j, in, e);
    if (!code)
        code = end_events(&w, e);
    if (!code) {
        pt_obj_set(o, "entries", pt_int((int64_t)w.entry));
        pt_obj_set(o, "events", pt_int((int64_t)w.events.n));
        pt_obj_set(o, "words", pt_int((int64_t)(w.words.n / sizeof(uint64_t))));
        pt_obj_set(o, "owned", pt_int((int64_t)(w.owned.n / sizeof(pt_owned))));
        pt_obj_set(o, "told", pt_int((int64_t)w.told.n));
        if (w.told_cut)
            pt_obj_set(o, "told_cut", pt_bool(true));
        pt_obj_set(o, "claims", pt_int((int64_t)w.claims.out.n));
        pt_obj_set(o, "problems", pt_list_end(&w.problems));
    }
    ret->parts[0] = w.events;
    ret->parts[1] = w.words;
    ret->parts[2] = w.owned;
    ret->parts[3] = w.told;
    ret->parts[4] = w.claims.out;
    pt_sums_free(w.sums);
    pt_tar_done(&w.tar);
    pt_buf_done(&w.content);
    pt_buf_done(&w.secrets);
    pt_arena_done(&w.scratch);
    return code;
}
