// That events were lost is an alert like any other: who makes noise so as not to be seen leaves a
// receipt of it.
#include <time.h>

#include "cli/watch_sources.h"
#include "judge/falco/rules.h"

#define RULE "Events were lost"

enum {
    MESSAGE_BYTES_MAX = 1024,
    SCRATCH_BYTES_KEPT = 1 << 20,
};

static const struct {
    const char *field, *why;
} losses[PT_LOSS_KINDS] = {
    [PT_LOSS_SPACE] = {"lost.space", "the ring was full"},
    [PT_LOSS_LARGE] = {"lost.large", "larger than a record may be"},
    [PT_LOSS_FAULT] = {"lost.fault", "their memory could not be read"},
    [PT_LOSS_MAP] = {"lost.map", "a table of the kernel was full"},
    [PT_LOSS_SHED] = {"lost.shed", "their container made too many"},
};

const char *pt_watch_loss_why(pt_loss kind) {
    return losses[kind].why;
}

uint64_t pt_watch_lost(const pt_sensor_counts *c) {
    uint64_t n = 0;
    for (size_t i = 0; i < PT_LOSS_KINDS; i++)
        n += c->lost[i];
    return n;
}

void pt_watch_alert_lost(pt_watch_alerts *w, const pt_sensor_counts *since) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(MESSAGE_BYTES_MAX);
    pt_obj fields = {.a = &w->scratch};
    struct timespec now = {0};
    pt_arena_rest(&w->scratch, SCRATCH_BYTES_KEPT);
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t time_ns = (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
    pt_obj_set(&fields, "evt.time", pt_int((int64_t)time_ns));
    pt_obj_set(&fields, "lost.events", pt_int((int64_t)pt_watch_lost(since)));
    pt_buf_printf(&b, "%llu events were lost: what happened in them is not known |",
                  (unsigned long long)pt_watch_lost(since));
    for (size_t i = 0; i < PT_LOSS_KINDS; i++) {
        pt_obj_set(&fields, losses[i].field, pt_int((int64_t)since->lost[i]));
        if (since->lost[i])
            pt_buf_printf(&b, " %s=%llu", losses[i].field, (unsigned long long)since->lost[i]);
    }
    pt_alert al = {.time_ns = time_ns,
                   .utc_offset_s = w->utc_offset_s,
                   .priority = PT_FALCO_WARNING,
                   .rule = PT_STR(RULE),
                   .source = PT_STR("syscall"),
                   .host = pt_str_of(w->host),
                   .description = PT_STR("Records of the kernel were not kept: no rule has judged "
                                         "what was in them."),
                   .message = pt_buf_str(&b),
                   .fields = pt_obj_end(&fields)};
    pt_watch_alert_put(w, &al, (pt_str){0});
}
