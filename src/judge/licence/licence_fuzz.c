// Licence policies from anywhere, and with those that can be read a package of some licence.
#include "judge/licence/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_licence_policy policy = {0};
    pt_err e = {0};
    pt_str s = {(const char *)data, size};
    size_t cut = pt_str_find(s, '\0'); // a licence, a policy
    pt_code code =
        pt_licence_policy_read(&a, pt_str_sub(s, cut + 1, s.n), PT_STR("p"), &policy, &e);
    pt_assert(code == e.code);
    pt_value licence = pt_string(pt_str_sub(s, 0, cut));
    pt_obj package = {.a = &a};
    pt_obj_set(&package, "name", pt_stringz("n"));
    pt_obj_set(&package, "type", pt_stringz("deb"));
    pt_obj_set(&package, "file", pt_stringz("f"));
    pt_obj_set(&package, "licences", pt_array_of(&a, &licence, 1));
    pt_value one = pt_obj_end(&package);
    pt_obj doc = {.a = &a};
    pt_obj_set(&doc, "packages", pt_array_of(&a, &one, 1));
    pt_value rows = pt_undefined();
    if (!code)
        code = pt_licences_judge(pt_obj_end(&doc), &policy, &a, &rows, &e);
    pt_assert(code || pt_len(rows) == 1);
    pt_arena_done(&a);
    return 0;
}
