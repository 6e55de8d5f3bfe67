// Of operating systems: package databases, and what names the system. Rows: table.c.
#pragma once

#include "collect/packages/read.h"

pt_code pt_read_os_release(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_lsb_release(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_release(pt_read *r, pt_str text, pt_err *e); // redhat-release and its kin: a line
pt_code pt_read_debian_version(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_alpine_release(pt_read *r, pt_str text, pt_err *e);
// Facts of the system that stand elsewhere: {"content_sets"}, {"build": {"nvr", "architecture"}},
// {"extended": true}, {"repositories": ["3.18", "edge"]}.
pt_code pt_read_apk_repositories(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_content_manifest(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_build_recipe(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_ubuntu_pro(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_dpkg(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_dpkg_list(pt_read *r, pt_str text, pt_err *e); // info/NAME.list: pt_owns only
pt_code pt_read_dpkg_sums(pt_read *r, pt_str text, pt_err *e); // status.d/NAME.md5sums: likewise
pt_code pt_read_dpkg_diversions(pt_read *r, pt_str text, pt_err *e); // likewise
pt_code pt_read_apk(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_rpm_manifest(pt_read *r, pt_str text, pt_err *e); // of images without a database
pt_code pt_read_rpm_sqlite(pt_read *r, pt_str text, pt_err *e); // with its log, if `beside` has it
pt_code pt_read_rpm_wal(pt_read *r, pt_str text, pt_err *e);    // says so where it has it not
pt_code pt_read_rpm_ndb(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_rpm_bdb(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_pacman(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_portage(pt_read *r, pt_str text, pt_err *e); // the file PF, and those beside it
pt_code pt_read_chisel(pt_read *r, pt_str text, pt_err *e);
