// Recovery's view of a journal: any bytes, with the CRCs of plausible records repaired so that the
// fuzzer gets behind them. The first byte chooses how many and what sequence is expected.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/ledger/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Give the first `n` records that fit their CRC.
static void repair(char *p, size_t size, unsigned n) {
    for (size_t at = 0; n > 0 && size - at >= PT_RECORD_HEAD; n--) {
        size_t length = (size_t)((uint8_t)p[at] | (uint8_t)p[at + 1] << 8);
        if (length > size - at - PT_RECORD_HEAD)
            return;
        pt_str parts[] = {{p + at, 4}, {p + at + 8, 8 + length}};
        uint32_t crc = pt_crc32c(parts, PT_COUNT(parts));
        for (size_t i = 0; i < sizeof crc; i++)
            p[at + 4 + i] = (char)(crc >> 8 * i & 255);
        at += PT_RECORD_HEAD + length;
    }
}

// Records come one behind the other, within the file, in sequence.
static void walk(int fd, size_t size, uint64_t want) {
    pt_cursor c = {0};
    pt_cursor_start(&c, fd, 0, size, want);
    uint64_t at = 0;
    for (bool more = true; more;) {
        pt_record r;
        pt_err e = {0};
        pt_code code = pt_cursor_next(&c, &r, &more, &e);
        if (code) {
            pt_assert(code == PT_E_CORRUPT && e.remedy[0] != '\0' && e.offset == at);
            break;
        }
        if (!more)
            break;
        pt_assert(want == PT_SEQUENCE_ANY || r.sequence == want);
        pt_assert(r.durable <= r.sequence && c.at == at + r.bytes && c.at <= size);
        want = r.sequence + 1;
        at = c.at;
    }
    pt_assert(c.at == at);
    pt_cursor_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    uint8_t how = *data++;
    size--;
    char *bytes = malloc(size + 1);
    int fd = memfd_create("journal", MFD_CLOEXEC);
    pt_assert(bytes && fd >= 0);
    memcpy(bytes, data, size);
    repair(bytes, size, how & 15);
    pt_assert(write(fd, bytes, size) == (ssize_t)size);
    walk(fd, size, how & 16 ? PT_SEQUENCE_ANY : how >> 5);
    close(fd);
    free(bytes);
    return 0;
}
