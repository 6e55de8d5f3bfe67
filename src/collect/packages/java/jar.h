// What the readers of an archive of Java share.
#pragma once

#include "collect/packages/java/java.h"

#define PT_JAR_ROOM            ((size_t)48 << 20) // of memory, beside the bytes of archives
#define PT_JAR_DEPTH_MAX       8u                 // archives within one another
#define PT_JAR_ENTRIES_MAX     1000000u
#define PT_JAR_TEXT_BYTES_MAX  ((size_t)1 << 20)   // of a manifest, a pom, a licence
#define PT_JAR_NEST_BYTES_MAX  ((size_t)64 << 20)  // of an archive in another that is packed there
#define PT_JAR_NESTS_BYTES_MAX ((size_t)96 << 20)  // of all that are open at once
#define PT_JAR_UNPACK_MAX      ((size_t)512 << 20) // of all that is unpacked,
#define PT_JAR_UNPACK_FROM     ((size_t)16 << 20)  // and from here on no more than
#define PT_JAR_SWELL_MAX       100u                // times the archive's bytes

// Who made an artifact: what identifies it with Maven.
typedef struct pt_gav {
    pt_str group, artifact, version; // empty: unknown
} pt_gav;

// What "pom.properties" says (Maven Archiver): group, artifact and version.
pt_gav pt_jar_properties(pt_arena *a, pt_str text);

// What of "META-INF/MANIFEST.MF" (the JAR file specification) tells what it is.
typedef struct pt_manifest {
    pt_gav gav;
    bool guessed;   // the group is the beginning of the bundle's name
    pt_str licence; // Bundle-License
} pt_manifest;
// `named`: what the file's name says, whose artifact counts if the versions are the same: titles
// are for people.
pt_manifest pt_jar_manifest(pt_arena *a, pt_str text, const pt_gav *named);

// Artifact and version of "ARTIFACT-VERSION.jar"; without a version the artifact alone.
pt_gav pt_jar_name(pt_str name);
// Is it the name of an archive of Java?
bool pt_jar_is(pt_str name);
// … or of another kind of archive, which ends likewise (RAR, SAP's SAR)?
bool pt_jar_may_be(pt_str name);
