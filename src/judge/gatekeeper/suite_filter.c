// Which tests of a suite run: the words of --run.
#include <stdlib.h>

#include "base/re2.h"
#include "judge/gatekeeper/suite_impl.h"

struct pt_gk_filter {
    pt_re2 *test, *cases; // one of them NULL: there is one regex for both
};

static pt_code compile(pt_str text, pt_re2 **ret, pt_err *e) {
    char bad[128];
    pt_re2_error why;
    *ret = pt_re2_new(text, &why, bad, sizeof bad);
    if (*ret)
        return PT_OK;
    return pt_err_set(e, PT_E_USAGE, "\"%.*s\" is no regular expression: %s: %s", PT_PRI(text),
                      pt_re2_error_text(why), bad);
}

pt_code pt_gk_filter_new(pt_str text, pt_gk_filter **ret, pt_err *e) {
    size_t at = pt_str_find_str(text, PT_STR("//"));
    pt_str rest = at < text.n ? pt_str_sub(text, at + 2, text.n) : (pt_str){NULL, 0};
    if (pt_str_has(rest, PT_STR("//")))
        return pt_err_set(e, PT_E_USAGE, "%.*s: at most one \"//\"", PT_PRI(text));
    pt_gk_filter *f = calloc(1, sizeof *f);
    if (!f)
        return pt_err_set(e, PT_E_NOMEM, "no memory for a regular expression");
    pt_code code = compile(pt_str_sub(text, 0, at), &f->test, e);
    if (!code && at < text.n)
        code = compile(rest, &f->cases, e);
    if (code)
        pt_gk_filter_free(f);
    else
        *ret = f;
    return code;
}

void pt_gk_filter_free(pt_gk_filter *f) {
    if (!f)
        return;
    pt_re2_free(f->test);
    pt_re2_free(f->cases);
    free(f);
}

static bool matches(const pt_re2 *re, pt_str text) {
    pt_re2_span span;
    return pt_re2_match(re, text, 0, &span, 1) == 1;
}

bool pt_gk_filter_case(const pt_gk_filter *f, pt_str test, pt_str name) {
    if (!f)
        return true;
    if (f->cases)
        return matches(f->test, test) && matches(f->cases, name);
    return matches(f->test, test) || matches(f->test, name);
}

bool pt_gk_filter_test(const pt_gk_filter *f, pt_str test, pt_value cases) {
    bool any = !f || matches(f->test, test);
    for (size_t i = 0; !any && !f->cases && i < pt_len(cases); i++)
        any = matches(f->test, pt_text(pt_getz(pt_at(cases, i), "name")));
    return any;
}
