// Lock files of ecosystems that have one or two of them. Rows: table.c.
#pragma once

#include "collect/packages/read.h"

pt_code pt_read_pub_lock(pt_read *r, pt_str text, pt_err *e);       // Dart
pt_code pt_read_swift_resolved(pt_read *r, pt_str text, pt_err *e); // versions 1 to 3
pt_code pt_read_podfile_lock(pt_read *r, pt_str text, pt_err *e);   // CocoaPods
pt_code pt_read_mix_lock(pt_read *r, pt_str text, pt_err *e);       // Elixir, Erlang
pt_code pt_read_julia_manifest(pt_read *r, pt_str text, pt_err *e); // formats 1 and 2
pt_code pt_read_conan_lock(pt_read *r, pt_str text, pt_err *e);     // versions 1 and 2
