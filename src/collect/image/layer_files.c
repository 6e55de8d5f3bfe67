#include <string.h>

#include "collect/image/limits.h"
#include "collect/image/walk.h"
#include "collect/packages/ids.h"
#include "collect/packages/zipped.h"
#include "crypto/crypto.h"

enum {
    ELF_HEAD = 20,               // e_ident, e_type, e_machine
    CONTENT_KEPT_MAX = 16 << 20, // between two files: fresh pages cost more than reading
    SUMMED_BYTES_MAX = 16 << 20,
};

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- content --------------------------------------------------------------------------------------

static void add_claims(pt_walk *w, const pt_read *r, pt_obj *o) {
    const pt_claims *c = &w->claims;
    const pt_value part[] = {pt_int((int64_t)c->from), pt_int((int64_t)(c->out.n - c->from))};
    if (!r->claims || c->out.n == c->from)
        return;
    pt_obj_set(o, "claims", pt_array_of(o->a, part, 2));
    pt_obj_set(o, "sums", pt_int(c->sums));
}

static pt_code add_owners(pt_walk *w, pt_read *r, pt_obj *o, pt_err *e) {
    const pt_value part[] = {pt_int((int64_t)(w->owned.n / sizeof(pt_owned))),
                             pt_int((int64_t)r->owned.n)};
    if (!r->owners.items.n && !r->lists_files)
        return PT_OK;
    add_claims(w, r, o);
    pt_buf_put(&w->owned, (pt_str){(const char *)r->owned.v, r->owned.n * sizeof(pt_owned)});
    pt_obj_set(o, "owners", pt_list_end(&r->owners));
    pt_obj_set(o, "owned", pt_array_of(o->a, part, 2));
    return w->owned.full ? pt_err_set(e, PT_E_LIMIT, "of too many files it says whose they are")
                         : PT_OK;
}

// Of a tree everything: lock files speak of one another, and of what stands beside them.
static bool is_for_later(const pt_walk *w, const pt_reader_row *row) {
    return row->beside || w->flags & PT_LAYER_TREE;
}

static pt_str beside(const pt_read *r, pt_str name);
static pt_value listed(const pt_read *r, pt_str pattern);

static pt_read reading(pt_walk *w, pt_str path, bool kept) {
    pt_read r = {.a = &w->scratch,
                 .path = path,
                 .packages = {.a = &w->scratch},
                 .faults = {.a = &w->scratch}};
    if (w->flags & PT_LAYER_CLAIMS) {
        r.claims = &w->claims;
        pt_claims_begin(r.claims);
    }
    if (kept) {
        r.beside = beside;
        r.listed = listed;
        r.beside_of = w;
    }
    return r;
}

// What the reader made of it as an event. A file that cannot be read is told, and the others are
// read.
static pt_code tell(pt_walk *w, pt_read *r, const pt_reader_row *row, const char *failed,
                    pt_err *e) {
    pt_obj o = {.a = &w->scratch};
    if (w->files++ == PT_LAYER_FILES_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u files to be read", PT_LAYER_FILES_MAX);
    pt_obj_set(&o, "kind", pt_stringz(row->kind));
    if (!row->elf && !pt_reader_row_names(row, r->path))
        pt_obj_set(&o, "maybe", pt_bool(true));
    if (pt_reader_of_system(row))
        pt_obj_set(&o, "system", pt_bool(true));
    if (failed)
        pt_obj_set(&o, "failed", pt_stringz(failed));
    else if (!row->read && !row->elf)
        pt_obj_set(&o, "unread", pt_bool(true));
    else if (pt_defined(r->os))
        pt_obj_set(&o, "os", r->os);
    else if (!r->lists_files)
        pt_obj_set(&o, "packages", pt_list_end(&r->packages));
    if (w->sum)
        pt_obj_set(&o, "md5", pt_int(w->sum));
    w->sum = 0;
    pt_code code = add_owners(w, r, &o, e);
    if (r->faults.items.n)
        pt_obj_set(&o, "faults", pt_list_end(&r->faults));
    return code ? code : pt_walk_event(w, &o, "file", r->path, e);
}

// Of a file that says that something is installed, what its owner may say of it. (A program was not
// read whole.)
static uint32_t sum_of(const pt_walk *w, const pt_read *r, const pt_reader_row *row, pt_str text) {
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(33);
    uint8_t md5[16];
    bool asked = r->packages.items.n && !(w->flags & PT_LAYER_TREE) && !pt_reader_of_system(row);
    if (!asked || text.n > SUMMED_BYTES_MAX || !pt_md5(text, md5))
        return 0;
    pt_hex_put(&hex, (pt_str){(const char *)md5, sizeof md5});
    return pt_md5_front(pt_buf_str(&hex));
}

static pt_code read_by_row(pt_walk *w, const pt_reader_row *row, pt_str path, pt_str text,
                           pt_err *e) {
    pt_read r = reading(w, path, is_for_later(w, row));
    pt_err its = {0};
    pt_code code = row->read ? row->read(&r, text, &its) : PT_OK;
    w->sum = sum_of(w, &r, row, text);
    return tell(w, &r, row, code ? its.what : NULL, e);
}

static const char *unreadable(const pt_tar_entry *t) {
    return t->sparse                     ? "it is a sparse file"
           : t->size > PT_FILE_BYTES_MAX ? "it is larger than 1 GiB"
                                         : NULL;
}

pt_code pt_walk_load(pt_walk *w, pt_err *e) {
    if (w->tar.left && !pt_buf_room(&w->content, (size_t)w->tar.left))
        return full(e);
    return pt_tar_read(&w->tar, &w->content, e);
}

static void forget_content(pt_walk *w) {
    if (w->content.cap > CONTENT_KEPT_MAX)
        pt_buf_done(&w->content);
    pt_buf_clear(&w->content);
}

// -- programs -------------------------------------------------------------------------------------

// A program or a shared library (System V ABI, chapter 4); object files, modules of the kernel and
// dumps are neither.
static bool is_program(pt_str head) {
    if (head.n < ELF_HEAD || memcmp(head.p,
                                    "\x7f"
                                    "ELF",
                                    4) != 0)
        return false;
    char type = head.p[head.p[5] == 2 ? 17 : 16];
    return type == 2 || type == 3;
}

// Each of the readers is asked until one finds packages, or something that it cannot read.
static pt_code read_program(pt_walk *w, const pt_tar_entry *t, bool *ret, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && !*ret && i < w->rows.elf.n; i++) {
        const pt_reader_row *row = w->rows.elf.v[i];
        pt_read r = reading(w, t->path, false);
        pt_err its = {0};
        pt_code failed = row->read(&r, pt_buf_str(&w->content), &its);
        if (!failed && !r.packages.items.n && !r.faults.items.n)
            continue;
        *ret = true;
        code = tell(w, &r, row, failed ? its.what : NULL, e);
    }
    return code;
}

static pt_code take_program(pt_walk *w, const pt_tar_entry *t, bool *ret, pt_err *e) {
    if (!w->rows.elf.n || t->size < ELF_HEAD)
        return PT_OK;
    pt_code code = pt_tar_read_some(&w->tar, &w->content, ELF_HEAD, e);
    if (code || !is_program(pt_buf_str(&w->content)))
        return code;
    if (unreadable(t)) {
        pt_read r = reading(w, t->path, false);
        *ret = true;
        return tell(w, &r, w->rows.elf.v[0], unreadable(t), e);
    }
    code = pt_walk_load_program(w, t->path, e);
    return code ? code : read_program(w, t, ret, e);
}

// -- files that are read together -----------------------------------------------------------------

static const char too_much[] = "Of files that are read together there is too much";

static const pt_kept *kept_at(const pt_walk *w, pt_str path) {
    const pt_kept *k = pt_map_get(&w->kept_at, pt_path_hash(path));
    return k && pt_str_eq(k->path, path) ? k : NULL;
}

// From the folder of r->path on.
static pt_str beside(const pt_read *r, pt_str name) {
    pt_walk *w = r->beside_of;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)2 * PT_PATH_BYTES_MAX);
    pt_str part;
    pt_buf_put(&b, pt_str_sub(r->path, 0, pt_str_rfind(r->path, '/')));
    if (b.n == r->path.n)
        b.n = 0;
    while (pt_str_split(&name, '/', &part)) {
        size_t cut = pt_str_rfind(pt_buf_str(&b), '/');
        if (pt_str_eqz(part, "..")) {
            b.n = cut < b.n ? cut : 0;
            continue;
        }
        pt_buf_putz(&b, b.n ? "/" : "");
        pt_buf_put(&b, part);
    }
    const pt_kept *k = kept_at(w, pt_buf_str(&b));
    if (k && k->cut)
        pt_walk_problem(w, "not evaluated", too_much, k->path);
    return k ? k->text : (pt_str){0};
}

// Each manifest that names its parts by patterns looks through all files.
static pt_value listed(const pt_read *r, pt_str pattern) {
    pt_walk *w = r->beside_of;
    pt_list l = {.a = r->a};
    size_t cut = pt_str_rfind(r->path, '/');
    pt_str folder = pt_str_sub(r->path, 0, cut < r->path.n ? cut + 1 : 0);
    const pt_kept *k = w->kept;
    for (; k && w->listed < PT_LISTED_MAX; k = k->next, w->listed++) {
        pt_str path = pt_str_sub(k->path, folder.n, k->path.n);
        if (pt_str_starts(k->path, folder) && pt_path_fits(pattern, path))
            pt_list_add(&l, pt_string(path));
    }
    if (k)
        pt_walk_problem(w, "not evaluated", "Of folders that patterns name there are too many",
                        r->path);
    return pt_ids_sorted(&l);
}

// Of a name that many files have, most are asked for by nobody: one that is left out is a problem
// only if it is.
static pt_code keep(pt_walk *w, pt_str path, pt_str text, const pt_reader_row *row, pt_err *e) {
    const pt_str none = {0};
    bool cut = text.n > PT_KEPT_BYTES_MAX - w->kept_bytes ||
               (!row && text.n > PT_KEPT_ASIDE_BYTES_MAX - w->aside_bytes);
    if (!row && w->aside++ >= PT_KEPT_ASIDE_MAX)
        return PT_OK; // whoever asks for it says that it cannot be read
    pt_kept *k = PT_NEW(w->a, pt_kept, 1);
    if (!k)
        return full(e);
    w->aside_bytes += cut || row ? 0 : text.n;
    if (cut && row)
        pt_walk_problem(w, "not evaluated", too_much, path);
    w->kept_bytes += cut ? 0 : text.n;
    *k = (pt_kept){.path = pt_arena_str(w->a, path), .row = row, .cut = cut};
    k->text = pt_arena_str(w->a, cut ? none : text);
    *w->kept_end = k;
    w->kept_end = &k->next;
    bool ok = k->path.p && k->text.p && pt_map_put(&w->kept_at, pt_path_hash(path), k);
    return ok ? PT_OK : full(e);
}

typedef struct zipped {
    pt_walk *w;
    pt_str archive;
    pt_code code;
    pt_err *e;
} zipped;

static bool is_manifest(pt_str name) {
    return pt_str_ends(name, PT_STR("/package.json"));
}

static bool keep_zipped(void *arg, pt_str name, pt_str text) {
    zipped *z = arg;
    pt_str path = pt_arena_printf(&z->w->scratch, "%.*s/%.*s", PT_PRI(z->archive), PT_PRI(name));
    z->code = path.n > PT_PATH_BYTES_MAX ? PT_OK : keep(z->w, path, text, NULL, z->e);
    return !z->code;
}

// Of an archive that cannot be read nobody finds anything: it is the lock file that lists.
static pt_code keep_within(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    zipped z = {.w = w, .archive = t->path, .e = e};
    pt_code code = pt_walk_load(w, e);
    if (code)
        return code;
    code = pt_zipped_each(pt_buf_str(&w->content), is_manifest, keep_zipped, &z, NULL);
    return code == PT_E_NOMEM ? full(e) : z.code;
}

pt_code pt_walk_kept(pt_walk *w, pt_err *e) {
    pt_code code = PT_OK;
    for (const pt_kept *k = w->kept; !code && k; k = k->next) {
        pt_arena_clear(&w->scratch);
        if (k->row && !k->cut && kept_at(w, k->path) == k) // a later one of the same name counts
            code = read_by_row(w, k->row, k->path, k->text, e);
    }
    return code;
}

// -- regular files --------------------------------------------------------------------------------

static pt_code read_file(pt_walk *w, pt_str path, const pt_reader_row *row, pt_err *e) {
    pt_code code = pt_walk_load(w, e);
    bool later = is_for_later(w, row);
    if (!code && (later || pt_reader_asks(&w->rows, path, w->content.n)))
        code = keep(w, path, pt_buf_str(&w->content), later ? row : NULL, e);
    if (!code && !later)
        code = read_by_row(w, row, path, pt_buf_str(&w->content), e);
    return code;
}

static pt_code take_named(pt_walk *w, const pt_tar_entry *t, const pt_reader_row *row, bool *ret,
                          pt_err *e) {
    *ret = true;
    bool unasked = row->claims && !(w->flags & PT_LAYER_CLAIMS);
    if (unasked || (!row->read && t->size == 0)) // an empty one lists nothing
        return pt_walk_word(w, t->path, PT_WORD_TAKES, e);
    pt_read none = reading(w, t->path, false);
    if (unreadable(t) || !row->read)
        return tell(w, &none, row, row->read ? unreadable(t) : NULL, e);
    return read_file(w, t->path, row, e);
}

// A file of no row: a program, whatever its name; one that has a row's name, and its folder, too,
// if a link of some layer leads there (whoever lays layers upon one another knows); or one that
// some reader may ask for. (No project says more of itself than all that is kept.)
static pt_code take_other(pt_walk *w, const pt_tar_entry *t, bool *ret, pt_err *e) {
    pt_code code = take_program(w, t, ret, e);
    if (code || *ret || is_program(pt_buf_str(&w->content)))
        return code;
    const pt_reader_row *row = w->flags & PT_LAYER_TREE ? NULL : pt_reader_guess(&w->rows, t->path);
    if (row)
        return take_named(w, t, row, ret, e);
    if (t->sparse || t->size > PT_KEPT_BYTES_MAX)
        return PT_OK;
    if (w->flags & PT_LAYER_TREE && pt_reader_asks_within(&w->rows, t->path))
        return keep_within(w, t, e);
    if (!pt_reader_asks(&w->rows, t->path, t->size))
        return PT_OK;
    code = pt_walk_load(w, e);
    return code ? code : keep(w, t->path, pt_buf_str(&w->content), NULL, e);
}

pt_code pt_walk_file(pt_walk *w, const pt_tar_entry *t, bool *ret, pt_err *e) {
    const pt_reader_row *row = pt_reader_find(&w->rows, t->path);
    forget_content(w);
    if (!row)
        return take_other(w, t, ret, e);
    return take_named(w, t, row, ret, e);
}

pt_code pt_walk_wanted(pt_walk *w, const pt_tar_entry *t, pt_err *e) {
    const pt_wanted *one = pt_map_get(&w->wanted, pt_path_hash(t->path));
    pt_code code = PT_OK;
    if (!one || t->type != PT_TAR_FILE || unreadable(t))
        return PT_OK;
    forget_content(w);
    code = pt_walk_load(w, e);
    for (; !code && one; one = one->next) {
        const uint64_t *last = pt_map_get(&w->seen, pt_path_hash(one->path));
        if (last && *last == one->entry) // nothing else took its place
            code = read_by_row(w, one->row, one->path, pt_buf_str(&w->content), e);
    }
    return code;
}
