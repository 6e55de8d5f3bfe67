#include "cli/scan_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/scan_rules.h"
#include "cli/scan_verdict.h"
#include "crypto/crypto.h"
#include "value/json.h"

enum {
    WORDS_BYTES_MAX = 16 << 10,
    FILE_BYTES_MAX = 64 << 20, // of an option's file
    WHY_BYTES_MAX = 512,
};

// -- how it was asked -----------------------------------------------------------------------------

static bool is_one_of(const char *word, const char *list) {
    return pt_str_in_list(pt_str_of(word), pt_str_of(list), '|');
}

// Options that change what is shown, or where it comes from and goes to; an option that is not
// known here counts for both.
#define SHOWN                                                                                     \
    "all|from|cache|cache-max|no-cache|verify|insecure-registry|db|db-key|max-age|full|packages|" \
    "receipt|state|no-record|json|"                                                               \
    "quiet|color"                                                                                 \
    "|ascii|output"
#define JUDGED "vex|policy|deny|fail-on|ignore-unfixed|strict|config|baseline|against"

static pt_code put_file(pt_buf *b, const char *path, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf bytes = PT_BUF(FILE_BYTES_MAX);
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "cannot be read: %s", pt_errno_text(errno))
                          : pt_fd_read_all(fd, &bytes, e);
    if (code) {
        pt_err_at(e, "%s", path);
        return code;
    }
    pt_str text = pt_buf_str(&bytes);
    pt_hash256 h = pt_sha256(&text, 1);
    pt_hex_put(b, (pt_str){(const char *)h.b, sizeof h.b});
    return PT_OK;
}

static pt_code put_option(pt_buf *b, const pt_option *o, const char *value, pt_err *e) {
    pt_buf_printf(b, " --%s", o->name);
    if (!o->arg)
        return PT_OK;
    pt_buf_putc(b, '=');
    if (pt_str_starts(pt_str_of(o->arg), PT_STR("FILE")))
        return put_file(b, value, e);
    if (pt_str_starts(pt_str_of(o->arg), PT_STR("PATH")))
        return pt_scan_rules_digest(value, b, e);
    pt_buf_putz(b, value);
    return PT_OK;
}

// Waivers that are read though no option names them (pt_accept_read).
static pt_code put_settings(const pt_args *args, pt_buf *b, pt_err *e) {
    static const char *const paths[] = {"paratia.yaml", "/etc/paratia/paratia.yaml"};
    for (size_t i = 0; !pt_args_get(args, "config") && i < PT_COUNT(paths); i++)
        if (access(paths[i], F_OK) == 0) {
            pt_buf_putc(b, ' ');
            return put_file(b, paths[i], e);
        }
    return PT_OK;
}

static pt_code put_words(const pt_args *args, const char *without, pt_buf *b, pt_err *e) {
    pt_buf_putz(b, PT_VERSION);
    pt_code code = without[0] ? PT_OK : put_settings(args, b, e);
    for (size_t i = 0; !code && i < args->n; i++) {
        const pt_option *o = args->values[i].option;
        bool said = o->arg || pt_args_flag(args, o->name);
        if (said && !is_one_of(o->name, SHOWN) && !is_one_of(o->name, without))
            code = put_option(b, o, args->values[i].value, e);
    }
    return !code && b->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : code;
}

pt_code pt_scan_asked_of(const pt_args *args, pt_arena *a, pt_scan_asked *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf looked = PT_BUF(WORDS_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf asked = PT_BUF(WORDS_BYTES_MAX);
    pt_code code = put_words(args, JUDGED, &looked, e);
    if (!code)
        code = put_words(args, "", &asked, e);
    ret->looked = pt_arena_str(a, pt_buf_str(&looked));
    ret->asked = pt_arena_str(a, pt_buf_str(&asked));
    return !code && !ret->asked.p ? pt_err_set(e, PT_E_NOMEM, "out of memory") : code;
}

// -- the record -----------------------------------------------------------------------------------

// Findings at or above each severity, by a gate: what who asks later may draw his own line at.
static pt_value gates(pt_arena *a, const pt_run *run, bool fixable) {
    static const char *const words[] = {"critical", "high", "medium", "low", "negligible"};
    pt_obj o = {.a = a};
    for (size_t i = 0; i < PT_COUNT(words); i++) {
        pt_run at = *run;
        at.no_gate = !pt_scan_gate_parse(pt_str_of(words[i]), &at.fail_on);
        pt_obj_set(&o, words[i], pt_int((int64_t)pt_scan_over(&at, fixable)));
    }
    return pt_obj_end(&o);
}

static pt_str first_problem(pt_arena *a, pt_value doc) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)WHY_BYTES_MAX * 4);
    pt_value problem = pt_at(pt_getz(doc, "problems"), 0);
    pt_str what = pt_text(pt_getz(problem, "what"));
    pt_buf_put_safe(&b, pt_str_sub(what, 0, WHY_BYTES_MAX));
    return b.n ? pt_arena_str(a, pt_buf_str(&b)) : PT_STR("not all of it could be read");
}

static size_t over_of(const pt_args *args, const pt_run *run) {
    return pt_scan_over(run, pt_args_flag(args, "ignore-unfixed"));
}

// Why it is no pass; empty: it is one.
static pt_str why_of(const pt_args *args, pt_arena *a, const pt_run *run) {
    const char *word = pt_args_get(args, "fail-on");
    size_t over = over_of(args, run);
    if (run->receipt.broken)
        return PT_STR("the ledger contradicts itself");
    switch (pt_scan_end_of(run, over)) {
    case PT_SCAN_OVER:
        return pt_arena_printf(a, "%zu at or above %s (--fail-on)", over, word ? word : "");
    case PT_SCAN_BROKEN:
    case PT_SCAN_UNREAD:
        return first_problem(a, run->scan);
    case PT_SCAN_STRICT:
        return PT_STR("something was not evaluated (--strict)");
    case PT_SCAN_WASTEFUL:
        return PT_STR("the layers waste more than --max-waste says");
    case PT_SCAN_RULED_OUT:
        return PT_STR("a rule of --policy or --deny");
    case PT_SCAN_UNRULED:
        return PT_STR("not every rule of --policy or --deny could be asked");
    case PT_SCAN_UNJUDGED:
        return PT_STR("not every package could be judged");
    default:
        break;
    }
    static const pt_str unasked = PT_STR("there was no advisory index");
    if (!pt_defined(pt_getz(run->scan, "index")))
        return unasked;
    return (pt_str){0};
}

static const char *verdict_of(const pt_run *run, pt_str why) {
    if (run->exit_code == PT_EXIT_FINDINGS)
        return "fail";
    return run->exit_code == PT_EXIT_OK && !why.n ? "pass" : "not evaluated";
}

static pt_value strings(pt_arena *a, const pt_str *v, size_t n) {
    pt_list l = {.a = a};
    for (size_t i = 0; i < n && i < PT_IMAGES_ALIASES_MAX; i++)
        pt_list_add(&l, pt_string(v[i]));
    return pt_list_end(&l);
}

static int64_t bytes_of(pt_value doc) {
    pt_value layers = pt_getz(doc, "layers");
    int64_t sum = 0;
    for (size_t i = 0; i < pt_len(layers); i++) {
        int64_t n = 0;
        if (pt_to_int(pt_getz(pt_at(layers, i), "bytes"), &n) && n > 0 && n < INT64_MAX - sum)
            sum += n;
    }
    return sum;
}

static pt_value time_value(pt_arena *a, pt_time_ns t) {
    char room[PT_RFC3339_BYTES];
    return pt_string(pt_arena_str(a, pt_time_rfc3339(t, room)));
}

// How old what judged it is: the index, or the oldest of its sources that speak of the system's
// packages.
static pt_value made_of(pt_value doc) {
    pt_value made = pt_getz(pt_getz(doc, "index"), "made");
    pt_value coverage = pt_getz(doc, "coverage");
    for (size_t i = 0; i < pt_len(coverage); i++) {
        pt_value advised = pt_getz(pt_at(coverage, i), "advised");
        pt_time_ns was = 0;
        pt_time_ns now = 0;
        if (pt_time_parse(pt_text(advised), &was) && pt_time_parse(pt_text(made), &now) &&
            was < now)
            made = advised;
    }
    return made;
}

static pt_value record_of(const pt_args *args, pt_arena *a, const pt_scan_ended *s, pt_time_ns now,
                          pt_str asked) {
    const pt_run *run = s->run;
    pt_value doc = run->scan;
    pt_str why = why_of(args, a, run);
    pt_value index = pt_getz(doc, "index");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "verdict", pt_stringz(verdict_of(run, why)));
    if (why.n)
        pt_obj_set(&o, "why", pt_string(why));
    pt_obj_set(&o, "exit", pt_int(run->exit_code));
    pt_obj_set(&o, "asked", pt_string(asked));
    pt_obj_set(&o, "names", strings(a, s->names.names, s->names.n_names));
    pt_obj_set(&o, "read", time_value(a, s->read_at ? s->read_at : now));
    pt_obj_set(&o, "judged", time_value(a, now));
    pt_obj_maybe(&o, "index", pt_getz(index, "digest"));
    pt_obj_maybe(&o, "index_made", made_of(doc));
    pt_obj_maybe(&o, "counts", pt_getz(doc, "counts"));
    if (pt_defined(index)) {
        pt_obj_set(&o, "over", gates(a, run, false));
        pt_obj_set(&o, "over_fixable", gates(a, run, true));
    }
    pt_obj_set(&o, "packages", pt_int((int64_t)pt_len(pt_getz(doc, "packages"))));
    pt_obj_set(&o, "bytes", pt_int(bytes_of(doc)));
    if (run->receipt.recorded)
        pt_obj_set(&o, "receipt", pt_int((int64_t)run->receipt.index));
    return pt_obj_end(&o);
}

// The digests that lead to it: of its manifest, as it was verified, and those that others name.
static pt_code put_image(const pt_args *args, pt_arena *a, pt_images *i, const pt_scan_ended *s,
                         pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF((size_t)PT_IMAGES_DOCUMENT_BYTES_MAX);
    PT_VEC(pt_str) aliases = {0};
    pt_time_ns now = pt_now();
    pt_scan_asked how = {0};
    pt_value image = pt_getz(s->run->scan, "image");
    for (size_t k = 0; k <= s->names.n_digests; k++) {
        pt_str *slot = PT_PUSH(a, &aliases);
        if (slot)
            *slot = k ? s->names.digests[k - 1] : pt_text(pt_getz(image, "manifest"));
    }
    pt_code code = pt_scan_asked_of(args, a, &how, e);
    // A document that is too large is not kept: its layers are read again then.
    if (!code && !s->read_at && pt_json_write(&text, s->read, NULL, NULL))
        pt_buf_clear(&text);
    const pt_image_put put = {.id = pt_text(pt_getz(image, "config")),
                              .aliases = aliases.v,
                              .n_aliases = aliases.n,
                              .names = s->names.names,
                              .n_names = s->names.n_names,
                              .time = now,
                              .record = record_of(args, a, s, now, how.asked),
                              .document = pt_buf_str(&text),
                              .looked = how.looked};
    if (!code && (!pt_defined(put.record) || a->full))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    return code ? code : pt_images_put(i, &put, e);
}

// Are the bytes that were scanned those of the image whose id they bear? Else anybody may have made
// them.
static bool is_proved(pt_value doc) {
    pt_value layers = pt_getz(doc, "layers");
    pt_value problems = pt_getz(doc, "problems");
    for (size_t i = 0; i < pt_len(layers); i++)
        if (!pt_true(pt_getz(pt_at(layers, i), "read")))
            return false;
    for (size_t i = 0; i < pt_len(problems); i++)
        if (pt_str_eqz(pt_text(pt_getz(pt_at(problems, i), "verdict")), "fail"))
            return false;
    return true;
}

pt_code pt_scan_record(const pt_args *args, pt_arena *a, pt_str path, const pt_scan_ended *s,
                       pt_err *e) {
    pt_images *i = NULL;
    pt_run open = {0};
    pt_scan_ended all = *s;
    if (!pt_text(pt_getz(pt_getz(s->run->scan, "image"), "config")).n)
        return PT_OK; // a folder, or a bill: no engine can be asked to run it
    if (!s->runs && !is_proved(s->run->scan)) {
        if (!pt_args_flag(args, "quiet"))
            fputs("note: guards are not told: these are not the bytes of the image whose id they "
                  "bear\n",
                  stderr);
        return PT_OK;
    }
    pt_code code = pt_scan_all_open(s->run, a, &open, e);
    if (code)
        return code;
    open.exit_code = open.receipt.broken
                         ? PT_EXIT_FAILED
                         : pt_scan_exit_code(pt_scan_end_of(&open, over_of(args, &open)));
    all.run = &open;
    code = pt_images_open(&i, path.p, e);
    if (!code)
        code = put_image(args, a, i, &all, e);
    pt_images_free(i);
    return code;
}
