// Marks of files, as JSON beside them.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/feeds/feeds_impl.h"
#include "value/json.h"

enum {
    MARK_BYTES_MAX = 64 << 10,
    TAG_BYTES_MAX = 512,
};

// -- paths ----------------------------------------------------------------------------------------

static pt_code make_folder(pt_str path, pt_err *e) {
    if (!path.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (mkdir(path.p, 0755) == 0 || errno == EEXIST)
        return PT_OK;
    pt_code code = pt_err_sys(e, errno, "cannot be made: %s", pt_errno_text(errno));
    pt_err_at(e, "%s", path.p);
    return code;
}

// "debian-tracker.json": one name for the two parts of "debian/tracker.json".
static pt_str flat(pt_arena *a, pt_str file) {
    size_t slash = pt_str_find(file, '/');
    return pt_arena_printf(a, "%.*s-%.*s", PT_PRI(pt_str_sub(file, 0, slash)),
                           PT_PRI(pt_str_sub(file, slash + 1, file.n)));
}

pt_code pt_feeds_paths_make(pt_arena *a, const char *folder, const pt_feeds_item *i,
                            pt_feeds_paths *ret, pt_err *e) {
    pt_str own = pt_str_sub(i->file, 0, pt_str_find(i->file, '/'));
    pt_str name = flat(a, i->file);
    const pt_str folders[] = {pt_str_of(folder), pt_arena_printf(a, "%s/feeds", folder),
                              pt_arena_printf(a, "%s/state", folder),
                              pt_arena_printf(a, "%s/part", folder),
                              pt_arena_printf(a, "%s/feeds/%.*s", folder, PT_PRI(own))};
    for (size_t k = 0; k < PT_COUNT(folders); k++) {
        pt_code code = make_folder(folders[k], e);
        if (code)
            return code;
    }
    pt_feeds_paths p = {.file = pt_arena_printf(a, "%s/feeds/%.*s", folder, PT_PRI(i->file)),
                        .state = pt_arena_printf(a, "%s/state/%.*s", folder, PT_PRI(name)),
                        .part = pt_arena_printf(a, "%s/part/%.*s", folder, PT_PRI(name)),
                        .about = pt_arena_printf(a, "%s/part/%.*s.mark", folder, PT_PRI(name))};
    if (!p.file.p || !p.state.p || !p.part.p || !p.about.p)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *ret = p;
    return PT_OK;
}

// -- marks ----------------------------------------------------------------------------------------

// It goes into a header.
static pt_str plain(pt_str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || (unsigned char)s.p[i] >= 0x7f)
            return (pt_str){0};
    return s.n <= TAG_BYTES_MAX ? s : (pt_str){0};
}

pt_feeds_mark pt_feeds_mark_read(pt_arena *a, pt_str path) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(MARK_BYTES_MAX);
    PT_AUTO(pt_fd_close) int fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    pt_value v = pt_undefined();
    int64_t bytes = 0;
    pt_feeds_mark m = {0};
    if (fd < 0 || pt_fd_read_all(fd, &b, NULL) ||
        pt_json_parse(a, pt_arena_str(a, pt_buf_str(&b)), NULL, &v, NULL))
        return m;
    if (!pt_to_int(pt_getz(v, "bytes"), &bytes) || bytes < 0 ||
        !pt_time_parse(pt_text(pt_getz(v, "fetched")), &m.fetched))
        return (pt_feeds_mark){0};
    m.bytes = (uint64_t)bytes;
    PT_IGNORE(pt_time_parse(pt_text(pt_getz(v, "newest")), &m.newest)); // 0: not known
    m.url = pt_text(pt_getz(v, "url"));
    m.etag = plain(pt_text(pt_getz(v, "etag")));
    m.modified = plain(pt_text(pt_getz(v, "modified")));
    return m;
}

pt_code pt_feeds_mark_write(pt_arena *a, pt_str path, const pt_feeds_mark *m, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(MARK_BYTES_MAX);
    char time[PT_RFC3339_BYTES];
    pt_obj o = {.a = a};
    pt_obj_set(&o, "url", pt_string(m->url));
    pt_obj_set(&o, "etag", pt_string(m->etag));
    pt_obj_set(&o, "modified", pt_string(m->modified));
    pt_obj_set(&o, "fetched", pt_string(pt_arena_str(a, pt_time_rfc3339(m->fetched, time))));
    if (m->newest)
        pt_obj_set(&o, "newest", pt_string(pt_arena_str(a, pt_time_rfc3339(m->newest, time))));
    pt_obj_set(&o, "bytes", pt_int((int64_t)m->bytes));
    pt_value v = pt_obj_end(&o);
    pt_code code =
        pt_defined(v) ? pt_json_write(&b, v, NULL, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
    pt_buf_putc(&b, '\n');
    if (!code)
        code = pt_file_replace(path.p, pt_buf_str(&b), 0644, e);
    if (code)
        pt_err_at(e, "%s", path.p);
    return code;
}

pt_feeds_mark pt_feeds_mark_of(pt_arena *a, pt_str url, pt_str head) {
    return (pt_feeds_mark){.url = url,
                           .etag = pt_arena_str(a, plain(pt_head_value(head, "etag", 0))),
                           .modified =
                               pt_arena_str(a, plain(pt_head_value(head, "last-modified", 0))),
                           .fetched = pt_now()};
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that is sent (RFC 9110, 5.6.7).
static bool parse_modified(pt_str text, time_t *ret) {
    char line[TAG_BYTES_MAX + 1];
    struct tm tm = {0};
    if (!text.n || text.n >= sizeof line)
        return false;
    memcpy(line, text.p, text.n);
    line[text.n] = '\0';
    const char *end = strptime(line, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    *ret = timegm(&tm);
    return end && !*end && *ret >= 0;
}

bool pt_feeds_mark_is_older(const pt_feeds_mark *m, const pt_feeds_mark *than) {
    time_t own = 0;
    time_t its = 0;
    return pt_str_eq(m->url, than->url) && parse_modified(m->modified, &own) &&
           parse_modified(than->modified, &its) && own < its;
}

pt_str pt_feeds_mark_strong(const pt_feeds_mark *m) {
    if (m->etag.n && !pt_str_starts(m->etag, PT_STR("W/")))
        return m->etag;
    return m->modified;
}
