// Comparisons of all rules, each once, and the fields they look at, each once.
#include <string.h>

#include "judge/falco/match/program_impl.h"

typedef struct known {
    pt_str key;
    uint32_t number;
    struct known *next; // of the same hash
} known;

static uint64_t hash_of(pt_str s) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    return h;
}

// The number that the text has; *ret_new: it is `next`, given now.
static pt_code number_of(pt_checks *c, pt_map *m, pt_str key, uint32_t next, uint32_t *ret) {
    uint64_t hash = hash_of(key);
    known *first = pt_map_get(m, hash);
    for (const known *k = first; k; k = k->next)
        if (pt_str_eq(k->key, key)) {
            *ret = k->number;
            return PT_OK;
        }
    known *k = key.p ? PT_NEW(c->r->a, known, 1) : NULL;
    if (!k || !pt_map_put(m, hash, k))
        return pt_err_set(c->r->e, PT_E_NOMEM, "out of memory");
    *k = (known){key, next, first};
    *ret = next;
    return PT_OK;
}

static pt_code slot_of(pt_checks *c, const pt_filter_term *term, const pt_ref *ref, uint32_t *ret) {
    const pt_filter exists = {.kind = PT_FILTER_EXISTS, .left = *term};
    uint32_t next = (uint32_t)c->slots.n;
    pt_code code = number_of(c, &c->known_slots, pt_filter_text(c->r->a, &exists), next, ret);
    if (code || *ret != next)
        return code;
    pt_slot *slot = PT_PUSH(c->r->a, &c->slots);
    if (!slot)
        return pt_err_set(c->r->e, PT_E_NOMEM, "out of memory");
    *slot = (pt_slot){.ref = *ref};
    return PT_OK;
}

// Equality of one text with constants is decided by the slot's dictionary.
static bool by_word(const pt_leaf *leaf) {
    const pt_ref *l = &leaf->left;
    if (l->type != PT_FALCO_STRING || l->list || l->several || leaf->exists || leaf->field)
        return false;
    bool plain = leaf->op == PT_FILTER_EQ || leaf->op == PT_FILTER_NE;
    return leaf->op == PT_FILTER_IN || leaf->op == PT_FILTER_INTERSECTS ||
           (plain && !leaf->quantifier);
}

// A number or a truth, equal to one constant.
static bool by_number(const pt_leaf *leaf) {
    const pt_ref *l = &leaf->left;
    bool number =
        l->type == PT_FALCO_NUMBER || l->type == PT_FALCO_BOOL || l->type == PT_FALCO_PORT;
    return number && !l->list && !l->several && !leaf->exists && !leaf->field &&
           leaf->op == PT_FILTER_EQ && leaf->n_right == 1;
}

static pt_check_mode mode_of(const pt_leaf *leaf) {
    const pt_ref *l = &leaf->left;
    if (l->list)
        return leaf->op == PT_FILTER_IN ? PT_MODE_EVERY : PT_MODE_SOME;
    if (!l->several)
        return PT_MODE_SINGLE;
    return leaf->op == PT_FILTER_NE && (l->field->flags & PT_FIELD_EITHER) ? PT_MODE_EVERY
                                                                           : PT_MODE_SOME;
}

static pt_code add(pt_checks *c, const pt_filter *f) {
    pt_falco_checked said = {0};
    pt_leaf leaf;
    pt_code code = pt_leaf_check(c->r, f, &leaf, &said);
    if (code)
        return code;
    pt_check check = {.kind = leaf.exists        ? PT_CHECK_EXISTS
                              : leaf.field       ? PT_CHECK_PAIR
                              : by_word(&leaf)   ? PT_CHECK_WORD
                              : by_number(&leaf) ? PT_CHECK_SAME
                                                 : PT_CHECK_VALUE,
                      .mode = mode_of(&leaf),
                      .type = leaf.left.type,
                      .leaf = leaf};
    code = slot_of(c, &f->left, &leaf.left, &check.slot);
    if (!code && leaf.field)
        code = slot_of(c, &f->right[0], leaf.field, &check.right_slot);
    if (!code && !leaf.exists)
        code = pt_test_make(c->r, &leaf, &check.test);
    if (code)
        return code;
    pt_check *slot = PT_PUSH(c->r->a, &c->checks);
    if (!slot)
        return pt_err_set(c->r->e, PT_E_NOMEM, "out of memory");
    *slot = check;
    return PT_OK;
}

pt_code pt_checks_add(pt_checks *c, const pt_filter *f, uint32_t *ret) {
    uint32_t next = (uint32_t)c->checks.n;
    pt_code code = number_of(c, &c->known_checks, pt_filter_text(c->r->a, f), next, ret);
    return code || *ret != next ? code : add(c, f);
}

// -- dictionaries ---------------------------------------------------------------------------------
static bool is_word(const pt_check *check, size_t slot) {
    return check->kind == PT_CHECK_WORD && check->slot == slot;
}

static uint64_t *bits_of(pt_arena *a, const pt_check *check, const pt_words *words, size_t n) {
    size_t blocks = n / 64 + 1;
    uint64_t *bits = PT_NEW(a, uint64_t, blocks);
    for (size_t i = 0; bits && i < check->leaf.n_right; i++) {
        uint32_t w = pt_words_find(words, check->leaf.right[i].v.text);
        bits[w / 64] |= UINT64_C(1) << w % 64;
    }
    for (size_t i = 0; bits && check->leaf.op == PT_FILTER_NE && i < blocks; i++)
        bits[i] = ~bits[i];
    return bits;
}

static bool dictionary(pt_checks *c, size_t slot) {
    PT_VEC(pt_str) texts = {0};
    size_t checks = 0;
    for (size_t i = 0; i < c->checks.n; i++) {
        const pt_check *check = &c->checks.v[i];
        checks += is_word(check, slot);
        for (size_t k = 0; is_word(check, slot) && k < check->leaf.n_right; k++) {
            pt_str *text = PT_PUSH(c->r->a, &texts);
            if (!text)
                return false;
            *text = check->leaf.right[k].v.text;
        }
    }
    if (!checks)
        return true;
    const pt_words *words = pt_words_new(c->r->a, texts.v, texts.n);
    c->slots.v[slot].words = words;
    for (size_t i = 0; words && i < c->checks.n; i++) {
        pt_check *check = &c->checks.v[i];
        if (!is_word(check, slot))
            continue;
        check->bits = bits_of(c->r->a, check, words, texts.n);
        if (!check->bits)
            return false;
    }
    return words;
}

pt_code pt_checks_end(pt_checks *c) {
    for (size_t i = 0; i < c->slots.n; i++)
        if (!dictionary(c, i))
            return pt_err_set(c->r->e, PT_E_NOMEM, "out of memory");
    return PT_OK;
}

// -- costs and chances: a guess, by the operator and by what the field takes to extract -----------
static float chance_of(const pt_check *check) {
    if (check->kind == PT_CHECK_EXISTS)
        return 0.9F;
    switch (check->leaf.op) {
    case PT_FILTER_NE:
        return 0.9F;
    case PT_FILTER_EQ:
        return check->type == PT_FALCO_BOOL ? 0.3F : 0.06F;
    case PT_FILTER_LT:
    case PT_FILTER_LE:
    case PT_FILTER_GT:
    case PT_FILTER_GE:
        return 0.5F;
    case PT_FILTER_IN:
    case PT_FILTER_PMATCH:
        return 0.1F;
    default:
        return 0.04F;
    }
}

static float cost_of(const pt_check *check) {
    if (check->kind == PT_CHECK_WORD || check->kind == PT_CHECK_EXISTS)
        return 1;
    float values = (float)(check->leaf.n_right ? check->leaf.n_right : 1);
    switch (check->leaf.op) {
    case PT_FILTER_CONTAINS:
    case PT_FILTER_ICONTAINS:
        return 8 * values;
    case PT_FILTER_GLOB:
    case PT_FILTER_IGLOB:
    case PT_FILTER_REGEX:
        return 60 * values;
    case PT_FILTER_PMATCH:
        return 6;
    default:
        return check->type == PT_FALCO_STRING ? 3 * values : 1;
    }
}

// Texts that are joined or looked up cost more than those that lie there.
static float slot_cost(const pt_slot *slot) {
    static const char *const dear[] = {"proc.cmdline", "proc.pcmdline", "proc.args", "proc.env",
                                       "evt.arg",      "evt.args",      "proc.aname"};
    float cost = slot->ref.several || slot->ref.n_transforms ? 12 : 1;
    for (size_t i = 0; slot->ref.field && i < PT_COUNT(dear); i++)
        if (pt_str_eqz(pt_str_of(slot->ref.field->name), dear[i]))
            cost = 12;
    return cost;
}

pt_odds *pt_checks_odds(const pt_checks *c) {
    pt_odds *odds = PT_NEW(c->r->a, pt_odds, c->checks.n);
    for (size_t i = 0; odds && i < c->checks.n; i++)
        odds[i] = (pt_odds){.cost = cost_of(&c->checks.v[i]) +
                                    slot_cost(&c->slots.v[c->checks.v[i].slot]),
                            .chance = chance_of(&c->checks.v[i])};
    return odds;
}
