// Archives that hold a package as a folder would: what they say of it, member by member.
#pragma once

#include "collect/packages/read.h"

#define PT_ZIPPED_BYTES_MAX   ((size_t)1 << 20) // of one member
#define PT_ZIPPED_MEMBERS_MAX 200000u           // that are looked at, of one archive
#define PT_ZIPPED_TAKEN_MAX   1000u             // that are unpacked, of one archive

// False: no more of them. The text lives until it returns.
typedef bool pt_zipped_take(void *arg, pt_str name, pt_str text);

// Unpack the members of a ZIP archive whose names `wanted` wants. PT_E_FORMAT, PT_E_UNSUPPORTED,
// PT_E_LIMIT: from there on nothing is read. PT_E_NOMEM.
PT_CHECK pt_code pt_zipped_each(pt_str archive, bool (*wanted)(pt_str name), pt_zipped_take *take,
                                void *arg, pt_err *e);
