// Is a file that was fetched a feed at all? A server's page of excuses is none.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/db_input.h"
#include "cli/db_verbs.h"

static pt_code no_feed(pt_err *e, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "what came is no feed of advisories%s", what);
    pt_err_remedy(e, "does something between here and there answer in its place?");
    return code;
}

static pt_code take_nothing(void *ctx, pt_value doc, pt_err *e) {
    (void)ctx, (void)doc, (void)e;
    return PT_OK;
}

static void tell_nothing(void *ctx, const char *place, const pt_err *e) {
    (void)ctx, (void)place, (void)e;
}

static pt_code probe_text(pt_arena *a, const char *path, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FEED_BYTES_MAX);
    pt_feed feed = {.a = a, .document = take_nothing, .problem = tell_nothing};
    if (fd < 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    pt_code code = pt_fd_read_all(fd, &b, e);
    if (!code)
        code = pt_feed_read(&feed, pt_buf_str(&b), e);
    return code || feed.kind != PT_FEED_NONE ? code : no_feed(e, "");
}

static pt_code probe_tar(pt_arena *a, pt_str bytes, pt_err *e) {
    pt_unpack u = {0};
    pt_tar_entry entry = {0};
    bool end = false;
    pt_code code = pt_unpack_open(&u, a, bytes, UINT64_MAX, e);
    pt_tar tar = {.flow = &u.flow};
    if (!code)
        code = pt_tar_next(&tar, &entry, &end, e);
    pt_tar_done(&tar);
    pt_unpack_done(&u);
    return code || !end ? code : no_feed(e, ": an empty archive");
}

pt_code pt_db_probe(const char *path, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_db_input in = {0};
    pt_arena_init(&a, (size_t)8 << 30);
    pt_code code = pt_db_input_read(&in, &path, 1, e);
    if (!code && in.failed) {
        *e = in.e;
        code = e->code;
    } else if (!code && !in.files.n)
        code = no_feed(e, "");
    else if (!code && in.files.v[0].tar)
        code = probe_tar(&a, in.files.v[0].mapped, e);
    else if (!code && in.files.v[0].mapped.n)
        code = in.pieces.n > 1 ? PT_OK : no_feed(e, ": an empty archive");
    else if (!code)
        code = probe_text(&a, path, e);
    pt_db_input_done(&in);
    return code;
}
