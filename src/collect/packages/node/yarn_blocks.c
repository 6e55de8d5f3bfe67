// Classic has a syntax of its own, berry (yarn 2 and later) writes YAML of one form; in both a
// block begins with the patterns that it answers, and each level within is two blanks deeper:
//
//   "@a/b@^1.0.0", "@a/b@^1.2.0":            "@a/b@npm:^1.0.0, @a/b@npm:^1.2.0":
//     version "1.2.3"                          version: 1.2.3
//     resolved "https://…"                     resolution: "@a/b@npm:1.2.3"
//     dependencies:                            dependencies:
//       c "^2.0.0"                               c: "npm:^2.0.0"
//
// Berry writes patterns of more than 1024 bytes as "? PATTERNS", and ":" on a line of its own.
#include <string.h>

#include "collect/packages/node/yarn.h"
#include "value/json.h"

typedef struct parser {
    pt_read *r;
    pt_yarn_blocks *blocks;
    pt_yarn_block *block; // the last one
    bool needs;           // within its dependencies
} parser;

// Take a word off *rest: in quotes, or up to one of `ends`.
static bool take_word(pt_arena *a, pt_str *rest, const char *ends, pt_str *ret) {
    pt_value v = pt_undefined();
    size_t n = 0;
    *rest = pt_str_trim(*rest);
    if (pt_str_starts(*rest, PT_STR("\""))) {
        for (n = 1; n < rest->n && rest->p[n] != '"'; n++)
            n += rest->p[n] == '\\';
        n++;
        if (pt_json_parse(a, pt_str_sub(*rest, 0, n), NULL, &v, NULL))
            return false;
        *ret = pt_text(v);
    } else {
        while (n < rest->n && !memchr(ends, rest->p[n], strlen(ends)))
            n++;
        *ret = pt_str_sub(*rest, 0, n);
    }
    *rest = pt_str_trim(pt_str_sub(*rest, n, rest->n));
    return ret->n > 0;
}

static bool add_patterns(pt_arena *a, pt_yarn_block *b, pt_str words) {
    while (words.n) {
        size_t n = pt_str_find_str(words, PT_STR(", "));
        pt_str *pattern = PT_PUSH(a, &b->patterns);
        if (!pattern)
            return false;
        *pattern = pt_str_sub(words, 0, n);
        words = pt_str_sub(words, n + 2, words.n);
    }
    return true;
}

// `good`: the line is understood.
static pt_code begin_block(parser *p, pt_str line, uint32_t at, bool *good, pt_err *e) {
    pt_str word;
    bool ok = true;
    bool long_key = pt_str_starts(line, PT_STR("? "));
    line = pt_str_sub(line, long_key ? 2 : 0, line.n);
    p->needs = false;
    p->block = PT_PUSH(p->r->a, &p->blocks->all);
    if (!p->block)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *p->block = (pt_yarn_block){.line = at, .end = at};
    while (ok && (*good = take_word(p->r->a, &line, ",:", &word))) {
        ok = add_patterns(p->r->a, p->block, word);
        if (!pt_str_starts(line, PT_STR(",")))
            break;
        line = pt_str_sub(line, 1, line.n);
    }
    *good = *good && pt_str_eqz(line, long_key ? "" : ":");
    return ok ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// "key value", "key: value", or (a section begins) "key:".
static bool take_pair(const parser *p, pt_str line, pt_str *ret_key, pt_str *ret_value) {
    if (!take_word(p->r->a, &line, ": ", ret_key))
        return false;
    *ret_value = (pt_str){0};
    if (pt_str_starts(line, PT_STR(":")))
        line = pt_str_trim(pt_str_sub(line, 1, line.n));
    return !line.n || take_word(p->r->a, &line, "", ret_value);
}

static bool put_field(parser *p, pt_str line) {
    pt_str key;
    pt_str value;
    if (!take_pair(p, line, &key, &value))
        return false;
    p->needs =
        !value.n && (pt_str_eqz(key, "dependencies") || pt_str_eqz(key, "optionalDependencies"));
    if (pt_str_eqz(key, "version"))
        p->block->version = value;
    else if (pt_str_eqz(key, "resolution"))
        p->block->resolution = value;
    else if (pt_str_eqz(key, "resolved"))
        p->block->resolved = value;
    else if (pt_str_eqz(key, "integrity"))
        p->block->integrity = value;
    return true;
}

static pt_code put_need(parser *p, pt_str line, bool *good, pt_err *e) {
    pt_yarn_need need;
    if (!p->needs)
        return PT_OK;
    *good = take_pair(p, line, &need.name, &need.range);
    pt_yarn_need *own = *good ? PT_PUSH(p->r->a, &p->block->needs) : NULL;
    if (own)
        *own = need;
    return own || !*good ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

static pt_code read_line(parser *p, pt_str line, uint32_t at, pt_err *e) {
    size_t indent = 0;
    bool good = true;
    pt_code code = PT_OK;
    while (indent < line.n && line.p[indent] == ' ')
        indent++;
    line = pt_str_trim(line);
    if (!line.n || line.p[0] == '#' || pt_str_eqz(line, "---"))
        return PT_OK;
    if (indent == 0 && !pt_str_eqz(line, ":"))
        code = begin_block(p, line, at, &good, e);
    else if (!p->block)
        good = false;
    else if (indent == 2)
        good = put_field(p, line);
    else if (indent == 4)
        code = put_need(p, line, &good, e);
    if (p->block)
        p->block->end = at;
    if (!good)
        pt_fault_add(p->r, at, "neither a package's patterns nor what is told of one");
    return code;
}

pt_code pt_yarn_read_blocks(pt_read *r, pt_str text, pt_yarn_blocks *ret, pt_err *e) {
    parser p = {.r = r, .blocks = ret};
    pt_code code = PT_OK;
    pt_str line;
    for (uint32_t at = 1; !code && pt_line_next(&text, &line); at++)
        code = read_line(&p, line, at, e);
    for (size_t i = 0; i < ret->all.n; i++) {
        const pt_yarn_block *b = &ret->all.v[i];
        if (!b->patterns.n || !pt_str_eqz(b->patterns.v[0], PT_YARN_METADATA))
            continue;
        ret->berry = true;
        pt_format_check(r, pt_string(b->version), 1, 8);
    }
    return code;
}
