// What a registry may ask of us.
#pragma once

#define PT_MANIFEST_BYTES_MAX ((size_t)4 << 20) // distribution-spec, "Pushing Manifests"
#define PT_TOKEN_BYTES_MAX    ((size_t)64 << 10)
#define PT_AUTH_FILE_MAX      ((size_t)1 << 20)
#define PT_HELPER_BYTES_MAX   ((size_t)64 << 10)
#define PT_HELPER_MS          60000u // it may ask for a passphrase
#define PT_MIRRORS_MAX        16u
#define PT_TRIES_MAX          4u   // of one request, as long as its failure may pass
#define PT_RESUMES_MAX        8u   // of one blob
#define PT_RETRY_SECONDS_MAX  120u // that we wait when told to
