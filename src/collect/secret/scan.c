#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collect/secret/secret_impl.h"

enum {
    LINE_BYTES_MAX = 100, // of a line that is shown whole; of a longer one
    BEFORE_BYTES = 30,    // so much before the secret
    BEHIND_BYTES = 20,    // and behind it
    SPANS_MAX = 32,       // groups that are looked at
};

typedef struct span {
    size_t from, to;
} span;
typedef PT_VEC(span) spans;

typedef struct found {
    const pt_secret_rule *rule;
    span match, secret;
    double entropy;
    uint32_t line, line_end;
    bool dropped;
} found;

typedef struct scan {
    const pt_secret_rules *r;
    bool packaged; // what is left out of packages' files is left out
    pt_str path, text;
    pt_arena a;     // what helps
    spans *windows; // of each rule: where it is looked for, in order
    spans excluded;
    PT_VEC(found) found;
    bool more;         // than PT_SECRETS_MAX
    size_t counted_to; // lines, so that each is counted once
    uint32_t counted;
    pt_err *e;
} scan;

static pt_code full(pt_err *e) {
    return pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_str sub(const scan *s, span x) {
    return pt_str_sub(s->text, x.from, x.to);
}

// -- words and patterns ---------------------------------------------------------------------------

// Look around a keyword that ends at `to`.
static bool add_window(scan *s, uint32_t rule, size_t to) {
    const pt_secret_rule *r = &s->r->of.v[rule];
    spans *w = &s->windows[rule];
    span x = {0, s->text.n};
    if (r->window) {
        x.from = to > PT_SECRET_BEFORE ? to - PT_SECRET_BEFORE : 0;
        x.to = s->text.n - to > r->window ? to + r->window : s->text.n;
    }
    if (w->n && w->v[w->n - 1].to >= x.from) {
        w->v[w->n - 1].to = x.to > w->v[w->n - 1].to ? x.to : w->v[w->n - 1].to;
        return true;
    }
    span *slot = PT_PUSH(&s->a, w);
    if (slot)
        *slot = x;
    return slot != NULL;
}

static int on_keyword(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                      void *of) {
    scan *s = of;
    const pt_secret_user *user = &s->r->users.v[id];
    const pt_secret_rule *rule = &s->r->of.v[user->rule];
    const pt_secret_around *x = &rule->around;
    (void)from;
    (void)flags;
    if (user->around &&
        (to < x->before || !pt_secret_factor_at(x->row, s->text, (size_t)to - x->before)))
        return 0;
    if (rule->window && !pt_secret_chain_at(&rule->behind, s->text, (size_t)to))
        return 0;
    return add_window(s, user->rule, (size_t)to) ? 0 : 1; // 1: stop
}

static pt_code find_keywords(scan *s) {
    s->windows = PT_NEW(&s->a, spans, s->r->of.n + 1);
    if (!s->windows)
        return full(s->e);
    for (size_t i = 0; i < s->r->of.n; i++)
        if (!s->r->of.v[i].keywords.n && !add_window(s, (uint32_t)i, 0))
            return full(s->e);
    if (!s->r->keywords || !s->text.n)
        return PT_OK;
    hs_scratch_t *scratch = atomic_exchange(&s->r->idle->scratch, NULL);
    if (!scratch && hs_alloc_scratch(s->r->keywords, &scratch) != HS_SUCCESS)
        return full(s->e);
    hs_error_t rc =
        hs_scan(s->r->keywords, s->text.p, (unsigned)s->text.n, 0, scratch, on_keyword, s);
    hs_free_scratch(atomic_exchange(&s->r->idle->scratch, scratch));
    return rc == HS_SUCCESS ? PT_OK : full(s->e);
}

// 1, 0, or -1 without memory.
static int any_fits(const pt_secret_patterns *p, pt_str text) {
    int fits = 0;
    for (size_t i = 0; !fits && i < p->n; i++)
        fits = pt_re2_match(p->v[i], text, 0, NULL, 0);
    return fits;
}

static bool has_word(const pt_secret_words *words, pt_str text) {
    for (size_t w = 0; w < words->n; w++) {
        pt_str word = words->v[w];
        for (size_t i = 0; i + word.n <= text.n; i++)
            if (strncasecmp(text.p + i, word.p, word.n) == 0)
                return true;
    }
    return false;
}

// An allowlist whose paths suffice, and one of them fits: the file is not looked at.
static int path_allowed(const pt_secret_allows *allows, pt_str path, bool packaged) {
    int fits = 0;
    for (size_t i = 0; !fits && i < allows->n; i++)
        if (!allows->v[i].all && (packaged || !allows->v[i].packaged))
            fits = any_fits(&allows->v[i].paths, path);
    return fits;
}

// -- one match ------------------------------------------------------------------------------------

static span line_around(const scan *s, span x) {
    span line = x;
    while (line.from > 0 && s->text.p[line.from - 1] != '\n')
        line.from--;
    while (line.to < s->text.n && s->text.p[line.to] != '\n')
        line.to++;
    return line;
}

// By one list: 1, 0, or -1 without memory.
static int allowed_by(const scan *s, const pt_secret_allow *w, const found *f) {
    pt_str target = w->target == PT_SECRET_OF_MATCH  ? sub(s, f->match)
                    : w->target == PT_SECRET_OF_LINE ? sub(s, line_around(s, f->match))
                                                     : sub(s, f->secret);
    int fits = any_fits(&w->patterns, target);
    bool stop = has_word(&w->stopwords, sub(s, f->secret));
    if (fits < 0 || !w->all)
        return fits < 0 ? -1 : fits || stop;
    int path = any_fits(&w->paths, s->path);
    if (path < 0)
        return -1;
    return !w->commits && (fits || !w->patterns.n) && (path || !w->paths.n) &&
           (stop || !w->stopwords.n);
}

static int allowed(const scan *s, const pt_secret_allows *allows, const found *f) {
    int is = 0;
    for (size_t i = 0; !is && i < allows->n; i++)
        is = allowed_by(s, &allows->v[i], f);
    return is;
}

static double entropy_of(pt_str s) {
    size_t count[256] = {0};
    double sum = 0;
    for (size_t i = 0; i < s.n; i++)
        count[(unsigned char)s.p[i]]++;
    for (size_t i = 0; i < PT_COUNT(count); i++) {
        double share = count[i] ? (double)count[i] / (double)s.n : 0;
        sum -= count[i] ? share * log2(share) : 0;
    }
    return sum;
}

static bool within(const spans *blocks, span x) {
    for (size_t i = 0; i < blocks->n; i++)
        if (blocks->v[i].from <= x.from && x.to <= blocks->v[i].to)
            return true;
    return false;
}

// Lines before `at`; texts are asked in any order, mostly forwards.
static uint32_t line_of(scan *s, size_t at) {
    if (at < s->counted_to)
        s->counted = 0;
    for (size_t i = at < s->counted_to ? 0 : s->counted_to; i < at; i++)
        s->counted += s->text.p[i] == '\n';
    s->counted_to = at;
    return s->counted + 1;
}

static pt_code put_found(scan *s, found *f) {
    if (s->found.n == PT_SECRETS_MAX) {
        s->more = true;
        return PT_OK;
    }
    f->line = line_of(s, f->secret.from);
    f->line_end = f->line;
    for (size_t i = f->secret.from; i < f->secret.to; i++)
        f->line_end += s->text.p[i] == '\n';
    found *slot = PT_PUSH(&s->a, &s->found);
    if (!slot)
        return full(s->e);
    *slot = *f;
    return PT_OK;
}

// A match whose secret is `secret`: is it one after all?
static pt_code take_secret(scan *s, const pt_secret_rule *rule, span match, span secret,
                           const spans *excluded) {
    found f = {.rule = rule, .match = match, .secret = secret};
    if (rule->entropy != 0) {
        f.entropy = entropy_of(sub(s, secret));
        if (f.entropy <= rule->entropy)
            return PT_OK;
    }
    if (within(&s->excluded, secret) || within(excluded, secret))
        return PT_OK;
    if (s->r->comments && pt_str_has(sub(s, line_around(s, match)), PT_STR("gitleaks:allow")))
        return PT_OK;
    int is = allowed(s, &s->r->allows, &f);
    if (!is)
        is = allowed(s, &rule->allows, &f);
    return is < 0 ? full(s->e) : is ? PT_OK : put_found(s, &f);
}

static pt_code take_match(scan *s, const pt_secret_rule *rule, const pt_re2_span *groups,
                          unsigned n, const spans *excluded) {
    span match = {groups[0].from, groups[0].to};
    pt_code code = PT_OK;
    for (size_t i = 0; rule->named && !code && i < rule->groups.n; i++) {
        const pt_re2_span *g = rule->groups.v[i] < n ? &groups[rule->groups.v[i]] : NULL;
        if (g && g->from != SIZE_MAX)
            code = take_secret(s, rule, match, (span){g->from, g->to}, excluded);
    }
    if (rule->named && rule->groups.n)
        return code;
    if (!rule->named)
        for (; match.from < match.to && s->text.p[match.from] == '\n'; match.from++)
            ;
    if (!rule->named)
        for (; match.from < match.to && s->text.p[match.to - 1] == '\n'; match.to--)
            ;
    span secret = match;
    bool chosen = false;
    for (unsigned g = rule->group ? rule->group : 1; !chosen && !rule->named && g < n; g++) {
        bool has = groups[g].from != SIZE_MAX && (rule->group || groups[g].to > groups[g].from);
        if (has)
            secret = (span){groups[g].from, groups[g].to};
        chosen = has || rule->group;
    }
    return take_secret(s, rule, match, secret, excluded);
}

static pt_code find_blocks(scan *s, const pt_secret_patterns *p, spans *ret) {
    for (size_t i = 0; i < p->n; i++) {
        pt_re2_span m = {0};
        int is = 1;
        for (size_t at = 0; at <= s->text.n && is == 1; at = m.to > at ? m.to : at + 1) {
            is = pt_re2_match(p->v[i], s->text, at, &m, 1);
            span *slot = is == 1 ? PT_PUSH(&s->a, ret) : NULL;
            if (slot)
                *slot = (span){m.from, m.to};
            else if (is)
                return full(s->e);
        }
    }
    return PT_OK;
}

// A match in the window has all factors in it.
static bool may_match(const scan *s, const pt_secret_rule *rule, span w) {
    for (size_t i = 0; i < rule->n_factors; i++)
        if (!pt_secret_factor_in(rule->factors[i], sub(s, w)))
            return false;
    return true;
}

// Matches that begin within one window. A match that ends with the window may be one that goes on
// behind it: it is looked for again with more room.
// *at: how far the text has been looked at.
static pt_code run_window(scan *s, const pt_secret_rule *rule, span w, const spans *excluded,
                          size_t *at) {
    pt_re2_span groups[SPANS_MAX] = {0};
    unsigned n = pt_re2_groups(rule->pattern) + 1;
    n = n < SPANS_MAX ? n : SPANS_MAX;
    pt_code code = PT_OK;
    *at = w.from > *at ? w.from : *at;
    if (!may_match(s, rule, (span){*at, w.to}))
        return PT_OK;
    while (!code && *at <= w.to) {
        int is = pt_re2_match(rule->pattern, pt_str_sub(s->text, 0, w.to), *at, groups, n);
        if (is < 0)
            return full(s->e);
        if (is == 0)
            break;
        if (groups[0].to == w.to && w.to < s->text.n) {
            size_t more = w.to - groups[0].from + rule->window;
            w.to = s->text.n - w.to > more ? w.to + more : s->text.n;
            continue;
        }
        code = take_match(s, rule, groups, n, excluded);
        *at = groups[0].to > *at ? groups[0].to : *at + 1;
    }
    return code;
}

static pt_code run_rule(scan *s, const pt_secret_rule *rule, const spans *windows) {
    spans excluded = {0};
    size_t at = 0;
    pt_code code = windows->n ? find_blocks(s, &rule->excludes, &excluded) : PT_OK;
    for (size_t i = 0; !code && i < windows->n; i++)
        code = run_window(s, rule, windows->v[i], &excluded, &at);
    return code;
}

// A rule that asks for nothing but the file's name.
static pt_code put_file(scan *s, const pt_secret_rule *rule) {
    found *slot = PT_PUSH(&s->a, &s->found);
    if (!slot)
        return full(s->e);
    *slot = (found){.rule = rule, .line = 1, .line_end = 1};
    return PT_OK;
}

static pt_code ask_rule(scan *s, const pt_secret_rule *rule, const spans *windows) {
    if (rule->pattern && !windows->n)
        return PT_OK;
    int path = rule->path ? pt_re2_match(rule->path, s->path, 0, NULL, 0) : 1;
    int is = path == 1 ? path_allowed(&rule->allows, s->path, s->packaged) : 0;
    if (path < 0 || is < 0)
        return full(s->e);
    if (path == 0 || is == 1)
        return PT_OK;
    if (!rule->pattern)
        return rule->path ? put_file(s, rule) : PT_OK;
    return run_rule(s, rule, windows);
}

// -- what is left of them -------------------------------------------------------------------------

static int64_t apart(size_t a, size_t b) {
    return a > b ? (int64_t)(a - b) : (int64_t)(b - a);
}

static bool need_met(const scan *s, const found *f, const pt_secret_need *need) {
    for (size_t i = 0; i < s->found.n; i++) {
        const found *o = &s->found.v[i];
        size_t column = f->match.from - line_around(s, (span){f->match.from, f->match.from}).from;
        size_t other = o->match.from - line_around(s, (span){o->match.from, o->match.from}).from;
        if (pt_str_eq(o->rule->id, need->id) &&
            (need->lines < 0 || apart(f->line, o->line) <= need->lines) &&
            (need->columns < 0 || apart(column, other) <= need->columns))
            return true;
    }
    return false;
}

// A rule for anything says nothing where another one knows what it is.
static bool is_generic(const pt_secret_rule *rule) {
    return pt_str_has(rule->id, PT_STR("generic"));
}

static bool known_better(const scan *s, const found *f) {
    for (size_t i = 0; is_generic(f->rule) && i < s->found.n; i++) {
        const found *o = &s->found.v[i];
        if (!is_generic(o->rule) && !f->rule->pattern)
            return true; // a name tells less than what stands in the file
        if (!is_generic(o->rule) && o->line == f->line && o->secret.from <= f->secret.from &&
            f->secret.to <= o->secret.to)
            return true;
    }
    return false;
}

static void drop(scan *s) {
    for (size_t i = 0; i < s->found.n; i++) {
        found *f = &s->found.v[i];
        f->dropped = f->rule->silent || known_better(s, f);
        for (size_t k = 0; k < f->rule->needs.n; k++)
            f->dropped |= !need_met(s, f, &f->rule->needs.v[k]);
    }
}

// -- telling --------------------------------------------------------------------------------------

static int by_rule(const void *a, const void *b) {
    const found *x = a;
    const found *y = b;
    int order = pt_str_cmp(x->rule->id, y->rule->id);
    if (!order)
        order = (x->secret.from > y->secret.from) - (x->secret.from < y->secret.from);
    return order;
}

// The line of the secret's beginning, or what of it surrounds the secret.
static span shown(const scan *s, span x) {
    span line = line_around(s, (span){x.from, x.from});
    if (line.to - line.from <= LINE_BYTES_MAX)
        return line;
    size_t from = x.from >= line.from + BEFORE_BYTES ? x.from - BEFORE_BYTES : line.from;
    size_t to = x.to + BEHIND_BYTES < line.to ? x.to + BEHIND_BYTES : line.to;
    return (span){from, to};
}

// All secrets of the text as stars, line ends kept, in every line that is shown.
static pt_str masked(const scan *s, pt_arena *a, span line) {
    char *p = pt_arena_take(a, line.to - line.from + 1);
    if (!p)
        return (pt_str){0};
    memcpy(p, s->text.p + line.from, line.to - line.from);
    for (size_t i = 0; i < s->found.n; i++) {
        span x = s->found.v[i].secret;
        for (size_t k = x.from > line.from ? x.from : line.from; k < x.to && k < line.to; k++)
            if (s->text.p[k] != '\n')
                p[k - line.from] = '*';
    }
    return (pt_str){p, line.to - line.from};
}

static pt_value tell(const scan *s, pt_arena *a, const found *f) {
    pt_obj o = {.a = a};
    const pt_secret_rule *rule = f->rule;
    const struct {
        const char *key;
        pt_str text;
    } texts[] = {{"rule", rule->id},
                 {"title", rule->title},
                 {"category", rule->category},
                 {"severity", rule->severity}};
    for (size_t i = 0; i < PT_COUNT(texts); i++)
        if (texts[i].text.n)
            pt_obj_set(&o, texts[i].key, pt_string(pt_arena_str(a, texts[i].text)));
    pt_obj_set(&o, "line", pt_int(f->line));
    pt_obj_set(&o, "line_end", pt_int(f->line_end));
    if (rule->pattern) {
        pt_str match = masked(s, a, shown(s, f->secret));
        pt_obj_set(&o, "match", match.p ? pt_string(match) : pt_undefined());
        pt_obj_set(&o, "bytes", pt_int((int64_t)(f->secret.to - f->secret.from)));
        pt_obj_set(&o, "offset", pt_int((int64_t)f->secret.from));
    }
    if (f->entropy > 0)
        pt_obj_set(&o, "entropy", pt_number(pt_arena_printf(a, "%.3f", f->entropy)));
    return pt_obj_end(&o);
}

static pt_code tell_all(scan *s, pt_arena *a, pt_value *ret) {
    pt_list l = {.a = a};
    drop(s);
    if (s->found.n)
        qsort(s->found.v, s->found.n, sizeof(found), by_rule);
    for (size_t i = 0; i < s->found.n; i++)
        if (!s->found.v[i].dropped)
            pt_list_add(&l, tell(s, a, &s->found.v[i]));
    if (s->more) {
        pt_obj o = {.a = a};
        pt_obj_set(&o, "rule", pt_stringz("more"));
        pt_obj_set(&o, "title", pt_stringz("more secrets than are told of one file"));
        pt_list_add(&l, pt_obj_end(&o));
    }
    *ret = pt_list_end(&l);
    return pt_defined(*ret) ? PT_OK : full(s->e);
}

pt_secret_left_out pt_secret_leaves_out(const pt_secret_rules *r, pt_str path) {
    if (path_allowed(&r->allows, path, true) != 1)
        return PT_SECRET_LOOKED_AT;
    return path_allowed(&r->allows, path, false) == 1 ? PT_SECRET_LEFT_OUT : PT_SECRET_IF_PACKAGED;
}

static pt_code run(scan *s, pt_arena *a, pt_value *ret) {
    const pt_secret_rules *r = s->r;
    pt_code code = PT_OK;
    if (s->text.n > PT_SECRET_TEXT_MAX)
        return pt_err_set(s->e, PT_E_LIMIT, "a text of more than %zu bytes", PT_SECRET_TEXT_MAX);
    int is = path_allowed(&r->allows, s->path, s->packaged);
    if (is < 0)
        code = full(s->e);
    if (!code && !is)
        code = find_keywords(s);
    if (!code && !is)
        code = find_blocks(s, &r->excludes, &s->excluded);
    for (size_t i = 0; !code && !is && i < r->of.n; i++)
        code = ask_rule(s, &r->of.v[i], &s->windows[i]);
    if (!code)
        code = tell_all(s, a, ret);
    pt_arena_done(&s->a);
    return code;
}

pt_code pt_secret_scan(const pt_secret_rules *r, pt_str path, pt_str text, pt_arena *a,
                       pt_value *ret, pt_err *e) {
    scan s = {.r = r, .packaged = true, .path = path, .text = text, .e = e};
    return run(&s, a, ret);
}

pt_code pt_secret_scan_unowned(const pt_secret_rules *r, pt_str path, pt_str text, pt_arena *a,
                               pt_value *ret, pt_err *e) {
    scan s = {.r = r, .path = path, .text = text, .e = e};
    return run(&s, a, ret);
}
