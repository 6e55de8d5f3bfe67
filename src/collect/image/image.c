#include "collect/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "collect/image/choose.h"
#include "collect/image/jobs.h"
#include "collect/image/known_impl.h"
#include "collect/image/layers.h"
#include "collect/image/limits.h"
#include "collect/image/parts.h"
#include "collect/image/root.h"
#include "collect/image/write_impl.h"
#include "value/json.h"

typedef struct scan {
    pt_worker *workers;
    size_t n_workers;
    pt_arena *a;
    pt_source source;
    pt_chosen chosen;
    pt_layers merged;
    pt_list layers; // of the report
    pt_folder kind;
    const pt_image_rules *rules; // of secrets, which are looked for; NULL: they are not
    bool ready;                  // the workers have them
    bool sums;                   // are made
    uint64_t tell;               // flags of layers, but PT_LAYER_LOWEST
    pt_value twice;              // a name that the archive has twice; undefined: none
    pt_known *known;
    pt_str *steps;      // of the history, one a layer; empty: not said
    pt_value container; // of whose root the only layer is; undefined: it is none
    pt_value mirror;    // that gave the image
} scan;

static pt_str text_of(pt_value v, const char *key) {
    return pt_text(pt_getz(v, key));
}

static pt_value maybe(pt_str s) {
    return s.n ? pt_string(s) : pt_undefined();
}

// -- rules ----------------------------------------------------------------------------------------

static const pt_str rules_word = PT_STR("rules");

// All workers compile them at the same time. Not before one is asked: who knows all the answers
// needs no rules.
static pt_code give_rules(void *of, pt_err *e) {
    scan *s = of;
    const pt_image_rules *r = s->rules;
    pt_value v = pt_undefined();
    pt_code code = PT_OK;
    if (s->ready || !r)
        return PT_OK;
    const pt_part file = {.fd = r->fd, .size = r->size};
    const pt_question q = {
        .kind = PT_JOB_RULES, .flags = r->trivy ? PT_RULES_TRIVY : 0, .words = {r->key}};
    for (size_t i = 0; !code && i < s->n_workers; i++)
        code = pt_job_send(&s->workers[i], &q, &file, e);
    for (size_t i = 0; !code && i < s->n_workers; i++)
        code = pt_job_receive(&s->workers[i], s->a, PT_DOCUMENT_RESULT_MAX, &v, NULL, e);
    s->ready = !code;
    if (code)
        pt_err_at(e, "%s", r->name);
    else
        pt_known_keep(s->known, rules_word, rules_word, rules_word);
    return code;
}

static bool rules_known(scan *s) {
    pt_str was = {0};
    return pt_known_find(s->known, rules_word, rules_word, s->a, &was);
}

// -- layers ---------------------------------------------------------------------------------------

// One of them on its way.
typedef struct underway {
    pt_known_layer is;
    pt_part part;
    pt_str answer;    // that was known
    bool kept;        // its answer may be, so this process hashes the bytes
    bool believes;    // and the worker does not
    pt_hash256 stamp; // of the file, when the worker was asked
    pt_str hash;
    pt_err why; // it is not read
} underway;

static pt_known_layer known_layer(const scan *s, size_t i) {
    return (pt_known_layer){.digest = s->chosen.layers.v[i].digest,
                            .diff_id = pt_text(pt_at(pt_getz(s->chosen.settings, "diff_ids"), i)),
                            .flags = s->tell | (i == 0 ? PT_LAYER_LOWEST : 0u)};
}

// Hand layer `i` to its worker, unless the answer is known.
static pt_code send_layer(scan *s, size_t i, underway *l, pt_err *e) {
    const pt_chosen_layer *c = &s->chosen.layers.v[i];
    l->part.fd = -1;
    l->is = known_layer(s, i);
    if (pt_known_layer_taken(s->known, &l->is, &l->answer))
        return PT_OK;
    pt_code code = pt_source_find(&s->source, c->member, &l->part, e);
    if (code || pt_known_layer_find(s->known, &l->is, &l->part, s->a, &l->answer))
        return code;
    l->kept = pt_known_layer_stamp(s->known, &l->part, &l->stamp);
    l->believes = l->kept && l->is.digest.n;
    const pt_question q = {.kind = PT_JOB_LAYER,
                           .flags = l->is.flags | (l->believes ? PT_LAYER_HASHED : 0u),
                           .words = {l->is.digest, l->is.diff_id}};
    code = give_rules(s, e);
    return code ? code : pt_job_send(&s->workers[i % s->n_workers], &q, &l->part, e);
}

static void unread_layer(scan *s, size_t i, const pt_err *why) {
    bool foreign = s->chosen.layers.v[i].foreign && why->code == PT_E_ABSENT;
    pt_str what = foreign ? PT_STR("A layer's bytes are not in the image, by its manifest")
                          : pt_arena_printf(s->a, "A layer could not be read: %s", why->what);
    pt_layers_problem(&s->merged, "not evaluated", what, pt_arena_str(s->a, pt_str_of(why->where)),
                      (uint32_t)i + 1);
    s->merged.files.cut = true;
}

static void put_layer(scan *s, size_t i, const underway *l, pt_value result) {
    static const char *const keys[] = {"diff_id", "compression", "bytes", "stored", "entries"};
    bool known = l->believes && pt_defined(result);
    pt_obj o = {.a = s->a};
    pt_obj_set(&o, "layer", pt_int((int64_t)i + 1));
    pt_obj_maybe(&o, "step", maybe(s->steps[i]));
    pt_obj_maybe(&o, "digest", known ? pt_string(l->hash) : pt_getz(result, "digest"));
    for (size_t k = 0; k < PT_COUNT(keys); k++)
        pt_obj_maybe(&o, keys[k], pt_getz(result, keys[k]));
    pt_obj_set(&o, "read", pt_bool(pt_defined(result)));
    pt_list_add(&s->layers, pt_obj_end(&o));
}

static int64_t count_of(pt_value v, const char *key) {
    int64_t n = 0;
    return pt_to_int(pt_getz(v, key), &n) && n >= 0 && n < (int64_t)PT_LAYER_RESULT_MAX ? n : -1;
}

// What stands behind the object of a layer's answer, as the object says.
static pt_code take_apart(scan *s, pt_value result, pt_str rest, pt_layer_found *ret, pt_err *e) {
    int64_t events = count_of(result, "events");
    int64_t words = count_of(result, "words");
    int64_t owned = count_of(result, "owned");
    int64_t told = count_of(result, "told");
    int64_t claims = count_of(result, "claims");
    size_t at = (size_t)(events + words * (int64_t)sizeof(uint64_t));
    size_t end = at + (size_t)owned * sizeof(pt_owned);
    size_t behind = end + (size_t)told;
    bool fits = events >= 0 && words >= 0 && owned >= 0 && told >= 0 && claims >= 0 &&
                behind + (size_t)claims == rest.n;
    *ret = (pt_layer_found){.events = pt_undefined()};
    if (!fits || pt_json_parse(s->a, pt_str_sub(rest, 0, (size_t)events), NULL, &ret->events, NULL))
        return pt_err_set(e, PT_E_CORRUPT, "its reader answered what no reader answers");
    ret->words = pt_str_sub(rest, (size_t)events, at);
    ret->owned = pt_str_sub(rest, at, end);
    ret->told = pt_str_sub(rest, end, behind);
    ret->claims = pt_str_sub(rest, behind, rest.n);
    return PT_OK;
}

static void take_problems(scan *s, pt_value result, uint32_t layer) {
    pt_value problems = pt_getz(result, "problems");
    for (size_t k = 0; k < pt_len(problems); k++) {
        pt_value p = pt_at(problems, k);
        bool fails = pt_str_eqz(text_of(p, "verdict"), "fail");
        pt_layers_problem(&s->merged, fails ? "fail" : "not evaluated", text_of(p, "what"),
                          text_of(p, "path"), layer);
    }
}

// What this process knows better than who answered: the digest that it found itself; what was found
// out of one image is told of another, whose configuration may say something else.
static void compare_known(scan *s, size_t i, const underway *l, pt_value result) {
    pt_str diff_id = text_of(result, "diff_id");
    if (l->believes && !pt_str_eq(l->hash, l->is.digest) &&
        pt_str_eq(l->is.digest, text_of(result, "digest"))) // else the worker has told it
        pt_layers_problem(&s->merged, "fail",
                          PT_STR("A layer's bytes are not what its digest says"), l->hash,
                          (uint32_t)i + 1);
    if (l->answer.p && l->is.diff_id.n && !pt_str_eq(l->is.diff_id, diff_id))
        pt_layers_problem(&s->merged, "fail",
                          PT_STR("A layer's content is not what the configuration says"), diff_id,
                          (uint32_t)i + 1);
}

static pt_code take_layer(scan *s, size_t i, const underway *l, pt_value result,
                          const pt_layer_found *found, pt_err *e) {
    take_problems(s, result, (uint32_t)i + 1);
    compare_known(s, i, l, result);
    put_layer(s, i, l, result);
    s->merged.files.cut = s->merged.files.cut || pt_true(pt_getz(result, "told_cut"));
    return pt_layers_add(&s->merged, (uint32_t)i + 1, found, e);
}

static void hash_layer(scan *s, underway *l) {
    if (l->kept && !l->why.code)
        l->hash = pt_known_layer_hash(s->known, &l->part, s->a);
}

// What the worker read and what was hashed must be the same bytes.
static pt_code check_same(scan *s, underway *l) {
    pt_hash256 now = {0};
    if (l->hash.n && pt_known_layer_stamp(s->known, &l->part, &now) &&
        memcmp(now.b, l->stamp.b, sizeof now.b) == 0)
        return PT_OK;
    return pt_err_set(&l->why, PT_E_IO, "it changed while it was read");
}

// The answer of the worker that has layer `i`. Its error is what makes the layer unread.
static void receive_layer(scan *s, size_t i, underway *l, pt_value *ret,
                          pt_layer_found *ret_found) {
    pt_str rest = {0};
    pt_str answer = l->answer;
    pt_code code = l->why.code;
    if (!code && !answer.p)
        code =
            pt_job_hear(&s->workers[i % s->n_workers], s->a, PT_LAYER_RESULT_MAX, &answer, &l->why);
    if (!code && l->kept)
        code = check_same(s, l);
    pt_part_done(&s->source, &l->part);
    if (!code)
        code = pt_job_understand(answer, s->a, ret, &rest, &l->why);
    if (!code)
        code = take_apart(s, *ret, rest, ret_found, &l->why);
    if (!code && l->kept)
        pt_known_layer_keep(s->known, &l->is, l->hash, *ret, answer);
}

// Each worker has one layer at a time; the results are taken in order. A layer that could not be
// read is a problem, and the others go on.
static pt_code run_layers(scan *s, pt_err *e) {
    size_t n = s->chosen.layers.n;
    pt_assert(s->n_workers > 0);
    underway *all = PT_NEW(s->a, underway, n + 1);
    pt_code code = all ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
    size_t sent = 0;
    size_t hashed = 0; // while workers read them
    for (size_t i = 0; !code && i < n; i++) {
        pt_value result = pt_undefined();
        pt_layer_found found = {.events = pt_undefined()};
        for (; sent < n && sent < i + s->n_workers; sent++)
            PT_IGNORE(send_layer(s, sent, &all[sent], &all[sent].why)); // told in its turn
        for (; hashed < sent; hashed++)
            hash_layer(s, &all[hashed]);
        receive_layer(s, i, &all[i], &result, &found);
        if (!all[i].why.code) {
            code = take_layer(s, i, &all[i], result, &found, e);
        } else {
            unread_layer(s, i, &all[i].why);
            put_layer(s, i, &all[i], pt_undefined());
        }
        if (s->a->full)
            code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < sent; i++)
        pt_part_done(&s->source, &all[i].part);
    return code;
}

// -- checksums ------------------------------------------------------------------------------------

// Which checksums are made is decided before a layer is read: by the first names of the lowest one.
static pt_code guess_sums(scan *s, pt_err *e) {
    const pt_question q = {.kind = PT_JOB_SYSTEM};
    pt_value v = pt_undefined();
    pt_part p = {.fd = -1};
    int64_t sums = 0;
    if (!s->sums || !s->chosen.layers.n)
        return PT_OK;
    if (pt_source_find(&s->source, s->chosen.layers.v[0].member, &p, NULL))
        return PT_OK; // which is told when it is read
    pt_code code = pt_job_send(&s->workers[0], &q, &p, NULL);
    pt_part_done(&s->source, &p);
    if (!code)
        code = pt_job_receive(&s->workers[0], s->a, PT_DOCUMENT_RESULT_MAX, &v, NULL, NULL);
    if (!code && pt_to_int(pt_getz(v, "sums"), &sums))
        s->tell |= (uint64_t)sums & PT_LAYER_SUMS;
    return s->a->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

// Those that the packages have and nobody made: then all is read once more.
static bool lacks_sums(scan *s) {
    static const uint64_t flags[] = {PT_LAYER_MD5, PT_LAYER_SHA1, PT_LAYER_SHA256,
                                     PT_LAYER_LOCAL_SUMS};
    uint64_t want = 0;
    for (size_t i = 0; i < PT_COUNT(flags); i++)
        want |= s->merged.sums >> i & 1 ? flags[i] : 0;
    bool lacks = s->sums && (want & ~s->tell) != 0;
    s->tell |= want;
    return lacks;
}

static void begin(scan *s) {
    pt_layers_init(&s->merged, s->a);
    s->layers = (pt_list){.a = s->a};
    s->merged.one = pt_defined(s->container); // it was laid together of layers before
    s->merged.licences = (s->tell & PT_LAYER_LICENCES) != 0;
}

// -- folders that are no image --------------------------------------------------------------------

// What is in the folder is written to a pipe while the worker reads its other end.
static pt_code ask_folder(scan *s, pt_err *e) {
    const pt_question q = {.kind = PT_JOB_LAYER,
                           .flags = s->tell | PT_LAYER_LOWEST | PT_LAYER_PIPE |
                                    (s->kind == PT_FOLDER_TREE ? PT_LAYER_TREE : 0u)};
    bool files = (s->tell & PT_LAYER_FILES) != 0;
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pt_err_sys(e, errno, "cannot make a pipe: %s", pt_errno_text(errno));
    PT_AUTO(pt_fd_close) int from = ends[0];
    PT_AUTO(pt_fd_close) int to = ends[1];
    pt_code code = give_rules(s, e);
    if (!code)
        code = pt_job_send(&s->workers[0], &q, &(pt_part){.fd = from}, e);
    pt_fd_close(&from);
    const pt_root_ask ask = {.fd = s->source.fd,
                             .kind = s->kind,
                             .all = s->rules || files,
                             .tell = files,
                             .licences = (s->tell & PT_LAYER_LICENCES) != 0,
                             .out = to};
    return code ? code : pt_root_write(&ask, &s->merged, e);
}

static pt_code read_folder(scan *s, pt_err *e) {
    pt_value result = pt_undefined();
    pt_layer_found found = {.events = pt_undefined()};
    pt_str rest = {0};
    begin(s);
    s->merged.one = true;
    pt_code code = ask_folder(s, e);
    if (!code)
        code = pt_job_receive(&s->workers[0], s->a, PT_LAYER_RESULT_MAX, &result, &rest, e);
    if (!code)
        code = take_apart(s, result, rest, &found, e);
    take_problems(s, result, 0);
    s->merged.files.cut = pt_true(pt_getz(result, "told_cut"));
    return code ? code : pt_layers_add(&s->merged, 1, &found, e);
}

static pt_code scan_folder(scan *s, pt_err *e) {
    if (s->sums)
        s->tell |= pt_root_sums(s->source.fd);
    pt_code code = read_folder(s, e);
    if (!code && lacks_sums(s))
        code = read_folder(s, e);
    pt_read_where where = s->kind == PT_FOLDER_TREE ? PT_IN_TREE : PT_IN_IMAGE;
    return code ? code : pt_layers_end(&s->merged, where, e);
}

// -- the report -----------------------------------------------------------------------------------

// The history's steps that made a layer, in order.
static pt_code find_steps(scan *s, pt_err *e) {
    pt_value history = pt_getz(s->chosen.settings, "history");
    size_t n = s->chosen.layers.n;
    size_t at = 0;
    s->steps = PT_NEW(s->a, pt_str, n + 1);
    if (!s->steps)
        return pt_err_set(e, PT_E_NOMEM, "out of memory");
    for (size_t i = 0; i < pt_len(history); i++) {
        pt_value h = pt_at(history, i);
        if (!pt_true(pt_getz(h, "empty")) && at < n)
            s->steps[at++] = text_of(h, "step");
    }
    return PT_OK;
}

static pt_value image_of(const scan *s) {
    static const char *const keys[] = {"os", "architecture", "variant", "created"};
    pt_obj o = {.a = s->a};
    pt_obj_set(&o, "names", s->chosen.names);
    pt_obj_maybe(&o, "manifest", maybe(s->chosen.manifest));
    if (!pt_defined(s->container)) // its configuration was put together by us, and is no image's
        pt_obj_set(&o, "config", pt_string(s->chosen.config));
    for (size_t i = 0; i < PT_COUNT(keys); i++)
        pt_obj_maybe(&o, keys[i], pt_getz(s->chosen.settings, keys[i]));
    pt_obj_maybe(&o, "mirror", s->mirror);
    if (s->tell) {
        pt_obj_maybe(&o, "settings", pt_getz(s->chosen.settings, "settings"));
        pt_obj_set(&o, "history", pt_image_steps(s->chosen.settings, s->a));
    }
    return pt_obj_end(&o);
}

static pt_value report(scan *s) {
    static const char *const kinds[] = {
        [PT_FOLDER_IMAGE] = "image", [PT_FOLDER_ROOT] = "root", [PT_FOLDER_TREE] = "tree"};
    pt_obj o = {.a = s->a};
    pt_obj_set(&o, "format", pt_stringz("paratia-scan/1"));
    pt_obj_set(&o, "verdict", pt_stringz(pt_layers_verdict(&s->merged)));
    bool container = pt_defined(s->container);
    pt_obj_set(&o, "kind", pt_stringz(container ? "container" : kinds[s->kind]));
    pt_obj_maybe(&o, "container", s->container);
    if (s->kind == PT_FOLDER_IMAGE)
        pt_obj_set(&o, "image", image_of(s));
    pt_obj_maybe(&o, "os", s->merged.os);
    pt_obj_set(&o, "layers", container ? pt_array_of(s->a, NULL, 0) : pt_list_end(&s->layers));
    pt_obj_set(&o, "packages", pt_list_end(&s->merged.packages));
    pt_obj_set(&o, "problems", pt_list_end(&s->merged.problems));
    if (s->rules)
        pt_obj_set(&o, "secrets", pt_image_secrets(&s->merged, s->chosen.settings, s->a));
    return pt_obj_end(&o);
}

// What the whole of it says wrongly of itself.
static void tell_against(scan *s) {
    for (size_t i = 0; i < s->chosen.against.items.n; i++) {
        pt_value one = s->chosen.against.items.v[i];
        pt_layers_problem(&s->merged, "fail", text_of(one, "what"), text_of(one, "path"), 0);
    }
}

static void compare_counts(scan *s) {
    size_t said = pt_len(pt_getz(s->chosen.settings, "diff_ids"));
    if (said != s->chosen.layers.n)
        pt_layers_problem(&s->merged, "fail",
                          pt_arena_printf(s->a, "%zu layers, the configuration says %zu",
                                          s->chosen.layers.n, said),
                          (pt_str){0}, 0);
}

// -- images that have an id -----------------------------------------------------------------------

// What else it depends on which image that is.
static pt_str words_of(const pt_image_ask *ask, pt_arena *a) {
    return pt_arena_printf(a, "%.*s\n%s\n%s", PT_PRI(ask->id_of), ask->name ? ask->name : "",
                           ask->platform ? ask->platform : "");
}

static void keep_image(scan *s, const pt_image_ask *ask) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_DOCUMENT_RESULT_MAX);
    pt_value v = pt_chosen_told(&s->chosen, s->a);
    if (ask->id.n && pt_defined(v) && !pt_json_write(&b, v, NULL, NULL) && !b.full)
        pt_known_keep(s->known, ask->id, words_of(ask, s->a), pt_buf_str(&b));
}

// All of it, or nothing: what is not known needs the bytes; which checksums are made is known only
// with them.
static pt_code find_image(scan *s, const pt_image_ask *ask, pt_err *e) {
    pt_str text = {0};
    pt_value v = pt_undefined();
    bool known = !s->sums && (!s->rules || rules_known(s)) &&
                 pt_known_find(s->known, ask->id, words_of(ask, s->a), s->a, &text) &&
                 !pt_json_parse(s->a, text, NULL, &v, NULL) &&
                 !pt_chosen_of(v, s->a, &s->chosen, NULL);
    for (size_t i = 0; known && i < s->chosen.layers.n; i++) {
        const pt_known_layer l = known_layer(s, i);
        pt_str digest = l.digest.n ? l.digest : l.diff_id;
        known = !s->chosen.layers.v[i].foreign && pt_known_take(s->known, digest, l.flags, s->a);
    }
    if (known)
        return PT_OK;
    pt_known_untake(s->known);
    return pt_err_set(e, PT_E_ABSENT, "it is not known");
}

static pt_code choose(scan *s, const pt_image_ask *ask, pt_err *e) {
    const pt_asker by = {.worker = &s->workers[0], .known = s->known, .ready = give_rules, .of = s};
    pt_value twice = pt_undefined();
    pt_code code = PT_OK;
    if (!s->source.folder)
        code = pt_source_members(&s->source, &by, &twice, e);
    if (!code)
        code = pt_choose(&s->source, &by, ask, &s->chosen, e);
    s->twice = twice;
    if (!code && !pt_defined(twice))
        keep_image(s, ask);
    return code;
}

static pt_code read_layers(scan *s, pt_err *e) {
    begin(s);
    if (pt_defined(s->twice))
        pt_layers_problem(&s->merged, "fail", PT_STR("The archive holds a file twice"),
                          pt_text(s->twice), 0);
    tell_against(s);
    compare_counts(s);
    return run_layers(s, e);
}

static pt_code scan_source(scan *s, const pt_image_ask *ask, pt_err *e) {
    pt_code code = ask->target ? choose(s, ask, e) : find_image(s, ask, e);
    if (!code)
        code = find_steps(s, e);
    if (!code)
        code = guess_sums(s, e);
    if (!code)
        code = read_layers(s, e);
    if (!code && lacks_sums(s))
        code = read_layers(s, e);
    return code ? code : pt_layers_end(&s->merged, PT_IN_IMAGE, e);
}

uint64_t pt_image_flags(const pt_image_ask *ask, bool lowest) {
    return (ask->files ? PT_LAYER_FILES | ask->looks : 0u) | (ask->sums ? PT_LAYER_CLAIMS : 0u) |
           (ask->licences ? PT_LAYER_LICENCES : 0u) |
           (ask->digests ? PT_LAYER_SHA256 | PT_LAYER_LOCAL_SUMS : 0u) |
           (lowest ? PT_LAYER_LOWEST : 0u);
}

pt_code pt_image_scan(pt_worker *workers, size_t n, const pt_image_ask *ask, pt_arena *a,
                      pt_value *ret, pt_err *e) {
    scan s = {.workers = workers,
              .n_workers = n,
              .a = a,
              .source = {.fd = -1},
              .rules = ask->secrets,
              .sums = ask->sums,
              .twice = pt_undefined(),
              .tell = pt_image_flags(ask, false),
              .container = ask->container,
              .mirror = ask->mirror,
              .known = ask->known};
    pt_value v = pt_undefined();
    pt_code code = ask->target ? pt_source_open(&s.source, a, ask->target, ask->spool, e) : PT_OK;
    if (!code && ask->target && !rules_known(&s)) // what is none is told before anything else
        code = give_rules(&s, e);
    if (!code && s.source.folder)
        s.kind = ask->root ? PT_FOLDER_ROOT : pt_folder_of(s.source.fd);
    if (!code)
        code = s.kind == PT_FOLDER_IMAGE ? scan_source(&s, ask, e) : scan_folder(&s, e);
    if (!code)
        v = report(&s);
    if (!code && !pt_defined(v))
        code = pt_err_set(e, PT_E_NOMEM, "out of memory");
    const pt_image_inside in = {&s.source, workers, &s.chosen, &s.merged.files, a};
    if (!code)
        code = pt_image_end(ask, &in, v, e);
    pt_source_done(&s.source);
    if (!code)
        *ret = v;
    return code;
}
