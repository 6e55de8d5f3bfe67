#include "base/re2.h"

// Go's words for what is wrong with a pattern, by pt_re2_error.
static const char *const error_texts[] = {
    [PT_RE2_INTERNAL] = "regexp/syntax: internal error",
    [PT_RE2_BAD_ESCAPE] = "invalid escape sequence",
    [PT_RE2_BAD_CLASS] = "invalid character class",
    [PT_RE2_BAD_RANGE] = "invalid character class range",
    [PT_RE2_MISSING_BRACKET] = "missing closing ]",
    [PT_RE2_MISSING_PAREN] = "missing closing )",
    [PT_RE2_UNEXPECTED_PAREN] = "unexpected )",
    [PT_RE2_TRAILING_BACKSLASH] = "trailing backslash at end of expression",
    [PT_RE2_REPEAT_ARGUMENT] = "missing argument to repetition operator",
    [PT_RE2_REPEAT_SIZE] = "invalid repeat count",
    [PT_RE2_REPEAT_OP] = "invalid nested repetition operator",
    [PT_RE2_BAD_PERL] = "invalid or unsupported Perl syntax",
    [PT_RE2_BAD_UTF8] = "invalid UTF-8",
    [PT_RE2_BAD_NAME] = "invalid named capture",
    [PT_RE2_TOO_LARGE] = "expression too large",
    [PT_RE2_NO_MEMORY] = "out of memory",
};

const char *pt_re2_error_text(pt_re2_error e) {
    return error_texts[e];
}
