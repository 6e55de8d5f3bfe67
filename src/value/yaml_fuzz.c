// Whatever the bytes are: all dialects come to an end, places are inside the text, and what the
// core dialect reads is the same when it is read again.
#include "value/json.h"
#include "value/yaml.h"

static void check_doc(const pt_yaml_doc *doc, pt_str text) {
    static const char *const paths[] = {"",    "a",          "a[0].b",
                                        "[1]", "items[0].a", "spec.containers[0]"};
    pt_assert(doc->bytes.n > 0 && doc->bytes.p >= text.p &&
              doc->bytes.p + doc->bytes.n <= text.p + text.n);
    pt_yaml_places *p = pt_yaml_places_new(doc);
    // A core document is cut out of its stream, where what follows may have made it valid.
    pt_assert(p || doc->json || doc->dialect != PT_YAML_KUBERNETES);
    for (size_t i = 0; p && i < PT_COUNT(paths); i++) {
        uint32_t line;
        uint32_t column;
        pt_yaml_places_find(p, pt_str_of(paths[i]), &line, &column);
        pt_assert(line >= doc->line && line <= text.n + 1 && column >= 1 && column <= text.n + 1);
    }
    pt_yaml_places_free(p);
    pt_buf b = PT_BUF((size_t)64 << 20);
    PT_IGNORE(pt_json_write(&b, doc->value, NULL, NULL)); // sets have no part here: never crashes
    pt_buf_done(&b);
}

static void check(pt_str text, pt_yaml_dialect dialect) {
    pt_arena a = {0};
    pt_yaml_stream s = {.bytes = text, .dialect = dialect};
    pt_yaml_doc doc = {0};
    for (size_t i = 0;; i++) {
        pt_assert(i <= text.n + 1);
        pt_arena_clear(&a);
        pt_err e = {0};
        pt_code code = pt_yaml_next(&s, &a, &doc, &e);
        if (code)
            pt_assert(e.what[0] && e.code == code && e.offset <= text.n);
        else if (!pt_defined(doc.value))
            break;
        else
            check_doc(&doc, text);
    }
    pt_yaml_stream_done(&s);
    pt_arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str text = {(const char *)data, size};
    check(text, PT_YAML_KUBERNETES);
    check(text, PT_YAML_CORE);
    check(text, PT_YAML_GO);
    return 0;
}
