// Decision logs.
#include <string.h>

#include "respond/rest/rest_impl.h"
#include "value/json.h"

uint64_t pt_rest_random(pt_rest_worker *w) { // splitmix64
    uint64_t z = (w->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void pt_rest_uuid(pt_rest_ask *k) {
    static const char digits[] = "0123456789abcdef";
    const pt_rest_opts *opts = &k->rest->opts;
    if (!opts->decided)
        return;
    if (opts->uuid) {
        opts->uuid(opts->context, k->id);
        return;
    }
    uint64_t half[2] = {pt_rest_random(k->worker), pt_rest_random(k->worker)};
    half[0] = (half[0] & ~UINT64_C(0xf000)) | UINT64_C(0x4000); // version 4
    half[1] = (half[1] & ~(UINT64_C(3) << 62)) | (UINT64_C(1) << 63);
    size_t at = 0;
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            k->id[at++] = '-';
        k->id[at++] = digits[half[i / 16] >> (60 - 4 * (i % 16)) & 15];
    }
    k->id[at] = '\0';
}

// -- events ---------------------------------------------------------------------------------------

static pt_value error_of(pt_arena *a, const pt_rest_error *why) {
    pt_obj o = {.a = a};
    pt_obj_set(&o, "code", pt_stringz(why->eval ? why->eval->code : why->code));
    pt_obj_set(&o, "message", pt_string(why->eval ? why->eval->message : why->message));
    if (why->eval && why->eval->place.row)
        pt_obj_set(&o, "location", pt_location_value(a, &why->eval->place));
    return pt_obj_end(&o);
}

bool pt_rest_tell(pt_rest_ask *k, pt_str query, pt_value result, const pt_rest_error *why,
                  pt_rest_error *ret) {
    const pt_rest_opts *opts = &k->rest->opts;
    if (!opts->decided)
        return true;
    pt_rest_decision d = {
        .labels = opts->labels,
        .id = pt_str_of(k->id),
        .bundles = k->set->bundles,
        .path = query.p ? (pt_str){NULL, 0} : k->rest_of_path,
        .query = query,
        .input = k->input,
        .result = result,
        .error = why ? error_of(k->arena, why) : pt_undefined(),
        .at_ns = opts->now ? opts->now(opts->context) : pt_now(),
        .metrics = pt_rest_metrics(k, true),
    };
    bool whole = pt_defined(d.metrics) && (!why || pt_defined(d.error));
    if (whole && opts->decided(opts->context, &d))
        return true;
    *ret = (pt_rest_error){.status = 500,
                           .code = "internal_error",
                           .message = PT_STR("decision_logs: the decision could not be kept")};
    return false;
}

// -- lines ----------------------------------------------------------------------------------------

static const pt_json_opts SAFE = {.html_safe = true};

static void put_value(pt_buf *b, const char *key, pt_value v) {
    if (!pt_defined(v))
        return;
    pt_buf_printf(b, ",\"%s\":", key);
    if (pt_json_write(b, v, &SAFE, NULL))
        b->full = true;
}

static void put_text(pt_buf *b, const char *key, pt_str text) {
    if (!text.n)
        return;
    pt_buf_printf(b, ",\"%s\":", key);
    pt_json_put_string(b, text, &SAFE);
}

// Without a revision there is nothing but the name.
static void put_bundles(pt_buf *b, pt_value bundles) {
    if (!pt_defined(bundles))
        return;
    pt_buf_putz(b, ",\"bundles\":{");
    for (size_t i = 0; i < pt_len(bundles); i++) {
        pt_str revision = pt_text(pt_getz(pt_val_at(bundles, i), "revision"));
        pt_buf_putz(b, i ? "," : "");
        pt_json_put_string(b, pt_text(pt_key_at(bundles, i)), &SAFE);
        pt_buf_putz(b, revision.n ? ":{\"revision\":" : ":{");
        if (revision.n)
            pt_json_put_string(b, revision, &SAFE);
        pt_buf_putc(b, '}');
    }
    pt_buf_putc(b, '}');
}

// RFC 3339 with the fraction that there is, as Go's RFC3339Nano.
static void put_time(pt_buf *b, pt_time_ns at) {
    char text[PT_RFC3339_BYTES];
    char fraction[PT_RFC3339_BYTES];
    int64_t ns = (at % PT_SECOND_NS + PT_SECOND_NS) % PT_SECOND_NS;
    pt_str whole = pt_time_rfc3339(at - ns, text);
    size_t n = 0;
    for (int64_t unit = PT_SECOND_NS / 10; ns > 0; ns %= unit, unit /= 10)
        fraction[n++] = (char)('0' + ns / unit);
    pt_buf_printf(b, ",\"timestamp\":\"%.*s%s%.*sZ\"", (int)(whole.n - 1), whole.p, n ? "." : "",
                  (int)n, fraction);
}

void pt_rest_put_decision(pt_buf *b, const pt_rest_decision *d) {
    pt_buf_putz(b, "{\"labels\":");
    if (pt_defined(d->labels)) {
        if (pt_json_write(b, d->labels, &SAFE, NULL))
            b->full = true;
    } else {
        pt_buf_putz(b, "{}");
    }
    put_text(b, "decision_id", d->id);
    put_bundles(b, d->bundles);
    put_text(b, "path", d->path);
    put_text(b, "query", d->query);
    put_value(b, "input", d->input);
    put_value(b, "result", d->result);
    put_value(b, "error", d->error);
    put_text(b, "requested_by", d->requested_by);
    put_time(b, d->at_ns);
    put_value(b, "metrics", d->metrics);
    pt_buf_putz(b, "}\n");
}
