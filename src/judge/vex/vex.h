// What somebody says about whether a vulnerability matters in a product: OpenVEX 0.2.0 (and what
// 0.0.1 wrote), CSAF 2.0 of category csaf_vex (section 4.5), CycloneDX (1.4 and later,
// "vulnerabilities"). Read from JSON, asked per finding.
#pragma once

#include "base/instant.h"
#include "fact/purl.h"

#define PT_VEX_BYTES_MAX      (64u << 20) // of one document
#define PT_VEX_STATEMENTS_MAX 1000000u    // of all documents, a product of a statement counting one
#define PT_VEX_AHEAD_NS       (INT64_C(86400) * PT_SECOND_NS) // of a clock that goes fast
#define PT_VEX_PRODUCTS_MAX   200000u                         // of one document's product tree

typedef enum pt_vex_status {
    PT_VEX_NOTHING, // nobody says anything
    PT_VEX_AFFECTED,
    PT_VEX_NOT_AFFECTED,
    PT_VEX_FIXED,
    PT_VEX_UNDER_INVESTIGATION,
} pt_vex_status;
const char *pt_vex_status_name(pt_vex_status s); // as OpenVEX writes it: "not_affected"

typedef struct pt_vex pt_vex;

// A set of statements; it and its texts live in `a`. NULL: memory is out.
pt_vex *pt_vex_new(pt_arena *a);

// Add the statements of a document, which is kept by reference; `name` is what messages call it.
// `advice`: somebody else's or an unsigned one, which is shown and suppresses nothing.
// Statements without a product that a package URL identifies are counted, and are about nothing.
// PT_E_FORMAT: none of the three formats, or not as its format has it; PT_E_LIMIT; PT_E_NOMEM.
PT_CHECK pt_code pt_vex_read(pt_vex *v, pt_str bytes, pt_str name, bool advice, pt_err *e);

// {"documents": [{"name", "format", "id", "author", "statements", "unidentified", "advice"}]}
pt_value pt_vex_about(const pt_vex *v, pt_arena *a);

typedef struct pt_vex_ask {
    const pt_str *ids; // of the vulnerability, with its aliases
    size_t ids_n;
    const pt_purl *package;
    const pt_purl *images; // what the package is part of; may be none
    size_t images_n;
    bool by_digest; // the images' names are no more than their own word: statements that name no
                    // digest are about others
    pt_time_ns now; // 0: nobody knows
} pt_vex_ask;

// The latest statement wins, by its own timestamp, else its document's; two of the same time that
// differ are PT_VEX_UNDER_INVESTIGATION. One from the future (PT_VEX_AHEAD_NS) never wins and never
// suppresses; where it says otherwise than the latest, that is PT_VEX_UNDER_INVESTIGATION too.
typedef struct pt_vex_said {
    pt_vex_status status;
    bool suppresses; // fixed, or not affected with a justification that its format knows or an
                     // impact that says something; no advice
    bool tie;
    bool future; // a statement of a time that has not come is among them
    pt_str document, author, time;
    pt_str justification, impact; // may be empty
} pt_vex_said;
pt_vex_said pt_vex_ask_about(const pt_vex *v, const pt_vex_ask *ask);
