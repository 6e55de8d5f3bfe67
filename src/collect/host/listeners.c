// Listening TCP sockets of this network namespace: /proc/net/tcp and tcp6 (proc(5)).
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/provider.h"

enum {
    TCP_LISTEN = 0x0a
};

// "0100007F" or 32 digits: words of 32 bits, each in the byte order of the machine.
static bool address(pt_str hex, char out[INET6_ADDRSTRLEN]) {
    uint32_t word[4];
    size_t n = hex.n / 8;
    if (n * 8 != hex.n || (n != 1 && n != 4))
        return false;
    for (size_t i = 0; i < n; i++) {
        int64_t v;
        if (!pt_str_int(pt_str_sub(hex, i * 8, i * 8 + 8), 16, &v))
            return false;
        word[i] = (uint32_t)v;
    }
    return inet_ntop(n == 1 ? AF_INET : AF_INET6, word, out, INET6_ADDRSTRLEN) != NULL;
}

// "  0: 00000000:0947 00000000:0000 0A …" to "0.0.0.0:2375"; false for a socket that does not
// listen.
static bool listener(pt_str line, pt_arena *a, pt_str *ret) {
    pt_str slot;
    pt_str local;
    pt_str remote;
    pt_str state;
    int64_t port;
    int64_t code;
    char text[INET6_ADDRSTRLEN];
    if (!pt_str_word(&line, &slot) || !pt_str_word(&line, &local) || !pt_str_word(&line, &remote) ||
        !pt_str_word(&line, &state) || !pt_str_int(state, 16, &code) || code != TCP_LISTEN)
        return false;
    size_t colon = pt_str_find(local, ':');
    if (!pt_str_int(pt_str_sub(local, colon + 1, local.n), 16, &port) ||
        !address(pt_str_sub(local, 0, colon), text))
        return false;
    bool v6 = strchr(text, ':') != NULL;
    *ret = pt_arena_printf(a, "%s%s%s:%lld", v6 ? "[" : "", text, v6 ? "]" : "", (long long)port);
    return true;
}

static pt_fact add_file(const pt_host_ask *q, const char *path, const char *witness, pt_list *l) {
    pt_fact f = pt_host_text(q, path, witness);
    pt_str rest = pt_text(f.value);
    pt_str line;
    pt_str one;
    while (f.state == PT_KNOWN && pt_str_split(&rest, '\n', &line))
        if (listener(line, q->a, &one))
            pt_list_add(l, pt_string(one));
    return f;
}

pt_fact pt_host_listeners(const pt_host_ask *q) {
    if (!q->w->live)
        return pt_host_not_live(q, "a listening socket");
    pt_list l = {.a = q->a};
    pt_fact v4 = add_file(q, "/proc/net/tcp", "/proc/net/tcp", &l);
    pt_fact v6 =
        add_file(q, "/proc/net/tcp6", "/proc/net/tcp", &l); // a kernel without IPv6 has none
    if (v4.state != PT_KNOWN || v6.state == PT_UNKNOWN)
        return v4.state != PT_KNOWN ? v4 : v6;
    return pt_fact_known(pt_list_end(&l), PT_STR("/proc/net/tcp"));
}
