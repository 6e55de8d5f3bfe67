// Checkpoints and verifier keys from anywhere. The first line is tried as a key, the rest as a
// checkpoint of that key or, if it is none, of a fixed one: names and ids must match to get deeper.
#include "crypto/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pt_str fixed =
        PT_STR("paratia.example/host-a+6bcb9f1b+ARkic/vRl/Lo7b9bSibNU6jdH7gPe1r11iIPgRvoXfdZ");
    pt_str text = {(const char *)data, size};
    size_t line = pt_str_find(text, '\n');
    pt_vkey key;
    pt_err e = {0};
    bool own = pt_vkey_parse(pt_str_sub(text, 0, line), &key, &e) == PT_OK;
    if (own) { // one form only
        pt_buf b = PT_BUF(PT_NOTE_BYTES_MAX);
        pt_vkey_put(&b, &key);
        pt_assert(pt_str_eq(pt_buf_str(&b), pt_str_sub(text, 0, line)));
        pt_buf_done(&b);
        text = pt_str_sub(text, line + 1, text.n);
    } else
        pt_assert(e.what[0] != '\0' && pt_vkey_parse(fixed, &key, &e) == PT_OK);

    pt_checkpoint c;
    unsigned witnesses = 0;
    e = (pt_err){0};
    pt_code code = pt_checkpoint_open(text, &key, &c, &witnesses, &e);
    pt_assert(code == e.code);
    if (code == PT_OK)
        pt_assert(c.origin.n > 0 && witnesses < PT_NOTE_SIGNATURES_MAX);
    return 0;
}
