// Whatever a client sends: an answer of JSON. The first byte chooses the method and what the body
// is said to be, the target goes up to a line end, the rest is the body.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "respond/rest/rest.h"
#include "value/json.h"

static const char MODULE[] = "package a\n\nmore(x) := x + 1\n\np[x] := y if some x, y in input\n\n"
                             "q contains input.x\n\nr := data.b[input.i]\n\ns := 1 / "
                             "input.x\n\nt.u[v] := 1 if v := input.v\n";
static const char DATA[] = "{\"b\": [1, {\"c d\": \"\\u00e9\"}, null], \"2\": {\"\": 3}}";

static pt_rest *rest;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    char folder[] = "/tmp/rest-fuzz-XXXXXX", files[2][64];
    const char *const paths[] = {files[0], files[1]};
    pt_assert(mkdtemp(folder) != NULL);
    snprintf(files[0], sizeof files[0], "%s/a.rego", folder);
    snprintf(files[1], sizeof files[1], "%s/a.json", folder);
    pt_assert(!pt_file_replace(files[0], pt_str_of(MODULE), 0600, NULL));
    pt_assert(!pt_file_replace(files[1], pt_str_of(DATA), 0600, NULL));
    pt_rest_opts opts = {.queries = true, .timeout_ms = 200, .memory_bytes = (size_t)64 << 20};
    pt_assert(!pt_rest_new(&rest, &opts, &(pt_rest_source){.paths = paths, .n_paths = 2}, NULL));
    unlink(files[0]);
    unlink(files[1]);
    rmdir(folder);
    return 0;
}

static const char *header(const pt_http_call *c, const char *name) {
    unsigned how = *(const unsigned char *)c->connection;
    if (strcmp(name, "Content-Encoding") == 0)
        return how & 4 ? "gzip" : NULL;
    return how & 8 ? "application/yaml" : "application/json";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const methods[] = {"GET", "POST", "POST", "PUT"};
    if (size < 2 || size > 1 << 16)
        return 0;
    uint8_t how = data[0];
    pt_str all = {(const char *)data + 1, size - 1};
    size_t at = pt_str_find(all, '\n');
    pt_http_call c = {.method = methods[how & 3],
                      .target = pt_str_sub(all, 0, at),
                      .body = pt_str_sub(all, at + 1, all.n),
                      .connection = &how,
                      .header = header};
    pt_http_reply reply = {.body = PT_BUF((size_t)256 << 20)};
    if (pt_rest_handle(rest, &c, &reply)) {
        pt_arena a = {.bytes_max = (size_t)1 << 30};
        pt_value v;
        pt_assert(reply.body.full || !pt_json_parse(&a, pt_buf_str(&reply.body), NULL, &v, NULL));
        pt_arena_done(&a);
    }
    pt_buf_done(&reply.body);
    return 0;
}
