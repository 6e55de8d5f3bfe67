// Bills from anywhere: what is read has its packages and says what it could not read.
#include "collect/sbom/bill.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_arena a = {0};
    pt_value doc = pt_undefined();
    pt_err e = {0};
    pt_code code = pt_bill_read(&a, (pt_str){(const char *)data, size}, &doc, &e);
    pt_assert(code == e.code);
    if (code == PT_OK) {
        bool pass = pt_str_eqz(pt_text(pt_getz(doc, "verdict")), "pass");
        pt_value packages = pt_getz(doc, "packages");
        pt_assert(pass == (pt_len(pt_getz(doc, "problems")) == 0));
        for (size_t i = 0; i < pt_len(packages); i++)
            pt_assert(pt_text(pt_getz(pt_at(packages, i), "name")).n > 0);
    }
    pt_arena_done(&a);
    return 0;
}
