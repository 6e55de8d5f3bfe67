// How much one rule may say about one container: whoever makes alerts without end must not fill the
// disk, nor push out of it what is known of others.
#include "cli/watch.h"

enum {
    BURST = 200,           // told at once
    REFILL_NS = 250000000, // and one more each quarter of a second
};

static struct pt_watch_slot *slot_of(pt_watch_limit *l, uint64_t key, uint64_t now_ns) {
    struct pt_watch_slot *s = &l->slots[key % PT_WATCH_SLOTS];
    if (s->key != key) // a new pair, or one that shares its place: it begins anew
        *s = (struct pt_watch_slot){.key = key, .left = BURST, .filled_ns = now_ns};
    return s;
}

bool pt_watch_may_say(pt_watch_limit *l, uint64_t key, uint64_t now_ns) {
    struct pt_watch_slot *s = slot_of(l, key, now_ns);
    uint64_t more = now_ns > s->filled_ns ? (now_ns - s->filled_ns) / REFILL_NS : 0;
    s->left = more + s->left < BURST ? (uint32_t)(more + s->left) : BURST;
    s->filled_ns += more * REFILL_NS;
    if (s->left == 0) {
        l->held_back++;
        return false;
    }
    s->left--;
    return true;
}
