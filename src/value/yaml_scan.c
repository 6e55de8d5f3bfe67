// Passes over the raw text, beside libfyaml 0.7.12. It takes quadratic time for rows of blank lines
// within a text, for escapes in a tag and for many directives, 400 bytes of memory for every
// bracket and comma of a flow collection before it gives the first event of it, and as much stack
// as a directive is long: these have limits here. And it frees a simple key twice when, with a "? "
// key pending, it refuses a tab between ":" and a block indicator (fy_fetch_value): such a document
// it never gets to see.
#include "value/yaml_impl.h"

enum {
    PLAIN,
    BREAK,    // \n
    CARRIAGE, // \r
    OPEN,     // [ {
    CLOSE,    // ] }
    COMMA,
    TAG,   // !
    QUERY, // ?
    TAB,
    PERCENT,
    REFUSED, // C0, DEL
    HIGH,    // a byte of a longer character
};

static const uint8_t class_of[256] = {
    [0x00 ... 0x08] = REFUSED,
    [0x0b ... 0x0c] = REFUSED,
    [0x0e ... 0x1f] = REFUSED,
    [0x7f] = REFUSED,
    [0x80 ... 0xff] = HIGH,
    ['\n'] = BREAK,
    ['\r'] = CARRIAGE,
    ['['] = OPEN,
    ['{'] = OPEN,
    [']'] = CLOSE,
    ['}'] = CLOSE,
    [','] = COMMA,
    ['!'] = TAG,
    ['?'] = QUERY,
    ['\t'] = TAB,
    ['%'] = PERCENT,
};

typedef struct scan {
    pt_str bytes;
    bool kubernetes;
    pt_yaml_scan found;
    size_t flow, open, directives;
    size_t at;
    size_t tag_to;       // behind the last tag that was looked through
    size_t tab_at;       // behind the last tab that was looked at
    bool complex_key;    // "? " was met
    size_t value_tab_to; // behind the last row of blanks that was looked at
    bool tab_in_value;   // ":", a tab, and a block indicator were met …
    size_t value_at;     // … here
    const char *what;
    pt_code code;
} scan;

static void stop(scan *s, pt_code code, const char *what) {
    s->code = code;
    s->what = what;
}

static void odd_break(scan *s) {
    if (!s->found.odd_break)
        s->found.odd_at = s->at;
    s->found.odd_break = true;
}

// The bytes are UTF-8. C1 controls but U+0085, and U+FFFE and U+FFFF, are outside YAML's set
// (1.2, section 5.1); U+0085, U+2028 and U+2029 break lines in YAML 1.1.
static void on_high(scan *s) {
    const unsigned char *p = (const unsigned char *)s->bytes.p + s->at;
    if (p[0] == 0xc2 && p[1] < 0xa0) {
        if (p[1] == 0x85)
            odd_break(s);
        else
            stop(s, PT_E_FORMAT, "a control character");
    } else if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)) {
        odd_break(s);
    } else if (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe) {
        stop(s, PT_E_FORMAT, "a character that is none (U+FFFE or U+FFFF)");
    }
}

static void on_tag(scan *s) {
    if (s->at < s->tag_to)
        return;
    size_t escapes = 0;
    size_t i = s->at;
    for (; i < s->bytes.n && (unsigned char)s->bytes.p[i] > ' '; i++)
        escapes += s->bytes.p[i] == '%';
    s->tag_to = i;
    if (escapes > PT_YAML_TAG_ESCAPES_MAX)
        stop(s, PT_E_LIMIT, "a tag with more than 64 escapes");
}

// Only blanks and the indicators that a block node may follow stand before the tab in its line.
// (Up to the tab before it, which would have said so.)
static bool may_indent(scan *s) {
    size_t i = s->at;
    while (i > s->tab_at && strchr(" -?:", s->bytes.p[i - 1]))
        i--;
    bool first = i > s->tab_at || i == 0;
    s->tab_at = s->at + 1;
    return first && (i == 0 || s->bytes.p[i - 1] == '\n' || s->bytes.p[i - 1] == '\r');
}

static void on_flow(scan *s, int class) {
    if (class == CLOSE) {
        s->open -= s->open > 0;
        return;
    }
    s->open += class == OPEN;
    if (s->open > PT_YAML_FLOW_OPEN_MAX)
        stop(s, PT_E_LIMIT, "nested too deeply: more than 100000 open brackets");
    else if (++s->flow > PT_YAML_FLOW_MAX)
        stop(s, PT_E_LIMIT, "more than 2000000 brackets and commas in one document");
}

static void on_percent(scan *s) {
    bool begins_line = s->at == 0 || strchr("\r\n", s->bytes.p[s->at - 1]);
    if (!begins_line)
        return;
    pt_str rest = pt_str_sub(s->bytes, s->at, s->bytes.n);
    if (++s->directives > PT_YAML_DIRECTIVES_MAX)
        stop(s, PT_E_LIMIT, "more than 100 lines that begin with %");
    else if (pt_str_find(rest, '\n') > PT_YAML_DIRECTIVE_BYTES_MAX)
        stop(s, PT_E_LIMIT, "a line that begins with % and is longer than 1 KiB");
}

static bool blank_at(const scan *s, size_t at) {
    return at >= s->bytes.n || strchr(" \t\r\n", s->bytes.p[at]);
}

// A tab, behind ":" and before an indicator: the tabs before it have been looked at.
static void on_value_tab(scan *s) {
    size_t from = s->at;
    while (from > s->value_tab_to && strchr(" \t", s->bytes.p[from - 1]))
        from--;
    size_t to = s->at;
    while (to < s->bytes.n && strchr(" \t", s->bytes.p[to]))
        to++;
    s->value_tab_to = to;
    char next = '\0';
    if (to < s->bytes.n)
        next = s->bytes.p[to];
    bool indicator = next == '-' ? blank_at(s, to + 1) : next && strchr("?:|>", next);
    if (from == 0 || s->bytes.p[from - 1] != ':' || !indicator || s->tab_in_value)
        return;
    s->tab_in_value = true;
    s->value_at = s->at;
}

static void meet(scan *s, int class) {
    switch (class) {
    case CARRIAGE:
        if (s->at + 1 == s->bytes.n || s->bytes.p[s->at + 1] != '\n')
            odd_break(s);
        break;
    case OPEN:
    case CLOSE:
    case COMMA:
        on_flow(s, class);
        break;
    case TAG:
        on_tag(s);
        break;
    case QUERY:
        s->complex_key |= blank_at(s, s->at + 1);
        break;
    case TAB:
        if (s->at >= s->value_tab_to)
            on_value_tab(s);
        if (s->kubernetes && !s->found.tab_indents && may_indent(s)) {
            s->found.tab_indents = true;
            s->found.indent_at = s->at;
        }
        break;
    case PERCENT:
        on_percent(s);
        break;
    case REFUSED:
        stop(s, PT_E_FORMAT,
             s->bytes.p[s->at] == '\0' ? "a NUL byte; this is no text" : "a control character");
        break;
    case HIGH:
        on_high(s);
        break;
    default:
        break;
    }
}

pt_code pt_yaml_scan_piece(pt_str bytes, pt_yaml_dialect dialect, pt_yaml_scan *ret, pt_err *e) {
    scan s = {.bytes = bytes, .kubernetes = dialect == PT_YAML_KUBERNETES};
    size_t bad;
    if (!pt_str_utf8(bytes, &bad))
        return pt_yaml_fault(bytes, bad, PT_E_FORMAT, "a byte that is not UTF-8", e);
    for (; s.at < bytes.n; s.at++) {
        int class = class_of[(unsigned char)bytes.p[s.at]];
        if (class <= BREAK)
            continue;
        meet(&s, class);
        if (s.code)
            return pt_yaml_fault(bytes, s.at, s.code, s.what, e);
    }
    if (s.complex_key && s.tab_in_value)
        return pt_yaml_fault(bytes, s.value_at, PT_E_FORMAT, "a tab where indentation is expected",
                             e);
    *ret = s.found;
    return PT_OK;
}

bool pt_yaml_scan_blanks(pt_str raw) {
    size_t row_at = 0; // of the row of blanks that leads here
    size_t lines = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        lines += c == '\n' || c == '\r';
        if (c != '\n' && c != '\r' && c != ' ' && c != '\t') {
            row_at = i + 1;
            lines = 0;
        } else if (lines > PT_YAML_BLANK_LINES_MAX ||
                   (lines > 1 && i - row_at > PT_YAML_BLANK_BYTES_MAX)) {
            return false;
        }
    }
    return true;
}

size_t pt_yaml_scan_tabs(pt_str gap, bool key_may_begin) {
    bool may = key_may_begin;
    for (size_t i = 0; i < gap.n; i++) {
        char c = gap.p[i];
        if (c == '\t' && may)
            return i;
        if (c == '#')
            while (i + 1 < gap.n && gap.p[i + 1] != '\n')
                i++;
        else if (c == '\n' || c == '\r' || c == '-' || c == '?')
            may = true;
        else if (c != ' ' && c != '\t')
            may = false;
    }
    return gap.n;
}

size_t pt_yaml_scan_percent(pt_str gap) {
    for (size_t i = 1; i < gap.n; i++) {
        pt_str before = pt_str_sub(gap, 0, i);
        if (gap.p[i] == '%' &&
            (pt_str_ends(before, PT_STR("\n")) || pt_str_ends(before, PT_STR("\r")) ||
             pt_str_ends(before, PT_STR("\xc2\x85")) ||
             pt_str_ends(before, PT_STR("\xe2\x80\xa8")) ||
             pt_str_ends(before, PT_STR("\xe2\x80\xa9"))))
            return i;
    }
    return gap.n;
}

// Behind | or >: the rest of a block text's header (1.2, section 8.1.1), and nothing but a comment?
static bool is_header(pt_str line) {
    size_t at = 1;
    while (at < line.n && strchr("0123456789+-", line.p[at]))
        at++;
    bool parted = at == line.n || strchr(" \t\r", line.p[at]);
    pt_str rest = pt_str_trim(pt_str_sub(line, at, line.n));
    return rest.n == 0 || (parted && rest.p[0] == '#');
}

size_t pt_yaml_scan_header(pt_str bytes, size_t from, size_t content) {
    pt_str gap = pt_str_sub(bytes, 0, content);
    for (size_t i = from; i < content; i++) {
        pt_str rest = pt_str_sub(gap, i, content);
        size_t line = pt_str_find(rest, '\n');
        if (rest.p[0] == '#')
            i += line;
        else if ((rest.p[0] == '|' || rest.p[0] == '>') && is_header(pt_str_sub(rest, 0, line)))
            return i;
    }
    return content;
}

bool pt_yaml_end_line(pt_str *text, pt_arena *a) {
    if (text->n == 0 || text->p[text->n - 1] == '\n')
        return true;
    char *p = pt_arena_take(a, text->n + 1);
    if (!p)
        return false;
    memcpy(p, text->p, text->n);
    p[text->n] = '\n';
    *text = (pt_str){p, text->n + 1};
    return true;
}
