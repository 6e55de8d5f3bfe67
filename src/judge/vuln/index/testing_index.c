#include "judge/vuln/index/testing_index.h"

#include <stdlib.h>
#include <unistd.h>

#include "value/json.h"

pt_index *pt_testing_index(const char *const *docs, size_t n, char *path) {
    pt_arena a = {0};
    pt_err e = {0};
    pt_index *x = NULL;
    uint32_t source;
    pt_index_build *b = pt_index_build_new();
    pt_assert(b);
    pt_index_shard *s = pt_index_build_shard(b);
    pt_assert(s);
    pt_code code = pt_index_build_source(b, PT_STR("test"), PT_STR("osv"), &source, &e);
    for (size_t i = 0; !code && i < n; i++) {
        pt_value doc;
        code = pt_json_parse(&a, pt_str_of(docs[i]), NULL, &doc, &e);
        if (!code)
            code = pt_index_add(s, source, doc, &e);
    }
    int fd = mkstemp(path);
    pt_assert(fd >= 0);
    close(fd);
    pt_index_build_told(b, source, PT_STR("sha256:00"), 0, 0);
    if (!code)
        code = pt_index_build_write(b, path, &e);
    if (!code)
        code = pt_index_open(path, &x, &e);
    pt_assert(!code);
    pt_index_build_free(b);
    pt_arena_done(&a);
    return x;
}

void pt_testing_index_done(pt_index *x, const char *path) {
    pt_index_close(x);
    unlink(path);
}
