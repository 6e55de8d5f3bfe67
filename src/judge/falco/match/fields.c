#include "judge/falco/match/match_impl.h"

const char *const pt_falco_priority_names[PT_FALCO_PRIORITIES] = {
    "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug",
};

const pt_falco_source *pt_falco_source_named(const pt_falco_sources *all, pt_str name) {
    for (size_t i = 0; i < all->n; i++)
        if (pt_str_eqz(name, all->v[i]->name))
            return all->v[i];
    return NULL;
}

// Of fields that `text` begins with, the longest: evt.arg.name is no argument of evt.
const pt_falco_field *pt_falco_field_named(const pt_falco_source *s, pt_str text,
                                           pt_str *ret_argument) {
    const pt_falco_field *best = NULL;
    size_t best_n = 0;
    for (size_t i = 0; i < s->n_fields; i++) {
        const pt_falco_field *f = &s->fields[i];
        pt_str name = pt_str_of(f->name);
        bool whole = name.n == text.n;
        bool dotted = (f->flags & PT_FIELD_DOTTED) && text.n > name.n + 1 && text.p[name.n] == '.';
        if ((whole || dotted) && name.n > best_n && pt_str_starts(text, name)) {
            best = f;
            best_n = name.n;
        }
    }
    if (best && ret_argument)
        *ret_argument = best_n < text.n ? pt_str_sub(text, best_n + 1, text.n) : (pt_str){0};
    return best;
}
