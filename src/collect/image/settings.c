#include "collect/image/settings.h"

#include "base/buf.h"

enum {
    ITEMS_MAX = 1000, // variables, ports, volumes, labels
    TEXT_BYTES_MAX = 4096,
};

// No part of a character stays.
static pt_str bounded(pt_str s) {
    size_t n = s.n < TEXT_BYTES_MAX ? s.n : TEXT_BYTES_MAX;
    while (n && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return pt_str_sub(s, 0, n);
}

static pt_value text_of(pt_value v, const char *key) {
    pt_value f = pt_getz(v, key);
    return pt_tag_of(f) == PT_STRING ? pt_string(bounded(pt_text(f))) : pt_undefined();
}

// -- variables ------------------------------------------------------------------------------------

// Those that say how the program is run; their values are no secrets.
static const char *const told[] = {
    "APP_DEBUG",
    "ASPNETCORE_ENVIRONMENT",
    "DEBUG",
    "DJANGO_DEBUG",
    "FLASK_DEBUG",
    "FLASK_ENV",
    "GIT_SSL_NO_VERIFY",
    "GOINSECURE",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "NODE_ENV",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NPM_CONFIG_STRICT_SSL",
    "PATH",
    "PERL_LWP_SSL_VERIFY_HOSTNAME",
    "PYTHONHTTPSVERIFY",
    "RAILS_ENV",
    "WERKZEUG_DEBUG_PIN",
};

static bool is_told(pt_str name) {
    for (size_t i = 0; i < PT_COUNT(told); i++)
        if (pt_str_eq_nocase(name, pt_str_of(told[i])))
            return true;
    return false;
}

// What kind of value it is: nothing that could be a secret, or a text that might.
static const char *shape_of(pt_str v) {
    static const pt_str words = PT_STR("true|false|yes|no|on|off|none|null|0|1");
    v = pt_str_trim(v);
    if (!v.n)
        return "empty";
    if (pt_str_in_list(v, words, '|'))
        return "switch";
    bool other = pt_str_starts(v, PT_STR("$")) || pt_str_starts(v, PT_STR("vault:")) ||
                 pt_str_has(v, PT_STR("{{"));
    return v.p[0] == '/' ? "path" : other ? "reference" : "text";
}

static pt_value variable(pt_arena *a, pt_str line) {
    pt_str name = pt_str_sub(line, 0, pt_str_find(line, '='));
    pt_str value = pt_str_sub(line, name.n + 1, line.n);
    pt_obj o = {.a = a};
    pt_obj_set(&o, "name", pt_string(bounded(name)));
    pt_obj_set(&o, "shape", pt_stringz(shape_of(value)));
    pt_obj_set(&o, "bytes", pt_int((int64_t)value.n));
    if (is_told(name))
        pt_obj_set(&o, "value", pt_string(bounded(value)));
    return pt_obj_end(&o);
}

static pt_value variables(pt_arena *a, pt_value env) {
    pt_list l = {.a = a};
    for (size_t i = 0; pt_tag_of(env) == PT_ARRAY && i < pt_len(env) && i < ITEMS_MAX; i++)
        if (pt_text(pt_at(env, i)).n)
            pt_list_add(&l, variable(a, pt_text(pt_at(env, i))));
    return pt_list_end(&l);
}

// -- the rest -------------------------------------------------------------------------------------

// {"program", "shell": it is run by a shell, by Dockerfile's rule for what is no list, "arguments":
// how many, "bytes" of them}.
static pt_value command(pt_arena *a, pt_value argv) {
    pt_str program = pt_text(pt_at(argv, 0));
    size_t bytes = 0;
    bool shell = pt_len(argv) == 3 && pt_str_eqz(pt_text(pt_at(argv, 1)), "-c") &&
                 pt_str_ends(program, PT_STR("sh"));
    pt_obj o = {.a = a};
    if (pt_tag_of(argv) != PT_ARRAY || !program.n)
        return pt_undefined();
    pt_obj_set(&o, "program", pt_string(bounded(program)));
    pt_obj_set(&o, "shell", pt_bool(shell));
    for (size_t i = 1; i < pt_len(argv); i++)
        bytes += pt_text(pt_at(argv, i)).n;
    pt_obj_set(&o, "arguments", pt_int((int64_t)pt_len(argv) - 1));
    pt_obj_set(&o, "bytes", pt_int((int64_t)bytes));
    return pt_obj_end(&o);
}

static pt_value keys_of(pt_arena *a, pt_value object) {
    pt_list l = {.a = a};
    for (size_t i = 0; pt_tag_of(object) == PT_OBJECT && i < pt_len(object) && i < ITEMS_MAX; i++)
        pt_list_add(&l, pt_string(bounded(pt_text(pt_key_at(object, i)))));
    return pt_list_end(&l);
}

pt_value pt_image_settings(pt_arena *a, pt_value config) {
    pt_value health = pt_getz(pt_getz(config, "Healthcheck"), "Test");
    bool none = !pt_len(health) || pt_str_eqz(pt_text(pt_at(health, 0)), "NONE");
    pt_obj o = {.a = a};
    pt_obj_maybe(&o, "user", text_of(config, "User"));
    pt_obj_maybe(&o, "entrypoint", command(a, pt_getz(config, "Entrypoint")));
    pt_obj_maybe(&o, "cmd", command(a, pt_getz(config, "Cmd")));
    pt_obj_maybe(&o, "workdir", text_of(config, "WorkingDir"));
    pt_obj_set(&o, "healthcheck", pt_bool(!none));
    pt_obj_set(&o, "env", variables(a, pt_getz(config, "Env")));
    pt_obj_set(&o, "ports", keys_of(a, pt_getz(config, "ExposedPorts")));
    pt_obj_set(&o, "volumes", keys_of(a, pt_getz(config, "Volumes")));
    pt_obj_set(&o, "labels", keys_of(a, pt_getz(config, "Labels")));
    pt_obj_set(&o, "onbuild", pt_int((int64_t)pt_len(pt_getz(config, "OnBuild"))));
    return pt_obj_end(&o);
}

// -- steps ----------------------------------------------------------------------------------------

static bool is_name(pt_str s) {
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                    (i && ((c >= '0' && c <= '9') || c == '.' || c == '-'));
        if (!fits)
            return false;
    }
    return s.n > 0;
}

// The names of the variables, no word of their values: NAME=VALUE, and ARG NAME; ENV NAME VALUE, as
// of old.
static void put_names(pt_buf *b, pt_str words) {
    pt_str word;
    for (bool first = true; pt_str_word(&words, &word); first = false) {
        pt_str name = pt_str_sub(word, 0, pt_str_find(word, '='));
        bool given = name.n < word.n;
        if (is_name(name) && (given || first))
            pt_buf_printf(b, " %.*s%s", PT_PRI(name), given ? "=\u2026" : "");
    }
}

static pt_str instruction_of(pt_str step, pt_str *ret_rest) {
    static const pt_str old = PT_STR("/bin/sh -c #(nop) ");
    pt_str rest = pt_str_starts(step, old) ? pt_str_sub(step, old.n, step.n) : step;
    pt_str word = {0};
    PT_IGNORE(pt_str_word(&rest, &word));
    *ret_rest = rest;
    return word;
}

pt_str pt_image_step(pt_arena *a, pt_str step) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF((size_t)4 * TEXT_BYTES_MAX);
    pt_str rest = {0};
    step = bounded(step);
    pt_str word = instruction_of(step, &rest);
    rest = pt_str_trim(rest);
    if (pt_str_in_list(word, PT_STR("ENV|ARG|LABEL"), '|')) {
        pt_buf_put(&b, word);
        put_names(&b, rest);
        return pt_arena_str(a, pt_buf_str(&b));
    }
    size_t bar = pt_str_find(pt_str_sub(step, 0, 5), '|'); // "|2 A=b C=d /bin/sh -c …", "RUN |2 …"
    size_t shell = pt_str_find_str(step, PT_STR(" /bin/"));
    if (bar >= 5 || bar >= step.n || shell == step.n)
        return pt_arena_str(a, step);
    pt_buf_putz(&b, "RUN");
    put_names(&b, pt_str_sub(step, bar, shell));
    pt_buf_put(&b, pt_str_sub(step, shell, step.n));
    return pt_arena_str(a, pt_buf_str(&b));
}
