// How fast texts are searched for secrets by the rules that are shipped, on one core: bench_secrets
// FOLDER…. All texts below the folders (what has a NUL in its first 8 KiB is none) are read first,
// 256 MiB at most, and are searched in pieces of 64 KiB as files of one name: no list of paths
// spares us any.
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "collect/secret/secret.h"

enum {
    BYTES_MAX = 256 << 20,
    HEAD_BYTES = 8 << 10,
    PIECE_BYTES = 64 << 10,
    RUNS = 5,
};

static char *texts;
static size_t texts_n;

static int take(const char *path, const struct stat *st, int type, struct FTW *at) {
    (void)at;
    size_t size = (size_t)st->st_size;
    FILE *f = type == FTW_F && S_ISREG(st->st_mode) && size <= BYTES_MAX - texts_n
                  ? fopen(path, "re")
                  : NULL;
    size_t n = f ? fread(texts + texts_n, 1, size, f) : 0;
    size_t head = n < HEAD_BYTES ? n : HEAD_BYTES;
    if (n && !memchr(texts + texts_n, '\0', head))
        texts_n += n;
    if (f)
        (void)fclose(f);
    return 0;
}

static int64_t processor_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// Everything once, in the processor's time. *ret: how many secrets there are.
static int64_t search(const pt_secret_rules *r, size_t *ret) {
    int64_t from = processor_ns();
    pt_arena a = {0};
    *ret = 0;
    for (size_t i = 0; i < texts_n; i += PIECE_BYTES) {
        pt_value v = pt_undefined();
        pt_str piece = pt_str_sub((pt_str){texts, texts_n}, i, i + PIECE_BYTES);
        pt_assert(!pt_secret_scan(r, PT_STR("app/text"), piece, &a, &v, NULL));
        *ret += pt_len(v);
        pt_arena_clear(&a);
    }
    pt_arena_done(&a);
    return processor_ns() - from;
}

int main(int argc, char **argv) {
    pt_secret_rules *r = NULL;
    size_t found = 0;
    int64_t best = INT64_MAX;
    texts = malloc(BYTES_MAX);
    pt_assert(texts && !pt_secret_rules_read(&(pt_secret_ask){0}, &r, NULL));
    for (int i = 1; i < argc; i++)
        (void)nftw(argv[i], take, 16, FTW_PHYS);
    for (int i = 0; i < RUNS; i++) {
        int64_t ns = search(r, &found);
        best = ns < best ? ns : best;
    }
    printf("%.1f MiB, %zu secrets, %.0f MB/s\n", (double)texts_n / (1 << 20), found,
           (double)texts_n * 1e3 / (double)best);
    pt_secret_rules_free(r);
    free(texts);
}
