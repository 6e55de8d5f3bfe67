// One layer, walked once while it is being decompressed. Result, for layers.c to lay upon another:
//   {"events": [{"do", "path", …}, …], "problems": [{"verdict", "what", "path"}, …],
//    "compression", "digest", "diff_id", "bytes", "entries"}
// Events are of the paths that some reader asks for, and of what leads there, in the archive's
// order: "file" (with what was read of it: "kind", "packages" | "os" | "unread", "faults"), "link"
// and "hard" (with "to"), "folder", "other", "hide" (a whiteout), "opaque".
#include "collect/image/digest.h"
#include "collect/image/jobs.h"
#include "collect/image/limits.h"
#include "collect/packages/readers.h"
#include "collect/image/stream.h"
#include "collect/image/tar.h"

typedef struct walk {
    pt_arena *a;
    pt_tar tar;
    pt_list events, problems;
} walk;

static pt_code add_event(walk *w, pt_obj *o, const char *what, pt_str path, pt_err *e) {
    if (w->events.items.n == PT_LAYER_EVENTS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u files of package databases",
                          PT_LAYER_EVENTS_MAX);
    pt_obj_set(o, "do", pt_stringz(what));
    pt_obj_set(o, "path", pt_string(pt_arena_str(w->a, path)));
    pt_list_add(&w->events, pt_obj_end(o));
    return w->events.full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

static pt_code plain_event(walk *w, const char *what, pt_str path, pt_err *e) {
    pt_obj o = {.a = w->a};
    return pt_reader_leads(path) ? add_event(w, &o, what, path, e) : PT_OK;
}

static void add_problem(walk *w, const char *verdict, const char *what, pt_str path) {
    pt_obj o = {.a = w->a};
    if (w->problems.items.n >= PT_FAULTS_MAX)
        return; // the first ones tell the story
    pt_obj_set(&o, "verdict", pt_stringz(verdict));
    pt_obj_set(&o, "what", pt_stringz(what));
    pt_obj_set(&o, "path", pt_string(pt_arena_str(w->a, path)));
    pt_list_add(&w->problems, pt_obj_end(&o));
}

// -- files ----------------------------------------------------------------------------------------

static pt_code read_text(walk *w, pt_str *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_DATABASE_BYTES_MAX);
    pt_code code = pt_tar_read(&w->tar, &b, e);
    if (code)
        return code;
    *ret = pt_arena_str(w->a, pt_buf_str(&b));
    return ret->p ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code read_database(walk *w, const pt_reader_row *row, pt_obj *o, pt_err *e) {
    pt_read r = {.a = w->a, .packages = {.a = w->a}, .faults = {.a = w->a}};
    pt_str text = {0};
    pt_code code = read_text(w, &text, e);
    if (!code)
        code = row->read(&r, text, e);
    if (code)
        return code;
    if (pt_defined(r.os))
        pt_obj_set(o, "os", r.os);
    else
        pt_obj_set(o, "packages", pt_list_end(&r.packages));
    pt_obj_set(o, "faults", pt_list_end(&r.faults));
    return PT_OK;
}

static pt_code take_file(walk *w, const pt_tar_entry *t, pt_err *e) {
    const pt_reader_row *row = pt_reader_of(t->path);
    pt_obj o = {.a = w->a};
    if (!row)
        return plain_event(w, "other", t->path, e);
    if (!row->read && t->size == 0)
        return PT_OK;                          // an empty one lists nothing
    pt_str path = pt_arena_str(w->a, t->path); // the entry's own dies while it is read
    pt_obj_set(&o, "kind", pt_stringz(row->kind));
    pt_code code = PT_OK;
    if (t->sparse)
        code = pt_err_set(e, PT_E_UNSUPPORTED, "a package database is a sparse file");
    else if (row->read)
        code = read_database(w, row, &o, e);
    else
        pt_obj_set(&o, "unread", pt_bool(true));
    if (code) {
        pt_err_at(e, "%.*s", PT_PRI(path));
        return code;
    }
    return add_event(w, &o, "file", path, e);
}

static pt_code take_link(walk *w, const pt_tar_entry *t, pt_err *e) {
    pt_obj o = {.a = w->a};
    if (!pt_reader_leads(t->path))
        return PT_OK;
    pt_obj_set(&o, "to", pt_string(pt_arena_str(w->a, t->link)));
    return add_event(w, &o, t->type == PT_TAR_SYMLINK ? "link" : "hard", t->path, e);
}

// -- whiteouts ------------------------------------------------------------------------------------

// ".wh.NAME" hides NAME, ".wh..wh..opq" all of its folder that lies below; other names that begin
// ".wh..wh." are leavings of AUFS.
static pt_code take_whiteout(walk *w, pt_str folder, pt_str name, pt_err *e) {
    pt_str hidden = pt_str_sub(name, 4, name.n);
    if (pt_str_eqz(name, ".wh..wh..opq"))
        return plain_event(w, "opaque", folder, e);
    if (pt_str_starts(hidden, PT_STR(".wh.")))
        return PT_OK;
    pt_str path =
        folder.n ? pt_arena_printf(w->a, "%.*s/%.*s", PT_PRI(folder), PT_PRI(hidden)) : hidden;
    if (!hidden.n || pt_str_eqz(hidden, ".") || pt_str_eqz(hidden, ".."))
        add_problem(w, "fail", "A whiteout hides nothing that can exist", folder);
    else
        return plain_event(w, "hide", path, e);
    return PT_OK;
}

static pt_code take(walk *w, const pt_tar_entry *t, pt_err *e) {
    size_t cut = pt_str_rfind(t->path, '/');
    pt_str folder = pt_str_sub(t->path, 0, cut < t->path.n ? cut : 0);
    pt_str name = cut < t->path.n ? pt_str_sub(t->path, cut + 1, t->path.n) : t->path;
    if (t->climbs) {
        add_problem(w, "fail", "A file's name leads out of the image", t->path);
        return PT_OK;
    }
    if (pt_str_starts(name, PT_STR(".wh.")))
        return take_whiteout(w, folder, name, e);
    if (t->zero_device)
        return plain_event(w, "hide", t->path, e);
    switch (t->type) {
    case PT_TAR_FILE:
        return take_file(w, t, e);
    case PT_TAR_HARD_LINK:
    case PT_TAR_SYMLINK:
        return take_link(w, t, e);
    case PT_TAR_FOLDER:
        return plain_event(w, "folder", t->path, e);
    case PT_TAR_DEVICE:
    case PT_TAR_OTHER:
        return plain_event(w, "other", t->path, e);
    }
    return PT_OK;
}

// -- the whole ------------------------------------------------------------------------------------

static pt_code walk_all(walk *w, int64_t *ret_entries, pt_err *e) {
    pt_code code = PT_OK;
    bool end = false;
    *ret_entries = 0;
    while (!code && !end) {
        pt_tar_entry t;
        code = pt_tar_next(&w->tar, &t, &end, e);
        if (!code && !end && ++*ret_entries > PT_LAYER_ENTRIES_MAX)
            code = pt_err_set(e, PT_E_LIMIT, "more than %u files", PT_LAYER_ENTRIES_MAX);
        if (!code && !end)
            code = take(w, &t, e);
    }
    return code;
}

// What was said of it beforehand must be true of what was read.
static void verify(walk *w, const pt_job *j, pt_str digest, pt_str diff_id) {
    if (j->words[0][0] && !pt_str_eqz(digest, j->words[0]))
        add_problem(w, "fail", "A layer's bytes are not what its digest says", digest);
    if (j->words[1][0] && !pt_str_eqz(diff_id, j->words[1]))
        add_problem(w, "fail", "A layer's content is not what the configuration says", diff_id);
}

pt_code pt_job_layer(const pt_job *j, int in, pt_obj *o, pt_err *e) {
    pt_stream s = {0};
    pt_hash256 of_bytes;
    pt_hash256 of_content;
    int64_t entries = 0;
    walk w = {.a = o->a, .events = {.a = o->a}, .problems = {.a = o->a}};
    pt_code code = pt_stream_open(&s, o->a, in, j->offset, j->size, e);
    w.tar.flow = &s.flow;
    if (!code)
        code = walk_all(&w, &entries, e);
    if (!code)
        code = pt_stream_finish(&s, &of_bytes, &of_content, e);
    if (!code) {
        pt_str digest = pt_digest_text(o->a, &of_bytes);
        pt_str diff_id = pt_digest_text(o->a, &of_content);
        verify(&w, j, digest, diff_id);
        pt_obj_set(o, "digest", pt_string(digest));
        pt_obj_set(o, "diff_id", pt_string(diff_id));
        pt_obj_set(o, "compression", pt_stringz(s.compression));
        pt_obj_set(o, "bytes", pt_int((int64_t)s.out_bytes));
        pt_obj_set(o, "entries", pt_int(entries));
        pt_obj_set(o, "events", pt_list_end(&w.events));
        pt_obj_set(o, "problems", pt_list_end(&w.problems));
    }
    pt_tar_done(&w.tar);
    pt_stream_done(&s);
    return code;
}
