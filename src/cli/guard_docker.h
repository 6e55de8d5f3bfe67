// What the files of `paratia guard docker` share.
#pragma once

#include "cli/guard.h"
#include "protect/identity/certs.h"

// -- settings -------------------------------------------------------------------------------------

typedef PT_VEC(pt_guard_tenant) pt_guard_tenant_list;

typedef struct pt_docker_reading {
    pt_guard_reading base; // first: what is handed to `take`
    pt_guard_words allow, deny, binds, registries, names;
    bool tags;
    pt_podsec_level level;
    pt_guard_policies policies;
    // Of tenants:
    bool shared, no_socket;
    pt_guard_words operators, revoked;
    pt_guard_tenant_list tenants;   // as they are written
    pt_guard_words users, networks; // of the one that is being read
} pt_docker_reading;

// What a tenant's entry may have; ends with name NULL.
extern const pt_guard_setting pt_docker_tenant_settings[];

// A user's name, added to `to`. PT_E_FORMAT.
PT_CHECK pt_code pt_docker_take_user(pt_guard_reading *r, pt_guard_words *to, pt_str word);

// What was read of rules.
pt_docker_policy pt_docker_rules_of(const pt_docker_reading *r);

// guard_tenants.c: a file of tenants, or all *.yaml and *.yml of a folder, added to `r`.
// PT_E_FORMAT with file and line, PT_E_DENIED (others may write it), PT_E_IO, PT_E_NOMEM.
PT_CHECK pt_code pt_docker_tenants_read(pt_docker_reading *r, pt_str path);

// The tenants that were read, each judged by its own rules and by what the guard's own forbid,
// which `scanned` is of: *ret. PT_E_NOMEM.
PT_CHECK pt_code pt_docker_tenants_of(pt_docker_reading *r, const pt_scanned_policy *scanned,
                                      pt_guard_tenants *ret);

// -- certificates ---------------------------------------------------------------------------------

// guard_tls.c: the authority of tenants' certificates and the daemon's own, in `state`; made or
// renewed where that is due. PT_E_USAGE, PT_E_IO, PT_E_DENIED, PT_E_NOMEM.
PT_CHECK pt_code pt_docker_certs_make(const pt_args *args, pt_arena *a, pt_str state, pt_certs *ret,
                                      pt_err *e);

// Those that are there. PT_E_ABSENT: none was made.
PT_CHECK pt_code pt_docker_certs_read(pt_arena *a, pt_str state, pt_certs *ret, pt_err *e);

#define PT_DOCKER_ISSUED "guard docker: certificate issued" // kind of its receipt
// guard_revoked.c: say which serial numbers are revoked that no receipt of `state` is of.
void pt_docker_note_revoked(pt_str state, const pt_guard_tenants *t);

int pt_docker_issue(const pt_args *args); // --issue USER; the exit code
#define PT_DOCKER_TLS_LISTEN "127.0.0.1:2376"
