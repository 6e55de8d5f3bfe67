// ZIP archives in memory (PKWARE's APPNOTE.TXT 6.3.10), read only: no library of Debian's reads
// them without a file or without compressions that no jar has, and behind the worker's walls there
// are no files. The central directory at the end decides what there is, whatever stands before the
// archive (a script, say) or between its entries.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

typedef struct pt_zip {
    pt_str bytes;
    size_t base;   // what stands before the archive
    size_t at;     // in the directory: of what is not yet taken
    size_t end;    // of the directory
    uint64_t left; // entries that are said to follow
} pt_zip;

typedef struct pt_zip_entry {
    pt_str name;            // as it is written
    uint16_t flags, method; // method 0: only stored
    uint32_t crc;
    uint64_t packed, size; // bytes
    uint64_t header;       // where its local header is, from `base`
} pt_zip_entry;

// Room for unpacking, for any number of archives. NULL: out of memory.
typedef struct pt_unzip pt_unzip;
pt_unzip *pt_unzip_new(pt_arena *a);

// Does it begin as one does? (With a script before it, it does not, and may be one still.)
bool pt_zip_is(pt_str bytes);
// Find the directory of an archive. PT_E_FORMAT: it has none.
PT_CHECK pt_code pt_zip_open(pt_zip *z, pt_str bytes, pt_err *e);
// The next entry; *ret_end: there is none. PT_E_FORMAT: the directory is broken here.
PT_CHECK pt_code pt_zip_next(pt_zip *z, pt_zip_entry *ret, bool *ret_end, pt_err *e);
// The content of an entry: what is only stored is a slice of the archive, all else is appended to
// `room`, and never more than the entry says that it has. PT_E_FORMAT: it is broken, or not what
// its checksum says; PT_E_UNSUPPORTED: encrypted, or packed in another way; PT_E_LIMIT: it is
// larger than `room` takes; PT_E_NOMEM.
PT_CHECK pt_code pt_zip_read(const pt_zip *z, const pt_zip_entry *n, pt_unzip *u, pt_buf *room,
                             pt_str *ret, pt_err *e);
