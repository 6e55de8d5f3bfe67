#include "collect/packages/binary/binary.h"
#include "collect/packages/readers.h"

const pt_reader_row pt_binary_readers[] = {
    {.kind = "golang", .read = PT_READER(pt_read_go_program), .elf = true},
    {.kind = "cargo", .read = PT_READER(pt_read_rust_program), .elf = true},
    {.kind = "generic", .read = PT_READER(pt_read_package_note), .elf = true},
    {.kind = "generic", .read = PT_READER(pt_read_known_program), .elf = true},
    {.path = "opt/bitnami/**/.spdx-*.spdx", .kind = "bitnami", .read = PT_READER(pt_read_bitnami)},
    {0},
};

const pt_reader_row pt_golang_readers[] = {
    {.path = "**/go.mod", .kind = "golang", .read = PT_READER(pt_read_go_mod), .where = PT_IN_TREE},
    {.path = "**/go.sum", .kind = "golang", .read = PT_READER(pt_read_go_sum), .where = PT_IN_TREE},
    {0},
};
