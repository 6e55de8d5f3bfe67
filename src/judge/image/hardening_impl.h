// Inside the judge of hardening.
#pragma once

#include "base/map.h"
#include "judge/image/hardening.h"
#include "judge/image/rights.h"

// A file that is read as settings of this kind (fact/settings.h), but not by the worker.
typedef struct pt_unread pt_unread;
struct pt_unread {
    const pt_file *f;
    pt_str kind;
    pt_unread *same; // the same file as another kind
};

typedef struct pt_hardening {
    const pt_image_facts *f;
    pt_arena *a;
    pt_list found;     // "findings"
    pt_value settings; // image.settings; undefined: a folder has none
    pt_value users;    // of /etc/passwd; undefined: there is none that could be read
    bool users_unread; // there is one that could not be read, or not all of it
    pt_map uids;       // theirs
    pt_rights rights;  // that the image gave to packages' files
    int64_t uid, gid;  // of the process; -1: unknown
    bool full;         // no memory
    PT_VEC(pt_unread *) unread;
    pt_map unread_at; // of a file: the last one that is of it
} pt_hardening;

// As key of a map.
static inline uint64_t pt_hardening_id(int64_t id) {
    return ((uint64_t)id + 1) << 1;
}

// What shows one check: files, steps, settings. A zeroed one with its check is empty.
typedef struct pt_group {
    const char *id;
    pt_buf text; // the first ones
    size_t n;    // that fail
    size_t good, unread;
    pt_buf where; // of the first one
} pt_group;

void pt_group_init(pt_group *g, const char *id);
void pt_group_fail(pt_group *g, pt_str what, pt_str where); // both may hold anything
void pt_group_file(const pt_hardening *x, pt_group *g, const pt_file *f, pt_verdict v);

// Add its finding: fail, if one does; not evaluated, if something could not be seen; pass, if there
// was something to judge. The group is gone afterwards.
void pt_group_tell(pt_hardening *x, pt_group *g);

// "layer 3: RUN …" of a file.
pt_str pt_hardening_layer(const pt_hardening *x, uint32_t layer);

// Where a path leads, through links, and what stands there, or NULL. False: nobody can tell, or
// links lead in a circle.
bool pt_hardening_leads(const pt_hardening *x, pt_str path, pt_str *ret, const pt_file **ret_file);
// A file by its path, through links, as a process in the container finds it. NULL: there is none.
const pt_file *pt_hardening_find(const pt_hardening *x, pt_str path);
// Can the container's user (root aside) change it, or what is in the folder?
bool pt_hardening_may_write(const pt_hardening *x, const pt_file *f);

// Is it a program of these names ("a b c") in a folder of programs, and no name of busybox?
bool pt_hardening_is_tool(const pt_files *files, const pt_file *f, const char *names);
bool pt_hardening_is_shell(const pt_files *files, const pt_file *f, const char *names);

extern const char pt_shells[], pt_package_managers[], pt_compilers[], pt_debuggers[],
    pt_network_tools[], pt_ssh_servers[];

// A check that looks at files one by one.
typedef struct pt_file_row {
    const char *id;
    pt_verdict (*judge)(const pt_hardening *x, const pt_file *f, const char *names);
    const char *names;
} pt_file_row;

extern const pt_file_row pt_mode_rows[], pt_tool_rows[], pt_program_rows[]; // each ends zeroed

// How much is in the image beyond its process, from 0 to 100 (the process alone):
// {"score", "costs": [{"what", "n", "points", "most"}, …]}, the dearest first. PT_E_NOMEM.
PT_CHECK pt_code pt_minimality(const pt_image_facts *f, pt_arena *a, pt_value *ret, pt_err *e);

void pt_hardening_config(pt_hardening *x);
void pt_hardening_history(pt_hardening *x);
void pt_hardening_settings(pt_hardening *x);
// Fill x->unread.
void pt_hardening_find_unread(pt_hardening *x);
// As what kind of settings the worker read a file; empty: as none.
pt_str pt_hardening_read_as(const pt_file *f);
