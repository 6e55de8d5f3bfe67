// What a descriptor stands for, as text.
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "fact/event_impl.h"

static const struct {
    const char *name;
    char letter;
} types[PT_FILE_TYPES] = {
    [PT_FILE_REGULAR] = {"file", 'f'},
    [PT_FILE_DIRECTORY] = {"directory", 'd'},
    [PT_FILE_IPV4] = {"ipv4", '4'},
    [PT_FILE_IPV6] = {"ipv6", '6'},
    [PT_FILE_UNIX] = {"unix", 'u'},
    [PT_FILE_PIPE] = {"pipe", 'p'},
    [PT_FILE_EVENT] = {"event", 'e'},
    [PT_FILE_SIGNALFD] = {"signalfd", 's'},
    [PT_FILE_EVENTPOLL] = {"eventpoll", 'l'},
    [PT_FILE_INOTIFY] = {"inotify", 'i'},
    [PT_FILE_TIMER] = {"timerfd", 't'},
    [PT_FILE_NETLINK] = {"netlink", 'n'},
    [PT_FILE_BPF] = {"bpf", 'b'},
    [PT_FILE_USERFAULT] = {"userfaultfd", 'u'},
    [PT_FILE_IO_URING] = {"io_uring", 'r'},
    [PT_FILE_MEMFD] = {"memfd", 'm'},
    [PT_FILE_PIDFD] = {"pidfd", 'P'},
    [PT_FILE_PACKET] = {"unknown",
                        '?'}, // no type of its own upstream: its letter is that of all else
};

const char *pt_file_type_name(pt_file_type t) {
    return t < PT_FILE_TYPES ? types[t].name : NULL;
}

char pt_file_type_char(pt_file_type t) {
    if (t >= PT_FILE_TYPES)
        return '\0';
    return types[t].letter;
}

static bool is_inet(const pt_file_ref *f) {
    return f->type == PT_FILE_IPV4 || f->type == PT_FILE_IPV6;
}

char pt_file_protocol_char(const pt_file_ref *f) {
    if (!is_inet(f))
        return '\0';
    switch (f->protocol) {
    case IPPROTO_TCP:
        return 't';
    case IPPROTO_UDP:
        return 'u';
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        return 'i';
    case IPPROTO_RAW:
        return 'r';
    default:
        return '\0';
    }
}

// An address with its port, if its protocol has ports ("" for what is not known).
static void end_text(char *to, size_t n, const pt_endpoint *end, bool ports) {
    char ip[INET6_ADDRSTRLEN] = "";
    if (!inet_ntop(end->v6 ? AF_INET6 : AF_INET, end->ip, ip, sizeof ip))
        ip[0] = '\0';
    if (ports)
        snprintf(to, n, "%s:%u", ip, (unsigned)end->port);
    else
        snprintf(to, n, "%s", ip);
}

static pt_str inet_name(pt_arena *a, const pt_file_ref *f) {
    bool ports = f->protocol == IPPROTO_TCP || f->protocol == IPPROTO_UDP;
    char local[64];
    char remote[64];
    end_text(local, sizeof local, &f->local, ports);
    end_text(remote, sizeof remote, &f->remote, ports);
    if (!f->local.known && !f->remote.known)
        return (pt_str){0};
    if (!f->remote.known)
        return pt_arena_str(a, pt_str_of(local));
    if (!f->local.known)
        return pt_arena_str(a, pt_str_of(remote));
    bool server = f->role == PT_SOCKET_SERVER;
    return pt_arena_printf(a, "%s->%s", server ? remote : local, server ? local : remote);
}

pt_str pt_file_ref_name(pt_arena *a, const pt_file_ref *f) {
    if (!f->known)
        return (pt_str){0};
    if (is_inet(f))
        return inet_name(a, f);
    if (f->type != PT_FILE_UNIX)
        return f->name;
    if (!f->unix_local && !f->unix_remote)
        return f->unix_path;
    return pt_arena_printf(a, "%" PRIx64 "->%" PRIx64 "%s%.*s", f->unix_local, f->unix_remote,
                           f->unix_path.n ? " " : "", PT_PRI(f->unix_path));
}

bool pt_endpoint_read(pt_str sockaddr, pt_endpoint *ret) {
    union {
        struct sockaddr head;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } s = {0};
    memcpy(&s, sockaddr.n ? sockaddr.p : "", sockaddr.n < sizeof s ? sockaddr.n : sizeof s);
    pt_endpoint end = {.known = true};
    if (s.head.sa_family == AF_INET && sockaddr.n >= offsetof(struct sockaddr_in, sin_zero)) {
        memcpy(end.ip, &s.v4.sin_addr, 4);
        end.port = ntohs(s.v4.sin_port);
    } else if (s.head.sa_family == AF_INET6 &&
               sockaddr.n >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
        pt_endpoint_set(&end, s.v6.sin6_addr.s6_addr, true, ntohs(s.v6.sin6_port));
    } else {
        return false;
    }
    *ret = end;
    return true;
}

void pt_endpoint_set(pt_endpoint *end, const uint8_t ip[16], bool v6, uint16_t port) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    *end = (pt_endpoint){.known = true, .port = port};
    end->v6 = v6 && memcmp(ip, mapped, sizeof mapped) != 0;
    if (v6 && !end->v6)
        memcpy(end->ip, ip + 12, 4);
    else
        memcpy(end->ip, ip, v6 ? 16 : 4);
}

pt_str pt_sockaddr_unix_path(pt_str sockaddr) {
    size_t head = offsetof(struct sockaddr_un, sun_path);
    uint16_t family = 0;
    memcpy(&family, sockaddr.n >= sizeof family ? sockaddr.p : "\0", sizeof family);
    if (family != AF_UNIX || sockaddr.n <= head)
        return (pt_str){0};
    pt_str path = pt_str_sub(sockaddr, head, sockaddr.n);
    if (path.p[0] == '\0') // an abstract name: all that follows belongs to it, padding zeros do not
        return pt_str_sub(path, 0, 1 + pt_str_find(pt_str_sub(path, 1, path.n), '\0'));
    return pt_str_sub(path, 0, pt_str_find(path, '\0'));
}

pt_str pt_sockaddr_text(pt_arena *a, pt_str sockaddr) {
    pt_endpoint end;
    uint16_t family = 0;
    if (sockaddr.n < sizeof family)
        return (pt_str){0};
    memcpy(&family, sockaddr.p, sizeof family);
    if (family == AF_UNIX) {
        pt_str path = pt_sockaddr_unix_path(sockaddr);
        return path.n && path.p[0] == '\0'
                   ? pt_arena_printf(a, "@%.*s", PT_PRI(pt_str_sub(path, 1, path.n)))
                   : path;
    }
    if (!pt_endpoint_read(sockaddr, &end))
        return pt_arena_printf(a, "family %u", family);
    char text[64];
    end_text(text, sizeof text, &end, true);
    return pt_arena_str(a, pt_str_of(text));
}
