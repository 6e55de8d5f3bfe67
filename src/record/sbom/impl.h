// What both formats are written from.
#pragma once

#include "base/buf.h"
#include "base/instant.h"
#include "fact/licence.h"
#include "record/sbom/sbom.h"

typedef struct pt_sbom_item {
    pt_value package;
    pt_str purl;    // empty: it can have none
    pt_str ref;     // of its own in this bill
    pt_value needs; // indexes of items, sorted; undefined: not known
    bool of_system, needed;
} pt_sbom_item;

typedef struct pt_sbom {
    pt_arena *a;
    pt_value doc, image, os; // os: undefined: none was found
    pt_sbom_item *items;     // sorted by ref
    size_t n;
    pt_str name;        // of the image
    pt_str purl;        // of the image; empty: it has no digest to be named by
    pt_str ref, os_ref; // of the image and of its system
    pt_str uuid;        // of the bill
    pt_str time;        // "2026-11-24T06:00:05Z"
    pt_value problems;  // a set: "not evaluated: cannot be read (var/lib/x, layer 2)"
} pt_sbom;

pt_str pt_sbom_text(pt_value v, const char *key);       // empty: it has none
int64_t pt_sbom_whole(pt_value v, const char *key);     // 0: it has none
void pt_sbom_put(pt_obj *o, const char *key, pt_str s); // unless it is empty

// A CPE 2.3 name that a package of this name would probably have; empty: none can be guessed.
pt_str pt_sbom_cpe(pt_arena *a, pt_value package);

// "sha256:HEX" with the name that the format has for it. False: it is none of these.
typedef struct pt_sbom_hash {
    const char *cyclonedx, *spdx;
    pt_str hex;
} pt_sbom_hash;
bool pt_sbom_hash_of(pt_str digest, pt_sbom_hash *ret);

// What no field of either format has, one by one: of a package whose it is and what only its type
// has, of a system what is not its name and version. Never an empty value, nor one of several
// lines.
typedef void pt_sbom_tell(void *to, pt_str name, pt_str value);
void pt_sbom_package_facts(pt_arena *a, pt_value package, pt_sbom_tell *tell, void *to);
void pt_sbom_system_facts(pt_arena *a, pt_value os, pt_sbom_tell *tell, void *to);

// What it is a bill of.
typedef enum pt_sbom_subject {
    PT_SBOM_IMAGE,
    PT_SBOM_SYSTEM, // a folder that is a root file system
    PT_SBOM_SOURCES // a folder with sources, or what another's bill is of
} pt_sbom_subject;
pt_sbom_subject pt_sbom_subject_of(const pt_sbom *s);

pt_value pt_sbom_cyclonedx(const pt_sbom *s);
pt_value pt_sbom_spdx(const pt_sbom *s);
