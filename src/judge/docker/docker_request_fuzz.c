// Any document of the daemon is judged or refused. The input is the document itself, or, so that
// fuzzing gets deeper, a method, an address and a body, a line each. Nothing that the host knows:
// then whatever needs a fact is denied.
#include <string.h>

#include "crypto/crypto.h"
#include "judge/docker/docker_request.h"
#include "value/json.h"

static pt_str take_line(pt_str *rest) {
    size_t n = pt_str_find(*rest, '\n');
    pt_str line = pt_str_sub(*rest, 0, n);
    *rest = pt_str_sub(*rest, n + 1, rest->n);
    return line;
}

static pt_str document_of(pt_arena *a, pt_str text) {
    if (pt_str_starts(text, PT_STR("{")))
        return text;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "RequestMethod", pt_string(take_line(&text)));
    pt_obj_set(&o, "RequestUri", pt_string(take_line(&text)));
    pt_buf base64 = PT_BUF(16 << 20);
    pt_base64_put(&base64, text);
    pt_obj_set(&o, "RequestBody", pt_string(pt_arena_str(a, pt_buf_str(&base64))));
    pt_buf b = PT_BUF(16 << 20);
    pt_assert(pt_json_write(&b, pt_obj_end(&o), NULL, NULL) == PT_OK);
    pt_str document = pt_arena_str(a, pt_buf_str(&b));
    pt_buf_done(&base64);
    pt_buf_done(&b);
    return document;
}

static pt_fact unknown(void *context, pt_arena *a, pt_str name) {
    (void)context;
    (void)a;
    (void)name;
    return pt_fact_unknown(PT_STR("not looked at"), (pt_str){0});
}

// A container that has what others are after, so that what is inherited is judged, too.
static pt_fact some_container(void *context, pt_arena *a, pt_str name) {
    static const char stored[] =
        "{\"config\":{\"Config\":{},\"MountPoints\":{\"/x\":{\"Source\":\"/etc\"}}},"
        "\"host\":{\"NetworkMode\":\"container:a\",\"Privileged\":true}}";
    pt_value v;
    if (name.n % 2 || pt_json_parse(a, pt_str_of(stored), NULL, &v, NULL))
        return unknown(context, a, name);
    return pt_fact_known(v, (pt_str){0});
}

// Every container is another tenant's.
static pt_fact others_container(void *context, pt_arena *a, pt_str name) {
    static const char stored[] =
        "{\"config\":{\"Config\":{\"Labels\":{\"paratia.tenant\":\"u\"}},\"MountPoints\":{}},"
        "\"host\":{}}";
    pt_value v;
    if (pt_json_parse(a, pt_str_of(stored), NULL, &v, NULL))
        return unknown(context, a, name);
    return pt_fact_known(v, (pt_str){0});
}

// However a tenant spells it, nothing leads to a container that is not his, nor to a volume or a
// network of another name.
static void try_as_tenant(pt_arena *a, const pt_docker_request *r) {
    static const pt_docker_host host = {.container = others_container, .volume = unknown};
    static const pt_docker_asker asker = {.tenant = {"t", 1}};
    static const pt_docker_policy policy = {.tags = true, .shared = true, .asker = &asker};
    pt_docker_verdict v;
    pt_err e = {0};
    pt_assert(pt_docker_judge(a, r, &host, &policy, &v, &e) == PT_OK);
    pt_str id = pt_text(pt_getz(r->args, "id"));
    bool named =
        pt_str_starts(r->path, PT_STR("/volumes/")) || pt_str_starts(r->path, PT_STR("/networks/"));
    pt_value labels = pt_getz(r->body, "Labels");
    pt_assert(!v.allow || !id.n || !pt_str_starts(r->path, PT_STR("/containers/")));
    pt_assert(!v.allow || !id.n || !named || pt_str_starts(id, PT_STR("t.")));
    pt_assert(!v.allow || !pt_str_ends(r->path, PT_STR("/create")) || !pt_defined(r->body) ||
              pt_str_eqz(pt_text(pt_getz(labels, PT_DOCKER_TENANT_LABEL)), "t"));
    pt_assert(!v.allow || !pt_str_starts(r->path, PT_STR("/exec/")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pt_docker_host host = {.container = some_container, .volume = unknown};
    static const pt_str names[] = {{"a", 1}, {"/srv", 4}};
    static const pt_docker_policy open = {.tags = true,
                                          .bind_prefixes = names,
                                          .n_bind_prefixes = 2,
                                          .registries = names,
                                          .n_registries = 2,
                                          .protected_names = names,
                                          .n_protected = 2};
    pt_arena a = {0};
    pt_err e = {0};
    pt_docker_request r;
    pt_str document = document_of(&a, (pt_str){(const char *)data, size});
    if (pt_docker_request_read(&a, document, &r, &e) == PT_OK) {
        const pt_docker_policy *policies[] = {NULL, &open};
        for (size_t i = 0; i < PT_COUNT(policies); i++) {
            pt_docker_verdict v;
            pt_assert(pt_docker_judge(&a, &r, &host, policies[i], &v, &e) == PT_OK);
            pt_assert(v.allow == (v.offences.n == 0));
            pt_assert(pt_str_utf8(pt_docker_message(&a, &v), NULL));
            pt_assert(r.endpoint || !v.allow);
        }
        try_as_tenant(&a, &r);
    } else {
        pt_assert(e.code != PT_OK && e.what[0]);
    }
    pt_arena_done(&a);
    return 0;
}
