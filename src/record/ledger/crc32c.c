// CRC-32C (Castagnoli; RFC 3720, appendix B.4), reflected, polynomial 0x82f63b78.
#include <string.h>

#include "record/ledger/journal.h"

static uint32_t crc_portable(uint32_t crc, pt_str s) {
    static const uint32_t nibble[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
                                        0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
                                        0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
    for (size_t i = 0; i < s.n; i++) {
        crc ^= (uint8_t)s.p[i];
        crc = crc >> 4 ^ nibble[crc & 15];
        crc = crc >> 4 ^ nibble[crc & 15];
    }
    return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc_sse42(uint32_t crc, pt_str s) {
    uint64_t wide = crc;
    size_t i = 0;
    for (; s.n - i >= sizeof wide; i += sizeof wide) {
        uint64_t eight;
        memcpy(&eight, s.p + i, sizeof eight);
        wide = __builtin_ia32_crc32di(wide, eight);
    }
    crc = (uint32_t)wide;
    for (; i < s.n; i++)
        crc = __builtin_ia32_crc32qi(crc, (uint8_t)s.p[i]);
    return crc;
}
#endif

uint32_t pt_crc32c(const pt_str *parts, size_t n) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
#ifdef __x86_64__
        if (__builtin_cpu_supports("sse4.2")) {
            crc = crc_sse42(crc, parts[i]);
            continue;
        }
#endif
        crc = crc_portable(crc, parts[i]);
    }
    return ~crc;
}
