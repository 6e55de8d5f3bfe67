// Inside collect/secret: sets of bytes as patterns write them ("[a-z\\d]", "\\s", "x"), and how
// often they come ("{2,3}"). What is not understood is said, and never guessed.
#pragma once

#include "base/str.h"

typedef struct pt_secret_set {
    bool has[256];
    bool wide; // a character of it may be of several bytes, or of one
} pt_secret_set;

typedef struct pt_secret_cursor {
    pt_str s;
    size_t at;
    bool lost; // there is something that is not understood
} pt_secret_cursor;

bool pt_secret_more(const pt_secret_cursor *c);
bool pt_secret_is_at(const pt_secret_cursor *c, char ch);

// What stands there: a class, an escape, ".", or a character for itself. `fold`: letters of either
// case. There is something.
pt_secret_set pt_secret_read_set(pt_secret_cursor *c, bool fold);
// How often what stands before it; nothing said: once. True: it was said.
bool pt_secret_read_times(pt_secret_cursor *c, unsigned *least, unsigned *most);
