// Listening sockets of this network namespace: /proc/net/tcp, tcp6, udp, udp6 (proc(5)), and whose
// they are: /proc/PID/fd links to "socket:[INODE]".
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/host/provider.h"

enum {
    TCP_LISTEN = 0x0a,
    UDP_UNCONNECTED = 0x07,
    OWNERS_MAX = 3, // of one socket, as far as they are shown
};

typedef struct listening {
    pt_str where;  // "0.0.0.0:2375", "[::]:4789/udp"
    int64_t inode; // 0: a socket of the kernel's own
    pt_str owner[OWNERS_MAX];
    size_t owners;
} listening;

typedef struct search {
    const pt_host_ask *q;
    PT_VEC(listening) found;
} search;

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

typedef struct table {
    const char *path, *witness, *suffix;
    int64_t state; // of a socket that takes what comes
} table;

// "  0: 00000000:0947 00000000:0000 0A tx:rx tr:when retrnsmt uid timeout inode …" to
// "0.0.0.0:2375"; false for a socket that does not listen, or not on a port in question.
static bool listener(const pt_host_ask *q, const table *t, pt_str line, listening *ret) {
    pt_str field[10];
    int64_t port;
    int64_t code;
    char text[INET6_ADDRSTRLEN];
    for (size_t i = 0; i < PT_COUNT(field); i++)
        if (!pt_str_word(&line, &field[i]))
            return false;
    if (!pt_str_int(field[3], 16, &code) || code != t->state)
        return false;
    size_t colon = pt_str_find(field[1], ':');
    if (!pt_str_int(pt_str_sub(field[1], colon + 1, field[1].n), 16, &port) ||
        !address(pt_str_sub(field[1], 0, colon), text))
        return false;
    char word[32];
    snprintf(word, sizeof word, "%lld%s", (long long)port, t->suffix);
    *ret = (listening){0};
    if (!pt_str_in_list(pt_str_of(word), q->arg, ',') || !pt_str_int(field[9], 10, &ret->inode))
        return false;
    bool v6 = strchr(text, ':') != NULL;
    ret->where = pt_arena_printf(q->a, "%s%s%s:%s", v6 ? "[" : "", text, v6 ? "]" : "", word);
    return true;
}

static pt_fact add_file(search *s, const table *t) {
    pt_fact f = pt_host_text(s->q, t->path, t->witness);
    pt_str rest = pt_text(f.value);
    pt_str line;
    listening one;
    while (f.state == PT_KNOWN && pt_str_split(&rest, '\n', &line)) {
        if (!listener(s->q, t, line, &one))
            continue;
        listening *slot = PT_PUSH(s->q->a, &s->found);
        if (!slot)
            return pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
        *slot = one;
    }
    return f;
}

// -- owners ---------------------------------------------------------------------------------------

static void add_owner(listening *l, pt_str comm) {
    for (size_t i = 0; i < l->owners; i++)
        if (pt_str_eq(l->owner[i], comm))
            return;
    if (l->owners < OWNERS_MAX)
        l->owner[l->owners++] = comm;
}

// A link of /proc/PID/fd: whose socket is it? The program's name is read for a socket in question.
static void match_link(search *s, pt_str pid, pt_str link) {
    int64_t inode;
    if (!pt_str_starts(link, PT_STR("socket:[")) ||
        !pt_str_int(pt_str_sub(link, 8, link.n - 1), 10, &inode))
        return;
    for (size_t i = 0; i < s->found.n; i++) {
        if (s->found.v[i].inode != inode)
            continue;
        pt_str path = pt_arena_printf(s->q->a, "/proc/%.*s/comm", PT_PRI(pid));
        pt_str comm = pt_str_trim(pt_text(pt_host_text(s->q, path.p, NULL).value));
        if (comm.n)
            add_owner(&s->found.v[i], comm);
    }
}

// The open files of one process. One that may not be asked, or has ended, owns nothing that is
// known: the socket is judged all the same.
static void look_into(search *s, pt_str pid) {
    pt_str path = pt_arena_printf(s->q->a, "/proc/%.*s/fd", PT_PRI(pid));
    int fd = path.p ? s->q->w->open(s->q->w, path.p, O_RDONLY | O_DIRECTORY) : -ENOMEM;
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        pt_fd_close(&fd);
        return;
    }
    struct dirent *entry;
    char link[64]; // what is longer is a file's path
    while ((entry = readdir(d)) != NULL) {
        ssize_t n = readlinkat(fd, entry->d_name, link, sizeof link);
        if (n > 0)
            match_link(s, pid, (pt_str){link, (size_t)n});
    }
    closedir(d);
}

static void find_owners(search *s) {
    pt_fact pids = pt_world_list(s->q->w, s->q->a, "/proc", "/proc");
    for (size_t i = 0; i < pt_len(pids.value); i++) {
        int64_t number;
        pt_str pid = pt_text(pt_at(pids.value, i));
        if (pt_str_int(pid, 10, &number))
            look_into(s, pid);
    }
}

// "0.0.0.0:2375 systemd+dockerd"
static pt_value shown(const pt_host_ask *q, const listening *l) {
    if (!l->owners)
        return pt_string(pt_arena_printf(q->a, "%.*s %s", PT_PRI(l->where),
                                         l->inode ? "(owner unknown)" : "(the kernel)"));
    pt_str s = l->where;
    for (size_t i = 0; i < l->owners; i++)
        s = pt_arena_printf(q->a, "%.*s%s%.*s", PT_PRI(s), i ? "+" : " ", PT_PRI(l->owner[i]));
    return pt_string(s);
}

// listeners/2375,4789/udp: the sockets that listen on these ports, by address, with their owners.
pt_fact pt_host_listeners(const pt_host_ask *q) {
    // A kernel without IPv6 has no files of it.
    static const table tables[] = {
        {"/proc/net/tcp", "/proc/net/tcp", "", TCP_LISTEN},
        {"/proc/net/tcp6", "/proc/net/tcp", "", TCP_LISTEN},
        {"/proc/net/udp", "/proc/net/udp", "/udp", UDP_UNCONNECTED},
        {"/proc/net/udp6", "/proc/net/udp", "/udp", UDP_UNCONNECTED},
    };
    if (!q->w->live)
        return pt_host_not_live(q, "a listening socket");
    bool udp = pt_str_has(q->arg, PT_STR("/udp"));
    search s = {.q = q};
    for (size_t i = 0; i < (udp ? PT_COUNT(tables) : 2); i++) {
        pt_fact f = add_file(&s, &tables[i]);
        if (f.state == PT_UNKNOWN)
            return f;
    }
    if (s.found.n)
        find_owners(&s);
    pt_list l = {.a = q->a};
    for (size_t i = 0; i < s.found.n; i++)
        pt_list_add(&l, shown(q, &s.found.v[i]));
    pt_value v = pt_list_end(&l);
    return pt_defined(v) ? pt_fact_known(v, PT_STR("/proc/net/tcp"))
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}
