// What stands behind a keyword in every match: sets of bytes, one behind the other, each so and so
// often. Read from a rule's `behind`; asked at each place of a keyword, before anything else is.
#include <string.h>

#include "collect/secret/secret_impl.h"
#include "collect/secret/sets.h"

enum {
    UTF8_BYTES_MAX = 4, // of a character, which is what patterns count
};

bool pt_secret_chain_read(pt_arena *a, pt_str text, pt_secret_chain *ret) {
    pt_secret_cursor c = {.s = text};
    *ret = (pt_secret_chain){.n = 0};
    while (pt_secret_more(&c)) {
        if (strchr("()|^$", text.p[c.at]))
            return false;
        pt_secret_set x = pt_secret_read_set(&c, false);
        pt_secret_step *step = PT_PUSH(a, ret);
        if (!step)
            return false;
        *step = (pt_secret_step){.least = 1};
        PT_IGNORE(pt_secret_read_times(&c, &step->least, &step->most)); // nothing said: once
        if (c.lost || step->least > step->most)
            return false;
        for (unsigned b = 0; b < 256; b++)
            step->has[b] = x.has[b];
        if (x.wide)
            step->most =
                step->most < UINT32_MAX / UTF8_BYTES_MAX ? step->most * UTF8_BYTES_MAX : UINT32_MAX;
    }
    return !c.lost;
}

bool pt_secret_chain_at(const pt_secret_chain *c, pt_str text, size_t at) {
    for (size_t i = 0; i < c->n; i++) {
        const pt_secret_step *step = &c->v[i];
        size_t from = at;
        size_t end = text.n - at < step->most ? text.n : at + step->most;
        while (at < end && step->has[(unsigned char)text.p[at]])
            at++;
        if (at - from < step->least)
            return false;
    }
    return true;
}
