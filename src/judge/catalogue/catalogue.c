#include "judge/catalogue/catalogue.h"

#include "judge/catalogue/tables.h"

const pt_check *pt_catalogue_at(size_t i) {
    static const pt_check_table *const tables[] = {
        &pt_host_sysctl_checks, &pt_host_kernel_checks, &pt_host_access_checks,
        &pt_host_docker_checks, &pt_host_system_checks, &pt_host_node_checks,
        &pt_host_kube_checks,   &pt_docker_checks,      &pt_container_checks,
        &pt_image_checks,       &pt_hardening_checks,   &pt_scan_checks,
        &pt_podsec_checks,      &pt_workload_checks,
    };
    for (size_t t = 0; t < PT_COUNT(tables); t++) {
        if (i < tables[t]->n)
            return &tables[t]->checks[i];
        i -= tables[t]->n;
    }
    return NULL;
}

static const pt_check *find(pt_str id, bool (*same)(pt_str, pt_str)) {
    const pt_check *c;
    for (size_t i = 0; (c = pt_catalogue_at(i)) != NULL; i++)
        if (same(pt_str_of(c->id), id))
            return c;
    return NULL;
}

const pt_check *pt_catalogue_find(pt_str id) {
    const pt_check *exact = find(id, pt_str_eq);
    return exact ? exact : find(id, pt_str_eq_nocase);
}

bool pt_check_selected(const pt_check *c, pt_str words) {
    if (!words.n)
        return true;
    pt_str word;
    while (pt_str_split(&words, ',', &word)) {
        if (pt_str_ends(word, PT_STR("*"))) // as waivers write a family: the beginning does
            word = pt_str_sub(word, 0, word.n - 1);
        if (pt_str_eqz(word, pt_kind_name_of(c->kind)->option) ||
            (word.n && pt_str_starts(pt_str_of(c->id), word)))
            return true;
    }
    return false;
}
