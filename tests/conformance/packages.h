// Of the suite "packages" what its files share.
#pragma once

#include "collect/packages/read.h"
#include "conformance.h"

// Which reader is asked in which folder of cases. Of a case that is a folder or a text archive,
// each file is read that a row of readers.c gives to one of its group's readers.
typedef struct pt_package_group {
    const char *path; // of the group below the suite's folder
    const char *skip; // why its cases are not run; NULL: they are
    pt_reader *read;  // a file of any name is this one's; NULL: of systems
    bool whole;       // a case that refers to files which are not there is none
    pt_reader *other; // of files that the readers' table gives to it
    bool no_dev;      // what is expected leaves out what is for development only
} pt_package_group;

extern const pt_package_group pt_package_groups[]; // ends with path NULL

// Where a case's files are, for readers that look beside theirs.
typedef struct pt_package_place {
    pt_arena *a;
    pt_str root;        // a folder
    pt_str archive;     // or the text of an archive: "-- path --" before each file
    pt_str repository;  // what "~/.m2/repository" stands for
    pt_str cache;       // what ".pub-cache" stands for; empty: there is none
    bool missing;       // a file that was asked for is not there,
    bool missing_below; // … in the folder of the one that asked, or below it
} pt_package_place;

// The file at `path` of the place; without bytes: there is none.
pt_str pt_package_file(const pt_package_place *at, pt_str path);
// The content of a file of this machine, in `a`; without bytes: it cannot be read.
pt_str pt_package_disk(pt_arena *a, pt_str path);
// Of all files of the place: strings.
pt_value pt_package_paths(const pt_package_place *at);
// Take the next file of a text archive.
bool pt_package_archive_next(pt_str *rest, pt_str *ret_path, pt_str *ret_text);

// What a scan says of the licences of the package `p`, which the file at `path` lists; `own`: it is
// the only one there. Strings; undefined: nothing.
pt_value pt_package_licences(const pt_package_place *at, pt_str path, pt_value p, bool own);

// One run of expected.json in `dir` of a group with a reader: passed, failed or (false) not for us.
bool pt_package_run(pt_tally *t, const pt_package_group *g, const char *dir, pt_value run);

// Of go.mod: does the run ask for what is not in the case, or not done by our reader?
bool pt_package_go_other(pt_value run, pt_str text);
// What was found, without Go's library where the run does not ask for it.
pt_value pt_package_go_got(pt_arena *a, pt_value run, pt_value packages);
