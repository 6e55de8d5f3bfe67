#include "base/watch.h"

#include "base/instant.h"

// house: allow banned-call: too many walks to hand it down; one per thread
_Thread_local pt_watched pt_watched_here;

void pt_watch_begin(pt_watch *w) {
    w->ended = false;
    w->outer = pt_watched_here.watch;
    pt_watched_here = (pt_watched){PT_WATCH_STEPS, w};
}

void pt_watch_end(pt_watch *w) {
    pt_assert(pt_watched_here.watch == w);
    pt_watched_here = (pt_watched){0, w->outer}; // the next step looks
}

static bool late(const pt_watch *w) {
    if (w->cancel && atomic_load_explicit(w->cancel, memory_order_relaxed))
        return true;
    return w->deadline_ns && pt_monotonic_ns() >= w->deadline_ns;
}

bool pt_watch_look(void) {
    pt_watch *w = pt_watched_here.watch;
    if (w && !w->ended && late(w)) {
        w->ended = true;
        if (w->over)
            w->over(w->to);
    }
    bool ended = w && w->ended;
    pt_watched_here.left = ended ? -1 : PT_WATCH_STEPS; // behind the end everybody looks again
    return ended;
}
