// Texts of the licences that jars come with. What it is of others is for their reader to say.
#include "collect/packages/java/jar.h"

enum {
    HEAD_BYTES = 4096 // names stand at the beginning
};

static const struct {
    const char *words, *also; // in lower case, with single blanks
    const char *id;
} licences[] = {
    {"apache license version 2.0", NULL, "Apache-2.0"},
    {"apache license, version 2.0", NULL, "Apache-2.0"},
    {"apache (software) license, version 2.0", NULL, "Apache-2.0"},
    {"permission is hereby granted, free of charge, to any person obtaining a copy", NULL, "MIT"},
    {"redistribution and use in source and binary forms", "neither the name", "BSD-3-Clause"},
    {"redistribution and use in source and binary forms", NULL, "BSD-2-Clause"},
    {"eclipse public license - v 1.0", NULL, "EPL-1.0"},
    {"eclipse public license - v 2.0", NULL, "EPL-2.0"},
    {"mozilla public license version 2.0", NULL, "MPL-2.0"},
    {"common development and distribution license (cddl) version 1.0", NULL, "CDDL-1.0"},
    {"common development and distribution license (cddl) version 1.1", NULL, "CDDL-1.1"},
    {"gnu lesser general public license version 2.1", NULL, "LGPL-2.1-only"},
    {"gnu lesser general public license version 3", NULL, "LGPL-3.0-only"},
    {"gnu general public license version 2", NULL, "GPL-2.0-only"},
    {"gnu general public license version 3", NULL, "GPL-3.0-only"},
};

// In lower case, runs of blanks as one.
static pt_str plain(pt_arena *a, pt_str s) {
    s = pt_arena_lower(a, pt_str_sub(s, 0, HEAD_BYTES));
    char *p = pt_arena_take(a, s.n);
    size_t n = 0;
    pt_str word;
    while (p && pt_str_word(&s, &word)) {
        if (n)
            p[n++] = ' ';
        for (size_t i = 0; i < word.n; i++)
            p[n++] = word.p[i];
    }
    return (pt_str){p, n};
}

pt_str pt_licence_of(pt_str text) {
    PT_AUTO(pt_arena_done) pt_arena spare = {.bytes_max = 1 << 20};
    pt_str s = plain(&spare, text);
    pt_str found = {0};
    bool several = false;
    for (size_t i = 0; i < PT_COUNT(licences); i++) {
        pt_str id = pt_str_of(licences[i].id);
        if (!pt_str_has(s, pt_str_of(licences[i].words)) ||
            (licences[i].also && !pt_str_has(s, pt_str_of(licences[i].also))))
            continue;
        bool looser = pt_str_starts(id, PT_STR("BSD-2")) && pt_str_starts(found, PT_STR("BSD-3"));
        several |= found.n && !looser && !pt_str_eq(found, id);
        found = looser ? found : id;
    }
    if (several)
        found = (pt_str){0};
    return found;
}
