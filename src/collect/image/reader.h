// Readers of package databases and of what names the system: one file each, one line in the table
// of reader.c. They run in the worker.
#pragma once

#include "base/err.h"
#include "value/value.h"

// What a reader found. Slices may point into the text. What it could not read of the text is a
// fault, and it goes on behind it: a stanza that is broken hides no other, and is not hidden.
typedef struct pt_read {
    pt_arena *a;
    pt_value os;      // of os-release
    pt_list packages; // see pt_package
    pt_list faults;   // strings: "line 7: a package without a version"
    const char *unit; // what is counted there; NULL: lines
} pt_read;

// Read the text of a database. PT_E_LIMIT, PT_E_NOMEM.
typedef pt_code pt_reader(pt_read *r, pt_str text, pt_err *e);

typedef struct pt_reader_row {
    const char *path;   // in the image; one that ends in '/' means the files of that folder
    const char *kind;   // "os", "deb", "apk": of what is read; "rpm", …: of what is not
    pt_reader *read;    // NULL: this is known to list packages, and is not read
    const char *except; // names with this end in the folder are something else
} pt_reader_row;

extern const pt_reader_row pt_readers[]; // ends with path NULL

// The row that reads the file at `path`, or NULL.
const pt_reader_row *pt_reader_of(pt_str path);

// Is `path` a folder above something that a row names (or what it names itself)?
bool pt_reader_leads(pt_str path);

pt_code pt_read_os_release(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_dpkg(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_apk(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_rpm_sqlite(pt_read *r, pt_str text, pt_err *e);
void pt_read_rpm_warm(void); // before the walls: SQLite opens a file for its random numbers

// What readers of packages make: {name, version, architecture?, source?, source_version?}.
typedef struct pt_package {
    pt_str name, version, architecture, source, source_version; // empty: not said
} pt_package;
PT_CHECK pt_code pt_package_add(pt_read *r, const pt_package *p, pt_err *e);
void pt_fault_add(pt_read *r, uint32_t line, const char *what);

// Take the next line of *rest, without its end.
bool pt_line_next(pt_str *rest, pt_str *ret);
