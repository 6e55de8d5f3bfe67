// What is read and written again reads as the same value; a stream gives what reading whole gives.
#include "value/json.h"

static void check_stream(pt_str text, bool split, pt_value whole) {
    pt_arena a = {0};
    pt_json_stream s = {.bytes = text, .split_lists = split};
    pt_json_event event;
    pt_value items = pt_getz(whole, "items");
    do {
        pt_assert(pt_json_next(&s, &a, &event, NULL) == PT_OK);
        if (event.kind == PT_JSON_DOC)
            pt_assert(pt_eq(event.value, whole));
        if (event.kind == PT_JSON_ITEM)
            pt_assert(pt_eq(event.value, pt_at(items, event.index)));
        if (event.kind == PT_JSON_LIST)
            pt_assert(s.index == pt_len(items) && pt_len(event.value) == pt_len(whole));
    } while (event.kind != PT_JSON_END);
    pt_arena_done(&a);
}

// A document reads the same behind one like it, whose keys are then expected.
static void check_twice(pt_str text, pt_value v) {
    pt_arena a = {0};
    pt_buf b = PT_BUF((size_t)1 << 30);
    pt_value pair;
    pt_buf_putc(&b, '[');
    pt_buf_put(&b, text);
    pt_buf_putc(&b, ',');
    pt_buf_put(&b, text);
    pt_buf_putc(&b, ']');
    pt_code code = pt_json_parse(&a, pt_buf_str(&b), NULL, &pair, NULL);
    pt_assert(code == PT_E_LIMIT || (pt_eq(pt_at(pair, 0), v) && pt_eq(pt_at(pair, 1), v)));
    pt_buf_done(&b);
    pt_arena_done(&a);
}

// Whatever the bytes are: the stream ends, and places are inside the text.
static void check_any(pt_str text) {
    pt_arena a = {0};
    pt_json_stream s = {.bytes = text, .split_lists = true};
    pt_json_event event = {.kind = PT_JSON_DOC};
    for (size_t i = 0; event.kind != PT_JSON_END; i++) {
        pt_assert(i <= text.n + 1);
        PT_IGNORE(pt_json_next(&s, &a, &event, NULL)); // the end comes after an error, too
    }
    bool whole;
    pt_assert(pt_json_locate(text, PT_STR("items[1].a.b[0]"), &whole) <= text.n);
    pt_arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pt_json_opts ways[] = {{0}, {.pretty = true}, {.html_safe = true}};
    static const pt_json_opts strict = {.dup_refuse = true};
    pt_arena a = {0};
    pt_str text = {(const char *)data, size};
    pt_value v;
    pt_value again;
    if (pt_json_parse(&a, text, NULL, &v, NULL) == PT_OK) {
        for (size_t i = 0; i < PT_COUNT(ways); i++) {
            pt_buf b = PT_BUF((size_t)1 << 30);
            pt_assert(pt_json_write(&b, v, &ways[i], NULL) == PT_OK);
            pt_assert(pt_json_parse(&a, pt_buf_str(&b), NULL, &again, NULL) == PT_OK);
            pt_assert(pt_eq(v, again) && pt_cmp(v, again) == 0 &&
                      pt_hash(v, 1) == pt_hash(again, 1));
            pt_buf_done(&b);
        }
        check_stream(text, false, v);
        check_twice(text, v);
        if (pt_json_parse(&a, text, &strict, &v, NULL) == PT_OK) // "items" twice is refused
            check_stream(text, true, v);
    }
    check_any(text);
    pt_arena_done(&a);
    return 0;
}
