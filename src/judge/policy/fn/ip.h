// IP addresses and networks as Go's net and net/netip have them: IPv4 within IPv6 (::ffff:1.2.3.4)
// is IPv4, no leading zeros, no zones.
#pragma once

#include "base/str.h"

typedef struct pt_ip {
    uint8_t b[16];
    uint8_t n; // 4 or 16
} pt_ip;

typedef struct pt_ip_net {
    pt_ip ip;
    unsigned bits; // of the prefix
} pt_ip_net;

bool pt_ip_read(pt_str s, pt_ip *ret);
bool pt_ip_read_net(pt_str s, pt_ip_net *ret); // its `ip` is masked

#define PT_IP_ROOM 40
pt_str pt_ip_text(const pt_ip *ip, char room[PT_IP_ROOM]); // RFC 5952

// Set the bits behind the prefix to those of `fill` (0 or 0xff).
void pt_ip_mask(pt_ip *ip, unsigned bits, uint8_t fill);
void pt_ip_step(pt_ip *ip, int by); // by 1 or -1; wraps
bool pt_ip_is(const pt_ip *ip, uint8_t every_byte);
int pt_ip_cmp(const pt_ip *a, const pt_ip *b); // as 16 bytes, IPv4 within IPv6
bool pt_ip_within(const pt_ip_net *net, const pt_ip *ip);
