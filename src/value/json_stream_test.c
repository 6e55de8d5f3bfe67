#include <string.h>

#include "base/testing.h"
#include "value/json.h"

static const char kinds[] = {
    [PT_JSON_END] = '.', [PT_JSON_DOC] = 'D', [PT_JSON_ITEM] = 'I', [PT_JSON_LIST] = 'L'};

// The events of a stream as text, "I0 {…}" a line; an error ends it as "! what @offset".
static void trace(pt_json_stream *s, pt_buf *ret) {
    pt_arena a = {0};
    pt_json_event event;
    pt_err e = {0};
    do {
        pt_arena_clear(&a);
        pt_code code = pt_json_next(s, &a, &event, &e);
        if (code) {
            pt_buf_printf(ret, "! %s @%d", e.what, (int)e.offset);
            assert_int_equal(pt_json_next(s, &a, &event, &e), PT_OK);
            assert_int_equal(event.kind, PT_JSON_END);
            break;
        }
        pt_buf_putc(ret, kinds[event.kind]);
        if (event.kind == PT_JSON_END)
            break;
        pt_buf_printf(ret, "%zu ", event.index);
        PT_IGNORE(pt_json_write(ret, event.value, NULL, NULL)); // a cut text fails the comparison
        if (pt_defined(event.dup))
            pt_buf_printf(ret, " (%.*s twice)", PT_PRI(pt_text(event.dup)));
        pt_buf_putc(ret, '\n');
    } while (true);
    pt_arena_done(&a);
}

static void test_stream_gives_documents_and_items_one_by_one(void **state) {
    (void)state;
    static const struct {
        bool split;
        const char *text, *want;
    } cases[] = {
        {false, "", "."},
        {true, " \n", "."},
        {false, "1 2\n\"x\"[]{}", "D0 1\nD1 2\nD2 \"x\"\nD3 []\nD4 {}\n."},
        {false, "{\"items\":[1,2]}", "D0 {\"items\":[1,2]}\n."},
        {true, "{\"items\":[1,2]}", "I0 1\nI1 2\nL0 {\"items\":[]}\n."},
        {true, "{\"kind\":\"List\",\"items\":[{\"a\":1} , {\"b\":2}]} {\"items\":[3]}",
         "I0 {\"a\":1}\nI1 {\"b\":2}\nL0 {\"items\":[],\"kind\":\"List\"}\nI0 3\nL1 "
         "{\"items\":[]}\n."},
        {true, "{\"items\":[1],\"kind\":\"List\",\"metadata\":{\"items\":[5]}}",
         "I0 1\nL0 {\"items\":[],\"kind\":\"List\",\"metadata\":{\"items\":[5]}}\n."},
        {true, "{\"items\":[ ] }7", "L0 {\"items\":[]}\nD1 7\n."},
        {true, "{\"items\":{\"a\":[1]}}", "D0 {\"items\":{\"a\":[1]}}\n."},
        {true, "{\"a\":{\"items\":[1]}}", "D0 {\"a\":{\"items\":[1]}}\n."},
        {true, "[{\"items\":[1]}]", "D0 [{\"items\":[1]}]\n."},
        {true, "[\"items\",[1]]", "D0 [\"items\",[1]]\n."},
        {true, "{\"it\\u0065ms\":[1]}", "I0 1\nL0 {\"items\":[]}\n."},
        {true, "{\"items\":[{\"items\":[1]},[[2]]]}",
         "I0 {\"items\":[1]}\nI1 [[2]]\nL0 {\"items\":[]}\n."},
        {true, "{\"a\":1,\"a\":2,\"items\":[{\"b\":1,\"b\":2}]}",
         "I0 {\"b\":2} (b twice)\nL0 {\"a\":2,\"items\":[]} (a twice)\n."},
        {true, "{\"items\":5,\"items\":[1]}", "I0 1\nL0 {\"items\":[]} (items twice)\n."},
        {true, "{\"items\":[1],\"items\":[2]}",
         "I0 1\n! not valid JSON: the key \"items\" comes twice in a list @0"},
        {true, "0{\"items\":[1],\"items\":null}",
         "D0 0\nI0 1\n! not valid JSON: the key \"items\" comes twice in a list @1"},
        {true, "{\"items\":[1,]}",
         "I0 1\n! not valid JSON: a comma before the closing bracket @12"},
        {true, "{\"items\":[1 2]}",
         "I0 1\n! not valid JSON: a comma or a closing bracket is missing @12"},
        {true, "{\"items\":[,1]}", "! not valid JSON: a comma where a value is expected @10"},
        {true, "{\"items\":[1}",
         "I0 1\n! not valid JSON: a comma or a closing bracket is missing @11"},
        {true, "{\"items\":[", "! not valid JSON: the text ends inside an array @10"},
        {true, "{\"items\":[1", "I0 1\n! not valid JSON: the text ends inside an array @11"},
        {true, "{\"items\":[1,", "I0 1\n! not valid JSON: the text ends inside an array @12"},
        {true, "{\"items\":[1]", "I0 1\n! not valid JSON: the text ends inside an object @12"},
        {true, "{\"items\":[1],}", "I0 1\n! not valid JSON: a comma before the closing brace @13"},
        {true, "{\"items\":[{\"a\":1},{\"a\" 2},3]}",
         "I0 {\"a\":1}\n! not valid JSON: a colon is missing after a key @23"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_buf got = PT_BUF(1 << 16);
        pt_json_stream s = {.bytes = pt_str_of(cases[i].text), .split_lists = cases[i].split};
        trace(&s, &got);
        assert_str(pt_buf_str(&got), cases[i].want);
        pt_buf_done(&got);
    }
}

static void test_stream_of_no_bytes_is_at_its_end(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_json_stream s = {.split_lists = true};
    pt_json_event event;
    assert_int_equal(pt_json_next(&s, &a, &event, NULL), PT_OK);
    assert_int_equal(event.kind, PT_JSON_END);
    pt_arena_done(&a);
}

static void test_stream_says_which_bytes_a_value_came_from(void **state) {
    (void)state;
    static const char *const want[] = {"{\"a\": 1}", "[2]", "{\"items\": [ {\"a\": 1} , [2] ]}",
                                       "null"};
    pt_arena a = {0};
    pt_json_stream s = {.bytes = PT_STR(" {\"items\": [ {\"a\": 1} , [2] ]} null "),
                        .split_lists = true};
    for (size_t i = 0; i < PT_COUNT(want); i++) {
        pt_json_event event;
        assert_int_equal(pt_json_next(&s, &a, &event, NULL), PT_OK);
        assert_str(event.bytes, want[i]);
    }
    pt_arena_done(&a);
}

static void test_stream_counts_the_list_into_the_depth(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_json_event event;
    pt_json_stream s = {
        .bytes = PT_STR("{\"items\":[[],[[]]]}"), .split_lists = true, .opts = {.depth_max = 3}};
    assert_int_equal(pt_json_next(&s, &a, &event, NULL), PT_OK);
    assert_int_equal(pt_json_next(&s, &a, &event, NULL), PT_E_LIMIT);
    pt_arena_done(&a);
}

static void test_stream_goes_on_after_a_full_arena(void **state) {
    (void)state;
    pt_json_stream s = {.bytes = PT_STR("{\"k\":[1],\"items\":[[1],[2]],\"l\":[2]}"),
                        .split_lists = true};
    pt_json_event event = {.kind = PT_JSON_DOC};
    pt_buf got = PT_BUF(4096);
    while (event.kind != PT_JSON_END) {
        pt_arena none = {.bytes_max = 1};
        pt_arena some = {0};
        pt_code code = pt_json_next(&s, &none, &event, NULL);
        if (code) {
            assert_int_equal(code, PT_E_NOMEM);
            assert_int_equal(pt_json_next(&s, &some, &event, NULL), PT_OK);
        }
        assert_int_equal(pt_json_write(&got, event.value, NULL, NULL), PT_OK);
        pt_arena_done(&none);
        pt_arena_done(&some);
    }
    assert_str(pt_buf_str(&got), "[1][2]{\"items\":[],\"k\":[1],\"l\":[2]}null");
    pt_buf_done(&got);
}

static void test_stream_of_a_long_list_needs_one_item_of_memory(void **state) {
    (void)state;
    pt_buf text = PT_BUF((size_t)16 << 20);
    pt_buf_putz(&text, "{\"kind\":\"List\",\"items\":[");
    for (int i = 0; i < 20000; i++)
        pt_buf_printf(&text, "%s{\"metadata\":{\"name\":\"n%d\"},\"spec\":[1,2,3]}", i ? "," : "",
                      i);
    pt_buf_putz(&text, "]}");
    pt_arena a = {.bytes_max = 8192};
    pt_json_stream s = {.bytes = pt_buf_str(&text), .split_lists = true};
    pt_json_event event = {0};
    size_t items = 0;
    do {
        pt_arena_clear(&a);
        assert_int_equal(pt_json_next(&s, &a, &event, NULL), PT_OK);
        items += event.kind == PT_JSON_ITEM;
    } while (event.kind != PT_JSON_LIST);
    assert_int_equal(items, 20000);
    pt_arena_done(&a);
    pt_buf_done(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_gives_documents_and_items_one_by_one),
        cmocka_unit_test(test_stream_of_no_bytes_is_at_its_end),
        cmocka_unit_test(test_stream_says_which_bytes_a_value_came_from),
        cmocka_unit_test(test_stream_counts_the_list_into_the_depth),
        cmocka_unit_test(test_stream_goes_on_after_a_full_arena),
        cmocka_unit_test(test_stream_of_a_long_list_needs_one_item_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
