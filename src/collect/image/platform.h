// Platforms of images: "linux/arm64/v8".
#pragma once

#include "base/arena.h"
#include "value/value.h"

// Does a descriptor of an index only attest something (a bill of materials, where an image came
// from)? Only what no engine would run: with a platform it is an image, whatever its notes say.
bool pt_platform_attests(pt_value descriptor);

// "linux/amd64": of this machine, in `a`.
pt_str pt_platform_own(pt_arena *a);

// Is what `d` says ({"os", "architecture", "variant"}) the platform `want`? Without a variant it is
// any; "linux" is every one. Letters' case does not matter, and other names for the same thing do
// not: x86_64 is amd64, arm64's v8 goes without saying (as containerd has it).
bool pt_platform_is(pt_value d, pt_str want);

// Keep of n candidates, in their order, those that could be taken for `want`, and give their
// number: those that say it, and beside one of them those that do not say what they are for. Their
// platform is their member `key`; NULL: they themselves.
size_t pt_platform_keep(pt_value *candidates, size_t n, const char *key, pt_str want);
