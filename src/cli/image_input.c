#include "cli/image_input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rights.h"
#include "cli/image_cache.h"
#include "cli/image_fetch.h"
#include "cli/scan_schema.h"
#include "collect/image/image.h"
#include "collect/image/platform.h"
#include "collect/sbom/bill.h"

enum {
    WORKERS_MAX = 4,
    RULES_BYTES_MAX = 8 << 20,
    HEAD_BYTES = 512,
    TAR_MAGIC_AT = 257,
};

// -- images ---------------------------------------------------------------------------------------

// A folder that anybody may write to (a copy of ours in /tmp) is where somebody else puts a program
// of that name.
static pt_code check_worker(const char *path, pt_err *e) {
    struct stat st;
    if (stat(path, &st) != 0) {
        pt_code code = pt_err_set(e, PT_E_ABSENT, "the program that reads images is missing");
        pt_err_at(e, "%s", path);
        pt_err_remedy(e, "install paratia whole: paratia-worker belongs to it");
        return code;
    }
    if ((st.st_uid == 0 || st.st_uid == geteuid()) && !(st.st_mode & S_IWOTH))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_DENIED, "the program that reads images is somebody else's");
    pt_err_at(e, "%s", path);
    pt_err_remedy(e, "it must be root's or yours, and nobody else's to write");
    return code;
}

// The program that reads: beside this one as it is built, below libexec as it is installed. Not
// looked for anywhere else.
static pt_code find_worker(pt_arena *a, pt_str *ret, pt_err *e) {
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    pt_str own = {self, n > 0 && (size_t)n < sizeof self ? (size_t)n : 0};
    pt_str folder = pt_str_sub(own, 0, pt_str_rfind(own, '/'));
    pt_str beside = pt_arena_printf(a, "%.*s/paratia-worker", PT_PRI(folder));
    pt_str installed = pt_arena_printf(a, "%.*s/../libexec/paratia/paratia-worker", PT_PRI(folder));
    if (!own.n || !beside.p || !installed.p)
        return pt_err_set(e, PT_E_IO, "cannot tell where this program is");
    *ret = access(installed.p, X_OK) == 0 ? installed : beside;
    return check_worker(ret->p, e);
}

typedef struct workers {
    pt_worker v[WORKERS_MAX];
    size_t n;
    pt_str program;
    pt_image_rules rules; // of secrets; fd -1: nobody asks
    pt_image_cache cache;
} workers;

static void end_workers(workers *w) {
    for (size_t i = 0; i < w->n; i++)
        pt_worker_done(&w->v[i]);
    pt_image_cache_done(&w->cache);
    pt_fd_close(&w->rules.fd);
}

// One a core, but no more than there is memory for: each may hold a file of 1 GiB, and what is made
// of it.
static size_t workers_wanted(void) {
    const long needs = 2L << 30;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long bytes = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    long fit = bytes / needs < cores ? bytes / needs : cores;
    return fit < 1 ? 1 : fit > WORKERS_MAX ? WORKERS_MAX : (size_t)fit;
}

// Before anything of the image is opened, and before the right to start programs is given up.
static pt_code start_workers(workers *w, pt_arena *a, pt_err *e) {
    size_t want = workers_wanted();
    pt_code code = find_worker(a, &w->program, e);
    for (; !code && w->n < want; w->n++) {
        code = pt_worker_start(&w->v[w->n], w->program.p, e);
        if (code)
            break;
    }
    return code;
}

// Where a pipe's bytes are kept while they are read: large, and not in memory.
static const char *spool_folder(void) {
    const char *dir = getenv("TMPDIR");
    return dir && dir[0] == '/' ? dir : "/var/tmp";
}

// The file with the rules as one that workers can read, wherever it comes from; without a file an
// empty one.
static pt_code load_rules(const pt_args *args, pt_image_rules *ret, pt_err *e) {
    const char *path = pt_args_get(args, "secret-rules");
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(RULES_BYTES_MAX);
    PT_AUTO(pt_fd_close) int in = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : -1;
    pt_code code = PT_OK;
    ret->fd = memfd_create("rules", MFD_CLOEXEC);
    if (ret->fd < 0)
        return pt_err_sys(e, errno, "cannot keep the rules: %s", pt_errno_text(errno));
    if (path && in < 0)
        code = pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    if (!code && path)
        code = pt_fd_read_all(in, &b, e);
    if (!code && path && !pt_str_trim(pt_buf_str(&b)).n)
        code = pt_err_set(e, PT_E_FORMAT, "there is no rule in it");
    if (!code)
        code = pt_fd_write_all(ret->fd, pt_buf_str(&b), e);
    ret->size = b.n;
    ret->digest = pt_sha256(&(pt_str){b.p, b.n}, 1);
    ret->name = path ? path : "rules";
    ret->trivy = path && (pt_str_ends(pt_str_of(path), PT_STR(".yaml")) ||
                          pt_str_ends(pt_str_of(path), PT_STR(".yml")));
    if (code)
        pt_err_at(e, "%s", ret->name);
    return code;
}

// What is read, and where it goes.
typedef struct input {
    const pt_args *args;
    const char *target; // what a pipe gave has a path of its own
    pt_fetch fetch;
    pt_arena *a;
    pt_scan_read *read;
    int kept;   // what came through a pipe; -1: nothing did
    bool other; // of --against
    bool bill;  // as it looks; what a pipe gives is looked at later
} input;

// -- bills ----------------------------------------------------------------------------------------

// A file that begins as JSON or SPDX's tags do, with or without a mark, and is no tar of a file of
// that name.
static bool is_bill(const char *path) {
    char head[HEAD_BYTES];
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
    pt_str s = {head, n > 0 ? (size_t)n : 0};
    static const pt_str marks[] = {PT_STR("\xff\xfe"), PT_STR("\xfe\xff"), PT_STR("\xef\xbb\xbf")};
    if (pt_str_starts(pt_str_sub(s, TAR_MAGIC_AT, s.n), PT_STR("ustar")))
        return false;
    for (size_t i = 0; i < PT_COUNT(marks); i++)
        if (pt_str_starts(s, marks[i]))
            return true;
    return pt_str_starts(pt_str_trim(s), PT_STR("{")) ||
           pt_str_starts(pt_str_trim(s), PT_STR("SPDXVersion:"));
}

static pt_code check_bill(const input *in, pt_err *e) {
    static const char *const flags[] = {"secrets", "hardening", "tampering", "layers"};
    const pt_args *args = in->args;
    if (in->read->then)
        return pt_err_set(e, PT_E_USAGE, "it is no image, but a bill of materials");
    for (size_t i = 0; i < PT_COUNT(flags); i++)
        if (pt_args_flag(args, flags[i]))
            return pt_err_set(e, PT_E_USAGE, "--%s is for images; this is a bill", flags[i]);
    if (pt_args_get(args, "image") || pt_args_get(args, "platform"))
        return pt_err_set(e, PT_E_USAGE, "--image and --platform are for images; this is a bill");
    return PT_OK;
}

// Of a report what a list can say. What was judged is judged anew, as of the other.
static pt_value listed_of(pt_arena *a, pt_value report) {
    static const char *const keys[] = {"format", "verdict",  "kind",     "image",  "os",
                                       "layers", "packages", "problems", "secrets"};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        pt_obj_maybe(&o, keys[i], pt_getz(report, keys[i]));
    return pt_obj_end(&o);
}

static pt_code read_list(const input *in, pt_str bytes, pt_value *ret, pt_err *e) {
    pt_value report = pt_undefined();
    pt_code code = in->other ? pt_bill_parse(in->a, bytes, &report, NULL) : PT_OK;
    report = code ? pt_undefined() : pt_scan_document(report);
    if (!pt_defined(report)) {
        code = pt_bill_read(in->a, bytes, ret, e);
        if (code == PT_E_FORMAT && in->other)
            pt_err_remedy(e,
                          "of an earlier scan what --json or --output json=FILE writes is taken");
        return code;
    }
    *ret = listed_of(in->a, report);
    return pt_defined(*ret) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// Without rights.
static pt_code read_bill(const input *in, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_BILL_BYTES_MAX);
    pt_code code = in->other ? PT_OK : check_bill(in, e);
    in->read->listed = true;
    if (code)
        return code;
    PT_AUTO(pt_fd_close) int fd = open(in->target, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno));
    code = pt_fd_read_all(fd, &b, e);
    pt_str bytes = !code ? pt_arena_str(in->a, pt_buf_str(&b)) : (pt_str){0};
    if (!code && !bytes.p)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    return code ? code : read_list(in, bytes, &in->read->doc, e);
}

// -- pipes ----------------------------------------------------------------------------------------

static bool is_standard(const char *target) {
    return strcmp(target, "-") == 0;
}

static bool is_pipe(const char *target) {
    struct stat st;
    return (is_standard(target) ? fstat(STDIN_FILENO, &st) : stat(target, &st)) == 0 &&
           (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

// What comes through a pipe is kept first: only then can be looked at what it is. The target gets a
// path by which that can be opened.
static pt_code take_pipe(input *in, pt_err *e) {
    uint64_t size = 0;
    PT_AUTO(pt_fd_close)
    int from = is_standard(in->target) ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                       : open(in->target, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (from < 0)
        return pt_err_sys(e, errno, "cannot open it: %s", pt_errno_text(errno));
    pt_code code = pt_image_spool(from, spool_folder(), &size, &in->kept, e);
    if (!code)
        in->target = pt_arena_printf(in->a, "/proc/self/fd/%d", in->kept).p;
    return code || in->target ? code : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// -- images that are scanned ----------------------------------------------------------------------

static pt_image_ask ask_of(const input *in, workers *w) {
    const pt_args *args = in->args;
    pt_files *files = in->read->files;
    bool hardening = files && pt_args_flag(args, "hardening");
    bool digests = pt_args_flag(args, "layers") || pt_fetch_other(args);
    const pt_image_then *then = in->read->then;
    return (pt_image_ask){.target = in->target,
                          .files = files,
                          .looks = (hardening ? PT_LOOK_HARDENING : 0) | (then ? then->looks : 0),
                          .then = then,
                          .sums = files && pt_args_flag(args, "tampering"),
                          .digests = files && digests,
                          .spool = spool_folder(),
                          .name = in->fetch.store ? in->fetch.name
                                  : in->other     ? NULL
                                                  : pt_args_get(args, "image"),
                          .root = pt_args_flag(args, "root"),
                          .secrets = w->rules.fd >= 0 ? &w->rules : NULL,
                          .licences = pt_args_flag(args, "licences"),
                          .platform = pt_args_get(args, "platform"),
                          .known = &w->cache.known};
}

// A registry's image of which there is but one says its platform in its configuration.
static pt_code check_platform(const char *platform, pt_value doc, pt_err *e) {
    pt_value image = pt_getz(doc, "image");
    if (!platform || pt_platform_is(image, pt_str_of(platform)))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "no image in it fits");
    pt_err_remedy(e, "there is only one, for %.*s/%.*s", PT_PRI(pt_text(pt_getz(image, "os"))),
                  PT_PRI(pt_text(pt_getz(image, "architecture"))));
    return code;
}

// What is fetched is a file without a name, and has one here as long as it is open.
static pt_code scan_fetched(workers *w, input *in, pt_image_ask *ask, pt_err *e) {
    char path[64];
    PT_AUTO(pt_fd_close) int fd = -1;
    pt_code code = pt_fetch_run(&in->fetch, in->a, ask, &fd, e);
    if (code)
        return code;
    if (ask->id.n && !pt_str_eq(ask->id, pt_fetch_id(&in->fetch, in->a)))
        ask->id.n = 0; // the name got to mean another image meanwhile
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ask->target = path;
    ask->container = in->fetch.about;
    ask->mirror = in->fetch.mirror;
    return pt_image_scan(w->v, w->n, ask, in->a, &in->read->doc, e);
}

// An engine's image that is known is not fetched at all.
static pt_code read_fetched(workers *w, input *in, pt_err *e) {
    pt_image_ask ask = ask_of(in, w);
    pt_fetch *f = &in->fetch;
    bool registry = f->from == PT_FROM_REGISTRY;
    pt_code code = PT_E_ABSENT;
    if (registry) // it was asked for that platform
        ask.platform = NULL;
    if (w->cache.cache.fd >= 0 && !ask.then)
        ask.id = pt_fetch_id(f, in->a);
    ask.id_of = pt_str_of(f->name);
    ask.target = NULL;
    if (ask.id.n)
        code = pt_image_scan(w->v, w->n, &ask, in->a, &in->read->doc, e);
    if (code == PT_E_ABSENT) {
        *e = (pt_err){0};
        code = scan_fetched(w, in, &ask, e);
    }
    return code || !registry || f->chosen ? code : check_platform(f->platform, in->read->doc, e);
}

// Rights are given up by now.
static pt_code read_file(workers *w, input *in, pt_err *e) {
    pt_code code = is_pipe(in->target) ? take_pipe(in, e) : PT_OK;
    if (!code && in->kept >= 0 && is_bill(in->target))
        return read_bill(in, e);
    const pt_image_ask ask = ask_of(in, w);
    return code ? code : pt_image_scan(w->v, w->n, &ask, in->a, &in->read->doc, e);
}

// Where it is and what it is, as long as there are rights.
static pt_code look_at(input *in, pt_err *e) {
    struct stat st;
    pt_code code = pt_fetch_plan(in->args, in->target, in->a, &in->fetch, e);
    bool file = in->fetch.from == PT_FROM_FILE;
    if (in->fetch.store)
        in->target = in->fetch.store;
    if (code)
        return code;
    if (!file && !in->other && pt_args_flag(in->args, "root"))
        return pt_err_set(e, PT_E_USAGE, "--root is for folders; this is %s name",
                          in->fetch.container ? "a container's" : "an image's");
    if (file && is_standard(in->target) && fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode))
        in->target = "/proc/self/fd/0";
    in->bill = file && is_bill(in->target);
    return PT_OK;
}

// Start what reads, then give up rights.
static pt_code get_ready(workers *w, const input *in, size_t n, pt_err *e) {
    pt_rights rights = {.read_all = true};
    pt_arena *a = in->a;
    bool images = false;
    pt_code code = PT_OK;
    for (size_t i = 0; i < n; i++) {
        images = images || !in[i].bill;
        rights.internet = rights.internet || (!in[i].bill && pt_fetch_by_tcp(&in[i].fetch));
    }
    if (images)
        code = start_workers(w, a, e);
    if (!code && images && pt_args_flag(in->args, "secrets"))
        code = load_rules(in->args, &w->rules, e);
    if (!code && images)
        code = pt_image_cache_open(in->args, a, &w->rules, w->program.p, &w->cache, e);
    return code ? code : pt_rights_drop(&rights, e);
}

static pt_code read_one(workers *w, input *in, pt_err *e) {
    if (in->bill)
        return read_bill(in, e);
    return in->fetch.from != PT_FROM_FILE ? read_fetched(w, in, e) : read_file(w, in, e);
}

static pt_code read_all(input *in, size_t n, pt_err *e) {
    PT_AUTO(end_workers) workers w = {.rules = {.fd = -1}, .cache = {.cache = PT_CACHE_NONE}};
    size_t at = 0; // whose error it is
    pt_code code = PT_OK;
    for (size_t i = 0; !code && i < n; i++) {
        at = i;
        code = look_at(&in[i], e);
    }
    if (!code) {
        at = 0;
        code = get_ready(&w, in, n, e);
    }
    for (size_t i = 0; !code && i < n; i++) {
        at = i;
        code = read_one(&w, &in[i], e);
    }
    if (code)
        pt_err_at(e, "%s", in[at].read->target);
    return code;
}

pt_code pt_scan_targets(const pt_args *args, pt_arena *a, pt_scan_read *v, pt_err *e) {
    input in[2];
    size_t n = v[1].target ? 2 : 1;
    if (n == 2 && is_standard(v[0].target) && is_standard(v[1].target))
        return pt_err_set(e, PT_E_USAGE, "both cannot come through standard input");
    for (size_t i = 0; i < n; i++)
        in[i] = (input){
            .args = args, .target = v[i].target, .a = a, .read = &v[i], .kept = -1, .other = i > 0};
    pt_code code = read_all(in, n, e);
    for (size_t i = 0; i < n; i++) {
        pt_fetch_done(&in[i].fetch);
        pt_fd_close(&in[i].kept);
    }
    return code;
}

pt_code pt_scan_target(const pt_args *args, pt_arena *a, pt_value *ret, pt_files *files,
                       pt_err *e) {
    return pt_scan_target_then(args, a, ret, files, NULL, e);
}

pt_code pt_scan_target_then(const pt_args *args, pt_arena *a, pt_value *ret, pt_files *files,
                            const pt_image_then *then, pt_err *e) {
    pt_scan_read v[2] = {{.target = args->operands[0], .files = files, .then = then}};
    pt_code code = pt_scan_targets(args, a, v, e);
    if (!code)
        *ret = v[0].doc;
    return code;
}

int pt_scan_exit(pt_value doc) {
    pt_str verdict = pt_text(pt_getz(doc, "verdict"));
    return pt_str_eqz(verdict, "pass")   ? PT_EXIT_OK
           : pt_str_eqz(verdict, "fail") ? PT_EXIT_FINDINGS
                                         : PT_EXIT_FAILED;
}
