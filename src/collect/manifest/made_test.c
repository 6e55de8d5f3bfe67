// Pods that are made of templates, and where their parts stand in the object.
#include <string.h>

#include "base/testing.h"
#include "collect/manifest/manifest.h"
#include "value/json.h"
#include "value/path.h"

#define ARGO(KIND, SPEC) \
    "{\"kind\":\"" KIND "\",\"apiVersion\":\"argoproj.io/v1alpha1\",\"spec\":" SPEC "}"
#define TEKTON(KIND, SPEC) \
    "{\"kind\":\"" KIND "\",\"apiVersion\":\"tekton.dev/v1\",\"spec\":" SPEC "}"
#define TEMPLATES "{\"templates\":[{\"name\":\"a\",\"dag\":{}},{\"name\":\"b\",\"container\":{}}]}"

static const struct {
    const char *doc;
    size_t pods;
    const char *path, *real; // of the first pod
} cases[] = {
    {ARGO("Workflow", TEMPLATES), 1, "spec.containers[0].image",
     "spec.templates[1].container.image"},
    {ARGO("WorkflowTemplate", TEMPLATES), 1, "spec.hostPID", "spec.templates[1].hostPID"},
    {ARGO("ClusterWorkflowTemplate", TEMPLATES), 1, "", "spec.templates[1]"},
    {ARGO("CronWorkflow", "{\"workflowSpec\":" TEMPLATES "}"), 1, "spec.containers[0]",
     "spec.workflowSpec.templates[1].container"},
    {ARGO("Workflow",
          "{\"templates\":[{\"script\":{}},{\"containerSet\":{\"containers\":[{},{}]}}]}"),
     2, "spec.containers[0].x", "spec.templates[0].script.x"},
    {ARGO("Workflow", "{\"securityContext\":{},\"templates\":[{\"container\":{}}]}"), 1,
     "spec.securityContext.fsGroup", "spec.securityContext.fsGroup"},
    {ARGO("Workflow", "{\"templates\":[{\"container\":{},\"initContainers\":[{},{}]}]}"), 1,
     "spec.initContainers[1].image", "spec.templates[0].initContainers[1].image"},
    {ARGO("Workflow", "{\"workflowTemplateRef\":{}}"), 0, NULL, NULL},
    {ARGO("Workflow", "{\"templates\":7}"), 0, NULL, NULL},
    {ARGO("Workflow", "7"), 0, NULL, NULL},
    {ARGO("Workflow",
          "{\"templates\":[{\"steps\":[[{\"template\":\"x\"},{\"inline\":{\"container\":{}}}]]}]}"),
     1, "spec.containers[0]", "spec.templates[0].steps[0][1].inline.container"},
    {ARGO("Workflow", "{\"templates\":[{\"dag\":{\"tasks\":[{\"inline\":{\"script\":{}}}]}}]}"), 1,
     "spec.containers[0]", "spec.templates[0].dag.tasks[0].inline.script"},
    {ARGO("Workflow",
          "{\"volumes\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"templates\":[{\"containerSet\":{"
          "\"volumeMounts\":[{\"name\":\"b\"}],\"containers\":[{}]}}]}"),
     1, "spec.volumes[0].hostPath", "spec.volumes[1].hostPath"},
    {ARGO("Workflow", "{\"templateDefaults\":{\"sidecars\":[{}],\"container\":{}},"
                      "\"templates\":[{\"dag\":{}},{\"script\":{}}]}"),
     1, "spec.containers[1].image", "spec.templateDefaults.sidecars[0].image"},
    {TEKTON(
         "PipelineRun",
         "{\"taskRunSpecs\":[{\"pipelineTaskName\":\"a\",\"podTemplate\":{\"hostNetwork\":true}}],"
         "\"taskRunTemplate\":{\"podTemplate\":{\"hostNetwork\":false}},"
         "\"pipelineSpec\":{\"tasks\":[{\"name\":\"a\",\"taskSpec\":{\"steps\":[{}]}}]}}"),
     1, "spec.hostNetwork", "spec.taskRunSpecs[0].podTemplate.hostNetwork"},
    {TEKTON("PipelineRun",
            "{\"serviceAccountName\":\"x\",\"pipelineSpec\":{\"tasks\":[{\"name\":\"a\","
            "\"taskSpec\":{\"steps\":[{}]}}]}}"),
     1, "spec.serviceAccountName", "spec.serviceAccountName"},
    {TEKTON("Task", "{\"steps\":[{},{\"ref\":{}},{}],\"sidecars\":[{}]}"), 1,
     "spec.containers[1].image", "spec.steps[2].image"},
    {TEKTON("ClusterTask", "{\"steps\":[{}],\"sidecars\":[{}]}"), 1, "spec.containers[1]",
     "spec.sidecars[0]"},
    {TEKTON("TaskRun", "{\"podTemplate\":{\"volumes\":[{}]},\"taskSpec\":{\"steps\":[{}]}}"), 1,
     "spec.volumes[0].hostPath", "spec.podTemplate.volumes[0].hostPath"},
    {TEKTON("Pipeline", "{\"tasks\":[{\"taskRef\":{}},{\"taskSpec\":{\"steps\":[{}]}}],"
                        "\"finally\":[{\"taskSpec\":{\"steps\":[{}]}}]}"),
     2, "spec.containers[0]", "spec.tasks[1].taskSpec.steps[0]"},
    {TEKTON("TaskRun", "{\"taskRef\":{},\"podTemplate\":{\"hostNetwork\":true}}"), 1,
     "spec.hostNetwork", "spec.podTemplate.hostNetwork"},
    {TEKTON("PipelineRun",
            "{\"pipelineRef\":{},\"taskRunTemplate\":{\"podTemplate\":{\"hostNetwork\":true}}}"),
     1, "spec.hostNetwork", "spec.taskRunTemplate.podTemplate.hostNetwork"},
    {TEKTON("StepAction", "{\"image\":\"a\"}"), 1, "spec.containers[0].image", "spec.image"},
    {"{\"kind\":\"Task\",\"apiVersion\":\"example.org/v1\",\"spec\":{\"steps\":[{}]}}", 0, NULL,
     NULL},
    {"{\"kind\":\"Pod\",\"spec\":{\"containers\":[{}]}}", 0, NULL, NULL},
    {"7", 0, NULL, NULL},
};

static void test_made_pods_know_where_their_parts_stand(void **state) {
    (void)state;
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_arena a = {0};
        pt_value doc;
        pt_made_pods made;
        assert_int_equal(pt_json_parse(&a, pt_str_of(cases[i].doc), NULL, &doc, NULL), PT_OK);
        assert_true(pt_object_makes(&a, doc, &made, NULL));
        if (made.n != cases[i].pods)
            fail_msg("%s: %zu pods", cases[i].doc, made.n);
        if (made.n > 0)
            assert_str(pt_made_path(&a, &made.v[0], pt_str_of(cases[i].path)), cases[i].real);
        pt_arena_done(&a);
    }
}

static void test_made_steps_take_what_their_template_says(void **state) {
    (void)state;
    static const char text[] =
        TEKTON("Task",
               "{\"stepTemplate\":{\"image\":\"t\",\"securityContext\":{\"capabilities\":{\"drop\":"
               "[\"ALL\"]}}},\"steps\":[{\"image\":\"s\",\"computeResources\":{\"limits\":{}},"
               "\"securityContext\":{\"runAsUser\":7,\"capabilities\":{\"add\":[\"KILL\"]}}},{}]}");
    pt_arena a = {0};
    pt_value doc;
    pt_made_pods made;
    assert_int_equal(pt_json_parse(&a, pt_str_of(text), NULL, &doc, NULL), PT_OK);
    assert_true(pt_object_makes(&a, doc, &made, NULL));
    assert_int_equal(made.n, 1);
    pt_value one = pt_at(pt_path_get(made.v[0].pod, "spec.containers"), 0);
    pt_value two = pt_at(pt_path_get(made.v[0].pod, "spec.containers"), 1);
    assert_str(pt_text(pt_getz(one, "image")), "s");
    assert_str(pt_text(pt_getz(two, "image")), "t");
    assert_true(pt_defined(pt_path_get(one, "resources.limits")));
    assert_int_equal(pt_len(pt_path_get(one, "securityContext.capabilities.drop")), 1);
    assert_int_equal(pt_len(pt_path_get(one, "securityContext.capabilities.add")), 1);
    assert_int_equal(pt_len(pt_path_get(two, "securityContext.capabilities.drop")), 1);
    pt_arena_done(&a);
}

static void test_made_argo_pods_take_defaults_and_metadata(void **state) {
    (void)state;
    static const char text[] =
        ARGO("Workflow",
             "{\"podMetadata\":{\"annotations\":{\"a\":\"1\",\"b\":\"1\"}},\"hostNetwork\":true,"
             "\"templateDefaults\":{\"container\":{\"securityContext\":{\"runAsUser\":7}}},"
             "\"templates\":[{\"metadata\":{\"annotations\":{\"b\":\"2\"}},"
             "\"container\":{\"securityContext\":{\"privileged\":true}}}]}");
    pt_arena a = {0};
    pt_value doc;
    pt_made_pods made;
    assert_int_equal(pt_json_parse(&a, pt_str_of(text), NULL, &doc, NULL), PT_OK);
    assert_true(pt_object_makes(&a, doc, &made, NULL));
    assert_int_equal(made.n, 1);
    pt_value pod = made.v[0].pod;
    assert_str(pt_text(pt_path_get(pod, "metadata.annotations.a")), "1");
    assert_str(pt_text(pt_path_get(pod, "metadata.annotations.b")), "2");
    assert_true(pt_true(pt_path_get(pod, "spec.hostNetwork")));
    pt_value context = pt_getz(pt_at(pt_path_get(pod, "spec.containers"), 0), "securityContext");
    assert_true(pt_true(pt_getz(context, "privileged")));
    assert_true(pt_defined(pt_getz(context, "runAsUser")));
    pt_arena_done(&a);
}

static void test_made_pods_are_bounded(void **state) {
    (void)state;
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(1 << 20);
    pt_buf_putz(
        &b,
        "{\"kind\":\"Workflow\",\"apiVersion\":\"argoproj.io/v1alpha1\",\"spec\":{\"templates\":[");
    for (size_t i = 0; i <= PT_MANIFEST_PODS_MAX; i++)
        pt_buf_putz(&b, i ? ",{\"container\":{}}" : "{\"container\":{}}");
    pt_buf_putz(&b, "]}}");
    pt_arena a = {0};
    pt_value doc;
    pt_made_pods made;
    assert_int_equal(pt_json_parse(&a, pt_buf_str(&b), NULL, &doc, NULL), PT_OK);
    assert_true(pt_object_makes(&a, doc, &made, NULL));
    assert_int_equal(made.n, PT_MANIFEST_PODS_MAX);
    assert_true(made.cut);
    pt_arena_done(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_pods_know_where_their_parts_stand),
        cmocka_unit_test(test_made_steps_take_what_their_template_says),
        cmocka_unit_test(test_made_argo_pods_take_defaults_and_metadata),
        cmocka_unit_test(test_made_pods_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
