// The order is total: of three versions, antisymmetric and transitive.
#include "base/debversion.h"

static int sign(int n) {
    return (n > 0) - (n < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    pt_str rest = {(const char *)data, size};
    pt_str v[3] = {{0}, {0}, {0}};
    for (size_t i = 0; i < PT_COUNT(v); i++)
        PT_IGNORE(pt_str_split(&rest, '\n', &v[i])); // what is missing is empty
    int order[3][3];
    for (size_t i = 0; i < PT_COUNT(v); i++)
        for (size_t k = 0; k < PT_COUNT(v); k++)
            order[i][k] = sign(pt_debversion_cmp(v[i], v[k]));
    for (size_t i = 0; i < PT_COUNT(v); i++) {
        pt_assert(order[i][i] == 0);
        for (size_t k = 0; k < PT_COUNT(v); k++) {
            pt_assert(order[i][k] == -order[k][i]);
            for (size_t m = 0; m < PT_COUNT(v); m++)
                pt_assert(order[i][k] > 0 || order[k][m] > 0 || order[i][m] <= 0);
        }
    }
    return 0;
}
