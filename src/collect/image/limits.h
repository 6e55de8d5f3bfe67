// What an image may ask of us. Beyond a limit there is a problem in the report, never a crash and
// never a shorter list without a word.
#pragma once

#define PT_TAR_HEADER_BYTES_MAX ((size_t)1 << 20) // of a long name, of PAX records: as Go's reader
#define PT_TAR_SPARSE_MAX       100000u           // extension blocks of one sparse file
#define PT_LAYER_ENTRIES_MAX    16000000u
#define PT_LAYER_BYTES_MAX      ((uint64_t)64 << 30) // of one layer, decompressed
#define PT_LAYER_SWELL_FROM     ((uint64_t)1 << 30)  // from here on no more than
#define PT_LAYER_SWELL_MAX      500u                 // times its compressed bytes
#define PT_LAYER_FILES_MAX      200000u              // that are read, of one layer
#define PT_LAYER_LINKS_MAX      200000u              // symbolic ones, of one layer
#define PT_LAYER_SECRETS_MAX    10000u               // that are told of one layer
#define PT_LAYER_TOLD_MAX       ((size_t)64 << 20) // bytes that tell of files one by one, of one layer
#define PT_LOOK_BYTES_MAX       ((size_t)16 << 20) // of a file that is looked into, and of what is seen
#define PT_LAYER_CLAIMS_MAX     ((size_t)64 << 20) // bytes that say what packages say of their files
#define PT_SYSTEM_BYTES_MAX     ((uint64_t)256 << 20) // of a layer, until a name tells the system
#define PT_LAYER_SECONDS        900u
#define PT_LAYER_RESULT_MAX     ((size_t)160 << 20)
#define PT_FILE_BYTES_MAX       ((size_t)1 << 30)  // of one file that is read
#define PT_KEPT_BYTES_MAX       ((size_t)96 << 20) // of files that are read together with others
#define PT_KEPT_ASIDE_BYTES_MAX ((size_t)48 << 20) // … of those that are only asked for,
#define PT_KEPT_ASIDE_MAX       200000u            // and how many
#define PT_LISTED_MAX           20000000u          // names compared with patterns, of one layer
#define PT_DOCUMENT_BYTES_MAX   ((size_t)8 << 20)  // manifests, configurations
#define PT_DOCUMENT_RESULT_MAX  ((size_t)16 << 20)
#define PT_DOCUMENT_SECONDS     30u
#define PT_MEMBERS_MAX          100000u // of an archive that holds an image
#define PT_MEMBERS_SECONDS      120u
#define PT_LAYERS_MAX           1024u
#define PT_DOCUMENTS_MAX        2000u                // of one target
#define PT_SPOOL_BYTES_MAX      ((uint64_t)64 << 30) // of what comes through a pipe
#define PT_INDEX_DEPTH_MAX      4u
#define PT_DIGITS_MIN           6u    // of a digest that names an image
#define PT_LINKS_MAX            40u   // hops, as the kernel counts
#define PT_PATH_BYTES_MAX       4096u // as the kernel takes them
#define PT_PATH_PARTS_MAX       512u
#define PT_NODES_MAX            1000000u // files, links and folders that matter, of one image
#define PT_FILES_MAX            900000u  // nodes from which on files are not told of one by one
#define PT_ALIASES_MAX          2000000u // ways to them through links
#define PT_JOB_ARENA_MAX        ((size_t)192 << 20)
