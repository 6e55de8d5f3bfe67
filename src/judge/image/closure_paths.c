// Paths, followed hop by hop as a process in the container follows them, and what is taken with
// them.
#include "judge/image/closure_impl.h"

enum {
    LINKS_MAX = 40, // as the kernel counts
    PARTS_MAX = 512,
    PATH_BYTES_MAX = 4096,
    TWO_PATHS_MAX = 2 * PATH_BYTES_MAX, // one behind the other
    FOLDER_PARTS_MIN = 3,               // of a folder of which all is taken when it is mentioned
};

uint64_t pt_closure_hash(pt_str s) { // FNV-1a; names that are alike are kept, too, which is no harm
    uint64_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3;
    h ^= h >> 29; // of keys the lowest bit is not looked at
    return (h << 1) | 2;
}

// One more. False: it was one too many.
static bool count_step(pt_walker *x) {
    if (x->steps++ == PT_CLOSURE_STEPS_MAX) {
        x->out->all = true;
        pt_closure_doubt(x, "There is more to follow than is followed, so everything stays",
                         (pt_str){0});
    }
    return x->steps <= PT_CLOSURE_STEPS_MAX;
}

bool pt_closure_in(pt_str path, const char *const *folders) {
    for (; *folders; folders++) {
        pt_str f = pt_str_of(*folders);
        if (pt_str_starts(path, f) && (path.n == f.n || path.p[f.n] == '/'))
            return true;
    }
    return false;
}

void pt_closure_doubt(pt_walker *x, const char *what, pt_str path) {
    pt_obj o = {.a = x->a};
    pt_obj_set(&o, "what", pt_stringz(what));
    pt_obj_set(&o, "path", pt_string(path));
    pt_list_add(&x->out->doubts, pt_obj_end(&o));
}

void pt_closure_take(pt_walker *x, const pt_file *f, pt_hop hop) {
    uint32_t at = pt_closure_index(x, f);
    pt_needed *n = &x->out->of[at];
    if (n->need)
        return;
    n->need = hop.need;
    n->how = hop.how;
    n->by = hop.by;
    bool sure = hop.need <= PT_NEED_STARTED;
    uint32_t *slot = sure ? PT_PUSH(x->a, &x->sure) : PT_PUSH(x->a, &x->other);
    if (slot)
        *slot = at;
    x->full |= !slot;
}

// Of a hard link to a symbolic one `link` is the other name.
static pt_str target_of(const pt_walker *x, const pt_file *f) {
    const pt_file *other = f->hard ? pt_files_at(x->ask->files, f->link) : f;
    return other && !other->hard ? other->link : (pt_str){0};
}

// Every link on the way is taken only if the way leads somewhere: so it is walked twice.
static const pt_file *follow(pt_walker *x, pt_str path, const pt_hop *take) {
    PT_AUTO(pt_buf_done) pt_buf at = PT_BUF(PATH_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf rest = PT_BUF(TWO_PATHS_MAX);
    PT_AUTO(pt_buf_done) pt_buf next = PT_BUF(TWO_PATHS_MAX);
    const pt_file *found = NULL;
    pt_str part;
    unsigned links = 0;
    if (!count_step(x))
        return NULL;
    for (unsigned parts = 0; pt_str_split(&path, '/', &part); parts++) {
        size_t before = at.n;
        const pt_file *f = pt_files_step(x->ask->files, &at, part);
        found = f ? f : part.n ? NULL : found;
        if (at.full || rest.full || next.full || parts > PARTS_MAX || links > LINKS_MAX)
            return NULL;
        if (!f || !S_ISLNK(f->mode))
            continue;
        if (take)
            pt_closure_take(x, f, *take);
        pt_str link = target_of(x, f);
        at.n = pt_str_starts(link, PT_STR("/")) ? 0 : before;
        pt_buf_clear(&next);
        pt_buf_printf(&next, "%.*s/%.*s", PT_PRI(link), PT_PRI(path));
        pt_buf_clear(&rest);
        pt_buf_put(&rest, pt_buf_str(&next));
        path = pt_buf_str(&rest);
        links++;
    }
    return found && !S_ISLNK(found->mode) ? found : NULL;
}

const pt_file *pt_closure_take_path(pt_walker *x, pt_str path, pt_hop hop) {
    const pt_file *f = follow(x, path, NULL);
    if (!f)
        return NULL;
    (void)follow(x, path, &hop);
    pt_closure_take(x, f, hop);
    return f;
}

const pt_file *pt_closure_take_program(pt_walker *x, pt_str name, pt_hop hop) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(TWO_PATHS_MAX);
    pt_str rest = x->path;
    pt_str folder;
    if (pt_str_find(name, '/') < name.n)
        return pt_closure_take_path(x, name, hop);
    while (name.n && pt_str_split(&rest, ':', &folder)) {
        pt_buf_clear(&b);
        pt_buf_printf(&b, "%.*s/%.*s", PT_PRI(folder), PT_PRI(name));
        const pt_file *f = b.full ? NULL : follow(x, pt_buf_str(&b), NULL);
        if (f && S_ISREG(f->mode) && f->mode & 0111)
            return pt_closure_take_path(x, pt_buf_str(&b), hop);
    }
    return NULL;
}

// The first one that does not stand before `prefix`.
static size_t lower_bound(const pt_files *files, pt_str prefix) {
    size_t from = 0;
    size_t to = files->all.n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (pt_str_cmp(files->all.v[mid].path, prefix) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

// Tools that stand in a folder of data, and are of no use to who names the folder: OpenSSL's in
// Perl.
static const char *const beside[] = {"usr/lib/ssl/misc", "etc/pki/tls/misc", "etc/ssl/misc", NULL};

void pt_closure_take_below(pt_walker *x, pt_str prefix, pt_hop hop) {
    const pt_files *files = x->ask->files;
    for (size_t i = lower_bound(files, prefix); i < files->all.n; i++) {
        const pt_file *f = &files->all.v[i];
        if (!pt_str_starts(f->path, prefix))
            return;
        if (!count_step(x))
            return;
        if (pt_closure_in(f->path, beside))
            continue;
        x->out->of[i].whole |= S_ISDIR(f->mode);
        if (S_ISLNK(f->mode))
            (void)pt_closure_take_path(x, f->path, hop);
        pt_closure_take(x, f, hop);
    }
}

// Folders of which so much stands in that who mentions one means but a part.
static bool is_of_system(pt_str path) {
    static const char *const shared[] = {"usr/share/doc",     "usr/share/man",   "usr/share/info",
                                         "usr/share/locale",  "usr/lib/locale",  "usr/local/bin",
                                         "usr/local/sbin",    "usr/local/lib",   "usr/local/lib64",
                                         "usr/local/libexec", "usr/local/share", "usr/local/etc",
                                         "var/lib/dpkg",      "var/lib/apt",     "var/cache/apt",
                                         "var/lib/apk",       "lib/apk/db",      NULL};
    size_t parts = 1;
    for (size_t i = 0; i < path.n; i++)
        parts += path.p[i] == '/';
    if (parts < FOLDER_PARTS_MIN)
        return true;
    for (size_t i = 0; shared[i]; i++)
        if (pt_str_eqz(path, shared[i]))
            return true;
    pt_str name = pt_str_sub(path, pt_str_rfind(path, '/') + 1, path.n);
    return parts == FOLDER_PARTS_MIN && pt_str_starts(path, PT_STR("usr/lib")) &&
           pt_str_has(name, PT_STR("-linux-")); // Debian's, by architecture
}

void pt_closure_mention(pt_walker *x, pt_str path, pt_hop hop) {
    PT_AUTO(pt_buf_done) pt_buf below = PT_BUF(TWO_PATHS_MAX);
    const pt_file *f = pt_closure_take_path(x, path, hop);
    if (!f || !S_ISDIR(f->mode) || is_of_system(f->path))
        return;
    pt_needed *n = &x->out->of[pt_closure_index(x, f)];
    pt_buf_printf(&below, "%.*s/", PT_PRI(f->path));
    if (!n->whole && !below.full)
        pt_closure_take_below(x, pt_buf_str(&below), hop);
    n->whole = true;
}
