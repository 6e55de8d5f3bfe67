#include "collect/packages/java/jar.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Java's, of applications, plug-ins (Jenkins), adapters, services, Karaf, NiFi, Liferay, Android,
// modules. Some ends are those of other archives, too.
static const struct {
    const char *end;
    bool shared;
} ends[] = {{".jar", false}, {".war", false},  {".ear", false}, {".par", false}, {".hpi", false},
            {".jpi", false}, {".rar", true},   {".sar", true},  {".kar", true},  {".nar", true},
            {".aar", false}, {".jmod", false}, {".lpkg", false}};

static size_t which(pt_str name) {
    size_t i = 0;
    while (i < PT_COUNT(ends)) {
        pt_str end = pt_str_of(ends[i].end);
        if (name.n > end.n && pt_str_eq_nocase(pt_str_sub(name, name.n - end.n, name.n), end))
            break;
        i++;
    }
    return i;
}

bool pt_jar_is(pt_str name) {
    return which(name) < PT_COUNT(ends);
}

bool pt_jar_may_be(pt_str name) {
    size_t i = which(name);
    return i < PT_COUNT(ends) && ends[i].shared;
}

// The version begins at the last part that begins with a digit, and at those before it that do,
// too: "log4j-1.2-api-2.14.1", "gson-2.0-20240101.1-3".
pt_gav pt_jar_name(pt_str name) {
    size_t slash = pt_str_rfind(name, '/');
    pt_str stem = slash < name.n ? pt_str_sub(name, slash + 1, name.n) : name;
    if (pt_jar_is(stem))
        stem = pt_str_sub(stem, 0, pt_str_rfind(stem, '.'));
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
