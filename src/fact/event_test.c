#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/un.h>

#include "base/testing.h"
#include "fact/event_impl.h"

// -- names ----------------------------------------------------------------------------------------
// Each number of the kernel's own header, where this machine has it, has that name here.
static void test_event_names_are_those_of_the_kernels_header(void **state) {
    (void)state;
    FILE *f = fopen("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "re");
    if (!f)
        skip_because("no asm/unistd_64.h");
    char line[256];
    size_t n = 0;
    while (fgets(line, sizeof line, f)) {
        char name[64];
        unsigned number;
        if (sscanf(line, "#define __NR_%63s %u", name, &number) != 2)
            continue;
        const char *ours = pt_event_name((pt_event_type)number);
        assert_non_null(ours);
        assert_string_equal(ours, name);
        assert_int_equal(pt_event_named(pt_str_of(name)), number);
        n++;
    }
    (void)fclose(f);
    assert_true(n > 300);
}

static void test_event_names_go_back_and_forth(void **state) {
    (void)state;
    for (size_t t = 0; t < PT_EVENT_TYPES; t++) {
        const char *name = pt_event_name((pt_event_type)t);
        if (name)
            assert_int_equal(pt_event_named(pt_str_of(name)), t);
    }
    static const struct {
        const char *name;
        int type;
    } cases[] = {
        {"openat", 257},
        {"procexit", PT_EVENT_PROCEXIT},
        {"container", PT_EVENT_CONTAINER},
        {"umount", 166},
        {"umount2", 166},
        {"prlimit", 302},
        {"setresuid32", 117},
        {"pluginevent", PT_EVENT_PLUGIN},
        {"asyncevent", PT_EVENT_ASYNC},
        {"", PT_EVENT_UNKNOWN},
        {"opena", PT_EVENT_UNKNOWN},
        {"openatt", PT_EVENT_UNKNOWN},
        {"mseal", 462},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++)
        assert_int_equal(pt_event_named(pt_str_of(cases[i].name)), cases[i].type);
    assert_null(pt_event_name(400));
    assert_null(pt_event_name(PT_EVENT_UNKNOWN));
}

// -- arguments ------------------------------------------------------------------------------------
static void test_event_params_are_whole(void **state) {
    (void)state;
    for (size_t t = 0; t <= PT_EVENT_TYPES; t++) {
        size_t n;
        const pt_param *p = pt_event_params((pt_event_type)t, &n);
        assert_true(n <= PT_EVENT_ARGS_MAX);
        assert_true(n == 0 || pt_event_name((pt_event_type)t));
        unsigned dirfds = 0;
        for (size_t i = 0; i < n; i++) {
            assert_non_null(p[i].name);
            assert_int_equal(pt_event_param_index((pt_event_type)t, pt_str_of(p[i].name)), i);
            bool named = p[i].kind == PT_PARAM_FLAGS || p[i].kind == PT_PARAM_ENUM ||
                         p[i].kind == PT_PARAM_MODE;
            assert_int_equal(named, p[i].names != NULL);
            // A path that begins at a dirfd stands right behind it.
            if (p[i].dir) {
                assert_int_equal(p[i].kind, PT_PARAM_PATH);
                assert_int_equal(p[i].dir, ++dirfds);
                assert_true(i > 0 && p[i - 1].kind == PT_PARAM_FD);
            }
        }
    }
}

// The names that rules use, each with the calls that have it.
static void test_event_params_have_the_names_that_rules_use(void **state) {
    (void)state;
    static const struct {
        const char *type, *args;
    } cases[] = {
        {"open", "fd name flags mode dev ino"},
        {"openat", "fd dirfd name flags mode dev ino"},
        {"openat2", "fd dirfd name flags mode resolve dev ino"},
        {"creat", "fd name mode dev ino"},
        {"connect", "res tuple fd addr"},
        {"socket", "fd domain type proto"},
        {"sendto", "res data fd size tuple"},
        {"recvfrom", "res data tuple fd size"},
        {"ptrace", "res addr data request pid"},
        {"setns", "res fd nstype"},
        {"unshare", "res flags"},
        {"mount", "res dev dir type flags"},
        {"symlink", "res target linkpath"},
        {"symlinkat", "res target linkdirfd linkpath"},
        {"link", "res oldpath newpath"},
        {"linkat", "res olddir oldpath newdir newpath flags"},
        {"rename", "res oldpath newpath"},
        {"renameat2", "res olddirfd oldpath newdirfd newpath flags"},
        {"unlink", "res path"},
        {"unlinkat", "res dirfd name flags"},
        {"mkdirat", "res dirfd path mode"},
        {"rmdir", "res path"},
        {"chmod", "res filename mode"},
        {"fchmodat", "res dirfd filename mode"},
        {"fchmod", "res fd mode"},
        {"setuid", "res uid"},
        {"userfaultfd", "res flags"},
        {"memfd_create", "fd name flags"},
        {"bpf", "fd cmd"},
        {"kill", "res pid sig"},
        {"init_module", "res img length uargs"},
        {"finit_module", "res fd uargs flags"},
        {"getppid", ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_event_type t = pt_event_named(pt_str_of(cases[i].type));
        size_t n, at = 0;
        const pt_param *p = pt_event_params(t, &n);
        pt_str rest = pt_str_of(cases[i].args), word;
        for (; pt_str_word(&rest, &word); at++)
            assert_true(at < n && pt_str_eqz(word, p[at].name));
        assert_int_equal(at, n);
    }
    assert_non_null(pt_event_param_named(PT_STR("linkpath")));
    assert_null(pt_event_param_named(PT_STR("no_such")));
    assert_int_equal(pt_event_param_index(90, PT_STR("path")), SIZE_MAX);
}

static void test_event_numbers_are_told_as_rules_name_them(void **state) {
    (void)state;
    static const struct {
        const char *type, *arg;
        int64_t passed;
        const char *text, *raw;
    } cases[] = {
        {"open", "flags", O_RDONLY, "O_RDONLY", "1"},
        {"open", "flags", O_WRONLY, "O_WRONLY", "2"},
        {"open", "flags", O_RDWR, "O_RDWR", "3"},
        {"open", "flags", O_WRONLY | O_CREAT | O_TRUNC, "O_TRUNC|O_CREAT|O_WRONLY", "262"},
        {"open", "flags", O_RDWR | O_CLOEXEC, "O_RDWR|O_CLOEXEC", "4099"},
        {"open", "flags", O_RDONLY | O_DIRECTORY, "O_DIRECTORY|O_RDONLY", "1025"},
        {"open", "flags", O_RDWR | O_SYNC, "O_SYNC|O_DSYNC|O_RDWR", "147"},
        {"open", "flags", O_RDWR | O_DSYNC, "O_DSYNC|O_RDWR", "19"},
        {"openat", "flags", O_TMPFILE | O_RDWR, "O_DIRECTORY|O_RDWR|O_TMPFILE", "9219"},
        {"open", "mode", 0644, "0644", "0644"},
        {"open", "mode", 0, "0", "0"},
        {"openat", "dirfd", AT_FDCWD, "AT_FDCWD", "-100"},
        {"openat", "fd", -ENOENT, "ENOENT", "-2"},
        {"openat", "fd", 7, "7", "7"},
        {"openat", "dev", 0xfd00, "FD00", "FD00"},
        {"openat2", "resolve", 8, "RESOLVE_BENEATH", "1"},
        {"chmod", "mode", 04755, "S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID",
         "04755"},
        {"chmod", "mode", 0, "0", "0"},
        {"mknod", "mode", 0140600, "S_IWUSR|S_IRUSR|S_IFSOCK", "0140600"},
        {"mknod", "mode", 0020600, "S_IWUSR|S_IRUSR|S_IFCHR", "020600"},
        {"unshare", "flags", 0x10000000, "CLONE_NEWUSER", "1048576"},
        {"unshare", "flags", 0x20020000, "CLONE_NEWNS|CLONE_NEWPID", "96"},
        {"clone", "flags", 0x80000100, "CLONE_IO|CLONE_VM", "32772"},
        {"socket", "domain", 17, "AF_PACKET", "17"},
        {"socket", "domain", 1, "AF_LOCAL", "1"},
        {"socket", "domain", 16, "AF_ROUTE", "16"},
        {"socket", "domain", 0, "AF_UNSPEC", "0"},
        {"socket", "domain", 300, "300", "300"},
        {"ptrace", "request", PTRACE_TRACEME, "PTRACE_TRACEME", "1"},
        {"ptrace", "request", PTRACE_ATTACH, "PTRACE_ATTACH", "11"},
        {"ptrace", "request", PTRACE_SEIZE, "PTRACE_SEIZE", "20"},
        {"ptrace", "request", PTRACE_POKETEXT, "PTRACE_POKETEXT", "5"},
        {"ptrace", "request", PTRACE_SETREGS, "PTRACE_SETREGS", "27"},
        {"ptrace", "request", 77, "PTRACE_UNKNOWN", "0"},
        {"bpf", "cmd", 5, "BPF_PROG_LOAD", "5"},
        {"bpf", "cmd", 0, "BPF_MAP_CREATE", "0"},
        {"mount", "flags", 4096 | 16384, "BIND|REC", "20480"},
        {"mount", "flags", 0, "0", "0"},
        {"umount2", "flags", 2, "DETACH", "2"},
        {"unlinkat", "flags", AT_REMOVEDIR, "AT_REMOVEDIR", "512"},
        {"execve", "flags", 7, "EXE_WRITABLE|EXE_UPPER_LAYER|EXE_FROM_MEMFD", "7"},
        {"execve", "flags", 8, "EXE_LOWER_LAYER", "8"},
        {"execve", "flags", 0, "0", "0"},
        {"execve", "res", -EACCES, "EACCES", "-13"},
        {"execve", "res", 0, "0", "0"},
        {"kill", "sig", 9, "SIGKILL", "9"},
        {"kill", "sig", 0, "0", "0"},
        {"kill", "pid", 1, "1", "1"},
        {"setuid", "uid", 0, "root", "0"},
        {"setuid", "uid", 1000, "ann", "1000"},
        {"setuid", "uid", 1001, "<NA>", "1001"},
        {"setuid", "uid", UINT32_MAX, "<NONE>", "-1"},
        {"setgid", "gid", 5, "tty", "5"},
        {"setgid", "gid", 6, "<NA>", "6"},
        {"memfd_create", "flags", 1, "MFD_CLOEXEC", "1"},
        {"userfaultfd", "flags", O_CLOEXEC | O_NONBLOCK, "O_NONBLOCK|O_RDONLY|O_CLOEXEC", "4161"},
        {"access", "mode", 0, "F_OK", "0"},
        {"access", "mode", 5, "R_OK|X_OK", "5"},
        {"mmap", "prot", 0, "PROT_NONE", "0"},
        {"mmap", "prot", 5, "PROT_READ|PROT_EXEC", "5"},
        {"prctl", "option", 15, "PR_SET_NAME", "15"},
        {"capset", "cap_effective", 0x1fff, "1FFF", "1FFF"},
    };
    static const pt_id_name users[] = {{0, PT_STR("root"), {0}, {0}},
                                       {1000, PT_STR("ann"), {0}, {0}}};
    static const pt_id_name groups[] = {{5, PT_STR("tty"), {0}, {0}}};
    static const pt_container host = {
        .users = users, .n_users = 2, .groups = groups, .n_groups = 1};
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_event ev = {.type = pt_event_named(pt_str_of(cases[i].type)), .container = &host};
        size_t at = pt_event_param_index(ev.type, pt_str_of(cases[i].arg));
        assert_true(at < PT_EVENT_ARGS_MAX);
        ev.args[at] = (pt_event_arg){.known = true, .number = cases[i].passed};
        bool known = false;
        assert_str(pt_event_arg_text(&a, &ev, at, &known), cases[i].text);
        assert_true(known);
        assert_str(pt_event_arg_raw(&a, &ev, at, &known), cases[i].raw);
        ev.args[at].known = false;
        assert_str(pt_event_arg_text(&a, &ev, at, &known), "");
        assert_false(known);
    }
}

static void test_event_args_tell_raw_and_resolved(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_event ev = {.type = 257};
    ev.file = (pt_file_ref){
        .known = true, .number = 3, .type = PT_FILE_REGULAR, .name = PT_STR("/etc/shadow")};
    ev.args[0] = (pt_event_arg){.known = true, .number = 3};
    ev.args[1] = (pt_event_arg){.known = true, .number = 5, .resolved = PT_STR("/etc")};
    ev.args[2] =
        (pt_event_arg){.known = true, .bytes = PT_STR("shadow"), .resolved = PT_STR("/etc/shadow")};
    ev.args[3] = (pt_event_arg){.known = true, .number = O_RDONLY};
    ev.args[4] = (pt_event_arg){.known = true};
    assert_str(pt_event_args_text(&a, &ev),
               "fd=3(<f>/etc/shadow) dirfd=5(<d>/etc) name=shadow(/etc/shadow) flags=1(O_RDONLY) "
               "mode=0");
    bool known;
    assert_str(pt_event_arg_text(&a, &ev, 2, &known), "/etc/shadow");
    assert_str(pt_event_arg_raw(&a, &ev, 2, &known), "shadow");
    assert_int_equal(pt_event_arg_number(&ev, 3), 1);
    // An index past the arguments is an argument that is not known.
    assert_str(pt_event_arg_text(&a, &ev, 7, &known), "");
    assert_false(known);
    pt_event none = {.type = 39};
    assert_str(pt_event_args_text(&a, &none), "");
}

static void test_event_bytes_are_printable(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    bool known;
    pt_event ev = {.type = 59};
    size_t args = pt_event_param_index(59, PT_STR("args"));
    ev.args[args] = (pt_event_arg){.known = true, .bytes = PT_STR("-l\0/tmp\0")};
    assert_str(pt_event_arg_text(&a, &ev, args, &known), "-l./tmp.");
    pt_event got = {.type = 45};
    size_t data = pt_event_param_index(45, PT_STR("data"));
    char big[200];
    memset(big, 'x', sizeof big);
    big[1] = '\xca';
    got.args[data] = (pt_event_arg){.known = true, .bytes = {big, sizeof big}};
    pt_str shown = pt_event_arg_text(&a, &got, data, &known);
    assert_int_equal(shown.n, 80);
    assert_memory_equal(shown.p, "x.xx", 4);
}

static void test_event_processes_are_told_by_name(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_processes *all = pt_processes_new(0);
    pt_process *p = pt_process_add(all, 77, 1);
    assert_true(pt_process_set(p, &p->comm, PT_STR("sleep")));
    pt_process *mine = pt_process_add(all, 80, 2);
    bool known;
    pt_event ev = {.type = 62, .processes = all, .process = mine};
    ev.args[1] = (pt_event_arg){.known = true, .number = 77};
    assert_str(pt_event_arg_text(&a, &ev, 1, &known), "sleep");
    assert_str(pt_event_arg_raw(&a, &ev, 1, &known), "77");
    ev.args[1].number = 78;
    assert_str(pt_event_arg_text(&a, &ev, 1, &known), "78");
    // In a namespace of its own 77 is another process.
    mine->vpid = 3;
    ev.args[1].number = 77;
    assert_str(pt_event_arg_text(&a, &ev, 1, &known), "77");
    pt_processes_free(all);
}

// -- files ----------------------------------------------------------------------------------------
static pt_endpoint v4(const char *ip, uint16_t port) {
    pt_endpoint end = {.known = true, .port = port};
    unsigned b[4];
    assert_int_equal(sscanf(ip, "%u.%u.%u.%u", &b[0], &b[1], &b[2], &b[3]), 4);
    for (size_t i = 0; i < 4; i++)
        end.ip[i] = (uint8_t)b[i];
    return end;
}

static void test_event_file_names_follow_their_type(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    pt_endpoint one = v4("10.0.0.2", 41000), two = v4("10.0.0.1", 80);
    uint8_t six[16] = {[15] = 1}, mapped[16] = {[10] = 0xff, [11] = 0xff, 192, 0, 2, 7};
    pt_endpoint lo6, was4;
    pt_endpoint_set(&lo6, six, true, 443);
    pt_endpoint_set(&was4, mapped, true, 80);
    const struct {
        pt_file_ref f;
        const char *name;
    } cases[] = {
        {{.type = PT_FILE_REGULAR, .name = PT_STR("/etc/passwd")}, "/etc/passwd"},
        {{.type = PT_FILE_IPV4,
          .protocol = IPPROTO_TCP,
          .local = one,
          .remote = two,
          .role = PT_SOCKET_CLIENT},
         "10.0.0.2:41000->10.0.0.1:80"},
        {{.type = PT_FILE_IPV4,
          .protocol = IPPROTO_TCP,
          .local = two,
          .remote = one,
          .role = PT_SOCKET_SERVER},
         "10.0.0.2:41000->10.0.0.1:80"},
        {{.type = PT_FILE_IPV4, .protocol = IPPROTO_UDP, .local = one, .remote = two},
         "10.0.0.2:41000->10.0.0.1:80"},
        {{.type = PT_FILE_IPV4, .protocol = IPPROTO_TCP, .local = two}, "10.0.0.1:80"},
        {{.type = PT_FILE_IPV4, .protocol = IPPROTO_TCP}, ""},
        {{.type = PT_FILE_IPV4, .protocol = IPPROTO_ICMP, .local = one, .remote = two},
         "10.0.0.2->10.0.0.1"},
        {{.type = PT_FILE_IPV6,
          .protocol = IPPROTO_TCP,
          .local = lo6,
          .remote = lo6,
          .role = PT_SOCKET_CLIENT},
         "::1:443->::1:443"},
        {{.type = PT_FILE_IPV4,
          .protocol = IPPROTO_TCP,
          .local = was4,
          .remote = two,
          .role = PT_SOCKET_CLIENT},
         "192.0.2.7:80->10.0.0.1:80"},
        {{.type = PT_FILE_UNIX,
          .unix_local = 0xffff8880,
          .unix_remote = 0xffff8890,
          .unix_path = PT_STR("/run/x")},
         "ffff8880->ffff8890 /run/x"},
        {{.type = PT_FILE_UNIX, .unix_path = PT_STR("/run/x")}, "/run/x"},
        {{.type = PT_FILE_UNIX, .unix_local = 16}, "10->0"},
        {{.type = PT_FILE_MEMFD, .name = PT_STR("memfd:x")}, "memfd:x"},
        {{.type = PT_FILE_EVENT}, ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_file_ref f = cases[i].f;
        assert_str(pt_file_ref_name(&a, &f), "");
        f.known = true;
        assert_str(pt_file_ref_name(&a, &f), cases[i].name);
    }
}

static void test_event_file_types_have_letters(void **state) {
    (void)state;
    const char *letters = "fd46upeslitnburmP?";
    for (int t = PT_FILE_REGULAR; t < PT_FILE_TYPES; t++) {
        assert_non_null(pt_file_type_name((pt_file_type)t));
        assert_int_equal(pt_file_type_char((pt_file_type)t), letters[t - PT_FILE_REGULAR]);
    }
    assert_null(pt_file_type_name(PT_FILE_UNKNOWN));
    assert_int_equal(pt_file_type_char(PT_FILE_UNKNOWN), 0);
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    bool known;
    pt_event ev = {.type = 42};
    ev.file = (pt_file_ref){.known = true,
                            .number = 4,
                            .type = PT_FILE_IPV4,
                            .protocol = IPPROTO_TCP,
                            .local = v4("10.0.0.2", 1),
                            .remote = v4("10.0.0.1", 2),
                            .role = PT_SOCKET_CLIENT};
    ev.args[2] = (pt_event_arg){.known = true, .number = 4};
    ev.args[1].known = true;
    assert_str(pt_event_arg_text(&a, &ev, 2, &known), "<4t>10.0.0.2:1->10.0.0.1:2");
    assert_str(pt_event_arg_text(&a, &ev, 1, &known), "10.0.0.2:1->10.0.0.1:2");
}

static void test_event_addresses_are_read_within_their_bytes(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    bool known;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(8080)};
    in.sin_addr.s_addr = htonl(0x0a000001);
    struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/run/x.sock"};
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0dbus"};
    const struct {
        pt_str bytes;
        const char *text;
    } cases[] = {
        {{(const char *)&in, sizeof in}, "10.0.0.1:8080"},
        {{(const char *)&in, 4}, "family 2"},
        {{(const char *)&un, sizeof un}, "/run/x.sock"},
        {{(const char *)&un, 6}, "/run"},
        {{(const char *)&un, 2}, ""},
        {{(const char *)&abstract, sizeof abstract}, "@dbus"},
        {PT_STR("\x11\0zzzz"), "family 17"},
        {PT_STR("\x11"), ""},
        {{0}, ""},
    };
    for (size_t i = 0; i < PT_COUNT(cases); i++) {
        pt_event ev = {.type = 49};
        ev.args[1] = (pt_event_arg){.known = true, .bytes = cases[i].bytes};
        assert_str(pt_event_arg_text(&a, &ev, 1, &known), cases[i].text);
    }
}

// -- numbers --------------------------------------------------------------------------------------
static void test_event_errors_have_names(void **state) {
    (void)state;
    assert_string_equal(pt_event_errno_name(-EACCES), "EACCES");
    assert_string_equal(pt_event_errno_name(EACCES), "EACCES");
    assert_string_equal(pt_event_errno_name(-512), "ERESTARTSYS");
    assert_null(pt_event_errno_name(0));
    assert_null(pt_event_errno_name(-134));
    assert_null(pt_event_errno_name(-100000));
    assert_null(pt_event_errno_name(INT64_MIN));
    for (int64_t n = 1; n < 134; n++)
        if (n != 41 && n != 58) // EWOULDBLOCK and EDEADLOCK once had these
            assert_non_null(pt_event_errno_name(n));
}

static void test_event_capabilities_have_names(void **state) {
    (void)state;
    pt_arena a PT_AUTO(pt_arena_done) = {0};
    assert_str(pt_event_caps_text(&a, 0), "");
    assert_str(pt_event_caps_text(&a, 1u << CAP_CHOWN | 1u << CAP_SYS_ADMIN),
               "CAP_CHOWN CAP_SYS_ADMIN");
    pt_str all = pt_event_caps_text(&a, UINT64_MAX);
    assert_true(pt_str_ends(all, PT_STR("CAP_BPF CAP_CHECKPOINT_RESTORE")));
    pt_str word;
    int n = 0;
    while (pt_str_word(&all, &word))
        n++;
    assert_int_equal(n, CAP_LAST_CAP + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_names_are_those_of_the_kernels_header),
        cmocka_unit_test(test_event_names_go_back_and_forth),
        cmocka_unit_test(test_event_params_are_whole),
        cmocka_unit_test(test_event_params_have_the_names_that_rules_use),
        cmocka_unit_test(test_event_numbers_are_told_as_rules_name_them),
        cmocka_unit_test(test_event_args_tell_raw_and_resolved),
        cmocka_unit_test(test_event_bytes_are_printable),
        cmocka_unit_test(test_event_processes_are_told_by_name),
        cmocka_unit_test(test_event_file_names_follow_their_type),
        cmocka_unit_test(test_event_file_types_have_letters),
        cmocka_unit_test(test_event_addresses_are_read_within_their_bytes),
        cmocka_unit_test(test_event_errors_have_names),
        cmocka_unit_test(test_event_capabilities_have_names),
    };
    return cmocka_run_group_tests_name("fact_event", tests, NULL, NULL);
}
