// The options that say whose signatures of bundles are believed.
#pragma once

#include "cli/verb.h"
#include "judge/policy/load.h"

// For the tables of verbs.
#define PT_TRUST_OPTIONS                                                                           \
    {"verification-key", "FILE", "believe bundles only that this key signed", NULL, "Signatures"}, \
        {"verification-key-id", "NAME", "the key's name, if the signature says one", NULL, NULL},  \
        {"signing-alg", "NAME", "RS256, PS256, ES256, HS256, … 384, 512", "RS256", NULL},          \
        {"scope", "NAME", "the scope that the signature has to say", NULL, NULL}, {                \
        "exclude-files-verify", "GLOB,…", "files that need not be as signed", NULL, NULL           \
    }
#define PT_TRUST_NAMES "verification-key|verification-key-id|signing-alg|scope|exclude-files-verify"

typedef struct pt_bundle_trust {
    pt_load_trust trust;
    pt_load_key key;
    pt_list_option exclude;
} pt_bundle_trust;

// A key's file: PEM, or the bytes of a secret. Never the secret itself: others see a command line.
PT_CHECK pt_code pt_bundle_key_read(pt_arena *a, const char *option, const char *path, pt_str *ret,
                                    pt_err *e);

void pt_bundle_key_wipe(pt_str key); // what it gave

// What the options say, in `a`; *ret is NULL without --verification-key. `room` outlives *ret.
PT_CHECK pt_code pt_bundle_trust_of(const pt_args *args, pt_arena *a, pt_bundle_trust *room,
                                    const pt_load_trust **ret, pt_err *e);
void pt_bundle_trust_done(pt_bundle_trust *room); // wipes the secret

// Say that nobody looked at the signatures of these bundles: on standard error, a line for each.
void pt_bundle_say_unverified(const pt_load_names *bundles);
