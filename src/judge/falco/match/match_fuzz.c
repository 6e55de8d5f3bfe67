// Events of any bytes against fixed rules: nothing crashes, what matches prints, and what is asked
// twice is answered twice.
#include <string.h>

#include "base/buf.h"
#include "judge/falco/match/program.h"
#include "judge/falco/rules.h"
#include "value/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const conditions[] = {
    "evt.arg.flags contains O_CREAT or evt.args contains zz or evt.arg[0] = 1",
    "proc.name in (a, b) and not proc.aname in (a) or proc.cmdline icontains a",
    "fd.name pmatch (/a, /b/c) or fd.name glob '*a' or fd.name regex '[a-z/]*' or fd.filename = a",
    "fd.sip = 1.2.3.4 or fd.net = 10.0.0.0/8 or fd.sport in (22, 80) or fd.cip.name = a",
    "evt.is_open_read = true or evt.is_open_exec = true or evt.res != SUCCESS",
    "proc.env[A] exists or proc.aenv[B] exists or proc.cmdnargs > 1 or proc.sname = a",
    "user.name = a or group.name = b or thread.cap_effective contains CHOWN",
    "container.mount.dest[/] = a or container.mounts contains b or k8s.pod.label.a = b",
    "tolower(proc.name) = a or b64(proc.name) exists or len(fd.name) > 3 or basename(fd.name) = a",
    "getopt(proc.args, \"a:b\")[a] = b or join(\",\", (proc.name, user.uid)) = x",
    "fs.path.name exists or fs.path.source exists or evt.abspath.dst exists",
    "evt.buffer bcontains 00 or evt.rawarg.data startswith a or evt.buflen > 2",
    "proc.exe = val(proc.pexe) or proc.name > 5",
};
static const char output[] =
    "%evt.time %evt.args %proc.cmdline %proc.aname %proc.aname[2] %fd.name %fd.sip %fd.nameraw "
    "%container.mounts %user.name %9evt.arg.flags %evt.buffer %thread.cap_permitted %proc.env";

// What is left of the input, taken from its front.
typedef struct bytes {
    const uint8_t *p;
    size_t n;
} bytes;

static uint64_t number(bytes *b) {
    uint64_t x = 0;
    size_t n = b->n < sizeof x ? b->n : sizeof x;
    memcpy(&x, b->p, n);
    b->p += n;
    b->n -= n;
    return x;
}

// A length, then so many bytes.
static pt_str text(bytes *b) {
    size_t n = b->n ? b->p[0] : 0;
    b->p += b->n ? 1 : 0;
    b->n -= b->n ? 1 : 0;
    n = n < b->n ? n : b->n;
    pt_str s = {(const char *)b->p, n};
    b->p += n;
    b->n -= n;
    return s;
}

static void process(bytes *b, pt_process *p, pt_process *parent) {
    uint64_t ids = number(b);
    *p = (pt_process){.pid = ids & 0xff,
                      .vpid = ids >> 8 & 0xff,
                      .sid = ids >> 16 & 0xff,
                      .pgid = ids >> 24 & 0xff,
                      .vpgid = ids >> 32 & 0xff,
                      .clone_ns = ids >> 40,
                      .parent = parent};
    p->comm = text(b);
    p->exe = text(b);
    p->exe_path = text(b);
    p->args = text(b);
    p->environment = text(b);
    p->cwd = text(b);
}

static void endpoint(bytes *b, pt_endpoint *e) {
    uint64_t x = number(b);
    e->known = x & 1;
    e->v6 = x & 2;
    e->port = (uint16_t)(x >> 8);
    memcpy(e->ip, &x, sizeof x);
}

static void file(bytes *b, pt_file_ref *f) {
    uint64_t x = number(b);
    f->known = x & 1;
    f->number = (int64_t)(x >> 1 & 0xff) - 1;
    f->type = (pt_file_type)(x >> 9) % PT_FILE_TYPES;
    f->role = (pt_socket_role)(x >> 16) % 3;
    f->protocol = (uint8_t)(x >> 24);
    f->name = text(b);
    f->asked = text(b);
    endpoint(b, &f->local);
    endpoint(b, &f->remote);
}

static void arguments(bytes *b, pt_event *ev) {
    size_t n = 0;
    pt_event_params(ev->type, &n);
    for (size_t i = 0; i < n && b->n; i++) {
        ev->args[i].number = (int64_t)number(b);
        ev->args[i].known = ev->args[i].number & 1;
        ev->args[i].bytes = text(b);
        ev->args[i].resolved = text(b);
    }
}

static pt_falco_program *program(pt_arena *a) {
    pt_falco_rule rules[PT_COUNT(conditions)] = {0};
    const pt_falco_compile_options o = {.match_all = true, .least = PT_FALCO_DEBUG};
    pt_falco_program *p = NULL;
    pt_err e = {0};
    for (size_t i = 0; i < PT_COUNT(conditions); i++) {
        rules[i] = (pt_falco_rule){.name = PT_STR("r"),
                                   .source = PT_STR("syscall"),
                                   .output = pt_str_of(output),
                                   .enabled = true};
        pt_assert(!pt_filter_parse(a, pt_str_of(conditions[i]), &rules[i].filter, &e));
    }
    pt_assert(!pt_falco_compile(&pt_falco_syscall, rules, PT_COUNT(rules), &o, &p, &e));
    return p;
}

static void judge(pt_arena *a, pt_falco_run *r, const pt_event *ev) {
    const uint32_t *rules;
    uint32_t first[PT_COUNT(conditions)];
    size_t n = pt_falco_match(r, ev, &rules);
    memcpy(first, rules, n * sizeof *first);
    for (size_t i = 0; i < n; i++) {
        pt_buf b = PT_BUF(1 << 22);
        pt_falco_output(r, a, first[i], ev);
        pt_value v = pt_falco_output_fields(r, a, first[i], ev);
        pt_assert(pt_defined(v) && !pt_json_write(&b, v, NULL, NULL));
        pt_buf_done(&b);
    }
    pt_assert(pt_falco_match(r, ev, &rules) == n);
    pt_assert(!n || memcmp(first, rules, n * sizeof *first) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static pt_falco_program *p; // compiled once: an input is an event
    static pt_falco_run *r;
    bytes b = {data, size};
    pt_arena a = {0};
    if (!p) {
        p = program(&a);
        pt_assert(!pt_falco_run_new(p, &r, NULL));
    }
    pt_process processes[3];
    pt_event ev = {.source = PT_STR("syscall"), .doc = pt_undefined(), .login_uid = -1};
    uint64_t head = number(&b);
    ev.type = (pt_event_type)(head % PT_EVENT_TYPES);
    ev.has_result = head >> 16 & 1;
    ev.result = (int64_t)(head >> 17 & 0xff) - 128;
    ev.uid = head >> 32 & 0xff;
    ev.time_ns = head;
    ev.cap_effective = ev.cap_permitted = head;
    file(&b, &ev.file);
    process(&b, &processes[2], NULL);
    process(&b, &processes[1], &processes[2]);
    process(&b, &processes[0], &processes[1]);
    ev.process = head >> 48 & 1 ? &processes[0] : NULL;
    const pt_mount mount = {.source = text(&b), .destination = text(&b)};
    const pt_label label = {.name = text(&b), .value = text(&b)};
    const pt_container c = {.metadata = (pt_known)(head >> 50 & 1),
                            .id = text(&b),
                            .mounts = &mount,
                            .n_mounts = 1,
                            .labels = &label,
                            .n_labels = 1};
    ev.container = &c;
    arguments(&b, &ev);
    judge(&a, r, &ev);
    pt_arena_done(&a);
    return 0;
}
