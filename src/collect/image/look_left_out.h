// A look (look.h) into dpkg's settings: {"left_out": ["usr/share/doc/*", …]}, patterns of paths.
#pragma once

#include "collect/image/walk.h"

bool pt_left_out_wants(const pt_walk *w, const pt_tar_entry *t);
pt_code pt_left_out_see(pt_walk *w, const pt_tar_entry *t, pt_obj *seen, pt_err *e);
