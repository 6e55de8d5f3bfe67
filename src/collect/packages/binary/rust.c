// What cargo-auditable puts into a Rust program: the section .dep-v0, zlib (RFC 1950) of JSON,
//   {"packages": [{"name", "version", "source", "kind": "build" | "runtime", "root": true,
//                  "dependencies": [index, …]}, …]}
// (its PARSING.md). One root, and no package that needs itself: everything else is refused.
#define ZLIB_CONST
#include <zlib.h>

#include "collect/packages/binary/binary.h"
#include "collect/packages/binary/elf.h"
#include "value/json.h"

enum {
    LIST_BYTES_MAX = 8 << 20,
    CHUNK_BYTES = 64 << 10,
};

// -- zlib -----------------------------------------------------------------------------------------

static void end_stream(z_stream *z) {
    PT_IGNORE(inflateEnd(z)); // it was only read
}

static bool unpack(pt_str packed, pt_buf *ret) {
    PT_AUTO(end_stream)
    z_stream z = {.next_in = (const Bytef *)packed.p, .avail_in = (uInt)packed.n};
    if (packed.n > LIST_BYTES_MAX || inflateInit(&z) != Z_OK)
        return false;
    int code = Z_OK;
    while (code == Z_OK && !ret->full) {
        char *room = pt_buf_room(ret, CHUNK_BYTES);
        z.next_out = (Bytef *)room;
        z.avail_out = room ? CHUNK_BYTES : 0;
        if (room) {
            code = inflate(&z, Z_NO_FLUSH);
            pt_buf_took(ret, CHUNK_BYTES - z.avail_out);
        }
    }
    return code == Z_STREAM_END && !ret->full;
}

// -- the list -------------------------------------------------------------------------------------

typedef struct list {
    pt_arena *a;
    pt_value packages;
    size_t n;
} list;

static pt_value package_at(const list *l, size_t i) {
    return pt_at(l->packages, i);
}

static pt_value needs_of(const list *l, size_t i) {
    pt_value needs = pt_getz(package_at(l, i), "dependencies");
    return pt_tag_of(needs) == PT_ARRAY ? needs : pt_undefined();
}

// Every package has a name and a version, needs what is in the list, and one is the root.
static bool is_sound(const list *l) {
    size_t roots = 0;
    for (size_t i = 0; i < l->n; i++) {
        pt_value p = package_at(l, i);
        pt_value needs = needs_of(l, i);
        if (!pt_text(pt_getz(p, "name")).n || !pt_text(pt_getz(p, "version")).n)
            return false;
        roots += pt_true(pt_getz(p, "root"));
        for (size_t k = 0; k < pt_len(needs); k++) {
            int64_t to = -1;
            if (!pt_to_int(pt_at(needs, k), &to) || to < 0 || (uint64_t)to >= l->n)
                return false;
        }
    }
    return roots <= 1;
}

static size_t need_at(pt_value needs, size_t k) {
    int64_t to = 0;
    PT_IGNORE(pt_to_int(pt_at(needs, k), &to)); // is_sound has asked
    return (size_t)to;
}

// Take off, again and again, what nothing needs that is left: of a ring nothing can be taken.
static bool has_ring(const list *l) {
    size_t *wanted = PT_NEW(l->a, size_t, l->n + 1); // by how many
    size_t *free_ = PT_NEW(l->a, size_t, l->n + 1);
    size_t free_n = 0;
    size_t taken = 0;
    if (!wanted || !free_)
        return true; // memory is out: the arena says so
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < pt_len(needs_of(l, i)); k++)
            wanted[need_at(needs_of(l, i), k)]++;
    for (size_t i = 0; i < l->n; i++)
        if (!wanted[i])
            free_[free_n++] = i;
    for (; taken < free_n; taken++) {
        pt_value needs = needs_of(l, free_[taken]);
        for (size_t k = 0; k < pt_len(needs); k++)
            if (--wanted[need_at(needs, k)] == 0)
                free_[free_n++] = need_at(needs, k);
    }
    return taken < l->n;
}

static bool is_runtime(const list *l, size_t i) {
    pt_str kind = pt_text(pt_getz(package_at(l, i), "kind"));
    return !kind.n || pt_str_eqz(kind, "runtime");
}

static pt_value id_of(const list *l, size_t i) {
    pt_str name = pt_text(pt_getz(package_at(l, i), "name"));
    pt_str version = pt_text(pt_getz(package_at(l, i), "version"));
    return pt_string(pt_arena_printf(l->a, "%.*s@%.*s", PT_PRI(name), PT_PRI(version)));
}

static pt_value depends_of(const list *l, size_t i) {
    pt_list ids = {.a = l->a};
    pt_value needs = needs_of(l, i);
    for (size_t k = 0; k < pt_len(needs); k++)
        if (is_runtime(l, need_at(needs, k)))
            pt_list_add(&ids, id_of(l, need_at(needs, k)));
    if (!ids.items.n)
        return pt_undefined();
    pt_value sorted = pt_set_of(l->a, ids.items.v, ids.items.n);
    return pt_len(sorted) ? pt_array_of(l->a, pt_vals(sorted), pt_len(sorted)) : sorted;
}

static pt_code put_packages(pt_read *r, const list *l, pt_err *e) {
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < l->n; i++) {
        pt_value v = package_at(l, i);
        bool root = pt_true(pt_getz(v, "root"));
        pt_package p = {.name = pt_text(pt_getz(v, "name")),
                        .version = pt_text(pt_getz(v, "version")),
                        .relationship = root ? PT_STR("root") : (pt_str){0},
                        .depends = depends_of(l, i)};
        if (is_runtime(l, i)) // the others made it, and are not in it
            code = pt_package_add(r, &p, e);
    }
    return code;
}

pt_code pt_read_rust_program(pt_read *r, pt_str text, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(LIST_BYTES_MAX);
    pt_value doc = pt_undefined();
    pt_elf f;
    pt_str packed = pt_elf_open(&f, text) ? pt_elf_section_named(&f, ".dep-v0") : (pt_str){0};
    if (!packed.n)
        return PT_OK;
    bool whole = unpack(packed, &b);
    pt_str json = whole ? pt_arena_str(r->a, pt_buf_str(&b)) : (pt_str){0};
    pt_code code = pt_json_parse(r->a, json, &(pt_json_opts){.depth_max = 16}, &doc, NULL);
    list l = {.a = r->a, .packages = pt_getz(doc, "packages")};
    l.n = pt_tag_of(l.packages) == PT_ARRAY ? pt_len(l.packages) : 0;
    bool sound = !code && l.n && l.n <= PT_PACKAGES_MAX && is_sound(&l) && !has_ring(&l);
    if (r->a->full)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (sound)
        return put_packages(r, &l, e);
    pt_fault_add(r, 0, "a program of Rust whose list of packages is not sound");
    return PT_OK;
}
