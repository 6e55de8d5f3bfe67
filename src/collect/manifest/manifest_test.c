#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/testing.h"
#include "collect/manifest/manifest.h"
#include "value/json.h"
#include "value/path.h"

enum {
    NOBODY = 65534
};

// -- a folder to read -----------------------------------------------------------------------------

typedef struct room {
    char path[64];
    pt_buf told;      // what the reader said, a line each
    const char *seek; // locate this path of each object
    size_t stop_after;
    pt_manifest_counts counts;
} room;

static const char *in(const room *r, const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", r->path, name);
    return path;
}

static void put(const room *r, const char *name, pt_str text) {
    int fd = open(in(r, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(pt_fd_write_all(fd, text, NULL), PT_OK);
    close(fd);
}

static void put_folder(const room *r, const char *name) {
    assert_int_equal(mkdir(in(r, name), 0755), 0);
}

static int setup(void **state) {
    room *r = calloc(1, sizeof *r);
    assert_non_null(r);
    snprintf(r->path, sizeof r->path, "/tmp/paratia-manifest-XXXXXX");
    assert_non_null(mkdtemp(r->path));
    r->told = PT_BUF(1 << 20);
    *state = r;
    return 0;
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *at) {
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int teardown(void **state) {
    enum {
        OPEN_MAX_AT_ONCE = 16
    };
    room *r = *state;
    int status = nftw(r->path, forget, OPEN_MAX_AT_ONCE, FTW_DEPTH | FTW_PHYS);
    pt_buf_done(&r->told);
    free(r);
    return status;
}

static bool go_on(room *r) {
    if (r->stop_after == 0)
        return true;
    r->stop_after--;
    return r->stop_after > 0;
}

// Names below the folder are told without it.
static pt_str short_name(const room *r, pt_str file) {
    size_t n = strlen(r->path);
    if (pt_str_starts(file, pt_str_of(r->path)))
        file = pt_str_sub(file, file.n > n ? n + 1 : n, file.n);
    return file;
}

static bool on_object(void *ctx, const pt_object *o) {
    room *r = ctx;
    if (r->told.n)
        pt_buf_putc(&r->told, '\n');
    pt_buf_printf(&r->told, "%.*s:%u %.*s", PT_PRI(short_name(r, o->file)), o->line,
                  PT_PRI(o->name));
    if (o->prefix.n)
        pt_buf_printf(&r->told, " %.*s", PT_PRI(o->prefix));
    if (o->notes)
        pt_buf_printf(&r->told, " !%x@%u", o->notes, o->note_line);
    if (r->seek) {
        uint32_t line;
        uint32_t column;
        pt_object_locate(o, pt_str_of(r->seek), &line, &column);
        pt_buf_printf(&r->told, " at %u:%u", line, column);
    }
    return go_on(r);
}

static bool on_problem(void *ctx, const pt_manifest_problem *p) {
    static const char *const kinds[] = {
        [PT_PROBLEM_BROKEN] = "broken",
        [PT_PROBLEM_TEMPLATE] = "template",
        [PT_PROBLEM_NO_OBJECT] = "no object",
    };
    room *r = ctx;
    if (r->told.n)
        pt_buf_putc(&r->told, '\n');
    pt_buf_printf(&r->told, "%.*s:%u:%u %s: %s", PT_PRI(short_name(r, p->place.file)),
                  p->place.line, p->place.column, kinds[p->kind], p->err.what);
    if (p->err.remedy[0])
        pt_buf_printf(&r->told, " [%s]", p->err.remedy);
    return go_on(r);
}

static pt_code read_path(room *r, const char *path) {
    pt_manifest_sink sink = {.ctx = r, .object = on_object, .problem = on_problem};
    pt_buf_clear(&r->told);
    r->counts = (pt_manifest_counts){0};
    pt_err e = {0};
    return pt_manifest_read(path, &sink, &r->counts, &e);
}

// What one file of this text makes the reader say.
static void check_text(room *r, const char *name, pt_str text, const char *want) {
    put(r, name, text);
    assert_int_equal(read_path(r, in(r, name)), PT_OK);
    assert_str(pt_buf_str(&r->told), want);
    assert_int_equal(r->counts.files, 1);
}

typedef struct file_case {
    const char *name, *text, *want;
} file_case;

static void check_cases(room *r, const file_case *cases, size_t n) {
    for (size_t i = 0; i < n; i++)
        check_text(r, cases[i].name, pt_str_of(cases[i].text), cases[i].want);
}

// -- objects --------------------------------------------------------------------------------------

static void test_manifest_objects_have_names_and_lines(void **state) {
    static const file_case cases[] = {
        {"a.yaml", "", ""},
        {"a.yaml", "# only a comment\n---\n", ""},
        {"a.yaml",
         "kind: Pod\napiVersion: v1\nmetadata: {name: a}\n---\n\n---\n# b\nkind: Pod\n"
         "apiVersion: v1\nmetadata: {name: b, namespace: shop}\n",
         "a.yaml:1 Pod a\na.yaml:7 Pod shop/b"},
        {"a", "kind: Pod\napiVersion: v1\n", "a:1 Pod (no name)"},
        {"a", "kind: Job\napiVersion: batch/v1\nmetadata: {generateName: i-, namespace: shop}\n",
         "a:1 Job shop/i-*"},
        {"a", "kind: Pod\napiVersion: v1\nmetadata: {name: \"a\\e[1m\"}\n", "a:1 Pod a\\x1b[1m"},
        {"a", "kind: Pod\napiVersion: v1\nmetadata: 7\n", "a:1 Pod (no name)"},
        {"a", "kind: Pod\nkind: Pod\napiVersion: v1\n...\nkind: Job\n", "a:1 Pod (no name) !3@2"},
        {"a.json",
         "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\n\n{\"kind\":\"Job\",\n"
         "\"apiVersion\":\"v1\",\n\"apiVersion\":\"v2\"}",
         "a.json:1 Pod (no name)\na.json:3 Job (no name) !1@5"},
        {"a.json", "{kind: Pod, apiVersion: v1,}", "a.json:1 Pod (no name)"},
        {"a", "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}\n---\nkind: Job\napiVersion: v1\n",
         "a:1 Pod (no name)\na:3 Job (no name)"},
    };
    check_cases(*state, cases, PT_COUNT(cases));
}

static void test_manifest_lists_are_taken_apart(void **state) {
    static const file_case cases[] = {
        {"a",
         "kind: List\napiVersion: v1\nitems:\n- kind: Pod\n  apiVersion: v1\n"
         "- kind: Job\n  apiVersion: v1\n  metadata: {name: x}\n",
         "a:1 Pod (no name) items[0]\na:1 Job x items[1]"},
        {"a", "kind: PodList\napiVersion: v1\nitems:\n- metadata: {name: x}\n- kind: Job\n",
         "a:1 Pod x items[0]\na:5:3 no object: not a Kubernetes object: it has no \"apiVersion\""},
        {"a", "kind: List\napiVersion: v1\nitems:\n- metadata: {name: x}\n",
         "a:4:3 no object: not a Kubernetes object: it has no \"kind\""},
        {"a",
         "items:\n- kind: List\n  items:\n  - {kind: Pod, apiVersion: v1}\n- items:\n"
         "- {items: null, kind: XList}\n",
         "a:1 Pod (no name) items[0].items[0]"},
        {"a", "kind: Pod\napiVersion: v1\nmetadata: {name: x}\nitems: []\n",
         "a:1:1 no object: kubectl takes Pod x for a list, because it has \"items\" "
         "[remove \"items\"]"},
        {"a", "kind: Pod\napiVersion: v1\nitems: {a: 1}\n", "a:1 Pod (no name)"},
        {"a", "kind: List\nitems: [1, ~, [a]]\n",
         "a:2:9 no object: not a Kubernetes object: no map of fields\n"
         "a:2:12 no object: not a Kubernetes object: no map of fields\n"
         "a:2:15 no object: not a Kubernetes object: no map of fields"},
        {"a",
         "{\"items\": [\n{\"metadata\":{\"name\":\"x\"}},\n {\"kind\":\"Job\",\n"
         "\"apiVersion\":\"b\"}],\n\"apiVersion\":\"v1\",\"kind\":\"PodList\"}\n{\"items\":[{}],"
         "\"kind\":\"List\"}",
         "a:2 Pod x\na:3 Job (no name)\n"
         "a:6:11 no object: not a Kubernetes object: it has no \"kind\""},
        {"a",
         "{\"kind\":\"Pod\",\"items\":[{\"items\":[{\"kind\":\"Pod\",\"apiVersion\":\"1\"}]}]}",
         "a:1 Pod (no name) items[0]\na:1:1 no object: kubectl takes Pod (no name) for a list, "
         "because it has \"items\" [remove \"items\"]"},
        {"a", "{\"items\":[{\"kind\":\"Pod\",\"apiVersion\":\"1\"},]}",
         "a:1 Pod (no name)\na:1:43 broken: not valid JSON: a comma before the closing bracket"},
    };
    check_cases(*state, cases, PT_COUNT(cases));
}

static void test_manifest_lists_within_lists_have_a_limit(void **state) {
    room *r = *state;
    pt_buf b = PT_BUF(65536);
    for (unsigned i = 0; i <= PT_MANIFEST_DEPTH_MAX; i++)
        pt_buf_putz(&b, "{items: [");
    for (unsigned i = 0; i <= PT_MANIFEST_DEPTH_MAX; i++)
        pt_buf_putz(&b, "]}");
    check_text(r, "a", pt_buf_str(&b), "");
    pt_buf_clear(&b);
    for (unsigned i = 0; i <= PT_MANIFEST_DEPTH_MAX + 1; i++)
        pt_buf_putz(&b, "{items: [");
    for (unsigned i = 0; i <= PT_MANIFEST_DEPTH_MAX + 1; i++)
        pt_buf_putz(&b, "]}");
    check_text(r, "a", pt_buf_str(&b), "a:1:1 broken: lists within lists, more than 64 deep");
    pt_buf_done(&b);
}

// -- places ---------------------------------------------------------------------------------------

static void test_manifest_locate_counts_from_the_file(void **state) {
    static const file_case cases[] = {
        {"a", "# c\nkind: Pod\napiVersion: v1\nspec:\n  # c\n  x: {a: 1, z: [2, 3]}\n",
         "a:1 Pod (no name) at 6:20"},
        {"a", "kind: Pod\r\napiVersion: v1\r\nspec:\r\n  x:\r\n    z:\r\n    - 1\r\n    -   2\r\n",
         "a:1 Pod (no name) at 7:9"},
        {"a",
         "a: 1\n---\nb: [\n---\n\n\nkind: Pod\napiVersion: v1\nspec:\n  x:\n    z: [1,\n  2]\n",
         "a:1:1 no object: not a Kubernetes object: it has no \"kind\"\n"
         "a:4:1 broken: not valid YAML: the closing bracket ] is missing\n"
         "a:5 Pod (no name) at 12:3"},
        {"a",
         "kind: List\nitems:\n- {kind: Pod, apiVersion: v1}\n- kind: Pod\n  apiVersion: v1\n"
         "  spec:\n    x:\n      z:\n        - a\n        - b\n",
         "a:1 Pod (no name) items[0] at 3:3\na:1 Pod (no name) items[1] at 10:11"},
        {"a",
         "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"} {\"kind\":\"Pod\",\"apiVersion\":\"v1\","
         "\"spec\":{\"x\":{\"z\":[1,\n 22]}}}",
         "a:1 Pod (no name) at 1:1\na:1 Pod (no name) at 2:2"},
        {"a",
         "{\"kind\":\"List\",\n\"items\":[ {\"kind\":\"Pod\",\"apiVersion\":\"v1\","
         "\"spec\":{\"x\":{\"z\":[1,22]}}}]}",
         "a:2 Pod (no name) at 2:63"},
    };
    room *r = *state;
    r->seek = "spec.x.z[1]";
    check_cases(r, cases, PT_COUNT(cases));
}

// -- problems -------------------------------------------------------------------------------------

static void test_manifest_problems_say_what_and_where(void **state) {
    static const file_case cases[] = {
        {"a.yaml", "kind: Pod\n\tapiVersion: v1\n",
         "a.yaml:2:1 broken: not valid YAML: a tab where indentation is expected "
         "[indent with spaces]"},
        {"a.json", "{\"kind\": \"Pod\"\n \"a\": 1}",
         "a.json:2:2 broken: not valid JSON: a comma or a closing brace is missing"},
        {"a", "7", "a:1:1 no object: not a Kubernetes object: no map of fields"},
        {"a", "kind: 7\napiVersion: v1",
         "a:1:1 no object: not a Kubernetes object: it has no "
         "\"kind\""},
        {"kustomization.yaml", "resources: [a]\n",
         "kustomization.yaml:1:1 no object: a kustomization, not a Kubernetes object "
         "[build it: kubectl kustomize FOLDER | paratia check -]"},
        {"k.yaml", "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n",
         "k.yaml:1:1 no object: a kustomization, not a Kubernetes object "
         "[build it: kubectl kustomize FOLDER | paratia check -]"},
        {"compose.yaml", "# c\nservices: {a: {image: b}}\n",
         "compose.yaml:2:1 no object: a Compose file, not a Kubernetes object"},
        {"values.yaml", "a: 1\n",
         "values.yaml:1:1 no object: part of a Helm chart, not a "
         "Kubernetes object [render the chart: helm template FOLDER | "
         "paratia check -]"},
        {"a",
         "kind: Pod\nname: {{ .Values.x }}\n---\nkind: {{ .y }}\n---\nkind: Pod\n"
         "apiVersion: v1\n",
         "a:2:8 template: an unrendered template [render it first, such as: helm template CHART | "
         "paratia check -]\na:6 Pod (no name)"},
        {"a", "{{- if .x }}\nkind: Pod\n{{- end }}\n",
         "a:1:3 template: an unrendered template [render it first, such as: helm template CHART | "
         "paratia check -]"},
        {"a", "kind: Pod\napiVersion: v1\nx: \"{{ .y }}\"\n", "a:1 Pod (no name)"},
        {"a", "kind: Pod\n# {{ x }}\ny: '{{ z }}'\nx: [\n",
         "a:5:1 broken: not valid YAML: the closing bracket ] is missing"},
    };
    check_cases(*state, cases, PT_COUNT(cases));
}

static void test_manifest_chart_is_named_in_the_remedy(void **state) {
    room *r = *state;
    put_folder(r, "web");
    put_folder(r, "web/templates");
    put_folder(r, "web/templates/sub");
    put(r, "web/Chart.yaml", PT_STR("name: web\n"));
    put(r, "web/templates/sub/a.yaml", PT_STR("kind: {{ .x }}\n"));
    put(r, "web/templates/b.yaml", PT_STR("kind: Pod\napiVersion: v1\n"));
    assert_int_equal(read_path(r, in(r, "web/templates")), PT_OK);
    char want[512];
    snprintf(want, sizeof want,
             "web/templates/b.yaml:1 Pod (no name)\n"
             "web/templates/sub/a.yaml:0:0 template: an unrendered Helm template "
             "[helm template %s/web | paratia check -]",
             r->path);
    assert_str(pt_buf_str(&r->told), want);
}

static void test_manifest_encodings_are_taken_or_named(void **state) {
    room *r = *state;
    check_text(r, "a", PT_STR("\xef\xbb\xbfkind: Pod\napiVersion: v1"), "a:1 Pod (no name)");
    check_text(r, "a", PT_STR("\xef\xbb\xbf{\"kind\": \"Pod\", \"apiVersion\": \"v1\"}"),
               "a:1 Pod (no name)");
    check_text(r, "a",
               PT_STR("\xff\xfe{\0\"\0k\0i\0n\0d\0\"\0:\0\"\0=\xd8\0\xde\"\0,\0"
                      "\"\0a\0p\0i\0V\0e\0r\0s\0i\0o\0n\0\"\0:\0\"\0\xe9\0\"\0}\0"),
               "a:1 \xf0\x9f\x98\x80 (no name)");
    check_text(r, "a", PT_STR("\xfe\xff\0a\0:\0 \xd8\x01\0"),
               "a:1:1 no object: not a Kubernetes object: it has no \"kind\"");
    check_text(r, "a", PT_STR("kind: Pod\0"),
               "a:0:0 broken: a binary file, not YAML or JSON "
               "[give it another ending, or move it out of the "
               "folder]");
    check_text(r, "a", PT_STR("kind: \xe9\n"),
               "a:1:7 broken: not valid YAML: a byte that is not "
               "UTF-8");
}

// -- folders --------------------------------------------------------------------------------------

#define POD PT_STR("kind: Pod\napiVersion: v1\n")

static void test_manifest_folders_are_read_in_order(void **state) {
    room *r = *state;
    put_folder(r, "b");
    put_folder(r, "b/empty");
    put_folder(r, "b.yaml");
    put(r, "b.yaml/x.yml", POD);
    put(r, "b/z.yaml", POD);
    put(r, "b/a.json", POD);
    put(r, "a.yaml", POD);
    put(r, "c.YAML", POD);
    put(r, "c.txt", POD);
    put(r, "B.yaml", POD);
    assert_int_equal(read_path(r, r->path), PT_OK);
    assert_str(pt_buf_str(&r->told),
               "B.yaml:1 Pod (no name)\na.yaml:1 Pod (no name)\n"
               "b/a.json:1 Pod (no name)\nb/z.yaml:1 Pod (no name)\n"
               "b.yaml/x.yml:1 Pod (no name)\n"
               "c.YAML:1 Pod (no name)"); // kubectl leaves it out; others do not
    assert_int_equal(r->counts.files, 6);
    assert_int_equal(r->counts.objects, 6);
}

static void test_manifest_odd_members_are_problems_and_the_rest_goes_on(void **state) {
    room *r = *state;
    put_folder(r, "sub");
    put(r, "sub/real.yaml", POD);
    put(r, "z.yaml", POD);
    assert_int_equal(mkfifo(in(r, "a.yaml"), 0644), 0);
    assert_int_equal(symlink("b.yaml", in(r, "b.yaml")), 0);
    assert_int_equal(symlink("nothing", in(r, "c.yaml")), 0);
    assert_int_equal(symlink("sub/real.yaml", in(r, "d.yaml")), 0);
    assert_int_equal(symlink("..", in(r, "sub/loop")), 0);
    assert_int_equal(symlink("/usr", in(r, "y")), 0);
    put(r, "sub/UPPER.YML", POD);
    assert_int_equal(symlink("..", in(r, "sub/loop.yaml")), 0);
    assert_int_equal(symlink("/dev/null", in(r, "e.yaml")), 0);
    assert_int_equal(read_path(r, r->path), PT_OK);
    assert_str(pt_buf_str(&r->told),
               "a.yaml:0:0 broken: a FIFO, not a file [name it as PATH to read it, or move it out "
               "of the folder]\n"
               "b.yaml:0:0 broken: cannot read: Too many levels of symbolic links [remove the "
               "symbolic link: it leads back to itself]\n"
               "c.yaml:0:0 broken: no such file or folder [check the path]\n"
               "d.yaml:1 Pod (no name)\n"
               "e.yaml:0:0 broken: a device, not a file [name it as PATH to read it, or move it "
               "out of the folder]\n"
               "sub/UPPER.YML:1 Pod (no name)\n"
               "sub/real.yaml:1 Pod (no name)\n"
               "y:0:0 broken: a symbolic link to a folder, not followed [name it as PATH to check "
               "what it leads to]\n"
               "z.yaml:1 Pod (no name)");
    assert_int_equal(r->counts.problems, 5);
}

static void test_manifest_unreadable_places_are_problems(void **state) {
    room *r = *state;
    bool root = geteuid() == 0; // who may read everything
    put_folder(r, "a");
    put(r, "b.yaml", POD);
    put(r, "c.yaml", POD);
    assert_int_equal(chmod(in(r, "a"), 0), 0);
    assert_int_equal(chmod(in(r, "b.yaml"), 0), 0);
    assert_int_equal(chmod(r->path, 0755), 0);
    assert_true(!root || seteuid(NOBODY) == 0);
    assert_int_equal(read_path(r, r->path), PT_OK);
    assert_str(pt_buf_str(&r->told),
               "a:0:0 broken: cannot read: Permission denied [run as a user that may read it]\n"
               "b.yaml:0:0 broken: cannot read: Permission denied [run as a user that may read "
               "it]\nc.yaml:1 Pod (no name)");
    assert_int_equal(read_path(r, in(r, "a")), PT_E_DENIED);
    assert_int_equal(read_path(r, in(r, "b.yaml")), PT_E_DENIED);
    assert_true(!root || seteuid(0) == 0);
    assert_int_equal(chmod(in(r, "a"), 0755), 0);
}

static void test_manifest_a_path_that_is_not_there_is_absent(void **state) {
    room *r = *state;
    put(r, "a.yaml", POD);
    assert_int_equal(read_path(r, in(r, "nothing")), PT_E_ABSENT);
    assert_int_equal(read_path(r, in(r, "a.yaml/b")), PT_E_ABSENT);
    assert_int_equal(r->told.n, 0);
}

static void test_manifest_folders_have_a_depth_limit(void **state) {
    room *r = *state;
    pt_buf path = PT_BUF(512);
    for (unsigned i = 0; i < PT_MANIFEST_DEPTH_MAX; i++) {
        pt_buf_putz(&path, "d/");
        char name[512];
        snprintf(name, sizeof name, "%.*s", PT_PRI(pt_buf_str(&path)));
        put_folder(r, name);
    }
    pt_buf_put(&path, PT_STR("a.yaml\0"));
    put(r, path.p, POD);
    pt_buf_done(&path);
    assert_int_equal(read_path(r, r->path), PT_OK);
    assert_true(pt_str_has(pt_buf_str(&r->told),
                           PT_STR("broken: folders within folders, more than 64 deep")));
    assert_int_equal(r->counts.objects, 0);
}

static void test_manifest_a_file_that_is_too_large_is_not_read(void **state) {
    room *r = *state;
    put(r, "a.yaml", POD);
    assert_int_equal(truncate(in(r, "a.yaml"), (off_t)PT_MANIFEST_FILE_BYTES_MAX + 1), 0);
    assert_int_equal(read_path(r, in(r, "a.yaml")), PT_OK);
    assert_str(pt_buf_str(&r->told), "a.yaml:0:0 broken: larger than 1 GiB [split it into several "
                                     "files]");
}

static void test_manifest_standard_input_is_a_file_named_dash(void **state) {
    room *r = *state;
    int pipes[2];
    int old = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    assert_int_equal(pt_fd_write_all(pipes[1], POD, NULL), PT_OK);
    close(pipes[1]);
    assert_true(dup2(pipes[0], STDIN_FILENO) >= 0);
    assert_int_equal(read_path(r, "-"), PT_OK);
    close(pipes[0]);
    if (old >= 0) {
        dup2(old, STDIN_FILENO);
        close(old);
    }
    assert_str(pt_buf_str(&r->told), "-:1 Pod (no name)");
}

static void test_manifest_the_sink_can_stop(void **state) {
    room *r = *state;
    put(r, "a.yaml", PT_STR("kind: Pod\napiVersion: v1\n---\nkind: Job\napiVersion: v1\n"));
    put(r, "b.json", PT_STR("{\"items\":[{\"kind\":\"Pod\",\"apiVersion\":\"v1\"},{},{}]}"));
    put(r, "c.yaml", POD);
    static const size_t told[] = {1, 2, 3, 4, 5, 6};
    for (size_t i = 0; i < PT_COUNT(told); i++) {
        r->stop_after = told[i];
        assert_int_equal(read_path(r, r->path), PT_OK);
        assert_int_equal(r->counts.objects + r->counts.problems, told[i]);
    }
}

// Memory must not grow with the number of documents: the limit of the address space is that of one.
static void test_manifest_memory_does_not_grow_with_the_input(void **state) {
    room *r = *state;
    static const char *const parts[][3] = {
        {"", "kind: Pod\napiVersion: v1\nmetadata: {name: a, labels: {a: b, c: d}}\n---\n", ""},
        {"{\"kind\":\"List\",\"items\":[", "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"},",
         "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}]}"},
    };
    enum {
        MANY = 20000
    };
    for (size_t i = 0; i < PT_COUNT(parts); i++) {
        pt_buf b = PT_BUF(16 << 20);
        pt_buf_putz(&b, parts[i][0]);
        for (size_t k = 0; k < MANY; k++)
            pt_buf_putz(&b, parts[i][1]);
        pt_buf_putz(&b, parts[i][2]);
        put(r, "a.yaml", pt_buf_str(&b));
        pt_buf_done(&b);
        assert_int_equal(read_path(r, in(r, "a.yaml")), PT_OK);
        assert_true(r->counts.objects >= MANY);
    }
}

// -- pods -----------------------------------------------------------------------------------------

static const struct {
    const char *doc;
    const char *path; // NULL: makes no pods
} pods[] = {
    {"{\"kind\":\"Pod\",\"spec\":{}}", ""},
    {"{\"kind\":\"PodTemplate\",\"template\":{}}", "template"},
    {"{\"kind\":\"Deployment\",\"spec\":{\"template\":{}}}", "spec.template"},
    {"{\"kind\":\"ReplicaSet\",\"spec\":{\"template\":{}}}", "spec.template"},
    {"{\"kind\":\"ReplicationController\",\"spec\":{\"template\":{}}}", "spec.template"},
    {"{\"kind\":\"StatefulSet\",\"spec\":{\"template\":{}}}", "spec.template"},
    {"{\"kind\":\"DaemonSet\",\"spec\":{\"template\":{}}}", "spec.template"},
    {"{\"kind\":\"Job\",\"spec\":{\"template\":{}}}", "spec.template"},
    {"{\"kind\":\"CronJob\",\"spec\":{\"jobTemplate\":{\"spec\":{\"template\":{}}}}}",
     "spec.jobTemplate.spec.template"},
    {"{\"kind\":\"Rollout\",\"apiVersion\":\"argoproj.io/"
     "v1alpha1\",\"spec\":{\"template\":{}}}",
     "spec.template"},
    {"{\"kind\":\"Service\",\"apiVersion\":\"serving.knative.dev/"
     "v1\",\"spec\":{\"template\":{}}}",
     "spec.template"},
    {"{\"kind\":\"Configuration\",\"apiVersion\":\"serving.knative.dev/v1\",\"spec\":{"
     "\"template\":{}}}",
     "spec.template"},
    {"{\"kind\":\"Revision\",\"apiVersion\":\"serving.knative.dev/v1\",\"spec\":{}}", ""},
    {"{\"kind\":\"Mine\",\"spec\":{\"template\":{\"spec\":{\"containers\":[]}}}}", "spec.template"},
    {"{\"kind\":\"Mine\",\"spec\":{\"jobTemplate\":{\"spec\":{\"template\":{\"spec\":{"
     "\"containers\":[]}}}}}}",
     "spec.jobTemplate.spec.template"},
    {"{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"spec\":{\"template\":{}}}", NULL},
    {"{\"kind\":\"Prometheus\",\"spec\":{\"containers\":[]}}", NULL},
    {"{\"kind\":\"Deployment\",\"spec\":{\"template\":7}}", NULL},
    {"{\"kind\":\"Deployment\"}", NULL},
    {"{\"kind\":7}", NULL},
    {"7", NULL},
};

static void check_pod(const char *text, const char *want) {
    pt_arena a = {0};
    pt_value doc;
    assert_int_equal(pt_json_parse(&a, pt_str_of(text), NULL, &doc, NULL), PT_OK);
    pt_str path = {0};
    pt_value pod = pt_object_pod(doc, &path);
    assert_int_equal(pt_defined(pod), want != NULL);
    if (want) {
        assert_str(path, want);
        assert_true(pt_eq(pod, pt_path_get(doc, want)));
    }
    pt_arena_done(&a);
}

static void test_object_pod_is_found_in_all_kinds(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(pods); i++)
        check_pod(pods[i].doc, pods[i].path);
}

int main(void) {
#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_ROOM(test_manifest_objects_have_names_and_lines),
        IN_ROOM(test_manifest_lists_are_taken_apart),
        IN_ROOM(test_manifest_lists_within_lists_have_a_limit),
        IN_ROOM(test_manifest_locate_counts_from_the_file),
        IN_ROOM(test_manifest_problems_say_what_and_where),
        IN_ROOM(test_manifest_chart_is_named_in_the_remedy),
        IN_ROOM(test_manifest_encodings_are_taken_or_named),
        IN_ROOM(test_manifest_folders_are_read_in_order),
        IN_ROOM(test_manifest_odd_members_are_problems_and_the_rest_goes_on),
        IN_ROOM(test_manifest_unreadable_places_are_problems),
        IN_ROOM(test_manifest_a_path_that_is_not_there_is_absent),
        IN_ROOM(test_manifest_folders_have_a_depth_limit),
        IN_ROOM(test_manifest_a_file_that_is_too_large_is_not_read),
        IN_ROOM(test_manifest_standard_input_is_a_file_named_dash),
        IN_ROOM(test_manifest_the_sink_can_stop),
        IN_ROOM(test_manifest_memory_does_not_grow_with_the_input),
        cmocka_unit_test(test_object_pod_is_found_in_all_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
