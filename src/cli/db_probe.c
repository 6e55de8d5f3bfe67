// Is a file that was fetched a feed at all? A server's page of excuses is none.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/db.h"
#include "cli/db_input.h"
#include "cli/db_verbs.h"

static pt_code no_feed(pt_err *e, const char *what) {
    pt_code code = pt_err_set(e, PT_E_FORMAT, "what came is no feed of advisories%s", what);
    pt_err_remedy(e, "does something between here and there answer in its place?");
    return code;
}

// -- dates ----------------------------------------------------------------------------------------

// One that has not come would keep all others out.
static void see_date(pt_time_ns *newest, pt_str text) {
    pt_time_ns t = 0;
    if (pt_time_parse(text, &t) && t > *newest && t <= pt_now() + PT_DB_AHEAD_S * PT_SECOND_NS)
        *newest = t;
}

static pt_code take_date(void *ctx, pt_value doc, pt_err *e) {
    (void)e;
    see_date(ctx, pt_text(pt_getz(doc, "modified")));
    return PT_OK;
}

// The text behind a key of JSON: `: "…"`.
static pt_str text_behind(pt_str s) {
    pt_str rest = pt_str_trim(pt_str_sub(s, 0, 256));
    rest =
        pt_str_starts(rest, PT_STR(":")) ? pt_str_trim(pt_str_sub(rest, 1, rest.n)) : (pt_str){0};
    if (!pt_str_starts(rest, PT_STR("\"")))
        return (pt_str){0};
    rest = pt_str_sub(rest, 1, rest.n);
    return pt_str_sub(rest, 0, pt_str_find(rest, '"'));
}

// Archives hold 100,000 advisories: their keys are found, and nothing is parsed.
static void see_dates(pt_time_ns *newest, pt_str text) {
    static const pt_str keys[] = {PT_STR("\"modified\""), PT_STR("\"current_release_date\"")};
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        for (pt_str rest = text; rest.n;) {
            rest = pt_str_sub(rest, pt_str_find_str(rest, keys[i]) + keys[i].n, rest.n);
            see_date(newest, text_behind(rest));
        }
}

// -- what it is -----------------------------------------------------------------------------------

static void tell_nothing(void *ctx, const char *place, const pt_err *e) {
    (void)ctx, (void)place, (void)e;
}

static pt_code probe_text(pt_arena *a, const char *path, pt_time_ns *newest, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_FEED_BYTES_MAX);
    pt_feed feed = {.a = a, .ctx = newest, .document = take_date, .problem = tell_nothing};
    if (fd < 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    pt_code code = pt_fd_read_all(fd, &b, e);
    if (!code)
        code = pt_feed_read(&feed, pt_buf_str(&b), e);
    if (feed.date > *newest && feed.date <= pt_now() + PT_DB_AHEAD_S * PT_SECOND_NS)
        *newest = feed.date;
    return code || feed.kind != PT_FEED_NONE ? code : no_feed(e, "");
}

// That it begins as an archive is enough: one that is broken further on is told when the index is
// made, and its older copy would not be whole for that.
static pt_code probe_tar(pt_arena *a, pt_str bytes, pt_time_ns *newest, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf member = PT_BUF(PT_DB_MEMBER_BYTES_MAX);
    pt_unpack u = {0};
    pt_tar_entry entry = {0};
    bool end = false;
    pt_code code = pt_unpack_open(&u, a, bytes, UINT64_MAX, e);
    pt_tar tar = {.flow = &u.flow};
    if (!code)
        code = pt_tar_next(&tar, &entry, &end, e);
    bool empty = end;
    while (!code && !end) {
        pt_buf_clear(&member);
        if (entry.type == PT_TAR_FILE && !entry.sparse && pt_tar_read(&tar, &member, NULL))
            break;
        see_dates(newest, pt_buf_str(&member));
        if (pt_tar_next(&tar, &entry, &end, NULL))
            break;
    }
    pt_tar_done(&tar);
    pt_unpack_done(&u);
    return code || !empty ? code : no_feed(e, ": an empty archive");
}

static pt_code probe_zip(pt_arena *a, const pt_db_input *in, pt_time_ns *newest, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf member = PT_BUF(PT_DB_MEMBER_BYTES_MAX);
    pt_unzip *unzip = pt_unzip_new(a);
    if (!unzip)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (in->pieces.n < 2)
        return no_feed(e, ": an empty archive");
    for (size_t i = 0; i < in->pieces.n; i++) {
        pt_str text = {0};
        pt_buf_clear(&member);
        if (in->pieces.v[i].is_member &&
            !pt_zip_read(&in->files.v[0].zip, &in->pieces.v[i].member, unzip, &member, &text, NULL))
            see_dates(newest, text);
    }
    return PT_OK;
}

pt_code pt_db_probe(const char *path, pt_time_ns *ret_newest, pt_err *e) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_db_input in = {0};
    pt_time_ns newest = 0;
    pt_arena_init(&a, (size_t)8 << 30);
    pt_code code = pt_db_input_read(&in, &path, 1, e);
    if (!code && in.failed) {
        *e = in.e;
        code = e->code;
    } else if (!code && !in.files.n)
        code = no_feed(e, "");
    else if (!code && in.files.v[0].tar)
        code = probe_tar(&a, in.files.v[0].mapped, &newest, e);
    else if (!code && in.files.v[0].mapped.n)
        code = probe_zip(&a, &in, &newest, e);
    else if (!code)
        code = probe_text(&a, path, &newest, e);
    pt_db_input_done(&in);
    if (!code)
        *ret_newest = newest;
    return code;
}
