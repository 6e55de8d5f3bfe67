// Whatever .signatures.json holds: a bundle holds or does not. With the lowest bit of the first
// byte the bytes are the payload of a token that is well signed, else they are the whole document.
#include "judge/policy/fn/token.h"
#include "judge/policy/load_impl.h"

#define SECRET "secret"

static void sign(pt_buf *doc, pt_arena *a, pt_str payload) {
    pt_call c = {.arena = a};
    pt_str token =
        pt_token_sign(&c, PT_STR("HS256"), PT_STR(SECRET), PT_STR("{\"alg\":\"HS256\"}"), payload);
    pt_assert(token.p);
    pt_buf_printf(doc, "{\"signatures\":[\"%.*s\"]}", PT_PRI(token));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > 1 << 16)
        return 0;
    pt_str bytes = {(const char *)data + 1, size - 1};
    pt_arena a = {.bytes_max = (size_t)64 << 20};
    pt_symbols symbols = {.arena = &a};
    pt_diagnostics d = {.arena = &a};
    const pt_load_key key = {PT_STR("k"), PT_STR("HS256"), PT_STR(SECRET)};
    const pt_load_trust trust = {.keys = &key, .n_keys = 1};
    pt_load l = {.arena = &a, .symbols = &symbols, .diagnostics = &d, .trust = &trust};
    pt_load_files files = {0};
    pt_load_entry *e = PT_PUSH(&a, &files.v);
    pt_load_entry *s = PT_PUSH(&a, &files.v);
    PT_AUTO(pt_buf_done) pt_buf doc = PT_BUF(1 << 20);
    pt_str why = {0};
    if (data[0] & 1)
        sign(&doc, &a, bytes);
    else
        pt_buf_put(&doc, bytes);
    pt_assert(e && s && pt_load_state_of(&l));
    files.v.v[0] = (pt_load_entry){PT_STR("/data.json"), PT_STR("{\"a\":1}")};
    files.v.v[1] = (pt_load_entry){PT_STR("/.signatures.json"), pt_buf_str(&doc)};
    pt_code code = pt_load_verify(&l, &files, &why);
    pt_assert(code || (why.n == 0 && l.faults.n == 0));
    pt_assert(!code || why.n || l.faults.n);
    pt_arena_done(&a);
    return 0;
}
