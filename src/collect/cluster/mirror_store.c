#include "collect/cluster/mirror_store.h"

#include <stdlib.h>
#include <string.h>

#include "value/json.h"

#define TEXT_BYTES_MAX ((size_t)64 << 20)

struct pt_mirror_entry {
    uint32_t hash, round;
    uint32_t space_n, name_n, packed_n;
    uint32_t text_n; // before it was packed
    char bytes[];    // namespace, name, the packed text
};

typedef struct key {
    pt_str space, name;
    uint32_t hash;
} key;

static key key_of(const pt_mirror_store *s, pt_value object) {
    pt_value meta = pt_getz(object, "metadata");
    pt_value space = pt_getz(meta, "namespace");
    pt_value name = pt_getz(meta, "name");
    uint64_t hash = pt_hash(name, pt_hash(space, s->seed));
    return (key){pt_text(space), pt_text(name), (uint32_t)(hash ^ hash >> 32)};
}

static bool is_of(const pt_mirror_entry *o, const key *k) {
    return o->hash == k->hash && pt_str_eq((pt_str){o->bytes, o->space_n}, k->space) &&
           pt_str_eq((pt_str){o->bytes + o->space_n, o->name_n}, k->name);
}

static pt_str packed_of(const pt_mirror_entry *o) {
    return (pt_str){o->bytes + o->space_n + o->name_n, o->packed_n};
}

// Where it is, or would be. There is always a free slot.
static size_t find(const pt_mirror_store *s, const key *k) {
    size_t i = k->hash & (s->cap - 1);
    while (s->slots[i] && !is_of(s->slots[i], k))
        i = (i + 1) & (s->cap - 1);
    return i;
}

static bool grow(pt_mirror_store *s) {
    size_t cap = s->cap ? 2 * s->cap : 64;
    if (4 * (s->n + 1) <= 3 * s->cap)
        return true;
    pt_mirror_entry **slots = (pt_mirror_entry **)calloc(cap, sizeof(pt_mirror_entry *));
    if (!slots)
        return false;
    for (size_t i = 0; i < s->cap; i++) {
        if (!s->slots[i])
            continue;
        size_t to = s->slots[i]->hash & (cap - 1);
        while (slots[to])
            to = (to + 1) & (cap - 1);
        slots[to] = s->slots[i];
    }
    free((void *)s->slots);
    s->slots = slots;
    s->cap = cap;
    return true;
}

// Those behind it move up where they were pushed past it, so that no gap cuts a run.
static void remove_at(pt_mirror_store *s, size_t hole) {
    free(s->slots[hole]);
    s->slots[hole] = NULL;
    s->n--;
    for (size_t i = (hole + 1) & (s->cap - 1); s->slots[i]; i = (i + 1) & (s->cap - 1)) {
        size_t home = s->slots[i]->hash & (s->cap - 1);
        if (((i - home) & (s->cap - 1)) < ((i - hole) & (s->cap - 1)))
            continue;
        s->slots[hole] = s->slots[i];
        s->slots[i] = NULL;
        hole = i;
    }
}

void pt_mirror_store_done(pt_mirror_store *s) {
    for (size_t i = 0; i < s->cap; i++)
        free(s->slots[i]);
    free((void *)s->slots);
    pt_mirror_pack_free(s->pack);
    *s = (pt_mirror_store){0};
}

// Without an entry; undefined: no memory.
static pt_value without(pt_arena *a, pt_value object, const char *name) {
    size_t n = pt_len(object);
    pt_value *pairs = PT_NEW(a, pt_value, 2 * n + 1);
    size_t kept = 0;
    for (size_t i = 0; pairs && i < n; i++) {
        if (pt_str_eqz(pt_text(pt_key_at(object, i)), name))
            continue;
        pairs[kept++] = pt_key_at(object, i);
        pairs[kept++] = pt_val_at(object, i);
    }
    return pairs ? pt_object_of(a, pairs, kept / 2, NULL) : pt_undefined();
}

// Who changed which field last is a third of what the server tells, and nobody judges it.
static pt_value slim(pt_arena *a, pt_value object) {
    pt_value meta = pt_getz(object, "metadata");
    if (!pt_defined(pt_getz(meta, "managedFields")))
        return object;
    pt_value rest = without(a, object, "metadata");
    pt_value less = without(a, meta, "managedFields");
    size_t n = pt_len(rest);
    pt_value *pairs = PT_NEW(a, pt_value, 2 * (n + 1));
    if (!pairs || !pt_defined(rest) || !pt_defined(less))
        return pt_undefined();
    for (size_t i = 0; i < n; i++) {
        pairs[2 * i] = pt_key_at(rest, i);
        pairs[2 * i + 1] = pt_val_at(rest, i);
    }
    pairs[2 * n] = pt_stringz("metadata");
    pairs[2 * n + 1] = less;
    return pt_object_of(a, pairs, n + 1, NULL);
}

static pt_mirror_entry *make(const key *k, pt_str packed, size_t text_n) {
    pt_mirror_entry *o = malloc(sizeof *o + k->space.n + k->name.n + packed.n);
    if (!o)
        return NULL;
    *o = (pt_mirror_entry){.hash = k->hash,
                           .space_n = (uint32_t)k->space.n,
                           .name_n = (uint32_t)k->name.n,
                           .packed_n = (uint32_t)packed.n,
                           .text_n = (uint32_t)text_n};
    if (k->space.n)
        memcpy(o->bytes, k->space.p, k->space.n);
    memcpy(o->bytes + k->space.n, k->name.p, k->name.n);
    memcpy(o->bytes + k->space.n + k->name.n, packed.p, packed.n);
    return o;
}

static bool put(pt_mirror_store *s, const key *k, pt_str packed, size_t text_n, bool *ret_changed) {
    if (!grow(s))
        return false;
    size_t at = find(s, k);
    *ret_changed = !s->slots[at] || !pt_str_eq(packed_of(s->slots[at]), packed);
    if (*ret_changed) {
        pt_mirror_entry *o = make(k, packed, text_n);
        if (!o)
            return *ret_changed = false;
        s->n += s->slots[at] == NULL;
        free(s->slots[at]);
        s->slots[at] = o;
    }
    s->slots[at]->round = s->round;
    return true;
}

static bool pack(pt_mirror_store *s, pt_str text, pt_buf *ret) {
    if (!s->pack)
        s->pack = pt_mirror_pack_new(text);
    return s->pack && pt_mirror_pack_put(s->pack, text, ret);
}

pt_code pt_mirror_store_put(pt_mirror_store *s, pt_arena *a, pt_value object, bool *ret_changed,
                            pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(TEXT_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf packed = PT_BUF(2 * TEXT_BYTES_MAX);
    key k = key_of(s, object);
    if (!k.name.n)
        return pt_err_set(e, PT_E_FORMAT, "an object has no name");
    pt_value less = slim(a, object);
    pt_code code = pt_defined(less) ? pt_json_write(&text, less, NULL, e) : PT_E_NOMEM;
    if (!code && !(pack(s, pt_buf_str(&text), &packed) &&
                   put(s, &k, pt_buf_str(&packed), text.n, ret_changed)))
        code = PT_E_NOMEM;
    return code == PT_E_NOMEM ? pt_err_set(e, code, "no memory for an object") : code;
}

bool pt_mirror_store_drop(pt_mirror_store *s, pt_value object) {
    key k = key_of(s, object);
    size_t at = s->cap ? find(s, &k) : 0;
    if (!s->cap || !s->slots[at])
        return false;
    remove_at(s, at);
    return true;
}

size_t pt_mirror_store_sweep(pt_mirror_store *s) {
    size_t before = s->n;
    for (size_t i = 0; i < s->cap;)
        if (s->slots[i] && s->slots[i]->round != s->round)
            remove_at(s, i); // another one may have moved here
        else
            i++;
    return before - s->n;
}

pt_code pt_mirror_store_next(const pt_mirror_store *s, size_t *at, pt_buf *text, pt_err *e) {
    pt_buf_clear(text);
    for (; *at < s->cap; ++*at) {
        const pt_mirror_entry *o = s->slots[*at];
        if (!o)
            continue;
        ++*at;
        return pt_mirror_pack_get(s->pack, packed_of(o), o->text_n, text)
                   ? PT_OK
                   : pt_err_set(e, PT_E_NOMEM, "no memory for an object");
    }
    return PT_OK;
}
