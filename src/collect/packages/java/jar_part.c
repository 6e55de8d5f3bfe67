#include "base/buf.h"
#include "collect/packages/java/jar.h"

// -- pom.properties -------------------------------------------------------------------------------

// Without the backslashes before characters (java.util.Properties).
static pt_str unescape(pt_arena *a, pt_str s) {
    if (pt_str_find(s, '\\') == s.n)
        return pt_arena_str(a, s);
    char *p = pt_arena_take(a, s.n);
    size_t n = 0;
    for (size_t i = 0; p && i < s.n; i++) {
        i += s.p[i] == '\\' && i + 1 < s.n;
        p[n++] = s.p[i];
    }
    return (pt_str){p, n};
}

pt_gav pt_jar_properties(pt_arena *a, pt_str text) {
    pt_gav gav = {0};
    const struct {
        const char *key;
        pt_str *to;
    } wanted[] = {
        {"groupId", &gav.group}, {"artifactId", &gav.artifact}, {"version", &gav.version}};
    pt_str line;
    while (pt_line_next(&text, &line)) {
        line = pt_str_trim(line);
        size_t cut = pt_str_find(line, '=');
        size_t colon = pt_str_find(line, ':');
        cut = colon < cut ? colon : cut;
        for (size_t i = 0; i < PT_COUNT(wanted); i++)
            if (cut < line.n && pt_str_eqz(pt_str_trim(pt_str_sub(line, 0, cut)), wanted[i].key))
                *wanted[i].to = unescape(a, pt_str_trim(pt_str_sub(line, cut + 1, line.n)));
    }
    return gav;
}

// -- MANIFEST.MF ----------------------------------------------------------------------------------

enum {
    VENDOR_ID,
    TITLE,
    VERSION,
    SPEC_TITLE,
    SPEC_VERSION,
    SYMBOLIC_NAME,
    BUNDLE_NAME,
    BUNDLE_VERSION,
    LICENCE,
    KEYS
};
static const char *const keys[KEYS] = {"Implementation-Vendor-Id",
                                       "Implementation-Title",
                                       "Implementation-Version",
                                       "Specification-Title",
                                       "Specification-Version",
                                       "Bundle-SymbolicName",
                                       "Bundle-Name",
                                       "Bundle-Version",
                                       "Bundle-License"};

// "Name: value"; a line that begins with a blank goes on where the one before it was cut.
static void read_header(pt_arena *a, pt_str line, pt_str *rest, pt_str values[KEYS]) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_JAR_TEXT_BYTES_MAX);
    size_t colon = pt_str_find(line, ':');
    pt_str more = *rest;
    pt_str next;
    pt_buf_put(&b, pt_str_sub(line, colon + 1, line.n));
    while (pt_line_next(&more, &next) && next.n && next.p[0] == ' ') {
        pt_buf_put(&b, pt_str_sub(next, 1, next.n));
        *rest = more;
    }
    for (size_t i = 0; i < KEYS; i++)
        if (pt_str_eq_nocase(pt_str_sub(line, 0, colon), pt_str_of(keys[i])))
            values[i] = pt_arena_str(a, pt_str_trim(pt_buf_str(&b)));
}

static pt_str first_of(pt_str a, pt_str b, pt_str c) {
    return a.n ? a : b.n ? b : c;
}

// Only the main section, which ends at the first empty line.
pt_manifest pt_jar_manifest(pt_arena *a, pt_str text, const pt_gav *named) {
    pt_str values[KEYS] = {{0}};
    pt_manifest m = {0};
    pt_str line;
    while (pt_line_next(&text, &line) && line.n)
        read_header(a, line, &text, values);
    // "name;directive:=…"
    pt_str bundle = values[SYMBOLIC_NAME];
    bundle = pt_str_trim(pt_str_sub(bundle, 0, pt_str_find(bundle, ';')));
    size_t dot = pt_str_rfind(bundle, '.');
    m.guessed = !values[VENDOR_ID].n;
    m.gav.group = m.guessed ? pt_str_sub(bundle, 0, dot) : values[VENDOR_ID];
    m.gav.artifact = first_of(values[TITLE], values[SPEC_TITLE], values[BUNDLE_NAME]);
    m.gav.version = first_of(values[VERSION], values[SPEC_VERSION], values[BUNDLE_VERSION]);
    if (named->version.n && pt_str_eq(named->version, m.gav.version))
        m.gav.artifact = named->artifact;
    m.licence = values[LICENCE];
    return m;
}
