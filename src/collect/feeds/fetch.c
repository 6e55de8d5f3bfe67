// One file of a feed: asked for if it changed, gone on with where it was cut, put in its place.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/feeds/feeds_impl.h"

enum {
    HEADERS_MAX = 6,
    HEADER_BYTES_MAX = 1024,
    READ_BYTES = 2048,
};

typedef struct fetch {
    const pt_feeds_ask *ask;
    const pt_feeds_item *item;
    pt_arena *a;
    pt_feeds_paths paths;
    pt_feeds_mark kept, part; // of the file that is here; of what came of a new one
    pt_str url;               // the item's own, or what its text names
    int fd;                   // of the part
    uint64_t came, total;     // bytes of it; 0: not known
    int64_t until_ns;
    bool resumed, begun;
    bool conditional; // it was asked whether anything changed
    pt_err why;       // of what made us end it
} fetch;

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- what comes -----------------------------------------------------------------------------------

static bool fail(fetch *f, pt_code code, const char *what) {
    PT_IGNORE(pt_err_set(&f->why, code, "%s", what)); // it is kept
    return false;
}

static bool too_large(fetch *f) {
    PT_IGNORE(pt_err_set(&f->why, PT_E_LIMIT, "it is larger than %llu MiB",
                         (unsigned long long)(f->item->bytes_max >> 20))); // it is kept
    pt_err_remedy(&f->why, "if that is right: mib_max of a table of your own, --feeds FILE");
    return false;
}

static bool cut_part(fetch *f) {
    f->came = 0;
    if (ftruncate(f->fd, 0) == 0 && lseek(f->fd, 0, SEEK_SET) == 0)
        return true;
    PT_IGNORE(pt_err_sys(&f->why, errno, "%s: %s", f->paths.part.p, pt_errno_text(errno))); // kept
    return false;
}

// A part is gone on with only as long as it is one of the same state.
static bool begin_rest(fetch *f, pt_str head) {
    char want[48];
    pt_feeds_mark now = pt_feeds_mark_of(f->a, f->url, head);
    pt_str range = pt_head_value(head, "content-range", 0);
    snprintf(want, sizeof want, "bytes %llu-", (unsigned long long)f->came);
    bool same = !now.etag.n || pt_str_eq(now.etag, f->part.etag);
    if (!f->came || !pt_str_starts(range, pt_str_of(want)) || !same)
        return fail(f, PT_E_CORRUPT, "the server answers another range than was asked for");
    f->resumed = true;
    return true;
}

static bool begin(void *context, int status, pt_str head) {
    fetch *f = context;
    int64_t length = 0;
    f->begun = true;
    if (status == 206 && !begin_rest(f, head))
        return false;
    if (status == 200) {
        f->part = pt_feeds_mark_of(f->a, f->url, head);
        f->resumed = false;
        if (!cut_part(f) || pt_feeds_mark_write(f->a, f->paths.about, &f->part, &f->why))
            return false;
    }
    bool known = pt_str_int(pt_head_value(head, "content-length", 0), 10, &length) && length >= 0;
    f->total = known ? f->came + (uint64_t)length : 0;
    return f->total <= f->item->bytes_max || too_large(f);
}

static bool take(void *context, pt_str piece) {
    fetch *f = context;
    if (piece.n > f->item->bytes_max - f->came)
        return too_large(f);
    if (pt_fd_write_all(f->fd, piece, &f->why))
        return false;
    f->came += piece.n;
    if (f->ask->came)
        f->ask->came(f->ask->ctx, f->item, f->came, f->total);
    return true;
}

static bool is_late(void *context) {
    const fetch *f = context;
    return pt_monotonic_ns() > f->until_ns;
}

// -- asking ---------------------------------------------------------------------------------------

// Lines of a head, each with its NUL.
typedef struct lines {
    char text[HEADERS_MAX][HEADER_BYTES_MAX];
    const char *at[HEADERS_MAX];
    size_t n;
} lines;

PT_FORMAT(2, 3) static void add_line(lines *l, const char *fmt, ...) {
    va_list ap;
    pt_assert(l->n < HEADERS_MAX);
    va_start(ap, fmt);
    vsnprintf(l->text[l->n], HEADER_BYTES_MAX, fmt, ap); // marks are shorter
    va_end(ap);
    l->at[l->n] = l->text[l->n];
    l->n++;
}

static void put_headers(fetch *f, lines *l) {
    f->conditional = false;
    add_line(l, "User-Agent: paratia/%s", PT_VERSION); // some refuse who says none
    add_line(l, "Accept: */*");
    if (f->item->gzip)
        add_line(l, "Accept-Encoding: gzip");
    if (f->came) {
        add_line(l, "Range: bytes=%llu-", (unsigned long long)f->came);
        add_line(l, "If-Range: %.*s", PT_PRI(pt_feeds_mark_strong(&f->part)));
        return;
    }
    if (!pt_str_eq(f->kept.url, f->url))
        return;
    f->conditional = f->kept.etag.n || f->kept.modified.n;
    if (f->kept.etag.n)
        add_line(l, "If-None-Match: %.*s", PT_PRI(f->kept.etag));
    if (f->kept.modified.n)
        add_line(l, "If-Modified-Since: %.*s", PT_PRI(f->kept.modified));
}

// One question, and where it leads. *ret as of pt_http_send.
static pt_code ask_at(fetch *f, pt_str url, const pt_http_request *r, pt_http_answer *ret,
                      pt_err *e) {
    for (unsigned hops = 0;; hops++) {
        pt_origin *o = NULL;
        pt_code code = pt_web_origin(f->ask->web, url, &o, e);
        if (!code)
            code = pt_http_send(o->http, url.p, r, ret, e);
        if (code)
            return code;
        pt_str location = pt_head_value(pt_buf_str(&ret->head), "location", 0);
        if (!pt_status_moved(ret->status) || !location.n)
            return PT_OK;
        url = pt_url_joined(f->a, url, location);
        pt_buf_done(&ret->head);
        pt_buf_done(&ret->body);
        if (!url.p)
            return full(e);
        if (hops == PT_WEB_REDIRECTS_MAX)
            return pt_err_set(e, PT_E_LIMIT, "it leads elsewhere more than %u times",
                              PT_WEB_REDIRECTS_MAX);
    }
}

// What a status means that is none of those that are asked for.
static pt_code refused(int status, pt_err *e) {
    static const struct {
        int status;
        pt_code code;
        const char *what, *remedy;
    } known[] = {
        {401, PT_E_DENIED, "the server wants a login", "feeds are public: is the address right?"},
        {403, PT_E_DENIED, "the server refuses",
         "does something between here and there refuse it?"},
        {404, PT_E_ABSENT, "the server has no such file",
         "an address of your own: --feeds FILE; without it: --except NAME"},
        {410, PT_E_ABSENT, "the server has it no more",
         "an address of your own: --feeds FILE; without it: --except NAME"},
    };
    for (size_t i = 0; i < PT_COUNT(known); i++)
        if (known[i].status == status) {
            pt_err_set(e, known[i].code, "%s", known[i].what);
            pt_err_remedy(e, "%s", known[i].remedy);
            return known[i].code;
        }
    return pt_err_set(e, PT_E_IO, "the server answers %d", status);
}

static bool may_pass(int status) {
    return status == 429 || status == 500 || (status >= 502 && status <= 504);
}

// The pointer's text: the name of a file beside it, and nothing else.
static pt_code read_latest(fetch *f, const pt_http_answer *answer, pt_err *e) {
    pt_str name = pt_str_trim(pt_buf_str(&answer->body));
    bool good = name.n && name.n < 256 && name.p[0] != '.';
    for (size_t i = 0; good && i < name.n; i++)
        good = (name.p[i] >= '0' && name.p[i] <= '9') || (name.p[i] >= 'a' && name.p[i] <= 'z') ||
               (name.p[i] >= 'A' && name.p[i] <= 'Z') || pt_str_find(PT_STR("._-"), name.p[i]) < 3;
    if (!good)
        return pt_err_set(e, PT_E_FORMAT, "the text that names the newest file names none");
    f->url = pt_url_joined(f->a, f->item->url, pt_arena_str(f->a, name));
    return f->url.p ? PT_OK : full(e);
}

static pt_code find_latest(fetch *f, pt_err *e) {
    lines l = {0};
    pt_http_answer answer = {0};
    add_line(&l, "User-Agent: paratia/%s", PT_VERSION);
    const pt_http_request r = {.method = "GET", .headers = l.at, .n_headers = l.n};
    pt_code code = ask_at(f, f->item->url, &r, &answer, e);
    if (code)
        return code;
    if (answer.status != 200)
        code = refused(answer.status, e);
    else
        code = answer.body.n > PT_FEEDS_LATEST_MAX
                   ? pt_err_set(e, PT_E_LIMIT, "the text that names the newest file is too long")
                   : read_latest(f, &answer, e);
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    return code;
}

// -- transfers ------------------------------------------------------------------------------------

// Open what a cut transfer left; of another state, or of one that cannot be told, nothing stays.
static pt_code open_part(fetch *f, pt_err *e) {
    struct stat st = {0};
    f->part = pt_feeds_mark_read(f->a, f->paths.about);
    f->fd = open(f->paths.part.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (f->fd < 0 || fstat(f->fd, &st) != 0) {
        pt_code code = pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
        pt_err_at(e, "%s", f->paths.part.p);
        return code;
    }
    bool same = pt_str_eq(f->part.url, f->url) && pt_feeds_mark_strong(&f->part).n;
    f->came = same && st.st_size > 0 ? (uint64_t)st.st_size : 0;
    if (f->came < f->item->bytes_max && lseek(f->fd, (off_t)f->came, SEEK_SET) >= 0 && f->came)
        return PT_OK;
    if (cut_part(f))
        return PT_OK;
    *e = f->why;
    return e->code;
}

static void wait_for(pt_str head, unsigned tries) {
    int64_t seconds = 0;
    if (!pt_str_int(pt_head_value(head, "retry-after", 0), 10, &seconds) || seconds < 0)
        seconds = 1 << tries;
    if (seconds > PT_FEEDS_WAIT_S_MAX)
        seconds = PT_FEEDS_WAIT_S_MAX;
    nanosleep(&(struct timespec){.tv_sec = (time_t)seconds}, NULL);
}

// What an answer says. *ret_again: ask once more.
static pt_code judge(fetch *f, const pt_http_answer *answer, unsigned tries, bool *ret_again,
                     pt_feeds_state *ret, pt_err *e) {
    pt_str head = pt_buf_str(&answer->head);
    if (answer->status == 200 || answer->status == 206) {
        bool ok = f->begun || begin(f, answer->status, head); // it may be empty
        *ret = PT_FEEDS_FETCHED;
        if (!ok)
            *e = f->why;
        return ok ? PT_OK : f->why.code;
    }
    *ret = PT_FEEDS_SAME;
    if (answer->status == 304 && f->conditional)
        return PT_OK;
    if (answer->status == 416 && f->came) { // what is here is no part of what is there
        *ret_again = cut_part(f);
        return PT_OK;
    }
    if (may_pass(answer->status) && tries + 1 < PT_FEEDS_TRIES_MAX) {
        wait_for(head, tries);
        *ret_again = true;
        return PT_OK;
    }
    return refused(answer->status, e);
}

static pt_code ask_once(fetch *f, unsigned tries, bool *ret_again, pt_feeds_state *ret, pt_err *e) {
    lines l = {0};
    pt_http_answer answer = {0};
    put_headers(f, &l);
    const pt_http_request r = {.method = f->ask->check ? "HEAD" : "GET",
                               .headers = l.at,
                               .n_headers = l.n,
                               .stop = is_late,
                               .stop_context = f,
                               .take = take,
                               .begin = begin,
                               .take_context = f,
                               .idle_ms = PT_WEB_IDLE_MS};
    f->begun = false;
    f->why = (pt_err){0};
    pt_code code = ask_at(f, f->url, &r, &answer, e);
    if (code && f->why.code) {
        *e = f->why;
        return f->why.code;
    }
    if (code)
        return code;
    if (f->ask->check) {
        int64_t length = 0;
        PT_IGNORE(pt_str_int(pt_head_value(pt_buf_str(&answer.head), "content-length", 0), 10,
                             &length)); // 0: not known
        f->total = length > 0 ? (uint64_t)length : 0;
        *ret = answer.status == 304 ? PT_FEEDS_SAME : PT_FEEDS_FETCHED;
        code = answer.status == 200 || answer.status == 304 ? PT_OK : refused(answer.status, e);
    } else
        code = judge(f, &answer, tries, ret_again, ret, e);
    pt_buf_done(&answer.head);
    pt_buf_done(&answer.body);
    return code;
}

// What was cut goes on where it was, what is no part of it begins anew: within a few tries.
static pt_code transfer(fetch *f, pt_feeds_state *ret, pt_err *e) {
    for (unsigned tries = 0;; tries++) {
        bool again = false;
        *e = (pt_err){0};
        pt_code code = ask_once(f, tries, &again, ret, e);
        bool cut = (code == PT_E_IO || code == PT_E_TIMEOUT) && f->begun && !is_late(f);
        bool other = code == PT_E_CORRUPT;
        if (!again && !cut && !other)
            return code;
        if (tries + 1 >= PT_FEEDS_TRIES_MAX)
            return code ? code : pt_err_set(e, PT_E_IO, "the server goes on to ask for patience");
        if ((other || !pt_feeds_mark_strong(&f->part).n) && !cut_part(f)) {
            *e = f->why;
            return e->code;
        }
    }
}

// -- the file -------------------------------------------------------------------------------------

static void forget_part(const fetch *f) {
    unlink(f->paths.about.p);
    unlink(f->paths.part.p);
}

// Is what came what is here? Some servers mark no state, so that all comes each time.
static bool is_same(const fetch *f) {
    char new[READ_BYTES];
    char old[READ_BYTES];
    PT_AUTO(pt_fd_close) int fd = open(f->paths.file.p, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || f->kept.bytes != f->came)
        return false;
    for (uint64_t at = 0; at < f->came;) {
        ssize_t n = pread(f->fd, new, sizeof new, (off_t)at);
        if (n <= 0 || pread(fd, old, (size_t)n, (off_t)at) != n || memcmp(new, old, (size_t)n) != 0)
            return false;
        at += (uint64_t)n;
    }
    return true;
}

// The mark alone is new.
static pt_code keep(fetch *f, pt_err *e) {
    f->part.newest = f->kept.newest;
    f->part.bytes = f->kept.bytes;
    f->part.fetched = f->kept.fetched;
    forget_part(f);
    return pt_feeds_mark_write(f->a, f->paths.state, &f->part, e);
}

static pt_str day_text(pt_time_ns t, char out[PT_RFC3339_BYTES]) {
    return t ? pt_time_rfc3339(t, out) : PT_STR("unknown");
}

static pt_code refuse_older(pt_err *e, const char *what, pt_str its, pt_str own) {
    pt_code code = pt_err_set(e, PT_E_CONFLICT, "older than what is here: %s %.*s, here %.*s", what,
                              PT_PRI(its), PT_PRI(own));
    pt_err_remedy(e, "does a mirror lag behind, or somebody take advisories back? if it is "
                     "right: --older takes it");
    return code;
}

// Who serves yesterday's file takes back what is known since. What a publisher's file says of
// itself counts before what a server says of the file.
static pt_code check_age(fetch *f, pt_err *e) {
    char its[PT_RFC3339_BYTES];
    char own[PT_RFC3339_BYTES];
    if (f->ask->older || !f->kept.fetched)
        return PT_OK;
    if (!f->kept.newest && f->ask->probe) // of a mark that says none
        PT_IGNORE(f->ask->probe(f->ask->ctx, f->paths.file.p, &f->kept.newest, NULL)); // 0
    if (f->part.newest < f->kept.newest)
        return refuse_older(e, "its newest date is", day_text(f->part.newest, its),
                            day_text(f->kept.newest, own));
    if (f->part.newest == f->kept.newest && pt_feeds_mark_is_older(&f->part, &f->kept))
        return refuse_older(e, "it last changed", f->part.modified, f->kept.modified);
    return PT_OK;
}

static pt_code probe(fetch *f, pt_err *e) {
    f->part.newest = 0;
    return f->ask->probe ? f->ask->probe(f->ask->ctx, f->paths.part.p, &f->part.newest, e) : PT_OK;
}

static pt_code put_in_place(fetch *f, pt_err *e) {
    pt_code code = probe(f, e);
    if (!code)
        code = check_age(f, e);
    if (code) {
        forget_part(f);
        return code;
    }
    f->part.bytes = f->came;
    f->part.fetched = pt_now();
    if (fsync(f->fd) != 0 || rename(f->paths.part.p, f->paths.file.p) != 0) {
        code = pt_err_sys(e, errno, "cannot be written: %s", pt_errno_text(errno));
        pt_err_at(e, "%s", f->paths.file.p);
        return code;
    }
    unlink(f->paths.about.p);
    return pt_feeds_mark_write(f->a, f->paths.state, &f->part, e);
}

// What is remembered counts only beside the file that it speaks of.
static void read_kept(fetch *f) {
    struct stat st;
    f->kept = pt_feeds_mark_read(f->a, f->paths.state);
    if (stat(f->paths.file.p, &st) != 0 || !S_ISREG(st.st_mode))
        f->kept = (pt_feeds_mark){0};
    else if ((uint64_t)st.st_size != f->kept.bytes)
        f->kept = (pt_feeds_mark){.bytes = (uint64_t)st.st_size,
                                  .fetched = st.st_mtim.tv_sec * PT_SECOND_NS};
}

static pt_code run(fetch *f, pt_feeds_got *ret, pt_err *e) {
    pt_code code = f->item->latest ? find_latest(f, e) : PT_OK;
    if (!code && !f->ask->check)
        code = open_part(f, e);
    if (!code)
        code = transfer(f, &ret->state, e);
    if (code || f->ask->check) {
        ret->bytes = !code && ret->state == PT_FEEDS_FETCHED ? f->total : f->kept.bytes;
        return code;
    }
    if (ret->state == PT_FEEDS_SAME) {
        forget_part(f);
        return PT_OK;
    }
    if (is_same(f)) {
        ret->state = PT_FEEDS_SAME;
        return keep(f, e);
    }
    code = put_in_place(f, e);
    if (!code)
        *ret = (pt_feeds_got){.state = PT_FEEDS_FETCHED,
                              .bytes = f->part.bytes,
                              .fetched = f->part.fetched,
                              .resumed = f->resumed};
    return code;
}

pt_code pt_feeds_fetch(const pt_feeds_ask *ask, pt_arena *a, const pt_feeds_item *i,
                       pt_feeds_got *ret, pt_err *e) {
    pt_err own = {0}; // what went wrong is looked at
    fetch f = {.ask = ask,
               .item = i,
               .a = a,
               .url = i->url,
               .fd = -1,
               .until_ns = pt_monotonic_ns() + PT_FEEDS_SECONDS_MAX * PT_SECOND_NS};
    e = e ? e : &own;
    *ret = (pt_feeds_got){0};
    pt_code code = pt_feeds_paths_make(a, ask->folder, i, &f.paths, e);
    if (!code) {
        pt_web_next(ask->web, i->url);
        read_kept(&f);
        *ret = (pt_feeds_got){.bytes = f.kept.bytes, .fetched = f.kept.fetched};
        code = run(&f, ret, e);
    }
    pt_fd_close(&f.fd);
    if (code)
        pt_err_at(e, "%.*s", PT_PRI(f.url));
    return code;
}
