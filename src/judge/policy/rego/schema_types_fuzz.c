// Whatever a schema is: a type or a reason, in bounded time and memory; and what is asked of the
// type then ends, even where it refers to itself.
#include "judge/policy/rego/schema_types.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const pt_json_opts opts = {.depth_max = 600};
    pt_arena a = {.bytes_max = (size_t)64 << 20};
    pt_types t = {.arena = &a, .lasting = true};
    pt_value schema;
    pt_str why = {0};
    if (!pt_json_parse(&a, (pt_str){(const char *)data, size}, &opts, &schema, NULL)) {
        const pt_type *type = pt_schema_type_of(&t, schema, &why);
        const pt_type *again = type ? pt_schema_type_of(&t, schema, &why) : NULL;
        pt_assert(type ? !why.p : why.n > 0);
        pt_buf b = PT_BUF(1 << 16);
        pt_type_write(&b, type);
        pt_types asked = {.arena = &a};
        if (again && !t.full) {
            pt_assert(pt_type_unifies(&asked, type, again) || asked.tired);
            pt_assert(pt_type_cmp(&asked, type, again) == 0 || asked.tired);
            pt_assert(!pt_type_nil(&asked, type) || asked.tired);
            PT_IGNORE(pt_type_keys(&asked, pt_type_values(&asked, type)) == NULL);
            PT_IGNORE(pt_type_select(&asked, type, pt_stringz("a")) == NULL);
        }
        pt_buf_done(&b);
    }
    pt_arena_done(&a);
    return 0;
}
