// The specification of an installed gem, as RubyGems writes it (rubygems' specification.rb,
// to_ruby): a program in Ruby, of which only assignments of plain texts matter.
//
//   Gem::Specification.new do |s|
//     s.name = "rake".freeze
//     s.licenses = ["MIT".freeze]
#include "collect/packages/ruby/ruby.h"

typedef struct gemspec {
    pt_str variable; // "s"
    pt_package p;
    pt_list licences;
} gemspec;

// A text of Ruby's at the beginning of *rest: "…", '…', %q<…>. Escapes stay.
static bool take_text(pt_str *rest, pt_str *ret) {
    const pt_str pairs = PT_STR("<>()[]{}");
    pt_str s = pt_str_trim(*rest);
    bool percent = pt_str_starts(s, PT_STR("%q")) || pt_str_starts(s, PT_STR("%Q"));
    size_t from = percent ? 2 : 0;
    if (from >= s.n || (!percent && s.p[0] != '"' && s.p[0] != '\''))
        return false;
    size_t pair = pt_str_find(pairs, s.p[from]);
    char end = s.p[from];
    if (pair < pairs.n)
        end = pairs.p[pair | 1];
    size_t to = from + 1;
    while (to < s.n && s.p[to] != end)
        to += s.p[to] == '\\' ? 2 : 1;
    if (to >= s.n)
        return false;
    *ret = pt_str_sub(s, from + 1, to);
    *rest = pt_str_sub(s, to + 1, s.n);
    return true;
}

// "s.KEY = VALUE" of the gem's variable.
static bool take_assignment(const gemspec *g, pt_str line, pt_str *ret_key, pt_str *ret_value) {
    size_t equal = pt_str_find(line, '=');
    pt_str left = pt_str_trim(pt_str_sub(line, 0, equal));
    size_t dot = pt_str_find(left, '.');
    *ret_key = pt_str_sub(left, dot + 1, left.n);
    *ret_value = pt_str_trim(pt_str_sub(line, equal + 1, line.n));
    return g->variable.n && equal < line.n && pt_str_eq(pt_str_sub(left, 0, dot), g->variable);
}

static void put_licences(gemspec *g, pt_str value) {
    pt_str text;
    bool list = pt_str_starts(value, PT_STR("["));
    value = pt_str_sub(value, list ? 1 : 0, value.n);
    while (take_text(&value, &text)) {
        if (text.n)
            pt_list_add(&g->licences, pt_string(text));
        size_t comma = pt_str_find(value, ',');
        size_t end = pt_str_find(value, ']');
        if (!list || comma >= end)
            return;
        value = pt_str_sub(value, comma + 1, value.n);
    }
}

static void put_assignment(gemspec *g, pt_str key, pt_str value) {
    const pt_str wrapped = PT_STR("Gem::Version.new(");
    if (pt_str_eqz(key, "name"))
        PT_IGNORE(take_text(&value, &g->p.name)); // what is no plain text is not known
    else if (pt_str_eqz(key, "version")) {
        if (pt_str_starts(value, wrapped))
            value = pt_str_sub(value, wrapped.n, value.n);
        PT_IGNORE(take_text(&value, &g->p.version));
    } else if (pt_str_eqz(key, "license") || pt_str_eqz(key, "licenses"))
        put_licences(g, value);
}

static void read_line(gemspec *g, pt_str line) {
    const pt_str begin = PT_STR("Gem::Specification.new do |");
    pt_str key;
    pt_str value;
    line = pt_str_trim(line);
    if (pt_str_starts(line, begin)) {
        line = pt_str_sub(line, begin.n, line.n);
        g->variable = pt_str_trim(pt_str_sub(line, 0, pt_str_find(line, '|')));
    } else if (take_assignment(g, line, &key, &value))
        put_assignment(g, key, value);
}

pt_code pt_read_gemspec(pt_read *r, pt_str text, pt_err *e) {
    gemspec g = {.licences = {.a = r->a}};
    pt_str line;
    while (pt_line_next(&text, &line))
        read_line(&g, line);
    if (!g.p.name.n || !g.p.version.n) {
        pt_fault_add(r, 1,
                     g.p.name.n ? "a gem without a version in plain text"
                                : "a gem without a name in plain text");
        return PT_OK;
    }
    if (g.licences.items.n)
        g.p.licences = pt_list_end(&g.licences);
    return pt_package_add(r, &g.p, e);
}
