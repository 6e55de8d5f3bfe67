#include "judge/docker/endpoint.h"
#include "judge/docker/fold.h"
#include "judge/docker/testing_docker.h"

#define JSON "'Content-Type':'application/json'"

static pt_code read_request(pt_arena *a, const testing_request *r, pt_docker_request *ret,
                            pt_err *e) {
    return pt_docker_request_read(a, testing_document(a, r), ret, e);
}

static void test_request_is_read_into_its_parts(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_err e = {0};
    pt_docker_request r;
    pt_str document = testing_quoted(
        &a, "{'User':'alice','UserAuthNMethod':'TLS','RequestMethod':'POST','RequestUri':"
            "'/v1.044/containers/create?name=web&name=other&platform=','RequestBody':"
            "'eyJJbWFnZSI6Im5naW54In0K','RequestHeaders':{'Content-Length':'18',"
            "'Content-Type':'application/json'}}");
    assert_int_equal(pt_docker_request_read(&a, document, &r, &e), PT_OK);
    assert_str(r.method, "POST");
    assert_str(r.path, "/containers/create");
    assert_str(r.version, "1.44");
    assert_str(r.user, "alice");
    assert_str(r.user_method, "TLS");
    assert_str(pt_text(pt_getz(r.query, "name")), "web");
    assert_int_equal(pt_len(r.query_all), 6);
    assert_str(pt_text(pt_getz(r.body, "Image")), "nginx");
    assert_str(r.body_bytes, "{\"Image\":\"nginx\"}\n");
    assert_string_equal(pt_docker_endpoint_name(r.endpoint), "containers/create");
    assert_false(pt_defined(pt_getz(r.raw, "RequestBody")));
    assert_true(pt_defined(pt_getz(r.raw, "RequestHeaders")));
    pt_arena_done(&a);
}

typedef struct route_case {
    const char *method, *uri;
    const char *name; // of its endpoint
    const char *id, *version;
} route_case;

static void test_request_finds_the_endpoint_that_the_daemon_finds(void **state) {
    (void)state;
    static const route_case cases[] = {
        {"GET", "/_ping", "ping", "", ""},
        {"HEAD", "/v1.44/_ping", "ping", "", "1.44"},
        {"GET", "http://docker/v1.24/info", "info", "", "1.24"},
        {"GET", "HTTPS://host:1/info?x", "info", "", ""},
        {"POST", "/v01.044.0/containers/w%65b/start", "containers/start", "web", "1.44"},
        {"POST", "/v1..44/containers/a/stop", "containers/stop", "a", "1.0.44"},
        {"POST", "/containers/a%2fb/kill", "containers/kill", "a/b", ""},
        {"DELETE", "/containers/a/checkpoints/c", "checkpoints/delete", "a", ""},
        {"DELETE", "/containers/a/b/checkpoints/c", "containers/delete", "a/b/checkpoints/c", ""},
        {"GET", "/containers/json", "containers", "", ""},
        {"GET", "/containers/json/json", "containers/inspect", "json", ""},
        {"GET", "/images/reg.example:5000/a/b:1/json", "images/inspect", "reg.example:5000/a/b:1",
         ""},
        {"POST", "/plugins/a/b/disable", "plugins/disable", "a/b", ""},
        {"GET", "/networks/", "networks", "", ""},
        {"GET", "/services/a/logs", "services/logs", "a", ""},
        {"GET", "/services/a/b", "unknown", "", ""},
        {"POST", "/Containers/create", "unknown", "", ""},
        {"PATCH", "/containers/create", "unknown", "", ""},
        {"POST", "/containers/create/", "unknown", "", ""},
        {"POST", "/v1.44/v1.44/containers/prune", "unknown", "", "1.44"},
        {"POST", "/v1.44", "unknown", "", ""},
        {"POST", "/containers/a/starts", "unknown", "", ""},
        {"POST", "/containers//startle", NULL, "", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        const route_case *c = &cases[i];
        pt_arena a = {0};
        pt_err e = {0};
        pt_docker_request r = {0};
        testing_request request = {c->method, c->uri, NULL, NULL};
        pt_code code = read_request(&a, &request, &r, &e);
        if (code && c->name)
            print_error("%s %s: %s\n", c->method, c->uri, e.what);
        assert_int_equal(code == PT_OK, c->name != NULL);
        if (c->name) {
            assert_string_equal(pt_docker_endpoint_name(r.endpoint), c->name);
            assert_str(pt_text(pt_getz(r.args, "id")), c->id);
            assert_str(r.version, c->version);
        }
        pt_arena_done(&a);
    }
}

typedef struct refusal {
    testing_request request;
    const char *what; // how e->what begins
} refusal;

static void test_request_that_can_be_read_in_two_ways_is_refused(void **state) {
    (void)state;
    static const refusal cases[] = {
        {{"POST", "/info#", NULL, NULL}, "PT-GRD-REQUEST: the request's address: a # in it"},
        {{"POST", "/info?a=#%zz", NULL, NULL}, "PT-GRD-REQUEST: the request's address: a # in it"},
        {{"POST", "/containers/../info", NULL, NULL}, "PT-GRD-REQUEST: the request's address: its"},
        {{"POST", "/containers/%2e%2e/info", NULL, NULL}, "PT-GRD-REQUEST: the request's address"},
        {{"POST", "//containers/create", NULL, NULL}, "PT-GRD-REQUEST: the request's address: its"},
        {{"POST", "/./info", NULL, NULL}, "PT-GRD-REQUEST: the request's address: its path has //"},
        {{"POST", "/containers/%0a/start", NULL, NULL}, "PT-GRD-REQUEST: the request's address: a"},
        {{"POST", "/containers/%/start", NULL, NULL}, "PT-GRD-REQUEST: the request's address: its"},
        {{"POST", "/containers/%ff/start", NULL, NULL}, "PT-GRD-REQUEST: the request's address: "},
        {{"POST", "/info?a=%zz", NULL, NULL}, "PT-GRD-REQUEST: the request's address: its query"},
        {{"POST", "/info?a=1;b=2", NULL, NULL}, "PT-GRD-REQUEST: the request's address: its query"},
        {{"POST", "http:/info", NULL, NULL}, "PT-GRD-REQUEST: the request's address: it names no"},
        {{"POST", "*", NULL, NULL}, "PT-GRD-REQUEST: the request's address: it names no path"},
        {{"POST", "http://docker", NULL, NULL}, "PT-GRD-REQUEST: the request's address: it names"},
        {{"POST", "/v1.000000000000000044/info", NULL, NULL}, "PT-GRD-REQUEST: the request's addr"},
        {{"POST", "/containers/create", NULL, NULL}, "PT-GRD-BODY: no body came, and this"},
        {{"POST", "/containers/create", "", "{" JSON "}"}, "PT-GRD-BODY: no body came, and this"},
        {{"POST", "/containers/create", "null", NULL}, "PT-GRD-BODY: the body is null"},
        {{"POST", "/containers/create", "[]", NULL}, "PT-GRD-BODY: the body is not an object"},
        {{"POST", "/containers/create", "{}{}", NULL}, "PT-GRD-BODY: the body is not valid JSON"},
        {{"POST", "/containers/create", "{} ]", NULL}, "PT-GRD-BODY: the body is not valid JSON"},
        {{"POST", "/containers/create", "{'Image':'\xff'}", NULL}, "PT-GRD-BODY: the body is not"},
        {{"POST", "/containers/create", "{'Image':'a','Image':'b'}", NULL}, "PT-GRD-BODY: the bod"},
        {{"POST", "/containers/create", "{'Image':'a','image':'b'}", NULL},
         "PT-GRD-BODY: Image comes twice in one object"},
        {{"POST", "/containers/create", "{'HostConfig':{'Bind\xc5\xbf':[],'BINDS':[]}}", NULL},
         "PT-GRD-BODY: HostConfig.Binds comes twice in one object"},
        {{"POST", "/containers/create", "{'hostConfig':{'Mounts':[{},{'Type':1}]}}", NULL},
         "PT-GRD-BODY: HostConfig.Mounts[1].Type is not a text"},
        {{"POST", "/containers/create", "{'HostConfig':{'Privileged':'true'}}", NULL},
         "PT-GRD-BODY: HostConfig.Privileged is not true or false"},
        {{"POST", "/containers/create", "{'HostConfig':{'Memory':1e2}}", NULL},
         "PT-GRD-BODY: HostConfig.Memory is not a whole number"},
        {{"POST", "/containers/create", "{'privileged':true}", NULL},
         "PT-GRD-BODY: Privileged stands beside HostConfig"},
        {{"POST", "/containers/create", "{}", "{'Content-Length':'3'," JSON "}"},
         "PT-GRD-BODY: less or more came of the body"},
        {{"POST", "/containers/create", "{}", "{'content-length':'x'," JSON "}"},
         "PT-GRD-BODY: its Content-Length is no number"},
        {{"POST", "/containers/create", "{}", "{'Transfer-Encoding':'gzip'}"},
         "PT-GRD-BODY: a header Transfer-Encoding"},
        {{"POST", "/containers/a/start", "{}", NULL}, "PT-GRD-BODY: containers/start takes no"},
        {{"POST", "/containers/a/start", NULL, "{'Content-Length':'7'}"}, "PT-GRD-BODY: less or"},
        {{"POST", "/containers/a/start", NULL, "{" JSON "}"}, "PT-GRD-BODY: it has a Content-Type"},
        {{"GET", "/containers/json", "{}", NULL}, "PT-GRD-BODY: containers takes no body"},
        {{"POST", "/images/create?fromImage=a", NULL,
          "{'Content-Type':'Application/x-www-form-urlencoded; charset=x'}"},
         "PT-GRD-BODY: Content-Type Application/x-www-form-urlencoded; charset=x: form bodies"},
        {{"POST", "/build", NULL, "{'Content-Type':' multipart/form-data;boundary=a'}"},
         "PT-GRD-BODY: Content-Type multipart/form-data;boundary=a: form bodies are refused"},
        {{"POST", "/images/create?fromImage=a", NULL, "{'Content-Type':'text/plain'}"},
         "PT-GRD-BODY: it has a Content-Type but no Content-Length"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        const refusal *c = &cases[i];
        pt_arena a = {0};
        pt_err e = {0};
        pt_docker_request r = {0};
        pt_code code = read_request(&a, &c->request, &r, &e);
        if (code != PT_E_FORMAT || strncmp(e.what, c->what, strlen(c->what)) != 0)
            print_error("%s %s %s: %s\n", c->request.method, c->request.uri, c->request.body,
                        e.what);
        assert_int_equal(code, PT_E_FORMAT);
        assert_int_equal(strncmp(e.what, c->what, strlen(c->what)), 0);
        assert_true(e.remedy[0]);
        pt_arena_done(&a);
    }
}

static void test_request_beyond_the_limits_is_refused(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_docker_request r;
    char *big = pt_arena_take(&a, PT_DOCKER_DOCUMENT_BYTES_MAX + 8);
    memset(big, ' ', PT_DOCKER_DOCUMENT_BYTES_MAX + 1);
    pt_str document = {big, PT_DOCKER_DOCUMENT_BYTES_MAX + 1};
    assert_int_equal(pt_docker_request_read(&a, document, &r, NULL), PT_E_LIMIT);

    memset(big, '1', PT_DOCKER_BODY_BYTES_MAX + 1);
    big[PT_DOCKER_BODY_BYTES_MAX + 1] = 0;
    testing_request body = {"POST", "/containers/create", big, NULL};
    assert_int_equal(read_request(&a, &body, &r, NULL), PT_E_LIMIT);

    memset(big, '[', 200);
    big[200] = 0;
    testing_request deep = {"POST", "/plugins/a/set", big, NULL};
    assert_int_equal(read_request(&a, &deep, &r, NULL), PT_E_LIMIT);

    pt_buf many = PT_BUF(PT_DOCKER_BODY_BYTES_MAX);
    pt_buf_putz(&many, "{'Cmd':[''");
    for (size_t i = 0; i < PT_DOCKER_ENTRIES_MAX; i++)
        pt_buf_putz(&many, ",''");
    pt_buf_putz(&many, "]}");
    pt_buf_putc(&many, 0);
    testing_request entries = {"POST", "/containers/a/exec", many.p, NULL};
    assert_int_equal(read_request(&a, &entries, &r, NULL), PT_E_LIMIT);
    pt_buf_done(&many);
    pt_arena_done(&a);
}

// A retry may carry an emptied document.
static void test_request_without_its_parts_is_refused(void **state) {
    (void)state;
    static const char *const documents[] = {
        "",
        "{",
        "{}",
        "[]",
        "{'RequestMethod':'GET'}",
        "{'RequestUri':'/info'}",
        "{'RequestMethod':'GET','RequestUri':''}",
        "{'RequestMethod':1,'RequestUri':'/info'}",
        "{'RequestMethod':'GET','RequestUri':'/info','RequestHeaders':[]}",
        "{'RequestMethod':'GET','RequestUri':'/info','RequestUri':'/info'}",
        "{'RequestMethod':'POST','RequestUri':'/containers/create','RequestBody':'e30'}",
        "{'RequestMethod':'POST','RequestUri':'/containers/create','RequestBody':'e 30='}",
    };
    for (size_t i = 0; i < PT_COUNT(documents); i++) {
        pt_arena a = {0};
        pt_docker_request r;
        pt_str document = testing_quoted(&a, documents[i]);
        assert_int_equal(pt_docker_request_read(&a, document, &r, NULL), PT_E_FORMAT);
        pt_arena_done(&a);
    }
}

static void test_request_body_gets_the_names_of_the_api(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_docker_request r;
    pt_err e = {0};
    testing_request request = {
        "POST", "/containers/create",
        "{'hostconfig':{'NETWOR\xe2\x84\xaa"
        "MODE':'host','\xc5\xbf"
        "ecurityopt':['a'],'Unknown':1,"
        "'sysctls':{'Net.A':'1','net.a':'2'},'capadd':'ALL','PidsLimit':null,"
        "'mounts':[{'TYPE':'bind','volumeoptions':{'driverconfig':{'options':{'O':'x'}}}}]}}",
        NULL};
    assert_int_equal(read_request(&a, &request, &r, &e), PT_OK);
    pt_value want = testing_json(
        &a, "{'HostConfig':{'NetworkMode':'host','SecurityOpt':['a'],'Unknown':1,"
            "'Sysctls':{'Net.A':'1','net.a':'2'},'CapAdd':['ALL'],"
            "'Mounts':[{'Type':'bind','VolumeOptions':{'DriverConfig':{'Options':{'O':'x'}}}}]}}");
    assert_true(pt_eq(r.body, want));
    pt_arena_done(&a);
}

static void test_request_commit_may_send_null_or_nothing(void **state) {
    (void)state;
    pt_arena a = {0};
    pt_docker_request r;
    testing_request null = {"POST", "/commit?container=a", "null", NULL};
    assert_int_equal(read_request(&a, &null, &r, NULL), PT_OK);
    assert_false(pt_defined(r.body));
    testing_request none = {"POST", "/commit?container=a", NULL, "{'Content-Length':'0'}"};
    assert_int_equal(read_request(&a, &none, &r, NULL), PT_OK);
    assert_false(pt_defined(r.body));
    testing_request cut = {"POST", "/commit?container=a", NULL, "{" JSON "}"};
    assert_int_equal(read_request(&a, &cut, &r, NULL), PT_E_FORMAT);
    testing_request some = {"POST", "/commit?container=a", "{'user':'0'}", NULL};
    assert_int_equal(read_request(&a, &some, &r, NULL), PT_OK);
    assert_str(pt_text(pt_getz(r.body, "User")), "0");
    pt_arena_done(&a);
}

// Streams are never shown to a plugin, so that their length says nothing.
static void test_request_streams_need_no_body(void **state) {
    (void)state;
    static const testing_request cases[] = {
        {"POST", "/build", NULL, "{'Content-Type':'application/x-tar'}"},
        {"POST", "/images/create?fromSrc=-", NULL, "{'Content-Type':'text/plain'}"},
        {"PUT", "/containers/a/archive?path=/", NULL, "{'Content-Length':'1024'}"},
        {"POST", "/auth", NULL, "{'Content-Length':'99'," JSON "}"},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_docker_request r;
        assert_int_equal(read_request(&a, &cases[i], &r, NULL), PT_OK);
        pt_arena_done(&a);
    }
}

static void check_sorted(const pt_docker_type *t) {
    for (size_t i = 0; i < t->n; i++)
        assert_ptr_equal(pt_docker_field_of(t, t->fields[i].name), &t->fields[i]);
}

static void test_fields_are_found_by_their_own_names(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_DOCKER_TYPE_COUNT; i++) {
        const pt_docker_type *t = pt_docker_types[i];
        assert_non_null(t);
        check_sorted(t);
        for (size_t k = 0; k < t->n; k++)
            check_sorted(t->fields[k].type->of ? t->fields[k].type->of : t->fields[k].type);
    }
}

static void test_request_survives_any_lack_of_memory(void **state) {
    (void)state;
    pt_arena keep = {0};
    testing_request request = {"POST", "/v1.44/containers/a/exec?x=1",
                               "{'cmd':['a'],'Env':['B=1'],'user':'0'}", NULL};
    pt_str document = testing_document(&keep, &request);
    pt_code code = PT_E_NOMEM;
    for (size_t room = 64; code != PT_OK; room += 64) {
        pt_arena a;
        pt_docker_request r;
        pt_arena_init(&a, room);
        code = pt_docker_request_read(&a, document, &r, NULL);
        assert_true(code == PT_OK || code == PT_E_NOMEM);
        pt_arena_done(&a);
    }
    pt_arena_done(&keep);
}

// All that rules look at one by one; commands and ports may be as long as a body.
static void test_request_lists_are_bounded(void **state) {
    (void)state;
    static const struct {
        const char *uri, *before, *item, *after;
        bool bounded;
    } cases[] = {
        {"/containers/create", "{'HostConfig':{'Binds':[", "'/srv:/a'", "]}}", true},
        {"/containers/create", "{'HostConfig':{'Mounts':[", "{}", "]}}", true},
        {"/containers/create", "{'HostConfig':{'VolumesFrom':[", "'a'", "]}}", true},
        {"/containers/create", "{'HostConfig':{'CapAdd':[", "'A'", "]}}", true},
        {"/containers/create", "{'HostConfig':{'SecurityOpt':[", "'a'", "]}}", true},
        {"/containers/create", "{'HostConfig':{'Links':[", "'a:b'", "]}}", true},
        {"/services/create", "{'TaskTemplate':{'ContainerSpec':{'Mounts':[", "{}", "]}}}", true},
        {"/containers/create", "{'HostConfig':{'ExtraHosts':[", "'a:1'", "]}}", true},
        {"/containers/create", "{'Cmd':[", "'a'", "]}", false},
        {"/containers/a/exec", "{'Cmd':[", "'a'", "]}", false},
        {"/services/create", "{'TaskTemplate':{'ContainerSpec':{'Args':[", "'a'", "]}}}", false},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        for (size_t more = 0; more < 2; more++) {
            pt_arena a = {0};
            pt_err e = {0};
            pt_docker_request r;
            pt_buf b = PT_BUF(1 << 20);
            pt_buf_putz(&b, cases[i].before);
            for (size_t k = 0; k < PT_DOCKER_ITEMS_MAX + more; k++)
                pt_buf_printf(&b, "%s%s", k ? "," : "", cases[i].item);
            pt_buf_putz(&b, cases[i].after);
            pt_buf_putc(&b, 0);
            testing_request body = {"POST", cases[i].uri, b.p, NULL};
            assert_int_equal(read_request(&a, &body, &r, &e),
                             cases[i].bounded && more ? PT_E_LIMIT : PT_OK);
            pt_buf_done(&b);
            pt_arena_done(&a);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_is_read_into_its_parts),
        cmocka_unit_test(test_request_finds_the_endpoint_that_the_daemon_finds),
        cmocka_unit_test(test_request_that_can_be_read_in_two_ways_is_refused),
        cmocka_unit_test(test_request_beyond_the_limits_is_refused),
        cmocka_unit_test(test_request_lists_are_bounded),
        cmocka_unit_test(test_request_without_its_parts_is_refused),
        cmocka_unit_test(test_request_body_gets_the_names_of_the_api),
        cmocka_unit_test(test_request_commit_may_send_null_or_nothing),
        cmocka_unit_test(test_request_streams_need_no_body),
        cmocka_unit_test(test_fields_are_found_by_their_own_names),
        cmocka_unit_test(test_request_survives_any_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
