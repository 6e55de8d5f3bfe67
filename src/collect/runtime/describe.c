#include "collect/runtime/describe.h"

#include <stdlib.h>

#include "value/json.h"
#include "value/value.h"

#define ID_SHOWN  12
#define ITEMS_MAX 4096 // of a list of a document that is read

static const struct {
    const char *key;
    size_t at;
} texts[] = {
    {"id", offsetof(pt_container, full_id)},
    {"runtime", offsetof(pt_container, runtime)},
    {"name", offsetof(pt_container, name)},
    {"image", offsetof(pt_container, image)},
    {"image_id", offsetof(pt_container, image_id)},
    {"repository", offsetof(pt_container, repository)},
    {"tag", offsetof(pt_container, tag)},
    {"digest", offsetof(pt_container, digest)},
    {"ip", offsetof(pt_container, ip)},
    {"pod_name", offsetof(pt_container, pod_name)},
    {"pod_namespace", offsetof(pt_container, pod_namespace)},
    {"pod_uid", offsetof(pt_container, pod_uid)},
    {"pod_sandbox", offsetof(pt_container, pod_sandbox)},
};
static const struct {
    const char *key;
    size_t at;
} truths[] = {
    {"privileged", offsetof(pt_container, privileged)},
    {"host_pid", offsetof(pt_container, host_pid)},
    {"host_network", offsetof(pt_container, host_network)},
    {"host_ipc", offsetof(pt_container, host_ipc)},
};

static void *field(void *c, size_t at) {
    return (char *)c + at;
}
static const void *field_in(const void *c, size_t at) {
    return (const char *)c + at;
}
static pt_str *text_of(pt_container *c, size_t at) {
    return field(c, at);
}
static bool *truth_of(pt_container *c, size_t at) {
    return field(c, at);
}
static const pt_str *text_in(const pt_container *c, size_t at) {
    return field_in(c, at);
}
static const bool *truth_in(const pt_container *c, size_t at) {
    return field_in(c, at);
}

// -- writing --------------------------------------------------------------------------------------
static void set_text(pt_obj *o, const char *key, pt_str s) {
    if (s.n)
        pt_obj_set(o, key, pt_string(s));
}

static pt_value mounts_of(pt_arena *a, const pt_container *c) {
    pt_list all = {.a = a};
    for (size_t i = 0; i < c->n_mounts; i++) {
        const pt_mount *m = &c->mounts[i];
        pt_obj o = {.a = a};
        set_text(&o, "source", m->source);
        set_text(&o, "destination", m->destination);
        set_text(&o, "mode", m->mode);
        set_text(&o, "propagation", m->propagation);
        pt_obj_set(&o, "rw", pt_bool(m->writable));
        pt_list_add(&all, pt_obj_end(&o));
    }
    return pt_list_end(&all);
}

static pt_value labels_of(pt_arena *a, const pt_container *c) {
    pt_value *pairs = PT_NEW(a, pt_value, c->n_labels * 2);
    for (size_t i = 0; pairs && i < c->n_labels; i++) {
        pairs[2 * i] = pt_string(c->labels[i].name);
        pairs[2 * i + 1] = pt_string(c->labels[i].value);
    }
    return pairs ? pt_object_of(a, pairs, c->n_labels, NULL) : pt_undefined();
}

static pt_value names_of(pt_arena *a, const pt_id_name *v, size_t n) {
    pt_list all = {.a = a};
    for (size_t i = 0; i < n && i < PT_DESCRIBED_USERS_MAX; i++) {
        pt_value one[] = {pt_int(v[i].id), pt_string(v[i].name), pt_string(v[i].home),
                          pt_string(v[i].shell)};
        pt_list_add(&all, pt_array_of(a, one, v[i].home.n || v[i].shell.n ? 4 : 2));
    }
    return pt_list_end(&all);
}

// What is told: the fewer parts, the shorter.
enum {
    MOUNTS = 1,
    LABELS = 2,
    NAMES = 4
};

static bool write_parts(pt_arena *a, const pt_container *c, unsigned parts, pt_buf *ret) {
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        set_text(&o, texts[i].key, *text_in(c, texts[i].at));
    for (size_t i = 0; i < PT_COUNT(truths); i++)
        if (*truth_in(c, truths[i].at))
            pt_obj_set(&o, truths[i].key, pt_bool(true));
    if (c->created_ns && c->created_ns <= INT64_MAX)
        pt_obj_set(&o, "created", pt_int((int64_t)c->created_ns));
    if (parts & MOUNTS && c->n_mounts)
        pt_obj_set(&o, "mounts", mounts_of(a, c));
    if (parts & LABELS && c->n_labels)
        pt_obj_set(&o, "labels", labels_of(a, c));
    if (parts & NAMES && c->n_users)
        pt_obj_set(&o, "users", names_of(a, c->users, c->n_users));
    if (parts & NAMES && c->n_groups)
        pt_obj_set(&o, "groups", names_of(a, c->groups, c->n_groups));
    pt_value v = pt_obj_end(&o);
    pt_buf_clear(ret);
    return pt_defined(v) && pt_json_write(ret, v, NULL, NULL) == PT_OK && !ret->full;
}

bool pt_container_describe(pt_arena *a, const pt_container *c, pt_buf *ret) {
    static const unsigned less[] = {MOUNTS | LABELS | NAMES, MOUNTS | LABELS, MOUNTS, 0};
    for (size_t i = 0; i < PT_COUNT(less); i++) {
        pt_buf text PT_AUTO(pt_buf_done) = PT_BUF(PT_DESCRIPTION_BYTES_MAX);
        if (!write_parts(a, c, less[i], &text))
            continue;
        pt_buf_put(ret, pt_buf_str(&text));
        return !ret->full;
    }
    return false;
}

// -- reading --------------------------------------------------------------------------------------
static bool read_mounts(pt_arena *a, pt_value v, pt_container *c) {
    size_t n = pt_tag_of(v) == PT_ARRAY ? pt_len(v) : 0;
    pt_mount *all = PT_NEW(a, pt_mount, n);
    for (size_t i = 0; all && i < n; i++) {
        pt_value m = pt_at(v, i);
        all[i] = (pt_mount){.source = pt_text(pt_getz(m, "source")),
                            .destination = pt_text(pt_getz(m, "destination")),
                            .mode = pt_text(pt_getz(m, "mode")),
                            .propagation = pt_text(pt_getz(m, "propagation")),
                            .writable = pt_true(pt_getz(m, "rw"))};
    }
    c->mounts = all;
    c->n_mounts = n;
    return all != NULL;
}

static bool read_labels(pt_arena *a, pt_value v, pt_container *c) {
    size_t n = pt_tag_of(v) == PT_OBJECT ? pt_len(v) : 0;
    pt_label *all = PT_NEW(a, pt_label, n);
    for (size_t i = 0; all && i < n; i++)
        all[i] = (pt_label){pt_text(pt_key_at(v, i)), pt_text(pt_val_at(v, i))};
    c->labels = all;
    c->n_labels = n;
    return all != NULL;
}

static int by_id(const void *x, const void *y) {
    const pt_id_name *a = x;
    const pt_id_name *b = y;
    return (a->id > b->id) - (a->id < b->id);
}

static bool read_names(pt_arena *a, pt_value v, const pt_id_name **ret, size_t *ret_n) {
    size_t n = pt_tag_of(v) == PT_ARRAY ? pt_len(v) : 0;
    size_t kept = 0;
    pt_id_name *all = PT_NEW(a, pt_id_name, n);
    for (size_t i = 0; all && i < n; i++) {
        pt_value one = pt_at(v, i);
        int64_t id;
        if (pt_tag_of(one) != PT_ARRAY || !pt_to_int(pt_at(one, 0), &id) || id < 0 ||
            id >= UINT32_MAX)
            continue;
        all[kept++] = (pt_id_name){(uint32_t)id, pt_text(pt_at(one, 1)), pt_text(pt_at(one, 2)),
                                   pt_text(pt_at(one, 3))};
    }
    if (kept > 1)
        qsort(all, kept, sizeof *all, by_id); // they are sorted, unless somebody else wrote them
    *ret = all;
    *ret_n = kept;
    return all != NULL;
}

static bool is_id(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n >= ID_SHOWN && s.n <= 64;
}

pt_code pt_container_described(pt_arena *a, pt_str json, pt_container *ret, pt_err *e) {
    pt_value v;
    static const pt_json_opts opts = {.depth_max = 8};
    if (json.n > PT_DESCRIPTION_BYTES_MAX)
        return pt_err_set(e, PT_E_FORMAT, "the description of a container is too long");
    pt_code code = pt_json_parse(a, json, &opts, &v, e);
    if (code == PT_E_LIMIT)
        code = PT_E_FORMAT;
    if (code)
        return code;
    pt_container c = {.metadata = PT_KNOWN_YES};
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        *text_of(&c, texts[i].at) = pt_text(pt_getz(v, texts[i].key));
    for (size_t i = 0; i < PT_COUNT(truths); i++)
        *truth_of(&c, truths[i].at) = pt_true(pt_getz(v, truths[i].key));
    if (!is_id(c.full_id))
        return pt_err_set(e, PT_E_FORMAT, "the description of a container names no id");
    c.id = pt_str_sub(c.full_id, 0, ID_SHOWN);
    int64_t created;
    if (pt_to_int(pt_getz(v, "created"), &created) && created > 0)
        c.created_ns = (uint64_t)created;
    if (!read_mounts(a, pt_getz(v, "mounts"), &c) || !read_labels(a, pt_getz(v, "labels"), &c) ||
        !read_names(a, pt_getz(v, "users"), &c.users, &c.n_users) ||
        !read_names(a, pt_getz(v, "groups"), &c.groups, &c.n_groups))
        return pt_err_set(e, PT_E_NOMEM, "no memory for the description of a container");
    *ret = c;
    return PT_OK;
}
