// How a control reads a pod: field by field, remembering the first thing that is of a wrong type,
// and collecting who set what. Private to podsec/.
#pragma once

#include "judge/podsec/podsec.h"

// Names and values that a message lists; what is beyond is said as "...".
enum {
    PT_READING_LISTED_MAX = 32
};

typedef struct pt_reading_list {
    pt_str v[PT_READING_LISTED_MAX];
    size_t n;
    bool more;
} pt_reading_list;

// spec.LIST[index].FIELD[item].SUB; each part but `field` may be missing.
typedef struct pt_reading_place {
    const char *list;
    size_t index;
    pt_str field;
    const char *sub; // NULL: no item
    size_t item;
    pt_str annotation; // instead of all of it: a key of metadata.annotations
    bool set;
} pt_reading_place;

typedef struct pt_reading {
    pt_value metadata, spec;
    unsigned minor;     // of the standard, clamped
    pt_seen *seen;      // the control writes its detail into seen->text
    const char *reason; // set by a control whose reason has a plural

    // Where we are: in the spec itself, or in a container.
    pt_value here;
    const char *list; // NULL: the spec
    size_t index;
    size_t lists_read, next;

    // What was found.
    bool pod_bad;            // the pod itself sets something forbidden
    bool pod_good;           // the pod itself sets what is demanded
    pt_reading_list setters; // containers that set something forbidden
    pt_reading_list unset;   // containers for which nothing sets what is demanded
    pt_reading_list values;  // what they set, sorted
    pt_reading_list notes;   // keys of forbidden annotations, sorted
    bool selinux_user, selinux_role;
    pt_reading_place blamed;  // the first offending value
    pt_reading_place missing; // the first demanded value that is not there
    pt_reading_place wrong;   // the first value of a wrong type,
    pt_tag wrong_is, wrong_wanted;
} pt_reading;

// Back to the spec.
void pt_reading_rewind(pt_reading *r);
// On to the next container, in upstream's order: initContainers, containers, ephemeralContainers.
// False when there is none: we are in the spec again.
bool pt_reading_next(pt_reading *r);
pt_str pt_reading_name(const pt_reading *r); // of the container

// The value at a dotted path of plain keys below where we are. Undefined if it, or something on the
// way, is absent or null; also if something there is of a wrong type, which is remembered.
pt_value pt_reading_get(pt_reading *r, const char *field, pt_tag want);
// The value of `sub` in the k-th item of `list`, which was read at `field`; sub NULL: the item.
pt_value pt_reading_item(pt_reading *r, pt_value list, const char *field, size_t k, const char *sub,
                         pt_tag want);

// Remember the first offending value below where we are.
void pt_reading_blame(pt_reading *r, const char *field);
void pt_reading_blame_item(pt_reading *r, const char *field, size_t k, const char *sub);

// Note the annotations whose key `ours` says to be judged and whose value `bad` says to be bad.
typedef bool pt_reading_ours(pt_reading *r, pt_str key);
void pt_reading_annotations(pt_reading *r, pt_reading_ours *ours, bool (*bad)(pt_str value));

void pt_reading_add(pt_reading_list *l, pt_str s);
void pt_reading_add_sorted(pt_reading_list *l, pt_str s); // once

// Who has a `field` of which `bad` says so, at the pod (pod_too) and in each container: pod_bad,
// setters, blamed. And whom nobody gives one: unset, missing. `blame` is the path to show.
typedef bool pt_reading_bad(pt_reading *r, pt_value v);
typedef struct pt_reading_rule {
    const char *field;
    pt_tag tag;
    pt_reading_bad *bad;
    bool pod_too;
    const char *blame; // NULL: field
} pt_reading_rule;
void pt_reading_collect(pt_reading *r, const pt_reading_rule *rule);
bool pt_reading_set_badly(const pt_reading *r); // pod_bad or setters

// -- words ----------------------------------------------------------------------------------------
void pt_reading_put_quoted(pt_reading *r, const pt_reading_list *l); // "a", "b"
// `container "a"`, `containers "a", "b"`
void pt_reading_put_containers(pt_reading *r, const pt_reading_list *l);
void pt_reading_put_setters(pt_reading *r); // pod and container "a"
// The i-th note with its value: key="value"
void pt_reading_put_note(pt_reading *r, size_t i);
void pt_reading_comma(pt_reading *r); // ", " unless it is the first

// At the end: the path, and for a wrong type the detail too. Was anything wrong?
bool pt_reading_finish(pt_reading *r);
