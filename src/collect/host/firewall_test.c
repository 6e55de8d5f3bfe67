// Rulesets as nft prints them, in a world that plays a running machine.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/testing.h"
#include "collect/host/host.h"
#include "collect/world.h"
#include "value/json.h"

typedef struct bench {
    pt_real_world real;
    char root[64];
    pt_arena a;
} bench;

static void put(const bench *b, const char *path, const char *content) {
    char full[256];
    snprintf(full, sizeof full, "%s/%s", b->root, path);
    FILE *f = fopen(full, "we");
    assert_non_null(f);
    assert_true(fputs(content, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    char dir[128];
    snprintf(b->root, sizeof b->root, "/tmp/pt-fw-XXXXXX");
    assert_non_null(mkdtemp(b->root));
    snprintf(dir, sizeof dir, "%s/proc", b->root);
    assert_int_equal(mkdir(dir, 0755), 0);
    snprintf(dir, sizeof dir, "%s/proc/net", b->root);
    assert_int_equal(mkdir(dir, 0755), 0);
    put(b, "proc/net/tcp", "");
    put(b, "proc/net/if_inet6", "00000000000000000000000000000001 01 80 10 80 lo\n");
    assert_int_equal(pt_real_world_open(&b->real, b->root, NULL), PT_OK);
    b->real.world.live = true;
    *state = b;
    return 0;
}

static int tear_down(void **state) {
    static const char *const paths[] = {
        "proc/net/tcp", "proc/net/if_inet6", "proc/net/ip_tables_names", "proc/net", "proc", ""};
    bench *b = *state;
    for (size_t i = 0; i < PT_COUNT(paths); i++) {
        char full[256];
        snprintf(full, sizeof full, "%s/%s", b->root, paths[i]);
        remove(full);
    }
    pt_real_world_done(&b->real);
    pt_arena_done(&b->a);
    free(b);
    return 0;
}

static pt_fact ask(bench *b, const char *items) {
    pt_str name = PT_STR("firewall");
    pt_subject host = {0};
    if (items)
        b->real.world.ruleset = pt_arena_printf(&b->a, "{\"nftables\": [%s]}", items);
    pt_host_collect(&b->real.world, &b->a, &name, 1, &host);
    return pt_facts_get(&host.facts, name);
}

#define CHAIN(family, table, name, more)                                                   \
    "{\"chain\": {\"family\": \"" family "\", \"table\": \"" table "\", \"name\": \"" name \
    "\"" more "}}"
#define RULE(family, table, chain, expr)                                                    \
    "{\"rule\": {\"family\": \"" family "\", \"table\": \"" table "\", \"chain\": \"" chain \
    "\", \"expr\": [" expr "]}}"
#define INPUT(policy) \
    ", \"type\": \"filter\", \"hook\": \"input\", \"prio\": 0, \"policy\": \"" policy "\""
#define MATCH(field, right)                                                                  \
    "{\"match\": {\"op\": \"==\", \"left\": {\"payload\": {\"protocol\": \"x\", \"field\": " \
    "\"" field "\"}}, \"right\": " right "}}"
#define ALL(family, zero)                                                           \
    "{\"match\": {\"op\": \"==\", \"left\": {\"payload\": {\"protocol\": \"" family \
    "\", \"field\": \"saddr\"}}, \"right\": {\"prefix\": {\"addr\": \"" zero "\", \"len\": 0}}}}"
#define DROP           "{\"drop\": null}"
#define TO(how, chain) "{\"" how "\": {\"target\": \"" chain "\"}}"
#define COUNTER        "{\"counter\": {\"packets\": 0, \"bytes\": 0}}"

typedef struct input_case {
    const char *items, *ip, *ip6;
} input_case;

static void check_inputs(bench *b, const input_case *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        pt_fact f = ask(b, cases[i].items);
        assert_int_equal(f.state, PT_KNOWN);
        assert_true(pt_str_eqz(pt_text(pt_getz(f.value, "ip")), cases[i].ip));
        assert_true(pt_str_eqz(pt_text(pt_getz(f.value, "ip6")), cases[i].ip6));
    }
}

static void test_firewall_input_is_what_the_last_word_says(void **state) {
    static const input_case cases[] = {
        {"", "none", "none"},
        {CHAIN("inet", "filter", "input", INPUT("drop")), "drop", "drop"},
        {CHAIN("ip", "filter", "INPUT", INPUT("drop")), "drop", "none"},
        {CHAIN("ip", "filter", "INPUT", INPUT("accept")), "accept", "none"},
        // firewalld: an accepting policy, and a last rule that rejects all
        {CHAIN("inet", "firewalld", "in", INPUT("accept")) "," RULE(
             "inet", "firewalld", "in",
             MATCH("dport",
                   "22") ", {\"accept\": null}") "," RULE("inet", "firewalld", "in",
                                                          COUNTER
                                                          ", {\"reject\": {\"type\": \"icmpx\"}}"),
         "drop", "drop"},
        // the last rule is for some packets only, or of another chain
        {CHAIN("inet", "f", "in", INPUT("accept")) "," RULE(
             "inet", "f", "in", MATCH("dport", "23") ", {\"drop\": null}"),
         "accept", "accept"},
        {CHAIN("inet", "f", "in", INPUT("accept")) "," RULE("inet", "g", "in", "{\"drop\": null}"),
         "accept", "accept"},
        {CHAIN("inet", "f", "in", INPUT("accept")) "," RULE(
             "inet", "f", "in",
             "{\"xt\": {\"type\": \"match\", \"name\": \"conntrack\"}}, {\"drop\": null}"),
         "accept", "accept"},
        {CHAIN("inet", "f", "fwd",
               ", \"type\": \"filter\", \"hook\": \"forward\", \"prio\": 0, \"policy\": \"drop\""),
         "none", "none"},
    };
    bench *b = *state;
    check_inputs(b, cases, PT_COUNT(cases));
    put(b, "proc/net/if_inet6", "");
    assert_true(pt_str_eqz(pt_text(pt_getz(ask(b, "").value, "ip6")), "off"));
}

static void test_firewall_rules_for_all_decide_wherever_they_stand(void **state) {
    static const input_case cases[] = {
        // what lets all in, whatever the policy
        {CHAIN("inet", "f", "in", INPUT("drop")) "," RULE("inet", "f", "in",
                                                          COUNTER ", {\"accept\": null}"),
         "accept", "accept"},
        {CHAIN("inet", "f", "in", INPUT("drop")) "," RULE(
             "inet", "f", "in", ALL("ip", "0.0.0.0") ", {\"accept\": null}") "," RULE("inet", "f",
                                                                                      "in", DROP),
         "accept", "drop"},
        {CHAIN("inet", "f", "in", INPUT("drop")) "," RULE(
             "inet", "f", "in", MATCH("dport", "22") ", {\"accept\": null}"),
         "drop", "drop"},
        {CHAIN("inet", "f", "in", INPUT("drop")) "," RULE("inet", "f", "in", "{\"queue\": null}"),
         "accept", "accept"},
        // jumps: to the end, and back
        {CHAIN("inet", "f", "in", INPUT("drop")) "," CHAIN("inet", "f", "end", "") "," RULE(
             "inet", "f", "in", TO("goto", "end")) "," RULE("inet", "f", "end",
                                                            "{\"accept\": null}"),
         "accept", "accept"},
        {CHAIN("inet", "f", "in", INPUT("accept")) "," CHAIN("inet", "f", "end", "") "," RULE(
             "inet", "f", "in", TO("jump", "end")) "," RULE("inet", "f", "end", DROP),
         "drop", "drop"},
        {CHAIN("inet", "f", "in", INPUT("accept")) "," CHAIN("inet", "f", "end", "") "," RULE(
             "inet", "f", "in", TO("jump", "end")) "," RULE("inet", "f", "in", DROP),
         "drop", "drop"},
        {CHAIN("inet", "f", "in", INPUT("accept")) "," CHAIN("inet", "f", "end", "") "," RULE(
             "inet", "f", "in", TO("goto", "end")) "," RULE("inet", "f", "in", DROP),
         "accept", "accept"},
        {CHAIN("inet", "f", "in", INPUT("accept")) "," CHAIN("inet", "g", "end", "") "," RULE(
             "inet", "f", "in", TO("jump", "end")) "," RULE("inet", "g", "end", DROP),
         "accept", "accept"},
        // a circle, which no kernel takes
        {CHAIN("inet", "f", "in", INPUT("drop")) "," RULE("inet", "f", "in",
                                                          TO("jump", "in") "," TO("jump", "in")),
         "accept", "accept"},
    };
    check_inputs(*state, cases, PT_COUNT(cases));
}

#define DNAT      "{\"xt\": {\"type\": \"target\", \"name\": \"DNAT\"}}"
#define PUBLISHED RULE("ip", "nat", "DOCKER", MATCH("dport", "8080") ", " COUNTER ", " DNAT)
#define USER      CHAIN("ip", "filter", "DOCKER-USER", "")

static void test_firewall_published_ports_and_their_guard(void **state) {
    static const struct {
        const char *items, *port, *guard;
    } cases[] = {
        {PUBLISHED, "port 8080", ""},
        {RULE("ip", "nat", "DOCKER",
              MATCH("daddr", "\"127.0.0.1\"") "," MATCH("dport", "1") "," DNAT),
         "", ""},
        {RULE("ip", "nat", "DOCKER",
              MATCH("daddr", "\"192.0.2.1\"") "," MATCH("dport", "1") "," DNAT),
         "192.0.2.1:1", ""},
        {RULE("ip", "docker-bridges", "nat",
              MATCH("dport", "80") ", {\"dnat\": {\"addr\": \"172.17.0.2\"}}"),
         "port 80", ""},
        {PUBLISHED "," USER "," RULE("ip", "filter", "DOCKER-USER", "{\"return\": null}"),
         "port 8080", ""},
        {PUBLISHED "," USER "," RULE("ip", "filter", "DOCKER-USER",
                                     MATCH("saddr", "\"x\"") ", {\"drop\": null}"),
         "port 8080", "filter DOCKER-USER"},
        {PUBLISHED
         "," CHAIN("inet", "mine", "before",
                   ", \"type\": \"filter\", \"hook\": \"prerouting\", \"prio\": -150, \"policy\": "
                   "\"accept\"") "," RULE("inet", "mine", "before", "{\"drop\": null}"),
         "port 8080", "mine before"},
        // behind Docker's own chain, or not in the way at all
        {PUBLISHED "," CHAIN(
             "inet", "mine", "after",
             ", \"type\": \"filter\", \"hook\": \"forward\", \"prio\": 10, \"policy\": \"drop\""),
         "port 8080", ""},
        {PUBLISHED "," CHAIN("inet", "f", "in", INPUT("drop")), "port 8080", ""},
    };
    bench *b = *state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_fact f = ask(b, cases[i].items);
        assert_int_equal(f.state, PT_KNOWN);
        assert_true(pt_str_eqz(pt_text(pt_at(pt_getz(f.value, "published"), 0)), cases[i].port));
        assert_true(pt_str_eqz(pt_text(pt_getz(f.value, "guard")), cases[i].guard));
    }
}

static void test_firewall_that_is_not_seen_is_unknown(void **state) {
    bench *b = *state;
    b->real.world.ruleset_why = PT_STR("only root may");
    pt_fact f = ask(b, NULL);
    assert_int_equal(f.state, PT_UNKNOWN);
    assert_true(pt_str_eqz(f.reason, "only root may"));
    put(b, "proc/net/ip_tables_names", "filter\n");
    f = ask(b, CHAIN("inet", "filter", "input", INPUT("drop")));
    assert_int_equal(f.state, PT_UNKNOWN);
    assert_true(pt_str_has(f.reason, PT_STR("iptables-legacy")));
    put(b, "proc/net/ip_tables_names", "\n");
    assert_int_equal(ask(b, "").state, PT_KNOWN);
    b->real.world.ruleset = PT_STR("table inet filter {");
    assert_int_equal(ask(b, NULL).state, PT_UNKNOWN);
    b->real.world.ruleset = PT_STR("{\"nftables\": 1}");
    assert_int_equal(ask(b, NULL).state, PT_UNKNOWN);
    b->real.world.live = false;
    assert_int_equal(ask(b, "").state, PT_UNKNOWN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_firewall_input_is_what_the_last_word_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_firewall_rules_for_all_decide_wherever_they_stand,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_firewall_published_ports_and_their_guard, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_firewall_that_is_not_seen_is_unknown, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests_name("collect_host_firewall", tests, NULL, NULL);
}
