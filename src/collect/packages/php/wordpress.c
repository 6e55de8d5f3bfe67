// wp-includes/version.php of WordPress: "$wp_version = '6.4.2';", which its own updates read, too.
#include "collect/packages/php/php.h"

// What is no comment of the line; `in`: it begins within one.
static pt_str code_of(pt_str line, bool *in) {
    pt_str code = line;
    if (*in) {
        size_t end = pt_str_find_str(line, PT_STR("*/"));
        *in = end == line.n;
        code = pt_str_sub(line, *in ? line.n : end + 2, line.n);
    }
    code = pt_str_trim(code);
    if (pt_str_starts(code, PT_STR("/*"))) {
        size_t end = pt_str_find_str(code, PT_STR("*/"));
        *in = end == code.n;
        code = pt_str_trim(pt_str_sub(code, *in ? code.n : end + 2, code.n));
    }
    return code;
}

// The value of "$wp_version = 'VALUE'"; empty: it is something else.
static pt_str version_in(pt_str code) {
    const pt_str name = PT_STR("$wp_version");
    pt_str rest = pt_str_trim(pt_str_sub(code, name.n, code.n));
    if (!pt_str_starts(code, name) || !pt_str_starts(rest, PT_STR("=")))
        return (pt_str){0};
    rest = pt_str_trim(pt_str_sub(rest, 1, rest.n));
    if (!rest.n || (rest.p[0] != '\'' && rest.p[0] != '"'))
        return (pt_str){0};
    pt_str value = pt_str_sub(rest, 1, rest.n);
    size_t end = pt_str_find(value, rest.p[0]);
    return end < value.n ? pt_str_sub(value, 0, end) : (pt_str){0};
}

pt_code pt_read_wordpress(pt_read *r, pt_str text, pt_err *e) {
    pt_str line;
    bool in = false;
    for (uint32_t n = 1; pt_line_next(&text, &line); n++) {
        pt_package p = {.name = PT_STR("wordpress"), .line = n};
        p.version = version_in(code_of(line, &in));
        if (p.version.n)
            return pt_package_add(r, &p, e);
    }
    pt_fault_add(r, 1, "no version of WordPress");
    return PT_OK;
}
