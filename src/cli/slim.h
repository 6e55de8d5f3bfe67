// Inside paratia slim.
#pragma once

#include "base/map.h"
#include "cli/verb.h"
#include "collect/image/image.h"
#include "collect/image/write.h"
#include "judge/image/closure.h"
#include "record/report/terminal.h"

typedef struct pt_slim {
    const pt_args *args;
    pt_arena a;
    pt_str trace;
    pt_str source; // digest of the image: its manifest's, else its configuration's
    int folder;    // the new image's; -1: none
    bool made;     // by us
    // While the image is open:
    const pt_image_open *open;
    pt_value config; // of the image, whole
    pt_closure closure;
    bool *keep;
    pt_value dropped;           // {[type, name]}: packages that lists of packages lose
    bool judged;                // by an index
    uint64_t flaws, flaws_gone; // vulnerabilities; those that go
    pt_map flaws_of;            // uint64_t * of packages that go
    pt_written written;
    pt_str manifest; // digest of the new image's; empty: it was not written
    pt_value told;   // the document (docs/slim.md)
} pt_slim;

// slim_layout.c: make the folder, which must not be there, or be empty; PT_E_CONFLICT. Write an
// image in OCI layout into it, that docker load takes, too. Take away what was begun.
PT_CHECK pt_code pt_slim_begin(pt_slim *s, pt_err *e);
PT_CHECK pt_code pt_slim_write(pt_slim *s, pt_err *e);
void pt_slim_undo(pt_slim *s);

// slim_flaws.c: what an index says of the packages, if there is one, or one is asked for; how many
// of a package that is left out.
PT_CHECK pt_code pt_slim_judge(pt_slim *s, pt_err *e);
uint64_t pt_slim_flaws_of(pt_slim *s, pt_value package);

// Is a package of the document in the new image, too?
bool pt_slim_stays(pt_slim *s, pt_value package);

// slim_tell.c: what stays, what is left out, and why, as a document; slim_show.c: for people.
PT_CHECK pt_code pt_slim_tell(pt_slim *s, pt_err *e);
PT_CHECK pt_code pt_slim_json(const pt_slim *s, pt_buf *b, pt_err *e);
void pt_slim_show(const pt_slim *s, pt_buf *b, const pt_terminal *t);
