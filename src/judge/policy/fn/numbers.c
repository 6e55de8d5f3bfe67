#include "judge/policy/fn/bits.h"
#include "judge/policy/fn/family.h"
#include "judge/policy/fn/sets.h"
#include "judge/policy/number_impl.h"

static pt_value add(pt_call *c, const pt_value *args) {
    return pt_num_add(c, args[0], args[1]);
}

static pt_value mul(pt_call *c, const pt_value *args) {
    return pt_num_mul(c, args[0], args[1]);
}

static pt_value div(pt_call *c, const pt_value *args) {
    return pt_num_div(c, args[0], args[1]);
}

static pt_value rem(pt_call *c, const pt_value *args) {
    return pt_num_rem(c, args[0], args[1]);
}

static pt_value minus(pt_call *c, const pt_value *args) {
    pt_tag a = pt_tag_of(args[0]);
    pt_tag b = pt_tag_of(args[1]);
    if (a == PT_NUMBER && b == PT_NUMBER)
        return pt_num_sub(c, args[0], args[1]);
    if (a == PT_SET && b == PT_SET)
        return pt_fn_set_minus(c, args[0], args[1]);
    if (a != PT_NUMBER && a != PT_SET)
        return pt_call_one_of(c, 1, "number, set", args[0]);
    return pt_call_fault(c, PT_FAULT_TYPE, "operand 2 must be %s but got %s",
                         b == PT_NUMBER ? "set" : "number", pt_tag_name(b));
}

// Beyond 32 bits OPA takes floats; up to 64 bits that is the same.
static pt_value whole(pt_call *c, pt_num_whole how, pt_value v) {
    int64_t i;
    if (!pt_to_int(v, &i))
        return pt_num_float_whole(c, how, v);
    if (how == PT_NUM_ABS && i == INT64_MIN)
        return pt_num_sub(c, pt_int(0), v);
    return pt_int(how == PT_NUM_ABS && i < 0 ? -i : i);
}

static pt_value abs_of(pt_call *c, const pt_value *args) {
    return whole(c, PT_NUM_ABS, args[0]);
}

static pt_value ceil_of(pt_call *c, const pt_value *args) {
    return whole(c, PT_NUM_CEIL, args[0]);
}

static pt_value floor_of(pt_call *c, const pt_value *args) {
    return whole(c, PT_NUM_FLOOR, args[0]);
}

static pt_value round_of(pt_call *c, const pt_value *args) {
    return whole(c, PT_NUM_ROUND, args[0]);
}

static pt_value gt(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(pt_cmp(args[0], args[1]) > 0);
}

static pt_value gte(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(pt_cmp(args[0], args[1]) >= 0);
}

static pt_value lt(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(pt_cmp(args[0], args[1]) < 0);
}

static pt_value lte(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(pt_cmp(args[0], args[1]) <= 0);
}

static pt_value equal(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(pt_eq(args[0], args[1]));
}

static pt_value neq(pt_call *c, const pt_value *args) {
    (void)c;
    return pt_bool(!pt_eq(args[0], args[1]));
}

static pt_value format_int(pt_call *c, const pt_value *args) {
    char room[PT_NUMBER_ROOM];
    int64_t base = 0;
    pt_str text = pt_number_text(args[1], room);
    if (!pt_str_int(text, 10, &base) || (base != 2 && base != 8 && base != 10 && base != 16))
        return pt_call_fault(c, PT_FAULT_TYPE, "operand 2 must be one of {2, 8, 10, 16}");
    PT_MPZ(z);
    pt_value n = args[0];
    text = pt_number_text(n, room);
    bool plain = true; // an integer in digits is exact, all else goes by way of a float
    for (size_t i = 0; i < text.n; i++)
        plain = plain && text.p[i] != '.' && text.p[i] != 'e' && text.p[i] != 'E';
    if (!plain)
        n = pt_num_float_whole(c, PT_NUM_TRUNC, n);
    if (c->fault || !pt_num_to_mpz(c, n, z))
        return pt_undefined();
    char *to = pt_arena_take(c->arena, mpz_sizeinbase(z, (int)base) + 2);
    if (!to)
        return pt_call_full(c);
    return pt_stringz(mpz_get_str(to, (int)base, z));
}

// -- ranges ---------------------------------------------------------------------------------------

static pt_value range_small(pt_call *c, int64_t from, int64_t to, int64_t step) {
    pt_list l = {.a = c->arena};
    bool down = from > to;
    for (int64_t i = from, n = 0; down ? i >= to : i <= to; n++) {
        pt_list_add(&l, pt_int(i));
        if (l.full || (n % 4096 == 4095 && pt_call_stop(c)))
            break;
        if (down ? __builtin_sub_overflow(i, step, &i) : __builtin_add_overflow(i, step, &i))
            break;
    }
    return c->fault ? pt_undefined() : pt_call_made(c, pt_list_end(&l));
}

static pt_value range_large(pt_call *c, mpz_t from, const mpz_t to, mpz_t step) {
    pt_list l = {.a = c->arena};
    bool down = mpz_cmp(from, to) > 0;
    if (down)
        mpz_neg(step, step);
    while (!l.full && (down ? mpz_cmp(from, to) >= 0 : mpz_cmp(from, to) <= 0)) {
        pt_list_add(&l, pt_num_of_mpz(c, from));
        mpz_add(from, from, step);
        if (l.items.n % 4096 == 0 && pt_call_stop(c))
            break;
    }
    return c->fault ? pt_undefined() : pt_call_made(c, pt_list_end(&l));
}

static pt_value range_of(pt_call *c, pt_value a, pt_value b, pt_value by) {
    PT_MPZ(from);
    PT_MPZ(to);
    PT_MPZ(step);
    if (!pt_fn_integer(c, 1, a, from) || !pt_fn_integer(c, 2, b, to) ||
        !pt_fn_integer(c, 3, by, step))
        return pt_undefined();
    if (mpz_sgn(step) <= 0)
        return pt_call_fault(c, PT_FAULT_BUILTIN,
                             "numbers.range_step: step must be a positive integer");
    if (mpz_fits_slong_p(from) && mpz_fits_slong_p(to) && mpz_fits_slong_p(step))
        return range_small(c, mpz_get_si(from), mpz_get_si(to), mpz_get_si(step));
    return range_large(c, from, to, step);
}

static pt_value range(pt_call *c, const pt_value *args) {
    return range_of(c, args[0], args[1], pt_int(1));
}

static pt_value range_step(pt_call *c, const pt_value *args) {
    return range_of(c, args[0], args[1], args[2]);
}

// The same within one query for the same text and bound: no state is kept, the query's seed, the
// text and the bound are hashed.
static pt_value intn(pt_call *c, const pt_value *args) {
    int64_t n;
    if (!pt_call_index(c, 2, args[1], &n))
        return pt_undefined();
    uint64_t bound = n < 0 ? -(uint64_t)n : (uint64_t)n;
    uint64_t seed = c->world ? c->world->seed : 0;
    uint64_t x = pt_hash(args[0], seed) ^ bound * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9); // splitmix64
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return pt_int((int64_t)((unsigned __int128)x * bound >> 64));
}

static const pt_fn table[] = {
    {"abs", "(x: number) => y: number", abs_of, 1, 0, {NUM}},
    {"bits.and", "(x: number, y: number) => z: number", pt_fn_bits_and, 2, 0, {0, 0}},
    {"bits.lsh", "(x: number, s: number) => z: number", pt_fn_bits_lsh, 2, 0, {0, 0}},
    {"bits.negate", "(x: number) => z: number", pt_fn_bits_negate, 1, 0, {0}},
    {"bits.or", "(x: number, y: number) => z: number", pt_fn_bits_or, 2, 0, {0, 0}},
    {"bits.rsh", "(x: number, s: number) => z: number", pt_fn_bits_rsh, 2, 0, {0, 0}},
    {"bits.xor", "(x: number, y: number) => z: number", pt_fn_bits_xor, 2, 0, {0, 0}},
    {"ceil", "(x: number) => y: number", ceil_of, 1, 0, {NUM}},
    {"div", "(x: number, y: number) => z: number", div, 2, 0, {NUM, NUM}},
    {"equal", "(x: any, y: any) => result: boolean", equal, 2, 0, {0, 0}},
    {"floor", "(x: number) => y: number", floor_of, 1, 0, {NUM}},
    {"format_int",
     "(number: number, base: number) => output: string",
     format_int,
     2,
     0,
     {NUM, NUM}},
    {"gt", "(x: any, y: any) => result: boolean", gt, 2, 0, {0, 0}},
    {"gte", "(x: any, y: any) => result: boolean", gte, 2, 0, {0, 0}},
    {"lt", "(x: any, y: any) => result: boolean", lt, 2, 0, {0, 0}},
    {"lte", "(x: any, y: any) => result: boolean", lte, 2, 0, {0, 0}},
    {"minus",
     "(x: any<number, set[any]>, y: any<number, set[any]>) => z: any<number, set[any]>",
     minus,
     2,
     0,
     {0, 0}},
    {"mul", "(x: number, y: number) => z: number", mul, 2, 0, {NUM, NUM}},
    {"neq", "(x: any, y: any) => result: boolean", neq, 2, 0, {0, 0}},
    {"numbers.range", "(a: number, b: number) => range: array[number]", range, 2, 0, {0, 0}},
    {"numbers.range_step",
     "(a: number, b: number, step: number) => range: array[number]",
     range_step,
     3,
     0,
     {0, 0, 0}},
    {"plus", "(x: number, y: number) => z: number", add, 2, 0, {NUM, NUM}},
    {"rand.intn", "(str: string, n: number) => y: number", intn, 2, PT_FN_VARIES, {STR, NUM}},
    {"rem", "(x: number, y: number) => z: number", rem, 2, 0, {NUM, NUM}},
    {"round", "(x: number) => y: number", round_of, 1, 0, {NUM}},
};
const pt_fn_family pt_fn_numbers = PT_FN_FAMILY(table);
