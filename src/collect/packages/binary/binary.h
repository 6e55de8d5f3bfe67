// Of programs what says what they were made of, and Go's module files. Rows: table.c.
#pragma once

#include "collect/packages/binary/elf.h"
#include "collect/packages/read.h"

// Of an ELF file; nothing, and no fault, where it is of another kind.
pt_code pt_read_go_program(pt_read *r, pt_str text, pt_err *e); // Go's build information
bool pt_go_build_is_apart(const pt_elf *f); // … of before Go 1.18: its texts are constants
pt_code pt_read_rust_program(pt_read *r, pt_str text, pt_err *e); // cargo-auditable's section
pt_code pt_read_package_note(pt_read *r, pt_str text, pt_err *e); // systemd's .note.package
// Well-known software by what stands in it, where the name of the file (`path`) fits.
pt_code pt_read_known_program(pt_read *r, pt_str text, pt_err *e);

// Does that one search the constants (.rodata) of a file of this name? All of the file?
bool pt_known_program_name(pt_str path);
bool pt_known_program_is_searched(pt_str path);

pt_code pt_read_bitnami(pt_read *r, pt_str text, pt_err *e); // SPDX documents of Bitnami's images

// go.mod: the module, what it requires with what replaces it, Go's library. Of modules before Go
// 1.17, which do not list what they need indirectly, that is from go.sum beside it.
pt_code pt_read_go_mod(pt_read *r, pt_str text, pt_err *e);
// go.sum where no go.mod stands beside it: of each module the last version.
pt_code pt_read_go_sum(pt_read *r, pt_str text, pt_err *e);
