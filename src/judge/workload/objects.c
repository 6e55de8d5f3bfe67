// Tests of an object as such: where it lives, which API it speaks, how it survives.
#include "judge/workload/object.h"
#include "judge/workload/tests.h"
#include "value/path.h"

pt_verdict pt_test_default_namespace(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_str_eqz(pt_text(pt_path_get(v, "metadata.namespace")), "default"))
        return PT_PASS;
    pt_seen_part(seen, "metadata.namespace", "namespace = default");
    return PT_FAIL;
}

// Which version of Kubernetes no longer serves a kind in an API version; kind NULL: any.
typedef struct removal {
    const char *version, *kind, *since;
} removal;

static const removal *find_removal(pt_str version, pt_str kind) {
    static const removal removed[] = {
        {"extensions/v1beta1", "Ingress", "1.22"},
        {"extensions/v1beta1", NULL, "1.16"},
        {"apps/v1beta1", NULL, "1.16"},
        {"apps/v1beta2", NULL, "1.16"},
        {"policy/v1beta1", NULL, "1.25"},
        {"batch/v1beta1", "CronJob", "1.25"},
        {"batch/v2alpha1", "CronJob", "1.21"},
        {"networking.k8s.io/v1beta1", "Ingress", "1.22"},
        {"networking.k8s.io/v1beta1", "IngressClass", "1.22"},
        {"rbac.authorization.k8s.io/v1beta1", NULL, "1.22"},
        {"apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", "1.22"},
        {"admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", "1.22"},
        {"admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", "1.22"},
        {"apiregistration.k8s.io/v1beta1", "APIService", "1.22"},
        {"certificates.k8s.io/v1beta1", "CertificateSigningRequest", "1.22"},
        {"coordination.k8s.io/v1beta1", "Lease", "1.22"},
        {"scheduling.k8s.io/v1beta1", "PriorityClass", "1.22"},
        {"storage.k8s.io/v1beta1", "CSIDriver", "1.22"},
        {"storage.k8s.io/v1beta1", "CSINode", "1.22"},
        {"storage.k8s.io/v1beta1", "StorageClass", "1.22"},
        {"storage.k8s.io/v1beta1", "VolumeAttachment", "1.22"},
        {"storage.k8s.io/v1beta1", "CSIStorageCapacity", "1.27"},
        {"discovery.k8s.io/v1beta1", "EndpointSlice", "1.25"},
        {"events.k8s.io/v1beta1", "Event", "1.25"},
        {"node.k8s.io/v1beta1", "RuntimeClass", "1.25"},
        {"autoscaling/v2beta1", "HorizontalPodAutoscaler", "1.25"},
        {"autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26"},
        {"flowcontrol.apiserver.k8s.io/v1beta1", NULL, "1.26"},
        {"flowcontrol.apiserver.k8s.io/v1beta2", NULL, "1.29"},
        {"flowcontrol.apiserver.k8s.io/v1beta3", NULL, "1.32"},
    };
    for (size_t i = 0; i < PT_COUNT(removed); i++)
        if (pt_str_eqz(version, removed[i].version) &&
            (!removed[i].kind || pt_str_eqz(kind, removed[i].kind)))
            return &removed[i];
    return NULL;
}

pt_verdict pt_test_api_removed(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    pt_str version = pt_text(pt_getz(v, "apiVersion"));
    if (version.n < 2 || pt_str_find(version, '/') == version.n) // "v1" stays
        return PT_PASS;
    const removal *r = find_removal(version, pt_text(pt_getz(v, "kind")));
    if (!r)
        return PT_PASS;
    pt_seen_part(seen, "apiVersion", r->version);
    pt_buf_putz(&seen->text, " is gone since Kubernetes ");
    pt_buf_putz(&seen->text, r->since);
    return PT_FAIL;
}

pt_verdict pt_test_bare_pod(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_object_is(v, "Pod", ""))
        return PT_NOT_APPLICABLE;
    if (pt_len(pt_path_get(v, "metadata.ownerReferences")))
        return PT_PASS;
    pt_seen_part(seen, "kind", "kind = Pod");
    return PT_FAIL;
}

pt_verdict pt_test_replicas(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_object_is(v, "Deployment", "apps"))
        return PT_NOT_APPLICABLE;
    pt_value replicas = pt_path_get(v, "spec.replicas");
    int64_t n = 1; // what unset means
    // 0 is switched off on purpose.
    if (pt_to_int(replicas, &n) ? n != 1 : pt_defined(replicas))
        return PT_PASS;
    pt_seen_part(seen, "spec.replicas",
                 pt_defined(replicas) ? "replicas = 1" : "replicas is unset, which means 1");
    return PT_FAIL;
}

// Only matchLabels: expressions that match nothing are beyond one look.
pt_verdict pt_test_selector(pt_value v, pt_str want, pt_seen *seen) {
    static const char *const kinds[] = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"};
    (void)want;
    bool applies = false;
    for (size_t i = 0; i < PT_COUNT(kinds) && !applies; i++)
        applies = pt_object_is(v, kinds[i], "apps");
    if (!applies)
        return PT_NOT_APPLICABLE;
    pt_value wanted = pt_path_get(v, "spec.selector.matchLabels");
    pt_value labels = pt_path_get(v, "spec.template.metadata.labels");
    for (size_t i = 0; i < pt_len(wanted); i++) {
        pt_str key = pt_text(pt_key_at(wanted, i));
        if (pt_eq(pt_get(labels, key), pt_val_at(wanted, i)))
            continue;
        pt_seen_part(seen, "spec.selector.matchLabels", "the template lacks ");
        pt_buf_put(&seen->text, key);
        pt_buf_putz(&seen->text, " = ");
        pt_buf_put(&seen->text, pt_text(pt_val_at(wanted, i)));
    }
    return pt_seen_verdict(seen);
}

static bool is_amount(pt_value v, int64_t number, const char *percent) {
    int64_t n;
    return pt_str_eqz(pt_text(v), percent) || (pt_to_int(v, &n) && n == number);
}

pt_verdict pt_test_disruption_none(pt_value v, pt_str want, pt_seen *seen) {
    (void)want;
    if (!pt_object_is(v, "PodDisruptionBudget", "policy"))
        return PT_NOT_APPLICABLE;
    if (is_amount(pt_path_get(v, "spec.maxUnavailable"), 0, "0%"))
        pt_seen_part(seen, "spec.maxUnavailable", "maxUnavailable = 0");
    if (pt_str_eqz(pt_text(pt_path_get(v, "spec.minAvailable")), "100%"))
        pt_seen_part(seen, "spec.minAvailable", "minAvailable = 100%");
    return pt_seen_verdict(seen);
}
