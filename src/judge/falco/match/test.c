// Comparisons of one value with what stands on the right.
#include <fnmatch.h>
#include <string.h>

#include "base/re2.h"
#include "judge/falco/match/match_impl.h"

// -- texts ----------------------------------------------------------------------------------------
static char lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static bool same_nocase(const char *s, pt_str needle) {
    for (size_t i = 0; i < needle.n; i++)
        if (lower(s[i]) != lower(needle.p[i]))
            return false;
    return true;
}

// A seldom byte of the needle is looked for, by the processor's widest instructions; paths are full
// of slashes, and texts of the letters here.
static size_t seldom(pt_str needle) {
    size_t best = 0;
    for (size_t i = 1; i < needle.n; i++) {
        bool common = strchr("/etaoinsrlbu -", needle.p[best]) != NULL;
        if (common && !strchr("/etaoinsrlbu -", needle.p[i]))
            best = i;
    }
    return best;
}

static bool has(pt_str s, pt_str needle, size_t at) {
    if (!needle.n || needle.n > s.n)
        return !needle.n;
    const char *from = s.p + at;
    const char *end = s.p + s.n - needle.n + at + 1; // behind the last place of that byte
    while (from < end) {
        const char *found = memchr(from, needle.p[at], (size_t)(end - from));
        if (!found)
            return false;
        if (memcmp(found - at, needle.p, needle.n) == 0)
            return true;
        from = found + 1;
    }
    return false;
}

// The next place of either case of the byte, from `from` on; `end` if there is none. What one of
// the two was found at is kept in `known` while it lies ahead.
static const char *next_of(const char *from, const char *end, char byte, const char **known) {
    if (!*known || *known < from) {
        const char *found = memchr(from, byte, (size_t)(end - from));
        *known = found ? found : end;
    }
    return *known;
}

static bool has_nocase(pt_str s, pt_str needle) {
    if (!needle.n || needle.n > s.n)
        return !needle.n;
    size_t at = seldom(needle);
    char small = lower(needle.p[at]);
    char big = (char)(small >= 'a' && small <= 'z' ? small - ('a' - 'A') : small);
    const char *from = s.p + at;
    const char *end = s.p + s.n - needle.n + at + 1; // behind the last place of that byte
    const char *known[2] = {NULL, NULL};
    while (from < end) {
        const char *x = next_of(from, end, small, &known[0]);
        const char *y = next_of(from, end, big, &known[1]);
        const char *first = x < y ? x : y;
        if (first == end)
            return false;
        if (same_nocase(first - at, needle))
            return true;
        from = first + 1;
    }
    return false;
}

static bool like(pt_arena *scratch, pt_str pattern, pt_str text, int flags) {
    pt_str p = pt_arena_str(scratch, pattern); // with NUL bytes behind them
    pt_str t = pt_arena_str(scratch, text);
    return p.p && t.p && fnmatch(p.p, t.p, FNM_EXTMATCH | flags) == 0;
}

static bool compare_text(pt_filter_op op, pt_arena *scratch, pt_str l, pt_str r) {
    switch (op) {
    case PT_FILTER_EQ:
    case PT_FILTER_IN:
    case PT_FILTER_INTERSECTS:
        return pt_str_eq(l, r);
    case PT_FILTER_NE:
        return !pt_str_eq(l, r);
    case PT_FILTER_LT:
        return pt_str_cmp(l, r) < 0;
    case PT_FILTER_LE:
        return pt_str_cmp(l, r) <= 0;
    case PT_FILTER_GT:
        return pt_str_cmp(l, r) > 0;
    case PT_FILTER_GE:
        return pt_str_cmp(l, r) >= 0;
    case PT_FILTER_CONTAINS:
    case PT_FILTER_BCONTAINS:
        return pt_str_has(l, r);
    case PT_FILTER_ICONTAINS:
        return has_nocase(l, r);
    case PT_FILTER_STARTSWITH:
    case PT_FILTER_BSTARTSWITH:
        return pt_str_starts(l, r);
    case PT_FILTER_ENDSWITH:
        return pt_str_ends(l, r);
    case PT_FILTER_GLOB:
        return like(scratch, r, l, 0);
    case PT_FILTER_IGLOB:
        return like(scratch, r, l, FNM_CASEFOLD);
    default:
        return false;
    }
}

// -- numbers --------------------------------------------------------------------------------------
static bool compare_number(pt_filter_op op, bool is_signed, int64_t l, int64_t r) {
    bool less = is_signed ? l < r : (uint64_t)l < (uint64_t)r;
    switch (op) {
    case PT_FILTER_EQ:
    case PT_FILTER_IN:
    case PT_FILTER_INTERSECTS:
        return l == r;
    case PT_FILTER_NE:
        return l != r;
    case PT_FILTER_LT:
        return less;
    case PT_FILTER_LE:
        return less || l == r;
    case PT_FILTER_GT:
        return !less && l != r;
    case PT_FILTER_GE:
        return !less;
    default:
        return false;
    }
}

// -- networks: another family differs -------------------------------------------------------------
static bool in_net(pt_str ip, const pt_operand *net) {
    unsigned whole = net->prefix / 8u;
    unsigned rest = net->prefix % 8u;
    if (ip.n != net->v.text.n || (whole && memcmp(ip.p, net->v.text.p, whole) != 0))
        return false;
    unsigned mask = 0xff00u >> rest & 0xff;
    return !rest || ((unsigned char)ip.p[whole] & mask) == (unsigned char)net->v.text.p[whole];
}

// -- the shapes of a test -------------------------------------------------------------------------
static bool one_within(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    (void)scratch;
    return has(left.text, t->right[0].v.text, t->seldom);
}

// Most of what begins otherwise differs in its first byte, or, of paths, soon after the slash.
static bool one_start(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    pt_str r = t->right[0].v.text;
    (void)scratch;
    if (left.text.n < r.n || !r.n)
        return !r.n;
    return left.text.p[r.n / 2] == r.p[r.n / 2] && memcmp(left.text.p, r.p, r.n) == 0;
}

static bool one_text(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    return compare_text(t->op, scratch, left.text, t->right[0].v.text);
}

static bool quantified(pt_filter_quantifier q, size_t matched, size_t of) {
    switch (q) {
    case PT_QUANT_ONE:
        return matched == 1;
    case PT_QUANT_ALL:
        return matched == of;
    default:
        return matched > 0;
    }
}

static bool many_texts(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    size_t matched = 0;
    for (size_t i = 0; i < t->n_right; i++)
        matched += compare_text(t->op, scratch, left.text, t->right[i].v.text);
    return quantified(t->quantifier, matched, t->n_right);
}

static bool some_word(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    (void)scratch;
    return pt_words_find(t->words, left.text) != 0;
}

static bool some_path(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    (void)scratch;
    return pt_paths_match(t->words, left.text);
}

static bool one_number(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    (void)scratch;
    return compare_number(t->op, t->is_signed, left.number, t->right[0].v.number);
}

static bool many_numbers(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    size_t matched = 0;
    (void)scratch;
    for (size_t i = 0; i < t->n_right; i++)
        matched += compare_number(t->op, t->is_signed, left.number, t->right[i].v.number);
    return quantified(t->quantifier, matched, t->n_right);
}

static bool many_nets(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    size_t matched = 0;
    (void)scratch;
    for (size_t i = 0; i < t->n_right; i++)
        matched += in_net(left.text, &t->right[i]) == (t->op != PT_FILTER_NE);
    return quantified(t->quantifier, matched, t->n_right);
}

// Bytes that are no UTF-8 as U+FFFD: the expression is one of characters.
static pt_str characters(pt_arena *scratch, pt_str s) {
    size_t bad;
    if (pt_str_utf8(s, &bad))
        return s;
    char *p = pt_arena_take(scratch, 3 * s.n);
    size_t n = 0;
    while (p && s.n) {
        bool whole = pt_str_utf8(s, &bad);
        size_t good = whole ? s.n : bad;
        memcpy(p + n, s.p, good);
        n += good;
        if (!whole) {
            memcpy(p + n, "\xEF\xBF\xBD", 3);
            n += 3;
            good++;
        }
        s = pt_str_sub(s, good, s.n);
    }
    return (pt_str){p, n};
}

static bool regexes(const pt_test *t, pt_arena *scratch, pt_falco_value left) {
    pt_str s = characters(scratch, left.text);
    size_t matched = 0;
    for (size_t i = 0; i < t->n_right; i++)
        matched += pt_re2_matches(t->regexes[i], s);
    return quantified(t->quantifier, matched, t->n_right);
}

bool pt_test_pair(const pt_test *t, pt_arena *scratch, pt_falco_type type, pt_falco_value left,
                  pt_falco_value right) {
    if (type == PT_FALCO_NUMBER || type == PT_FALCO_BOOL || type == PT_FALCO_PORT)
        return compare_number(t->op, t->is_signed, left.number, right.number);
    return compare_text(t->op, scratch, left.text, right.text);
}

// -- making ---------------------------------------------------------------------------------------
pt_code pt_regex_make(pt_resolver *r, pt_str pattern, bool posix, pt_re2 **ret) {
    char piece[64];
    pt_re2_error why = PT_RE2_OK;
    pt_re2 **slot = PT_PUSH(r->a, r->regexes);
    if (!slot)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    *slot = (posix ? pt_re2_new_posix : pt_re2_new)(pattern, &why, piece, sizeof piece);
    *ret = *slot;
    if (*slot)
        return PT_OK;
    r->regexes->n--;
    if (why == PT_RE2_NO_MEMORY)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    return pt_err_set(r->e, PT_E_FORMAT, "invalid regex pattern: %s: %s", pt_re2_error_text(why),
                      piece);
}

void pt_regexes_free(pt_regexes *r) {
    for (size_t i = 0; i < r->n; i++)
        pt_re2_free(r->v[i]);
    r->n = 0;
}

static pt_code make_regexes(pt_resolver *r, const pt_leaf *leaf, pt_test *ret) {
    pt_re2 **own = PT_NEW(r->a, pt_re2 *, leaf->n_right);
    if (!own)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < leaf->n_right; i++) {
        pt_code code = pt_regex_make(r, leaf->texts[i], true, &own[i]);
        if (code)
            return code;
    }
    ret->regexes = own;
    ret->one = regexes;
    return PT_OK;
}

static pt_code make_texts(pt_resolver *r, const pt_leaf *leaf, pt_test *ret) {
    pt_str *texts = PT_NEW(r->a, pt_str, leaf->n_right);
    if (!texts)
        return pt_err_set(r->e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < leaf->n_right; i++)
        texts[i] = leaf->right[i].v.text;
    switch (leaf->op) {
    case PT_FILTER_REGEX:
        return make_regexes(r, leaf, ret);
    case PT_FILTER_PMATCH:
        ret->words = pt_paths_new(r->a, texts, leaf->n_right);
        ret->one = some_path;
        break;
    case PT_FILTER_IN:
    case PT_FILTER_INTERSECTS:
        ret->words = pt_words_new(r->a, texts, leaf->n_right);
        ret->one = some_word;
        break;
    default:
        ret->one = leaf->quantifier || leaf->n_right != 1 ? many_texts : one_text;
        if (ret->one == one_text && leaf->op == PT_FILTER_CONTAINS) {
            ret->one = one_within;
            ret->seldom = seldom(texts[0]);
        }
        if (ret->one == one_text && leaf->op == PT_FILTER_STARTSWITH)
            ret->one = one_start;
        return PT_OK;
    }
    return ret->words ? PT_OK : pt_err_set(r->e, PT_E_NOMEM, "out of memory");
}

pt_code pt_test_make(pt_resolver *r, const pt_leaf *leaf, pt_test *ret) {
    *ret = (pt_test){
        .op = leaf->op,
        .quantifier = leaf->quantifier,
        .is_signed = leaf->left.bits < 0,
        .right = leaf->right,
        .n_right = leaf->n_right,
    };
    bool one = !leaf->quantifier && leaf->n_right == 1;
    switch (leaf->left.type) {
    case PT_FALCO_STRING:
    case PT_FALCO_BUFFER:
        return leaf->field ? PT_OK : make_texts(r, leaf, ret);
    case PT_FALCO_ADDRESS:
        ret->one = one ? one_text : many_texts;
        break;
    case PT_FALCO_NET:
        ret->one = many_nets;
        break;
    default:
        ret->one = one ? one_number : many_numbers;
    }
    return PT_OK;
}
