// paratia sbom: an image or a bill (cli/image_input) -> record/sbom -> a file.
#include "record/sbom/sbom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/image_cache.h"
#include "cli/image_input.h"
#include "cli/verbs.h"
#include "value/json.h"

const pt_option pt_sbom_options[] = {
    {"from", "PLACE", "file, docker, podman, containerd, registry", "by its look", "What"},
    {"insecure-registry", NULL, "it may speak without TLS", NULL, NULL},
    {"image", "NAME", "which of several: a name or a digest", NULL, NULL},
    {"root", NULL, "the folder is a root file system", NULL, NULL},
    {"platform", "OS/ARCH", "which of several platforms", "this machine's", NULL},
    {"licences", NULL, "what their files say, too", NULL, NULL},
    {"format", "FORMAT", "cyclonedx (1.6) or spdx (2.3), in JSON", "cyclonedx", "Report", 'f'},
    {"output", "FILE", "written instead of standard output", NULL, NULL, 'o'},
    PT_CACHE_OPTIONS,
    {"help", NULL, "this text", NULL, NULL},
    {0},
};

#define ARENA_BYTES_MAX ((size_t)4 << 30) // what PT_BILL_PACKAGES_MAX with all their edges take

enum {
    OUT_BYTES_MAX = 1 << 30,
    FILE_MODE = 0644,
};

static pt_code format_of(const pt_args *args, pt_sbom_format *ret, pt_err *e) {
    const char *word = pt_args_get(args, "format");
    if (!word || pt_sbom_format_of(pt_str_of(word), ret))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "--format does not know %s", word);
    pt_err_remedy(e, "--format cyclonedx, or spdx");
    return code;
}

// Builds that can be repeated say when they were made (reproducible-builds.org).
static pt_code epoch_of(int64_t *ret, pt_err *e) {
    const char *word = getenv("SOURCE_DATE_EPOCH");
    *ret = -1;
    if (!word || !*word || (pt_str_int(pt_str_of(word), 10, ret) && *ret >= 0))
        return PT_OK;
    return pt_err_set(e, PT_E_USAGE, "SOURCE_DATE_EPOCH is no number of seconds: %s", word);
}

// On a terminal as pt_put_json has it.
static pt_code write_open(int fd, pt_str text, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(SIZE_MAX);
    if (!isatty(fd))
        return pt_fd_write_all(fd, text, e);
    pt_buf_put_safe_json(&b, text);
    return b.full ? pt_err_set(e, PT_E_NOMEM, "out of memory")
                  : pt_fd_write_all(fd, pt_buf_str(&b), e);
}

static pt_code write_to(const char *path, pt_str text, pt_err *e) {
    struct stat st;
    if (!path)
        return pt_put_json(text, e);
    pt_code code = PT_OK;
    if (stat(path, &st) != 0 || S_ISREG(st.st_mode))
        code = pt_file_replace(path, text, FILE_MODE, e);
    else { // a pipe, a terminal
        PT_AUTO(pt_fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        code = fd < 0 ? pt_err_sys(e, errno, "cannot write: %s", pt_errno_text(errno))
                      : write_open(fd, text, e);
    }
    if (code)
        pt_err_at(e, "%s", path);
    return code;
}

static pt_code put(const pt_args *args, pt_value bill, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(OUT_BYTES_MAX);
    pt_code code = pt_json_write(&b, bill, &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(&b, '\n');
    if (!code && b.full)
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    return code ? code : write_to(pt_args_get(args, "output"), pt_buf_str(&b), e);
}

static pt_code run(const pt_args *args, pt_arena *a, pt_value *ret_doc, pt_err *e) {
    pt_sbom_format format = PT_SBOM_CYCLONEDX;
    pt_value bill = pt_undefined();
    int64_t epoch = -1;
    pt_code code = format_of(args, &format, e);
    if (!code)
        code = epoch_of(&epoch, e);
    if (!code)
        code = pt_scan_target(args, a, ret_doc, NULL, e);
    pt_str target = pt_str_of(args->operands[0]);
    pt_str name = pt_str_sub(target, pt_str_rfind(target, '/') + 1, target.n); // none: "-", "x/"
    const pt_sbom_ask ask = {.format = format, .seconds = epoch, .name = name.n ? name : target};
    if (!code)
        code = pt_sbom_make(a, *ret_doc, &ask, &bill, e);
    return code ? code : put(args, bill, e);
}

int pt_cmd_sbom(const pt_args *args) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value doc = pt_undefined();
    pt_err e = {0};
    pt_arena_init(&a, ARENA_BYTES_MAX);
    pt_code code = run(args, &a, &doc, &e);
    if (code) {
        pt_say_error(&e);
        return code == PT_E_USAGE ? PT_EXIT_USAGE : PT_EXIT_FAILED;
    }
    size_t problems = pt_len(pt_getz(doc, "problems"));
    if (problems)
        fprintf(stderr, "paratia: the bill is not of all there is: it names %zu %s\n", problems,
                problems == 1 ? "reason" : "reasons");
    return pt_scan_exit(doc);
}
