#include "cli/scan_all.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "base/progress.h"
#include "cli/db.h"
#include "cli/image_fetch.h"
#include "cli/scan_all_show.h"
#include "cli/scan_rules.h"
#include "cli/screen.h"
#include "judge/docker/reference.h"

enum {
    OUT_BYTES_MAX = 256 << 20,
    DAY_BYTES = 10, // "2026-11-24"
};

typedef struct all {
    const pt_args *args;
    pt_arena arena;
    pt_index *index;
    pt_str path, digest; // of the record; of the index
    pt_scan_asked asked;
    PT_VEC(pt_scan_row) rows;
} all;

// -- what is asked --------------------------------------------------------------------------------

// What is of one image, and not of all.
static pt_code check_args(const pt_args *args, pt_err *e) {
    static const char *const single[] = {"image",    "root",   "platform", "insecure-registry",
                                         "packages", "output", "no-record"};
    if (args->operands_n)
        return pt_err_set(e, PT_E_USAGE, "--all is every image: leave %s out", args->operands[0]);
    for (size_t i = 0; i < PT_COUNT(single); i++)
        if (pt_args_get(args, single[i]) || pt_args_flag(args, single[i]))
            return pt_err_set(e, PT_E_USAGE, "--%s is of one image, and not of --all", single[i]);
    return PT_OK;
}

static pt_code open_index(all *s, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    pt_code code = pt_db_open(s->args, &s->arena, &s->index, e);
    if (code == PT_E_ABSENT)
        pt_err_remedy(e, "paratia db update or build makes one; --db FILE names it");
    if (code)
        return code;
    s->digest = pt_text(pt_getz(pt_index_about(s->index, &s->arena), "digest"));
    return s->digest.n ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code open_record(all *s, pt_err *e) {
    pt_images *i = NULL;
    pt_code code = pt_scan_record_path(s->args, &s->arena, true, &s->path, e);
    if (!code)
        code = pt_images_open(&i, s->path.p, e); // what is wrong with it is said once, and first
    pt_images_free(i);
    return code;
}

// Texts of a list that are names ("<none>:<none>" is none).
static void take_words(pt_arena *a, pt_value list, char mark, pt_scan_words *to) {
    for (size_t i = 0; i < pt_len(list) && i < PT_IMAGES_ALIASES_MAX; i++) {
        pt_str word = pt_text(pt_at(list, i));
        bool named = word.n && word.p[0] != '<';
        pt_str *slot = named && pt_str_find(word, mark) < word.n ? PT_PUSH(a, to) : NULL;
        if (slot)
            *slot = word;
    }
}

static pt_str canonical_id(pt_arena *a, pt_str id) {
    pt_str prefix = PT_STR("sha256:"); // Podman leaves it out
    return pt_str_starts(id, prefix) ? pt_arena_str(a, id)
                                     : pt_arena_printf(a, "sha256:%.*s", PT_PRI(id));
}

static pt_code list_images(all *s, pt_err *e) {
    pt_value images = pt_undefined();
    pt_code code = pt_fetch_list(s->args, &s->arena, &images, e);
    for (size_t i = 0; !code && i < pt_len(images); i++) {
        pt_value one = pt_at(images, i);
        pt_scan_row *row = PT_PUSH(&s->arena, &s->rows);
        pt_str id = canonical_id(&s->arena, pt_text(pt_getz(one, "Id")));
        if (!row || !id.p)
            return pt_err_set(e, PT_E_NOMEM, "out of memory");
        *row = (pt_scan_row){.id = id, .bytes = -1, .record = pt_undefined()};
        PT_IGNORE(!pt_to_int(pt_getz(one, "Size"), &row->bytes)); // not said: -1
        take_words(&s->arena, pt_getz(one, "RepoTags"), ':', &row->names);
        take_words(&s->arena, pt_getz(one, "RepoDigests"), '@', &row->digests);
    }
    return code;
}

// -- one image ------------------------------------------------------------------------------------

static pt_scan_names names_of(all *s, const pt_scan_row *row) {
    pt_scan_words names = {0};
    pt_scan_words digests = {0};
    for (size_t i = 0; i < row->names.n; i++) {
        pt_str *slot = PT_PUSH(&s->arena, &names);
        if (slot)
            *slot = pt_docker_reference_tagged(&s->arena, row->names.v[i]);
    }
    for (size_t i = 0; i < row->digests.n; i++) {
        pt_str word = row->digests.v[i];
        pt_str *slot = PT_PUSH(&s->arena, &digests);
        if (slot)
            *slot = pt_str_sub(word, pt_str_find(word, '@') + 1, word.n);
    }
    return (pt_scan_names){names.v, digests.v, names.n, digests.n};
}

// The record of it, if there is one.
static pt_value recorded(all *s, pt_str id) {
    pt_images *i = NULL;
    pt_value found = pt_undefined();
    if (pt_images_open_read(&i, s->path.p, NULL) || pt_images_find(i, &s->arena, id, &found, NULL))
        found = pt_undefined();
    pt_images_free(i);
    pt_value one = pt_at(found, 0);
    return pt_str_eq(pt_text(pt_getz(one, "id")), id) ? one : pt_undefined();
}

// Judged today, by this index, asked likewise, and all of it could be judged. (Releases end, and
// what was accepted expires, on a day.)
static bool is_current(const all *s, pt_value record) {
    char room[PT_RFC3339_BYTES];
    int64_t code = PT_EXIT_FAILED;
    pt_str today = pt_str_sub(pt_time_rfc3339(pt_now(), room), 0, DAY_BYTES);
    return !pt_args_flag(s->args, "verify") &&
           pt_str_starts(pt_text(pt_getz(record, "judged")), today) &&
           pt_to_int(pt_getz(record, "exit"), &code) && code != PT_EXIT_FAILED &&
           pt_str_eq(pt_text(pt_getz(record, "index")), s->digest) &&
           pt_str_eq(pt_text(pt_getz(record, "asked")), s->asked.asked);
}

// It was looked at: guards see how long ago that was.
static pt_code touch(all *s, const pt_scan_row *row, const pt_scan_names *names, pt_err *e) {
    pt_images *i = NULL;
    const pt_image_put put = {.id = row->id,
                              .aliases = names->digests,
                              .names = names->names,
                              .n_aliases = names->n_digests,
                              .n_names = names->n_names,
                              .time = pt_now(),
                              .record = row->record,
                              .looked = s->asked.looked};
    pt_code code = pt_images_open(&i, s->path.p, e);
    if (!code)
        code = pt_images_put(i, &put, e);
    pt_images_free(i);
    return code;
}

// What a process that scanned says of it; all else is in the record.
typedef struct said {
    bool kept; // its layers were not read
    pt_code code;
    pt_err error; // says something also where what failed was mended
} said;

// As a single scan of it would be asked: by its id, of the engine that was listed.
static pt_args args_of(const all *s, const pt_scan_row *row) {
    pt_args args = *s->args;
    args.operands[0] = row->id.p;
    args.operands_n = 1;
    for (const pt_option *o = args.verb->options; o->name && !pt_args_get(&args, "from"); o++)
        if (strcmp(o->name, "from") == 0 && args.n < PT_VALUES_MAX) {
            args.values[args.n].option = o;
            args.values[args.n++].value = "docker";
        }
    return args;
}

static _Noreturn void become_scan(all *s, const pt_scan_row *row, int to) {
    said out = {0};
    pt_args args = args_of(s, row);
    pt_time_ns read_at = 0;
    pt_scan_again again = {.index = s->index,
                           .path = s->path,
                           .id = row->id,
                           .asked = s->asked,
                           .names = names_of(s, row)};
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    bool anew = pt_args_flag(s->args, "verify");
    if (!anew && pt_time_parse(pt_text(pt_getz(row->record, "read")), &read_at))
        again.read_at = read_at;
    out.code = pt_scan_one(&args, &again, &out.kept, &out.error);
    PT_IGNORE(pt_fd_write_all(to, (pt_str){(const char *)&out, sizeof out}, NULL)); // then: died
    fflush(stdout);
    _exit(0);
}

static pt_code scan_apart(all *s, const pt_scan_row *row, said *ret, pt_err *e) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pt_err_sys(e, errno, "no pipe: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close) int from = ends[0];
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        become_scan(s, row, ends[1]);
    int sys = errno;
    pt_fd_close(&ends[1]);
    if (pid < 0)
        return pt_err_sys(e, sys, "no process: %s", pt_errno_text(sys));
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(sizeof *ret);
    pt_code code = pt_fd_read_all(from, &b, e);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!code && b.n != sizeof *ret)
        code = pt_err_set(e, PT_E_IO, "the process that scanned it ended by itself (%s %d)",
                          WIFSIGNALED(status) ? "signal" : "exit code",
                          WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    if (!code)
        memcpy(ret, b.p, sizeof *ret);
    return code;
}

static pt_code scan_image(all *s, pt_scan_row *row, pt_err *e) {
    said out = {0};
    row->record = recorded(s, row->id);
    if (is_current(s, row->record)) {
        const pt_scan_names names = names_of(s, row);
        row->how = PT_SCAN_UNCHANGED;
        return touch(s, row, &names, e);
    }
    pt_code code = scan_apart(s, row, &out, e);
    if (!code && out.code) {
        *e = out.error;
        code = out.code;
    }
    if (code)
        return code;
    row->how = out.kept ? PT_SCAN_JUDGED : PT_SCAN_READ;
    row->record = recorded(s, row->id);
    return pt_defined(row->record) ? PT_OK : pt_err_set(e, PT_E_IO, "its scan was not recorded");
}

static void scan_each(all *s) {
    pt_progress p = {0};
    for (size_t i = 0; i < s->rows.n; i++) {
        pt_scan_row *row = &s->rows.v[i];
        pt_str label = pt_scan_row_label(&s->arena, row);
        pt_progress_say(&p, "Scanning %.*s  image %zu of %zu", PT_PRI(label), i + 1, s->rows.n);
        pt_code code = scan_image(s, row, &row->error);
        if (!code)
            continue;
        row->how = PT_SCAN_FAILED;
        row->record = pt_undefined();
        pt_progress_clear(&p);
        if (!pt_str_has(pt_str_of(row->error.where), label))
            pt_err_at(&row->error, "%.*s", PT_PRI(label));
        pt_say_error(&row->error);
    }
    pt_progress_clear(&p);
}

// -- all of them ----------------------------------------------------------------------------------

static pt_code put(all *s, int64_t ns, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    bool json = pt_args_flag(s->args, "json");
    const pt_scan_rows rows = {
        .v = s->rows.v, .n = s->rows.n, .index = pt_index_about(s->index, &s->arena), .ns = ns};
    pt_code code = PT_OK;
    pt_terminal t = pt_screen(s->args);
    if (json)
        code = pt_scan_rows_json(&b, &s->arena, &rows, e);
    else
        pt_scan_rows_show(&b, &s->arena, &rows, &t);
    if (!code && b.full)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (code)
        return code;
    return json ? pt_put_json(pt_buf_str(&b), e) : pt_put_stdout(pt_buf_str(&b), e);
}

static pt_code scan_all(all *s, pt_err *e) {
    int64_t from = pt_monotonic_ns();
    pt_scan_rules rules; // read by each image's own process, and told once if they are broken
    pt_code code = check_args(s->args, e);
    if (!code)
        code = pt_scan_rules_read(s->args, &s->arena, &rules, e);
    if (!code)
        code = pt_scan_asked_of(s->args, &s->arena, &s->asked, e);
    if (!code)
        code = open_index(s, e);
    if (!code)
        code = open_record(s, e);
    if (!code)
        code = list_images(s, e);
    if (code)
        return code;
    scan_each(s);
    return put(s, pt_monotonic_ns() - from, e);
}

int pt_scan_all(const pt_args *args) {
    all s = {.args = args};
    pt_err e = {0};
    pt_code code = scan_all(&s, &e);
    int exit = code == PT_E_USAGE ? PT_EXIT_USAGE
               : code             ? PT_EXIT_FAILED
                                  : pt_scan_rows_exit(s.rows.v, s.rows.n);
    if (code)
        pt_say_error(&e);
    pt_index_close(s.index);
    pt_arena_done(&s.arena);
    return exit;
}
