// The units of systemd: the socket is there before Docker, the guard whenever it is asked.
#include <string.h>
#include <unistd.h>

#include "cli/guard.h"

static const char socket_head[] = "\
# The door at which dockerd asks. It stays open while the guard itself is started anew: who asks then\n\
# waits, and is answered.\n\
[Unit]\n\
Description=Paratia: guard of Docker (socket)\n\
Documentation=man:paratia-guard(1)\n\
Before=docker.service\n\
\n\
[Socket]\n\
ListenStream=";

static const char socket_tail[] = "\n\
SocketMode=0600\n\
DirectoryMode=0711\n\
Backlog=1024\n\
\n\
[Install]\n\
WantedBy=sockets.target\n";

static const char service_head[] = "\
# Judges what dockerd is asked to do. Its sandbox must not change what a path of the host leads to, so\n\
# PrivateTmp=, PrivateDevices=, InaccessiblePaths= and ProtectHome=yes are left out on purpose.\n\
[Unit]\n\
Description=Paratia: guard of Docker\n\
Documentation=man:paratia-guard(1)\n\
Requires=paratia-guard-docker.socket\n\
After=paratia-guard-docker.socket local-fs.target\n\
Before=docker.service\n\
# It never stays away: without it dockerd refuses everything.\n\
StartLimitIntervalSec=0\n\
\n\
[Service]\n\
Type=notify\n\
NotifyAccess=main\n\
# It asks itself, as dockerd would, and says that it was answered. One that is stopped or stuck is\n\
# killed and started anew.\n\
WatchdogSec=5s\n\
WatchdogSignal=SIGKILL\n\
ExecStart=";

static const char service_middle[] = "\n\
ExecReload=/bin/kill -HUP $MAINPID\n\
Restart=always\n\
RestartSec=50ms\n\
OOMScoreAdjust=-900\n\
MemoryMax=2G\n\
TasksMax=256\n\
\n\
StateDirectory=paratia\n\
StateDirectoryMode=0700\n\
UMask=0077\n\
ProtectSystem=strict\n\
ProtectHome=read-only\n\
ProtectKernelTunables=yes\n\
ProtectControlGroups=yes\n\
ProtectClock=yes\n\
ProtectHostname=yes\n\
NoNewPrivileges=yes\n\
# To read what file modes forbid, and nothing else of root's rights.\n\
CapabilityBoundingSet=CAP_DAC_READ_SEARCH\n\
AmbientCapabilities=\n";

static const char alone[] = "\
RestrictAddressFamilies=AF_UNIX\n\
IPAddressDeny=any\n\
PrivateNetwork=yes\n";

static const char with_port[] = "\
# For --probe-listen; the guard itself connects to nothing but the daemon's socket.\n\
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n\
IPAddressDeny=any\n\
IPAddressAllow=localhost\n";

static const char with_folder[] = "\
RuntimeDirectory=paratia\n\
RuntimeDirectoryMode=0755\n";

static const char service_tail[] = "\
RestrictNamespaces=yes\n\
MemoryDenyWriteExecute=yes\n\
RestrictRealtime=yes\n\
RestrictSUIDSGID=yes\n\
LockPersonality=yes\n\
SystemCallArchitectures=native\n\
# It loads a narrower filter of its own (src/base/rights.c).\n\
SystemCallFilter=@system-service\n\
SystemCallFilter=~@privileged @resources\n\
SystemCallFilter=capset seccomp prlimit64\n\
SystemCallErrorNumber=EPERM\n\
KeyringMode=private\n\
DevicePolicy=closed\n\
\n\
[Install]\n\
WantedBy=multi-user.target\n\
Also=paratia-guard-docker.socket\n";

void pt_guard_put_socket(pt_buf *b, const pt_args *args) {
    const char *path = pt_args_get(args, "socket");
    pt_buf_putz(b, socket_head);
    pt_buf_putz(b, path ? path : PT_GUARD_SOCKET);
    pt_buf_putz(b, socket_tail);
}

// One word of a command line (systemd.service(5)): in quotes, specifiers and variables doubled.
static bool put_word(pt_buf *b, const char *word) {
    pt_buf_putz(b, " \"");
    for (; *word; word++) {
        if ((unsigned char)*word < ' ' || *word == 0x7f)
            return false;
        if (*word == '"' || *word == '\\')
            pt_buf_putc(b, '\\');
        if (*word == '%' || *word == '$')
            pt_buf_putc(b, *word);
        pt_buf_putc(b, *word);
    }
    pt_buf_putc(b, '"');
    return true;
}

// Options that are of the installation and not of the guard.
static bool of_install(const char *name) {
    return pt_str_in_list(pt_str_of(name),
                          PT_STR("install|uninstall|root|socket|tls-listen|tls-name|ca-life"), '|');
}

static bool put_options(pt_buf *b, const pt_args *args) {
    for (size_t i = 0; i < args->n; i++) {
        const char *name = args->values[i].option->name;
        const char *value = args->values[i].value;
        if (of_install(name))
            continue;
        pt_buf_printf(b, " --%s", name);
        if (value && !put_word(b, value))
            return false;
    }
    return true;
}

// This program, where it is; below another root, where the package puts it.
static void put_program(pt_buf *b, const pt_args *args) {
    char self[4096];
    ssize_t n = pt_args_get(args, "root") ? -1 : readlink("/proc/self/exe", self, sizeof self);
    bool plain = n > 0 && (size_t)n < sizeof self;
    for (ssize_t i = 0; i < n; i++)
        plain = plain && self[i] > ' ' && self[i] < 0x7f && !strchr("\"\\%$'", self[i]);
    pt_buf_put(b, plain ? (pt_str){self, (size_t)n} : PT_STR("/usr/bin/paratia"));
}

// The network, where --probe-listen needs one.
static void put_network(pt_buf *b, const pt_args *args) {
    const char *probes = pt_args_get(args, "probe-listen");
    bool port = probes && probes[0] != '/';
    pt_buf_putz(b, port ? with_port : alone);
    if (probes && !port)
        pt_buf_putz(b, with_folder);
}

bool pt_guard_put_service(pt_buf *b, const pt_args *args) {
    pt_buf_putz(b, service_head);
    put_program(b, args);
    pt_buf_putz(b, " guard docker");
    bool good = put_options(b, args);
    pt_buf_putz(b, service_middle);
    put_network(b, args);
    pt_buf_putz(b, service_tail);
    return good && !b->full;
}
