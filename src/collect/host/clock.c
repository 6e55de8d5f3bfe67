// The kernel's clock discipline, as adjtimex(2) reads it.
#include "collect/host/provider.h"

// {"synchronised": true, "error_us": 12000}: a service steers the clock, and how far off it may be
// by the kernel's own estimate.
pt_fact pt_host_clock(const pt_host_ask *q) {
    struct timex t;
    if (!q->w->live)
        return pt_host_not_live(q, "the clock");
    if (!q->w->clock)
        return pt_fact_unknown(PT_STR("the clock cannot be asked"), (pt_str){0});
    int state = q->w->clock(q->w, &t);
    if (state < 0)
        return pt_world_refused(q->a, "the clock", "adjtimex", -state);
    pt_obj o = {.a = q->a};
    pt_obj_set(&o, "synchronised", pt_bool(state != TIME_ERROR && !(t.status & STA_UNSYNC)));
    pt_obj_set(&o, "error_us", pt_int(t.maxerror));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, PT_STR("adjtimex(2)"))
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}
