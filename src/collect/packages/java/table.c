#include "collect/packages/java/java.h"
#include "collect/packages/readers.h"

// The ends that pt_jar_is knows.
#define ARCHIVE(end)            {.path = "**/*." end, .kind = "maven", .read = PT_READER(pt_read_jar)}
#define ARCHIVES(end, capitals) ARCHIVE(end), ARCHIVE(capitals)

const pt_reader_row pt_java_readers[] = {
    ARCHIVES("jar", "JAR"),
    ARCHIVES("war", "WAR"),
    ARCHIVES("ear", "EAR"),
    ARCHIVES("par", "PAR"),
    ARCHIVES("hpi", "HPI"),
    ARCHIVES("jpi", "JPI"),
    ARCHIVES("rar", "RAR"),
    ARCHIVES("sar", "SAR"),
    ARCHIVES("kar", "KAR"),
    ARCHIVES("nar", "NAR"),
    ARCHIVES("lpkg", "LPKG"),
    ARCHIVES("aar", "AAR"),
    ARCHIVES("jmod", "JMOD"),
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
