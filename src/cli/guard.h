// What the files of `paratia guard` share.
#pragma once

#include <sys/stat.h>

#include "cli/verb.h"
#include "record/report/terminal.h"
#include "respond/guard/docker/guard.h"
#include "respond/guard/k8s/webhook.h"
#include "value/yaml.h"

// -- settings -------------------------------------------------------------------------------------

// What the options and --config say is being read; its owner keeps more behind it.
typedef PT_VEC(pt_str) pt_guard_words;
typedef struct pt_guard_reading {
    pt_arena *a;
    pt_err *e;
    pt_scanned_policy scanned; // guard_scans.h
    pt_guard_words except, except_reasons;
} pt_guard_reading;
PT_CHECK pt_code pt_guard_push(pt_guard_reading *r, pt_guard_words *to, pt_str word);

// An option that has the same name in the file.
typedef struct pt_guard_setting {
    const char *name;
    enum {
        PT_SETTING_TEXT,
        PT_SETTING_LIST,
        PT_SETTING_FILLED, // a list that is not empty
        PT_SETTING_FLAG,   // taken with "true", where it is set
    } kind;
    pt_code (*take)(pt_guard_reading *r, pt_str word);
} pt_guard_setting;

// Read the file first, then the options, by a table that ends with name NULL. PT_E_USAGE,
// PT_E_FORMAT with file and line: a word that is not known must not silently do nothing.
PT_CHECK pt_code pt_guard_read_settings(pt_guard_reading *r, const pt_guard_setting *table,
                                        const pt_args *args);

// A file that is one map, of which nobody else may write: *ret in r->a. PT_E_FORMAT with file and
// line, PT_E_DENIED, PT_E_IO.
PT_CHECK pt_code pt_guard_read_yaml(pt_guard_reading *r, const char *path, pt_yaml_doc *ret);

// One member of such a map. PT_E_FORMAT: there is no such setting, or it is of another kind.
PT_CHECK pt_code pt_guard_take_member(pt_guard_reading *r, const pt_guard_setting *table,
                                      pt_str key, pt_value v);

PT_CHECK pt_code pt_guard_level(pt_str word, pt_podsec_level *ret, pt_err *e); // PT_E_USAGE

// What Docker's guard judges by: what the options and --config say; both add up. Texts live in `a`.
// PT_E_USAGE, PT_E_FORMAT: a word that is not known must not silently do nothing.
PT_CHECK pt_code pt_guard_settings_of(const pt_args *args, pt_arena *a, pt_guard_settings *ret,
                                      pt_err *e);

// guard_policies.c: Gatekeeper's documents in a file or folder, appended to `ret`, in `a`. Whoever
// may write them decides what is allowed: they must be root's, or of who runs the guard.
// PT_E_FORMAT, PT_E_DENIED, PT_E_IO, PT_E_NOMEM.
typedef PT_VEC(pt_guard_policy) pt_guard_policies;
PT_CHECK pt_code pt_guard_policies_read(pt_guard_policies *ret, pt_arena *a, pt_str path,
                                        pt_err *e);

// A file that others than root, and who runs the guard, can write. PT_E_DENIED with the remedy.
PT_CHECK pt_code pt_guard_owned(const char *path, const struct stat *st, pt_err *e);

// --learn or --enforce: exactly one. PT_E_USAGE.
PT_CHECK pt_code pt_guard_mode_of(const pt_args *args, pt_guard_mode *ret, pt_err *e);

// --receipts required (what changes something is denied while none can be kept) or best-effort.
// PT_E_USAGE.
PT_CHECK pt_code pt_guard_receipts_of(const pt_args *args, bool *ret_best_effort, pt_err *e);

// The socket that systemd listens on for us, or one of our own at --socket. -1 on an error.
PT_CHECK pt_code pt_guard_listen(const pt_args *args, int *ret, pt_err *e);
#define PT_GUARD_SOCKET "/run/docker/plugins/paratia.sock"
#define PT_GUARD_ENGINE "/run/docker.sock"
// A socket of our own at `path`, what --`option` says, for its owner alone.
PT_CHECK pt_code pt_guard_listen_unix(const char *option, const char *path, int *ret, pt_err *e);
// guard_listen_tcp.c: at `word`, "127.0.0.1:8443". PT_E_USAGE, PT_E_IO, PT_E_DENIED.
bool pt_guard_is_loopback(pt_str word); // of this host alone
PT_CHECK pt_code pt_guard_listen_tcp(const char *option, const char *word, int *ret, pt_err *e);

// guard_marker.c: marks in the state folder that a guard runs, and says what the mark was before:
// "the guard before it did not end by itself: receipts may be missing". *ret_fd -1: another one
// runs. PT_E_IO, PT_E_DENIED.
PT_CHECK pt_code pt_guard_marker_begin(pt_str state, const char *name, int *ret_fd,
                                       const char **ret_before, pt_err *e);
void pt_guard_marker_end(int fd); // by itself, and all its receipts are kept; -1 is fine

// What was judged until now, as people read it.
void pt_guard_put_summary(pt_buf *b, pt_guard_mode mode, const pt_guard_counts *c,
                          const pt_terminal *screen);

int pt_guard_docker(const pt_args *args); // the exit code
int pt_guard_k8s(const pt_args *args);

int pt_guard_list_rules(void); // to standard output; the exit code

// --install and --uninstall: files below --root, and which commands to give. The exit code.
int pt_guard_install(const pt_args *args);
int pt_guard_uninstall(const pt_args *args);

// The units, with what the options say. False: they hold what no unit can.
bool pt_guard_put_service(pt_buf *b, const pt_args *args);
void pt_guard_put_socket(pt_buf *b, const pt_args *args);

// daemon.json with the plugin `name` (a word without quotes) in front of "authorization-plugins",
// or without it; every other byte stays. *ret_changed: it is not as it was. PT_E_FORMAT: not a
// daemon.json, with line and column.
PT_CHECK pt_code pt_daemon_json_add(pt_arena *a, pt_str text, pt_str name, pt_str *ret,
                                    bool *ret_changed, pt_err *e);
PT_CHECK pt_code pt_daemon_json_remove(pt_arena *a, pt_str text, pt_str name, pt_str *ret,
                                       bool *ret_changed, pt_err *e);

// One more member, in front: `value` in JSON. One that has it stays as it is. PT_E_FORMAT: it has
// another one, or it is no daemon.json.
PT_CHECK pt_code pt_daemon_json_set(pt_arena *a, pt_str text, const char *member, const char *value,
                                    pt_str *ret, pt_err *e);
bool pt_daemon_json_has(pt_arena *a, pt_str text, const char *member, const char *value);
// Without it again, where it stands as pt_daemon_json_set writes it. PT_E_FORMAT: it stands
// otherwise.
PT_CHECK pt_code pt_daemon_json_unset(pt_arena *a, pt_str text, const char *member,
                                      const char *value, pt_str *ret, pt_err *e);
