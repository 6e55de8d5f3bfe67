// The first line is a path, by which the reader is chosen; the rest is its file; behind
// "\0beside\0" stands what every file beside it is.
#include "collect/packages/claims.h"
#include "collect/packages/readers.h"

static pt_str beside(const pt_read *r, pt_str name) {
    return name.n ? *(const pt_str *)r->beside_of : (pt_str){0};
}

static pt_value listed(const pt_read *r, pt_str pattern) {
    const pt_value one = pt_stringz("w/a/package.json");
    return pt_array_of(r->a, &one, pattern.n > 0);
}

// What was said comes out again, whole.
static void check_claims(const pt_read *r, pt_str rest) {
    static pt_claim_last last;
    pt_claim c;
    uint32_t owner = 0;
    last.n = 0;
    while (pt_claim_next(&rest, &last, &c, &owner))
        pt_assert(c.path.n && owner < r->owners.items.n);
    pt_assert(rest.n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    const pt_str mark = PT_STR("\0beside\0");
    pt_str text = {(const char *)data, size};
    pt_str path;
    if (!size || !pt_str_split(&text, '\n', &path))
        return 0;
    const pt_reader_row *row = pt_reader_of(path);
    size_t cut = pt_str_find_str(text, mark);
    pt_str other = pt_str_sub(text, cut + mark.n, text.n);
    pt_claims claims = {.out = PT_BUF(1 << 20)};
    pt_claims_begin(&claims);
    pt_read r = {.a = &a,
                 .claims = &claims,
                 .path = path,
                 .beside = beside,
                 .listed = listed,
                 .beside_of = &other,
                 .packages = {.a = &a},
                 .faults = {.a = &a}};
    if (!row || !row->read || row->read(&r, pt_str_sub(text, 0, cut), NULL)) {
        pt_buf_done(&claims.out);
        return 0;
    }
    check_claims(&r, pt_buf_str(&claims.out));
    pt_buf_done(&claims.out);
    for (size_t i = 0; i < r.packages.items.n; i++)
        pt_assert(pt_text(pt_getz(r.packages.items.v[i], "name")).n);
    for (size_t i = 0; i < r.owned.n; i++)
        pt_assert(r.owned.v[i].owner < r.owners.items.n);
    pt_assert(!r.packages.full && !r.faults.full);
    return 0;
}
