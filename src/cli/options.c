#include <stdio.h>
#include <string.h>

#include "cli/verb.h"

// Edit distance, for short words only: rows of Wagner and Fischer's table.
static size_t distance(pt_str a, pt_str b) {
    enum {
        WORD_MAX = 32
    };
    if (a.n > WORD_MAX || b.n > WORD_MAX)
        return WORD_MAX;
    size_t row[WORD_MAX + 1];
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t swap = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            size_t edit = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = edit < swap ? edit : swap;
        }
    }
    return row[b.n];
}

const char *pt_nearest(pt_str word, const char *const *words, size_t n) {
    const char *best = NULL;
    size_t least = word.n / 2 + 1;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, pt_str_of(words[i]));
        if (d < least) {
            least = d;
            best = words[i];
        }
    }
    return best;
}

static const pt_option *find_option(const pt_verb *v, pt_str name) {
    for (const pt_option *o = v->options; o && o->name; o++)
        if (pt_str_eqz(name, o->name))
            return o;
    return NULL;
}

// Two subcommands may give the same letter to options of theirs: -d is the one's that was named.
static const pt_option *find_short(const pt_args *a, char name) {
    const pt_sub *s = a->operands_n ? pt_sub_find(a->verb, pt_str_of(a->operands[0])) : NULL;
    const pt_option *any = NULL;
    for (const pt_option *o = a->verb->options; o && o->name; o++) {
        if (o->short_name != name)
            continue;
        if (!s || pt_sub_takes(s, o))
            return o;
        any = o;
    }
    return any;
}

// What the verb's model among other programs has, and it has not.
static const pt_refusal *find_refusal(const pt_verb *v, pt_str name, char short_name) {
    for (const pt_refusal *r = v->refusals; r && r->name; r++)
        if (pt_str_eqz(name, r->name) || (short_name && r->short_name == short_name))
            return r;
    return NULL;
}

static pt_code refuse(const pt_verb *v, const pt_refusal *r, pt_err *e) {
    pt_code code = pt_err_set(e, PT_E_USAGE, "%s has no option --%s: %s", v->name, r->name, r->why);
    pt_err_remedy(e, "%s", r->remedy);
    return code;
}

static pt_code unknown_option(const pt_verb *v, pt_str name, pt_err *e) {
    const pt_refusal *refusal = find_refusal(v, name, 0);
    if (refusal)
        return refuse(v, refusal, e);
    const char *names[PT_OPTIONS_MAX];
    size_t n = 0;
    for (const pt_option *o = v->options; o && o->name && n < PT_OPTIONS_MAX; o++)
        names[n++] = o->name;
    pt_code code = pt_err_set(e, PT_E_USAGE, "%s has no option --%.*s", v->name, PT_PRI(name));
    const char *near = pt_nearest(name, names, n);
    const pt_option *o = near ? find_option(v, pt_str_of(near)) : NULL;
    if (o)
        pt_err_remedy(e, "--%s%s%s (%s)", o->name, o->arg ? " " : "", o->arg ? o->arg : "",
                      o->help);
    else
        pt_err_remedy(e, "paratia %s --help", v->name);
    return code;
}

typedef struct words {
    int argc;
    char **argv;
    int i; // the word that is read
} words;

// The value of a flag that is off; pt_args_flag knows it by its address.
static const char OFF[] = "false";

// "=true", "=0" … behind a flag, as Go's flags have it.
static pt_code read_flag(const pt_option *o, const char **value, pt_err *e) {
    static const char *const on[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const off[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < PT_COUNT(on); i++) {
        bool is_off = strcmp(*value, off[i]) == 0;
        if (!is_off && strcmp(*value, on[i]) != 0)
            continue;
        *value = is_off ? OFF : NULL;
        return PT_OK;
    }
    pt_code code = pt_err_set(e, PT_E_USAGE, "--%s is on or off, not %s", o->name, *value);
    pt_err_remedy(e, "--%s, --%s=true or --%s=false", o->name, o->name, o->name);
    return code;
}

static pt_code put_option(pt_args *ret, const pt_option *o, const char *value, words *w,
                          pt_err *e) {
    if (!o->arg && value && read_flag(o, &value, e))
        return PT_E_USAGE;
    if (o->arg && !value && w->i + 1 < w->argc)
        value = w->argv[++w->i];
    if (o->arg && !value) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--%s needs a value", o->name);
        pt_err_remedy(e, "--%s %s (%s)", o->name, o->arg, o->help);
        return code;
    }
    if (ret->n == PT_VALUES_MAX)
        return pt_err_set(e, PT_E_USAGE, "more than %d options", PT_VALUES_MAX);
    ret->values[ret->n].option = o;
    ret->values[ret->n++].value = value;
    return PT_OK;
}

// "--name", "--name=value" or "--name value"; w->i moves over a value of its own.
static pt_code take_option(pt_args *ret, words *w, pt_err *e) {
    pt_str word = pt_str_of(w->argv[w->i] + 2);
    size_t eq = pt_str_find(word, '=');
    pt_str name = pt_str_sub(word, 0, eq);
    const pt_option *o = find_option(ret->verb, name);
    if (!o)
        return unknown_option(ret->verb, name, e);
    return put_option(ret, o, eq < word.n ? word.p + eq + 1 : NULL, w, e);
}

static pt_code unknown_short(const pt_verb *v, const char *word, char name, pt_err *e) {
    const pt_refusal *refusal = find_refusal(v, (pt_str){NULL, 0}, name);
    if (refusal)
        return refuse(v, refusal, e);
    pt_code code = pt_err_set(e, PT_E_USAGE, "%s has no option %s", v->name, word);
    pt_err_remedy(e, "options are written out: paratia %s --help", v->name);
    return code;
}

// "-f value", "-f=value" or "-fvalue"; flags may stand together, the last one with "=false".
static pt_code take_short(pt_args *ret, words *w, pt_err *e) {
    const char *word = w->argv[w->i];
    for (const char *c = word + 1; *c; c++) {
        const pt_option *o = find_short(ret, *c);
        if (!o)
            return unknown_short(ret->verb, word, *c, e);
        bool valued = c[1] == '=' || (o->arg && c[1]);
        const char *value = valued ? c + 1 + (c[1] == '=') : NULL;
        pt_code code = put_option(ret, o, value, w, e);
        if (code || o->arg || valued)
            return code;
    }
    return PT_OK;
}

static pt_code unknown_sub(const pt_args *a, pt_err *e) {
    const char *names[PT_OPTIONS_MAX];
    size_t n = 0;
    for (const pt_sub *s = a->verb->subs; s->name && n < PT_OPTIONS_MAX; s++)
        names[n++] = s->name;
    const char *near = pt_nearest(pt_str_of(a->operands[0]), names, n);
    pt_code code = pt_err_set(e, PT_E_USAGE, "%s has no %s", a->verb->name, a->operands[0]);
    pt_err_remedy(e, "paratia %s %s", a->verb->name, near ? near : "--help");
    return code;
}

// What a subcommand does not heed would be a belief of the operator's: --checkpoint with show.
static pt_code check_sub(const pt_args *a, pt_err *e) {
    const pt_sub *s = a->operands_n ? pt_sub_find(a->verb, pt_str_of(a->operands[0])) : NULL;
    if (s && s->alone && a->operands_n > 1) {
        pt_code code =
            pt_err_set(e, PT_E_USAGE, "%s %s takes no %s", a->verb->name, s->name, a->operands[1]);
        pt_err_remedy(e, "%s", s->example);
        return code;
    }
    if (!s && a->operands_n && a->verb->subs && a->verb->subs_only)
        return unknown_sub(a, e);
    for (size_t i = 0; s && i < a->n; i++) {
        if (pt_sub_takes(s, a->values[i].option))
            continue;
        pt_code code = pt_err_set(e, PT_E_USAGE, "%s %s has no option --%s", a->verb->name, s->name,
                                  a->values[i].option->name);
        pt_err_remedy(e, "paratia %s %s --help", a->verb->name, s->name);
        return code;
    }
    return PT_OK;
}

static pt_code take_operand(pt_args *ret, const char *word, pt_err *e) {
    if (ret->operands_n == PT_VALUES_MAX || ret->operands_n == ret->verb->operands_max) {
        pt_code code = ret->verb->operands_max
                           ? pt_err_set(e, PT_E_USAGE, "%s takes at most %u: %s is one too many",
                                        ret->verb->name, ret->verb->operands_max, word)
                           : pt_err_set(e, PT_E_USAGE, "%s takes no %s", ret->verb->name, word);
        pt_err_remedy(e, "paratia %s --help", ret->verb->name);
        return code;
    }
    ret->operands[ret->operands_n++] = word;
    return PT_OK;
}

pt_code pt_args_parse(pt_args *ret, const pt_verb *verb, int argc, char **argv, pt_err *e) {
    *ret = (pt_args){.verb = verb};
    bool options = true;
    words w = {argc, argv, 2};
    for (; w.i < argc; w.i++) {
        const char *word = argv[w.i];
        pt_code code;
        if (options && strcmp(word, "--") == 0) {
            options = false;
            continue;
        }
        if (options && strncmp(word, "--", 2) == 0)
            code = take_option(ret, &w, e);
        else if (options && word[0] == '-' && word[1])
            code = take_short(ret, &w, e);
        else
            code = take_operand(ret, word, e);
        if (code)
            return code;
    }
    if (pt_args_flag(ret, "help"))
        return PT_OK;
    if (ret->operands_n >= verb->operands_min)
        return check_sub(ret, e);
    pt_code code = pt_err_set(e, PT_E_USAGE, "%s needs %s", verb->name, verb->operands);
    pt_err_remedy(e, "%s", verb->example);
    return code;
}

bool pt_args_flag(const pt_args *a, const char *name) {
    return pt_args_on(a, name, false);
}

bool pt_args_on(const pt_args *a, const char *name, bool fallback) {
    bool on = fallback;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->values[i].option->name, name) == 0)
            on = a->values[i].value != OFF;
    return on;
}

const char *pt_args_get(const pt_args *a, const char *name) {
    const char *last = NULL;
    const char *one;
    for (size_t i = 0; (one = pt_args_nth(a, name, i)) != NULL; i++)
        last = one;
    return last;
}

const char *pt_args_nth(const pt_args *a, const char *name, size_t nth) {
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->values[i].option->name, name) == 0 && nth-- == 0)
            return a->values[i].value;
    return NULL;
}

bool pt_args_list(const pt_args *args, const char *name, pt_arena *a, pt_list_option *ret) {
    const char *list;
    for (size_t i = 0; (list = pt_args_nth(args, name, i)) != NULL; i++) {
        pt_str rest = pt_str_of(list);
        pt_str one;
        while (pt_str_split(&rest, ',', &one)) {
            const char **slot = PT_PUSH(a, ret);
            pt_str word = pt_arena_str(a, one);
            if (!slot || !word.p)
                return false;
            *slot = word.p;
        }
    }
    return true;
}
