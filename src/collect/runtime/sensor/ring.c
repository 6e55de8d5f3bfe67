#include "collect/runtime/sensor/ring.h"

#define BUSY  (UINT32_C(1) << 31)
#define VOID_ (UINT32_C(1) << 30)

enum {
    HEADER = 8,
};

static void advance(pt_ring *r) {
    r->at += r->length;
    r->head = NULL;
    __atomic_store_n(r->consumed, r->at, __ATOMIC_RELEASE);
}

static pt_code broken(const pt_ring *r, const char *what, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "the kernel's ring holds no record: %s", what);
    if (e)
        e->offset = r->at;
    return code;
}

// The lengths of a record agree: the ring's, its own, and the version is ours.
static pt_code check(const pt_ring *r, uint32_t n, pt_err *e) {
    const struct pt_wire_head *h = r->head;
    if (n < sizeof *h || h->length != n || n % PT_WIRE_ALIGN != 0 || n > PT_WIRE_RECORD_MAX)
        return broken(r, "its length", e);
    return h->version == PT_WIRE_VERSION ? PT_OK : broken(r, "its version", e);
}

// Find the record at `at`. r->head stays NULL if there is none, or it is being written.
static pt_code peek(pt_ring *r, pt_err *e) {
    for (;;) {
        uint64_t there = __atomic_load_n(r->produced, __ATOMIC_ACQUIRE) - r->at;
        if (there == 0)
            return PT_OK;
        const void *header = r->data + (r->at & r->mask);
        const void *bytes = r->data + (r->at & r->mask) + HEADER;
        const uint32_t *length = header;
        uint32_t word = __atomic_load_n(length, __ATOMIC_ACQUIRE);
        if (word & BUSY)
            return PT_OK;
        uint32_t n = word & ~(BUSY | VOID_);
        r->length = ((uint64_t)n + HEADER + 7) / 8 * 8;
        if (r->length > there || there > r->mask + 1)
            return broken(r, "it is longer than what was written", e);
        if (word & VOID_) {
            advance(r);
            continue;
        }
        r->head = bytes;
        return check(r, n, e);
    }
}

pt_code pt_rings_next(pt_rings *r, uint64_t now_ns, uint64_t order_ns,
                      const struct pt_wire_head **ret, uint64_t *ret_wait_ns, pt_err *e) {
    if (r->taken)
        advance(r->taken);
    r->taken = NULL;
    *ret = NULL;
    pt_ring *first = NULL;
    bool whole = true; // every ring has a record
    for (size_t i = 0; i < r->n; i++) {
        pt_ring *one = &r->v[i];
        pt_code code = one->head ? PT_OK : peek(one, e);
        if (code)
            return code;
        if (!one->head)
            whole = false;
        else if (!first || one->head->time_ns < first->head->time_ns)
            first = one;
    }
    *ret_wait_ns = UINT64_MAX;
    if (!first)
        return PT_OK;
    uint64_t age = now_ns > first->head->time_ns ? now_ns - first->head->time_ns : 0;
    if (!whole && age < order_ns) {
        *ret_wait_ns = order_ns - age;
        return PT_OK;
    }
    r->taken = first;
    *ret = first->head;
    return PT_OK;
}
