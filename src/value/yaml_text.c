// The source of a scalar to its text. libfyaml 0.7.12 finds out where a scalar begins and ends, but
// what it makes of it is wrong at many edges: it gives three quotes for '''' within a text, takes
// the line break behind \\\ for a fold, drops an escaped blank before a line break, gives a line
// feed for a CR LF at the edge of a quoted text, and the blanks of a block text that holds nothing
// else are lost. So the text is made here: flow scalars by YAML 1.2, sections 7.3 and 6.5, block
// scalars by section 8.1; line breaks by YAML 1.1 in Go's dialects, as its readers do.
#include "value/yaml_impl.h"

typedef struct reader {
    pt_yaml_text *job;
    pt_str s; // what may be read
    size_t at;
    pt_buf *out;
} reader;

static bool wrong(pt_yaml_text *job, size_t at, const char *what) {
    job->what = what;
    job->what_at = at;
    return false;
}

static bool old_breaks(const pt_yaml_text *job) {
    return job->dialect != PT_YAML_CORE;
}

static bool blank_at(const reader *r) {
    return r->at < r->s.n && (r->s.p[r->at] == ' ' || r->s.p[r->at] == '\t');
}

// The line break at `at`, or an empty text.
static pt_str break_at(const reader *r, size_t at) {
    pt_str rest = pt_str_sub(r->s, at, r->s.n);
    if (rest.n == 0)
        return rest;
    size_t n = 0;
    if (rest.p[0] == '\n')
        n = 1;
    else if (rest.p[0] == '\r')
        n = rest.n > 1 && rest.p[1] == '\n' ? 2 : 1;
    else if (!old_breaks(r->job))
        n = 0;
    else if (pt_str_starts(rest, PT_STR("\xc2\x85")))
        n = 2;
    else if (pt_str_starts(rest, PT_STR("\xe2\x80\xa8")) ||
             pt_str_starts(rest, PT_STR("\xe2\x80\xa9")))
        n = 3;
    return pt_str_sub(rest, 0, n);
}

// At a line break? For most bytes one look tells that not.
static bool breaks(const reader *r) {
    char c = r->s.p[r->at];
    return (c == '\n' || c == '\r' || c == '\xc2' || c == '\xe2') && break_at(r, r->at).n > 0;
}

// U+2028 and U+2029 are kept as they are, and never folded.
static bool kept(pt_str line_break) {
    return line_break.n == 3;
}

static void put_break(reader *r, pt_str line_break) {
    if (line_break.n > 0)
        pt_buf_put(r->out, kept(line_break) ? line_break : PT_STR("\n"));
}

// -- flow scalars ---------------------------------------------------------------------------------

// The line breaks from here on, and the blanks around them: a single one is a blank, of more each
// but the first stays. `escaped`: the first was.
static void fold(reader *r, bool escaped) {
    bool first = !escaped;
    bool single = false;
    for (;;) {
        while (blank_at(r))
            r->at++;
        pt_str line_break = break_at(r, r->at);
        if (line_break.n == 0)
            break;
        single = first && !kept(line_break);
        if (!single)
            put_break(r, line_break);
        first = false;
        r->at += line_break.n;
    }
    if (single)
        pt_buf_putc(r->out, ' ');
}

static void blanks(reader *r) {
    size_t from = r->at;
    while (blank_at(r))
        r->at++;
    if (break_at(r, r->at).n > 0)
        fold(r, false);
    else
        pt_buf_put(r->out, pt_str_sub(r->s, from, r->at));
}

static const char *const escapes[256] = {
    ['a'] = "\a",           ['b'] = "\b",       ['t'] = "\t",       ['\t'] = "\t",
    ['n'] = "\n",           ['v'] = "\v",       ['f'] = "\f",       ['r'] = "\r",
    ['e'] = "\x1b",         [' '] = " ",        ['"'] = "\"",       ['/'] = "/",
    ['\\'] = "\\",          ['N'] = "\xc2\x85", ['_'] = "\xc2\xa0", ['L'] = "\xe2\x80\xa8",
    ['P'] = "\xe2\x80\xa9",
};

static int hex_digit(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool hex(reader *r, size_t n, uint32_t *ret) {
    uint64_t u = 0;
    if (r->s.n - r->at < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int digit = hex_digit(r->s.p[r->at + i]);
        if (digit < 0)
            return false;
        u = u << 4 | (unsigned)digit;
    }
    r->at += n;
    *ret = (uint32_t)u;
    return true;
}

static bool surrogate(uint32_t u, uint32_t first) {
    return u >= first && u < first + 0x400;
}

static bool put_code(reader *r, uint32_t u) {
    char utf8[4];
    size_t n = 0;
    if (u > 0x10ffff || (u >= 0xd800 && u < 0xe000))
        return false;
    if (u < 0x80) {
        utf8[n++] = (char)u;
    } else {
        int more = u < 0x800 ? 1 : u < 0x10000 ? 2 : 3;
        static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
        utf8[n++] = (char)(lead[more] | u >> 6 * more);
        while (more-- > 0)
            utf8[n++] = (char)(0x80 | (u >> 6 * more & 0x3f));
    }
    pt_buf_put(r->out, (pt_str){utf8, n});
    return true;
}

// \x41, \u263a, \U0001f600; and, as in JSON, two of \u for a character beyond U+FFFF, which Go's
// readers refuse.
static bool numeric(reader *r, size_t digits) {
    uint32_t u = 0;
    uint32_t low = 0;
    if (!hex(r, digits, &u))
        return false;
    if (surrogate(u, 0xd800) && digits == 4 && r->job->dialect == PT_YAML_CORE &&
        pt_str_starts(pt_str_sub(r->s, r->at, r->s.n), PT_STR("\\u"))) {
        r->at += 2;
        if (!hex(r, digits, &low) || !surrogate(low, 0xdc00))
            return false;
        u = 0x10000 + (u - 0xd800) * 0x400 + (low - 0xdc00);
    }
    return put_code(r, u);
}

// At a backslash.
static bool escape(reader *r) {
    size_t at = r->at++;
    pt_str line_break = break_at(r, r->at);
    if (line_break.n > 0) {
        r->at += line_break.n;
        fold(r, true);
        return true;
    }
    unsigned char c = r->at < r->s.n ? (unsigned char)r->s.p[r->at++] : 0;
    size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    bool kubernetes = r->job->dialect == PT_YAML_KUBERNETES;
    bool surrogates = c == 'u' && r->s.n - r->at >= 2 && (r->s.p[r->at] | 0x20) == 'd' &&
                      strchr("89abcdefABCDEF", r->s.p[r->at + 1]);
    if (kubernetes && (c == '/' || surrogates))
        return wrong(r->job, at, "an escape that JSON has, but not the YAML that Kubernetes reads");
    if (digits > 0)
        return numeric(r, digits) || wrong(r->job, at, "an escape with wrong digits");
    if (c == '0')
        pt_buf_putc(r->out, '\0');
    else if (escapes[c])
        pt_buf_putz(r->out, escapes[c]);
    else
        return wrong(r->job, at, "an escape that YAML does not know");
    return true;
}

// At a quote, of which two stand for one.
static bool quote(reader *r) {
    if (r->at + 1 >= r->s.n || r->s.p[r->at + 1] != '\'')
        return wrong(r->job, r->at, "a quote that is not doubled");
    pt_buf_putc(r->out, '\'');
    r->at += 2;
    return true;
}

static bool read_flow(reader *r) {
    bool doubled = r->job->style == FYSS_DOUBLE_QUOTED;
    int special = doubled ? '\\' : r->job->style == FYSS_SINGLE_QUOTED ? '\'' : '\n';
    bool ok = true;
    while (ok && r->at < r->s.n) {
        size_t from = r->at;
        while (r->at < r->s.n && !blank_at(r) && r->s.p[r->at] != special && !breaks(r))
            r->at++;
        pt_buf_put(r->out, pt_str_sub(r->s, from, r->at));
        if (r->at == r->s.n)
            break;
        if (blank_at(r) || breaks(r))
            blanks(r);
        else
            ok = doubled ? escape(r) : quote(r);
    }
    return ok;
}

// -- block scalars --------------------------------------------------------------------------------

typedef struct block {
    reader r;
    int outer;         // the column of the collection around it, or -1
    char chomp;        // '-', '+' or '\0'
    bool indent_known; // written, or by the first line
    size_t indent, column;
    size_t breaks_from, breaks_to; // the source of the empty lines before r.at
    bool ends_blank;               // the input ends with blanks, and without a line break
} block;

// The column of the block collection that the text is in, or -1.
static int outer_indent(const pt_yaml_text *job) {
    if (job->within == SIZE_MAX)
        return -1;
    int column = 0; // characters, as Go's readers count
    for (size_t at = job->within; at > 0 && !strchr("\r\n", job->bytes.p[at - 1]); at--)
        column += (job->bytes.p[at - 1] & 0xc0) != 0x80;
    return column;
}

static void read_header(block *b) {
    const pt_yaml_text *job = b->r.job;
    for (size_t i = job->header + 1; i < job->from && i <= job->header + 2; i++) {
        char c = job->bytes.p[i];
        if (c == '+' || c == '-') {
            b->chomp = c;
        } else if (c > '0' && c <= '9') {
            b->indent = (size_t)(c - '0') + (b->outer < 0 ? 0 : (size_t)b->outer);
            b->indent_known = true;
        } else {
            break;
        }
    }
}

// The blanks that indent a line, and the empty lines before it.
static bool empty_lines(block *b) {
    reader *r = &b->r;
    size_t deepest = 0;
    b->breaks_from = r->at;
    for (;;) {
        b->column = 0;
        for (; r->at < r->s.n && r->s.p[r->at] == ' '; r->at++, b->column++)
            if (b->indent_known && b->column == b->indent)
                break;
        deepest = b->column > deepest ? b->column : deepest;
        bool indents = !b->indent_known || b->column < b->indent;
        if (indents && blank_at(r) && old_breaks(r->job))
            return wrong(r->job, r->at, "a tab where indentation is expected");
        pt_str line_break = break_at(r, r->at);
        if (line_break.n == 0)
            break;
        r->at += line_break.n;
    }
    b->breaks_to = r->at;
    b->ends_blank = r->at == r->s.n && b->column > 0;
    if (b->indent_known)
        return true;
    int least = b->outer + 1;
    least = least == 0 && old_breaks(r->job) ? 1 : least;
    b->indent = deepest > (size_t)least ? deepest : (size_t)least;
    b->indent_known = true;
    return true;
}

static void put_breaks(block *b) {
    for (size_t i = b->breaks_from; i < b->breaks_to;) {
        pt_str line_break = break_at(&b->r, i);
        put_break(&b->r, line_break);
        i += line_break.n ? line_break.n : 1;
    }
}

// At a line of the text?
static bool goes_on(const block *b) {
    const reader *r = &b->r;
    if (b->column != b->indent || r->at == r->s.n)
        return false;
    pt_str rest = pt_str_sub(r->s, r->at, r->s.n);
    bool marker = pt_str_starts(rest, PT_STR("---")) || pt_str_starts(rest, PT_STR("..."));
    return !marker || b->indent > 0 || (rest.n > 3 && !strchr(" \t\r\n", rest.p[3]));
}

// What stands between one line and the next: `ended` is the line break behind the former.
static void put_between(block *b, pt_str ended, bool folds) {
    size_t n = b->r.out->n;
    if (!folds || kept(ended) || ended.n == 0) {
        put_break(&b->r, ended);
        put_breaks(b);
        return;
    }
    put_breaks(b);
    if (b->r.out->n == n)
        pt_buf_putc(b->r.out, ' ');
}

// libfyaml and we must agree on where the text ends; else its next token is not what other readers
// see.
static bool agrees(const block *b) {
    size_t from = b->r.at < b->r.job->to ? b->r.at : b->r.job->to;
    size_t to = b->r.at < b->r.job->to ? b->r.job->to : b->r.at;
    return pt_str_trim(pt_str_sub(b->r.s, from, to)).n == 0;
}

static bool read_block(reader *from) {
    block b = {.r = *from, .outer = outer_indent(from->job)};
    reader *r = &b.r;
    pt_yaml_text *job = r->job;
    read_header(&b);
    bool ok = empty_lines(&b);
    pt_str ended = {0};
    bool was_blank = false; // the line before begins with a blank: it is not folded
    while (ok && goes_on(&b)) {
        bool blank = blank_at(r);
        put_between(&b, ended, job->style == FYSS_FOLDED && !was_blank && !blank);
        was_blank = blank;
        size_t line = r->at;
        while (r->at < r->s.n && !breaks(r))
            r->at++;
        pt_buf_put(r->out, pt_str_sub(r->s, line, r->at));
        ended = break_at(r, r->at);
        r->at += ended.n;
        if (ended.n == 0 && job->dialect == PT_YAML_CORE)
            ended = PT_STR("\n"); // the end of the input ends a line, but not in yaml v3
        ok = empty_lines(&b);
    }
    if (!ok)
        return false;
    if (b.chomp != '-')
        put_break(r, ended);
    if (b.chomp == '+') {
        put_breaks(&b);
        if (b.ends_blank && job->dialect == PT_YAML_CORE)
            pt_buf_putc(r->out, '\n');
    }
    return agrees(&b) ||
           wrong(job, r->at < job->to ? r->at : job->to,
                 "it is not certain which lines belong to the text below | or >: indent them more");
}

// -- any scalar -----------------------------------------------------------------------------------

// Is the text what stands in the source? Not with an escape, or a line break to fold: \n, \r, and
// U+0085, U+2028 and U+2029, which begin with c2 and e2.
static bool literal(pt_str raw, enum fy_scalar_style style) {
    if (style == FYSS_LITERAL || style == FYSS_FOLDED)
        return false;
    int special = style == FYSS_DOUBLE_QUOTED ? '\\' : style == FYSS_SINGLE_QUOTED ? '\'' : '\n';
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '\n' || c == '\r' || c == special || c == '\xc2' || c == '\xe2')
            return false;
    }
    return true;
}

// To Go's readers {?a: 1} has the key "a", and [a:, b] the text "a:".
static bool check_plain(pt_yaml_text *job) {
    if (!job->flow || job->style != FYSS_PLAIN || !old_breaks(job) || job->from == job->to)
        return true;
    pt_str s = job->bytes;
    size_t at = job->to;
    while (at < s.n && strchr(" \t\r\n", s.p[at]))
        at++;
    if (s.p[job->from] == '?')
        return wrong(job, job->from,
                     "a text that begins with ? must stand in quotes within brackets or braces");
    if (at + 1 < s.n && s.p[at] == ':' && !strchr(" \t\r\n", s.p[at + 1]))
        return wrong(job, at, "a colon behind a key, and no blank behind it");
    return true;
}

bool pt_yaml_text_read(pt_yaml_text *job, pt_buf *out, pt_str *ret) {
    reader r = {.job = job, .s = job->bytes, .at = job->from, .out = out};
    *ret = pt_str_sub(job->bytes, job->from, job->to);
    job->what = NULL;
    if (!check_plain(job))
        return false;
    if (literal(*ret, job->style))
        return true;
    pt_buf_clear(out);
    out->max = 2 * (job->bytes.n - job->from) + 16; // "\L" becomes three bytes
    bool ok;
    if (job->style == FYSS_LITERAL || job->style == FYSS_FOLDED) {
        ok = read_block(&r);
    } else {
        r.s = pt_str_sub(job->bytes, 0, job->to);
        while (job->style == FYSS_PLAIN && r.s.n > r.at && strchr(" \t\r\n", r.s.p[r.s.n - 1]))
            r.s.n--;
        ok = read_flow(&r);
    }
    *ret = pt_buf_str(out);
    return ok;
}
