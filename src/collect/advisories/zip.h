// ZIP archives (APPNOTE.TXT 6.3) as dumps of advisories come in them: stored or deflated members,
// with the 64-bit extension, read through the central directory. Not: encryption, several volumes.
#pragma once

#include "base/buf.h"
#include "base/err.h"

#define PT_ZIP_MEMBERS_MAX 8000000u

typedef struct pt_zip {
    pt_str bytes;
    uint64_t members;
    // private
    uint64_t at, left; // in the central directory
} pt_zip;

// One member. Texts point into the archive.
typedef struct pt_zip_member {
    pt_str name;
    pt_str packed;
    uint64_t bytes; // unpacked
    uint32_t crc;
    uint16_t method;
} pt_zip_member;

bool pt_zip_is(pt_str bytes);

// PT_E_FORMAT: it is cut or none; PT_E_LIMIT: more members than are taken.
PT_CHECK pt_code pt_zip_open(pt_str bytes, pt_zip *ret, pt_err *e);

// The next member, folders too; *ret_any is false past the last one.
PT_CHECK pt_code pt_zip_next(pt_zip *z, pt_zip_member *ret, bool *ret_any, pt_err *e);

// Append what a member holds to `ret`, whose maximum bounds it; its size and checksum are verified.
// PT_E_LIMIT, PT_E_FORMAT, PT_E_UNSUPPORTED (a method), PT_E_NOMEM.
PT_CHECK pt_code pt_zip_read(const pt_zip_member *m, pt_buf *ret, pt_err *e);
