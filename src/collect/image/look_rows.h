// The looks: their functions, one file each, for the table in look.c.
#pragma once

#include "collect/image/look.h"
#include "collect/packages/binary/code.h"

bool pt_wants_elf(const pt_walk *w, const pt_tar_entry *t);
pt_code pt_see_elf(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e);
// What of a large program is to be held for it (code.h).
void pt_see_elf_parts(pt_str text, pt_program_parts *ret);
bool pt_wants_settings(const pt_walk *w, const pt_tar_entry *t);
pt_code pt_see_settings(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e);
bool pt_wants_needs(const pt_walk *w, const pt_tar_entry *t);
pt_code pt_see_needs(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e);
