#include "collect/packages/readers.h"
#include "collect/packages/rust/rust.h"

const pt_reader_row pt_rust_readers[] = {
    {.path = "**/Cargo.lock",
     .kind = "cargo",
     .read = PT_READER(pt_read_cargo_lock),
     .where = PT_IN_TREE},
    {0},
};
