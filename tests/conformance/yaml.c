// Suite "yaml": the data form of yaml/yaml-test-suite, read in the core dialect. A folder that
// holds in.yaml is a case, and folders within it are others. With a file "error" the text must be
// refused; with in.json its documents must be equal to those, one by one; with neither the data has
// no JSON form, and it must be read all the same.
#include "value/yaml.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "conformance.h"
#include "value/json.h"

enum {
    FILE_BYTES_MAX = 1 << 20,
    FOLDERS_MAX = 3 // within one another
};

// False: there is none.
static bool read_part(pt_arena *a, const char *folder, const char *name, pt_str *ret) {
    PT_AUTO(pt_fd_close)
    int fd = open(pt_arena_printf(a, "%s/%s", folder, name).p, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    pt_buf b = PT_BUF(FILE_BYTES_MAX);
    pt_err e;
    if (pt_fd_read_all(fd, &b, &e) == PT_OK)
        *ret = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&b);
    return true;
}

// The next document of each; false: the case is decided.
static bool same(pt_tally *t, const char *name, const pt_yaml_doc *doc, pt_json_stream *json,
                 pt_arena *a) {
    pt_json_event want;
    pt_err e = {0};
    if (pt_json_next(json, a, &want, &e))
        pt_case_failed(t, name, "in.json: %s", e.what);
    else if (want.kind == PT_JSON_END && !pt_defined(doc->value))
        pt_case_passed(t);
    else if (want.kind == PT_JSON_END)
        pt_case_failed(t, name, "more documents than in.json has");
    else if (!pt_defined(doc->value))
        pt_case_failed(t, name, "fewer documents than in.json has");
    else if (!pt_eq(want.value, doc->value))
        pt_case_failed(t, name, "the document at line %u is not what in.json says", doc->line);
    else
        return true;
    return false;
}

static void run_case(pt_tally *t, const char *folder, const char *name, pt_str text, pt_arena *a) {
    pt_str json = {0};
    pt_str marker;
    bool refuse = read_part(a, folder, "error", &marker);
    bool compare = !refuse && read_part(a, folder, "in.json", &json);
    pt_json_stream wanted = {.bytes = json};
    pt_yaml_stream s = {.bytes = text, .dialect = PT_YAML_CORE};
    pt_yaml_doc doc;
    pt_err e = {0};
    pt_code code;
    bool more;
    do {
        code = pt_yaml_next(&s, a, &doc, &e);
        more = !code && pt_defined(doc.value);
        if (!code && compare)
            more = same(t, name, &doc, &wanted, a);
    } while (more);
    pt_yaml_stream_done(&s);
    if (code && !refuse)
        pt_case_failed(t, name, "%s (line %u, column %u)", e.what, e.line, e.column);
    else if (!code && refuse)
        pt_case_failed(t, name, "accepted, but must be refused");
    else if (!compare)
        pt_case_passed(t);
}

static int real_entry(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

// NOLINTNEXTLINE(misc-no-recursion): FOLDERS_MAX
static bool run_folder(pt_tally *t, const char *folder, const char *name, unsigned depth) {
    struct dirent **entries;
    int n = scandir(folder, &entries, real_entry, alphasort);
    if (n < 0)
        return false;
    pt_arena a = {0};
    pt_str text;
    if (read_part(&a, folder, "in.yaml", &text))
        run_case(t, folder, name, text, &a);
    for (int i = 0; i < n; i++) {
        struct stat st;
        const char *within = pt_arena_printf(&a, "%s/%s", folder, entries[i]->d_name).p;
        const char *full =
            pt_arena_printf(&a, "%s%s%s", name, name[0] ? "/" : "", entries[i]->d_name).p;
        if (depth < FOLDERS_MAX && stat(within, &st) == 0 && S_ISDIR(st.st_mode) &&
            !run_folder(t, within, full, depth + 1))
            pt_case_failed(t, full, "cannot be read: %s", pt_errno_text(errno));
        free(entries[i]);
    }
    free((void *)entries);
    pt_arena_done(&a);
    return true;
}

pt_suite_run pt_suite_yaml; // SUITES in conformance.c declares it too
bool pt_suite_yaml(const char *dir, pt_tally *t) {
    return run_folder(t, dir, "", 0);
}
