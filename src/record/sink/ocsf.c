// An alert as OCSF 1.3's Detection Finding (class 2004, category 2).
#include "record/sink/alert.h"
#include "value/json.h"

enum {
    CATEGORY_FINDINGS = 2,
    CLASS_DETECTION = 2004,
    ACTIVITY_CREATE = 1
};
enum {
    ANALYTIC_RULE = 1,
    DISPOSITION_DETECTED = 15
};

// severity_id by priority: Fatal 6, Critical 5, High 4, Medium 3, Low 2, Informational 1.
static const int severities[PT_ALERT_PRIORITIES] = {6, 5, 5, 4, 3, 2, 1, 1};

// Where a field of the output has a place of its own. What has none goes to `unmapped`.
typedef enum part {
    PROCESS,
    PROCESS_FILE,
    PARENT,
    USER,
    FILE_PART,
    SOURCE_END,
    TARGET_END,
    BOX,
    POD,
    PARTS
} part;
static const struct mapped {
    const char *field;
    part part;
    const char *name;
} mapped[] = {
    {"proc.pid", PROCESS, "pid"},
    {"proc.name", PROCESS, "name"},
    {"proc.cmdline", PROCESS, "cmd_line"},
    {"proc.exepath", PROCESS_FILE, "path"},
    {"proc.pname", PARENT, "name"},
    {"proc.ppid", PARENT, "pid"},
    {"proc.pcmdline", PARENT, "cmd_line"},
    {"user.name", USER, "name"},
    {"user.uid", USER, "uid"},
    {"fd.name", FILE_PART, "path"},
    {"fd.cip", SOURCE_END, "ip"},
    {"fd.cport", SOURCE_END, "port"},
    {"fd.sip", TARGET_END, "ip"},
    {"fd.sport", TARGET_END, "port"},
    {"container.id", BOX, "uid"},
    {"container.name", BOX, "name"},
    {"k8s.pod.name", POD, "name"},
    {"k8s.ns.name", POD, "namespace"},
};

static const struct mapped *place_of(pt_str field) {
    for (size_t i = 0; i < sizeof mapped / sizeof *mapped; i++)
        if (pt_str_eqz(field, mapped[i].field))
            return &mapped[i];
    return NULL;
}

typedef struct sorted_fields {
    pt_obj parts[PARTS];
    pt_obj unmapped;
} sorted_fields;

// OCSF's user.uid is text.
static pt_value typed(pt_arena *a, const struct mapped *m, pt_value v) {
    char room[PT_NUMBER_ROOM];
    if (m->part == USER && pt_tag_of(v) == PT_NUMBER)
        return pt_string(pt_arena_str(a, pt_number_text(v, room)));
    return v;
}

static void sort_fields(pt_arena *a, const pt_alert *al, sorted_fields *ret) {
    for (size_t i = 0; i < PARTS; i++)
        ret->parts[i] = (pt_obj){.a = a};
    ret->unmapped = (pt_obj){.a = a};
    for (size_t i = 0; i < pt_len(al->fields); i++) {
        pt_str name = pt_text(pt_key_at(al->fields, i));
        pt_value v = pt_val_at(al->fields, i);
        const struct mapped *m = place_of(name);
        if (pt_tag_of(v) == PT_NULL)
            continue;
        if (m)
            pt_obj_set(&ret->parts[m->part], m->name, typed(a, m, v));
        else
            pt_obj_put(&ret->unmapped, name, v);
    }
}

// The object, or undefined if it has nothing in it.
static pt_value filled(pt_obj *o) {
    return o->pairs.n == 0 && !o->full ? pt_undefined() : pt_obj_end(o);
}

static pt_value only(pt_arena *a, const char *name, pt_value v) {
    if (!pt_defined(v))
        return v;
    pt_obj o = {.a = a};
    pt_obj_set(&o, name, v);
    return pt_obj_end(&o);
}

static pt_value evidences(pt_arena *a, sorted_fields *f) {
    pt_obj *process = &f->parts[PROCESS];
    pt_obj_maybe(process, "file", filled(&f->parts[PROCESS_FILE]));
    pt_obj_maybe(process, "parent_process", filled(&f->parts[PARENT]));
    pt_obj one = {.a = a};
    pt_obj_maybe(&one, "process", filled(process));
    pt_obj_maybe(&one, "actor", only(a, "user", filled(&f->parts[USER])));
    pt_obj_maybe(&one, "file", filled(&f->parts[FILE_PART]));
    pt_obj_maybe(&one, "src_endpoint", filled(&f->parts[SOURCE_END]));
    pt_obj_maybe(&one, "dst_endpoint", filled(&f->parts[TARGET_END]));
    pt_list all = {.a = a};
    if (one.pairs.n > 0 || one.full)
        pt_list_add(&all, pt_obj_end(&one));
    return pt_list_end(&all);
}

static pt_value resources(pt_arena *a, sorted_fields *f) {
    static const struct {
        part part;
        const char *type;
    } kinds[] = {{BOX, "container"}, {POD, "pod"}};
    pt_list all = {.a = a};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        pt_obj *o = &f->parts[kinds[i].part];
        if (o->pairs.n == 0 && !o->full)
            continue;
        pt_obj_set(o, "type", pt_stringz(kinds[i].type));
        pt_list_add(&all, pt_obj_end(o));
    }
    return pt_list_end(&all);
}

// A technique from the tags: "T1059", "T1059.004". Tactics ("mitre_execution") name no number.
static bool is_technique(pt_str tag) {
    if (tag.n < 5 || tag.p[0] != 'T')
        return false;
    for (size_t i = 1; i < tag.n; i++)
        if ((tag.p[i] < '0' || tag.p[i] > '9') && tag.p[i] != '.')
            return false;
    return true;
}

static pt_value attacks(pt_arena *a, const pt_alert *al) {
    pt_list all = {.a = a};
    for (size_t i = 0; i < al->n_tags; i++) {
        bool tactic = pt_str_starts(al->tags[i], PT_STR("mitre_"));
        if (!tactic && !is_technique(al->tags[i]))
            continue;
        pt_str name = tactic ? pt_str_sub(al->tags[i], 6, al->tags[i].n) : al->tags[i];
        pt_value inner = only(a, tactic ? "name" : "uid", pt_string(name));
        pt_list_add(&all, only(a, tactic ? "tactic" : "technique", inner));
    }
    return pt_list_end(&all);
}

static pt_value finding_of(pt_arena *a, const pt_alert *al) {
    pt_obj analytic = {.a = a};
    pt_obj_set(&analytic, "type_id", pt_int(ANALYTIC_RULE));
    pt_obj_set(&analytic, "name", pt_string(al->rule));
    pt_obj o = {.a = a};
    // One alert of a rule at one nanosecond: unique enough to be told apart, stable in a replay.
    pt_obj_set(&o, "uid",
               pt_string(pt_arena_printf(a, "%llu-%.*s", (unsigned long long)al->time_ns,
                                         PT_PRI(al->rule))));
    pt_obj_set(&o, "title", pt_string(al->rule));
    pt_obj_set(&o, "desc", pt_string(al->description));
    pt_obj_set(&o, "analytic", pt_obj_end(&analytic));
    pt_obj_set(&o, "attacks", attacks(a, al));
    return pt_obj_end(&o);
}

static pt_value metadata(pt_arena *a) {
    pt_obj product = {.a = a};
    pt_obj_set(&product, "name", pt_stringz("Paratia"));
    pt_obj_set(&product, "vendor_name", pt_stringz("Paratia"));
    pt_obj_set(&product, "version", pt_stringz(PT_VERSION));
    pt_obj o = {.a = a};
    pt_obj_set(&o, "version", pt_stringz("1.3.0"));
    pt_obj_set(&o, "product", pt_obj_end(&product));
    return pt_obj_end(&o);
}

pt_code pt_alert_put_ocsf(pt_buf *b, pt_arena *a, const pt_alert *al, pt_err *e) {
    sorted_fields f;
    sort_fields(a, al, &f);
    unsigned priority = al->priority < PT_ALERT_PRIORITIES ? al->priority : PT_ALERT_PRIORITIES - 1;
    pt_obj o = {.a = a};
    pt_obj_set(&o, "activity_id", pt_int(ACTIVITY_CREATE));
    pt_obj_set(&o, "category_uid", pt_int(CATEGORY_FINDINGS));
    pt_obj_set(&o, "class_uid", pt_int(CLASS_DETECTION));
    pt_obj_set(&o, "type_uid", pt_int(CLASS_DETECTION * 100 + ACTIVITY_CREATE));
    pt_obj_set(&o, "time", pt_int((int64_t)(al->time_ns / 1000000)));
    pt_obj_set(&o, "is_alert", pt_bool(true));
    pt_obj_set(&o, "severity_id", pt_int(severities[priority]));
    pt_obj_set(&o, "disposition_id", pt_int(DISPOSITION_DETECTED));
    pt_obj_set(&o, "message", pt_string(al->message));
    pt_obj_set(&o, "metadata", metadata(a));
    pt_obj_set(&o, "device", only(a, "hostname", pt_string(al->host)));
    pt_obj_set(&o, "finding_info", finding_of(a, al));
    pt_obj_set(&o, "evidences", evidences(a, &f));
    pt_obj_set(&o, "resources", resources(a, &f));
    pt_obj_maybe(&o, "unmapped", filled(&f.unmapped));
    pt_value v = pt_obj_end(&o);
    if (!pt_defined(v))
        return pt_err_set(e, PT_E_NOMEM, "an alert is too large to be written");
    return pt_json_write(b, v, NULL, e);
}
