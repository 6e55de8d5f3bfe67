// What is missing of an engine: by its own words.
#include "judge/docker/engine.h"
#include "judge/docker/testing_docker.h"

#define GOOD                                                                               \
    "{'Driver':'overlay2','DriverStatus':[['Backing Filesystem','extfs']],"                \
    "'DockerRootDir':'/var/lib/docker','LiveRestoreEnabled':true,"                         \
    "'Plugins':{'Authorization':['opa','paratia']},'Swarm':{'LocalNodeState':'inactive'}," \
    "'SecurityOptions':['name=apparmor','name=seccomp,profile=default','name=userns']}"
#define VERSION(v, api) "{'Version':'" v "','ApiVersion':'" api "'}"

static pt_fact known(pt_arena *a, const char *text) {
    if (!text)
        return pt_fact_unknown(PT_STR("refused"), (pt_str){0});
    return pt_fact_known(testing_json(a, text), (pt_str){0});
}

static const struct {
    const char *version, *info, *listens;
    bool shared;
    const char *ids;
} cases[] = {
    {VERSION("20.10.24+dfsg1", "1.41"), GOOD, "{'hosts':['unix:///run/docker.sock']}", true, ""},
    {VERSION("29.2.0", "1.53"), GOOD, "{'hosts':[]}", false, ""},
    {VERSION("29.2.0", "1.53"), GOOD, "{'hosts':[]}", true, "other-protocols"},
    {VERSION("29.1.9", "1.52"), GOOD, "{'hosts':[]}", true, ""},
    {VERSION("31.0.0", "1.57"), GOOD, "{'hosts':[]}", false, "newer-api"},
    {VERSION("x", "2.0"), GOOD, "{'hosts':[]}", false, "newer-api"},
    {VERSION("28.0.0", "1.48"), GOOD, "{'hosts':['fd://','tcp://0.0.0.0:2375']}", false,
     "open-tcp"},
    {VERSION("28.0.0", "1.48"), GOOD, "{'hosts':['tcp://0.0.0.0:2376'],'tlsverify':true}", true,
     ""},
    {VERSION("28.0.0", "1.48"), GOOD, NULL, false, "open-tcp"}, // not known
    {VERSION("28.0.0", "1.48"), NULL, "{'hosts':[]}", false, "unknown"},
    {NULL, NULL, NULL, false, "unknown unknown open-tcp"},
    {VERSION("28.0.0", "1.48"), "{}", "{'hosts':[]}", false,
     "not-asked no-userns-remap no-seccomp no-mac no-live-restore"},
    {VERSION("28.0.0", "1.48"),
     "{'Driver':'overlayfs','DriverStatus':[['driver-type','io.containerd.snapshotter.v1']],"
     "'DockerRootDir':'/data/docker','LiveRestoreEnabled':true,"
     "'Plugins':{'Authorization':['paratia']},'Swarm':{'LocalNodeState':'active'},"
     "'SecurityOptions':['name=selinux','name=seccomp,profile=unconfined','name=rootless']}",
     "{'hosts':[]}", false, "other-data-root containerd-images no-seccomp swarm"},
    {VERSION("28.0.0", "1.48"), "{'DockerRootDir':'/var/lib/docker/100000.100000','Plugins':null}",
     "{'hosts':[]}", false, "not-asked no-userns-remap no-seccomp no-mac no-live-restore"},
};

static pt_str ids_of(pt_arena *a, const pt_docker_engine *e) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 16);
    for (size_t i = 0; i < e->remarks.n; i++)
        pt_buf_printf(&b, "%s%s", i ? " " : "", e->remarks.v[i].id);
    return pt_arena_str(a, pt_buf_str(&b));
}

static pt_docker_engine_facts facts_of(pt_arena *a, size_t i) {
    return (pt_docker_engine_facts){.version = known(a, cases[i].version),
                                    .info = known(a, cases[i].info),
                                    .listens = known(a, cases[i].listens),
                                    .plugin = PT_STR("paratia"),
                                    .data_root = PT_STR("/var/lib/docker"),
                                    .shared = cases[i].shared};
}

static void test_engine_is_told_what_it_lacks(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        PT_AUTO(pt_arena_done) pt_arena a = {0};
        pt_docker_engine_facts f = facts_of(&a, i);
        pt_docker_engine engine;
        assert_true(pt_docker_engine_read(&a, &f, &engine));
        assert_str(ids_of(&a, &engine), cases[i].ids);
        for (size_t k = 0; k < engine.remarks.n; k++)
            assert_true(engine.remarks.v[k].what.n > 0 && engine.remarks.v[k].costs[0]);
    }
}

static void test_engine_is_named_and_its_words_are_made_safe(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_docker_engine_facts f = facts_of(&a, 0);
    pt_docker_engine engine;
    assert_true(pt_docker_engine_read(&a, &f, &engine));
    assert_str(engine.summary, "Docker 20.10.24+dfsg1, API 1.41, overlay2");
    f.version = known(&a, "{'Version':'\\u001b[31m','ApiVersion':1}");
    assert_true(pt_docker_engine_read(&a, &f, &engine));
    assert_true(pt_str_has(engine.summary, PT_STR("\\x1b[31m")));
}

static void test_engine_survives_any_lack_of_memory(void **state) {
    (void)state;
    PT_AUTO(pt_arena_done) pt_arena own = {0};
    pt_docker_engine_facts f = facts_of(&own, PT_COUNT(cases) - 2);
    size_t whole = 0;
    for (size_t room = 16; room < 16384; room += 16) {
        pt_arena a;
        pt_docker_engine engine;
        pt_arena_init(&a, room);
        if (pt_docker_engine_read(&a, &f, &engine)) {
            assert_int_equal(engine.remarks.n, 4);
            whole++;
        }
        pt_arena_done(&a);
    }
    assert_true(whole > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_is_told_what_it_lacks),
        cmocka_unit_test(test_engine_is_named_and_its_words_are_made_safe),
        cmocka_unit_test(test_engine_survives_any_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
