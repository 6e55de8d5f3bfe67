// paratia policy build|sign: bundles as `opa build` and `opa sign` make them.
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/policy.h"

enum {
    BUNDLE_BYTES_MAX = 1 << 30,
};

// The bundles that -b and, if it is given, the operands name.
static pt_code bundles_of(pt_policy_work *w, pt_list_option *ret, pt_err *e) {
    const char *path;
    bool ok = true;
    for (size_t i = 0; ok && (path = pt_args_nth(w->args, "bundle", i)) != NULL; i++) {
        const char **slot = PT_PUSH(&w->arena, ret);
        ok = slot != NULL;
        if (ok)
            *slot = path;
    }
    for (size_t i = 1; ok && ret->n && i < w->args->operands_n; i++) {
        const char **slot = PT_PUSH(&w->arena, ret);
        ok = slot != NULL;
        if (ok)
            *slot = w->args->operands[i];
    }
    return ok ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

// Who signs; `*ret_any` false: nobody.
static pt_code signer_of(pt_policy_work *w, pt_load_signer *ret, bool *ret_any, pt_err *e) {
    const char *key = pt_args_get(w->args, "signing-key");
    const char *claims = pt_args_get(w->args, "claims-file");
    const char *alg = pt_args_get(w->args, "signing-alg");
    *ret_any = key != NULL;
    if (!key)
        return claims
                   ? pt_err_set(e, PT_E_USAGE, "--claims-file means nothing without --signing-key")
                   : PT_OK;
    ret->key.algorithm = pt_str_of(alg ? alg : "RS256");
    pt_code code = pt_bundle_key_read(&w->arena, "signing-key", key, &ret->key.bytes, e);
    if (!code && claims)
        code = pt_bundle_key_read(&w->arena, "claims-file", claims, &ret->claims, e);
    return code;
}

// Devices, pipes and links stay what they are.
static pt_code check_place(const char *path, unsigned *ret_mode, pt_err *e) {
    struct stat st;
    *ret_mode = 0644;
    if (lstat(path, &st) != 0)
        return PT_OK; // nothing is there, or pt_file_replace says what is wrong
    *ret_mode = st.st_mode & 0777;
    if (S_ISREG(st.st_mode))
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "it is there, and no regular file");
    pt_err_remedy(e, "name a file that is new, or may be replaced");
    return code;
}

static pt_code write_to(const char *path, pt_str text, pt_err *e) {
    unsigned mode;
    pt_code code = check_place(path, &mode, e);
    if (!code)
        code = pt_file_replace(path, text, mode, e);
    if (code)
        pt_err_at(e, "%s", path);
    return code;
}

// -- sign -----------------------------------------------------------------------------------------

static pt_code sign(pt_policy_work *w, pt_err *e) {
    pt_list_option paths = {0};
    pt_load_signer by = {0};
    pt_str text;
    bool any;
    const char *dir = pt_args_get(w->args, "output-file-path");
    if (pt_policy_begin(w, &(pt_rights){.read_all = true}, e))
        return e->code;
    pt_code code = bundles_of(w, &paths, e);
    if (!code)
        code = signer_of(w, &by, &any, e);
    if (!code && (!any || !paths.n)) {
        code = pt_err_set(e, PT_E_USAGE, "policy sign needs --bundle and --signing-key");
        pt_err_remedy(e, "paratia policy sign -b policies --signing-key key.pem");
    }
    if (code)
        return code;
    pt_code signing = pt_load_sign(&w->load, paths.v, paths.n, &by, &text, NULL);
    pt_bundle_key_wipe(by.key.bytes);
    if (signing) {
        pt_policy_say_all(w);
        return PT_OK;
    }
    pt_str path = pt_arena_printf(&w->arena, "%s/.signatures.json", dir && *dir ? dir : ".");
    return path.p ? write_to(path.p, text, e) : pt_err_set(e, PT_E_NOMEM, "out of memory");
}

int pt_policy_sign(const pt_args *args) {
    pt_err e = {0};
    pt_policy_work w = {.args = args};
    PT_IGNORE(sign(&w, &e)); // e says
    return pt_policy_end(&w, &e);
}

// -- build ----------------------------------------------------------------------------------------

static pt_code refuse(pt_err *e, const char *what, const char *value, const char *remedy) {
    pt_code code = pt_err_set(e, PT_E_USAGE, "--%s %s is not supported", what, value);
    pt_err_remedy(e, "%s", remedy);
    return code;
}

static pt_code check_words(const pt_args *args, pt_err *e) {
    const char *target = pt_args_get(args, "target");
    const char *optimize = pt_args_get(args, "optimize");
    const char *entrypoint = pt_args_get(args, "entrypoint");
    if (target && !pt_str_eqz(pt_str_of(target), "rego"))
        return refuse(e, "target", target, "opa build makes Wasm and plans");
    if (optimize && !pt_str_eqz(pt_str_of(optimize), "0"))
        return refuse(e, "optimize", optimize, "opa build optimizes; what it makes is loaded");
    if (entrypoint)
        return refuse(e, "entrypoint", entrypoint, "without --optimize it changes nothing");
    if (pt_args_get(args, "bundle"))
        return PT_OK;
    if (pt_args_get(args, "signing-key") || pt_args_get(args, "verification-key") ||
        pt_args_get(args, "patch"))
        return pt_err_set(e, PT_E_USAGE,
                          "files are not verified, signed or patched: --bundle says what they are");
    if (args->operands_n > 1)
        return PT_OK;
    pt_code code = pt_err_set(e, PT_E_USAGE, "policy build needs a PATH, or --bundle");
    pt_err_remedy(e, "paratia policy build -b policies");
    return code;
}

// Without --bundle a manifest is a file like any other: most likely not what is meant.
static void say_manifest(pt_policy_work *w, const char *path) {
    pt_str file = pt_arena_printf(&w->arena, "%s/.manifest", path);
    if (file.p && access(file.p, F_OK) == 0)
        fprintf(stderr, "paratia: %s is ignored: --bundle heeds it\n", file.p);
}

static bool load_all(pt_policy_work *w, const pt_list_option *bundles) {
    for (size_t i = 0; i < bundles->n; i++)
        PT_IGNORE(pt_load_bundle(&w->load, bundles->v[i], NULL)); // the load keeps it
    for (size_t i = 1; !bundles->n && i < w->args->operands_n; i++) {
        say_manifest(w, w->args->operands[i]);
        PT_IGNORE(pt_load_path(&w->load, w->args->operands[i], NULL));
    }
    PT_IGNORE(pt_load_end(&w->load, NULL));
    const char *delta;
    for (size_t i = 0; (delta = pt_args_nth(w->args, "patch", i)) != NULL && !pt_policy_wrong(w);
         i++)
        PT_IGNORE(pt_load_delta(&w->load, delta, NULL));
    return !w->parsed.full && !w->arena.full;
}

static pt_code build(pt_policy_work *w, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf out = PT_BUF(BUNDLE_BYTES_MAX);
    pt_list_option bundles = {0};
    pt_load_signer by = {0};
    bool any;
    const char *path = pt_args_get(w->args, "output");
    const char *id = pt_args_get(w->args, "verification-key-id");
    pt_code code = check_words(w->args, e);
    if (code || pt_policy_begin(w, &(pt_rights){.read_all = true}, e))
        return e->code;
    code = bundles_of(w, &bundles, e);
    if (!code)
        code = signer_of(w, &by, &any, e);
    if (code)
        return code;
    if (!by.claims.n) // as opa build: the claims say it, or else we
        by.key.id = pt_str_of(id ? id : "default");
    if (!load_all(w, &bundles) || !pt_policy_compile(w))
        return pt_err_set(e, PT_E_NOMEM, "the policies need more memory than the limit");
    if (!pt_policy_wrong(w))
        PT_IGNORE(pt_load_pack(&w->load, pt_args_get(w->args, "revision"), any ? &by : NULL, &out,
                               NULL)); // likewise
    pt_bundle_key_wipe(by.key.bytes);
    if (pt_policy_wrong(w)) {
        pt_policy_say_all(w);
        return PT_OK;
    }
    return write_to(path ? path : "bundle.tar.gz", pt_buf_str(&out), e);
}

int pt_policy_build(const pt_args *args) {
    pt_err e = {0};
    pt_policy_work w = {.args = args};
    PT_IGNORE(build(&w, &e)); // e says
    return pt_policy_end(&w, &e);
}
