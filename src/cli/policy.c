// paratia policy bench|build|check|fmt|inspect|sign|test|verify.
#include "cli/policy.h"

#include "cli/trust.h"
#include "cli/verbs.h"
#include "judge/policy/builtin.h"

const pt_option pt_policy_options[] = {
    {"data", "PATH", "policies, data as `eval` takes them; repeatable", NULL, "What", 'd'},
    {"bundle", "PATH", "a bundle: a folder or .tar.gz; repeatable", NULL, NULL, 'b'},
    {"schema", "PATH", "JSON schema of the input, or a folder of schemas", NULL, NULL, 's'},
    {"input", "FILE", "the input, JSON or YAML", NULL, NULL, 'i'},
    {"ignore", "NAME,…", "files and folders to leave out: '.*', '*_test.rego'", NULL, NULL},
    PT_TRUST_OPTIONS,
    {"v0-compatible", NULL, "the language before OPA 1.0", NULL, "How"},
    {"v1-compatible", NULL, "the language since OPA 1.0, as without it", NULL, NULL},
    {"strict", NULL, "refuse what is unused, shadowed or deprecated", NULL, NULL, 'S'},
    {"capabilities", "FILE", "built-ins, features, hosts that policies may use", "all", NULL},
    {"run", "REGEX", "only tests whose names match: 'authz\\.test_'", "all", "test, bench", 'r'},
    {"allow-net", "HOST[:PORT]", "http.send may reach it; repeatable", "none", NULL},
    {"timeout", "DURATION", "of one test; of one evaluation of bench", "5s; none", NULL},
    {"parallel", "N", "so many at a time; bench: 1", "the processors", NULL, 'p'},
    {"duration", "DURATION", "so long, more or less", "1s", NULL},
    {"count", "N", "run the tests so often, until one does not pass", "1", NULL},
    {"watch", NULL, "again after each change, until Ctrl-C", NULL, NULL, 'w'},
    {"bench", NULL, "measure tests that pass, for --duration each", NULL, NULL},
    {"benchmem", NULL, "and memory; --benchmem=false leaves it out", NULL, NULL},
    {"coverage", NULL, "which lines were evaluated", NULL, NULL, 'c'},
    {"threshold", "PERCENT", "exit 1 if fewer lines were; implies --coverage", NULL, NULL},
    {"explain", "MODE", "what tests that failed did: notes, fails, full", NULL, NULL},
    {"allow-empty", NULL, "no tests at all are no failure", NULL, NULL},
    {"verbose", NULL, "tests that passed, too", NULL, "Report", 'v'},
    {"sort", "HOW", "none, duration (the slowest first)", "none", NULL},
    {"quiet", NULL, "only errors and the summary line", NULL, NULL},
    {"json", NULL, "one JSON document on standard output", NULL, NULL},
    {"color", "WHEN", "auto, always, never; NO_COLOR is heeded", "auto", NULL},
    {"ascii", NULL, "signs in ASCII", NULL, NULL},
    {"write", NULL, "replace the files by what comes out", NULL, "fmt", 'w'},
    {"list", NULL, "name the files that would change, and no more", NULL, NULL, 'l'},
    {"diff", NULL, "show what would change", NULL, NULL, 'd'},
    {"fail", NULL, "exit 1 if a file is not formatted", NULL, NULL},
    {"signing-key", "FILE", "sign with this key (PEM), or secret", NULL, "build, sign"},
    {"claims-file", "FILE", "JSON that the signature says besides", NULL, NULL},
    {"output-file-path", "DIR", "sign: where .signatures.json goes", ".", NULL, 'o'},
    {"output", "FILE", "build: the bundle", "bundle.tar.gz", NULL, 'o'},
    {"revision", "TEXT", "build: the bundle's revision", NULL, NULL, 'r'},
    {"patch", "PATH", "build: a delta bundle that changes --bundle's", NULL, NULL},
    {"target", "NAME", "build: rego, and nothing else", "rego", NULL, 't'},
    {"optimize", "N", "build: 0, and nothing else", "0", NULL, 'O'},
    {"entrypoint", "PATH", "build: refused, as it would do nothing", NULL, NULL, 'e'},
    {"annotations", NULL, "METADATA of packages and rules, too", NULL, "inspect", 'a'},
    {"format", "NAME", "pretty, json; of test --bench gobench, too", "pretty", NULL, 'f'},
    {"help", NULL, "this text", NULL, "Help", 'h'},
    {0},
};

bool pt_policy_builtin(pt_str name) {
    return pt_fn_find(name) != NULL;
}

pt_rego_version pt_policy_version(const pt_args *args) {
    return pt_args_flag(args, "v0-compatible") ? PT_REGO_V0 : PT_REGO_V1;
}

// -- diagnostics ----------------------------------------------------------------------------------

static pt_str line_of(const pt_source *source, uint32_t row) {
    pt_str rest = source ? source->text : (pt_str){NULL, 0};
    pt_str line = {NULL, 0};
    for (uint32_t i = 0; i < row; i++) {
        if (!pt_str_split(&rest, '\n', &line))
            return (pt_str){NULL, 0};
    }
    return line.n && line.p[line.n - 1] == '\r' ? pt_str_sub(line, 0, line.n - 1) : line;
}

// Columns count code points: the byte of the line at which one begins.
static size_t byte_of(pt_str line, uint32_t column) {
    size_t i = 0;
    for (uint32_t at = 1; i < line.n && at < column; at++)
        for (i++; i < line.n && ((unsigned char)line.p[i] & 0xc0) == 0x80;)
            i++;
    return i;
}

static void put_line(pt_buf *b, pt_str line, size_t caret) {
    size_t tabs = 0;
    while (tabs < line.n && line.p[tabs] == '\t')
        tabs++;
    pt_buf_putz(b, "\n\t");
    pt_buf_put_safe(b, pt_str_sub(line, tabs, line.n));
    pt_buf_putz(b, "\n\t");
    for (size_t i = tabs; i < caret; i++) {
        if ((i < line.n ? (unsigned char)line.p[i] & 0xc0 : 0) != 0x80)
            pt_buf_putc(b, ' ');
    }
    pt_buf_putc(b, '^');
}

// Line ends in it are the compiler's.
static void put_message(pt_buf *b, pt_str message) {
    pt_str line;
    for (size_t i = 0; pt_str_split(&message, '\n', &line); i++) {
        pt_buf_putz(b, i ? "\n\t" : "");
        pt_buf_put_safe(b, line);
    }
}

void pt_policy_put(pt_buf *b, const pt_diagnostic *x, const pt_source *source) {
    if (x->file.n) {
        pt_buf_put_safe(b, x->file);
        pt_buf_printf(b, ":%u", x->row);
        if (x->column)
            pt_buf_printf(b, ":%u", x->column);
        pt_buf_putz(b, ": ");
    }
    pt_buf_printf(b, "%s: ", pt_rego_code_name(x->code));
    put_message(b, x->message);
    if (x->hint.n) {
        pt_buf_putz(b, " (hint: ");
        pt_buf_put_safe(b, x->hint);
        pt_buf_putc(b, ')');
    }
    pt_str line = x->line.n ? x->line : line_of(source, x->row);
    if (line.n)
        put_line(b, line, x->line.n ? x->caret : byte_of(line, x->column));
    pt_str rest = x->details;
    pt_str detail;
    while (pt_str_split(&rest, '\n', &detail)) {
        pt_buf_putz(b, "\n\t");
        pt_buf_put_safe(b, detail);
    }
    pt_buf_putc(b, '\n');
}

// -- the table ------------------------------------------------------------------------------------

const pt_sub pt_policy_subs[] = {
    {
        .name = "check",
        .summary = "all that is wrong with modules: what opa check says, with places",
        .about = "parse and compile policies, and say all that is wrong\n"
                 "with them: what does not parse, then what does not compile, each with its\n"
                 "place, its line and a hint. PATH is a module or a folder of them; --data and\n"
                 "--bundle load as `paratia eval` does, data too, which rules may clash with.\n"
                 "Runs nothing, changes nothing.",
        .example = "paratia policy check --strict policies/ --json",
        .options = "data|bundle|schema|ignore|v0-compatible|v1-compatible|strict|capabilities|"
                   "json|" PT_TRUST_NAMES,
        .exits = "0 good   1 errors in policies   2 usage   3 could not",
        .run = pt_policy_check,
    },
    {
        .name = "build",
        .summary = "make a bundle of policies and data, as opa build does",
        .about = "make a bundle, a .tar.gz that OPA and `paratia eval` load,\n"
                 "of files and folders, or with --bundle of bundles. The policies are compiled,\n"
                 "and formatted; the data becomes one document. The same input gives the same\n"
                 "bytes. Bundles are verified before with --verification-key, and what is made\n"
                 "is signed with --signing-key. --patch applies a delta bundle, as OPA's server\n"
                 "does. Optimizes nothing, makes no Wasm and no plans.",
        .example = "paratia policy build -b policies/ -r 7 --signing-key key.pem -o bundle.tar.gz",
        .options = "bundle|ignore|v0-compatible|v1-compatible|capabilities|signing-key|"
                   "claims-file|output|"
                   "revision|patch|target|optimize|entrypoint|" PT_TRUST_NAMES,
        .exits = "0 done   1 errors in policies   2 usage   3 could not",
        .run = pt_policy_build,
    },
    {
        .name = "inspect",
        .summary = "what is in a bundle, as opa inspect shows it",
        .about =
            "show what is in a bundle (a folder, a .tar.gz) or a\n"
            "module: manifest, namespaces with their files, and who is said to have signed\n"
            "it, which is not verified. Data is not read. Modules are compiled: what is wrong\n"
            "with them is an error. The JSON is that of `opa inspect`.",
        .example = "paratia policy inspect -a bundle.tar.gz",
        .options = "annotations|format|v0-compatible|v1-compatible",
        .exits = "0 done   1 errors in the bundle   2 usage   3 could not",
        .run = pt_policy_inspect,
    },
    {
        .name = "sign",
        .summary = "sign bundles, as opa sign does",
        .about = "write .signatures.json for a folder or an archive: what\n"
                 "`opa sign` writes. It lists every file with its digest. Names begin with the\n"
                 "folder's path: verifying takes the same path. A secret (HS256 …) is read from\n"
                 "a file.",
        .example = "paratia policy sign -b policies --signing-key key.pem -o policies",
        .options = "bundle|ignore|signing-key|signing-alg|claims-file|output-file-path",
        .exits = "0 done   1 errors in documents   2 usage   3 could not",
        .run = pt_policy_sign,
    },
    {
        .name = "fmt",
        .summary = "write modules in the one format: what opa fmt gives",
        .about = "format policies as `opa fmt` (1.22) does, byte for byte.\n"
                 "PATH is a module or a folder of them; none, or -, is standard input. What\n"
                 "comes out goes to standard output; files change with --write only. It is read\n"
                 "again: a module that would mean something else, or lose a comment, is an error\n"
                 "and stays as it is.",
        .example = "paratia policy fmt --diff --fail policies/",
        .options = "ignore|v0-compatible|v1-compatible|write|list|diff|fail",
        .exits = "0 good   1 errors in policies, or --fail   2 usage   3 could not",
        .run = pt_policy_fmt,
    },
    {
        .name = "test",
        .summary = "run tests of policies: rules called test_…",
        .about =
            "run the rules called test_… of the modules below PATH, as\n"
            "opa test does, several at a time. A test passes if it is true; test_x[name] is a\n"
            "test of many cases; todo_test_… is left out. Of each that fails it shows the\n"
            "literal that failed and what its terms were worth. PATH may hold data too.",
        .example = "paratia policy test policies/ --coverage --threshold 80",
        .options =
            "data|bundle|schema|ignore|v0-compatible|v1-compatible|strict|capabilities|run|"
            "allow-net|timeout|"
            "parallel|count|watch|bench|benchmem|duration|sort|format|coverage|threshold|explain|"
            "allow-empty|verbose|quiet|json|color|"
            "ascii|" PT_TRUST_NAMES,
        .exits = "0 good   1 not all passed, errors in policies   2 usage   3 could not",
        .run = pt_policy_test,
    },
    {
        .name = "bench",
        .summary = "how fast a query is evaluated",
        .about = "evaluate QUERY again and again for a second, and tell\n"
                 "how long that takes: the median, the slowest, memory, evaluations in a second.\n"
                 "Modules and data are loaded and compiled once. The result must be defined:\n"
                 "what is undefined is often quick because something is missing.",
        .example = "paratia policy bench data.authz.allow -d policy.rego -i request.json",
        .options = "data|bundle|input|schema|ignore|v0-compatible|v1-compatible|strict|timeout|"
                   "parallel|duration|"
                   "json|" PT_TRUST_NAMES,
        .exits = "0 good   1 undefined, errors in policies   2 usage   3 could not",
        .run = pt_policy_bench,
    },
    {
        .name = "verify",
        .summary = "run suites of Gatekeeper's policies, as gator verify does",
        .about = "run suites of tests (test.gatekeeper.sh) for policies of\n"
                 "OPA Gatekeeper, unmodified: each names a ConstraintTemplate, a constraint, and\n"
                 "objects with the violations that are expected. SUITE is a file, a folder, or\n"
                 "DIR/... for all below it. Rego is evaluated; what needs CEL or an expansion is\n"
                 "told, and never counts as passed. Changes nothing.",
        .example = "paratia policy verify ./... --run 'required-labels//missing'",
        .options = "run|timeout|verbose|json",
        .exits = "0 all passed   1 some failed   2 usage   3 not evaluated, nothing run",
        .run = pt_policy_verify,
    },
    {0},
};

static int refuse(const char *what, const char *remedy) {
    pt_err e = {0};
    PT_IGNORE(pt_err_set(&e, PT_E_USAGE, "%s", what));
    pt_err_remedy(&e, "%s", remedy);
    pt_say_error(&e);
    return PT_EXIT_USAGE;
}

int pt_cmd_policy(const pt_args *args) {
    const pt_sub *s = pt_sub_find(args->verb, pt_str_of(args->operands[0]));
    if (!s)
        return refuse("policy has no such subcommand",
                      "paratia policy bench, build, check, fmt, inspect, sign, test or verify");
    if (pt_args_flag(args, "v0-compatible") && pt_args_flag(args, "v1-compatible"))
        return refuse("--v0-compatible and --v1-compatible do not go together", "one of them");
    return s->run(args);
}
