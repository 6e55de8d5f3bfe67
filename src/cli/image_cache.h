// What scan and sbom keep of images for the next time: --cache, --no-cache, --cache-max, --verify.
#pragma once

#include "cli/verb.h"
#include "collect/image/image.h"
#include "collect/image/known.h"

typedef struct pt_image_cache {
    pt_cache cache;
    pt_known known;
} pt_image_cache;

// Open it, and make the key of the fingerprints of secrets: rules->key. Before pt_rights_drop.
// `rules`: with fd -1 nobody looks for them. PT_E_USAGE; of the folder that the operator named the
// errors of pt_cache_open: of that which nobody named they are a note.
PT_CHECK pt_code pt_image_cache_open(const pt_args *args, pt_arena *a, pt_image_rules *rules,
                                     const char *program, pt_image_cache *ret, pt_err *e);

// Says what went wrong with it, too.
void pt_image_cache_done(pt_image_cache *c);

// The options, for the tables of the verbs.
// clang-format off
#define PT_CACHE_OPTIONS \
    {"cache", "DIR", "where what layers hold is kept", "/var/cache/paratia", "Cache"}, \
    {"cache-max", "SIZE", "how large it may grow", "2G", NULL}, \
    {"no-cache", NULL, "know nothing, and keep nothing", NULL, NULL}, \
    {"verify", NULL, "read all anew, and keep that", NULL, NULL}
// clang-format on
