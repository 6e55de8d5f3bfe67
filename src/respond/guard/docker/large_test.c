// Who gets a place for a large request.
#include "base/testing.h"
#include "respond/guard/docker/guard_impl.h"

static void test_large_places_are_not_all_of_one_tenant(void **state) {
    (void)state;
    const pt_str of_shop[] = {PT_STR("alice"), PT_STR("anna")};
    const pt_str of_acme[] = {PT_STR("bob")};
    const pt_str operators[] = {PT_STR("olga")};
    const pt_guard_tenant v[] = {{.name = PT_STR("shop"), .users = of_shop, .n_users = 2},
                                 {.name = PT_STR("acme"), .users = of_acme, .n_users = 1}};
    const pt_guard_tenants t = {
        .given = true, .operators = operators, .n_operators = 1, .v = v, .n = 2};
    const pt_str alice = PT_STR("{\"User\":\"alice\",\"RequestMethod\":\"POST\"}");
    const pt_str anna = PT_STR("{\"User\":\"anna\"}");
    const pt_str bob = PT_STR("{\"User\":\"bob\"}");
    const pt_str olga = PT_STR("{\"User\":\"olga\"}");
    const pt_str nobody = PT_STR("{\"RequestMethod\":\"POST\"}");
    pt_guard_large l = {0};
    assert_true(pt_guard_large_take(&l, &t, alice));
    assert_true(pt_guard_large_take(&l, &t, anna));
    assert_false(pt_guard_large_take(&l, &t, alice)); // they are two of shop
    assert_true(pt_guard_large_take(&l, &t, bob));
    assert_true(pt_guard_large_take(&l, &t, bob));
    assert_false(pt_guard_large_take(&l, &t, olga)); // there are four in all
    pt_guard_large_give(&l, alice);
    assert_true(pt_guard_large_take(&l, &t, olga));
    assert_false(pt_guard_large_take(&l, &t, anna));
    pt_guard_large_give(&l, bob);
    assert_true(pt_guard_large_take(&l, &t, alice));
    pt_guard_large_give(&l, PT_STR("{\"User\":\"zoe\"}")); // who has none frees none
    assert_false(pt_guard_large_take(&l, &t, nobody));
    pt_guard_large_give(&l, olga);
    assert_true(pt_guard_large_take(&l, &t, nobody));
}

static void test_large_places_are_free_to_operators_and_few_to_strangers(void **state) {
    (void)state;
    const pt_guard_tenants t = {.given = true};
    const pt_guard_tenants alone = {0};
    pt_guard_large l = {0};
    assert_true(pt_guard_large_take(&l, &t, PT_STR("{\"User\":\"x\"}")));
    assert_true(pt_guard_large_take(&l, &t, PT_STR("{\"User\":\"y\"}")));
    assert_false(pt_guard_large_take(&l, &t, PT_STR("{\"User\":\"z\"}")));
    for (size_t i = 0; i < 2; i++)
        assert_true(pt_guard_large_take(&l, &t, PT_STR("{}")));
    l = (pt_guard_large){0};
    for (size_t i = 0; i < PT_GUARD_LARGE_MAX; i++)
        assert_true(pt_guard_large_take(&l, &alone, PT_STR("{\"User\":\"x\"}")));
    assert_false(pt_guard_large_take(&l, &alone, PT_STR("{\"User\":\"x\"}")));
    pt_buf b = PT_BUF(1 << 12);
    pt_buf_putz(&b, "{\"User\":\"");
    pt_buf_fill(&b, 'a', 2000); // longer than is kept
    l = (pt_guard_large){0};
    assert_true(pt_guard_large_take(&l, &t, pt_buf_str(&b)));
    pt_guard_large_give(&l, pt_buf_str(&b));
    for (size_t i = 0; i < PT_GUARD_LARGE_MAX; i++)
        assert_false(l.v[i].taken);
    pt_buf_done(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_large_places_are_not_all_of_one_tenant),
        cmocka_unit_test(test_large_places_are_free_to_operators_and_few_to_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
