#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/verb.h"

static int put(pt_buf *b) {
    pt_err e = {0};
    pt_code code =
        b->full ? pt_err_set(&e, PT_E_NOMEM, "out of memory") : pt_put_stdout(pt_buf_str(b), &e);
    pt_buf_done(b);
    if (!code)
        return PT_EXIT_OK;
    pt_say_error(&e);
    return PT_EXIT_FAILED;
}

static int usage(const pt_err *e) {
    pt_say_error(e);
    return PT_EXIT_USAGE;
}

// "paratia help VERB" is "paratia VERB --help", and so with a subcommand.
static int top_help(int argc, char **argv) {
    const pt_verb *v = argc > 2 ? pt_verb_find(pt_str_of(argv[2])) : NULL;
    const pt_sub *s = v && argc > 3 ? pt_sub_find(v, pt_str_of(argv[3])) : NULL;
    pt_buf b = PT_BUF(65536);
    if (s)
        pt_help_sub(&b, v, s);
    else if (v)
        pt_help_verb(&b, v);
    else
        pt_help_top(&b);
    return put(&b);
}

static int top_version(int argc, char **argv) {
    (void)argc, (void)argv;
    puts("paratia " PT_VERSION);
    return fflush(stdout) == 0 ? PT_EXIT_OK : PT_EXIT_FAILED;
}

static int top_completion(int argc, char **argv) {
    pt_buf b = PT_BUF(65536);
    if (argc > 2 && pt_help_completion(&b, pt_str_of(argv[2])))
        return put(&b);
    pt_buf_done(&b);
    pt_err e = {0};
    PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "--completion needs the name of a shell"));
    pt_err_remedy(&e, "paratia --completion bash, zsh or fish");
    return usage(&e);
}

static int top_man(int argc, char **argv) {
    const pt_verb *v = argc > 2 ? pt_verb_find(pt_str_of(argv[2])) : NULL;
    if (argc > 2 && !v) {
        pt_err e = {0};
        PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "there is no verb %s", argv[2]));
        return usage(&e);
    }
    pt_buf b = PT_BUF(65536);
    pt_help_man(&b, v);
    return put(&b);
}

static int unknown_verb(const char *word) {
    const char *names[32];
    size_t n = 0;
    for (const pt_verb *v = pt_verbs; v->name && n < PT_COUNT(names); v++)
        names[n++] = v->name;
    pt_err e = {0};
    PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "there is no verb %s", word));
    const char *near = pt_nearest(pt_str_of(word), names, n);
    if (near)
        pt_err_remedy(&e, "paratia %s", near);
    else
        pt_err_remedy(&e, "paratia --help");
    return usage(&e);
}

static int run_verb(const pt_verb *v, int argc, char **argv) {
    pt_args args;
    pt_err e = {0};
    if (pt_args_parse(&args, v, argc, argv, &e))
        return usage(&e);
    if (!pt_args_flag(&args, "help"))
        return v->run(&args);
    const pt_sub *s = args.operands_n ? pt_sub_find(v, pt_str_of(args.operands[0])) : NULL;
    pt_buf b = PT_BUF(65536);
    if (s)
        pt_help_sub(&b, v, s);
    else
        pt_help_verb(&b, v);
    return put(&b);
}

int main(int argc, char **argv) {
    static const struct {
        const char *word;
        int (*run)(int argc, char **argv);
    } tops[] = {{"--help", top_help},
                {"-h", top_help},
                {"help", top_help},
                {"--version", top_version},
                {"--completion", top_completion},
                {"--man", top_man}};
    signal(SIGPIPE, SIG_IGN); // a closed pipe is an error of write, not a silent death
    setlocale(LC_CTYPE, "C.UTF-8");
    if (argc < 2) {
        top_help(argc, argv);
        return PT_EXIT_USAGE;
    }
    for (size_t i = 0; i < PT_COUNT(tops); i++)
        if (strcmp(argv[1], tops[i].word) == 0)
            return tops[i].run(argc, argv);
    const pt_verb *v = pt_verb_find(pt_str_of(argv[1]));
    return v ? run_verb(v, argc, argv) : unknown_verb(argv[1]);
}
