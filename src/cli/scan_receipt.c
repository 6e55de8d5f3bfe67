#include "cli/scan_receipt.h"

#include "base/instant.h"
#include "cli/receipt.h"
#include "value/json.h"

pt_code pt_scan_payload(const pt_run *r, pt_buf *ret, pt_err *e) {
    pt_code code = pt_json_write(ret, r->scan, &(pt_json_opts){.pretty = true}, e);
    pt_buf_putc(ret, '\n');
    return code;
}

// What the tree holds: digests and counts, no name of a person and no argument.
pt_code pt_scan_entry(const pt_run *r, pt_arena *a, pt_value report, pt_buf *ret, pt_err *e) {
    static const char *const of_image[] = {"names", "manifest", "config"};
    char room[PT_RFC3339_BYTES];
    pt_value image = pt_getz(r->scan, "image");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_stringz("scan"));
    pt_obj_set(&o, "time", pt_string(pt_time_rfc3339(r->started, room)));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_maybe(&o, "target", pt_getz(r->scan, "kind"));
    for (size_t i = 0; i < PT_COUNT(of_image); i++)
        pt_obj_maybe(&o, of_image[i], pt_getz(image, of_image[i]));
    pt_obj_set(&o, "verdict", pt_getz(r->scan, "verdict"));
    pt_obj_set(&o, "verdicts", pt_receipt_counts(r, a));
    pt_obj_set(&o, "waived", pt_int((int64_t)r->waived));
    pt_obj_set(&o, "packages", pt_int((int64_t)pt_len(pt_getz(r->scan, "packages"))));
    pt_obj_maybe(&o, "vulnerabilities", pt_getz(r->scan, "counts"));
    pt_obj_maybe(&o, "index", pt_getz(pt_getz(r->scan, "index"), "digest"));
    pt_obj_set(&o, "report", report);
    pt_obj_set(&o, "exit", pt_int(r->exit_code));
    return pt_json_write(ret, pt_obj_end(&o), &(pt_json_opts){.canonical = true}, e);
}
