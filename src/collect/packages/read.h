// What reads the bytes of package databases, of installed packages' own files, of lock files and of
// programs: one reader each, which runs in the worker. Its row stands in the table of its folder
// (os/, node/, …), and readers.c lists the tables.
#pragma once

#include "base/err.h"
#include "value/value.h"

#define PT_PACKAGES_MAX 200000u  // of one file
#define PT_FAULTS_MAX   20u      // that are told of one file
#define PT_OWNED_MAX    2000000u // files of packages that one file names

// A file that a package owns.
typedef struct pt_owned {
    uint64_t path;  // pt_path_hash
    uint32_t owner; // which of `owners`
    uint32_t sum;   // the front of its MD5 (pt_md5_front), as the owner says; 0: it says none
} pt_owned;

// What a reader found. Slices may point into the text. What it could not read of the text is a
// fault, and it goes on behind it: a stanza that is broken hides no other, and is not hidden.
struct pt_claims; // claims.h
typedef struct pt_read pt_read;
struct pt_read {
    pt_arena *a;
    pt_str path; // of the file, from the root of the image or tree; empty: it has none
    // The file `name` from its folder on ("pyproject.toml", "../package.json"); one without bytes:
    // there is none. NULL: nothing beside it can be had, as in a layer that is streamed.
    pt_str (*beside)(const pt_read *r, pt_str name);
    // Paths of files that `beside` gives and a pattern names ("packages/*/package.json": "*" is any
    // part of one name, "**" any folders), each from its folder on: strings, sorted. NULL as it.
    pt_value (*listed)(const pt_read *r, pt_str pattern);
    void *beside_of;
    pt_value os;      // of os-release
    pt_list packages; // see pt_package
    pt_list faults;   // strings: "line 7: a package without a version"
    pt_list owners;   // strings: packages of the system, as pt_owns was told of them
    PT_VEC(pt_owned) owned;
    bool owned_cut;           // there were more
    bool lists_files;         // it says whose files are, and lists no packages
    struct pt_claims *claims; // what packages say of their files; NULL: nobody asks
    const char *unit;         // what is counted there; NULL: lines
};

// Read the text of a file. PT_E_LIMIT, PT_E_NOMEM; everything else is a fault.
typedef pt_code pt_reader(pt_read *r, pt_str text, pt_err *e);

// What readers of packages make of one; in the document its members have the same names, and what
// is empty, false, 0 or undefined is left out. `lines` is [line, line_end].
typedef struct pt_package {
    pt_str type; // a package URL's ("deb", "npm", "golang", …); empty: its row's
    pt_str name, version, architecture;
    pt_str source, source_version; // of the package that it was built of
    pt_str id;                     // what `depends` of others call it; empty: "NAME@VERSION"
    pt_str relationship;           // "root", "workspace", "direct", "indirect"; empty: unknown
    bool dev;                      // needed to develop only
    pt_value licences;             // strings, as they are written
    pt_value recognised;           // {"file", "expression"}: by a text that the same file holds
    pt_value depends;              // ids of the packages of the same file that it needs, sorted
    pt_str digest;                 // "sha256:HEX" (or sha1, md5, sha512) that the file says it has
    uint32_t line, line_end;       // where the file says so, from 1
    pt_value more;                 // an object of what only this type has (a module, a vendor, …)
} pt_package;
// A package must have a name; one without a version (a workspace's root, a pom's) is listed too.
PT_CHECK pt_code pt_package_add(pt_read *r, const pt_package *p, pt_err *e);
void pt_fault_add(pt_read *r, uint32_t line, const char *what);

// Read the text of the reader's file as JSON, without the byte-order mark that other systems'
// programs write, behind which *text begins then. What is none is a fault, and *ret undefined.
// PT_E_NOMEM.
PT_CHECK pt_code pt_read_json(pt_read *r, pt_str *text, pt_value *ret, pt_err *e);

// The version that a file says its format has ("9.0", 3, 5.4). It is a fault unless the part before
// its first dot is in first..last: a format that is not known may tell packages elsewhere, and a
// file without any is not one that asks for none. Undefined: it says nothing, as the oldest do.
void pt_format_check(pt_read *r, pt_value version, int64_t first, int64_t last);

// A package of the system owns the file `name` in `folder` (empty: `name` is the whole path). Paths
// are from the root, with or without "/" or "./" before them; folders and links may be told of,
// too. All files of one package are told of one after another. Beyond PT_OWNED_MAX it is a fault.
// PT_E_NOMEM.
PT_CHECK pt_code pt_owns(pt_read *r, pt_str package, pt_str folder, pt_str name, pt_err *e);

// … and says that its content has this sum.
PT_CHECK pt_code pt_owns_content(pt_read *r, pt_str package, pt_str path, uint32_t sum, pt_err *e);
// The first 8 digits of an MD5 in hexadecimal, never 0 but for what is no MD5.
uint32_t pt_md5_front(pt_str hex);

// Without what stands before the first name and behind the last one.
pt_str pt_path_plain(pt_str path);

// Of a path without "/" before or behind it; its two lowest bits are 0. Not for keeping: it may
// change with the version. Whoever makes an image can make two paths with the same one.
uint64_t pt_path_hash(pt_str path);

// Take the next line of *rest, without its end.
bool pt_line_next(pt_str *rest, pt_str *ret);

// Of words in which quotes keep blanks together: the quote that is open behind `c`; 0: none.
char pt_quote_behind(char quote, char c);
