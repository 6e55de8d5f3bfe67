// Bytes that come one after another, a piece at a time: what a tar is read from.
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct pt_flow pt_flow;
struct pt_flow {
    // The next piece; it dies with the next call. An empty one is the end.
    pt_code (*next)(pt_flow *f, pt_str *ret, pt_err *e);
    // Go on `n` bytes further without giving them; NULL: read on instead. PT_E_FORMAT: that is
    // beyond the end.
    pt_code (*skip)(pt_flow *f, uint64_t n, pt_err *e);
    // Remember where it stands with the last piece given. False: it cannot. NULL: likewise.
    bool (*mark)(pt_flow *f);
    // Stand there again, as often as asked: that piece has its bytes again, at the same place.
    void (*back)(pt_flow *f);
};
