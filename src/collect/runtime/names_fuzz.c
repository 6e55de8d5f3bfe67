// Texts of passwd and group: the names are sorted, each inside the text, one of each id.
#include <stdlib.h>

#include "collect/runtime/names.h"

static void check(const pt_names *names) {
    for (size_t i = 0; i < names->n; i++)
        if (!names->v[i].name.n || (i && names->v[i].id <= names->v[i - 1].id))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    pt_arena a = {0};
    pt_names names;
    pt_str text = {(const char *)data, n};
    if (pt_names_users(&a, text, &names))
        check(&names);
    if (pt_names_groups(&a, text, &names))
        check(&names);
    pt_arena_done(&a);
    return 0;
}
