// Of Java: archives, Maven's projects, lock files of Gradle and sbt. A package's name is
// "group:artifact", its id "group:artifact:version". Rows: table.c.
#pragma once

#include "collect/packages/read.h"

pt_code pt_read_jar(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_pom(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_gradle(pt_read *r, pt_str text, pt_err *e);
pt_code pt_read_sbt(pt_read *r, pt_str text, pt_err *e);
