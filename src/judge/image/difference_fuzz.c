// Two reports, a zero byte between them: whatever they hold, they are compared, judged, or refused.
// Nothing differs from itself, and what came one way went the other way.
#include <string.h>

#include "judge/image/difference.h"
#include "judge/image/findings.h"
#include "judge/image/waste.h"
#include "value/json.h"

static size_t count(pt_value difference, const char *member, const char *list) {
    return pt_len(pt_getz(pt_getz(difference, member), list));
}

static void compare(pt_value x, pt_value y, pt_arena *a) {
    const pt_compared now = {.doc = x};
    const pt_compared before = {.doc = y};
    pt_value there = pt_undefined();
    pt_value back = pt_undefined();
    if (pt_difference(&now, &before, a, &there, NULL) ||
        pt_difference(&before, &now, a, &back, NULL))
        return;
    pt_assert(count(there, "packages", "added") == count(back, "packages", "removed"));
    pt_assert(count(there, "packages", "changed") == count(back, "packages", "changed"));
    pt_assert(count(there, "vulnerabilities", "new") == count(back, "vulnerabilities", "fixed"));
    pt_assert(count(there, "secrets", "new") == count(back, "secrets", "gone"));
    pt_assert(count(there, "licences", "added") == count(back, "licences", "removed"));
    if (pt_eq(x, y))
        pt_assert(!count(there, "packages", "added") && !count(there, "packages", "changed") &&
                  !count(there, "vulnerabilities", "new") && !count(there, "secrets", "new"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    pt_str all = {(const char *)data, size};
    pt_str first = pt_str_sub(all, 0, pt_str_find(all, '\0'));
    pt_value x;
    pt_value y;
    if (pt_json_parse(&a, first, NULL, &x, NULL) ||
        pt_json_parse(&a, pt_str_sub(all, first.n + 1, all.n), NULL, &y, NULL))
        return 0;
    compare(x, y, &a);
    compare(x, x, &a);
    pt_findings found = {.drop_good = true};
    const pt_image_facts facts = {.doc = x, .subject = PT_STR("x")};
    PT_IGNORE(pt_image_findings(&facts, &a, &found, NULL)); // out of memory
    const pt_files none = {.cut = false};
    PT_IGNORE(pt_waste(&none, x, &(pt_waste_limit){0}, &a, &y, NULL)); // likewise
    return 0;
}
