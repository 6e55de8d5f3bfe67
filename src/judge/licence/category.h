// What kind of licence one is.
#pragma once

#include "base/str.h"

typedef enum pt_licence_category { // the strictest last
    PT_LICENCE_UNKNOWN,
    PT_LICENCE_PERMISSIVE,       // public domain, too
    PT_LICENCE_WEAK_COPYLEFT,    // its own source must be given, and no other's
    PT_LICENCE_STRONG_COPYLEFT,  // that of what it becomes a part of, too
    PT_LICENCE_NETWORK_COPYLEFT, // even to who only uses it over a network
    PT_LICENCE_NON_COMMERCIAL,   // or it limits in another way what it may be used for
    PT_LICENCE_CATEGORY_COUNT,
} pt_licence_category;

const char *pt_licence_category_word(pt_licence_category c); // "weak-copyleft"
bool pt_licence_category_parse(pt_str word, pt_licence_category *ret);

// Of an id as fact/licence.h writes it, with its exception (or an empty one).
pt_licence_category pt_licence_category_of(pt_str id, pt_str with);
