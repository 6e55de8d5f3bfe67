// A description of a container, an engine's answer about one, and the archive of a file of it.
#include <stdlib.h>

#include "collect/runtime/describe.h"
#include "collect/runtime/inspect.h"
#include "collect/runtime/tar_first.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    pt_str text = {(const char *)data, n}, content;
    pt_arena a = {0};
    pt_container c, again;
    pt_value v;
    pt_err e;
    if (pt_container_described(&a, text, &c, &e) == PT_OK) {
        // What was read is written and read again.
        pt_buf b = PT_BUF(PT_DESCRIPTION_BYTES_MAX);
        if (pt_container_describe(&a, &c, &b) &&
            (pt_container_described(&a, pt_buf_str(&b), &again, &e) != PT_OK ||
             !pt_str_eq(again.full_id, c.full_id) || !pt_str_eq(again.name, c.name)))
            abort();
        pt_buf_done(&b);
    }
    if (pt_json_parse(&a, text, NULL, &v, &e) == PT_OK &&
        pt_container_inspected(&a, PT_STR("docker"), v, v, &c) && c.id.n != 12)
        abort();
    if (pt_tar_first_file(text, &content) && content.n > n)
        abort();
    pt_arena_done(&a);
    return 0;
}
