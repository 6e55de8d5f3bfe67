// {"sums": FLAGS}: 0 if no name tells, or none of the first ones.
#include "collect/image/jobs.h"
#include "collect/image/limits.h"
#include "collect/image/stream.h"
#include "collect/image/system.h"
#include "collect/image/tar.h"

pt_code pt_job_system(const pt_job *j, int in, pt_answer *ret, pt_err *e) {
    PT_AUTO(pt_stream_done) pt_stream s = {0};
    PT_AUTO(pt_tar_done) pt_tar t = {.flow = &s.flow};
    uint64_t sums = 0;
    bool end = false;
    pt_code code = pt_stream_open(&s, ret->o.a, in, j->offset, j->size, e);
    if (!code && !s.state)
        pt_stream_seek(&s);
    while (!code && !end && !sums && t.at < PT_SYSTEM_BYTES_MAX) {
        pt_tar_entry entry;
        code = pt_tar_next(&t, &entry, &end, e);
        sums = code || end ? 0 : pt_system_sums(entry.path);
    }
    pt_obj_set(&ret->o, "sums", pt_int((int64_t)sums));
    return code;
}
