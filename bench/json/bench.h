// Who is measured. Every engine runs in a process of its own, so that "cold" is cold and memory is
// its own.
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Bytes behind the text that an engine may read (simdjson wants 64).
#define PADDING 64

typedef struct engine {
    const char *name;
    void *(*open)(void);
    // Read the whole text; gives the items of its list, 0 on failure.
    size_t (*read)(void *state, const char *text, size_t n);
    // Forget the last result, keep the memory as far as the engine can.
    void (*reset)(void *state);
} engine;

extern const engine ours_whole;
extern const engine ours_stream;
extern const engine peer_jansson;
extern const engine peer_simdjson;

#ifdef __cplusplus
}
#endif
