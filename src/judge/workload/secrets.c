// Tests for secrets in clear. What is found is never shown: its name and its length are.
#include "judge/workload/secrets.h"

#include "judge/workload/object.h"
#include "judge/workload/tests.h"
#include "value/path.h"

static bool has_nocase(pt_str text, pt_str part) {
    for (size_t at = 0; at + part.n <= text.n; at++)
        if (pt_str_eq_nocase(pt_str_sub(text, at, at + part.n), part))
            return true;
    return false;
}

static bool ends_nocase(pt_str text, pt_str end) {
    return text.n >= end.n && pt_str_eq_nocase(pt_str_sub(text, text.n - end.n, text.n), end);
}

// A name that says secret, and not one that says where it lies or how long it lives.
static bool secret_name(pt_str name) {
    static const pt_str parts[] = {
        PT_STR("password"),    PT_STR("passwd"),     PT_STR("passphrase"),  PT_STR("secret"),
        PT_STR("token"),       PT_STR("api_key"),    PT_STR("apikey"),      PT_STR("api-key"),
        PT_STR("private_key"), PT_STR("privatekey"), PT_STR("private-key"), PT_STR("access_key"),
        PT_STR("accesskey"),   PT_STR("credential"),
    };
    static const pt_str harmless[] = {
        PT_STR("file"),     PT_STR("path"),      PT_STR("dir"),      PT_STR("name"),
        PT_STR("id"),       PT_STR("ttl"),       PT_STR("length"),   PT_STR("policy"),
        PT_STR("url"),      PT_STR("uri"),       PT_STR("expiry"),   PT_STR("seconds"),
        PT_STR("enabled"),  PT_STR("type"),      PT_STR("endpoint"), PT_STR("issuer"),
        PT_STR("audience"), PT_STR("algorithm"), PT_STR("ref"),      PT_STR("host"),
    };
    bool says = false;
    for (size_t i = 0; i < PT_COUNT(parts) && !says; i++)
        says = has_nocase(name, parts[i]);
    for (size_t i = 0; i < PT_COUNT(harmless) && says; i++)
        says = !ends_nocase(name, harmless[i]);
    return says;
}

// A value that could be one: no switch, no reference to another variable, no path, no template.
static bool own_value(pt_str v) {
    static const pt_str switches = PT_STR("true|false|yes|no|on|off|none|null|0|1");
    v = pt_str_trim(v);
    return v.n && !pt_str_in_list(v, switches, '|') && v.p[0] != '/' &&
           !pt_str_starts(v, PT_STR("$(")) && !pt_str_starts(v, PT_STR("${")) &&
           !pt_str_starts(v, PT_STR("vault:")) && !pt_str_has(v, PT_STR("{{"));
}

static bool token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

// Does a word of the text begin with `prefix` and go on for `chars_min` at least?
static bool word_with(pt_str text, pt_str prefix, size_t chars_min) {
    for (size_t from = 0; from < text.n;) {
        size_t at = from + pt_str_find_str(pt_str_sub(text, from, text.n), prefix);
        size_t end = at + prefix.n;
        if (at == text.n)
            return false;
        from = end;
        if (at && token_char(text.p[at - 1]))
            continue;
        size_t n = 0;
        while (end + n < text.n && token_char(text.p[end + n]))
            n++;
        if (n >= chars_min)
            return true;
    }
    return false;
}

static bool known_token(pt_str text) {
    static const struct {
        pt_str prefix;
        size_t chars_min; // behind it
    } tokens[] = {
        {PT_STR("AKIA"), 16},      {PT_STR("ghp_"), 36},  {PT_STR("github_pat_"), 40},
        {PT_STR("glpat-"), 20},    {PT_STR("xoxb-"), 20}, {PT_STR("xoxp-"), 20},
        {PT_STR("sk_live_"), 20},  {PT_STR("AIza"), 35},  {PT_STR("npm_"), 36},
        {PT_STR("dckr_pat_"), 20},
    };
    for (size_t i = 0; i < PT_COUNT(tokens); i++)
        if (word_with(text, tokens[i].prefix, tokens[i].chars_min))
            return true;
    return false;
}

// "user:password@host…": a password that is a reference is none.
static bool with_password(pt_str rest) {
    size_t end = 0;
    while (end < rest.n && rest.p[end] != '/' && rest.p[end] != ' ' && rest.p[end] != '\n' &&
           rest.p[end] != '"')
        end++;
    pt_str authority = pt_str_sub(rest, 0, end);
    size_t at = pt_str_rfind(authority, '@');
    if (at == authority.n)
        return false;
    pt_str login = pt_str_sub(authority, 0, at);
    size_t colon = pt_str_find(login, ':');
    return own_value(pt_str_sub(login, colon + 1, login.n));
}

// scheme://user:password@host, anywhere in the text.
static bool url_with_password(pt_str text) {
    static const pt_str mark = PT_STR("://");
    for (size_t at = pt_str_find_str(text, mark); at < text.n; at = pt_str_find_str(text, mark)) {
        text = pt_str_sub(text, at + mark.n, text.n);
        if (with_password(text))
            return true;
    }
    return false;
}

static bool secret_value(pt_str v) {
    size_t begin = pt_str_find_str(v, PT_STR("-----BEGIN "));
    pt_str label = pt_str_sub(v, begin, begin + 64);
    bool key = pt_str_has(label, PT_STR("PRIVATE KEY-----"));
    return key || known_token(v) || url_with_password(v);
}

bool pt_is_secret(pt_str name, pt_str value) {
    return secret_value(value) || (secret_name(name) && own_value(value));
}

static void put_secret(pt_seen *seen, pt_str name, pt_str value) {
    pt_buf_put(&seen->text, name);
    pt_buf_printf(&seen->text, ", %zu characters", value.n);
}

pt_verdict pt_test_secret_env(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_visit visit = pt_visit_begin(v, PT_VISIT_ALL);
    while (pt_visit_next(&visit)) {
        pt_value env = pt_getz(visit.c, "env");
        for (size_t i = 0; i < pt_len(env); i++) {
            pt_str name = pt_text(pt_getz(pt_at(env, i), "name"));
            pt_str value = pt_text(pt_getz(pt_at(env, i), "value"));
            if (!value.n || !pt_is_secret(name, value))
                continue;
            pt_visit_part(&visit, seen, "env", i, "value");
            put_secret(seen, name, value);
        }
    }
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_secret_config_map(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_object_is(v, "ConfigMap", ""))
        return PT_NOT_APPLICABLE;
    pt_value data = pt_getz(v, "data");
    for (size_t i = 0; i < pt_len(data); i++) {
        pt_str name = pt_text(pt_key_at(data, i));
        pt_str value = pt_text(pt_val_at(data, i));
        // A key with an extension is a file: its name says nothing about one value.
        bool file = pt_str_find(name, '.') < name.n;
        if (!value.n || !(file ? secret_value(value) : pt_is_secret(name, value)))
            continue;
        if (!seen->text.n) {
            pt_path_key(&seen->path, PT_STR("data"));
            pt_path_key(&seen->path, name);
        }
        pt_buf_putz(&seen->text, seen->text.n ? "; " : "");
        put_secret(seen, name, value);
    }
    return pt_seen_verdict(seen);
}

pt_verdict pt_test_token_secret(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_object_is(v, "Secret", ""))
        return PT_NOT_APPLICABLE;
    if (!pt_str_eqz(pt_text(pt_getz(v, "type")), "kubernetes.io/service-account-token"))
        return PT_PASS;
    pt_seen_part(seen, "type", "type = kubernetes.io/service-account-token");
    return PT_FAIL;
}
