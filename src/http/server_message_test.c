// What is one request and nothing else; whatever could be read in two ways is refused.
#include <string.h>

#include "base/testing.h"
#include "http/server_impl.h"

static int read_head(const char *text, pt_http_head *h, char *room) {
    size_t n = strlen(text);
    memcpy(room, text, n);
    return pt_http_head_read(room, n, h);
}

#define HOST "Host: x\r\n"

static const struct {
    const char *text;
    int status;
    bool chunked, keep;
    uint64_t length;
} heads[] = {
    {"GET / HTTP/1.1\r\n" HOST "\r\n", 0, false, true, 0},
    {"GET / HTTP/1.0\r\n\r\n", 0, false, false, 0},
    {"POST /a?b HTTP/1.1\r\n" HOST "Content-Length: 12\r\n\r\n", 0, false, true, 12},
    {"POST /a HTTP/1.1\r\n" HOST "transfer-encoding:\t Chunked \r\n\r\n", 0, true, true, 0},
    {"POST /a HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 0, false, false, 0},
    // both framings, or one of them twice
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     400},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    // lines
    {"GET / HTTP/1.1\n" HOST "\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A: 1\nB: 2\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A: 1\r B: 2\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A: 1\r\n  more\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A : 1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST ": 1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n", 400},
    {"\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.1 \r\n" HOST "\r\n", 505},
    {"GET /\r\n" HOST "\r\n", 400},
    {"GET /\x80 HTTP/1.1\r\n" HOST "\r\n", 400},
    {"G(T / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
    {"GET / http/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST "Expect: more\r\n\r\n", 417},
};

static void test_http_head_is_read_strictly(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(heads); i++) {
        char room[512];
        pt_http_head h;
        int status = read_head(heads[i].text, &h, room);
        if (status != heads[i].status)
            print_error("%s\n", heads[i].text);
        assert_int_equal(status, heads[i].status);
        if (status)
            continue;
        assert_int_equal(h.length, heads[i].length);
        assert_int_equal(h.chunked, heads[i].chunked);
        assert_int_equal(h.keep, heads[i].keep);
    }
}

static void test_http_head_gives_its_headers(void **state) {
    (void)state;
    char room[512];
    pt_http_head h;
    assert_int_equal(
        read_head("PUT /x HTTP/1.1\r\n" HOST "A:  one two \t\r\na: 2\r\nEmpty:\r\n\r\n", &h, room),
        0);
    assert_string_equal(h.method, "PUT");
    assert_str(h.target, "/x");
    assert_string_equal(pt_http_head_get(&h, "a"), "one two");
    assert_string_equal(pt_http_head_get(&h, "EMPTY"), "");
    assert_null(pt_http_head_get(&h, "B"));
}

static void test_http_head_with_too_many_headers_is_refused(void **state) {
    (void)state;
    pt_http_head h;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(65536);
    pt_buf_putz(&b, "GET / HTTP/1.1\r\n" HOST);
    for (size_t i = 0; i < PT_HTTP_HEADERS_MAX; i++)
        pt_buf_putz(&b, "A: 1\r\n");
    pt_buf_putz(&b, "\r\n");
    assert_int_equal(pt_http_head_read(b.p, b.n, &h), 431);
}

static void test_http_chunks_are_the_same_however_they_come(void **state) {
    (void)state;
    static const struct {
        const char *text, *body; // NULL: refused
        int status;
    } cases[] = {
        {"0\r\n\r\n", "", 0},
        {"5\r\nhello\r\n0\r\n\r\n", "hello", 0},
        {"1\r\nh\r\n00004\r\nello\r\n0\r\n\r\n", "hello", 0},
        {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0},
        {"5;name=value\r\nhello\r\n0\r\n\r\n", NULL, 400},
        {"5\r\nhello0\r\n\r\n", NULL, 400},
        {"5\nhello\r\n0\r\n\r\n", NULL, 400},
        {"-5\r\nhello\r\n0\r\n\r\n", NULL, 400},
        {"0x5\r\nhello\r\n0\r\n\r\n", NULL, 400},
        {" 5\r\nhello\r\n0\r\n\r\n", NULL, 400},
        {"\r\nhello\r\n0\r\n\r\n", NULL, 400},
        {"000000005\r\nhello\r\n0\r\n\r\n", NULL, 400},
        {"0\r\nTrailer: 1\r\n\r\n", NULL, 400},
        {"21\r\n", NULL, 413},
        {"ffffffff\r\n", NULL, 413},
        {"11111111111", NULL, 400},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        for (size_t step = 1; step < 40; step++) {
            PT_AUTO(pt_buf_done) pt_buf in = PT_BUF(256);
            PT_AUTO(pt_buf_done) pt_buf body = PT_BUF(32);
            pt_http_chunks c = {0};
            int status = 0;
            pt_str rest = pt_str_of(cases[i].text);
            while (rest.n && !status && c.at != PT_CHUNK_DONE) {
                pt_buf_put(&in, pt_str_sub(rest, 0, step));
                rest = pt_str_sub(rest, step, rest.n);
                size_t taken = pt_http_chunks_take(&c, pt_buf_str(&in), &body, &status);
                PT_AUTO(pt_buf_done) pt_buf left = PT_BUF(256);
                pt_buf_put(&left, pt_str_sub(pt_buf_str(&in), taken, in.n));
                pt_buf_clear(&in);
                pt_buf_put(&in, pt_buf_str(&left));
            }
            if (status != cases[i].status)
                print_error("%s by %zu\n", cases[i].text, step);
            assert_int_equal(status, cases[i].status);
            assert_int_equal(c.at == PT_CHUNK_DONE, cases[i].body != NULL);
            if (cases[i].body)
                assert_str(pt_buf_str(&body), cases[i].body);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_head_is_read_strictly),
        cmocka_unit_test(test_http_head_gives_its_headers),
        cmocka_unit_test(test_http_head_with_too_many_headers_is_refused),
        cmocka_unit_test(test_http_chunks_are_the_same_however_they_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
