#include <simdjson.h>

#include "bench.h"

static void *open_parser() {
    return new simdjson::dom::parser;
}

static void reset(void *) {
} // a parser reuses its memory by itself

static size_t read_whole(void *state, const char *text, size_t n) {
    auto *parser = static_cast<simdjson::dom::parser *>(state);
    simdjson::dom::array items;
    if (parser->parse(text, n, false)["items"].get(items))
        return 0;
    size_t count = 0;
    for (auto item : items)
        count += !item.is_null(); // array::size() stops counting at 2^24
    return count;
}

extern const engine peer_simdjson = {"simdjson, DOM", open_parser, read_whole, reset};
