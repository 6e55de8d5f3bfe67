// Answers of a time stamping authority: as they come, and a good one with bytes changed, because
// random bytes are refused at the first length. Input: pairs of a position (two bytes) and a byte.
#include <string.h>

#include "crypto/testing_stamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void verify(pt_str answer) {
    pt_str text = STAMP_TEXT;
    pt_hash256 digest = pt_sha256(&text, 1);
    pt_time_ns time = 0;
    pt_time_ns good = 0;
    pt_err e = {0};
    pt_code code = pt_timestamp_verify(answer, &digest, 0, pt_str_of(stamp_authority), &time, &e);
    pt_assert(code == e.code && (code == PT_OK) == (e.what[0] == '\0'));
    pt_assert(pt_time_parse(PT_STR(STAMP_TIME), &good));
    pt_assert(code != PT_OK || time == good); // nobody signs another time
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t bytes[sizeof stamp_der];
    memcpy(bytes, stamp_der, sizeof bytes);
    for (size_t i = 0; i + 3 <= size; i += 3)
        bytes[((size_t)data[i] << 8 | data[i + 1]) % sizeof bytes] = data[i + 2];
    verify((pt_str){(const char *)data, size});
    verify((pt_str){(const char *)bytes, sizeof bytes});
    return 0;
}
