// paratia-sensor: loads the programs that tell what happens on a host, for paratia, which starts it
// with a socket as standard input (protocol.h). It parses nothing and reads no record. Not for
// people.
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "collect/runtime/sensor/load.h"
#include "collect/runtime/sensor/walls.h"

enum {
    SOCKET = 0,
};

typedef union fds_room {
    struct cmsghdr head;
    char room[CMSG_SPACE(PT_SENSOR_FDS * sizeof(int))];
} fds_room;

static bool give(const int *fds, size_t n) {
    char byte = 0;
    fds_room beside = {0};
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = beside.room,
                       .msg_controllen = CMSG_SPACE(n * sizeof(int))};
    beside.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(n * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&beside.head), fds, n * sizeof(int));
    return sendmsg(SOCKET, &m, MSG_NOSIGNAL) == 1;
}

// An iterator, or a byte without one: none can be had.
static bool give_iterator(const pt_loaded *l) {
    int fd = pt_loaded_iterator(l);
    if (fd < 0)
        return send(SOCKET, "", 1, MSG_NOSIGNAL) == 1;
    bool ok = give(&fd, 1);
    close(fd);
    return ok;
}

static bool give_rings(const pt_loaded *l, uint32_t n) {
    for (uint32_t i = 0; i < n;) {
        int fds[PT_SENSOR_FDS];
        uint32_t k = 0;
        while (k < PT_SENSOR_FDS && i < n)
            fds[k++] = pt_loaded_ring(l, i++);
        if (!give(fds, k))
            return false;
    }
    return true;
}

static bool answer_with(const pt_sensor_answer *a) {
    return send(SOCKET, a, sizeof *a, MSG_NOSIGNAL) == (ssize_t)sizeof *a;
}

static int fail(pt_sensor_answer *a, pt_code code, const pt_err *e) {
    a->code = code;
    memcpy(a->what, e->what, sizeof a->what);
    memcpy(a->remedy, e->remedy, sizeof a->remedy);
    (void)answer_with(a);
    return 1;
}

int main(void) {
    pt_sensor_ask ask;
    pt_sensor_answer answer = {0};
    pt_err e = {0};
    pt_loaded *l = NULL;
    if (recv(SOCKET, &ask, sizeof ask, 0) != (ssize_t)sizeof ask ||
        ask.n_cgroups > PT_SENSOR_CGROUPS_MAX)
        return 2;
    pt_code code = pt_sensor_load(&ask, &l, &answer, &e);
    if (!code)
        code = pt_sensor_walls(&e);
    if (code)
        return fail(&answer, code, &e);
    int counters = pt_loaded_counters(l);
    char said = 0;
    if (answer_with(&answer) && give(&counters, 1) && give_iterator(l) &&
        give_rings(l, answer.rings))
        while (recv(SOCKET, &said, 1, 0) == 1 && said == PT_SENSOR_SNAPSHOT && give_iterator(l)) {
        }
    _exit(0); // what libraries do at the end is not among the calls; the kernel detaches
}
