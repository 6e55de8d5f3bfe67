// The product tree, and what refers to it.
#include "fact/purl.h"
#include "judge/csaf/impl.h"

static pt_str id_of(const pt_csaf_product *p) {
    return pt_csaf_text(p->product, "product_id");
}

static void put_references(pt_csaf *c, pt_csaf_ids *ids) {
    pt_value groups = pt_csaf_list(c->tree, "product_groups");
    pt_value relations = pt_csaf_list(c->tree, "relationships");
    for (size_t i = 0; i < pt_len(groups); i++)
        pt_csaf_push_all(c, ids, pt_csaf_list(pt_at(groups, i), "product_ids"));
    for (size_t i = 0; i < pt_len(relations); i++) {
        pt_csaf_push(c, ids, pt_csaf_text(pt_at(relations, i), "product_reference"));
        pt_csaf_push(c, ids, pt_csaf_text(pt_at(relations, i), "relates_to_product_reference"));
    }
    static const char *const lists[][2] = {{"remediations", "product_ids"},
                                           {"threats", "product_ids"},
                                           {"flags", "product_ids"},
                                           {"scores", "products"}};
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_value vuln = pt_at(c->vulns, i);
        pt_value status = pt_getz(vuln, "product_status");
        for (size_t k = 0; pt_tag_of(status) == PT_OBJECT && k < pt_len(status); k++)
            pt_csaf_push_all(c, ids, pt_val_at(status, k));
        for (size_t k = 0; k < PT_COUNT(lists); k++) {
            pt_value list = pt_csaf_list(vuln, lists[k][0]);
            for (size_t m = 0; m < pt_len(list); m++)
                pt_csaf_push_all(c, ids, pt_csaf_list(pt_at(list, m), lists[k][1]));
        }
    }
}

static void put_defined(pt_csaf *c, pt_csaf_ids *ids) {
    for (size_t i = 0; i < c->products.n; i++)
        pt_csaf_push(c, ids, id_of(&c->products.v[i]));
}

void pt_csaf_undefined_product(pt_csaf *c) {
    pt_csaf_ids used = {0};
    pt_csaf_ids defined = {0};
    put_references(c, &used);
    put_defined(c, &defined);
    pt_csaf_missing(c, &used, &defined, "the product is not defined");
}

void pt_csaf_unused_product(pt_csaf *c) {
    pt_csaf_ids used = {0};
    pt_csaf_ids defined = {0};
    if (pt_csaf_category(c, "csaf_informational_advisory"))
        return;
    put_references(c, &used);
    put_defined(c, &defined);
    pt_csaf_missing(c, &defined, &used, "the product is not used");
}

void pt_csaf_product_twice(pt_csaf *c) {
    pt_csaf_ids defined = {0};
    put_defined(c, &defined);
    pt_csaf_twice(c, &defined, "the product is defined twice");
}

// -- relationships --------------------------------------------------------------------------------

static pt_str made_id(pt_value relation) {
    return pt_csaf_text(pt_getz(relation, "full_product_name"), "product_id");
}

// Which relationship makes each product: {product id: its number}.
static pt_value makers_of(pt_csaf *c, pt_value relations) {
    pt_list l = {.a = c->a};
    for (size_t i = 0; i < pt_len(relations); i++) {
        pt_list_add(&l, pt_string(made_id(pt_at(relations, i))));
        pt_list_add(&l, pt_int((int64_t)i));
    }
    return pt_object_of(c->a, l.items.v, l.items.n / 2, NULL);
}

// Relationships whose parts are sound are sound, from the bottom up; `waits` counts the parts that
// are not, `next` and `first` list who waits for whom (each waits at two places: 2i and 2i + 1).
typedef struct circles {
    pt_csaf *c;
    pt_value relations, makers;
    size_t n;
    uint8_t *waits;
    size_t *first, *next; // 1 more than a place; 0: the end
    size_t *sound;        // a stack
    size_t sound_n;
} circles;

static void wait_for_parts(circles *k, size_t i) {
    static const char *const parts[] = {"product_reference", "relates_to_product_reference"};
    for (size_t p = 0; p < 2; p++) {
        int64_t maker = 0;
        pt_str id = pt_csaf_text(pt_at(k->relations, i), parts[p]);
        if (!pt_to_int(pt_get(k->makers, id), &maker))
            continue;
        k->waits[i]++;
        k->next[2 * i + p] = k->first[maker];
        k->first[maker] = 2 * i + p + 1;
    }
    if (!k->waits[i])
        k->sound[k->sound_n++] = i;
}

// A relationship's product must not be made, over whatever relationships, of itself.
void pt_csaf_product_of_itself(pt_csaf *c) {
    circles k = {.c = c, .relations = pt_csaf_list(c->tree, "relationships")};
    k.n = pt_len(k.relations);
    k.makers = makers_of(c, k.relations);
    k.waits = PT_NEW(c->a, uint8_t, k.n);
    k.first = PT_NEW(c->a, size_t, k.n);
    k.next = PT_NEW(c->a, size_t, 2 * k.n);
    k.sound = PT_NEW(c->a, size_t, k.n);
    c->full = c->full || !k.waits || !k.first || !k.next || !k.sound;
    for (size_t i = 0; i < k.n && !c->full; i++)
        wait_for_parts(&k, i);
    while (k.sound_n && !c->full)
        for (size_t at = k.first[k.sound[--k.sound_n]]; at; at = k.next[at - 1])
            if (--k.waits[(at - 1) / 2] == 0)
                k.sound[k.sound_n++] = (at - 1) / 2;
    for (size_t i = 0; i < k.n && !c->full; i++)
        if (k.waits[i])
            pt_csaf_found(c, "the product is defined by itself", made_id(pt_at(k.relations, i)));
}

// -- groups ---------------------------------------------------------------------------------------

static void put_groups(pt_csaf *c, pt_csaf_ids *ids) {
    pt_value groups = pt_csaf_list(c->tree, "product_groups");
    for (size_t i = 0; i < pt_len(groups); i++)
        pt_csaf_push(c, ids, pt_csaf_text(pt_at(groups, i), "group_id"));
}

void pt_csaf_undefined_group(pt_csaf *c) {
    static const char *const lists[] = {"remediations", "threats", "flags"};
    pt_csaf_ids used = {0};
    pt_csaf_ids defined = {0};
    for (size_t i = 0; i < pt_len(c->vulns); i++)
        for (size_t k = 0; k < PT_COUNT(lists); k++) {
            pt_value list = pt_csaf_list(pt_at(c->vulns, i), lists[k]);
            for (size_t m = 0; m < pt_len(list); m++)
                pt_csaf_push_all(c, &used, pt_csaf_list(pt_at(list, m), "group_ids"));
        }
    put_groups(c, &defined);
    pt_csaf_missing(c, &used, &defined, "the group is not defined");
}

void pt_csaf_group_twice(pt_csaf *c) {
    pt_csaf_ids defined = {0};
    put_groups(c, &defined);
    pt_csaf_twice(c, &defined, "the group is defined twice");
}

void pt_csaf_contradicting_states(pt_csaf *c) {
    static const char *const groups[][3] = {{"first_affected", "known_affected", "last_affected"},
                                            {"known_not_affected"},
                                            {"first_fixed", "fixed"},
                                            {"under_investigation"}};
    for (size_t i = 0; i < pt_len(c->vulns); i++) {
        pt_csaf_ids met = {0};
        for (size_t g = 0; g < PT_COUNT(groups); g++) {
            pt_csaf_ids ids = {0};
            size_t n = 0;
            while (n < 3 && groups[g][n])
                n++;
            pt_csaf_push_states(c, &ids, pt_at(c->vulns, i), groups[g], n);
            pt_value set = pt_csaf_set(c, &ids);
            for (size_t k = 0; k < pt_len(set); k++)
                pt_csaf_push(c, &met, pt_text(pt_at(set, k)));
        }
        pt_csaf_twice(c, &met, "the product has states that contradict one another");
    }
}

// -- names ----------------------------------------------------------------------------------------

static bool branch_is(pt_value branch, const char *category) {
    return pt_str_eqz(pt_csaf_text(branch, "category"), category);
}

void pt_csaf_range_in_version(pt_csaf *c) {
    static const char *const words[] = {"after", "all",   "before",  "earlier",
                                        "later", "prior", "versions"};
    for (size_t i = 0; i < c->branches.items.n; i++) {
        pt_value branch = c->branches.items.v[i];
        pt_str name = pt_csaf_text(branch, "name");
        pt_str rest = pt_arena_lower(c->a, name);
        pt_str word;
        if (!branch_is(branch, "product_version"))
            continue;
        bool bad = pt_str_find(name, '<') < name.n || pt_str_find(name, '>') < name.n;
        while (!bad && pt_str_word(&rest, &word))
            for (size_t k = 0; k < PT_COUNT(words); k++)
                bad = bad || pt_str_eqz(word, words[k]);
        if (bad)
            pt_csaf_found(c, "a range, where one version is meant", name);
    }
}

void pt_csaf_range_without_vers(pt_csaf *c) {
    for (size_t i = 0; i < c->branches.items.n; i++) {
        pt_value branch = c->branches.items.v[i];
        pt_str name = pt_csaf_text(branch, "name");
        if (!branch_is(branch, "product_version_range"))
            continue;
        pt_str scheme = pt_str_sub(name, 5, name.n);
        size_t slash = pt_str_find(scheme, '/');
        if (!pt_str_starts(name, PT_STR("vers:")) || slash == 0 || slash + 1 >= scheme.n)
            pt_csaf_found(c, "the range is not written as vers", name);
    }
}

void pt_csaf_range_used(pt_csaf *c) {
    for (size_t i = 0; i < c->branches.items.n; i++)
        if (branch_is(c->branches.items.v[i], "product_version_range"))
            pt_csaf_found(c, "a range of versions", pt_csaf_text(c->branches.items.v[i], "name"));
}

void pt_csaf_v_as_version(pt_csaf *c) {
    for (size_t i = 0; i < c->branches.items.n; i++) {
        pt_value branch = c->branches.items.v[i];
        pt_str s = pt_csaf_text(branch, "name");
        if (branch_is(branch, "product_version") && s.n > 1 && (s.p[0] == 'v' || s.p[0] == 'V') &&
            s.p[1] >= '0' && s.p[1] <= '9')
            pt_csaf_found(c, "the version begins with a v", s);
    }
}

// vendor, product_name and a version lead to it, in this order.
void pt_csaf_branch_categories(pt_csaf *c) {
    static const char *const wanted[] = {"vendor", "product_name", "product_version"};
    for (size_t i = 0; i < c->products.n; i++) {
        pt_value path = c->products.v[i].path;
        size_t met = 0;
        for (size_t k = 0; k < pt_len(path) && met < PT_COUNT(wanted); k++)
            met += branch_is(pt_at(path, k), wanted[met]) ||
                   (met == 2 && branch_is(pt_at(path, k), "product_version_range"));
        if (pt_defined(path) && met < PT_COUNT(wanted))
            pt_csaf_found(c, "vendor, name and version do not lead to it",
                          id_of(&c->products.v[i]));
    }
}

// -- how products are identified ------------------------------------------------------------------

static pt_value helper_of(const pt_csaf_product *p) {
    return pt_getz(p->product, "product_identification_helper");
}

void pt_csaf_no_helper(pt_csaf *c) {
    for (size_t i = 0; i < c->products.n; i++)
        if (!pt_defined(helper_of(&c->products.v[i])))
            pt_csaf_found(c, "nothing identifies the product", id_of(&c->products.v[i]));
}

void pt_csaf_purl(pt_csaf *c) {
    for (size_t i = 0; i < c->products.n; i++) {
        pt_str text = pt_csaf_text(helper_of(&c->products.v[i]), "purl");
        pt_purl p;
        if (text.n && pt_purl_parse(c->a, text, &p, NULL))
            pt_csaf_found(c, "not a package URL", text);
    }
}

typedef void each_hash(pt_csaf *c, pt_value file_hashes);

static void hashes(pt_csaf *c, each_hash *fn) {
    for (size_t i = 0; i < c->products.n; i++) {
        pt_value list = pt_csaf_list(helper_of(&c->products.v[i]), "hashes");
        for (size_t k = 0; k < pt_len(list); k++)
            fn(c, pt_csaf_list(pt_at(list, k), "file_hashes"));
    }
}

static void same_hash(pt_csaf *c, pt_value list) {
    pt_csaf_ids ids = {0};
    for (size_t i = 0; i < pt_len(list); i++)
        pt_csaf_push(c, &ids, pt_csaf_text(pt_at(list, i), "algorithm"));
    pt_csaf_twice(c, &ids, "two hashes of one algorithm");
}

static void only(pt_csaf *c, pt_value list, const char *algorithm) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (!pt_str_eqz(pt_csaf_text(pt_at(list, i), "algorithm"), algorithm))
            return;
    if (pt_len(list))
        pt_csaf_found(c, "the only hash is", pt_str_of(algorithm));
}

static void only_md5(pt_csaf *c, pt_value list) {
    only(c, list, "md5");
}

static void only_sha1(pt_csaf *c, pt_value list) {
    only(c, list, "sha1");
}

static void short_hash(pt_csaf *c, pt_value list) {
    for (size_t i = 0; i < pt_len(list); i++)
        if (pt_csaf_text(pt_at(list, i), "value").n < 64)
            pt_csaf_found(c, "a short hash", pt_csaf_text(pt_at(list, i), "value"));
}

void pt_csaf_same_hash_twice(pt_csaf *c) {
    hashes(c, same_hash);
}

void pt_csaf_only_md5(pt_csaf *c) {
    hashes(c, only_md5);
}

void pt_csaf_only_sha1(pt_csaf *c) {
    hashes(c, only_sha1);
}

void pt_csaf_short_hash(pt_csaf *c) {
    hashes(c, short_hash);
}
