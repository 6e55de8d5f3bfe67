// net.*: IP addresses and networks, as Go's package net reads and prints them.
#include <stdlib.h>
#include <string.h>

#include "judge/policy/fn/aid.h"
#include "judge/policy/fn/ip.h"
#include "judge/policy/network.h"

// Addresses that net.cidr_expand gives at most.
#define EXPAND_MAX ((size_t)1 << 20)

static bool read_net(pt_call *c, pt_value v, pt_ip_net *ret) {
    if (pt_tag_of(v) != PT_STRING) { // "operand 1" for every operand, as OPA has it
        pt_call_fault(c, PT_FAULT_TYPE, "operand 1 must be string but got %s",
                      pt_tag_name(pt_tag_of(v)));
        return false;
    }
    if (pt_ip_read_net(pt_text(v), ret))
        return true;
    pt_call_fault(c, PT_FAULT_BUILTIN, "invalid CIDR address: %.*s", PT_PRI(pt_text(v)));
    return false;
}

static pt_value net_cidr_intersects(pt_call *c, const pt_value *args) {
    pt_ip_net a;
    pt_ip_net b;
    if (!read_net(c, args[0], &a) || !read_net(c, args[1], &b))
        return pt_undefined();
    return pt_bool(pt_ip_within(&a, &b.ip) || pt_ip_within(&b, &a.ip));
}

static pt_value net_cidr_contains(pt_call *c, const pt_value *args) {
    pt_ip_net a;
    pt_ip_net b;
    if (!read_net(c, args[0], &a))
        return pt_undefined();
    if (pt_tag_of(args[1]) != PT_STRING)
        return pt_call_fault(c, PT_FAULT_TYPE, "operand 1 must be string but got %s",
                             pt_tag_name(pt_tag_of(args[1])));
    pt_str text = pt_text(args[1]);
    pt_ip ip;
    if (pt_ip_read(text, &ip))
        return pt_bool(pt_ip_within(&a, &ip));
    if (!pt_ip_read_net(text, &b))
        return pt_call_fault(c, PT_FAULT_BUILTIN,
                             "not a valid textual representation of an IP address or CIDR: %.*s",
                             PT_PRI(text));
    return pt_bool(b.bits >= a.bits && pt_ip_within(&a, &b.ip));
}

static pt_value net_cidr_is_valid(pt_call *c, const pt_value *args) {
    PT_IGNORE(c == NULL); // no fault: anything may be asked about
    pt_ip_net n;
    return pt_bool(pt_tag_of(args[0]) == PT_STRING && pt_ip_read_net(pt_text(args[0]), &n));
}

static pt_value net_cidr_expand(pt_call *c, const pt_value *args) {
    pt_ip_net n;
    if (!read_net(c, args[0], &n))
        return pt_undefined();
    unsigned host = (unsigned)n.ip.n * 8 - n.bits;
    if (host > 20)
        return pt_call_fault(c, PT_FAULT_LIMIT, "the network has more than %zu addresses",
                             EXPAND_MAX);
    size_t count = (size_t)1 << host;
    pt_value *items = PT_NEW(c->arena, pt_value, count);
    if (!items)
        return pt_call_full(c);
    for (size_t i = 0; i < count; i++) {
        if (i % 1024 == 1023 && pt_call_stop(c))
            return pt_undefined();
        char room[PT_IP_ROOM];
        items[i] = pt_string(pt_arena_str(c->arena, pt_ip_text(&n.ip, room)));
        if (!items[i].s)
            return pt_call_full(c);
        pt_ip_step(&n.ip, 1);
    }
    return pt_call_made(c, pt_set_of(c->arena, items, count));
}

// -- matches --------------------------------------------------------------------------------------

// The i-th thing of an operand: what is compared, and what the answer calls it.
static bool item_at(pt_call *c, unsigned pos, pt_value v, size_t i, pt_value ret[2]) {
    if (pt_tag_of(v) == PT_STRING) {
        ret[0] = ret[1] = v;
        return true;
    }
    bool object = pt_tag_of(v) == PT_OBJECT;
    pt_value item = object ? pt_val_at(v, i) : pt_at(v, i);
    ret[1] = object ? pt_key_at(v, i) : pt_tag_of(v) == PT_SET ? item : pt_int((int64_t)i);
    ret[0] = pt_tag_of(item) == PT_ARRAY ? pt_at(item, 0) : item;
    if (pt_tag_of(item) == PT_STRING || (pt_tag_of(item) == PT_ARRAY && pt_len(item)))
        return true;
    pt_call_fault(c, PT_FAULT_BUILTIN, "operand %u: element must be string or non-empty array",
                  pos);
    return false;
}

static size_t items_of(pt_value v) {
    return pt_tag_of(v) == PT_STRING ? 1 : pt_len(v);
}

static pt_value net_cidr_contains_matches(pt_call *c, const pt_value *args) {
    PT_VEC(pt_value) found = {0};
    for (size_t i = 0; i < items_of(args[0]); i++) {
        pt_value x[2];
        pt_value y[2];
        if (!item_at(c, 1, args[0], i, x))
            return pt_undefined();
        for (size_t j = 0; j < items_of(args[1]); j++) {
            if (pt_call_stop(c) || !item_at(c, 2, args[1], j, y))
                return pt_undefined();
            pt_value in = net_cidr_contains(c, (const pt_value[]){x[0], y[0]});
            if (!pt_defined(in))
                return in;
            if (!pt_true(in))
                continue;
            pt_value *p = PT_PUSH(c->arena, &found);
            if (!p)
                return pt_call_full(c);
            *p = pt_array_of(c->arena, (const pt_value[]){x[1], y[1]}, 2);
            if (!pt_defined(*p))
                return pt_call_full(c);
        }
    }
    return pt_call_made(c, pt_set_of(c->arena, found.v, found.n));
}

// -- merging --------------------------------------------------------------------------------------

// A range of addresses of one family; `net` while it is one network as it was given.
typedef struct range {
    pt_ip first, last;
    pt_ip_net net;
    bool whole;
} range;

static bool read_range(pt_call *c, pt_value v, range *ret) {
    pt_ip ip;
    if (pt_tag_of(v) != PT_STRING)
        return pt_defined(pt_call_fault(c, PT_FAULT_BUILTIN, "element must be string"));
    if (pt_ip_read(pt_text(v), &ip)) {
        if (ip.n != 4)
            return pt_defined(
                pt_call_fault(c, PT_FAULT_BUILTIN, "IPv6 invalid: needs prefix length"));
        unsigned bits = ip.b[0] < 128 ? 8 : ip.b[0] < 192 ? 16 : 24; // the mask of its class
        ret->net = (pt_ip_net){ip, bits};
    } else if (!read_net(c, v, &ret->net)) {
        return false;
    }
    ret->first = ret->last = ret->net.ip;
    pt_ip_mask(&ret->first, ret->net.bits, 0);
    pt_ip_mask(&ret->last, ret->net.bits, 0xff);
    ret->whole = true;
    return true;
}

static int by_last(const void *x, const void *y) {
    const range *a = x;
    const range *b = y;
    int d = pt_ip_cmp(&a->last, &b->last);
    return d ? d : pt_ip_cmp(&a->first, &b->first);
}

// Does `b`, which ends no earlier, touch or overlap `a`?
static bool joins(const range *a, const range *b) {
    if (a->last.n != b->first.n)
        return false;
    pt_ip before = b->first;
    if (!pt_ip_is(&before, 0))
        pt_ip_step(&before, -1);
    return pt_ip_cmp(&before, &a->last) <= 0;
}

static bool add_net(pt_call *c, pt_list *l, const pt_ip_net *n) {
    char room[PT_IP_ROOM];
    pt_str ip = pt_ip_text(&n->ip, room);
    pt_str text = pt_arena_printf(c->arena, "%.*s/%u", PT_PRI(ip), n->bits);
    if (!text.p)
        return pt_defined(pt_call_full(c));
    pt_list_add(l, pt_string(text));
    return true;
}

// The fewest networks that make up a range.
static bool add_range(pt_call *c, pt_list *l, const range *r) {
    if (r->whole)
        return add_net(c, l, &r->net);
    for (pt_ip at = r->first;;) {
        pt_ip_net n = {at, (unsigned)at.n * 8};
        pt_ip end = at;
        while (n.bits > 0) { // widen while it stays aligned and inside
            pt_ip from = at;
            pt_ip to = at;
            pt_ip_mask(&from, n.bits - 1, 0);
            pt_ip_mask(&to, n.bits - 1, 0xff);
            if (pt_ip_cmp(&from, &at) != 0 || pt_ip_cmp(&to, &r->last) > 0)
                break;
            n.bits--;
            end = to;
        }
        if (!add_net(c, l, &n))
            return false;
        if (pt_ip_cmp(&end, &r->last) >= 0)
            return true;
        at = end;
        pt_ip_step(&at, 1);
    }
}

static pt_value net_cidr_merge(pt_call *c, const pt_value *args) {
    size_t n = pt_len(args[0]);
    if (pt_tag_of(args[0]) != PT_ARRAY && pt_tag_of(args[0]) != PT_SET)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "operand must be an array");
    range *v = PT_NEW(c->arena, range, n + 1);
    if (!v)
        return pt_call_full(c);
    for (size_t i = 0; i < n; i++)
        if (!read_range(c, pt_at(args[0], i), &v[i]))
            return pt_undefined();
    qsort(v, n, sizeof *v, by_last);
    pt_list l = {.a = c->arena};
    for (size_t i = n; i-- > 0;) {
        if (i > 0 && joins(&v[i - 1], &v[i])) { // the range before takes it in
            if (pt_ip_cmp(&v[i].first, &v[i - 1].first) < 0)
                v[i - 1].first = v[i].first;
            v[i - 1].last = v[i].last;
            v[i - 1].whole = false;
        } else if (!add_range(c, &l, &v[i])) {
            return pt_undefined();
        }
    }
    return l.full ? pt_call_full(c) : pt_call_made(c, pt_set_of(c->arena, l.items.v, l.items.n));
}

// -- names ----------------------------------------------------------------------------------------

static pt_value net_lookup_ip_addr(pt_call *c, const pt_value *args) {
    pt_str name = pt_text(args[0]);
    const pt_net *net = c->world ? c->world->net : NULL;
    pt_list l = {.a = c->arena};
    pt_str why = {0};
    pt_net_end end = net ? net->lookup(net->context, c, name, &l, &why) : PT_NET_REFUSED;
    if (c->fault || pt_call_stop(c))
        return pt_undefined();
    if (end == PT_NET_REFUSED)
        return pt_call_fault(c, PT_FAULT_END, "disallowed host: %.*s", PT_PRI(name));
    if (end != PT_NET_ANSWERED)
        return pt_call_fault(c, PT_FAULT_BUILTIN, "lookup %.*s: %.*s", PT_PRI(name), PT_PRI(why));
    return l.full ? pt_call_full(c) : pt_call_made(c, pt_set_of(c->arena, l.items.v, l.items.n));
}

#define ITEM "any<string, array[any]>"
#define MANY "any<string, array[" ITEM "], object[string: " ITEM "], set[" ITEM "]>"
static const pt_fn fns[] = {
    {"net.cidr_contains",
     "(cidr: string, cidr_or_ip: string) => result: boolean",
     net_cidr_contains,
     2,
     0,
     {0, 0}},
    {"net.cidr_contains_matches",
     "(cidrs: " MANY ", cidrs_or_ips: " MANY ") => output: set[array<any, any>]",
     net_cidr_contains_matches,
     2,
     0,
     {0, 0}},
    {"net.cidr_expand", "(cidr: string) => hosts: set[string]", net_cidr_expand, 1, 0, {STR}},
    {"net.cidr_intersects",
     "(cidr1: string, cidr2: string) => result: boolean",
     net_cidr_intersects,
     2,
     0,
     {0, 0}},
    {"net.cidr_is_valid", "(cidr: string) => result: boolean", net_cidr_is_valid, 1, 0, {0}},
    {"net.cidr_merge",
     "(addrs: any<array[any<string>], set[string]>) => output: set[string]",
     net_cidr_merge,
     1,
     0,
     {0}},
    {"net.cidr_overlap",
     "(string, string) => boolean",
     net_cidr_contains,
     2,
     PT_FN_DEPRECATED,
     {0, 0}},
    {"net.lookup_ip_addr",
     "(name: string) => addrs: set[string]",
     net_lookup_ip_addr,
     1,
     PT_FN_VARIES,
     {STR}},
};
const pt_fn_family pt_fn_net = PT_FN_FAMILY(fns);
