#include "documents.h"

#include "value/json.h"

static const char *const teams[] = {"payments", "search", "identity", "warehouse", "frontend"};
static const char *const images[] = {
    "nginx:1.25.3", "redis:7.2.3-alpine", "library/postgres:16.1",
    "team/agent@sha256:6f0c5e1b6b1c9e0a7d1b0d1f3a5b7c9d0e2f4a6b8c0d1e3f5a7b9c1d3e5f7a9b"};

static void put_container(pt_buf *b, size_t i, size_t c) {
    pt_buf_printf(b,
                  "{\"name\":\"main-%zu\",\"image\":\"registry.example.com/"
                  "%s\",\"args\":[\"--config=/etc/app/config.yaml\","
                  "\"--level=%zu\"],\"ports\":[{\"name\":\"http\",\"containerPort\":%zu,"
                  "\"protocol\":\"TCP\"}],",
                  c, images[(i + c) % PT_COUNT(images)], i % 7, 8080 + c);
    pt_buf_putz(b, "\"env\":[");
    for (size_t e = 0; e < 4; e++)
        pt_buf_printf(b, "%s{\"name\":\"SETTING_%zu\",\"value\":\"value %zu of \\\"%zu\\\"\"}",
                      e ? "," : "", e, e, i);
    pt_buf_putz(
        b,
        ",{\"name\":\"POD_IP\",\"valueFrom\":{\"fieldRef\":{\"apiVersion\":\"v1\",\"fieldPath\":"
        "\"status.podIP\"}}}],"
        "\"resources\":{\"limits\":{\"cpu\":\"500m\",\"memory\":\"512Mi\"},\"requests\":{\"cpu\":"
        "\"100m\",\"memory\":\"128Mi\"}},"
        "\"volumeMounts\":[{\"name\":\"config\",\"readOnly\":true,\"mountPath\":\"/etc/app\"}],"
        "\"livenessProbe\":{\"httpGet\":{\"path\":\"/"
        "healthz\",\"port\":\"http\",\"scheme\":\"HTTP\"},\"initialDelaySeconds\":10,"
        "\"timeoutSeconds\":1,\"periodSeconds\":10,\"successThreshold\":1,\"failureThreshold\":3},"
        "\"terminationMessagePath\":\"/dev/"
        "termination-log\",\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":"
        "\"IfNotPresent\","
        "\"securityContext\":{\"capabilities\":{\"drop\":[\"ALL\"]},\"privileged\":false,"
        "\"runAsNonRoot\":true,"
        "\"readOnlyRootFilesystem\":true,\"allowPrivilegeEscalation\":false}}");
}

static void put_metadata(pt_buf *b, size_t i, const char *team) {
    pt_buf_printf(b,
                  "{\"name\":\"%s-%zu\",\"namespace\":\"%s\",\"uid\":\"%08zx-1b2c-4d3e-8f40-%"
                  "012zx\",\"resourceVersion\":\"%zu\",\"generation\":%zu,"
                  "\"creationTimestamp\":\"2024-03-%02zuT10:%02zu:00Z\",\"labels\":{\"app."
                  "kubernetes.io/name\":\"%s\",\"app.kubernetes.io/instance\":\"%s-%zu\","
                  "\"tier\":\"backend\"},\"annotations\":{\"deployment.kubernetes.io/"
                  "revision\":\"%zu\",\"owner\":\"B\xc3\xbcro %s\"}}",
                  team, i, team, i * 2654435761 % 0xffffffff, i, 1000000 + i * 17, i % 9 + 1,
                  i % 28 + 1, i % 60, team, team, i, i % 9 + 1, team);
}

static void put_deployment(pt_buf *b, size_t i) {
    const char *team = teams[i % PT_COUNT(teams)];
    pt_buf_putz(b, "{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\",\"metadata\":");
    put_metadata(b, i, team);
    pt_buf_printf(b,
                  ",\"spec\":{\"replicas\":%zu,\"selector\":{\"matchLabels\":{\"app.kubernetes.io/"
                  "instance\":\"%s-%zu\"}},\"template\":{\"metadata\":",
                  i % 5 + 1, team, i);
    put_metadata(b, i, team);
    pt_buf_putz(b, ",\"spec\":{\"volumes\":[{\"name\":\"config\",\"configMap\":{\"name\":\"app-"
                   "config\",\"defaultMode\":420}}],\"containers\":[");
    for (size_t c = 0; c <= i % 3; c++) {
        if (c > 0)
            pt_buf_putc(b, ',');
        put_container(b, i, c);
    }
    pt_buf_printf(b,
                  "],\"restartPolicy\":\"Always\",\"terminationGracePeriodSeconds\":30,"
                  "\"dnsPolicy\":\"ClusterFirst\",\"serviceAccountName\":\"%s\","
                  "\"securityContext\":{\"fsGroup\":2000},\"schedulerName\":\"default-scheduler\"}}"
                  ",\"strategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":"
                  "{\"maxUnavailable\":\"25%%\",\"maxSurge\":\"25%%\"}},\"revisionHistoryLimit\":"
                  "10,\"progressDeadlineSeconds\":600},"
                  "\"status\":{\"observedGeneration\":1,\"replicas\":%zu,\"conditions\":[{\"type\":"
                  "\"Available\",\"status\":\"True\",\"lastUpdateTime\":"
                  "\"2024-03-01T10:00:00Z\",\"reason\":\"MinimumReplicasAvailable\",\"message\":"
                  "\"Deployment has minimum availability.\"}]}}",
                  team, i % 5 + 1);
}

void make_compact(pt_buf *b, size_t bytes) {
    pt_buf_putz(b, "{\"kind\":\"DeploymentList\",\"apiVersion\":\"apps/"
                   "v1\",\"metadata\":{\"resourceVersion\":\"9000001\"},\"items\":[");
    for (size_t i = 0; b->n < bytes && !b->full; i++) {
        if (i > 0)
            pt_buf_putc(b, ',');
        put_deployment(b, i);
    }
    pt_buf_putz(b, "]}");
}

// Our writer's two spaces a level become four, inside the list's own two levels.
static void put_indented(pt_buf *b, pt_str text) {
    pt_str line;
    while (pt_str_split(&text, '\n', &line)) {
        size_t spaces = 0;
        while (spaces < line.n && line.p[spaces] == ' ')
            spaces++;
        pt_buf_putz(b, "\n        ");
        pt_buf_fill(b, ' ', spaces);
        pt_buf_put(b, line);
    }
}

void make_pretty(pt_buf *b, size_t bytes) {
    pt_arena a = {0};
    pt_buf compact = PT_BUF(1 << 20);
    pt_buf pretty = PT_BUF(1 << 20);
    pt_buf_putz(b, "{\n    \"apiVersion\": \"v1\",\n    \"items\": [");
    for (size_t i = 0; b->n < bytes && !b->full; i++) {
        pt_value v;
        pt_arena_clear(&a);
        pt_buf_clear(&compact);
        pt_buf_clear(&pretty);
        put_deployment(&compact, i);
        b->full |= pt_json_parse(&a, pt_buf_str(&compact), NULL, &v, NULL) != PT_OK;
        b->full |=
            b->full || pt_json_write(&pretty, v, &(pt_json_opts){.pretty = true}, NULL) != PT_OK;
        if (i > 0)
            pt_buf_putc(b, ',');
        put_indented(b, pt_buf_str(&pretty));
    }
    pt_buf_putz(b, "\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        "
                   "\"resourceVersion\": \"\"\n    }\n}\n");
    pt_buf_done(&compact);
    pt_buf_done(&pretty);
    pt_arena_done(&a);
}
