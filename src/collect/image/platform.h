// Platforms of images: "linux/arm64/v8".
#pragma once

#include "base/arena.h"
#include "value/value.h"

// "linux/amd64": of this machine, in `a`.
pt_str pt_platform_own(pt_arena *a);

// Is what `d` says ({"os", "architecture", "variant"}) the platform `want`? Without a variant it is
// any; "linux" is every one. Letters' case does not matter, and other names for the same thing do
// not: x86_64 is amd64, arm64's v8 goes without saying (as containerd has it).
bool pt_platform_is(pt_value d, pt_str want);
