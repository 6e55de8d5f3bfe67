#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/testing.h"
#include "fact/process.h"

static void test_process_zeroed_table_finds_nothing(void **state) {
    (void)state;
    assert_null(pt_process_find(NULL, 1));
    pt_processes *all = pt_processes_new(0);
    assert_null(pt_process_find(all, 1));
    pt_processes_sweep(all, UINT64_MAX);
    pt_processes_free(all);
    pt_processes_free(NULL);
}

static void test_process_texts_are_shared_until_they_are_set(void **state) {
    (void)state;
    pt_processes *all = pt_processes_new(0);
    pt_process *p = pt_process_add(all, 10, 1);
    char mine[] = "nginx";
    assert_true(pt_process_set(p, &p->comm, pt_str_of(mine)));
    assert_true(pt_process_set(p, &p->args, PT_STR("-c\0x\0")));
    mine[0] = 'X';
    assert_str(p->comm, "nginx");
    pt_process *child = pt_process_add(all, 11, 2);
    pt_process_inherit(child, p);
    pt_process_adopt(child, p);
    assert_ptr_equal(child->comm.p, p->comm.p);
    assert_int_equal(child->pid, 11);
    assert_int_equal(child->start_ns, 2);
    assert_true(pt_process_set(child, &child->comm, PT_STR("sh")));
    assert_str(p->comm, "nginx");
    assert_str(child->comm, "sh");
    assert_true(pt_process_set(child, &child->comm, child->comm)); // itself
    assert_str(child->comm, "sh");
    assert_true(pt_process_set(p, &p->args, (pt_str){0}));
    assert_int_equal(p->args.n, 0);
    assert_int_equal(child->args.n, 5);
    assert_ptr_equal(child->parent, p);
    pt_processes_free(all);
}

static void test_process_end_gives_children_to_the_heir(void **state) {
    (void)state;
    pt_processes *all = pt_processes_new(0);
    pt_process *init = pt_process_add(all, 1, 1), *p = pt_process_add(all, 10, 5);
    pt_process_adopt(p, init);
    pt_process *kids[3];
    for (uint32_t i = 0; i < 3; i++) {
        kids[i] = pt_process_add(all, 20 + i, 10 + i);
        kids[i]->ppid = 10;
        pt_process_adopt(kids[i], p);
    }
    assert_ptr_equal(pt_process_first_child(p), kids[2]);
    assert_ptr_equal(pt_process_next_child(kids[2]), kids[1]);
    p->end_ns = 50;
    pt_process_end(all, p, init);
    for (int i = 0; i < 3; i++) {
        assert_ptr_equal(kids[i]->parent, init);
        assert_int_equal(kids[i]->ppid, 1);
    }
    assert_true(p->dead);
    assert_ptr_equal(pt_process_find(all, 10), p); // last known
    pt_process_end(all, init, NULL);
    assert_null(kids[0]->parent);
    assert_int_equal(pt_processes_counted(all).live, 3);
    assert_int_equal(pt_processes_counted(all).dead, 2);
    pt_processes_free(all);
}

static void test_process_sweep_keeps_dead_parents_while_they_have_children(void **state) {
    (void)state;
    pt_processes *all = pt_processes_new(0);
    pt_process *p = pt_process_add(all, 10, 1);
    p->end_ns = 100;
    pt_process_end(all, p, NULL);
    // Its fork is told after its exit.
    pt_process *late = pt_process_add(all, 11, 2);
    pt_process_adopt(late, p);
    pt_processes_sweep(all, 100);
    assert_non_null(pt_process_find(all, 10)); // not before 100
    pt_processes_sweep(all, 101);
    assert_ptr_equal(pt_process_find(all, 10), p);
    assert_ptr_equal(late->parent, p);
    late->end_ns = 300;
    pt_process_end(all, late, NULL);
    pt_processes_sweep(all, 301);
    assert_null(pt_process_find(all, 11));
    pt_processes_sweep(all, 301);
    assert_null(pt_process_find(all, 10));
    assert_int_equal(pt_processes_counted(all).dead, 0);
    pt_processes_free(all);
}

static void test_process_replaced_one_is_readable_until_the_sweep(void **state) {
    (void)state;
    pt_processes *all = pt_processes_new(0);
    pt_process *init = pt_process_add(all, 1, 0), *old = pt_process_add(all, 10, 1);
    pt_process_adopt(old, init);
    assert_true(pt_process_set(old, &old->comm, PT_STR("old")));
    pt_process *child = pt_process_add(all, 12, 2);
    pt_process_adopt(child, old);
    pt_process *new = pt_process_add(all, 10, 9);
    assert_ptr_equal(pt_process_find(all, 10), new);
    assert_str(old->comm, "old");
    assert_ptr_equal(old->parent, init);
    assert_null(child->parent);
    // What is gone takes no children and has no parent to leave.
    pt_process_adopt(child, old);
    assert_null(child->parent);
    pt_process_adopt(old, NULL);
    pt_process_end(all, old, init);
    assert_null(pt_process_first_child(init));
    pt_processes_sweep(all, 0);
    assert_int_equal(pt_processes_counted(all).live, 3);
    pt_processes_free(all);
}

static void test_process_ancestors_never_go_in_a_circle(void **state) {
    (void)state;
    pt_processes *all = pt_processes_new(0);
    pt_process *a = pt_process_add(all, 10, 5), *b = pt_process_add(all, 11, 5),
               *c = pt_process_add(all, 9, 7);
    pt_process_adopt(b, a);
    assert_ptr_equal(b->parent, a);
    pt_process_adopt(a, b);
    assert_null(a->parent);
    pt_process_adopt(a, c);
    assert_null(a->parent);
    pt_process_adopt(c, c);
    assert_null(c->parent);
    pt_process_adopt(c, b);
    assert_ptr_equal(c->parent, b);
    pt_process_adopt(b, c);
    assert_null(b->parent);
    pt_processes_free(all);
}

static void test_process_full_table_evicts_dead_ones_first(void **state) {
    (void)state;
    pt_processes *all = pt_processes_new(3);
    pt_process *one = pt_process_add(all, 1, 1), *two = pt_process_add(all, 2, 2);
    (void)pt_process_add(all, 3, 3);
    two->end_ns = 5;
    pt_process_end(all, two, NULL);
    pt_process *four = pt_process_add(all, 4, 4);
    assert_null(pt_process_find(all, 2));
    assert_ptr_equal(pt_process_find(all, 1), one);
    pt_process *five = pt_process_add(all, 5, 5); // nobody is dead: the oldest goes
    assert_null(pt_process_find(all, 1));
    assert_int_equal(one->pid, 1); // still readable
    pt_process_adopt(five, four);
    // Again the pid of one that is there takes no room.
    assert_non_null(pt_process_add(all, 5, 6));
    assert_non_null(pt_process_find(all, 3));
    pt_processes_count n = pt_processes_counted(all);
    assert_int_equal(n.live, 3);
    assert_int_equal(n.evicted, 2);
    pt_processes_sweep(all, 0);
    pt_processes_free(all);
}

static void each(void *ctx, pt_process *p) {
    p->stale = true;
    ++*(size_t *)ctx;
}

// 262,144 processes that live and die, each the child of one before, in about the same time as a
// quarter of them four times.
static double churn_ms(uint32_t n, pt_processes *all) {
    struct timespec from, to;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (uint32_t i = 1; i <= n; i++) {
        pt_process *p = pt_process_add(all, i, i);
        assert_true(pt_process_set(p, &p->comm, PT_STR("worker")));
        pt_process_adopt(p, pt_process_get(all, i - 1));
        pt_processes_sweep(all, 0);
    }
    size_t seen = 0;
    pt_processes_each(all, each, &seen);
    assert_int_equal(seen, pt_processes_counted(all).live);
    for (uint32_t i = n; i >= 1; i--) {
        pt_process *p = pt_process_get(all, i);
        if (!p)
            continue;
        p->end_ns = 10 + n - i;
        pt_process_end(all, p, p->parent);
        pt_processes_sweep(all, 1);
    }
    pt_processes_sweep(all, UINT64_MAX);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
}

static void test_process_table_is_linear_at_its_largest(void **state) {
    (void)state;
    pt_processes *small = pt_processes_new(65536), *big = pt_processes_new(262144);
    double of_small = 0;
    for (int i = 0; i < 4; i++)
        of_small += churn_ms(65536, small);
    double of_big = churn_ms(262144, big);
    print_message("# 4 x 65536: %.0f ms, 262144: %.0f ms\n", of_small, of_big);
    assert_true(of_big < 8 * of_small + 100);
    assert_int_equal(pt_processes_counted(big).live + pt_processes_counted(big).dead, 0);
    pt_processes_free(small);
    pt_processes_free(big);
}

static void test_process_names_of_users(void **state) {
    (void)state;
    static const pt_id_name users[] = {{0, PT_STR("toor"), {0}, {0}},
                                       {7, PT_STR("lp"), {0}, {0}},
                                       {1000, PT_STR("ann"), {0}, {0}}};
    pt_container c = {.users = users, .n_users = 3};
    assert_str(pt_container_user(&c, 0), "toor");
    assert_str(pt_container_user(&c, 7), "lp");
    assert_str(pt_container_user(&c, 1000), "ann");
    assert_str(pt_container_user(&c, 8), "");
    assert_str(pt_container_user(&c, UINT32_MAX), "");
    assert_str(pt_container_group(&c, 0), "root");
    assert_str(pt_container_group(&c, 7), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_process_zeroed_table_finds_nothing),
        cmocka_unit_test(test_process_texts_are_shared_until_they_are_set),
        cmocka_unit_test(test_process_end_gives_children_to_the_heir),
        cmocka_unit_test(test_process_sweep_keeps_dead_parents_while_they_have_children),
        cmocka_unit_test(test_process_replaced_one_is_readable_until_the_sweep),
        cmocka_unit_test(test_process_ancestors_never_go_in_a_circle),
        cmocka_unit_test(test_process_full_table_evicts_dead_ones_first),
        cmocka_unit_test(test_process_table_is_linear_at_its_largest),
        cmocka_unit_test(test_process_names_of_users),
    };
    return cmocka_run_group_tests_name("fact_process", tests, NULL, NULL);
}
