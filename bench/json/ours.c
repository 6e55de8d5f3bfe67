#include <stdlib.h>

#include "bench.h"
#include "value/json.h"

#define BYTES_MAX ((size_t)4 << 30)

static void *open_arena(void) {
    pt_arena *a = malloc(sizeof *a);
    if (a)
        pt_arena_init(a, BYTES_MAX);
    return a;
}

static void reset(void *state) {
    pt_arena_clear(state);
}

static size_t read_whole(void *state, const char *text, size_t n) {
    pt_value v;
    if (pt_json_parse(state, (pt_str){text, n}, NULL, &v, NULL))
        return 0;
    return pt_len(pt_getz(v, "items"));
}

static size_t read_stream(void *state, const char *text, size_t n) {
    pt_json_stream s = {.bytes = {text, n}, .split_lists = true};
    pt_json_event event;
    size_t items = 0;
    do {
        pt_arena_clear(state);
        if (pt_json_next(&s, state, &event, NULL))
            return 0;
        items += event.kind == PT_JSON_ITEM;
    } while (event.kind != PT_JSON_END);
    return items;
}

const engine ours_whole = {"paratia", open_arena, read_whole, reset};
const engine ours_stream = {"paratia, streamed", open_arena, read_stream, reset};
