// Pods that an object makes without writing one out: Argo's workflows, Tekton's tasks. What stands
// in their templates is put together as a pod, and each part remembers where it came from.
#include "collect/manifest/manifest.h"
#include "value/path.h"

enum {
    MERGE_DEPTH_MAX = 3 // securityContext.capabilities.add
};

// A part of the document and its path.
typedef struct part {
    pt_value v;
    pt_str at;
} part;

// Who says what a pod is made of, the nearest first.
typedef struct holders {
    part v[4];
    size_t n;
} holders;

typedef PT_VEC(pt_value) value_list;

typedef struct maker {
    pt_arena *a;
    pt_made_pods *ret;
    // the pod that is being made
    pt_made_pod pod;
    pt_obj spec;
    pt_list containers, inits, volumes;
    bool full;
} maker;

static part below(maker *m, part p, const char *path) {
    const char *point = p.at.n ? "." : "";
    return (part){pt_path_get(p.v, path),
                  pt_arena_printf(m->a, "%.*s%s%s", PT_PRI(p.at), point, path)};
}

static part item(maker *m, part list, size_t i) {
    return (part){pt_at(list.v, i), pt_arena_printf(m->a, "%.*s[%zu]", PT_PRI(list.at), i)};
}

static void moved(maker *m, pt_str from, pt_str to) {
    pt_moved *slot = PT_PUSH(m->a, &m->pod.moved);
    m->full |= !slot || !from.p || !to.p;
    if (slot)
        *slot = (pt_moved){from, to};
}

// `over` with what only `under` says: a step and the template of steps.
// NOLINTNEXTLINE(misc-no-recursion): MERGE_DEPTH_MAX
static pt_value merged(pt_arena *a, pt_value under, pt_value over, unsigned depth) {
    if (pt_tag_of(under) != PT_OBJECT || depth == MERGE_DEPTH_MAX)
        return over;
    if (pt_tag_of(over) != PT_OBJECT)
        return pt_defined(over) ? over : under;
    PT_VEC(pt_value) pairs = {0};
    size_t n = pt_len(under);
    for (size_t i = 0; i < n + pt_len(over); i++) {
        pt_value from = i < n ? under : over;
        pt_value key = pt_key_at(from, i < n ? i : i - n);
        pt_value value = pt_val_at(from, i < n ? i : i - n);
        pt_value *slot = PT_PUSH(a, &pairs);
        pt_value *next = PT_PUSH(a, &pairs);
        if (!slot || !next)
            return pt_undefined();
        pairs.v[pairs.n - 2] = key;
        pairs.v[pairs.n - 1] =
            i < n ? value : merged(a, pt_get(under, pt_text(key)), value, depth + 1);
    }
    return pt_object_of(a, pairs.v, pairs.n / 2, NULL);
}

// -- one pod --------------------------------------------------------------------------------------

static void begin(maker *m, pt_str at) {
    m->pod = (pt_made_pod){.at = at};
    m->spec = (pt_obj){.a = m->a};
    m->containers = m->inits = m->volumes = (pt_list){.a = m->a};
}

// A container of a step may go without a name; evidence has one, its template's or its place's.
static void add_container(maker *m, pt_list *list, part c, pt_str name) {
    if (pt_tag_of(c.v) != PT_OBJECT)
        return;
    pt_obj named = {.a = m->a};
    pt_obj_set(&named, "name", pt_string(name));
    pt_value v = pt_text(pt_getz(c.v, "name")).n ? c.v : merged(m->a, c.v, pt_obj_end(&named), 0);
    const char *field = list == &m->inits ? "initContainers" : "containers";
    moved(m, pt_arena_printf(m->a, "spec.%s[%zu]", field, list->items.n), c.at);
    pt_list_add(list, v);
}

static void add_containers(maker *m, pt_list *list, part of) {
    for (size_t i = 0; i < pt_len(of.v); i++)
        add_container(m, list, item(m, of, i), pt_arena_printf(m->a, "step %zu", i + 1));
}

// `only`: an object whose keys are the names to take; undefined: all of them.
static void add_volumes(maker *m, part of, pt_value only) {
    for (size_t i = 0; i < pt_len(of.v); i++) {
        part one = item(m, of, i);
        if (pt_defined(only) && !pt_defined(pt_get(only, pt_text(pt_getz(one.v, "name")))))
            continue;
        moved(m, pt_arena_printf(m->a, "spec.volumes[%zu]", m->volumes.items.n), one.at);
        pt_list_add(&m->volumes, one.v);
    }
}

static void add_fields(maker *m, const holders *from) {
    static const char *const fields[] = {
        "securityContext", "serviceAccountName", "automountServiceAccountToken",
        "hostAliases",     "tolerations",        "hostNetwork"};
    for (size_t f = 0; f < PT_COUNT(fields); f++) {
        size_t i = 0;
        while (i < from->n && !pt_defined(pt_getz(from->v[i].v, fields[f])))
            i++;
        if (i == from->n)
            continue;
        part field = below(m, from->v[i], fields[f]);
        moved(m, pt_arena_printf(m->a, "spec.%s", fields[f]), field.at);
        pt_obj_set(&m->spec, fields[f], field.v);
    }
}

static void end(maker *m, pt_value metadata) {
    m->full |= m->containers.full || m->inits.full || m->volumes.full;
    // It calls other templates, or does without a pod.
    if (m->containers.items.n == 0 && !m->pod.containers_elsewhere)
        return;
    pt_obj_set(&m->spec, "restartPolicy", pt_stringz("Never"));
    pt_obj_set(&m->spec, "containers", pt_list_end(&m->containers));
    pt_obj_set(&m->spec, "initContainers", pt_list_end(&m->inits));
    pt_obj_set(&m->spec, "volumes", pt_list_end(&m->volumes));
    pt_obj pod = {.a = m->a};
    pt_obj_maybe(&pod, "metadata", metadata);
    pt_obj_set(&pod, "spec", pt_obj_end(&m->spec));
    m->pod.pod = pt_obj_end(&pod);
    pt_made_pod *slot = PT_PUSH(m->a, m->ret);
    m->full |= !slot || !pt_defined(m->pod.pod);
    if (slot)
        *slot = m->pod;
}

// -- Argo -----------------------------------------------------------------------------------------

// The names of mounts, as keys.
static void add_names(maker *m, pt_value mounts, value_list *names) {
    for (size_t n = 0; n < pt_len(mounts); n++) {
        pt_value *key = PT_PUSH(m->a, names);
        if (key)
            *key = pt_string(pt_text(pt_getz(pt_at(mounts, n), "name")));
        pt_value *value = PT_PUSH(m->a, names);
        if (value)
            *value = pt_bool(true);
        m->full |= !key || !value;
    }
}

// What the pod's containers mount, as the keys of an object: Argo gives a pod no other volumes.
// `all`: what every container of a set mounts.
static pt_value mounted(maker *m, pt_value all) {
    value_list names = {0};
    const pt_list *lists[] = {&m->containers, &m->inits};
    add_names(m, all, &names);
    for (size_t k = 0; k < PT_COUNT(lists); k++)
        for (size_t i = 0; i < lists[k]->items.n; i++)
            add_names(m, pt_getz(lists[k]->items.v[i], "volumeMounts"), &names);
    return m->full ? pt_undefined() : pt_object_of(m->a, names.v, names.n / 2, NULL);
}

// templateDefaults fills up what a template of the same kind leaves out.
static part with_default(maker *m, part template, part defaults, const char *field) {
    part own = below(m, template, field);
    if (pt_defined(own.v))
        own.v = merged(m->a, pt_getz(defaults.v, field), own.v, 0);
    return own;
}

static void add_argo_containers(maker *m, part template, part defaults, pt_str name) {
    add_container(m, &m->containers, with_default(m, template, defaults, "container"), name);
    add_container(m, &m->containers, with_default(m, template, defaults, "script"), name);
    add_containers(m, &m->containers, below(m, template, "containerSet.containers"));
    if (m->containers.items.n == 0)
        return;
    const part from[] = {template, defaults};
    for (size_t i = 0; i < PT_COUNT(from); i++) {
        add_containers(m, &m->containers, below(m, from[i], "sidecars"));
        add_containers(m, &m->inits, below(m, from[i], "initContainers"));
    }
}

// Is there room for one more pod?
static bool has_room(maker *m) {
    m->ret->cut |= m->ret->n >= PT_MANIFEST_PODS_MAX;
    return !m->ret->cut;
}

static void make_argo(maker *m, part spec, part template, pt_str name) {
    if (!has_room(m))
        return;
    part defaults = below(m, spec, "templateDefaults");
    const part from[] = {template, defaults, spec};
    begin(m, template.at);
    m->pod.name = name;
    for (size_t i = 0; i < PT_COUNT(from); i++)
        m->pod.patched |= pt_defined(pt_getz(from[i].v, "podSpecPatch"));
    add_argo_containers(m, template, defaults, name);
    pt_value names = mounted(m, pt_path_get(template.v, "containerSet.volumeMounts"));
    m->full |= !pt_defined(names);
    for (size_t i = 0; i < PT_COUNT(from); i++)
        add_volumes(m, below(m, from[i], "volumes"), names);
    add_fields(m, &(holders){{template, defaults, spec}, 3});
    pt_value metadata =
        merged(m->a, pt_getz(defaults.v, "metadata"), pt_getz(template.v, "metadata"), 0);
    end(m, merged(m->a, pt_getz(spec.v, "podMetadata"), metadata, 0));
}

// A step or task may hold its template itself.
static void make_inline(maker *m, part spec, part step) {
    part template = below(m, step, "inline");
    if (pt_defined(template.v))
        make_argo(m, spec, template, pt_text(pt_getz(step.v, "name")));
}

static void make_template(maker *m, part spec, part template) {
    make_argo(m, spec, template, pt_text(pt_getz(template.v, "name")));
    part groups = below(m, template, "steps");
    for (size_t i = 0; i < pt_len(groups.v); i++) {
        part steps = item(m, groups, i);
        for (size_t k = 0; k < pt_len(steps.v); k++)
            make_inline(m, spec, item(m, steps, k));
    }
    part tasks = below(m, template, "dag.tasks");
    for (size_t i = 0; i < pt_len(tasks.v); i++)
        make_inline(m, spec, item(m, tasks, i));
}

static void make_workflow(maker *m, part spec, part run) {
    (void)run;
    part templates = below(m, spec, "templates");
    for (size_t i = 0; i < pt_len(templates.v); i++)
        make_template(m, spec, item(m, templates, i));
}

// -- Tekton ---------------------------------------------------------------------------------------

static void add_step(maker *m, part step, pt_value template, size_t i) {
    if (pt_defined(pt_getz(step.v, "ref"))) // a StepAction, an object of its own
        return;
    part whole = {merged(m->a, template, step.v, 0), step.at};
    pt_obj limits = {.a = m->a};
    pt_obj_maybe(&limits, "resources", pt_getz(whole.v, "computeResources")); // its name since v1
    whole.v = merged(m->a, whole.v, pt_obj_end(&limits), 0);
    add_container(m, &m->containers, whole, pt_arena_printf(m->a, "step %zu", i + 1));
}

// The steps of `task` under what `from` says of pod and account; none: a definition, run by others.
static void make_steps(maker *m, part task, const holders *from) {
    if (!has_room(m))
        return;
    begin(m, task.at);
    m->pod.account_elsewhere = from->n == 0;
    m->pod.containers_elsewhere = from->n > 0 && !pt_defined(task.v);
    part steps = below(m, task, "steps");
    for (size_t i = 0; i < pt_len(steps.v); i++)
        add_step(m, item(m, steps, i), pt_getz(task.v, "stepTemplate"), i);
    if (m->containers.items.n > 0)
        add_containers(m, &m->containers, below(m, task, "sidecars"));
    add_volumes(m, below(m, task, "volumes"), pt_undefined());
    for (size_t i = 0; i < from->n; i++)
        add_volumes(m, below(m, from->v[i], "volumes"), pt_undefined());
    add_fields(m, from);
    end(m, pt_undefined());
}

// What holds podTemplate and serviceAccountName, as two holders behind those that are there.
static void add_run(maker *m, holders *to, part run, const char *settings) {
    if (!pt_defined(run.v))
        return;
    to->v[to->n++] = below(m, run, settings);
    to->v[to->n++] = run;
}

static void make_task(maker *m, part task, part run) {
    holders from = {0};
    add_run(m, &from, run, "podTemplate");
    make_steps(m, task, &from);
}

// The entry of taskRunSpecs about a task; undefined: none.
static part spec_of_task(maker *m, part run, pt_value name) {
    part specs = below(m, run, "taskRunSpecs");
    for (size_t i = 0; i < pt_len(specs.v); i++)
        if (pt_defined(name) && pt_eq(pt_getz(pt_at(specs.v, i), "pipelineTaskName"), name))
            return item(m, specs, i);
    return (part){.v = pt_undefined()};
}

static void make_pipeline(maker *m, part spec, part run) {
    static const char *const lists[] = {"tasks", "finally"};
    part per_task = below(m, run, "taskRunTemplate"); // since v1; before, the run itself holds it
    part holder = pt_defined(per_task.v) ? per_task : run;
    if (pt_defined(run.v) && !pt_defined(spec.v)) { // its pipeline is an object of its own
        make_task(m, spec, holder);
        return;
    }
    for (size_t k = 0; k < PT_COUNT(lists); k++) {
        part tasks = below(m, spec, lists[k]);
        for (size_t i = 0; i < pt_len(tasks.v); i++) {
            size_t before = m->ret->n;
            part task = item(m, tasks, i);
            pt_value name = pt_getz(task.v, "name");
            part own = spec_of_task(m, run, name);
            bool v1 = pt_defined(pt_getz(own.v, "podTemplate"));
            holders from = {0};
            add_run(m, &from, own, v1 ? "podTemplate" : "taskPodTemplate");
            add_run(m, &from, holder, "podTemplate");
            make_steps(m, below(m, task, "taskSpec"), &from);
            if (m->ret->n > before)
                m->ret->v[before].name = pt_text(name);
        }
    }
}

static void make_step(maker *m, part step, part run) {
    (void)run;
    begin(m, step.at);
    m->pod.account_elsewhere = true;
    add_step(m, step, pt_undefined(), 0);
    end(m, pt_undefined());
}

// -- all ------------------------------------------------------------------------------------------

bool pt_object_makes(pt_arena *a, pt_value doc, pt_made_pods *ret, pt_err *e) {
    static const struct {
        const char *kind, *group, *spec;
        const char *run; // what holds the settings of a run; NULL: nothing here
        void (*make)(maker *m, part spec, part run);
    } kinds[] = {
        {"Workflow", "argoproj.io/", "spec", NULL, make_workflow},
        {"WorkflowTemplate", "argoproj.io/", "spec", NULL, make_workflow},
        {"ClusterWorkflowTemplate", "argoproj.io/", "spec", NULL, make_workflow},
        {"CronWorkflow", "argoproj.io/", "spec.workflowSpec", NULL, make_workflow},
        {"Task", "tekton.dev/", "spec", NULL, make_task},
        {"ClusterTask", "tekton.dev/", "spec", NULL, make_task},
        {"TaskRun", "tekton.dev/", "spec.taskSpec", "spec", make_task},
        {"Pipeline", "tekton.dev/", "spec", NULL, make_pipeline},
        {"PipelineRun", "tekton.dev/", "spec.pipelineSpec", "spec", make_pipeline},
        {"StepAction", "tekton.dev/", "spec", NULL, make_step},
    };
    *ret = (pt_made_pods){0};
    pt_str kind = pt_text(pt_getz(doc, "kind"));
    pt_str version = pt_text(pt_getz(doc, "apiVersion"));
    for (size_t i = 0; i < PT_COUNT(kinds); i++) {
        if (!pt_str_eqz(kind, kinds[i].kind) || !pt_str_starts(version, pt_str_of(kinds[i].group)))
            continue;
        maker m = {.a = a, .ret = ret};
        part whole = {.v = doc};
        part run = kinds[i].run ? below(&m, whole, kinds[i].run) : (part){.v = pt_undefined()};
        kinds[i].make(&m, below(&m, whole, kinds[i].spec), run);
        if (m.full)
            pt_err_set(e, PT_E_NOMEM, "out of memory");
        return !m.full;
    }
    return true;
}

// Is `path` this one or below it?
static bool leads_through(pt_str path, pt_str upper) {
    return pt_str_starts(path, upper) &&
           (path.n == upper.n || path.p[upper.n] == '.' || path.p[upper.n] == '[');
}

pt_str pt_made_path(pt_arena *a, const pt_made_pod *p, pt_str path) {
    for (size_t i = 0; i < p->moved.n; i++)
        if (leads_through(path, p->moved.v[i].from))
            return pt_arena_printf(a, "%.*s%.*s", PT_PRI(p->moved.v[i].to),
                                   PT_PRI(pt_str_sub(path, p->moved.v[i].from.n, path.n)));
    // What was not set anywhere would stand with the template.
    pt_str rest = pt_str_starts(path, PT_STR("spec.")) ? pt_str_sub(path, 5, path.n) : path;
    return rest.n ? pt_arena_printf(a, "%.*s.%.*s", PT_PRI(p->at), PT_PRI(rest)) : p->at;
}
