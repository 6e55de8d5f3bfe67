#include <stdlib.h>

#include "judge/vex/vex_impl.h"

pt_code pt_vex_product_add(pt_vex_reading *r, pt_vex_products *p, pt_str id, pt_str purl,
                           pt_err *e) {
    const pt_purl *parsed = NULL;
    pt_code code = purl.n ? pt_vex_purl(r->a, purl, &parsed, e) : PT_OK;
    if (code || !id.n)
        return code;
    if (p->of.n == PT_VEX_PRODUCTS_MAX)
        return pt_err_set(e, PT_E_LIMIT, "more than %u products", PT_VEX_PRODUCTS_MAX);
    pt_vex_product *to = PT_PUSH(r->a, &p->of);
    if (!to)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    *to = (pt_vex_product){.id = id, .purl = parsed};
    return PT_OK;
}

static int by_id(const void *a, const void *b) {
    return pt_str_cmp(((const pt_vex_product *)a)->id, ((const pt_vex_product *)b)->id);
}

void pt_vex_products_sort(pt_vex_products *p) {
    if (p->of.n)
        qsort(p->of.v, p->of.n, sizeof *p->of.v, by_id);
}

pt_vex_product *pt_vex_product_of(const pt_vex_products *p, pt_str id) {
    const pt_vex_product key = {.id = id};
    return p->of.n ? bsearch(&key, p->of.v, p->of.n, sizeof *p->of.v, by_id) : NULL;
}
