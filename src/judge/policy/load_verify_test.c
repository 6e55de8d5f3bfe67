
#include <stdio.h>
#include <string.h>

#include "base/testing.h"
#include "judge/policy/fn/token.h"
#include "judge/policy/load_impl.h"

#define SECRET "not a secret but of this test"
#define FILES                                                                \
    "\"files\":[{\"name\":\"data.json\",\"algorithm\":\"SHA-256\",\"hash\":" \
    "\"015ABD7F5CC57A2DD94B7590F04AD8084273905EE33EC5CEBEAE62276A97F862\"}," \
    "{\"name\":\"a/README\",\"algorithm\":\"MD5\",\"hash\":"                 \
    "\"764efa883dda1e11db47671c4a3bbd9e\"}]"
#define HS256 "{\"alg\":\"HS256\"}"

// A key of nobody's, made for this test.
static const char ec_public[] = "-----BEGIN PUBLIC KEY-----\n"
                                "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEuHL/3wQtQnFukdEfZyWP74/4HpQw\n"
                                "aNx6o2CW2CNDKBZvoBKseZahCKFBmGPOG+tdb1EUHUeHA1wulMdrhE0T1w==\n"
                                "-----END PUBLIC KEY-----\n";

typedef struct fixture {
    pt_arena a;
    pt_symbols symbols;
    pt_diagnostics d;
    pt_load_key keys[2];
    pt_load_trust trust;
    pt_load l;
    pt_load_files files;
    pt_str why;
} fixture;

static void add(fixture *f, const char *path, pt_str bytes) {
    pt_load_entry *e = PT_PUSH(&f->a, &f->files.v);
    assert_non_null(e);
    *e = (pt_load_entry){pt_str_of(path), bytes};
}

static void begin(fixture *f) {
    *f = (fixture){0};
    f->symbols.arena = f->d.arena = &f->a;
    f->keys[0] = (pt_load_key){PT_STR("one"), PT_STR("HS256"), PT_STR(SECRET)};
    f->trust = (pt_load_trust){.keys = f->keys, .n_keys = 1, .now_s = 1800000000};
    f->l =
        (pt_load){.arena = &f->a, .symbols = &f->symbols, .diagnostics = &f->d, .trust = &f->trust};
    assert_non_null(pt_load_state_of(&f->l));
    add(f, "/data.json", PT_STR("{ \"a\": 1 }\n"));
    add(f, "/a/README", PT_STR("hi\n"));
}

// .signatures.json, by the secret.
static void sign(fixture *f, const char *header, const char *payload) {
    pt_call c = {.arena = &f->a};
    pt_str token =
        pt_token_sign(&c, PT_STR("HS256"), PT_STR(SECRET), pt_str_of(header), pt_str_of(payload));
    pt_str doc = pt_arena_printf(&f->a, "{\"signatures\":[\"%.*s\"]}", PT_PRI(token));
    assert_true(token.p && doc.p);
    add(f, "/.signatures.json", doc);
}

// "" for a bundle that holds.
static void assert_verdict(fixture *f, const char *part) {
    pt_code code = pt_load_verify(&f->l, &f->files, &f->why);
    pt_str why = f->why.p ? f->why : f->l.faults.n ? f->l.faults.v[0].message : PT_STR("");
    bool ok = *part ? code == PT_E_FORMAT && pt_str_has(why, pt_str_of(part)) : code == PT_OK;
    if (!ok) {
        print_error("%d, \"%.*s\" is not \"%s\"\n", code, PT_PRI(why), part);
        fail();
    }
    pt_arena_done(&f->a);
}

static void test_what_the_token_says_decides(void **state) {
    (void)state;
    static const struct {
        const char *header, *payload, *says;
    } rows[] = {
        {HS256, "{" FILES "}", ""},
        {HS256, "{" FILES ",\"keyid\":\"one\"}", ""},
        {"{\"alg\":\"HS256\",\"kid\":\"one\"}", "{" FILES ",\"keyid\":\"two\"}", ""},
        {HS256, "{" FILES ",\"keyid\":\"two\"}", "key corresponding to ID two not found"},
        {"{\"alg\":\"HS256\",\"kid\":\"two\"}", "{" FILES "}", "ID two not found"},
        {"{\"alg\":\"none\"}", "{" FILES "}", "algorithm is none, and the key's is HS256"},
        {"{\"alg\":\"hs256\"}", "{" FILES "}", "algorithm is hs256, and the key's is HS256"},
        {"{}", "{" FILES "}", "algorithm is , and the key's is HS256"},
        {"{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}", "{" FILES "}", "critical field"},
        {HS256, "{" FILES ",\"scope\":\"write\"}", "scope mismatch"},
        {HS256, "{" FILES ",\"scope\":1}", "\"scope\" is no text"},
        {HS256, "{" FILES ",\"scope\":null,\"iat\":null,\"iss\":\"me\"}", ""},
        {HS256, "{" FILES ",\"Scope\":\"write\"}", "field \"Scope\" is called \"scope\""},
        {HS256,
         "{" FILES ",\"\xc5\xbf"
         "cope\":\"x\"}",
         "is called \"scope\""},
        {HS256, "{" FILES ",\"iat\":\"now\"}", "\"iat\" is no time"},
        {HS256, "{" FILES ",\"iat\":1.5}", "\"iat\" is no time"},
        {HS256, "{" FILES ",\"iss\":1}", "\"iss\" is no text"},
        {HS256, "{" FILES ",\"exp\":1800000001,\"nbf\":1800000000}", ""},
        {HS256, "{" FILES ",\"exp\":1800000000.5,\"nbf\":null}", ""},
        {HS256, "{" FILES ",\"exp\":1800000000}", "is over since 2027-01-15T08:00:00Z (exp)"},
        {HS256, "{" FILES ",\"exp\":-1e300}", "is over since -1e300 (exp)"},
        {HS256, "{" FILES ",\"exp\":\"1900000000\"}", "\"exp\" is no time"},
        {HS256, "{" FILES ",\"Exp\":1}", "field \"Exp\" is called \"exp\""},
        {HS256, "{" FILES ",\"nbf\":1800000001}", "not good before 2027-01-15T08:00:01Z (nbf)"},
        {HS256, "{\"files\":[{\"Name\":\"a\"}]}", "field \"Name\" is called \"name\""},
        {HS256, "{}", "file data.json not included in bundle signature"},
        {HS256, "{\"files\":{}}", "\"files\" is no list"},
        {HS256, "{\"files\":[1]}", "a file is no object"},
        {HS256, "{\"files\":[{\"name\":1}]}", "\"name\" is no text"},
        {HS256, "{" FILES "," FILES "}", "payload: "},
        {HS256, "[]", "payload: it is no object"},
        {HS256, "{\"files\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"a\"}]}",
         "it lists file a twice"},
        {HS256, "{\"files\":[{\"name\":\"data.json\"}]}",
         "no hashing algorithm provided for file data.json"},
        {HS256, "{\"files\":[{\"name\":\"data.json\",\"algorithm\":\"SHA-3\"}]}",
         "unsupported hashing algorithm: SHA-3 (file data.json)"},
        {HS256, "{\"files\":[{\"name\":\"data.json\",\"algorithm\":\"SHA-1\",\"hash\":\"\"}]}",
         "data.json: digest mismatch (want: , got: "},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        fixture f;
        begin(&f);
        sign(&f, rows[i].header, rows[i].payload);
        assert_verdict(&f, rows[i].says);
    }
}

static void test_every_file_counts_once(void **state) {
    (void)state;
    static const struct {
        const char *path, *bytes, *says;
    } rows[] = {
        {"/b", "", "file b not included"},
        {"a/README", "hi\n", "file a/README not included"},
        {"//data.json", "{}", "file /data.json not included"},
        {"./data.json", "{\"a\":1}", "file ./data.json not included"},
        {"Data.json", "{\"a\":1}", "file Data.json not included"},
        {"a/../data.json", "{\"a\":1}", "file a/../data.json not included"},
        {"/patch.json", "{}", "file patch.json not included"},
        {"/x/.signatures.json", "{}", "multiple signatures files: \"/.signatures.json\" and \"/x/"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        fixture f;
        begin(&f);
        sign(&f, HS256, "{" FILES "}");
        add(&f, rows[i].path, pt_str_of(rows[i].bytes));
        assert_verdict(&f, rows[i].says);
    }
    fixture f;
    begin(&f);
    sign(&f, HS256, "{" FILES "}");
    f.files.v.v[1].bytes = PT_STR("ho\n");
    assert_verdict(&f, "a/README: digest mismatch (want: 764efa883dda1e11db47671c4a3bbd9e, got: ");
    begin(&f);
    sign(&f, HS256, "{" FILES "}");
    f.files.v.v[1] = f.files.v.v[2];
    f.files.v.n = 2;
    assert_verdict(&f, "file(s) [a/README] specified in bundle signatures but not found");
    begin(&f);
    sign(&f, HS256, "{" FILES "}");
    f.files.v.v[0].bytes = PT_STR("{\"a\": 1");
    assert_verdict(&f, "data.json: ");
    begin(&f);
    assert_verdict(&f, "bundle missing .signatures.json file");
}

static void test_excluded_files_may_be_anything(void **state) {
    (void)state;
    fixture f;
    begin(&f);
    sign(&f, HS256, "{" FILES "}");
    f.trust.exclude = (const char *const[]){"a/*", "new"};
    f.trust.n_exclude = 2;
    f.files.v.v[1].bytes = PT_STR("ho\n");
    add(&f, "/new", PT_STR("x"));
    assert_verdict(&f, "");
    begin(&f);
    sign(&f, HS256, "{" FILES "}");
    f.trust.exclude = (const char *const[]){"*"}; // not below a folder
    f.trust.n_exclude = 1;
    add(&f, "/a/new", PT_STR("x"));
    assert_verdict(&f, "file a/new not included");
}

static void test_the_document_is_of_one_shape(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"", "signatures decode: .signatures.json"},
        {"[]", "it is no object"},
        {"{}", "missing JWT (expected exactly one)"},
        {"{\"signatures\":[]}", "missing JWT (expected exactly one)"},
        {"{\"signatures\":null}", "missing JWT"},
        {"{\"signatures\":[\"a.b.c\",\"a.b.c\"]}", "multiple JWTs not supported"},
        {"{\"signatures\":[1]}", "is no list of texts"},
        {"{\"signatures\":{\"a\":\"b\"}}", "is no list of texts"},
        {"{\"signatures\":[\"a.b\"]}", "encoded JWT must have 3 sections, found 2"},
        {"{\"signatures\":[\"%.b.c\"]}", "failed to base64 decode JWT: \"%\""},
        {"{\"signatures\":[\"e30.%.c\"]}", "failed to base64 decode JWT: \"%\""},
        {"{\"signatures\":[\"e30.e30.%\"]}", "failed to base64 decode JWT: \"%\""},
        {"{\"signatures\":[\"e30.e30.YQ==\"]}", "failed to base64 decode JWT: \"YQ==\""},
        {"{\"signatures\":[\"e30.e30.YQ\\n\"]}", "failed to base64 decode JWT: \"YQ\\n\""},
        {"{\"Signatures\":[\"e30.e30.\"]}", "field \"Signatures\" is called \"signatures\""},
        {"{\"signatures\":[\"e30.e30.\"],\"plugin\":\"mine\"}", "no verifier exists under id mine"},
        {"{\"signatures\":[],\"signatures\":[\"e30.e30.\"]}", "signatures decode"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        fixture f;
        begin(&f);
        add(&f, "/.signatures.json", pt_str_of(rows[i][0]));
        assert_verdict(&f, rows[i][1]);
    }
    char deep[1 << 12];
    memset(deep, '[', sizeof deep);
    fixture f;
    begin(&f);
    add(&f, "/.signatures.json", (pt_str){deep, sizeof deep});
    assert_int_equal(pt_load_verify(&f.l, &f.files, &f.why), PT_E_FORMAT);
    pt_arena_done(&f.a);
}

static void test_keys_are_of_their_algorithm(void **state) {
    (void)state;
    static const struct {
        const char *algorithm, *bytes, *says;
    } rows[] = {
        {"HS256", ec_public, "a PEM text is no secret for HS256"},
        {"HS256", "", "the secret is empty"},
        {"HS256", "another", "failed to verify JWT signature"},
        {"ES256", ec_public, "algorithm is HS256, and the key's is ES256"},
        {"none", SECRET, "unknown signature algorithm: none"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        fixture f;
        begin(&f);
        sign(&f, HS256, "{" FILES "}");
        f.keys[0].algorithm = pt_str_of(rows[i].algorithm);
        f.keys[0].bytes = pt_str_of(rows[i].bytes);
        assert_verdict(&f, rows[i].says);
    }
    static const struct {
        const char *algorithm, *bytes, *says;
    } kinds[] = {
        {"ES256", ec_public, "failed to verify JWT signature"},
        {"ES384", ec_public, "the key is of another kind than ES384 wants"},
        {"RS256", ec_public, "the key is of another kind than RS256 wants"},
        {"RS256", SECRET, "failed to parse PEM block containing the key"},
        {"RS256", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
         "the PEM block PUBLIC KEY is no key that can be read"},
        {"RS256",
         "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
         "the PEM block ENCRYPTED PRIVATE KEY is no key that can be read"},
    };
    for (size_t i = 0; i < PT_COUNT(kinds); i++) {
        char header[64];
        fixture f;
        begin(&f);
        snprintf(header, sizeof header, "{\"alg\":\"%s\"}", kinds[i].algorithm);
        sign(&f, header, "{" FILES "}");
        f.keys[0].algorithm = pt_str_of(kinds[i].algorithm);
        f.keys[0].bytes = pt_str_of(kinds[i].bytes);
        assert_verdict(&f, kinds[i].says);
    }
}

static void test_of_several_keys_the_named_one_counts(void **state) {
    (void)state;
    static const struct {
        const char *key_id, *payload, *says;
    } rows[] = {
        {"", "{" FILES ",\"keyid\":\"one\"}", ""},
        {"", "{" FILES ",\"keyid\":\"two\"}", "failed to verify JWT signature"},
        {"", "{" FILES "}", "verification key ID is empty"},
        {"one", "{" FILES ",\"keyid\":\"two\"}", ""},
        {"two", "{" FILES ",\"keyid\":\"one\"}", "failed to verify JWT signature"},
        {"three", "{" FILES ",\"keyid\":\"one\"}", "ID three not found"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        fixture f;
        begin(&f);
        sign(&f, HS256, rows[i].payload);
        f.keys[1] = (pt_load_key){PT_STR("two"), PT_STR("HS256"), PT_STR("another")};
        f.trust.n_keys = 2;
        f.trust.key_id = pt_str_of(rows[i].key_id);
        assert_verdict(&f, rows[i].says);
    }
}

// What OPA's `opa sign` gives for these documents.
static void test_a_document_s_digest_is_of_what_it_says(void **state) {
    (void)state;
    static const char *const rows[][3] = {
        {"data.json", "{\"z\":1.0,\"y\":[1e3,-0,100000000000000000000,1E400],\"x\":null}",
         "427758eb29051772922e4f14f017a95538d7fb5c9d4f91502cee45d3b6742766"},
        {"data.json",
         "{\"s\":\"<\303\251\\u2028\342\200\251\342\200\252\\u007f\\u0001\\b\\f\\ud800\\/"
         "\\u00e9&\"}",
         "206b3da9f64eda91e088e5a4467e1a3f0949f87e027fdf2845123332b59a5f6c"},
        {"data.json", " {\"b\" : [ ] , \"a\":{},\"a\":{\"b\":true} } ",
         "d439e133c2a5bc6f2c8c3b30b1e0a179fda206a84914e972dcb3d59949874d20"},
        {"a/data.yaml", "k: 1.0\nl: 1e3\nm: yes\nn: \"a\\u2028\"\n",
         "52ee8cf87d20a1d28152ba6403404b5ac8fad596aa3da738d4d02946116a78c4"},
        {"a/data.yml", "{\"a\": 1.0, \"b\": 1e2}",
         "f52cbf43ca680cc96b2b10c7359b32811fb13304dfe2b7b9169f6860ecc9375e"},
        {".manifest", "{\"roots\": [\"a\"],  \"revision\": \"r\"}",
         "f908fb0af79e7fd31ff194cfd93009c94d81b280d1b71621812581ecf8618974"},
        {"x.manifest", "{\"roots\": [\"a\"],  \"revision\": \"r\"}",
         "3b86c575574af4576576f08252b5464a549c25df842532def6c9f7ea247cd8e8"},
        {"a.json", "{\"a\":1.0}",
         "c29a44abc114a1d75486434c013102c9e736f526b4fd19658d9492b7b224de6d"},
        {"p.rego", "package p\n",
         "0ad6261536f6380b14ade1a508ac911b8c48230731746e0c76abd26bf3e3a15d"},
    };
    for (size_t i = 0; i < PT_COUNT(rows); i++) {
        fixture f;
        begin(&f);
        pt_buf digest = PT_BUF(64);
        pt_buf hex = PT_BUF(128);
        assert_int_equal(pt_load_digest(&f.l, PT_STR("SHA-256"), pt_str_of(rows[i][0]),
                                        pt_str_of(rows[i][1]), &digest),
                         PT_OK);
        pt_buf_put(&hex, PT_STR(""));
        for (size_t k = 0; k < digest.n; k++)
            pt_buf_printf(&hex, "%02x", (unsigned char)digest.p[k]);
        assert_str(pt_buf_str(&hex), rows[i][2]);
        pt_buf_done(&digest);
        pt_buf_done(&hex);
        pt_arena_done(&f.a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_token_says_decides),
        cmocka_unit_test(test_every_file_counts_once),
        cmocka_unit_test(test_excluded_files_may_be_anything),
        cmocka_unit_test(test_the_document_is_of_one_shape),
        cmocka_unit_test(test_keys_are_of_their_algorithm),
        cmocka_unit_test(test_of_several_keys_the_named_one_counts),
        cmocka_unit_test(test_a_document_s_digest_is_of_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
