// What runs in a container, read in /proc: an engine forks ps for each container that it is asked
// about, which took nine tenths of an audit.
//
// A process belongs to the container whose id stands in the path of its control group: every
// runtime and driver puts it there ("/docker/ID", "/system.slice/docker-ID.scope",
// "/machine.slice/libpod-ID.scope/container").
#include "collect/docker/engine.h"

enum {
    ID_CHARS = 64,
    CGROUP_BYTES_MAX = 65536,
    COMMAND_BYTES_MAX = 1 << 20,
    PROCESSES_MAX = 200000,
};

// The container's id in the text of /proc/PID/cgroup; empty: none.
static pt_str id_of(pt_str text) {
    size_t run = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        run = hex ? run + 1 : 0;
        bool ends = i + 1 == text.n || !((text.p[i + 1] >= '0' && text.p[i + 1] <= '9') ||
                                         (text.p[i + 1] >= 'a' && text.p[i + 1] <= 'f'));
        if (run == ID_CHARS && ends)
            return pt_str_sub(text, i + 1 - ID_CHARS, i + 1);
    }
    return (pt_str){0};
}

// One line, as ps shows it: words with blanks between them; a kernel's or a dead one's has none.
static pt_str command_of(pt_arena *a, pt_str words) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(COMMAND_BYTES_MAX);
    while (words.n && words.p[words.n - 1] == '\0')
        words.n--;
    for (size_t i = 0; i < words.n; i++)
        if (words.p[i] == '\0')
            pt_buf_putc(&b, ' ');
        else
            pt_buf_putc(&b, words.p[i]);
    return pt_arena_str(a, b.n ? pt_buf_str(&b) : PT_STR("(no command)"));
}

// Look at one process. False: it may be in a container, and we could not look.
static bool look(pt_engine *g, pt_str pid) {
    pt_str dir = pt_arena_printf(g->a, "/proc/%.*s", PT_PRI(pid));
    pt_str cgroup = pt_arena_printf(g->a, "%.*s/cgroup", PT_PRI(dir));
    pt_fact f = pt_world_read(g->w, g->a, cgroup.p, "/proc/self", CGROUP_BYTES_MAX);
    pt_str id = f.state == PT_KNOWN ? id_of(pt_text(f.value)) : (pt_str){0};
    if (f.state == PT_KNOWN && !id.n)
        return true;
    pt_str cmdline = pt_arena_printf(g->a, "%.*s/cmdline", PT_PRI(dir));
    if (f.state == PT_KNOWN)
        f = pt_world_read(g->w, g->a, cmdline.p, "/proc/self", COMMAND_BYTES_MAX);
    if (f.state != PT_KNOWN) // it may just have ended
        return pt_world_stat(g->w, g->a, dir.p, "/proc/self").state == PT_ABSENT;
    pt_engine_process *p = PT_PUSH(g->a, &g->processes);
    if (!p || g->processes.n > PROCESSES_MAX || !pt_str_int(pid, 10, &p->pid))
        return false;
    p->container = id;
    p->command = command_of(g->a, pt_text(f.value));
    return true;
}

// Does /proc show the processes of others? With hidepid it does not, and nothing says which.
static bool shows_all(pt_engine *g) {
    pt_fact mounts =
        pt_world_read(g->w, g->a, "/proc/self/mountinfo", "/proc/self", PT_WORLD_FILE_BYTES_MAX);
    return mounts.state == PT_KNOWN && !pt_str_has(pt_text(mounts.value), PT_STR("hidepid="));
}

void pt_engine_processes(pt_engine *g) {
    if (g->remote || !g->w->live || !shows_all(g))
        return; // each container is asked for
    pt_fact pids = pt_world_list(g->w, g->a, "/proc", "/proc/self");
    g->processes_whole = pids.state == PT_KNOWN;
    for (size_t i = 0; i < pt_len(pids.value) && g->processes_whole; i++) {
        pt_str pid = pt_text(pt_at(pids.value, i));
        if (pid.n && pid.p[0] >= '1' && pid.p[0] <= '9')
            g->processes_whole = look(g, pid);
    }
}

pt_fact pt_engine_top(pt_engine *g, pt_str id, pt_fact inspect) {
    int64_t init = 0;
    bool told = inspect.state == PT_KNOWN &&
                pt_to_int(pt_getz(pt_getz(inspect.value, "State"), "Pid"), &init);
    pt_list rows = {.a = g->a};
    bool found = false; // its first process: then /proc is that of the engine's machine
    for (size_t i = 0; i < g->processes.n && g->processes_whole && told; i++) {
        const pt_engine_process *p = &g->processes.v[i];
        if (!pt_str_eq(p->container, id))
            continue;
        found |= p->pid == init;
        pt_value command = pt_string(p->command);
        pt_list_add(&rows, pt_array_of(g->a, &command, 1));
    }
    if (!found)
        return pt_engine_get(g, pt_arena_printf(g->a, "/containers/%.*s/top", PT_PRI(id)).p);
    pt_obj o = {.a = g->a};
    pt_obj_set(&o, "Processes", pt_list_end(&rows));
    pt_value v = pt_obj_end(&o);
    return pt_defined(v) ? pt_fact_known(v, PT_STR("/proc/*/cgroup and cmdline"))
                         : pt_fact_unknown(PT_STR("out of memory"), (pt_str){0});
}
