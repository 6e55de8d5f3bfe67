#include "collect/runtime/tar_first.h"

// POSIX.1-1988 ustar: 512 bytes of head (size: 12 octal digits at 124, kind: one letter at 156),
// then the content.
#define BLOCK   512
#define SIZE_AT 124
#define SIZE_N  12
#define KIND_AT 156

bool pt_tar_first_file(pt_str tar, pt_str *ret) {
    if (tar.n < BLOCK || (tar.p[KIND_AT] != '0' && tar.p[KIND_AT] != '\0'))
        return false;
    pt_str digits = pt_str_sub(tar, SIZE_AT, SIZE_AT + SIZE_N);
    digits = pt_str_trim(pt_str_sub(digits, 0, pt_str_find(digits, '\0')));
    int64_t size;
    if (!pt_str_int(digits, 8, &size) || size < 0 || (uint64_t)size > tar.n - BLOCK)
        return false;
    *ret = pt_str_sub(tar, BLOCK, BLOCK + (size_t)size);
    return true;
}
