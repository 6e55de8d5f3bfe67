// Documents of any shape: every finding names its test.
#include "judge/csaf/csaf.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
            pt_assert(pt_str_starts(pt_text(pt_getz(pt_at(found, i), "test")), PT_STR("6.")));
    }
    pt_arena_done(&a);
    return 0;
}
