// Certificates from elsewhere: a PEM text, its DER, and a good one with bytes changed, because
// random bytes are refused at the first length. Whatever is read is text.
#include <string.h>

#include "crypto/testing_stamp.h"
#include "crypto/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_pem(pt_str pem) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = (size_t)64 << 20};
    pt_x509_facts f = {0};
    pt_err e = {0};
    pt_code code = pt_x509_read(&a, pem, &f, &e);
    pt_assert(code == e.code && (code == PT_OK) == (e.what[0] == '\0'));
    if (code)
        return;
    pt_assert(strlen(f.sha256) == 2 * PT_SHA256_BYTES);
    pt_assert(!pt_str_has(f.common_name, (pt_str){"", 1}) && pt_str_utf8(f.common_name, NULL));
    for (size_t i = 0; i < f.names.n; i++)
        pt_assert(f.names.p[i] >= ' ' && f.names.p[i] < 0x7f);
    pt_assert(!memchr(f.subject.p, '\n', f.subject.n) && !memchr(f.issuer.p, '\n', f.issuer.n));
}

static void read_der(pt_str der) {
    PT_AUTO(pt_buf_done) pt_buf pem = PT_BUF((size_t)1 << 20);
    pt_buf_putz(&pem, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; at < der.n; at += 48) {
        pt_base64_put(&pem, pt_str_sub(der, at, at + 48));
        pt_buf_putc(&pem, '\n');
    }
    pt_buf_putz(&pem, "-----END CERTIFICATE-----\n");
    read_pem(pt_buf_str(&pem));
}

// The bytes of the first certificate of `pem`, in `a`.
static pt_str der_of(pt_arena *a, pt_str pem) {
    PT_AUTO(pt_buf_done) pt_buf text = PT_BUF((size_t)1 << 16);
    pt_str line;
    bool within = false;
    while (pt_str_split(&pem, '\n', &line) && !pt_str_starts(line, PT_STR("-----END"))) {
        if (within)
            pt_buf_put(&text, line);
        within = within || pt_str_starts(line, PT_STR("-----BEGIN"));
    }
    return pt_base64_decode(a, pt_buf_str(&text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    pt_str good = der_of(&a, pt_str_of(stamp_authority));
    pt_assert(good.n > 0);
    char *bytes = pt_arena_take(&a, good.n);
    memcpy(bytes, good.p, good.n);
    for (size_t i = 0; i + 3 <= size; i += 3)
        bytes[((size_t)data[i] << 8 | data[i + 1]) % good.n] = (char)data[i + 2];
    pt_str input = {(const char *)data, size};
    read_pem(input);
    read_der(input);
    read_der((pt_str){bytes, good.n});
    return 0;
}
