#include "base/re2.h"

#include <cstring>
#include <new>
#include <re2/re2.h>
#include <string>
#include <vector>

// RE2 allocates by `new` and says so with exceptions when memory is out; every function here
// catches them.
struct pt_re2 {
    re2::RE2 re;
    pt_re2(const re2::StringPiece &pattern, const re2::RE2::Options &o) : re(pattern, o) {
    }
};

static re2::StringPiece piece(pt_str s) {
    return re2::StringPiece(s.n ? s.p : "", s.n);
}

// pt_re2_error is in RE2's own order.
static pt_re2_error code_of(re2::RE2::ErrorCode c) {
    static_assert(int(PT_RE2_OK) == int(re2::RE2::NoError) &&
                      int(PT_RE2_BAD_ESCAPE) == int(re2::RE2::ErrorBadEscape) &&
                      int(PT_RE2_UNEXPECTED_PAREN) == int(re2::RE2::ErrorUnexpectedParen) &&
                      int(PT_RE2_REPEAT_OP) == int(re2::RE2::ErrorRepeatOp) &&
                      int(PT_RE2_TOO_LARGE) == int(re2::RE2::ErrorPatternTooLarge),
                  "RE2's codes in RE2's order");
    return c <= re2::RE2::ErrorPatternTooLarge ? static_cast<pt_re2_error>(c) : PT_RE2_INTERNAL;
}

static pt_re2 *compile(pt_str pattern, re2::RE2::CannedOptions canned, pt_re2_error *ret, char *arg,
                       size_t arg_room) {
    try {
        re2::RE2::Options o(canned);
        o.set_log_errors(false);
        o.set_max_mem(PT_RE2_BYTES_MAX);
        pt_re2 *re = new pt_re2(piece(pattern), o);
        *ret = code_of(re->re.error_code());
        if (*ret == PT_RE2_OK)
            return re;
        const std::string &a = re->re.error_arg();
        size_t n = a.size() < arg_room ? a.size() : arg_room - 1;
        memcpy(arg, a.data(), n);
        arg[n] = 0;
        delete re;
    } catch (...) {
        *ret = PT_RE2_NO_MEMORY;
        arg[0] = 0;
    }
    return nullptr;
}

pt_re2 *pt_re2_new(pt_str pattern, pt_re2_error *ret, char *arg, size_t arg_room) {
    return compile(pattern, re2::RE2::DefaultOptions, ret, arg, arg_room);
}

pt_re2 *pt_re2_new_posix(pt_str pattern, pt_re2_error *ret, char *arg, size_t arg_room) {
    return compile(pattern, re2::RE2::POSIX, ret, arg, arg_room);
}

void pt_re2_free(pt_re2 *re) {
    delete re;
}

pt_str pt_re2_pattern(const pt_re2 *re) {
    return {re->re.pattern().data(), re->re.pattern().size()};
}

unsigned pt_re2_groups(const pt_re2 *re) {
    return static_cast<unsigned>(re->re.NumberOfCapturingGroups());
}

int pt_re2_group(const pt_re2 *re, pt_str name) {
    try {
        const auto &names = re->re.NamedCapturingGroups();
        auto it = names.find(std::string(name.n ? name.p : "", name.n));
        return it == names.end() ? -1 : it->second;
    } catch (...) {
        return -1;
    }
}

int pt_re2_match(const pt_re2 *re, pt_str text, size_t from, pt_re2_span *ret, unsigned n) {
    try {
        std::vector<re2::StringPiece> groups(n);
        re2::StringPiece t = piece(text);
        if (!re->re.Match(t, from, t.size(), re2::RE2::UNANCHORED, groups.data(),
                          static_cast<int>(n)))
            return 0;
        for (unsigned i = 0; i < n; i++) {
            const char *p = groups[i].data();
            size_t at = p ? static_cast<size_t>(p - t.data()) : SIZE_MAX;
            ret[i] = {at, p ? at + groups[i].size() : SIZE_MAX};
        }
        return 1;
    } catch (...) {
        return -1;
    }
}

bool pt_re2_matches(const pt_re2 *re, pt_str text) {
    try {
        re2::StringPiece t = piece(text);
        return re->re.Match(t, 0, t.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
    } catch (...) {
        return false;
    }
}
