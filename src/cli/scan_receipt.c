#include "cli/scan_receipt.h"

#include <stdio.h>

#include "base/instant.h"
#include "cli/journey.h"
#include "cli/receipt.h"
#include "crypto/crypto.h"
#include "value/json.h"

enum {
    PAYLOAD_BYTES_MAX = 512 << 20
};

// What the tree holds: digests and counts, no name of a person and no argument.
static pt_code entry_of(pt_arena *a, pt_value doc, const pt_value *report, int exit, pt_buf *ret,
                        pt_err *e) {
    static const char *const of_image[] = {"names", "manifest", "config"};
    char room[PT_RFC3339_BYTES];
    pt_value image = pt_getz(doc, "image");
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_stringz("scan"));
    pt_obj_set(&o, "time", pt_string(pt_time_rfc3339(pt_now(), room)));
    pt_obj_set(&o, "paratia", pt_stringz(PT_VERSION));
    pt_obj_maybe(&o, "target", pt_getz(doc, "kind"));
    for (size_t i = 0; i < PT_COUNT(of_image); i++)
        pt_obj_maybe(&o, of_image[i], pt_getz(image, of_image[i]));
    pt_obj_set(&o, "verdict", pt_getz(doc, "verdict"));
    pt_obj_set(&o, "packages", pt_int((int64_t)pt_len(pt_getz(doc, "packages"))));
    pt_obj_maybe(&o, "vulnerabilities", pt_getz(doc, "counts"));
    pt_obj_maybe(&o, "index", pt_getz(pt_getz(doc, "index"), "digest"));
    pt_obj_set(&o, "report", *report);
    pt_obj_set(&o, "exit", pt_int(exit));
    return pt_json_write(ret, pt_obj_end(&o), &(pt_json_opts){.canonical = true}, e);
}

pt_code pt_scan_receipt(const pt_args *args, pt_arena *a, pt_value doc, int exit,
                        uint64_t *ret_number, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf payload = PT_BUF(PAYLOAD_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf hex = PT_BUF(128);
    PT_AUTO(pt_buf_done) pt_buf entry = PT_BUF(PT_LEDGER_ENTRY_BYTES_MAX);
    pt_ledger *ledger = NULL;
    pt_str state = {0};
    pt_code code = pt_state_need(args, a, &state, e);
    if (!code)
        code = pt_json_write(&payload, doc, &(pt_json_opts){.pretty = true}, e);
    if (code)
        return code;
    pt_buf_putc(&payload, '\n');
    pt_str text = pt_buf_str(&payload);
    pt_hash256 h = pt_sha256(&text, 1);
    pt_hex_put(&hex, (pt_str){(const char *)h.b, sizeof h.b});
    pt_obj o = {.a = a};
    pt_obj_set(&o, "sha256", pt_string(pt_buf_str(&hex)));
    pt_obj_set(&o, "bytes", pt_int((int64_t)text.n));
    pt_obj_set(&o, "type", pt_stringz("application/json"));
    pt_value report = pt_obj_end(&o);
    code = entry_of(a, doc, &report, exit, &entry, e);
    if (!code)
        code =
            pt_receipt_put(a, state, PT_RECEIPT_PARTS(text, pt_buf_str(&hex), pt_buf_str(&entry)),
                           &ledger, ret_number, e);
    if (!code && *ret_number == 0)
        fprintf(stderr,
                "note: a new ledger begins in %.*s: keep its key elsewhere (paratia ledger key)\n",
                PT_PRI(state));
    pt_ledger_free(ledger);
    return code;
}
