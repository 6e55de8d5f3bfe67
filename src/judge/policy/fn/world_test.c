// What cases in testdata/ cannot say: the cache, limits, cancelling, the refusal of the network,
// and signatures that come out differently each time. The keys were made for this test.
#include <string.h>

#include "base/testing.h"
#include "judge/policy/fn/family.h"
#include "value/json.h"

static const char rsa_jwk[] =
    "{\"kty\":\"RSA\",\"n\":\"oX0foqUvHhZ_2PacVuHIEn8TbpkG9P9RZZ09IZyYOKirJxu0n9uT"
    "GjUDMMRhaDNLTXOjFYShpcTzKjfUEoU1_9y54EYtQnpibjOsoXV_JlRjSEM7An7tDy3_0i"
    "R_al9sMLZHY-VczXi36REBRGC7kPeqXgS-Pwmj7nC-f115prtslG6csr1BVXCpIBSeTFTw"
    "yBTRWg7yVPIr9h6xv_k9rzbn6EtbhuxzaVx-rIisMExKukt3xt8ZxoRQEYxapiblgT397R"
    "AX2gDKzW30TTkgmAhZ7gsKVeVngtDZEoAfEphqIAQHSipRRT-wcfMpmrtXAkI87h4oVBCj"
    "3zXjXDSAfQ\",\"e\":\"AQAB\",\"d\":\"TtoaVuAidCYXUhkEuLWxbDqpgeDt0TZUB_JxtZZRi6"
    "TsQYHZPg9Isky9XJQfXfJh7BUxRiIHjjpvY6d0AYETH3anOjf6BJJeuqG3wvTs24nsGo5d"
    "Y3gXh8h1uCYDIy0p1lVC4afOmzO9VWvsuvcizwPnp9XYEU7DQXvCwM0jSAJIoZ8Pn2PSdM"
    "gSgx4GqmAIMiTI61eztCYZNwU1PstnMjAK4X6G1Z3J-0ACiHvvBEf5NHqHz5HXUT2ohwiP"
    "vtsf6caiyEgDlLHBtJPtIyi3fUolEZofpc_nCiMwEcf71nGB-AKq_ycU3hyc2J5N-456V_"
    "TnKkYoONa6l2MfWIFBfw\",\"p\":\"1C40JSnn-McC4rhc2G44C537dKPj6y-kLSClN4UVHNu"
    "vg55i122sYD-Kx1vGiEUbYxj__E8pd1O8X4qPQYg6vajs_uvfCaVjvtSdPDNGnss2UpgK1"
    "nc8g58uPsrDcMtPZ-57uEZBnyvDXyGPkjmx-GyIIf1d0DEtss9tW40vcAM\",\"q\":\"wtbko"
    "Vy7-RnMZCUpn_gRH28jXZEKKPlxZFjrzCw43_6cPCEInOWoefgtEYGP1ktRTvPsdiKIm7E"
    "aryKBae-wML_oi5dTsCQt1E1YTaV2WAI49tSJit93odR1JEc_pVG109uqKgBUEeJvRCPvv"
    "5JP6L9K141Uj98Wg24xL99-pX8\",\"dp\":\"FcNPcehkdK3k6-BBFanocbiYjBQrUnomesJ4"
    "b8NksPsPe46JUNNc9NpPn7cYG-4KqxVrXDO6axTZo2sQ2oXgkId9F4CV9eVS38XrAru3qJ"
    "3rSnlx0yGTwWRYV_RwK2ePE3fwlKwQGwVgGqfUlAj66iInrGTSdII2z7pa2yMWFIU\",\"dq"
    "\":\"Vtcky-7jMSGYgcI2jUApkZMddiShHKYhLhKb9kJ3jw6SYBJxHk0WDFba74SJsX-cW85"
    "IRFccABitxgVhHPBh3TiL0zu9ZzKY4pkelGz9FDjZXtpX-3eigJSLKYJAEdUbb7PmYhYHY"
    "nlEEmDaCM6Toy8vkmdBm2ZZSHcioS3B6s0\",\"qi\":\"rFrPsy4lBbAjFbQOqFnbCMpagFR3"
    "PP_FKFSjUN5e4IGQWJ4vUMP7G9TxONPiDWQOBIdlJT4QVC1kzKABsc2B0Hcm83y2Zjrz8h"
    "lT5EFMZ3mIp00OXKT1rUb5hbrUHpgal5VIq3ynIXaelDobNWgzaAX3BP5cdVlPBOZ3yKa5"
    "q20\"}";
static const char ec_jwk[] =
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"aegS7JS6lgcdAdO5s0OHigPBf1r3bakzYOzpiX4_UU0\",\"y\":"
    "\"BiHaecKM8r6Qu7SmWM1DKRs5SWO2N82JscWpN9E3wU0\",\"d\":\"vagFY1FGOHkbNJWRV0FIYrqsm-"
    "VI7YgtntUNMOV6EGA\"}";

typedef struct bench {
    pt_arena a;
    pt_fn_world world;
    pt_call c;
} bench;

static void bench_init(bench *b, pt_fn_cache *cache) {
    *b = (bench){0};
    b->world.seed = 7;
    b->c = (pt_call){.arena = &b->a, .world = &b->world, .cache = cache};
}

static pt_value call(bench *b, const char *name, const pt_value *args) {
    const pt_fn *fn = pt_fn_find(pt_str_of(name));
    assert_non_null(fn);
    b->c.fault = PT_FAULT_NONE;
    return pt_fn_call(&b->c, fn, args);
}

static unsigned dropped;

static void drop(void *thing) {
    (void)thing;
    dropped++;
}

static void test_cache_keeps_by_kind_and_drops_the_oldest(void **state) {
    (void)state;
    static const char one, two;
    int things[40];
    pt_fn_cache *c = pt_fn_cache_new(16);
    assert_non_null(c);
    dropped = 0;
    for (size_t i = 0; i < PT_COUNT(things); i++) {
        char key = (char)('A' + i);
        assert_true(pt_fn_cache_put(c, &one, (pt_str){&key, 1}, &things[i], drop));
        assert_ptr_equal(pt_fn_cache_get(c, &one, (pt_str){&key, 1}), &things[i]);
        assert_null(pt_fn_cache_get(c, &two, (pt_str){&key, 1}));
    }
    assert_int_equal(dropped, 24);
    assert_null(pt_fn_cache_get(c, &one, PT_STR("A")));
    pt_fn_cache_free(c);
    assert_int_equal(dropped, 40);
    assert_null(pt_fn_cache_get(NULL, &one, PT_STR("A")));
    assert_false(pt_fn_cache_put(NULL, &one, PT_STR("A"), things, drop));
}

static void test_cache_makes_no_difference_to_answers(void **state) {
    (void)state;
    pt_fn_cache *cache = pt_fn_cache_new(16);
    bench b;
    bench_init(&b, cache);
    for (int i = 0; i < 3; i++) {
        const pt_value re[] = {pt_stringz("^a+$"), pt_stringz("aaa")};
        const pt_value gl[] = {pt_stringz("*.example"), pt_null(), pt_stringz("a.example")};
        assert_true(pt_true(call(&b, "regex.match", re)));
        assert_true(pt_true(call(&b, "glob.match", gl)));
    }
    pt_arena_done(&b.a);
    pt_fn_cache_free(cache);
}

static void test_signature_of_every_family_verifies(void **state) {
    (void)state;
    static const struct {
        const char *alg, *verify, *jwk;
    } rows[] = {{"PS256", "io.jwt.verify_ps256", rsa_jwk},
                {"PS512", "io.jwt.verify_ps512", rsa_jwk},
                {"RS384", "io.jwt.verify_rs384", rsa_jwk},
                {"ES256", "io.jwt.verify_es256", ec_jwk}};
    bench b;
    bench_init(&b, NULL);
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        pt_str head = pt_arena_printf(&b.a, "{\"alg\":\"%s\"}", rows[i].alg);
        const pt_value sign[] = {pt_string(head), pt_stringz("{\"a\":1}"), pt_stringz(rows[i].jwk)};
        pt_value token = call(&b, "io.jwt.encode_sign_raw", sign);
        assert_int_equal(pt_tag_of(token), PT_STRING);
        // verify_* wants public keys: decode_verify takes the whole one
        const pt_value pairs[] = {pt_stringz("cert"), pt_stringz(rows[i].jwk), pt_stringz("alg"),
                                  pt_stringz(rows[i].alg)};
        const pt_value verify[] = {token, pt_object_of(&b.a, pairs, 2, NULL)};
        pt_value got = call(&b, "io.jwt.decode_verify", verify);
        assert_true(pt_true(pt_at(got, 0)));
        const pt_value private_key[] = {token, pt_stringz(rows[i].jwk)};
        assert_false(pt_true(call(&b, rows[i].verify, private_key)));
    }
    pt_arena_done(&b.a);
}

static void test_secret_key_is_in_no_message(void **state) {
    (void)state;
    bench b;
    bench_init(&b, NULL);
    const pt_value args[] = {pt_stringz("{\"alg\":\"RS256\"}"), pt_stringz("{}"),
                             pt_stringz("{\"kty\":\"oct\",\"k\":\"c2VjcmV0LXNlY3JldA\"}")};
    assert_false(pt_defined(call(&b, "io.jwt.encode_sign_raw", args)));
    assert_int_equal(b.c.fault, PT_FAULT_BUILTIN);
    assert_false(pt_str_has(b.c.message, PT_STR("c2Vj")));
    assert_false(pt_str_has(b.c.message, PT_STR("secret-")));
    pt_arena_done(&b.a);
}

static void test_network_is_refused(void **state) {
    (void)state;
    bench b;
    bench_init(&b, NULL);
    const pt_value name[] = {pt_stringz("localhost")};
    call(&b, "net.lookup_ip_addr", name);
    assert_int_equal(b.c.fault, PT_FAULT_END);
    assert_str(b.c.message, "disallowed host: localhost");
    const pt_value pairs[] = {pt_stringz("method"), pt_stringz("get"), pt_stringz("url"),
                              pt_stringz("http://localhost/")};
    const pt_value request[] = {pt_object_of(&b.a, pairs, 2, NULL)};
    call(&b, "http.send", request);
    assert_int_equal(b.c.fault, PT_FAULT_END);
    assert_str(b.c.message, "refused: policies may not use the network");
    pt_arena_done(&b.a);
}

static void test_wide_network_is_a_limit(void **state) {
    (void)state;
    bench b;
    bench_init(&b, NULL);
    const pt_value args[] = {pt_stringz("10.0.0.0/8")};
    assert_false(pt_defined(call(&b, "net.cidr_expand", args)));
    assert_int_equal(b.c.fault, PT_FAULT_LIMIT);
    pt_arena_done(&b.a);
}

static void test_schema_without_end_is_a_limit(void **state) {
    (void)state;
    bench b;
    bench_init(&b, NULL);
    const pt_value args[] = {pt_stringz("{}"), pt_stringz("{\"$ref\":\"#\"}")};
    assert_false(pt_defined(call(&b, "json.match_schema", args)));
    assert_int_equal(b.c.fault, PT_FAULT_LIMIT);
    pt_arena_done(&b.a);
}

static pt_value valid_query(bench *b, pt_value query) {
    const pt_value args[] = {query, pt_stringz("type Query { a: Int }")};
    return call(b, "graphql.is_valid", args);
}

static void test_graphql_document_that_is_too_deep_is_a_limit(void **state) {
    (void)state;
    bench b;
    bench_init(&b, NULL);
    pt_value deep = pt_null();
    for (size_t i = 0; i < 2000; i++)
        deep = pt_array_of(&b.a, &deep, 1);
    const pt_value pairs[] = {pt_stringz("Operations"), deep};
    assert_false(pt_defined(valid_query(&b, pt_object_of(&b.a, pairs, 1, NULL))));
    assert_int_equal(b.c.fault, PT_FAULT_LIMIT);
    pt_arena_done(&b.a);
}

// n fragments: all spread by the query, or each by the one before it.
static pt_value fragments(bench *b, size_t n, bool chain) {
    pt_buf t = PT_BUF(1 << 20);
    pt_buf_putz(&t, "{");
    for (size_t i = 0; i < (chain ? 1 : n); i++)
        pt_buf_printf(&t, " ...F%zu", i);
    pt_buf_putz(&t, " }");
    for (size_t i = 0; i < n; i++) {
        pt_buf_printf(&t, " fragment F%zu on Query { ", i);
        if (chain && i + 1 < n)
            pt_buf_printf(&t, "...F%zu }", i + 1);
        else
            pt_buf_printf(&t, "a%zu: a }", i);
    }
    pt_value v = pt_string(pt_arena_str(&b->a, pt_buf_str(&t)));
    pt_buf_done(&t);
    return v;
}

static void test_graphql_many_fragments_take_no_time_and_a_long_chain_is_a_limit(void **state) {
    (void)state;
    bench b;
    bench_init(&b, NULL);
    assert_true(pt_true(valid_query(&b, fragments(&b, 10000, false))));
    assert_false(pt_defined(valid_query(&b, fragments(&b, 10000, true))));
    assert_int_equal(b.c.fault, PT_FAULT_LIMIT);
    pt_arena_done(&b.a);
}

static void test_glob_of_many_stars_takes_no_time(void **state) {
    (void)state;
    bench b;
    bench_init(&b, NULL);
    char pattern[401], text[2001];
    for (size_t i = 0; i < 400; i++)
        pattern[i] = i % 2 ? '*' : 'a';
    pattern[400] = 0;
    memset(text, 'a', 2000);
    text[1999] = 'b';
    text[2000] = 0;
    const pt_value args[] = {pt_stringz(pattern), pt_null(), pt_stringz(text)};
    assert_true(pt_true(call(&b, "glob.match", args)));
    pattern[399] = 'c';
    assert_false(pt_true(call(&b, "glob.match", args)));
    pt_arena_done(&b.a);
}

static void test_cancelled_query_ends_a_long_loop(void **state) {
    (void)state;
    bench b;
    atomic_bool cancel = true;
    bench_init(&b, NULL);
    b.world.cancel = &cancel;
    const pt_value args[] = {pt_stringz("10.0.0.0/14")};
    assert_false(pt_defined(call(&b, "net.cidr_expand", args)));
    assert_int_equal(b.c.fault, PT_FAULT_CANCEL);
    pt_arena_done(&b.a);
}

static void test_uuid_is_the_same_within_a_query(void **state) {
    (void)state;
    bench b;
    bench_init(&b, NULL);
    const pt_value x[] = {pt_stringz("x")}, y[] = {pt_stringz("y")};
    pt_value one = call(&b, "uuid.rfc4122", x);
    assert_true(pt_eq(one, call(&b, "uuid.rfc4122", x)));
    assert_false(pt_eq(one, call(&b, "uuid.rfc4122", y)));
    b.world.seed = 8;
    assert_false(pt_eq(one, call(&b, "uuid.rfc4122", x)));
    const pt_value id[] = {one};
    assert_true(pt_eq(pt_getz(call(&b, "uuid.parse", id), "version"), pt_int(4)));
    b.world.now_ns = 5;
    assert_true(pt_eq(call(&b, "time.now_ns", NULL), pt_int(5)));
    pt_arena_done(&b.a);
}

// The arena gives out after ever more bytes: a limit, or the whole answer, and no leak.
static void test_every_shortage_is_a_limit(void **state) {
    (void)state;
    const pt_value rows[][3] = {
        {pt_stringz("graphql.parse"), pt_stringz("{ f }"),
         pt_stringz("type Query { f(x: [Int!]): Int }")},
        {pt_stringz("json.match_schema"), pt_stringz("{\"a\":[1,2]}"),
         pt_stringz("{\"properties\":{\"a\":{\"items\":{\"type\":\"string\"}}}}")},
        {pt_stringz("regex.split"), pt_stringz(","), pt_stringz("a,b,c")},
        {pt_stringz("io.jwt.verify_hs256"), pt_stringz("eyJhbGciOiJIUzI1NiJ9.e30.AAAA"),
         pt_stringz("s")},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        bool done = false;
        for (size_t bytes = 4096; !done && bytes < (1 << 24); bytes += bytes / 3) {
            bench b;
            bench_init(&b, NULL);
            pt_arena_init(&b.a, bytes);
            pt_value v = call(&b, pt_text(rows[i][0]).p, &rows[i][1]);
            done = pt_defined(v);
            assert_true(done || b.c.fault == PT_FAULT_LIMIT);
            pt_arena_done(&b.a);
        }
        assert_true(done);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache_keeps_by_kind_and_drops_the_oldest),
        cmocka_unit_test(test_cache_makes_no_difference_to_answers),
        cmocka_unit_test(test_signature_of_every_family_verifies),
        cmocka_unit_test(test_secret_key_is_in_no_message),
        cmocka_unit_test(test_network_is_refused),
        cmocka_unit_test(test_wide_network_is_a_limit),
        cmocka_unit_test(test_schema_without_end_is_a_limit),
        cmocka_unit_test(test_graphql_document_that_is_too_deep_is_a_limit),
        cmocka_unit_test(test_graphql_many_fragments_take_no_time_and_a_long_chain_is_a_limit),
        cmocka_unit_test(test_glob_of_many_stars_takes_no_time),
        cmocka_unit_test(test_cancelled_query_ends_a_long_loop),
        cmocka_unit_test(test_uuid_is_the_same_within_a_query),
        cmocka_unit_test(test_every_shortage_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
