// Whatever the bytes are: reading ends, what is read can be written, faults and the lines of tables
// are inside the text, and both readers agree on what is valid.
#include "value/json.h"
#include "value/toml.h"

static void check_lines(pt_str text, pt_value lines, pt_value tables) {
    int64_t before = 0;
    pt_assert(pt_len(lines) == pt_len(tables));
    for (size_t i = 0; i < pt_len(lines); i++) {
        int64_t from;
        int64_t to;
        pt_assert(pt_to_int(pt_at(pt_at(lines, i), 0), &from));
        pt_assert(pt_to_int(pt_at(pt_at(lines, i), 1), &to));
        pt_assert(from > before && to >= from && to <= (int64_t)text.n + 1);
        before = to;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str text = {(const char *)data, size};
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_value v = {0};
    pt_value lines = {0};
    pt_err e = {0};
    pt_code code = pt_toml_parse(&a, text, &v, &e);
    pt_assert(pt_toml_lines(&a, text, PT_STR("package"), &lines, NULL) == code);
    if (code) {
        pt_assert(e.code == code && e.line >= 1 && e.column >= 1 && e.offset <= text.n);
        return 0;
    }
    pt_assert(pt_tag_of(v) == PT_OBJECT);
    pt_buf b = PT_BUF((size_t)1 << 30);
    pt_assert(pt_json_write(&b, v, NULL, NULL) == PT_OK);
    pt_buf_done(&b);
    pt_value tables = pt_getz(v, "package");
    if (pt_len(lines))
        check_lines(text, lines, tables);
    return 0;
}
