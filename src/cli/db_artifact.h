// An index in a registry: an artifact (OCI image-spec 1.1) of one layer, packed by zstd, with what
// it is in its annotations. Whoever reads those may trust none of them: the index says it itself.
#pragma once

#define PT_DB_ARTIFACT_TYPE  "application/vnd.paratia.advisories.v1"
#define PT_DB_ARTIFACT_MEDIA "application/vnd.paratia.advisories.v1.index+zstd"

#define PT_DB_NOTE_DIGEST    "paratia.advisories.digest"    // that names it
#define PT_DB_NOTE_BYTES     "paratia.advisories.bytes"     // unpacked
#define PT_DB_NOTE_SOURCES   "paratia.advisories.sources"   // "debian osv/npm.zip …"
#define PT_DB_NOTE_SIGNATURE "paratia.advisories.signature" // what stands in INDEX.sig
#define PT_DB_NOTE_MADE      "org.opencontainers.image.created"
