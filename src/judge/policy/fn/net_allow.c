// Which hosts, and which addresses behind their names, a policy may reach.
#include <string.h>

#include "judge/policy/fn/ip.h"
#include "judge/policy/network.h"

// Networks that are not the public Internet: IANA's special-purpose registries (RFC 6890), and what
// clouds answer instances at. IPv6 is public within 2000::/3 only, but for these.
static const struct {
    const char *net;
} CLOSED[] = {
    {"0.0.0.0/8"},        // this network
    {"10.0.0.0/8"},       // private
    {"100.64.0.0/10"},    // shared by a provider's customers; Alibaba's metadata
    {"127.0.0.0/8"},      // this machine
    {"168.63.129.16/32"}, // Azure's host
    {"169.254.0.0/16"},   // the link; metadata of most clouds
    {"172.16.0.0/12"},    // private
    {"192.0.0.0/24"},     // protocols; Oracle's metadata
    {"192.0.2.0/24"},     // documentation
    {"192.88.99.0/24"},   // relays to IPv6
    {"192.168.0.0/16"},   // private
    {"198.18.0.0/15"},    // measurements
    {"198.51.100.0/24"},  // documentation
    {"203.0.113.0/24"},   // documentation
    {"224.0.0.0/3"},      // many receivers; reserved; everyone
    {"2001::/23"},        // protocols, with Teredo, which holds IPv4
    {"2001:db8::/32"},    // documentation
    {"2002::/16"},        // 6to4, which holds IPv4
    {"3fff::/20"},        // documentation
};

static bool within(const char *net, const pt_ip *ip) {
    pt_ip_net n;
    return pt_ip_read_net(pt_str_of(net), &n) && n.ip.n == ip->n && pt_ip_within(&n, ip);
}

static bool is_public(const pt_ip *ip) {
    pt_ip four = {.n = 4};
    if (ip->n == 16 && within("64:ff9b::/96", ip)) { // NAT64: the last 32 bits are where it leads
        memcpy(four.b, ip->b + 12, 4);
        ip = &four;
    }
    if (ip->n == 16 && !within("2000::/3", ip))
        return false;
    for (size_t i = 0; i < PT_COUNT(CLOSED); i++)
        if (within(CLOSED[i].net, ip))
            return false;
    return true;
}

static bool is_loopback(const pt_ip *ip) {
    return ip->n == 4 ? within("127.0.0.0/8", ip) : within("::1/128", ip);
}

static bool names(const pt_net_allow *l, pt_str host, bool literal, uint16_t port) {
    for (size_t i = 0; i < l->n; i++) {
        const pt_net_place *p = &l->v[i];
        if (p->literal == literal && pt_str_eq(p->host, host) && (!p->port || p->port == port))
            return true;
    }
    return false;
}

bool pt_net_allows(const pt_net_allow *l, const pt_net_url *u) {
    return names(l, u->host, u->literal, u->port);
}

bool pt_net_allows_name(const pt_net_allow *l, pt_str name) {
    for (size_t i = 0; i < l->n; i++)
        if (pt_str_eq(l->v[i].host, name))
            return true;
    return false;
}

bool pt_net_allows_address(const pt_net_allow *l, const pt_net_url *u, pt_str address) {
    char room[PT_IP_ROOM];
    pt_ip ip;
    if (!pt_ip_read(address, &ip))
        return false;
    pt_str text = pt_ip_text(&ip, room);
    if (u->literal)
        return pt_str_eq(u->host, text);
    if (pt_str_eqz(u->host, "localhost"))
        return is_loopback(&ip);
    return is_public(&ip) || names(l, text, true, u->port);
}
