// Which reader reads which file.
#pragma once

#include "base/map.h"
#include "collect/packages/read.h"

typedef enum pt_read_where { // an image lists what is installed; a tree what is to be
    PT_IN_BOTH,
    PT_IN_IMAGE, // images, root file systems
    PT_IN_TREE,  // source trees: lock files
} pt_read_where;

// `path` is, from the root:
//   "etc/os-release"              this file
//   "var/lib/dpkg/status.d/"      the files of this folder
//   "**/package-lock.json"        a file of this name in any folder
//   "**/*.dist-info/METADATA"     "*" is any part of one name; any number of folders before it
//   "**/node_modules/**/package.json"
// A program (an ELF file) has no name that says so: `elf`, and path NULL.
typedef struct pt_reader_row {
    const char *path;
    const char *kind;    // "os"; a package URL's type: of what is read, and of what is not
    pt_reader *read;     // NULL: this is known to list packages, and is not read
    const char *except;  // names with this end are something else
    pt_read_where where; // it is asked for
    bool elf;            // the reader of every program; several may be
    bool claims;         // it lists no package, and is read only for who asks for claims
    // Names of the files that it may ask for with pt_read.beside, "*.txt" among them, blanks
    // between; NULL: it asks for none. Files of such a row are read when all of the layer was seen.
    // (Those of a tree always are, and what lock files commonly ask for is there.)
    const char *beside;
    // Archives of which it may ask for manifests of packages as if they were folders, as `path` has
    // it ("a.zip/node_modules/b/package.json"): in trees. NULL: of none.
    const char *within;
} pt_reader_row;

// Who lays layers upon one another needs the rows and runs no reader: he is built without them, and
// without the libraries that they read by.
#ifdef PT_READER_NAMES
#    define PT_READER(fn) NULL
#else
#    define PT_READER(fn) fn
#endif

// The tables, each ends with a zeroed row. A file that several rows name is the first one's.
extern const pt_reader_row pt_binary_readers[];
extern const pt_reader_row pt_golang_readers[];
extern const pt_reader_row pt_os_readers[];
extern const pt_reader_row pt_dotnet_readers[];
extern const pt_reader_row pt_java_readers[];
extern const pt_reader_row pt_node_readers[];
extern const pt_reader_row pt_php_readers[];
extern const pt_reader_row pt_ruby_readers[];
extern const pt_reader_row pt_python_readers[];
extern const pt_reader_row pt_rust_readers[];
extern const pt_reader_row pt_misc_readers[];

extern const pt_reader_row *const pt_reader_tables[]; // ends with NULL

// Does the pattern name the path: "*" is any part of one name, "**" any number of folders?
bool pt_path_fits(pt_str pattern, pt_str path);

// Does `path` match a row's `path`?
bool pt_reader_names(const char *row_path, pt_str path);

// The row that reads the file at `path`, or NULL. Every row is tried: for a few files.
const pt_reader_row *pt_reader_of(pt_str path);

// Is it of the system's own table: databases of installed packages, and what names the system?
bool pt_reader_of_system(const pt_reader_row *row);

// All rows that are asked for in `where`, to be looked up by millions of names. Lives in `a`.
typedef struct pt_reader_index {
    pt_map names;   // of last parts without "*", and of their ends (".jar") if "*" stands before
    pt_map folders; // of rows for a folder's files
    pt_map leads;   // what rows without "*" name, and the folders above
    pt_map beside;  // names of files that some reader may ask for, ends (".txt") of others
    struct pt_reader_entry *others;
    PT_VEC(const pt_reader_row *) elf;    // the readers of programs, in the tables' order
    PT_VEC(const pt_reader_row *) within; // rows that have it
} pt_reader_index;

PT_CHECK pt_code pt_reader_index_make(pt_reader_index *x, pt_arena *a, pt_read_where where,
                                      pt_err *e);
// May a reader ask for the file? Of those with an end that many files have, only small ones.
#define PT_BESIDE_BYTES_MAX ((uint64_t)1 << 20)
bool pt_reader_asks(const pt_reader_index *x, pt_str path, uint64_t size);

// May one ask for what is in the archive?
bool pt_reader_asks_within(const pt_reader_index *x, pt_str path);

// As pt_reader_of.
const pt_reader_row *pt_reader_find(const pt_reader_index *x, pt_str path);

// The row that `path`, whatever folders it stands in, may have by a link: the one that it has, or
// the first whose last part is its name; NULL: none. (Of names that end in ".json" there are too
// many.)
const pt_reader_row *pt_reader_guess(const pt_reader_index *x, pt_str path);

// Does the row name `path`? (Not for rows of programs.)
bool pt_reader_row_names(const pt_reader_row *row, pt_str path);

// Do two rows make the same of a file? (Only what its packages' type is, may be the row's to say.)
bool pt_reader_same(const pt_reader_row *one, const pt_reader_row *other);

// Is `path` a folder above something that a row names without "*" (or what any row names)?
bool pt_reader_leads_to(const pt_reader_index *x, pt_str path);
