// The looks: their functions, one file each, for the table in look.c.
#pragma once

#include "collect/image/look.h"

bool pt_wants_elf(const pt_walk *w, const pt_tar_entry *t);
pt_code pt_see_elf(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e);
bool pt_wants_settings(const pt_walk *w, const pt_tar_entry *t);
pt_code pt_see_settings(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e);
bool pt_wants_needs(const pt_walk *w, const pt_tar_entry *t);
pt_code pt_see_needs(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e);
