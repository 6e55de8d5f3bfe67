#include "collect/packages/java/jar.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool pt_jar_is(pt_str name) {
    static const char *const ends[] = {".jar", ".war", ".ear", ".par"};
    for (size_t i = 0; i < PT_COUNT(ends); i++)
        if (name.n > 4 &&
            pt_str_eq_nocase(pt_str_sub(name, name.n - 4, name.n), pt_str_of(ends[i])))
            return true;
    return false;
}

// The version begins at the last part that begins with a digit, and at those before it that do,
// too: "log4j-1.2-api-2.14.1", "gson-2.0-20240101.1-3".
pt_gav pt_jar_name(pt_str name) {
    size_t slash = pt_str_rfind(name, '/');
    pt_str stem = slash < name.n ? pt_str_sub(name, slash + 1, name.n) : name;
    stem = pt_jar_is(stem) ? pt_str_sub(stem, 0, stem.n - 4) : stem;
    size_t version = stem.n;
    for (size_t end = stem.n, at = pt_str_rfind(stem, '-'); at < end && at > 0;) {
        bool digit = at + 1 < end && is_digit(stem.p[at + 1]);
        if (digit)
            version = at;
        else if (version < stem.n)
            break;
        end = at;
        at = pt_str_rfind(pt_str_sub(stem, 0, end), '-');
    }
    return (pt_gav){.artifact = pt_str_sub(stem, 0, version),
                    .version = pt_str_sub(stem, version + 1, stem.n)};
}
