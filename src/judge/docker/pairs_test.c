// One request in two spellings gets one verdict: testdata/pairs.json.
#include "judge/docker/testing_host.h"

#define PAIRS_MIN 60

typedef struct outcome {
    bool read;
    pt_docker_verdict verdict;
    pt_str denies;
    pt_err e;
} outcome;

static outcome judge(pt_arena *a, pt_value c, const pt_docker_host *h) {
    outcome o = {0};
    o.read = testing_judge(a, c, h, &o.verdict, &o.e);
    o.denies = testing_ids(a, o.verdict.offences.v, o.verdict.offences.n);
    return o;
}

// What could not be read is denied.
static bool check_pair(pt_value pair, const pt_docker_host *h) {
    pt_arena a = {0};
    outcome plain = judge(&a, pt_getz(pair, "plain"), h);
    outcome other = judge(&a, pt_getz(pair, "disguised"), h);
    pt_value denies = pt_getz(pair, "denies");
    bool good = plain.read && plain.verdict.allow == other.verdict.allow &&
                (!pt_defined(denies) || pt_str_eq(plain.denies, pt_text(denies)));
    if (good && other.read && pt_defined(denies) &&
        !pt_str_eqz(other.denies, "ENDPOINT")) // what the router does not know is denied as such
        good = pt_str_eq(plain.denies, other.denies);
    if (!good)
        print_error("%.*s\n  plain: %.*s %s\n  disguised: %.*s %s\n",
                    PT_PRI(pt_text(pt_getz(pair, "name"))), PT_PRI(plain.denies), plain.e.what,
                    PT_PRI(other.denies), other.e.what);
    pt_arena_done(&a);
    return good;
}

static void test_pairs_get_one_verdict(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_value facts;
    pt_value pairs;
    size_t bad = 0;
    testing_load(&a, "host.json", &facts);
    testing_load(&a, "pairs.json", &pairs);
    pt_docker_host h = testing_host(&facts);
    assert_true(pt_len(pairs) >= PAIRS_MIN);
    for (size_t i = 0; i < pt_len(pairs); i++)
        bad += !check_pair(pt_at(pairs, i), &h);
    assert_int_equal(bad, 0);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_get_one_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
