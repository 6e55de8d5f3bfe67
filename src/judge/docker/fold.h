// Request bodies with the names that the API gives its fields. Private to docker/.
#pragma once

#include "base/err.h"
#include "judge/docker/fields.h"
#include "value/value.h"

enum {
    PT_DOCKER_ENTRIES_MAX = 200000, // values in one body
    PT_DOCKER_ITEMS_MAX = 1000,     // of one list or map
};

// `v` as Go's decoder reads it into a `t`: struct names under their canonical spelling, whatever
// their case; null members left out; unknown names as they are. PT_E_FORMAT: a name comes twice, or
// a value is not of its type: e->what tells the rule and the field. PT_E_LIMIT. PT_E_NOMEM.
PT_CHECK pt_code pt_docker_fold(pt_arena *a, pt_value v, const pt_docker_type *t, pt_value *ret,
                                pt_err *e);

// The field of a struct that Go takes for `key`; NULL: it ignores it.
const pt_docker_field *pt_docker_field_of(const pt_docker_type *t, pt_str key);
