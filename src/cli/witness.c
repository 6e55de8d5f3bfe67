#include "cli/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/post.h"
#include "crypto/timestamp.h"

enum {
    KEYS_MAX = 16,
    PEM_BYTES_MAX = 4 << 20,
    ANSWER_BYTES_MAX = 512 << 10,
    CONFLICT = 409, // C2SP: the witness knows another size, and says it
};

// What the operator trusts to have witnessed.
typedef struct trusted {
    pt_vkey keys[KEYS_MAX];
    size_t keys_n;
    pt_buf pem;     // authorities for time stamps; empty: the system's
    bool pem_given; // --trust
} trusted;

static pt_code read_file(const char *path, pt_buf *b, pt_err *e) {
    PT_AUTO(pt_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    pt_code code = fd < 0 ? pt_err_sys(e, errno, "it cannot be read: %s", pt_errno_text(errno))
                          : pt_fd_read_all(fd, b, e);
    if (code)
        pt_err_at(e, "%s", path);
    return code;
}

// A witness's key: itself, or a file that holds it.
static pt_code read_key(pt_arena *a, const char *word, pt_vkey *ret, pt_err *e) {
    pt_str text = pt_str_of(word);
    if (pt_str_find(text, '+') == text.n) {
        PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(PT_NOTE_BYTES_MAX);
        pt_code code = read_file(word, &b, e);
        if (code)
            return code;
        text = pt_arena_str(a, pt_str_trim(pt_buf_str(&b)));
    }
    pt_code code = pt_vkey_parse(text, ret, e);
    if (!code && ret->type != PT_VKEY_WITNESS)
        code = pt_err_set(e, PT_E_USAGE, "%.*s is no witness's key: its type is %u, not %u",
                          PT_PRI(ret->name), ret->type, PT_VKEY_WITNESS);
    if (code)
        pt_err_at(e, "--witness %s", word);
    return code;
}

static pt_code read_trusted(pt_arena *a, const pt_args *args, trusted *ret, pt_err *e) {
    *ret = (trusted){.pem = PT_BUF(PEM_BYTES_MAX)};
    const char *word;
    for (size_t i = 0; (word = pt_args_nth(args, "witness", i)) != NULL; i++) {
        if (i == KEYS_MAX)
            return pt_err_set(e, PT_E_USAGE, "more than %d witnesses", KEYS_MAX);
        pt_code code = read_key(a, word, &ret->keys[ret->keys_n++], e);
        if (code)
            return code;
    }
    const char *pem = pt_args_get(args, "trust");
    ret->pem_given = pem != NULL;
    return pem ? read_file(pem, &ret->pem, e) : PT_OK;
}

static void trusted_done(trusted *t) {
    pt_buf_done(&t->pem);
}

static const pt_vkey *key_of(const trusted *t, pt_str name) {
    for (size_t i = 0; i < t->keys_n; i++)
        if (pt_str_eq(t->keys[i].name, name))
            return &t->keys[i];
    return NULL;
}

// -- sending --------------------------------------------------------------------------------------

typedef struct sending {
    pt_trust *t;
    pt_ledger *l;
    const trusted *trusted;
    const char *ca; // of TLS
    pt_str note;    // the checkpoint
    pt_checkpoint c;
    const char *address; // what stands behind the scheme of ours
} sending;

#define DAY_NS (INT64_C(86400) * PT_SECOND_NS)

static pt_code ask(const sending *s, pt_post p, int *ret_status, pt_buf *ret_answer, pt_err *e) {
    p.ca = s->ca;
    p.answer_bytes_max = ANSWER_BYTES_MAX;
    return pt_post_apart(&p, ret_status, ret_answer, e);
}

static pt_code refused(int status, pt_str answer, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf safe = PT_BUF(120);
    pt_buf_put_safe(&safe, pt_str_trim(pt_str_sub(answer, 0, 100)));
    return pt_err_set(e, PT_E_IO, "it answered with status %d%s%.*s", status, safe.n ? ": " : "",
                      PT_PRI(pt_buf_str(&safe)));
}

// C2SP tlog-witness, add-checkpoint: "old N", the proof from there, an empty line, the checkpoint.
static pt_code put_request(const sending *s, uint64_t old, pt_buf *b, pt_err *e) {
    pt_proof proof = {0};
    pt_code code =
        old && old < s->c.size ? pt_ledger_consistency(s->l, old, s->c.size, &proof, e) : PT_OK;
    if (code)
        return code;
    pt_buf_printf(b, "old %llu\n", (unsigned long long)old);
    for (uint32_t i = 0; i < proof.n; i++) {
        pt_base64_put(b, (pt_str){(const char *)proof.hash[i].b, sizeof proof.hash[i].b});
        pt_buf_putc(b, '\n');
    }
    pt_buf_putc(b, '\n');
    pt_buf_put(b, s->note);
    return b->full ? pt_err_set(e, PT_E_NOMEM, "out of memory") : PT_OK;
}

// What this witness saw last, by what we kept of it.
static pt_code size_seen(const sending *s, const pt_vkey *key, uint64_t *ret, pt_err *e) {
    pt_witnesses all = {0};
    pt_code code = pt_witness_list(s->t->dir.p, &s->t->arena, &all, e);
    for (size_t i = 0; i < all.n; i++)
        if (all.v[i].kind == PT_WITNESS_COSIGNED && pt_str_eq(all.v[i].by, key->name))
            *ret = all.v[i].size;
    return code;
}

// 409: the witness says its own size. A larger one than ours is the alarm it exists for.
static pt_code other_size(const sending *s, pt_str answer, uint64_t *ret, pt_err *e) {
    int64_t size;
    if (!pt_str_int(pt_str_trim(answer), 10, &size) || size < 0)
        return refused(CONFLICT, answer, e);
    if ((uint64_t)size > s->c.size) {
        pt_code code = pt_err_set(e, PT_E_CORRUPT,
                                  "the witness has seen %lld entries, and here are %llu: this "
                                  "ledger was rolled back",
                                  (long long)size, (unsigned long long)s->c.size);
        pt_err_remedy(e, "keep the ledger as it is, it is evidence; ask the witness for its "
                         "checkpoint");
        return code;
    }
    *ret = (uint64_t)size;
    return PT_OK;
}

static pt_code add_checkpoint(const sending *s, const pt_vkey *key, pt_buf *ret_answer, pt_err *e) {
    pt_str url = pt_arena_printf(&s->t->arena, "%s%sadd-checkpoint", s->address,
                                 pt_str_ends(pt_str_of(s->address), PT_STR("/")) ? "" : "/");
    uint64_t old = 0;
    int status = CONFLICT;
    pt_code code = size_seen(s, key, &old, e);
    for (int tries = 0; !code && status == CONFLICT && tries < 2; tries++) {
        PT_AUTO(pt_buf_done) pt_buf body = PT_BUF(PT_NOTE_BYTES_MAX);
        pt_buf_clear(ret_answer);
        code = put_request(s, old, &body, e);
        if (!code)
            code = ask(
                s,
                (pt_post){.url = url.p, .body = {"text/plain; charset=utf-8", pt_buf_str(&body)}},
                &status, ret_answer, e);
        if (!code && status == CONFLICT)
            code = other_size(s, pt_buf_str(ret_answer), &old, e);
    }
    if (!code && status != 200)
        code = refused(status, pt_buf_str(ret_answer), e);
    return code;
}

static pt_code by_witness(const sending *s, pt_witnessed *ret, pt_err *e) {
    if (s->trusted->keys_n != 1) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "a witness is asked with its key, and one only");
        pt_err_remedy(e, "--witness VKEY; copy:URL for a place that keeps it without signing");
        return code;
    }
    const pt_vkey *key = &s->trusted->keys[0];
    PT_AUTO(pt_buf_done) pt_buf answer = PT_BUF(ANSWER_BYTES_MAX);
    PT_AUTO(pt_buf_done) pt_buf note = PT_BUF(PT_NOTE_BYTES_MAX);
    pt_checkpoint c;
    pt_code code = add_checkpoint(s, key, &answer, e);
    if (code)
        return code;
    pt_buf_put(&note, s->note);
    if (!pt_note_lines_of(&note, pt_buf_str(&answer), key))
        return pt_err_set(e, PT_E_CORRUPT, "the answer holds no signature of %.*s",
                          PT_PRI(key->name));
    ret->note = pt_arena_str(&s->t->arena, pt_buf_str(&note));
    ret->by = key->name;
    code = pt_checkpoint_witnessed(ret->note, key, &c, &ret->time, e);
    pt_time_ns off = ret->time - pt_now();
    if (!code && (off > DAY_NS || off < -DAY_NS)) {
        char room[PT_RFC3339_BYTES];
        code = pt_err_set(e, PT_E_CORRUPT, "the witness says that it is %.*s now",
                          PT_PRI(pt_time_rfc3339(ret->time, room)));
        pt_err_remedy(e, "one of the two clocks is wrong: a time like that proves nothing");
    }
    return code;
}

static pt_code by_authority(const sending *s, pt_witnessed *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf query = PT_BUF(4096);
    PT_AUTO(pt_buf_done) pt_buf answer = PT_BUF(ANSWER_BYTES_MAX);
    pt_hash256 digest = pt_sha256(&s->note, 1);
    uint64_t nonce;
    pt_random(&nonce, sizeof nonce);
    nonce |= 1; // 0 would be none
    int status = 0;
    pt_code code = pt_timestamp_query(&query, &digest, nonce, e);
    if (!code) // a digest may be seen, and the answer is signed: these authorities speak http
        code = ask(s,
                   (pt_post){.url = s->address,
                             .body = {"application/timestamp-query", pt_buf_str(&query)},
                             .clear = true},
                   &status, &answer, e);
    if (!code && status != 200)
        code = refused(status, pt_buf_str(&answer), e);
    if (!code)
        code = pt_timestamp_verify(pt_buf_str(&answer), &digest, nonce,
                                   pt_buf_str(&s->trusted->pem), &ret->time, e);
    if (code == PT_E_CORRUPT && !s->trusted->pem_given)
        pt_err_remedy(e, "--trust FILE names the certificates that may sign time stamps");
    ret->note = s->note;
    ret->token = pt_arena_str(&s->t->arena, pt_buf_str(&answer));
    ret->by = pt_url_shown(&s->t->arena, pt_str_of(s->address));
    return code;
}

static pt_code by_copy(const sending *s, pt_witnessed *ret, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf answer = PT_BUF(ANSWER_BYTES_MAX);
    int status = 0;
    pt_code code =
        ask(s, (pt_post){.url = s->address, .body = {"text/plain; charset=utf-8", s->note}},
            &status, &answer, e);
    if (!code && status / 100 != 2)
        code = refused(status, pt_buf_str(&answer), e);
    ret->note = s->note;
    ret->by = pt_url_shown(&s->t->arena, pt_str_of(s->address));
    ret->time = pt_now();
    return code;
}

// What the file holds already is proof: it is replaced only by what extends it.
static pt_code extends_file(const sending *s, pt_err *e) {
    PT_AUTO(pt_buf_done) pt_buf old = PT_BUF(PT_NOTE_BYTES_MAX);
    pt_err why = {0};
    if (access(s->address, F_OK) != 0 && errno == ENOENT)
        return PT_OK;
    pt_code code = read_file(s->address, &old, e);
    if (code || !pt_str_trim(pt_buf_str(&old)).n)
        return code;
    pt_str text = pt_arena_printf(&s->t->arena, "%.*s\n", PT_PRI(pt_str_trim(pt_buf_str(&old))));
    code = pt_ledger_extends(s->t->dir.p, &s->t->key, text, &why);
    if (code == PT_E_CORRUPT) {
        code = pt_err_set(e, PT_E_CORRUPT,
                          "this ledger does not extend the checkpoint that is kept there: %.90s",
                          why.what);
        pt_err_remedy(e,
                      "keep both as they are, they are evidence; another ledger gets another file");
    } else if (code)
        code = pt_err_set(e, PT_E_USAGE, "the file holds no checkpoint, and is not overwritten");
    return code;
}

static pt_code by_file(const sending *s, pt_witnessed *ret, pt_err *e) {
    pt_code code = extends_file(s, e);
    ret->note = s->note;
    ret->by = pt_str_of(s->address);
    ret->time = pt_now();
    return code ? code : pt_file_replace(s->address, s->note, 0644, e);
}

// The word before the address says who it is; https alone is a witness.
static const struct {
    const char *scheme;
    size_t skip; // of it, what is ours
    pt_witness_kind kind;
    pt_code (*send)(const sending *s, pt_witnessed *ret, pt_err *e);
} ways[] = {
    {"https://", 0, PT_WITNESS_COSIGNED, by_witness},
    {"http://", 0, PT_WITNESS_COSIGNED, by_witness},
    {"tsa:", 4, PT_WITNESS_STAMPED, by_authority},
    {"copy:", 5, PT_WITNESS_COPIED, by_copy},
    {"file:", 5, PT_WITNESS_COPIED, by_file},
};

static pt_code send_to(sending *s, const char *word, pt_err *e) {
    for (size_t i = 0; i < PT_COUNT(ways); i++) {
        if (strncmp(word, ways[i].scheme, strlen(ways[i].scheme)) != 0)
            continue;
        char room[PT_RFC3339_BYTES];
        pt_witnessed w = {.kind = ways[i].kind, .size = s->c.size};
        s->address = word + ways[i].skip;
        pt_code code = ways[i].send(s, &w, e);
        if (!code)
            code = pt_witness_keep(s->t->dir.p, &w, e);
        if (code)
            pt_err_at(e, "%.*s", PT_PRI(pt_url_shown(&s->t->arena, pt_str_of(s->address))));
        else
            printf("✓ %-8s  %llu entries, %.*s, %.*s\n", pt_witness_word(w.kind),
                   (unsigned long long)w.size, PT_PRI(pt_time_rfc3339(w.time, room)), PT_PRI(w.by));
        return code;
    }
    pt_code code = pt_err_set(e, PT_E_USAGE, "--to does not know %.60s", word);
    pt_err_remedy(e, "https://WITNESS with --witness VKEY, tsa:URL, copy:URL or file:PATH");
    return code;
}

// The newest checkpoint, over all that is acknowledged.
static pt_code open_ledger(pt_trust *t, sending *s, pt_err *e) {
    pt_ledger_recovery mended = {0};
    pt_ledger_opts reading = {.read_only = true};
    pt_code code = pt_ledger_open(&s->l, t->dir.p, &reading, &mended, e); // never make one here
    pt_ledger_free(s->l);
    s->l = NULL;
    if (!code)
        code = pt_ledger_open(&s->l, t->dir.p, &(pt_ledger_opts){0}, &mended, e);
    if (!code)
        code = pt_ledger_checkpoint(s->l, e);
    if (!code) {
        s->note = pt_arena_str(&t->arena, pt_ledger_checkpoint_text(s->l));
        code = pt_checkpoint_open(s->note, pt_ledger_key(s->l), &s->c, NULL, e);
    }
    if (!code && !s->c.size)
        code = pt_err_set(e, PT_E_ABSENT, "the ledger is empty: there is nothing to witness");
    return code;
}

static int send_all(sending *s, const pt_args *args) {
    int worst = PT_EXIT_OK;
    const char *word;
    for (size_t i = 0; (word = pt_args_nth(args, "to", i)) != NULL; i++) {
        pt_err e = {0};
        pt_code code = send_to(s, word, &e);
        int one = code == PT_OK          ? PT_EXIT_OK
                  : code == PT_E_USAGE   ? PT_EXIT_USAGE
                  : code == PT_E_CORRUPT ? PT_EXIT_FINDINGS
                                         : PT_EXIT_FAILED;
        if (code)
            pt_say_error(&e);
        worst = one > worst ? one : worst;
    }
    return worst;
}

int pt_ledger_witness(pt_trust *t, const pt_args *args) {
    PT_AUTO(trusted_done) trusted who;
    sending s = {.t = t, .trusted = &who, .ca = pt_args_get(args, "ca")};
    pt_err e = {0};
    pt_code code = read_trusted(&t->arena, args, &who, &e);
    if (!code && !pt_args_get(args, "to")) {
        code =
            pt_err_set(&e, PT_E_USAGE, "ledger witness needs somebody to show the checkpoint to");
        pt_err_remedy(&e, "--to https://WITNESS, tsa:URL, copy:URL or file:PATH");
    }
    if (!code)
        code = open_ledger(t, &s, &e);
    if (code)
        pt_say_error(&e);
    int exit_code = code == PT_OK        ? send_all(&s, args)
                    : code == PT_E_USAGE ? PT_EXIT_USAGE
                                         : PT_EXIT_FAILED;
    pt_ledger_free(s.l);
    return exit_code;
}

// -- looking back ---------------------------------------------------------------------------------

// Does what was signed hold, by what the operator trusts? *ret_verified: there was something to
// verify with.
static pt_code verify_word(const trusted *who, const pt_witnessed *w, bool *ret_verified,
                           pt_err *e) {
    pt_time_ns time = 0;
    pt_checkpoint c;
    *ret_verified = false;
    if (w->kind == PT_WITNESS_STAMPED) {
        pt_hash256 digest = pt_sha256(&w->note, 1);
        pt_code code = pt_timestamp_verify(w->token, &digest, 0, pt_buf_str(&who->pem), &time, e);
        if (code && !who->pem_given)
            return PT_OK; // an authority that the system does not know is not verified, not wrong
        *ret_verified = !code;
        return code              ? code
               : time == w->time ? PT_OK
                                 : pt_err_set(e, PT_E_CORRUPT, "its time was changed");
    }
    const pt_vkey *key = w->kind == PT_WITNESS_COSIGNED ? key_of(who, w->by) : NULL;
    if (!key)
        return PT_OK;
    pt_code code = pt_checkpoint_witnessed(w->note, key, &c, &time, e);
    *ret_verified = !code;
    if (!code && time != w->time)
        code = pt_err_set(e, PT_E_CORRUPT, "its time was changed");
    return code;
}

static const char *how_to_verify(const pt_witnessed *w) {
    static const char *const ways_to[] = {[PT_WITNESS_COSIGNED] = ", not verified: --witness VKEY",
                                          [PT_WITNESS_STAMPED] = ", not verified: --trust FILE",
                                          [PT_WITNESS_COPIED] = ": compare it with that copy"};
    return ways_to[w->kind];
}

// The size that counts is the one in the signed checkpoint: the file around it is anybody's.
static pt_code sign_size(pt_trust *t, pt_witnessed *w, pt_err *e) {
    pt_checkpoint c;
    pt_code code = pt_checkpoint_open(w->note, &t->key, &c, NULL, e);
    if (!code && c.size != w->size)
        code = pt_err_set(e, PT_E_CORRUPT, "what a witness said was changed: it is of %llu entries",
                          (unsigned long long)c.size);
    return code == PT_E_FORMAT ? PT_E_CORRUPT : code;
}

static pt_code report_word(pt_trust *t, const trusted *who, const pt_witnessed *w,
                           bool *ret_verified, pt_err *e) {
    char room[PT_RFC3339_BYTES];
    PT_AUTO(pt_buf_done) pt_buf by = PT_BUF(4096);
    pt_buf_put_safe(&by, w->by);
    pt_code code = verify_word(who, w, ret_verified, e);
    if (!code)
        code = pt_ledger_extends(t->dir.p, &t->key, w->note, e);
    if (code) {
        pt_err_at(e, "%s by %.*s", pt_witness_word(w->kind), PT_PRI(pt_buf_str(&by)));
        return code == PT_E_FORMAT ? PT_E_CORRUPT : code;
    }
    // Of a time stamp only the time is signed by whom --trust names: the address is as it was kept.
    printf("%s Witness   %llu entries %s %.*s, %s %.*s%s\n", *ret_verified ? "✓" : "?",
           (unsigned long long)w->size, pt_witness_word(w->kind),
           PT_PRI(pt_time_rfc3339(w->time, room)),
           w->kind == PT_WITNESS_COSIGNED ? "by" : "asked of", PT_PRI(pt_buf_str(&by)),
           *ret_verified ? "" : how_to_verify(w));
    return PT_OK;
}

// Of those that `by` said, is this the one to show? The oldest that covers `want`, else the newest.
static bool shows(const pt_witnesses *all, size_t i, uint64_t want) {
    const pt_witnessed *w = &all->v[i];
    if (w->size < want)
        return false;
    for (size_t k = 0; k < all->n; k++) {
        const pt_witnessed *o = &all->v[k];
        bool same = o->kind == w->kind && pt_str_eq(o->by, w->by) && o->size >= want;
        if (same && (want ? k < i : k > i))
            return false;
    }
    return true;
}

// Who was named to have witnessed, and of whom nothing verified is kept: what they signed was never
// asked for, or taken away.
static pt_code missing_words(const trusted *who, const bool *heard, bool stamped, pt_err *e) {
    for (size_t i = 0; i < who->keys_n; i++)
        if (!heard[i])
            return pt_err_set(e, PT_E_CORRUPT, "nothing that %.*s signed of this is kept here",
                              PT_PRI(who->keys[i].name));
    if (who->pem_given && !stamped)
        return pt_err_set(e, PT_E_CORRUPT, "no time stamp of this is kept that --trust verifies");
    return PT_OK;
}

static pt_code report_all(pt_trust *t, const trusted *who, pt_witnesses *all, uint64_t want,
                          pt_err *e) {
    bool heard[KEYS_MAX] = {false};
    bool stamped = false;
    bool any = false;
    pt_code code = PT_OK;
    for (size_t i = 0; i < all->n && !code; i++)
        code = sign_size(t, &all->v[i], e);
    for (size_t i = 0; i < all->n && !code; i++) {
        const pt_witnessed *w = &all->v[i];
        bool verified = false;
        if (!shows(all, i, want))
            continue;
        any = true;
        code = report_word(t, who, w, &verified, e);
        stamped |= verified && w->kind == PT_WITNESS_STAMPED;
        const pt_vkey *key = w->kind == PT_WITNESS_COSIGNED ? key_of(who, w->by) : NULL;
        if (verified && key)
            heard[key - who->keys] = true;
    }
    if (!code && !any)
        puts("? Witness   none: time rests on this host's clock (paratia ledger witness)");
    return code ? code : missing_words(who, heard, stamped, e);
}

pt_code pt_witness_report(pt_trust *t, const pt_args *args, uint64_t want, pt_err *e) {
    PT_AUTO(trusted_done) trusted who;
    pt_witnesses all = {0};
    pt_code code = read_trusted(&t->arena, args, &who, e);
    if (!code)
        code = pt_witness_list(t->dir.p, &t->arena, &all, e);
    return code ? code : report_all(t, &who, &all, want, e);
}
