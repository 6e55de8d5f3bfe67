// Suite "falco": scenarios of Falco's own end-to-end suite. Processes run, make a call or none, and
// a rule of the shipped file must fire with these fields. Records are made as the sensor would make
// them, and go the way of a recording.
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "collect/runtime/state.h"
#include "collect/runtime/testing_wire.h"
#include "falco.h"
#include "judge/falco/rules.h"
#include "value/yaml.h"

#define CONTAINER "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
#define SECOND    UINT64_C(1000000000)
#define RULES     "/../rules/falco_rules.yaml" // from the folder of the scenarios

enum {
    EXECVE = 59,
    FIRST_PID = 100,
    DESCRIPTOR = 7, // that a call is given, or gives
    ALL_CAPABILITIES = 41,
};

static const char passwd[] = "root:x:0:0::/root:/bin/sh\n"
                             "daemon:x:1:1::/:/bin/sh\nbin:x:2:2::/:/bin/sh\n"
                             "sync:x:4:4::/:/bin/sh\ngames:x:5:5::/:/bin/sh\n"
                             "lp:x:7:7::/:/bin/sh\nmail:x:8:8::/:/bin/sh\n"
                             "uucp:x:10:10::/:/bin/sh\nwww-data:x:33:33::/:/bin/sh\n"
                             "nobody:x:65534:65534::/:/bin/sh\nsshd:x:101:65534::/:/bin/sh\n";

typedef struct scene {
    pt_arena *a;
    pt_runtime *rt;
    pt_falco_program *program;
    pt_falco_run *run;
    pt_value item; // what placeholders stand for
    bool contained;
    uint32_t pid;     // of the last process
    const char *comm; // and its name
    uint32_t uid;
    uint64_t time_ns;
    const pt_event *ev; // the last one
} scene;

static pt_wire_test w;

// -- placeholders ---------------------------------------------------------------------------------

// "%{ item.x }" as the case has it; all else as it is.
static pt_value filled(const scene *s, pt_value v) {
    static const char before[] = "%{ item.";
    pt_str text = pt_text(v);
    if (!pt_str_starts(text, pt_str_of(before)))
        return v;
    text = pt_str_sub(text, strlen(before), text.n);
    return pt_get(s->item, pt_str_sub(text, 0, pt_str_find(text, ' ')));
}

static const char *text_of(const scene *s, pt_value object, const char *key) {
    pt_str text = pt_text(filled(s, pt_getz(object, key)));
    return text.p ? pt_arena_str(s->a, text).p : NULL;
}

// YAML takes no plain scalar that begins with %, the scenarios do.
static pt_str quoted(pt_arena *a, pt_str text) {
    char *p = pt_arena_take(a, 2 * text.n + 1);
    size_t n = 0;
    bool open = false;
    pt_assert(p);
    for (size_t i = 0; i < text.n; i++) {
        bool begins = text.p[i] == '%' && i && text.p[i - 1] == ' ';
        if (begins)
            p[n++] = '"';
        open |= begins;
        p[n++] = text.p[i];
        if (open && text.p[i] == '}') {
            p[n++] = '"';
            open = false;
        }
    }
    return (pt_str){p, n};
}

// -- records --------------------------------------------------------------------------------------

static void begin(const scene *s, pt_event_type type) {
    pt_wire_begin(&w, type, s->pid);
    w.head->ppid = s->pid == FIRST_PID ? 1 : s->pid - 1;
    w.head->time_ns = s->time_ns;
    w.head->start_ns = SECOND;
    w.head->uid = w.head->gid = s->uid;
    w.head->cap_effective = w.head->cap_permitted =
        s->contained || s->uid == 0 ? (UINT64_C(1) << ALL_CAPABILITIES) - 1 : 0;
    pt_wire_comm(&w, s->comm);
    if (s->contained)
        pt_wire_text(&w, PT_WIRE_CGROUP_PATH, PT_STR("/docker/" CONTAINER));
}

static bool apply(scene *s, pt_err *e) {
    const struct pt_wire_head *r = pt_wire_end(&w);
    return pt_runtime_apply(s->rt, r, w.n, &s->ev, e) == PT_OK;
}

static uint32_t uid_of(const char *user) {
    pt_str rest = pt_str_of(passwd);
    pt_str line;
    while (user && pt_str_split(&rest, '\n', &line)) {
        pt_str name;
        pt_str uid;
        int64_t n = 0;
        if (pt_str_split(&line, ':', &name) && pt_str_split(&line, ':', &uid) &&
            pt_str_split(&line, ':', &uid) && pt_str_eqz(name, user) && pt_str_int(uid, 10, &n))
            return (uint32_t)n;
    }
    return 0;
}

// A process below the last one: in a container its program is a file that was put there.
static bool starts(scene *s, pt_value process, pt_err *e) {
    const char *name = text_of(s, process, "name");
    const char *exe = text_of(s, process, "exe");
    s->comm = name ? name : "scenario";
    s->pid = s->pid ? s->pid + 1 : FIRST_PID;
    s->uid = uid_of(text_of(s, process, "user"));
    pt_str path = exe ? pt_str_of(exe) : pt_arena_printf(s->a, "/usr/bin/%s", s->comm);
    pt_str argv = pt_arena_str(s->a, path); // a NUL stands behind it
    argv.n++;
    begin(s, EXECVE);
    const struct pt_wire_exec x = {.exe_flags = s->contained ? PT_EXE_UPPER_LAYER : 0,
                                   .sid = s->pid,
                                   .vsid = s->pid,
                                   .pgid = s->pid,
                                   .vpgid = s->pid,
                                   .pidns = 1};
    pt_wire_exec_of(&w, argv, path, &x);
    pt_wire_text(&w, PT_WIRE_CWD, PT_STR("/root"));
    return apply(s, e);
}

// -- calls ----------------------------------------------------------------------------------------

static const struct {
    const char *name;
    int64_t number;
} words[] = {
    {"O_RDONLY", O_RDONLY},   {"O_WRONLY", O_WRONLY}, {"O_RDWR", O_RDWR},
    {"O_CREAT", O_CREAT},     {"O_TRUNC", O_TRUNC},   {"O_APPEND", O_APPEND},
    {"AF_PACKET", AF_PACKET}, {"SOCK_RAW", SOCK_RAW},
};

static int64_t number_of(const scene *s, pt_value v) {
    pt_str rest = pt_text(filled(s, v));
    pt_str word;
    int64_t n = 0;
    if (pt_to_int(filled(s, v), &n))
        return n;
    while (pt_str_split(&rest, '|', &word))
        for (size_t i = 0; i < PT_COUNT(words); i++)
            n |= pt_str_eqz(pt_str_trim(word), words[i].name) ? words[i].number : 0;
    return n;
}

static pt_str argument(const scene *s, pt_value args, const char *key) {
    return pt_text(filled(s, pt_getz(args, key)));
}

static void opens(const scene *s, pt_event_type type, pt_value args) {
    pt_value how = pt_getz(args, "how");
    pt_value flags = pt_getz(pt_defined(how) ? how : args, "flags");
    pt_value mode = pt_getz(pt_defined(how) ? how : args, "mode");
    const struct pt_wire_file f = {.number = DESCRIPTOR,
                                   .type = PT_FILE_REGULAR,
                                   .flags = (uint32_t)number_of(s, flags),
                                   .dev = 1,
                                   .ino = 2};
    if (type != 2)
        pt_wire_arg(&w, "dirfd", AT_FDCWD);
    pt_wire_arg_text(&w, "name", argument(s, args, "pathname"));
    pt_wire_arg(&w, "flags", number_of(s, flags));
    pt_wire_arg(&w, "mode", number_of(s, mode));
    pt_wire_part_of(&w, PT_WIRE_FILE, &f, sizeof f);
    w.head->result = DESCRIPTOR;
}

static void links(const scene *s, pt_event_type type, pt_value args) {
    if (type == 265) {
        pt_wire_arg(&w, "olddir", AT_FDCWD);
        pt_wire_arg(&w, "newdir", AT_FDCWD);
    }
    pt_wire_arg_text(&w, "oldpath", argument(s, args, "oldPath"));
    pt_wire_arg_text(&w, "newpath", argument(s, args, "newPath"));
}

static void makes_socket(const scene *s, pt_event_type type, pt_value args) {
    (void)type;
    pt_wire_arg(&w, "domain", number_of(s, pt_getz(args, "domain")));
    pt_wire_arg(&w, "type", number_of(s, pt_getz(args, "type")));
    pt_wire_arg(&w, "proto", number_of(s, pt_getz(args, "protocol")));
    w.head->result = DESCRIPTOR;
}

// The only resource that a call of the scenarios is given: the client's end of a connection.
static void duplicates(const scene *s, pt_event_type type, pt_value args) {
    static const uint8_t here[4] = {127, 0, 0, 1};
    bool v6 = pt_str_ends(argument(s, s->item, "l4proto"), PT_STR("6"));
    int64_t new_fd = number_of(s, pt_getz(args, "newFd"));
    struct pt_wire_file f = pt_wire_inet(new_fd, IPPROTO_TCP, 1);
    (void)type;
    pt_wire_local(&f, here, 40000);
    pt_wire_remote(&f, here, 9999);
    if (v6) {
        f.v6 = 1;
        f.type = PT_FILE_IPV6;
        memset(f.local_ip, 0, sizeof f.local_ip);
        f.local_ip[15] = 1;
        memcpy(f.remote_ip, f.local_ip, sizeof f.remote_ip);
    }
    pt_wire_arg(&w, "oldfd", DESCRIPTOR);
    pt_wire_arg(&w, "newfd", new_fd);
    pt_wire_part_of(&w, PT_WIRE_FILE, &f, sizeof f);
    w.head->result = new_fd;
}

static const struct {
    pt_event_type type;
    void (*put)(const scene *s, pt_event_type type, pt_value args);
} calls[] = {
    {2, opens},   {257, opens},       {437, opens},     {86, links},
    {265, links}, {41, makes_socket}, {33, duplicates}, {292, duplicates},
};

static bool steps(scene *s, pt_value step, pt_err *e) {
    pt_event_type type = pt_event_named(argument(s, step, "syscall"));
    for (size_t i = 0; i < PT_COUNT(calls); i++)
        if (calls[i].type == type) {
            begin(s, type);
            pt_wire_text(&w, PT_WIRE_CWD, PT_STR("/root"));
            calls[i].put(s, type, pt_getz(step, "args"));
            return apply(s, e);
        }
    pt_err_set(e, PT_E_UNSUPPORTED, "a call that the runner does not know");
    return false;
}

// -- one case -------------------------------------------------------------------------------------

static bool play(scene *s, pt_value test, pt_err *e) {
    pt_value context = pt_getz(test, "context");
    pt_value processes = pt_getz(context, "processes");
    pt_value actions = pt_getz(test, "steps");
    pt_str before = pt_text(pt_getz(test, "before"));
    int64_t seconds = 0;
    const pt_runtime_options o = {.boot_epoch_ns = SECOND};
    s->contained = pt_defined(pt_getz(context, "container"));
    s->time_ns = SECOND;
    if (pt_runtime_new(&o, &s->rt, e) ||
        pt_runtime_host_names(s->rt, pt_str_of(passwd), (pt_str){0}, e))
        return false;
    for (size_t i = 0; i < pt_len(processes) || i == 0; i++) {
        if (!starts(s, pt_at(processes, i), e))
            return false;
        // Names of a container's users are known once it is.
        if (s->contained &&
            (pt_runtime_names(s->rt, PT_STR(CONTAINER), pt_str_of(passwd), (pt_str){0}, e) ||
             !apply(s, e)))
            return false;
    }
    if (pt_str_starts(before, PT_STR("sleep ")) &&
        pt_str_int(pt_str_sub(before, strlen("sleep "), before.n), 10, &seconds))
        s->time_ns += (uint64_t)seconds * SECOND;
    for (size_t i = 0; i < pt_len(actions); i++)
        if (!steps(s, pt_at(actions, i), e))
            return false;
    return true;
}

static const char *wrong_fields(const scene *s, uint32_t rule, pt_value want) {
    pt_value got = pt_falco_output_fields(s->run, s->a, rule, s->ev);
    for (size_t i = 0; i < pt_len(want); i++) {
        pt_str key = pt_text(pt_key_at(want, i));
        pt_value wanted = filled(s, pt_val_at(want, i));
        pt_value value = pt_get(got, key);
        if (!pt_defined(wanted) || !pt_eq(value, wanted))
            return pt_arena_printf(s->a, "%.*s is '%.*s', not '%.*s'", PT_PRI(key),
                                   PT_PRI(pt_text(value)), PT_PRI(pt_text(wanted)))
                .p;
    }
    return NULL;
}

static const char *judge(const scene *s, pt_value test) {
    pt_value want = pt_getz(test, "expectedOutcome");
    pt_str name = pt_text(pt_getz(test, "rule"));
    pt_str priority = pt_text(pt_getz(want, "priority"));
    const uint32_t *matches = NULL;
    size_t n = s->ev ? pt_falco_match(s->run, s->ev, &matches) : 0;
    for (size_t i = 0; i < n; i++) {
        const pt_falco_rule_info *r = pt_falco_rule_at(s->program, matches[i]);
        if (!pt_str_eq(r->name, name))
            continue;
        if (!pt_str_eq_nocase(priority, pt_str_of(pt_falco_priority_names[r->priority])) ||
            !pt_str_eq(pt_text(pt_getz(want, "source")), r->source))
            return "another priority or source";
        return wrong_fields(s, matches[i], pt_getz(want, "outputFields"));
    }
    return s->ev ? "the rule does not fire" : "no event";
}

// The rules with the expected fields behind their outputs, as Falco's suite loads them.
static bool compile(scene *s, pt_str rules, pt_value test, pt_err *e) {
    static const pt_falco_source *const known[] = {&pt_falco_syscall};
    static const pt_falco_sources sources = {known, 1};
    static const struct pt_falco_plugin plugins[] = {{"container", "0.99.0"}};
    const pt_falco_file file = {PT_STR("falco_rules.yaml"), rules};
    PT_AUTO(pt_buf_done) pt_buf more = PT_BUF(1 << 16);
    pt_value fields = pt_getz(pt_getz(test, "expectedOutcome"), "outputFields");
    for (size_t i = 0; i < pt_len(fields); i++)
        pt_buf_printf(&more, "%%%.*s ", PT_PRI(pt_text(pt_key_at(fields, i))));
    const struct pt_falco_append append = {.rule = pt_text(pt_getz(test, "rule")),
                                           .output = pt_str_trim(pt_buf_str(&more))};
    const pt_falco_load_options o = {.sources = &sources,
                                     .plugins = plugins,
                                     .n_plugins = 1,
                                     .appends = &append,
                                     .n_appends = 1};
    const pt_falco_compile_options how = {.match_all = true, .least = PT_FALCO_DEBUG};
    pt_falco_rules got = {0};
    if (pt_falco_load(s->a, &file, 1, &o, &got, e))
        return false;
    if (!got.ok) {
        pt_err_set(e, PT_E_FORMAT, "the rules do not load: %.*s", PT_PRI(got.errors[0].message));
        return false;
    }
    return !pt_falco_compile(&pt_falco_syscall, got.rules, got.n_rules, &how, &s->program, e) &&
           !pt_falco_run_new(s->program, &s->run, e);
}

typedef struct scenario {
    pt_tally *t;
    const char *title;
    pt_value test;
    const scene *compiled; // program and run
} scenario;

static void run_case(const scenario *o, pt_value item) {
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    scene s = {.a = &a, .item = item, .program = o->compiled->program, .run = o->compiled->run};
    pt_err e = {0};
    const char *wrong = play(&s, o->test, &e) ? judge(&s, o->test) : e.what;
    if (wrong)
        pt_case_failed(o->t, o->title, "%s", wrong);
    else
        pt_case_passed(o->t);
    pt_runtime_free(s.rt);
}

// Every value of each key with every value of the others. NOLINTNEXTLINE(misc-no-recursion): as
// deep as a case has keys
static void each_of_matrix(const scenario *o, pt_value values, size_t key, pt_obj *item) {
    if (key == pt_len(values)) {
        pt_obj whole = {.a = item->a};
        for (size_t i = 0; i < item->pairs.n; i += 2)
            pt_obj_maybe(&whole, pt_arena_str(item->a, pt_text(item->pairs.v[i])).p,
                         item->pairs.v[i + 1]);
        run_case(o, pt_obj_end(&whole));
        return;
    }
    pt_value list = pt_val_at(values, key);
    const char *name = pt_arena_str(item->a, pt_text(pt_key_at(values, key))).p;
    for (size_t i = 0; i < pt_len(list); i++) {
        size_t before = item->pairs.n;
        pt_obj_set(item, name, pt_at(list, i));
        each_of_matrix(o, values, key + 1, item);
        item->pairs.n = before;
    }
}

static void run_scenario(pt_tally *t, pt_arena *a, pt_value test, pt_str rules) {
    scene s = {.a = a};
    pt_value cases = pt_getz(test, "cases");
    const scenario o = {t, pt_arena_str(a, pt_text(pt_getz(test, "name"))).p, test, &s};
    pt_err e = {0};
    if (!compile(&s, rules, test, &e))
        pt_case_failed(t, o.title, "%s", e.what);
    else if (!pt_len(cases))
        run_case(&o, pt_undefined());
    for (size_t i = 0; s.run && i < pt_len(cases); i++) {
        pt_obj item = {.a = a};
        pt_value values = pt_getz(pt_at(cases, i), "values");
        if (pt_str_eqz(pt_text(pt_getz(pt_at(cases, i), "strategy")), "vector"))
            run_case(&o, values);
        else
            each_of_matrix(&o, values, 0, &item);
    }
    pt_falco_run_free(s.run);
    pt_falco_program_free(s.program);
}

void pt_falco_run_events(pt_tally *t, pt_arena *a, const char *title, const char *path) {
    pt_str text = quoted(a, pt_suite_file(a, path));
    size_t folder = pt_str_rfind(pt_str_of(path), '/');
    pt_str rules = pt_suite_file(a, pt_arena_printf(a, "%.*s" RULES, (int)folder, path).p);
    pt_yaml_stream s = {.bytes = text};
    pt_yaml_doc doc;
    pt_err e = {0};
    if (!rules.p || pt_yaml_next(&s, a, &doc, &e)) {
        pt_case_failed(t, title, "%s", rules.p ? e.what : "no rules stand beside it");
    } else {
        pt_value tests = pt_getz(doc.value, "tests");
        for (size_t i = 0; i < pt_len(tests); i++)
            run_scenario(t, a, pt_at(tests, i), rules);
    }
    pt_yaml_stream_done(&s);
}
