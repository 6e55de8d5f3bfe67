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

static bool in_chain(pt_value rule, pt_value chain) {
    return same(rule, chain, "family") && same(rule, chain, "table") &&
           pt_str_eq(pt_text(pt_getz(rule, "chain")), pt_text(pt_getz(chain, "name")));
}

// -- what comes in --------------------------------------------------------------------------------

static bool covers(pt_value chain, const char *family) {
    return is(chain, "family", family) || is(chain, "family", "inet");
}

// What a chain does with a packet that no narrower rule catches.
typedef enum word {
    FALLS, // through: its policy counts, or what comes behind the jump
    REFUSES,
    ACCEPTS, // or that cannot be told
} word;

enum {
    DEPTH_MAX = 8,
    CHAINS_MAX = 1000 // that are looked through: jumps may multiply
};

typedef struct path {
    const ruleset *s;
    const char *family; // of the packet
    pt_value chain;
    unsigned depth;
    unsigned *looked;
} path;

// "ip saddr 0.0.0.0/0", "meta nfproto ipv4", "iifname *": it holds for every packet of the family.
static bool matches_all(pt_value match, const char *family) {
    pt_value left = pt_getz(match, "left");
    pt_value right = pt_getz(match, "right");
    pt_value payload = pt_getz(left, "payload");
    pt_value meta = pt_getz(left, "meta");
    int64_t len = -1;
    if (!is(match, "op", "=="))
        return false;
    if (is(payload, "protocol", family) &&
        (is(payload, "field", "saddr") || is(payload, "field", "daddr")))
        return pt_to_int(pt_getz(pt_getz(right, "prefix"), "len"), &len) && len == 0;
    if (is(meta, "key", "nfproto"))
        return pt_str_eqz(pt_text(right), family[2] ? "ipv6" : "ipv4");
    return is(meta, "key", "iifname") && pt_str_eqz(pt_text(right), "*");
}

// Statements that let every packet pass on to the next one, and verdicts.
static bool narrows(pt_value statement, const char *family) {
    static const char *const others[] = {"counter", "log",    "accept", "drop",
                                         "reject",  "jump",   "goto",   "last",
                                         "return",  "mangle", "queue",  "notrack"};
    pt_value xt = pt_getz(statement, "xt");
    pt_value match = pt_getz(statement, "match");
    if (pt_defined(match))
        return !matches_all(match, family);
    if (pt_defined(xt))
        return !is(xt, "type", "target") && !is(xt, "name", "REJECT") && !is(xt, "name", "DROP");
    for (size_t i = 0; i < PT_COUNT(others); i++)
        if (pt_tag_of(statement) == PT_OBJECT && pt_defined(pt_getz(statement, others[i])))
            return false;
    return true;
}

// Nothing before its verdict leaves packets out.
static bool for_all(pt_value rule, const char *family) {
    pt_value expr = pt_getz(rule, "expr");
    for (size_t i = 0; i < pt_len(expr); i++)
        if (narrows(pt_at(expr, i), family))
            return false;
    return true;
}

// Where the rule jumps or goes to; undefined: nowhere.
static pt_value target(const ruleset *s, pt_value rule, const char *how) {
    pt_value expr = pt_getz(rule, "expr");
    pt_str name = {0};
    for (size_t i = 0; i < pt_len(expr); i++) {
        pt_value to = pt_getz(pt_getz(pt_at(expr, i), how), "target");
        if (pt_defined(to))
            name = pt_text(to);
    }
    for (size_t i = 0; name.n && i < pt_len(s->items); i++) {
        pt_value chain = item(s, i, "chain");
        if (pt_defined(chain) && same(chain, rule, "family") && same(chain, rule, "table") &&
            pt_str_eq(pt_text(pt_getz(chain, "name")), name))
            return chain;
    }
    return pt_undefined();
}

static word word_of(const path *p);

// What a rule for all does. *ret_ends: nothing behind it in its chain is asked.
// NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX
static word follow(const path *p, pt_value rule, bool *ret_ends) {
    *ret_ends = true;
    if (refuses(rule))
        return REFUSES;
    if (says(rule, "accept", "ACCEPT") || says(rule, "queue", "NFQUEUE"))
        return ACCEPTS;
    if (says(rule, "return", NULL))
        return FALLS;
    bool leaves = says(rule, "goto", NULL);
    path next = *p;
    next.chain = target(p->s, rule, leaves ? "goto" : "jump");
    next.depth++;
    word found = pt_defined(next.chain) ? word_of(&next) : FALLS;
    *ret_ends = leaves || found != FALLS;
    return found;
}

static word word_of(const path *p) { // NOLINT(misc-no-recursion): DEPTH_MAX
    if (p->depth > DEPTH_MAX || ++*p->looked > CHAINS_MAX)
        return ACCEPTS;
    for (size_t i = 0; i < pt_len(p->s->items); i++) {
        pt_value rule = item(p->s, i, "rule");
        bool ends = false;
        if (!pt_defined(rule) || !in_chain(rule, p->chain) || !for_all(rule, p->family))
            continue;
        word found = follow(p, rule, &ends);
        if (ends)
            return found;
    }
    return FALLS;
}

// "drop", "accept", or "none": what becomes of a packet of this family to the host that no rule
// lets in. One chain that refuses is enough: all are asked.
static const char *input_of(const ruleset *s, const char *family) {
    const char *found = "none";
    for (size_t i = 0; i < pt_len(s->items); i++) {
        pt_value chain = item(s, i, "chain");
        unsigned looked = 0;
        if (!is(chain, "hook", "input") || !covers(chain, family))
            continue;
        word said = word_of(&(path){s, family, chain, 0, &looked});
        if (said == REFUSES || (said == FALLS && is(chain, "policy", "drop")))
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
                PT_STR("tables of iptables-legacy are loaded, which nft does not show; whether "
                       "they hold rules only iptables-legacy-save tells"),
                PT_STR(
                    "iptables-legacy-save; ip6tables-legacy-save  # what is there, to move to nft\n"
                    "iptables-legacy -F; iptables-legacy -t nat -F  # with every -P ACCEPT first\n"
                    "rmmod iptable_filter iptable_nat iptable_mangle iptable_raw "
                    "ip6table_filter ip6table_nat ip6table_mangle ip6table_raw"));
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
