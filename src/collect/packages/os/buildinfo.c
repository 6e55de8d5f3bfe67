// What the builders of Red Hat's images leave in root/buildinfo: of which repositories ("content
// sets") an image's packages are, or of which build it is. Facts of the system, without its name.
#include "collect/packages/os/os.h"
#include "value/json.h"

static pt_code put_fact(pt_read *r, const char *key, pt_value v, pt_err *e) {
    pt_obj o = {.a = r->a};
    pt_obj_maybe(&o, key, v);
    r->os = pt_obj_end(&o);
    return pt_defined(r->os) ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

pt_code pt_read_content_manifest(pt_read *r, pt_str text, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_err why = {0};
    pt_code code = pt_json_parse(r->a, text, &(pt_json_opts){.depth_max = 64}, &doc, &why);
    pt_value sets = pt_getz(doc, "content_sets");
    if (code == PT_E_NOMEM)
        return pt_err_set(e, code, "out of memory");
    if (code)
        pt_fault_add(r, why.line, "not a content manifest: no JSON");
    for (size_t i = 0; i < pt_len(sets); i++)
        if (pt_tag_of(sets) != PT_ARRAY || pt_tag_of(pt_at(sets, i)) != PT_STRING) {
            pt_fault_add(r, 1, "content sets that are not a list of names");
            sets = pt_undefined();
        }
    return put_fact(r, "content_sets", pt_len(sets) ? sets : pt_undefined(), e);
}

pt_code pt_read_ubuntu_pro(pt_read *r, pt_str text, pt_err *e) {
    pt_value doc = pt_undefined();
    pt_err why = {0};
    pt_code code = pt_json_parse(r->a, text, &(pt_json_opts){.depth_max = 64}, &doc, &why);
    pt_value services = pt_getz(doc, "services");
    bool extended = false;
    if (code == PT_E_NOMEM)
        return pt_err_set(e, code, "out of memory");
    if (code)
        pt_fault_add(r, why.line, "not the state of a subscription: no JSON");
    for (size_t i = 0; pt_tag_of(services) == PT_ARRAY && i < pt_len(services); i++) {
        pt_value s = pt_at(services, i);
        extended |= pt_str_eqz(pt_text(pt_getz(s, "name")), "esm-infra") &&
                    pt_str_eqz(pt_text(pt_getz(s, "status")), "enabled");
    }
    return put_fact(r, "extended", extended ? pt_bool(true) : pt_undefined(), e);
}

// -- Dockerfiles ----------------------------------------------------------------------------------

enum {
    VARIABLES_MAX = 256,
    VALUE_BYTES_MAX = 4096,
    RECIPE_BYTES_MAX = 1 << 20,
};

typedef struct variable {
    pt_str name, value;
} variable;

typedef struct recipe {
    pt_read *r;
    variable env[VARIABLES_MAX];
    size_t env_n;
    pt_str component, arch, version, release;
} recipe;

static pt_str env_of(const recipe *d, pt_str name) {
    for (size_t i = d->env_n; i; i--)
        if (pt_str_eq(d->env[i - 1].name, name))
            return d->env[i - 1].value;
    return (pt_str){0};
}

static bool is_name_byte(char c) {
    return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

// Without quotes and backslashes, and with the values of "$name" and "${name}".
static pt_str expand(const recipe *d, pt_str s) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(VALUE_BYTES_MAX);
    for (size_t i = 0; i < s.n; i++) {
        size_t at = i + 1;
        bool brace = s.p[i] == '$' && at < s.n && s.p[at] == '{';
        size_t end = brace ? ++at : at;
        while (s.p[i] == '$' && end < s.n && is_name_byte(s.p[end]))
            end++;
        if (end > at && (!brace || (end < s.n && s.p[end] == '}'))) {
            pt_buf_put(&b, env_of(d, pt_str_sub(s, at, end)));
            i = brace ? end : end - 1;
        } else if (s.p[i] != '"' && s.p[i] != '\'' && s.p[i] != '\\')
            pt_buf_putc(&b, s.p[i]);
    }
    return pt_arena_str(d->r->a, pt_buf_str(&b));
}

static void take_label(recipe *d, pt_str key, pt_str value) {
    const struct {
        const char *key;
        pt_str *to;
    } labels[] = {{"com.redhat.component", &d->component},
                  {"BZComponent", &d->component},
                  {"architecture", &d->arch},
                  {"version", &d->version},
                  {"release", &d->release}};
    for (size_t i = 0; i < PT_COUNT(labels); i++)
        if (pt_str_eq_nocase(key, pt_str_of(labels[i].key)))
            *labels[i].to = value;
}

// The next word of an instruction, in which quotes keep blanks together.
static bool next_word(pt_str *rest, pt_str *ret) {
    char quote = '\0';
    size_t n = 0;
    *rest = pt_str_trim(*rest);
    while (n < rest->n && (quote || pt_str_trim(pt_str_sub(*rest, n, n + 1)).n)) {
        if (rest->p[n] == '\\')
            n++; // and what it stands before
        else
            quote = pt_quote_behind(quote, rest->p[n]);
        n++;
    }
    *ret = pt_str_sub(*rest, 0, n);
    *rest = pt_str_sub(*rest, n, rest->n);
    return ret->n > 0;
}

static void take_pair(recipe *d, bool label, pt_str key, pt_str value) {
    key = expand(d, key);
    value = expand(d, value);
    if (label)
        take_label(d, key, value);
    else if (d->env_n < VARIABLES_MAX)
        d->env[d->env_n++] = (variable){key, value};
}

// LABEL and ENV: "key=value key=value …", or "key value" for the whole line.
static void take_instruction(recipe *d, pt_str line) {
    pt_str word = {0};
    if (!next_word(&line, &word))
        return;
    bool label = pt_str_eq_nocase(word, PT_STR("LABEL"));
    if (!label && !pt_str_eq_nocase(word, PT_STR("ENV")))
        return;
    for (bool first = true; next_word(&line, &word); first = false) {
        size_t equals = pt_str_find(word, '=');
        if (equals == word.n && first) {
            take_pair(d, label, word, pt_str_trim(line));
            return;
        }
        take_pair(d, label, pt_str_sub(word, 0, equals), pt_str_sub(word, equals + 1, word.n));
    }
}

// The file's name ends with version and release, "Dockerfile-ubi8-8.3-227"; else the labels have
// them.
static pt_str version_of(const recipe *d) {
    pt_str path = d->r->path;
    size_t release = pt_str_rfind(path, '-');
    size_t version = pt_str_rfind(pt_str_sub(path, 0, release), '-');
    if (release < path.n && version < release)
        return pt_str_sub(path, version + 1, path.n);
    if (!d->version.n || !d->release.n)
        return (pt_str){0};
    return pt_arena_printf(d->r->a, "%.*s-%.*s", PT_PRI(d->version), PT_PRI(d->release));
}

pt_code pt_read_build_recipe(pt_read *r, pt_str text, pt_err *e) {
    recipe *d = PT_NEW(r->a, recipe, 1);
    PT_AUTO(pt_buf_done) pt_buf whole = PT_BUF(text.n + 1); // an instruction over its lines
    pt_str line;
    if (!d)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    d->r = r;
    while (text.n <= RECIPE_BYTES_MAX && pt_line_next(&text, &line)) {
        line = pt_str_trim(line);
        bool on = line.n && line.p[line.n - 1] == '\\';
        if (!line.n || line.p[0] == '#')
            continue;
        pt_buf_put(&whole, pt_str_sub(line, 0, on ? line.n - 1 : line.n));
        pt_buf_putc(&whole, ' ');
        if (!on) {
            take_instruction(d, pt_buf_str(&whole));
            pt_buf_clear(&whole);
        }
    }
    pt_str version = version_of(d);
    if (!d->component.n || !version.n || !d->arch.n) {
        pt_fault_add(r, 1, "a build without its component, version or architecture");
        return put_fact(r, "build", pt_undefined(), e);
    }
    pt_obj o = {.a = r->a};
    pt_str nvr = pt_arena_printf(r->a, "%.*s-%.*s", PT_PRI(d->component), PT_PRI(version));
    pt_obj_set(&o, "nvr", pt_string(nvr));
    pt_obj_set(&o, "architecture", pt_string(d->arch));
    return put_fact(r, "build", pt_obj_end(&o), e);
}
