// A year of certificates in a moment: who trusts the bundle trusts each certificate that comes.
#include <string.h>

#include "base/instant.h"
#include "base/testing.h"
#include "crypto/x509.h"
#include "protect/identity/certs.h"

#define DAY_NS (86400 * PT_SECOND_NS)
#define BEGIN  (INT64_C(1790000000) * PT_SECOND_NS)

static const pt_str names[] = {PT_STR("guard.paratia-system.svc"), PT_STR("127.0.0.1")};
static const pt_certs_opts year = {.common_name = PT_STR("paratia guard"),
                                   .names = names,
                                   .n_names = PT_COUNT(names),
                                   .authority_s = INT64_C(365) * 86400,
                                   .server_s = INT64_C(30) * 86400,
                                   .grace_s = 86400};

static bool step_at(pt_arena *a, const pt_certs_opts *o, int64_t now_ns, pt_certs *c,
                    int64_t *ret_next) {
    pt_certs_done done;
    assert_int_equal(pt_certs_step(a, o, now_ns, c, &done, NULL), PT_OK);
    *ret_next = done.next_ns;
    return done.changed;
}

static void test_certs_are_made_once(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_certs c = {0};
    pt_x509_facts f;
    int64_t next;
    assert_true(step_at(&a, &year, BEGIN, &c, &next));
    assert_true(next > BEGIN + 15 * DAY_NS && next < BEGIN + 25 * DAY_NS);
    assert_int_equal(pt_x509_read(&a, c.files[PT_CERT_SERVER], &f, NULL), PT_OK);
    assert_str(f.common_name, "guard.paratia-system.svc");
    pt_certs before = c;
    assert_false(step_at(&a, &year, BEGIN + DAY_NS, &c, &next));
    assert_memory_equal(&before, &c, sizeof c);
}

// Day by day for three years: the certificate shown is always signed by an authority that was in
// the bundle a day before.
static void test_certs_come_after_their_bundle(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_certs c = {0};
    pt_x509_facts f;
    int64_t next;
    pt_str before = {0};
    size_t issued = 0;
    size_t authorities = 0;
    for (int64_t day = 0; day < 3 * 365; day++) {
        int64_t now = BEGIN + day * DAY_NS;
        pt_str server = c.files[PT_CERT_SERVER];
        pt_str authority = c.files[PT_CERT_AUTHORITY];
        step_at(&a, &year, now, &c, &next);
        issued += !pt_str_eq(server, c.files[PT_CERT_SERVER]);
        authorities += !pt_str_eq(authority, c.files[PT_CERT_AUTHORITY]);
        assert_true(pt_x509_signed_by(c.files[PT_CERT_SERVER], c.files[PT_CERT_AUTHORITY]));
        if (before.n)
            assert_true(pt_str_has(before, c.files[PT_CERT_AUTHORITY]));
        assert_int_equal(pt_x509_read(&a, c.files[PT_CERT_SERVER], &f, NULL), PT_OK);
        assert_true(f.not_after_ns > now + 5 * DAY_NS);
        assert_true(next > now);
        before = pt_certs_bundle(&a, &c);
    }
    assert_in_range(issued, 50, 70);
    assert_in_range(authorities, 4, 5);
}

static void test_certs_that_cannot_be_used_are_made_anew(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_certs c = {0};
    int64_t next;
    step_at(&a, &year, BEGIN, &c, &next);
    for (int i = 0; i < PT_CERT_FILES; i++) {
        pt_certs broken = c;
        broken.files[i] = PT_STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        step_at(&a, &year, BEGIN + DAY_NS, &broken, &next);
        assert_true(
            pt_x509_signed_by(broken.files[PT_CERT_SERVER], broken.files[PT_CERT_AUTHORITY]));
        assert_false(step_at(&a, &year, BEGIN + DAY_NS, &broken, &next));
    }
    // After years in a drawer.
    assert_true(step_at(&a, &year, BEGIN + 2000 * DAY_NS, &c, &next));
    assert_true(pt_x509_signed_by(c.files[PT_CERT_SERVER], c.files[PT_CERT_AUTHORITY]));
}

static void test_certs_follow_the_names(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_certs c = {0};
    int64_t next;
    step_at(&a, &year, BEGIN, &c, &next);
    pt_str authority = c.files[PT_CERT_AUTHORITY];
    pt_certs_opts other = year;
    other.n_names = 1;
    assert_true(step_at(&a, &other, BEGIN, &c, &next));
    assert_true(pt_str_eq(authority, c.files[PT_CERT_AUTHORITY]));
    assert_false(step_at(&a, &other, BEGIN, &c, &next));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certs_are_made_once),
        cmocka_unit_test(test_certs_come_after_their_bundle),
        cmocka_unit_test(test_certs_that_cannot_be_used_are_made_anew),
        cmocka_unit_test(test_certs_follow_the_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
