// The packet filter, as `nft -j list ruleset` printed it before rights were dropped
// (libnftables-json(5)). iptables-nft's rules are in it; those of iptables-legacy are not.
#include "collect/host/provider.h"
#include "value/json.h"

enum {
    PRIORITY_DOCKER = 0 // of Docker's forward chain: what drops before it comes first
};

typedef struct ruleset {
    const pt_host_ask *q;
    pt_value items; // [{"chain": {…}}, {"rule": {…}}, …]
} ruleset;

// The object of one kind at `i`, or undefined.
static pt_value item(const ruleset *s, size_t i, const char *kind) {
    return pt_getz(pt_at(s->items, i), kind);
}

static bool is(pt_value object, const char *key, const char *text) {
    return pt_str_eqz(pt_text(pt_getz(object, key)), text);
}

static bool same(pt_value a, pt_value b, const char *key) {
    return pt_str_eq(pt_text(pt_getz(a, key)), pt_text(pt_getz(b, key)));
}

// -- rules ----------------------------------------------------------------------------------------

// Does a statement of the rule say `verdict`? (iptables' REJECT and DNAT come as {"xt": …}.)
static bool says(pt_value rule, const char *verdict, const char *target) {
    pt_value expr = pt_getz(rule, "expr");
    for (size_t i = 0; i < pt_len(expr); i++) {
        pt_value statement = pt_at(expr, i);
        if (pt_defined(pt_getz(statement, verdict)) ||
            (target && is(pt_getz(statement, "xt"), "name", target)))
            return true;
    }
    return false;
}

static bool refuses(pt_value rule) {
    return says(rule, "drop", "DROP") || says(rule, "reject", "REJECT");
}

// Only counters and logs before its verdict: it holds for every packet.
static bool for_all(pt_value rule) {
    pt_value expr = pt_getz(rule, "expr");
    for (size_t i = 0; i < pt_len(expr); i++) {
        pt_value s = pt_at(expr, i);
        bool matches = pt_defined(pt_getz(s, "match")) || is(pt_getz(s, "xt"), "type", "match") ||
                       pt_defined(pt_getz(s, "limit"));
        if (matches)
            return false;
    }
    return true;
}

static bool in_chain(pt_value rule, pt_value chain) {
    return same(rule, chain, "family") && same(rule, chain, "table") &&
           pt_str_eq(pt_text(pt_getz(rule, "chain")), pt_text(pt_getz(chain, "name")));
}

static pt_value last_rule(const ruleset *s, pt_value chain) {
    pt_value last = pt_undefined();
    for (size_t i = 0; i < pt_len(s->items); i++) {
        pt_value rule = item(s, i, "rule");
        if (pt_defined(rule) && in_chain(rule, chain))
            last = rule;
    }
    return last;
}

// -- what comes in --------------------------------------------------------------------------------

static bool covers(pt_value chain, const char *family) {
    return is(chain, "family", family) || is(chain, "family", "inet");
}

// "drop", "accept", or "none": what becomes of a packet of this family to the host that no rule
// lets in. One chain that refuses is enough: all are asked.
static const char *input_of(const ruleset *s, const char *family) {
    const char *found = "none";
    for (size_t i = 0; i < pt_len(s->items); i++) {
        pt_value chain = item(s, i, "chain");
        if (!is(chain, "hook", "input") || !covers(chain, family))
            continue;
        pt_value last = last_rule(s, chain);
        if (is(chain, "policy", "drop") || (pt_defined(last) && for_all(last) && refuses(last)))
            return "drop";
        found = "accept";
    }
    return found;
}

// -- published ports ------------------------------------------------------------------------------

// Docker's own tables and chains: "nat/DOCKER" of iptables, "docker-bridges" of nftables (29+).
static bool is_dockers(pt_value rule) {
    return is(rule, "chain", "DOCKER") ||
           pt_str_starts(pt_text(pt_getz(rule, "table")), PT_STR("docker-"));
}

// What a match on `field` of a header compares with; undefined: the rule has none.
static pt_value matched(pt_value rule, const char *field) {
    pt_value expr = pt_getz(rule, "expr");
    for (size_t i = 0; i < pt_len(expr); i++) {
        pt_value match = pt_getz(pt_at(expr, i), "match");
        pt_value payload = pt_getz(pt_getz(match, "left"), "payload");
        if (is(match, "op", "==") && is(payload, "field", field))
            return pt_getz(match, "right");
    }
    return pt_undefined();
}

static bool is_loopback(pt_value address) {
    pt_str text = pt_text(address);
    return pt_str_starts(text, PT_STR("127.")) || pt_str_eqz(text, "::1");
}

static pt_value port_word(const ruleset *s, pt_value rule) {
    pt_value port = matched(rule, "dport");
    pt_value address = matched(rule, "daddr");
    int64_t n = 0;
    pt_str to = pt_text(address);
    if (!pt_to_int(port, &n))
        return pt_string(PT_STR("some ports"));
    return pt_string(to.n ? pt_arena_printf(s->q->a, "%.*s:%lld", PT_PRI(to), (long long)n)
                          : pt_arena_printf(s->q->a, "port %lld", (long long)n));
}

// ["port 8080", …]: what Docker hands on to containers from other machines.
static pt_value published(const ruleset *s) {
    pt_list l = {.a = s->q->a};
    for (size_t i = 0; i < pt_len(s->items); i++) {
        pt_value rule = item(s, i, "rule");
        if (pt_defined(rule) && is_dockers(rule) && says(rule, "dnat", "DNAT") &&
            !is_loopback(matched(rule, "daddr")))
            pt_list_add(&l, port_word(s, rule));
    }
    return pt_list_end(&l);
}

// A chain that Docker calls for others' rules, or one of their own that comes before Docker's.
static bool guards(pt_value chain) {
    int64_t priority = 0;
    if (is(chain, "name", "DOCKER-USER"))
        return true;
    bool hooked = is(chain, "hook", "forward") || is(chain, "hook", "prerouting");
    bool early = pt_to_int(pt_getz(chain, "prio"), &priority) && priority < PRIORITY_DOCKER;
    return hooked && early && is(chain, "type", "filter");
}

// "DOCKER-USER drops": who refuses before published ports; undefined: nobody. A jump from there may
// refuse further on: it is taken for a guard, because somebody put it there.
static pt_value guard(const ruleset *s) {
    for (size_t i = 0; i < pt_len(s->items); i++) {
        pt_value chain = item(s, i, "chain");
        if (!pt_defined(chain) || !guards(chain))
            continue;
        bool refused = is(chain, "policy", "drop");
        for (size_t k = 0; k < pt_len(s->items) && !refused; k++) {
            pt_value rule = item(s, k, "rule");
            refused = pt_defined(rule) && in_chain(rule, chain) &&
                      (refuses(rule) || says(rule, "jump", NULL) || says(rule, "goto", NULL));
        }
        if (refused)
            return pt_string(pt_arena_printf(s->q->a, "%.*s %.*s",
                                             PT_PRI(pt_text(pt_getz(chain, "table"))),
                                             PT_PRI(pt_text(pt_getz(chain, "name")))));
    }
    return pt_undefined();
}

// -- the fact -------------------------------------------------------------------------------------

// Tables of iptables-legacy, which nft does not show. Absent: none.
static pt_fact legacy(const pt_host_ask *q) {
    static const char *const paths[] = {"/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"};
    for (size_t i = 0; i < PT_COUNT(paths); i++) {
        pt_fact f = pt_host_text(q, paths[i], "/proc/net/tcp");
        if (f.state == PT_UNKNOWN)
            return f;
        if (f.state == PT_KNOWN && pt_str_trim(pt_text(f.value)).n)
            return pt_fact_unknown(
                PT_STR("rules of iptables-legacy are loaded, which nft does not show"),
                PT_STR("update-alternatives --set iptables /usr/sbin/iptables-nft"));
    }
    return pt_fact_absent(PT_STR("no legacy tables"));
}

pt_fact pt_host_firewall(const pt_host_ask *q) {
    if (!q->w->live)
        return pt_host_not_live(q, "the packet filter");
    if (!q->w->ruleset.n)
        return pt_fact_unknown(q->w->ruleset_why, q->w->ruleset_remedy);
    pt_fact old = legacy(q);
    if (old.state == PT_UNKNOWN)
        return old;
    pt_value v;
    if (pt_json_parse(q->a, q->w->ruleset, NULL, &v, NULL) ||
        pt_tag_of(pt_getz(v, "nftables")) != PT_ARRAY)
        return pt_fact_unknown(PT_STR("nft -j list ruleset: no JSON"), (pt_str){0});
    pt_fact six = pt_host_text(q, "/proc/net/if_inet6", "/proc/net/tcp"); // a kernel without IPv6
    if (six.state == PT_UNKNOWN)
        return six;
    ruleset s = {q, pt_getz(v, "nftables")};
    pt_obj o = {.a = q->a};
    pt_obj_set(&o, "ip", pt_stringz(input_of(&s, "ip")));
    pt_obj_set(&o, "ip6",
               pt_stringz(pt_str_trim(pt_text(six.value)).n ? input_of(&s, "ip6") : "off"));
    pt_obj_set(&o, "published", published(&s));
    pt_obj_maybe(&o, "guard", guard(&s));
    pt_value out = pt_obj_end(&o);
    return pt_defined(out) ? pt_fact_known(out, PT_STR("nft -j list ruleset"))
                           : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}
