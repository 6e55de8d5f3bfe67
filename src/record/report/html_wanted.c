// What a check wants, in words, from the same rows that the engine judges by.
#include "judge/engine/engine.h"
#include "record/report/html.h"

// How to say the tests that say more than the check's good state. `%` is the operand, in which "|"
// means "or".
typedef struct phrase {
    pt_test test;
    const char *form;
} phrase;

static const phrase phrases[] = {
    {pt_test_true, "true"},     {pt_test_false, "false"},        {pt_test_one_of, "%"},
    {pt_test_none_of, "not %"}, {pt_test_at_least, "% or more"}, {pt_test_at_most, "% or less"},
    {pt_test_has, "holds %"},   {pt_test_lacks, "without %"},    {pt_test_mode, "% or stricter"},
};

static const char *form_of(pt_test test) {
    for (size_t i = 0; i < PT_COUNT(phrases); i++)
        if (phrases[i].test == test)
            return phrases[i].form;
    return NULL;
}

static void put_operand(pt_buf *b, pt_str want) {
    pt_str word;
    for (bool first = true; pt_str_split(&want, '|', &word); first = false) {
        pt_buf_putz(b, first ? "" : " or ");
        pt_buf_put(b, word);
    }
}

static void put_condition(pt_buf *b, const pt_cond *cond, bool named) {
    pt_str form = pt_str_of(form_of(cond->test));
    if (named) {
        pt_buf_putz(b, cond->path ? cond->path : cond->fact);
        pt_buf_putz(b, ": ");
    }
    size_t at = pt_str_find(form, '%');
    pt_buf_put(b, pt_str_sub(form, 0, at));
    if (at < form.n)
        put_operand(b, pt_str_of(cond->want));
    pt_buf_put(b, pt_str_sub(form, at + 1, form.n));
}

pt_str pt_html_wanted(pt_html *h, const pt_check *c) {
    size_t n = 0;
    for (; n < PT_CONDS_MAX && c->conds[n].fact; n++)
        if (!form_of(c->conds[n].test))
            return pt_str_of(c->good);
    if (!n)
        return pt_str_of(c->good);
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(4096);
    for (size_t i = 0; i < n; i++) {
        pt_buf_putz(&b, i ? "; " : "");
        put_condition(&b, &c->conds[i], n > 1);
    }
    return pt_arena_str(h->a, pt_buf_str(&b));
}
