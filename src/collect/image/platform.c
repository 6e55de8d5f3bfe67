#include "collect/image/platform.h"

#include <string.h>
#include <sys/utsname.h>

static const char *own_architecture(void) {
    static const char *const names[][2] = {
        {"x86_64", "amd64"}, {"aarch64", "arm64"}, {"armv7l", "arm"}, {"i686", "386"}};
    struct utsname u;
    for (size_t i = 0; uname(&u) == 0 && i < PT_COUNT(names); i++)
        if (strcmp(u.machine, names[i][0]) == 0)
            return names[i][1];
    return "amd64";
}

pt_str pt_platform_own(pt_arena *a) {
    return pt_arena_printf(a, "linux/%s", own_architecture());
}

bool pt_platform_is(pt_value d, pt_str want) {
    static const char *const keys[] = {"os", "architecture", "variant"};
    pt_str part;
    bool same = true;
    for (size_t i = 0; i < PT_COUNT(keys) && pt_str_split(&want, '/', &part); i++)
        same = same && pt_str_eq(part, pt_text(pt_getz(d, keys[i])));
    return same && !want.n;
}
