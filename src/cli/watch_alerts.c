// Alerts: in the forms that were asked for, and as receipts.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/instant.h"
#include "cli/journey.h"
#include "cli/watch.h"
#include "respond/guard/entry.h"
#include "value/json.h"

enum {
    LINE_BYTES_MAX = 1 << 20,
    SCRATCH_BYTES_KEPT = 1 << 20,
};

// -- forms ----------------------------------------------------------------------------------------

static pt_code put_text(pt_buf *b, pt_arena *a, const pt_alert *al, pt_err *e) {
    (void)a, (void)e;
    pt_alert_put_text(b, al);
    return PT_OK;
}

static pt_code put_syslog(pt_buf *b, pt_arena *a, const pt_alert *al, pt_err *e) {
    (void)a, (void)e;
    pt_alert_put_syslog(b, al);
    return PT_OK;
}

static const struct pt_watch_form {
    const char *name;
    pt_code (*put)(pt_buf *b, pt_arena *a, const pt_alert *al, pt_err *e);
} forms[] = {
    {"text", put_text},
    {"json", pt_alert_put_falco},
    {"ocsf", pt_alert_put_ocsf},
    {"syslog", put_syslog},
};

static const struct pt_watch_form *form_of(pt_str name) {
    for (size_t i = 0; i < PT_COUNT(forms); i++)
        if (pt_str_eqz(name, forms[i].name))
            return &forms[i];
    return NULL;
}

static pt_code add_output(pt_watch_alerts *w, const char *word, pt_err *e) {
    pt_str rest = pt_str_of(word);
    size_t at = pt_str_find(rest, '=');
    const struct pt_watch_form *form = form_of(pt_str_sub(rest, 0, at));
    const char *path = at < rest.n ? word + at + 1 : NULL;
    if (!form) {
        pt_code code = pt_err_set(e, PT_E_USAGE, "--output %s: no such form", word);
        pt_err_remedy(e, "text, json, ocsf or syslog; with =FILE into a file");
        return code;
    }
    if (w->n_outputs == PT_WATCH_OUTPUTS_MAX)
        return pt_err_set(e, PT_E_USAGE, "more than %d outputs", PT_WATCH_OUTPUTS_MAX);
    int fd = -1;
    if (path && strcmp(path, "-") != 0) {
        // A file with what processes were called with is for its owner alone.
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return pt_err_sys(e, errno, "--output %s: cannot be opened: %s", word,
                              pt_errno_text(errno));
    }
    w->outputs[w->n_outputs++] =
        (pt_watch_output){.form = form, .fd = fd, .path = fd < 0 ? NULL : path};
    return PT_OK;
}

pt_code pt_watch_alerts_open(const pt_args *args, pt_watch_alerts *ret, pt_err *e) {
    time_t now = time(NULL);
    struct tm local;
    const char *word;
    ret->limit = calloc(1, sizeof *ret->limit);
    pt_code code = ret->limit ? PT_OK : pt_err_set(e, PT_E_NOMEM, "out of memory");
    if (gethostname(ret->host, sizeof ret->host - 1) != 0)
        ret->host[0] = '\0';
    ret->utc_offset_s = localtime_r(&now, &local) ? (int32_t)local.tm_gmtoff : 0;
    for (size_t i = 0; !code && (word = pt_args_nth(args, "output", i)); i++)
        code = add_output(ret, word, e);
    if (!code && pt_args_flag(args, "json"))
        code = add_output(ret, "json", e);
    if (!code && ret->n_outputs == 0 && !pt_args_flag(args, "quiet"))
        code = add_output(ret, "text", e);
    return code;
}

void pt_watch_alerts_done(pt_watch_alerts *w) {
    for (size_t i = 0; i < w->n_outputs; i++)
        pt_fd_close(&w->outputs[i].fd);
    free(w->limit);
    pt_arena_done(&w->scratch);
}

// -- one alert ------------------------------------------------------------------------------------

static void unsaid(pt_watch_alerts *w, const pt_err *e) {
    if (w->unsaid++ == 0) // the summary counts them
        pt_say_error(e);
}

static void say(pt_watch_alerts *w, const pt_watch_output *o, const pt_alert *al) {
    PT_AUTO(pt_buf_done) pt_buf b = PT_BUF(LINE_BYTES_MAX);
    pt_err e = {0};
    pt_code code = o->form->put(&b, &w->scratch, al, &e);
    pt_buf_putc(&b, '\n');
    if (!code && b.full)
        code = pt_err_set(&e, PT_E_LIMIT, "an alert is longer than %d bytes", LINE_BYTES_MAX);
    if (!code && o->fd < 0)
        code = pt_put_stdout(pt_buf_str(&b), &e);
    else if (!code)
        code = pt_fd_write_all(o->fd, pt_buf_str(&b), &e);
    if (code)
        unsaid(w, &e);
}

// What stands in the log is no command line and no path: a salted digest of the alert, which lies
// beside the log with its salt.
static void leave_receipt(pt_watch_alerts *w, const pt_alert *al, pt_str container) {
    PT_AUTO(pt_buf_done) pt_buf line = PT_BUF(LINE_BYTES_MAX);
    pt_arena *a = &w->scratch;
    uint8_t salt[PT_ENTRY_SALT_BYTES];
    char hex[2 * PT_ENTRY_SALT_BYTES + 1];
    char time[PT_RFC3339_BYTES];
    pt_err e = {0};
    pt_code code = pt_alert_put_falco(&line, a, al, &e);
    if (!code && getrandom(salt, sizeof salt, 0) != (ssize_t)sizeof salt)
        code = pt_err_sys(&e, errno, "no random bytes: %s", pt_errno_text(errno));
    if (code) {
        unsaid(w, &e);
        return;
    }
    for (size_t i = 0; i < sizeof salt; i++)
        snprintf(hex + 2 * i, 3, "%02x", salt[i]);
    pt_str parts[] = {{hex, sizeof hex - 1}, pt_buf_str(&line)};
    pt_obj o = {.a = a};
    pt_obj_set(&o, "kind", pt_stringz("watch: alert"));
    pt_obj_set(&o, "time", pt_string(pt_time_rfc3339((pt_time_ns)al->time_ns, time)));
    pt_obj_set(&o, "rule", pt_string(al->rule));
    pt_obj_set(&o, "priority", pt_stringz(pt_alert_priority_name(al->priority)));
    if (container.n)
        pt_obj_set(&o, "container", pt_string(container));
    pt_obj_set(&o, "alert", pt_entry_digest(a, parts, PT_COUNT(parts), 0));
    pt_str entry = pt_entry_json(a, pt_obj_end(&o));
    pt_str beside = pt_arena_printf(a, "{\"salt\":\"%s\",\"alert\":%.*s}", hex, PT_PRI(parts[1]));
    PT_IGNORE(pt_receipts_put(w->receipts, entry, beside, 0, NULL)); // nobody waits for it
}

void pt_watch_alert_put(pt_watch_alerts *w, const pt_alert *al, pt_str container) {
    w->by_priority[al->priority]++;
    for (size_t i = 0; i < w->n_outputs; i++)
        say(w, &w->outputs[i], al);
    if (w->receipts)
        leave_receipt(w, al, container);
}

void pt_watch_alert(pt_watch_alerts *w, const pt_watch_judge *j, uint32_t rule,
                    const pt_event *ev) {
    const pt_falco_rule_info *info = pt_falco_rule_at(j->program, rule);
    pt_str container = ev->container ? ev->container->id : (pt_str){"", 0};
    if (w->limited &&
        !pt_watch_may_say(w->limit, pt_hash(pt_string(container), rule + 1), ev->time_ns)) {
        w->by_priority[info->priority]++;
        return;
    }
    pt_arena_rest(&w->scratch, SCRATCH_BYTES_KEPT);
    pt_alert al = {.time_ns = ev->time_ns,
                   .utc_offset_s = w->utc_offset_s,
                   .priority = info->priority,
                   .rule = info->name,
                   .source = info->source,
                   .host = pt_str_of(w->host),
                   .description = info->description,
                   .message = pt_falco_output(j->run, &w->scratch, rule, ev),
                   .tags = info->tags,
                   .n_tags = info->n_tags,
                   .fields = pt_falco_output_fields(j->run, &w->scratch, rule, ev)};
    pt_watch_alert_put(w, &al, container);
}
