// The right side of a comparison, read as the left side's type wants it.
#include <arpa/inet.h>
#include <string.h>

#include "judge/falco/match/match_impl.h"

// -- numbers --------------------------------------------------------------------------------------
static int digit_of(char c) {
    char low = (char)(c | 0x20);
    if (c >= '0' && c <= '9')
        return c - '0';
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

static bool magnitude(pt_str digits, uint64_t base, uint64_t *ret) {
    *ret = 0;
    for (size_t i = 0; i < digits.n; i++) {
        int digit = digit_of(digits.p[i]);
        if (digit < 0 || (uint64_t)digit >= base || __builtin_mul_overflow(*ret, base, ret) ||
            __builtin_add_overflow(*ret, (uint64_t)digit, ret))
            return false;
    }
    return digits.n;
}

// Decimal, or hexadecimal behind 0x; the width is the field's.
static bool number(pt_str s, int8_t bits, int64_t *ret) {
    bool is_signed = bits < 0;
    unsigned width = (unsigned)(is_signed ? -bits : bits);
    bool minus = s.n && s.p[0] == '-';
    pt_str digits = pt_str_sub(s, minus ? 1 : 0, s.n);
    bool hex = pt_str_starts(digits, PT_STR("0x")) || pt_str_starts(digits, PT_STR("0X"));
    uint64_t n;
    if ((minus && !is_signed) ||
        !magnitude(pt_str_sub(digits, hex ? 2 : 0, digits.n), hex ? 16 : 10, &n))
        return false;
    *ret = (int64_t)(minus ? 0 - n : n);
    if (is_signed)
        return n <= (UINT64_C(1) << (width - 1)) - 1 + minus;
    return width == 0 || width == 64 || n < UINT64_C(1) << width;
}

// -- ports ----------------------------------------------------------------------------------------
// The services that rules name; a host's own table is not asked: the judge looks at nothing.
static const struct {
    const char *name;
    uint16_t port;
} services[] = {
    {"ftp-data", 20},     {"ftp", 21},          {"ssh", 22},        {"telnet", 23},
    {"smtp", 25},         {"time", 37},         {"whois", 43},      {"tacacs", 49},
    {"domain", 53},       {"bootps", 67},       {"bootpc", 68},     {"tftp", 69},
    {"gopher", 70},       {"finger", 79},       {"http", 80},       {"www", 80},
    {"kerberos", 88},     {"pop3", 110},        {"sunrpc", 111},    {"auth", 113},
    {"sftp", 115},        {"nntp", 119},        {"ntp", 123},       {"netbios-ns", 137},
    {"netbios-dgm", 138}, {"netbios-ssn", 139}, {"imap", 143},      {"imap2", 143},
    {"snmp", 161},        {"snmp-trap", 162},   {"xdmcp", 177},     {"bgp", 179},
    {"irc", 194},         {"ldap", 389},        {"https", 443},     {"microsoft-ds", 445},
    {"kpasswd", 464},     {"submission", 587},  {"syslog", 514},    {"shell", 514},
    {"exec", 512},        {"login", 513},       {"printer", 515},   {"ldaps", 636},
    {"ftps", 990},        {"telnets", 992},     {"imaps", 993},     {"pop3s", 995},
    {"socks", 1080},      {"openvpn", 1194},    {"ms-sql-s", 1433}, {"ms-sql-m", 1434},
    {"radius", 1812},     {"nfs", 2049},        {"mysql", 3306},    {"postgresql", 5432},
    {"amqp", 5672},       {"x11", 6000},        {"redis", 6379},    {"http-alt", 8080},
};

static bool port(pt_str s, int64_t *ret) {
    if (number(s, 16, ret))
        return true;
    for (size_t i = 0; i < PT_COUNT(services); i++)
        if (pt_str_eqz(s, services[i].name)) {
            *ret = services[i].port;
            return true;
        }
    return false;
}

// -- addresses ------------------------------------------------------------------------------------
static bool address(pt_arena *a, pt_str s, pt_str *ret) {
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    size_t n = 0;
    if (s.n >= sizeof text || !s.n)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    if (inet_pton(AF_INET, text, bytes) == 1)
        n = 4;
    else if (inet_pton(AF_INET6, text, bytes) == 1)
        n = 16;
    *ret = n ? pt_arena_str(a, (pt_str){(const char *)bytes, n}) : (pt_str){0};
    return n;
}

static bool net(pt_arena *a, pt_str s, pt_operand *ret) {
    size_t slash = pt_str_find(s, '/');
    pt_str ip;
    int64_t prefix;
    if (slash == s.n || !address(a, pt_str_sub(s, 0, slash), &ip) ||
        !pt_str_int(pt_str_sub(s, slash + 1, s.n), 10, &prefix) || prefix < 0 ||
        prefix > (int64_t)ip.n * 8)
        return false;
    char *p = pt_arena_take(a, ip.n);
    for (size_t i = 0; p && i < ip.n; i++) {
        int64_t kept = prefix - 8 * (int64_t)i;
        unsigned mask = kept >= 8 ? 0xff : kept <= 0 ? 0 : 0xff00u >> kept & 0xff;
        p[i] = (char)((unsigned char)ip.p[i] & mask);
    }
    ret->v.text = (pt_str){p, p ? ip.n : 0};
    ret->prefix = (uint8_t)prefix;
    return true;
}

// -- buffers --------------------------------------------------------------------------------------
static bool hexadecimal(pt_arena *a, pt_str s, pt_str *ret) {
    char *p = pt_arena_take(a, s.n / 2);
    if (s.n % 2 || !s.n || !p)
        return false;
    for (size_t i = 0; i < s.n; i += 2) {
        int high = digit_of(s.p[i]);
        int low = digit_of(s.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        p[i / 2] = (char)(high << 4 | low);
    }
    *ret = (pt_str){p, s.n / 2};
    return true;
}

// How it failed, as the field's own messages say it: what stands before and behind the text.
static const char *const complaints[][2] = {
    [PT_FALCO_STRING] = {"", " cannot be compared"},
    [PT_FALCO_NUMBER] = {"", " is not a valid number"},
    [PT_FALCO_BOOL] = {"filter error: unrecognized boolean value '", "'; it is true or false"},
    [PT_FALCO_BUFFER] = {"'", "' is not an even number of hexadecimal digits"},
    [PT_FALCO_ADDRESS] = {"unrecognized IP address '", "'"},
    [PT_FALCO_NET] = {"unrecognized IP network '", "'"},
    [PT_FALCO_PORT] = {"unrecognized protocol '", "'"},
};
static_assert(PT_COUNT(complaints) == PT_FALCO_PORT + 1, "a row each");

static bool truth(pt_str s, int64_t *ret) {
    *ret = pt_str_eqz(s, "true");
    return *ret || pt_str_eqz(s, "false");
}

static bool read(pt_arena *a, const pt_ref *left, pt_filter_op op, pt_str text, pt_operand *ret) {
    switch (left->type) {
    case PT_FALCO_NUMBER:
        return number(text, left->bits, &ret->v.number);
    case PT_FALCO_BOOL:
        return truth(text, &ret->v.number);
    case PT_FALCO_PORT:
        return port(text, &ret->v.number);
    case PT_FALCO_ADDRESS:
        return address(a, text, &ret->v.text);
    case PT_FALCO_NET:
        return net(a, text, ret);
    case PT_FALCO_BUFFER:
        if (op == PT_FILTER_BCONTAINS || op == PT_FILTER_BSTARTSWITH)
            return hexadecimal(a, text, &ret->v.text);
        break;
    case PT_FALCO_STRING:
        break;
    }
    ret->v.text = text;
    return true;
}

pt_code pt_literal(pt_arena *a, const pt_ref *left, pt_filter_op op, pt_str text, pt_operand *ret,
                   pt_err *e) {
    if (read(a, left, op, text, ret))
        return PT_OK;
    return pt_err_set(e, PT_E_FORMAT, "%s%.*s%s", complaints[left->type][0], PT_PRI(text),
                      complaints[left->type][1]);
}
