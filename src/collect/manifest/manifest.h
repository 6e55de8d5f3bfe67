// Kubernetes manifests: files, folders, standard input, Lists, down to single objects. One object
// at a time, so that memory does not grow with the input.
#pragma once

#include "base/err.h"
#include "fact/subject.h"

#define PT_MANIFEST_FILE_BYTES_MAX ((size_t)1 << 30)
#define PT_MANIFEST_FILES_MAX      200000u
#define PT_MANIFEST_FIFO_MS        5000  // until somebody writes to a FIFO that was named
#define PT_MANIFEST_DEPTH_MAX      64u   // of folders; of lists within lists
#define PT_MANIFEST_PODS_MAX       1000u // that one object makes of templates of its own kind

// One object: `doc` {kind, apiVersion, …} as read, borrowed until the callback returns.
typedef struct pt_object {
    pt_value doc;
    pt_str file;  // as named by the user; "-" for standard input
    pt_str bytes; // the source that it was read from, for pt_object_locate: its document, or its
                  // own text when it is an item of a JSON list
    bool yaml;
    uint32_t line, column; // of the first byte of `bytes` in the file
    pt_str prefix;         // path of the object inside `bytes`: "" or "items[3]"
    unsigned notes;        // pt_yaml_note of its document
    uint32_t note_line;
    pt_str name; // "Deployment shop/web", safe to show; "Deployment (no name)"; with generateName
                 // "Job shop/import-*"
    struct pt_manifest_source *source; // private: what the objects of one document share
} pt_object;

typedef enum pt_problem_kind {
    PT_PROBLEM_BROKEN,    // not valid YAML or JSON, binary, too large, unreadable: an error
    PT_PROBLEM_TEMPLATE,  // an unrendered Helm template: not evaluated
    PT_PROBLEM_NO_OBJECT, // valid, but no Kubernetes object (a values file, a kustomization)
} pt_problem_kind;

typedef struct pt_manifest_problem {
    pt_problem_kind kind;
    pt_place place;
    pt_err err;
} pt_manifest_problem;

// What the reader tells, in reading order. Return false to stop.
typedef struct pt_manifest_sink {
    void *ctx;
    bool (*object)(void *ctx, const pt_object *o);
    bool (*problem)(void *ctx, const pt_manifest_problem *p);
    void (*progress)(void *ctx, pt_str file, size_t files_done); // may be NULL
} pt_manifest_sink;

typedef struct pt_manifest_counts {
    size_t files, objects, problems;
} pt_manifest_counts;

// Read what `path` names: a file (any name), a folder (recursively: *.yaml, *.yml, *.json; sorted;
// symbolic links to folders are not followed, so that loops end; a FIFO or device inside a folder
// is skipped with a problem), or "-". PT_OK even if every file has a problem: the sink has heard of
// each. PT_E_ABSENT, PT_E_DENIED, …: the path itself cannot be read.
PT_CHECK pt_code pt_manifest_read(const char *path, const pt_manifest_sink *sink,
                                  pt_manifest_counts *counts, pt_err *e);

// The file's line and column of the value at `path` inside the object (or of its deepest part that
// exists). Only inside the callback. The first call for a YAML document reads it once more.
void pt_object_locate(const pt_object *o, pt_str path, uint32_t *ret_line, uint32_t *ret_column);

// The object's pod: the value that holds metadata and spec of a pod, and its path inside the
// object: "" for a Pod and for a Knative Revision, whose spec is the pod's (known by its group:
// other kinds, such as Prometheus, hold patches in spec.containers); "template" for a PodTemplate;
// "spec.jobTemplate.spec.template" for a CronJob; "spec.template" for the other workloads, Argo
// Rollouts, Knative Services and Configurations, and any object with spec.template.spec.containers.
// Undefined: it makes no pods. *ret_path is a constant.
pt_value pt_object_pod(pt_value doc, pt_str *ret_path);

// Pods that an object makes and does not write out. Argo's Workflow, WorkflowTemplate,
// ClusterWorkflowTemplate and CronWorkflow: one for each template with containers, those within
// steps too. Tekton's Task, ClusterTask, TaskRun and StepAction: one; Pipeline and PipelineRun: one
// for each task that is written in them.
typedef struct pt_moved {
    pt_str from, to; // paths in the pod and in the object
} pt_moved;
typedef struct pt_made_pod {
    pt_value pod;              // {metadata, spec} as a pod's
    pt_str name;               // of its template; empty: the object makes only one
    bool account_elsewhere;    // whoever runs it says under which account
    bool containers_elsewhere; // it refers to a task: what the run adds to its pod is here
    bool patched;              // podSpecPatch: what it becomes is decided when it runs
    // private
    pt_str at; // path of its template
    PT_VEC(pt_moved) moved;
} pt_made_pod;
typedef struct pt_made_pods {
    pt_made_pod *v;
    size_t n, cap;
    bool cut; // there are more than PT_MANIFEST_PODS_MAX templates
} pt_made_pods;

// Nothing for an object of another kind. All in `a`, with parts of `doc`. False: it is full.
bool pt_object_makes(pt_arena *a, pt_value doc, pt_made_pods *ret, pt_err *e);
// The path inside the object of what stands at `path` inside the pod.
pt_str pt_made_path(pt_arena *a, const pt_made_pod *p, pt_str path);
