#include "collect/packages/java/java.h"
#include "collect/packages/readers.h"

const pt_reader_row pt_java_readers[] = {
    {.path = "**/*.jar", .kind = "maven", .read = PT_READER(pt_read_jar)},
    {.path = "**/*.war", .kind = "maven", .read = PT_READER(pt_read_jar)},
    {.path = "**/*.ear", .kind = "maven", .read = PT_READER(pt_read_jar)},
    {.path = "**/*.par", .kind = "maven", .read = PT_READER(pt_read_jar)},
    {.path = "**/pom.xml", .kind = "maven", .read = PT_READER(pt_read_pom), .where = PT_IN_TREE},
    {.path = "**/*gradle.lockfile",
     .kind = "maven",
     .read = PT_READER(pt_read_gradle),
     .where = PT_IN_TREE},
    {.path = "**/build.sbt.lock",
     .kind = "maven",
     .read = PT_READER(pt_read_sbt),
     .where = PT_IN_TREE},
    {0},
};
