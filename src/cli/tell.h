// --notify: whom to tell, and telling them.
#pragma once

#include "cli/verb.h"
#include "record/notify/notify.h"

#define PT_TARGETS_MAX 8u

typedef struct pt_target {
    bool mail;
    pt_str address; // an https URL, or one mail address. It may be a secret: a webhook's often is
    pt_str shown;   // what may be said of it: "https://chat.example.net", "mailto:ops@example.org"
} pt_target;

// Read a word of --notify: an https URL (http to this machine only), mailto:ADDRESS, or file:PATH,
// a file that holds one of these (an address that is a secret does not belong on a command line).
// Texts live in `a`. PT_E_USAGE, PT_E_DENIED (others may read or write the file), …
PT_CHECK pt_code pt_target_parse(pt_arena *a, const char *word, pt_target *ret, pt_err *e);

// Carry a notice to a target. A web address is asked by a process of its own, without capabilities
// and below a filter; mail goes through /usr/sbin/sendmail. `ca`: a file of PEM certificates that
// may sign the server's; NULL: the system's.
PT_CHECK pt_code pt_tell(const pt_target *t, const pt_notice *n, const char *ca, pt_err *e);
