// What several tests ask of an engine's answer: its kinds, and words as Docker reads them.
#include "judge/catalogue/docker_tests.h"
#include "judge/engine/engine.h"

pt_verdict pt_answer_lacks(pt_seen *seen, const char *wanted) {
    pt_buf_printf(&seen->text, "the answer holds no %s", wanted);
    return PT_NOT_EVALUATED;
}

bool pt_answer_list(pt_value v) {
    return pt_tag_of(v) == PT_ARRAY || pt_tag_of(v) == PT_NULL;
}

bool pt_answer_texts(pt_value v) {
    for (size_t i = 0; i < pt_len(v); i++)
        if (pt_tag_of(pt_at(v, i)) != PT_STRING)
            return false;
    return pt_answer_list(v);
}

void pt_answer_item(pt_seen *seen, pt_str text) {
    if (seen->text.n)
        pt_buf_putz(&seen->text, ", ");
    pt_buf_put(&seen->text, text);
}

bool pt_answer_bool(pt_str text, bool *ret) {
    *ret = pt_str_in_list(text, PT_STR("1|t|T|TRUE|true|True"), '|');
    return *ret || pt_str_in_list(text, PT_STR("0|f|F|FALSE|false|False"), '|');
}

typedef enum end {
    NO_SIZE, // not a size as Docker takes it
    ENDLESS, // "", "0", "-1"
    BOUND,
} end;

// "k", "MB", "GiB", or nothing.
static bool is_unit(pt_str unit) {
    static const pt_str scales = PT_STR("kKmMgGtTpP");
    if (unit.n && pt_str_find(scales, unit.p[0]) < scales.n)
        unit = pt_str_sub(unit, 1, unit.n);
    if (unit.n && (unit.p[0] == 'i' || unit.p[0] == 'I'))
        unit = pt_str_sub(unit, 1, unit.n);
    return !unit.n || pt_str_eq_nocase(unit, PT_STR("b"));
}

static end end_of(pt_str size) {
    size_t n = 0;
    bool any = false;
    while (n < size.n && ((size.p[n] >= '0' && size.p[n] <= '9') || (n && size.p[n] == '.'))) {
        any |= size.p[n] >= '1' && size.p[n] <= '9';
        n++;
    }
    if (!size.n || pt_str_starts(size, PT_STR("-")))
        return ENDLESS;
    if (!n || !is_unit(pt_str_trim(pt_str_sub(size, n, size.n))))
        return NO_SIZE;
    return any ? BOUND : ENDLESS;
}

pt_verdict pt_answer_max_size(pt_value size, pt_seen *seen) {
    pt_str text = pt_text(size);
    if (pt_defined(size) && pt_tag_of(size) != PT_STRING)
        return pt_answer_lacks(seen, "largest size");
    pt_buf_printf(&seen->text, "max-size = %.*s", PT_PRI(text.n ? text : PT_STR("unset")));
    end is = end_of(text);
    return is == BOUND ? PT_PASS : is == ENDLESS ? PT_FAIL : PT_NOT_EVALUATED;
}

// Does one of the words of `list` equal `word` in any case?
static bool among(pt_str word, pt_str list) {
    pt_str one;
    while (pt_str_split(&list, '|', &one))
        if (pt_str_eq_nocase(one, word))
            return true;
    return false;
}

pt_verdict pt_test_known_word(pt_value v, pt_str want, pt_seen *seen) {
    size_t slash = pt_str_find(want, '/');
    if (pt_tag_of(v) != PT_STRING)
        return pt_answer_lacks(seen, "word where one belongs");
    if (seen->name.n)
        pt_buf_printf(&seen->text, "%.*s = ", PT_PRI(seen->name));
    pt_buf_put(&seen->text, pt_text(v).n ? pt_text(v) : PT_STR("\"\""));
    if (among(pt_text(v), pt_str_sub(want, 0, slash)))
        return PT_PASS;
    pt_str bad = pt_str_sub(want, slash + 1, want.n);
    return pt_str_eqz(bad, "*") || among(pt_text(v), bad) ? PT_FAIL : PT_NOT_EVALUATED;
}

pt_verdict pt_test_other_word(pt_value v, pt_str want, pt_seen *seen) {
    if (pt_tag_of(v) != PT_STRING || !pt_text(v).n)
        return pt_answer_lacks(seen, "word where one belongs");
    if (seen->name.n)
        pt_buf_printf(&seen->text, "%.*s = ", PT_PRI(seen->name));
    pt_buf_put(&seen->text, pt_text(v));
    return among(pt_text(v), want) ? PT_FAIL : PT_PASS;
}

pt_verdict pt_test_plugins(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_answer_texts(v))
        return pt_answer_lacks(seen, "list of plugins");
    for (size_t i = 0; i < pt_len(v); i++) {
        if (!pt_text(pt_at(v, i)).n)
            return pt_answer_lacks(seen, "name of a plugin");
        pt_answer_item(seen, pt_text(pt_at(v, i)));
    }
    if (!pt_len(v))
        pt_buf_putz(&seen->text, "none");
    return pt_len(v) ? PT_PASS : PT_FAIL;
}

// In daemon.json an object, from flags a list of NAME=SOFT:HARD.
pt_verdict pt_test_ulimits(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_OBJECT && !pt_answer_texts(v))
        return pt_answer_lacks(seen, "default ulimits");
    pt_buf_printf(&seen->text, "%zu set", pt_len(v));
    return pt_len(v) ? PT_PASS : PT_FAIL;
}

// {"stat": …, "rootless": bool}: a rootless engine's socket is its user's.
pt_verdict pt_test_socket_mode(pt_value v, pt_str want, pt_seen *seen) {
    pt_value stat = pt_getz(v, "stat");
    pt_value rootless = pt_getz(v, "rootless");
    if (!pt_str_eqz(pt_text(pt_getz(stat, "type")), "socket"))
        return pt_answer_lacks(seen, "socket");
    pt_str mode = pt_str_sub(want, 0, pt_str_find(want, ' '));
    pt_verdict verdict = pt_test_mode(stat, pt_true(rootless) ? mode : want, seen);
    // Whose it may be is not known.
    return verdict == PT_PASS && pt_tag_of(rootless) != PT_BOOL ? PT_NOT_EVALUATED : verdict;
}

pt_verdict pt_test_no_word(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_STRING)
        return pt_answer_lacks(seen, "word where one belongs");
    pt_buf_put(&seen->text, pt_text(v));
    return pt_text(v).n ? PT_FAIL : PT_PASS;
}

pt_verdict pt_test_profile(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (pt_tag_of(v) != PT_STRING)
        return pt_answer_lacks(seen, "profile");
    pt_buf_printf(&seen->text, "profile \"%.*s\"", PT_PRI(pt_text(v)));
    return !pt_text(v).n || pt_str_eqz(pt_text(v), "unconfined") ? PT_FAIL : PT_PASS;
}
