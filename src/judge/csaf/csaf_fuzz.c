// Documents of any shape: every finding is of a test that there is.
#include "judge/csaf/csaf.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool known(pt_str id) {
    const pt_csaf_test *t;
    for (size_t i = 0; (t = pt_csaf_test_at(i)) != NULL; i++)
        if (pt_str_eqz(id, t->id))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_str text = {(const char *)data, size};
    pt_value doc = pt_undefined();
    pt_value found = pt_undefined();
    pt_err e = {0};
    PT_IGNORE(pt_csaf_keys_sorted(text)); // any answer
    if (pt_json_parse(&a, text, NULL, &doc, NULL) == PT_OK) {
        pt_assert(pt_csaf_check(&a, doc, &found, &e) == e.code);
        for (size_t i = 0; i < pt_len(found); i++)
            pt_assert(known(pt_text(pt_getz(pt_at(found, i), "test"))));
    }
    pt_arena_done(&a);
    return 0;
}
