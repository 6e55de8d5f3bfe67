// Inside collect/host: what the facts about Kubernetes are made of. A component is found as a
// process, else as a static pod, else as a unit of systemd; what it is told on its command line is
// the same in all three.
#pragma once

#include "collect/host/provider.h"

typedef PT_VEC(pt_str) pt_words;

// A file that every system has: the witness of what is not there.
#define PT_KUBE_WITNESS "/etc"

// How a component is started. `how` is known (true) and its source says where `argv` was read;
// absent: the component is not on this host.
typedef struct pt_kube_start {
    pt_fact how;
    pt_words argv;        // the program first
    pt_words environment; // "NAME=value", as far as its place shows it
    pt_words files;       // of a unit: its file and its drop-ins
    pt_value pod;         // its static pod and container, if it is one
    pt_value container;
    bool contained; // runs in a container: the files it names may be others than those here
} pt_kube_start;

typedef struct pt_kube_process {
    pt_str program; // "kubelet": argv[0] without its folder
    pt_str pid;
    pt_words argv;
} pt_kube_process;

typedef struct pt_kube_pod {
    pt_str path; // of the manifest
    pt_value value;
} pt_kube_pod;

typedef struct pt_kubelet {
    pt_fact here; // known: where its settings were read; absent: no kubelet here
    pt_str config, config_dir;
    pt_words drop_ins;
    pt_str kubeconfig;
    pt_value flags;
    pt_value settings;  // the merged object: {"readOnlyPort": 0, …}
    pt_value sources;   // the same keys: where each was read
    pt_kube_start unit; // its files, whoever tells the settings
} pt_kubelet;

// What one collection has read so far.
typedef struct pt_kube {
    bool processes_read, pods_read, kubelet_read;
    pt_fact processes; // unknown: why they could not be read
    PT_VEC(pt_kube_process) process;
    pt_fact listed;    // unknown: why their folders could not be listed
    pt_fact manifests; // unknown: why not all of them were read
    PT_VEC(pt_kube_pod) pod;
    pt_words manifest_files;
    pt_kubelet kubelet;
} pt_kube;

pt_kube *pt_kube_of(const pt_host_ask *q); // NULL: out of memory

bool pt_words_add(pt_arena *a, pt_words *w, pt_str word);
pt_str pt_kube_base_name(pt_str path);
pt_fact pt_kube_no_memory(void);

// kube_unit.c: the command of a service as systemd would start it: its unit and drop-ins, with
// their environment. Absent: there is no such unit, or it starts nothing.
pt_kube_start pt_kube_unit(const pt_host_ask *q, const char *unit);

// kube_flags.c: command line to {"anonymous-auth": false, "authorization-mode": ["Node", "RBAC"]}.
// Undefined: out of memory.
pt_value pt_kube_flags(pt_arena *a, const pt_words *argv);

// kube_start.c
const pt_kube *pt_kube_manifests(const pt_host_ask *q); // NULL: out of memory
pt_kube_start pt_kube_start_of(const pt_host_ask *q, const char *program);
// Its first document, as Kubernetes reads it; unknown for one that is none.
pt_fact pt_kube_document(const pt_host_ask *q, const char *path, const char *witness);

// `path` as the component sees it, on this host; empty if the two cannot be matched.
pt_str pt_kube_host_path(const pt_host_ask *q, const pt_kube_start *s, pt_str path);

// kube_component.c: the flags of a component, as component/NAME gives them.
pt_fact pt_kube_component(const pt_host_ask *q, const char *program, pt_kube_start *ret_start);
// The document that it reads at `path`.
pt_fact pt_kube_named_document(const pt_host_ask *q, const pt_kube_start *s, pt_str path);

// kubelet.c
const pt_kubelet *pt_kube_kubelet(const pt_host_ask *q); // NULL: out of memory
