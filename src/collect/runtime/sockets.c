// Which end of a connection is the client's. A socket does not say it: it is learnt from the calls
// that made the connection and remembered by the socket's cookie.
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "collect/runtime/state_impl.h"

typedef struct remembered {
    pt_socket_role role;
    bool connected;
    pt_endpoint local, remote; // by which it was told last
} remembered;

pt_recent *pt_sockets_new(void) {
    return pt_recent_new(PT_SOCKETS_MAX, sizeof(remembered), NULL);
}

// What a call says about the socket it is made on.
typedef enum call {
    OTHER,
    CONNECT,
    ACCEPT,
    BIND,
    LISTEN,
    SEND,
    RECEIVE,
} call;

static call call_of(uint16_t type) {
    switch (type) {
    case 42:
        return CONNECT;
    case 43:
    case 288:
        return ACCEPT;
    case 49:
        return BIND;
    case 50:
        return LISTEN;
    case 44:
    case 46:
    case 307:
        return SEND;
    case 45:
    case 47:
    case 299:
        return RECEIVE;
    default:
        return OTHER;
    }
}

static pt_socket_role role_by(call c, const pt_file_ref *f, bool worked) {
    switch (c) {
    case CONNECT:
        return PT_SOCKET_CLIENT;
    case ACCEPT:
    case LISTEN:
        return PT_SOCKET_SERVER;
    case BIND:
        return worked && f->local.port ? PT_SOCKET_SERVER : PT_SOCKET_UNKNOWN;
    // Of datagrams: who owns the port that a datagram goes to serves.
    case SEND:
        return f->protocol == IPPROTO_UDP && f->remote.known ? PT_SOCKET_CLIENT : PT_SOCKET_UNKNOWN;
    case RECEIVE:
        return f->protocol == IPPROTO_UDP && f->remote.known ? PT_SOCKET_SERVER : PT_SOCKET_UNKNOWN;
    default:
        return PT_SOCKET_UNKNOWN;
    }
}

// An address that the call names: a datagram's peer, what a connect that failed was for, what is
// bound though the kernel did not say it.
static void take_address(call c, const pt_record *r, pt_file_ref *f) {
    pt_endpoint named;
    if (f->type == PT_FILE_UNIX && !f->unix_path.n && (c == CONNECT || c == BIND))
        f->unix_path = pt_sockaddr_unix_path(r->address);
    if ((f->type != PT_FILE_IPV4 && f->type != PT_FILE_IPV6) ||
        !pt_endpoint_read(r->address, &named))
        return;
    if (c == BIND && !f->local.known)
        f->local = named;
    else if ((c == CONNECT && !f->remote.known) || c == SEND || c == RECEIVE)
        f->remote = named;
    if (f->type == PT_FILE_IPV6 && !named.v6 && f->remote.known)
        f->type = PT_FILE_IPV4;
}

static bool same(const pt_endpoint *a, const pt_endpoint *b) {
    return a->known == b->known && a->v6 == b->v6 && a->port == b->port &&
           memcmp(a->ip, b->ip, a->v6 ? 16 : 4) == 0;
}

static bool connected(call c, const pt_record *r, const pt_file_ref *f, const remembered *was) {
    bool worked = r->head->result >= 0;
    if (c == CONNECT)
        return worked;
    if (worked && (c == ACCEPT || c == SEND || c == RECEIVE))
        return true;
    return was->connected || (f->protocol == IPPROTO_TCP && f->remote.known && c == OTHER);
}

void pt_socket_apply(pt_recent *sockets, const pt_record *r, pt_file_ref *f) {
    call c = call_of(r->head->type);
    remembered nothing = {0};
    remembered *was = &nothing;
    if (r->file->cookie)
        was = pt_recent_of(sockets, r->file->cookie, 0);
    take_address(c, r, f);
    pt_socket_role role = role_by(c, f, r->head->result >= 0);
    if (r->file->accepted || r->file->listening)
        role = PT_SOCKET_SERVER;
    // Datagrams only tell what nothing told before: an answer does not make a server of a client.
    bool tells = c == CONNECT || c == ACCEPT || c == LISTEN || was->role == PT_SOCKET_UNKNOWN;
    f->role = role != PT_SOCKET_UNKNOWN && tells ? role : was->role;
    f->connected = connected(c, r, f, was);
    bool told = f->local.known || f->remote.known;
    f->name_changed = told && (!same(&was->remote, &f->remote) ||
                               (!f->remote.known && !same(&was->local, &f->local)));
    *was = (remembered){f->role, f->connected, f->local, f->remote};
}
