// Any bytes as an index: the digest of its header is repaired, then everything is asked.
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "crypto/crypto.h"
#include "judge/vuln/index/index_impl.h"

static void ask_package(const pt_index *x, pt_str ecosystem, pt_str name) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    static const char *const versions[] = {"0", "1.0", "1.2.3-r4", "2:1.0~rc1-3", "odd one"};
    pt_advised_list found = {0};
    bool known;
    if (pt_index_find(x, &a, ecosystem, name, &found, &known, NULL))
        return;
    PT_IGNORE(pt_index_find_withdrawn(x, &a, ecosystem, name, &found, NULL)); // as above
    for (size_t i = 0; i < found.of.n && i < 64; i++) {
        pt_value record;
        pt_advised_range range;
        bool holds;
        for (size_t k = 0; k < PT_COUNT(versions); k++)
            PT_IGNORE(pt_advised_holds(x, &found.of.v[i], pt_str_of(versions[k]), &holds, &range,
                                       NULL));                            // what is damaged says so
        PT_IGNORE(pt_advised_says(x, &found.of.v[i], &a, &record, NULL)); // likewise
        PT_IGNORE(pt_index_advisory(x, found.of.v[i].advisory, &a, &record, NULL)); // likewise
    }
}

static void ask_all(const pt_index *x) {
    PT_AUTO(pt_arena_done) pt_arena a = {.bytes_max = 64 << 20};
    PT_IGNORE(pt_index_verify(x, NULL)); // rarely true
    pt_assert(pt_defined(pt_index_about(x, &a)));
    for (size_t i = 0; i < x->ecosystems_n && i < 32; i++)
        for (size_t k = 0; k < x->keys_n && k < 32; k++) {
            pt_str name;
            if (pt_ix_text(x, x->keys[k].name, &name))
                ask_package(x, pt_index_ecosystem(x, i), name);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_ix_header head;
    pt_index *x = NULL;
    if (size < sizeof head)
        return 0;
    memcpy(&head, data, sizeof head);
    memcpy(head.magic, PT_IX_MAGIC, sizeof head.magic);
    head.format = PT_IX_FORMAT;
    head.sections = PT_IX_SECTIONS;
    head.bytes = size;
    memset(head.head, 0, sizeof head.head);
    pt_hash256 hash = pt_sha256(&(pt_str){(const char *)&head, sizeof head}, 1);
    memcpy(head.head, hash.b, sizeof head.head);
    PT_AUTO(pt_fd_close) int fd = memfd_create("index", MFD_CLOEXEC);
    pt_str rest = {(const char *)data + sizeof head, size - sizeof head};
    pt_assert(fd >= 0 &&
              pt_fd_write_all(fd, (pt_str){(const char *)&head, sizeof head}, NULL) == PT_OK &&
              pt_fd_write_all(fd, rest, NULL) == PT_OK);
    PT_AUTO(pt_arena_done) pt_arena a = {0};
    if (pt_index_open(pt_arena_printf(&a, "/proc/self/fd/%d", fd).p, &x, NULL) == PT_OK)
        ask_all(x);
    pt_index_close(x);
    return 0;
}
