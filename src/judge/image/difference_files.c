// Files of two images, by their paths.
#include "judge/image/difference_impl.h"

enum {
    RIGHTS = 07777,
};

typedef struct told {
    pt_arena *a;
    pt_list added, removed, changed;
    int64_t same, unknown; // of unknown content is one without a checksum on one side
    uint64_t came, went;   // bytes
} told;

// The SHA-256 among its checksums, without a name; empty: there is none.
static pt_str digest_of(const pt_file *f) {
    static const pt_str name = PT_STR("sha256:");
    pt_str rest = f->sum;
    pt_str word;
    while (pt_str_word(&rest, &word))
        if (pt_str_starts(word, name))
            return pt_str_sub(word, name.n, word.n);
    return (pt_str){0};
}

static bool same_content(const pt_file *x, const pt_file *y, bool *ret_known) {
    pt_str a = digest_of(x);
    pt_str b = digest_of(y);
    *ret_known = true;
    if (!S_ISREG(x->mode))
        return true;
    if (x->size != y->size)
        return false;
    *ret_known = a.n && b.n;
    return !*ret_known || pt_str_eq(a, b);
}

// Every way in which they differ.
static pt_value hows(told *t, const pt_file *is, const pt_file *was) {
    bool known = true;
    bool kind = (is->mode & S_IFMT) != (was->mode & S_IFMT);
    bool content = !kind && !same_content(is, was, &known);
    const struct {
        bool differs;
        const char *word;
    } ways[] = {
        {kind, "kind"},
        {content, "content"},
        {!kind && S_ISLNK(is->mode) && !pt_str_eq(is->link, was->link), "target"},
        {!S_ISLNK(is->mode) && ((is->mode ^ was->mode) & RIGHTS), "mode"},
        {is->uid != was->uid || is->gid != was->gid, "owner"},
        {!pt_str_eq(is->capability, was->capability), "capability"},
    };
    pt_list l = {.a = t->a};
    for (size_t i = 0; i < PT_COUNT(ways); i++)
        if (ways[i].differs)
            pt_list_add(&l, pt_stringz(ways[i].word));
    pt_value v = pt_list_end(&l);
    t->unknown += !known && !pt_len(v);
    t->same += known && pt_defined(v) && !pt_len(v);
    return v;
}

static pt_value octal(pt_arena *a, uint32_t mode) {
    return pt_string(pt_arena_printf(a, "%04o", (unsigned)(mode & RIGHTS)));
}

static pt_value file_value(told *t, const pt_file *f) {
    pt_obj o = {.a = t->a};
    pt_obj_set(&o, "path", pt_string(f->path));
    pt_obj_set(&o, "bytes", pt_int(f->size > INT64_MAX ? INT64_MAX : (int64_t)f->size));
    pt_obj_set(&o, "mode", octal(t->a, f->mode));
    pt_obj_set(&o, "layer", pt_int(f->layer));
    return pt_obj_end(&o);
}

// What stands on one side only; folders stand there with what is in them.
static void tell_one(told *t, const pt_file *f, pt_list *list, uint64_t *bytes) {
    uint64_t size = S_ISREG(f->mode) && !f->hard ? f->size : 0;
    if (S_ISDIR(f->mode))
        return;
    *bytes = size > INT64_MAX - *bytes ? INT64_MAX : *bytes + size;
    pt_list_add(list, file_value(t, f));
}

static void tell_both(told *t, const pt_file *is, const pt_file *was) {
    pt_value how = hows(t, is, was);
    pt_obj o = {.a = t->a};
    if (!pt_len(how))
        return;
    pt_obj_set(&o, "path", pt_string(is->path));
    pt_obj_set(&o, "how", how);
    pt_obj_set(&o, "layer", pt_int(is->layer));
    if ((is->mode ^ was->mode) & RIGHTS) {
        pt_obj_set(&o, "mode", octal(t->a, is->mode));
        pt_obj_set(&o, "mode_was", octal(t->a, was->mode));
    }
    pt_list_add(&t->changed, pt_obj_end(&o));
}

pt_value pt_difference_files(const pt_files *now, const pt_files *before, pt_arena *a) {
    told t = {.a = a, .added = {.a = a}, .removed = {.a = a}, .changed = {.a = a}};
    pt_obj o = {.a = a};
    size_t i = 0;
    size_t k = 0;
    for (;;) {
        const pt_file *is = i < now->all.n ? &now->all.v[i] : NULL;
        const pt_file *was = k < before->all.n ? &before->all.v[k] : NULL;
        if (!is && !was)
            break;
        int order = !was ? -1 : !is ? 1 : pt_str_cmp(is->path, was->path);
        if (order < 0)
            tell_one(&t, is, &t.added, &t.came);
        else if (order > 0)
            tell_one(&t, was, &t.removed, &t.went);
        else
            tell_both(&t, is, was);
        i += order <= 0;
        k += order >= 0;
    }
    pt_obj_set(&o, "added", pt_list_end(&t.added));
    pt_obj_set(&o, "removed", pt_list_end(&t.removed));
    pt_obj_set(&o, "changed", pt_list_end(&t.changed));
    pt_obj_set(&o, "added_bytes", pt_int((int64_t)t.came));
    pt_obj_set(&o, "removed_bytes", pt_int((int64_t)t.went));
    pt_obj_set(&o, "same", pt_int(t.same));
    pt_obj_set(&o, "unknown", pt_int(t.unknown));
    return pt_obj_end(&o);
}
