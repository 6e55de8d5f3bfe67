// Programs of several rules: what each event is asked, how often, and at what cost.
#include <stdlib.h>
#include <string.h>

#include "base/testing.h"
#include "judge/falco/match/testing_event.h"
#include "judge/falco/rules.h"

#if defined(__SANITIZE_ADDRESS__)
#    define COUNTS_ALLOCATIONS 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define COUNTS_ALLOCATIONS 1
#    endif
#endif
#ifdef COUNTS_ALLOCATIONS
#    include <sanitizer/allocator_interface.h>
#endif

typedef struct fixture {
    pt_arena a;
    pt_falco_program *p;
    pt_falco_run *r;
    pt_testing_event event;
} fixture;

typedef struct line {
    const char *name, *condition;
    pt_falco_priority priority;
    bool disabled;
} line;

static void compile(fixture *f, const pt_falco_source *s, const line *lines, size_t n,
                    pt_falco_compile_options o) {
    pt_falco_rule *rules = PT_NEW(&f->a, pt_falco_rule, n);
    pt_err e = {0};
    for (size_t i = 0; i < n; i++) {
        rules[i] = (pt_falco_rule){.name = pt_str_of(lines[i].name),
                                   .source = pt_str_of(s->name),
                                   .output = PT_STR("%evt.num"),
                                   .priority = lines[i].priority,
                                   .enabled = !lines[i].disabled};
        assert_int_equal(
            pt_filter_parse(&f->a, pt_str_of(lines[i].condition), &rules[i].filter, &e), PT_OK);
    }
    assert_int_equal(pt_falco_compile(s, rules, n, &o, &f->p, &e), PT_OK);
    assert_int_equal(pt_falco_run_new(f->p, &f->r, &e), PT_OK);
}

static void about(fixture *f, const char *event) {
    pt_str bad;
    pt_testing_event_done(&f->event);
    assert_true(pt_testing_event_read(&f->a, pt_str_of(event), &f->event, &bad));
}

static void done(fixture *f) {
    pt_falco_run_free(f->r);
    pt_falco_program_free(f->p);
    pt_testing_event_done(&f->event);
    pt_arena_done(&f->a);
}

// "0 2": the numbers of the rules that match.
static pt_str matches(fixture *f) {
    const uint32_t *rules;
    size_t n = pt_falco_match(f->r, &f->event.ev, &rules);
    pt_str s = PT_STR("");
    for (size_t i = 0; i < n; i++)
        s = pt_arena_printf(&f->a, "%.*s%s%u", PT_PRI(s), i ? " " : "", rules[i]);
    return s;
}

static const line some[] = {
    {"a", "evt.type = open and proc.name = x", PT_FALCO_NOTICE, false},
    {"b", "evt.type in (open, openat) and proc.name in (x, y)", PT_FALCO_DEBUG, false},
    {"c", "evt.type = open", PT_FALCO_NOTICE, true},
    {"d", "evt.type != close and not proc.name = z", PT_FALCO_EMERGENCY, false},
};

static void test_match_gives_the_first_or_all_in_order(void **state) {
    static fixture f; // three of them are more than a stack should hold
    static fixture g;
    static fixture h;
    (void)state;
    compile(&f, &pt_falco_syscall, some, PT_COUNT(some),
            (pt_falco_compile_options){.least = PT_FALCO_DEBUG});
    compile(&g, &pt_falco_syscall, some, PT_COUNT(some),
            (pt_falco_compile_options){.match_all = true, .least = PT_FALCO_DEBUG});
    compile(&h, &pt_falco_syscall, some, PT_COUNT(some),
            (pt_falco_compile_options){.match_all = true, .least = PT_FALCO_NOTICE});
    about(&f, "open comm=x");
    about(&g, "open comm=x");
    about(&h, "open comm=x");
    assert_str(matches(&f), "0");
    assert_str(matches(&g), "0 1 3");
    assert_str(matches(&h), "0 3");
    about(&f, "openat comm=y");
    assert_str(matches(&f), "1");
    about(&f, "close comm=y");
    assert_str(matches(&f), "");
    about(&f, "connect comm=y");
    assert_str(matches(&f), "3");
    about(&f, "pluginevent comm=y");
    assert_str(matches(&f), "");
    assert_false(pt_event_set_has(pt_falco_program_types(f.p), pt_event_named(PT_STR("close"))));
    assert_true(pt_event_set_has(pt_falco_program_types(f.p), pt_event_named(PT_STR("connect"))));
    // open: a; openat: b; connect: d. A rule behind one that matched was not evaluated.
    assert_int_equal(pt_falco_counted(f.r, 0).evaluated, 1);
    assert_int_equal(pt_falco_counted(f.r, 0).matched, 1);
    assert_int_equal(pt_falco_counted(f.r, 1).evaluated, 1);
    assert_int_equal(pt_falco_counted(f.r, 2).evaluated, 0);
    assert_int_equal(pt_falco_counted(f.r, 3).evaluated, 1);
    assert_int_equal(pt_falco_counted(f.r, 3).matched, 1);
    assert_str(pt_falco_rule_at(f.p, 3)->name, "d");
    done(&f);
    done(&g);
    done(&h);
}

// -- each field once an event ---------------------------------------------------------------------
static pt_falco_values counting(const pt_falco_look *l, unsigned what) {
    pt_falco_value *v = pt_arena_take(l->scratch, sizeof *v);
    unsigned *count = (unsigned *)(uintptr_t)l->context->from_ns;
    (void)what;
    count[0]++;
    v->text = PT_STR("text");
    return (pt_falco_values){v, 1};
}

static void test_match_extracts_a_field_once(void **state) {
    static const pt_falco_field fields[] = {
        {.name = "x.text", .about = "", .get = counting, .type = PT_FALCO_STRING},
        {.name = "evt.num", .about = "", .type = PT_FALCO_NUMBER, .flags = PT_FIELD_ABSENT},
    };
    static const pt_falco_source source = {.name = "own", .fields = fields, .n_fields = 2};
    static const line lines[] = {
        {"a", "x.text = a or x.text startswith b or x.text contains c", 0, false},
        {"b", "x.text in (a, b) or tolower(x.text) = d", 0, false},
        {"c", "not x.text = text or x.text exists and x.text = e", 0, false},
    };
    fixture f = {0};
    unsigned count = 0;
    const pt_falco_context context = {.from_ns = (uintptr_t)&count};
    const uint32_t *rules;
    (void)state;
    compile(&f, &source, lines, PT_COUNT(lines),
            (pt_falco_compile_options){.least = PT_FALCO_DEBUG});
    pt_falco_run_context(f.r, &context);
    const pt_event ev = {.type = PT_EVENT_PLUGIN, .source = PT_STR("own")};
    assert_int_equal(pt_falco_match(f.r, &ev, &rules), 0);
    assert_int_equal(count, 2); // once as it is, once for tolower
    assert_int_equal(pt_falco_match(f.r, &ev, &rules), 0);
    assert_int_equal(count, 4);
    done(&f);
}

static void test_match_lists_the_hosts_that_rules_name(void **state) {
    static const line lines[] = {
        {"a", "fd.sip.name in (a.example, b.example) or fd.cip.name = c.example", 0, false},
    };
    fixture f = {0};
    size_t n;
    (void)state;
    compile(&f, &pt_falco_syscall, lines, 1, (pt_falco_compile_options){.least = PT_FALCO_DEBUG});
    const pt_str *hosts = pt_falco_program_hosts(f.p, &n);
    assert_int_equal(n, 3);
    assert_str(hosts[0], "a.example");
    assert_str(hosts[2], "c.example");
    done(&f);
}

// -- nothing is allocated for what matches nothing ------------------------------------------------
#ifdef COUNTS_ALLOCATIONS
static size_t allocations; // the hook has no context
static void allocated(const volatile void *p, size_t n) {
    (void)p;
    (void)n;
    allocations++;
}
static void freed(const volatile void *p) {
    (void)p;
}
#endif

static void test_match_allocates_nothing_for_what_matches_nothing(void **state) {
    static const line lines[] = {
        {"words", "proc.name in (a, b) or proc.pname = c or proc.aname in (a, b)", 0, false},
        {"texts", "proc.cmdline contains zzz or proc.args startswith z or fd.name endswith z", 0,
         false},
        {"paths", "fd.name pmatch (/usr, /lib) or fd.directory in (/a, /b)", 0, false},
        {"patterns", "fd.name glob '/x*' or fd.name regex '/y.*' or fd.name icontains zz", 0,
         false},
        {"numbers", "user.uid = 9 or evt.rawres < 0 or proc.tty in (1, 2)", 0, false},
        {"users", "user.name = z or group.name = z or container.image.repository = z", 0, false},
        {"arguments", "evt.arg.flags contains O_NOTHING or evt.arg.name = z", 0, false},
        {"made", "toupper(proc.name) = z or len(fd.name) > 99 or proc.env[HOME] = z", 0, false},
        {"ends", "fd.sip = 1.1.1.1 or fd.net = 1.0.0.0/8 or fd.sport = 9", 0, false},
        {"mounts", "container.mount.dest[/z] = z or container.mounts = z", 0, false},
        {"rights", "thread.cap_effective contains NOTHING or proc.sname = z", 0, false},
    };
    fixture f = {0};
    const uint32_t *rules;
    (void)state;
    compile(&f, &pt_falco_syscall, lines, PT_COUNT(lines),
            (pt_falco_compile_options){.least = PT_FALCO_DEBUG});
    about(&f,
          "openat result=3 fd.num=3 fd.type=file fd.name=/etc/passwd comm=cat args=-n|x env=HOME=/ "
          "caps=0xffff uid=1 arg.flags=1 arg.name=/etc/passwd p.comm=bash pp.comm=sshd c.id=1234 "
          "c.mount=/a:/b:rw:true:x c.user=1:bin");
    for (int i = 0; i < 8; i++) // blocks and automata are made
        assert_int_equal(pt_falco_match(f.r, &f.event.ev, &rules), 0);
#ifdef COUNTS_ALLOCATIONS
    __sanitizer_install_malloc_and_free_hooks(allocated, freed);
    allocations = 0;
    for (int i = 0; i < 1000; i++)
        pt_falco_match(f.r, &f.event.ev, &rules);
    assert_int_equal(allocations, 0);
    void *volatile p = malloc(1); // the hook does count
    free(p);
    assert_true(allocations);
#endif
    done(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match_gives_the_first_or_all_in_order),
        cmocka_unit_test(test_match_extracts_a_field_once),
        cmocka_unit_test(test_match_lists_the_hosts_that_rules_name),
        cmocka_unit_test(test_match_allocates_nothing_for_what_matches_nothing),
    };
    return cmocka_run_group_tests_name("judge_falco_program", tests, NULL, NULL);
}
