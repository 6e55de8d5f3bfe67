// What is wrong, where, and in which words: those of OPA.
#include <stdio.h>

#include "base/testing.h"
#include "judge/policy/rego/tests.h"

static const module_case lexing[] = {
    {"p := 1.", "2:6: expected fraction\n2:6: illegal token\n2:6: illegal token"},
    {"p := 1e", "2:6: expected exponent\n2:6: illegal token\n2:6: illegal token"},
    {"p := 01", "2:6: unexpected number token: expected number without leading zero\n2:6: "
                "unexpected number token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := 0x1", "2:6: illegal number format\n2:6: illegal token\n2:6: illegal token"},
    {"p := 1a", "2:6: illegal number format\n2:6: illegal token\n2:6: illegal token"},
    {"p := +1", "2:6: unexpected plus token\n2:6: unexpected plus token: expected rule value term "
                "(e.g., p := <VALUE> { ... })"},
    {"p := \"a", "2:6: non-terminated string\n2:6: illegal token\n2:6: illegal token"},
    {"p := \"\\q\"", "2:6: illegal escape sequence\n2:6: illegal token\n2:6: illegal token"},
    {"p := \"a\nb\"", "2:6: non-terminated string\n2:6: illegal token\n2:6: illegal token"},
    {"p := `a", "2:6: non-terminated string\n2:6: illegal token\n2:6: illegal token"},
    {"p := \"\\u12\"", "2:6: non-terminated string\n2:6: illegal token\n2:6: illegal token"},
    {"p := \"a\tb\\n\"", "2:6: illegal string literal: \"a\tb\\n\"\n2:6: unexpected string token: "
                         "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := \303\251", "2:6: illegal token\n2:6: illegal token"},
    {"p := $x", "2:6: illegal $ character\n2:6: illegal token\n2:6: illegal token"},
    {"p := !x", "2:6: illegal ! character\n2:6: illegal token\n2:6: illegal token"},
    {"p := \302\240 1", "2:6: illegal non-breaking space character, use a regular space "
                        "instead\n2:6: illegal token\n2:6: illegal token"},
    {"p := 1e40000", "2:6: number too big\n2:6: unexpected number token: expected rule value term "
                     "(e.g., p := <VALUE> { ... })"},
    {"p := 1e-40000", "2:6: number too big\n2:6: unexpected number token: expected rule value term "
                      "(e.g., p := <VALUE> { ... })"},
    {"p := 1 @", "2:8: illegal token"},
    {"p := \"\357\273\277\"",
     "2:6: illegal byte-order mark\n2:6: illegal token\n2:6: illegal token"},
    {"x\357\273\277 := 1", "2:1: illegal byte-order mark"},
    {"p := $\"a", "2:6: non-terminated string\n2:6: illegal token\n2:6: illegal token"},
    {"p := $\"{", "2:8: unexpected eof token\n2:8: invalid template-string expression\n2:8: "
                  "unexpected eof token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := $\"{x", "2:9: expected } to end template string expression\n2:9: unexpected eof token: "
                   "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := $\"{}\"", "2:9: unexpected } token\n2:9: invalid template-string expression\n2:9: "
                     "unexpected } token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := $\"{x = 1}\"",
     "2:9: unexpected unification ('=') in template-string expression\n2:14: unexpected } token: "
     "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := $\"{x := 1}\"",
     "2:9: unexpected assignment (':=') in template-string expression\n2:15: unexpected } token: "
     "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := $\"{not x}\"",
     "2:9: unexpected negation ('not') in template-string expression\n2:14: unexpected } token: "
     "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := $\"{some x}\"", "2:9: unexpected 'some' in template-string expression\n2:15: unexpected "
                           "} token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := $\"{every x in y { x }}\"",
     "2:9: unexpected 'every' in template-string expression\n2:27: unexpected } token: expected "
     "rule value term (e.g., p := <VALUE> { ... })"},
    {"p := $\"{x; y}\"", "2:10: expected } to end template string expression\n2:10: unexpected ; "
                         "token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := $\"{x", "2:9: expected } to end template string expression\n2:9: unexpected eof token: "
                   "expected rule value term (e.g., p := <VALUE> { ... })"},
};

static void test_parse_lexing_errors_are_those_of_opa(void **state) {
    (void)state;
    check_modules(lexing, PT_COUNT(lexing), PT_REGO_V1);
}

static const module_case terms[] = {
    {"p := [1 2]", "2:9: unexpected number token: expected \",\" or \"]\"\n2:9: unexpected number "
                   "token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := [1, 2", "2:10: unexpected eof token: expected \",\" or \"]\"\n2:10: unexpected eof "
                   "token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := {1: 2", "2:10: unexpected eof token: non-terminated object\n2:10: unexpected eof token: "
                   "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := {1: 2, 3}", "2:14: unexpected } token: expected \":\"\n2:14: unexpected } token: "
                       "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := {1 2}", "2:9: unexpected number token: non-terminated set\n2:9: unexpected number "
                   "token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := f(1 2)", "2:10: unexpected number token: expected \",\" or \")\"\n2:10: unexpected "
                    "number token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := (1", "2:7: non-terminated expression\n2:7: unexpected eof token: expected rule value "
                "term (e.g., p := <VALUE> { ... })"},
    {"p := ()", "2:7: unexpected ) token\n2:7: unexpected ) token: expected rule value term (e.g., "
                "p := <VALUE> { ... })"},
    {"p := a.1", "2:8: unexpected number token: expected identifier\n2:8: unexpected number token: "
                 "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := a.", "2:7: unexpected eof token: expected identifier\n2:7: unexpected eof token: "
                "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := a[1", "2:8: unexpected eof token: expected [\n2:8: unexpected eof token: expected rule "
                 "value term (e.g., p := <VALUE> { ... })"},
    {"p := \"s\".a", "2:6: illegal ref (head cannot be string)"},
    {"p := 1.a.b",
     "2:6: expected fraction\n2:6: illegal number format\n2:6: illegal token\n2:6: illegal token"},
    {"p := {\"a\": 1}}", "2:14: unexpected } token"},
    {"p := - \"a\"", "2:8: unexpected string token: expected number\n2:8: unexpected string token: "
                     "expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p := 1 +", "2:8: unexpected eof token"},
    {"p := ]", "2:6: unexpected ] token\n2:6: unexpected ] token: expected rule value term (e.g., "
               "p := <VALUE> { ... })"},
    {"p := {a: b | }", "2:14: unexpected } token"},
    {"p := [a | ]", "2:11: found empty body\n2:11: unexpected ] token: expected rule value term "
                    "(e.g., p := <VALUE> { ... })"},
    {"p := {:}", "2:7: unexpected : token\n2:7: unexpected : token: expected rule value term "
                 "(e.g., p := <VALUE> { ... })"},
    {"p := null.x", "2:6: illegal ref (head cannot be null)"},
};

static void test_parse_terms_errors_are_those_of_opa(void **state) {
    (void)state;
    check_modules(terms, PT_COUNT(terms), PT_REGO_V1);
}

static const module_case bodies[] = {
    {"p if { a; }", "2:11: unexpected } token"},
    {"p if { a b }", "2:10: unexpected identifier token: expected \\n or ; or }"},
    {"p if { ; a }", "2:8: unexpected ; token"},
    {"p if { a", "2:8: unexpected eof token: expected \\n or ; or }"},
    {"p if", "2:4: unexpected eof token"},
    {"p if { some }", "2:13: unexpected } token: expected var"},
    {"p if { some 1 }", "2:13: unexpected number token: expected var"},
    {"p if { some x y }", "2:15: unexpected identifier token: expected \\n or ; or }"},
    {"p if { not some x }", "2:12: unexpected some keyword: illegal negation of 'some'"},
    {"p if { not every x in y { x } }",
     "2:12: unexpected every keyword: illegal negation of 'every'"},
    {"p if { every x { x } }",
     "2:16: unexpected { token: expected `x[, y] in xs { ... }` expression"},
    {"p if { every x in y }", "2:21: unexpected } token: missing body"},
    {"p if { every \"a\" in y { x } }",
     "2:23: unexpected { token: expected value to be a variable"},
    {"p if { every 1, x in y { x } }", "2:24: unexpected { token: expected key to be a variable"},
    {"p if { x with }", "2:15: unexpected } token: expected ident"},
    {"p if { x with input }", "2:21: unexpected } token: expected as keyword"},
    {"p if { x with input as }", "2:24: unexpected } token"},
    {"p if { x with 1 as 2 }", "2:15: unexpected number token: expected ident"},
    {"p if { x with [] as 2 }", "2:15: unexpected [ token: expected ident"},
    {"p if { x in }", "2:13: unexpected } token"},
    {"p if { some f(x) }",
     "2:18: unexpected } token: expected `x in xs` or `x, y in xs` expression"},
    {"p if { as }", "2:8: unexpected as keyword"},
    {"p if { not }", "2:12: unexpected } token"},
};

static void test_parse_bodies_errors_are_those_of_opa(void **state) {
    (void)state;
    check_modules(bodies, PT_COUNT(bodies), PT_REGO_V1);
}

static const module_case rules[] = {
    {"p.q.r", "2:1: rule must have value assignment and/or body declaration"},
    {"p { a }", "2:1: `if` keyword is required before rule body"},
    {"p[x] { x := 1 }", "2:1: `if` keyword is required before rule body\n2:1: `contains` keyword "
                        "is required for partial set rules"},
    {"p[x]", "2:1: `contains` keyword is required for partial set rules"},
    {"p[\"a\"]", "2:1: `contains` keyword is required for partial set rules"},
    {"p", "2:1: var cannot be used for rule name"},
    {"p.a", "2:1: `contains` keyword is required for partial set rules"},
    {"f(x) { x }", "2:1: `if` keyword is required before function body"},
    {"p := 1 { true }", "2:1: `if` keyword is required before rule body"},
    {"p if a else { b }", "2:8: `if` keyword is required before rule body"},
    {"p contains 1 { true }", "2:1: `if` keyword is required before rule body"},
    {"f(x) contains 1 if x",
     "2:6: unexpected contains keyword: the contains keyword can only be used with multi-value "
     "rule definitions (e.g., f contains <VALUE> { ... })"},
    {"p contains", "2:10: unexpected eof token\n2:10: unexpected eof token: expected rule key term "
                   "(e.g., p contains <VALUE> { ... })"},
    {"p :=", "2:4: unexpected eof token\n2:4: unexpected eof token: expected rule value term "
             "(e.g., p := <VALUE> { ... })"},
    {"f(x) :=", "2:7: unexpected eof token\n2:7: unexpected eof token: expected function value "
                "term (e.g., f(...) := <VALUE> { ... })"},
    {"default p :=", "2:12: unexpected eof token\n2:12: unexpected eof token: expected default "
                     "rule value term (e.g., default p := <VALUE>)"},
    {"p =", "2:3: unexpected eof token\n2:3: unexpected eof token: expected rule value term (e.g., "
            "p[<nil>] = <VALUE> { ... })"},
    {"default p := x", "2:1: illegal default rule (value cannot contain var)"},
    {"default p := a.b", "2:1: illegal default rule (value cannot contain ref)"},
    {"default p := f(1)", "2:1: illegal default rule (value cannot contain call)"},
    {"default p := [x]", "2:1: illegal default rule (value cannot contain var)"},
    {"default f(1) := 1", "2:1: illegal default rule (arguments cannot contain number)"},
    {"default f(x, x) := 1", "2:1: illegal default rule (arguments cannot be repeated x)"},
    {"default p if true", "2:11: unexpected if keyword"},
    {"p[x] if true else := 2", "2:14: else keyword cannot be used on rules with variables in head"},
    {"p contains 1 if true else := 2", "2:22: else keyword cannot be used on multi-value rules"},
    {"p if true else", "2:14: unexpected eof token: expected else value term or rule body"},
    {"if := 1", "2:1: if keyword cannot be used for rule name"},
    {"in := 1", "2:1: in keyword cannot be used for rule name"},
    {"every := 1", "2:1: every keyword cannot be used for rule name"},
    {"some := 1", "2:1: some keyword cannot be used for rule name"},
    {"as(x) := 1", "2:1: as keyword cannot be used for rule name"},
    {"default every := 1", "2:9: every keyword cannot be used for rule name"},
    {"contains := 1", "2:1: contains keyword cannot be used for rule name"},
    {"not := 1", "2:1: not keyword cannot be used for rule name"},
    {"package := 1", "2:1: package keyword cannot be used for rule name"},
    {"import := 1", "2:1: import keyword cannot be used for rule name"},
    {"else := 1", "2:1: unexpected else keyword"},
    {"with if true", "2:1: unexpected with keyword"},
    {"true := 1", "2:1: boolean cannot be used for rule name"},
    {"\"a\" := 1", "2:1: string cannot be used for rule name"},
    {"1", "2:1: number cannot be used for rule name"},
    {"x == 1", "2:1: rule name conflicts with built-in function"},
    {"p; q", "2:1: multiple expressions cannot be used for rule head"},
    {"not p", "2:1: negated expressions cannot be used for rule head"},
    {"p with input as 1", "2:1: expressions using with keyword cannot be used for rule head"},
    {"some x", "2:1: 'some' declarations cannot be used for rule head"},
    {"f(1) == 1", "2:1: rule name conflicts with built-in function"},
    {"[1] := 1", "2:1: array cannot be used for rule name"},
    {"p.a.b", "2:1: rule must have value assignment and/or body declaration"},
    {"p + 1 if true", "2:7: unexpected if keyword"},
    {"f(x)(y) if true", "2:9: unexpected if keyword"},
    {"p if { true } else := 1 { true } { false }", "2:34: expected else keyword"},
    {"p.q = 1 if x else = 2 { y }", "2:14: `if` keyword is required before rule body"},
};

static void test_parse_rules_errors_are_those_of_opa(void **state) {
    (void)state;
    check_modules(rules, PT_COUNT(rules), PT_REGO_V1);
}

static const module_case modules[] = {
    {"package b", "2:1: unexpected package"},
    {"import x", "2:8: unexpected import path, must begin with one of: {data, future, input, "
                 "rego}, got: x (hint: if this is unexpected, try updating OPA)"},
    {"import data.x as", "2:16: unexpected eof token: expected var"},
    {"import data.x as 1", "2:18: unexpected number token: expected var"},
    {"import data.x as input",
     "2:18: unexpected import alias, must not be a reserved name, got: input"},
    {"import input as data",
     "2:17: unexpected import alias, must not be a reserved name, got: data"},
    {"import data[\"x\"].y[0]", "2:20: unexpected number token: expecting string"},
    {"import data.x.if", "2:15: unexpected import path, must not end with a keyword, got: if "
                         "(hint: import a different path or use an alias)"},
    {"import if", "2:8: unexpected import path, must begin with one of: {data, future, input, "
                  "rego}, got: if (hint: if this is unexpected, try updating OPA)"},
    {"import data.x -1", "2:15: unexpected minus token"},
    {"import future", "2:8: invalid import, must be `future.keywords`"},
    {"import future.x", "2:8: invalid import, must be `future.keywords`"},
    {"import future.keywords.x",
     "2:8: unexpected keyword, must be one of [and contains every if in not or]"},
    {"import future.keywords.in as y", "2:30: `future` imports cannot be aliased"},
    {"import rego", "2:8: invalid import `rego`, must be one of: `rego.v1`, `rego.v2`"},
    {"import rego.v3", "2:8: invalid import `rego.v3`, must be one of: `rego.v1`, `rego.v2`"},
    {"import rego.v1 as x", "2:19: `rego` imports cannot be aliased"},
    {"import 1", "2:8: unexpected number token"},
    {"import \"a\"", "2:8: unexpected string token"},
    {"import data.x, data.y", "2:14: unexpected , token"},
    {"import f(x)", "2:11: expected path"},
};

static void test_parse_modules_errors_are_those_of_opa(void **state) {
    (void)state;
    check_modules(modules, PT_COUNT(modules), PT_REGO_V1);
}

static const module_case hints[] = {
    {"p { x in y }", "2:7: unexpected identifier token: expected \\n or ; or } (hint: `import "
                     "future.keywords.in` for `x in xs` expressions)"},
    {"p { k, v in y }", "2:6: unexpected , token: expected \\n or ; or } (hint: `import "
                        "future.keywords.in` for `x in xs` expressions)"},
    {"p { some x in y }", "2:12: unexpected identifier token: expected \\n or ; or } (hint: "
                          "`import future.keywords.in` for `some x in xs` expressions)"},
    {"p { every x in y { x } }",
     "2:11: unexpected identifier token: expected \\n or ; or } (hint: `import "
     "future.keywords.every` for `every x in xs { ... }` expressions)"},
    {"p { x and y }", "2:7: unexpected identifier token: expected \\n or ; or } (hint: `import "
                      "future.keywords.and` for `x and y` expressions)"},
    {"p if { x }", "2:1: var cannot be used for rule name (hint: `import future.keywords.if` for "
                   "`p if { ... }` rules)"},
    {"p contains x",
     "2:1: var cannot be used for rule name (hint: `import future.keywords.contains` for `p "
     "contains x` rules)\n2:3: var cannot be used for rule name (hint: `import "
     "future.keywords.contains` for `p contains x` rules)\n2:12: var cannot be used for rule name"},
    {"p contains x if { x }",
     "2:1: var cannot be used for rule name (hint: `import future.keywords.contains` for `p "
     "contains x` rules)\n2:3: var cannot be used for rule name (hint: `import "
     "future.keywords.contains` for `p contains x` rules)\n2:12: var cannot be used for rule name "
     "(hint: `import future.keywords.if` for `p if { ... }` rules)"},
    {"p contains 1 { true }",
     "2:1: var cannot be used for rule name (hint: `import future.keywords.contains` for `p "
     "contains x` rules)\n2:3: var cannot be used for rule name (hint: `import "
     "future.keywords.contains` for `p contains x` rules)\n2:12: number cannot be used for rule "
     "name\n2:14: set cannot be used for rule name"},
    {"p { a or b }", "2:7: unexpected identifier token: expected \\n or ; or } (hint: `import "
                     "future.keywords.or` for `x or y` expressions)"},
    {"import rego.v1\np { true }", "3:1: `if` keyword is required before rule body"},
    {"import rego.v1\np[x] { x = 1 }", "3:1: `if` keyword is required before rule body\n3:1: "
                                       "`contains` keyword is required for partial set rules"},
    {"p := $\"a\"",
     "2:6: template strings are not supported by current capabilities\n2:6: unexpected "
     "template-string-end token: expected rule value term (e.g., p := <VALUE> { ... })"},
    {"p { true } else { true } { true }", "2:26: expected else keyword"},
    {"p { some x, y in z }", "2:15: unexpected identifier token: expected \\n or ; or } (hint: "
                             "`import future.keywords.in` for `some x in xs` expressions)"},
};

static void test_parse_hints_errors_are_those_of_opa(void **state) {
    (void)state;
    check_modules(hints, PT_COUNT(hints), PT_REGO_V0);
}

static const module_case logic[] = {
    {"import rego.v2\np if {1, 2} and x", "3:8: unexpected , token: expected \\n or ; or }"},
    {"import rego.v2\np if x and {1, 2}",
     "3:12: operand of `and` cannot begin with `{` unless the braces hold a body (hint: wrap the "
     "operand to keep the value: `({1, 2}) and ...`)"},
    {"import rego.v2\np if {} and x", "3:7: found empty body"},
    {"import rego.v2\np if x or {}", "3:12: found empty body"},
    {"import rego.v2\np if x with input as 1 and y",
     "3:8: `with` modifier is not allowed on operand of `and` (hint: Wrap the operand in `(...)` "
     "or `{...}` to scope, or move `with` after the `and` expression to apply it to the whole "
     "expression)"},
    {"import rego.v2\np if not {1, 2}",
     "3:10: `{...}` in an operand position must contain expression(s), got: set (hint: write `not "
     "({1, 2})` to negate the value, or `not {{1, 2}}` for a body holding it)"},
    {"import rego.v2\np if not {}", "3:11: found empty body"},
    {"import rego.v2\np if not {a | b}",
     "3:10: ambiguous `{ ... | ... }` operand: read as a body holding a set-union expression, not "
     "as a comprehension (hint: write `not ({a | b})` for the comprehension, or `not {(a | b)}` "
     "for the set union)"},
    {"import rego.v2\np if {a | b} and c", "3:14: unexpected and keyword"},
    {"import rego.v2\np if ({ a; b })", "3:6: `(...)` in an operand position cannot contain a body "
                                        "(hint: drop the parens to keep the body: `{ a; b }`)"},
    {"import rego.v2\np if x and ({ a; b })",
     "3:12: `(...)` in an operand position cannot contain a body (hint: drop the parens to keep "
     "the body: `{ a; b }`)"},
    {"import rego.v2\np if x and ()", "3:12: empty parenthesized group"},
    {"import rego.v2\np if (x and y", "3:13: expected ) to close parenthesized group"},
    {"import rego.v2\np if print(1) and x",
     "3:6: operand of `and` cannot consist only of calls to `print` (hint: `print` produces no "
     "value and always succeeds, so the operand can never fail; move it out of the operand, or add "
     "an expression that can fail)"},
    {"import rego.v2\np if x or print(1)",
     "3:11: operand of `or` cannot consist only of calls to `print` (hint: `print` produces no "
     "value and always succeeds, so the operand can never fail; move it out of the operand, or add "
     "an expression that can fail)"},
    {"import rego.v2\np if and", "3:6: unexpected and keyword"},
    {"import rego.v2\np if x and", "3:10: unexpected eof token"},
    {"import rego.v2\nor := 1", "3:1: or keyword cannot be used for rule name"},
    {"import rego.v2\np if (x with input as 1 and y)",
     "3:9: `with` modifier is not allowed on operand of `and` (hint: Wrap the operand in `(...)` "
     "or `{...}` to scope, or move `with` after the `and` expression to apply it to the whole "
     "expression)"},
    {"p if x and y",
     "2:8: var cannot be used for rule name\n2:12: var cannot be used for rule name"},
    {"p if not { x; y }", "2:13: unexpected ; token: non-terminated set"},
};

static void test_parse_logic_errors_are_those_of_opa(void **state) {
    (void)state;
    check_modules(logic, PT_COUNT(logic), PT_REGO_V1);
}

static const module_case metadata[] = {
    {"# METADATA\n# scope: foo\np := 1", "2:1: invalid annotation scope 'foo'. Use one of 'rule', "
                                         "'document', 'package', or 'subpackages'"},
    {"# METADATA\n# scope: package\np := 1",
     "2:1: annotation scope 'package' must be applied to package (have rule)"},
    {"# METADATA\n# title: x\nimport data.x", "2:1: invalid annotation scope 'import'. Use one of "
                                              "'rule', 'document', 'package', or 'subpackages'"},
    {"# METADATA\n# title: x", "2:1: invalid annotation scope ''. Use one of 'rule', 'document', "
                               "'package', or 'subpackages'"},
    {"# METADATA\np := 1", "2:1: expected METADATA block, found whitespace"},
    {"# METADATA\n# entrypoint: true\n# scope: rule\np := 1",
     "2:1: annotation entrypoint applied to non-document or package scope 'rule'"},
    {"# METADATA\n# organizations: x\np := 1",
     "3:1: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `x` into []string"},
    {"# METADATA\n# title: [x]\np := 1",
     "3:1: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into string"},
    {"# METADATA\n# entrypoint: 3\np := 1",
     "3:1: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!int `3` into bool"},
    {"# METADATA\n# authors:\n# - x: y\np := 1",
     "2:1: invalid author definition map[x:y]: 'name' and/or 'email' values required in object"},
    {"# METADATA\n# related_resources:\n# - \"\"\np := 1",
     "2:1: invalid related-resource definition : ref URL may not be empty string"},
    {"# METADATA\n# schemas:\n# - input: x\np := 1", "2:1: invalid schema reference"},
    {"# METADATA\n# title:x\np := 1",
     "3:1: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `title:x` into "
     "ast.rawAnnotation\n  Hint: on line 3, symbol(s) ['x'] immediately following a key/value "
     "separator ':' is not a legal yaml space character"},
    {"# METADATA\n# custom: 1\np := 1", "3:1: yaml: unmarshal errors:\n  line 1: cannot unmarshal "
                                        "!!int `1` into map[string]interface {}"},
};

static void test_parse_metadata_errors_are_those_of_opa(void **state) {
    (void)state;
    check_modules(metadata, PT_COUNT(metadata), PT_REGO_V1);
}

// -- bytes that are no text -----------------------------------------------------------------------

static const struct {
    pt_str text;
    const char *want;
} bytes[] = {
    {PT_STR("package t\np := \0"), "2:5: illegal null character"},
    {PT_STR("package t\np := \"\0\""), "2:6: illegal null character"},
    {PT_STR("package t\np := \"\377\""), "2:6: illegal utf-8 character"},
    {PT_STR("package t\n# \300\200\np := 1"), "2:1: illegal utf-8 character"},
    {PT_STR("package t\np := \"\355\240\200\""), "2:6: illegal utf-8 character"},
    {PT_STR("package t\n\357\273\277p := 1"), "2:0: illegal byte-order mark"},
    {PT_STR("\357\273\277package"), "1:8: unexpected eof token"},
    {PT_STR("\357\273\277package t"), ""},
    {PT_STR("package t\r\np := 1\r\n"), ""},
};

static void test_parse_bytes_that_are_no_text_are_told(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(bytes); i++) {
        pt_arena a = {0};
        pt_symbols symbols = {.arena = &a};
        pt_source source = {.text = bytes[i].text};
        pt_parse_opts opts = {0};
        pt_diagnostics d = {.arena = &a};
        pt_buf got = PT_BUF(1 << 16);
        bool read = pt_parse_module(&symbols, &source, &opts, &d);
        assert_int_equal(read, d.v.n == 0);
        if (d.v.n > 0)
            pt_buf_printf(&got, "%u:%u: %.*s", d.v.v[0].row, d.v.v[0].column,
                          PT_PRI(d.v.v[0].message));
        assert_str(pt_buf_str(&got), bytes[i].want);
        pt_buf_done(&got);
        pt_arena_done(&a);
    }
}

// -- printing -------------------------------------------------------------------------------------

static void check_printed(const char *file, const char *text, const char *want) {
    pt_arena a = {0};
    pt_symbols symbols = {.arena = &a};
    pt_source source = {.file = pt_str_of(file), .text = pt_str_of(text)};
    pt_parse_opts opts = {0};
    pt_diagnostics d = {.arena = &a};
    pt_buf got = PT_BUF(1 << 16);
    assert_null(pt_parse_module(&symbols, &source, &opts, &d));
    pt_diagnostics_write(&got, &d);
    assert_str(pt_buf_str(&got), want);
    pt_buf_done(&got);
    pt_arena_done(&a);
}

static void test_diagnostics_are_printed_with_line_and_caret(void **state) {
    (void)state;
    check_printed("x.rego", "package t\np if {\n\t\ta b\n}\n",
                  "1 error occurred: x.rego:3: rego_parse_error: unexpected identifier token: "
                  "expected \\n or ; or }\n\ta b\n\t  ^");
    check_printed("x.rego", "package t\np { a }\nq { b }",
                  "2 errors occurred:\n"
                  "x.rego:2: rego_parse_error: `if` keyword is required before rule body\n"
                  "x.rego:3: rego_parse_error: `if` keyword is required before rule body");
    check_printed(
        "", "package t\np if {",
        "1 error occurred: 2:6: rego_parse_error: unexpected eof token\n\tp if {\n\t     ^");
    check_printed("x.rego", "", "1 error occurred: x.rego:0: rego_parse_error: empty module");
}

// Of a line that is 3,000 bytes long, what is around the caret.
static void test_diagnostics_cut_long_lines(void **state) {
    (void)state;
    enum {
        WIDE = 100,
    };
    char text[3000];
    int n =
        snprintf(text, sizeof text, "package t\np := [%0*d, %0*d %0*d]", 1000, 1, 5, 1, 1000, 1);
    assert_true(n > 2000);
    for (size_t i = 15; i < (size_t)n; i++)
        text[i] = (char)(text[i] == '0' ? '1' : text[i]);
    pt_arena a = {0};
    pt_symbols symbols = {.arena = &a};
    pt_diagnostics d = {.arena = &a};
    pt_source source = {PT_STR("x.rego"), {text, (size_t)n}};
    pt_parse_opts opts = {0};
    assert_null(pt_parse_module(&symbols, &source, &opts, &d));
    assert_true(d.v.v[0].line.n < 2 * WIDE + 16);
    assert_true(pt_str_starts(d.v.v[0].line, PT_STR("... ")));
    assert_true(pt_str_ends(d.v.v[0].line, PT_STR(" ...")));
    assert_int_equal(d.v.v[0].caret, WIDE + 4);
    pt_arena_done(&a);
}

static void test_diagnostics_past_their_limit_are_said_to_be(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_diagnostics d = {.arena = &a, .max = 1};
    pt_buf got = PT_BUF(1 << 16);
    pt_diagnose(&d, PT_REGO_TYPE, NULL, "undefined function %s", "f");
    pt_diagnose_details(&d, "have: %d\nwant: %d", 1, 2);
    pt_diagnose(&d, PT_REGO_UNSAFE, NULL, "dropped");
    pt_diagnose_details(&d, "dropped");
    pt_diagnostics_write(&got, &d);
    assert_str(pt_buf_str(&got), "2 errors occurred:\n"
                                 "rego_type_error: undefined function f\n\thave: 1\n\twant: 2\n"
                                 "rego_compile_error: error limit reached");
    pt_buf_done(&got);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_lexing_errors_are_those_of_opa),
        cmocka_unit_test(test_parse_terms_errors_are_those_of_opa),
        cmocka_unit_test(test_parse_bodies_errors_are_those_of_opa),
        cmocka_unit_test(test_parse_rules_errors_are_those_of_opa),
        cmocka_unit_test(test_parse_modules_errors_are_those_of_opa),
        cmocka_unit_test(test_parse_hints_errors_are_those_of_opa),
        cmocka_unit_test(test_parse_logic_errors_are_those_of_opa),
        cmocka_unit_test(test_parse_metadata_errors_are_those_of_opa),
        cmocka_unit_test(test_parse_bytes_that_are_no_text_are_told),
        cmocka_unit_test(test_diagnostics_are_printed_with_line_and_caret),
        cmocka_unit_test(test_diagnostics_cut_long_lines),
        cmocka_unit_test(test_diagnostics_past_their_limit_are_said_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
