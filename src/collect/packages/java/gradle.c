// Gradle's lock file (docs.gradle.org, "Locking versions"): lines "group:artifact:version=a,b", the
// configurations that have it; "empty=" lists those without dependencies.
#include "collect/packages/java/java.h"

// Configurations of tests: "testRuntimeClasspath", "debugUnitTestCompileClasspath". No other one:
// needed to develop only.
static bool is_dev(pt_str configurations) {
    pt_str one;
    bool any = false;
    while (pt_str_split(&configurations, ',', &one)) {
        one = pt_str_trim(one);
        if (!one.n)
            continue;
        if (!pt_str_starts(one, PT_STR("test")) && !pt_str_has(one, PT_STR("Test")))
            return false;
        any = true;
    }
    return any;
}

static pt_code take_line(pt_read *r, pt_str line, uint32_t n, pt_err *e) {
    size_t equals = pt_str_find(line, '=');
    pt_str id = pt_str_trim(pt_str_sub(line, 0, equals));
    size_t group = pt_str_find(id, ':');
    size_t artifact = pt_str_rfind(id, ':');
    pt_package p = {.name = pt_str_sub(id, 0, artifact),
                    .version = pt_str_sub(id, artifact + 1, id.n),
                    .id = id,
                    .dev = is_dev(pt_str_sub(line, equals + 1, line.n)),
                    .line = n};
    if (pt_str_eqz(id, "empty"))
        return PT_OK;
    if (equals == line.n || group == 0 || group + 1 >= artifact || !p.version.n) {
        pt_fault_add(r, n, "not group:artifact:version=configurations");
        return PT_OK;
    }
    return pt_package_add(r, &p, e);
}

pt_code pt_read_gradle(pt_read *r, pt_str text, pt_err *e) {
    pt_code code = PT_OK;
    pt_str line;
    for (uint32_t n = 1; !code && pt_line_next(&text, &line); n++) {
        line = pt_str_trim(line);
        if (line.n && line.p[0] != '#')
            code = take_line(r, line, n, e);
    }
    return code;
}
