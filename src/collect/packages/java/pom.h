// Maven's projects (maven.apache.org, "POM Reference", "Introduction to the Dependency Mechanism"):
// one pom with its parents, and what is found in them for it.
#pragma once

#include "base/buf.h"
#include "collect/packages/ids.h"
#include "collect/packages/java/jar.h"
#include "collect/packages/xml.h"

#define PT_POM_ROOM       ((size_t)128 << 20) // of memory
#define PT_POM_BYTES_MAX  ((size_t)8 << 20)   // of one pom,
#define PT_POMS_BYTES_MAX ((size_t)16 << 20)  // of all that one reads
#define PT_POM_DEPTH_MAX  32u                 // parents above one another; imports; properties
#define PT_POM_STEPS_MAX  20000000u           // entries that are looked at
#define PT_POM_VALUE_MAX  ((size_t)4096)      // bytes of a text with its properties

typedef struct pt_pom pt_pom;
struct pt_pom {
    const pt_xml *project;
    pt_pom *parent;         // NULL: it has none, or it is not there
    pt_str folder;          // as pt_read's `beside` takes it, with its slash: "", "../",
                            // "~/.m2/repository/a/b/1/"
    pt_gav gav;             // with its properties put in, and what it inherits
    pt_value own;           // its properties, texts by name
    bool listed;            // it is the project itself or a module
    struct pt_needs *needs; // what pt_pom_needs found; NULL: nothing yet
    size_t needs_n;
    uint32_t asked; // in which look-up it was last asked for what it manages
};

typedef struct pt_poms { // all that were read for one
    pt_read *r;
    pt_ids names;          // "group:artifact:version", or the path of a file; numbers of `list`
    PT_VEC(pt_pom *) list; // NULL: it is not there
    size_t bytes;
    uint32_t steps;
    uint32_t lookups;
    bool tired; // a limit was reached: what is missing may be there
} pt_poms;

// The project in `text`, whose folder this is, with its parents. NULL: it is none, and *ret_bad
// says what it is; or memory or a limit ran out.
pt_pom *pt_pom_new(pt_poms *all, pt_str text, pt_str folder, unsigned depth, pt_err *ret_bad);
// That of the file at `path`, as `beside` takes it. NULL: there is none.
pt_pom *pt_pom_file(pt_poms *all, pt_str path, unsigned depth);
// That of an artifact: one that was kept, or of the local repository. NULL: there is none.
pt_pom *pt_pom_find(pt_poms *all, const pt_gav *gav, unsigned depth);
// Let a project of the same tree be found by its name, and by its path if that is not empty.
void pt_pom_keep(pt_poms *all, pt_pom *p, pt_str path);

// The text with "${name}" put in, as `p` has it; what it does not have remains.
pt_str pt_pom_value(pt_poms *all, const pt_pom *p, pt_str text);
// The names of its licences, its parents' if it has none.
pt_value pt_pom_licences(pt_poms *all, const pt_pom *p);

typedef struct pt_exclusions pt_exclusions;
struct pt_exclusions {  // of one dependency, and of all on the way to it
    const pt_xml *list; // <exclusions>
    const pt_pom *of;   // whose properties they use
    const pt_exclusions *next;
};

typedef struct pt_needs { // one dependency
    pt_gav gav;           // its version as it is written: "1.0", "[1.0]", "[1,2)", ""
    pt_str scope;         // "" is "compile"
    bool optional;
    const pt_exclusions *exclusions;
    uint32_t line, line_end; // 0: it is inherited
} pt_needs;

// Find the dependencies of p, its parents' behind its own, completed by what is managed.
PT_CHECK pt_code pt_pom_needs(pt_poms *all, pt_pom *p, pt_err *e);
// What `p` manages of a dependency of another one, laid over it.
void pt_pom_manage(pt_poms *all, const pt_pom *p, pt_needs *d);
bool pt_pom_excluded(pt_poms *all, const pt_exclusions *x, const pt_gav *gav);

// -- the tree -------------------------------------------------------------------------------------

typedef struct pt_artifact { // of the tree of one project, which is the first one
    pt_needs d;
    bool hard; // its version is demanded: "[1.0]"
    bool direct;
    pt_pom *pom;          // NULL: it is not there, and what it needs is not known
    PT_VEC(pt_str) needs; // "group:artifact" of what it needs
} pt_artifact;

typedef struct pt_tree {
    pt_ids names; // "group:artifact"; numbers of `list`
    PT_VEC(pt_artifact) list;
} pt_tree;

// What `root` needs, and what that needs: of several versions the nearest one's, unless one is
// demanded. Artifacts for tests, and such as others must provide, are left out.
PT_CHECK pt_code pt_pom_tree(pt_poms *all, pt_pom *root, pt_tree *ret, pt_err *e);
