// Percent-encoding as Go's net/url has it, by the part of a URL.
#pragma once

#include "base/buf.h"
#include "judge/policy/builtin.h"

typedef enum pt_url_part {
    PT_URL_PATH = 1 << 0,
    PT_URL_USER = 1 << 1,
    PT_URL_HOST = 1 << 2,
    PT_URL_ZONE = 1 << 3,
    PT_URL_QUERY = 1 << 4,
    PT_URL_FRAGMENT = 1 << 5,
} pt_url_part;

// False: *ret is then the text of Go's error, in the arena, or p is NULL: it is full.
bool pt_url_unescape(pt_arena *a, pt_str s, pt_url_part part, pt_str *ret);
// What is wrong with a URL: `before`, `bad` in Go's quotes, `behind`. p is NULL: the arena is full.
pt_str pt_url_quoted(pt_arena *a, const char *before, pt_str bad, const char *behind);

void pt_url_escape(pt_buf *b, pt_str s, pt_url_part part);
