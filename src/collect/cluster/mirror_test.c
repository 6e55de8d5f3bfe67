// A mirror follows its server: what is added, changed and deleted, also while it was away.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/testing.h"
#include "collect/cluster/mirror.h"
#include "collect/cluster/mirror_store.h"
#include "collect/cluster/testing_server.h"
#include "value/json.h"

static const pt_cluster_kind pods = {.version = PT_STR("v1"),
                                     .kind = PT_STR("Pod"),
                                     .resource = PT_STR("pods"),
                                     .namespaced = true,
                                     .lists = true,
                                     .watches = true};

// One request after the other.
typedef struct step {
    const char *target; // part of it
    int status;
    const char *body; // lines of a watch, or an answer
    bool hold;        // of a watch: leave it open until the next step is released
    bool cut;         // close the connection
} step;

typedef struct bed {
    const step *steps;
    int n;
    atomic_int released; // watches of steps before this one are ended
    atomic_int changes, troubles, relieved;
    _Atomic int64_t asked_ns[64];
    pt_err e;
    fake *f;
    pt_mirror *m;
} bed;

static bool is_watch(const fake_call *c) {
    return strstr(c->target, "watch=true") != NULL;
}

static bool serve(fake_call *c) {
    bed *b = c->ctx;
    static const step forever = {"", 200, "", .hold = true};
    const step *s = c->index < b->n ? &b->steps[c->index] : &forever;
    atomic_store(&b->asked_ns[c->index % 64], pt_monotonic_ns());
    if (!strstr(c->target, s->target))
        print_error("request %d is %s, not %s\n", c->index, c->target, s->target);
    assert_non_null(strstr(c->target, s->target));
    if (s->cut)
        return false;
    if (!is_watch(c) || s->status != 200)
        return pt_fake_answer(c, s->status, "", pt_str_of(s->body));
    pt_fake_begin(c);
    if (s->body[0])
        pt_fake_piece(c, pt_str_of(s->body));
    while (s->hold && !pt_fake_stopping(c->server) && atomic_load(&b->released) <= c->index)
        pt_fake_sleep_ms(5);
    return pt_fake_end(c);
}

static void on_changed(void *ctx, const pt_cluster_kind *k) {
    bed *b = ctx;
    assert_str(k->kind, "Pod");
    atomic_fetch_add(&b->changes, 1);
}

static void on_trouble(void *ctx, const pt_err *e) {
    bed *b = ctx;
    if (e)
        b->e = *e;
    atomic_fetch_add(e ? &b->troubles : &b->relieved, 1);
}

static void start(bed *b, const step *steps, size_t n) {
    pt_kubeconfig config;
    pt_err e = {0};
    *b = (bed){.steps = steps, .n = (int)n};
    b->f = pt_fake_start(serve, b, &config);
    const pt_mirror_opts opts = {.config = &config,
                                 .kinds = &pods,
                                 .n_kinds = 1,
                                 .changed = on_changed,
                                 .trouble = on_trouble,
                                 .ctx = b,
                                 .retry_ms = 20};
    assert_int_equal(pt_mirror_new(&b->m, &opts, &e), PT_OK);
    assert_false(pt_mirror_synced(b->m));
    assert_int_equal(pt_mirror_in_touch_ns(b->m), 0);
    assert_int_equal(pt_mirror_start(b->m, &e), PT_OK);
}

static void stop(bed *b) {
    int64_t begun = pt_monotonic_ns();
    pt_mirror_free(b->m);
    assert_true(pt_monotonic_ns() - begun < 2 * PT_SECOND_NS);
    pt_fake_stop(b->f);
}

static pt_code put_name(void *ctx, pt_value object, pt_err *e) {
    pt_buf *all = ctx;
    (void)e;
    assert_false(pt_defined(pt_getz(pt_getz(object, "metadata"), "managedFields")));
    assert_str(pt_text(pt_getz(object, "kind")), "Pod");
    pt_buf_printf(all, "%.*s=%.*s ", PT_PRI(pt_text(pt_getz(pt_getz(object, "metadata"), "name"))),
                  PT_PRI(pt_text(pt_getz(object, "x"))));
    return PT_OK;
}

static int by_text(const void *a, const void *b) {
    return pt_str_cmp(*(const pt_str *)a, *(const pt_str *)b);
}

// "a=1 b=2", in order of names; "?": not listed yet.
static void look(bed *b, char *ret, size_t n) {
    PT_AUTO(pt_buf_done) pt_buf all = PT_BUF(4096);
    pt_str words[32];
    size_t count = 0;
    pt_err e = {0};
    snprintf(ret, n, "?");
    if (pt_mirror_visit(b->m, &pods, put_name, &all, &e))
        return;
    pt_str rest = pt_buf_str(&all);
    while (count < 32 && pt_str_word(&rest, &words[count]))
        count++;
    qsort(words, count, sizeof *words, by_text);
    ret[0] = '\0';
    for (size_t i = 0; i < count; i++)
        snprintf(ret + strlen(ret), n - strlen(ret), "%s%.*s", i ? " " : "", PT_PRI(words[i]));
}

static void wait_until_it_is(bed *b, const char *what) {
    char now[256];
    for (int i = 0; i < 1000; i++) {
        look(b, now, sizeof now);
        if (strcmp(now, what) == 0)
            return;
        pt_fake_sleep_ms(5);
    }
    assert_string_equal(now, what);
}

static void wait_for(atomic_int *n, int what) {
    for (int i = 0; i < 1000 && atomic_load(n) != what; i++)
        pt_fake_sleep_ms(5);
    assert_int_equal(atomic_load(n), what);
}

#define LIST(version, items)                                                                     \
    "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"" version "\"},\"items\":[" items \
    "]}"
#define POD(name, x)                                                                       \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"n\",\"resourceVersion\":\"50\"," \
    "\"managedFields\":[{}]},\"x\":\"" x "\"}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define GONE                EVENT("ERROR", "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}")

static void test_mirror_follows(void **state) {
    (void)state;
    static const step steps[] = {
        {"/api/v1/pods?limit=500", 200, LIST("10", POD("a", "1") "," POD("b", "1"))},
        {"&resourceVersion=10", 200,
         EVENT("ADDED", POD("c", "1")) EVENT("MODIFIED", POD("a", "2"))
             EVENT("DELETED", POD("b", "1"))
                 EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"60\"}}"),
         .hold = true},
        {"&resourceVersion=60", 200, EVENT("DELETED", POD("c", "1")), .hold = true},
    };
    bed b;
    start(&b, steps, PT_COUNT(steps));
    wait_until_it_is(&b, "a=2 c=1");
    assert_true(pt_mirror_synced(b.m));
    assert_int_equal(pt_mirror_version(b.m), 5);
    assert_true(pt_monotonic_ns() - pt_mirror_in_touch_ns(b.m) < 2 * PT_SECOND_NS);
    atomic_store(&b.released, 2); // ends as servers do: it goes on from where it was
    wait_until_it_is(&b, "a=2");
    assert_int_equal(pt_mirror_version(b.m), 6);
    wait_for(&b.changes, 3);
    assert_int_equal(b.troubles, 0);
    pt_cluster_kind other = pods;
    other.resource = PT_STR("nodes");
    pt_err e = {0};
    assert_int_equal(pt_mirror_visit(b.m, &other, put_name, NULL, &e), PT_E_USAGE);
    stop(&b);
}

static void test_mirror_too_old_is_listed_anew(void **state) {
    (void)state;
    static const step steps[] = {
        {"limit=500", 200, LIST("10", POD("a", "1") "," POD("b", "1") "," POD("c", "1"))},
        {"&resourceVersion=10", 200, GONE, .hold = true},
        {"limit=500", 200, LIST("20", POD("a", "1") "," POD("c", "2"))}, // b went unseen
        {"&resourceVersion=20", 410, "{\"kind\":\"Status\",\"code\":410}"},
        {"limit=500", 200, LIST("30", "")},
        {"&resourceVersion=30", 200, "", .hold = true},
    };
    bed b;
    start(&b, steps, PT_COUNT(steps));
    wait_until_it_is(&b, "");
    assert_int_equal(pt_mirror_version(b.m), 6); // 3, c and the sweep, the sweep
    wait_for(&b.changes, 3);
    assert_int_equal(b.troubles, 0);
    stop(&b);
}

// That a watch is open does not say that nothing happened.
static void test_mirror_open_watch_is_not_yet_fresh(void **state) {
    (void)state;
    static const step steps[] = {
        {"limit=500", 200, LIST("10", POD("a", "1"))},
        {"&resourceVersion=10", 500, ""},
        {"&resourceVersion=10", 200, "", .hold = true},
        {"&resourceVersion=10", 200,
         EVENT("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"60\"}}"), .hold = true},
    };
    bed b;
    start(&b, steps, PT_COUNT(steps));
    wait_for(&b.relieved, 1);
    int64_t listed = pt_mirror_in_touch_ns(b.m);
    assert_true(listed < atomic_load(&b.asked_ns[1]));
    atomic_store(&b.released, 3);
    for (int i = 0; i < 1000 && pt_mirror_in_touch_ns(b.m) == listed; i++)
        pt_fake_sleep_ms(5);
    assert_true(pt_mirror_in_touch_ns(b.m) > atomic_load(&b.asked_ns[2]));
    stop(&b);
}

static void test_mirror_unchanged_objects_are_no_change(void **state) {
    (void)state;
    static const step steps[] = {
        {"limit=500", 200, LIST("10", POD("a", "1"))},
        {"&resourceVersion=10", 200, GONE},
        {"limit=500", 200, LIST("20", POD("a", "1"))},
        {"&resourceVersion=20", 200, EVENT("ADDED", POD("b", "1")), .hold = true},
    };
    bed b;
    start(&b, steps, PT_COUNT(steps));
    wait_until_it_is(&b, "a=1 b=1");
    assert_int_equal(pt_mirror_version(b.m), 2);
    stop(&b);
}

static void test_mirror_comes_back_with_growing_pauses(void **state) {
    (void)state;
    static const step steps[] = {
        {"limit=500", 500, ""},
        {"limit=500", 200, LIST("10", POD("a", "1"))},
        {"&resourceVersion=10", 200, EVENT("ADDED", POD("b", "1")), .hold = true},
        {"&resourceVersion=50", 403, "{\"message\":\"no more\"}"},
        {"&resourceVersion=50", 500, ""},
        {"&resourceVersion=50", 200, "", .cut = true}, // libcurl itself asks again at once
        {"&resourceVersion=50", 503, ""},
        {"&resourceVersion=50", 500, ""},
        {"&resourceVersion=50", 200, EVENT("DELETED", POD("a", "1")), .hold = true},
    };
    bed b;
    start(&b, steps, PT_COUNT(steps));
    wait_until_it_is(&b, "a=1 b=1");
    wait_for(&b.troubles, 1);
    wait_for(&b.relieved, 1);
    assert_string_equal(b.e.what, "status 500");
    atomic_store(&b.released, 3);
    wait_for(&b.troubles, 2);
    assert_string_equal(b.e.what, "status 403: no more");
    wait_until_it_is(&b, "b=1");
    // Pauses of 20, 40, 80 … ms, each within a half of it.
    static const int64_t least_ms[] = {10, 20};
    for (int i = 0; i < 2; i++) {
        int64_t pause = atomic_load(&b.asked_ns[4 + i]) - atomic_load(&b.asked_ns[3 + i]);
        assert_true(pause / 1000000 >= least_ms[i]);
    }
    int64_t pause = atomic_load(&b.asked_ns[8]) - atomic_load(&b.asked_ns[7]);
    assert_true(pause / 1000000 >= 40); // the fourth failure in a row
    wait_for(&b.relieved, 2);
    assert_int_equal(b.troubles, 2);
    stop(&b);
}

static void test_mirror_ends_while_it_rests_or_is_refused(void **state) {
    (void)state;
    static const step steps[] = {{"limit=500", 429, ""}, {"limit=500", 401, ""}};
    for (size_t i = 0; i < 2; i++) {
        bed b;
        char now[16];
        start(&b, &steps[i], 1);
        pt_fake_sleep_ms(50);
        look(&b, now, sizeof now);
        assert_string_equal(now, "?");
        stop(&b);
    }
}

static void test_mirror_kinds_must_be_watchable(void **state) {
    (void)state;
    const pt_kubeconfig config = {.server = PT_STR("https://127.0.0.1:1")};
    pt_cluster_kind kind = pods;
    kind.watches = false;
    pt_mirror *m = NULL;
    pt_err e = {0};
    const pt_mirror_opts opts = {.config = &config, .kinds = &kind, .n_kinds = 1};
    assert_int_equal(pt_mirror_new(&m, &opts, &e), PT_E_USAGE);
    assert_string_equal(e.what, "pods cannot be listed and watched");
}

// -- kinds that come and go -----------------------------------------------------------------------

static const pt_cluster_kind services = {.version = PT_STR("v1"),
                                         .kind = PT_STR("Service"),
                                         .resource = PT_STR("services"),
                                         .namespaced = true,
                                         .lists = true,
                                         .watches = true};

typedef struct coming {
    pt_kubeconfig config;
    fake *f;
    pt_mirror *m;
    atomic_bool gone; // the server has no services
    atomic_int changes, troubles, relieved;
} coming;

static bool serve_kinds(fake_call *c) {
    coming *b = c->ctx;
    bool service = strstr(c->target, "/services") != NULL;
    if (service && atomic_load(&b->gone))
        return pt_fake_answer(c, 404, "", PT_STR("{\"kind\":\"Status\",\"code\":404}"));
    if (!is_watch(c))
        return pt_fake_json(c, service ? LIST("10", POD("s", "1")) : LIST("10", ""));
    pt_fake_begin(c);
    while (!pt_fake_stopping(c->server) && !(service && atomic_load(&b->gone)))
        pt_fake_sleep_ms(5);
    return pt_fake_end(c);
}

static void count_change(void *ctx, const pt_cluster_kind *k) {
    coming *b = ctx;
    if (pt_str_eqz(k->kind, "Service"))
        atomic_fetch_add(&b->changes, 1);
}

static void count_trouble(void *ctx, const pt_err *e) {
    coming *b = ctx;
    atomic_fetch_add(e ? &b->troubles : &b->relieved, 1);
}

static void come(coming *b) {
    *b = (coming){0};
    b->f = pt_fake_start(serve_kinds, b, &b->config);
    const pt_mirror_opts opts = {.config = &b->config,
                                 .kinds = &pods,
                                 .n_kinds = 1,
                                 .changed = count_change,
                                 .trouble = count_trouble,
                                 .ctx = b,
                                 .retry_ms = 20};
    pt_err e = {0};
    assert_int_equal(pt_mirror_new(&b->m, &opts, &e), PT_OK);
    assert_int_equal(pt_mirror_start(b->m, &e), PT_OK);
}

static pt_code count_object(void *ctx, pt_value object, pt_err *e) {
    (void)object;
    (void)e;
    ++*(int *)ctx;
    return PT_OK;
}

static void wait_until_synced(pt_mirror *m) {
    for (int i = 0; i < 1000 && !pt_mirror_synced(m); i++)
        pt_fake_sleep_ms(5);
    assert_true(pt_mirror_synced(m));
}

static void test_mirror_keeps_kinds_that_are_added_until_they_are_dropped(void **state) {
    (void)state;
    coming b;
    pt_err e = {0};
    int n = 0;
    come(&b);
    wait_until_synced(b.m);
    assert_true(pt_mirror_listed(b.m, &services)); // it is not kept
    assert_int_equal(pt_mirror_add(b.m, &b.config, &services, &e), PT_OK);
    assert_int_equal(pt_mirror_add(b.m, &b.config, &services, &e), PT_OK); // once
    wait_until_synced(b.m);
    assert_true(pt_mirror_listed(b.m, &services));
    assert_int_equal(pt_mirror_visit(b.m, &services, count_object, &n, &e), PT_OK);
    assert_int_equal(n, 1);
    pt_mirror_drop(b.m, &services);
    assert_int_equal(pt_mirror_visit(b.m, &services, count_object, &n, &e), PT_E_USAGE);
    assert_true(pt_mirror_synced(b.m));
    assert_int_equal(pt_mirror_add(b.m, &b.config, &services, &e), PT_OK); // and back again
    wait_until_synced(b.m);
    assert_int_equal(pt_mirror_visit(b.m, &services, count_object, &n, &e), PT_OK);
    assert_int_equal(n, 2);
    pt_cluster_kind other = services;
    other.watches = false;
    other.resource = PT_STR("nodes");
    assert_int_equal(pt_mirror_add(b.m, &b.config, &other, &e), PT_E_USAGE);
    pt_mirror_free(b.m);
    pt_fake_stop(b.f);
}

// First its owner is to look; if it is still asked for then, that is trouble, until it is dropped.
static void test_mirror_added_kind_that_goes_is_first_a_change(void **state) {
    (void)state;
    coming b;
    pt_err e = {0};
    int n = 0;
    come(&b);
    assert_int_equal(pt_mirror_add(b.m, &b.config, &services, &e), PT_OK);
    wait_until_synced(b.m);
    wait_for(&b.changes, 1);
    atomic_store(&b.gone, true);
    for (int i = 0; i < 1000 && atomic_load(&b.changes) < 2; i++)
        pt_fake_sleep_ms(5);
    assert_true(atomic_load(&b.changes) >= 2);
    wait_for(&b.troubles, 1);
    assert_true(pt_mirror_absent(b.m, &services));
    assert_false(pt_mirror_absent(b.m, &pods));
    // what was known stays
    assert_int_equal(pt_mirror_visit(b.m, &services, count_object, &n, &e), PT_OK);
    assert_int_equal(n, 1);
    pt_mirror_drop(b.m, &services);
    wait_for(&b.relieved, 1);
    pt_mirror_free(b.m);
    pt_fake_stop(b.f);
}

static void test_mirror_takes_so_many_kinds_and_no_more(void **state) {
    (void)state;
    coming b;
    pt_err e = {0};
    pt_arena a = {0};
    pt_code code = PT_OK;
    b = (coming){.config = {.server = PT_STR("https://127.0.0.1:1")}};
    const pt_mirror_opts opts = {.config = &b.config, .kinds = &pods, .n_kinds = 1};
    assert_int_equal(pt_mirror_new(&b.m, &opts, &e), PT_OK);
    const size_t n = PT_MIRROR_KINDS_MAX + 1;
    pt_cluster_kind *many = PT_NEW(&a, pt_cluster_kind, n);
    assert_non_null(many);
    for (size_t i = 0; i < n; i++) {
        many[i] = services;
        many[i].resource = pt_arena_printf(&a, "r%zu", i);
    }
    pt_mirror_free(b.m);
    const pt_mirror_opts all = {.config = &b.config, .kinds = many, .n_kinds = n};
    code = pt_mirror_new(&b.m, &all, &e);
    assert_int_equal(code, PT_E_LIMIT);
    pt_arena_done(&a);
}

// Against a plain array of flags, with few slots, so that runs are long.
static void test_mirror_store_puts_drops_and_sweeps(void **state) {
    (void)state;
    enum {
        NAMES = 300
    };
    bool there[NAMES] = {false};
    uint32_t x = 7;
    pt_arena a = {0};
    pt_mirror_store s = {.seed = 42};
    for (int i = 0; i < 20000; i++) {
        x = x * 1664525 + 1013904223;
        uint32_t name = (x >> 8) % NAMES;
        char text[96];
        snprintf(text, sizeof text, "{\"metadata\":{\"name\":\"o%u\",\"namespace\":\"n%u\"}}",
                 name / 2, name % 2);
        pt_value object;
        bool changed = false;
        pt_arena_clear(&a);
        assert_int_equal(pt_json_parse(&a, pt_str_of(text), NULL, &object, NULL), PT_OK);
        if (x >> 31) {
            assert_int_equal(pt_mirror_store_put(&s, &a, object, &changed, NULL), PT_OK);
            assert_int_equal(changed, !there[name]);
        } else {
            assert_int_equal(pt_mirror_store_drop(&s, object), there[name]);
        }
        there[name] = x >> 31;
    }
    size_t n = 0;
    for (size_t i = 0; i < NAMES; i++)
        n += there[i];
    assert_int_equal(s.n, n);
    size_t at = 0;
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF(1000);
    for (size_t i = 0; i <= n; i++) {
        assert_int_equal(pt_mirror_store_next(&s, &at, &text, NULL), PT_OK);
        assert_int_equal(text.n > 0, i < n);
    }
    s.round++;
    assert_int_equal(pt_mirror_store_sweep(&s), n);
    assert_int_equal(s.n, 0);
    pt_mirror_store_done(&s);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mirror_follows),
        cmocka_unit_test(test_mirror_too_old_is_listed_anew),
        cmocka_unit_test(test_mirror_open_watch_is_not_yet_fresh),
        cmocka_unit_test(test_mirror_unchanged_objects_are_no_change),
        cmocka_unit_test(test_mirror_comes_back_with_growing_pauses),
        cmocka_unit_test(test_mirror_ends_while_it_rests_or_is_refused),
        cmocka_unit_test(test_mirror_kinds_must_be_watchable),
        cmocka_unit_test(test_mirror_keeps_kinds_that_are_added_until_they_are_dropped),
        cmocka_unit_test(test_mirror_added_kind_that_goes_is_first_a_change),
        cmocka_unit_test(test_mirror_takes_so_many_kinds_and_no_more),
        cmocka_unit_test(test_mirror_store_puts_drops_and_sweeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
