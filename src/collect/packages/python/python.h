// Of Python: what is installed by its own metadata, lock files of its tools, and conda's. Rows:
// table.c.
#pragma once

#include "collect/packages/graph.h"
#include "collect/packages/read.h"

// Core metadata (packaging.python.org/specifications/core-metadata): METADATA of *.dist-info,
// PKG-INFO of *.egg-info.
pt_code pt_read_python_metadata(pt_read *r, pt_str text, pt_err *e);
// A zipped egg (setuptools, "The Internal Structure of Python Eggs"): its EGG-INFO/PKG-INFO.
pt_code pt_read_egg(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_requirements(pt_read *r, pt_str text, pt_err *e); // of pip
pt_code pt_read_pipfile_lock(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_poetry_lock(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_uv_lock(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_pdm_lock(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_pylock(pt_read *r, pt_str text, pt_err *e); // PEP 751
pt_code pt_read_conda_meta(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_conda_environment(pt_read *r, pt_str text, pt_err *e);

// -- within this folder ---------------------------------------------------------------------------

// What core metadata says. False: it is no package's, which is a fault.
bool pt_python_metadata(pt_read *r, pt_str text, pt_package *ret);

// The name by which all ways to write it are one (PEP 503): lower case, "-" for runs of "-_.".
// Without bytes: out of memory.
pt_str pt_python_key(pt_arena *a, pt_str name);

// "name[extra] (>=1, <2) ; marker" (PEP 508), or "name @ url", which is no version. False: no name.
typedef struct pt_python_requirement {
    pt_str name, version; // what is asked of the version, as it is written, without brackets
} pt_python_requirement;
bool pt_python_require(pt_str s, pt_python_requirement *ret);

// Name and version of the file of a package, at a path or URL. False: it does not tell them.
bool pt_python_archive(pt_str path, pt_python_requirement *ret);

// Without what may stand before the host, which is a secret. In `a`, or `url` itself.
pt_str pt_python_without_login(pt_arena *a, pt_str url);

// Does the version fit what is asked (PEP 440; "^", "~" and "||" as Poetry has them)? What cannot
// be read fits.
bool pt_python_fits(pt_str version, pt_str asked);

// The package that a requirement means: the only one of that name, or the first that fits.
uint32_t pt_python_meant(const pt_graph *g, pt_arena *a, pt_str name, pt_str asked);

// What the project asks for, by pyproject.toml beside the lock file.
typedef struct pt_python_ask {
    pt_str key;
    bool develop;
} pt_python_ask;
typedef struct pt_python_project {
    bool known;
    PT_VEC(pt_python_ask) asks;
} pt_python_project;
PT_CHECK pt_code pt_python_project_read(pt_read *r, pt_python_project *ret, pt_err *e);
// … told to the graph, if it is known.
void pt_python_project_ask(const pt_python_project *p, pt_graph *g);

// -- lock files in TOML: an array of tables of packages -------------------------------------------

typedef struct pt_python_lock {
    pt_read *r;
    pt_value document, tables;
    pt_graph g;        // its nodes are those of the tables that have a name and are not left out,
    uint32_t *node_of; // … by the table's number, or PT_GRAPH_NONE
} pt_python_lock;

// Reads the document and adds its packages. *ret_valid: it could be read.
PT_CHECK pt_code pt_python_lock_read(pt_python_lock *l, pt_str text, const char *array,
                                     bool *ret_valid, pt_err *e);

// A lock file that says what each of its packages needs, and of which the project's own file says
// what is asked for.
typedef struct pt_python_form {
    const char *array;           // of its packages
    const char *table, *version; // where the format's version stands; NULL: at the top
    int64_t first, last;         // that are known
    pt_code (*need)(pt_python_lock *l, size_t i, pt_err *e); // what table i needs
    pt_code (*own)(pt_python_lock *l,
                   pt_err *e); // the project among its packages; NULL: it is none
} pt_python_form;
PT_CHECK pt_code pt_python_lock_by(pt_read *r, pt_str text, const pt_python_form *f, pt_err *e);
